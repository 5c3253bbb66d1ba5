"""A refused plan into the nearest statement that is permitted, found when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from governed_db.core.plan import Knowledge, Plan, Statement
from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.model.decision import Effect, FilterRows, MaskColumn, Place
from governed_db.model.rewrite import Rewrite
from governed_db.model.statement import Facts
from governed_db.sql.agree import parameters
from governed_db.sql.rewriting import Change, Refused, changes, limited
from governed_db.sql.spans import apply
from governed_db.sql.text import MARK

_MOST_TEXT = 8_000  # characters: for longer texts nothing is looked for
_TRIALS = 12  # texts that are analysed for one refusal
_DEPTH = 4  # changes on top of each other

Decide = Callable[[Statement], Plan]


@attrs.define(eq=False)
class Sought:
    """Looks once, when it is first asked; pickles as what it found."""

    # Not shown: they hold literals of the caller's, and an error that has this is printed in many places.
    seek: Callable[[], Rewrite | None] | None = attrs.field(repr=False)
    found: Rewrite | None = attrs.field(default=None, repr=False)

    def __call__(self) -> Rewrite | None:
        if self.seek is not None:
            self.found = self.seek()
            self.seek = None
        return self.found

    def __reduce__(self) -> tuple[Any, ...]:
        return Sought, (None, self())


def rewrite(plan: Plan, statement: Statement, knowledge: Knowledge, decide: Decide) -> Rewrite | None:
    """The nearest permitted statement; None where none is found in a few trials."""
    if statement.many or len(statement.sent) > _MOST_TEXT or statement.problem is not None:
        return None
    own = attrs.evolve(statement, copy=False)  # what is offered is a query
    return _Search(knowledge, decide).below(plan, own, (), plan.facts)


def fewer(plan: Plan, dialect: Dialect, decide: Decide) -> Rewrite | None:
    """The statement of a plan that returned more rows than it may, with a LIMIT."""
    spliced = any(
        isinstance(one, FilterRows) or (isinstance(one, MaskColumn) and one.mask.place is Place.IN_DATABASE)
        for one in plan.decision.obligations
    )
    if spliced or plan.row_limit is None or "%" in plan.text or len(plan.text) > _MOST_TEXT:
        return None  # what is sent is not what the caller wrote
    change = limited(plan.text, dialect, plan.row_limit)
    if change is None:
        return None
    text = apply(plan.text, change.edits)
    found = decide(Statement(text, text, cacheable=False))
    return Rewrite(text.strip(), change.says) if found.decision.effect is Effect.PERMIT else None


@attrs.define(eq=False)
class _Search:
    knowledge: Knowledge
    decide: Decide
    left: int = _TRIALS

    def below(
        self, plan: Plan, statement: Statement, made: tuple[Change, ...], first: Facts | None
    ) -> Rewrite | None:
        """Depth first: what is nearest to the caller's text is tried first."""
        refused = Refused(statement.text, self.knowledge.catalog, plan.facts)
        for reason in plan.decision.reasons:
            try:
                offered = list(changes(refused, reason))
            except AnalysisError:
                continue
            for change in offered:
                if self.left <= 0:
                    return None
                found = self._tried(statement, (*made, change), first)
                if found is not None:
                    return found
        return None

    def _tried(self, statement: Statement, made: tuple[Change, ...], first: Facts | None) -> Rewrite | None:
        edits = made[-1].edits
        if any("%" in new or MARK in new for _, _, new in edits):
            return None  # where a percent sign is written twice, the two texts differ
        after = attrs.evolve(
            statement, sent=apply(statement.sent, edits), text=apply(statement.text, edits), cacheable=False
        )
        try:
            if not _keeps_parameters(statement, after, self.knowledge):
                return None
        except AnalysisError:
            return None
        self.left -= 1
        plan = self.decide(after)
        if plan.decision.effect is Effect.PERMIT:
            return _made(after, made) if _does_no_more(first, plan.facts) else None
        return self.below(plan, after, made, first) if len(made) < _DEPTH else None


def _keeps_parameters(before: Statement, after: Statement, knowledge: Knowledge) -> bool:
    """The caller gives as many values as before."""
    dialect = knowledge.catalog.dialect
    return parameters(before.text, dialect) == parameters(after.text, dialect)


def _does_no_more(before: Facts | None, after: Facts | None) -> bool:
    """Nothing is changed that the caller did not want to change."""
    if after is None:
        return False
    wanted = {(write.kind, write.relation) for write in before.writes} if before is not None else set()
    return {(write.kind, write.relation) for write in after.writes} <= wanted or before is None


def _made(statement: Statement, made: tuple[Change, ...]) -> Rewrite:
    says = "; ".join(dict.fromkeys(change.says for change in made))
    return Rewrite(statement.sent.strip(), says, any(change.is_template for change in made))
