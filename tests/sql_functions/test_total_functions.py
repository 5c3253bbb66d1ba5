"""Functions called total raise neither an error nor a warning, whatever values they are given."""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections.abc import Iterator

import psycopg
import pymysql
import pytest

from governed_db.model.catalog import Dialect
from governed_db.sql.functions import FunctionKind, lookup, names, types
from tests.sql_functions.servers import Query, asking

# --- PostgreSQL: every overload that pg_proc has, with values made to break it ---

TEXTS = ["''", "'9%'", r"'\'", "'[('", "'é€'", "'-1'", "repeat('x', 500)", "NULL"]
INTEGERS = ["0", "'-1'", "1", "2147483647", "'-2147483648'", "NULL"]
POSTGRES_VALUES = {
    "text": TEXTS,
    "bpchar": TEXTS,
    "varchar": TEXTS,
    "name": ["''", "'é'", "'a b'"],
    "int4": INTEGERS,
    "int2": ["0", "'-32768'", "32767"],
    "int8": ["0", "9223372036854775807", "'-9223372036854775808'"],
    "oid": ["0", "4294967295"],
    "float4": ["'NaN'", "'-Infinity'", "0", "1e38"],
    "float8": ["'NaN'", "'Infinity'", "'-0'", "1e308", "'-1e-300'"],
    "numeric": ["'NaN'", "'Infinity'", "'-Infinity'", "0", "1e1000", "'-1e-1000'"],
    "money": ["'$0'", "'-92233720368547758.08'"],
    "bool": ["true", "false", "NULL"],
    "bytea": [r"'\x'", r"'\x00ff'", "NULL"],
    "bit": ["B''", "B'101'"],
    "varbit": ["B''", "B'101'"],
    "char": ["''", "'a'"],
    "date": ["'infinity'", "'4713-01-01 BC'", "'5874897-12-31'"],
    "timestamp": ["'infinity'", "'-infinity'", "'294276-12-31'"],
    "timestamptz": ["'infinity'", "'-infinity'", "'294276-12-31 00:00Z'"],
    "time": ["'24:00'"],
    "timetz": ["'24:00+15'"],
    "interval": ["'178000000 years'", "'-178000000 years'", "'0'"],
    "json": [r"""'"\u0000"'""", "'[]'", """'{"a": {"b": null}}'""", "'1'"],
    "jsonb": ["'[]'", """'{"a": {"b": null}}'""", "'1'", "'null'"],
    "uuid": ["'00000000-0000-0000-0000-000000000000'"],
    "inet": ["'::/0'", "'255.255.255.255/1'"],
    "cidr": ["'::/0'"],
    "tsvector": ["''", "'a:1A b'"],
    "tsquery": ["''", "'a & !b'"],
    "xml": ["'<a/>'", "''"],
    "pg_lsn": ["'0/0'"],
    "tid": ["'(0,0)'"],
    "record": ["ROW(1, NULL)", "ROW()"],
    "_text": ["'{}'", "'{a,NULL}'", "'{{a,b},{c,d}}'", "'[5:6]={x,y}'"],
    "int4range": ["'empty'", "'(,)'", "'[1,1]'"],
    "int4multirange": ["'{}'", "'{(,)}'"],
}
STANDS_FOR = {
    "any": "text",
    "anyelement": "text",
    "anynonarray": "int4",
    "anyenum": "text",
    "anyarray": "_text",
    "anycompatible": "text",
    "anycompatiblearray": "_text",
    "anyrange": "int4range",
    "anymultirange": "int4multirange",
}
OVERLOADS = """
SELECT proname, prokind::text,
       ARRAY(SELECT typname::text FROM unnest(proargtypes::oid[]) WITH ORDINALITY a(o, i)
             JOIN pg_type t ON t.oid = CASE WHEN provariadic <> 0 AND i = pronargs THEN provariadic ELSE o END
             ORDER BY i)
FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace ORDER BY oid
"""
POSTGRES_GRAMMAR = {
    "coalesce": ["coalesce(v, 'x')", "coalesce(NULL, v)"],
    "nullif": ["nullif(v, 'x')", "nullif('', v)"],
    "greatest": ["greatest(v, 'x')"],
    "least": ["least('x', v, NULL)"],
    "trim": ["trim(v)", "trim(both v from v)"],
    "position": ["position(v in 'x')", "position('x' in v)"],
    "row": ["row(v, 1)::text"],
    "grouping": ["grouping(v)"],
}


