"""Tokens stand for their values, under one key only."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governed_db.errors import AnalysisError, ConfigurationError
from governed_db.mask.tokens import derive_keys, detokenise, is_token
from tests.mask import values

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
KEYS = derive_keys(KEY)


@given(st.one_of(values.texts, values.octets))
def test_token_turns_back(value: str | bytes) -> None:
    """A token turns back into exactly the value and type that it was made of."""
    answer = detokenise(KEYS.token_of(value), KEY)

    assert (type(answer), answer) == (type(value), value)


@given(st.one_of(values.texts, values.octets), st.one_of(values.texts, values.octets))
def test_equal_tokens_mean_equal_values(left: str | bytes, right: str | bytes) -> None:
    """Tokens compare as their values do, so that they can be joined, grouped and counted."""
    assert (KEYS.token_of(left) == KEYS.token_of(right)) == (left == right)


def test_form_of_a_token() -> None:
    """A token names its key, is lower case, and stays the same from release to release."""
    token = KEYS.token_of("jane@example.com")

    assert re.fullmatch(r"tok_[a-z2-7]{8}_[a-z2-7]+", token)
    assert is_token(token)
    assert token == derive_keys(KEY).token_of("jane@example.com")


def test_short_values_have_tokens_of_one_length() -> None:
    """A token does not tell how short its value is."""
    assert len({len(KEYS.token_of("x" * length)) for length in range(16)}) == 1


def test_tokens_of_another_key() -> None:
    """Another key makes other tokens and cannot turn these back."""
    token = derive_keys(OTHER_KEY).token_of("jane")

    assert token != KEYS.token_of("jane")
    with pytest.raises(AnalysisError, match="under another key"):
        detokenise(token, KEY)


@given(st.integers(13, 64), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_token_is_refused(position: int, character: str) -> None:
    """A token with any character changed stands for nothing."""
    token = KEYS.token_of("jane")
    changed = token[:position] + character + token[position + 1 :]

    if changed != token:
        with pytest.raises(AnalysisError, match="damaged or was made up") as caught:
            detokenise(changed, KEY)
        assert caught.value.code == "GDB220"


@pytest.mark.parametrize("text", ["", "jane", "tok_", "tok_aaaaaaaa_", "TOK_AAAAAAAA_" + "A" * 52, "***"])
def test_other_text_is_no_token(text: str) -> None:
    """Text that is no token is refused, and not repeated in the message."""
    assert not is_token(text)
    with pytest.raises(AnalysisError, match=r"^the text is not a token$"):
        detokenise(text, KEY)


def test_keys_are_not_shown() -> None:
    """What is derived from the key does not show it."""
    assert "MaskKeys" in repr(KEYS)
    assert len(repr(KEYS)) < 100


def test_hash_is_keyed() -> None:
    """Hashes of guesses tell nothing to somebody without the key."""
    hashes = {KEYS.hash_of("jane"), derive_keys(OTHER_KEY).hash_of("jane"), KEYS.hash_of(b"jane")}

    assert len(hashes) == 3
    assert KEYS.hash_of("jane") in hashes


def test_short_keys_are_refused() -> None:
    """A key that could be guessed is refused."""
    with pytest.raises(ConfigurationError, match=r"GDB521 .*32 bytes"):
        derive_keys(b"short")
