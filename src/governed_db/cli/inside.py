"""A governed connection into what its enforcement point knows, for commands that tell people about it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import governed_db
from governed_db.remote.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable

    from governed_db.core.plan import Knowledge
    from governed_db.enforce.gate import Gate
    from governed_db.enforce.knowing import Loading
    from governed_db.model.policy import Policy


def gate_of(connection: Any) -> Gate:
    """The enforcement point of a governed connection."""
    gate: Gate = connection._governed.gate
    return gate


def knowledge_of(connection: Any) -> Knowledge:
    """The catalog and the classifications, read from the database unless they are known already."""
    governed_db.explain(connection, "SELECT 1")  # has it read, by the driver's own way
    return gate_of(connection).knowledge(_unread)


def look_anew(connection: Any) -> None:
    """What was seen of the database's values is forgotten, and looked at with the next statement."""
    knowing = gate_of(connection).knowing
    look: Callable[..., Loading] = knowing.look
    knowing.look = partial(look, anew=True)
    knowing.forget()


def policy_of(connection: Any) -> Policy:
    """The policy that the connection is under."""
    return gate_of(connection).ports.policy


def database_of(connection: Any) -> str:
    """The name of the database that policy rules go by."""
    return gate_of(connection).planner.database


def spool_of(connection: Any) -> Spool:
    """Where its events go."""
    spool = gate_of(connection).audit
    if not isinstance(spool, Spool):
        raise TypeError(f"the audit trail is no spool but a {type(spool).__name__}")
    return spool


def classes_of(connection: Any) -> dict[str, str]:
    """What the protected columns hold, by "schema.relation.column"."""
    return {str(column): held for column, held in sorted(knowledge_of(connection).classes.items())}


def _unread(_: object) -> Knowledge:
    raise RuntimeError("explain has learned nothing of the database")