def postgres_calls(query: Query) -> Iterator[tuple[str, str]]:
    """Name and statement: one for each overload of each total function, over all its nasty values."""
    for name, kind, arguments in query(OVERLOADS):
        known = lookup(Dialect.POSTGRES, name)
        if known is None or not known.total or len(arguments) > (known.max_arguments or len(arguments)):
            continue
        pseudo = [STANDS_FOR.get(argument, argument) for argument in arguments]
        if any(argument not in POSTGRES_VALUES for argument in pseudo):
            continue  # cstring, internal and the types of the geometry: not reachable with a column's text
        yield name, _postgres_call(name, kind, pseudo)
    for name, calls in POSTGRES_GRAMMAR.items():
        for call in calls:
            grouped = " GROUP BY v" if name == "grouping" else ""
            yield name, f"SELECT {call} FROM (VALUES {_values('text')}) t(v){grouped}"


def _postgres_call(name: str, kind: str, arguments: list[str]) -> str:
    variables = [f"v{index}" for index in range(len(arguments))]
    tables = [f"(VALUES {_values(type_)}) t{i}(v{i})" for i, type_ in enumerate(arguments)]
    call = f'"{name}"({", ".join(variables)})'
    match kind, name:
        case "w", _:
            call += " OVER (ORDER BY 1)"
        case "a", "mode":
            call = "mode() WITHIN GROUP (ORDER BY v0)"
        case "a", "count" if not arguments:
            call = "count(*)"
        case "a", "rank" | "dense_rank" | "percent_rank" | "cume_dist":
            call = f"{name}('x') WITHIN GROUP (ORDER BY v0)"
    return f"SELECT {call} FROM {', '.join(tables) or '(VALUES (1)) t'}"


def _values(type_: str) -> str:
    if type_ == "record":
        return ", ".join(f"({value})" for value in ("ROW(1, 'a')", "ROW(2, NULL)"))
    written = f'"{type_}"' if type_ != "_text" else "text[]"
    return ", ".join(f"({value}::{written})" for value in POSTGRES_VALUES[type_])


def test_total_functions_of_postgres_raise_nothing(postgres_url: str) -> None:
    """Every overload of every total function answers all of the values made to break it."""
    with asking(Dialect.POSTGRES, postgres_url) as query:
        failures = [
            (name, problem) for name, sql in postgres_calls(query) if (problem := _postgres_error(query, sql))
        ]

    assert failures == []


def test_every_total_function_of_postgres_was_called(postgres_url: str) -> None:
    """No total function escapes the test above, but those of other versions and those without arguments."""
    without_arguments = {
        *("current_catalog", "current_date", "current_role", "current_time", "current_timestamp"),
        *("localtime", "localtimestamp", "user", "system_user", "merge_action", "uuidv4"),
        *("unicode_version", "icu_unicode_version"),
    }
    since_16 = {"any_value", "casefold", "crc32", "crc32c", "json_scalar"}
    total = {n for n in names(Dialect.POSTGRES) if (f := lookup(Dialect.POSTGRES, n)) and f.total}
    with asking(Dialect.POSTGRES, postgres_url) as query:
        called = {name for name, _ in postgres_calls(query)}

    assert total - called - without_arguments - since_16 == set()


