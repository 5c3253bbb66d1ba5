"""A test run into the servers and databases its tests ask for.

`postgres_url` and `mysql_url` are the servers' admin URLs. `postgres_database`, `mysql_database` and
`sqlite_database` are empty databases, `postgres_shop`, `mysql_shop` and `sqlite_shop` hold tests/shop.py:
new for every test, as URLs. `fresh_database` makes more of them, or ones that live for a module.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import attrs
import pytest

from tests.servers import launch
from tests.servers.databases import fresh_mysql, fresh_postgres
from tests.servers.locate import MYSQL_URL, POSTGRES_URL
from tests.servers.urls import Address
from tests.shop import create as create_shop

RUN = pytest.StashKey["Run"]()


class FreshDatabase(Protocol):
    """Makes databases: `with fresh_database("postgres", shop=True) as url`."""

    def __call__(self, dialect: str, *, shop: bool = False) -> AbstractContextManager[str]: ...


@attrs.frozen
class Run:
    """One test run: the folder its processes share, and the process that owns it."""

    folder: Path
    owner: int


# --- one set of servers per run, shared by the xdist workers ---


def pytest_configure(config: pytest.Config) -> None:
    given = getattr(config, "workerinput", {}).get("governed_db_run")
    if given:
        config.stash[RUN] = Run(Path(given[0]), given[1])
    else:
        config.stash[RUN] = Run(Path(tempfile.mkdtemp(prefix="governed-db-run-")), os.getpid())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    run = node.config.stash[RUN]
    node.workerinput["governed_db_run"] = (str(run.folder), run.owner)


def pytest_unconfigure(config: pytest.Config) -> None:
    run = config.stash.get(RUN, None)
    if run is None or run.owner != os.getpid():
        return
    for path in run.folder.glob("*.json"):
        launch.Server(**json.loads(path.read_text())).stop()
    shutil.rmtree(run.folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the servers said last, with every failure: a lost connection has its reason only there."""
    report = yield
    if report.failed:
        for path in sorted(item.config.stash[RUN].folder.glob("*.json")):
            server = launch.Server(**json.loads(path.read_text()))
            report.sections.append((f"the {path.stem} server's log", server.log()))
    return report


def _shared(run: Run, start: Callable[[int], launch.Server]) -> str:
    """The first process to get the lock starts the server, the others read where it is."""
    state = run.folder / f"{start.__name__}.json"
    with (run.folder / f"{start.__name__}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not state.exists():
            state.write_text(json.dumps(attrs.asdict(start(run.owner))))
        return str(json.loads(state.read_text())["url"])


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> str:
    return os.environ.get(POSTGRES_URL) or _shared(pytestconfig.stash[RUN], launch.postgres)


@pytest.fixture(scope="session")
def mysql_url(pytestconfig: pytest.Config) -> str:
    return os.environ.get(MYSQL_URL) or _shared(pytestconfig.stash[RUN], launch.mysql)


# --- databases ---


@pytest.fixture(scope="session")
def fresh_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> FreshDatabase:
    """Servers start when the first of their databases is asked for."""

    @contextmanager
    def make(dialect: str, *, shop: bool = False) -> Iterator[str]:
        if dialect == "postgres":
            template = request.getfixturevalue("_postgres_shop_template") if shop else "template0"
            with fresh_postgres(request.getfixturevalue("postgres_url"), template=template) as url:
                yield url
        elif dialect == "mysql":
            with fresh_mysql(request.getfixturevalue("mysql_url")) as url:
                if shop:
                    _fill(url)
                yield url
        else:
            path = tmp_path_factory.mktemp("sqlite") / "database.sqlite"
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA synchronous = off")  # of this connection, not of the file
                if shop:
                    create_shop(connection, "sqlite")
            yield f"sqlite:///{path}"

    return make


@pytest.fixture(scope="session")
def _postgres_shop_template(postgres_url: str) -> Iterator[str]:
    with fresh_postgres(postgres_url) as url:
        _fill(url)
        yield Address.of(url).database


def _fill(url: str) -> None:
    address = Address.of(url)
    with closing(address.connect()) as connection:
        create_shop(connection, "postgres" if address.scheme == "postgresql" else "mysql")


@pytest.fixture
def postgres_database(fresh_database: FreshDatabase) -> Iterator[str]:
    with fresh_database("postgres") as url:
        yield url


@pytest.fixture
def mysql_database(fresh_database: FreshDatabase) -> Iterator[str]:
    with fresh_database("mysql") as url:
        yield url


@pytest.fixture
def sqlite_database(fresh_database: FreshDatabase) -> Iterator[str]:
    with fresh_database("sqlite") as url:
        yield url


@pytest.fixture
def postgres_shop(fresh_database: FreshDatabase) -> Iterator[str]:
    with fresh_database("postgres", shop=True) as url:
        yield url


@pytest.fixture
def mysql_shop(fresh_database: FreshDatabase) -> Iterator[str]:
    with fresh_database("mysql", shop=True) as url:
        yield url


@pytest.fixture
def sqlite_shop(fresh_database: FreshDatabase) -> Iterator[str]:
    with fresh_database("sqlite", shop=True) as url:
        yield url


# --- a home of its own, so that no test reads or writes the user's settings ---


@pytest.fixture(scope="session", autouse=True)
def governed_db_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("POLICY", "PRINCIPAL", "CONTROL_PLANE", "TOKEN", "COLLECTOR", "ENROLMENT_KEY"):
            patch.delenv(f"GOVERNED_DB_{name}", raising=False)
        patch.setenv("GOVERNED_DB_HOME", str(home))
        yield home
