"""What was put into fields, files and versions, and by whom, is told by the table and the form of a name."""

from __future__ import annotations

import pytest

from tests.classify.tables import classes

HELD = {
    "versions": ("object jsonb, object_changes jsonb, event varchar(20)", "object object_changes"),
    "audit_log": ("details varchar(200), old_value text, entity varchar(40)", "details old_value"),
    "attachments": (
        "author_id int, description varchar(200), content bytea, content_type varchar(60)",
        "description content",
    ),
    "custom_values": ("custom_field_id int, value text", "value"),
    "form_answers": ("form_id int, value varchar(200)", "value"),
    "donations": ("id int, purpose varchar(200), amount numeric", "purpose amount"),
    "tasks": ("assignee_id int, title varchar(80), description text, state varchar(10)", "title description"),
    "polls": ("user_id int, title text, location text, kind varchar(10)", "title location"),
    "search_logs": ("user_id int, query varchar(200), hits int", "query"),
    "page_views": (
        "url text, referrer text, browser varchar(40), country varchar(2), duration int",
        "url referrer browser country",
    ),
    "faces": ("visitor_id int, descriptor text, active boolean", "descriptor"),
    "user_tokens": ("name varchar(40), key_prefix varchar(8)", "key_prefix"),
    "calorie_entries": ("user_id int, calories int, meal varchar(20)", "calories"),
    "nutzer": ("id int, name varchar(80), erstellt_von varchar(50)", "name erstellt_von"),
    "invoices": (
        "id int, created_by varchar(50), approved_by varchar(60), updated_by varchar(100)",
        "created_by approved_by updated_by",
    ),
    "payments": (
        "id int, psp_reference varchar(80), stripe_charge_id varchar(80), plaid_account varchar(80)",
        "psp_reference stripe_charge_id plaid_account",
    ),
    "sso_providers": ("client_id varchar(200), client_secret varchar(200)", "client_id client_secret"),
    "users": (
        "id int, name text, customer_id text, subscription_id text",
        "name customer_id subscription_id",
    ),
    "buildings": (
        "owner_id int, scala varchar(5), piano varchar(5), interno varchar(5)",
        "scala piano interno",
    ),
    "passport_data": (
        "person_id int, surname varchar(40), place_of_issue varchar(40), date_of_issue date",
        "surname place_of_issue date_of_issue",
    ),
    "email_addresses": ("id int, name varchar(200), lower varchar(200), opt_out boolean", "name lower"),
    "product_reviews": ("product_id int, name varchar(80), rating int", "name"),
    "patient_history": ("patient_id int, smokes boolean, pregnancies int, version int", "smokes pregnancies"),
    "claim_lines": ("member_id int, icd_id int, price_id int", "icd_id"),
    "archive": (
        "motivo_baja_temporal text, toelichting_extra text, xml_antwort bytea, logo bytea",
        "motivo_baja_temporal toelichting_extra xml_antwort",
    ),
    "pagos": (
        "id int, monto numeric, usuario_alta varchar(30), user_id varchar(50)",
        "monto usuario_alta user_id",
    ),
    "who_is_on": ("id int, session_id varchar(255), page varchar(80)", "session_id"),
    "employees": (
        "id int, name varchar(80), employee_id varchar(20), fax varchar(20)",
        "name employee_id fax",
    ),
    "orders": ("id int, customer_city varchar(60), status varchar(20)", "customer_city"),
    "checks": (
        "dni_verificado varchar(20), telefono_verificado varchar(20)",
        "dni_verificado telefono_verificado",
    ),
    "newsletter": ("ip_registration varchar(45), ip_version varchar(2)", "ip_registration"),
}
ORDINARY = {
    "invoices": "id int, created_by int, updated_by uuid, closed_by varchar(36), voided_by text",
    "reports": "id int, sort_by varchar(20), order_by varchar(20), gueltig_von varchar(20)",
    "products": "id int, stripe_price_id varchar(80), stripe_product_id varchar(80), description text",
    "option_values": "id int, value varchar(80)",
    "product_attributes": "id int, product_id int, value text",
    "translations": "id int, key varchar(80), value text",
    "concerts": "id int, title varchar(80), description varchar(200), location_id int",
    "taxes": "id int, name varchar(40), rate numeric, amount numeric",
    "webhooks": "id int, url varchar(200), events text",
    "document_types": "id int, content text, data text",
    "parcels": "id int, host varchar(40), descriptor varchar(40), pin varchar(4)",
    "sections": "id int, scala varchar(5), piano varchar(5), title varchar(40)",
    "flights": "id int, place_of_issue varchar(20), calories int",
    "audit_types": "id int, event varchar(20), table_name varchar(40), class_name varchar(80)",
    "mailboxes": "id int, name varchar(40), in_server varchar(80)",
    "deliveries": "id int, address int, adresse int, fax tinyint(2), telefon smallint",
    "articles": "id int, country_of_origin varchar(40), herkunftsland varchar(40), title varchar(40)",
    "channels": "id int, code varchar(40), name varchar(40)",
    "order_refunds": "id int, product_id int, amount numeric, total numeric",
    "events": "id int, user_id int, name varchar(40), properties jsonb",
    "app_log": "id int, message text, level varchar(10)",
    "logs": "id int, level varchar(10), message text",
    "flights_done": "id int, user_id varchar(12), login_page varchar(40), login_theme varchar(40)",
    "lists": "id int, locked_by varchar(40), applied_by varchar(40)",
    "ip_ranges": "id int, ip_version varchar(4), name varchar(15)",
}


@pytest.mark.parametrize("name", HELD)
def test_what_people_put_there_is_found(name: str) -> None:
    """A field of its own, a file, an earlier version, a plan: anything may stand in it."""
    columns, expected = HELD[name]
    found = classes(name, columns)

    assert {column for column, kind in found.items() if kind != "none"} == set(expected.split())


@pytest.mark.parametrize("name", ORDINARY)
def test_the_same_elsewhere_is_nobodys(name: str) -> None:
    """Keys of persons, ways to sort, what is for sale, and lists of what there is."""
    assert {column: found for column, found in classes(name, ORDINARY[name]).items() if found != "none"} == {}


def test_what_people_make_is_told_from_what_they_remark() -> None:
    """A program that shows tasks and documents shows them; remarks about persons are another matter."""
    tasks = classes("tasks", "id int, user_id int, title varchar(200), description text, notes text")
    documents = classes("documents", "id int, title varchar(200), content text")

    assert tasks["title"] == tasks["description"] == "pii.user_content"
    assert tasks["notes"] == "pii.free_text"
    assert documents["content"] == "pii.user_content"


def test_the_end_of_a_life_is_somebodys_as_its_beginning_is() -> None:
    """When and where a person died; of a server that is down nobody dies."""
    players = classes(
        "players", "id int, name_first text, death_year int, death_city text, dod date, soc_sec_id text"
    )
    servers = classes("servers", "id int, death_count int, dead boolean")

    assert [players[name] for name in ("death_year", "dod")] == ["pii.birth_date"] * 2
    assert players["death_city"] == "pii.demographic"
    assert players["soc_sec_id"] == "pii.national_id"
    assert set(servers.values()) == {"none"}


def test_what_is_somebodys_elsewhere_is_told_by_the_site() -> None:
    """`behance_url` leads to a person wherever it stands; a place of code has an address, too."""
    assert classes("things", "behance_url text, medium_link text, git_url text, social_uid text") == {
        "behance_url": "pii.identifier", "medium_link": "pii.identifier", "git_url": "none",
        "social_uid": "pii.identifier",
    }  # fmt: skip
