"""The form of a name, and what its table is for, into what people have put there and who wrote it down."""

from __future__ import annotations

from collections.abc import Sequence

from governed_db.classify import kept_words, names, record_words, words
from governed_db.classify.columns import TypedColumn
from governed_db.classify.kinds import TypeKind, is_bounded, is_ip_text, is_short, is_uuid_text
from governed_db.classify.tables import Flags

Held = tuple[str, float, str]  # a class, a score and why

_LONG = frozenset({TypeKind.LONG, TypeKind.JSON, TypeKind.BINARY})
_TEXTS = _LONG | {TypeKind.TEXT, TypeKind.OTHER}
_OWNED = frozenset({"linked", "person", "near"})
_KINDS = words.META | {"types"}
# A flag, words in the name of a table for it, and words that forbid it; the last ones are of somebody.
_TABLES = (
    ("trail", kept_words.TRAILS, kept_words.TECHNICAL),
    ("boxes", kept_words.BOXES, _KINDS),
    ("wired", kept_words.WIRED, frozenset[str]()),
    ("opinions", kept_words.OPINIONS, _KINDS),
    ("moved", kept_words.MOVED, kept_words.NOT_MOVED),
    ("personal", kept_words.PERSONAL, _KINDS),
    ("files", kept_words.FILES, _KINDS),
    ("filled", kept_words.FILLED, kept_words.OF_THINGS),
    ("paid", kept_words.PAID, _KINDS | kept_words.NOT_MOVED),
    ("faces", kept_words.FACES, frozenset[str]()),
    ("billed", kept_words.BILLED, frozenset[str]()),
)
_OWNED_TABLES = (
    ("plans", kept_words.PLANS),
    ("attached", kept_words.ATTACHED),
    ("searches", kept_words.SEARCHES),
)
# A flag, the kinds of columns and the words at their ends that hold what people wrote or put there.
_KEPT = (
    ("trail", _LONG, kept_words.TRAILED),
    ("trail", _TEXTS, kept_words.NOTED),
    ("personal", _LONG, frozenset({"data"})),
    ("files", _LONG, kept_words.FILED_LONG),
    ("files", _TEXTS, kept_words.FILED),
    ("values", _LONG, kept_words.VALUES),
    ("filled", _TEXTS, kept_words.VALUES),
    ("paid", _TEXTS, kept_words.PURPOSES),
    ("plans", _TEXTS, kept_words.PLANNED),
    ("attached", _TEXTS, frozenset({"description", "caption", "comment", "text"})),
    ("searches", _TEXTS, kept_words.SEARCHED),
    ("authored", _LONG, kept_words.AUTHORED),
)
# Of these, what people make to be seen: a program that shows tasks and documents would show nothing else.
_MADE = frozenset({"plans", "attached", "files", "authored"})
_PROSE = frozenset({TypeKind.TEXT, TypeKind.LONG})
_CUSTOMERS = frozenset({"person", "near", "deal", "money", "cards", "paid", "billed", "bank"})
_TALKED = frozenset({"talk", "mail", "linked"})
_PERSONS = frozenset({"person", "employee", "patient"})
_COUNTED = frozenset({TypeKind.INT, TypeKind.NUMBER, TypeKind.JSON})
_GIVEN_TO = frozenset({("assigned", "to"), ("delegated", "to"), ("escalated", "to"), ("reported", "to")})
_OF_NETS = frozenset({"range", "pool", "mask", "version", "whitelist", "allowlist", "blocklist"})
_NO_LOGIN = kept_words.OF_PAGES | words.NEGATIVE_AFTER | words.HARMLESS | words.OPEN
_SHORTEST_SESSION, _SHORTEST_LOGIN, _SHORTEST_REMARK = 64, 30, 20
_OF_PATIENT = frozenset({"health", "patient", "examined", "deal", "linked"})
_FIGURES = frozenset({TypeKind.INT, TypeKind.NUMBER, TypeKind.BOOL})
_ABOUT_ROWS = frozenset({
    "id", "uuid", "version", "deleted", "active", "lock", "created", "updated", "modified", "date", "time",
    "by", "status", "type", "sort", "order", "price", "cost", "amount", "serial", "progressive",
})  # fmt: skip
_DIALLED = frozenset({"fax", "telefax", "phone", "telefon", "telephone", "mobile", "telefono", "telefone"})
_SHORTEST_ID = 20
_FEWEST_PARTS = 3
_LONGEST_LOGIN = 128  # longer is what mappers write where nobody said how long


