"""The names of a table and of all of its columns into what each row records, as flags for the lexicon."""

from __future__ import annotations

from collections.abc import Sequence

from governed_db.classify import names, record_words, words
from governed_db.classify.columns import TypedColumn
from governed_db.classify.kept import kept_flags
from governed_db.classify.kinds import TypeKind, is_bounded, is_uuid_text
from governed_db.classify.tables import Flags

_TEXTS = frozenset({TypeKind.TEXT, TypeKind.LONG, TypeKind.OTHER, TypeKind.JSON, TypeKind.BINARY})
_NUMBERED = frozenset({TypeKind.TEXT, TypeKind.OTHER, TypeKind.INT})
# Words of its name are enough, or are where its rows belong to somebody.
_NAMED = (("call", record_words.CALLS), ("oauth", record_words.OAUTH), ("queued", record_words.QUEUES))
_OF_SOMEBODY = (
    ("idents", record_words.IDENTIFIERS),
    ("device", record_words.DEVICES),
    ("portrait", record_words.IMAGES),
    ("reach", record_words.REACHED),
    ("case", record_words.CASES),
)
_OWNED = frozenset({"linked", "person", "near"})
_KINDS = words.META | {"types"}
_SHORTEST = 3
_FEWEST_ROUTES = 2
_FEWEST_TRACES = 2
_NAMES = frozenset({"name", "label", "nom", "nombre", "nome", "naam", "bezeichnung"})
_FEWEST_HEALTH = 2
_SURE = 0.7
_VALUES = frozenset({"value", "valor", "valore", "valeur", "wert", "waarde", "val"})


def record_flags(table: str, columns: Sequence[TypedColumn], flags: Flags) -> Flags:
    """What the table records, beside the character that its name gives it (`tables`)."""
    own = frozenset(names.raw_words(table)) | frozenset(names.split(table))
    is_opener = _is_opener(own, columns)
    found = {
        flag
        for flag, holds in (
            ("mail", _is_mail(own, columns)),
            ("health", _is_health(own, columns)),
            ("dictionary", _is_dictionary(own, columns, flags)),
            ("facts", _is_facts(own, columns, flags)),
            ("settings", _is_settings(own, columns)),
            ("opener", is_opener),
            ("bare_opener", is_opener and _is_bare(own, columns)),
            ("described", any(record_words.TITLES & set(column.variants[-1][-1:]) for column in columns)),
            ("logs_in", any(map(_is_password, columns))),
            ("cards", _is_cards(own)),
            ("body", _is_body(columns)),
            ("device", _is_visit(own, columns)),
            ("access", bool(own & record_words.SENT_CODES) and not own & _KINDS),
            ("connected", _is_connected(own)),
            ("insurance", bool(own & record_words.INSURANCES) and not own & record_words.NOT_HEALTH),
            ("moves", bool(own & record_words.MOVES and own & record_words.HELD)),
            ("bank", bool(own & record_words.BANKS) and not own & (words.PERSONS | words.CATALOGS)),
            ("street", "deal" not in flags and _has_street(columns)),
        )
        if holds
    }
    found |= kept_flags(table, own, columns, flags)
    found |= {flag for flag, known in _NAMED if own & known}
    found |= {flag for flag, known in _OF_SOMEBODY if own & known and _is_owned(own, flags)}
    if not own.isdisjoint({"client", "clients"}) and any(map(_is_of_program, columns)):
        flags -= {"person", "near"}
    kept = flags - {"catalog"} if found & {"mail", "call", "health", "facts"} else flags
    if ("mail" in found and "person" not in kept) or any(map(_is_answer, columns)):
        found.add("talk")
    return kept | found


def _is_mail(own: frozenset[str], columns: Sequence[TypedColumn]) -> bool:
    if own & record_words.NOT_MESSAGES:
        return False
    texts = {column.raw_name for column in columns if column.kind in _TEXTS}
    routes, contents = texts & record_words.ROUTES, texts & record_words.CONTENTS
    is_told = bool(routes - record_words.WAYS and contents) or len(contents) >= _FEWEST_ROUTES
    return (len(routes) >= _FEWEST_ROUTES and is_told) or bool(own & record_words.MESSAGES)


def _is_health(own: frozenset[str], columns: Sequence[TypedColumn]) -> bool:
    """Findings about a patient; a dictionary of illnesses belongs to nobody."""
    is_patients = any(record_words.PATIENTS & _words(each) for each in columns)
    telling = sum(any(_means(name, each.kind, "pii.health") for name in each.variants) for each in columns)
    if is_patients and telling >= _FEWEST_HEALTH:
        return True
    if own & record_words.NOT_HEALTH:
        return False
    if is_patients:
        return bool(own & record_words.HEALTH)
    names_all = any(column.raw_name in _NAMES for column in columns)  # that there are, not those of somebody
    return bool(own & record_words.SURELY_HEALTH) and not names_all


def _is_visit(own: frozenset[str], columns: Sequence[TypedColumn]) -> bool:
    traces = record_words.TRACES & {column.raw_name for column in columns}
    return bool(own & record_words.VISITS) and len(traces) >= _FEWEST_TRACES


def _is_body(columns: Sequence[TypedColumn]) -> bool:
    present = {word for column in columns for word in column.variants[-1]}
    is_thing = present & record_words.WIDTHS
    return bool(present & record_words.HEIGHTS and present & record_words.WEIGHTS) and not is_thing


