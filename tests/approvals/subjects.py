"""What is asked for in the tests of approvals, and a clock that they set."""

from __future__ import annotations

import attrs

from governed_db.model.approval import Subject

SUBJECT = Subject(
    principals=("agent:refunds", "alice"),
    database="shop",
    statement="DELETE FROM orders WHERE id < ?",
    statement_digest="digest-of-the-statement",
    parameters_digest="digest-of-the-parameters",
    rule="standard/large-write",
    revision="41",
    rows=5000,
)


@attrs.define
class Clock:
    """A clock that stands still until it is moved."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        """The time it shows."""
        return self.now
