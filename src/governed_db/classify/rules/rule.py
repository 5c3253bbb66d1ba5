"""One rule of the lexicon: phrases, the class they mean, and what makes them mean it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from governed_db.classify.kinds import TypeKind

_NOTHING: Mapping[str, float] = MappingProxyType({})

TEXTUAL = frozenset({TypeKind.TEXT, TypeKind.LONG, TypeKind.OTHER, TypeKind.BINARY})
NUMBERED = TEXTUAL | {TypeKind.INT, TypeKind.NUMBER}
DOCUMENTS = TEXTUAL | {TypeKind.JSON}
CODED = NUMBERED | {TypeKind.ENUM}
DATED = CODED | {TypeKind.DATE, TypeKind.TIME}
SECRET = DOCUMENTS | {TypeKind.UUID, TypeKind.INT}
ANYTHING = frozenset(TypeKind) - {TypeKind.BOOL, TypeKind.RELATION}


@attrs.frozen
class Rule:
    """`strict`: every other word of the name must be neutral or a person (`name`, not `bot_name`).

    `beside`: words that are harmless next to this phrase though they usually deny it (`city_code`).
    `flags`: a boolean holds it too (`is_smoker`).
    """

    classification: str
    name: float
    words: tuple[tuple[str, ...], ...]
    gate: frozenset[TypeKind] = TEXTUAL
    context: Mapping[str, float] = _NOTHING
    strict: bool = False
    beside: frozenset[str] = frozenset()
    flags: bool = False


def rule(
    classification: str,
    name: float,
    gate: frozenset[TypeKind],
    words: str,
    *,
    context: str = "",
    strict: bool = False,
    beside: str = "",
    flags: bool = False,
) -> Rule:
    phrases = tuple(tuple(word.split("_")) for word in words.split())
    pairs = (pair.split("=") for pair in context.split())
    adds = MappingProxyType({key: float(value) for key, value in pairs})
    return Rule(classification, name, phrases, gate, adds, strict, frozenset(beside.split()), flags)
