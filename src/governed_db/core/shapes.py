"""Plans of texts that differ only in literals that do not matter: one is made, the others are copies."""

from __future__ import annotations

from typing import Final

import attrs

from governed_db.core.plan import Plan, Statement
from governed_db.model.catalog import Dialect
from governed_db.sql.literals import cut, movable

_SHAPES: Final = 1024  # frames of one principal; all are dropped when there are more
_VARIANTS: Final = 64  # of one frame, by the literals that matter


@attrs.define(eq=False)
class _Shape:
    """`moves`: which literals may be others. `plans`: by the literals that may not."""

    moves: tuple[bool, ...]
    plans: dict[tuple[str, ...], Plan] = attrs.field(factory=dict)

    def fixed(self, pieces: list[str]) -> tuple[str, ...]:
        return tuple([piece for piece, moves in zip(pieces, self.moves, strict=True) if not moves])


@attrs.define(eq=False)
class Shapes:
    """The plans of one principal, by shape. All belong to one state of policy, session and schema."""

    dialect: Dialect
    _shapes: dict[str, _Shape] = attrs.field(factory=dict)

    def find(self, sent: str) -> Plan | None:
        """A copy, with this text, of the plan of a text like this one."""
        found = cut(sent, self.dialect) if self._shapes else None
        if found is None:
            return None
        shape = self._shapes.get(found.frame)
        if shape is None or _holds_percent(sent, found.pieces):
            return None
        plan = shape.plans.get(shape.fixed(found.pieces))
        return plan.worded(sent) if plan is not None else None

    def keep(self, statement: Statement, plan: Plan) -> None:
        """Remember a plan for texts like its own, if others can be like it.

        Only of what is permitted and sent as it was written: everything else speaks of places in its text.
        """
        facts, sent = plan.facts, statement.sent
        if statement.many or facts is None or not facts.given or not plan.is_permitted or plan.text != sent:
            return
        found = cut(sent, self.dialect)
        if found is None or _holds_percent(sent, found.pieces):
            return
        moves = movable(statement.text, self.dialect, facts.given)
        if moves is None or len(moves) != len(found.pieces) or not any(moves):
            return
        if len(self._shapes) >= _SHAPES:
            self._shapes.clear()
        shape = self._shapes.setdefault(found.frame, _Shape(moves))
        if len(shape.plans) >= _VARIANTS:
            shape.plans.clear()
        if shape.moves == moves:
            shape.plans[shape.fixed(found.pieces)] = plan


def _holds_percent(sent: str, pieces: list[str]) -> bool:
    """Whether a percent sign stands inside of a literal: it may be part of a placeholder, or of none."""
    return "%" in sent and any("%" in piece for piece in pieces)
