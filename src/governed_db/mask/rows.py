"""Masks by column position into one generated function that masks a row.

The function is generated because it runs for every row: it unpacks the row into locals and decides
the common case (text of the built-in type) in place, calling the mask's own function otherwise.
Only integers that were checked are ever written into the source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Literal, cast, overload

from governed_db.errors import AnalysisError, ConfigurationError
from governed_db.mask.functions import (
    OTHER_PLACEHOLDER,
    PLACEHOLDER,
    MaskFunction,
    checked,
    mask_function,
    partial_floor,
)
from governed_db.mask.tokens import NOWHERE, Domain, MaskKeys
from governed_db.model.decision import Mask, Place

RowMask = Callable[[Sequence[Any]], tuple[Any, ...]]
ListRowMask = Callable[[Sequence[Any]], list[Any]]

_SOURCE: Final = """\
def build(slow, refuse):
    {bind}
    def mask_row(row):
        try:
            {unpack} = row
        except ValueError:
            pass
        else:
            return {result}
        raise refuse()
    return mask_row
"""


@overload
def compile_mask(
    masks: Mapping[int, Mask],
    width: int,
    *,
    keys: MaskKeys | None,
    domains: Mapping[int, Domain] = ...,
    into: Literal["tuple"] = ...,
) -> RowMask: ...
@overload
def compile_mask(
    masks: Mapping[int, Mask],
    width: int,
    *,
    keys: MaskKeys | None,
    domains: Mapping[int, Domain] = ...,
    into: Literal["list"],
) -> ListRowMask: ...
def compile_mask(
    masks: Mapping[int, Mask],
    width: int,
    *,
    keys: MaskKeys | None,
    domains: Mapping[int, Domain] = MappingProxyType({}),
    into: Literal["tuple", "list"] = "tuple",
) -> RowMask | ListRowMask:
    """The function from a row to its masked copy; it refuses a row that is not `width` wide.

    `masks` maps 0-based positions to masks; `keys` and `domains` are for hash and token.
    """
    _check_positions(masks, width)
    chosen = {index: checked(mask) for index, mask in masks.items()}
    namespace: dict[str, Any] = {}
    code = compile(_source(chosen, width, into), "<governed_db row mask>", "exec")
    exec(code, namespace)  # noqa: S102  # source of our own making, see the top of the file
    return cast(
        "RowMask | ListRowMask",
        namespace["build"](_functions(chosen, keys, domains), partial(_wrong_width, width)),
    )


def _check_positions(masks: Mapping[int, Mask], width: int) -> None:
    positions = [width, *masks]
    if any(type(position) is not int for position in positions) or width < 1:
        raise ConfigurationError("column positions are whole numbers, and a row has at least one")
    if not all(0 <= index < width for index in masks):
        raise ConfigurationError(f"a mask is set for a column outside of the {width} of the row")


def _functions(
    masks: Mapping[int, Mask], keys: MaskKeys | None, domains: Mapping[int, Domain]
) -> dict[int, MaskFunction]:
    return {index: mask_function(mask, keys, domains.get(index, NOWHERE)) for index, mask in masks.items()}


def _wrong_width(width: int) -> AnalysisError:
    return AnalysisError(
        "GDB221",
        f"the database returned a row that has not the {width} columns that were analysed",
        help="the schema has probably changed: run the statement again",
    )


def _source(masks: Mapping[int, Mask], width: int, into: Literal["tuple", "list"]) -> str:
    names = [f"c{index}" for index in range(width)]
    values = ", ".join(
        _expression(index, masks[index]) if index in masks else name for index, name in enumerate(names)
    )
    return _SOURCE.format(
        bind="; ".join(f"s{index} = slow[{index}]" for index in masks) or "pass",
        unpack=", ".join(names) + ",",
        result=f"[{values}]" if into == "list" else f"({values},)",
    )


def _expression(index: int, mask: Mask) -> str:
    """The in-place form of functions.py; a property test holds the two together."""
    name = f"c{index}"
    otherwise = f"None if {name} is None else s{index}({name})"
    if mask.place is Place.IN_DATABASE and mask.name != "null":
        return f"({name} if {name} == {PLACEHOLDER!r} else {otherwise})"
    match mask.name:
        case "null":
            return "None"
        case "redact":
            text = f"({PLACEHOLDER!r} if {name} != {PLACEHOLDER!r} else {OTHER_PLACEHOLDER!r})"
            return f"({text} if type({name}) is str else {otherwise})"
        case "partial":
            keep = mask.argument or 0
            text = f"{PLACEHOLDER!r} + {name}[-{keep}:]"
            return f"({text} if type({name}) is str and len({name}) > {partial_floor(keep)} else {otherwise})"
        case _:
            return f"({otherwise})"
