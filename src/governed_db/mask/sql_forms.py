"""A mask and a column into the SQL that masks it inside the database.

The form of a mask gives what mask/functions.py makes of the value that the driver would hand out, or
hides more where that cannot be expressed (zero dates, ends of number ranges, blobs among SQLite's text).
No form (None)
means that the column is masked in the driver: keyed masks, and types whose Python value depends on
settings (JSON, enumerations, domains, padded text). Types come from the catalog, written as it does.
"""

from __future__ import annotations

import re
from typing import Final

from governed_db.mask.functions import checked, partial_floor
from governed_db.model.catalog import Dialect
from governed_db.model.decision import Mask

_PG_TEXT: Final = frozenset({"text", "character varying", "citext"})
_PG_INTEGER: Final = frozenset({"smallint", "integer", "bigint"})
_PG_TIME: Final = frozenset({"date", "timestamp without time zone", "timestamp with time zone"})
_PG_OTHER: Final = frozenset(
    {"boolean", "uuid", "real", "interval", "time without time zone", "time with time zone", "oid"}
)
_PG_NULLED: Final = _PG_INTEGER | _PG_TIME | _PG_OTHER | {"numeric", "double precision"}
_MY_TEXT: Final = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext"})
_MY_BINARY: Final = frozenset({"varbinary", "tinyblob", "blob", "mediumblob", "longblob"})
_MY_INTEGER: Final = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})
_MY_TIME: Final = frozenset({"date", "datetime", "timestamp"})
_MY_NULLED: Final = _MY_INTEGER | _MY_TIME | {"decimal", "double", "float", "time", "year"}
_EXACT: Final = 2**53
FUNCTIONS: Final = frozenset(
    """decode right char_length split_part date_trunc nullif ceil abs trunc mod hex convert concat makedate
    year truncate substr length typeof""".split()
)
"""All functions that the forms call."""
# Explicit ranges: case-insensitive matching folds letters from outside of ASCII into them.
_PG_EMAIL: Final = "^[^@]+@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.])+[A-Za-z]{2,24}$"


def sql_form(mask: Mask, column_sql: str, type_name: str, dialect: Dialect) -> str | None:
    """The expression to put in place of `column_sql`, a plain column reference; None if there is none.

    The expression has no name of its own: whoever puts it into a projection adds one.
    """
    mask = checked(mask)
    base = " ".join(re.sub(r"\([^)]*\)", " ", type_name.lower()).split())
    match dialect:
        case Dialect.POSTGRES:
            return _postgres(mask, column_sql, base)
        case Dialect.MYSQL:
            return _mysql(mask, column_sql, base)
        case Dialect.SQLITE:
            return _sqlite(mask, column_sql)


def _postgres(mask: Mask, column: str, base: str) -> str | None:
    argument = mask.argument or 0
    if base in _PG_TEXT:
        return _postgres_text(mask, f"CAST({column} AS text)", argument)
    if base == "bytea" and mask.name == "redact":
        return _redacted(
            column, f"{column} = decode('2a2a2a', 'hex')", "decode('{}', 'hex')", hexadecimal=True
        )
    if base not in _PG_NULLED | {"bytea"}:
        return None
    null = f"CAST(NULL AS {base})"
    if mask.name == "null":
        return null
    if mask.name in ("hash", "token") or base == "bytea":
        return None
    if mask.name == "year" and base in _PG_TIME:
        start = f"date_trunc('year', {column})"
        if base == "date":
            # Via timestamp: a date alone would be read in the session's time zone.
            start = f"CAST(date_trunc('year', CAST({column} AS timestamp)) AS date)"
        return f"NULLIF({start}, {column})"
    if mask.name == "bucket" and base not in _PG_TIME | _PG_OTHER:
        return _postgres_bucket(column, base, argument)
    return null


def _postgres_text(mask: Mask, text: str, argument: int) -> str | None:
    redacted = _redacted(text, f"{text} = '***'")
    match mask.name:
        case "null":
            return "CAST(NULL AS text)"
        case "redact" | "bucket":
            return redacted
        case "partial":
            shown = f"'***' || right({text}, {argument})"
            return (
                f"CASE WHEN char_length({text}) > {partial_floor(argument)} THEN {shown} ELSE {redacted} END"
            )
        case "email":
            local, domain = (f"split_part({text}, '@', {part})" for part in (1, 2))
            good = f"{text} ~ '{_PG_EMAIL}' AND char_length({domain}) <= 253 AND {local} <> '***'"
            return _choice(good, f"'***@' || {domain}", redacted)
        case _:
            return None  # hash and token; year, whose form for dates in text is not worth its SQL


