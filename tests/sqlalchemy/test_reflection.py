"""Tools that read the schema work under every pack; what the tables hold stays as protected as it is."""

from __future__ import annotations

import inspect as signatures
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    Engine,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

from tests.sqlalchemy.conftest import DIALECTS, OpenEngine

PACKS = ("standard", "observe", "read-only", "agent-strict")
ARGUMENTS: dict[str, Any] = {
    "table_name": "people",
    "table_names": ["people"],
    "view_name": "people_view",
    "sequence_name": "people_id_seq",
    "index_name": "people_age",
    "schema_name": "public",
    "type_name": "kind",
}


def schema() -> MetaData:
    """Tables with about everything that is reflected."""
    metadata = MetaData()
    people = Table(
        "people",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("email", String(80), unique=True, comment="where to write"),
        Column("age", Integer),
        Column("double_age", Integer, Computed("age * 2", persisted=True)),
        CheckConstraint("age > 0", name="grown"),
        Index("people_age", "age"),
        comment="who",
    )
    Table(
        "purchases",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("person", ForeignKey(people.c.id, ondelete="CASCADE")),
        Column("kind", Enum("small", "large", name="kind")),
        Column("total", Numeric(10, 2), server_default="0"),
    )
    return metadata


@pytest.fixture(scope="module", params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """The engine under test."""
    return str(request.param)


@pytest.fixture(scope="module")
def made(dialect: str, fresh_database: Any) -> Iterator[str]:
    """A database with the schema, for the tests of this file."""
    from sqlalchemy import create_engine

    from tests.sqlalchemy.conftest import SCHEMES, governed_url

    with fresh_database(dialect) as url:
        governed = governed_url(url, SCHEMES[dialect])
        engine = create_engine(governed, connect_args={"governed_policy": "observe"})
        schema().create_all(engine)
        with engine.begin() as connection:
            connection.execute(text("CREATE VIEW people_view AS SELECT id, age FROM people"))
        engine.dispose()
        yield governed.render_as_string(hide_password=False)


@pytest.fixture(params=PACKS)
def engine(request: pytest.FixtureRequest, made: str) -> Iterator[Engine]:
    """An engine under each pack."""
    from sqlalchemy import create_engine

    engine = create_engine(made, connect_args={"governed_policy": request.param})
    yield engine
    engine.dispose()


def questions(engine: Engine) -> Iterator[tuple[str, list[Any]]]:
    """Every question that can be put to an inspector, with arguments that fit."""
    inspector = inspect(engine)
    for name in dir(inspector):
        if name.startswith(("get_", "has_")):
            wanted = signatures.signature(getattr(inspector, name)).parameters.values()
            positional = [
                one for one in wanted if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
            ]
            yield name, [ARGUMENTS[one.name] for one in positional]


def test_every_question_of_an_inspector(engine: Engine) -> None:
    """Nothing that an inspector asks is refused."""
    refused = []
    for name, arguments in questions(engine):
        try:
            getattr(inspect(engine), name)(*arguments)
        except NotImplementedError:  # of this dialect
            continue
        except DBAPIError as error:
            refused.append((name, str(error)))

    assert refused == []


def test_whole_schemas(engine: Engine) -> None:
    """MetaData.reflect gives tables to work with; what they hold stays masked."""
    metadata = MetaData()
    metadata.reflect(engine, views=True)

    assert {"people", "purchases", "people_view"} <= set(metadata.tables)
    people = metadata.tables["people"]
    assert [key.target_fullname for key in metadata.tables["purchases"].foreign_keys] == ["people.id"]
    assert {index.name for index in people.indexes} >= {"people_age"}
    with engine.connect() as connection:
        assert list(connection.execute(select(people.c.email))) == []


def test_settings_are_asked_for_by_name(open_engine: OpenEngine) -> None:
    """A setting that could hold anything is refused, also when its name is a parameter."""
    from sqlalchemy import func

    with open_engine("postgres").connect() as connection:
        assert connection.scalar(select(func.current_setting("server_encoding"))) == "UTF8"
        assert connection.scalar(select(func.current_setting("TimeZone"))) is not None
        with pytest.raises(DBAPIError) as refused:
            connection.scalar(select(func.current_setting("my.own")))
        assert refused.value.orig.code == "GDB303"
