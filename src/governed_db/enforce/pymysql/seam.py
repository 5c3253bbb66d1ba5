"""A plan into what is done with the columns of its results, before any value is read.

Two things: the server's own word on where a column comes from is compared with the labels that analysis
found, and masks are put where PyMySQL converts values, so that no row with a raw value is ever made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pymysql import converters

from governed_db.core.contents import key_class
from governed_db.core.plan import Knowledge, Plan
from governed_db.core.sealing import domains
from governed_db.mask.content.cells import rewritten
from governed_db.mask.functions import (
    KEYED,
    MaskFunction,
    checked,
    email_text,
    mask_function,
    partial_text,
    redact_text,
)
from governed_db.model.catalog import Catalog, RelationInfo, RelationKind
from governed_db.model.decision import Mask, MaskColumn, Place
from governed_db.model.statement import ColumnRef

if TYPE_CHECKING:
    from governed_db.enforce.gate import Gate

Converter: TypeAlias = tuple[str | None, Callable[[Any], Any] | None]
_Origin: TypeAlias = tuple[bytes, str, str]

# The driver's decoders as they were before anybody could change them.
_DECODERS: Final = dict(converters.decoders)
_THROUGH: Final = converters.through


class Seam:
    """What a plan makes of a result: an objection to it, and converters that mask."""

    __slots__ = ("_agreed", "_gate", "_knowledge", "_plan", "masks")

    def __init__(self, plan: Plan, gate: Gate, knowledge: Knowledge | None) -> None:
        self._plan = plan
        self._gate = gate
        self._knowledge = knowledge
        self.masks = _masks(plan, gate)
        self._agreed: set[tuple[_Origin, ...]] = set()

    # -- the second opinion --------------------------------------------------------------------------

    def objection(self, fields: Sequence[Any]) -> Exception | None:
        """Why nothing of a result with these columns may be handed out; None if it may."""
        origins = tuple([(field.db, field.org_table, field.org_name) for field in fields])
        if origins in self._agreed:
            return None
        objection = self._first_look(fields, origins)
        if objection is None:
            self._agreed.add(origins)
        return objection

    def _first_look(self, fields: Sequence[Any], origins: Sequence[_Origin]) -> Exception | None:
        plan = self._plan
        if plan.facts is None or self._gate.ports.policy.observes:
            return None
        if (plan.width or plan.row_mask is not None) and len(fields) != plan.width:
            self._gate.schema_changed()
            return self._gate.refuse(
                plan,
                "GDB221",
                f"the database returned {len(fields)} columns where analysis found {plan.width}",
                "the schema has probably changed: run the statement again",
            )
        for index, origin in enumerate(origins):
            if not self._agrees(index, origin):
                return self._disagreement(fields[index].name)
        return None

    def _agrees(self, index: int, origin: _Origin) -> bool:
        """Whether the server's origin of a column is among its labels, or says nothing.

        Only an origin with all three parts names a column. A view, or the name of a WITH query that
        the server has merged, stands for itself: such an origin is no column of a table.
        """
        plan, knowledge = self._plan, self._knowledge
        facts = plan.facts
        if not all(origin) or facts is None:
            return True
        if knowledge is None:
            return False
        found = _column(knowledge.catalog, origin)
        if found is None:
            return True
        if index < plan.width and found in {_folded(label) for label in facts.outputs[index].labels}:
            return True
        named = {(one.schema.lower(), one.name.lower()) for one in facts.relations | facts.base_relations}
        is_read = plan.width > 0 and found[:2] in named
        return not is_read and found not in {_folded(column) for column in knowledge.classes}

    def _disagreement(self, name: str) -> Exception:
        self._gate.schema_changed()
        return self._gate.refuse(
            self._plan,
            "GDB130",
            f"the database says that the column {name} comes from another one than analysis found",
            "the schema may have changed: run the statement again; else this is a gap in the analysis:"
            " please report the statement",
        )

    # -- masks ---------------------------------------------------------------------------------------

    def converters(self, fields: Sequence[Any], given: Sequence[Converter], decoders: Any) -> list[Converter]:
        """The application's decoders; masks in their places where only the driver's may see a value."""
        found = list(given)
        for index, (field, (encoding, decode)) in enumerate(zip(fields, given, strict=True)):
            wanted = decoders.get(field.type_code)
            if wanted is not decode and wanted is not _THROUGH:
                is_own = wanted is _DECODERS.get(field.type_code)
                found[index] = encoding, wanted if is_own else partial(_foreign, wanted)
        for index, mask, function in self.masks:
            encoding = given[index][0]
            decode = _DECODERS.get(fields[index].type_code)
            if decode is None or decode is _THROUGH:
                found[index] = encoding, _for_text(mask) or function if encoding else function
            else:
                found[index] = encoding, partial(_decoded, decode, function)
        for index, classes in self._plan.scanned.items():
            encoding, given_decode = found[index]
            if isinstance(given_decode, partial) and given_decode.func is _foreign:
                found[index] = encoding, partial(_scanned, given_decode, classes)
        return found


class Undecoded(Exception):
    """What a decoder of the application raised; told from what the server said meanwhile."""


def _foreign(decode: Callable[[Any], Any], value: Any) -> Any:
    try:
        return decode(value)
    except Exception as error:
        raise Undecoded from error


def _scanned(decode: Callable[[Any], Any], classes: frozenset[str], value: Any) -> Any:
    """Code of the application sees texts without what is hidden in them."""
    return decode(rewritten(value, classes, {}, key_class))


def _masks(plan: Plan, gate: Gate) -> tuple[tuple[int, Mask, MaskFunction], ...]:
    masks = {one.index: checked(one.mask) for one in plan.decision.obligations if isinstance(one, MaskColumn)}
    is_keyed = any(mask.name in KEYED for mask in masks.values())
    keys = gate.ports.keys.ring().current if is_keyed and gate.ports.keys is not None else None
    of = domains(plan.decision, gate.planner.database)
    return tuple((index, mask, mask_function(mask, keys, of[index])) for index, mask in masks.items())


def _for_text(mask: Mask) -> MaskFunction | None:
    """A mask for values that are known to be text; it has not to look at their type."""
    if mask.place is Place.IN_DATABASE:
        return None
    match mask.name:
        case "redact":
            return redact_text
        case "email":
            return email_text
        case "partial":
            return partial(partial_text, keep=mask.argument)  # type: ignore[arg-type]  # `checked` has set it
        case _:
            return None


def _decoded(decode: Callable[[Any], Any], mask: MaskFunction, value: Any) -> Any:
    return mask(decode(value))


# -- columns of the catalog ------------------------------------------------------------------------------


def _folded(column: ColumnRef) -> tuple[str, str, str]:
    return column.schema.lower(), column.relation.lower(), column.column.lower()


def _column(catalog: Catalog, origin: _Origin) -> tuple[str, str, str] | None:
    """The stored column of a table that an origin names, without case; None if there is none."""
    schema, table, column = origin[0].decode("utf-8", "replace").lower(), origin[1].lower(), origin[2].lower()
    relation = _relation(catalog, schema, table)
    if relation is None or relation.kind in (RelationKind.VIEW, RelationKind.SYSTEM):
        return None
    if not any(one.name.lower() == column for one in relation.columns):
        return None
    return schema, table, column


def _relation(catalog: Catalog, schema: str, table: str) -> RelationInfo | None:
    found = catalog.relations.get((schema, table))
    if found is not None:
        return found
    return next((one for one in catalog.relations.values() if _named(one) == (schema, table)), None)


def _named(relation: RelationInfo) -> tuple[str, str]:
    return relation.schema.lower(), relation.name.lower()
