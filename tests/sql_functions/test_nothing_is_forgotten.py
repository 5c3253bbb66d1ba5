"""Every function and system relation of a running server has been looked at by a person."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from governed_db.model.catalog import Dialect
from governed_db.sql.functions import lookup
from tests.sql_functions.servers import asking

SCRIPT = Path(__file__).parents[2] / "scripts" / "function_tables.py"


@pytest.fixture(scope="module")
def review() -> ModuleType:
    """The script that reviews a server."""
    spec = importlib.util.spec_from_file_location("function_tables", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def url(request: pytest.FixtureRequest, dialect: Dialect) -> str:
    """Where the server of a dialect is; SQLite needs none."""
    fixture = {Dialect.POSTGRES: "postgres_url", Dialect.MYSQL: "mysql_url"}.get(dialect)
    return str(request.getfixturevalue(fixture)) if fixture else ""


@pytest.mark.parametrize("dialect", Dialect)
def test_every_function_of_the_server_is_allowed_forbidden_or_left_out(
    review: ModuleType, dialect: Dialect, url: str
) -> None:
    """A function that no list names is refused, and this test asks a person to decide about it."""
    with asking(dialect, url) as query:
        assert review.unreviewed_functions(dialect, query) == []


@pytest.mark.parametrize("dialect", Dialect)
def test_every_system_relation_of_the_server_is_readable_or_left_out(
    review: ModuleType, dialect: Dialect, url: str
) -> None:
    """A system relation that no list names is refused, and this test asks a person to decide about it."""
    with asking(dialect, url) as query:
        assert review.unreviewed_relations(dialect, query) == []


def test_the_review_sees_what_no_list_names(review: ModuleType) -> None:
    """A function that a server has and no list names is reported, so the two tests above can fail."""
    found = review.unreviewed_functions(Dialect.SQLITE, lambda _: [("lower",), ("brand_new",), ("readfile",)])

    assert found == ["brand_new"]


def test_kind_and_volatility_are_those_of_the_server(review: ModuleType, postgres_url: str) -> None:
    """Whether a PostgreSQL function is an aggregate, returns rows or is volatile is what pg_proc says."""
    with asking(Dialect.POSTGRES, postgres_url) as query:
        assert review.misdescribed(query) == []


def test_volatile_functions_are_known_as_such() -> None:
    """Functions that answer differently each time are allowed where harmless, and marked."""
    marked = {
        (dialect.value, name)
        for dialect, name in [
            (Dialect.POSTGRES, "random"),
            (Dialect.POSTGRES, "nextval"),
            (Dialect.POSTGRES, "gen_random_uuid"),
            (Dialect.POSTGRES, "clock_timestamp"),
            (Dialect.MYSQL, "rand"),
            (Dialect.MYSQL, "uuid"),
            (Dialect.MYSQL, "sysdate"),
            (Dialect.SQLITE, "random"),
            (Dialect.SQLITE, "changes"),
        ]
        if (known := lookup(dialect, name)) is not None and not known.stable
    }

    assert len(marked) == 9
