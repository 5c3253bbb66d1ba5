"""Columns of a database into findings: what each holds, how surely, and why."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence

import attrs

from governed_db.classify import names, tables, words
from governed_db.classify.evidence import value_evidence
from governed_db.classify.kinds import TypeKind, is_bounded, type_kind
from governed_db.model.catalog import Catalog, Dialect, RelationKind
from governed_db.model.classification import CLEAR, UNREVIEWED, Finding, Level
from governed_db.model.statement import ColumnRef

HitRates = Mapping[ColumnRef, Mapping[str, float]]
Described = tuple[str, str, str, str]  # schema, table, column, type

STRONG_FROM = 0.8
WEAK_FROM = 0.5
_LOOKUP_FACTOR = 0.55  # words that need a context, in a table of reference data
_MODIFIED_FACTOR = 0.65  # an unknown word follows: `phone_model` more often than `phone_office`
_SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema", "performance_schema", "pg_toast"})
_SYSTEM_BY_DIALECT = {Dialect.MYSQL: frozenset({"mysql", "sys"})}
_BOOKKEEPING = re.compile(
    r"sqlite_.*|schema_migrations|alembic_version|django_migrations|django_content_type|_prisma_migrations"
    r"|ar_internal_metadata|flyway_schema_history|databasechangelog(lock)?|spatial_ref_sys|geometry_columns"
)
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_SHIPPED = frozenset(
    "billing bill shipping ship delivery mailing invoice home residence birth facturacion envio livraison "
    "facturation lieferung rechnung entrega spedizione domicile current permanent".split()
)


@attrs.frozen
class _Column:
    """A column ready to be scored. `variants`: its words, and these without the table's prefix."""

    ref: ColumnRef
    type: str
    kind: TypeKind
    variants: tuple[names.Words, ...]
    is_key: bool = False


def is_masked(finding: Finding, *, agent: bool = False) -> bool:
    """Strong and weak findings are masked; what is only unreviewed, for agents alone."""
    if finding.classification == UNREVIEWED:
        return agent
    return finding.level is not Level.NONE


def classify_columns(
    columns: Iterable[Described], *, hit_rates: HitRates | None = None
) -> dict[ColumnRef, Finding]:
    """Findings for columns known by schema, table, name and type alone, in the order given."""
    rates = hit_rates or {}
    grouped: dict[tuple[str, str], list[Described]] = {}
    for described in columns:
        grouped.setdefault((described[0], described[1]), []).append(described)
    return {
        ref: finding
        for group in grouped.values()
        for ref, finding in _classify_table(group, frozenset(), frozenset(), rates).items()
    }


def classify_catalog(catalog: Catalog, hit_rates: HitRates | None = None) -> dict[ColumnRef, Finding]:
    """Findings for every column of a catalog; foreign keys and generated columns inherit."""
    system = _SYSTEM_BY_DIALECT.get(catalog.dialect, frozenset())
    found: dict[ColumnRef, Finding] = {}
    for relation in catalog.relations.values():
        if relation.kind is RelationKind.SYSTEM or relation.schema in system:
            continue
        keys = frozenset(name for key in relation.foreign_keys for name in key.columns)
        people = any("person" in tables.table_flags(key.relation) for key in relation.foreign_keys)
        described = [(relation.schema, relation.name, column.name, column.type) for column in relation.columns]
        flags = frozenset({"linked"}) if people else frozenset[str]()
        found.update(_classify_table(described, keys, flags, hit_rates or {}))
    return _inherit_generated(catalog, _inherit_keys(catalog, found))


def _classify_table(
    described: Sequence[Described], keys: frozenset[str], flags: tables.Flags, rates: HitRates
) -> dict[ColumnRef, Finding]:
    schema, table = described[0][0], described[0][1]
    if schema.lower() in _SYSTEM_SCHEMAS or _BOOKKEEPING.fullmatch(table.lower()):
        return {ref: _clear(ref) for ref in (ColumnRef(*column[:3]) for column in described)}
    columns = _prepared(described, keys)
    flags |= tables.table_flags(table)
    if any(tables.points_at_person(column.variants[0]) for column in columns):
        flags |= {"linked"}
    flags |= tables.neighbour_flags(flags, _sure(columns))
    found = {column.ref: _score(column, flags, rates.get(column.ref, {})) for column in columns}
    return _mark_unreviewed(columns, flags, found)


