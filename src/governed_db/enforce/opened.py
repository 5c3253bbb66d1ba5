"""The objects of this process into its open database connections, governed and not.

Drivers keep no list of what they have opened, and whoever goes past us tells us nothing: all that the
collector knows is looked at. A class is judged once for each look, so that a million objects take 50 ms.
"""

from __future__ import annotations

import gc
from collections import Counter
from typing import Any, Final

from governed_db.enforce.recognise import is_governed, title

# Where connections of drivers are made; those that are not ours to govern are told too.
_CONNECTIONS: Final = frozenset(
    """asyncpg.connection.Connection MySQLdb.connections.Connection psycopg.Connection
    psycopg.AsyncConnection psycopg2.extensions.connection pymysql.connections.Connection
    mysql.connector.abstracts.MySQLConnectionAbstract sqlite3.Connection""".split()
)


def connections() -> list[Any]:
    """Those that are open, of any driver that is known."""
    judged: dict[type[Any], bool] = {}
    found = []
    for one in gc.get_objects():
        made = type(one)
        if made not in judged:
            judged[made] = _makes_connections(made)
        if judged[made]:
            found.append(one)
    return [one for one in found if _is_open(one)]


def counted() -> tuple[dict[str, int], dict[str, int]]:
    """How many of which class are governed, and how many are not."""
    found = connections()
    return tuple(
        dict(sorted(Counter(title(one) for one in found if is_governed(one) is wanted).items()))
        for wanted in (True, False)
    )  # type: ignore[return-value]  # of two


def ungoverned() -> dict[str, int]:
    """How many of which class are not governed."""
    return counted()[1]


def _is_open(connection: Any) -> bool:
    """Drivers tell it in three ways; what tells nothing counts as open."""
    try:
        if hasattr(type(connection), "total_changes"):  # sqlite3's, which raises when it is closed
            return bool(connection.total_changes >= 0)
        if hasattr(connection, "is_closed"):
            return not connection.is_closed()
        return (
            bool(connection.open) if hasattr(connection, "open") else not getattr(connection, "closed", False)
        )
    except Exception as error:  # noqa: BLE001  # of any driver
        return "closed" not in str(error)


def _makes_connections(made: type[Any]) -> bool:
    if str(made.__module__).startswith("governed_db."):
        return False  # a part of a governed connection, or of our own files
    return any(f"{base.__module__}.{base.__qualname__}" in _CONNECTIONS for base in made.__mro__)
