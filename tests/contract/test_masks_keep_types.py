"""Promise: of every type that a database has, a mask shows None or the same Python type, never the value."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.conftest import OpenShop
from tests.contract.shop import Shop

MASKS = [
    "redact",
    "null",
    "partial(1)",
    "partial(4)",
    "email",
    "hash",
    "token",
    "year",
    "bucket(2)",
    "bucket(1000)",
]

# Column, type and values; short values, and those that masks could give themselves, among them.
TEXTS = ["'a'", "''", "'***'", "'ab'", "'jane@example.com'", "'1990-01-01'", "'0123456789'"]
DATES = ["'1990-01-01'", "'1990-05-06'"]
MOMENTS = ["'1990-01-01 00:00:00'", "'1990-05-06 07:08:09'"]
POSTGRES = {
    "text": TEXTS,
    "varchar(40)": TEXTS,
    "char(3)": ["'a'", "'abc'"],
    "bytea": ["'a'", "'***'", "'0123456789'"],
    "smallint": ["0", "1", "2", "-3"],
    "bigint": ["0", "1000", "9223372036854775807", "-9223372036854775808"],
    "numeric(20, 4)": ["0", "2", "1.5", "-1000"],
    "numeric": ["'NaN'", "'Infinity'", "1e30"],
    "real": ["0", "2", "1.5"],
    "double precision": ["0", "2", "'NaN'", "'-Infinity'", "1e300"],
    "boolean": ["true", "false"],
    "date": [*DATES, "'0001-01-01'"],
    "timestamp": MOMENTS,
    "timestamptz": MOMENTS,
    "time": ["'00:00'", "'07:08:09'"],
    "timetz": ["'00:00+00'", "'07:08:09+02'"],
    "interval": ["'0'", "'1 day 2 hours'"],
    "uuid": ["'00000000-0000-0000-0000-000000000000'"],
    "json": ["'\"a\"'", '\'{"a": "***"}\'', "'[1]'", "'1'", "'null'"],
    "jsonb": ["'\"***\"'", "'{\"a\": 1}'", "'2'", "'true'"],
    "inet": ["'10.0.0.1'"],
    "cidr": ["'10.0.0.0/8'"],
    "macaddr": ["'08:00:2b:01:02:03'"],
    "text[]": ["'{a,***}'", "'{}'"],
    "integer[]": ["'{1,2}'"],
    "int4range": ["'[1,5)'", "'empty'"],
    "tstzrange": ["'[1990-01-01,1991-01-01)'"],
    "int4multirange": ["'{[1,5)}'"],
    "bit(3)": ["B'101'"],
    "money": ["'2'"],
    "point": ["'(1,2)'"],
    "tsvector": ["'jane'"],
    "xml": ["'<a/>'"],
    "oid": ["2"],
    '"char"': ["'a'"],
    "name": ["'jane'"],
    "mood": ["'good'"],
    "mail": ["'jane@example.com'"],
}
MYSQL = {
    "varchar(40)": TEXTS,
    "char(3)": ["'a'", "'abc'"],
    "text": TEXTS,
    "tinyint(1)": ["0", "1"],
    "int": ["0", "2", "-3"],
    "bigint unsigned": ["0", "1000", "18446744073709551615"],
    "decimal(20, 4)": ["0", "2", "1.5"],
    "float": ["0", "2"],
    "double": ["0", "2", "1e300"],
    "bit(8)": ["b'101'"],
    "date": DATES,
    "datetime": MOMENTS,
    "timestamp": MOMENTS,
    "time": ["'00:00:00'", "'-07:08:09'"],
    "year": ["1990"],
    "json": ["'\"a\"'", '\'{"a": "***"}\''],
    "enum('good', '***')": ["'good'", "'***'"],
    "set('a', 'b')": ["'a'", "'a,b'"],
    "binary(3)": ["'a'", "'***'"],
    "varbinary(40)": ["'a'", "'***'", "'0123456789'"],
    "blob": ["'a'", "''"],
    "geometry": ["ST_GeomFromText('POINT(1 2)')"],
}
SQLITE = {
    "text": TEXTS,
    "blob": ["x'61'", "x'2a2a2a'", "x''"],
    "integer": ["0", "2", "9223372036854775807", "-9223372036854775808", "'text'"],
    "real": ["0.0", "2.0", "1e300", "9e999"],
    "numeric": ["0", "1.5", "'a'"],
    "date": DATES,
    "timestamp": MOMENTS,
    "boolean": ["0", "1"],
    "json": ["'{\"a\": 1}'"],
    "": ["'a'", "2", "1.5", "x'61'"],
}
TYPES = {"postgres": POSTGRES, "mysql": MYSQL, "sqlite": SQLITE}
PREPARE = {"postgres": ["CREATE TYPE mood AS ENUM ('good', '***')", "CREATE DOMAIN mail AS text"]}


def prepared(open_shop: OpenShop) -> Shop:
    """A table with a column of each type; rows are numbered, and what is not given is NULL."""
    shop = open_shop()
    kinds = TYPES[shop.adapter.dialect]
    cursor = shop.raw.cursor()
    for statement in PREPARE.get(shop.adapter.dialect, []):
        cursor.execute(statement)
    columns = ", ".join(f"c{index} {kind} NULL" for index, kind in enumerate(kinds))
    cursor.execute(f"CREATE TABLE kinds (n integer, {columns})")
    for index, values in enumerate(kinds.values()):
        for value in values:
            cursor.execute(f"INSERT INTO kinds (n, c{index}) VALUES ({index}, {value})")
    shop.raw.commit()
    return shop


def policy(mask: str) -> dict[str, Any]:
    """All columns but the number are personal."""
    rule = {"id": "m", "effect": "permit", "actions": ["select"], "mask": {"pii.identifier": mask}}
    return {
        "version": 1,
        "extends": "standard",
        "classifications": {"kinds.*": "pii.identifier", "kinds.n": "none"},
        "rules": [rule],
    }


def test_every_type_under_every_mask(open_shop: OpenShop) -> None:
    """What comes back is None or of the type that comes without a mask, and is not the value."""
    prepared(open_shop)
    plain = open_shop(policy=policy("none"))
    wrong, typed = [], dict.fromkeys(MASKS, 0)
    for mask in MASKS:
        masked = open_shop(policy=policy(mask))
        for index, kind in enumerate(TYPES[plain.adapter.dialect]):
            query = f"SELECT c{index}, n FROM kinds WHERE n IN ({index}, {index} + 1)"
            pairs = zip(plain.rows(query), masked.rows(query), strict=True)
            for (value, number), (answer, other) in pairs:
                typed[mask] += answer is not None
                if number != other or not is_hidden(value, answer):
                    wrong.append((mask, kind, value, answer))

    assert wrong == []
    assert [mask for mask, count in typed.items() if count < 9] == ["null"]


def is_hidden(value: Any, answer: Any) -> bool:
    """Whether the answer hides the value and keeps its type."""
    if value is None or answer is None:
        return answer is None
    return type(answer) is type(value) and answer != value and repr(answer) != repr(value)


@pytest.mark.parametrize("cursor", ["binary", "server side"])
def test_other_ways_of_asking(open_shop: OpenShop, cursor: str) -> None:
    """The same for cursors that get other Python values for the same columns."""
    shop = prepared(open_shop)
    if cursor not in shop.adapter.cursors:
        cursor = next(iter(shop.adapter.cursors))
    plain, masked = open_shop(policy=policy("none")), open_shop(policy=policy("partial(1)"))
    for index, kind in enumerate(TYPES[shop.adapter.dialect]):
        query = f"SELECT c{index}, n FROM kinds WHERE n = {index}"
        found = []
        for asked in (plain, masked):
            with_cursor = asked.adapter.cursors[cursor](asked.connection)
            with_cursor.execute(query)
            found.append([tuple(row) for row in with_cursor.fetchall()])
            with_cursor.close()
        for (value, _), (answer, _) in zip(*found, strict=True):
            assert is_hidden(value, answer), kind
