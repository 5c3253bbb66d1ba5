"""Row filters into the caller's own text, by replacing character spans; SQL is never regenerated.

A reference to a filtered relation becomes `(SELECT * FROM relation WHERE predicate)` under the name
it had; the WHERE of an UPDATE or DELETE gets the predicate in front. What cannot be spliced is
refused: a relation that is reached through a view, and new rows (nothing proves that they satisfy it).
"""

from __future__ import annotations

from collections.abc import Mapping

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.model.statement import Facts, Kind, Reference, Relation
from governed_db.sql.text import Lexeme, lex

_ENDS_WHERE = frozenset({"RETURNING", "ORDER", "LIMIT", "WINDOW"})

Edit = tuple[int, int, str]


def filter_edits(
    text: str, dialect: Dialect, facts: Facts, filters: Mapping[Relation, str]
) -> tuple[Edit, ...]:
    """The replacements (start, end, new text) that hold `facts` to its row filters, in order.

    Raises AnalysisError GDB330 when that cannot be done.
    """
    references = [r for r in facts.references if r.relation in filters]
    hidden = set(filters) & (facts.base_relations | facts.relations) - {r.relation for r in references}
    if hidden:
        raise _cannot(min(hidden), None, "is reached through a view or a command")
    edits: list[Edit] = []
    for reference in references:
        edits.extend(_edits(text, dialect, reference, filters[reference.relation]))
    return tuple(sorted(edits))


def apply(text: str, edits: tuple[Edit, ...]) -> str:
    """The text with all replacements made."""
    pieces, last = [], 0
    for start, end, new in edits:
        pieces += [text[last:start], new]
        last = end
    return "".join([*pieces, text[last:]])


def _edits(text: str, dialect: Dialect, reference: Reference, predicate: str) -> list[Edit]:
    match reference.target:
        case None:
            written = text[reference.start : reference.end]
            name = "" if reference.has_alias else f" AS {_last_part(written, dialect)}"
            new = f"(SELECT * FROM {written} WHERE {predicate}){name}"
            return [(reference.start, reference.end, new)]
        case Kind.UPDATE | Kind.DELETE if not reference.is_joined:
            return _where(text, dialect, reference, predicate)
        case _:
            raise _cannot(reference.relation, reference.start, "gets new rows or is changed by a join")


def _last_part(written: str, dialect: Dialect) -> str:
    pieces = [written[start:end] for kind, start, end in lex(written, dialect) if kind in ("word", "name")]
    return pieces[-1]


def _where(text: str, dialect: Dialect, reference: Reference, predicate: str) -> list[Edit]:
    """The predicate as the first condition of the change at `reference`."""
    where: int | None = None
    end = len(text)
    depth = 0
    for lexeme in lex(text, dialect):
        if lexeme.start < reference.end:
            continue
        depth += _step(text, lexeme)
        if depth < 0:
            end = lexeme.start
            break
        word = text[lexeme.start : lexeme.end].upper() if lexeme.kind == "word" else ""
        if depth == 0 and word == "WHERE" and where is None:
            where = lexeme.end
        elif depth == 0 and (word in _ENDS_WHERE or text[lexeme.start : lexeme.end] == ";"):
            end = lexeme.start
            break
    if where is None:
        return [(end, end, f" WHERE ({predicate}) ")]
    # A line comment at the end would swallow the parenthesis.
    return [(where, where, f" ({predicate}) AND ("), (end, end, "\n) ")]


def _step(text: str, lexeme: Lexeme) -> int:
    piece = text[lexeme.start : lexeme.end] if lexeme.kind == "other" else ""
    return (piece == "(") - (piece == ")")


def _cannot(relation: Relation, position: int | None, why: str) -> AnalysisError:
    return AnalysisError(
        "GDB330",
        f"rows of {relation} are filtered for you, and here it {why}",
        position=position,
        help="name the table itself in a SELECT, or in an UPDATE or DELETE of its own",
    )
