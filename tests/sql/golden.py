"""tests/sql/cases/*.cases into golden cases."""

from __future__ import annotations

from collections.abc import Sequence

from tests.sql.statements import Ordinary


def accepted(*dialects: str) -> Sequence[Ordinary]:
    """The cases that analysis accepts, as statements."""
    return []
