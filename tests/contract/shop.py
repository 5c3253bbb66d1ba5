"""A governed connection to the shop, and what its tests ask of it in every driver's place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from tests.contract.adapter import Adapter

# Five rows at a time, so that tests stay small.
BOUNDED = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "few-rows",
            "effect": "permit",
            "actions": ["insert", "update", "delete", "merge"],
            "limits": {"rows_changed": 5},
        }
    ],
}


@attrs.frozen
class Shop:
    """`raw` is another connection to the same database, outside of all governance."""

    adapter: Adapter
    connection: Any
    raw: Any
    state_dir: Path

    def run(self, text: str, *parameters: Any) -> Any:
        """A statement with ? as placeholders, on a new cursor."""
        cursor = self.connection.cursor()
        cursor.execute(self.adapter.sql(text), *([parameters] if parameters else []))
        return cursor

    def rows(self, text: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """All rows of a statement."""
        return [tuple(row) for row in self.run(text, *parameters).fetchall()]

    def stored(self, text: str) -> list[tuple[Any, ...]]:
        """What others see: rows that are committed, unmasked."""
        cursor = self.raw.cursor()
        cursor.execute(text)
        found = [tuple(row) for row in cursor.fetchall()]
        self.raw.commit()
        return found

    def refused(self, text: str, *parameters: Any) -> Exception:
        """What running the statement raises."""
        try:
            self.run(text, *parameters)
        except self.adapter.error as error:
            return error
        raise AssertionError(f"was not refused: {text}")

    @property
    def in_transaction(self) -> bool:
        """Whether the driver says that a transaction is open."""
        return self.adapter.in_transaction(self.connection)

    def autocommit(self) -> None:
        """From now on every statement is a transaction of its own."""
        self.adapter.set_autocommit(self.connection, True)
