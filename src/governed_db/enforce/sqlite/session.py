"""What a governed sqlite3 connection keeps beside the driver's own state, the real connection first of all.

Rules of this file:

* The driver's C methods ask nobody (backup, blobopen, set_authorizer called unbound), so what callers hold
  is a connection to an empty database in memory. The real one is `real`, and no public name leads to it.
* The real one is asked by the driver to prepare each text, and SQLite asks the authorizer about each thing
  that it does. Both say no unless this thread is inside one of our own calls, with exactly this text.
* Each plan's text begins with a comment that holds a secret, so that traces can tell ours from callers'.
* Callbacks of callers run without any permit: what they send is governed by itself. While the rows that a
  statement changes are counted, they may send nothing, and other threads wait.
"""

from __future__ import annotations

import enum
import sqlite3
import time
from collections.abc import Callable
from threading import RLock, get_ident
from typing import Any, Final
from weakref import WeakSet

from governed_db.core.plan import Plan
from governed_db.enforce.gate import Gate
from governed_db.enforce.sqlite.limits import Limits
from governed_db.enforce.sqlite.opinion import Opinion
from governed_db.enforce.sqlite.texts import SentTexts
from governed_db.model.decision import FilterRows
from governed_db.model.statement import Kind

Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]

_SCHEMA: Final = frozenset({Kind.DDL, Kind.SESSION})
_TRANSACTIONS: Final = frozenset({sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT})


class Own(enum.Enum):
    """Permits for statements of our own: catalog queries, transaction control as the driver does it."""

    CATALOG = "catalog"
    SHAPE = "shape"  # on the empty database: what a cursor tells of its columns
    TRANSACTION = "transaction"


