"""Names are read as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governed_db.classify import words
from governed_db.classify.kinds import TypeKind, type_kind
from governed_db.classify.names import split
from governed_db.classify.rules import RULES
from governed_db.classify.score import classify_columns


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("firstName", ("first", "name")),
        ("CUST_FIRST_NM", ("customer", "first", "name")),
        ("emplastname", ("employee", "lastname")),
        ("HTTPRequestBody", ("http", "request", "body")),
        ("street_address_1", ("street", "address")),
        ("Straße", ("strasse",)),
        ("data_de_nascimento", ("data", "nascimento")),
        ("e-mail", ("email",)),
        ("number_of_emails", ("count", "email")),
        ("client_os", ("client", "os")),
        ("percentage", ("percentage",)),
        ("姓名", ()),
    ],
)
def test_names_are_split_and_spelled_out(name: str, expected: tuple[str, ...]) -> None:
    """Case, digits, abbreviations, accents and joined words are seen through."""
    assert split(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("character varying(40)", TypeKind.TEXT), ("VARCHAR(3850)", TypeKind.LONG),
        ("text[]", TypeKind.LONG),
        ("tinyint(1)", TypeKind.BOOL), ("int unsigned", TypeKind.INT), ("interval", TypeKind.TIME),
        ("timestamp without time zone", TypeKind.TIME), ("jsonb", TypeKind.JSON),
        ("longblob", TypeKind.BINARY),
        ("enum('m','f')", TypeKind.ENUM), ("inet", TypeKind.INET), ('"Phone"', TypeKind.OTHER),
        ("Check", TypeKind.BOOL), ("Small Text", TypeKind.LONG), ("currency_code", TypeKind.OTHER),
        ("", TypeKind.OTHER), ("numeric(10,2)", TypeKind.NUMBER), ("datetime(6)", TypeKind.TIME),
    ],
)  # fmt: skip
def test_types_of_three_servers_are_understood(name: str, expected: TypeKind) -> None:
    """PostgreSQL, MySQL and SQLite call the same kinds of types by many names."""
    assert type_kind(name) is expected


def test_no_phrase_is_emptied_by_joining_words() -> None:
    """A phrase of several words keeps at least two: `client_os` must not come to clear every `client`."""
    lost = [
        phrase
        for rule in RULES
        for phrase in rule.words
        if len(phrase) > 1 and len([word for word in phrase if word not in words.STOP_WORDS]) < 2
    ]

    assert lost == []


@given(st.text(max_size=80), st.text(max_size=40), st.text(max_size=40))
def test_any_name_has_an_answer(column: str, table: str, type_name: str) -> None:
    """Servers allow any characters in names; each column has exactly one finding."""
    described = [("s", table, column, type_name), ("s", table, "email", "text")]

    found = classify_columns(described)

    assert {(ref.relation, ref.column) for ref in found} == {(table, column), (table, "email")}
