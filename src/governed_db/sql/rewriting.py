"""A refused text and why it was refused into changes that could make it permitted.

Every change replaces character spans of the caller's own text. What is refused in a query may be left
out of it; a condition of a change is never left out, since more rows would be changed. Nothing here
decides: who asks has each changed text analysed and decided.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import attrs

from governed_db.model.catalog import Catalog, Dialect, RelationInfo
from governed_db.model.decision import Reason
from governed_db.model.statement import Facts, Kind
from governed_db.sql.outline import Clause, Word, clause_at, clauses, flat, levels, outline, split
from governed_db.sql.spans import Edit, apply, end_of, quoted

_USES: Final = ("GDB201", "GDB202", "GDB203")  # of a protected column, at a place
_SEVERAL, _UNBOUNDED, _UNKNOWN = "GDB109", "GDB310", ("GDB110", "GDB111", "GDB112")
_MEANT: Final = re.compile(r"did you mean ([^,?]+)")
_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_]*")
_LETTERS: Final = frozenset({"LOWER", "UPPER", "TRIM", "LTRIM", "RTRIM", "BTRIM", "COALESCE"})
_CONDITIONS: Final = frozenset({"WHERE", "HAVING", "ON"})


@attrs.frozen
class Change:
    """Replacements, and what they make different."""

    edits: tuple[Edit, ...]
    says: str
    is_template: bool = False


@attrs.frozen(eq=False)
class Refused:
    """A text that was refused; `facts` where it was understood."""

    text: str
    catalog: Catalog
    facts: Facts | None = None

    @property
    def dialect(self) -> Dialect:
        return self.catalog.dialect

    @property
    def changes_rows(self) -> bool:
        return self.facts is None or bool(self.facts.writes)

    def name(self, position: int) -> str:
        """The column of which the use at a place is refused."""
        uses = self.facts.uses if self.facts is not None else ()
        found = next((use.column for use in uses if use.position == position), None)
        return f"{found.relation}.{found.column}" if found is not None else "what is refused here"


def changed(text: str, change: Change) -> str:
    """The text with a change made."""
    return apply(text, change.edits).strip()


def changes(refused: Refused, reason: Reason) -> Iterator[Change]:
    """What could be done about one reason, the nearest first."""
    words = outline(refused.text, refused.dialect)
    if not words:
        return
    if reason.code == _SEVERAL and reason.position is not None:
        edit = (reason.position, len(refused.text), "")
        yield Change((edit,), "only the first statement")
        return
    found = [change for whole in _WHOLES for change in whole(refused, words, reason)]
    if reason.code not in _USES:
        yield from found
    if reason.position is not None:
        if reason.code in _UNKNOWN:
            yield from _meant(refused, reason)
        yield from _around(refused, words, reason.position)
    if reason.code in _USES:
        yield from found


def _meant(refused: Refused, reason: Reason) -> Iterator[Change]:
    """A misspelt name as the nearest one that is known."""
    meant = _MEANT.match(reason.help)
    position = reason.position or 0
    for word in flat_words(refused):
        if meant is not None and meant[1].isprintable() and word.start <= position < word.end:
            name = meant[1] if _PLAIN.fullmatch(meant[1]) else quoted(meant[1], refused.dialect)
            yield Change(((word.start, word.end, name),), f"{meant[1]} in place of an unknown name")


def flat_words(refused: Refused) -> Iterator[Word]:
    """The words at which a name may stand."""
    return (word for word in flat(outline(refused.text, refused.dialect)) if word.kind in ("word", "name"))


# -- around a place ---------------------------------------------------------------------------------------


def _around(refused: Refused, words: tuple[Word, ...], position: int) -> Iterator[Change]:
    """The smallest part that the place stands in said otherwise, then left out; then the next larger one."""
    for level in levels(words, position):
        clause = clause_at(level, position)
        if clause is None:
            if not refused.changes_rows:
                yield from _condition(refused, level, position, None)
        elif clause.keyword in _CONDITIONS:
            yield from _condition(refused, clause.body, position, clause)
        elif clause.keyword == "ORDER":
            yield from _ordering(refused, clause, position)
        elif clause.keyword in ("SELECT", "SET", "RETURNING"):
            yield from _item(refused, clause, position)
        elif clause.keyword in ("FOR", "LOCK"):
            yield Change((_cut(clause.words, refused.text),), "without locking rows")


def _condition(
    refused: Refused, body: Sequence[Word], position: int, clause: Clause | None
) -> Iterator[Change]:
    """A condition as equality of the whole value, or the query without it."""
    signs = "OR" if any(word.text == "OR" for word in body) else "AND"
    parts = split(body, signs)
    number = _number(parts, position)
    if number is None:
        return
    for part in split(parts[number], "AND") if signs == "OR" else [parts[number]]:
        if part and part[0].start <= position < part[-1].end:
            yield from _equality(refused, part, position)
    if refused.changes_rows:
        return
    says = f"without the condition on {refused.name(position)}"
    if len(parts) > 1:
        yield Change((_without(parts, number),), says)
    elif clause is not None and clause.keyword in ("WHERE", "HAVING"):
        yield Change((_cut(clause.words, refused.text),), says)


def _equality(refused: Refused, part: Sequence[Word], position: int) -> Iterator[Change]:
    """`LIKE` without wildcards, and letters made alike, as equality of the whole value."""
    says = f"the whole value of {refused.name(position)} is compared"
    texts = [word.text for word in part]
    if (
        texts[-2:-1] in (["LIKE"], ["ILIKE"])
        and "NOT" not in texts
        and part[-1].kind in ("string", "parameter")
    ):
        literal = refused.text[part[-1].start : part[-1].end]
        if part[-1].kind == "parameter" or not set(literal) & set("%_\\"):
            yield Change(((part[-2].start, part[-2].end, "="),), says)
    group = part[1] if len(part) == 4 and part[1].kind == "group" else None
    if group is not None and part[0].text in _LETTERS and part[2].text == "=" and group.inside:
        inner = refused.text[group.inside[0].start : group.inside[-1].end]
        if "," not in inner:
            yield Change(((part[0].start, group.end, inner),), says)


def _ordering(refused: Refused, clause: Clause, position: int) -> Iterator[Change]:
    """An ordering without the column, or by the key."""
    parts = split(clause.body, ",")
    number = _number(parts, position)
    if number is None:
        return
    select = next((one for one in clauses(clause.level) if one.keyword == "SELECT"), None)
    if select is not None and [word.text for word in select.words[1:3]] == ["DISTINCT", "ON"]:
        return  # which row is the first is what it is for
    says = f"not ordered by {refused.name(position)}"
    if len(parts) > 1:
        yield Change((_without(parts, number),), says)
        return
    key = _key_of(refused, clause)
    if key:
        start, end = parts[0][0].start, parts[0][-1].end
        yield Change(((start, end, key),), f"ordered by the key, not by {refused.name(position)}")
    yield Change((_cut(clause.words, refused.text),), says)


def _item(refused: Refused, clause: Clause, position: int) -> Iterator[Change]:
    """A list without the item; an assignment stays out of a change only as a whole."""
    body = clause.body
    while body and body[0].text in ("DISTINCT", "ALL"):
        body = body[1:]
    parts = split(body, ",")
    number = _number(parts, position)
    if number is None or len(parts) < 2 or (clause.keyword == "SET" and refused.facts is None):
        return
    what = {"SELECT": "the output", "SET": "the assignment", "RETURNING": "the output"}[clause.keyword]
    yield Change((_without(parts, number),), f"without {what} number {number + 1}")


def _number(parts: Sequence[Sequence[Word]], position: int) -> int | None:
    found = (n for n, part in enumerate(parts) if part and part[0].start <= position < part[-1].end)
    return next(found, None)


def _without(parts: Sequence[Sequence[Word]], number: int) -> Edit:
    """Part number `number` and the sign next to it cut out."""
    if number == 0:
        return parts[0][0].start, parts[1][0].start, ""
    return parts[number - 1][-1].end, parts[number][-1].end, ""


def _cut(words: Sequence[Word], text: str) -> Edit:
    """The words, and one of the spaces around them, cut out."""
    start, end = words[0].start, words[-1].end
    return (start - 1 if start and text[start - 1].isspace() else start), end, ""


def _key_of(refused: Refused, ordering: Clause) -> str:
    """The key of the one table that a query reads, as it may be ordered by there."""
    found = {one.keyword: one for one in clauses(ordering.level)}
    if "FROM" not in found or found.keys() & {
        "GROUP",
        "UNION",
        "EXCEPT",
        "INTERSECT",
        "JOIN",
        "LEFT",
        "RIGHT",
    }:
        return ""
    select = found.get("SELECT")
    if select is None or [word.text for word in select.body[:1]] == ["DISTINCT"]:
        return ""
    source = found["FROM"].body
    names = [word for word in source if word.kind in ("word", "name") and word.text != "AS"]
    if not names or len(names) > 2 or any(word.text == "," for word in source):
        return ""
    facts = refused.facts
    relations = {relation.name.lower(): relation for relation in facts.relations} if facts is not None else {}
    written = refused.text[names[0].start : names[0].end].strip('"`[]').lower()
    relation = relations.get(written)
    info = refused.catalog.relations.get((relation.schema, relation.name)) if relation else None
    owner = f"{refused.text[names[-1].start : names[-1].end]}." if len(names) == 2 else ""
    return ", ".join(f"{owner}{name}" for name in _key(info, refused.dialect)) if info else ""


def _key(info: RelationInfo, dialect: Dialect) -> list[str]:
    """The columns of the shortest unique key, in the order of the table."""
    order = [column.name for column in info.columns]
    known = [sorted(key, key=order.index) for key in info.unique_keys if key <= set(order)]
    if not known:
        return []
    best = min(known, key=lambda key: (len(key), order.index(key[0])))
    if not all(name.isprintable() for name in best):
        return []  # what is offered is read by models: no name of the database pretends to be a line
    return [name if _PLAIN.fullmatch(name) else quoted(name, dialect) for name in best]


# -- whole statements -------------------------------------------------------------------------------------


def _keyed(refused: Refused, words: tuple[Word, ...], reason: Reason) -> Iterator[Change]:
    """A change of all rows as one of a row that is named by its key."""
    facts = refused.facts
    if facts is None or len(facts.writes) != 1:
        return
    write = facts.writes[0]
    info = refused.catalog.relations.get((write.relation.schema, write.relation.name))
    if write.kind not in (Kind.UPDATE, Kind.DELETE) or info is None or not _key(info, refused.dialect):
        return
    key = " AND ".join(f"{name} = NULL" for name in _key(info, refused.dialect))
    found = {one.keyword: one for one in clauses(words)}
    if reason.code != _UNBOUNDED and not _is_in("WHERE", found, reason):
        return
    says = "rows are named by their key: write it in place of NULL, which selects nothing"
    if "WHERE" in found:
        body = found["WHERE"].body
        edit = (body[0].start, body[-1].end, key)
    else:
        later = [found[name].words[0].start for name in ("RETURNING", "ORDER", "LIMIT") if name in found]
        at = min(later, default=end_of(refused.text, refused.dialect))
        edit = (at, at, f"WHERE {key} " if later else f" WHERE {key}")
    yield Change((edit,), says, is_template=True)


def _is_in(keyword: str, found: Mapping[str, Clause], reason: Reason) -> bool:
    """Whether the place of a reason is in a clause."""
    words = found[keyword].words if keyword in found and reason.position is not None else ()
    return bool(words) and words[0].start <= (reason.position or 0) < words[-1].end


def _query_inside(refused: Refused, words: tuple[Word, ...], reason: Reason) -> Iterator[Change]:  # noqa: ARG001
    """What a query would be stored or sent with, left out: CREATE TABLE AS, INTO, COPY, EXPLAIN ANALYZE."""
    first, text = words[0].text, refused.text
    if first == "CREATE":
        start = next((w.start for w in words if w.text in ("SELECT", "WITH") and w.kind == "word"), None)
        if start is not None and any(word.text == "TABLE" for word in words[:5]):
            yield Change(((0, start, ""),), "the rows are read, not stored")
    elif first == "COPY" and len(words) > 1 and words[1].kind == "group" and words[1].inside:
        inside = words[1].inside
        edits = ((0, inside[0].start, ""), (inside[-1].end, len(text), ""))
        yield Change(edits, "the rows are read, not copied")
    elif first == "COPY" and len(words) > 2 and words[2].text == "TO":
        edits = ((0, words[0].end, "SELECT * FROM"), (words[1].end, len(text), ""))
        yield Change(edits, "the rows are read, not copied")
    elif first in ("SELECT", "WITH"):
        into = next((one for one in clauses(words) if one.keyword == "INTO"), None)
        if into is not None:
            yield Change((_cut(into.words, text),), "the rows are read, not stored")
    elif first == "EXPLAIN":
        said = next((word for word in words[1:3] if word.text == "ANALYZE"), None)
        if said is not None:
            yield Change((_cut([said], text),), "the plan is shown, and nothing is run")


_WHOLES: Final[tuple[Callable[..., Iterator[Change]], ...]] = (_keyed, _query_inside)


def limited(text: str, dialect: Dialect, most: int) -> Change | None:
    """A query with a LIMIT of at most `most` rows."""
    words = outline(text, dialect)
    found = {one.keyword: one for one in clauses(words)}
    says = f"no more than {most} rows"
    if "LIMIT" in found:
        number = found["LIMIT"].body
        plain = len(number) == 1 and number[0].kind == "number"
        return Change(((number[0].start, number[0].end, str(most)),), says) if plain else None
    if not words or words[0].text not in ("SELECT", "WITH", "VALUES", "TABLE") or "FETCH" in found:
        return None
    later = [found[name].words[0].start for name in ("OFFSET", "FOR", "LOCK") if name in found]
    at = min(later, default=end_of(text, dialect))
    return Change(((at, at, f"LIMIT {most} " if later else f" LIMIT {most}"),), says)
