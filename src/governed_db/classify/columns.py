"""Descriptions of a table's columns into columns ready to be scored."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from governed_db.classify import names, words
from governed_db.classify.kinds import TypeKind, type_kind
from governed_db.model.statement import ColumnRef

Described = tuple[str, str, str, str]  # schema, table, column, type


@attrs.frozen
class TypedColumn:
    """A column ready to be scored. `variants`: its words, and these without the table's own mark.

    `is_key`: part of a foreign key, so its own name says nothing (`users.manager`).
    """

    ref: ColumnRef
    type: str
    kind: TypeKind
    variants: tuple[names.Words, ...]
    is_key: bool = False


def prepared(described: Sequence[Described], keys: frozenset[str]) -> list[TypedColumn]:
    split = [names.split(column[2]) for column in described]
    first, last = _shared_word(split, 0), _shared_word(split, -1)
    return [
        TypedColumn(
            ColumnRef(*column[:3]),
            column[3],
            type_kind(column[3]),
            _variants(name, first, last),
            column[2] in keys,
        )
        for column, name in zip(described, split, strict=True)
    ]


def _shared_word(split: Sequence[names.Words], place: int) -> str | None:
    """The word with which most names of a table begin or end: it names the table, not the column."""
    if len(split) < 3:
        return None
    found = [name[place] for name in split if len(name) > 1]
    common = max(found, key=found.count, default=None)
    if common is None or common in words.NEGATIVE_AFTER or common in words.NEGATIVE_BEFORE:
        return None
    return common if found.count(common) * 2 >= len(split) else None


def _variants(name: names.Words, first: str | None, last: str | None) -> tuple[names.Words, ...]:
    stripped = name[1:] if len(name) > 1 and name[0] == first else name
    stripped = stripped[:-1] if len(stripped) > 1 and stripped[-1] == last else stripped
    return (name,) if stripped == name else (name, stripped)
