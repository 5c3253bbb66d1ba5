"""The triggers that a change sets off into what they copy where, as far as their bodies can be read.

Rules of this file:

* Read are bodies made of assignments to NEW, INSERT, UPDATE, DELETE, RETURN, RAISE and IF: what triggers
  for time stamps, checks and histories are made of. Conditions only choose among them.
* Any other body is unknown, and so is one that calls functions that statements may not call.
* A trigger that sets itself off again does nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import attrs
from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect, RelationInfo, Trigger
from governed_db.model.statement import ColumnRef, Flow, HazardKind, Kind, Relation, Write
from governed_db.sql.names import NOTHING, Scope, Source, Value, base_columns, stored
from governed_db.sql.notes import Notes
from governed_db.sql.parse import parse, parse_query
from governed_db.sql.text import lex

MAX_DEPTH: Final = 8  # triggers that set off triggers
_EVENTS: Final = {
    Kind.INSERT: frozenset({"insert"}),
    Kind.UPDATE: frozenset({"update"}),
    Kind.DELETE: frozenset({"delete"}),
    Kind.MERGE: frozenset({"insert", "update", "delete"}),
}
_ROWS: Final = ("new", "old")
_VARIABLES: Final = (
    "tg_op tg_name tg_when tg_level tg_relid tg_relname tg_table_name tg_table_schema found".split()
)
_CHANGES: Final = frozenset({"INSERT", "UPDATE", "DELETE"})
_NOTHING: Final = frozenset({"RETURN", "RAISE", "NULL", "SIGNAL"})


def set_off(info: RelationInfo, kinds: Iterable[Kind], notes: Notes) -> tuple[Flow, ...]:
    """What the triggers of a relation copy when it is changed; a hazard is noted for each unknown one."""
    events = frozenset[str]().union(*(_EVENTS.get(kind, frozenset()) for kind in kinds))
    flows: list[Flow] = []
    for trigger in info.triggers:
        if events.isdisjoint(event.lower() for event in trigger.events):
            continue
        found = copies(info, trigger, notes)
        if found is None:
            notes.hazard(
                HazardKind.ROUTINE,
                trigger.name,
                f"the trigger {trigger.name} of {info.schema}.{info.name} does what cannot be read",
                None,
                "have the trigger listed under `functions:` of a permit rule",
            )
        else:
            flows += found
    return tuple(flows)


def copies(info: RelationInfo, trigger: Trigger, notes: Notes) -> list[Flow] | None:
    """What one trigger writes into which columns; None when its body is unknown."""
    found = _run(info, trigger, notes)
    if found is None:
        return None
    written = [flow for write in found[1] for flow in write.flows]
    return [attrs.evolve(flow, position=None, trigger=trigger.name) for flow in (*found[0], *written)]


def changes(info: RelationInfo, trigger: Trigger, notes: Notes) -> tuple[Write, ...] | None:
    """What one trigger changes in tables; None when its body is unknown."""
    found = _run(info, trigger, notes)
    return None if found is None else found[1]


def _run(info: RelationInfo, trigger: Trigger, notes: Notes) -> tuple[list[Flow], tuple[Write, ...]] | None:
    relation = Relation(info.schema, f"{info.name} ({trigger.name})")
    if relation in notes.viewing:
        return [], ()
    if trigger.body is None or len(notes.viewing) >= MAX_DEPTH:
        return None
    inner = _inside(notes, relation)
    scope = Scope(sources=[*_rows(info, notes.dialect), _variables()])
    flows: list[Flow] = []
    try:
        for words in _statements(trigger.body, notes.dialect):
            flows += _read(words, info, scope, inner)
    except AnalysisError:
        return None
    return None if inner.hazards else (flows, tuple(inner.writes))


def _inside(notes: Notes, relation: Relation) -> Notes:
    """Notes whose findings are not those of the statement."""
    fresh = Notes(notes.catalog, notes.readers, "")
    return attrs.evolve(fresh, viewing=(*notes.viewing, relation), steps=notes.steps, views=notes.views)


def _rows(info: RelationInfo, dialect: Dialect) -> Iterator[Source]:
    for name in _ROWS:
        yield Source(name, base_columns(info, dialect))


def _variables() -> Source:
    return Source(None, (), tuple((name, NOTHING) for name in _VARIABLES))


# -- a body into statements -------------------------------------------------------------------------


@attrs.frozen
class _Statement:
    """`words`: upper-case; `starts`: where each begins in `text`."""

    text: str
    words: tuple[str, ...]
    starts: tuple[int, ...]

    def since(self, index: int) -> _Statement:
        return _Statement(self.text, self.words[index:], self.starts[index:])

    @property
    def rest(self) -> str:
        return self.text[self.starts[0] :] if self.starts else ""


def _statements(body: str, dialect: Dialect) -> Iterator[_Statement]:
    """The statements of a body, without the words that only choose among them."""
    lexemes = [one for one in lex(body, dialect) if one.kind not in ("space", "comment")]
    words = [body[one.start : one.end].upper() for one in lexemes]
    first, last = _block(words, dialect)
    begin = first
    for index in range(first, last + 1):
        if index == last or words[index] == ";":
            end = lexemes[index].start if index < len(lexemes) else len(body)
            starts = tuple(one.start for one in lexemes[begin:index])
            found = _bare(_Statement(body[:end], tuple(words[begin:index]), starts))
            if found.words:
                yield found
            begin = index + 1


def _block(words: Sequence[str], dialect: Dialect) -> tuple[int, int]:
    """Where the statements begin and end: between BEGIN and END, if they are there."""
    last = len(words)
    while last and words[last - 1] == ";":
        last -= 1
    begin = words.index("BEGIN") if "BEGIN" in words else -1
    if begin >= 0 and (begin == 0 or dialect is Dialect.SQLITE) and words[last - 1] == "END":
        return begin + 1, last - 1
    if dialect is Dialect.MYSQL and begin < 0:
        return 0, last
    raise AnalysisError("GDB115", "the body of a trigger is not understood")


def _bare(statement: _Statement) -> _Statement:
    """Without IF ... THEN, ELSE and END IF around it."""
    while statement.words:
        match statement.words[0]:
            case "IF" | "ELSIF" | "ELSEIF":
                if "THEN" not in statement.words or "CASE" in statement.words:
                    raise AnalysisError("GDB115", "a condition in a trigger is not understood")
                statement = statement.since(statement.words.index("THEN") + 1)
            case "ELSE":
                statement = statement.since(1)
            case "END" if statement.words[1:] == ("IF",):
                statement = statement.since(2)
            case _:
                return statement
    return statement


# -- one statement ------------------------------------------------------------------------------------


def _read(statement: _Statement, info: RelationInfo, scope: Scope, notes: Notes) -> list[Flow]:
    first = statement.words[0]
    if first in _NOTHING or (first == "SELECT" and notes.dialect is Dialect.SQLITE):
        return []  # what SQLite selects there is thrown away
    if first in _CHANGES:
        notes.write(_tree(statement.rest, notes), scope)
        return []
    if first == "SET" and notes.dialect is Dialect.MYSQL:
        statement = statement.since(1)
    return [_assigned(statement, info, scope, notes)]


def _assigned(statement: _Statement, info: RelationInfo, scope: Scope, notes: Notes) -> Flow:
    """`NEW.column = value`, one in a statement."""
    words = statement.words
    at = 4 if words[3:4] == (":",) else 3
    if words[:2] != ("NEW", ".") or words[at : at + 1] != ("=",) or len(words) < at + 2:
        raise AnalysisError("GDB115", "a statement in a trigger is not understood")
    value = notes.query(_tree(f"SELECT {statement.since(at + 1).rest}", notes), scope)
    if len(value) != 1:
        raise AnalysisError("GDB115", "a statement in a trigger assigns more than one column")
    return _flow(info, words[2].strip('"`').lower(), value[0][1], notes)


def _flow(info: RelationInfo, name: str, value: Value, notes: Notes) -> Flow:
    for column in info.columns:
        if stored(column.name, notes.dialect).lower() == name:
            target = ColumnRef(info.schema, info.name, column.name)
            return Flow(target, value.labels, value.exposed, value.plain)
    raise AnalysisError("GDB115", "a trigger assigns a column that is not there")


def _tree(text: str, notes: Notes) -> exp.Expr:
    tree = parse_query(parse(text, notes.dialect))
    notes.tokens = tree.tokens
    return tree.query()
