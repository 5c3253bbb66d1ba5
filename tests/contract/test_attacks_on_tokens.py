"""Promise: whoever holds tokens learns from them which values are equal, and nothing else.

Each attack tries to have a token turned back where its value, a part of it, or its order would show.
"""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from tests.contract.conftest import OpenShop
from tests.contract.shop import Shop
from tests.contract.test_masked_values_are_not_written import tokens
from tests.contract.test_tokens import TOKENS, said, stored, token_of
from tests.shop import leaked

__all__ = ["tokens"]  # the fixture

_T: Final = re.compile(r"\bT\b")  # stands for a token of customers.email, as a parameter and written out
SHOWING = [
    "SELECT T FROM customers WHERE id = 3",
    "SELECT email = T, T FROM customers WHERE id = 3",
    "SELECT id, coalesce(NULL, T) FROM customers WHERE email = T",
    "SELECT CASE WHEN email = T THEN T END FROM customers WHERE id = 3",
    "SELECT v FROM (SELECT T AS v, id FROM customers WHERE email = T) q",
    "SELECT max(status), T FROM customers WHERE email = T",
    "SELECT id FROM customers WHERE email = T AND status = T",
    "SELECT status FROM customers WHERE email = T UNION SELECT T",
]
# Comparisons that would answer more than equality of the whole value.
ASKING = [
    "SELECT id FROM customers WHERE email LIKE T",
    "SELECT id FROM customers WHERE email > T",
    "SELECT id FROM customers WHERE email BETWEEN T AND T",
    "SELECT id FROM customers WHERE lower(email) = T",
    "SELECT id FROM customers WHERE lower(email) = lower(T)",
    "SELECT id FROM customers WHERE email = lower(T)",
    "SELECT id FROM customers WHERE email = substr(T, 1, 3)",
    "SELECT id FROM customers WHERE substr(email, 1, 3) = T",
    "SELECT id FROM customers WHERE email = (SELECT T)",
    "SELECT id FROM customers WHERE email IN (SELECT T)",
    "SELECT id FROM customers WHERE phone = T",
    "SELECT id FROM customers WHERE name = T OR email = T",
    "SELECT id FROM customers WHERE birth_date = T",
]
BY_DIALECT = {
    "postgres": [
        "SELECT id FROM customers WHERE email = T::varchar(8)",
        "SELECT id FROM customers WHERE email = T::char(8)",
        "SELECT id FROM customers WHERE email = CAST(T AS name)",
        "SELECT id FROM customers WHERE email ~ T",
        "SELECT id FROM customers WHERE id = T::int",
        "SELECT id FROM customers WHERE email = ANY(string_to_array(T, '@'))",
    ],
    "mysql": [
        "SELECT id FROM customers WHERE email = CAST(T AS char(8))",
        "SELECT id FROM customers WHERE email = CONVERT(T, signed)",
        "SELECT id FROM customers WHERE email = _latin1 T",
        "SELECT id FROM customers WHERE email REGEXP T",
        "SELECT id FROM customers WHERE id = T",
    ],
    "sqlite": [
        "SELECT id FROM customers WHERE email GLOB T",
        "SELECT id FROM customers WHERE email = CAST(T AS integer)",
        "SELECT id FROM customers WHERE id = T",
    ],
}


def answers(shop: Shop, query: str, token: str) -> list[Any]:
    """What comes of a query with a token as parameters, and with it in the text; refusals by their code."""
    written, marked = _T.sub(f"'{token}'", query), _T.sub("?", query)
    return [answer(shop, written), answer(shop, marked, *[token] * marked.count("?"))]


def answer(shop: Shop, query: str, *parameters: str) -> Any:
    """The rows of a query, or the code of its refusal, of which the text shows nothing."""
    try:
        return shop.rows(query, *parameters)
    except shop.adapter.error as error:
        refusal = error
    finally:
        shop.connection.rollback()
    assert leaked(str(refusal)) == ()
    return getattr(refusal, "code", type(refusal).__name__)


@pytest.fixture
def reader(open_reading: OpenShop) -> Shop:
    """A shop in which names, e-mail addresses and phone numbers are shown as tokens."""
    return open_reading(policy=TOKENS)


def test_tokens_are_never_shown_as_values(reader: Shop) -> None:
    """Wherever a token comes back in a result, it comes back as the token."""
    token = token_of(reader, "email", 3)

    for query in SHOWING:
        assert leaked(str(answers(reader, query, token))) == (), query


