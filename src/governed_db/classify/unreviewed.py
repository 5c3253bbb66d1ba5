"""Clear columns into unreviewed ones, where anything may stand in them next to sensitive columns."""

from __future__ import annotations

from collections.abc import Sequence

from governed_db.classify import findings, names, tables, words
from governed_db.classify.columns import TypedColumn
from governed_db.classify.kinds import TypeKind, is_bounded, is_short
from governed_db.model.classification import UNREVIEWED, Finding, Level
from governed_db.model.statement import ColumnRef

_ENDS = (
    "id", "code", "type", "typ", "tipo", "status", "state", "flag", "count", "bezeichnung", "kategorie",
    "category", "table", "class", "klasse", "soort", "naam", "groep", "gruppe", "groupe", "grupo", "url",
    "branch", "prefix", "suffix", "iva", "vat",
    "tage", "seite", "sperre", "prozent", "anzahl", "datum", "art",
)  # fmt: skip
_STARTS = ("cod", "tipo", "typ")
_LONGEST_CODE = 10  # a name, a number to dial or a street needs more room
# Of protocols and programs; nobody's.
_JARGON = frozenset(
    """
    alg crv kty aal acr amr aud iss issuer jwks tos modulus exponent cron cronexpression syntax printer
    errors error exception stacktrace traceback checksum locked pinged ping charset collation
    """.split()
)
_SOMEBODYS = frozenset({"linked", "talk", "deal", "access", "log", "near", "money"})
_CUSTOM_KINDS = frozenset({TypeKind.TEXT, TypeKind.LONG, TypeKind.JSON})
# What programs note about the row itself, where it is not that of a person.
_ABOUT = frozenset({("metadata",), ("meta",), ("description",)})
# What was sent is whoever's it was, whatever the secret beside it is for.
_CARRIED = frozenset("payload body request response header data content params".split())
_UNHEARD = "name: no word of it is known, next to sensitive columns"
_OPEN_NAME = "name: may hold anything, next to sensitive columns"


def mark_unreviewed(
    columns: Sequence[TypedColumn],
    flags: tables.Flags,
    found: dict[ColumnRef, Finding],
    categories: frozenset[ColumnRef] = frozenset(),
) -> dict[ColumnRef, Finding]:
    """The findings, with content marked that nobody could tell by name, type or values.

    `categories`: columns that hold a few words again and again; a name unheard of is harmless there.
    """
    beside = "person" in flags or any(finding.level is Level.STRONG for finding in found.values())
    if not beside and not flags & _SOMEBODYS:
        return found
    # Beside secrets alone stand settings and protocols: what is unheard of is theirs.
    is_personal = "person" in flags or any(
        finding.level is Level.STRONG and not finding.classification.startswith("secret.")
        for finding in found.values()
    )
    tells_lengths = any(is_bounded(column.type) and column.kind is TypeKind.TEXT for column in columns)
    marked = dict(found)
    for column in columns:
        if found[column.ref].level is Level.NONE and not column.is_key:
            why = _why(column, tells_lengths=tells_lengths) if beside else _why_alone(column)
            if why and "person" not in flags and _is_of_row(column, beside_persons=is_personal):
                continue
            if why and beside and not is_personal and not _is_carried(column):
                continue
            if why == _UNHEARD and column.ref in categories:
                continue
            if why:
                marked[column.ref] = findings.finding(column.ref, UNREVIEWED, findings.WEAK_FROM, (why,))
    return marked


def _why(column: TypedColumn, *, tells_lengths: bool) -> str:
    """Why content next to sensitive columns should be looked at; empty for ordinary columns."""
    name = column.variants[-1]
    if not name or name[0] in words.CUSTOM:  # no name: not one of its letters is Latin
        return _OPEN_NAME if column.kind in _CUSTOM_KINDS else ""
    if name[-1] in words.HARMLESS or name[-1] in words.NEGATIVE_AFTER:
        return ""
    if name[0] in words.NEGATIVE_BEFORE or not _JARGON.isdisjoint(name):
        return ""
    if column.kind in {TypeKind.JSON, TypeKind.BINARY}:
        return f"type: {column.kind.value} next to sensitive columns"
    if column.kind not in {TypeKind.TEXT, TypeKind.LONG}:
        return ""
    is_code = is_short(column.type, _LONGEST_CODE + 1)
    if not is_code and not any(names.is_word(word) or _is_of_thing(word) for word in name):
        return _UNHEARD
    if any(word in words.OPEN for word in name) or _is_opaque(name):
        return _OPEN_NAME
    # Where all text is of one type (SQLite, much of PostgreSQL) the type says nothing.
    if column.kind is TypeKind.LONG and tells_lengths:
        return "type: long text next to sensitive columns"
    return ""


def _why_alone(column: TypedColumn) -> str:
    """In a table about dealings or talk, a document is enough without a strong neighbour."""
    is_open = any(word in words.OPEN for word in column.variants[-1][-1:])
    return "name and type: a document of any content" if is_open and column.kind is TypeKind.JSON else ""


def _is_of_row(column: TypedColumn, *, beside_persons: bool) -> bool:
    """What a program notes about the row itself; beside data of persons a document may hold theirs."""
    return column.variants[-1][-1:] in _ABOUT and not (beside_persons and column.kind is TypeKind.JSON)


def _is_carried(column: TypedColumn) -> bool:
    """Whether secrets or persons may be in it, whatever the secret beside it is for."""
    is_open = column.kind is TypeKind.JSON and not words.OPEN.isdisjoint(column.variants[-1][-1:])
    return is_open or column.kind is TypeKind.BINARY or not _CARRIED.isdisjoint(column.variants[-1])


def _is_of_thing(word: str) -> bool:
    """`gutscheincode`, `remoteid`, `codpago`: written as one, and about what the end or the start says."""
    start = next((start for start in _STARTS if word.startswith(start)), None)
    return word.endswith(_ENDS) or (start is not None and _is_plain(names.split(word.removeprefix(start))))


def _is_plain(rest: names.Words) -> bool:
    """What the code is of is known, and is nothing that is hidden: not `codnif`, `codsecreto`."""
    return any(map(names.is_word, rest)) and not names.readings(rest, TypeKind.TEXT)


def _is_opaque(name: names.Words) -> bool:
    return all(len(word) <= 2 for word in name)
