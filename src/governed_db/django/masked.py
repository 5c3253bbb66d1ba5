"""Masked text where Django would make a UUID of it into None, as the drivers' own typed values are."""

from __future__ import annotations

from typing import Any

from governed_db.mask.placeholders import may_be_masked


class MaskedUUIDs:
    """Mixin before the DatabaseOperations of a backend that keeps UUIDs as text."""

    def convert_uuidfield_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if isinstance(value, str) and may_be_masked(value):
            return None
        parent: Any = super()
        return parent.convert_uuidfield_value(value, expression, connection)
