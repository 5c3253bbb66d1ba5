"""One value as a driver hands it out into the same value without the hits in its texts.

The type stays: documents stay documents, and JSON that is text stays JSON that can be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from governed_db.mask.content import prefilter
from governed_db.mask.content.find import find, placeholder
from governed_db.mask.content.numbers import FEWEST_DIGITS

Found = dict[str, int]

_DEEPEST: Final = 200
_SHORTEST_NUMBER: Final = 10 ** (FEWEST_DIGITS - 1)
_LONGEST_NUMBER: Final = 10**20
_TOO_DEEP: Final = "[not scanned]"
_JOINT: Final = "\0"
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPES: Final = re.compile(r"\\[u/]")


def text_of(value: Any) -> str:
    """All the text in a value; empty where there is none."""
    kind = type(value)
    if kind is str:
        return _unescaped(value) if "\\" in value else str(value)
    if value is None or kind in _NO_TEXT:
        return ""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _decoded(value) or ""
    if isinstance(value, (dict, list, tuple)):
        return _JOINT.join(_texts(value, 0))
    return str.__str__(value) if isinstance(value, str) else ""


_NO_TEXT: Final = frozenset({int, float, bool})


def rewritten(value: Any, classes: frozenset[str], found: Found) -> Any:
    """The value with every hit of `classes` replaced; hits are counted by class."""
    kind = type(value)
    if kind is str:
        return _rewritten_text(value, classes, found)
    if isinstance(value, str):
        return _rewritten_text(str.__str__(value), classes, found)
    if isinstance(value, (bytes, bytearray, memoryview)):
        text = _decoded(value)
        if text is None:
            return value
        octets = _rewritten_text(text, classes, found).encode("utf-8", "surrogatepass")
        if kind is memoryview:
            return memoryview(octets)
        return bytearray(octets) if issubclass(kind, bytearray) else octets
    if isinstance(value, (dict, list, tuple)):
        return _rewritten_document(value, classes, found, 0)
    return value


def replaced(text: str, classes: frozenset[str], found: Found) -> str:
    """A plain text with placeholders in place of hits."""
    pieces: list[str] = []
    end = 0
    for hit in find(text):
        if hit.classification in classes:
            found[hit.classification] = found.get(hit.classification, 0) + 1
            pieces += (text[end : hit.start], placeholder(hit.classification))
            end = hit.end
    return "".join((*pieces, text[end:])) if pieces else text


def spans(text: str) -> list[tuple[int, int]]:
    """Where hits of any class stand in a plain text."""
    families = prefilter.families(text)
    return [(hit.start, hit.end) for hit in find(text, families)] if families else []


# -- JSON ------------------------------------------------------------------------------------------------


def _texts(value: Any, depth: int) -> Iterator[str]:
    """Each text with the key it stands under, which may be the word that says what it is."""
    if isinstance(value, str):
        yield str.__str__(value)
    elif depth > _DEEPEST:
        return
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (_keyed(key, text) for text in _texts(item, depth + 1))
            if not isinstance(item, str):
                yield str(key)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item, depth + 1)
    elif _is_long_number(value):
        yield str(value)


def _keyed(key: object, text: str) -> str:
    return f"{key}: {text}"


def _rewritten_document(value: Any, classes: frozenset[str], found: Found, depth: int) -> Any:
    if isinstance(value, str):
        return replaced(str.__str__(value), classes, found)
    if not isinstance(value, (dict, list, tuple)):
        return _number_of("", value, classes, found)
    if depth > _DEEPEST:
        return _TOO_DEEP
    if isinstance(value, dict):
        return _rewritten_members(value, classes, found, depth)
    items = [_rewritten_document(item, classes, found, depth + 1) for item in value]
    if isinstance(value, list):
        return items
    make = getattr(type(value), "_make", tuple)
    return make(items)


def _rewritten_members(value: dict[Any, Any], classes: frozenset[str], found: Found, depth: int) -> Any:
    made: dict[Any, Any] = {}
    for key, item in value.items():
        name = replaced(key, classes, found) if isinstance(key, str) else key
        while name in made:  # two keys that are addresses: neither member may be lost
            name += "*"
        if isinstance(item, str):
            made[name] = _value_of(str(key), str.__str__(item), classes, found)
        elif not isinstance(item, (dict, list, tuple)):
            made[name] = _number_of(str(key), item, classes, found)
        else:
            made[name] = _rewritten_document(item, classes, found, depth + 1)
    return made


def _value_of(key: str, text: str, classes: frozenset[str], found: Found) -> str:
    """The text of a member, rewritten with its key in front."""
    pieces: list[str] = []
    whole, end = _keyed(key, text), len(key) + 2
    for hit in find(whole):
        if hit.start >= len(key) + 2 and hit.classification in classes:
            found[hit.classification] = found.get(hit.classification, 0) + 1
            pieces += (whole[end : hit.start], placeholder(hit.classification))
            end = hit.end
    return "".join((*pieces, whole[end:]))


def _number_of(key: str, number: Any, classes: frozenset[str], found: Found) -> Any:
    """A number of a document that is a hit from end to end becomes null: there are no placeholders for it."""
    if not _is_long_number(number):
        return number
    whole = _keyed(key, str(number))
    for hit in find(whole):
        if hit.start == len(key) + 2 and hit.end == len(whole) and hit.classification in classes:
            found[hit.classification] = found.get(hit.classification, 0) + 1
            return None
    return number


def _is_long_number(value: Any) -> bool:
    return type(value) is int and _SHORTEST_NUMBER <= value < _LONGEST_NUMBER


def _rewritten_text(text: str, classes: frozenset[str], found: Found) -> str:
    if text.lstrip()[:1] not in ("{", "["):
        return replaced(text, classes, found)
    document = _document(text)
    if document is None:
        return replaced(text, classes, found)
    if _ESCAPES.search(text):
        counted: Found = {}
        made = _rewritten_document(document, classes, counted, 0)
        if counted:
            _add(found, counted)
            return json.dumps(made, ensure_ascii=False)
        return text
    return _rewritten_json(text, classes, found)


def _rewritten_json(text: str, classes: frozenset[str], found: Found) -> str:
    """A hit that is a number of the document becomes null, as it does in one that is no text."""
    strings = [match.span() for match in _STRING.finditer(text)]
    pieces: list[str] = []
    end = 0
    for hit in find(text):
        if hit.classification in classes:
            found[hit.classification] = found.get(hit.classification, 0) + 1
            is_inside = any(start < hit.start and hit.end < stop for start, stop in strings)
            name = placeholder(hit.classification) if is_inside else "null"
            pieces += (text[end : hit.start], name)
            end = hit.end
    return "".join((*pieces, text[end:])) if pieces else text


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _unescaped(text: str) -> str:
    """JSON hides characters behind escapes: what it says is looked at, too."""
    if text.lstrip()[:1] not in ("{", "[", '"') or not _ESCAPES.search(text):
        return text
    document = _document(text)
    return text if document is None else f"{text}{_JOINT}{_JOINT.join(_texts(document, 0))}"


def _add(found: Found, counted: Found) -> None:
    for name, count in counted.items():
        found[name] = found.get(name, 0) + count


def _decoded(value: bytes | bytearray | memoryview) -> str | None:
    """Text in bytes; None for what is no text, such as pictures."""
    octets = bytes(value)
    if b"\0" in octets:
        return None
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return None
