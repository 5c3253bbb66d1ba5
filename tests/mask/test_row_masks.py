"""One generated function masks a row, as the masks themselves would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governed_db.errors import AnalysisError, ConfigurationError
from governed_db.mask.functions import mask_function
from governed_db.mask.rows import compile_mask
from governed_db.mask.tokens import derive_keys
from governed_db.model.decision import Mask
from tests.mask import values

KEY = bytes(range(32))
KEYS = derive_keys(KEY)


@given(st.lists(st.one_of(st.none(), values.values), min_size=1, max_size=8), st.data())
def test_row_function_equals_the_masks(row: list[Any], data: st.DataObject) -> None:
    """The generated function gives what masking value by value gives, and leaves the rest as it is."""
    masks = data.draw(st.dictionaries(st.integers(0, len(row) - 1), values.masks))
    expected = [
        mask_function(masks[index], KEYS)(value) if index in masks else value
        for index, value in enumerate(row)
    ]

    answer = compile_mask(masks, len(row), keys=KEYS)(row)

    assert type(answer) is tuple
    assert [
        (type(left), left is right or left == right) for left, right in zip(answer, expected, strict=True)
    ] == [(type(right), True) for right in expected]


@pytest.mark.parametrize("mask", [Mask("redact"), *(Mask("partial", n) for n in (1, 2, 3, 4, 7))], ids=str)
@pytest.mark.parametrize("kind", [str, values.Text, str.encode], ids=["text", "subclass", "bytes"])
def test_short_and_masked_text_in_rows(mask: Mask, kind: Callable[[str], Any]) -> None:
    """In rows too, no text is its own mask and none of any length is shown by more than half."""
    row = [kind(text) for text in (*("x" * length for length in range(20)), "***", "****", "***x", "***xx")]

    answer = compile_mask(dict.fromkeys(range(len(row)), mask), len(row), keys=None)(row)

    assert answer == tuple(mask_function(mask)(value) for value in row)
    assert not [value for value, shown in zip(row, answer, strict=True) if value == shown]


@pytest.mark.parametrize("row", [(), ("a",), ("a", "b", "c")], ids=len)
@pytest.mark.parametrize("masks", [{}, {1: Mask("redact")}], ids=["nothing masked", "masked"])
def test_rows_of_another_width_are_refused(row: tuple[str, ...], masks: Mapping[int, Mask]) -> None:
    """A row that is wider or narrower than what was analysed is an error, never a partly masked row."""
    mask_row = compile_mask(masks, 2, keys=None)

    with pytest.raises(AnalysisError, match="not the 2 columns") as caught:
        mask_row(row)

    assert (caught.value.code, caught.value.__context__) == ("GDB221", None)


def test_rows_as_lists() -> None:
    """Drivers that make lists get lists."""
    assert compile_mask({0: Mask("redact")}, 2, keys=None, into="list")(("a", 1)) == ["***", 1]


def test_rows_of_one_column() -> None:
    """One column is a row too."""
    assert compile_mask({0: Mask("null")}, 1, keys=None)(["a"]) == (None,)


def test_wide_rows() -> None:
    """PostgreSQL's widest result has 1,664 columns."""
    row = compile_mask({1663: Mask("redact")}, 1664, keys=None)(["x"] * 1664)

    assert (row[0], row[1663], len(row)) == ("x", "***", 1664)


@pytest.mark.parametrize("masks", [{2: Mask("redact")}, {-1: Mask("redact")}, {True: Mask("redact")}])
def test_masks_outside_of_the_row_are_refused(masks: Mapping[int, Mask]) -> None:
    """A mask that no column would get is an error, because some value was meant."""
    with pytest.raises(ConfigurationError):
        compile_mask(masks, 2, keys=None)


def test_masks_that_need_a_key_are_refused_without() -> None:
    """Without a key no row function is made that would need one."""
    with pytest.raises(ConfigurationError, match="needs a key"):
        compile_mask({0: Mask("token")}, 1, keys=None)


def test_arguments_are_never_source() -> None:
    """Only checked numbers are written into the generated function."""
    with pytest.raises(ConfigurationError, match="GDB520"):
        compile_mask({0: Mask("partial", "4]+c0")}, 1, keys=None)  # type: ignore[arg-type]  # an attack
