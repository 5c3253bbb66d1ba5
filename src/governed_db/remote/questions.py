"""Questions about the trail into the stored events that answer them, and into sums of those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import attrs

from governed_db.model.audit import mapping, principals, seen
from governed_db.remote.reader import read

Event = dict[str, Any]


@attrs.frozen
class Question:
    """Which events are wanted: all that is said must hold, and what is not said does not matter.

    `since` and `until` are seconds since the epoch. `principal` is anybody in the chain. `relation`,
    `column` and `classification` are patterns ("public.*", "pii.*"); a relation or column may be named
    by its end ("customers"). `text` stands in the statement, whatever the case of its letters.
    """

    since: float | None = None
    until: float | None = None
    principal: str | None = None
    conversation: str | None = None
    status: str | None = None
    kind: str | None = None
    rule: str | None = None
    relation: str | None = None
    column: str | None = None
    classification: str | None = None
    database: str | None = None
    text: str | None = None

    def wants(self, event: Event) -> bool:
        """Whether the event answers the question."""
        fields = event["fields"]
        return (
            (self.until is None or event["time"] < self.until)
            and (self.principal is None or self.principal in principals(fields))
            and self._wants_words(fields)
            and _wants_names(self.relation, _strings(fields, "relations"))
            and _wants_names(self.column, _strings(fields, "columns"))
            and (self.classification is None or any(self._wants_class(one) for one in seen(fields)))
            and (self.text is None or self.text.lower() in str(fields.get("statement", "")).lower())
        )

    def _wants_words(self, fields: Mapping[str, Any]) -> bool:
        said = {name: fields.get(name) for name in ("conversation", "status", "kind", "database")}
        said["rule"] = mapping(fields.get("decision")).get("rule")
        return all(getattr(self, name) in (None, value) for name, value in said.items())

    def _wants_class(self, one: Mapping[str, str]) -> bool:
        return fnmatchcase(one.get("classification", ""), self.classification or "*")


def answers(folder: Path, question: Question) -> Iterator[Event]:
    """The events of an audit folder that are wanted, oldest first."""
    return (event for event in read(folder, since=question.since) if question.wants(event))


@attrs.frozen
class Access:
    """What one chain of principals got of one classification in one form, by one rule.

    `statements`, and how many `rows` they gave: None where a driver did not tell (sqlite3 never does). Times
    are seconds since the epoch.
    """

    principals: tuple[str, ...]
    tool: str
    database: str
    classification: str
    columns: tuple[str, ...]
    form: str
    rule: str
    statements: int
    rows: int | None
    first: float
    last: float


def accesses(events: Iterable[Event], classification: str = "*") -> list[Access]:
    """Who got what of which classification. Statements known to have given no row showed nothing."""
    found: dict[tuple[Any, ...], list[tuple[str, int, float, str]]] = {}
    for event in events:
        fields = event["fields"]
        rows = fields.get("rows", 0)
        if event["phase"] != "outcome" or fields.get("status") != "ok" or rows == 0:
            continue
        who = principals(fields), fields.get("tool", ""), fields.get("database", "")
        rule = mapping(fields.get("decision")).get("rule", "")
        for one in seen(fields):
            if fnmatchcase(one["classification"], classification):
                key = (*who, one["classification"], one["form"], rule)
                found.setdefault(key, []).append((one["column"], rows, event["time"], event["id"]))
    return [_access(key, shown) for key, shown in sorted(found.items())]


def _access(key: tuple[Any, ...], shown: list[tuple[str, int, float, str]]) -> Access:
    who, tool, database, classification, form, rule = key
    statements = {event: rows for _, rows, _, event in shown}
    times = [time for _, _, time, _ in shown]
    return Access(
        principals=who,
        tool=tool,
        database=database,
        classification=classification,
        columns=tuple(sorted({column for column, *_ in shown})),
        form=form,
        rule=rule,
        statements=len(statements),
        rows=None if min(statements.values()) < 0 else sum(statements.values()),
        first=min(times),
        last=max(times),
    )


@attrs.frozen
class Stats:
    """Sums over events: how many, rows given or changed, and events by what is asked for most."""

    events: int
    rows: int
    seconds: float
    by: Mapping[str, Mapping[str, int]]


COUNTED = ("status", "principal", "rule", "kind", "database", "relation", "code", "classification")


def stats(events: Iterable[Event], most: int = 10) -> Stats:
    """The sums; of each group the `most` frequent ones. Intents are not counted: their outcomes are."""
    counters = {name: Counter[str]() for name in COUNTED}
    number = rows = 0
    seconds = 0.0
    for event in events:
        if event["phase"] == "intent":
            continue
        fields = event["fields"]
        number += 1
        rows += max(fields.get("rows", 0), 0)
        seconds += fields.get("seconds", 0.0)
        for name, words in _counted(fields).items():
            counters[name].update(words)
    by = {name: dict(each.most_common(most)) for name, each in counters.items()}
    return Stats(number, rows, seconds, by)


def _counted(fields: Mapping[str, Any]) -> dict[str, set[str]]:
    decision = mapping(fields.get("decision"))
    reasons = decision.get("reasons") or ()
    words: dict[str, set[Any]] = {name: {fields.get(name)} for name in ("status", "kind", "database")}
    words["principal"] = set(principals(fields)[:1])
    words["rule"] = {decision.get("rule")}
    words["relation"] = set(_strings(fields, "relations"))
    words["code"] = {mapping(reason).get("code") for reason in reasons}
    words["classification"] = {one.get("classification") for one in seen(fields)}
    return {name: {str(word) for word in each if word} for name, each in words.items()}


def _wants_names(pattern: str | None, names: Iterable[str]) -> bool:
    if pattern is None:
        return True
    return any(fnmatchcase(name, pattern) or fnmatchcase(name, f"*.{pattern}") for name in names)


def _strings(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = fields.get(name)
    return tuple(str(one) for one in found) if isinstance(found, list) else ()
