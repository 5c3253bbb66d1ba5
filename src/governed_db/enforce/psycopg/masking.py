"""A result with masked columns into masked rows, whatever the caller has put between the two.

psycopg makes every row in one place, Transformer.load_row and load_rows, between the loaders of the
columns and the caller's row factory. A cursor that runs a statement with masks has a transformer of ours
there, from before its result comes, and keeps a stand-in for the result, which no other transformer can
read: no row factory sees more than the masked row, whatever other threads do with the cursor meanwhile.

Loaders run before the mask. For types of masked columns psycopg's own ones are used, not the caller's; of
the others, the caller's see their own column only.
"""

from __future__ import annotations

import json
import weakref
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

import attrs
from psycopg import adapt, dbapi20, postgres, pq
from psycopg.types import array
from psycopg.types import json as json_types

from governed_db.core.plan import Plan
from governed_db.drivers.psycopg import DRIVER
from governed_db.enforce.metered import MeteredRows
from governed_db.enforce.psycopg.contents import wary
from governed_db.enforce.psycopg.facades import ResultFacade
from governed_db.enforce.psycopg.opinion import compare
from governed_db.enforce.psycopg.rows import check
from governed_db.enforce.psycopg.session import gate_of, ungoverned
from governed_db.errors import StatementDenied

if TYPE_CHECKING:
    from psycopg._py_transformer import Transformer
    from psycopg.pq.abc import PGresult
    from psycopg.rows import RowMaker

    from governed_db.core.plan import RowMask
    from governed_db.mask.content.rows import ContentScan
else:
    Transformer = adapt.Transformer  # psycopg's C code where it is installed

_AHEAD: Final = 64
_UNKNOWN: Final = 0  # psycopg's name for "any type that has no loader of its own"
_RECORDS: Final = frozenset({2249, 2287})  # record, record[]: their fields can be of any type


class MaskingTransformer(Transformer):
    """psycopg's transformer with a mask between loading a row and making it.

    `plain` is the one that psycopg made for the cursor: it turns parameters into bytes, with adapters of
    the caller's that it tells of itself, and never gets a result.
    """

    plan: Plan
    mask: RowMask
    plain: Any
    trusted: TrustedAdapters
    cursor: weakref.ref[Any]
    scan: ContentScan | MeteredRows | None = None
    refusal: StatementDenied | None = None
    counted: int = 0  # rows of this result that a budget has paid for
    kinds: tuple[int, ...] = ()
    # Rows that were loaded ahead: fetching one at a time would cost a call of the loaders and one of the
    # mask for each.
    block: list[Any] = []  # noqa: RUF012  # replaced, never changed
    start: int = 0
    count: int = 0

    def set_pgresult(self, result: Any, *, set_loaders: bool = True, format: pq.Format | None = None) -> None:
        cursor = self.cursor()
        if cursor is None or result is None:
            return
        if type(result) is not ResultFacade or (
            result._plan is not self.plan and not _hide_alike(result._plan, self.plan)
        ):
            raise ungoverned(cursor._conn)
        shown, result = result, result._real
        self.block, self.count, self.counted = [], result.ntuples, 0
        if set_loaders:
            _check(cursor, shown._plan, result)
            kinds = _kinds(self.plan, result)
            if self.kinds not in ((), kinds):
                # The types changed under a statement that psycopg kept the loaders of.
                _armed(cursor, self.plan, self.mask, self.plain).set_pgresult(shown, format=format)
                return
            if not self.kinds:
                self.kinds = kinds
                self.trusted.protect(self.plan, result)
        super().set_pgresult(result, set_loaders=set_loaders, format=format)

    def load_rows(self, row0: int, row1: int, make_row: RowMaker[Any]) -> list[Any]:
        rows = self._masked(row0, row1)
        if rows is None:
            raise self.refusal or DRIVER.unreadable()
        return rows if make_row is tuple else [make_row(row) for row in rows]

    def load_row(self, row: int, make_row: RowMaker[Any]) -> Any:
        place = row - self.start
        if not 0 <= place < len(self.block):
            end = min(row + _AHEAD, self.count)
            rows = self._masked(row, end) or self._masked(row, row + 1)
            if not rows:
                raise self.refusal or DRIVER.unreadable()
            self.block, self.start, place = rows, row, 0
        values = self.block[place]
        return values if make_row is tuple else make_row(values)

    def _masked(self, row0: int, row1: int) -> list[Any] | None:
        """None where a row cannot be read: what is raised then can quote a value, so it is not kept."""
        self.refusal = None
        try:
            rows: list[Any] = super().load_rows(row0, row1, self.mask)
            if type(self.scan) is MeteredRows:
                rows = self.scan.rows(rows, max(self.counted - row0, 0))
                self.counted = max(self.counted, row1)
                return rows
            return rows if self.scan is None else self.scan.rows(rows)
        except StatementDenied as refusal:  # the conversation has used up its rows
            self.refusal = refusal.with_traceback(None)  # its frames hold them
            return None
        except Exception:  # noqa: BLE001  # told by the caller, outside of `except`
            return None


