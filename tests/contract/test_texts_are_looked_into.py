"""Promise: what stands in texts that nobody classified is hidden by every driver, and counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from governed_db.remote.reader import read
from governed_db.runtime import release
from tests.contract.adapter import Adapter, as_tuple
from tests.contract.shop import Shop
from tests.contract.test_errors_and_trail_hold_no_values import everything
from tests.contract.test_explain import explained
from tests.contract.test_masks_on_every_way_of_fetching import FETCHES, Fetch, ways
from tests.servers.fixtures import FreshDatabase

MAIL, ADDRESS, NOTHING = "cnrytext@canary.example", "81.2.169.142", "arrived on time, order 2024-118"
DOCUMENT = json.dumps({"who": MAIL, "n": 3, "first_name": "Cnryname", "title": "kettle"})
LINES = [f"login by {MAIL} from {ADDRESS}", NOTHING, None, f"{MAIL}"]
SHOWN = ["login by [pii.email] from [pii.ip]", NOTHING, None, "[pii.email]"]
COLUMNS = {
    dialect: f"id integer PRIMARY KEY, line text, mark varchar(90) UNIQUE, doc {types}, many integer"
    for dialect, types in (
        ("sqlite", "json, octets blob"),
        ("mysql", "json, octets blob"),
        ("postgres", "jsonb, octets bytea"),
    )
}


@pytest.fixture(scope="module")
def lines_url(fresh_database: FreshDatabase) -> Iterator[Callable[[Adapter], str]]:
    """One database for each dialect, with a table of texts that no name tells anything of."""
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
    cursor.execute(f"CREATE TABLE {name(adapter)} ({COLUMNS[adapter.dialect]})")
    for number, line in enumerate(LINES, start=1):
        values = (
            number,
            line,
            f"nr {number} {MAIL}",
            DOCUMENT,
            None if line is None else line.encode(),
            number,
        )
        cursor.execute(adapter.sql(f"INSERT INTO {name(adapter)} VALUES (?, ?, ?, ?, ?, ?)"), values)
    raw.commit()


@pytest.fixture
def open_lines(
    adapter: Adapter, lines_url: Callable[[Adapter], str], tmp_path: Path
) -> Iterator[Callable[..., Shop]]:
    """Opens that database under any policy."""
    with ExitStack() as stack:
        stack.callback(release, tmp_path / "state")

        def opened(**options: Any) -> Shop:
            url = lines_url(adapter)
            connection = adapter.connect(url, state_dir=tmp_path / "state", **options)
            stack.callback(adapter.close, connection)
            return Shop(adapter, connection, None, tmp_path / "state")

        yield opened


def name(adapter: Adapter) -> str:
    """The table's name: a word of MariaDB's own."""
    return "`lines`" if adapter.dialect == "mysql" else "lines"


def lines(shop: Shop) -> str:
    """Its name in a shop of this driver."""
    return name(shop.adapter)


@pytest.mark.parametrize(("adapter", "kind"), list(ways()))
def test_every_way_of_fetching_hides_what_is_found(open_lines: Callable[..., Shop], kind: str) -> None:
    """Each cursor class, with each way of fetching, first and second run: the rest of the text stays."""
    shop = open_lines()
    for fetch in FETCHES.values():
        with closing(shop.adapter.cursors[kind](shop.connection)) as cursor:
            cursor.execute(
                shop.adapter.sql(f"SELECT id, line FROM {lines(shop)} WHERE id < ? ORDER BY id"), (9,)
            )
            found = [as_tuple(row) for row in fetch(cursor)]

        assert found == list(enumerate(SHOWN, start=1))


def test_documents_bytes_and_expressions_too(open_lines: Callable[..., Shop]) -> None:
    """JSON stays JSON of the driver's type, bytes stay bytes; a function's result is text like any other."""
    shop = open_lines()
    doc, octets, upper = shop.rows(f"SELECT doc, octets, upper(line) FROM {lines(shop)} WHERE id = 1")[0]

    assert (doc if isinstance(doc, dict) else json.loads(doc)) == {
        "who": "[pii.email]",
        "n": 3,
        "first_name": "[pii.name]",
        "title": "kettle",
    }
    assert bytes(octets) == SHOWN[0].encode()
    assert upper == "LOGIN BY [pii.email] FROM [pii.ip]"


def test_the_trail_counts_hits_and_holds_none(open_lines: Callable[..., Shop]) -> None:
    """What was hidden is recorded by class, with the statement."""
    shop = open_lines()
    shop.rows(f"SELECT line FROM {lines(shop)} ORDER BY id")
    shop.rows(f"SELECT many FROM {lines(shop)}")
    release(shop.state_dir)
    events = list(read(shop.state_dir / "audit"))
    told = [event["fields"] for event in events if event["phase"] == "content"]

    assert [fields["found"] for fields in told] == [{"pii.email": 2, "pii.ip": 1}]
    assert told[0]["status"] == "masked"
    assert "statement" in told[0]
    assert MAIL not in json.dumps(events)
    assert ADDRESS not in json.dumps(events)


def test_the_masks_of_the_policy_say_what_is_hidden(open_lines: Callable[..., Shop]) -> None:
    """A class that a rule shows is shown in texts too."""
    rule = {"id": "mails", "effect": "permit", "actions": ["select"], "mask": {"pii.email": "none"}}
    shop = open_lines(policy={"version": 1, "extends": "standard", "rules": [rule]})

    assert shop.rows(f"SELECT line FROM {lines(shop)} WHERE id = 1") == [(f"login by {MAIL} from [pii.ip]",)]


def test_a_column_that_a_person_has_cleared_is_left_alone(open_lines: Callable[..., Shop]) -> None:
    """`none` in the policy is somebody's word on what the column holds."""
    policy = {"version": 1, "extends": "standard", "classifications": {"lines.line": "none"}}
    shop = open_lines(policy=policy)

    assert shop.rows(f"SELECT line FROM {lines(shop)} WHERE id = 4") == [(MAIL,)]