class SqliteSession:
    """One connection's gate, permits and callbacks."""

    __slots__ = (
        "_opinion",
        "asked",
        "authorizer",
        "changed",
        "computed",
        "deadline",
        "detect_types",
        "functions",
        "gate",
        "inner",
        "is_counting",
        "limits",
        "objection",
        "permits",
        "progress",
        "real",
        "text_factory",
        "texts",
        "trusted",
        "turn",
        "undone",
        "unmasked",
    )

    def __init__(self, gate: Gate, *, detect_types: int) -> None:
        self.gate = gate
        self.real: Any = None
        self.inner: WeakSet[sqlite3.Cursor] = WeakSet()  # cursors of the real connection, which keep it alive
        self.detect_types = detect_types
        self.turn = RLock()
        self.is_counting = False  # a bounded write runs: it must be possible to undo it
        self.permits: dict[int, Plan | Own] = {}
        self.functions: set[str] = set()
        self.trusted: tuple[object, ...] = ()  # converters of a library, which keep no values
        self.computed: frozenset[str] = frozenset()  # names in CHECK and the like of the tables written now
        self.authorizer: Authorizer | None = None
        self.progress: Callable[[], object] | None = None
        self.text_factory: Any = str
        self.unmasked: set[int] = set()  # threads that read rows whose masks are still to come
        self.deadline: float | None = None
        self.objection: str | None = None
        self.asked = 0
        self.limits = Limits()
        self.undone = 0  # changes that were taken back because they were too many
        self._opinion: tuple[Plan, Opinion] | None = None
        self.texts = SentTexts(gate, self.limits)
        self.changed = False  # the schema, in the transaction that is open

    @property
    def observes(self) -> bool:
        """Nothing is refused; what comes past us is recorded."""
        return self.gate.ports.policy.observes

    def is_idle(self) -> bool:
        """Outside of any transaction. Asked of the real connection: a caller's class can say anything."""
        return not sqlite3.Connection.in_transaction.__get__(self.real)

    # -- the schema ----------------------------------------------------------------------------------

    def note_changes(self, plan: Plan) -> None:
        """After what changes the schema look again; after the end of its transaction too."""
        facts = plan.facts
        if facts is None or facts.kinds & _SCHEMA:
            self.changed = not self.is_idle()
            self.gate.schema_changed()
        elif facts.kind is Kind.TRANSACTION:
            self.ended()

    def ended(self) -> None:
        """A transaction ended: what was learned in it may be undone."""
        if self.changed:
            self.changed = False
            self.gate.schema_changed()

    # -- texts ---------------------------------------------------------------------------------------

    def shown(self, text: str) -> str | None:
        """A text that was sent, as its caller knows it; None for our own, and for what they run inside."""
        permit = self.permits.get(get_ident())
        if permit in (Own.CATALOG, Own.SHAPE):
            return None
        if self.texts.is_foreign(text):
            return text
        if isinstance(permit, Plan) and (permit.tokens or permit.watched):
            return permit.text  # SQLite has written what tokens stand for into it
        return self.texts.told(text)

    # -- the backstop --------------------------------------------------------------------------------

    def is_permitted(self, text: object) -> bool:
        """Whether this very text may be prepared by this thread now."""
        permit = self.permits.get(get_ident())
        if type(text) is not str or permit is None:
            return self._lets_pass()
        if isinstance(permit, Own):
            return permit is not Own.TRANSACTION and self.texts.is_own(text)
        return self.texts.seen(permit) == text or self._lets_pass()

    def is_shape(self, text: object) -> bool:
        """Whether this thread describes a result on the empty database now."""
        is_ours = self.permits.get(get_ident()) is Own.SHAPE
        return is_ours and type(text) is str and self.texts.is_own(text)

    def _lets_pass(self) -> bool:
        if self.observes:
            self.gate.record_ungoverned()
        return self.observes

    def ungoverned(self) -> Exception:
        """Record and refuse a statement that came past us."""
        self.gate.record_ungoverned()
        return self.gate.driver.ungoverned()

    def authorize(
        self, action: int, first: str | None, second: str | None, schema: str | None, source: str | None
    ) -> int:
        """SQLite's question about one thing that a statement does, asked while it is prepared."""
        permit = self.permits.get(get_ident())
        if permit is None:
            return self._callers_verdict(action, first, second, schema, source)
        self.asked += 1
        if permit is Own.CATALOG or permit is Own.SHAPE:
            return sqlite3.SQLITE_OK
        if isinstance(permit, Own):
            if action not in _TRANSACTIONS:
                return sqlite3.SQLITE_DENY
        else:
            objection = self._opinion_on(permit).objection(action, first, second, schema, source)
            if objection is not None:
                self.objection = objection
                return sqlite3.SQLITE_DENY
        if self.authorizer is None:
            return sqlite3.SQLITE_OK
        verdict: int = self.unpermitted(self.authorizer)(action, first, second, schema, source)
        if verdict == sqlite3.SQLITE_IGNORE and isinstance(permit, Plan) and _is_held(permit):
            return sqlite3.SQLITE_DENY  # NULL in place of a column could let a filter's rows through
        return verdict

    def _callers_verdict(self, *asked: Any) -> int:
        """Of a statement that came past us: no, unless we only observe."""
        if not self.observes:
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK if self.authorizer is None else int(self.authorizer(*asked))

    def _opinion_on(self, plan: Plan) -> Opinion:
        if self._opinion is None or self._opinion[0] is not plan:
            opinion = Opinion(plan, self.gate.catalog, self.functions, self.computed, observes=self.observes)
            self._opinion = plan, opinion
        return self._opinion[1]

    def permitted(self, permit: Plan | Own, call: Callable[..., Any], *arguments: Any) -> Any:
        """The call, in its turn."""
        with self.turn:
            self.check_turn()
            return self.inside(permit, call, *arguments)

    def check_turn(self) -> None:
        """Refuse what a callback sends while the rows that a statement changes are counted.

        It could end the transaction in which they are, and then nothing could be undone.
        """
        if self.is_counting:
            raise self.gate.driver.refused_call(
                "a statement inside of another one",
                "another statement of this connection is being measured: send it before or after that",
            )

    def inside(self, permit: Plan | Own, call: Callable[..., Any], *arguments: Any) -> Any:
        """The call, with a permit for this thread as long as it takes."""
        thread = get_ident()
        before = self.permits.get(thread)
        self.permits[thread] = permit
        try:
            return call(*arguments)
        finally:
            if before is None:
                del self.permits[thread]
            else:
                self.permits[thread] = before

    def unpermitted(self, callback: Callable[..., Any]) -> Callable[..., Any]:
        """A callback of the caller's: while it runs this thread has no permit."""

        def call(*arguments: Any) -> Any:
            thread = get_ident()
            before = self.permits.pop(thread, None)
            try:
                return callback(*arguments)
            finally:
                if before is not None:
                    self.permits[thread] = before

        return named(call, callback)

    def abandon(self) -> None:
        """Give the real connection up, with all that is open in it: SQLite rolls back what was not committed.

        A statement that is still being read would keep it alive, and its transaction open.
        """
        for cursor in tuple(self.inner):
            sqlite3.Cursor.close(cursor)
        sqlite3.Connection.close(self.real)

    # -- callbacks -----------------------------------------------------------------------------------

    def registered(self, name: str) -> None:
        """Note a function of the caller's: what was found harmless before need not be so now."""
        self.functions.add(name.lower())
        self.texts.forget()

    def trust_functions(self) -> None:
        """What is registered now is a library's (Django's, SQLAlchemy's), which keeps no values."""
        self.functions.clear()

    def trust_converters(self, converters: tuple[object, ...]) -> None:
        """They run before any mask and keep nothing: a library's (Django's)."""
        self.trusted = converters

    def tick(self) -> int:
        """The progress handler: past the deadline, or whatever the caller's own says of what is theirs."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            return 1
        if self.progress is None or isinstance(self.permits.get(get_ident()), Own):
            return 0
        return int(bool(self.unpermitted(self.progress)()))


def _is_held(plan: Plan) -> bool:
    """Whether what is shown of the plan's tables is not all that they have."""
    return plan.protected or any(isinstance(one, FilterRows) for one in plan.decision.obligations)


def named(call: Callable[..., Any], callback: Any) -> Callable[..., Any]:
    """Python shows the name of a callback when it fails: the caller's, not ours."""
    for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
        if hasattr(callback, attribute):
            setattr(call, attribute, getattr(callback, attribute))
    return call


class RealConnection(sqlite3.Connection):
    """The connection to the database; callers hold another one."""

    session: SqliteSession | None = None

    def __call__(self, *args: Any) -> Any:
        """The driver prepares every text that it has not kept by calling its connection."""
        if self.session is None or len(args) != 1 or not self.session.is_permitted(args[0]):
            raise sqlite3.ProgrammingError("nothing is sent without a permit")
        return super().__call__(*args)


class TextSeam:
    """A caller's text_factory, kept from seeing what is going to be masked."""

    __slots__ = ("_factory", "_unmasked")

    def __init__(self, factory: Callable[[bytes], Any], session: SqliteSession) -> None:
        self._factory = factory
        self._unmasked = session.unmasked

    def __call__(self, raw: bytes) -> Any:
        if get_ident() in self._unmasked:
            return raw.decode("utf-8", "surrogateescape")  # turned back by `shown_text` where not masked
        return self._factory(raw)
