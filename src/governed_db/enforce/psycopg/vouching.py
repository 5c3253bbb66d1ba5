"""The parameters of a statement that needs approval into what is sent for them, which must stay the same.

An approval is for values. What they become on the wire is made by dumpers, and a caller may have registered
its own: one that gives other octets than when approval was asked for, or other ones each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from psycopg._queries import PostgresQuery
from psycopg.adapt import Transformer

from governed_db.enforce.psycopg.seat import seat_of

if TYPE_CHECKING:
    from governed_db.core.plan import Plan
    from governed_db.enforce.gate import Gate


def binding(cursor: Any, text: str, params: Any, *, many: bool) -> Callable[[], bytes]:
    """What tells, when somebody is asked, which octets the parameters become; the cursor is held to them."""

    def binds() -> bytes:
        rows = params if many else [params]
        octets = [_octets(_converted(cursor, text, row)) for row in rows]
        seat_of(cursor)._vouched = iter(octets)
        return hashlib.sha256(b"".join(octets)).digest()

    return binds


def held(base: type[PostgresQuery], vouched: Iterator[bytes], gate: Gate, plan: Plan) -> type[PostgresQuery]:
    """The class of queries that refuse what is not the next that was asked for: of `executemany` each row."""

    def dump(query: PostgresQuery, vars: Any) -> None:
        base.dump(query, vars)
        if next(vouched, None) != _octets(query):
            raise gate.refuse(
                plan,
                "GDB416",
                "what is sent for the parameters is not what approval was asked for",
                "use dumpers that give the same for the same value",
            )

    return type(base.__name__, (base,), {"__slots__": (), "dump": dump})


def _converted(cursor: Any, text: str, params: Any) -> PostgresQuery:
    query: PostgresQuery = cursor._query_cls(Transformer(cursor))
    query.convert(text, params)
    return query


def _octets(query: PostgresQuery) -> bytes:
    """32 bytes, equal when values, types and formats are. Subclasses show other values than they hold."""
    digest = hashlib.sha256(repr((query.types, query.formats)).encode())
    for value in vars(PostgresQuery)["params"].__get__(query) or ():
        octets = None if value is None else bytes(value)
        digest.update(b"-" if octets is None else b"+%d:%b" % (len(octets), octets))
    return digest.digest()
