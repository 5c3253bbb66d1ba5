"""Words that weak evidence hangs on: traces of visits, numbers that others give, papers, hints of keys."""

from __future__ import annotations

from governed_db.classify.kinds import TypeKind
from governed_db.classify.rules.rule import CODED, DATED, DOCUMENTS, NUMBERED, TEXTUAL, Rule, rule

RULES: tuple[Rule, ...] = (
    # -- traces
    rule("pii.identifier", 0.52, TEXTUAL, """
        user usuario utente benutzer utilisateur gebruiker
        """, strict=True),
    rule("pii.identifier", 0.2, TEXTUAL, """
        url_path url_query query_string referrer_path referrer_query referer_path
        page_url page_path landing_page landing_url exit_page entry_page current_url visited_url last_page
        """, context="log=.45 device=.45 access=.45 mail=.45", strict=True, beside="query path page url"),
    rule("pii.identifier", 0.1, TEXTUAL, """
        url referrer referer referrer_url referer_url http_referer http_referrer refer_url
        device screen viewport screen_resolution screen_size resolution language languages device_brand
        device_vendor device_family os_name browser_language accept_language
        """, context="device=.5", strict=True, beside="name size brand language"),
    rule("pii.identifier", 0.52, TEXTUAL, """
        agent_string browser_fingerprint device_fingerprint visitor_fingerprint visitor_id
        anonymous_id distinct_id
        """, beside="id"),
    rule("pii.identifier", 0.2, TEXTUAL, "request_url request_uri", context="access=.45 device=.45",
         strict=True),
    rule("pii.identifier", 0.1, DOCUMENTS, "device", context="access=.5", strict=True),
    rule("pii.identifier", 0.2, DOCUMENTS, "device_info device_data client_info browser_info",
         context="linked=.35 access=.4 log=.4 person=.35", strict=True, beside="info data"),
    rule("pii.identifier", 0.2, TEXTUAL, """
        referring_site referring_url referring_domain first_referrer initial_referrer signup_referrer
        signup_url signup_page
        """, context="person=.45 device=.45 log=.45", beside="url page"),
    # -- numbers that payment services and others give
    rule("pii.identifier", 0.52, TEXTUAL, """
        psp_reference charge_id payment_intent_id setup_intent_id ext_payment_id external_payment_id
        provider_payment_id provider_method_id provider_subscription_id processor_reference
        gateway_reference gateway_subscription_id external_subscription_id external_account_id
        external_contact_id external_member_id external_employee_id remote_account_id
        external_auth_id oauth_user_id matrix_user_id remote_user_id foreign_user_id partner_user_id
        third_party_id sso_id sso_identifier crm_id erp_id
        transaction_reference_external confirmation_number authorization_number
        """, strict=True, beside="id number"),
    rule("pii.identifier", 0.3, TEXTUAL, "ext_ref external_reference foreign_id",
         context="person=.4", strict=True, beside="key id"),
    rule("pii.identifier", 0.1, TEXTUAL, """
        transaction_id transaction_reference payment_reference trxn_id txn_id transaction_number
        """, context="moved=.5", strict=True, beside="id number"),
    # -- papers of persons: when, where and by whom they were made out
    rule("pii.national_id", 0.1, DATED, """
        date_issue place_issue issue_place place_issued issuing_country issuing_state
        issuing_authority issuing_office issued_place authority_issuing
        data_emissao data_expedicao orgao_expedidor data_exp fecha_emision fecha_expedicion lugar_expedicion
        data_rilascio luogo_rilascio ente_rilascio date_delivrance lieu_delivrance autorite_delivrance
        ausstellungsdatum ausstellungsort ausstellungsbehoerde ausgestellt_am ausgestellt_von
        datum_afgifte afgiftedatum plaats_afgifte
        """, context="person=.5 idents=.6", beside="date data datum country state"),
    # -- addresses
    rule("pii.place", 0.3, CODED, """
        iso_country country_iso country_alpha state_province state_province_region iso_country_sub
        coun_code provin_code prov_code
        """, context="person=.45 place=.5 near_address=.5 near=.3", strict=True,
         beside="iso alpha code sub region name"),
    rule("pii.employment", 0.2, TEXTUAL, "company company_name organization_name business_name",
         context="near_address=.4", strict=True),
    rule("pii.employment", 0.5, TEXTUAL, """
        last_employer previous_employer current_employer former_employer current_company previous_company
        last_company ultima_empresa empresa_anterior empresa_atual letzter_arbeitgeber dernier_employeur
        """),
    rule("pii.employment", 0.3, DATED, """
        retirement_date date_retirement relieving_date resignation_letter_date contract_end_date
        contract_start_date employment_end employment_start probation_end probation_end_date
        employment_end_date employment_start_date date_employment_end leaving_date last_working_day
        notice_date
        """, context="employee=.4 person=.3", beside="date end start day"),
    # -- bodies
    rule("pii.biometric", 0.1, DOCUMENTS, """
        descriptor descriptors descritor descritores embedding embeddings template vector encoding features
        landmarks data image minutiae
        """, context="faces=.7", beside="template"),
    rule("pii.health", 0.4, NUMBERED, """
        calories calorie_intake calorie_goal goal_calories goal_energy goal_protein goal_carbohydrates
        goal_fat goal_fiber sleep_hours hours_slept sleep_duration sleep_quality
        heart_rate_resting resting_heart_rate body_weight target_weight goal_weight steps_walked step_goal
        water_intake mood_score mood
        """, context="person=.3 linked=.3 near=.3 health=.3", beside="hours count number"),
    rule("financial.salary", 0.55, CODED, "income_level income_range income_band income_group"),
    rule("pii.health", 0.5, CODED, """
        preferred_hospital hospital_preference preferred_doctor preferred_physician preferred_pharmacy
        preferred_clinic hospital_clinica hospital_clinic
        """),
    rule("financial.balance", 0.35, CODED, """
        credit_balance virtual_balance wallet_balance loyalty_balance account_credit store_credit
        """, context="person=.4 money=.4 near=.4 linked=.3"),
    rule("pii.email", 0.55, TEXTUAL, "support_email helpdesk_email"),
    rule("pii.email", 0.6, TEXTUAL, """
        bcc auto_bcc auto_cc invoice_cc order_cc rechnung_cc angebot_cc quote_cc
        """),
    rule("pii.name", 0.42, TEXTUAL, "invitee inviter invited",
         context="access=.4 person=.4 talk=.3 linked=.2", strict=True),
    rule("pii.name", 0.55, TEXTUAL, """
        trainer instructor lecturer speaker coach professor docent dozent formateur
        """,
         strict=True),
    rule("pii.name", 0.55, TEXTUAL, "principal principal_name school_principal", strict=True),  # or a login
    rule("pii.name", 0.42, TEXTUAL, "author autor auteur autore verfasser", context="files=.2 trail=.2",
         strict=True),
    rule("pii.identifier", 0.2, TEXTUAL, "identificativo identificador identifiant identification",
         context="whose=.5", strict=True),
    rule("pii.name", 0.52, TEXTUAL, "interessado interesado peticionario", strict=True),
    rule("pii.biometric", 0.3, DOCUMENTS, "signature", context="employee=.4", strict=True),
    rule("pii.free_text", 0.3, DOCUMENTS, """
        declined_reason decline_reason reject_reason cancel_reason cancelled_reason canceled_reason
        refund_reason
        return_reason
        """, context="deal=.4 moved=.4 linked=.3 person=.3"),
    rule("pii.free_text", 0.1, DOCUMENTS, "tool_calls tool_results attachments",
         context="mail=.6", strict=True),
    rule("pii.email", 0.6, TEXTUAL, """
        destinatario_cc destinatario_to destinatari_cc recipient_cc recipient_to empfaenger_cc
        """),
    rule("pii.free_text", 0.52, DOCUMENTS, """
        causale causale_revoca causale_versamento verwendungszweck buchungstext remittance_information
        remittance_info motif_paiement concepto_pago
        """),
    rule("pii.free_text", 0.1, DOCUMENTS, "search_terms private_search_terms search_text searchable_text",
         context="talk=.5 person=.5 near=.5 linked=.5"),
    rule("pii.place", 0.3, CODED, """
        city town country province localita provincia nazione comune ciudad pais cidade ville pays
        ort stadt land plaats citta
        """, context="whose=.4", strict=True, beside="code name"),
    rule("secret.key", 0.1, DOCUMENTS, "value valor valore wert valeur", context="connected=.5", strict=True,
         beside="value"),
    # -- pictures
    rule("pii.photo", 0.52, DOCUMENTS, """
        avatar_file_name avatar_remote_url avatar_file avatar_path avatar_key avatar_src avatar_data
        profile_picture_url profile_image_url profile_photo_url headshot_url selfie_url photo_id_url
        """, beside="file name key path"),
    rule("pii.photo", 0.3, DOCUMENTS, """
        foto_url photo_url photo_path foto_path picture_url image_url_medium image_url_large image_url_small
        """, context="faces=.5 person=.5", beside="path"),
    # -- words that people write
    rule("pii.free_text", 0.4, DOCUMENTS, """
        custom_message personal_message personal_note invitation_message invite_message welcome_note
        message_guest note_guest comment_customer
        """, context="access=.3 person=.3 linked=.3 near=.3 talk=.3 deal=.3", beside="note"),
    rule("pii.free_text", 0.25, DOCUMENTS, """
        user_prompt edit_history completion suggestion suggestions ocr_text extracted_text gift_ideas
        belongings performance_review improvement wishes caption cooked raw_text html_text
        question answer response reply_text user_input user_message ai_response
        """, context="person=.4 linked=.4 talk=.4 near=.3", strict=True),
    rule("pii.free_text", 0.1, DOCUMENTS, "raw html cooked rendered caption topic cw_summary spoiler_text",
         context="talk=.5", strict=True),
    rule("pii.identifier", 0.52, TEXTUAL, """
        linkedin linkedin_url linkedin_profile portfolio_url twitter_url facebook_url instagram_url
        author_url commenter_url social_user_id social_uid vehicle_number vehicle_no
        """, strict=True, beside="url number"),
    rule("pii.employment", 0.3, TEXTUAL, """
        employment_title company_role job_role work_role current_position previous_position current_role
        previous_school former_school current_school
        """, context="person=.4 linked=.4 near=.4"),
    rule("pii.demographic", 0.3, TEXTUAL | {TypeKind.ENUM}, "relation relationship", context="linked=.35",
         strict=True),
    rule("pii.location", 0.4, DOCUMENTS, """
        last_seen_location last_known_location created_location signup_location registration_location
        join_location login_location
        """,
         context="person=.4 near=.4"),
    rule("pii.bank", 0.3, TEXTUAL, "bank_name name_bank", context="money=.3 deal=.3 near=.3 person=.3"),
    rule("pii.user_content", 0.2, frozenset({TypeKind.LONG}),
         "body content message message_body post_content", context="linked=.4", strict=True),
    rule("pii.free_text", 0.52, DOCUMENTS, "vcard vcard_data calendar_data ical_data card_vcard"),
    rule("pii.name", 0.42, TEXTUAL, "manager supervisor line_manager team_leader reports_to",
         context="person=.35 employee=.35", strict=True),
    rule("pii.name", 0.55, TEXTUAL, """
        created_by_alias author_alias written_by_name posted_by_name created_by_name modified_by_name
        updated_by_name
        """, beside="name"),
    # -- what opens doors
    rule("secret.token", 0.1, TEXTUAL, "activation", context="logs_in=.55", strict=True),
    rule("secret.token", 0.1, TEXTUAL, "series", context="access=.5 opener=.5", strict=True),
    rule("secret.token", 0.6, DOCUMENTS, "pushkey pushkey_key", strict=True, beside="key"),
    rule("secret.token", 0.1, TEXTUAL, "endpoint endpoint_url", context="push=.5", strict=True, beside="url"),
    rule("secret.token", 0.55, DOCUMENTS, """
        webhook_url incoming_webhook slack_webhook discord_webhook teams_webhook
        """, beside="url"),
    rule("secret.token", 0.1, TEXTUAL, "prefix partial_key key_prefix token_prefix key_hint key_start",
         context="access=.5 opener=.5", strict=True, beside="key token"),
    rule("secret.token", 0.8, DOCUMENTS, """
        status_token url_hash preapproval_key security_stamp session_nonce
        """),
    rule("secret.password", 0.8, DOCUMENTS, "api_salt user_salt"),
    rule("pii.ip", 0.1, TEXTUAL, "host remote_host client_host", context="opener=.5 device=.5", strict=True),
    rule("pii.phone", 0.6, NUMBERED, """
        number_to_call call_number sms_reminder_number reminder_number reminder_phone
        """, strict=True),
    rule("pii.card", 0.1, TEXTUAL, "pan pin", context="cards=.7", strict=True),
    rule("pii.name", 0.85, TEXTUAL, """
        leave_approver_name expense_approver_name online_sign_name sign_name signature_name approver_full_name
        """),
)  # fmt: skip
