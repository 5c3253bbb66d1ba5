"""A table's name and columns into the character of the table, as rules of the lexicon name it."""

from __future__ import annotations

from collections.abc import Sequence

from governed_db.classify import words
from governed_db.classify.names import Reading, split

Flags = frozenset[str]

# Which sets of words give a table its character; the first that has the head word decides.
_HEADS: tuple[tuple[str, frozenset[str]], ...] = (
    ("catalog", words.META),
    ("person", words.PERSONS),
    ("place", words.PLACES),
    ("talk", words.TALKS),
    ("deal", words.DEALS),
    ("access", words.ACCESSES),
    ("money", words.MONEYS),
    ("org", words.ORGANISATIONS),
    ("log", words.LOGS),
    ("catalog", words.CATALOGS),
)
# Characters that any word of the name adds.
_MENTIONS: tuple[tuple[str, frozenset[str]], ...] = (
    ("employee", frozenset("employee staff worker candidate mitarbeiter empleado dipendente medewerker person".split())),
    ("patient", frozenset("patient paziente paciente medical clinical health".split())),
    ("pay", frozenset("pay payroll salary wage compensation salesperson gehalt lohn tax nomina stipendio".split())),
    ("vault", frozenset("keystore credential vault setting option secret channel integration connection connector".split())),
    ("chat", frozenset("message chat conversation diary journal thread mail".split())),
    ("access", frozenset("invitation invite token oauth credential password reset verification passkey".split())),
)  # fmt: skip
# Classes of columns that show, by name alone, that rows are about persons.
_PERSONAL = frozenset({
    "pii.name", "pii.email", "pii.phone", "pii.birth_date", "pii.national_id", "pii.gender", "pii.health",
    "pii.demographic", "pii.identifier", "secret.password",
})  # fmt: skip
_TELLING = frozenset({"pii.name", "pii.birth_date", "pii.national_id"})
SURE = 0.8


def table_flags(table: str) -> Flags:
    """What the name of the table says: one head ("person", "deal", "catalog" ...), and mentions."""
    name = split(table)
    head = _head(name)
    mentions = {flag for flag, known in _MENTIONS if any(word in known for word in name)}
    if head == "catalog":
        return frozenset({"catalog"}) | (mentions & {"vault"})
    return frozenset({head} - {""}) | mentions


def _head(name: Sequence[str]) -> str:
    for word in reversed(name):
        if word in words.TABLE_NOISE:
            continue
        for flag, known in _HEADS:
            if word in known:
                return flag
    return ""


def neighbour_flags(flags: Flags, sure: Sequence[Reading]) -> Flags:
    """What the surely named columns of the table add."""
    classes = {reading.rule.classification for reading in sure}
    personal = classes & _PERSONAL
    found: set[str] = set()
    if "pii.address" in classes:
        found.add("near_address")
    if personal and not flags & {"org", "catalog"}:
        found.add("near")
    if personal & _TELLING and not flags & {"org", "catalog", "deal", "talk"}:
        found.add("person")
    return frozenset(found)


def points_at_person(name: Sequence[str]) -> bool:
    """`user_id`, `authorId`: the row belongs to somebody."""
    return len(name) > 1 and name[-1] in {"id", "uuid", "fk"} and any(w in words.PERSONS for w in name[:-1])
