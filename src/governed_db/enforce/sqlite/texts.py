"""Statements into the texts that are sent for them: each begins with a comment that holds a secret.

By the secret, traces and the backstop tell ours from callers'; by the number behind it, one plan's from
another's.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from governed_db.core.plan import Plan
from governed_db.enforce.gate import Gate
from governed_db.enforce.sqlite import turning
from governed_db.enforce.sqlite.limits import Limits

_KEPT: Final = 2048


class SentTexts:
    """The texts of one connection."""

    __slots__ = ("_gate", "_limits", "_of_plans", "_secret", "_sent", "_shapes")

    def __init__(self, gate: Gate, limits: Limits) -> None:
        self._gate = gate
        self._limits = limits
        self._secret = f"/*governed {secrets.token_hex(16)}"
        self._sent = 0
        self._of_plans: dict[Plan, str] = {}
        self._shapes: dict[Plan, str] = {}

    def own(self, text: str) -> str:
        """A text of ours as it is sent."""
        return f"{self._secret}*/{text}"

    def is_own(self, text: str) -> bool:
        """Whether it was made by `own`."""
        return text.startswith(f"{self._secret}*/")

    def is_foreign(self, text: object) -> bool:
        """Whether this text was not made here."""
        return not (type(text) is str and text.startswith(self._secret))

    def told(self, text: str) -> str | None:
        """What stands behind the comment; None for a text of our own."""
        head, _, tail = text.partition("*/")
        return tail if head != self._secret else None

    def of(self, plan: Plan) -> tuple[str, bool]:
        """The plan's text as it is sent, and whether it is sent for the first time."""
        text = self._of_plans.get(plan)
        if text is not None:
            return text, False
        if len(self._of_plans) >= _KEPT:
            self._of_plans.clear()
            self._shapes.clear()
        self._limits.check(plan.text)
        self._sent += 1
        text = self._of_plans[plan] = f"{self._secret} {self._sent}*/{turning.text_of(self._gate, plan)}"
        return text, True

    def seen(self, plan: Plan) -> str | None:
        """The plan's text if it was sent before: SQLite has been asked about it."""
        return self._of_plans.get(plan)

    def drop(self, plan: Plan) -> None:
        """Forget the text that was sent for a plan; it is made anew."""
        self._of_plans.pop(plan, None)

    def forget(self) -> None:
        """Send all texts as for the first time."""
        self._of_plans.clear()

    def shape_of(self, plan: Plan, description: Any) -> str:
        """A statement without rows whose result is described like the plan's."""
        shape = self._shapes.get(plan)
        if shape is None:
            names = (column[0].replace('"', '""') for column in description)
            columns = ", ".join(f'NULL AS "{name}"' for name in names)
            shape = self._shapes[plan] = self.own(f"SELECT {columns} WHERE 0")
        return shape
