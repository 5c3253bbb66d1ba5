"""A value into whether a mask made it: it must not be written over what it stands for.

Rules of this file:

* Our own forms are known exactly: hashes, tokens (cut or changed in case too), `***`, `***` with the end
  or the domain of a value.
* Programs and language models make up others like them (`j***@example.com`, `**** **** **** 1111`). In a
  column of names, addresses or numbers, three asterisks in a row mean that something is hidden. In prose
  and in passwords they may be meant, so there only a value that is nothing else counts.
* What stands in texts in place of a hit (`[pii.email]`) is nothing that anybody writes.
* Containers are looked into; what cannot be looked into is no placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Final

from governed_db.model.classification import CLEAR

_CONTENT: Final = re.compile(r"\[(?:pii|secret|financial)\.[a-z_]{2,20}\]", re.IGNORECASE)
_MARKED: Final = re.compile(rf"\*\*\*|tok_|hash_|^(?:_binary )?X'|{_CONTENT.pattern}", re.IGNORECASE)
_MADE: Final = re.compile(
    r"\s*(?:hash_[0-9a-f]{32}|tok_[a-z2-7]{8}_[a-z2-7]{4,}|\*{3,}|\*{3}@[a-z0-9.-]+)\s*",
    re.ASCII | re.IGNORECASE,
)
_INSIDE: Final = re.compile(r"hash_[0-9a-f]{32}|tok_[a-z2-7]{8}_[a-z2-7]{52,}", re.ASCII | re.IGNORECASE)
_PROSE: Final = frozenset({"unreviewed", "pii.free_text", "pii.user_content", "pii.photo", "pii.health"})
_SECRETS: Final = "secret."
_DEPTH: Final = 8


def may_be_masked(value: object) -> bool:
    """Whether a value has to be looked at more closely: false for what is certainly no mask or token."""
    if type(value) is str:
        # Two looks of 30 ns spare most values the expression.
        is_marked = "_" in value or value[:2] == "X'" or "[" in value
        return "***" in value or (is_marked and _MARKED.search(value) is not None)
    return type(value) not in _PLAIN


_PLAIN: Final = frozenset({int, float, bool, type(None)})


def is_masked(value: object, classification: str, *, is_whole: bool = True) -> bool:
    """Whether a value to be written into a column of this classification was made by a mask.

    `is_whole`: it is all of what is written; otherwise it is a part of a text that is put together. In a
    column that has none, asterisks are anybody's: there only what stands in place of a hit in a text counts.
    """
    if classification == CLEAR:
        return _CONTENT.search(str(getattr(value, "obj", value))) is not None
    return _is_masked(value, _is_loose(classification), is_whole=is_whole, depth=0)


def _is_loose(classification: str) -> bool:
    return classification in _PROSE or classification.startswith(_SECRETS)


def _is_masked(value: object, is_loose: bool, *, is_whole: bool, depth: int) -> bool:  # noqa: FBT001  # private
    if isinstance(value, (bytes, bytearray, memoryview)):
        value = bytes(value).decode("latin-1")
    if isinstance(value, str):
        return _is_masked_text(str.__str__(value), is_loose, is_whole=is_whole)
    if depth > _DEPTH:
        return False
    inner: tuple[object, ...] = ()
    if isinstance(value, Mapping):
        inner = tuple(value.values())
    elif isinstance(value, (list, tuple, Set)):
        inner = tuple(value)
    elif hasattr(value, "obj"):  # psycopg's Json and Jsonb
        inner = (value.obj,)
    # Inside of a container nothing is known of what a text is about.
    return any(_is_masked(one, True, is_whole=is_whole, depth=depth + 1) for one in inner)  # as above


def _is_masked_text(text: str, is_loose: bool, *, is_whole: bool) -> bool:  # noqa: FBT001  # private
    if _MARKED.search(text) is None:
        return False
    if _CONTENT.search(text) is not None:
        return True
    if _MADE.fullmatch(text) is not None or _INSIDE.search(text) is not None:
        return True
    return not is_loose and "***" in text if is_whole else text.startswith("***") and not is_loose
