"""Words for what opens doors: passwords, tokens and keys."""

from __future__ import annotations

from governed_db.classify.kinds import TypeKind
from governed_db.classify.rules.rule import DOCUMENTS, SECRET, TEXTUAL, Rule, rule

RULES: tuple[Rule, ...] = (
    # -- secrets
    rule("secret.password", 0.95, DOCUMENTS, """
        password password_hash password_digest password_salt passphrase passcode password_hint
        hashed_password encrypted_password crypted_password user_password login_password passwort kennwort
        passwort_hash mot_passe motdepasse mdp contrasena senha palavra_passe wachtwoord pass_hash
        pass_salt pass_crypt passhash pin_hash security_answer secret_answer security_question
        secret_question pass_phrase password_history old_passwords parola_chiave parola_ordine
        reponse_secrete respuesta_secreta password_encrypted smtp_password db_password password_plain
        heslo haslo jelszo salasana passord losenord adgangskode kodeord hemlighet sifre lozinka geslo
        parool slaptazodis keyphrase admin_pw enable_pw enable_password root_pw xauth_key
        """, beside="history salt algorithm_hash"),
    rule("secret.password", 0.6, TEXTUAL, "salt", context="person=.6 access=.6 near=.4", strict=True),
    rule("secret.password", 0.4, SECRET, """
        pin clave pin_number geheimzahl
        """, context="person=.6 access=.5 money=.6 near=.4", strict=True),
    rule("secret.token", 0.93, SECRET, """
        access_token refresh_token session_token api_token auth_token authentication_token bearer_token
        id_token jwt csrf_token otp_secret totp totp_secret otp_code backup_codes recovery_codes
        otp_backup_codes reset_token reset_code reset_password_token password_reset_token remember_token
        confirmation_token activation_token unlock_token invitation_token invite_token verification_token
        verification_code activation_code activation_key reset_key confirm_code auth_code
        authorization_code device_token push_token fcm_token apns_token magic_link magic_token
        security_token webhook_token bot_token mfa_secret tfa_secret twofactor_secret
        twofactor_backup_codes twofactor_codes twofactor_recovery_codes
        google_authenticator session_key oauth_token token_secret token_hash access_code one_time_code
        one_time_password one_time_pin
        invite_code invitation_code user_activation_key twofactor_code recovery_code login_token
        sso_token jeton zugangstoken remember_me verify_token verification_key auth_tokens_json
        unsubscribe_token sms_code secret_code tok_hash otp_seed cookie_secret reset_hash
        """, beside="hash key"),
    rule("secret.token", 0.85, SECRET, """
        code_verifier pkce_verifier pkce_code_verifier device_code login_challenge consent_challenge
        login_verifier consent_verifier logout_verifier logout_challenge php_session_id session_hash
        twofactor_secret_key otp_required_secret google_twofactor google_twofactor_secret
        authenticator_key authenticator_secret recovery_key recovery_hash activation_hash confirm_key
        confirm_hash confirmation_key confirmation_hash remember_hash remember_key login_hash login_key
        login_code auth_hash verify_code verify_key verify_hash verification_hash unsubscribe_key
        unsubscribe_hash feed_key calendar_key invite_key invite_hash invitation_key invitation_hash
        persist_code autologin_key autologin_token magic_code magic_hash exchange_code token_lookup
        lookup_hash lookup_token salt_key share_token share_key public_token hashed_code
        code_secret
        """, beside="hash key"),
    rule("secret.token", 0.55, DOCUMENTS, "code_challenge pkce_code_challenge pkce_challenge relay_state"
         " oauth_state oidc_state webauthn_challenge webauthn_user_id webauthn_id key_handle raw_id"
         " attestation_object attestation_data", beside="state id"),
    rule("secret.token", 0.3, DOCUMENTS, "state nonce", context="oauth=.5", strict=True, beside="state"),
    rule("secret.token", 0.15, DOCUMENTS, "value hash salt", context="access=.5 logs_in=.5", strict=True),
    rule("secret.token", 0.35, SECRET, "confirmation_code user_code digest hash_code token_prefix",
         context="access=.4 person=.3", strict=True, beside="prefix"),
    rule("secret.token", 0.72, DOCUMENTS | {TypeKind.UUID}, "token tokens",
          context="access=.6 person=.5 near=.4", beside="key hash value"),
    rule("secret.token", 0.3, DOCUMENTS | {TypeKind.INT}, """
        code otp nonce session_state code_challenge session_data auth_options hash codes code_hash
        one_time_password credential credential_id response_headers request_headers headers cookie cookies
        state_token challenge
        """, context="access=.75", strict=True, beside="id state options"),
    rule("secret.token", 0.3, TEXTUAL, """
        session_id sid sessid
        """, context="access=.4", strict=True, beside="id"),
    rule("secret.token", 0.45, DOCUMENTS, """
        otp cookie cookies one_time_password csrf session_state request_headers response_headers
        """, context="person=.6 access=.6 log=.3"),
    rule("secret.key", 0.94, DOCUMENTS | {TypeKind.UUID}, """
        private_key secret_key secret api_key apikey api_secret client_secret consumer_secret consumer_key
        app_secret shared_secret signing_key signing_secret encryption_key master_key hmac_key mac_key
        webhook_secret access_key secret_access_key access_key_id developer_key auth_key ssh_key
        ssh_private_key key_material credentials credential_json connection_string connection_url
        service_account_key private_key_pem access_secret license_key geheimnis geheimschluessel
        clave_privada clave_secreta cle_privee cle_secrete chave_privada chave_secreta chave_api
        chiave_privata chiave_segreta chiave_api prive_sleutel hmac_secret account_key storage_key
        encrypted_key token_key wrapping_key secret_value credential_value symmetric_key display_key
        passwords_json service_credentials cle_api clave_api serialized_private_key privkey
        keystore_password secrets secret_data
        """, beside="id value"),
    rule("secret.key", 0.85, DOCUMENTS, """
        transaction_key merchant_key merchant_secret terminal_key signature_key shared_key
        preshared_key pre_shared_key psk sas_token service_key vault_key app_key application_key
        application_secret application_token private_cert private_certificate client_certificate_key
        api_pass gateway_key gateway_secret store_key sign_key signature_secret secret_sign cert_key
        certificate_key hash_secret partner_key integration_key subscription_key license_secret
        """, beside="key"),
    rule("secret.key", 0.9, DOCUMENTS, """
        seed_phrase mnemonic mnemonic_phrase recovery_phrase xprv puk puk_code snmp_community
        community_string wps_key wifi_key wpa_key keystore
        """, beside="key code"),
    rule("secret.key", 0.55, DOCUMENTS, "publishable_key publishable_token api_login api_user merchant_login",
         beside="id"),
    rule("secret.password", 0.55, TEXTUAL, "salt"),
    # What everybody may know of a pair of keys still says whose it is.
    rule("secret.key", 0.52, DOCUMENTS, "public_key credential_public_key", context="access=.4 person=.3",
         strict=True),
    rule("secret.key", 0.4, DOCUMENTS, "valor valore wert valeur waarde", context="vault=.6", strict=True),
    rule("secret.key", 0.4, DOCUMENTS, """
        config provider_config configuration connection_config settings value option_value setting_value
        config_value
        """, context="vault=.6", strict=True, beside="config settings"),
    rule("secret.key", 0.4, DOCUMENTS, "key keys", context="access=.6", strict=True),
    rule("secret.key", 0.78, frozenset({TypeKind.TEXT, TypeKind.LONG, TypeKind.BINARY}), """
        encrypted ciphertext
        """),
    rule("secret.key", 0.62, DOCUMENTS, """
        ciphertext provider_config connection_config account_sid api_key_sid api_sid dsn encrypted_config
        encrypted_settings
        """, beside="config settings id"),
)  # fmt: skip
