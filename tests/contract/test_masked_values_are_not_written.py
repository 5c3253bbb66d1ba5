"""Promise: what a mask made does not take the place of what it stands for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.adapter_psycopg import PSYCOPG
from tests.contract.shop import Shop
from tests.contract.test_tokens import said, stored, token_of, tokens

__all__ = ["tokens"]  # the fixture

MASKED = ["***", "****", "***1234", "j***@example.com", "**** **** 1234", "hash_" + "0" * 32]


def unchanged(shop: Shop) -> Any:
    """The value that all of these tests try to overwrite."""
    return stored(shop, "email", 3)


@pytest.mark.parametrize("masked", MASKED)
def test_masked_values_are_refused(shop: Shop, masked: str) -> None:
    """In a parameter, in the text, in one of many rows, in UPDATE and in INSERT."""
    before = unchanged(shop)

    assert said(shop.refused("UPDATE customers SET email = ? WHERE id = 3", masked)) == "GDB208"
    assert said(shop.refused(f"UPDATE customers SET email = '{masked}' WHERE id = 3")) == "GDB208"
    assert (
        said(shop.refused("INSERT INTO customers (id, name, email) VALUES (?, 'x', ?)", 99, masked))
        == "GDB208"
    )
    with pytest.raises(shop.adapter.error, match="GDB208"):
        shop.connection.cursor().executemany(
            shop.adapter.sql("UPDATE customers SET email = ? WHERE id = ?"),
            [("new@example.com", 3), (masked, 5)],
        )
    assert unchanged(shop) == before
    assert shop.stored("SELECT count(*) FROM customers WHERE id = 99") == [(0,)]


def test_a_second_run_is_refused_too(shop: Shop) -> None:
    """A statement that was seen before takes the short path only with ordinary values."""
    update = "UPDATE customers SET name = ? WHERE id = ?"
    for number in range(3):
        shop.run(update, f"name {number}", 3)

    assert said(shop.refused(update, "***", 3)) == "GDB208"
    assert shop.run(update, "Ada O'Hara", 3).rowcount == 1


def test_masked_parts_are_refused(shop: Shop) -> None:
    """Also where a masked value is a part of what is computed, in the statement or around a sub-query."""
    joined = "concat('***', ?)" if shop.adapter.dialect != "sqlite" else "'***' || ?"
    refused = [
        (f"UPDATE customers SET email = {joined} WHERE id = 3", "1234"),
        ("UPDATE customers SET email = lower(?) WHERE id = 3", "***"),
        ("UPDATE customers SET email = (SELECT ?) WHERE id = 3", "***"),
        ("UPDATE customers SET phone = (SELECT max(v) FROM (SELECT ? AS v) q) WHERE id = 3", "***"),
    ]

    for query, parameter in refused:
        assert said(shop.refused(query, parameter)) == "GDB208", query


def test_broken_tokens_are_refused(tokens: Shop) -> None:
    """A token that is no longer one, or that stands for something else, is not stored as text."""
    token, phone = token_of(tokens, "email", 3), token_of(tokens, "phone", 3)
    update = "UPDATE customers SET email = ? WHERE id = 3"

    for broken in (token.upper(), token[:40], f" {token}", f"mail: {token}", f"{token[:-8]}"):
        assert said(tokens.refused(update, broken)) in ("GDB208", "GDB220")
    assert said(tokens.refused(update, phone)) == "GDB220"
    assert said(tokens.refused("UPDATE customers SET email = lower(?) WHERE id = 3", token)) == "GDB208"


def test_ordinary_writes_are_not_refused(shop: Shop) -> None:
    """Columns without protection take asterisks, and so does prose; names and addresses are taken as ever."""
    shop.run("UPDATE orders SET status = ? WHERE id = 1", "***")
    shop.run("UPDATE orders SET status = '***' WHERE id = 1")
    shop.run("UPDATE customers SET notes = ? WHERE id = 3", "a *** of stars, and ***bold*** words")
    shop.run(
        "UPDATE customers SET name = ?, email = ? WHERE id = 3", "Zoë *Star* Müller", "hash_tag@tok.example"
    )
    shop.run("UPDATE customers SET status = '***', name = ? WHERE id = 3", "Ada")
    shop.connection.commit()

    assert stored(shop, "name", 3) == "Ada"


COPY = "COPY customers (id, name, email, status) FROM STDIN"


def copied(shop: Shop, statement: str, *written: Any) -> None:
    """Rows and blocks into a table, by psycopg's copy."""
    with shop.connection.cursor().copy(statement) as copy:
        for one in written:
            (copy.write_row if isinstance(one, tuple) else copy.write)(one)


@pytest.mark.parametrize("adapter", [PSYCOPG])
def test_masked_values_are_not_copied(shop: Shop) -> None:
    """Neither as rows nor as text, also when a line comes in two blocks; nothing of the copy stays."""
    refused: list[tuple[str, tuple[Any, ...]]] = [
        (COPY, ((90, "Ada", "ada@example.com", "x"), (91, "***", "b@example.com", "x"))),
        (COPY, ("90\tAda\tada@example.com\tx\n91\tBob\t***\tx\n",)),
        (COPY, ("90\tAda\tada@exam", "ple.com\tx\n91\tBob\tb***@example.com\tx\n")),
        (f"{COPY} WITH (FORMAT csv)", ('90,Ada,ada@example.com,x\n91,"***",b@example.com,x\n',)),
        ("COPY customers (email, name) FROM STDIN", (("***", "Ada"),)),
    ]

    for statement, written in refused:
        with pytest.raises(shop.adapter.error, match="GDB208"):
            copied(shop, statement, *written)
        shop.connection.rollback()
    assert shop.stored("SELECT count(*) FROM customers WHERE id >= 90") == [(0,)]


@pytest.mark.parametrize("adapter", [PSYCOPG])
def test_ordinary_rows_are_copied(shop: Shop) -> None:
    """Rows with asterisks in columns without protection are copied as ever."""
    statement = COPY.replace("status", "status, created_at")
    day = "2026-01-01"
    copied(
        shop, statement, (90, "Ada", "ada@example.com", "***", day), (91, "Bob", "bob@example.com", "x", day)
    )
    copied(shop, statement, f"92\tEve\teve@example.com\t***\t{day}\n", b"93\tMax\tmax@x.org\tx\t2026-01-01\n")
    shop.connection.commit()

    assert shop.stored("SELECT count(*) FROM customers WHERE id >= 90") == [(4,)]
