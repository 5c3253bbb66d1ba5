"""One value as a driver hands it out into the same value without the hits in its texts.

The type stays: documents stay documents, and JSON that is text stays JSON that can be read.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Final

import attrs

from governed_db.mask.content import prefilter
from governed_db.mask.content.find import ALL, find, placeholder
from governed_db.mask.content.hit import Hit
from governed_db.mask.content.members import KeyClass, nobody
from governed_db.mask.content.numbers import FEWEST_DIGITS

Found = dict[str, int]

_DEEPEST: Final = 200
_SHORTEST_NUMBER: Final = 10 ** (FEWEST_DIGITS - 1)
_LONGEST_NUMBER: Final = 10**20
_TOO_DEEP: Final = "[not scanned]"
_JOINT: Final = "\0"
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPES: Final = re.compile(r"\\[u/]")
_NO_TEXT: Final = frozenset({int, float, bool})


def text_of(value: Any) -> str:
    """All the text in a value, members of documents as JSON writes them; empty where there is none."""
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


def spans(text: str) -> list[tuple[int, int]]:
    """Where hits of any class stand in a plain text."""
    families = prefilter.families(text)
    return [(hit.start, hit.end) for hit in find(text, families)] if families else []


def rewritten(value: Any, classes: frozenset[str], found: Found, key_class: KeyClass = nobody) -> Any:
    """The value with every hit of `classes` replaced; hits are counted by class."""
    return _Rewriter(classes, found, key_class).value(value)


@attrs.frozen(eq=False)
class _Rewriter:
    """One value's rewriting: what is hidden, where it is counted, and what keys mean."""

    classes: frozenset[str]
    found: Found
    key_class: KeyClass

    def value(self, value: Any) -> Any:
        kind = type(value)
        if isinstance(value, str):
            return self._text(str.__str__(value))
        if isinstance(value, (bytes, bytearray, memoryview)):
            text = _decoded(value)
            if text is None:
                return value
            octets = self._text(text).encode("utf-8", "surrogatepass")
            if kind is memoryview:
                return memoryview(octets)
            return bytearray(octets) if issubclass(kind, bytearray) else octets
        return self._document(value, 0) if isinstance(value, (dict, list, tuple)) else value

    # -- text ------------------------------------------------------------------------------------

    def _text(self, text: str) -> str:
        document = _document(text) if text.lstrip()[:1] in ("{", "[") else None
        if document is None:
            return self._plain(text)
        if not _ESCAPES.search(text):
            return self._json(text)
        before = sum(self.found.values())
        made = self._document(document, 0)
        return json.dumps(made, ensure_ascii=False) if sum(self.found.values()) > before else text

    def _plain(self, text: str) -> str:
        pieces: list[str] = []
        end = 0
        for hit in self._hits(text):
            pieces += (text[end : hit.start], placeholder(hit.classification))
            end = hit.end
        return "".join((*pieces, text[end:])) if pieces else text

    def _json(self, text: str) -> str:
        """A hit that is a number of the document becomes null, as it does in one that is no text."""
        strings = [match.span() for match in _STRING.finditer(text)]
        starts = [start for start, _ in strings]
        pieces: list[str] = []
        end = 0
        for hit in self._hits(text):
            place = bisect_left(starts, hit.start) - 1
            is_inside = place >= 0 and hit.end < strings[place][1]
            pieces += (text[end : hit.start], placeholder(hit.classification) if is_inside else "null")
            end = hit.end
        return "".join((*pieces, text[end:])) if pieces else text

    def _hits(self, text: str) -> Iterator[Hit]:
        for hit in find(text, ALL, self.key_class):
            if hit.classification in self.classes:
                self._count(hit.classification)
                yield hit

    def _count(self, classification: str) -> None:
        self.found[classification] = self.found.get(classification, 0) + 1

    # -- documents -------------------------------------------------------------------------------

    def _document(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self._plain(str.__str__(value))
        if not isinstance(value, (dict, list, tuple)):
            return self._number("", value)
        if depth > _DEEPEST:
            return _TOO_DEEP
        if isinstance(value, dict):
            return self._members(value, depth)
        items = [self._document(item, depth + 1) for item in value]
        if isinstance(value, list):
            return items
        make = getattr(type(value), "_make", tuple)
        return make(items)

    def _members(self, value: dict[Any, Any], depth: int) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for key, item in value.items():
            name = self._plain(key) if isinstance(key, str) else key
            while name in made:  # two keys that are addresses: neither member may be lost
                name += "*"
            made[name] = self._member(str(key), item, depth)
        return made

    def _member(self, key: str, item: Any, depth: int) -> Any:
        if isinstance(item, (dict, list, tuple)):
            return self._document(item, depth + 1)
        classification = self.key_class(key)
        is_value = item is not None and item != "" and type(item) is not bool
        if classification in self.classes and is_value:
            self._count(str(classification))
            return placeholder(str(classification)) if isinstance(item, str) else None
        return self._behind(key, str.__str__(item)) if isinstance(item, str) else self._number(key, item)

    def _behind(self, key: str, text: str) -> str:
        """The text of a member; its key can be the word that says what a number in it is."""
        whole, begin = f"{key}: {text}", len(key) + 2
        pieces: list[str] = []
        end = begin
        for hit in find(whole):
            if hit.start >= begin and hit.classification in self.classes:
                self._count(hit.classification)
                pieces += (whole[end : hit.start], placeholder(hit.classification))
                end = hit.end
        return "".join((*pieces, whole[end:]))

    def _number(self, key: str, number: Any) -> Any:
        """A number of a document that is a hit from end to end becomes null: it has no placeholder."""
        if not _is_long_number(number):
            return number
        whole, begin = f"{key}: {number}", len(key) + 2
        for hit in find(whole):
            if (hit.start, hit.end) == (begin, len(whole)) and hit.classification in self.classes:
                self._count(hit.classification)
                return None
        return number


def _texts(value: Any, depth: int) -> Iterator[str]:
    """Each text with the key that it stands under, and the keys."""
    if isinstance(value, str):
        yield str.__str__(value)
    elif depth > _DEEPEST:
        return
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, (dict, list, tuple)):
                yield str(key)
                yield from _texts(item, depth + 1)
            else:
                yield f'"{key}": "{item}"'
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item, depth + 1)
    elif _is_long_number(value):
        yield str(value)


def _is_long_number(value: Any) -> bool:
    return type(value) is int and _SHORTEST_NUMBER <= value < _LONGEST_NUMBER


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


def _decoded(value: bytes | bytearray | memoryview) -> str | None:
    """Text in bytes; None for what is no text, such as pictures."""
    octets = bytes(value)
    if b"\0" in octets:
        return None
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return None