def test_observing_hides_nothing(open_lines: Callable[..., Shop]) -> None:
    """Under `observe` every value is as the driver gives it."""
    shop = open_lines(policy="observe")

    assert shop.rows(f"SELECT line FROM {lines(shop)} WHERE id = 1") == [(LINES[0],)]


@pytest.mark.parametrize("fetch", FETCHES.values(), ids=FETCHES.keys())
def test_nothing_of_a_result_is_left_on_the_cursor(open_lines: Callable[..., Shop], fetch: Fetch) -> None:
    """No attribute of the cursor, public or not, shows what was hidden."""
    shop = open_lines()
    cursor = shop.run(f"SELECT id, line FROM {lines(shop)}")
    fetch(cursor)

    seen = {name: repr(getattr(cursor, name, None)) for name in dir(cursor) if not name.startswith("__")}

    assert MAIL not in repr(seen)


def test_numbers_and_dates_are_not_looked_into(open_lines: Callable[..., Shop]) -> None:
    """A statement without text has a plan without any of this, and takes the fast way."""
    shop = open_lines()
    rows = shop.rows(f"SELECT id, many, count(*) OVER () FROM {lines(shop)} ORDER BY id")

    assert rows == [(n, n, 4) for n in range(1, 5)]


def test_messages_of_the_server_are_looked_into(open_lines: Callable[..., Shop]) -> None:
    """A server quotes the value that stands twice; the class of the error says what happened."""
    shop = open_lines()
    text = f"INSERT INTO {lines(shop)} (id, mark) SELECT id + 100, mark FROM {lines(shop)} WHERE id = 1"
    error = shop.refused(text)

    assert isinstance(error, shop.adapter.integrity_error)
    assert MAIL not in repr(everything(error))


def test_messages_without_personal_data_are_the_servers_own(
    open_lines: Callable[..., Shop], lines_url: Callable[[Adapter], str]
) -> None:
    """What helps to find a mistake is not taken away."""
    shop = open_lines()
    text = f"INSERT INTO {lines(shop)} (id, mark) VALUES (?, ?)"
    error = shop.refused(text, 1, "another")
    shop.connection.rollback()
    with closing(shop.adapter.raw(lines_url(shop.adapter))) as raw, pytest.raises(shop.adapter.error) as seen:
        raw.cursor().execute(shop.adapter.sql(text), (1, "another"))

    assert str(error) == str(seen.value)


def test_explain_tells_which_texts_are_looked_into(open_lines: Callable[..., Shop]) -> None:
    """And what of all classes would be shown in them."""
    shop = open_lines()
    found = explained(shop, f"SELECT id, line FROM {lines(shop)}").obligations

    shown = "financial.payment, pii.employment, pii.place, pii.user_content"
    assert found[0] == f"ScanColumn(index=1, hides=whatever is found, but for {shown})"


def test_a_text_with_gaps_is_not_written_back(open_lines: Callable[..., Shop]) -> None:
    """Whoever reads a text, edits it and writes it back would write the gaps over what stood there."""
    shop = open_lines()
    shown = shop.rows(f"SELECT line FROM {lines(shop)} WHERE id = 1")[0][0]

    error = shop.refused(f"UPDATE {lines(shop)} SET line = ? WHERE id = 1", f"{shown}, twice")
    shop.connection.rollback()

    assert "GDB208" in str(error)
    shop.run(f"UPDATE {lines(shop)} SET line = ? WHERE id = 1", "*** [sic] tok_en")
    shop.connection.rollback()
