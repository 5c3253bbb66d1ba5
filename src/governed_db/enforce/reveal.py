"""A token into the value that it stands for, for those whom policy entitles; recorded before it is given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from governed_db.core import events
from governed_db.core.plan import Plan
from governed_db.enforce.admission import Refused
from governed_db.enforce.gate import Gate
from governed_db.errors import AnalysisError, ConfigurationError
from governed_db.mask.tokens import Domain
from governed_db.model.audit import AuditEvent
from governed_db.model.classification import TAXONOMY
from governed_db.model.decision import Decision, Effect, Reason
from governed_db.policy.revealing import decide_reveal

_REDACTED = "reveal(?)"


def reveal(connection: Any, token: str | bytes) -> str | bytes:
    """The value that a token of this connection's database stands for.

    It asks the policy, not the database: it works for async connections too, without waiting. Each use is
    an event of its own in the trail, without the value, and on disk before the value is given. Raises
    StatementDenied, which is also the driver's own exception.
    """
    gate = _gate_of(connection)
    text = token.decode("latin-1") if isinstance(token, bytes) else str(token)
    try:
        refused = gate.admit()
        if refused is not None:
            raise refused
        classification, value = _opened(gate, text)
    except AnalysisError as error:
        rule = error.rule if isinstance(error, Refused) else "tokens"
        reason = Reason(error.code, error.message, help=error.help, rule=rule)
        decision = Decision(Effect.DENY, rule, gate.ports.policy.revision, (reason,))
        classification, value = "", ""
    else:
        decision = _decide(gate, classification)
    decision_id = gate.ports.new_id()
    _record(gate, text, decision, classification, decision_id)
    if decision.effect is not Effect.PERMIT:
        raise gate.driver.denied(Plan("", decision, None, redacted=_REDACTED, fingerprint=""), decision_id)
    return value


def _gate_of(connection: Any) -> Gate:
    gate = getattr(getattr(connection, "_governed", None), "gate", None)
    if not isinstance(gate, Gate):
        raise ConfigurationError(
            f"reveal takes an open governed connection, not {type(connection).__qualname__}",
            help="open it with governed_db.connect or one of the drop-in modules",
        )
    return gate


def _opened(gate: Gate, token: str) -> tuple[str, str | bytes]:
    """The classification that a token was made for, and its value. It does not name it: all are tried."""
    said = [one.classification for one in gate.ports.policy.overrides if one.classification is not None]
    found, value_of = None, gate.planner.keys_in_use.value_of
    for classification in dict.fromkeys([*TAXONOMY, *said]):
        try:
            return classification, value_of(token, Domain(gate.planner.database, classification))
        except AnalysisError as error:
            found = found or error
    assert found is not None  # noqa: S101  # the taxonomy is not empty
    raise found


def _decide(gate: Gate, classification: str) -> Decision:
    context = gate.context()
    return decide_reveal(
        classification,
        context.principal,
        gate.ports.policy,
        database=gate.planner.database,
        clock=lambda: datetime.fromtimestamp(gate.ports.now(), UTC),
        context=context,
    )


def _record(gate: Gate, token: str, decision: Decision, classification: str, decision_id: str) -> None:
    """On disk before anything else happens. A keyed hash tells the token, so that uses can be counted."""
    is_given = decision.effect is Effect.PERMIT
    fields = events.describe_context(gate.context()) | {
        "database": gate.planner.database,
        "call": "reveal",
        "statement": _REDACTED,
        "status": "ok" if is_given else "refused",
        "classification": classification or None,
        "token": gate.ports.digest(token.encode("utf-8", "surrogatepass")),
        "decision": {
            "id": decision_id,
            "effect": decision.effect.value,
            "rule": decision.rule,
            "revision": decision.revision,
            "reasons": [{"code": reason.code, "rule": reason.rule} for reason in decision.reasons],
        },
    }
    phase = "outcome" if is_given else "refusal"
    gate.audit.write(AuditEvent(gate.ports.new_id(), gate.ports.now(), phase, fields))
