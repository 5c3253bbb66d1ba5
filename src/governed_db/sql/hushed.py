"""What sqlglot would log of a statement, literals included, into nothing.

It warns about syntax that it falls back on, with the text. Its logger belongs to the application, so only
what this thread or task says while it reads for us is kept back.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_reading = ContextVar("_reading", default=False)


class _Hush(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002  # every record is about the text
        return not _reading.get()


_hush = _Hush()


@contextmanager
def hushed() -> Iterator[None]:
    """Within: sqlglot logs nothing from here."""
    logging.getLogger("sqlglot").addFilter(_hush)  # once: a filter that is there is not added again
    mark = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(mark)