def kept_flags(table: str, own: frozenset[str], columns: Sequence[TypedColumn], flags: Flags) -> Flags:
    """What a table with these words in its name is for."""
    found = {flag for flag, known, denying in _TABLES if own & known and not own & denying}
    if flags & _OWNED or own & words.PERSONS:
        found |= {flag for flag, known in _OWNED_TABLES if own & known and not own & words.META}
    present = {column.raw_name for column in columns}
    name, reaching = "_".join(names.raw_words(table)), kept_words.REACHING | kept_words.DIALLED
    is_patients = own & kept_words.EXAMINED and own & kept_words.OF_PATIENTS
    told = (
        ("values", not own & (kept_words.OF_THINGS | record_words.SETTINGS)),
        ("clients", "client_secret" in present),
        ("numbered", "id" in present),
        ("authored", any(map(_is_authors, columns))),
        ("boxes", "email" in own and not own.isdisjoint({"account", "accounts"})),
        ("examined", is_patients and not own & _KINDS),
        ("reached", name in reaching and present.isdisjoint(reaching)),
        ("near_address", "linked" in flags and _is_house(columns)),
    )
    found |= {flag for flag, holds in told if holds}
    return frozenset(found - {"moved"} if present & kept_words.KEYS_OF_GOODS else found)


def _is_house(columns: Sequence[TypedColumn]) -> bool:
    return sum(column.raw_name in kept_words.HOUSE for column in columns) >= _FEWEST_PARTS


def _is_authors(column: TypedColumn) -> bool:
    name = column.variants[0]
    is_key = name[-1:] == ("id",) or column.kind is TypeKind.RELATION
    return is_key and not kept_words.AUTHORS.isdisjoint(name)


def held(column: TypedColumn, flags: Flags) -> Held | None:
    """What a column holds by its form, where its words alone would not tell."""
    if is_address_of_machine(column):
        return "pii.ip", 0.7, "name and type: an address of a machine"
    if not names.raw_words(column.ref.column):  # not one of its letters is Latin
        return None
    if (row := _is_all_of_row(column, flags)) is not None:
        return row
    if is_author(column):
        return "pii.identifier", 0.55, "name: who wrote the row"
    if _is_finding(column, flags):
        return "pii.health", 0.75, "table: keeps findings about patients"
    if _is_login(column) and "opener" not in flags:
        return "pii.identifier", 0.55, "name: a login in letters"
    if _is_remark(column, flags) or _is_whole(column):
        return "pii.free_text", 0.52, "name: for people to write in, or all that was sent"
    if is_foreign(column, flags):
        return "pii.identifier", 0.55, "name: a number that others gave"
    if (kept := kept_for(column, flags)) is not None:
        return kept, 0.52, "table: it keeps what was put there"
    return None


def _is_all_of_row(column: TypedColumn, flags: Flags) -> Held | None:
    """What stands for the whole row: the address itself, who says something, how much was paid, who is in."""
    name, table = column.raw_name, "_".join(names.raw_words(column.ref.relation))
    is_text = column.kind is TypeKind.TEXT
    if is_text and name in kept_words.REACHED_BY and "reached" in flags:
        return "pii.email" if table in kept_words.REACHING else "pii.phone", 0.8, "table: its rows are these"
    is_put_there = not flags.isdisjoint({"attached", "plans", "case"}) and "trail" not in flags
    if name == "name" and is_put_there and column.kind in _TEXTS:
        return "pii.user_content", 0.52, "table: the name of what somebody put there"
    if is_text and name == "name" and "opinions" in flags:
        return "pii.name", 0.6, "table: who says it"
    if is_text and _is_session(column):
        return "secret.token", 0.6, "name: the session, at a length that no key needs"
    if (
        is_text
        and "numbered" in flags
        and name == f"{table.removesuffix('s')}_id"
        and not flags.isdisjoint(_PERSONS)
    ):
        return "pii.identifier", 0.55, "name: a number in letters, of the person that the row is about"
    amounts = kept_words.AMOUNTS & {name, "_".join(column.variants[-1])}
    if column.kind in _COUNTED and amounts and "moved" in flags:
        return "financial.payment", 0.5, "table: how much was paid"
    return None


def _is_session(column: TypedColumn) -> bool:
    name = set(names.raw_words(column.ref.column))
    is_told = "sessionid" in name or (name & kept_words.SESSIONS and name & kept_words.NUMBERED_BY)
    return bool(is_told) and is_bounded(column.type) and not is_short(column.type, _SHORTEST_SESSION)


def _is_login(column: TypedColumn) -> bool:
    """`user_id varchar(50)`: letters of a length that somebody thought about, where a key needs fewer."""
    name = names.raw_words(column.ref.column)
    if len(name) == 2 and column.kind is TypeKind.TEXT and not is_uuid_text(column.type):
        first, last = name
        done = kept_words.DONE | kept_words.WRITTEN
        if first == "login" and last not in _NO_LOGIN:
            return True
        if (first in kept_words.USERS and last in done) or (last in kept_words.USERS and first in done):
            return True
    is_told = not kept_words.USERS.isdisjoint(name) and "id" in name[-2:] and name[0] not in {"id", "bot"}
    is_long = column.kind is TypeKind.TEXT and not is_short(column.type, _SHORTEST_LOGIN)
    return is_told and is_long and is_short(column.type, _LONGEST_LOGIN + 1) and not is_uuid_text(column.type)


