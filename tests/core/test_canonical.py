"""An approval is bound to the values themselves: nothing is approved as one value and run as another."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

import pytest

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
