"""psycopg's cursors into governed ones, sync and async alike: a mixin over the generators they share.

Every way to send a statement ends in one of these generators, whichever public method, subclass or unbound
base-class call began it. Below them the backstop: only the text that a plan permits is converted into what
psycopg sends, and a cursor of any other class ends at the connection's `_start_query`.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import adapt
from psycopg.generators import fetch
from psycopg.pq import ExecStatus, TransactionStatus

from governed_db.core.plan import Plan
from governed_db.core.tokens import is_suspect
from governed_db.enforce.psycopg.clean import is_clean
from governed_db.enforce.psycopg.copy_life import first_half
from governed_db.enforce.psycopg.deadlines import within
from governed_db.enforce.psycopg.facades import ResultFacade, hide
from governed_db.enforce.psycopg.line import governed, permitted, statement_of
from governed_db.enforce.psycopg.masking import MaskingTransformer, arm
from governed_db.enforce.psycopg.onlookers import refuse_onlookers
from governed_db.enforce.psycopg.opinion import compare
from governed_db.enforce.psycopg.rows import check, count
from governed_db.enforce.psycopg.seat import Seat, seat_of
from governed_db.enforce.psycopg.session import gate_of, refuse_busy, ungoverned
from governed_db.enforce.psycopg.setup import own_plan
from governed_db.enforce.psycopg.single import Single
from governed_db.enforce.psycopg.text import Style, check_letters, merged, sendable
from governed_db.enforce.psycopg.turning import turned
from governed_db.enforce.psycopg.vouching import held

if TYPE_CHECKING:
    from psycopg._cursor_base import BaseCursor
    from psycopg._queries import PostgresQuery
    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGresult

    from governed_db.enforce.psycopg.session import Session

    _Base = BaseCursor[Any, Any]
else:
    # Of an ordinary object and without attributes, so that the class of a living cursor can be changed.
    _Base = object


# As plain numbers, which psycopg's C code gives: comparing members of an enum takes four times as long.
_ACTIVE: Final = int(TransactionStatus.ACTIVE)
_TUPLES_OK: Final = int(ExecStatus.TUPLES_OK)
_PIECES: Final = (ExecStatus.SINGLE_TUPLE, ExecStatus.TUPLES_CHUNK)


class GovernedCursor(Single, _Base):
    """Mixin over any of psycopg's cursors."""

    __slots__ = ()

    _governed_style = Style.PYFORMAT
    _governed_execute_gen: Any

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        refuse_onlookers(cls)

    # -- execute -----------------------------------------------------------------------------------

    def _execute_gen(
        self, query: Any, params: Any = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> PQGen[None]:
        """The short path is psycopg's own generator; the connection's `wait` records how it ended."""
        style = self._governed_style
        if type(query) is not str or params is None or style is not Style.PYFORMAT:
            query, params = sendable(self, style, query, params)
        session: Session = self._conn._governed
        if session.pgconn.transaction_status == _ACTIVE:
            refuse_busy(self._conn)
        plan = session.gate.hit(query) if session.gate is not None else None
        if (
            plan is None
            or (plan.model or plan) not in session.origins.agreed
            or session.changed
            or (style is Style.RAW and "%" in query)
            or (plan.watched and is_suspect(plan.watched, params))
        ):
            return self._execute_long_gen(query, params, prepare=prepare, binary=binary)
        seat = self._adapters
        if type(seat) is not Seat:
            seat = seat_of(self)
        seat._is_alone = True
        # What `super()` would find; finding it at every hit takes as long as the policy's answer.
        work: PQGen[None] = self._governed_execute_gen(plan.text, params, prepare=prepare, binary=binary)
        session.pending = plan, self, work
        return work

    def _execute_long_gen(
        self, query: str, params: Any, *, prepare: bool | None, binary: bool | None
    ) -> PQGen[None]:
        driver: Any = super()

        def send(text: str) -> PQGen[None]:
            # psycopg and the server would keep the text of a prepared statement.
            seat = seat_of(self)
            seat._is_alone = True
            keeps = False if seat._holds_tokens else prepare
            yield from driver._execute_gen(text, params, prepare=keeps, binary=binary)

        gate = gate_of(self._conn)
        own = own_plan(gate, query)
        if own is None:
            yield from governed(self, self._governed_statement(query, params), send)
            return
        started = perf_counter()
        yield from permitted(self, own, send)
        gate.record_hit(own, self._rowcount, started)

    def _governed_statement(self, text: str, params: Any, **more: bool) -> Any:
        is_pyformat = self._governed_style is Style.PYFORMAT
        has_parameters = is_pyformat and params is not None
        # Raw text is read without placeholders: its plan must not serve a text that is read with them.
        more.setdefault("cacheable", has_parameters or "%" not in text)
        return statement_of(self, text, params, has_parameters=has_parameters, **more)

    # -- executemany -------------------------------------------------------------------------------

    def _executemany_gen_pipeline(
        self,
        query: Any,
        params_seq: Iterable[Any],
        returning: bool,  # noqa: FBT001  # psycopg's signature
    ) -> PQGen[None]:
        driver: Any = super()
        yield from self._many_gen(query, params_seq, driver._executemany_gen_pipeline, returning=returning)

    def _executemany_gen_no_pipeline(
        self,
        query: Any,
        params_seq: Iterable[Any],
        returning: bool,  # noqa: FBT001  # psycopg's signature
    ) -> PQGen[None]:
        driver: Any = super()
        yield from self._many_gen(query, params_seq, driver._executemany_gen_no_pipeline, returning=returning)

    def _many_gen(
        self, query: Any, params_seq: Iterable[Any], driver: Any, *, returning: bool
    ) -> PQGen[None]:
        if self._governed_style is Style.MERGED:
            yield from self._merged_many_gen(query, params_seq, returning=returning)
            return
        # Read once: what is hashed for an approval, and what runs again after one, must be the same.
        values = params_seq if isinstance(params_seq, (list, tuple)) else list(params_seq)
        text, _ = sendable(self, self._governed_style, query, values)

        def send(text: str) -> PQGen[None]:
            seat_of(self)._is_alone = False
            self._execmany_returning = None
            pipeline = self._conn._pipeline
            if pipeline is None:
                yield from self._executemany_gen_plain(text, values, returning=returning)
            else:
                yield from driver(text, values, returning)
                # The outcome is part of the record, so it is waited for, also in the caller's pipeline.
                if not gate_of(self._conn).ports.policy.observes:
                    yield from pipeline._fetch_gen(flush=True)

        statement = self._governed_statement(text, values, many=True, cacheable=False)
        yield from governed(self, statement, send, way="executemany")

    def _executemany_gen_plain(self, text: str, values: Any, *, returning: bool) -> PQGen[None]:
        """Without a pipeline, though psycopg opened one: the rows changed are counted as they are changed."""
        yield from super()._executemany_gen_no_pipeline(text, values, returning)

    def _merged_many_gen(self, query: Any, params_seq: Iterable[Any], *, returning: bool) -> PQGen[None]:
        """Client-side binding makes a statement of its own of every set of values: each goes the line."""
        count = -1

        def send(text: str) -> PQGen[None]:
            nonlocal count
            seat_of(self)._is_alone = False
            if count < 0:
                yield from self._start_query()
                count = self._rowcount = -1 if returning else 0
                self._execmany_returning = returning
            else:
                yield from self._conn._start_query()
            yield from self._maybe_prepare_gen(self._convert_query(text))
            count = 0

        for params in params_seq:
            statement = self._governed_statement(merged(self, query, params), None)
            yield from governed(self, statement, send, way="executemany")
        if count < 0:
            self._reset()
            self._rowcount = -1 if returning else 0

    # -- stream ------------------------------------------------------------------------------------

    def _stream_send_gen(
        self, query: Any, params: Any = None, *, binary: bool | None = None, size: int
    ) -> PQGen[None]:
        driver: Any = super()
        text, params = sendable(self, self._governed_style, query, params)

        def send(text: str) -> PQGen[None]:
            yield from driver._stream_send_gen(text, params, binary=binary, size=size)

        yield from governed(self, self._governed_statement(text, params), send, way="stream")

    def _stream_fetchone_gen(self, first: bool) -> PQGen[PGresult | None]:  # noqa: FBT001  # psycopg's
        seat = seat_of(self)
        plan = seat._plan
        if plan is None:
            raise ungoverned(self._conn)
        self._conn._governed.current = plan
        is_masked = plan.row_mask is not None
        work = self._stream_masked_gen(plan, first) if is_masked else super()._stream_fetchone_gen(first)
        result: PGresult | None = yield from within(plan, self._conn, work)
        if result is not None:
            is_over = plan.row_limit is not None and seat._rows > plan.row_limit
            if not is_over:  # else psycopg reads what is left, to throw it away
                count(seat, plan, result.ntuples, gate_of(self._conn))
        return result

    def _stream_masked_gen(self, plan: Plan, first: bool) -> PQGen[Any]:  # noqa: FBT001  # psycopg's
        """In place of psycopg's generator, which would show the result before it is hidden."""
        result = yield from fetch(self._pgconn)
        if result is None:
            return None
        if result.status in _PIECES:
            arm(self, plan)
            shown = ResultFacade(result, plan)
            self.pgresult = shown
            self._tx.set_pgresult(shown, set_loaders=first)
            if first:
                self._make_row = self._make_row_maker()
            return shown
        if result.status != ExecStatus.TUPLES_OK:
            self._raise_for_result(result)
        while result is not None:  # all rows came before
            result = yield from fetch(self._pgconn)
        return None

    # -- copy --------------------------------------------------------------------------------------

    def _start_copy_gen(self, statement: Any, params: Any = None) -> PQGen[None]:
        driver: Any = super()
        if self._conn._pipeline:
            raise psycopg.NotSupportedError("COPY cannot be used in pipeline mode")
        # psycopg merges the values of a COPY into its text, whatever the cursor: it has no parameters.
        text = merged(self, statement, params or None)

        def send(text: str) -> PQGen[None]:
            yield from driver._start_copy_gen(text)

        asked = statement_of(self, text, params, has_parameters=False, copy=True)
        life = governed(self, asked, send, way="copy")
        yield from first_half(life)
        seat_of(self)._copying = life

    # -- the row seam ------------------------------------------------------------------------------

    @property
    def row_factory(self) -> Any:
        """As psycopg's, but the factory is called from here: see frames.py."""
        return self._row_factory

    @row_factory.setter
    def row_factory(self, factory: Any) -> None:
        self._row_factory = factory
        if self.pgresult is not None:
            self._make_row = factory(self)

    def _make_row_maker(self) -> Any:
        """psycopg asks for it whenever it shows a result: the place to look at the result first."""
        result = self.pgresult
        # There is none before the first; one behind a stand-in was looked at by the transformer.
        if result is not None and type(result) is not ResultFacade:
            seat: Any = self._adapters
            plan: Plan | None = seat._plan if type(seat) is Seat else None
            if plan is None or (plan.row_mask is not None and result is not seat._clean):
                self._drop_results()
                raise ungoverned(self._conn)
            if (
                result.nfields != plan.width
                or (plan.row_limit is not None and result.ntuples > plan.row_limit)
                or not self._conn._governed.knows(plan)
            ):
                self._admit(plan, result)
        # As psycopg's own; a call of it would cost as much as all that stands above.
        return self._row_factory(self)

    def _admit(self, plan: Plan, result: PGresult) -> None:
        """Hand out only what was analysed."""
        try:
            check(plan, result, gate_of(self._conn))
            compare(self, plan, result)
        except BaseException:
            self._drop_results()
            raise

    def _drop_results(self) -> None:
        self._results = []
        self.pgresult = None

    def _check_results(self, results: list[PGresult]) -> None:
        """psycopg asks this of the results of a statement before it keeps them."""
        if len(results) != 1 or results[0].status != _TUPLES_OK:
            super()._check_results(results)
        seat: Any = self._adapters  # a Seat: it has taken its plan
        plan = seat._plan
        if plan.row_mask is None:
            return
        is_alone, seat._is_alone = seat._is_alone, False
        if is_alone and len(results) == 1 and is_clean(plan, results[0], self._pgconn._encoding):
            seat._clean = results[0]
            return
        arm(self, plan)
        hide(results, plan)

    @classmethod
    def _loaders_changed(cls, wself: Any, oid: int, loader: Any) -> None:
        """A loader was registered on the cursor: psycopg makes the rows of its result anew."""
        cursor = wself()
        shown = None if cursor is None else cursor.pgresult
        if type(shown) is not ResultFacade:
            super()._loaders_changed(wself, oid, loader)
            return
        cursor._tx = adapt.Transformer(cursor)
        arm(cursor, shown._plan)
        position = cursor._pos
        if cursor._iresult < len(cursor._results):
            cursor._select_current_result(cursor._iresult)
            cursor._pos = position

    # -- the backstop ------------------------------------------------------------------------------

    def _convert_query(self, query: Any, params: Any = None) -> PostgresQuery:
        """Only the permitted text, the very object, becomes something that can be sent."""
        if query is not self._conn._governed.permit or query is None:
            raise ungoverned(self._conn)
        if not query.isascii():
            check_letters(query, self._pgconn._encoding)
        seat: Any = self._adapters  # a Seat: it has taken its plan
        plan, seat._clean = seat._plan, None
        transformer = self._tx
        # Texts are only looked into: of a single result it is seen when it comes whether it needs more.
        is_hidden = plan.row_mask is not None and (plan.masked or not seat._is_alone)
        if is_hidden or type(transformer) is MaskingTransformer:
            transformer = arm(self, plan if is_hidden else None)
        made = self._query_cls
        if seat._vouched is not None:
            made = held(made, seat._vouched, gate_of(self._conn), plan)
        if plan is seat._turns:
            return turned(self, gate_of(self._conn), plan, query, params, transformer, made)
        converted = made(transformer)
        converted.convert(query, params)
        if seat._written is not None and self._governed_style is Style.MERGED:
            converted.params, seat._written = seat._written, None  # psycopg shows them, and sends none
        return converted


class GovernedClientCursor(GovernedCursor):
    """Mixin over cursors that bind on the client side."""

    __slots__ = ()

    def mogrify(self, query: Any, params: Any = None) -> str:
        """The text with its values, which is not sent."""
        text = merged(self, query, params)
        seat_of(self)._written = None
        return text
