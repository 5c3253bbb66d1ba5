"""A mask in the database gives what the same mask in the driver gives."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from typing import Any

import psycopg
import pytest

from governed_db.config import parse_url
from governed_db.mask.functions import mask_function
from governed_db.mask.sql_forms import sql_form
from governed_db.model.catalog import Dialect
from governed_db.model.decision import Mask
from tests.servers.urls import Address

TEXTS = ["", "*", "***", "****", "*** ", "\uff0a\uff0a\uff0a", "***1234", "ab", "Jane Doe", "12345678"]
TEXTS += [
    "123456789",
    "Łukasz 🙂 Żółw",
    "1987-04-12",
    "it's",
    "back\\slash",
    "a@b.com",
    "***@b.com",
    "@b.com",
]
TEXTS += ["jane.doe@mail.example.com", "a@b@c.com", "a@b", "a@b.com\n", "a\n@b.com", "a@-b.com", "a@b.c"]
TEXTS += ["@b.com", "a@\u212a.com", "x" * 300]
WHOLE = [-100, -51, -50, -1, 0, 1, 49, 50, 51, 99, 100]
BIG = [*WHOLE, 2**62 + 7, -(2**62), 9223372036854775807]
REAL = [float(n) for n in WHOLE] + [0.5, -0.5, 49.999999, 50.000001, 1e15, 2.0**53, 1e17, 1e300]
EXACT = ["-50.00", "-0.01", "0.00", "0.01", "49.99", "50.00", "50.01", "99999999.99"]
DATES = ["1987-01-01", "1987-01-02", "1987-12-31", "2024-02-29"]
TIMES = ["1987-01-01 00:00:00", "1987-01-01 00:00:01", "1987-12-31 23:59:59"]
BYTES = [b"", b"***", b"****", b"\x00\xff", b"0123456789"]

MASKS = [Mask(name) for name in ("null", "redact", "email", "partial", "year")]
MASKS += [Mask("partial", 1), Mask("partial", 3), Mask("bucket", 2), Mask("bucket", 50), Mask("bucket", 1000)]

POSTGRES: dict[str, list[Any]] = {
    "text": TEXTS,
    "character varying(300)": TEXTS,
    "smallint": WHOLE,
    "integer": WHOLE,
    "bigint": BIG,
    "double precision": [*REAL, math.inf, -math.inf, math.nan],
    "numeric": [*EXACT, "NaN", "Infinity", "1e-20", "123456789012345678901234567890.5"],
    "numeric(10,2)": EXACT,
    "date": DATES,
    "timestamp(3) without time zone": TIMES,
    "timestamp with time zone": TIMES,
    "boolean": [True, False],
    "uuid": ["6a2f41a3-c54c-4ce8-91d2-0324e1c32e22"],
    "interval": ["1 day"],
    "bytea": BYTES,
}
MYSQL: dict[str, list[Any]] = {
    "varchar(300)": TEXTS,
    "char(40)": TEXTS[:-1],
    "longtext": TEXTS,
    "smallint(6)": WHOLE,
    "int(10) unsigned": [n for n in WHOLE if n >= 0],
    "bigint(20)": BIG,
    "double": REAL,
    "decimal(10,2)": EXACT,
    "date": DATES,
    "datetime(3)": TIMES,
    "timestamp": TIMES,
    "time": ["10:00:00"],
    "year(4)": [1987],
    "varbinary(40)": BYTES,
    "blob": BYTES,
}
SQLITE: dict[str, list[Any]] = {
    "": [*TEXTS, *BIG, *REAL, *BYTES],
    "TEXT COLLATE NOCASE": TEXTS,
    "INTEGER": BIG,
    "NUMERIC": [float(text) for text in EXACT],
}


def compared(connection: Any, type_name: str, values: list[Any], dialect: Dialect) -> tuple[int, list[Any]]:
    """How many masks have a form, and where database and driver differ: mask, driver's, database's."""
    mark = "?" if dialect is Dialect.SQLITE else "%s"
    cursor = connection.cursor()
    cursor.execute(f"CREATE TABLE masked (n integer, c {type_name})")
    cursor.executemany(f"INSERT INTO masked VALUES ({mark}, {mark})", list(enumerate([None, *values])))
    forms = [(mask, sql_form(mask, "c", type_name, dialect)) for mask in MASKS]
    different = []
    for mask, form in forms:
        if form is None:
            continue
        cursor.execute(f"SELECT c, {form} FROM masked ORDER BY n")
        in_driver = mask_function(mask)
        for raw, found in cursor.fetchall():
            expected = in_driver(raw)
            if (type(found), str(found)) != (type(expected), str(expected)):
                different.append((str(mask), raw, expected, found))
    cursor.execute("DROP TABLE masked")
    return sum(form is not None for _, form in forms), different


@pytest.mark.parametrize("type_name", POSTGRES)
def test_postgres(postgres_database: str, type_name: str) -> None:
    """PostgreSQL: the same value of the same type, whichever side masks."""
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute("SET TimeZone = 'Europe/Vienna'")
        forms, different = compared(connection, type_name, POSTGRES[type_name], Dialect.POSTGRES)

    assert different == []
    assert forms >= 2


@pytest.mark.parametrize("type_name", MYSQL)
def test_mysql(mysql_database: str, type_name: str) -> None:
    """MariaDB: the same, under a collation that calls different texts equal."""
    with closing(Address.of(mysql_database).connect()) as connection:
        connection.cursor().execute("ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
        forms, different = compared(connection, type_name, MYSQL[type_name], Dialect.MYSQL)

    assert different == []
    assert forms >= 2


@pytest.mark.parametrize("type_name", SQLITE)
def test_sqlite(type_name: str) -> None:
    """SQLite: the same for every type of value, whatever the column is declared as."""
    with closing(sqlite3.connect(**parse_url("sqlite://").arguments)) as connection:
        forms, different = compared(connection, type_name, SQLITE[type_name], Dialect.SQLITE)

    assert [case for case in different if not hides_more(*case)] == []
    assert forms >= 5


def hides_more(mask: str, raw: Any, expected: Any, found: Any) -> bool:
    """The documented exception: a blob is hidden whole by partial and email."""
    return isinstance(raw, bytes) and found in (b"***", b"****") and found != raw


def test_ends_of_the_range(postgres_database: str, mysql_database: str) -> None:
    """Where the bucket's lower end has no number any more, the database answers NULL, not an error."""
    least = {}
    for dialect, connection in (
        (Dialect.POSTGRES, Address.of(postgres_database).connect()),
        (Dialect.MYSQL, Address.of(mysql_database).connect()),
        (Dialect.SQLITE, sqlite3.connect(":memory:")),
    ):
        with closing(connection):
            _, least[dialect] = compared(connection, "bigint", [-(2**63), 2 - 2**63], dialect)

    assert {found for cases in least.values() for *_, found in cases} == {None}


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("name", ["hash", "token"])
def test_keyed_masks_have_no_form(dialect: Dialect, name: str) -> None:
    """Keys never go to the database."""
    assert sql_form(Mask(name), "c", "text", dialect) is None


@pytest.mark.parametrize(
    ("dialect", "type_name"),
    [
        (Dialect.POSTGRES, "jsonb"),
        (Dialect.POSTGRES, "character(10)"),
        (Dialect.POSTGRES, "public.mood"),
        (Dialect.POSTGRES, "integer[]"),
        (Dialect.MYSQL, "bit(8)"),
        (Dialect.MYSQL, "geometry"),
        (Dialect.MYSQL, ""),
    ],
)
def test_types_that_are_not_known(dialect: Dialect, type_name: str) -> None:
    """A type whose Python value is not certain is masked in the driver."""
    assert sql_form(Mask("redact"), "c", type_name, dialect) is None
