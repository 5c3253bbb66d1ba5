"""What a mask made is recognised when somebody writes it back, and ordinary values are not taken for it."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from governed_db.mask.functions import mask_function
from governed_db.mask.placeholders import is_masked, may_be_masked
from governed_db.mask.tokens import derive_keys
from governed_db.model.decision import Mask
from tests.mask import values

KEYS = derive_keys(bytes(range(32)))
TOKEN, HASH = KEYS.token_of("jane"), KEYS.hash_of("jane")


@given(values.masks, st.one_of(values.texts, values.octets))
def test_masked_text_is_recognised(mask: Mask, value: Any) -> None:
    """Whatever a mask makes of text is recognised in a column of that kind; a year is a date again."""
    answer = mask_function(mask, KEYS)(value)

    assert answer is None or mask.name == "year" or is_masked(answer, "pii.email")
    assert answer is None or mask.name == "year" or may_be_masked(answer)


@pytest.mark.parametrize(
    "value",
    [
        *("***", "****", "***1234", "***@example.com", "j***@example.com", "J*** D***", "+49 *** 1234"),
        *(
            "**** **** **** 1111",
            "***-**-1234",
            TOKEN,
            HASH,
            TOKEN.upper(),
            f" {TOKEN}\n",
            TOKEN[:-5],
            TOKEN[:20],
        ),
        *(f"<{TOKEN}>", TOKEN.encode(), ["a", "***"], {"email": TOKEN}, {"list": [{"x": HASH}]}),
        Jsonb({"email": "***"}),
    ],
)
def test_masked_forms(value: object) -> None:
    """Our own forms are known, cut, in capitals and inside of containers, and those that people make up."""
    assert is_masked(value, "pii.email")
    assert may_be_masked(value)


ORDINARY: list[object] = [
    *(
        "",
        "Jane",
        "**bold**",
        "tok_",
        "hash_1",
        "a@b.com",
        "tok_live_51HxYzaBcDeFgHi",
        "hash_of_things",
        "* * *",
    ),
    *(
        42,
        1.5,
        True,
        None,
        b"x",
        b"\xff***"[:2],
        Decimal("1.5"),
        dt.date(1990, 5, 6),
        uuid.UUID(int=1),
        [],
        {},
    ),
    *(["a", "b"], {"a": 1}, Jsonb({"a": ["b"]}), object()),
]


@pytest.mark.parametrize("value", ORDINARY)
def test_ordinary_values_can_be_written(value: object) -> None:
    """Names, addresses, numbers, API tokens of other makers are no placeholders."""
    assert not is_masked(value, "pii.email")


@given(st.one_of(st.emails(), values.numbers, values.times, st.text(alphabet="abc XYZ-+.,0123456789äöü")))
def test_ordinary_values_are_never_taken_for_masked(value: object) -> None:
    """However many are written, none is refused."""
    assert not is_masked(value, "pii.email")


@pytest.mark.parametrize("classification", ["pii.free_text", "unreviewed", "secret.password"])
@pytest.mark.parametrize("value", ["this is ***great***", "my***pass", "***bold*** words", "a *** b"])
def test_asterisks_in_prose_and_passwords(classification: str, value: str) -> None:
    """Where asterisks may be meant, only a value that is nothing else is taken for a mask."""
    assert not is_masked(value, classification)
    assert is_masked("***", classification)
    assert is_masked(TOKEN, classification)


def test_parts_of_a_value() -> None:
    """Of a text that is put together a part may end in asterisks of its own, but not begin as a mask."""
    assert is_masked("***", "pii.name", is_whole=False)
    assert is_masked("***1234", "pii.card", is_whole=False)
    assert is_masked(TOKEN, "pii.name", is_whole=False)
    assert not is_masked("see *** below", "pii.name", is_whole=False)
