"""Promise: what is taken out of a document is protected by its keys, and by what was seen there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from governed_db.runtime import release
from tests.contract.adapter import Adapter
from tests.contract.shop import Shop
from tests.servers.fixtures import FreshDatabase

PEOPLE = "Anna Peter Maria Thomas Laura Michael Julia Daniel Sarah Martin".split()
CANARY = "cnry-7731"


def document(number: int) -> str:
    """One with telling keys, one dull key with values that tell, and the rest harmless."""
    return json.dumps(
        {
            "plan": "gold",
            "seats": number,
            "ssn": f"973-41-{number + 1:04}",
            "note": {"email": f"{CANARY}-{number}@example.org"},
            "x1": f"+49 30 90182{number:03}",
        }
    )


@pytest.fixture(scope="module")
def url_of(fresh_database: FreshDatabase) -> Iterator[Callable[[Adapter], str]]:
    """A database for each dialect, with documents in a table that no name tells anything of."""
    made: dict[str, str] = {}
    with ExitStack() as stack:

        def of(adapter: Adapter) -> str:
            if adapter.dialect not in made:
                made[adapter.dialect] = stack.enter_context(fresh_database(adapter.dialect, shop=False))
                with closing(adapter.raw(made[adapter.dialect])) as raw:
                    fill(raw, adapter)
            return made[adapter.dialect]

        yield of


def fill(raw: Any, adapter: Adapter) -> None:
    """Make the table through a connection outside of all governance."""
    cursor = raw.cursor()
    kind = {"postgres": "jsonb"}.get(adapter.dialect, "json")
    cursor.execute(f"CREATE TABLE things (id integer PRIMARY KEY, data {kind}, c1 varchar(80))")
    for number, person in enumerate(PEOPLE):
        values = (number, document(number), f"{person} Winter")
        cursor.execute(adapter.sql("INSERT INTO things VALUES (?, ?, ?)"), values)
    raw.commit()


@pytest.fixture
def things(adapter: Adapter, url_of: Callable[[Adapter], str], tmp_path: Path) -> Iterator[Shop]:
    """The database, first met, under the pack `standard`."""
    with ExitStack() as stack:
        stack.callback(release, tmp_path / "state")
        connection = adapter.connect(url_of(adapter), state_dir=tmp_path / "state")
        stack.callback(adapter.close, connection)
        yield Shop(adapter, connection, None, tmp_path / "state")


def taken(shop: Shop, *keys: str) -> str:
    """The text at these keys, in the words of the dialect."""
    match shop.adapter.dialect:
        case "postgres":
            return f"data #>> '{{{','.join(keys)}}}'"
        case "mysql":
            return f"JSON_VALUE(data, '$.{'.'.join(keys)}')"
        case _:
            return f"json_extract(data, '$.{'.'.join(keys)}')"


def test_a_member_is_masked_by_its_key(things: Shop) -> None:
    """Others of the same document come out as they are, and may be searched."""
    ssn, mail, plan = taken(things, "ssn"), taken(things, "note", "email"), taken(things, "plan")

    found = things.rows(f"SELECT {plan}, {ssn}, {mail} FROM things WHERE {plan} = 'gold' AND id = 1")

    assert [row[0] for row in found] == ["gold"]
    assert "973-41" not in str(found)
    assert CANARY not in str(found)


def test_a_member_is_masked_by_what_was_seen_there(things: Shop) -> None:
    """A phone number is one under the key `x1`, too."""
    assert "90182" not in str(things.rows(f"SELECT {taken(things, 'x1')} FROM things"))


@pytest.mark.parametrize("condition", ["{} LIKE '9%'", "{} > '973'", "substr({}, 1, 1) = '9'"])
def test_no_member_is_found_out_by_its_rows(things: Shop, condition: str) -> None:
    """What may not be done with a masked column may not be done with a masked member."""
    error = things.refused(f"SELECT id FROM things WHERE {condition.format(taken(things, 'ssn'))}")

    assert "GDB201" in str(error)


def test_keys_in_disguise_are_the_whole_document(things: Shop) -> None:
    """Escapes, quotes, wildcards and keys that only the moment tells are not followed."""
    paths = {
        "postgres": [
            "data ->> 'ssn '",
            "data #>> '{\"ssn\"}'",
            "data ->> lower('SSN')",
            "jsonb_path_query_first(data, '$.*')::text",
        ],
        "mysql": [
            r"JSON_VALUE(data, '$.\"\\u0073sn\"')",
            "JSON_EXTRACT(data, '$.*')",
            "JSON_EXTRACT(data, '$**.ssn')",
        ],
        "sqlite": [
            r"json_extract(data, '$.\"\u0073sn\"')",
            "data ->> lower('SSN')",
            "json_extract(data, '$.plan', '$.ssn')",
        ],
    }[things.adapter.dialect]
    for path in paths:
        try:
            found = things.rows(f"SELECT id FROM things WHERE {path} LIKE '%973%'")
        except things.adapter.error:
            things.connection.rollback()
        else:
            raise AssertionError(f"{path} found {found}")


def test_a_member_may_be_compared_as_a_whole(things: Shop) -> None:
    """As a masked column may."""
    assert things.rows(f"SELECT id FROM things WHERE {taken(things, 'ssn')} = ?", "973-41-0004") == [(3,)]


def test_whole_documents_do_not_tell_either(things: Shop) -> None:
    """Where something was seen in documents, they are not searched as texts."""
    text = "CAST(data AS text)" if things.adapter.dialect == "postgres" else "data"

    assert "GDB201" in str(things.refused(f"SELECT id FROM things WHERE {text} LIKE '%973%'"))
    assert "GDB201" in str(things.refused(f"SELECT id FROM things ORDER BY {text}"))


def test_documents_come_out_with_gaps(things: Shop) -> None:
    """Harmless members stay readable."""
    (row,) = things.rows("SELECT data FROM things WHERE id = 2")

    assert "gold" in str(row)
    assert "973-41" not in str(row)
    assert CANARY not in str(row)


def test_values_tell_what_names_do_not(things: Shop) -> None:
    """A column of names is one under the name `c1`, from the first statement on."""
    assert "Winter" not in str(things.rows("SELECT c1 FROM things"))


def test_nothing_that_was_seen_is_kept(things: Shop) -> None:
    """The state folder holds names of columns and shares of hits: no value, and no key of a document."""
    things.rows("SELECT id FROM things")
    written = b"".join(path.read_bytes() for path in things.state_dir.rglob("*") if path.is_file())

    assert b"things" in written
    assert not any(text in written for text in (b"Winter", CANARY.encode(), b"973-41", b"90182", b"x1"))
