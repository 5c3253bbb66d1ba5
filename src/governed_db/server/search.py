"""A question into the events that answer it, the newest first, a page at a time.

Words about what was done or who did it are looked up among shapes and actors; the events are then found by
their numbers, in an index that is in order of time.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs
import msgspec
from sqlalchemy import Row, Select, Table, tuple_

from governed_db.model.audit import apart
from governed_db.model.chain import stored_event
from governed_db.server.answers import Problem
from governed_db.server.store import Tx
from governed_db.server.tables.base import plain
from governed_db.server.tables.events import (
    ACTOR_TERMS,
    ACTORS,
    CHAINS,
    EVENTS,
    FINDINGS,
    RECORDS,
    SHAPE_TERMS,
    SHAPES,
)

MOST: Final = 500
_LONGEST: Final = 512
_SHAPE: Final = ("database", "kind", "effect", "rule", "revision", "relation", "column", "classification",
                 "code", "act")  # fmt: skip
_ACTOR: Final = ("principal", "tool", "model")
_OWN: Final = ("status", "phase", "conversation", "decision")


@attrs.frozen
class Question:
    """Which events are wanted: all that is said must hold, and what is not said does not matter.

    `since` and `until` are seconds since 1970. `principal` is anybody in the chain. A relation may be named
    by its end ("customers"), a classification by what it is one of ("pii.*"). `text` stands in the
    statement, whatever the case of its letters. Intents are wanted only where `phase` says so: their
    outcomes tell more.
    """

    since: float | None = None
    until: float | None = None
    principal: str | None = None
    tool: str | None = None
    model: str | None = None
    conversation: str | None = None
    relation: str | None = None
    column: str | None = None
    classification: str | None = None
    database: str | None = None
    kind: str | None = None
    rule: str | None = None
    revision: str | None = None
    effect: str | None = None
    code: str | None = None
    act: str | None = None
    status: str | None = None
    phase: str | None = None
    decision: str | None = None
    text: str | None = None

    def word(self, name: str) -> str | None:
        """What is asked for under a name, as the tables have it."""
        said = getattr(self, name)
        return None if said is None else plain(said, _LONGEST)


@attrs.frozen
class Found:
    """One event as a list shows it. `who`: who acted, then for whom; `what`: what many events share."""

    id: str
    time: float
    phase: str
    status: str
    who: Mapping[str, Any]
    what: Mapping[str, Any]
    conversation: str | None
    decision: str | None
    rows: int | None
    seconds: float | None


@attrs.frozen
class Page:
    """Some events, and what to ask with for those after them, None at the end."""

    events: tuple[Found, ...]
    after: str | None


def search(tx: Tx, question: Question, *, after: str | None = None, limit: int = 50) -> Page:
    """The events that answer it, the newest first."""
    limit = max(1, min(limit, MOST))
    query = _narrowed(tx, question)
    if query is None:
        return Page((), None)
    e = EVENTS.c
    if after is not None:
        time, name = _place(after)
        # The first condition bounds the index; the pair decides between events of one moment.
        query = query.where(e.time <= time, tuple_(e.time, e.id) < (time, name))
    rows = tx.rows(query.order_by(e.time.desc(), e.id.desc()).limit(limit + 1))
    shown = rows[:limit]
    who = _said(tx, ACTORS, {row.actor for row in shown})
    what = _said(tx, SHAPES, {row.shape for row in shown})
    events = tuple(_found(row, who, what) for row in shown)
    return Page(events, _cursor(shown[-1]) if len(rows) > limit else None)


def _narrowed(tx: Tx, question: Question) -> Select[Any] | None:
    """The query without order; None where a word is known of nothing."""
    e = EVENTS.c
    query = tx.select(EVENTS)
    for bound, condition in ((question.since, e.time.__ge__), (question.until, e.time.__lt__)):
        query = query if bound is None else query.where(condition(bound))
    for name in _OWN:
        word = question.word(name)
        query = query if word is None else query.where(e[name] == word)
    if question.phase is None:
        query = query.where(e.phase != "intent")
    shapes = _numbers(tx, SHAPE_TERMS, "shape", {name: question.word(name) for name in _SHAPE})
    actors = _numbers(tx, ACTOR_TERMS, "actor", {name: question.word(name) for name in _ACTOR})
    text = question.word("text")
    if text is not None:
        with_text = tx.select(SHAPES, SHAPES.c.id).where(SHAPES.c.statement.icontains(text, autoescape=True))
        shapes = _meet(shapes, set(tx.connection.scalars(with_text)))
    for column, numbers in ((e.shape, shapes), (e.actor, actors)):
        if numbers is not None:
            if not numbers:
                return None
            query = query.where(column.in_(sorted(numbers)))
    return query


def _numbers(tx: Tx, terms: Table, column: str, words: Mapping[str, str | None]) -> set[int] | None:
    """Of the rows that all of the words are said of; None where no word was asked for."""
    found: set[int] | None = None
    for kind, term in words.items():
        if term is None:
            continue
        query = tx.select(terms, terms.c[column]).where(terms.c.kind == kind, terms.c.term == term)
        found = _meet(found, set(tx.connection.scalars(query)))
    return found


def _meet(one: set[int] | None, other: set[int]) -> set[int]:
    return other if one is None else one & other


def _said(tx: Tx, table: Table, numbers: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    rows = tx.rows(tx.select(table, table.c.id, table.c.fields).where(table.c.id.in_(sorted(numbers))))
    return {row.id: msgspec.json.decode(row.fields) for row in rows}


def _found(
    row: Row[Any], who: Mapping[int, Mapping[str, Any]], what: Mapping[int, Mapping[str, Any]]
) -> Found:
    return Found(
        row.id, row.time, row.phase, row.status, who[row.actor], what[row.shape], row.conversation,
        row.decision, row.rows, row.seconds,
    )  # fmt: skip


def event(tx: Tx, name: str) -> dict[str, Any] | None:
    """One event whole, as it was stored, with what is known of its chain; None if there is none."""
    name = plain(name, _LONGEST)
    rows = tx.rows(tx.select(EVENTS).where(EVENTS.c.id == name).order_by(EVENTS.c.received).limit(1))
    if not rows:
        return None
    row = rows[0]
    r, c, f = RECORDS.c, CHAINS.c, FINDINGS.c
    line = tx.value(
        tx.select(RECORDS, r.line).where(r.chain == row.chain, r.seq == row.seq, r.received == row.received)
    )
    chain = tx.row(tx.select(CHAINS).where(c.id == row.chain))
    odd = tx.rows(tx.select(FINDINGS).where(f.chain == row.chain, f.seq == row.seq))
    if line is None or chain is None:
        return None
    stored = next(one for one in apart(stored_event(line.encode())) if one["id"] == name)
    findings = [{"kind": one.kind, "detail": one.detail, "resolved": one.resolved} for one in odd]
    return stored | {"received": row.received, "sender": chain.sender, "findings": findings}


# -- where a page ends -----------------------------------------------------------------------------------


def _cursor(row: Row[Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([row.time, row.id])).rstrip(b"=").decode()


def _place(cursor: str) -> tuple[float, str]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        time, name = msgspec.json.decode(
            base64.b64decode(padded, b"-_", validate=True), type=tuple[float, str]
        )
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise Problem(400, "GDB670", "`after` is none that was given", "ask without it") from None
    return time, plain(name, _LONGEST)
