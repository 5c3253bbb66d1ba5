"""What a governed PyMySQL connection keeps beside the driver's own state, and its backstop.

Rules of this file:

* A command leaves only while `permitted` is set to exactly its bytes, or if it is one of the texts
  that the driver sends for its own methods. The permit is used up by sending.
* Packets are written only while a permitted command is being sent, or while the connection is made.
* While the connection is made, its owner's own settings (sql_mode, init_command) may be sent if they
  are plain SET statements; anything else goes down the line even then.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from pymysql.constants import COMMAND

from governed_db.core.plan import Plan
from governed_db.enforce.gate import Gate, Loading
from governed_db.errors import AnalysisError

if TYPE_CHECKING:
    from governed_db.enforce.pymysql.connection import GovernedConnection

Call = Callable[..., Any]

# What Connection.begin, commit, rollback and autocommit send. Transaction control needs no policy.
_DRIVERS_OWN: Final = frozenset(
    {b"BEGIN", b"COMMIT", b"ROLLBACK", b"SET AUTOCOMMIT = 0", b"SET AUTOCOMMIT = 1"}
)
_SETUP: Final = re.compile(rb"\s*SET\s+(?:SESSION\s+)?[\w@.]+\s*=\s*[\w@.,:+\-' ]*;?\s*", re.IGNORECASE)
_QUIT: Final = struct.pack("<iB", 1, COMMAND.COM_QUIT)
_TIMEOUTS: Final = frozenset({1969, 3024})  # MariaDB max_statement_time, MySQL MAX_EXECUTION_TIME


class PyMySQLSession:
    """One connection's gate and permits. `gate` is set when the connection knows where it goes."""

    __slots__ = (
        "connecting",
        "gate",
        "measures",
        "password",
        "permitted",
        "pinned",
        "plan",
        "reads_own",
        "repeats",
        "sending",
    )

    gate: Gate

    def __init__(self) -> None:
        self.password: Any = b""
        self.connecting = True
        self.permitted: bytes | None = None
        self.sending = False
        self.plan: Plan | None = None  # of the statement whose results are read now
        self.reads_own = False  # results read now answer a query of ours
        self.measures = False  # results are read whole, because a savepoint waits for their number
        self.repeats: Plan | None = None  # an executemany of this plan is running
        self.pinned: tuple[Any, ...] | None = None

    # -- the backstop --------------------------------------------------------------------------------

    def check_command(self, command: int, sent: bytes) -> None:
        """Raise unless this command may leave now."""
        permitted, self.permitted = self.permitted, None
        if command == COMMAND.COM_PING or (command == COMMAND.COM_QUERY and sent in _DRIVERS_OWN):
            return
        if permitted != bytes([command]) + sent:
            raise self.ungoverned()

    def check_packet(self, packet: bytes) -> None:
        """Raise unless packets are expected now."""
        if not (self.sending or self.connecting or packet == _QUIT):
            raise self.ungoverned()

    def ungoverned(self) -> Exception:
        self.gate.record_ungoverned()
        return self.gate.driver.ungoverned()

    def permits(self, sent: bytes) -> bool:
        """Whether this text is the one that a governed call is about to send."""
        return self.permitted == bytes([COMMAND.COM_QUERY]) + sent

    def is_setup(self, sent: bytes) -> bool:
        return self.connecting and _SETUP.fullmatch(sent) is not None

    # -- sending -------------------------------------------------------------------------------------

    def send(
        self, plan: Plan | None, sent: bytes, call: Call, *args: Any, command: int = COMMAND.COM_QUERY
    ) -> Any:
        """The call, which sends exactly this; `plan` is what its results are read under."""
        self.plan = plan
        self.permitted = bytes([command]) + sent
        try:
            return call(*args)
        finally:
            self.permitted = None

    def own(self, connection: GovernedConnection, text: str) -> list[tuple[Any, ...]]:
        """The rows of a statement of our own; what the connection says of the caller's last is kept."""
        affected = connection._affected_rows
        plan = self.plan
        self.reads_own = True
        try:
            self.send(None, text.encode("ascii"), connection._governed_query, text)
            result = connection._result
        finally:
            self.reads_own, self.plan = False, plan
            connection._result = None
            connection._affected_rows = affected
        return list((result.rows if result is not None else None) or ())

    def introspect(self, connection: GovernedConnection, loading: Loading) -> Any:
        """Answer a catalog loader's queries on this connection; no transaction is opened."""
        try:
            query = next(loading)
            while True:
                query = loading.send(self.own(connection, query))
        except StopIteration as stop:
            return stop.value

    # -- what went wrong -----------------------------------------------------------------------------

    def guarded(self, plan: Plan, call: Call, *args: Any) -> Any:
        """The call, with errors told as the plan wants it and no original error hanging on them."""
        failure: BaseException
        try:
            return call(*args)
        except Exception as error:  # noqa: BLE001  # any: converters of callers run in here; told again below
            failure = self.told(error, plan)
        raise failure

    def told(self, error: BaseException, plan: Plan) -> BaseException:
        """What the caller gets to see in place of an error."""
        if plan.timeout is not None and error.args and error.args[0] in _TIMEOUTS:
            message = f"the statement ran longer than {plan.timeout:g} seconds"
            return self.gate.refuse(plan, "GDB330", message, "narrow it down")
        if isinstance(error, AnalysisError):
            return self.gate.refuse(plan, error.code, error.message, error.help)
        return self.gate.driver.rebuilt(error, plan) if plan.protected else error
