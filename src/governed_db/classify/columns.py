"""Descriptions of a table's columns into columns ready to be scored."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import attrs

from governed_db.classify import names, words
from governed_db.classify.kinds import TypeKind, type_kind
from governed_db.model.statement import ColumnRef

_FEWEST_GLUED = 6
_LONGEST_MARK = 4
_GAIN = 2

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

    @property
    def raw_name(self) -> str:
        """Its words as they were written, joined by `_`."""
        return "_".join(names.raw_words(self.ref.column))


def prepared(described: Sequence[Described], keys: frozenset[str]) -> list[TypedColumn]:
    glued = _glued([column[2] for column in described])
    own = frozenset(names.split(described[0][1])[-1:]) if described else frozenset[str]()
    split = [names.split(_without(own, column[2].removeprefix(glued))) for column in described]
    first, last = _shared_word(split, 0), _shared_word(split, -1)
    return [
        TypedColumn(
            ColumnRef(*column[:3]),
            column[3],
            type_kind(column[3]),
            _variants(name, own & words.ORGANISATIONS | {first}, last),
            column[2] in keys,
        )
        for column, name in zip(described, split, strict=True)
    ]


def _glued(columns: Sequence[str]) -> str:
    """Letters without a mark behind them with which all columns of a table begin (OXFNAME, OXLNAME ...)."""
    if len(columns) < _FEWEST_GLUED:
        return ""
    first, last = min(columns), max(columns)  # what these two have in common, all between them have
    common = "".join(
        one for one, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    )
    for mark in (common[:length] for length in range(min(len(common), _LONGEST_MARK), 0, -1)):
        if mark.isalpha() and all(column[len(mark) :][:1].isalpha() for column in columns):
            gained = sum(map(names.is_known, (column[len(mark) :] for column in columns)))
            if gained * 2 >= len(columns) and gained > sum(map(names.is_known, columns)) + _GAIN:
                return mark
    return ""


def _shared_word(split: Sequence[names.Words], place: int) -> str | None:
    """The word with which most names of a table begin or end: it names the table, not the column."""
    if len(split) < 3:
        return None
    found = [name[place] for name in split if len(name) > 1]
    common = max(found, key=found.count, default=None)
    if common is None or common in words.NEGATIVE_AFTER or common in words.NEGATIVE_BEFORE:
        return None
    return common if found.count(common) * 2 >= len(split) else None


def _without(own: frozenset[str], column: str) -> str:
    """`branchzip` of branches is a zip; left as it is where it means something."""
    rests = (column[len(word) :] for word in own if column.lower().startswith(word))
    is_unheard = not any(map(names.is_word, names.split(column)))
    return next((rest for rest in rests if is_unheard and rest and names.is_known(rest)), column)


def _variants(name: names.Words, first: frozenset[str | None], last: str | None) -> tuple[names.Words, ...]:
    """The name as it is, and without the words at its ends that are those of the table."""
    stripped = name[1:] if len(name) > 1 and name[0] in first else name
    stripped = stripped[:-1] if len(stripped) > 1 and stripped[-1] == last else stripped
    return (name,) if stripped == name else (name, stripped)
