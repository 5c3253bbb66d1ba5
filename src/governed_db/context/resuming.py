"""Blocks that resume a request into the id that the statements in them are run for."""

from __future__ import annotations

import contextvars

# Handed down a call chain that threads (by copy) and tasks keep apart, as who acts is.
_resumed: contextvars.ContextVar[str | None] = contextvars.ContextVar("governed_db.resumed", default=None)


def resumed() -> str | None:
    """The request for which statements run now; None outside of any block."""
    return _resumed.get()


def begin(request: str) -> contextvars.Token[str | None]:
    """From here on statements run for this request."""
    return _resumed.set(request)


def end(token: contextvars.Token[str | None]) -> None:
    """As it was before `begin`."""
    _resumed.reset(token)
