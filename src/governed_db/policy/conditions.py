"""The text of a `when:` into a compiled condition.

CEL, by Google's own library (docs/adr/0004-cel.md). Every variable is declared with its type, so
that a misspelt name or a comparison of unlike types is a problem of the policy file, not of the
night on which the rule is first needed. What a condition reads is found by compiling it once more
without the variables in question: if that fails, it reads them. The library is imported only when a
policy has a condition.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from governed_db.model.policy import Condition, Variables
from governed_db.model.principal import Context, Principal
from governed_db.model.risk import Risk
from governed_db.model.statement import Facts

if TYPE_CHECKING:
    from cel_expr_python import cel

_STABLE = {
    "principal.id": "string",
    "principal.kind": "string",
    "principal.groups": "list<string>",
    "principal.groups_complete": "bool",
    "principal.attributes": "map<string, dyn>",
    "stmt.kind": "string",
    "stmt.kinds": "list<string>",
    "stmt.verb": "string",
    "stmt.joins": "int",
    "stmt.relations": "list<string>",
    "stmt.writes": "list<string>",
    "stmt.row_limit": "dyn",  # null when there is none: comparing that is an error, so it permits nothing
    "stmt.functions": "list<string>",
    "stmt.locks": "bool",
    "stmt.columns": "list<string>",
    "database": "string",
}
_CLOCK = {"now": "timestamp", "now.hour": "int", "now.minute": "int", "now.weekday": "int"}
_CONTEXT = dict.fromkeys(
    ("context.conversation", "context.purpose", "context.tool", "context.model"), "string"
)
_RISK = {"risk.score": "int", "risk.signals": "list<string>"}
VARIABLES = (*_STABLE, *_CLOCK, *_CONTEXT, *_RISK)

_NOISE = re.compile(r"^(INVALID_ARGUMENT: )?ERROR: <input>:(\d+):(\d+): (.*)$", re.DOTALL)


class ConditionError(ValueError):
    """A condition that is not valid CEL over our variables, or could not be evaluated."""


class Compiler:
    """Compiles the conditions of one policy; the environments are made on first use."""

    def __init__(self) -> None:
        self._environments: dict[str, cel.Env] = {}

    def compile(self, text: str) -> Condition:
        """Raises ConditionError with the position inside the text."""
        try:
            expression = self._environment("all").compile(text)
        except RuntimeError as error:
            raise ConditionError(_explain(str(error))) from None
        kind = expression.return_type().name()
        if kind not in {"BOOL", "DYN"}:
            raise ConditionError(f"is {kind.lower()}, must be true or false")
        return Condition(
            text,
            _test(expression),
            is_volatile=not self._compiles(text, "stable"),
            reads_groups=not self._compiles(text, "groupless"),
            reads_risk=not self._compiles(text, "riskless"),
        )

    def constant(self, text: str) -> bool | None:
        """What the condition always is, None when it reads variables."""
        if not self._compiles(text, "none"):
            return None
        try:
            return _test(self._environment("none").compile(text))({})
        except ConditionError:
            return False

    def _compiles(self, text: str, environment: str) -> bool:
        try:
            self._environment(environment).compile(text)
        except RuntimeError:
            return False
        return True

    def _environment(self, name: str) -> cel.Env:
        if name not in self._environments:
            self._environments[name] = _environment(name)
        return self._environments[name]


def _environment(name: str) -> cel.Env:
    try:
        from cel_expr_python import cel
    except ImportError:
        raise ConditionError("needs the package cel-expr-python, which is not installed") from None
    everything = {**_STABLE, **_CLOCK, **_CONTEXT, **_RISK}
    declared = {
        "all": everything,
        "stable": _STABLE,
        "groupless": {key: kind for key, kind in everything.items() if key != "principal.groups"},
        "riskless": {**_STABLE, **_CLOCK, **_CONTEXT},
        "none": {},
    }[name]
    return cel.NewEnv(variables={key: cel.Type(kind) for key, kind in declared.items()})


def _test(expression: cel.Expression) -> Callable[[Variables], bool]:
    def test(variables: Variables) -> bool:
        value = expression.eval(data=dict(variables)).value()
        if not isinstance(value, bool):  # CEL gives errors back as values
            raise ConditionError("could not be evaluated")  # its text may show a value
        return value

    return test


def _explain(message: str) -> str:
    found = _NOISE.match(message)
    if found is None:
        return message.splitlines()[0]
    said = found[4].splitlines()[0].replace(" (in container '')", "")
    return f"{said} (line {found[2]}, column {found[3]} of the condition)"


def variables(principal: Principal, facts: Facts, database: str) -> dict[str, Any]:
    """What stays true for as long as a plan is kept."""
    return {
        "principal.id": principal.id,
        "principal.kind": principal.kind,
        "principal.groups": list(principal.groups),
        "principal.groups_complete": principal.groups_complete,
        "principal.attributes": dict(principal.attributes),
        "stmt.kind": facts.kind.value,
        "stmt.kinds": sorted(kind.value for kind in facts.kinds),
        "stmt.verb": facts.verb,
        "stmt.joins": facts.joins,
        "stmt.relations": sorted(map(str, facts.relations | facts.base_relations)),
        "stmt.writes": sorted({str(write.relation) for write in facts.writes}),
        "stmt.row_limit": facts.row_limit,
        "stmt.functions": sorted(facts.functions),
        "stmt.locks": facts.locks_rows,
        "stmt.columns": sorted(map(str, facts.columns)),
        "database": database,
    }


def risky(risk: Risk) -> dict[str, Any]:
    """What is true of one statement of one principal at one moment."""
    return {"risk.score": risk.score, "risk.signals": list(risk.signals)}


def momentary(now: datetime | None, context: Context | None) -> dict[str, Any]:
    """What is true for one call only. Without a clock, a condition that reads it is an error."""
    said: dict[str, Any] = {}
    if now is not None:
        moment = now.astimezone(UTC)
        said |= {
            "now": moment,
            "now.hour": moment.hour,
            "now.minute": moment.minute,
            "now.weekday": moment.isoweekday(),
        }
    if context is not None:
        said |= {
            "context.conversation": context.conversation or "",
            "context.purpose": context.purpose or "",
            "context.tool": context.tool or "",
            "context.model": context.model or "",
        }
    return said
