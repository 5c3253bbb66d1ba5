"""Content of which nobody can tell what it holds is marked, next to sensitive columns only."""

from __future__ import annotations

from governed_db.classify.score import classify_columns, is_masked
from governed_db.classify.values import hit_rates
from governed_db.model.statement import ColumnRef
from tests.classify.tables import classes, table


def test_documents_next_to_sensitive_columns_are_unreviewed() -> None:
    """JSON, binary and long text in a table with an e-mail address wait for a review."""
    found = classes("signups", "email varchar(80), payload jsonb, scan bytea, essence text")

    assert found == {
        "email": "pii.email", "payload": "unreviewed", "scan": "unreviewed", "essence": "unreviewed",
    }  # fmt: skip


def test_short_columns_next_to_sensitive_ones_stay_clear() -> None:
    """Where all is TEXT, as in SQLite, the names decide: a status, a category or a color is not content."""
    found = classes(
        "users", "email, status, city_id int, category, type, sku, color, currency, theme, plan, locale"
    )

    assert {column for column, found in found.items() if found != "none"} == {"email"}


def test_dull_names_next_to_sensitive_columns_are_unreviewed() -> None:
    """`c1`, `misc` and `extra_data` may hold anything."""
    found = classes("users", "email, c1, misc, extra_data, custom_3, data")

    assert set(found.values()) == {"pii.email", "unreviewed"}


def test_documents_of_ordinary_tables_are_left_alone() -> None:
    """Without persons around, JSON is just data."""
    assert set(classes("products", "name, attributes jsonb, data jsonb, notes_html text").values()) == {
        "none"
    }


def test_unreviewed_is_masked_for_agents_only() -> None:
    """People keep reading what was not reviewed; agents do not."""
    finding = table("users", "email, payload jsonb")["payload"]

    assert not is_masked(finding)
    assert is_masked(finding, agent=True)


def test_a_few_words_again_and_again_are_no_secret() -> None:
    """Values that were seen overrule a name that nobody has heard of; names of persons stay hidden."""
    columns = [("app", "users", "email", "text"), ("app", "users", "blorg", "text")]
    ref = ColumnRef("app", "users", "blorg")

    def judged(values: list[object]) -> str:
        return classify_columns(columns, hit_rates={ref: hit_rates(values)})[ref].classification

    assert classify_columns(columns)[ref].classification == "unreviewed"
    assert judged(["Surgeon", "Internist", "Anaesthetist"] * 10) == "none"
    assert judged(["Ms Taylor", "Mr Martin", "Thomas"] * 10) == "unreviewed"
    assert judged([f"anything {n}" for n in range(30)]) == "unreviewed"


def test_documents_beside_secrets_alone_are_how_a_program_is_set_up() -> None:
    """What was sent is whoever's it was, and a document of any content may hold another secret."""
    found = classes(
        "providers", "client_secret, branding jsonb, description text, request_body jsonb, config jsonb"
    )

    assert {column for column, kind in found.items() if kind != "none"} == {
        "client_secret", "request_body", "config",
    }  # fmt: skip


def test_what_programs_note_about_a_row_is_looked_at_where_the_row_is_a_person() -> None:
    """Documents beside an address, too; a description of a cart is the cart's."""
    assert classes("users", "email, metadata jsonb")["metadata"] == "unreviewed"
    assert classes("carts", "email, metadata jsonb")["metadata"] == "unreviewed"
    assert classes("carts", "email, description text")["description"] == "none"
