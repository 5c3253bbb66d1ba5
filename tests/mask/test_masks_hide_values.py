"""No mask returns its input, and each keeps the type that the driver would give."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governed_db.errors import ConfigurationError
from governed_db.mask.functions import (
    STRENGTH,
    for_derived,
    mask_function,
    strongest,
)
from governed_db.mask.tokens import derive_keys
from governed_db.model.decision import Mask
from tests.mask import values

KEYS = derive_keys(bytes(range(32)))


def masked(mask: Mask, value: Any) -> Any:
    """The value as this mask shows it."""
    return mask_function(mask, KEYS)(value)


@given(values.masks, values.values)
def test_no_mask_returns_its_input(mask: Mask, value: Any) -> None:
    """Whatever the type and however short the value, a mask answers something else, or None."""
    answer = masked(mask, value)

    assert answer is None or answer != value


@given(values.masks, values.values)
def test_type_is_kept(mask: Mask, value: Any) -> None:
    """A masked value is None or of the built-in type of the value, never of a subclass."""
    answer = masked(mask, value)

    builtin = [kind for kind in type(value).__mro__ if kind.__module__ in ("builtins", "datetime", "decimal")]
    assert answer is None or type(answer) is builtin[0]


@given(values.masks)
def test_null_stays_null(mask: Mask) -> None:
    """None is not personal data, and stays None."""
    assert masked(mask, None) is None


@given(values.masks, values.values)
def test_masks_are_deterministic(mask: Mask, value: Any) -> None:
    """The same value is masked alike every time, so that pages of results agree."""
    first, second = masked(mask, value), masked(mask, value)

    assert first == second


@given(st.one_of(values.texts, values.octets), st.sampled_from(["redact", "null", "hash", "token", "year"]))
def test_length_is_not_shown(value: Any, name: str) -> None:
    """Masks that hide a text whole do not tell short ones apart by their length."""
    lengths = {
        len(answer)
        for text in (value[:1], value[:7], value[:15])
        if (answer := masked(Mask(name), text)) and answer.__class__ is value.__class__
    }

    assert len(lengths - {3, 4, 10, 19}) <= 1


@given(st.text(max_size=30), st.integers(1, 12))
def test_partial_shows_at_most_half(text: str, keep: int) -> None:
    """A partial mask never shows more than it hides."""
    answer = masked(Mask("partial", keep), text)

    assert len(answer) - 3 <= len(text) / 2 or answer == "****"


@pytest.mark.parametrize(
    ("mask", "value", "expected"),
    [
        (Mask("redact"), "Jane", "***"),
        (Mask("redact"), "***", "****"),
        (Mask("redact"), b"Jane", b"***"),
        (Mask("redact"), bytearray(b"***"), bytearray(b"****")),
        (Mask("redact"), 42, None),
        (Mask("redact"), True, None),
        (Mask("redact"), {"a": 1}, None),
        (Mask("partial"), "4111111111111111", "***1111"),
        (Mask("partial"), "12345678", "***"),
        (Mask("partial", 2), "***12", "***"),
        (Mask("partial", 2), "***123", "***23"),
        (Mask("email"), "jane.doe@example.com", "***@example.com"),
        (Mask("email"), b"jane@example.com", b"***@example.com"),
        (Mask("email"), "***@example.com", "***"),
        (Mask("email"), "a@b.com, c@d.com", "***"),
        (Mask("email"), "@123-45-6789", "***"),
        (Mask("email"), "x@123-45-6789", "***"),
        (Mask("email"), "jane", "***"),
        (Mask("year"), dt.date(1987, 4, 12), dt.date(1987, 1, 1)),
        (Mask("year"), dt.date(1987, 1, 1), None),
        (Mask("year"), dt.datetime(1987, 4, 12, 5, 6, tzinfo=dt.UTC), dt.datetime(1987, 1, 1, tzinfo=dt.UTC)),
        (Mask("year"), dt.time(5, 6), None),
        (Mask("year"), 1987, None),
        (Mask("year"), "1987-04-12", "1987-01-01"),
        (Mask("year"), "1987-01-01", None),
        (Mask("year"), "1987-04-12 05:06:07.5", "1987-01-01 00:00:00"),
        (Mask("year"), "1987-99-12", "***"),
        (Mask("year"), "12 April 1987", "***"),
        (Mask("bucket", 10), 55, 50),
        (Mask("bucket", 10), 50, 40),
        (Mask("bucket", 10), -55, -60),
        (Mask("bucket", 10), 0, -10),
        (Mask("bucket", 10), 55.5, 50.0),
        (Mask("bucket", 10), Decimal("55.20"), Decimal(50)),
        (Mask("bucket", 10), Decimal("1E+999999"), None),
        (Mask("bucket", 10), Decimal("sNaN"), None),
        (Mask("bucket", 10), float("inf"), None),
        (Mask("bucket", 10), 1e300, None),
        (Mask("bucket", 10), True, None),
        (Mask("bucket", 10), "55", "***"),
        (Mask("null"), "Jane", None),
    ],
)
def test_masked_forms(mask: Mask, value: Any, expected: Any) -> None:
    """Each mask has one documented form for each type."""
    answer = masked(mask, value)

    assert (type(answer), answer) == (type(expected), expected)


def test_lies_about_the_class_do_not_help() -> None:
    """An object that claims to be text is no text, and becomes None."""
    assert masked(Mask("redact"), values.Liar()) is None


def test_text_subclass_cannot_choose_what_is_kept() -> None:
    """A subclass that answers every slice with its whole text is cut by the built-in rules."""
    assert masked(Mask("partial", 2), values.Text("secret-text")) == "***xt"


def test_strongest_mask_wins() -> None:
    """Of several masks the one that shows least is applied, whatever their order."""
    by_strength = [Mask(name, 10 if name == "bucket" else None) for name in STRENGTH]

    winners = [strongest(reversed(by_strength[index:])).name for index in range(len(by_strength))]

    assert winners == list(STRENGTH)


def test_strongest_of_the_same_mask() -> None:
    """Fewer kept characters and wider buckets are stronger."""
    assert strongest([Mask("partial"), Mask("partial", 2)]) == Mask("partial", 2)
    assert strongest([Mask("bucket", 10), Mask("bucket", 100)]) == Mask("bucket", 100)


def test_computed_values_are_hidden_whole() -> None:
    """For an expression over a masked column only redact and null are safe."""
    derived = {name: for_derived(Mask(name, 10 if name == "bucket" else None)).name for name in STRENGTH}

    assert derived == dict.fromkeys(STRENGTH, "redact") | {"null": "null"}


@pytest.mark.parametrize(
    "mask",
    [
        Mask("hide"),
        Mask("partial", 0),
        Mask("partial", -1),
        Mask("partial", True),
        Mask("bucket"),
        Mask("bucket", 1),
        Mask("bucket", 10**16),
        Mask("redact", 3),
    ],
    ids=str,
)
def test_invalid_masks_are_refused(mask: Mask) -> None:
    """An unknown mask or a senseless argument is an error with help, never no mask."""
    with pytest.raises(ConfigurationError, match=r"GDB520 .*\n  = help: "):
        mask_function(mask, KEYS)


@pytest.mark.parametrize("name", ["hash", "token"])
def test_keyed_masks_need_a_key(name: str) -> None:
    """Without a key there is no token or hash, and no fallback."""
    with pytest.raises(ConfigurationError, match="GDB521"):
        mask_function(Mask(name), None)