def _postgres_bucket(column: str, base: str, size: int) -> str:
    if base == "double precision":
        below = f"(ceil({column} / {size}) - 1) * {size}"
        return f"CASE WHEN abs({column}) <= {_EXACT} THEN {below} END"
    below = _below(f"CAST({column} AS numeric)", size)
    if base == "numeric":
        finite = f"CAST({column} AS text) NOT IN ('NaN', 'Infinity', '-Infinity')"
        return f"CASE WHEN {finite} THEN trunc({below}) END"
    inside = f"{column} > {size} - CAST(9223372036854775807 AS numeric)"
    return f"CASE WHEN {inside} THEN CAST({below} AS bigint) END"


def _mysql(mask: Mask, column: str, base: str) -> str | None:
    argument = mask.argument or 0
    kind = base.removesuffix(" zerofill").removesuffix(" unsigned")
    if kind in _MY_TEXT:
        return _mysql_text(mask, column, argument)
    if kind in _MY_BINARY and mask.name == "redact":
        return _redacted(column, f"HEX({column}) = '2A2A2A'", "CAST('{}' AS BINARY)")
    if mask.name in ("hash", "token") or (kind not in _MY_NULLED and mask.name != "null"):
        return None
    if mask.name == "year" and kind in _MY_TIME:
        start = f"MAKEDATE(YEAR({column}), 1)"
        if kind != "date":
            start = f"CAST({start} AS DATETIME)"
        # A zero date would become the year 2000.
        return f"CASE WHEN YEAR({column}) > 0 THEN NULLIF({start}, {column}) END"
    if mask.name == "bucket":
        return _mysql_bucket(column, base, argument)
    return "NULL"


def _mysql_text(mask: Mask, column: str, argument: int) -> str | None:
    # HEX, because every collation calls something equal that is not: case, accents, trailing blanks.
    redacted = _redacted(column, f"HEX(CONVERT({column} USING utf8mb4)) = '2A2A2A'")
    match mask.name:
        case "null":
            return "NULL"
        case "redact" | "bucket":
            return redacted
        case "partial":
            shown = f"CONCAT('***', RIGHT({column}, {argument}))"
            return _choice(f"CHAR_LENGTH({column}) > {partial_floor(argument)}", shown, redacted)
        case _:
            return None


def _mysql_bucket(column: str, base: str, size: int) -> str | None:
    if base == "double":
        below = f"(CEIL({column} / {size}) - 1) * {size}"
        return f"CASE WHEN ABS({column}) <= {_EXACT} THEN {below} END"
    if base == "decimal":
        return f"TRUNCATE({_below(column, size)}, 0)"
    if base in _MY_INTEGER:
        below = _below(f"CAST({column} AS DECIMAL(30, 0))", size)
        return f"CASE WHEN {column} > {size} - 9223372036854775807 THEN CAST({below} AS SIGNED) END"
    return "NULL" if base in _MY_TIME | {"time"} else None


def _sqlite(mask: Mask, column: str) -> str | None:
    """By the type of each value, as SQLite has it."""
    argument = mask.argument or 0
    redacted = _redacted(column, f"{column} = '***' COLLATE BINARY")
    octets = _redacted(column, f"{column} = x'2a2a2a'", "x'{}'", hexadecimal=True)
    numbers = ""
    match mask.name:
        case "null":
            return "NULL"
        case "redact":
            text = redacted
        case "partial":
            shown = f"'***' || substr({column}, -{argument})"
            text = _choice(f"length({column}) > {partial_floor(argument)}", shown, redacted)
        case "bucket":
            text, numbers = redacted, _sqlite_bucket(column, argument)
        case _:
            return None
    return f"CASE typeof({column}) WHEN 'text' THEN {text} WHEN 'blob' THEN {octets}{numbers} END"


def _sqlite_bucket(column: str, size: int) -> str:
    whole = f"{column} - {size} + (-{column} % {size} + {size}) % {size}"
    inside = f"{column} > {size} - 9223372036854775807"
    # ceil() is not compiled into every SQLite.
    ratio = f"({column} / {size}.0)"
    below = f"(CAST({ratio} AS INTEGER) + ({ratio} > CAST({ratio} AS INTEGER)) - 1) * {size}.0"
    return (
        f" WHEN 'integer' THEN CASE WHEN {inside} THEN {whole} END"
        f" WHEN 'real' THEN CASE WHEN abs({column}) <= {_EXACT} THEN {below} END"
    )


def _choice(condition: str, yes: str, no: str) -> str:
    return f"CASE WHEN {condition} THEN {yes} ELSE {no} END"


def _redacted(column: str, is_placeholder: str, literal: str = "'{}'", *, hexadecimal: bool = False) -> str:
    first, second = (literal.format("2a" * n if hexadecimal else "*" * n) for n in (3, 4))
    return f"CASE WHEN {column} IS NULL THEN NULL WHEN {is_placeholder} THEN {second} ELSE {first} END"


def _below(number: str, size: int) -> str:
    """The largest multiple strictly below, in exact arithmetic: mod takes the sign of its dividend."""
    return f"{number} - {size} + mod(mod(-{number}, {size}) + {size}, {size})"
