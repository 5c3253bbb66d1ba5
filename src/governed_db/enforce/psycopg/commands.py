"""What psycopg sends by itself (BEGIN, SAVEPOINT, FETCH ...) into what may pass: by its exact shape.

psycopg builds these texts from names and numbers of the caller, with adapters that the caller may have
replaced; so the finished bytes are looked at, not the way they were made.
"""

from __future__ import annotations

import re
from typing import Final

_NAME = rb'"(?P<name{}>(?:[^"\x00]|"")+)"'
_LITERAL = rb"(?: ?E'(?:[^'\\\x00]|''|\\\\)*'|'(?:[^'\\\x00]|'')*')"

_SHAPES: Final = re.compile(
    rb"BEGIN"
    rb"(?: ISOLATION LEVEL (?:READ UNCOMMITTED|READ COMMITTED|REPEATABLE READ|SERIALIZABLE))?"
    rb"(?: READ ONLY| READ WRITE)?(?: DEFERRABLE| NOT DEFERRABLE)?"
    rb"|COMMIT|ROLLBACK"
    rb"|(?:SAVEPOINT|RELEASE|ROLLBACK TO) "
    + _NAME.replace(b"{}", b"0")
    + rb"|(?:PREPARE TRANSACTION|COMMIT PREPARED|ROLLBACK PREPARED) "
    + _LITERAL
    + rb"|DEALLOCATE (?:ALL|_pg3_[0-9]+)"
    rb"|CLOSE "
    + _NAME.replace(b"{}", b"1")
    + rb"|SELECT 1 FROM pg_catalog\.pg_cursors WHERE name = "
    + _LITERAL
)
_PORTAL: Final = re.compile(
    rb"(?:FETCH FORWARD (?:ALL|[0-9]+)|MOVE(?: ABSOLUTE)? ? ?-?[0-9]+) FROM " + _NAME.replace(b"{}", b"")
)


def may_pass(command: bytes) -> bool:
    """Whether the driver may send this by itself."""
    return _SHAPES.fullmatch(command) is not None


def portal_of(command: bytes, encoding: str) -> str | None:
    """The server-side cursor that the command reads or moves."""
    found = _PORTAL.fullmatch(command)
    return None if found is None else found["name"].decode(encoding).replace('""', '"')


def rolls_back(command: bytes) -> bool:
    return command.startswith(b"ROLLBACK")
