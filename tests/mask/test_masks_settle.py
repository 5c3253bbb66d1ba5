"""What the database masked stays as it is; what it should have masked and did not is masked here."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from governed_db.mask.functions import mask_function
from governed_db.mask.rows import compile_mask
from governed_db.model.decision import Mask, Place
from tests.mask import values

IN_DATABASE = [Mask(name, None, Place.IN_DATABASE) for name in ("redact", "partial", "email", "null", "year")]
IN_DATABASE += [Mask("partial", 2, Place.IN_DATABASE), Mask("bucket", 50, Place.IN_DATABASE)]
RAW: list[Any] = ["Jane Doe", "jane@example.org", "***x", b"octets", 51, 51.5, Decimal("51.2"), True]
RAW += [
    dt.date(1987, 4, 12),
    dt.datetime(1987, 4, 12, 10, 30, tzinfo=dt.UTC),
    Decimal("Infinity"),
    float("nan"),
    Decimal("1E+999999"),
]


def _shown(value: Any) -> str:
    return repr(value.tobytes() if isinstance(value, memoryview) else value)


@given(st.sampled_from(IN_DATABASE), values.values)
def test_a_masked_value_is_not_masked_again(mask: Mask, value: Any) -> None:
    """Whatever a mask gives passes through the same mask that was made in the database."""
    assume(mask.name != "year" or not isinstance(value, (str, bytes, bytearray, memoryview)))  # has no form
    once = mask_function(attrs.evolve(mask, place=Place.IN_DRIVER))(value)

    assert _shown(mask_function(mask)(once)) == _shown(once)


@pytest.mark.parametrize("mask", IN_DATABASE, ids=str)
@pytest.mark.parametrize("value", RAW, ids=repr)
def test_a_raw_value_is_masked_here(mask: Mask, value: Any) -> None:
    """A value that arrives as it is stored comes out as the driver's mask gives it."""
    expected = mask_function(attrs.evolve(mask, place=Place.IN_DRIVER))(value)

    assert repr(mask_function(mask)(value)) == repr(expected)


def test_rows() -> None:
    """The generated row function does the same."""
    mask_row = compile_mask({0: Mask("redact", None, Place.IN_DATABASE), 2: IN_DATABASE[1]}, 3, keys=None)

    assert mask_row(("***", 7, "***cdef")) == ("***", 7, "***cdef")
    assert mask_row(("****", 7, "***")) == ("****", 7, "***")
    assert mask_row(("raw", 7, "raw text of length")) == ("***", 7, "***ngth")
    assert mask_row((None, 7, None)) == (None, 7, None)