def test_tokens_answer_equality_only(reader: Shop) -> None:
    """A comparison with a part, a range or another column is refused, or answered as for any other text."""
    token = token_of(reader, "email", 3)

    for query in [*ASKING, *BY_DIALECT[reader.adapter.dialect]]:
        nothing = answers(reader, query, "hash_of nothing")
        for found, other in zip(answers(reader, query, token), nothing, strict=True):
            is_refused = isinstance(found, str) and found.startswith("GDB")
            assert is_refused or found == other, query


NAMING = [
    "SELECT email = T FROM customers WHERE id = 3",
    "SELECT count(CASE WHEN email = T THEN 1 END) FROM customers",
    "SELECT * FROM (SELECT email = T FROM customers) t",
    "SELECT (SELECT count(*) FROM customers WHERE email = T)",
    "WITH w AS (SELECT id, email IN (T) FROM customers) SELECT * FROM w",
    "SELECT NOT (email <> T) FROM customers UNION SELECT 1",
    "SELECT email = T AS named FROM customers WHERE email = T",
]


def test_tokens_name_no_output(reader: Shop) -> None:
    """Outputs without a name are named by the text that was sent, where servers do that."""
    token = token_of(reader, "email", 3)

    for query in NAMING:
        for text in (_T.sub(f"'{token}'", query), _T.sub("?", query)):
            assert leaked(str(names(reader, text, *[token] * text.count("?")))) == (), query


def names(shop: Shop, text: str, *parameters: str) -> Any:
    """The names of the outputs, or what the refusal says."""
    try:
        cursor = shop.run(text, *parameters)
    except shop.adapter.error as error:
        return error
    cursor.fetchall()
    return [column[0] for column in cursor.description]


def test_a_shorter_copy_cannot_be_compared(tokens: Shop) -> None:
    """A value of one's own choice is compared with the whole value only: no beginning of it is found."""
    email = stored(tokens, "email", 3)
    tokens.run("UPDATE customers SET email = ? WHERE id = 5", email[:6])
    whole, part = token_of(tokens, "email", 3), token_of(tokens, "email", 5)

    assert whole != part
    assert tokens.rows("SELECT id FROM customers WHERE email = ?", part) == [(5,)]
    assert tokens.rows("SELECT id FROM customers WHERE email = ?", whole) == [(3,)]


def test_chosen_values_tell_equality_only(tokens: Shop) -> None:
    """Whoever writes a guess learns by its token whether it is right, as `= 'guess'` would tell."""
    email, name = stored(tokens, "email", 3), stored(tokens, "name", 3)
    tokens.run("UPDATE customers SET name = ? WHERE id = 5", name)
    tokens.run("UPDATE customers SET phone = ? WHERE id = 7", email)

    assert token_of(tokens, "name", 5) == token_of(tokens, "name", 3)
    assert token_of(tokens, "phone", 7) != token_of(tokens, "email", 3)


UNMASKED = {
    **TOKENS,
    "rules": [
        {
            "id": "leads",
            "effect": "permit",
            "actions": ["select"],
            "relations": {"only": ["employees"]},
            "mask": {"pii.email": "none"},
        },
        *TOKENS["rules"],  # type: ignore[misc]  # a list
    ],
}


def test_columns_that_are_shown_take_no_tokens(open_shop: OpenShop) -> None:
    """Written into, or found in, a column that one sees as it is, a token would show its value."""
    shop = open_shop(policy=UNMASKED)
    token = token_of(shop, "email", 3)

    assert said(shop.refused("SELECT email FROM employees WHERE email = ?", token)) == "GDB209"
    assert said(shop.refused(f"SELECT email FROM employees WHERE email = '{token}'")) == "GDB209"
    assert said(shop.refused("UPDATE employees SET email = ? WHERE id = 1", token)) == "GDB209"
    assert said(shop.refused(f"UPDATE employees SET email = '{token}' WHERE id = 1")) == "GDB209"


EVERYTHING = {
    "version": 1,
    "rules": [
        {
            "id": "all",
            "effect": "permit",
            "actions": "*",
            "reach": "*",
            "mask": {"pii.email": "token"},
        }
    ],
}


def test_stored_statements_take_no_tokens(open_shop: OpenShop) -> None:
    """What the database keeps, a view or a table, would show the value later."""
    shop = open_shop(policy=EVERYTHING)
    token = token_of(shop, "email", 3)

    for kept in ("CREATE VIEW v AS SELECT id FROM customers WHERE email = '{}'",):
        assert said(shop.refused(kept.format(token))) == "GDB209"
