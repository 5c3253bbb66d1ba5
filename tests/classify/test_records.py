"""What a table records, by its name and all of its columns, says what plain names in it hold."""

from __future__ import annotations

import pytest

from tests.classify.tables import classes

HELD = {
    "email_queue": "to=pii.email cc=pii.email bcc=pii.email message=pii.free_text headers=pii.free_text",
    "mk_email": "da=pii.email a=pii.email oggetto=pii.free_text testo=pii.free_text",
    "entries": "from=pii.email to=pii.email cc=pii.email subject=pii.free_text body=pii.free_text",
    "call_logs": "from=pii.phone to=pii.phone from_comment=pii.name",
    "form_soap": "subjective=pii.health objective=pii.health assessment=pii.health plan=pii.health",
    "contact_attributes": "value=pii.free_text contact_id=none",
    "user_property": "property=none property_value=pii.free_text",
    "identity_recovery_addresses": "via=none value=pii.free_text",
    "system_preferences": "variable=none value=secret.key",
    "impostazioni": "nome=none valore=secret.key",
    "web_sessions": "data=secret.token",
    "refresh_tokens": "parent=secret.token user_id=none",
    "oauth_authorizations": "state=secret.token code_challenge=secret.token code_verifier=secret.token",
    "credit_cards": "month=pii.card year=pii.card issue_number=pii.card",
    "contas_bancarias": "numero=pii.bank",
    "user_devices": "user_id=none fingerprint=pii.identifier location=pii.location browser=pii.identifier",
    "insurance_data": "policy_number=pii.health group_number=pii.health",
    "clientes": "rua=pii.address numero=pii.address",
    "background_jobs": "payload=none queue=none",
    "magic_links": "code=secret.token",
    "contact_websites": "contact_id=none url=pii.identifier",
    "consultas": "paciente_id=none queixa=pii.health conduta=pii.health medico_id=none",
    "device_codes": "user_code=secret.token device_code=secret.token",
    "m_image": "user_id=none location=pii.photo",
    "patient_passports": "number=pii.national_id document_key=pii.national_id",
}
ORDINARY = {
    "routes": "id int, from varchar(80), to varchar(80), message text",
    "exchange_rates": "id int, from varchar(3), to varchar(3), rate numeric",
    "product_attributes": "id int, product_id int, attribute varchar(40), value varchar(200)",
    "translations": "id int, locale varchar(5), key varchar(80), value text",
    "cards": "id int, title varchar(80), month int, year int, number int, board_id int",
    "observations": "id int, station_id int, value numeric, temperature numeric",
    "email_templates": "id int, name varchar(80), subject varchar(200), body text, from varchar(80)",
    "price_conditions": "id int, product_id int, value numeric, code varchar(20)",
    "diagnosis_codes": "id int, code varchar(10), description varchar(200), diagnosis varchar(100)",
    "allergies": "id int, name varchar(80), description text",
    "token_prices": "id int, symbol varchar(10), value numeric, data json",
    "profile_types": "id int, value varchar(20), name varchar(40)",
    "images": "id int, product_id int, path varchar(200), file varchar(100)",
    "genders": "gender_id int, gender varchar(20), code varchar(2)",
    "session_types": "id varchar(20), name varchar(80), value varchar(20)",
    "training_sessions": "id varchar(30), title varchar(80), room varchar(20), content text, data text",
    "options": "id int, product_id int, option varchar(20), value varchar(20)",
    "bank_holidays": "id int, day date, number int",
    "transactions": "id int, product_id int, amount numeric, balance numeric",
    "payments": "id int, payment_state varchar(20), cvv_response_message text",
}


@pytest.mark.parametrize("name", HELD)
def test_a_table_says_what_plain_names_in_it_hold(name: str) -> None:
    """`to` of an outbox is an address to write to, `value` of a person's attributes may be anything."""
    expected = dict(pair.split("=") for pair in HELD[name].split())
    columns = ", ".join(
        f"{column} {'int' if column.endswith('_id') else 'varchar(80)'}" for column in expected
    )

    assert classes(name, columns) == expected


