"""A result and its plan into rows that may be handed out: checked, counted, masked.

psycopg makes every row in one place, Transformer.load_row and load_rows, between the loaders of the
columns and the caller's row factory. A result with masks gets a transformer of ours there, so that no row
factory, set when and how it may be, sees more than the masked row; and `cursor.pgresult` is a stand-in.
Loaders run before the mask: for types of masked columns psycopg's own ones are used, not the caller's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import attrs
import psycopg
from psycopg import adapt, dbapi20, postgres, pq
from psycopg.types import array
from psycopg.types import json as json_types

from governed_db.core.plan import Plan
from governed_db.drivers.psycopg import DRIVER

if TYPE_CHECKING:
    from psycopg._py_transformer import Transformer
    from psycopg.abc import Loader
    from psycopg.pq.abc import PGresult
    from psycopg.rows import RowMaker

    from governed_db.core.plan import RowMask
    from governed_db.enforce.gate import Gate
    from governed_db.enforce.psycopg.seat import Seat
else:
    Transformer = adapt.Transformer  # psycopg's C code where it is installed

_TUPLES = pq.ExecStatus.TUPLES_OK
_UNKNOWN = 0  # psycopg's name for "any type that has no loader of its own"
_RECORDS = frozenset({2249, 2287})  # record, record[]: their fields can be of any type


class MaskingTransformer(Transformer):
    """psycopg's transformer with a mask between loading a row and making it."""

    mask: RowMask
    plan: Plan
    kinds: tuple[int, ...]

    def load_rows(self, row0: int, row1: int, make_row: RowMaker[Any]) -> list[Any]:
        try:
            rows = super().load_rows(row0, row1, self.mask)
        except Exception:  # noqa: BLE001  # any of them can quote a value: replaced below, outside
            rows = None
        if rows is None:
            raise DRIVER.unreadable()
        return rows if make_row is tuple else [make_row(row) for row in rows]

    def load_row(self, row: int, make_row: RowMaker[Any]) -> Any:
        try:
            values = super().load_row(row, self.mask)
        except Exception:  # noqa: BLE001  # as above
            values = None
        if values is None:
            raise DRIVER.unreadable()
        return values if make_row is tuple else make_row(values)


@attrs.frozen(eq=False)
class _Context:
    """What a transformer needs to know of where it works."""

    adapters: adapt.AdaptersMap
    connection: Any


def masking(
    cursor: Any, plan: Plan, mask: RowMask, result: PGresult, format: pq.Format | None
) -> MaskingTransformer:
    """The transformer for a result with masked columns."""
    context = _Context(_trusted(cursor._adapters, plan, result, format), cursor._conn)
    transformer = MaskingTransformer(context)
    transformer.mask, transformer.plan = mask, plan
    transformer.kinds = _masked_kinds(plan, result)
    transformer.set_pgresult(result, format=format)
    return transformer


def unmasking(cursor: Any, result: PGresult, format: pq.Format | None) -> Any:
    """An ordinary transformer, for a cursor that has one with a mask of another statement."""
    transformer = adapt.Transformer(cursor)
    transformer.set_pgresult(result, format=format)
    return transformer


def is_masking(transformer: object, plan: Plan, result: PGresult) -> bool:
    """Whether psycopg kept the transformer of this very plan, with loaders for such a result."""
    return (
        type(transformer) is MaskingTransformer
        and transformer.plan is plan
        and transformer.kinds == _masked_kinds(plan, result)
    )


def _masked_kinds(plan: Plan, result: PGresult) -> tuple[int, ...]:
    ftype, fformat = result.ftype, result.fformat
    return tuple([ftype(index) * 2 + fformat(index) for index in plan.masked])


def check(plan: Plan, result: PGresult, gate: Gate) -> None:
    """Refuse a result that is not what was analysed, or is longer than policy permits."""
    is_rows = result.status == _TUPLES
    is_known = plan.width > 0 or plan.row_mask is not None
    if is_known and (is_rows or result.nfields) and result.nfields != plan.width:
        raise _changed(plan, gate, result.nfields)
    if is_rows and plan.row_limit is not None and result.ntuples > plan.row_limit:
        raise too_many_rows(plan, gate)


def count(seat: Seat, plan: Plan, rows: int, gate: Gate) -> None:
    """Count the rows of a result that comes in pieces, and refuse the piece that is too much."""
    seat.rows += rows
    if plan.row_limit is not None and seat.rows > plan.row_limit:
        raise too_many_rows(plan, gate)


def too_many_rows(plan: Plan, gate: Gate) -> Exception:
    return gate.refuse(
        plan,
        "GDB320",
        f"the statement returns more than the {plan.row_limit} rows that are permitted",
        "add a LIMIT or a narrower WHERE clause",
    )


def _changed(plan: Plan, gate: Gate, found: int) -> Exception:
    gate.schema_changed()
    gate.planner.forget()
    return gate.refuse(
        plan,
        "GDB221",
        f"the database returned {found} columns where analysis found {plan.width}",
        "the schema has probably changed: run the statement again",
    )


# -- loaders that are not the caller's -----------------------------------------------------------------


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


def _trusted(
    adapters: adapt.AdaptersMap, plan: Plan, result: PGresult, format: pq.Format | None
) -> adapt.AdaptersMap:
    """Adapters with psycopg's own loaders for the types of the masked columns.

    Of the others, the caller's see their own column only: a loader is made with a context, and psycopg's
    is the transformer, which holds the whole result. A copy of the map: the caller's can be patched.
    """
    own, trusted = _own(), adapt.AdaptersMap(adapters)
    kinds = [
        (oid, pq.Format(result.fformat(index) if format is None else format), index in plan.masked)
        for index in range(result.nfields)
        for oid in _with_elements(result.ftype(index))
    ]
    masked = {oid for oid, _, is_masked in kinds if is_masked}
    if masked & _RECORDS:
        return own
    for oid, chosen in {(oid, chosen) for oid, chosen, _ in kinds}:
        loader, theirs = _effective(own, oid, chosen), _effective(trusted, oid, chosen)
        if theirs is not loader:
            trusted.register_loader(oid, loader if oid in masked else _apart(theirs))
    return trusted


@cache
def _apart(loader: type[Loader]) -> type[Loader]:
    """A loader of the caller's that is made without sight of the result."""

    class Apart:
        format = loader.format

        def __init__(self, oid: int, context: Any = None) -> None:
            seen = None if context is None else _Context(context.adapters, context.connection)
            self.load = loader(oid, seen).load

    return Apart


def _effective(adapters: adapt.AdaptersMap, oid: int, format: pq.Format) -> type[Loader]:
    loader = adapters.get_loader(oid, format) or adapters.get_loader(_UNKNOWN, format)
    if loader is None:
        raise psycopg.InterfaceError("psycopg has no loader for unknown types")
    return loader


def _with_elements(oid: int) -> Iterator[int]:
    """A type, and the types whose loaders its own loader calls: of elements and of bounds."""
    yield oid
    found = _own().types.get(oid)
    if found is None:
        return
    if found.oid != oid:
        yield from _with_elements(found.oid)
    for name in ("subtype_oid", "range_oid"):
        inner = getattr(found, name, None)
        if inner is not None:
            yield from _with_elements(inner)
