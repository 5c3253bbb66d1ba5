"""SQLAlchemy's result processors into ones that take masked text where the column holds none.

A masked enum, UUID, JSON document or date that the driver gives as text is text: '***', a token. What
cannot be made the column's type from it becomes None, as the drivers' own typed values do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

Processor = Callable[[Any], Any]

_UNREADABLE: Final = (ValueError, LookupError, TypeError, ArithmeticError, AttributeError)


class GovernedContext:
    """Mixin before an execution context of SQLAlchemy's."""

    def get_result_processor(self, type_: Any, colname: str, coltype: Any) -> Processor | None:
        parent: Any = super()
        process: Processor | None = parent.get_result_processor(type_, colname, coltype)
        return None if process is None else taking_masked(process)


def taking_masked(process: Processor) -> Processor:
    """The processor, with None for masked text that it cannot read."""

    def processed(value: Any) -> Any:
        try:
            return process(value)
        except _UNREADABLE:
            if not is_masked(value):
                raise
            return None

    return processed


def is_masked(value: object) -> bool:
    """Whether this looks like what a mask makes of text."""
    return isinstance(value, str) and ("***" in value or value.startswith(("hash_", "tok_")))