def _prepared(described: Sequence[Described], keys: frozenset[str]) -> list[_Column]:
    split = [names.split(column[2]) for column in described]
    prefix = _shared_prefix(split)
    return [
        _Column(
            ColumnRef(*column[:3]),
            column[3],
            type_kind(column[3]),
            (name, name[1:]) if len(name) > 1 and name[0] == prefix else (name,),
            column[2] in keys,
        )
        for column, name in zip(described, split, strict=True)
    ]


def _shared_prefix(split: Sequence[names.Words]) -> str | None:
    """The word with which most names of a table begin: it names the table, not the column."""
    if len(split) < 3:
        return None
    first = [name[0] for name in split if len(name) > 1]
    common = max(first, key=first.count, default=None)
    return common if common is not None and first.count(common) * 2 >= len(split) else None


def _sure(columns: Sequence[_Column]) -> list[names.Reading]:
    return [
        reading
        for column in columns
        for variant in column.variants[:1]
        for reading in names.readings(variant, column.kind)[:1]
        if reading.rule.name >= tables.SURE and not reading.is_modified
    ]


def _score(column: _Column, flags: tables.Flags, rates: Mapping[str, float]) -> Finding:
    best = _clear(column.ref)
    if column.kind is TypeKind.RELATION:
        return best
    hints: set[str] = set()
    if not column.is_key:
        for variant in column.variants:
            hinted = names.readings(variant, column.kind)
            hints.update(reading.rule.classification for reading in hinted)
            best = _better(best, _by_name(column, variant, hinted, flags))
        best = _better(best, _by_type(column, flags))
    return _with_values(best, hints, rates)


def _by_name(
    column: _Column, variant: names.Words, hinted: Sequence[names.Reading], flags: tables.Flags
) -> Finding:
    """The last phrase of the name that is enough decides (`confirm_email_token` is a token)."""
    own = flags | {"shipped"} if _SHIPPED.intersection(variant) else flags
    own = own | {"home"} if "home" in variant else own
    best = _clear(column.ref)
    for _, same_place in itertools.groupby(hinted, key=lambda reading: reading.end):
        for reading in same_place:
            best = _better(best, _read(column, reading, own))
        if best.level is not Level.NONE:
            return best
    return best


def _read(column: _Column, reading: names.Reading, flags: tables.Flags) -> Finding:
    rule = reading.rule
    fitting = [flag for flag in sorted(flags) if flag in rule.context]
    doubt = functools.reduce(lambda left, flag: left * (1 - rule.context[flag]), fitting, 1.0)
    name = rule.name * (_MODIFIED_FACTOR if reading.is_modified else 1)
    if rule.context and "catalog" in flags:
        name *= _LOOKUP_FACTOR
    evidence = (f"name: {' '.join(reading.phrase)}", *(f"table: {_WHY.get(f, f)}" for f in fitting))
    return _finding(column.ref, rule.classification, 1 - (1 - name) * doubt, evidence)


_WHY: Mapping[str, str] = {
    "person": "is about persons",
    "near": "has columns about persons",
    "near_address": "has a postal address",
    "linked": "its rows belong to persons",
    "org": "is about organisations",
    "place": "holds addresses",
    "deal": "holds dealings",
    "talk": "holds what people write",
    "access": "holds credentials",
    "log": "is a log",
    "money": "holds accounts",
    "shipped": "an address for delivery or invoice",
    "home": "a home",
}


def _by_type(column: _Column, flags: tables.Flags) -> Finding:
    """A network address in a table about persons needs no telling name."""
    if column.kind is TypeKind.INET and flags & {"person", "near", "log", "linked", "access"}:
        return _finding(column.ref, "pii.ip", 0.7, (f"type: {column.type}",))
    return _clear(column.ref)


