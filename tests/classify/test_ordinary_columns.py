"""Ordinary columns stay readable: a mask on a harmless column is in everybody's way."""

from __future__ import annotations

import pytest

from governed_db.classify.score import classify_columns
from governed_db.model.classification import Level
from tests.classify.tables import table

ORDINARY = {
    "orders": """
        id int, order_number, status, state, total numeric, quantity int, label, code, country,
        currency, created_at timestamp, customer_id int, user_id int, ship_via, priority, type, channel,
        discount numeric
        """,
    "products": """
        id int, name, title, description, sku, category, color, brand, price numeric, weight numeric,
        height numeric, image, location, status, manufacturer, barcode, unit, rating numeric, slug, tags
        json
        """,
    "cities": """
        id int, name, country, region, population int, latitude numeric, longitude numeric, zip, state
        """,
    "countries": "code, name, phone_code, currency_code, region, capital",
    "categories": "id int, name, description, parent_id int, picture bytea",
    "files": "id int, file_name, mime_type, size bigint, path, checksum, title",
    "roles": "id int, name, description, label",
    "settings": "id int, name, label, kind, position int",
    "films": "id int, title, description, rating, release_year year, length int, language_id int",
    "shipments": "id int, status, carrier, tracking_number, weight numeric, shipped_at timestamp",
    "invoices": """
        id int, number, total numeric, subtotal numeric, tax_amount numeric, due_date date, currency
        """,
    "employees": "id int, department_id int, manager_id int, status, active boolean, created_at timestamp",
    "user_roles": "user_id int, role_id int, name, description",
    "servers": "id int, hostname, os, region, cpu_count int, memory int, status",
    "metrics": "id int, name, value numeric, unit, recorded_at timestamp, labels json",
    "page_views": "id int, page, referrer_type, duration int, viewed_at timestamp",
}
ABOUT = """
    email_count int, email_verified boolean, is_email_verified boolean, email_verified_at timestamp,
    email_type varchar(10), email_template_id int, email_opt_in boolean, email_frequency varchar(10),
    show_email boolean, notify_by_email boolean, email_notifications boolean, email boolean,
    number_of_emails int, num_phones int, phone_type varchar(10), phone_verified boolean,
    password_reset_at timestamp, password_changed_at text, password_expires date, password_policy text,
    failed_password_attempts int, require_password_change boolean, token_type varchar(20), token_count
    int, max_tokens int, token_expires_at timestamp, token_id int, key_id int, address_id int,
    billing_address_id bigint, address_type varchar(10), card_type varchar(10), credit_card_id int,
    has_photo boolean, photo_count int, last_name_changed_at timestamp, product_name text,
    city_name_count int, file_name text, host_name text, table_name text, category_name text,
    salary_component varchar(20), birthday_reminder boolean, tipo_documento varchar(2), id_direccion
    int, fecha_email date, statut_email varchar(4), anzahl_emails int, ist_aktiv boolean, status
    varchar(10), type text, created_by int, role varchar(20), locale varchar(5), timezone text
    """


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_tables_are_left_alone(name: str) -> None:
    """Nothing in a table of orders, products, places or settings is masked by its name."""
    found = table(name, ORDINARY[name])

    assert {column: f for column, f in found.items() if f.level is not Level.NONE} == {}


@pytest.mark.parametrize("column", [" ".join(column.split()) for column in ABOUT.split(",")])
def test_what_is_only_about_something_sensitive_is_not_sensitive(column: str) -> None:
    """Counts, flags, times, kinds and keys of sensitive things are harmless, even of customers."""
    found = table("customers", column)

    assert [finding.level for finding in found.values()] == [Level.NONE]


def test_numbers_and_times_are_neither_addresses_nor_names() -> None:
    """The type has a veto: an e-mail address is no boolean and a password no timestamp."""
    impossible = (
        "email int, password timestamp, name numeric, street date, iban boolean, address double precision"
    )

    found = table("customers", impossible)

    assert {finding.level for finding in found.values()} == {Level.NONE}


def test_relations_of_an_object_mapper_are_not_content() -> None:
    """A foreign key that a mapper lists as a field holds no address."""
    found = table("users", "default_billing_address ForeignKey, manager OneToOneField")

    assert {finding.level for finding in found.values()} == {Level.NONE}


@pytest.mark.parametrize(
    ("schema", "relation"),
    [
        ("pg_catalog", "pg_authid"), ("information_schema", "columns"), ("performance_schema", "users"),
        ("main", "sqlite_sequence"), ("public", "schema_migrations"), ("public", "alembic_version"),
    ],
)  # fmt: skip
def test_system_tables_are_never_classified(schema: str, relation: str) -> None:
    """Catalogs and the tables of migration tools are not looked at."""
    found = classify_columns([(schema, relation, "email", "text"), (schema, relation, "name", "text")])

    assert {finding.level for finding in found.values()} == {Level.NONE}
