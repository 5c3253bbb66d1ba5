"""Words that public applications use for what the other modules list in its usual spelling."""

from __future__ import annotations

from governed_db.classify.kinds import TypeKind
from governed_db.classify.rules.rule import (
    ANYTHING,
    CODED,
    DATED,
    DOCUMENTS,
    NUMBERED,
    TEXTUAL,
    Rule,
    rule,
)

RULES: tuple[Rule, ...] = (
    # Text that is called an id is a number that somebody else has given out; a number would be a reference.
    rule("pii.national_id", 0.8, TEXTUAL, """
        passport_id identification_id permit_number permit_id work_permit work_permit_number taxvat
        numero_seguridad_social numero_seguro_social siret siren tax_identification_number nino_number
        social_id state_id_number ausweis_id pass_nummer passnummer numero_passeport numero_pasaporte
        numero_passaporto numero_fiscal numero_fiscale medicare_id tax_file_number tfn voter_number
        """, beside="id number"),
    rule("pii.national_id", 0.3, TEXTUAL, """
        vat vat_id vatin vat_no tax_vat tva_intra numero_tva tva_intracommunautaire uid_nummer ustid
        """, context="person=.6 near=.4 deal=.3 near_address=.3", strict=True, beside="id"),
    rule("pii.birth_date", 0.8, ANYTHING, """
        birth_time time_birth birthtime hora_nacimiento geburtszeit heure_naissance
        """, beside="time"),
    rule("pii.gender", 0.8, CODED, "civility appellation_formelle geschlechtsangabe"),
    rule("pii.health", 0.85, ANYTHING, """
        cause_death death_cause primary_dx dx dx_code meds primary_diagnosis diagnosis_code
        secondary_diagnosis schwerbehindert schwerbehinderung grad_behinderung surgeries immunization
        immunizations medical_conditions chronic_conditions comorbidities vital_signs donor_status
        organ_donor todesursache cause_deces causa_muerte causa_morte discapacidad deficiencia disabilita
        health_details gesundheit sante salud saude salute gezondheid
        """, beside="code status", flags=True),
    rule("pii.health", 0.45, ANYTHING, "dead deceased verstorben decede fallecido",
         context="person=.5", strict=True, flags=True),
    rule("pii.phone", 0.6, NUMBERED, "cell_number cell_no cell_num",
         context="person=.6 near=.5 org=.6 deal=.4", strict=True),
    rule("pii.email", 0.6, TEXTUAL, "pec pec_mail indirizzo_pec",
         context="person=.5 near=.4 org=.5", strict=True),
    rule("pii.name", 0.85, TEXTUAL, """
        card_owner owner_card person_be_contacted emergency_person emergency_name persona_contacto
        personne_contact persona_contatto contatto_emergenza contacto_emergencia contato_emergencia
        personne_prevenir noodcontact
        """),
    rule("pii.employment", 0.2, TEXTUAL, """
        department institution affiliation position abteilung departement departamento dipartimento
        afdeling funktion fonction funcion funzione function
        """, context="person=.4 employee=.5", strict=True),
    rule("pii.place", 0.3, CODED, """
        village city_village county_district borough nazione payment_zone shipping_zone quartier bairro
        quartiere wijk stadtteil arrondissement geo_city geo_country
        """, context="person=.45 place=.5 near_address=.5 near=.3 org=.3 shipped=.5 log=.35", strict=True,
         beside="name code city country"),
    rule("pii.bank", 0.8, NUMBERED, """
        bank_ac bank_ac_number bank_acc bank_account_nr bank_acct_no routing_no aba_routing ach_routing
        transit_number bsb bsb_number
        """, beside="number"),
    rule("pii.bank", 0.25, NUMBERED, "conta compte cuenta rekening",
         context="person=.45 money=.4", strict=True),
    rule("pii.card", 0.6, DOCUMENTS | DATED, """
        card_fingerprint card_exp card_valid_until card_expires kreditkarte_gueltig card_token_pan
        """, context="money=.5 deal=.3"),
    rule("financial.salary", 0.8, CODED, """
        ytd_gross ytd_net gross_ytd net_ytd tax_withheld withheld_tax withholding_amount overtime_rate
        take_home_pay lohnsteuer nettolohn bruttolohn salaire_mensuel salario_bruto salario_liquido
        stipendio_lordo stipendio_netto maandloon jaarsalaris renda_mensal
        """, beside="rate"),
    rule("secret.token", 0.9, DOCUMENTS, """
        totp_key otp_key totp_secret_key mfa_key mfa_secret_key twofactor_totp_key twofactor_key
        backup_codes recovery_codes scratch_codes
        """),
    rule("secret.key", 0.6, TEXTUAL, "secure_key security_key protect_code", context="person=.6 access=.5",
         beside="key code"),
    rule("pii.identifier", 0.6, TEXTUAL | {TypeKind.UUID}, """
        oauth_uid provider_uid external_uid social_login_id oidc_sub oauth_sub openid_sub saml_name_id
        """, context="person=.4 access=.4"),
    rule("pii.email", 0.3, TEXTUAL, "from to cc bcc", context="chat=.4 talk=.4", strict=True),
)  # fmt: skip
