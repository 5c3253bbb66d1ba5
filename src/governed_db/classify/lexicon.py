"""Which words of a column name say what it holds: the table that the classifier reads.

One `Rule` says: these phrases mean this class, with this weight. `name` is what the words are worth
alone, `context` what a table of a certain character adds (score = 1 - (1-name)(1-context)...).
Phrases are words joined with "_"; `firstname` is found where `first_name` is listed. The longest phrase
wins, so a phrase listed under CLEAR keeps a shorter one from matching (`mac_address`, `file_name`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from governed_db.classify.kinds import TypeKind
from governed_db.model.classification import CLEAR

_NOTHING: Mapping[str, float] = MappingProxyType({})

TEXTUAL = frozenset({TypeKind.TEXT, TypeKind.LONG, TypeKind.OTHER, TypeKind.BINARY})
NUMBERED = TEXTUAL | {TypeKind.INT, TypeKind.NUMBER}
DOCUMENTS = TEXTUAL | {TypeKind.JSON}
CODED = NUMBERED | {TypeKind.ENUM}
DATED = CODED | {TypeKind.DATE, TypeKind.TIME}
SECRET = DOCUMENTS | {TypeKind.UUID, TypeKind.INT}
ANYTHING = frozenset(TypeKind) - {TypeKind.BOOL, TypeKind.RELATION}


@attrs.frozen
class Rule:
    """`strict`: every other word of the name must be neutral or a person (`name`, not `bot_name`).

    `beside`: words that are harmless next to this phrase though they usually deny it (`city_code`).
    `flags`: a boolean holds it too (`is_smoker`).
    """

    classification: str
    name: float
    words: tuple[tuple[str, ...], ...]
    gate: frozenset[TypeKind] = TEXTUAL
    context: Mapping[str, float] = _NOTHING
    strict: bool = False
    beside: frozenset[str] = frozenset()
    flags: bool = False


def _rule(
    classification: str,
    name: float,
    gate: frozenset[TypeKind],
    words: str,
    *,
    context: str = "",
    strict: bool = False,
    beside: str = "",
    flags: bool = False,
) -> Rule:
    phrases = tuple(tuple(word.split("_")) for word in words.split())
    pairs = (pair.split("=") for pair in context.split())
    adds = MappingProxyType({key: float(value) for key, value in pairs})
    return Rule(classification, name, phrases, gate, adds, strict, frozenset(beside.split()), flags)


RULES: tuple[Rule, ...] = (
    # -- contact ------------------------------------------------------------------------------------
    _rule("pii.email", 0.93, DOCUMENTS, """
        email e_mail email_id email_address mail_address mailaddress correo correo_electronico courriel adresse_mail adresse_email
        mel posta_elettronica endereco_eletronico emailadres mailadres mail_adresse email_adresse
        email_adressen indirizzo_email indirizzo_mail direccion_correo direccion_email contact_mail reply_to emails
        recipient_email paypal_account notification_address
        """, beside="id label confirmed subscription"),
    _rule("pii.email", 0.5, TEXTUAL, "mail mails from_address to_address sender_address mailto rcpt_to mail_from",
          context="person=.7 near=.4 org=.5 talk=.4 deal=.4", strict=True),
    _rule("pii.phone", 0.9, DOCUMENTS | {TypeKind.INT}, """
        phone telephone telefon telefono telefone tel mobile_number mobile_phone cell_phone cellphone
        handynummer handynr gsm fax telefax fax_number msisdn whatsapp celular telefono_movil cellulare telemovel
        telefoonnummer telefoon rufnummer telefonnummer phone_number contact_number contact_no
        home_number mobile_no office_number work_number telephone_number tel_number numero_telephone
        numero_telefono numero_celular numero_telefone mobilnummer mobielnummer mobiltelefon festnetz portable_number
        landline pager sms_number phones telephones telefonos numero_movil portabel fone fones
        """),
    _rule("pii.phone", 0.6, NUMBERED, "mobile mobil mobiel movil handy cell portable durchwahl",
          context="person=.6 near=.5 org=.6 place=.6 deal=.4", strict=True),
    _rule("pii.phone", 0.3, NUMBERED, "extension ext phone_extension", context="person=.4", strict=True),
    # -- persons' names -----------------------------------------------------------------------------
    _rule("pii.name", 0.9, DOCUMENTS, """
        first_name last_name middle_name given_name family_name surname maiden_name full_name forename
        second_name father_name mother_name mothers_maiden_name vorname nachname familienname geburtsname
        vornamen rufname zuname prenom prenoms nom_famille nom_complet nom_naissance nom_jeune_fille apellido apellidos
        apellido_paterno apellido_materno primer_apellido segundo_apellido primer_nombre segundo_nombre
        nombres nombre_completo nombre_pila nome_completo sobrenome apelido ultimo_nome primeiro_nome cognome
        nome_cognome voornaam achternaam tussenvoegsel voorletters volledige_naam contact_name contact_person
        ansprechpartner person_name holder_name card_holder cardholder account_holder kontoinhaber
        name_on_card card_name beneficiary_name passenger_name author_name reviewer_name recipient_name patient_name
        guest_name employee_name spouse_name next_kin emergency_contact nom_prenom real_name preferred_name legal_name_person
        client_name customer_name user_full_name student_name driver_name doctor_name owner_name member_name sender_name
        signer_name nome_mae nome_pai nome_social razon_social_persona last_names first_names
        """),
    _rule("pii.name", 0.36, DOCUMENTS, "name nom nombre nome naam navn nombres", context="person=.8 near=.65", strict=True),
    _rule("pii.name", 0.5, TEXTUAL, "display_name anzeigename screen_name nom_affichage nickname nick_name nick spitzname",
          context="person=.75 near=.6 talk=.3 access=.5", strict=True),
    _rule("pii.name", 0.45, TEXTUAL, "ship_name bill_name billing_name shipping_name ship_to_name bill_to_name from_name to_name",
          context="person=.7 near=.4 deal=.4 access=.2 talk=.4", strict=True),
    _rule("pii.name", 0.42, TEXTUAL, """
        author customer client patient employee student sender recipient borrower cardholder passenger
        guest driver doctor teacher spouse owner reviewer requester contact attendee signer signatory witness reporter
        payee payer composer kunde patient mitarbeiter bewerber ansprechpartner auteur cliente paciente
        empleado paziente dipendente klant medewerker insured claimant beneficiary donor visitor
        """, context="talk=.45 deal=.3 person=.4 log=.2 near=.5", strict=True),
    _rule("pii.name", 0.1, TEXTUAL, "suffix name_suffix name_prefix initials initial", context="person=.5 near=.5", strict=True),
    _rule("pii.identifier", 0.86, TEXTUAL, """
        username user_name login_name user_login login_id loginid logon_name benutzername
        benutzerkennung nom_utilisateur nombre_usuario nome_usuario nome_utente gebruikersnaam nicename user_nicename
        twitter_handle skype skype_id linkedin_id telegram_handle instagram_handle screenname account_username
        wechat_id facebook_username github_username github_login
        """),
    _rule("pii.identifier", 0.45, TEXTUAL, "login logon handle usuario utente benutzer identifiant user uid alias acct utilisateur gebruiker",
          context="person=.7 near=.6 access=.5 log=.4", strict=True),
    _rule("pii.identifier", 0.7, TEXTUAL | {TypeKind.UUID}, """
        device_id user_agent useragent mac_address mac_addr imei imsi idfa gaid advertising_id android_id udid
        device_token_id stripe_customer_id customer_number member_number patient_number employee_number_text
        kundennummer mitarbeiternummer personalnummer matricola numero_client numero_cliente klantnummer
        device_identifier browser_fingerprint device_fingerprint license_plate kennzeichen immatriculation
        matricula placa vin vehicle_identification_number targa kenteken user_agent_string google_id facebook_id_user apple_id
        twitter_id_user openid auth_uid external_user_id visitor_id cookie_id distinct_id anonymous_id
        """, beside="id"),
    # -- address ------------------------------------------------------------------------------------
    _rule("pii.address", 0.85, DOCUMENTS | {TypeKind.INT}, """
        street street_address street_name address_line addressline street_number strasse hausnummer hausnr house_number
        house_no anschrift adresse rue numero_rue direccion calle colonia endereco logradouro morada indirizzo civico
        numero_civico straat straatnaam huisnummer adres apartment flat_number unit_number po_box postfach
        boite_postale apartado postal_code zip zip_code postal_zip post_code postcode plz postleitzahl code_postal
        codigo_postal cep codice_postale full_address mailing_address shipping_address billing_address delivery_address
        home_address postal_address complemento bairro domicilio domicile wohnort woonplaats cpostal
        codpostal bill_to_address ship_to_address residential_address adress address_text adresszeile pin_code
        strasse_hausnummer numero_exterior numero_interior huisnummertoevoeging address_1 lieu_dit zip_postal
        """, context="place=.5 person=.4"),
    _rule("pii.address", 0.72, DOCUMENTS, "address",
          context="person=.6 place=.6 near=.4 org=.3 deal=.3"),
    _rule("pii.address", 0.3, TEXTUAL, "line avenue building floor cap block suite landmark",
          context="place=.7 near_address=.5", strict=True),
    _rule("pii.address", 0.3, CODED, """
        city town ort stadt ville ciudad cidade citta plaats stad woonplaats province provincia provincie bundesland
        county district municipality municipio comune gemeinde commune localidad localidade locality suburb
        neighborhood neighbourhood barrio departamento canton hometown city_name city_area country_area birth_city
        """, context="person=.45 place=.5 near_address=.5 near=.3 org=.3 shipped=.5", strict=True, beside="code area name"),
    _rule("pii.address", 0.2, CODED, """
        country country_name country_code land pays pais paese landcode iso_country
        """, context="person=.42 place=.5 near_address=.5 shipped=.5", strict=True, beside="code area name"),
    _rule("pii.address", 0.1, CODED, "state region estado regione uf state_province stato_residenza kanton territory",
          context="near_address=.5 shipped=.5 place=.5", strict=True, beside="code area name"),
    # -- identity -----------------------------------------------------------------------------------
    _rule("pii.birth_date", 0.93, DATED, """
        birth_date date_birth dob birthday birthdate born_on birth_year year_birth birth_day birth_month
        geburtsdatum geburtstag geburtsjahr geburts_datum date_naissance datenaissance naissance fecha_nacimiento
        fechanacimiento nacimiento cumpleanos data_nascimento nascimento data_nascita nascita geboortedatum
        date_born birth ano_nascimento annee_naissance geboorte_datum geboortejaar birth_dt d_o_b
        """, beside="date day month year datum"),
    _rule("pii.birth_date", 0.4, DATED, "born geboren ne_le age alter edad idade eta leeftijd aniversario geb verjaardag",
          context="person=.6 near=.5", strict=True),
    _rule("pii.birth_date", 0.6, DATED, "date_death death_date died_on deceased_date todesdatum date_deces fecha_defuncion",
          context="person=.3", beside="date"),
    _rule("pii.demographic", 0.6, CODED, """
        birth_place place_birth birthplace geburtsort lieu_naissance lugar_nacimiento luogo_nascita local_nascimento
        geboorteplaats birth_country country_birth geburtsland naturalidade
        """, context="person=.5"),
    _rule("pii.national_id", 0.93, NUMBERED, """
        ssn ssn_number social_security social_security_number social_insurance_number national_id national_id_number nationalid national_insurance
        national_insurance_number nino nhs_number passport passport_number passport_num passport_no driver_license drivers_license
        driver_license_number driving_license driving_licence license_number_person tax_id tax_number taxpayer_id
        itin tin steuernummer steuer_id steueridnr steueridentifikationsnummer sozialversicherungsnummer
        svnr sv_nummer ausweisnummer ausweis personalausweis reisepass reisepassnummer fuehrerschein
        fuehrerscheinnummer insee nir numero_secu numero_securite_sociale securite_sociale num_secu carte_identite
        passeport permis_conduire dni nie nif curp cedula pasaporte cpf passaporte titulo_eleitor cnh rg_number
        codice_fiscale cod_fiscale carta_identita patente_guida bsn burgerservicenummer rijbewijs
        paspoort paspoortnummer sofinummer aadhaar aadhar voter_id visa_number id_card identity_card id_card_number
        identity_number identity_document identification_number citizen_id personnummer cpr_number pesel
        government_id gov_id id_document id_number idno personal_id personal_identification documento_identidad
        documento_identidade numero_documento document_number_person pan_number ein residence_permit green_card
        alien_number numero_identificacion num_identificacion rut_number nro_documento ssnum numero_seguro_social nss
        numero_ss partita_iva_persona mothers_id fiscal_code fiscal_number nic nric fin_number emirates_id identity_no
        """),
    _rule("pii.national_id", 0.3, NUMBERED, """
        sin sin_number rfc rg nit rut run cif license license_number licence_number id_no document_number documento curp
        identification identity afm vat_number cnpj other_id nie_number pan partita_iva ust_id registration_number
        """, context="person=.7 near=.35", strict=True),
    _rule("pii.gender", 0.85, CODED | {TypeKind.BOOL}, """
        gender sex geschlecht sexe sexo genero sesso geslacht salutation anrede civilite tratamiento
        courtesy_title title_courtesy honorific pronouns pronoun aanhef gender_identity form_address trattamento geslachtsaanduiding
        """, beside="code id type"),
    _rule("pii.demographic", 0.8, CODED | {TypeKind.JSON}, """
        ethnicity ethnic_group ethnic race ethnic_race religion religious_affiliation nationality citizenship marital_status marital
        civil_status political_affiliation political_party political_opinion sexual_orientation
        union_membership trade_union caste veteran_status veteran military_service immigration_status
        mother_tongue native_language familienstand staatsangehoerigkeit nationalitaet konfession ethnie nationalite etat_civil
        situation_familiale situation_matrimoniale estado_civil nacionalidad etnia raza religiao nacionalidade raca religione stato_civile
        cittadinanza nazionalita burgerlijke_staat nationaliteit geloof geloofsovertuiging demographics eeo eeo_category
        nation nation_code number_children nombre_enfants dependents_count criminal_record conviction
        """, beside="code id type status", flags=True),
    _rule("pii.demographic", 0.25, CODED, "language languages sprache relationship relationship_type education education_level preferred_language household_size",
          context="person=.35", strict=True, beside="type level status"),
    _rule("pii.health", 0.85, ANYTHING, """
        diagnosis diagnoses disease allergy allergies blood_type blood_group bloodgroup medication medications prescription symptoms
        symptom disability disabilities medical_history medical_condition medical_record medical_record_number
        mrn medical_notes health_condition health_insurance health_status illness icd icd10 icd_code vaccine vaccination pregnancy pregnant smoker
        smoking_status alcohol_use blood_pressure heart_rate hiv hiv_status bmi insurance_member_id insurance_policy_number sick_leave sick_leave_hours
        blutgruppe diagnose krankheit krankenkasse krankenversicherung krankenversichertennummer allergie allergien behinderung medikament medikamente
        maladie groupe_sanguin antecedents diagnostico alergias alergia enfermedad grupo_sanguineo medicamento
        doenca tipo_sanguineo malattia diagnosi gruppo_sanguigno allergie ziekte bloedgroep medicijn handicap
        mutuelle health_card chief_complaint treatment_plan lab_result lab_results genetic diet_restrictions dietary_requirements medicare_number
        """, beside="code id type status hours number", flags=True),
    _rule("pii.health", 0.2, NUMBERED, "height weight treatment condition gewicht poids peso altura glucose temperature temperatura insurance_number versichertennummer",
          context="patient=.6", strict=True),
    _rule("pii.biometric", 0.85, DOCUMENTS, """
        fingerprint_data fingerprint_image fingerprint_template biometric biometrics facial face_id face_encoding
        face_embedding face_template iris retina voiceprint voice_print dna genome fingerabdruck empreinte_digitale
        huella huella_digital impronta_digitale impressao_digital vingerafdruk palm_print typed_signature
        signature_image handwritten_signature unterschrift handtekening signature_image_base64 signature_data
        """, beside="template"),
    _rule("pii.biometric", 0.4, DOCUMENTS, "fingerprint signature", context="person=.6 near=.4", strict=True),
    _rule("pii.photo", 0.25, DOCUMENTS, """
        photo avatar picture profile_picture profile_photo profile_image portrait selfie headshot foto bild
        lichtbild passbild image_url picture_url photo_url avatar_url photo_path foto_url imagen imagem pasfoto image
        avatar_file avatar_file_name avatar_remote_url mugshot
        """, context="person=.5 near=.3", strict=True, beside="path size_url"),
    _rule("pii.photo", 0.55, DOCUMENTS, "avatar profile_picture profile_photo profile_image selfie headshot passport_photo mugshot passbild pasfoto avatar_url",
          context="person=.3", beside="path"),
    # -- network and place ----------------------------------------------------------------------------
    _rule("pii.ip", 0.88, TEXTUAL | {TypeKind.INET, TypeKind.INT, TypeKind.NUMBER}, """
        ip ip_address ip_addr ipaddr ipaddress remote_addr remote_address remote_ip client_ip source_ip
        user_ip login_ip sign_ip host_ip adresse_ip direccion_ip endereco_ip indirizzo_ip x_forwarded_for
        forwarded_for ip_adresse ip_adres last_ip
        """),
    _rule("pii.ip", 0.6, frozenset({TypeKind.INET}), "address addr host source client remote origin peer network",
          context="person=.5 log=.5 access=.5 near=.3"),
    _rule("pii.location", 0.55, NUMBERED | {TypeKind.GEO, TypeKind.JSON}, """
        latitude longitude lat lng gps gps_coordinates geolocation geo_location coordinates coordinate coords geo_point
        lat_lng lat_long latlng latitud longitud coordenadas coordonnees coordinate breitengrad laengengrad
        geocode home_location last_location current_location spatial_location lattitude longtitude home_tile
        """, context="person=.65 near=.4 place=.6 log=.3 talk=.3 linked=.2 home=.7", beside="point"),
    _rule("pii.location", 0.2, DOCUMENTS | {TypeKind.GEO}, "location location_name ubicacion standort geo localisation localizacao posizione",
          context="person=.5", strict=True),
    # -- money ------------------------------------------------------------------------------------------
    _rule("pii.card", 0.92, NUMBERED, """
        card_number credit_card credit_card_number card_no ccnum cc_number ccn cvv cvc cvv2 card_cvv card_cvc security_code_card card_security_code
        card_last4 last4 last_four card_last_four last_digits first_digits cc_last_digits cc_first_digits card_bin card_digits last_4
        kreditkarte kreditkartennummer kartennummer numero_tarjeta tarjeta_credito num_tarjeta carte_bancaire
        numero_carte num_carte carte_credit cartao_credito numero_cartao carta_credito numero_carta creditcard_number
        creditcardnummer creditcard kaartnummer debit_card debit_card_number card_last_chars pan_hash primary_account_number
        """, beside="number digits"),
    _rule("pii.card", 0.6, DATED, """
        card_expiry card_expiry_date card_expiry_month card_expiry_year cc_expiry expiry_month expiry_year card_exp_month card_exp_year exp_month exp_year
        card_expiry_day cc_expiry_month cc_expiry_year expiry_mm expiry_yy card_valid_thru valid_thru
        """, context="money=.5", beside="date month year expiry day"),
    _rule("pii.bank", 0.93, NUMBERED, """
        iban iban_number bank_account bank_account_number account_no routing_number routing_num bank_routing
        sort_code swift_bic kontonummer kontonr konto_nummer bankleitzahl blz numero_compte compte_bancaire
        numero_cuenta cuenta_bancaria clabe cbu conta_bancaria numero_conta conta_corrente chave_pix pix_key conto_corrente
        numero_conto rekeningnummer bankrekening aba_number ach_account wire_account bankverbindung coordonnees_bancaires
        bank_card beneficiary_account payout_account sepa_mandate wallet_address btc_address dd_account
        """),
    _rule("pii.bank", 0.62, NUMBERED, "account_number bic swift swift_code bank_code rib agencia ibannummer",
          context="person=.5 money=.6 near=.4 org=.2", strict=True, beside="code"),
    _rule("pii.bank", 0.25, NUMBERED, "bank_name bank bankname banque banco banca konto mask",
          context="person=.45 money=.4", strict=True),
    _rule("financial.salary", 0.86, CODED, """
        salary salary_amount wage wages base_salary basic_salary annual_salary monthly_salary hourly_rate hourly_wage pay_rate payrate
        base_pay gross_pay net_pay gross_salary net_salary annual_income household_income yearly_income gehalt
        bruttogehalt nettogehalt grundgehalt lohn stundenlohn einkommen jahreseinkommen salaire salaire_brut salaire_net
        salario sueldo salario_base remuneracion stipendio retribuzione reddito salaris brutosalaris
        uurloon inkomen stock_option compensation remuneration vencimento renda salary_grade pay_grade bonus_amount ctc
        monthly_income salary_min salary_max
        """, beside="rate min max total grade level"),
    _rule("financial.salary", 0.35, CODED, "bonus commission commission_pct income rate allowance overtime_pay quota sales_quota deduction pension revenu nomina",
          context="person=.5 pay=.7", strict=True, beside="rate pct percent quota"),
    _rule("financial.balance", 0.6, CODED, """
        account_balance current_balance available_balance opening_balance closing_balance credit_limit credit_score
        net_worth available_credit outstanding_balance initial_balance kontostand credit_rating_person debt_amount fico
        cash_balance creditlimit kreditlimit limite_credito
        """, context="person=.4 money=.5", beside="limit score amount available"),
    _rule("financial.balance", 0.3, CODED, "balance saldo solde credit debt debts minimum_payment interest_rate bilanz net_income",
          context="money=.7 person=.5", strict=True, beside="rate"),
    _rule("financial.balance", 0.2, CODED, """
        tax_federal_status tax_status tax_state tax_exemptions tax_exceptions withholding filing_status tax_class steuerklasse tax_bracket
        exemptions tax_withholding tax_code tax_work_state tax_unemp_state
        """, context="person=.6 pay=.6", beside="status state code class"),
    # -- work ---------------------------------------------------------------------------------------------
    _rule("pii.employment", 0.4, TEXTUAL, """
        job_title occupation profession employer position_title beruf arbeitgeber profession metier employeur
        profesion ocupacion puesto profissao professione beroep werkgever functie job_role contact_title job_position work_place
        """, context="person=.4 org=.3 near=.4", strict=True),
    _rule("pii.employment", 0.2, TEXTUAL, """
        title job company company_name employer_name organization organisation firma societe entreprise empresa azienda
        cargo ditta bedrijf workplace titel titre
        """, context="employee=.5 person=.4 place=.4 shipped=.4", strict=True),
    _rule("pii.employment", 0.3, DATED, """
        hire_date hired_on date_hired joined_date date_joining joining_date employment_date start_date_employment
        eintrittsdatum austrittsdatum date_embauche fecha_contratacion fecha_ingreso data_admissao data_assunzione
        termination_date termination_reason resignation_date
        """, context="employee=.4", beside="date on"),
    # -- secrets --------------------------------------------------------------------------------------------
    _rule("secret.password", 0.95, DOCUMENTS, """
        password password_hash password_digest password_salt passphrase passcode password_hint hashed_password
        encrypted_password crypted_password user_password login_password passwort kennwort passwort_hash mot_passe motdepasse
        mdp contrasena senha palavra_passe wachtwoord pass_hash pass_salt pass_crypt passhash pin_hash security_answer
        secret_answer security_question secret_question pass_phrase password_history old_passwords parola_chiave parola_ordine
        reponse_secrete respuesta_secreta password_encrypted smtp_password db_password password_plain
        """, beside="history salt algorithm_hash"),
    _rule("secret.password", 0.6, TEXTUAL, "salt", context="person=.6 access=.6 near=.4", strict=True),
    _rule("secret.password", 0.4, SECRET, "pin clave pin_number geheimzahl", context="person=.6 access=.5 money=.6 near=.4", strict=True),
    _rule("secret.token", 0.93, SECRET, """
        access_token refresh_token session_token api_token auth_token authentication_token bearer_token id_token jwt
        csrf_token otp_secret totp totp_secret otp_code backup_codes recovery_codes otp_backup_codes reset_token reset_code reset_password_token
        password_reset_token remember_token confirmation_token activation_token unlock_token invitation_token
        invite_token verification_token verification_code activation_code activation_key reset_key confirm_code
        auth_code authorization_code device_token push_token fcm_token apns_token magic_link magic_token security_token
        webhook_token bot_token mfa_secret tfa_secret twofactor_secret twofactor_backup_codes twofactor_codes two_factor_secret two_factor_recovery_codes google_authenticator session_key
        oauth_token token_secret token_hash access_code one_time_code invite_code invitation_code user_activation_key
        two_factor_code recovery_code login_token sso_token jeton zugangstoken remember_me verify_token verification_key
        auth_tokens_json unsubscribe_token sms_code secret_code tok_hash otp_seed cookie_secret reset_hash
        """, beside="hash"),
    _rule("secret.token", 0.72, DOCUMENTS | {TypeKind.UUID}, "token tokens",
          context="access=.6 person=.5 near=.4", beside="key hash value"),
    _rule("secret.token", 0.3, DOCUMENTS | {TypeKind.INT}, """
        code otp nonce session_state code_challenge session_data session_id auth_options hash codes code_hash one_time_password
        credential credential_id response_headers request_headers headers cookie cookies state_token challenge
        """, context="access=.75", strict=True, beside="id state options"),
    _rule("secret.token", 0.45, DOCUMENTS, "otp cookie cookies one_time_password csrf", context="person=.6 access=.6 log=.3"),
    _rule("secret.key", 0.94, DOCUMENTS | {TypeKind.UUID}, """
        private_key secret_key secret api_key apikey api_secret client_secret consumer_secret consumer_key app_secret shared_secret signing_key
        signing_secret encryption_key master_key hmac_key webhook_secret access_key secret_access_key access_key_id developer_key
        auth_key ssh_key ssh_private_key key_material credentials credential_json connection_string connection_url service_account_key
        private_key_pem access_secret license_key geheimnis geheimschluessel clave_privada clave_secreta cle_privee cle_secrete chave_privada
        chave_secreta chave_api chiave_privata chiave_segreta chiave_api prive_sleutel hmac_secret account_key storage_key
        encrypted_key token_key wrapping_key secret_value credential_value symmetric_key display_key passwords_json service_credentials
        cle_api clave_api serialized_private_key privkey keystore_password secrets secret_data
        """, beside="id value"),
    _rule("secret.key", 0.4, DOCUMENTS, """
        key encrypted_value ciphertext config provider_config configuration public_key credential_public_key cert certificate
        connection_config dsn account_sid api_key_sid encrypted_data encrypted_settings settings value option_value
        """, context="vault=.6", strict=True, beside="config settings"),
    _rule("secret.key", 0.62, DOCUMENTS, "ciphertext provider_config connection_config account_sid api_key_sid api_sid dsn encrypted_config encrypted_settings", beside="config settings id"),
    # -- words that people write ------------------------------------------------------------------------------
    _rule("pii.free_text", 0.52, DOCUMENTS, """
        note notes comment comments remark remarks memo feedback bio biography about about_me observation observations
        bemerkung bemerkungen notiz notizen kommentar kommentare anmerkung anmerkungen remarque remarques commentaire commentaires
        observaciones observacion notas nota comentario comentarios observacao observacoes osservazioni commento commenti
        opmerking opmerkingen notitie notities toelichting resume cv curriculum lebenslauf cover_letter complaint testimonial transcript
        chat_log internal_note internal_notes customer_note private_note feedback_message custom_text free_text freitext
        freetext special_instructions delivery_instructions delivery_note personal_statement review_text comment_text note_text
        resume_text cv_text cv_text_version customer_notes order_notes biografia biographie self_description
        """, context="person=.6 linked=.35 talk=.35 near=.35", strict=True),
    _rule("pii.free_text", 0.3, DOCUMENTS, """
        reason reasons rejection_reason ban_reason banned_reason cancellation_reason suspension_reason motif motivo grund begruendung
        description_customer goals interests hobbies keywords summary instructions trailing_message
        reason_suspension reason_exemption
        """, context="person=.35 linked=.35 talk=.4 near=.35 log=.3", strict=True),
    _rule("pii.free_text", 0.2, DOCUMENTS, """
        message body content text subject description nachricht inhalt betreff beschreibung texte contenu sujet mensaje
        contenido texto asunto mensagem conteudo assunto messaggio contenuto testo oggetto bericht inhoud tekst onderwerp
        answer response question comment_content post_content message_text message_body email_body mail_body
        beschrijving descricao descripcion descrizione reply
        """, context="talk=.5 person=.42 linked=.3 near=.2", strict=True),
    _rule("pii.free_text", 0.1, DOCUMENTS, "title titre titel betreff", context="chat=.5", strict=True),
    # -- names that look sensitive and are not ---------------------------------------------------------------------
    _rule(CLEAR, 1.0, frozenset(TypeKind), """
        file_name filename host_name hostname domain_name table_name column_name field_name schema_name database_name db_name
        product_name item_name category_name brand_name model_name app_name application_name class_name event_name
        group_name role_name tag_name type_name status_name state_name region_name display_order service_name
        job_name task_name queue_name topic_name index_name function_name template_name project_name team_name
        department_name dept_name company_address_id store_name branch_name key_name page_name plan_name
        variable_name attribute_name property_name rule_name policy_name package_name module_name unit_name
        currency_name language_name color_name genre_name course_name subject_name school_name hotel_name bank_holiday
        email_template email_type email_status email_subject email_sent email_count email_verified email_format mail_server smtp_host mail_host
        smtp_port smtp_server email_domain email_notification email_notifications email_frequency web_address memory_address
        contract_address base_address address_type address_kind phone_type phone_model phone_brand card_type card_brand cc_brand cc_type credit_card_type
        token_type token_count token_limit token_usage max_tokens prompt_tokens completion_tokens input_tokens output_tokens
        total_tokens cached_tokens token_symbol token_name token_price key_type key_size key_length secret_type secret_name
        password_policy password_changed password_expires password_expiry password_reset password_strength
        primary_key foreign_key sort_key partition_key cache_key idempotency_key public_key_id meta_key option_key translation_key
        account_type account_status account_name_type bank_transfer gender_neutral race_condition race_id race_date race_name
        race_time race_number race_result race_type race_track horse_race age_group age_limit age_rating age_range min_age max_age
        page_age cache_age sex_ratio location_type location_code region_code_type ip_version ip_range ip_pool ip_whitelist ip_allowlist
        health_check health_score system_health health_status_code last_health_check battery_health condition_type terms_conditions
        weather_condition trade_union_id photo_count photo_credit image_count cover_image product_image header_image logo image_alt
        error_message error_text status_message commit_message help_text alt_text button_text label_text log_message placeholder_text
        welcome_message error_description meta_description product_description short_description long_description seo_description
        status_text status_reason_code sql_text query_text template_body email_template_body source_code zip_file
        state_machine state_code_type currency_code language_code unit_code error_code status_code http_code response_code
        product_code promo_code coupon_code discount_code voucher_code color_code tax_code reason_code bar_code qr_code
        country_id city_id state_id mime_type content_type user_type person_type customer_type employee_type contact_type phone_code dial_code calling_code
        pin_count is_pinned pinned cell_count cell_type cell_id cell_number mobile_app mobile_version mobile_enabled handy_hint
        tax_rate exchange_rate interest_type tax_amount tax_total shipping_rate conversion_rate bounce_rate
        payment_status payment_method payment_type bank_code_type social_security_office birth_certificate_id title_id
        sin_cos tin_can first_name_count name_count name_length name_hash_type path_name short_code_type
        street_type street_view city_population country_population line_number line_count line_item line_total
        signature_algorithm signature_version signature_method signature_level signature_type signature_status
        user_count customer_count employee_count client_type client_version client_os server_name server_address server_ip
        pass_count pass_rate pass_fail pass_mark passed pass_status salt_bridge visa_type credit_note credit_hours credits
        release_notes change_notes patch_notes note_count comment_count comment_status comment_type
        contact_count call_count message_count message_type message_id message_status message_read subject_id text_color
        text_size text_align body_type body_style body_format content_length content_hash content_id
        public_key public_key_pem publishable_key site_key recaptcha_site_key key_id device_type device_model device_name_type
        handle_time handle_count login_count login_attempts login_time login_date login_at session_count session_type session_length
        code_name bonus_points commission_type income_statement author_url support_email_enabled
        """),
)  # fmt: skip
