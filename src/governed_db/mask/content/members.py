"""Members of JSON documents into hits, by their keys: `"first_name": "..."` needs no form to be told.

What a key means is not known here: a function says it, the one that reads the names of columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from governed_db.mask.content.hit import Hit

KeyClass = Callable[[str], str | None]
"""The class of what a member of this name holds, None for most."""

MOST: Final = 80  # characters of a key that is looked at
_KEY: Final = re.compile(rf'"([^\W\d_][\w .$-]{{1,{MOST}}})" ?:\s{{0,8}}')
_STRING: Final = re.compile(r'"((?:[^"\\\0]|\\.)+)"')
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?=\s*[,}\]\0]|\s*$)")


def members(text: str, key_class: KeyClass) -> Iterator[Hit]:
    """Values, strings or numbers, whose key says what they are."""
    for key in _KEY.finditer(text):
        classification = key_class(key[1])
        if classification is None:
            continue
        value = _STRING.match(text, key.end())
        if value is not None:
            yield Hit(*value.span(1), classification)
            continue
        number = _NUMBER.match(text, key.end())
        if number is not None:
            yield Hit(*number.span(), classification)


def nobody(_key: str) -> None:
    """No key means anything."""