def test_the_values_for_postgres_break_functions_that_are_not_total(postgres_url: str) -> None:
    """The same values do raise in functions that are not called total, so the test above can fail."""
    calls = {
        "substr": ["text", "int4", "int4"],
        "abs": ["int4"],
        "sqrt": ["float8"],
        "repeat": ["text", "int8"],
        "regexp_replace": ["text", "text", "text"],
        "jsonb_array_length": ["jsonb"],
        "split_part": ["text", "text", "int4"],
        "array_cat": ["_text", "_text"],
        "length": ["bytea", "name"],
        "encode": ["bytea", "text"],
        "to_jsonb": ["json"],
    }
    with asking(Dialect.POSTGRES, postgres_url) as query:
        silent = [n for n, args in calls.items() if not _postgres_error(query, _postgres_call(n, "f", args))]

    assert silent == []


def _postgres_error(query: Query, sql: str) -> str:
    try:
        query(f"EXPLAIN (ANALYZE, TIMING OFF) {sql}")  # infinite dates are beyond the driver's own types
    except psycopg.Error as error:
        return f"{error} {sql[:300]}"
    return ""


# --- MariaDB: warnings carry values too ---

MYSQL_ROWS = r"""
SELECT '' t, 0 n, 0e0 d, now() m, x'00ff' b UNION ALL SELECT 'bob@example.test', -1, 1e308, '1000-01-01', x''
UNION ALL SELECT '9%', 9223372036854775807, -1e308, '9999-12-31 23:59:59', x'c3' UNION ALL
SELECT '\\', -9223372036854775808, 1e-300, NULL, NULL UNION ALL SELECT NULL, NULL, NULL, NULL, 'é€'
"""
MYSQL_ABSENT = {1305, 1046}  # made by another server or version; not without a database
MYSQL_MISUSE = {1064, 1582, 1318, 1210, 4107, 1584, 1111, 1235, 1128}


def mysql_problems(query: Query, name: str, kind: FunctionKind, *, most: int = 3) -> list[str]:
    """Errors and warnings of one function over all its possible arguments, wrong calls aside."""
    problems: list[str] = []
    for arity in range(most + 1):
        for arguments in itertools.product(
            ("t", "n", "d", "m", "b") if arity < 3 else ("t", "b"), repeat=arity
        ):
            over = " OVER (ORDER BY 1)" if kind is FunctionKind.WINDOW else ""
            problems += mysql_warnings(query, f"SELECT {name}({', '.join(arguments)}){over} FROM nasty")
    return problems


def mysql_warnings(query: Query, sql: str) -> list[str]:
    """What the server says when it runs this; nothing if there is no such call."""
    try:
        query(sql)
    except pymysql.Error as error:
        ignored = error.args[0] in MYSQL_MISUSE | MYSQL_ABSENT
        return [] if ignored else [f"{error} {sql}"]
    return [f"{message} {sql}" for _, _, message in query("SHOW WARNINGS")]


@pytest.fixture
def mysql_nasty(mysql_database: str) -> Iterator[Query]:
    """A session with a table of values made to break functions."""
    with asking(Dialect.MYSQL, mysql_database) as query:
        query("SET NAMES utf8mb4")
        query(f"CREATE TEMPORARY TABLE nasty AS {MYSQL_ROWS}")
        yield query


def test_total_functions_of_mysql_raise_and_warn_nothing(mysql_nasty: Query) -> None:
    """A total function of MariaDB leaves no warning, which would show the value it is about."""
    known = [f for n in sorted(names(Dialect.MYSQL)) if (f := lookup(Dialect.MYSQL, n)) and f.total]
    problems = {}
    for f in known:
        limit = 3 if f.max_arguments is None else f.max_arguments
        if found := mysql_problems(mysql_nasty, f.name, f.kind, most=limit):
            problems[f.name] = found[0]

    assert problems == {}


@pytest.mark.parametrize(
    "name", ["if", "nullif", "greatest", "substring", "date_format", "left", "abs", "sum"]
)
def test_the_values_for_mysql_break_functions_that_are_not_total(mysql_nasty: Query, name: str) -> None:
    """The same values do warn in functions that are not called total, so the test above can fail."""
    known = lookup(Dialect.MYSQL, name)

    assert known is not None
    assert not known.total
    assert mysql_problems(mysql_nasty, name, known.kind) != []


