"""A change of several statements into MariaDB's transaction or savepoint around all of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from pymysql.constants import SERVER_STATUS

from governed_db.core.driving import drive
from governed_db.core.effects import RunResult
from governed_db.drivers.pymysql import DRIVER
from governed_db.enforce import changing, moves
from governed_db.enforce.explain import understood
from governed_db.enforce.pymysql.ahead import ahead
from governed_db.enforce.pymysql.line import knowledge, line_of
from governed_db.enforce.pymysql.lookup import command, look_up, ping
from governed_db.enforce.pymysql.session import gate_in, session_of
from governed_db.enforce.pymysql.text import Form

_SAVEPOINT: Final = "`governed_db_change`"


class MysqlChange:
    """The statements of a change on one connection."""

    def __init__(self, connection: Any, formed: Any) -> None:
        self._connection = connection
        self._formed = formed
        self._forms: list[Form] = []
        self._began = False
        self._commits = False

    def add(self, sql: Any, parameters: Any) -> None:
        """Take a statement as it is now, with its values written: no encoder is asked again when it runs."""
        self._forms.append(self._formed(sql, parameters))

    def run(self, reason: str) -> Sequence[RunResult]:
        """All of it, or nothing."""
        session = session_of(self._connection)
        with session.turn.whole:
            lines = [line_of(self._connection, form) for form in self._forms]
            gate = gate_in(session)

            def do(move: moves.Move) -> Any:
                match move:
                    case moves.Understand(number):
                        return understood(gate, lines[number].statement, knowledge(self._connection))
                    case moves.Open(is_trial):
                        return self._open(is_trial=is_trial)
                    case moves.Undo():
                        return self._undo()
                    case moves.Keep():
                        return self._keep()
                    case moves.RunPart(number):
                        return lines[number].run(partial(look_up, self._connection))
                    case moves.Measure(number, plan, trial):
                        return ahead(session, lines[number].wording, plan, trial, is_ours=True)

            return drive(changing.steps(gate, [line.statement for line in lines], reason), do)

    def _open(self, *, is_trial: bool) -> None:
        session = session_of(self._connection)
        with session.turn:
            status = ping(session)
            self._began = not session.in_transaction(status)
            self._commits = self._began and bool(status & SERVER_STATUS.SERVER_STATUS_AUTOCOMMIT)
            if is_trial and not self._began:
                raise DRIVER.refused_call(
                    "asking for a change while a transaction is open",
                    "commit or roll back first: MariaDB would keep the locks of what is measured",
                )
            command(session, "START TRANSACTION" if self._began else f"SAVEPOINT {_SAVEPOINT}")

    def _undo(self) -> None:
        self._send("ROLLBACK" if self._began else f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")

    def _keep(self) -> None:
        if self._commits:
            self._send("COMMIT")
        elif not self._began:
            self._send(f"RELEASE SAVEPOINT {_SAVEPOINT}")

    def _send(self, text: str) -> None:
        session = session_of(self._connection)
        with session.turn:
            command(session, text)


def change_of(connection: Any, cursor: Any) -> MysqlChange:
    """`cursor` writes values as the connection's own cursors do."""
    return MysqlChange(connection, partial(cursor._governed_form, connection))
