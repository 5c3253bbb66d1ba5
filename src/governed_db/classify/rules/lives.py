"""Words for bodies, families, work and money of persons, as other languages and wards write them."""

from __future__ import annotations

from governed_db.classify.kinds import TypeKind
from governed_db.classify.rules.rule import ANYTHING, CODED, DATED, DOCUMENTS, NUMBERED, TEXTUAL, Rule, rule

RULES: tuple[Rule, ...] = (
    rule("pii.birth_date", 0.85, DATED, "yob year_of_birth born_at age_years data_nasc dat_naiss"
         " geboren_am", beside="date at"),
    rule("pii.birth_date", 0.6, DATED, """
        sterbedatum sterbetag data_morte data_falecimento data_obito fecha_fallecimiento fecha_muerte
        date_deces overlijdensdatum datum_overlijden date_of_death death_year death_month death_day year_death
        deathdate deceased_on deceased_at dod todesjahr annee_deces ano_falecimento ano_muerte anno_morte
        sterfdatum sterfjaar
        """, context="person=.3", beside="date day month year at"),
    rule("pii.demographic", 0.6, CODED, """
        death_place place_death deathplace death_city death_country death_state death_town death_county
        city_death country_death burial_place place_burial sterbeort lieu_deces lugar_fallecimiento
        lugar_defuncion luogo_morte local_falecimento overlijdensplaats birth_city birth_state birth_town
        birth_county city_birth
        """, context="person=.3"),
    # -- family, origin, belief
    rule("pii.demographic", 0.75, CODED, """
        marital_state civil_state relationship_status statut_marital kinship tribe
        count_children children_count number_kinder count_kinder count_hijos count_filhos qtd_filhos
        count_enfants count_figli count_dependents family_size
        staatsbuergerschaft verwandtschaft verwandtschaftsgrad verwandtschaftsverhaeltnis bildungsstand
        migrationshintergrund
        lien_parente parente degre_parente origine_ethnique
        grado_parentesco relacion_familiar orientacion_sexual
        grau_parentesco orientacao_sexual
        parentela grado_parentela rapporto_parentela
        godsdienst familierelatie verwantschap etniciteit
        political_views sex_at_birth visa_status
        """, beside="code id type status count", flags=True),
    rule("pii.demographic", 0.3, TEXTUAL | {TypeKind.ENUM}, """
        parentesco beziehung relation relatie vinculo culte kinder language_spoken languages_spoken
        """, context="person=.35 near=.1", strict=True),
    rule("pii.demographic", 0.55, CODED, """
        eye_color eye_colour hair_color hair_colour skin_color skin_colour complexion
        zodiac_sign star_sign political_leaning indigenous_status aboriginal language_home
        spoken_languages country_origin origin_country place_origin heimatort augenfarbe haarfarbe
        couleur_yeux couleur_cheveux color_ojos color_pelo cor_olhos cor_cabelo colore_occhi
        colore_capelli oogkleur haarkleur income_bracket living_situation has_children wants_children
        """, context="person=.3", beside="status sign color colour bracket"),
    rule("pii.demographic", 0.3, TEXTUAL | {TypeKind.ENUM, TypeKind.INT}, "children orientation drinking",
         context="person=.35", strict=True),
    rule("pii.gender", 0.8, CODED, "sex_at_birth gender_other gender_custom biological_sex"),
    rule("pii.gender", 0.25, CODED, "genre genere title_prefix", context="person=.4 near=.3", strict=True),
    # -- health
    rule("pii.health", 0.85, ANYTHING, """
        mental_health mental_status family_medical_history past_medical_history review_of_systems
        physical_exam respiratory_rate oxygen_saturation spo2 contraceptive contraception adverse_event
        immunization_date drug_use drug_abuse substance_abuse
        menstrual prognosis health_problem health_problems
        krankheiten krankheitsbild versichertennummer impfungen unvertraeglichkeiten blutdruck
        einweisungsgrund vitalwerte schwangerschaft schwanger symptome
        grossesse medicaments intervention_chirurgicale maladies symptomes
        sintomas embarazada cirugias pronostico obra_social aseguradora_medica
        gravidez cirurgias queixa_principal doencas prognostico
        sintomi malattie gravidanza prognosi esame_obiettivo referto referto_medico
        symptomen ziekten vaccinaties zwangerschap aandoeningen ziektebeeld
        """, beside="code id type status date number", flags=True),
    rule("pii.health", 0.3, ANYTHING, """
        severity procedure surgery trauma wound hpi family_history social_history pain_level pain_score
        respiration pulse systolic diastolic bps bpd waist waist_circumference head_circ
        head_circumference gestation gestational_age lmp reaction reactions group_number plan_name dosage
        complications interpretation
        test_result specimen_result therapy dnr advance_directive smoking alcohol tobacco
        alcohol_consumption outcome onset_date begin_date clinical_status
        behandlung beschwerden operationen verlauf puls traitement tratamiento evolucion evolucao queixa
        convenio intervento infortunio eps aseguradora lengte
        """, context="patient=.5 health=.5", strict=True, beside="status level date"),
    rule("pii.health", 0.8, ANYTHING, """
        medical_clearance medical_certificate certificat_medical certificado_medico certificato_medico
        atestado_medico aerztliches_attest attest attest_medisch fat_percentage body_fat vo2_max
        covid_status covid_test allergen allergens allergene allergenes alergenos allergeni allergenen
        special_diet special_assistance wheelchair accessibility_needs mobility_needs menstrual_cycle
        resting_heart_rate blood_sugar rh_factor rhesus rhesus_factor fator_rh factor_rh rhesusfaktor
        diabetic hypertensive epileptic asthmatic celiac haemophiliac hemophiliac insulin
        diabetiker epileptiker asthmatiker insulinpflichtig diabetique epileptique asthmatique
        diabetico hipertenso epileptico epiletico asmatico celiaco hemofilico insulina
        iperteso epilettico asmatico celiaco diabeticus epilepticus astmaticus insuline
        """, beside="status date percentage rate type code id", flags=True),
    rule("pii.health", 0.3, NUMBERED, """
        weight_kg height_cm sleep_hours mood fitness_level meal_preference diet
        """,
         context="patient=.5 health=.5 person=.3 near=.2", strict=True, beside="level preference hours"),
    rule("pii.health", 0.3, NUMBERED, """
        policy_number group_number plan_name member_number subscriber_number policennummer
        numero_police numero_poliza numero_apolice numero_polizza polisnummer
        """, context="insurance=.5", strict=True, beside="number"),
    # -- work and what it earns
    rule("pii.employment", 0.3, TEXTUAL, """
        empleador empregador datore_lavoro oficio lugar_trabajo local_trabalho ocupaciones occupazione
        functienaam ruolo_aziendale abteilung_name work_experience skills
        education_history qualification qualifications degree cbo
        """, context="person=.3 employee=.45 patient=.4", strict=True),
    rule("pii.employment", 0.2, TEXTUAL, "industry branche", context="patient=.5", strict=True),
    rule("pii.employment", 0.3, TEXTUAL, """
        previous_employer last_employer university alma_mater field_study kuendigungsgrund
        betriebszugehoerigkeit disciplinary_action performance_rating appraisal_rating
        """, context="person=.3 employee=.45", strict=True, beside="rating"),
    rule("financial.salary", 0.55, NUMBERED, """
        hourly_cost cost_hour cost_per_hour labor_cost labour_cost labor_rate labour_rate cout_horaire
        costo_hora costo_orario custo_hora valor_hora uurtarief stundenkosten tarif_horaire
        desired_salary expected_salary offered_salary salary_expectation gehaltswunsch gehaltsvorstellung
        pretention_salariale pretensions_salariales pretension_salarial pretensao_salarial salariswens
        loon maandloon brutoloon nettoloon
        """, context="person=.3 employee=.4 pay=.4", beside="rate cost hour"),
    rule("financial.salary", 0.3, NUMBERED, "costo_ore costo_ora cost_hours",
         context="whose=.4 person=.3 employee=.3 pay=.4"),
    rule("financial.balance", 0.35, NUMBERED, """
        running_balance ledger_balance cumulative_balance minimum_balance wallet_balance overdraft
        overdraft_limit overdraft_amount saldo_disponible saldo_contabile saldo_contabil
        """, context="money=.5 person=.4 deal=.3", beside="limit amount minimum available"),
    rule("financial.balance", 0.35, NUMBERED, """
        outstanding outstanding_amount principal_outstanding total_debt amount_owed amount_outstanding
        guthaben tegoed store_credit
        """, context="money=.5 person=.4", beside="amount total"),
    # -- banks
    rule("pii.bank", 0.55, NUMBERED, """
        bank_branch bank_branch_name bank_number micr_code micr mandate_reference mandate_number
        sepa_reference sepa_mandate_reference mandat_sepa mandato_sepa mandato_sdd machtigingsnummer
        mandaat_kenmerk mandatsnummer domiciliation_bancaire appoggio_bancario bankfiliale agence_bancaire
        codigo_banco digito_conta numero_agencia nib check_number cheque_number cheque_nummer
        numero_cheque num_cheque numero_assegno scheck_nr schecknummer bankkonto
        """, context="person=.3 money=.3 near=.2", beside="number code"),
    rule("pii.bank", 0.25, NUMBERED, """
        mandate mandat mandato mandaat geldinstitut nom_banque nombre_banco nome_banco banknaam naam_bank
        domiciliacion domiciliation
        """, context="money=.4 person=.35", strict=True),
    rule("pii.bank", 0.8, NUMBERED, """
        crypto_address eth_address ethereum_address bitcoin_address withdrawal_address deposit_address
        xpub
        """),
    rule("pii.bank", 0.4, DOCUMENTS, """
        payout_details payment_details bank_details banking_details account_details bank_info
        """, context="person=.4 money=.4 linked=.3 near=.3"),
    rule("pii.bank", 0.1, NUMBERED, "sucursal filiale entidad cin", context="money=.5", strict=True),
    rule("pii.card", 0.55, NUMBERED, """
        card_start_month card_start_year card_start_date card_issue_number masked_pan truncated_pan
        masked_card masked_card_number card_mask card_lastdigits card_holder_token
        """, beside="number month year date"),
    rule("pii.card", 0.25, DATED, """
        month year start_month start_year expiry_date expiration_month expiration_year issue_number bin
        lastfour last_digits first_digits masked_number valid_until
        """, context="cards=.4", strict=True, beside="date number month year digits"),
    rule("pii.card", 0.25, TEXTUAL, "lastfour last_digits masked_number pan bin",
         context="money=.3 deal=.3 person=.2 linked=.2", strict=True, beside="number digits"),
    rule("pii.card", 0.25, TEXTUAL, "number", context="cards=.4", strict=True),
    # -- pictures
    rule("pii.photo", 0.55, TEXTUAL, """
        foto_perfil imagem_perfil imagen_perfil profilbild profielfoto photo_profil face_image face_photo
        gravatar id_photo user_image user_photo patient_photo foto_profilo immagine_profilo image_profil
        """, context="person=.3", beside="path"),
    rule("pii.location", 0.55, frozenset({TypeKind.GEO}), "geom geometry position location point",
         context="person=.4"),
    rule("pii.location", 0.6, NUMBERED, "gps_location gps_position last_position"),
)  # fmt: skip