def _is_dictionary(own: frozenset[str], columns: Sequence[TypedColumn], flags: Flags) -> bool:
    """All that there are, of which somebody may have one."""
    if flags & {"person", "linked"} or any(record_words.PATIENTS & _words(each) for each in columns):
        return False
    opening = record_words.ENTERED | record_words.SENT_CODES
    return bool(own & record_words.DICTIONARIES) and own.isdisjoint(opening)


def _is_facts(own: frozenset[str], columns: Sequence[TypedColumn], flags: Flags) -> bool:
    """Attribute and value, of somebody: the value may be anything."""
    if flags & {"deal", "org", "log", "money"} or own & {"type", "types"}:
        return False
    if own & record_words.IDENTITIES:
        return True
    if own & record_words.FACTS:
        return bool(own & words.PERSONS or flags & {"linked", "person"})
    return bool(flags & {"person", "place"}) and any(each.raw_name in _VALUES for each in columns)


def _is_settings(own: frozenset[str], columns: Sequence[TypedColumn]) -> bool:
    known = {word for word in own if names.is_word(word)} - words.TABLE_NOISE
    if not own & record_words.SETTINGS or known - record_words.SETTINGS - record_words.SYSTEMS:
        return False
    of_things = any(_is_of_thing(column.variants[0]) for column in columns)
    return not of_things and any(_VALUES & set(column.variants[-1]) for column in columns)


def _is_of_thing(name: names.Words) -> bool:
    things = (words.CATALOGS | words.DEALS) - record_words.SETTINGS - record_words.SYSTEMS
    return len(name) > 1 and name[-1] == "id" and name[-2] in things


def _is_connected(own: frozenset[str]) -> bool:
    if own & words.META - {"config"}:
        return False
    return bool(own & record_words.CONNECTED) or any(pair <= own for pair in record_words.CONNECTED_PAIRS)


def _is_of_program(column: TypedColumn) -> bool:
    return column.raw_name in record_words.OF_PROGRAMS


def _is_owned(own: frozenset[str], flags: Flags) -> bool:
    return bool(flags & _OWNED or own & words.PERSONS) and not own & words.META


def _is_cards(own: frozenset[str]) -> bool:
    is_method = "payment" in own and bool(own & {"method", "methods"})
    return bool(own & record_words.CARDS) or is_method or ("card" in own and bool(own & record_words.PAYING))


def _is_opener(own: frozenset[str], columns: Sequence[TypedColumn]) -> bool:
    """Sessions of a program end and come from somewhere; those of a training have a title."""
    if not own & record_words.OPENERS or own & (_KINDS | record_words.NO_TOKENS):
        return False
    if own & record_words.TOKENS:
        return True
    strangers = {word for word in own - record_words.OPENERS - record_words.LOGGING if len(word) > _SHORTEST}
    return not strangers or bool({column.raw_name for column in columns} & record_words.ENDING)


def _is_bare(own: frozenset[str], columns: Sequence[TypedColumn]) -> bool:
    """No other column lets in, so that the key has to."""
    is_known = not own - record_words.OPENERS - record_words.LOGGING or not own & record_words.TOKENS
    return is_known and not any(map(_is_secret, columns))


def _is_secret(column: TypedColumn) -> bool:
    return any(_means(variant, column.kind, "secret.") for variant in column.variants)


def _is_answer(column: TypedColumn) -> bool:
    """`in_reply_to_id`: the row answers another one, so that somebody wrote both."""
    return column.raw_name.removesuffix("_id") in record_words.ANSWERS


def _is_password(column: TypedColumn) -> bool:
    return any(_means(name, column.kind, "secret.password") for name in column.variants)


def _means(name: names.Words, kind: TypeKind, classification: str) -> bool:
    return any(
        one.rule.name > _SURE and one.rule.classification.startswith(classification)
        for one in names.readings(name, kind)
    )


def _has_street(columns: Sequence[TypedColumn]) -> bool:
    """A number beside it is that of the house; where sums stand as well, it may be that of an invoice."""
    if any(column.kind is TypeKind.NUMBER and record_words.SUMS & _words(column) for column in columns):
        return False
    return any(
        column.kind in _TEXTS and record_words.STREETS & set(column.variants[-1])
        for column in columns
        if column.variants[-1] != ("street", "address")  # its number stands in it
    )


def _words(column: TypedColumn) -> set[str]:
    return {*names.raw_words(column.ref.column), *column.variants[0]}


def opens(column: TypedColumn, flags: Flags) -> bool:
    """The text that is the key of a session is what lets in, where no other column does."""
    is_key = column.variants[-1] in {("id",), ("sid",), ("key",)}
    return "bare_opener" in flags and is_key and _is_written(column)


def is_numbered(column: TypedColumn, flags: Flags) -> bool:
    """A number and nothing else, that of the house or of the account; not `customer_number`."""
    is_number = column.raw_name in record_words.NUMBERS and column.kind in _NUMBERED
    return is_number and not flags.isdisjoint({"street", "bank", "idents"})


def is_login(column: TypedColumn, flags: Flags) -> bool:
    """`userid` beside a password is what one types in."""
    return "logs_in" in flags and _is_written(column) and column.raw_name in record_words.LOGINS


def _is_written(column: TypedColumn) -> bool:
    """Text of a length that somebody thought about, other than that of a UUID."""
    is_thought_of = is_bounded(column.type) or column.type == "string"  # as Rails and Laravel write it
    return column.kind is TypeKind.TEXT and is_thought_of and not is_uuid_text(column.type)