# --- SQLite ---

SQLITE_VALUES = [
    "NULL",
    "''",
    "'9%'",
    "'['",
    "'{\"a\": 1}'",
    "x'00ff'",
    "-9223372036854775808",
    "9e999",
    "0",
    "-1.5",
]
SQLITE_MISUSE = re.compile(
    "wrong number of arguments|no such function|may not be used as|misuse of|syntax error"
)


def sqlite_problems(query: Query, name: str, kind: FunctionKind) -> list[str]:
    """Errors of one function over all combinations of up to three nasty values."""
    values = ", ".join(f"({value})" for value in SQLITE_VALUES)
    query(f"CREATE TEMP TABLE IF NOT EXISTS nasty AS SELECT column1 AS v FROM (VALUES {values})")
    problems: list[str] = []
    for arity in range(4):
        arguments = [f"n{index}.v" for index in range(arity)]
        tables = ", ".join(f"nasty AS n{index}" for index in range(arity)) or "(SELECT 1)"
        over = " OVER (ORDER BY 1)" if kind is FunctionKind.WINDOW else ""
        try:
            query(f"SELECT {name}({', '.join(arguments)}){over} FROM {tables}")
        except sqlite3.Error as error:
            if not SQLITE_MISUSE.search(str(error)):
                problems.append(f"{name}/{arity}: {error}")
    return problems


def test_total_functions_of_sqlite_raise_nothing() -> None:
    """Every total function of SQLite answers all combinations of values made to break it."""
    total = [f for n in sorted(names(Dialect.SQLITE)) if (f := lookup(Dialect.SQLITE, n)) and f.total]
    with asking(Dialect.SQLITE) as query:
        assert [problem for f in total for problem in sqlite_problems(query, f.name, f.kind)] == []


@pytest.mark.parametrize("name", ["abs", "json_type", "json_group_array", "zeroblob", "json_quote", "ntile"])
def test_the_values_for_sqlite_break_functions_that_are_not_total(name: str) -> None:
    """The same values do raise in functions that are not called total, so the test above can fail."""
    known = lookup(Dialect.SQLITE, name)
    assert known is not None
    assert not known.total

    with asking(Dialect.SQLITE) as query:
        assert sqlite_problems(query, name, known.kind) != []


# --- casts ---


def test_total_casts_raise_nothing(postgres_url: str, mysql_nasty: Query) -> None:
    """A cast from text that is called total takes any text, on every server."""
    problems: list[str] = []
    texts = ", ".join(f"({value})" for value in TEXTS)
    with asking(Dialect.POSTGRES, postgres_url) as postgres, asking(Dialect.SQLITE) as sqlite:
        for cast in (t.name for t in types(Dialect.POSTGRES).values() if t.total):
            prefix = "information_schema." if cast in ("sql_identifier", "character_data") else ""
            sql = f"SELECT v::{prefix}{cast} FROM (VALUES {texts}) t(v)"
            problems += [problem for problem in [_postgres_error(postgres, sql)] if problem]
        for cast in (t.name for t in types(Dialect.MYSQL).values() if t.total):
            problems += mysql_warnings(mysql_nasty, f"SELECT CAST(t AS {cast}) FROM nasty")
        for cast, value in itertools.product(types(Dialect.SQLITE), SQLITE_VALUES):
            sqlite(f"SELECT CAST({value} AS {cast})")

    assert problems == []


def test_every_type_of_postgres_exists(postgres_url: str) -> None:
    """The types that may be cast to are the server's own."""
    with asking(Dialect.POSTGRES, postgres_url) as query:
        query("SET search_path = pg_catalog, information_schema")
        assert [
            t for t in types(Dialect.POSTGRES) if _postgres_error(query, f"SELECT CAST(NULL AS {t})")
        ] == []
