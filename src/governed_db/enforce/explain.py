"""A statement on a governed connection into an account of what would happen, running nothing."""

from __future__ import annotations

from typing import Any, cast

import attrs

from governed_db.core.driving import drive
from governed_db.core.govern import understand
from governed_db.core.plan import Knowledge, Plan, Statement
from governed_db.enforce.gate import Gate
from governed_db.errors import ConfigurationError
from governed_db.model.classification import TAXONOMY, UNREVIEWED
from governed_db.model.decision import MaskColumn, Obligation, Reason, ScanColumn
from governed_db.model.rewrite import Rewrite
from governed_db.model.risk import Term
from governed_db.model.statement import ColumnRef, Output


@attrs.frozen
class ExplainedOutput:
    """One column of the result: what it shows, how it is masked, and where: in_driver or in_database.

    `classification`: why it is masked.
    """

    name: str
    labels: tuple[str, ...]
    mask: str | None
    place: str | None = None
    classification: str | None = None


@attrs.frozen
class Explanation:
    """What governed_db would do with a statement.

    `effect`: "permit", "ask" or "deny". `controls`: columns used only in predicates, ordering and the
    like. `text`: what would be sent. `risk`: 0 to 100, the sum of `risk_terms`. `rewrite`: where it is not
    permitted, the nearest statement that is.
    """

    effect: str
    rule: str
    kind: str
    relations: tuple[str, ...]
    outputs: tuple[ExplainedOutput, ...]
    controls: tuple[str, ...]
    obligations: tuple[str, ...]
    reasons: tuple[Reason, ...]
    text: str
    risk: int = 0
    risk_terms: tuple[Term, ...] = ()
    rewrite: Rewrite | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able values."""
        return cast("dict[str, Any]", _jsonable(attrs.asdict(self)))


def explain(connection: Any, sql: str, params: object = None) -> Explanation:
    """What would happen with `sql` on this governed connection; only its catalog is read."""
    describe = getattr(type(connection), "_governed_plan", None)
    if describe is None:
        raise ConfigurationError(
            f"explain takes a governed connection, not {type(connection).__qualname__}",
            help="open it with governed_db.connect or one of the drop-in modules",
        )
    return explanation(describe(connection, sql, params))


def understood(gate: Gate, statement: Statement, knowledge: Knowledge) -> Plan:
    """The plan of a statement with what is known, as `govern` would make it."""
    # Introspect is the one effect of understanding; what was just read cannot be stale.
    context = gate.context()
    plan = drive(understand(statement, context, gate.planner), lambda _: knowledge)
    return gate.planner.admitted(plan, statement, context)


def explanation(plan: Plan) -> Explanation:
    """A plan in the words of the public API."""
    facts, decision = plan.facts, plan.decision
    masks = {one.index: one for one in decision.obligations if isinstance(one, MaskColumn)}
    outputs = facts.outputs if facts is not None else ()
    return Explanation(
        effect=decision.effect.value,
        rule=decision.rule,
        kind=facts.kind.value if facts is not None else "unknown",
        relations=_sorted(facts.relations) if facts is not None else (),
        outputs=tuple(_output(output, masks.get(index)) for index, output in enumerate(outputs)),
        controls=_sorted(facts.controls) if facts is not None else (),
        obligations=tuple(_obligation(one) for one in decision.obligations),
        reasons=decision.reasons,
        text=plan.text,
        risk=plan.risk.score,
        risk_terms=plan.risk.terms,
        rewrite=plan.rewrite() if plan.rewrite is not None else None,
    )


def _output(output: Output, masked: MaskColumn | None) -> ExplainedOutput:
    if masked is None:
        return ExplainedOutput(output.name, _sorted(output.labels), None)
    place = masked.mask.place.value
    return ExplainedOutput(
        output.name, _sorted(output.labels), str(masked.mask), place, masked.classification
    )


def _sorted(names: frozenset[ColumnRef] | frozenset[Any]) -> tuple[str, ...]:
    return tuple(sorted(str(name) for name in names))


def _obligation(obligation: Obligation) -> str:
    if isinstance(obligation, ScanColumn):
        shown = sorted(TAXONOMY.keys() - {UNREVIEWED} - set(obligation.classifications))
        but = f", but for {', '.join(shown)}" if shown else ""
        return f"ScanColumn(index={obligation.index}, hides=whatever is found{but})"
    fields = attrs.asdict(obligation, recurse=False)
    return f"{type(obligation).__name__}({', '.join(f'{name}={value}' for name, value in fields.items())})"


def _jsonable(value: Any) -> Any:
    match value:
        case dict():
            return {name: _jsonable(item) for name, item in value.items()}
        case list() | tuple():
            return [_jsonable(item) for item in value]
        case _:
            return value
