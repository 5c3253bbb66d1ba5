"""What a person says of a whole document is not undone by what the keys in it are called."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from governed_db.model.principal import Principal
from governed_db.runtime import release
from tests.contract.adapter import Adapter
from tests.contract.adapter_psycopg import PSYCOPG
from tests.contract.adapter_pymysql import PYMYSQL
from tests.contract.adapter_sqlite3 import SQLITE
from tests.contract.shop import Shop
from tests.servers.fixtures import FreshDatabase

CANARY = "cnry-3391"
# Under `standard` a town is shown and health is hidden; an agent's unreviewed columns are hidden.
POLICY = {"version": 1, "extends": "standard", "classifications": {"patients.file": "pii.health"}}


@pytest.fixture(scope="module")
def url_of(fresh_database: FreshDatabase) -> Iterator[Callable[[Adapter], str]]:
    """A database for each dialect, with documents of patients: a town, and nothing else."""
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
    cursor.execute(
        "CREATE TABLE patients (id integer PRIMARY KEY, email varchar(80), city varchar(80),"
        f" file {kind}, diagnosis {kind})"
    )
    cursor.execute("CREATE TABLE towns (id integer PRIMARY KEY, city varchar(80))")
    for number in range(3):
        values = (number, f"p{number}@example.org", "Ulm", town_of(number), town_of(number))
        cursor.execute(adapter.sql("INSERT INTO patients VALUES (?, ?, ?, ?, ?)"), values)
    raw.commit()


def town_of(number: int) -> str:
    """A document with one key."""
    return json.dumps({"city": f"{CANARY}-{number}"})


@pytest.fixture(params=[SQLITE, PYMYSQL, PSYCOPG], ids=lambda one: one.name)
def patients(
    request: pytest.FixtureRequest, url_of: Callable[[Adapter], str], tmp_path: Path
) -> Iterator[Callable[..., Shop]]:
    """Connects to it."""
    adapter: Adapter = request.param
    with ExitStack() as stack:
        stack.callback(release, tmp_path / "state")

        def opened(**options: Any) -> Shop:
            connection = adapter.connect(url_of(adapter), state_dir=tmp_path / "state", **options)
            stack.callback(adapter.close, connection)
            return Shop(adapter, connection, None, tmp_path / "state")

        yield opened


def town(shop: Shop) -> str:
    """The town in the words of the dialect."""
    return "file ->> 'city'" if shop.adapter.dialect != "mysql" else "JSON_VALUE(file, '$.city')"


def test_a_key_that_may_be_seen_is_hidden_in_a_document_that_may_not(patients: Callable[..., Shop]) -> None:
    """Nor does a member of it come out of a subquery, an aggregate or a text that it is made part of."""
    shown, hidden = patients(), patients(policy=POLICY)

    assert CANARY in str(shown.rows(f"SELECT {town(shown)} FROM patients"))
    for output in ("{}", "max({})", "upper({})", "coalesce({}, '')"):
        assert CANARY not in attempt(hidden, f"SELECT {output.format(town(hidden))} FROM patients")
    nested = f"SELECT t FROM (SELECT {town(hidden)} AS t FROM patients) AS inner_one"
    assert CANARY not in attempt(hidden, nested)


def test_nor_is_it_found_out_or_copied(patients: Callable[..., Shop]) -> None:
    """What the whole document may not be used for, its members may not."""
    hidden = patients(policy=POLICY)
    value = town(hidden)

    assert "GDB201" in str(hidden.refused(f"SELECT id FROM patients WHERE {value} LIKE 'cnry%'"))
    assert "GDB201" in str(hidden.refused(f"SELECT id FROM patients ORDER BY {value}"))
    copied = f"INSERT INTO towns (id, city) SELECT id, {value} FROM patients WHERE id = 1"
    assert "GDB" in str(hidden.refused(copied))


def test_what_the_name_of_the_column_says_holds_for_its_members(patients: Callable[..., Shop]) -> None:
    """A town in a diagnosis is part of the diagnosis, without anybody having said so."""
    shop = patients()
    path = "diagnosis ->> 'city'" if shop.adapter.dialect != "mysql" else "JSON_VALUE(diagnosis, '$.city')"

    assert CANARY not in attempt(shop, f"SELECT {path} FROM patients")
    assert CANARY in str(shop.rows(f"SELECT {town(shop)} FROM patients"))


def test_what_nobody_has_reviewed_is_hidden_from_agents_with_all_its_members(
    patients: Callable[..., Shop],
) -> None:
    """By a person's word, too."""
    policy = {**POLICY, "classifications": {"patients.file": "unreviewed"}}
    agent = patients(policy=policy, principal=Principal("bot", kind="agent"))

    assert CANARY not in attempt(agent, f"SELECT {town(agent)} FROM patients")


def test_a_document_that_is_said_to_hold_nothing_shows_all(patients: Callable[..., Shop]) -> None:
    """A person has the last word in this direction as well."""
    policy = {**POLICY, "classifications": {"patients.file": "none"}}
    shop = patients(policy=policy)

    assert CANARY in str(shop.rows(f"SELECT {town(shop)} FROM patients"))


def attempt(shop: Shop, text: str) -> str:
    """What comes out, rows or an error."""
    try:
        return str(shop.rows(text))
    except shop.adapter.error as error:
        shop.connection.rollback()
        return str(error)
