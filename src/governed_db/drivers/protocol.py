"""What enforcement asks of each driver's adapter, as a protocol."""

from __future__ import annotations

from typing import Protocol

from governed_db.core.plan import Plan
from governed_db.core.ports import Refusals
from governed_db.model.catalog import Dialect


class Driver(Refusals, Protocol):
    """One adapter for each driver; stateless.

    `writes_literals`: parameters come to the gate as the SQL that is sent for them. `paramstyle` as in
    DB-API: "pyformat" (%s and %(name)s) or "qmark" (native placeholders, left to
    the dialect's lexer).
    """

    dialect: Dialect
    paramstyle: str
    writes_literals: bool

    def refused_call(self, name: str, help: str) -> Exception:
        """A public name of the driver that must not be used, as the driver's own exception (GDB701)."""

    def ungoverned(self) -> Exception:
        """The backstop's refusal: a statement that did not come through the line (GDB700)."""

    def rebuilt(self, error: BaseException, plan: Plan) -> BaseException:
        """The same class and SQLSTATE with constraint and column names kept and every value gone."""
