"""Words for who a person is and how to reach them."""

from __future__ import annotations

from governed_db.classify.kinds import TypeKind
from governed_db.classify.rules.rule import CODED, DOCUMENTS, NUMBERED, TEXTUAL, Rule, rule

RULES: tuple[Rule, ...] = (
    # -- contact
    rule("pii.email", 0.93, DOCUMENTS, """
        email email_address mail_address mailaddress correo correo_electronico courriel adresse_mail
        adresse_email mel posta_elettronica endereco_eletronico emailadres mailadres mail_adresse
        email_adresse email_adressen indirizzo_email indirizzo_mail direccion_correo direccion_email
        contact_mail reply_to emails recipient_email paypal_account notification_address
        """),
    rule("pii.email", 0.6, TEXTUAL, "paypal", strict=True),
    rule("pii.email", 0.45, TEXTUAL, "email_id emailid", context="person=.7 near=.5 org=.5", strict=True),
    rule("pii.email", 0.5, TEXTUAL, """
        mail mails from_address to_address sender_address mailto rcpt_to mail_from
        """,
          context="person=.7 near=.4 org=.5 talk=.4 deal=.4", strict=True),
    rule("pii.phone", 0.9, DOCUMENTS | {TypeKind.INT, TypeKind.NUMBER}, """
        phone telephone telefon telefono telefone tel mobile_number mobile_phone cell_phone cellphone
        handynummer handynr gsm fax telefax fax_number msisdn whatsapp celular telefono_movil cellulare
        telemovel telefoonnummer telefoon rufnummer telefonnummer phone_number contact_number contact_no
        home_number mobile_no office_number work_number telephone_number tel_number numero_telephone
        numero_telefono numero_celular numero_telefone mobilnummer mobielnummer mobiltelefon festnetz
        portable_number landline pager sms_number phones telephones telefonos numero_movil portabel fone
        fones
        """),
    rule("pii.phone", 0.6, NUMBERED, "mobile mobil mobiel movil handy cell portable durchwahl",
          context="person=.6 near=.5 org=.6 place=.6 deal=.4", strict=True),
    rule("pii.phone", 0.3, NUMBERED, "to_number from_number", context="talk=.5 log=.2", strict=True),
    rule("pii.name", 0.25, TEXTUAL, "first last", context="person=.7", strict=True),
    rule("pii.phone", 0.3, NUMBERED, "extension ext phone_extension", context="person=.4", strict=True),
    # -- persons' names
    # A language and a licence have one in full as well.
    rule("pii.name", 0.9, DOCUMENTS, "full_name nom_complet nombre_completo nome_completo",
         context="person=.3 near=.3 whose=.3"),
    rule("pii.name", 0.9, DOCUMENTS, """
        first_name last_name middle_name given_name family_name surname maiden_name forename
        second_name father_name mother_name mothers_maiden_name vorname nachname familienname geburtsname
        vornamen rufname zuname prenom prenoms nom_famille nom_naissance nom_jeune_fille
        apellido apellidos apellido_paterno apellido_materno primer_apellido segundo_apellido
        primer_nombre segundo_nombre nombres nombre_pila sobrenome apelido
        ultimo_nome primeiro_nome cognome nome_cognome voornaam achternaam tussenvoegsel voorletters
        volledige_naam contact_name contact_person ansprechpartner person_name holder_name card_holder
        cardholder account_holder kontoinhaber name_on_card card_name beneficiary_name passenger_name
        author_name reviewer_name recipient_name patient_name guest_name employee_name spouse_name
        next_kin emergency_contact nom_prenom real_name preferred_name legal_name_person client_name
        customer_name user_full_name student_name driver_name doctor_name owner_name member_name
        sender_name signer_name nome_mae nome_pai nome_social razon_social_persona last_names first_names
        """),
    rule("pii.name", 0.36, DOCUMENTS, """
        name nom nombre nome naam navn nombres
        """, context="person=.8 near=.65 whose=.62", strict=True),
    rule("pii.name", 0.5, TEXTUAL, """
        display_name anzeigename screen_name nom_affichage nickname nick_name nick spitzname
        """,
          context="person=.75 near=.6 talk=.3 access=.5", strict=True),
    rule("pii.name", 0.45, TEXTUAL, """
        ship_name bill_name billing_name shipping_name ship_to_name bill_to_name from_name to_name
        """,
          context="person=.7 near=.4 deal=.4 access=.2 talk=.4", strict=True),
    rule("pii.name", 0.42, TEXTUAL, """
        author customer client patient employee student sender recipient borrower cardholder passenger
        guest driver doctor teacher spouse owner reviewer requester contact attendee signer signatory
        witness reporter payee payer composer kunde mitarbeiter bewerber ansprechpartner auteur cliente
        paciente empleado paziente dipendente klant medewerker insured claimant beneficiary donor visitor
        """, context="talk=.45 deal=.3 person=.4 log=.2 near=.5", strict=True),
    rule("pii.name", 0.1, TEXTUAL, """
        suffix name_suffix name_prefix initials initial
        """, context="person=.5 near=.5", strict=True),
    rule("pii.identifier", 0.86, TEXTUAL, """
        username user_name login_name user_login login_id loginid logon_name benutzername benutzerkennung
        nom_utilisateur nombre_usuario nome_usuario nome_utente gebruikersnaam nicename user_nicename
        twitter_handle skype skype_id telegram_handle instagram_handle screenname
        account_username wechat_id facebook_username github_username github_login
        """),
    rule("pii.identifier", 0.45, TEXTUAL, "handle", context="person=.7 near=.6 money=.3"),
    rule("pii.identifier", 0.55, TEXTUAL, """
        nickname also_known_as aka pseudo pseudonym pseudonyme apodo soprannome
        """, context="person=.7 near=.6 access=.4"),
    rule("pii.identifier", 0.3, TEXTUAL, """
        device_name facebook_id google_id twitter_id identifier external_id provider_account_id profile_id
        source_id customer_reference
        """,
          context="person=.5 linked=.35 access=.3 near=.3 chat=.3", strict=True,
         beside="id"),
    rule("pii.identifier", 0.15, TEXTUAL, """
        url uri linkedin linkedin_url facebook facebook_url twitter instagram website homepage home_page
        web_site blog site_web sito_web pagina_web webseite
        """,
          context="person=.45", strict=True),
    rule("pii.identifier", 0.55, TEXTUAL, "login", strict=True),
    rule("pii.identifier", 0.6, TEXTUAL, "gclid fbclid msclkid ttclid twclid wbraid gbraid click_id"),
    rule("pii.identifier", 0.25, TEXTUAL, """
        external_identifier identity_provider_id alternate_id alt_id auth_backend_identifier ldap_sid
        """, context="person=.5", strict=True, beside="id"),
    rule("pii.identifier", 0.45, TEXTUAL, """
        login logon usuario utente benutzer identifiant user uid alias acct utilisateur gebruiker
        """,
          context="person=.7 near=.6 access=.5 log=.4", strict=True),
    rule("pii.identifier", 0.7, TEXTUAL | {TypeKind.UUID}, """
        device_id loyalty_number membership_number frequent_flyer_number vehicle_registration vehicle_reg
        registration_plate number_plate user_agent useragent mac_address mac_addr imei imsi idfa gaid
        advertising_id android_id udid device_token_id stripe_customer_id customer_number member_number
        patient_number employee_number_text kundennummer mitarbeiternummer personalnummer matricola
        numero_client numero_cliente klantnummer device_identifier browser_fingerprint device_fingerprint
        license_plate kennzeichen immatriculation matricula placa vin vehicle_identification_number targa
        kenteken user_agent_string apple_id openid auth_uid
        external_user_id visitor_id cookie_id distinct_id anonymous_id
        """, beside="id"),
    # -- address
    rule("pii.address", 0.85, DOCUMENTS | {TypeKind.INT}, """
        street street_address street_name address_line addressline street_number strasse hausnummer hausnr
        house_number house_no anschrift adresse rue numero_rue direccion calle colonia endereco logradouro
        morada indirizzo civico numero_civico straat straatnaam huisnummer adres apartment flat_number
        unit_number po_box postfach boite_postale apartado postal_code zip zip_code postal_zip post_code
        postcode plz postleitzahl code_postal codigo_postal cep codice_postale full_address
        mailing_address shipping_address billing_address delivery_address home_address postal_address
        complemento bairro domicilio domicile cpostal codpostal bill_to_address
        ship_to_address residential_address adress address_text adresszeile pin_code strasse_hausnummer
        numero_exterior numero_interior huisnummertoevoeging address_1 lieu_dit zip_postal
        """, context="place=.5 person=.4"),
    rule("pii.address", 0.72, DOCUMENTS, "address",
          context="person=.6 place=.6 near=.4 org=.3 deal=.3"),
    rule("pii.address", 0.3, TEXTUAL, """
        line avenue building floor cap cp block suite landmark colonia number_civico busnummer
        bus_nummer
        """,
          context="place=.7 near_address=.5", strict=True),
    rule("pii.address", 0.3, TEXTUAL, "via", context="near_address=.5", strict=True),  # or: by way of
    rule("pii.place", 0.3, CODED, """
        city town ort stadt ville ciudad cidade citta plaats stad woonplaats province provincia provincie
        bundesland county district municipality municipio comune gemeinde commune localidad localidade
        gemeente wohnort locality suburb neighborhood neighbourhood barrio canton hometown city_name city_area
        country_area birth_city
        """, context="person=.45 place=.5 near_address=.5 near=.3 org=.3 shipped=.5", strict=True,
         beside="code area name"),
    rule("pii.place", 0.2, CODED, """
        country country_name country_code land pays pais paese landcode iso_country
        """, context="person=.42 place=.5 near_address=.5 shipped=.5", strict=True, beside="code area name"),
    rule("pii.place", 0.1, CODED, """
        state region estado regione uf state_province stato_residenza kanton territory
        """,
          context="near_address=.5 shipped=.5 place=.5", strict=True, beside="code area name"),
)  # fmt: skip
