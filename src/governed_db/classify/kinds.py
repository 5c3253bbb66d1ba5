"""The server's name of a column type into the few kinds that matter for classification."""

from __future__ import annotations

import enum
import functools
import re

_LENGTH = re.compile(r"\(\s*(\d+)")
_SHORTEST_WORDS = 6
_UUID_LENGTHS = frozenset({36, 38})
_IP_LENGTHS = frozenset({15, 16, 39, 40, 45, 46})
LONG_FROM = 400  # varchar(400) and longer is meant for prose, not for codes


class TypeKind(enum.Enum):
    BOOL = "boolean"
    INT = "integer"
    NUMBER = "number"
    DATE = "date"
    TIME = "timestamp"
    TEXT = "text"
    LONG = "long text"
    JSON = "document"
    BINARY = "binary"
    UUID = "uuid"
    INET = "network address"
    GEO = "geometry"
    ENUM = "enumeration"
    RELATION = "relation"
    OTHER = "unknown type"


# Read in order; the first prefix of the type wins. Names of PostgreSQL, MySQL and SQLite first, then
# those of object mappers (Django, Rails, Prisma), because schema dumps of these get classified too.
_PREFIXES: tuple[tuple[str, TypeKind], ...] = (
    ("tinyint(1)", TypeKind.BOOL), ("bool", TypeKind.BOOL), ("bit(1)", TypeKind.BOOL),
    ("interval", TypeKind.TIME), ("point", TypeKind.GEO), ("geo", TypeKind.GEO),
    ("linestring", TypeKind.GEO), ("polygon", TypeKind.GEO), ("multip", TypeKind.GEO),
    ("multiline", TypeKind.GEO), ("int", TypeKind.INT), ("bigint", TypeKind.INT),
    ("smallint", TypeKind.INT), ("tinyint", TypeKind.INT), ("mediumint", TypeKind.INT),
    ("serial", TypeKind.INT), ("bigserial", TypeKind.INT), ("smallserial", TypeKind.INT),
    ("year", TypeKind.INT), ("oid", TypeKind.INT), ("bit", TypeKind.INT),
    ("numeric", TypeKind.NUMBER), ("number(", TypeKind.NUMBER),
    ("decimal", TypeKind.NUMBER), ("real", TypeKind.NUMBER),
    ("double", TypeKind.NUMBER), ("float", TypeKind.NUMBER), ("money", TypeKind.NUMBER),
    ("datetime", TypeKind.TIME), ("timestamp", TypeKind.TIME), ("date", TypeKind.DATE),
    ("time", TypeKind.TIME), ("json", TypeKind.JSON), ("xml", TypeKind.JSON),
    ("hstore", TypeKind.JSON), ("bytea", TypeKind.BINARY), ("blob", TypeKind.BINARY),
    ("tinyblob", TypeKind.BINARY), ("mediumblob", TypeKind.BINARY), ("longblob", TypeKind.BINARY),
    ("binary", TypeKind.BINARY), ("varbinary", TypeKind.BINARY), ("bytes", TypeKind.BINARY),
    ("uuid", TypeKind.UUID), ("inet", TypeKind.INET), ("cidr", TypeKind.INET),
    ("enum", TypeKind.ENUM), ("set(", TypeKind.ENUM), ("tinytext", TypeKind.TEXT),
    ("text", TypeKind.LONG), ("mediumtext", TypeKind.LONG), ("longtext", TypeKind.LONG),
    ("clob", TypeKind.LONG), ("tsvector", TypeKind.LONG), ("searchvector", TypeKind.LONG),
    ("char", TypeKind.TEXT), ("varchar", TypeKind.TEXT), ("nchar", TypeKind.TEXT),
    ("nvarchar", TypeKind.TEXT), ("bpchar", TypeKind.TEXT), ("citext", TypeKind.TEXT),
    ("string", TypeKind.TEXT), ("name", TypeKind.OTHER), ("national char", TypeKind.TEXT),
    ("native char", TypeKind.TEXT), ("varying char", TypeKind.TEXT), ("virtual", TypeKind.TEXT),
    ("emailfield", TypeKind.TEXT), ("urlfield", TypeKind.TEXT), ("slugfield", TypeKind.TEXT),
    ("imagefield", TypeKind.TEXT), ("filefield", TypeKind.TEXT), ("positive", TypeKind.INT),
    ("small", TypeKind.INT), ("big", TypeKind.INT), ("auto", TypeKind.INT),
    ("genericip", TypeKind.INET), ("foreignkey", TypeKind.RELATION), ("onetoone", TypeKind.RELATION),
    ("manytomany", TypeKind.RELATION), ("array", TypeKind.LONG), ("unsigneddecimal", TypeKind.NUMBER),
    ("unsigned", TypeKind.INT), ("foreignid", TypeKind.INT), ("ipaddress", TypeKind.INET),
)  # fmt: skip

# Of Frappe, Rails, Java, Oracle and SQL Server; types that people make begin with the same letters
# (`currency_code`).
_EXACT = {
    "references": TypeKind.RELATION, "belongs_to": TypeKind.RELATION, "table": TypeKind.RELATION,
    "section break": TypeKind.RELATION, "column break": TypeKind.RELATION, "tab break": TypeKind.RELATION,
    "check": TypeKind.BOOL, "select": TypeKind.ENUM, "link": TypeKind.ENUM, "dynamic link": TypeKind.ENUM,
    "data": TypeKind.TEXT, "small text": TypeKind.LONG, "long text": TypeKind.LONG,
    "ntext": TypeKind.LONG, "uniqueidentifier": TypeKind.UUID, "number": TypeKind.NUMBER,
    "long": TypeKind.INT, "short": TypeKind.INT, "bigdecimal": TypeKind.NUMBER,
    "currency": TypeKind.NUMBER, "percent": TypeKind.NUMBER, "duration": TypeKind.INT,
}  # fmt: skip


@functools.lru_cache(maxsize=2048)  # types repeat
def type_kind(type_name: str) -> TypeKind:
    """The kind of a type; an array counts as its elements, an unknown type as OTHER."""
    name = type_name.strip().strip('"`').lower()
    if name in _EXACT:
        return _EXACT[name]
    for prefix, kind in _PREFIXES:
        if name.startswith(prefix):
            return _lengthened(name, kind)
    return TypeKind.OTHER


def _lengthened(name: str, kind: TypeKind) -> TypeKind:
    length = _LENGTH.search(name)
    is_prose = kind is TypeKind.TEXT and length is not None and int(length.group(1)) >= LONG_FROM
    return TypeKind.LONG if is_prose else kind


def is_bounded(type_name: str) -> bool:
    """The type limits its length, so that whoever made the table thought about long and short."""
    return _LENGTH.search(type_name) is not None


def is_short(type_name: str, below: int = _SHORTEST_WORDS) -> bool:
    """The type holds a code, not words: `char(2)`."""
    length = _LENGTH.search(type_name)
    return length is not None and int(length.group(1)) < below


def is_uuid_text(type_name: str) -> bool:
    """Text of the length of a UUID: a key that means nothing, whatever the table."""
    length = _LENGTH.search(type_name)
    return length is not None and int(length.group(1)) in _UUID_LENGTHS


def is_ip_text(type_name: str) -> bool:
    """Text of the length of an address of a machine, of the fourth version or the sixth."""
    length = _LENGTH.search(type_name)
    return length is not None and int(length.group(1)) in _IP_LENGTHS