def _is_remark(column: TypedColumn, flags: Flags) -> bool:
    name = names.raw_words(column.ref.column)
    if column.kind not in {TypeKind.TEXT, TypeKind.LONG} or is_short(column.type, _SHORTEST_REMARK):
        return False
    if name[-1] in words.NEGATIVE_AFTER or ("catalog" in flags and not flags & _OWNED):
        return False
    return not kept_words.REMARKS.isdisjoint({name[0], name[-1]})


def _is_whole(column: TypedColumn) -> bool:
    name = set(names.raw_words(column.ref.column))
    return column.kind is TypeKind.BINARY and not kept_words.RAW.isdisjoint(name)


def _is_finding(column: TypedColumn, flags: Flags) -> bool:
    """Flags and figures of an examination, and which illness it is."""
    name = column.variants[-1]
    if not name or flags.isdisjoint(_OF_PATIENT) or column.is_key:
        return False
    if "id" in name[-1:] or name[-1].startswith("icdid"):
        return not kept_words.ILLNESSES.isdisjoint(name)
    is_figure = column.kind in _FIGURES and not set(name) & (_ABOUT_ROWS | words.PERSONS)
    return is_figure and "examined" in flags


def is_key_or_switch(column: TypedColumn, phrase: names.Words) -> bool:
    """`address int` is a key; a number of a few bits is no number to dial."""
    if column.kind is not TypeKind.INT:
        return False
    is_bits = column.type.lower().startswith(("tinyint", "smallint"))
    return (is_bits and phrase[-1] in _DIALLED) or phrase[-1] in kept_words.ADDRESSES


def is_of_catalog(phrase: names.Words, flags: Flags) -> bool:
    """Where goods come from is nobody's origin."""
    is_origin = not kept_words.ORIGINS.isdisjoint(phrase)
    return is_origin and "catalog" in flags and not flags & _OWNED


def kept_for(column: TypedColumn, flags: Flags) -> str | None:
    """The class of what a version was, what a file holds, what stands in a field of its own."""
    name = column.variants[0]
    if not name or name[0] in words.NEGATIVE_BEFORE or name[-1] in words.NEGATIVE_AFTER:
        return None
    ends = {*names.raw_words(column.ref.column)[-1:], name[-1], column.raw_name}
    is_glued = not names.is_word(name[-1]) and name[-1].endswith(kept_words.ENDINGS)
    if is_glued and flags & _TALKED and column.kind is TypeKind.LONG:
        return "pii.free_text"
    found = {flag for flag, kinds, known in _KEPT if flag in flags and column.kind in kinds and ends & known}
    if not found:
        return None
    is_made = found <= _MADE and column.kind in _PROSE and not ends & kept_words.SAID
    return "pii.user_content" if is_made else "pii.free_text"


def is_address_of_machine(column: TypedColumn) -> bool:
    """`ip_registration varchar(45)`: as long as such an address can be, and no longer."""
    name = set(names.raw_words(column.ref.column))
    is_told = not name.isdisjoint({"ip", "ipaddress"}) and name.isdisjoint(_OF_NETS)
    return is_told and column.kind is TypeKind.TEXT and is_ip_text(column.type)


def is_author(column: TypedColumn) -> bool:
    """`created_by` in letters: whose login it was; a number or a UUID would be a key."""
    name = names.raw_words(column.ref.column)
    is_by = name[-1:] and (name[-1] in kept_words.BY or name[-2:] in _GIVEN_TO)
    if len(name) < 2 or not is_by or name[-2] in kept_words.NOT_BY:
        return False
    if column.kind is not TypeKind.TEXT or not is_bounded(column.type) or is_uuid_text(column.type):
        return False
    is_told = name[-1] in kept_words.ALONE or name[-2] in kept_words.WRITTEN or name[-2:] in _GIVEN_TO
    return is_told and is_short(column.type, _LONGEST_LOGIN + 1)


def is_foreign(column: TypedColumn, flags: Flags) -> bool:
    """The number by which somebody else's service knows a customer, an account or a payment."""
    if column.kind not in _TEXTS or is_uuid_text(column.type):
        return False
    name = names.raw_words(column.ref.column)
    if "clients" in flags and column.raw_name == "client_id":
        return True
    if "billed" in flags and column.raw_name in kept_words.BILLED_BY:
        return not is_short(column.type, _SHORTEST_ID)
    if kept_words.SOLD & set(name) or not name or name[-1] not in kept_words.KNOWN_BY:
        return False
    return bool(kept_words.SERVICES & set(name[:-1])) and not flags.isdisjoint(_CUSTOMERS)
