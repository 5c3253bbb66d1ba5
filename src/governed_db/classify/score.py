"""Columns of a database into findings: what each holds, how surely, and why."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from governed_db.classify import findings, names, tables, words
from governed_db.classify.columns import Described, TypedColumn, prepared
from governed_db.classify.evidence import value_evidence
from governed_db.classify.inherit import implied_keys, inherit
from governed_db.classify.kept import held, is_key_or_switch, is_of_catalog
from governed_db.classify.kinds import TypeKind, is_short, is_uuid_text
from governed_db.classify.records import is_login, is_numbered, opens, record_flags
from governed_db.classify.unreviewed import mark_unreviewed
from governed_db.model.catalog import Catalog, Dialect, RelationKind
from governed_db.model.classification import UNREVIEWED, Finding, Level
from governed_db.model.statement import ColumnRef

HitRates = Mapping[ColumnRef, Mapping[str, float]]
_MOST = 0.8  # of the values of a column
_CENTS = (("cents",), ("cent",))  # of an amount that is kept as a whole number
_MAX_NESTED = 8  # row types within row types
_LOOKUP_FACTOR = 0.55  # words that need a context, in a table of reference data
# In less room than this there is none of the kind.
_FEWEST_LETTERS: Mapping[str, int] = MappingProxyType(
    {
        "pii.email": 6,
        "pii.phone": 3,
        "pii.free_text": 6,
        "pii.ip": 7,
        "pii.bank": 3,
        "pii.card": 2,
        "pii.national_id": 4,
        "pii.photo": 6,
        "pii.biometric": 6,
        "pii.name": 2,
        "secret.password": 3,
        "secret.token": 3,
        "secret.key": 6,
    }
)
_MODIFIED_FACTOR = 0.65  # an unknown word follows: `phone_model` more often than `phone_office`
_SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema", "performance_schema", "pg_toast"})
_SYSTEM_BY_DIALECT = {Dialect.MYSQL: frozenset({"mysql", "sys"})}
_BOOKKEEPING = re.compile(
    r"sqlite_.*|schema_migrations|alembic_version|django_migrations|django_content_type|_prisma_migrations"
    r"|ar_internal_metadata|flyway_schema_history|databasechangelog(lock)?|spatial_ref_sys|geometry_columns"
)


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
        if relation.kind is RelationKind.SYSTEM or relation.schema in system or not relation.columns:
            continue
        if relation.temporary and relation.kind is RelationKind.TABLE:
            continue  # it holds what its session put there, and no protected value may go into it
        # A key into a table that this session does not see cannot inherit: its own name has to do.
        seen = [key for key in relation.foreign_keys if (key.schema, key.relation) in catalog.relations]
        keys = frozenset(name for key in seen for name in key.columns)
        keys |= {name for name, _ in implied_keys(catalog, relation)}
        people = any("person" in tables.table_flags(key.relation) for key in relation.foreign_keys)
        described = [(relation.schema, relation.name, each.name, each.type) for each in relation.columns]
        flags = frozenset({"linked"}) if people else frozenset[str]()
        flags |= {"unbounded"} if catalog.dialect is Dialect.SQLITE else set[str]()
        found.update(_classify_table(described, keys, flags, hit_rates or {}))
        for each in relation.columns:
            ref = ColumnRef(relation.schema, relation.name, each.name)
            found[ref] = _by_fields(found[ref], each.type, catalog)
    return inherit(catalog, found)


def _by_fields(best: Finding, type_: str, catalog: Catalog, depth: int = 0) -> Finding:
    """A column of a row type holds what the most telling of its fields holds."""
    fields = catalog.composites.get(type_.removesuffix("[]").lower(), ())
    ref = best.column
    if not fields or depth > _MAX_NESTED:
        return best
    described = [(ref.schema, ref.relation, field.name, field.type) for field in fields]
    inner = _classify_table(described, frozenset(), frozenset(), {})
    for field in fields:
        found = _by_fields(
            inner[ColumnRef(ref.schema, ref.relation, field.name)], field.type, catalog, depth + 1
        )
        if found.classification != UNREVIEWED:
            evidence = (f"field: {field.name}", *found.evidence)
            best = findings.better(best, findings.finding(ref, found.classification, found.score, evidence))
    return best


def known_classes(found: Mapping[ColumnRef, Finding]) -> dict[ColumnRef, str]:
    """What policies decide on: the class of every column that has one, `unreviewed` included."""
    return {ref: each.classification for ref, each in found.items() if each.level is not Level.NONE}


def _classify_table(
    described: Sequence[Described], keys: frozenset[str], flags: tables.Flags, rates: HitRates
) -> Mapping[ColumnRef, Finding]:
    if not rates:  # a schema change leaves most tables as they were
        return _classified(tuple(described), keys, flags)
    return _scored(described, keys, flags, rates)


@functools.lru_cache(maxsize=8192)
def _classified(
    described: tuple[Described, ...], keys: frozenset[str], flags: tables.Flags
) -> Mapping[ColumnRef, Finding]:
    return MappingProxyType(_scored(described, keys, flags, {}))


def _scored(
    described: Sequence[Described], keys: frozenset[str], flags: tables.Flags, rates: HitRates
) -> dict[ColumnRef, Finding]:
    schema, table = described[0][0], described[0][1]
    if schema.lower() in _SYSTEM_SCHEMAS or _BOOKKEEPING.fullmatch(table.lower()):
        return {ref: findings.clear(ref) for ref in (ColumnRef(*column[:3]) for column in described)}
    columns = prepared(described, keys)
    flags |= tables.table_flags(table)
    if any(tables.points_at_person(column.variants[0]) or _is_persons(column) for column in columns):
        flags |= {"linked"}
    flags |= tables.neighbour_flags(flags, _sure(columns))
    flags = record_flags(table, columns, flags)
    if any(rates.get(column.ref, {}).get("street", 0) >= _MOST for column in columns):
        flags |= {"near_address"}
    if any(rates.get(column.ref, {}).get("person_name", 0) >= _MOST for column in columns):
        flags |= {"near_name"}
    found = {column.ref: _score(column, flags, rates.get(column.ref, {})) for column in columns}
    seen = {ref for ref, shares in rates.items() if shares.get("categories", 0) >= _MOST}
    return mark_unreviewed(columns, flags, found, frozenset(seen))


def _is_persons(column: TypedColumn) -> bool:
    """A relation of an object mapper: the row belongs to the person that it names."""
    name = column.variants[0]
    is_relation = column.kind is TypeKind.RELATION or column.type.lower() == "link"
    return is_relation and name[-1:] != () and name[-1] in words.PERSONS - _HOSTS


def _sure(columns: Sequence[TypedColumn]) -> list[names.Reading]:
    return [
        reading
        for column in columns
        for variant in column.variants
        for reading in names.readings(variant, column.kind)[:1]
        if reading.rule.name >= tables.SURE and not reading.is_modified
    ]


def _score(column: TypedColumn, flags: tables.Flags, rates: Mapping[str, float]) -> Finding:
    best = findings.clear(column.ref)
    if column.kind is TypeKind.RELATION:
        return best
    hints = {hint for flag, hint in _NEARBY.items() if flag in flags and not column.is_key}
    if not column.is_key:
        for variant in column.variants:
            hinted = names.readings(variant, column.kind)
            hints.update(reading.rule.classification for reading in hinted)
            best = findings.better(best, _by_name(column, variant, hinted, flags))
        best = findings.better(best, _by_type(column, flags))
    return _with_values(best, hints, rates)


def _by_name(
    column: TypedColumn, variant: names.Words, hinted: Sequence[names.Reading], flags: tables.Flags
) -> Finding:
    """The last phrase of the name that is enough decides (`confirm_email_token` is a token)."""
    own = flags | {"shipped"} if words.SHIPPED.intersection(variant) else flags
    own = own | {"home"} if "home" in variant else own
    own = own | {"whose"} if not words.PERSONS.isdisjoint(variant) else own
    best = findings.clear(column.ref)
    for _, same_place in itertools.groupby(hinted, key=lambda reading: reading.end):
        for reading in same_place:
            best = findings.better(best, _read(column, reading, own))
        if best.level is not Level.NONE:
            return best
    return best


def _read(column: TypedColumn, reading: names.Reading, flags: tables.Flags) -> Finding:
    rule = reading.rule
    if reading.is_coded and not flags & _SOMEBODYS:
        return findings.clear(column.ref)  # the list itself, or what a list is about
    if _is_too_short(column, rule.classification, flags):
        return findings.clear(column.ref)  # a switch: `mail varchar(3)`
    if _is_of_thing(column, reading, flags):
        return findings.clear(column.ref)
    fitting = [flag for flag in sorted(flags) if flag in rule.context]
    doubt = functools.reduce(lambda left, flag: left * (1 - rule.context[flag]), fitting, 1.0)
    name = rule.name * (_MODIFIED_FACTOR if reading.is_modified else 1)
    is_lookup = "catalog" in flags and not flags & {"linked", "person"}
    if is_lookup and rule.context and not rule.classification.startswith("secret."):
        name *= _LOOKUP_FACTOR
    evidence = (f"name: {' '.join(reading.phrase)}", *(f"table: {_WHY.get(f, f)}" for f in fitting))
    return findings.finding(column.ref, rule.classification, 1 - (1 - name) * doubt, evidence)


def _is_too_short(column: TypedColumn, classification: str, flags: tables.Flags) -> bool:
    """SQLite keeps what is longer than its type says, and `int(2)` tells how a number is shown."""
    if "unbounded" in flags or column.kind in {TypeKind.INT, TypeKind.NUMBER}:
        return False
    return is_short(column.type, _FEWEST_LETTERS.get(classification, 0))


def _is_of_thing(column: TypedColumn, reading: names.Reading, flags: tables.Flags) -> bool:
    """The client is a program, the illness one of all that there are, or the session is told by its key."""
    classification = reading.rule.classification
    if is_key_or_switch(column, reading.phrase) or is_of_catalog(reading.phrase, flags):
        return True
    own = names.split(column.ref.relation)
    if "webhook" in reading.phrase and "webhook" in own:
        return True  # of those that are called, not a way in
    if "org" in flags and _is_of_firm(reading, flags):
        return True
    if classification == "pii.free_text" and not words.PRIZES.isdisjoint(own):
        return True
    if classification in _LISTED:
        is_about = set(reading.phrase) <= set(own)  # `genders.gender`
        is_all = is_about and (reading.is_coded or not flags & {"person", "linked", "health"})
        return is_all or "dictionary" in flags
    if classification == "secret.token" and reading.phrase[-1] == "id":
        return is_uuid_text(column.type) and "opener" not in flags
    if classification == "secret.token" and reading.phrase == ("code",):
        return flags >= {"dictionary", "described"} or "wired" in flags
    if classification == "pii.name" and reading.phrase == ("name",) and "boxes" in flags:
        return True
    return "machine" in flags and "client" in reading.phrase and classification.startswith("pii.")


def _is_of_firm(reading: names.Reading, flags: tables.Flags) -> bool:
    """The picture, or the name in full, of a firm or of a school."""
    if not flags.isdisjoint({"person", "named", "whose"}):
        return False
    return reading.rule.classification == "pii.photo" or reading.phrase in _IN_FULL


_IN_FULL = frozenset({("full", "name"), ("name", "full"), ("fullname",), ("namefull",)})
# What other columns of the table hold, by their values.
_NEARBY: Mapping[str, str] = MappingProxyType({"near_address": "pii.address", "near_name": "pii.name"})
_NUMBERED: Mapping[str, str] = MappingProxyType(
    {"idents": "pii.national_id", "street": "pii.address", "bank": "pii.bank"}
)
_LISTED = frozenset({"pii.health", "pii.demographic", "pii.gender"})
_SOMEBODYS = frozenset({"person", "near", "linked", "health", "patient", "employee"})
_HOSTS = frozenset({"organizer", "organiser", "holder"})  # that rent a program, as a firm does
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
    "whose": "the name says whose",
    "mail": "keeps messages",
    "call": "keeps calls",
    "health": "keeps findings about patients",
    "facts": "keeps what is known about persons",
    "settings": "keeps settings",
    "opener": "its rows let in",
    "oauth": "keeps logins at others",
    "cards": "keeps cards",
    "bank": "keeps bank accounts",
    "street": "has a street",
    "reach": "keeps ways to reach persons",
    "queued": "keeps what programs do for persons",
    "connected": "keeps connections",
    "idents": "keeps numbers of papers",
    "device": "keeps devices of persons",
    "portrait": "keeps pictures of persons",
    "insurance": "keeps insurances",
    "moves": "keeps moves on accounts",
    "case": "keeps what persons asked for",
    "moved": "keeps what was paid",
    "faces": "keeps faces",
    "files": "keeps files",
    "trail": "keeps what was before",
}


def _by_type(column: TypedColumn, flags: tables.Flags) -> Finding:
    """A network address in a table about persons needs no telling name."""
    if column.kind is TypeKind.INET and flags & {"person", "near", "log", "linked", "access"}:
        return findings.finding(column.ref, "pii.ip", 0.7, (f"type: {column.type}",))
    if "pay" in flags and _is_amount(column):
        return findings.finding(column.ref, "financial.salary", 0.6, ("type: an amount in a payroll",))
    if is_numbered(column, flags):
        kind = next(kind for flag, kind in _NUMBERED.items() if flag in flags)
        return findings.finding(column.ref, kind, 0.6, ("name: a number, and the table tells of what",))
    if is_login(column, flags):
        return findings.finding(column.ref, "pii.identifier", 0.8, ("table: it stands beside a password",))
    if opens(column, flags):
        return findings.finding(column.ref, "secret.token", 0.85, ("table: its key is what lets in",))
    if (form := held(column, flags)) is not None:
        return findings.finding(column.ref, form[0], form[1], (form[2],))
    return findings.clear(column.ref)


def _is_amount(column: TypedColumn) -> bool:
    name = column.variants[-1]
    if column.kind is not TypeKind.NUMBER and not (column.kind is TypeKind.INT and name[-1:] in _CENTS):
        return False
    return words.NOT_AMOUNTS.isdisjoint(name) and not (name and name[-1] in words.NEGATIVE_AFTER)


def _with_values(best: Finding, hints: set[str], rates: Mapping[str, float]) -> Finding:
    for classification, score, evidence in value_evidence(rates, hints):
        is_agreed = classification == best.classification
        both = 1 - (1 - best.score) * (1 - score) if is_agreed else score
        reasons = (*best.evidence, evidence) if is_agreed else (evidence,)
        best = findings.better(best, findings.finding(best.column, classification, both, reasons))
    return best
