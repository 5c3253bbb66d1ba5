"""Tokens of a statement into what they stand for, on their way into SQLite and seen by nobody else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

from governed_db.core.plan import Plan
from governed_db.enforce.gate import Gate
from governed_db.enforce.turning import parameters_sent, text_sent

Turn = Callable[[Any], Any]


def turn_of(gate: Gate, plan: Plan) -> Turn | None:
    """What makes of given parameters those that are sent; None where none of them can be a token."""
    return partial(_turned, gate, plan) if plan.watched else None


def text_of(gate: Gate, plan: Plan) -> str:
    """The text that is sent for a plan."""
    return text_sent(gate, plan, quoted)


def quoted(value: str | bytes) -> str:
    """A literal; text that no SQL can hold is written as the bytes that it is made of."""
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if "\0" in value or not _is_unicode(value):
        return f"CAST(X'{value.encode('utf-8', 'surrogateescape').hex()}' AS TEXT)"
    return "'" + value.replace("'", "''") + "'"


def _is_unicode(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _turned(gate: Gate, plan: Plan, parameters: Any) -> Any:
    return parameters_sent(gate, plan, parameters, _wrapper())


def _wrapper() -> Callable[[str | bytes], Any]:
    """Adapters that anybody registers for str or bytes are shown every such parameter; not these.

    The class is of this one call: nobody can name it to register an adapter for it.
    """

    class Raw:
        __slots__ = ("__conform__",)

        def __init__(self, value: str | bytes) -> None:
            self.__conform__ = partial(_told, value)

    return Raw


def _told(value: str | bytes, protocol: object) -> object:
    return value if protocol is sqlite3.PrepareProtocol else None
