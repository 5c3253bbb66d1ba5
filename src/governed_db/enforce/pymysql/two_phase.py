"""MySQL's two-phase transactions, which outlive their session, held to the session that began them.

Prepared ones can be ended by every session that knows their names, and keep their locks until then. So a
session ends its own only, and agents, whose work ends with them, begin none. Analysis lets XA pass in these
shapes alone (sql/commands.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

from governed_db.enforce.pymysql.session import gate_in
from governed_db.errors import AnalysisError

if TYPE_CHECKING:
    from governed_db.core.plan import Statement
    from governed_db.enforce.pymysql.session import Session
    from governed_db.model.principal import Principal

_XA: Final = re.compile(
    r"\s*XA\s+(?P<verb>BEGIN|START|END|PREPARE|COMMIT|ROLLBACK)\s+"
    r"(?P<xid>.*?)(?P<once>\s+ONE\s+PHASE)?[\s;]*",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
_KEPT: Final = 256  # names of transactions of one session that it has not ended


@attrs.frozen
class TwoPhase:
    """What a text does to which transaction. `is_current`: the server takes only the session's own."""

    verb: str
    xid: str
    is_current: bool

    def held(self, session: Session, statement: Statement) -> Statement:
        """The statement, with the problem that there is; under `observe` there is none."""
        if session.observes or (problem := self._problem(session)) is None:
            return statement
        return attrs.evolve(statement, problem=statement.problem or problem)

    def _problem(self, session: Session) -> AnalysisError | None:
        if _has_agent(gate_in(session).context().principal):
            return AnalysisError(
                "GDB303",
                "a two-phase transaction outlives its session, and agents begin and end none",
                help="use BEGIN and COMMIT",
            )
        if self.is_current or self.xid in session.xids:
            return None
        return AnalysisError(
            "GDB303",
            "this two-phase transaction was not begun on this connection",
            help="end it where it was begun, or have the owner of the database end it",
        )

    def note(self, session: Session) -> None:
        """It was sent."""
        if self.verb in ("BEGIN", "START") and len(session.xids) < _KEPT:
            session.xids.add(self.xid)
        elif self.verb in ("COMMIT", "ROLLBACK"):
            session.xids.discard(self.xid)


def two_phase(text: str) -> TwoPhase | None:
    """What the text is, if it is about a two-phase transaction."""
    found = _XA.fullmatch(text)
    if found is None:
        return None
    verb = found["verb"].upper()
    return TwoPhase(verb, found["xid"], verb not in ("COMMIT", "ROLLBACK") or found["once"] is not None)


def _has_agent(principal: Principal) -> bool:
    return principal.kind == "agent" or (principal.actor is not None and _has_agent(principal.actor))
