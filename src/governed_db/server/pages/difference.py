"""Two texts into the lines of what changed between them, with a few unchanged lines around."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

import attrs

_AROUND = 3


@attrs.frozen
class DiffLine:
    """`sign`: "+" added, "-" removed, " " unchanged, "…" lines that are left out. Numbers count from 1."""

    sign: str
    text: str
    old: int | None = None
    new: int | None = None


def lines(before: str, after: str, around: int = _AROUND) -> tuple[DiffLine, ...]:
    """The changed lines; nothing when the texts are the same."""
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return tuple(_all(matcher, old, new, around))


def _all(
    matcher: difflib.SequenceMatcher[str], old: Sequence[str], new: Sequence[str], around: int
) -> Iterator[DiffLine]:
    end = 0
    for group in matcher.get_grouped_opcodes(around):
        start = group[0][1]
        if start > end:
            yield DiffLine("…", f"{start - end} unchanged")
        for tag, i1, i2, j1, j2 in group:
            yield from _opcode(tag, (i1, i2, j1, j2), old, new)
            end = i2
    if end and end < len(old):
        yield DiffLine("…", f"{len(old) - end} unchanged")


def _opcode(
    tag: str, span: tuple[int, int, int, int], old: Sequence[str], new: Sequence[str]
) -> Iterator[DiffLine]:
    i1, i2, j1, j2 = span
    if tag == "equal":
        for step in range(i2 - i1):
            yield DiffLine(" ", old[i1 + step], i1 + step + 1, j1 + step + 1)
        return
    for index in range(i1, i2):
        yield DiffLine("-", old[index], old=index + 1)
    for index in range(j1, j2):
        yield DiffLine("+", new[index], new=index + 1)
