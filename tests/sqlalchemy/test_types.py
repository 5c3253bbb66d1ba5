"""Values keep the types that SQLAlchemy gives them, masked or not, in and out."""

from __future__ import annotations

import datetime as dt
import enum
import ipaddress
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Uuid,
    create_engine,
    insert,
    select,
    text,
)
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import create_async_engine

from tests.sqlalchemy.conftest import DIALECTS, SCHEMES, governed_url


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


VALUES: dict[str, tuple[Any, Any]] = {
    "whole": (Integer(), 4711),
    "price": (Numeric(10, 2), Decimal("12.50")),
    "weight": (Float(), 1.5),
    "day": (Date(), dt.date(2001, 2, 3)),
    "moment": (DateTime(), dt.datetime(2001, 2, 3, 4, 5, 6)),  # noqa: DTZ001  # as databases have it
    "span": (Interval(), dt.timedelta(seconds=90)),
    "flag": (Boolean(), True),
    "size": (Enum(Size, name="size_e"), Size.LARGE),
    "word": (String(40), "kestrel"),
    "document": (JSON(), {"bird": ["kestrel", 4711]}),
    "key": (Uuid(), uuid.UUID("12345678-1234-5678-1234-567812345678")),
    "picture": (LargeBinary(), b"kestrel"),
}
POSTGRES: dict[str, tuple[Any, Any]] = {
    "numbers": (pg.ARRAY(Integer), [4711, 4712]),
    "words": (pg.ARRAY(String(40)), ["kestrel", "heron"]),
    "binary_document": (pg.JSONB(), {"bird": ["kestrel", 4711]}),
    "pairs": (pg.HSTORE(), {"bird": "kestrel"}),
    "days": (pg.DATERANGE(), pg.Range(dt.date(2001, 2, 3), dt.date(2001, 2, 5))),
    "spans": (pg.INT4MULTIRANGE(), pg.MultiRange([pg.Range(1, 5), pg.Range(8, 9)])),
    "host": (pg.INET(), ipaddress.ip_address("10.0.0.7")),
}


def columns(dialect: str) -> dict[str, tuple[Any, Any]]:
    """What the dialect can hold."""
    return VALUES | (POSTGRES if dialect == "postgres" else {})


@pytest.fixture(scope="module", params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """The engine under test."""
    return str(request.param)


@pytest.fixture(scope="module")
def held(dialect: str, fresh_database: Any) -> Iterator[tuple[Any, Table]]:
    """A table with a column of every type, and one row that went in through governance."""
    with fresh_database(dialect) as url:
        governed = governed_url(url, SCHEMES[dialect])
        maker = create_engine(governed, connect_args={"governed_policy": "observe"})
        if dialect == "postgres":
            with maker.begin() as connection:
                connection.execute(text("CREATE EXTENSION hstore"))
            maker.dispose()
            maker = create_engine(governed, connect_args={"governed_policy": "observe"})
        table = Table(
            "held",
            MetaData(),
            Column("id", Integer, primary_key=True),
            *(Column(name, kind) for name, (kind, _) in columns(dialect).items()),
        )
        table.create(maker)
        maker.dispose()
        writer = create_engine(governed)
        with writer.begin() as connection:
            row = {name: value for name, (_, value) in columns(dialect).items()}
            connection.execute(insert(table), [{"id": 1, **row}])
        writer.dispose()
        yield governed, table


def test_values_that_nothing_masks(dialect: str, held: tuple[Any, Table]) -> None:
    """They come back equal, of the same type, from text that the dialect makes."""
    governed, table = held
    none = {
        "version": 1,
        "extends": "standard",
        "classifications": {f"held.{name}": "none" for name in columns(dialect)},
    }
    engine = create_engine(governed, connect_args={"governed_policy": none})
    with engine.connect() as connection:
        row = connection.execute(select(table)).mappings().one()
    engine.dispose()

    assert {name: row[name] for name in columns(dialect)} == {
        name: value for name, (_, value) in columns(dialect).items()
    }
    assert {name: type(row[name]) for name in columns(dialect)} == {
        name: type(value) for name, (_, value) in columns(dialect).items()
    }


@pytest.mark.parametrize("mask", ["redact", "null", "hash", "token", "partial(2)"])
def test_masked_values(dialect: str, held: tuple[Any, Table], mask: str) -> None:
    """Whatever the mask, result processors take what comes; it is of the column's type or NULL."""
    governed, table = held
    masking = {
        "version": 1,
        "extends": "standard",
        "classifications": {f"held.{name}": "pii.other" for name in columns(dialect)},
        "rules": [{"id": "masks", "effect": "permit", "actions": ["select"], "mask": {"pii.other": mask}}],
    }
    engine = create_engine(governed, connect_args={"governed_policy": masking})
    failed = {}
    with engine.connect() as connection:
        for name, (_, value) in columns(dialect).items():
            try:
                shown = connection.scalar(select(table.c[name]))
            except Exception as error:  # noqa: BLE001  # all are told at once
                failed[name] = f"{type(error).__name__}: {error}"
                continue
            if shown is not None and (type(shown) is not type(value) or shown == value):
                failed[name] = f"shown as {shown!r}"
    engine.dispose()

    assert failed == {}


def test_types_in_asyncio(held: tuple[Any, Table], dialect: str) -> None:
    """The same through the async dialect."""
    import asyncio

    if dialect != "postgres":
        return
    governed, table = held

    async def read() -> dict[str, Any]:
        engine = create_async_engine(governed, connect_args={"governed_policy": "observe"})
        async with engine.connect() as connection:
            rows = await connection.stream(select(table))
            row = (await rows.mappings().all())[0]
        await engine.dispose()
        return dict(row)

    found = asyncio.run(read())
    assert {name: found[name] for name in columns(dialect)} == {
        name: value for name, (_, value) in columns(dialect).items()
    }
