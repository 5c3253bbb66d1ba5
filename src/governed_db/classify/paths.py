"""Documents into the values of their members, by the keys that lead to them, and such paths into classes.

Elements of an array have the path of the array. Keys can be data themselves ({"jane": ...}): what is kept
of a path is a hash of it, and of a key that says what it holds its class.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from governed_db.classify.evidence import value_evidence
from governed_db.classify.findings import WEAK_FROM
from governed_db.classify.score import classify_columns
from governed_db.classify.values import hit_rates
from governed_db.model.classification import UNREVIEWED, Level

Path = tuple[str, ...]

ARROW = "->"
_HOLDS, _CONCEALS = "holds ", "conceals "
# What has no form by which it is found in a text.
_FORMLESS = frozenset({"pii.name", "pii.address", "pii.location", "pii.birth_date"})
_MOST_PATHS = 100
_MOST_KEYS = 40
_DEEPEST = 6
_LONGEST_KEY = 60
_KEY = re.compile(r'"([^"\\]{1,60})"\s*:\s*(?:"((?:[^"\\]|\\.)*)"|(-?\d+(?:\.\d+)?))')
_PLAIN_KEY = re.compile(r"[^\W\d][\w .:-]*")


def joined(column: str, path: Path) -> str:
    """The name of a member, as columns have names."""
    return ARROW.join((column, *path))


def hidden(column: str, path: Path) -> str:
    """The name under which what was seen of a member is kept."""
    told = "\0".join(path).encode("utf-8", "surrogatepass")
    return f"{column}{ARROW}#{hashlib.sha256(told).hexdigest()[:24]}"


def held(rates: Mapping[str, float]) -> frozenset[str]:
    """The classes that members of a document were seen to hold, in the shares that are kept of its column."""
    return frozenset(name.removeprefix(_HOLDS) for name in rates if name.startswith(_HOLDS))


def conceals(rates: Mapping[str, float]) -> str | None:
    """The class for which whole documents are hidden: neither its keys nor its form tell where it stands."""
    found = [name.removeprefix(_CONCEALS) for name in rates if name.startswith(_CONCEALS)]
    return max(found, default=None)


@functools.lru_cache(maxsize=4096)  # tables have few keys, and callers choose them
def class_by_keys(table: str, path: Path) -> str | None:
    """What the keys of a path say of a member of a document in this table, the last one first."""
    for key in reversed(path):
        (found,) = classify_columns([("", table, key, "text")]).values()
        if found.level is not Level.NONE and found.classification != UNREVIEWED:
            return found.classification
    return None


def class_by_values(rates: Mapping[str, float]) -> str | None:
    """What was seen there, or in what lies there."""
    if inner := held(rates):
        return max(inner)
    found = max(value_evidence(rates, set()), key=lambda one: one[1], default=None)
    return found[0] if found is not None and found[1] >= WEAK_FROM else None


def seen(table: str, column: str, values: Sequence[object]) -> Iterator[tuple[str, Mapping[str, float]]]:
    """What can be kept of the members of a column's documents; the column itself with what they hold."""
    classes: dict[str, float] = {}
    within: dict[Path, dict[str, float]] = {}
    for path, inner in members(values):
        rates = hit_rates(inner)
        by_values = class_by_values(rates)
        found = by_values or class_by_keys(table, path)
        if found is not None:
            classes[_HOLDS + found] = 1.0
            if by_values in _FORMLESS and not _tells(path[-1]):
                classes[_CONCEALS + found] = 1.0
            yield hidden(column, path), rates
            for end in range(1, len(path)):
                within.setdefault(path[:end], {})[_HOLDS + found] = 1.0
    yield from ((hidden(column, path), holds) for path, holds in within.items())
    if classes:
        yield column, classes


def _tells(key: str) -> bool:
    """Whether documents are hidden at this key when they come out (core/contents.py)."""
    (found,) = classify_columns([("", "documents", key, "text")]).values()
    return found.level is Level.STRONG


def members(values: Sequence[object]) -> Iterator[tuple[Path, list[object]]]:
    """Each path of the documents among `values`, with what stands there."""
    found: dict[Path, list[object]] = {}
    for value in values:
        if isinstance(value, str) and value[:1] in ("{", "["):
            for path, inner in _flat(value):
                if path in found or len(found) < _MOST_PATHS:
                    found.setdefault(path, []).append(inner)
    yield from found.items()


def _flat(text: str) -> Iterator[tuple[Path, object]]:
    try:
        yield from _walk((), json.loads(text))
    except (ValueError, RecursionError):  # cut off where the sample ends, or no document
        for key in _KEY.finditer(text):
            if _is_key(key[1]):
                yield (key[1],), key[2] if key[2] is not None else key[3]


def _walk(path: Path, value: Any) -> Iterator[tuple[Path, object]]:
    if isinstance(value, dict) and len(path) < _DEEPEST and len(value) <= _MOST_KEYS:
        for key, inner in value.items():
            if _is_key(key):  # keys can be data themselves: {"jane@example.org": ...}
                yield from _walk((*path, key), inner)
    elif isinstance(value, list) and len(path) < _DEEPEST:
        for inner in value[:_MOST_KEYS]:
            yield from _walk(path, inner)
    elif path and isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield path, value


def _is_key(key: str) -> bool:
    return len(key) <= _LONGEST_KEY and _PLAIN_KEY.fullmatch(key) is not None
