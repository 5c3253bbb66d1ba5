"""Words for what a state, a body or a network knows a person by."""

from __future__ import annotations

from governed_db.classify.kinds import TypeKind
from governed_db.classify.rules.rule import ANYTHING, CODED, DATED, DOCUMENTS, NUMBERED, TEXTUAL, Rule, rule

RULES: tuple[Rule, ...] = (
    # -- identity
    rule("pii.birth_date", 0.93, DATED, """
        birth_date date_birth dob ddn birthday birthdate born_on birth_year year_birth birth_day
        birth_month geburtsdatum geburtstag geburtsjahr geburts_datum date_naissance datenaissance
        naissance fecha_nacimiento fechanacimiento nacimiento cumpleanos data_nascimento nascimento
        data_nascita nascita geboortedatum date_born birth ano_nascimento annee_naissance geboorte_datum
        geboortejaar birth_dt
        """, beside="date day month year datum"),
    rule("pii.birth_date", 0.4, DATED, """
        born geboren age alter edad idade eta leeftijd aniversario geb verjaardag
        """,
          context="person=.6 near=.5", strict=True),
    rule("pii.birth_date", 0.6, DATED, """
        date_death death_date died_on deceased_date todesdatum date_deces fecha_defuncion
        """,
          context="person=.3", beside="date"),
    rule("pii.demographic", 0.6, CODED, """
        birth_place place_birth birthplace geburtsort lieu_naissance lugar_nacimiento luogo_nascita
        local_nascimento geboorteplaats birth_country country_birth geburtsland naturalidade
        """, context="person=.5"),
    rule("pii.national_id", 0.93, NUMBERED, """
        ssn ssn_id ni_number ssn_number social_security social_security_number social_insurance_number
        national_id national_id_number nationalid national_insurance national_insurance_number nino
        nhs_number passport passport_number passport_num passport_no driver_license drivers_license
        driver_license_number driving_license driving_licence license_number_person tax_id tax_number
        taxpayer_id itin tin steuernummer steuer_id steueridnr steueridentifikationsnummer
        sozialversicherungsnummer svnr sv_nummer ausweisnummer ausweis personalausweis reisepass
        reisepassnummer fuehrerschein fuehrerscheinnummer insee nir numero_secu numero_securite_sociale
        securite_sociale num_secu carte_identite passeport permis_conduire dni nie nif curp cedula
        pasaporte cpf passaporte titulo_eleitor cnh rg_number codice_fiscale cod_fiscale carta_identita
        patente_guida bsn burgerservicenummer rijbewijs paspoort paspoortnummer sofinummer aadhaar aadhar
        voter_id visa_number id_card identity_card id_card_number identity_number identity_document
        identification_number citizen_id personnummer kennitala egn nhs_no insz rijksregisternummer
        pps_number ppsn cpr_number pesel government_id gov_id id_number idno
        personal_id personal_identification documento_identidad documento_identidade numero_documento
        document_number_person pan_number ein residence_permit green_card alien_number
        numero_identificacion num_identificacion rut_number nro_documento ssnum numero_seguro_social nss
        numero_ss partita_iva_persona mothers_id fiscal_code fiscal_number nic nric fin_number emirates_id
        identity_no
        """),
    rule("pii.national_id", 0.3, NUMBERED, """
        sin sin_number rfc rg nit rut run cif license license_number licence_number id_no document_number
        documento curp identification identity afm vat_number btw_nummer btwnummer p_iva piva ust_idnr
        cnpj other_id nie_number pan partita_iva ust_id registration_number
        """, context="person=.7 near=.35", strict=True),
    rule("pii.national_id", 0.55, DATED, """
        passport_issued passport_issue passport_expiry passport_expire passport_date visa_expiry
        visa_issued visa_date driver_license_expiry driver_license_issued license_issued_person
        id_card_expiry passport_country passport_issue_date passport_expiry_date passport_issued_date
        passport_expire_date driver_license_expiry_date
        """, beside="date expiry expire issued type"),
    rule("pii.gender", 0.85, CODED | {TypeKind.BOOL}, """
        gender sex geschlecht sexe sexo genero sesso geslacht salutation anrede civilite tratamiento
        courtesy_title title_courtesy honorific pronouns pronoun aanhef gender_identity form_address
        trattamento geslachtsaanduiding
        """, beside="code id type"),
    rule("pii.demographic", 0.8, CODED | {TypeKind.JSON}, """
        ethnicity ethnic_group ethnic race ethnic_race religion religious_affiliation nationality
        citizenship marital_status marital civil_status political_affiliation political_party
        political_opinion sexual_orientation union_membership trade_union caste veteran_status veteran
        military_service immigration_status mother_tongue native_language familienstand
        staatsangehoerigkeit nationalitaet konfession ethnie nationalite etat_civil situation_familiale
        situation_matrimoniale estado_civil nacionalidad etnia raza religiao nacionalidade raca religione
        stato_civile cittadinanza nazionalita burgerlijke_staat nationaliteit geloof geloofsovertuiging
        demographics eeo eeo_category number_children nombre_enfants dependents_count
        criminal_record conviction
        """, beside="code id type status", flags=True),
    # Not sure enough to be the head of a compound: a destination is none.
    rule("pii.demographic", 0.78, CODED, "nation nation_code nacion", beside="code id type status"),
    rule("pii.demographic", 0.25, CODED, """
        language languages sprache taal langue idioma lingua relationship relationship_type
        education education_level
        preferred_language household_size
        """,
          context="person=.35", strict=True, beside="type level status"),
    rule("pii.health", 0.85, ANYTHING, """
        diagnosis diagnoses disease allergy allergies blood_type blood_group bloodgroup medication
        medications prescription symptoms symptom disability disabilities medical_history
        medical_condition medical_record medical_record_number mrn medical_notes health_condition
        health_insurance health_status illness icd icd10 icd_code vaccine vaccination pregnancy pregnant
        smoker smoking_status alcohol_use blood_pressure heart_rate hiv hiv_status bmi insurance_member_id
        insurance_policy_number sick_leave sick_leave_hours blutgruppe diagnose krankheit krankenkasse
        krankenversicherung krankenversichertennummer allergie allergien behinderung medikament
        medikamente maladie groupe_sanguin antecedents diagnostico alergias alergia enfermedad
        grupo_sanguineo medicamento doenca tipo_sanguineo malattia diagnosi gruppo_sanguigno ziekte
        bloedgroep medicijn handicap mutuelle health_card health_card_number chief_complaint
        treatment_plan lab_result lab_results genetic diet_restrictions dietary_requirements
        medicare_number
        """, beside="code id type status hours number", flags=True),
    rule("pii.health", 0.2, NUMBERED, """
        height weight treatment condition gewicht poids peso altura glucose temperature temperatura
        insurance insurance_id insurance_number insurance_provider insurance_company insurer policy_number
        versichertennummer
        """,
          context="patient=.6 health=.5", strict=True),
    rule("pii.biometric", 0.85, DOCUMENTS, """
        fingerprint_data fingerprint_image fingerprint_template biometric biometrics facial face_id
        face_encoding face_embedding face_template iris retina voiceprint voice_print dna genome
        fingerabdruck empreinte_digitale huella huella_digital impronta_digitale impressao_digital
        vingerafdruk palm_print typed_signature signature_image handwritten_signature unterschrift
        handtekening signature_image_base64 signature_data
        """, beside="template"),
    rule("pii.biometric", 0.4, DOCUMENTS, """
        fingerprint signature
        """, context="person=.6 near=.4", strict=True),
    rule("pii.photo", 0.25, DOCUMENTS, """
        photo avatar picture profile_picture profile_photo profile_image portrait selfie headshot foto
        bild lichtbild passbild image_url picture_url photo_url avatar_url photo_path foto_url imagen
        imagem pasfoto image avatar_file avatar_file_name avatar_remote_url mugshot
        """, context="person=.5 near=.3", strict=True, beside="path size_url"),
    rule("pii.photo", 0.55, DOCUMENTS, """
        avatar profile_picture profile_photo profile_image selfie headshot passport_photo mugshot passbild
        pasfoto avatar_url
        """,
          context="person=.3", beside="path"),
    # -- network and place
    rule("pii.ip", 0.88, TEXTUAL | {TypeKind.INET, TypeKind.INT, TypeKind.NUMBER}, """
        ip ip_address ip_addr ipaddr ipaddress remote_addr remote_address remote_ip client_ip source_ip
        user_ip login_ip sign_ip host_ip adresse_ip direccion_ip endereco_ip indirizzo_ip x_forwarded_for
        forwarded_for ip_adresse ip_adres last_ip
        """),
    rule("pii.ip", 0.6, frozenset({TypeKind.INET}), """
        address addr host source client remote origin peer network
        """,
          context="person=.5 log=.5 access=.5 near=.3"),
    rule("pii.location", 0.55, NUMBERED | {TypeKind.GEO, TypeKind.JSON}, """
        latitude longitude lat lng gps gps_coordinates geolocation geo_location coordinates coordinate
        coords geo_point lat_lng lat_long latlng latitud longitud coordenadas coordonnees breitengrad
        laengengrad geocode home_location last_location current_location spatial_location lattitude
        longtitude home_tile
        """, context="person=.65 near=.4 place=.6 log=.3 talk=.3 linked=.2 home=.7", beside="point min max"),
    rule("pii.location", 0.2, DOCUMENTS | {TypeKind.GEO}, """
        location location_name ubicacion standort geo localisation localizacao posizione
        """,
          context="person=.5", strict=True),
)  # fmt: skip
