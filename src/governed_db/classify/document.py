"""Findings into a file that people read, change and keep under version control, and the file into entries.

The file is a policy without rules: `connect(policy="classes.yaml")` applies it, and a policy of your own may
extend it. One line for each column that is taken for something, in the order of names, so that two files
can be compared line by line. What somebody changed by hand stays when the file is written again: an entry
with another class than the one `found`, one that says `reviewed: true`, and one in the short form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from governed_db.model.classification import CLEAR, TAXONOMY, Finding, Level
from governed_db.model.statement import ColumnRef

_HEAD: Final = """\
# What the columns of a database are taken for, by `governed-db classify`. Change it by hand:
#   class: another one of the taxonomy or of your own, or none for a column that holds nothing to protect
#   reviewed: true when somebody has looked
# What was changed or reviewed stays as it is when the file is written again.
version: 1
extends: standard
"""
_PLAIN: Final = re.compile(r"[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*){2}", re.ASCII)


@attrs.frozen
class Entry:
    """One line. `found` is what the classifier said, `chosen` what holds."""

    chosen: str
    found: str = CLEAR
    score: float = 0.0
    reviewed: bool = False
    why: str = ""

    @property
    def is_somebodys(self) -> bool:
        return self.reviewed or self.chosen != self.found


Entries = Mapping[str, Entry]


def entries_of(findings: Iterable[Finding]) -> Entries:
    """One for each column that is taken for something and whose name can be written."""
    return {
        str(one.column): Entry(one.classification, one.classification, one.score, why="; ".join(one.evidence))
        for one in findings
        if one.level is not Level.NONE and _can_be_named(one.column)
    }


def read(said: Mapping[str, Any]) -> Entries:
    """The entries of `classifications:` as YAML has them."""
    return {name: _entry(value) for name, value in said.items()}


def merged(found: Entries, kept: Entries) -> Entries:
    """What was found now, and what somebody said before: that stays, for columns that are gone too."""
    both = dict(found)
    for name, old in kept.items():
        if old.is_somebodys:
            new = found.get(name, Entry(CLEAR))
            both[name] = attrs.evolve(old, found=new.found, score=new.score, why=new.why, reviewed=True)
    return both


def written(entries: Entries) -> str:
    """The file."""
    if not entries:
        return f"{_HEAD}# nothing was found\n"
    lines = [_line(name, entries[name]) for name in sorted(entries)]
    return _HEAD + "classifications:\n" + "".join(lines)


def difference(old: Entries, new: Entries) -> list[dict[str, str | None]]:
    """Columns of which the files say different things, in the order of names."""
    names = sorted(name for name in {*old, *new} if _chosen(old, name) != _chosen(new, name))
    return [{"column": name, "old": _chosen(old, name), "new": _chosen(new, name)} for name in names]


def _chosen(entries: Entries, name: str) -> str | None:
    return entries[name].chosen if name in entries else None


def _entry(value: Any) -> Entry:
    if not isinstance(value, Mapping):
        return Entry(str(value), reviewed=True)
    chosen = str(value.get("class", CLEAR))
    return Entry(
        chosen, str(value.get("found", chosen)), float(value.get("score", 0)), value.get("reviewed") is True
    )


def _line(name: str, entry: Entry) -> str:
    members = [f"class: {entry.chosen}", f"found: {entry.found}", f"score: {entry.score:.2f}"]
    if entry.reviewed:
        members.append("reviewed: true")
    legal = TAXONOMY[entry.chosen].legal if entry.chosen in TAXONOMY else ()
    why = "; ".join(filter(None, (entry.why, *legal)))
    comment = f"  # {re.sub(r'[^ -~]+', ' ', why)}" if why else ""
    key = name if _PLAIN.fullmatch(name) else json.dumps(name)
    return f"  {key}: {{{', '.join(members)}}}{comment}\n"


def _can_be_named(column: ColumnRef) -> bool:
    """A pattern of a policy has three parts with points between them, in which * means anything."""
    return not any(mark in part for part in (column.schema, column.relation, column.column) for mark in ".*")
