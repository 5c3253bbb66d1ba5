"""The tables are made from nothing by migrations, and what is old goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, inspect, select

from governed_db.errors import ConfigurationError
from governed_db.server import keeping, migrations, partitions
from governed_db.server.chains import parsed
from governed_db.server.intake import take
from governed_db.server.settings import ServerSettings
from governed_db.server.store import Store
from governed_db.server.tables import METADATA
from governed_db.server.tables.events import EVENTS, RECORDS
from tests.server.told import START, Teller, event
from tests.servers.fixtures import FreshDatabase

JANUARY = datetime(2026, 1, 15, tzinfo=UTC).timestamp()
MARCH = datetime(2026, 3, 15, tzinfo=UTC).timestamp()


@pytest.fixture(params=["sqlite", "postgres"])
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, fresh_database: FreshDatabase
) -> Iterator[ServerSettings]:
    """Of a control plane whose database is empty."""
    if request.param == "sqlite":
        yield ServerSettings(tmp_path, retention_days=30)
    else:
        with fresh_database("postgres") as url:
            yield ServerSettings(tmp_path, database=url, retention_days=30)


@pytest.fixture
def store(settings: ServerSettings) -> Iterator[Store]:
    """The empty database."""
    with closing(Store(settings.url)) as made:
        yield made


def test_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    """From an empty database; and they are there when it is done again."""
    migrations.upgrade(store)
    migrations.upgrade(store)
    migrations.demand_current(store)
    with store.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
        tables = set(inspect(connection).get_table_names())

    assert differences == []
    assert set(METADATA.tables) <= tables


def test_a_server_does_not_start_on_other_tables(store: Store) -> None:
    """It would fail later, in the middle of something."""
    with pytest.raises(ConfigurationError, match="GDB667"):
        migrations.demand_current(store)


def test_old_events_go(store: Store, settings: ServerSettings) -> None:
    """On PostgreSQL whole months, by dropping their partitions; younger events stay."""
    migrations.upgrade(store)
    for number, now in enumerate((JANUARY, MARCH)):
        partitions.ensure(store, now)
        teller = Teller.__new__(Teller)
        teller.client, teller.boot, teller.head = f"c{number}", f"boot-{number}", START
        with store.writing("default") as tx:
            take(tx, parsed(b"".join(teller.lines(event(at=now), event(at=now)))), sender="c", now=now)
    gone = keeping.step(store, settings, MARCH)

    with store.engine.connect() as connection:
        left = [
            connection.scalar(select(func.count()).where(table.c.received > 0)) for table in (EVENTS, RECORDS)
        ]
        kept = connection.scalar(select(func.min(RECORDS.c.received)))
    assert left == [2, 2]
    assert kept == MARCH
    assert gone
    assert keeping.step(store, settings, MARCH) == []


def test_there_is_always_a_partition_ahead() -> None:
    """Also over the end of a year."""
    december = datetime(2026, 12, 31, tzinfo=UTC).timestamp()

    assert partitions.months(december) == ((2026, 12), (2027, 1))
