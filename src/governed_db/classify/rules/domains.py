"""Words of insurers, clubs and parishes, wards, payrolls, housing and deliveries, in seven languages."""

from __future__ import annotations

from governed_db.classify.kinds import TypeKind
from governed_db.classify.rules.rule import ANYTHING, CODED, DATED, DOCUMENTS, NUMBERED, TEXTUAL, Rule, rule

RULES: tuple[Rule, ...] = (
    # -- beliefs, family, origin, what society has to say of somebody
    rule("pii.demographic", 0.75, CODED | DATED, """
        konf taufe taufdatum taufschein konfirmation firmung kommunion kirchenaustritt baptism
        baptism_date baptised confirmation_date communion_date bapteme date_bapteme bautismo fecha_bautismo
        batismo data_batismo battesimo data_battesimo doop doopdatum confessione confissao paroisse
        parroquia denomination faith worship
        """, beside="date datum place code"),
    rule("pii.demographic", 0.75, CODED, """
        sindicato sindacato syndicat gewerkschaft gewerkschaftsmitglied vakbond union_name afiliacion_sindical
        filiacao_sindical iscrizione_sindacale n_hijos n_enfants n_filhos n_figli n_kinder
        numero_hijos cantidad_hijos hijos_cargo num_hijos enfants_charge
        nb_enfants_charge figli_carico filhos_dependentes aantal_kinderen kinderen_laste anzahl_kinder
        gezinssamenstelling composition_famille composition_foyer nucleo_familiare nucleo_familiar
        composicion_familiar haushaltsgroesse haushaltstyp famst fam_stand familienst nivel_estudios
        nivel_educativo niveau_etude titulo_academico strafregister strafregisterauszug fuehrungszeugnis
        casier_judiciaire antecedentes_penales antecedentes_criminais casellario_giudiziale
        vog_verklaring criminal_convictions conviction_code conviction_date conviction_type offence offences
        arrest_record dbs_check dbs_number asylum refugee asylum_status aufenthaltsstatus aufenthaltstitel
        pays_origine pais_origen pais_origem paese_origine land_herkomst herkomst uitkering bijstand
        sozialhilfe sozialleistungen buergergeld aide_sociale beneficiario_subsidio looked_after
        free_meals free_school_meals
        """, beside="code id type status date datum number flag indicator", flags=True),
    rule("pii.demographic", 0.55, CODED | {TypeKind.BOOL}, """
        first_language first_lang home_lang lang_needed lang_spoken second_lang home_language
        language_needed interpreter_needed lengua_materna_codigo langue_parlee
        lingua_madre lingua_parlata primeira_lingua fsm fsm_eligible fsm_elig lac looked_after_child
        pupil_premium right_work right_to_work work_eligibility residence_status
        """, context="person=.4 near=.3", beside="code status flag elig needed", flags=True),
    # -- health
    rule("pii.health", 0.85, ANYTHING, """
        krankenhaus krankenhausaufenthalt motif_hospitalisation motif_consultation motif_admission
        motivo_hospitalizacion motivo_ricovero motivo_internacao opnamereden aufnahmegrund
        einweisungsdiagnose entlassdiagnose hauptdiagnose nebendiagnose nebendiagnosen diagnostic diagnostics
        diagnostic_principal diagnostic_associe diagnostico_principal diagnosi_principale ccam ccam_codes
        actes_ccam cim cim_code ops_code minusvalia grado_minusvalia grado_discapacidad minusvalido
        dias_it incapacidad_temporal dias_incapacidad dias_baja_medica baja_medica malattia giorni_malattia
        jours_maladie krankheitstage fehltage_krank ziektedagen mutuelle_nom mutuelle_num numero_mutuelle
        nom_mutuelle mutua mutualidad dcd decede obito_flag falecido fallecimiento overlijden
        pathologie pathologies comorbidite operation_history surgical_history injury injuries
        injury_description verletzung verletzungen blessure lesion lesiones lesao lesioni letsel
        medical_condition_notified medical_conditions_notified treatment_notes clinical_notes
        operation_notes nursing_notes pflegestufe betreuungsbedarf epilepsy asthma diabetes diabetic
        sen sen_stage sen_status sen_notes sen_details medical_plan med_plan care_plan dietary
        dietary_needs dietary_notes dietary_requirement intolleranza intolerance intolerances
        unvertraeglichkeit
        cholesterol serology vaccinated vaccin vaccins vacuna vacunas vacina vacinas vaccino vaccini
        prothese implant implants dialysis
        """, beside="code id type status date number name reason num nom grade part side detail", flags=True),
    rule("pii.health", 0.3, CODED, "dp das dr ghm ghs poids taille pa temp pouls spo tension imc bmi",
         context="patient=.6 health=.5", strict=True),
    # -- names of persons by what they are to the case
    rule("pii.name", 0.55, TEXTUAL, """
        payee melder veroorzaker aanvrager bewindvoerder curator mentor_naam bewoner medehuurder
        hauptmieter mieter untermieter vermieter mitversicherter versicherungsnehmer geschaedigter
        verursacher zeuge zeugen antragsteller anzeigender locataire bailleur assure souscripteur victime
        temoin plaignant declarant demandeur requerant asegurado tomador siniestrado testigo denunciante
        solicitante arrendatario arrendador inquilino segurado tomador_seguro vitima testemunha requerente
        locador locatario assicurato contraente testimone richiedente denunciante verzekerde
        verzekeringnemer getuige slachtoffer consignee consignor signee complainant policy_holder
        injured_party third_party_name witness_name deceased_name godparent taufpate pate parrain marraine
        padrino madrina padrinho madrinha peter meter celebrant betreuer pfleger aidant cuidador
        """, context="person=.4 near=.4 talk=.3 deal=.3 money=.3", strict=True),
    rule("pii.name", 0.85, TEXTUAL, """
        ktoinh konto_inhaber kontoinh titular_cuenta titular_conta intestatario_conto titulaire_carte
        titular_tarjeta titular_cartao intestatario_carta karteninhaber kaarthouder nom_porteur payee_name
        account_payee signed_by received_by collected_by witnessed_by interviewed_by nome_recebedor
        nome_destinatario nome_impresso nome_titular_cartao unterschrieben_von empfangen_von signe_par
        recu_par
        firmado_por recibido_por ondertekend_door ontvangen_door
        """),
    rule("pii.name", 0.3, TEXTUAL, "ape", context="person=.5", strict=True),
    # -- numbers by which somebody is known
    rule("pii.identifier", 0.7, TEXTUAL, """
        rpps adeli finess numero_rpps numero_adeli lanr arztnummer kassenarztnummer npi npi_number
        dea_number big_nummer num_colegiado numero_colegiado crm_numero vehicle_registration_number
        vehicle_reg veh_reg reg_plate amtliches_kennzeichen plaque_immatriculation benutzerkennzeichen
        benutzerkz benutzerkuerzel vehicle_reg_number targa_auto targa_veicolo placa_veiculo
        placa_vehiculo fidelity_number fidelity_card numero_fidelity loyalty_card loyalty_id kundenkarte
        carte_fidelite tarjeta_fidelidad
        """, beside="number"),
    rule("pii.identifier", 0.45, TEXTUAL | {TypeKind.INT}, """
        mitglied_number member_number huurder_number mieter_number mgl_number badge_number staff_number
        payroll_number matricule matrikelnummer legajo numero_legajo
        """, context="person=.3 near=.2", strict=True, beside="number"),
    rule("pii.national_id", 0.85, NUMBERED, """
        naf numero_afiliacion_seguridad_social num_afiliacion_ss nss_trabajador cle_ss cle_nir cle_secu
        legitimatie legitimatie_number legitimatienummer utr unique_pupil_number unique_learner_number
        """, beside="number"),
    # -- money
    rule("financial.salary", 0.6, CODED, """
        aufwandsentschaedigung uebungsleiterpauschale stundenverguetung verguetung honorar
        honorarsatz tagessatz tagegeld devengos devengado total_devengado deducciones total_deducciones
        liquido_percibir liquido_total percepciones retencion_irpf retencion_fiscal embargo embargo_salarial
        jaarinkomen inkomen_jaar maandinkomen verzamelinkomen toetsingsinkomen pagehalt
        loonbeslag lohnpfaendung pfaendung saisie_salaire pignoramento penhora salaire_annuel
        salaire_horaire indemnite indemnites vergoeding stipend honorarium day_rate daily_rate
        garnishment
        """, context="person=.4 pay=.5 employee=.4", beside="rate base amount total"),
    rule("financial.balance", 0.5, CODED | {TypeKind.BOOL}, """
        huurachterstand mietrueckstand schuldhulp schuldhulpverlening schuldsanering schuldnerberatung
        insolvenz privatinsolvenz surendettement impaye impayes mora deuda_total atraso inadimplencia
        inadimplente arrears rent_arrears bankruptcy bankrupt iva_arrangement morosita arretrato
        betalingsachterstand limite_compra limite_credito_cliente vermoegen patrimoine patrimonio
        """, context="person=.4 near=.3", flags=True),
    rule("pii.bank", 0.8, NUMBERED, """
        mandatsref mandatsreferenznummer referencia_mandato reference_mandat riferimento_mandato
        machtigingskenmerk rek rek_number rekening_number rekeningnummer entidad_bancaria
        sucursal_bancaria payment_account payment_sort_code pay_account pay_sort pay_sort_code
        bank_sc bank_sortcode bank_ac
        payout_iban refund_iban debit_account
        """, beside="number code"),
    # -- reach
    rule("pii.phone", 0.8, NUMBERED, """
        telp teld telg telm telprivat teldienst telgeschaeft mobilfunk mobilfunknummer tel_port tel_mob
        tel_home tel_work tel_day tel_evening tel_thuis tel_werk tel_ufficio tel_abit tfno_movil tfno_fijo
        emergency_number emergency_no emergency_tel emergency_phone notfallnummer
        numero_urgence numero_emergencia tfno tfnos tlfn phone_home phone_mob bip_number beeper
        """),
    rule("pii.address", 0.8, NUMBERED, """
        wohnstr wohnplz wohnstrasse wohnsitz hauptwohnsitz nebenwohnsitz wohnung_number via_nombre via_tipo
        via_numero nombre_via_publica tipo_vialidad nombre_vialidad post_town overnight_postcode
        endereco_entrega end_entrega end_entr end_cobranca endereco_cobranca residenza_via res_via via_res
        cnee_pc shipper_pc consignee_pc cep_entrega cap_residenza_codice
        garaging_address garaging_postcode risk_address addr_block address_block straatn toev huisnum
        woonadres correspondentieadres
        """, context="place=.3 person=.3", beside="number type"),
    rule("pii.place", 0.4, CODED, """
        residenza_comune res_comune res_com comune_res cidade_entrega ds_cidade cidade_nome
        wohnort_name woonplaats_naam woonpl pobl post_town twn place_residence residence_city
        """, context="person=.45 place=.5 near_address=.5 near=.3", beside="name code"),
    rule("pii.location", 0.55, NUMBERED, """
        drop_latitude drop_longitude delivery_latitude delivery_longitude pickup_latitude pickup_longitude
        dropoff_latitude dropoff_longitude check_in_latitude check_in_longitude signin_latitude
        signin_longitude
        """),
    rule("pii.card", 0.7, DOCUMENTS | DATED, """
        validade_cartao val_cartao data_validade_cartao scadenza_carta cc_scadenza caducidad_tarjeta
        expiration_carte validite_carte codigo_seguranca cod_seguranca codigo_seguridad_tarjeta
        cryptogramme cryptogramme_carte codice_sicurezza
        """, beside="date"),
    rule("pii.location", 0.5, NUMBERED, "coord coords xcoord ycoord utm gps_position",
         context="place=.5 near_address=.5 person=.5"),
    # -- work
    rule("pii.employment", 0.3, TEXTUAL, """
        csp cat_prof categoria_profesional categorie_socioprofessionnelle specialite specialisation
        especialidad especialidade specializzazione grade rang fachrichtung occupation_code
        occupation_description motivo_baja motivo_cese motif_depart austrittsgrund reden_uitdienst
        funktion_verein amt_verein ehrenamt trainerschein
        """, context="person=.4 employee=.5 near=.3", strict=True, beside="code description reason"),
    # -- what opens doors
    rule("secret.password", 0.85, DOCUMENTS, """
        pregunta_seguridad respuesta_seguridad pregunta_seg respuesta_seg question_securite reponse_securite
        pergunta_seguranca resposta_seguranca domanda_sicurezza risposta_sicurezza sicherheitsfrage
        sicherheitsantwort beveiligingsvraag memorable_word memorable_answer password_reminder
        gate_code door_code entry_code alarm_code keysafe_code key_safe_code lockbox_code tuercode
        code_porte code_acces_immeuble codigo_puerta codice_cancello lembrete
        lembrete_senha recordatorio_clave
        """),
    rule("secret.token", 0.85, DOCUMENTS, """
        token_sesion token_sessao token_sessione jeton_session sitzungstoken sessietoken token_session
        token_acceso token_acesso token_accesso jeton_acces token_api api_tok cle_session
        """),
    # -- words that people write
    rule("pii.free_text", 0.45, DOCUMENTS, """
        gespraech gespraechsinhalt gespraechsnotiz gespraechsprotokoll lettre lettre_sortie
        courrier compte_rendu arztbrief entlassbrief epikrise carta_alta informe informe_medico relazione
        relatorio verslag brief statement witness_statement narrative circumstances hergang
        schadenshergang unfallhergang vorfall sachverhalt schilderung circonstances recit relato
        descripcion_hechos fatti toedracht meldingstekst afspraken absprachen vereinbarungen
        action_taken actions_taken massnahmen mesures_prises medidas_tomadas provvedimenti safe_place
        mensagem_presente msg_presente mensaje_regalo messaggio_regalo message_cadeau
        handler_notes followup follow_up follow_up_notes case_notes ruecksendegrund
        """, context="person=.6 linked=.35 talk=.35 near=.35 deal=.3 health=.4 patient=.4"),
)  # fmt: skip
