"""An approval is bound to the values themselves: nothing is approved as one value and run as another."""

from __future__ import annotations

import datetime as dt
import enum
import json
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Json, Jsonb
from psycopg.types.multirange import Multirange
from psycopg.types.numeric import Float8, Int4, Int8
from psycopg.types.range import Range

from governed_db.core.canonical import canonical


class Liar(int):
    """Says that it is another number."""

    def __repr__(self) -> str:
        return "1"


class Nowhere(dt.tzinfo):
    """A time zone that moves."""

    def utcoffset(self, when: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(0)

    def __repr__(self) -> str:
        return "UTC"


class Wrapped:
    """As drivers' own wrappers are."""

    def __repr__(self) -> str:
        return "Wrapped"


SAME = [
    (1, "a", None, 2.5, b"x", Decimal("1.10")),
    {"b": [1, 2], "a": {"c": (True,)}},
    [dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC), UUID(int=7), dt.timedelta(seconds=1)],
    (bytearray(b"x"), {1, 2, 3}),
]


@pytest.mark.parametrize("values", SAME, ids=[str(n) for n in range(len(SAME))])
def test_equal_values_are_the_same(values: object) -> None:
    """However often they are asked."""
    assert canonical(values) == canonical(values)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1,), ("1",)),
        ((1,), (True,)),
        ((1, 2), ([1, 2],)),
        (("ab", "c"), ("a", "bc")),
        ({"a": 1}, {"a": 2}),
        ((Decimal("1.1"),), (1.1,)),
        (([1], [2]), ([1, 2],)),
        ((b"x",), (bytearray(b"x"),)),
        (("\udc80",), ("\udc81",)),
    ],
)
def test_different_values_differ(one: object, other: object) -> None:
    """By type, by nesting and by content."""
    assert canonical(one) != canonical(other)


def test_the_order_of_keys_does_not_matter() -> None:
    """Named parameters have none."""
    assert canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": 1})


@pytest.mark.parametrize(
    "value", [Liar(5), Wrapped(), dt.time(1, tzinfo=Nowhere()), [Wrapped()], {"a": Liar(1)}, object]
)
def test_what_can_lie_is_like_nothing(value: object) -> None:
    """Not even like itself: it cannot be approved."""
    assert canonical(value) != canonical(value)


class Status(enum.Enum):
    """As applications name their states."""

    OPEN = "open"
    SENT = "sent"


class Forged(enum.Enum):
    """Says that it has another name."""

    OPEN = "open"

    @property
    def name(self) -> str:
        """Not the one that it has."""
        return "SENT"


class LyingJson(Json):
    """A wrapper of a caller's own."""


def _upper(value: object) -> str:
    return json.dumps(value).upper()


WRAPPED: list[tuple[Callable[[], object], Callable[[], object]]] = [
    (lambda: Json({"a": [1, None]}), lambda: Json({"a": [1, 2]})),
    (lambda: Jsonb({"a": 1}), lambda: Json({"a": 1})),
    (lambda: Jsonb({"a": 1}, dumps=json.dumps), lambda: Jsonb({"a": 2}, dumps=json.dumps)),
    (lambda: Int4(5), lambda: Int4(6)),
    (lambda: Int4(5), lambda: Int8(5)),
    (lambda: Float8(1.5), lambda: Float8(2.5)),
    (lambda: Range(1, 5, "[]"), lambda: Range(1, 5)),
    (lambda: Range(dt.date(2026, 1, 1)), lambda: Range(dt.date(2026, 1, 2))),
    (lambda: Multirange([Range(1, 2)]), lambda: Multirange([Range(1, 3)])),
    (lambda: psycopg.Binary(b"x"), lambda: psycopg.Binary(b"y")),
    (lambda: Status.OPEN, lambda: Status.SENT),
    (lambda: OrderedDict(a=1), lambda: OrderedDict(a=2)),
    (lambda: defaultdict(list, a=[1]), lambda: defaultdict(list, a=[2])),
]


@pytest.mark.parametrize(("one", "other"), WRAPPED, ids=[repr(one()) for one, _ in WRAPPED])
def test_what_drivers_wrap_counts_by_its_content(
    one: Callable[[], object], other: Callable[[], object]
) -> None:
    """Made anew it is the same, so that it can be approved; another content is another value."""
    assert canonical((one(),)) == canonical((one(),))
    assert canonical((one(),)) != canonical((other(),))


@pytest.mark.parametrize(
    "value", [Json({"a": 1}, dumps=_upper), LyingJson({"a": 1}), Forged.OPEN, Json(Liar(1))]
)
def test_wrappers_that_can_lie_are_like_nothing(value: object) -> None:
    """A writer, subclass or name of the caller's own may give the driver something else."""
    assert canonical((value,)) != canonical((value,))
