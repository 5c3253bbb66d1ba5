"""What is recorded of a statement: an intent before it runs and an outcome after it."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen
class AuditEvent:
    """One event, before the spool gives it a sequence number and the hash of its predecessor.

    `phase`: "intent" | "outcome" | "refusal" | "session" | "admin" | "facts". `statement` has its literals
    replaced; no field ever holds a value of the database, a literal or a parameter. `time` is seconds since
    the epoch, UTC. `fields` are the facts of architecture section 11 as JSON-able values.
    """

    id: str
    time: float
    phase: str
    fields: dict[str, Any]
