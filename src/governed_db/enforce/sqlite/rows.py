"""A running statement into rows as its caller may see them.

The statement runs on a cursor of the real connection, never on the caller's: whoever fetches by the driver's
own methods from the caller's cursor finds nothing there. The caller's cursor is given the same description,
where somebody may read it, because row factories such as sqlite3.Row do that.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from threading import get_ident
from typing import Any, Final

from governed_db.core.plan import Plan
from governed_db.enforce.sqlite.converters import is_foreign_converter
from governed_db.enforce.sqlite.session import Own, SqliteSession
from governed_db.errors import AnalysisError, StatementDenied

Row = tuple[Any, ...]

_TRUSTED_FACTORIES: Final = (str, bytes, bytearray)
_TYPE_IN_NAME: Final = re.compile(r"\[([^\[\]]*)\]")
_GAP: Final = (
    "the schema may have changed just now: run it again; if that does not help, it is a gap in the analysis:"
    " please report the statement"
)
END: Final = object()


class Rows:
    """The rows of one statement: masked, counted, and within their time."""

    __slots__ = ("_is_free", "_room", "_session", "_source", "_time", "is_described", "plan")

    def __init__(self, source: Iterable[Row], plan: Plan, session: SqliteSession) -> None:
        self._source = iter(source)
        self.plan = plan
        self._session = session
        self._room = plan.row_limit
        self._time = plan.timeout
        self._is_free = plan.row_mask is None and plan.timeout is None
        self.is_described = False
        if plan.row_mask is not None:
            mask: Any = plan.row_mask  # mypy: masks take and make tuples here
            self._source = map(mask, self._source)
            scan = session.gate.scan(plan)
            if scan is not None:
                self._source = map(scan.row, self._source)
            if not any(session.text_factory is trusted for trusted in _TRUSTED_FACTORIES):
                self._source = map(_unmasked_texts(plan, session), self._source)

    @property
    def is_plain(self) -> bool:
        """Whether nothing needs to be done with them."""
        return self._is_free and self._room is None and not self.plan.protected

    def next(self) -> Any:
        """The next row, END after the last."""
        if self._is_free and self._room is None:
            failure: BaseException
            try:
                return next(self._source, END)
            except Exception as error:  # noqa: BLE001  # as in `_pull`
                failure = told(error, self.plan, self._session)
            try:
                raise failure
            finally:
                del failure  # it holds this frame
        row = self._pull(next, self._source, END)
        if self._room is not None and row is not END:
            self._count(1)
        return row

    def many(self, size: int | None) -> list[Row]:
        """Up to `size` rows, all that are left for None."""
        if self._room is None:
            return self._pull(list, self._source if size is None else islice(self._source, size))  # type: ignore[no-any-return]
        most = self._room + 1 if size is None else min(size, self._room + 1)
        rows: list[Row] = self._pull(list, islice(self._source, most))
        self._count(len(rows))
        return rows

    def each(self) -> Iterator[Row]:
        """One after the other, without a call of ours for each. A generator shows nobody what it reads."""
        yield from self._source

    def _count(self, number: int) -> None:
        self._room = (self._room or 0) - number
        if self._room < 0:
            self._room = 0
            self._source = iter(())
            raise too_many_rows(self._session, self.plan)

    def _pull(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """What the driver raises meanwhile is told without values."""
        if not self._is_free:
            return self._watched(call, *arguments)
        failure: BaseException
        try:
            return call(*arguments)
        except Exception as error:  # noqa: BLE001  # any: converters of callers run in here; told again below
            failure = told(error, self.plan, self._session)
        try:
            raise failure
        finally:
            del failure  # it holds this frame

    def _watched(self, call: Callable[..., Any], *arguments: Any) -> Any:
        thread, session = get_ident(), self._session
        failure: BaseException
        # Callbacks of callers can read other rows meanwhile: what they find is put back.
        was_unmasked, was_deadline = thread in session.unmasked, session.deadline
        if self.plan.row_mask is not None:
            session.unmasked.add(thread)
        started = time.monotonic()
        session.deadline = started + self._time if self._time is not None else was_deadline
        try:
            return call(*arguments)
        except Exception as error:  # noqa: BLE001  # as above
            failure = told(error, self.plan, session)
        finally:
            if not was_unmasked:
                session.unmasked.discard(thread)
            session.deadline = was_deadline
            if self._time is not None:
                self._time -= time.monotonic() - started
        try:
            raise failure
        finally:
            del failure  # it holds this frame


def told(error: BaseException, plan: Plan, session: SqliteSession) -> BaseException:
    """What the caller gets to see in place of an error. Raised where no original is being handled."""
    gate = session.gate
    objection, session.objection = session.objection, None
    if objection is not None and isinstance(error, sqlite3.DatabaseError):
        gate.schema_changed()
        return gate.refuse(plan, "GDB130", objection, _GAP)
    if session.deadline is not None and str(error) == "interrupted":
        return gate.refuse(
            plan, "GDB331", f"the statement ran longer than {plan.timeout:g} seconds", "narrow it down"
        )
    if isinstance(error, StatementDenied):
        return error  # a refusal of ours, met on the way of the rows
    if isinstance(error, AnalysisError):
        return gate.refuse(plan, error.code, error.message, error.help)
    return gate.driver.rebuilt(error, plan) if gate.must_hide(plan, error) else error


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
    if facts is None or (facts.returns_rows and plan.width == 0):
        return
    width = len(description or ())
    if width != (plan.width if facts.returns_rows else 0):
        session.gate.schema_changed()
        raise session.gate.refuse(
            plan,
            "GDB221",
            f"the database returned {width} columns where analysis found {plan.width}",
            "the schema has probably changed: run the statement again",
        )


def check_converters(plan: Plan, session: SqliteSession) -> None:
    """Converters run before any mask: of a masked column only the driver's own may."""
    facts, catalog = plan.facts, session.gate.catalog
    if not session.detect_types or facts is None or catalog is None:
        return
    for index in plan.masked:
        output = facts.outputs[index]
        # SQLite names a column after its text where it has no name: whatever the text has, may be there.
        names = {*_TYPE_IN_NAME.findall(output.name), *_TYPE_IN_NAME.findall(plan.text)}
        for ref in output.labels:
            relation = catalog.relations.get((ref.schema, ref.relation))
            columns = relation.columns if relation is not None else ()
            names |= {re.split(r"[ (]", one.type)[0] for one in columns if one.name == ref.column}
        if any(is_foreign_converter(name, session.trusted) for name in names):
            raise session.gate.refuse(
                plan,
                "GDB231",
                f"a converter of the application would see the raw values of {output.name}",
                "leave the column out, or connect without detect_types",
            )


def describe(cursor: sqlite3.Cursor, plan: Plan, description: Any, session: SqliteSession) -> None:
    """Give the caller's cursor, where C code reads it, the description of a result that it does not hold."""
    shape = session.texts.shape_of(plan, description)
    session.inside(Own.SHAPE, sqlite3.Cursor.execute, cursor, shape)


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
