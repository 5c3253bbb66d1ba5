"""Names that look sensitive and are not: they keep shorter phrases from matching."""

from __future__ import annotations

from governed_db.classify.kinds import TypeKind
from governed_db.classify.rules.rule import Rule, rule
from governed_db.model.classification import CLEAR

RULES: tuple[Rule, ...] = (
    # -- names that look sensitive and are not
    rule(CLEAR, 1.0, frozenset(TypeKind), """
        file_name filename host_name hostname domain_name table_name column_name field_name schema_name
        database_name db_name product_name item_name category_name brand_name model_name app_name
        application_name class_name event_name group_name role_name tag_name type_name status_name
        region_name display_order service_name job_name task_name queue_name topic_name
        index_name function_name template_name project_name team_name department_name dept_name
        company_address_id store_name branch_name key_name page_name variable_name
        attribute_name property_name rule_name policy_name package_name module_name unit_name
        currency_name language_name color_name genre_name course_name subject_name school_name hotel_name
        bank_holiday email_template email_type email_status email_subject email_sent email_count
        email_verified email_format mail_server smtp_host mail_host smtp_port smtp_server email_domain
        email_notification email_notifications email_frequency web_address memory_address contract_address
        base_address address_type address_kind phone_type phone_model phone_brand card_type card_brand
        cc_brand cc_type credit_card_type token_type token_count token_limit token_usage max_tokens
        prompt_tokens completion_tokens input_tokens output_tokens total_tokens cached_tokens token_symbol
        token_name token_price key_type key_size key_length secret_type secret_name password_policy
        password_changed password_expires password_expiry password_reset password_strength primary_key
        foreign_key sort_key partition_key cache_key idempotency_key public_key_id meta_key option_key
        translation_key account_type account_status account_name_type bank_transfer gender_neutral
        race_condition race_id race_date race_name race_time race_number race_result race_type race_track
        horse_race age_group age_limit age_rating age_range min_age max_age page_age cache_age sex_ratio
        location_type location_code region_code_type ip_version ip_range ip_pool ip_whitelist ip_allowlist
        health_check health_score system_health health_status_code last_health_check battery_health
        condition_type terms_conditions weather_condition trade_union_id photo_count photo_credit
        image_count cover_image product_image header_image logo image_alt error_message error_text
        status_message commit_message help_text alt_text button_text label_text log_message
        placeholder_text welcome_message error_description meta_description product_description
        short_description long_description seo_description status_text status_reason_code sql_text
        query_text template_body email_template_body source_code zip_file state_machine state_code_type
        currency_code language_code unit_code error_code status_code http_code response_code product_code
        promo_code coupon_code discount_code voucher_code color_code tax_code reason_code bar_code qr_code
        country_id city_id state_id mime_type content_type user_type person_type customer_type
        employee_type contact_type phone_code dial_code calling_code pin_count is_pinned pinned cell_count
        cell_type cell_id mobile_app mobile_version mobile_enabled handy_hint tax_rate
        exchange_rate interest_type tax_amount tax_total shipping_rate conversion_rate bounce_rate
        payment_status payment_method payment_type bank_code_type social_security_office
        birth_certificate_id title_id sin_cos tin_can first_name_count name_count name_length
        name_hash_type path_name short_code_type street_view city_population
        country_population line_number line_count line_item line_total signature_algorithm
        signature_version signature_method signature_level signature_type signature_status user_count
        customer_count employee_count client_type client_version client_os server_name server_address
        server_ip pass_count pass_rate pass_fail pass_mark passed pass_status salt_bridge visa_type
        credit_note credit_hours credits release_notes change_notes patch_notes note_count comment_count
        comment_status comment_type contact_count call_count message_count message_type message_id
        message_status message_read subject_id text_color text_size text_align body_type body_style
        body_format content_length content_hash content_id public_key_pem
        site_key recaptcha_site_key key_id device_type device_model device_name_type handle_time
        handle_count login_count login_attempts login_time login_date login_at session_count session_type
        utm_source utm_medium utm_campaign utm_content utm_term
        session_length code_name bonus_points commission_type income_statement
        phone_country_code mobile_country_code phone_area_code fax_country_code tel_country_code
        support_email_enabled grade_code salary_grade_code pay_grade_code in_reply_to ownership
        membership dealership
        machtiging syndic resolution_code problem_code solution_code defect_code fault_code payment_state
        shipment_state order_state invoice_state workflow_state gardien_status owner_type author_type
        attribute_family font_family product_family color_family shipping_title payment_title delivery_title
        address_name author_id libelle_naf code_naf naf_code
        base_url feed_url inbox_url outbox_url follower_url followers_url following_url
        mail_digest email_digest digest_frequency digest_mail
        telephone_country_code cell_country_code phone_country tel_country telephone_country phone_dial_code
        mobile_dial_code phone_calling_code country_dial_code country_calling_code phone_isd_code
        technician_level responsible_team responsible_department inspector_type
        """),
)  # fmt: skip