def _with_values(best: Finding, hints: set[str], rates: Mapping[str, float]) -> Finding:
    for classification, score, evidence in value_evidence(rates, hints):
        if classification == best.classification:
            score = 1 - (1 - best.score) * (1 - score)
            evidence = (*best.evidence, *evidence)
        best = _better(best, _finding(best.column, classification, score, evidence))
    return best


def _mark_unreviewed(
    columns: Sequence[_Column], flags: tables.Flags, found: dict[ColumnRef, Finding]
) -> dict[ColumnRef, Finding]:
    beside = any(finding.level is Level.STRONG for finding in found.values())
    if not beside and not flags & {"person"}:
        return found
    tells_lengths = any(is_bounded(column.type) and column.kind is TypeKind.TEXT for column in columns)
    marked = dict(found)
    for column in columns:
        if found[column.ref].level is Level.NONE and not column.is_key:
            why = _unreviewed(column, tells_lengths=tells_lengths)
            if why:
                marked[column.ref] = _finding(column.ref, UNREVIEWED, WEAK_FROM, (why,))
    return marked


def _unreviewed(column: _Column, *, tells_lengths: bool) -> str:
    """Why content next to sensitive columns should be looked at; empty for ordinary columns."""
    name = column.variants[-1]
    if any(word in words.HARMLESS or word in words.NEGATIVE_AFTER for word in name[-1:]):
        return ""
    if column.kind in {TypeKind.JSON, TypeKind.BINARY}:
        return f"type: {column.kind.value} next to sensitive columns"
    if column.kind not in {TypeKind.TEXT, TypeKind.LONG}:
        return ""
    if any(word in words.OPEN for word in name) or _is_opaque(name):
        return "name: may hold anything, next to sensitive columns"
    # Where all text is of one type (SQLite, much of PostgreSQL) the type says nothing.
    if column.kind is TypeKind.LONG and tells_lengths:
        return "type: long text next to sensitive columns"
    return ""


def _is_opaque(name: names.Words) -> bool:
    return all(len(word) <= 2 for word in name) or name[0] in {"custom", "misc", "field", "col", "column"}


def _inherit_keys(catalog: Catalog, found: dict[ColumnRef, Finding]) -> dict[ColumnRef, Finding]:
    """A foreign key holds what the column it refers to holds; chains settle in a few rounds."""
    pairs = [
        (ColumnRef(relation.schema, relation.name, own), ColumnRef(key.schema, key.relation, other))
        for relation in catalog.relations.values()
        for key in relation.foreign_keys
        for own, other in zip(key.columns, key.referenced, strict=False)
    ]
    for _ in range(4):
        for own, other in pairs:
            if own in found and other in found and found[other].score > found[own].score:
                source = found[other]
                found[own] = attrs.evolve(source, column=own, evidence=(f"foreign key: {other}",))
    return found


def _inherit_generated(catalog: Catalog, found: dict[ColumnRef, Finding]) -> dict[ColumnRef, Finding]:
    for relation in catalog.relations.values():
        columns = {column.name.lower(): ColumnRef(relation.schema, relation.name, column.name)
                   for column in relation.columns}  # fmt: skip
        for column in relation.columns:
            own = columns[column.name.lower()]
            if column.generated_from is None or own not in found:
                continue
            used = {word.lower() for word in _IDENTIFIER.findall(column.generated_from)}
            sources = [found[columns[word]] for word in sorted(used) if word in columns]
            best = max(sources, key=lambda finding: finding.score, default=found[own])
            if best.score > found[own].score:
                found[own] = attrs.evolve(best, column=own, evidence=(f"generated from: {best.column}",))
    return found


def _finding(ref: ColumnRef, classification: str, score: float, evidence: tuple[str, ...]) -> Finding:
    rounded = round(score, 3)
    if rounded < WEAK_FROM:
        return Finding(ref, CLEAR, rounded, Level.NONE, evidence)
    return Finding(ref, classification, rounded, Level.STRONG if rounded >= STRONG_FROM else Level.WEAK, evidence)


def _clear(ref: ColumnRef) -> Finding:
    return Finding(ref, CLEAR, 0.0, Level.NONE)


def _better(left: Finding, right: Finding) -> Finding:
    return right if right.score > left.score else left
