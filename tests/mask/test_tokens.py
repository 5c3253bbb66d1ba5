"""Tokens stand for their values, under one key only."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governed_db.errors import AnalysisError, ConfigurationError
from governed_db.mask.tokens import Domain, KeyRing, derive_keys, is_hash, is_token
from tests.mask import values

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
KEYS = derive_keys(KEY)
EMAILS = Domain("shop", "pii.email")


@given(st.one_of(values.texts, values.octets))
def test_token_turns_back(value: str | bytes) -> None:
    """A token turns back into exactly the value and type that it was made of."""
    answer = KEYS.value_of(KEYS.token_of(value, EMAILS), EMAILS)

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
        KEYS.value_of(token)


@given(st.integers(13, 64), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_token_is_refused(position: int, character: str) -> None:
    """A token with any character changed stands for nothing."""
    token = KEYS.token_of("jane")
    changed = token[:position] + character + token[position + 1 :]

    if changed != token:
        with pytest.raises(AnalysisError, match=r"damaged|made up") as caught:
            KEYS.value_of(changed)
        assert caught.value.code == "GDB220"


@pytest.mark.parametrize("text", ["", "jane", "tok_", "tok_aaaaaaaa_", "TOK_AAAAAAAA_" + "A" * 52, "***"])
def test_other_text_is_no_token(text: str) -> None:
    """Text that is no token is refused, and not repeated in the message."""
    assert not is_token(text)
    with pytest.raises(AnalysisError, match=r"^the text is not a token$"):
        KEYS.value_of(text)


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


@pytest.mark.parametrize(
    "elsewhere",
    [Domain("shop", "pii.phone"), Domain("crm", "pii.email"), Domain("shoppii", ".email"), Domain()],
)
def test_tokens_of_other_data(elsewhere: Domain) -> None:
    """A token of one classification in one database is none of another: neither equal nor readable."""
    token = KEYS.token_of("jane", EMAILS)

    assert KEYS.token_of("jane", elsewhere) != token
    with pytest.raises(AnalysisError, match="made for other data"):
        KEYS.value_of(token, elsewhere)


@given(st.one_of(values.texts, values.octets))
def test_hashes_of_other_data(value: str | bytes) -> None:
    """Hashes cannot be compared across classifications and databases either."""
    hashes = {
        KEYS.hash_of(value, Domain(*names)) for names in [("a", "b"), ("a", "c"), ("ab", ""), ("", "ab")]
    }

    assert len(hashes) == 4
    assert all(map(is_hash, hashes))


def test_rotated_keys_still_read() -> None:
    """After a rotation new tokens are made under the new key, and old tokens still stand for their values."""
    old = KeyRing([KEY]).current.token_of("jane", EMAILS)
    ring = KeyRing([OTHER_KEY, KEY])

    new = ring.current.token_of("jane", EMAILS)

    assert new != old
    assert (ring.value_of(old, EMAILS), ring.value_of(new, EMAILS)) == ("jane", "jane")
    assert ring.ids == (derive_keys(OTHER_KEY).id, KEYS.id)


def test_keys_that_were_dropped() -> None:
    """Without its key a token stands for nothing."""
    with pytest.raises(AnalysisError, match="not known here"):
        KeyRing([OTHER_KEY]).value_of(KEYS.token_of("jane", EMAILS), EMAILS)


def test_rings_need_a_key() -> None:
    """An installation without any key is a mistake of its owner."""
    with pytest.raises(ConfigurationError, match="GDB521"):
        KeyRing([])
