"""What a governed connection knows of the statement that it may send now, in one private object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import pymysql
from pymysql.constants import SERVER_STATUS

from governed_db.core.plan import Knowledge, Plan
from governed_db.drivers.pymysql import DRIVER
from governed_db.enforce.pymysql.opening import Place
from governed_db.enforce.pymysql.places import Shape, shape_of
from governed_db.enforce.pymysql.seam import Seam
from governed_db.enforce.pymysql.text import Form
from governed_db.enforce.pymysql.turn import Turn
from governed_db.model.statement import Kind

if TYPE_CHECKING:
    from governed_db.enforce.gate import Gate
    from governed_db.enforce.metered import MeteredRows
    from governed_db.enforce.pymysql.results import Reader
    from governed_db.enforce.pymysql.wire import Wire
    from governed_db.mask.content.rows import ContentScan

UNKNOWN_NAME: Final = "this release does not know it: use cursors and SQL statements"
_KEPT: Final = 2048  # of what can be worked out again; all of it is dropped when there is more


@attrs.frozen(eq=False)
class Granted:
    """A text that a cursor may send: it belongs to a plan that is being run. `is_counted`: read it whole.

    `sent` goes to the server in its place: it has what tokens stand for.
    """

    plan: Plan
    text: str
    sent: str
    is_counted: bool


@attrs.define(eq=False)
class Session:
    """The private side of one connection.

    `permit` is the one text that may leave now; it is used up by leaving. `offered` is what a cursor is
    about to ask the connection to send. `answering` is the plan of the answer that is being read.
    `encoding`, `status` and `place` are what the driver keeps in attributes that anybody can set.
    `quotes`: the server's warnings can be about protected data. `exact`: plans for which numbers may be
    taken for parameters. `limit`: the seconds that were set for the whole session.
    `setup`: texts that may be sent while the connection is opened. `wire` has the socket, `reader` what
    is read from it last, and `turn` says who may do so. `rows`: how many the last statement changed or
    gave. `accepted`: the server's answer to a command that the driver sent by itself.
    `is_stale`: the schema has to be looked at before the next statement. `xids`: the two-phase
    transactions that were begun here. `has_savepoint`: one may be set, which only a transaction ends.
    """

    gate: Gate | None = None
    wire: Wire | None = None
    reader: Reader | None = None
    turn: Turn = attrs.field(factory=Turn)
    rows: int | None = 0
    accepted: Any = None
    is_stale: bool = False
    has_savepoint: bool = False
    knowledge: Knowledge | None = None
    permit: bytes | None = None
    offered: Form | Granted | None = None
    answering: Plan | None = None
    encoding: str = "utf8"
    status: int = 0
    place: Place | None = None
    secret: Any = attrs.field(default=b"", repr=False)
    is_opening: bool = False
    writes_itself: bool = False
    takes_sockets: bool = False
    quotes: bool = False
    limit: float | None = None
    setup: frozenset[str] = frozenset()
    exact: set[Plan] = attrs.field(factory=set)
    xids: set[str] = attrs.field(factory=set)
    _shapes: dict[str, Shape] = attrs.field(factory=dict)
    _seams: dict[Plan, Seam] = attrs.field(factory=dict)

    @property
    def observes(self) -> bool:
        """Nothing is refused; what happens is recorded."""
        return self.gate is not None and self.gate.ports.policy.observes

    @property
    def keeps_backslashes(self) -> bool:
        """The server takes a backslash in a string for itself, as it said last."""
        return bool(self.status & SERVER_STATUS.SERVER_STATUS_NO_BACKSLASH_ESCAPES)

    def shape(self, template: str) -> Shape:
        found = self._shapes.get(template)
        if found is None:
            found = shape_of(template)
            if len(self._shapes) >= _KEPT:
                self._shapes.clear()
            self._shapes[template] = found
        return found

    def seam(self, plan: Plan) -> Seam:
        """How the plan's rows are let through; made when its first result arrives."""
        found = self._seams.get(plan)
        if found is None:
            if len(self._seams) >= _KEPT:
                self._seams.clear()
            found = self._seams[plan] = Seam(plan, gate_in(self), self.knowledge)
        return found

    def prove(self, plan: Plan) -> None:
        """Note that a number means to this plan's text what a parameter means."""
        if len(self.exact) >= _KEPT:
            self.exact.clear()
        self.exact.add(plan)

    def forget(self) -> None:
        """Look at the schema again: something that it depends on has changed."""
        if self.gate is not None:
            self.gate.schema_changed()

    def begin(self, plan: Plan) -> None:
        """Note what is about to run. A statement that reads no table leaves the warnings of another."""
        self.answering = plan
        if plan.protected:
            self.quotes = True
        elif plan.facts is not None and plan.facts.relations:
            self.quotes = False
        elif plan.facts is not None and plan.facts.kind is Kind.TRANSACTION:
            self._note(plan.facts.verb)

    def _note(self, verb: str) -> None:
        """A savepoint can be set before a transaction is open, and the server does not tell that it is."""
        self.has_savepoint = verb == "savepoint" or (
            self.has_savepoint and verb not in ("begin", "start", "commit", "xa")
        )

    def in_transaction(self, status: int) -> bool:
        """Whether a transaction is open, or there is what beginning one would end; by the server's word."""
        if status & SERVER_STATUS.SERVER_STATUS_IN_TRANS:
            return True
        return self.has_savepoint and not status & SERVER_STATUS.SERVER_STATUS_AUTOCOMMIT

    def refusal(self, plan: Plan, code: str, message: str, help: str) -> Exception:
        """A refusal found while `plan` was running."""
        return gate_in(self).refuse(plan, code, message, help)

    def scan(self, plan: Plan | None) -> ContentScan | MeteredRows | None:
        """What looks into the texts of the plan's rows before anybody gets them."""
        return gate_in(self).scan(plan) if plan is not None and (plan.scanned or plan.meter) else None

    def told(self, error: BaseException, plan: Plan) -> BaseException:
        """What the caller gets to see in place of an error; raised where no original is being handled."""
        if plan.timeout is not None and DRIVER.is_timed_out(error):
            return self.refusal(
                plan,
                "GDB331",
                f"the statement was stopped after {plan.timeout:g} s, the longest that policy permits",
                "narrow it, or run it in smaller pieces",
            )
        is_telling = bool(plan.masked) or gate_in(self).must_hide(plan, error)
        return DRIVER.rebuilt(error, plan) if is_telling else error


def ungoverned(session: Session) -> Exception:
    """The backstop's refusal, recorded."""
    if session.gate is not None:
        session.gate.record_ungoverned()
    return DRIVER.ungoverned()


def session_of(connection: Any) -> Session:
    """The private side of a governed connection."""
    found: Session = connection._governed
    return found


def wire_in(session: Session) -> Wire:
    """What has the socket, where the connection is open."""
    wire = session.wire
    if wire is None or wire._sock is None:
        raise pymysql.err.InterfaceError(0, "")  # what the driver says of a connection that is not open
    return wire


def gate_in(session: Session) -> Gate:
    """Its gate; it has one from the moment that it is opened."""
    if session.gate is None:
        raise pymysql.err.InterfaceError(0, "")  # what the driver says of a connection that is not open
    return session.gate