@pytest.mark.parametrize("name", ORDINARY)
def test_the_same_names_elsewhere_are_harmless(name: str) -> None:
    """Routes go from one place to another, templates are nobody's, and a training is no login."""
    assert {column: found for column, found in classes(name, ORDINARY[name]).items() if found != "none"} == {}


def test_findings_about_patients_are_health() -> None:
    """Values, codes and days of the matter are; keys, and who wrote them down when, are not."""
    found = classes(
        "obs",
        "obs_id int, person_id int, value_coded int, value_numeric double, value_text text, interpretation "
        "varchar(32), severity_concept_id int, creator int, date_created datetime, uuid char(38)",
    )

    health = {"value_coded", "value_numeric", "value_text", "interpretation", "severity_concept_id"}
    assert {column for column, one in found.items() if one == "pii.health"} == health
    assert {one for column, one in found.items() if column not in health} == {"none"}


def test_a_number_of_a_list_of_sexes_is_the_fact_itself() -> None:
    """`gender_cv_id` of a client is; the key of what is many, and of the list itself, is a key."""
    found = classes("clients", "gender_cv_id int, marital_status_id int, image_id int, allergy_id int")

    assert found == {
        "gender_cv_id": "pii.gender", "marital_status_id": "pii.demographic", "image_id": "none",
        "allergy_id": "none",
    }  # fmt: skip


def test_the_key_of_a_session_lets_in_where_nothing_else_does() -> None:
    """A text that is the key is the secret; beside a token, or as a UUID, it is none."""
    assert classes("ci_sessions", "id varchar(128), data blob")["id"] == "secret.token"
    assert classes("sessions", "id varchar(128), token varchar(64)")["id"] == "none"
    assert classes("sessions", "id char(36), data text")["id"] == "none"
    assert classes("oauth_access_tokens", "id varchar(100), user_id int")["id"] == "secret.token"
    assert classes("game_tokens", "id varchar(20), color varchar(20)")["id"] == "none"


def test_a_type_that_is_too_short_holds_a_switch() -> None:
    """`hipaa_mail varchar(3)` says yes or no."""
    found = classes(
        "patients", "hipaa_mail varchar(3), mail varchar(80), comment char(1), share_note_yn text"
    )

    assert found == {
        "hipaa_mail": "none", "mail": "pii.email", "comment": "none", "share_note_yn": "none"
    }  # fmt: skip


def test_what_one_types_in_stands_beside_a_password() -> None:
    """`userid` is a reference elsewhere."""
    assert classes("members", "userid varchar(30), password varchar(60)")["userid"] == "pii.identifier"
    assert classes("orders", "userid varchar(30), city_id int")["userid"] == "none"


def test_words_of_the_table_glued_to_its_columns_are_taken_off() -> None:
    """`branchzip` of branches is a zip."""
    found = classes("branches", "branchzip varchar(25), branchcity text, branchfax text, branchname text")

    assert found["branchzip"] == "pii.address"
    assert found["branchcity"] == "pii.place"
    assert found["branchfax"] == "pii.phone"


def test_clients_of_a_protocol_are_programs() -> None:
    """The name of an OAuth client is that of a program."""
    assert classes("oauth_clients", "client_name text, client_secret text") == {
        "client_name": "none", "client_secret": "secret.key",
    }  # fmt: skip


def test_codes_and_jargon_beside_persons_are_reviewed() -> None:
    """Names unheard of are masked for agents, but not where they say code or kind, or are a program's."""
    found = classes(
        "clientes",
        "nombre varchar(80), email varchar(80), codpago varchar(20), tipoidfiscal varchar(25), "
        "aud varchar(255), blorg varchar(10), blurb varchar(80), identiteitsdings varchar(80), "
        "allow_blurb_share varchar(80)",
    )

    unreviewed = {column for column, one in found.items() if one == "unreviewed"}
    assert unreviewed == {"blurb", "identiteitsdings"}


def test_beside_secrets_alone_nothing_is_personal() -> None:
    """What is unheard of in a table of servers is a setting; a document may hold more secrets."""
    found = classes("feedservers", "password varchar(80), syntaxis varchar(80), payload jsonb")

    assert found == {"password": "secret.password", "syntaxis": "none", "payload": "unreviewed"}