def arm(cursor: Any, plan: Plan | None) -> Any:
    """Make the cursor ready for the result of a plan; the transformer for its parameters."""
    current = cursor._tx
    plain = current.plain if type(current) is MaskingTransformer else current
    if plan is None or plan.row_mask is None:
        cursor._tx = plain
    elif plain is current or (current.plan is not plan and not _hide_alike(current.plan, plan)):
        _armed(cursor, plan, plan.row_mask, plain)
    return plain


def _hide_alike(one: Plan | None, other: Plan) -> bool:
    """Whether the rows of either plan may be read behind the other: client-side binding makes many plans."""
    return one is other or (
        one is not None
        and one.width == other.width
        and one.row_mask is tuple is other.row_mask
        and one.scanned == other.scanned
        and one.meter == other.meter
    )


def _armed(cursor: Any, plan: Plan, mask: RowMask, plain: Any) -> MaskingTransformer:
    trusted = TrustedAdapters(cursor._adapters)
    transformer = MaskingTransformer(_Context(trusted, cursor._conn))
    transformer.plan, transformer.mask, transformer.plain = plan, mask, plain
    transformer.trusted, transformer.cursor = trusted, weakref.ref(cursor)
    transformer.scan = gate_of(cursor._conn).scan(plan)
    cursor._tx = transformer
    return transformer


def _check(cursor: Any, plan: Plan, result: PGresult) -> None:
    if (
        result.nfields == plan.width
        and (plan.row_limit is None or result.ntuples <= plan.row_limit)
        and (plan.model or plan) in cursor._conn._governed.origins.agreed
    ):
        return
    try:
        check(plan, result, gate_of(cursor._conn))
        compare(cursor, plan, result)
    except BaseException:
        cursor._results, cursor.pgresult = [], None
        raise


def _kinds(plan: Plan, result: PGresult) -> tuple[int, ...]:
    ftype, fformat = result.ftype, result.fformat
    return tuple([ftype(index) * 2 + fformat(index) for index in (*plan.masked, *plan.scanned)])


# -- loaders ---------------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class _Context:
    """What a loader or transformer needs to know of where it works."""

    adapters: adapt.AdaptersMap
    connection: Any


class TrustedAdapters(adapt.AdaptersMap):
    """A copy of a cursor's adapters whose loaders may be shown a result with masked columns."""

    _protected: frozenset[int] = frozenset()
    _scanned: frozenset[int] = frozenset()
    _classes: frozenset[str] = frozenset()

    def protect(self, plan: Plan, result: PGresult) -> None:
        """From now on the types of the masked columns are loaded by psycopg's own loaders."""
        ftype = result.ftype
        self._protected = frozenset().union(*[_with_elements(ftype(index)) for index in plan.masked])
        self._scanned = frozenset().union(*[_with_elements(ftype(index)) for index in plan.scanned])
        self._classes = frozenset().union(*plan.scanned.values())

    def get_loader(self, oid: int, format: pq.Format) -> Any:
        own = _own()
        loader = own.get_loader(oid, format)
        if oid in self._protected or self._protected & _RECORDS:
            return loader or own.get_loader(_UNKNOWN, format)
        theirs = super().get_loader(oid, format)
        if theirs is None or theirs is loader:
            return theirs
        apart = _apart(theirs)
        if oid not in self._scanned and not self._scanned & _RECORDS:
            return apart
        if getattr(theirs, "_loads", None) is json.loads:  # psycopg's own, as long as nobody changes it
            return loader
        return wary(apart, self._classes, format, oid) or loader or own.get_loader(_UNKNOWN, format)


def _apart(loader: Any) -> Any:
    """A loader of the caller's that is made without sight of the result.

    psycopg makes loaders with the transformer as their context, and that holds the whole result.
    """

    def make(oid: int, context: Any = None) -> Any:
        return loader(oid, None if context is None else _Context(context.adapters, context.connection))

    return make


@cache
def _own() -> adapt.AdaptersMap:
    """psycopg's adapters as they are before anybody registers others."""
    adapters = adapt.AdaptersMap()
    postgres.register_default_types(adapters.types)
    postgres.register_default_adapters(adapters)
    dbapi20.register_dbapi20_adapters(adapters)
    array.register_all_arrays(adapters)
    json_types.set_json_loads(json.loads, adapters)
    return adapters


@lru_cache(maxsize=4096)  # asked for every result; a database can have any number of types
def _with_elements(oid: int) -> frozenset[int]:
    """A type, and the types whose loaders its own loader calls: of elements and of bounds."""
    found = _own().types.get(oid)
    if found is None:
        return frozenset({oid})
    inner = (getattr(found, name, None) for name in ("subtype_oid", "range_oid"))
    others = {other for other in (found.oid, *inner) if other is not None and other != oid}
    return frozenset({oid}).union(*[_with_elements(other) for other in others])
