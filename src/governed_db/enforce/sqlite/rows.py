"""A running statement into rows as its caller may see them.

The statement runs on a cursor of our own, never on the caller's: whoever fetches by the driver's own
methods from the caller's cursor finds nothing there. The caller's cursor is given the same description
by a statement that returns no row, because row factories such as sqlite3.Row read it there.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from threading import get_ident
from typing import Any, Final, cast

from governed_db.core.plan import Plan
from governed_db.enforce.sqlite.session import Own, SqliteSession, TextSeam, is_foreign_converter
from governed_db.errors import AnalysisError

Row = tuple[Any, ...]

_TRUSTED_FACTORIES: Final = (str, bytes, bytearray)
_TYPE_IN_NAME: Final = re.compile(r"\[([^\[\]]*)\]")
_text_factory = sqlite3.Connection.text_factory.__get__
_GAP: Final = (
    "the schema may have changed just now: run it again; if that does not help, it is a gap in the analysis:"
    " please report the statement"
)
END: Final = object()


class GuardedRows:
    """The rows of one statement that touches protected data.

    `counts` gives the driver's row count and last row id. The cursor that holds the raw rows is seen
    by the closures made here alone.
    """

    __slots__ = ("_connection", "_is_masked", "_left", "_plan", "_session", "counts", "rows")

    def __init__(
        self,
        source: Iterable[Row],
        plan: Plan,
        session: SqliteSession,
        connection: sqlite3.Connection,
        counts: Callable[[], tuple[int, int | None]],
    ) -> None:
        self.rows = _shown(source, plan, session)
        self.counts = counts
        self._plan = plan
        self._session = session
        self._connection = connection
        self._is_masked = plan.row_mask is not None
        self._left = plan.timeout

    def next(self) -> Any:
        """The next row, END after the last."""
        return self._pull(next, self.rows, END)

    def many(self, size: int | None) -> list[Row]:
        """Up to `size` rows, all that are left for None."""
        return self._pull(list, self.rows if size is None else islice(self.rows, size))  # type: ignore[no-any-return]

    def _pull(self, call: Callable[..., Any], *arguments: Any) -> Any:
        is_plain = not self._is_masked or _text_factory(self._connection) is str
        if is_plain and self._left is None:
            return call(*arguments)
        thread, session = get_ident(), self._session
        if self._is_masked:
            check_text_factory(self._connection, session, self._plan)
            session.unmasked.add(thread)
        started = time.monotonic()
        session.deadline = started + self._left if self._left is not None else None
        try:
            return call(*arguments)
        finally:
            session.unmasked.discard(thread)
            session.deadline = None
            if self._left is not None:
                self._left -= time.monotonic() - started


def _shown(source: Iterable[Row], plan: Plan, session: SqliteSession) -> Iterator[Row]:
    """Masked rows up to the limit; what the driver raises meanwhile is told without values."""
    failure: BaseException | None = None
    try:
        rows = iter(source)
        wanted: Iterator[Row] = rows if plan.row_limit is None else islice(rows, plan.row_limit)
        if plan.row_mask is not None:
            wanted = map(cast("Callable[[Row], Row]", plan.row_mask), wanted)
            if not any(session.text_factory is trusted for trusted in _TRUSTED_FACTORIES):
                wanted = map(_unmasked_texts(plan, session), wanted)
        yield from wanted
        if plan.row_limit is not None and next(rows, END) is not END:
            failure = too_many_rows(session, plan)
    except Exception as error:  # noqa: BLE001  # any: converters of callers run in here; told again below
        failure = error
    if failure is not None:
        raise told(failure, plan, session)


def told(error: BaseException, plan: Plan, session: SqliteSession) -> BaseException:
    """What the caller gets to see in place of an error. Raised where no original is being handled."""
    gate = session.gate
    objection, session.objection = session.objection, None
    if objection is not None and isinstance(error, sqlite3.DatabaseError):
        gate.schema_changed()
        return gate.refuse(plan, "GDB130", objection, _GAP)
    if session.deadline is not None and str(error) == "interrupted":
        return gate.refuse(
            plan, "GDB330", f"the statement ran longer than {plan.timeout:g} seconds", "narrow it down"
        )
    if isinstance(error, AnalysisError):
        return gate.refuse(plan, error.code, error.message, error.help)
    return gate.driver.rebuilt(error, plan) if plan.protected else error


def too_many_rows(session: SqliteSession, plan: Plan) -> Exception:
    return session.gate.refuse(
        plan,
        "GDB320",
        f"the statement returns more than the {plan.row_limit} rows that are permitted",
        "add a LIMIT or a narrower WHERE clause",
    )


def check_width(description: Any, plan: Plan, session: SqliteSession) -> None:
    """The result has the columns that were analysed, or nothing of it is handed out."""
    facts = plan.facts
    if facts is None or not facts.returns_rows or plan.width == 0:
        return
    width = len(description or ())
    if width != plan.width:
        session.gate.schema_changed()
        raise session.gate.refuse(
            plan,
            "GDB221",
            f"the database returned {width} columns where analysis found {plan.width}",
            "the schema has probably changed: run the statement again",
        )


def check_text_factory(connection: sqlite3.Connection, session: SqliteSession, plan: Plan) -> None:
    """A factory that was set behind our back would see raw text."""
    factory = _text_factory(connection)
    if not any(factory is trusted for trusted in _TRUSTED_FACTORIES) and type(factory) is not TextSeam:
        raise session.gate.refuse(
            plan, "GDB231", "a text_factory of the application would see raw text", "set it on the connection"
        )


def check_converters(plan: Plan, session: SqliteSession) -> None:
    """Converters run before any mask: of a masked column only the driver's own may."""
    facts, catalog = plan.facts, session.gate.catalog
    if not session.detect_types or facts is None or catalog is None:
        return
    for index in plan.masked:
        output = facts.outputs[index]
        names = set(_TYPE_IN_NAME.findall(output.name))
        for ref in output.labels:
            relation = catalog.relations.get((ref.schema, ref.relation))
            columns = relation.columns if relation is not None else ()
            names |= {re.split(r"[ (]", one.type)[0] for one in columns if one.name == ref.column}
        if any(map(is_foreign_converter, names)):
            raise session.gate.refuse(
                plan,
                "GDB231",
                f"a converter of the application would see the raw values of {output.name}",
                "leave the column out, or connect without detect_types",
            )


def describe(cursor: sqlite3.Cursor, plan: Plan, description: Any, session: SqliteSession) -> None:
    """Give the caller's cursor the description of a result that it does not hold."""
    if description is not None:
        shape = session.shape_of(plan, description)
        session.permitted(Own.CATALOG, sqlite3.Cursor.execute, cursor, shape)


def _unmasked_texts(plan: Plan, session: SqliteSession) -> Callable[[Row], Row]:
    """The caller's text_factory, for the columns that are shown as they are."""
    masked = frozenset(plan.masked)
    factory = session.text_factory

    def convert(row: Row) -> Row:
        return tuple(
            factory(value.encode("utf-8", "surrogateescape"))
            if type(value) is str and index not in masked
            else value
            for index, value in enumerate(row)
        )

    return convert
