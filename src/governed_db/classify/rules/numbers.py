"""Words for numbers and addresses that states, networks and services have given to somebody."""

from __future__ import annotations

from governed_db.classify.kinds import TypeKind
from governed_db.classify.rules.rule import NUMBERED, TEXTUAL, Rule, rule

_CODE = TEXTUAL | {TypeKind.UUID}
# Who lets people in with an account of theirs.
_SERVICES = """
    google facebook github gitlab twitter microsoft linkedin discord telegram whatsapp slack line azure
    azure_ad okta auth0 keycloak firebase ldap sso saml idp oidc oauth openid apple steam xbox psn
    paypal_payer remote_user provider_user wechat weixin orcid entra
    """
_PAYMENTS = """
    stripe stripe_account stripe_user stripe_customer paypal braintree_customer mollie_customer asaas
    razorpay_customer chargebee chargebee_customer paddle_customer mercadopago pagarme iugu
    gateway_customer customer_profile payment_profile gateway_customer_profile gateway_payment_profile
    external_customer external_billing billing_customer adyen_shopper external_payment_method
    """
# Where persons show themselves and what they do.
_SITES = """
    behance dribbble stackoverflow medium twitch youtube tiktok instagram pinterest reddit mastodon
    codepen quora flickr soundcloud patreon goodreads researchgate xing vimeo tumblr snapchat
    bluesky facebook twitter linkedin steam strava lastfm letterboxd kaggle leetcode hackerrank
    telegram discord whatsapp vk myspace angellist producthunt
"""


def _each(words: str, *ends: str) -> str:
    return " ".join(f"{word}_{end}" for word in words.split() for end in ends)


RULES: tuple[Rule, ...] = (
    # -- persons and firms, as a state numbers them
    rule("pii.national_id", 0.6, NUMBERED, """
        incorporation_number incorp_number incorp_no companies_house_number duns duns_number eori
        eori_number gst_number gstin taxpayer_number tax_identifier sales_tax_number trade_register_number
        business_registration_number company_registration_number
        umsatzsteuer_id umsatzsteueridentifikationsnummer handelsregisternummer handelsregister
        registernummer firmenbuchnummer gewerbenummer vereinsregisternummer wirtschafts_id
        num_rcs registre_commerce matricule_fiscal matricule_fiscale tva_numero
        registro_mercantil id_fiscal identificacion_fiscal codigo_fiscal
        inscricao_estadual inscricao_municipal nipc contribuinte
        iscrizione_albo albo_numero numero_albo numero_iscrizione_albo
        kvk kvk_nummer kvk_nr rsin rsin_nummer ondernemingsnummer vestigingsnummer vestigings_nummer
        loonheffingsnummer btw_id btwnr
        known_traveler_number redress_number id_document_number identity_doc dokumentnummer
        numero_piece_identite piece_identite numero_piece num_piece numero_identidad num_identidad
        numero_identidade identidade reisdocument reisdocumentnummer
        identity_card_number residence_card_number alien_registration_number
        identiteitsnummer documentnummer a_nummer anummer uan_number pf_number esi_number epf_number
        """, context="person=.3 near=.3", beside="number"),
    rule("pii.national_id", 0.3, NUMBERED, """
        nip regon krs ico dic oib cui vkn tckn jmbg emso hetu orgnr org_number organisation_number
        organisationsnummer cvr cvr_number cpr importer_number tax_reference fiscal_id
        company_number company_no company_reg_no business_number crn abn acn hrb rcs ice ruc ie
        cf numero_registro document_no
        """, context="person=.4 near=.35 near_address=.3 org=.3", strict=True),
    # -- what a service calls somebody
    rule("pii.identifier", 0.55, _CODE, _each(_SERVICES, "id", "uid", "sub", "subject") + """
        idp_subject orcid unionid line_user_id telegram_chat_id slack_user_id gamertag
        provider_user_id identity_provider_account_id external_account_id
        """, context="person=.4 access=.4 linked=.2", beside="id"),
    rule("pii.identifier", 0.55, _CODE, _each(_PAYMENTS, "id", "ref", "reference")
         + " shopper_reference paypal_email_id stripe_id payer_reference",
         context="person=.4 linked=.2", beside="id"),
    rule("pii.identifier", 0.3, _CODE, "provider_id subject sub oauth_id",
         context="federated=.35 oauth=.3", strict=True, beside="id"),
    rule("pii.identifier", 0.3, TEXTUAL, "user kennung",
         context="person=.5 near=.5 access=.4 talk=.3 deal=.3 patient=.3 log=.3 linked=.2", strict=True),
    rule("pii.identifier", 0.3, TEXTUAL, "actor actor_name operator operator_name bediener executed_by",
         context="log=.4", strict=True),
    rule("pii.identifier", 0.2, TEXTUAL, "userid", context="person=.5", strict=True),
    rule("pii.identifier", 0.5, TEXTUAL, "share_with shared_with"),
    rule("pii.identifier", 0.3, TEXTUAL, """
        contract_number meter_number zaehlernummer numero_contador numero_contatore numero_compteur
        pod pdl prm cups badge card_barcode member_barcode rfid rfid_tag nfc_tag library_card
        library_card_number customer_code member_code employee_code student_code matriculation_number
        enrollment_number roll_number registration_number student_number staff_id accession_number
        client_code
        """, context="person=.4 near=.2", strict=True, beside="id number"),
    # -- devices and vehicles of persons
    rule("pii.identifier", 0.6, _CODE, """
        installation_id hardware_id device_uuid idfv machine_id imei2 meid iccid eid sim_number sim_serial
        push_registration_id device_serial device_serial_number client_agent last_browser last_user_agent
        chassis_number chassis_no chassi numero_chassis numero_bastidor bastidor numero_telaio telaio
        fahrgestellnummer fahrzeugidentnummer fahrzeug_ident_nr chassisnummer renavam engine_number
        plaque_immatriculation numero_plaque plate plate_number frame_number
        """, beside="id number"),
    rule("pii.identifier", 0.25, TEXTUAL, """
        serial serial_number serialnumber serial_no seriennummer seriennr numero_serie num_serie
        serienummer numero_seriale geraetename apparaatnaam friendly_name reg_no
        plaque
        """, context="linked=.35 person=.3 near=.2", strict=True, beside="number"),
    rule("pii.identifier", 0.25, TEXTUAL, """
        browser browser_name browser_version ua ua_string navigateur navegador device_info device_details

        """, context="linked=.35 access=.4 log=.4 person=.35", strict=True),
    # -- where somebody is met on the net
    rule("pii.identifier", 0.3, TEXTUAL, "facebook instagram twitter linkedin",
         context="org=.3", strict=True),
    rule("pii.identifier", 0.25, TEXTUAL, """
        web siteweb sitoweb sito sitio_web site_internet internet internetseite webadresse webadres
        website_url web_url web_page homepage_url blog_url profile_url profile_link portfolio
        portfolio_url social_media social_links social_profile youtube youtube_url tiktok pinterest
        snapchat mastodon bluesky xing vimeo github gitlab icq msn aim yahoo jabber telegram viber
        discord threads instagram_url tiktok_url
        """, context="person=.4", strict=True),
    rule("pii.identifier", 0.52, TEXTUAL,
         _each(_SITES, "url", "link", "profile", "handle", "username", "user")
         + " stack_overflow stack_overflow_url stackoverflow social_username",
         strict=True, beside="url link user"),
)  # fmt: skip
