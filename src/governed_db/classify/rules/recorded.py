"""Words that mean something in tables of messages, findings, facts, settings and sessions (`records`)."""

from __future__ import annotations

from governed_db.classify.kinds import TypeKind
from governed_db.classify.rules.rule import ANYTHING, CODED, DATED, DOCUMENTS, NUMBERED, TEXTUAL, Rule, rule
from governed_db.model.classification import CLEAR

RULES: tuple[Rule, ...] = (
    # -- messages: who wrote to whom, and what
    rule("pii.email", 0.1, DOCUMENTS, """
        to from cc bcc cci ccn da a von an de para van aan msg_to msg_from mail_to mail_from to_emails
        errors_to to_list cc_list bcc_list destinatario destinatarios destinataire destinataires empfaenger
        absender
        mittente remitente remetente ontvanger afzender expediteur sent_to from_address to_address
        """, context="mail=.85", strict=True),
    rule("pii.phone", 0.1, NUMBERED, """
        from to caller callee caller_id caller_number called_number callerid src dst source destination
        from_number to_number cid clid dnid ani dialed_number anrufer appelant appele llamante chiamante
        chiamato beller
        """, context="call=.7", strict=True, beside="id"),
    rule("pii.name", 0.2, TEXTUAL, "from_comment to_comment caller_name callee_name from_name to_name",
         context="call=.7 mail=.6", beside="name"),
    rule("pii.free_text", 0.1, DOCUMENTS, """
        subject body content text message html plain headers header template_data template_params
        template_variables merge_vars payload data context variables params parameters raw raw_message
        plain_text snippet preview betreff inhalt nachricht texte
        contenu sujet objet mensaje contenido asunto cuerpo mensagem conteudo assunto corpo messaggio
        contenuto oggetto testo bericht inhoud onderwerp title titel
        """, context="mail=.6 call=.3", strict=True),
    # -- findings about a patient
    rule("pii.health", 0.1, ANYTHING, """
        value value_text value_numeric value_coded value_number value_string value_quantity value_datetime
        value_date value_complex value_drug value_code coded result result_value result_text finding
        findings interpretation severity reaction outcome subjective objective assessment plan substance
        allergen criticality manifestation body_site body_part dose dosage dosage_instructions frequency
        route strength drug drug_name medicine medicine_name vaccine_name text title description name
        comments note notes narrative history clinical_status verification_status onset onset_date
        resolved_date abatement abatement_date begin_date begdate enddate begin_date diagnosed_date
        diagnosis_date diagnosed_on date_administered administered_date specimen abnormal reference_range
        concept procedure procedure_name procedure_code condition problem impression indication reason
        response answer message data queixa conduta hipotese evolucao evolucion
        exploracion motivo motif examen exame examination anamnesis anamnese physical_exam test_name test_code
        test analyte vaccine_code cvx_code rxnorm rxnorm_code ndc_code drug_code medication_code systolic
        diastolic bp_systolic bp_diastolic pulse oxygen_saturation respiratory_rate waist tongue abdomen
        reflexes start_date end_date date_start date_end date_onset raw_message observation observation_value
        injury_part injury_grade symptom instructions wert befund ergebnis resultat resultado risultato
        valeur valor valore waarde uitslag dosis posologie posologia gravite gravedad gravita ernst
        """, context="health=.7", strict=True, beside="value date id code text name title status part"),
    rule("pii.health", 0.85, ANYTHING, """
        allergen allergens allergene allergeno alergeno allergeen adverse_reaction reaction_severity
        clinical_status hl_data hl_message fhir_resource
        """, beside="type code id status"),
    # Height beside weight, and no width: those of a body, not of a parcel.
    rule("pii.health", 0.2, NUMBERED, """
        height weight gewicht poids peso altura groesse koerpergroesse taille talla estatura altezza lengte
        lichaamslengte statura
        """, context="body=.6", strict=True),
    # -- one fact about somebody, or one setting
    rule("pii.free_text", 0.1, frozenset(TypeKind) - {TypeKind.RELATION, TypeKind.INT, TypeKind.UUID}, """
        value values attribute_value property_value meta_value field_value option_value custom_value
        long_value string_value text_value value_text value_string value_number value_date value_numeric
        value_json
        int_value float_value date_value data_value valor valore valeur wert waarde traits
        metadata_public metadata_admin
        """, context="facts=.65", strict=True, beside="value values number date option field property"),
    rule("secret.key", 0.1, DOCUMENTS, """
        value values setting_value config_value option_value property_value param_value parameter_value
        preference_value variable_value valor valore valeur wert waarde val data
        """, context="settings=.5", strict=True,
         beside="value setting config option property settings preference properties"),
    # -- sessions, and logins at somebody else's
    rule("secret.token", 0.1, DOCUMENTS, """
        data payload session sess a_session session_data session_value serialized serialized_data content
        value blob parent previous family token_id digest jti
        """, context="opener=.6", strict=True, beside="id value"),
    rule("secret.token", 0.3, TEXTUAL, """
        lookup_hash token_lookup hash_lookup blind_index token_digest code_digest key_digest key_hash
        hashed_value code_value init_code exchange_code return_code return_to_code device_code user_code
        verify_code otc
        """, context="access=.7 opener=.7", beside="value lookup code key hash"),
    rule("secret.token", 0.85, DOCUMENTS, "code_verifier pkce_verifier oauth_verifier request_token_secret"),
    rule("secret.token", 0.6, DOCUMENTS, """
        code_challenge login_challenge consent_challenge logout_challenge webauthn_challenge
        oauth_challenge session_state oauth_state state_token relay_state
        """, beside="state"),
    rule("secret.token", 0.1, TEXTUAL, "state verifier challenge nonce request_token signature",
         context="oauth=.6", strict=True, beside="state"),
    # -- cards, accounts and houses
    rule("pii.card", 0.1, DATED, """
        month year issue_number start_month start_year start_date exp expiry expiry_date valid_until
        number last_digits digits fingerprint mes ano monat jahr mois annee mese anno maand jaar bin
        """, context="cards=.55", strict=True, beside="month year date number digits expiry"),
    rule("pii.bank", 0.15, NUMBERED, """
        account_number agencia filiale sucursal agence bank_number
        """, context="bank=.5", strict=True, beside="number code"),
    rule("pii.card", 0.6, NUMBERED, "lastfour last_digits", strict=True),
    rule("pii.name", 0.1, TEXTUAL, "holder inhaber titulaire titular intestatario houder owner",
         context="bank=.6 cards=.6", strict=True),
    rule("pii.bank", 0.6, NUMBERED, """
        bank_number check_number cheque_number mandato mandate_reference mandate_id mandat mandaat
        sepa_mandate_reference payer_account
        """, context="bank=.4 person=.4", strict=True, beside="id"),
    rule("pii.address", 0.15, NUMBERED, """
        house_letter huisletter letter stairs scala escalera escalier piano piso
        andar etage interno interior palazzo portal puerta porta tuer stiege treppe
        """, context="street=.5", strict=True),
    rule("pii.address", 0.1, TEXTUAL, """
        door unit entrance staircase stair tower plot directions sublocality apartment_no unit_no flat flat_no
        house house_name premise premises letter sub_building
        """, context="place=.6", strict=True),
    rule("pii.place", 0.2, TEXTUAL, """
        state_name country_name cod_pais codpais pais_id province_name region_name province_code state_code
        """, context="near_address=.5 place=.5", beside="name code id"),
    rule("pii.name", 0.45, TEXTUAL, """
        sort_name household_name addressee addressee_display person_to_be_contacted
        """, context="person=.6 near=.5", beside="name display"),
    # -- what others know somebody by
    rule("pii.identifier", 0.15, TEXTUAL, """
        web webpage web_page sitio_web sitioweb site tiktok youtube mastodon bluesky xing pinterest
        github gitlab telegram discord orcid google_plus vimeo snapchat vk line_id viber
        """, context="person=.45", strict=True, beside="id"),
    rule("pii.identifier", 0.6, TEXTUAL, """
        gateway_customer_profile_id gateway_payment_profile_id gateway_customer_id payment_customer_id
        customer_profile_id stripe_user_id stripe_account_id stripe_customer stripe_id braintree_id
        paypal_payer_id payer_id paddle_customer_id mollie_customer_id chargebee_customer_id asaas_id
        braintree_customer_id square_customer_id external_billing_id billing_customer_id
        processor_customer_id provider_customer_id provider_user_id remote_customer_id external_customer_id
        identity_provider_account_id provider_uid federated_user_id ldap_dn ldap_uid external_user
        oidc_subject saml_nameid
        """, beside="id uid provider"),
    rule("pii.identifier", 0.1, TEXTUAL, "url name handle link address value username",
         context="reach=.6", strict=True),
    rule("pii.free_text", 0.1, frozenset({TypeKind.LONG, TypeKind.JSON, TypeKind.BINARY}), """
        payload arguments args handler job_data event_data serialized_arguments exception_message
        """, context="queued=.5", strict=True),
    rule("pii.identifier", 0.2, TEXTUAL, "uid sub subject", context="access=.5 money=.45 oauth=.4",
         strict=True),
    rule("pii.national_id", 0.1, NUMBERED, """
        document_key document_number value identifier id_number key reference document_no
        document_reference document_value
        """, context="idents=.6", strict=True, beside="number value key"),
    rule("secret.key", 0.1, DOCUMENTS, """
        data options config settings params parameters configuration auth_config auth_data auth
        connection_options extra_config preferences cfg properties
        """, context="connected=.5", strict=True, beside="options config settings preferences"),
    # -- what somebody holds: devices, portraits, policies, money
    rule("pii.identifier", 0.1, TEXTUAL, """
        name browser os fingerprint model serial serial_number platform device_model
        registration_id device_details operating_system nickname label
        device_key push_id
        """, context="device=.5", strict=True, beside="name id number model platform label type details key"),
    rule("pii.identifier", 0.1, TEXTUAL, "friendly_name", context="device=.5 access=.5"),
    rule("pii.identifier", 0.45, TEXTUAL, """
        last_browser lastbrowser browser_name registration_id
        """, context="person=.4 linked=.3 near=.3", beside="id name"),
    rule("pii.location", 0.1, DOCUMENTS, "location location_details place city country region geo",
         context="device=.6", strict=True, beside="details region"),
    rule("pii.photo", 0.1, DOCUMENTS, """
        image image_file imagefile file location path url data content blob photo picture bytes filename
        """, context="portrait=.6", strict=True, beside="image file path url content"),
    rule("pii.photo", 0.3, DOCUMENTS, "image_source image_file picture_file",
         context="person=.4", beside="source file"),
    rule("pii.health", 0.15, TEXTUAL, """
        policy_number policy_no group_number group_name group_no plan_name plan member_id member_number
        subscriber_id subscriber_number insurance_number certificate_number policennummer versicherungsnummer
        numero_poliza numero_police numero_polizza numero_apolice polisnummer
        """, context="insurance=.6 patient=.5", strict=True, beside="policy group number name id"),
    rule("financial.balance", 0.1, CODED, """
        amount balance running_balance cumulative_balance overdraft overdraft_amount balance_after
        balance_before debit credit opening_balance betrag saldo solde montant importe valor importo bedrag
        """, context="moves=.5", strict=True, beside="amount running cumulative derived"),
    rule("pii.place", 0.55, CODED, "employer_city employer_state employer_country", beside="code name"),
    rule("pii.email", 0.1, TEXTUAL, "relates_to sent_to delivered_to identifier",
         context="opener=.6", strict=True),
    rule("pii.free_text", 0.1, DOCUMENTS, """
        traits metadata_public metadata_admin user_info userinfo user_metadata
        """, context="facts=.65 access=.5 person=.5", strict=True, beside="metadata"),
    rule("pii.free_text", 0.1, DOCUMENTS, """
        description subject title summary details notes reason explanation body content text solution
        resolution diagnosis defect problem request result report beschreibung betreff loesung grund
        description_probleme objet motif solucion descripcion motivo asunto defeito solucao laudo
        laudo_tecnico descricao assunto descrizione oggetto richiesta soluzione omschrijving toelichting
        onderwerp reden oplossing
        """, context="case=.5", strict=True),
    rule("secret.token", 0.55, TEXTUAL, """
        payment_url payment_link checkout_url checkout_link hosted_invoice_url invoice_url auth_url
        authorization_url redirect_auth_url reset_url reset_link confirm_url confirmation_url signed_url
        invite_url invite_link invitation_url join_url start_url meeting_url share_url share_link
        download_url magic_url login_url unsubscribe_url pay_url authentication_url
        """),
    rule("secret.key", 0.85, DOCUMENTS, """
        webservices_key webservice_key ws_key transaction_key merchant_key store_passphrase gateway_key
        pass_key
        """),
    # -- names that look sensitive and are not
    rule(CLEAR, 1.0, frozenset(TypeKind), """
        payment_state shipment_state delivery_state order_state address_via contact_via follow_via sent_via
        notify_via via_email via_sms email_message_type cvv_response cvv_result avs_response error_log
        softwarestatement software_statement client_uri request_delivery_address change_mdp change_password
        changer_mdp cambiar_clave password_change
        """),
)  # fmt: skip
