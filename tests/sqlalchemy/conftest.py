"""Engines over governed drivers, each on a shop of its own or on one that nobody changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url

from governed_db.runtime import release
from tests.servers.fixtures import FreshDatabase

SCHEMES = {
    "postgres": "postgresql+governed",
    "mysql": "mysql+governed",
    "mariadb": "mariadb+governed",
    "sqlite": "sqlite+governed",
}
DIALECTS = ("postgres", "mysql", "sqlite")

OpenEngine = Callable[..., Engine]


def governed_url(url: str, scheme: str) -> URL:
    """The URL of a test database for a governed engine."""
    return make_url(url).set(drivername=scheme)


@pytest.fixture(scope="session")
def shops(fresh_database: FreshDatabase) -> Iterator[Callable[[str], str]]:
    """One shop for each dialect, for tests that change nothing in it."""
    made: dict[str, str] = {}
    with ExitStack() as stack:

        def of(dialect: str) -> str:
            dialect = "mysql" if dialect == "mariadb" else dialect
            if dialect not in made:
                made[dialect] = stack.enter_context(fresh_database(dialect, shop=True))
            return made[dialect]

        yield of


@pytest.fixture
def open_engine(
    shops: Callable[[str], str], fresh_database: FreshDatabase, tmp_path: Path
) -> Iterator[OpenEngine]:
    """Makes engines: `open_engine("postgres", policy="observe")`, with `fresh=True` on an empty database."""
    with ExitStack() as stack:
        stack.callback(release, tmp_path / "state")

        def make(dialect: str, *, fresh: bool = False, policy: Any = "standard", **options: Any) -> Engine:
            name = "mysql" if dialect == "mariadb" else dialect
            url = stack.enter_context(fresh_database(name)) if fresh else shops(dialect)
            ours = {"governed_policy": policy, "governed_state_dir": tmp_path / "state"}
            engine = create_engine(
                governed_url(url, SCHEMES[dialect]),
                **{"connect_args": ours | options.pop("connect_args", {})} | options,
            )
            stack.callback(engine.dispose)
            return engine

        yield make
