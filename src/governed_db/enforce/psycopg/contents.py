"""Octets of a result that code of callers sees, into the same without personal data in their text.

Rows are looked into when psycopg has loaded them. What leaves before that, a row of COPY and what a loader
of the caller's is given, is looked into here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg import pq

from governed_db.core.contents import key_class
from governed_db.drivers.psycopg import DRIVER
from governed_db.mask.content.cells import rewritten

if TYPE_CHECKING:
    from psycopg.abc import Buffer

    from governed_db.core.plan import Plan
    from governed_db.enforce.gate import Gate

# Types whose binary form is their text: text, varchar, char, name, json, unknown, xml.
_BINARY_TEXT: Final = frozenset({25, 1043, 1042, 19, 114, 705, 142})
_BINARY_COPY: Final = b"PGCOPY\n"


def scan_octets(gate: Gate, plan: Plan, block: Buffer) -> Buffer:
    """One row of COPY in its text or CSV form; a binary one is refused: it says how long its texts are."""
    octets = bytes(block)
    if octets.startswith(_BINARY_COPY):
        raise gate.refuse(
            plan,
            "GDB206",
            "COPY in binary form would hand out texts that nobody has looked into",
            "use the text form, or read the rows with SELECT",
        )
    found: dict[str, int] = {}
    scanned: bytes = rewritten(octets, frozenset().union(*plan.scanned.values()), found, key_class)
    if found:
        gate.told(plan, found)
    return scanned


def wary(loader: Any, classes: frozenset[str], format: pq.Format, oid: int) -> Any | None:
    """A loader of the caller's that is given texts without personal data; None where that cannot be."""
    if format != pq.Format.TEXT and oid not in _BINARY_TEXT:
        return None

    def make(oid: int, context: Any = None) -> Any:
        return _Wary(loader(oid, context), classes)

    return make


class _Wary:
    """A loader behind one that looks first."""

    __slots__ = ("_classes", "_loader", "format")

    def __init__(self, loader: Any, classes: frozenset[str]) -> None:
        self._loader = loader
        self._classes = classes
        self.format = loader.format

    def load(self, octets: Buffer) -> Any:
        return self._loader.load(_shown(bytes(octets), self._classes))


def _shown(octets: bytes, classes: frozenset[str]) -> bytes:
    if octets.startswith(b"\\x"):  # how the server writes bytes as text
        try:
            raw = bytes.fromhex(octets[2:].decode("ascii"))
        except ValueError:
            raise DRIVER.unreadable() from None
        shown: bytes = rewritten(raw, classes, {}, key_class)
        return octets if shown == raw else b"\\x" + shown.hex().encode()
    scanned: bytes = rewritten(octets, classes, {}, key_class)
    return scanned
