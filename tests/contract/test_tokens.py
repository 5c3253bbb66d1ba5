"""Promise: a token stands for its value where that shows no more than the token, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.contract.conftest import OpenShop
from tests.contract.shop import Shop
from tests.shop import leaked

TOKENS = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "tokens",
            "effect": "permit",
            "actions": ["select"],
            "mask": {"pii.email": "token", "pii.phone": "token", "pii.name": "token"},
        }
    ],
}


@pytest.fixture
def tokens(open_shop: OpenShop) -> Shop:
    """A shop in which e-mail addresses, phone numbers and names are shown as tokens."""
    return open_shop(policy=TOKENS)


@pytest.fixture
def reader(open_reading: OpenShop) -> Shop:
    """The same for tests that only read."""
    return open_reading(policy=TOKENS)


def token_of(shop: Shop, column: str, id: int) -> Any:
    """The token that stands for one value."""
    return shop.rows(f"SELECT {column} FROM customers WHERE id = {id}")[0][0]


def stored(shop: Shop, column: str, id: int) -> Any:
    """The value itself."""
    return shop.stored(f"SELECT {column} FROM customers WHERE id = {id}")[0][0]


def said(error: Exception) -> str:
    """The code of a refusal, of which the text must hold no value."""
    assert leaked(str(error)) == ()
    return str(getattr(error, "code", "none"))


# -- where they stand for their values -----------------------------------------------------------------


def test_a_token_finds_its_row(reader: Shop) -> None:
    """A token in a parameter is turned back: again and again, and by the side of ordinary values."""
    token = token_of(reader, "email", 3)

    query = "SELECT id, email FROM customers WHERE email = ? AND status <> ?"
    found = [reader.rows(query, value, "none") for value in (token, token, "nobody@example.com", token)]

    assert token.startswith("tok_")
    assert found == [[(3, token)], [(3, token)], [], [(3, token)]]


def test_a_token_in_the_text(reader: Shop) -> None:
    """A token that is written into the statement is turned back too, in lists and beside percent signs."""
    first, second = token_of(reader, "email", 3), token_of(reader, "email", 5)

    query = f"SELECT id FROM customers WHERE email IN ('{first}', 'nobody', '{second}') ORDER BY id"
    assert reader.rows(query) == [(3,), (5,)]
    assert reader.rows(query) == [(3,), (5,)]
    assert reader.rows(f"SELECT id FROM customers WHERE email = '{first}' AND id = ?", 3) == [(3,)]
    assert reader.rows(f"SELECT id, '{first}' FROM customers WHERE email = '{first}'") == [(3, first)]


def test_tokens_join_rows(reader: Shop) -> None:
    """Several tokens, in OR and <>, mean what their values mean."""
    email, phone = token_of(reader, "email", 3), token_of(reader, "phone", 5)

    query = "SELECT id FROM customers WHERE (email = ? OR phone = ?) AND name <> ? ORDER BY id"
    assert reader.rows(query, email, phone, token_of(reader, "name", 7)) == [(3,), (5,)]


def test_a_token_written_back(tokens: Shop) -> None:
    """Writing what was read changes nothing; writing it elsewhere copies the value."""
    email, phone, name = (stored(tokens, column, 3) for column in ("email", "phone", "name"))

    tokens.run(
        "UPDATE customers SET email = ?, phone = ? WHERE email = ?",
        *(token_of(tokens, column, 3) for column in ("email", "phone", "email")),
    )
    tokens.run(f"UPDATE customers SET name = '{token_of(tokens, 'name', 3)}' WHERE id = 5")
    tokens.connection.commit()

    assert [stored(tokens, column, 3) for column in ("email", "phone")] == [email, phone]
    assert stored(tokens, "name", 5) == name


def test_tokens_in_many_rows(tokens: Shop) -> None:
    """executemany turns back the tokens of every row."""
    names = [(token_of(tokens, "name", number), number + 10) for number in (1, 2, 3)]

    tokens.connection.cursor().executemany(
        tokens.adapter.sql("UPDATE customers SET name = ? WHERE id = ?"), names
    )
    tokens.connection.commit()

    for number in (1, 2, 3):
        assert stored(tokens, "name", number + 10) == stored(tokens, "name", number)


@pytest.mark.parametrize("value", ['O\'Hara "x" \\ %s %% ü€ $1 {}', "''", "\\'", "%", "x" * 500, "-- ;"])
def test_any_value_comes_back(tokens: Shop, value: str) -> None:
    """Quotes, backslashes, percent signs and other letters are themselves, in parameters and in the text."""
    tokens.run("UPDATE customers SET name = ? WHERE id = 3", value[:120])
    token = token_of(tokens, "name", 3)

    assert tokens.rows("SELECT id FROM customers WHERE name = ?", token) == [(3,)]
    assert tokens.rows(f"SELECT id FROM customers WHERE name = '{token}'") == [(3,)]
    assert tokens.rows(f"SELECT id FROM customers WHERE name = '{token}' AND id <> ?", 99) == [(3,)]


# -- where they do not --------------------------------------------------------------------------------------


def test_tokens_of_other_columns(reader: Shop) -> None:
    """A token of one classification is refused for another, and for a column that is shown as it is."""
    token = token_of(reader, "email", 3)

    assert said(reader.refused("SELECT id FROM customers WHERE phone = ?", token)) == "GDB220"
    assert said(reader.refused(f"SELECT id FROM customers WHERE phone = '{token}'")) == "GDB220"
    assert reader.rows("SELECT id FROM customers WHERE status = ?", token) == []
    assert reader.rows("SELECT id, ? FROM customers WHERE id = 3", token) == [(3, token)]


def test_forged_tokens(reader: Shop) -> None:
    """A token that was changed stands for nothing, and says so."""
    token = token_of(reader, "email", 3)
    changed = token[:-1] + ("a" if token[-1] != "a" else "e")

    for forged in (changed, token + "a", token[:-4], f"tok_aaaaaaaa_{token[13:]}"):
        assert said(reader.refused("SELECT id FROM customers WHERE email = ?", forged)) == "GDB220"
        assert said(reader.refused(f"SELECT id FROM customers WHERE email = '{forged}'")) == "GDB220"


def test_parts_of_tokens(reader: Shop) -> None:
    """A part of a token, or one in capitals, is text like any other."""
    token = token_of(reader, "email", 3)

    for text in (token[:30], token.upper(), f" {token}"):
        assert reader.rows("SELECT id FROM customers WHERE email = ?", text) == []


def test_explained_statements_keep_their_tokens(reader: Shop) -> None:
    """What EXPLAIN shows of a condition is the token, where such a condition may be explained at all."""
    token = token_of(reader, "email", 3)

    for query, *parameters in [("= ?", token), (f"= '{token}'",)]:
        try:
            found = str(reader.rows(f"EXPLAIN SELECT id FROM customers WHERE email {query}", *parameters))
        except reader.adapter.error as error:
            found = str(error)
        assert leaked(found) == ()


# -- who sees what ------------------------------------------------------------------------------------------


def test_cursors_show_tokens(reader: Shop) -> None:
    """No attribute of cursor or connection shows what a token was turned back into."""
    token = token_of(reader, "email", 3)
    queries = [("SELECT id FROM customers WHERE email = ?", token)]
    queries += [(f"SELECT id FROM customers WHERE email = '{token}'",)]

    for query, *parameters in queries:
        cursor = reader.run(query, *parameters)
        assert len(cursor.fetchall()) == 1
        assert leaked(str(list(shown(cursor)))) == ()


def shown(target: Any) -> Iterator[str]:
    """What the attributes of an object, and of those that it holds, print as."""
    target = getattr(target, "target", target)
    for name, value in attributes(target):
        yield f"{name} {value!r}"
        if name in ("_query", "_result", "connection"):
            yield from (f"{part} {inner!r}" for part, inner in attributes(value))


def attributes(target: Any) -> Iterator[tuple[str, Any]]:
    """All that may be read of an object, but for its methods."""
    for name in dir(target):
        with suppress(Exception):
            value = getattr(target, name)
            if not callable(value) and name != "__dict__":
                yield name, value


def test_errors_show_no_value(tokens: Shop) -> None:
    """The server's complaint about a value that a token stood for does not show it."""
    token = token_of(tokens, "email", 3)

    error = tokens.refused("UPDATE customers SET email = ? WHERE id = 5", token)

    assert isinstance(error, tokens.adapter.integrity_error)
    assert leaked(str(error)) == ()
