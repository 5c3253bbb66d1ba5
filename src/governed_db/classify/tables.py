"""A table's name and columns into the character of the table, as rules of the lexicon name it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

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
# Classes of columns that show, by name alone, that rows are about persons.
_PERSONAL = frozenset({
    "pii.name", "pii.email", "pii.phone", "pii.birth_date", "pii.national_id", "pii.gender", "pii.health",
    "pii.demographic", "pii.identifier", "pii.bank",
})  # fmt: skip
_TELLING = frozenset({"pii.name", "pii.birth_date", "pii.national_id"})
_BORN = frozenset({"pii.birth_date", "pii.gender", "pii.health", "pii.demographic"})
_REACHED = frozenset({"pii.name", "pii.email", "pii.phone", "pii.birth_date", "pii.national_id"})
# Only persons have names in parts.
_PARTED = frozenset({"first", "last", "given", "family", "firstname", "lastname", "surname", "forename"})
_FEW, _MANY = 2, 3
_KEYS = frozenset({"id", "uuid", "fk"})
_GLUED_KEY = re.compile(r"(?:id|cod)_?(?P<what>[a-z]{4,})|(?P<whose>[a-z]{4,}?)(?:id|uuid)")
SURE = 0.8


def table_flags(table: str) -> Flags:
    """What the name of the table says: one head ("person", "deal", "catalog" ...), and mentions."""
    name = split(table)
    head = _head(name)
    machine = {"machine"} if any(pair in words.MACHINES for pair in pairwise(name)) else set[str]()
    mentions = machine | {
        flag for flag, known in words.MENTIONS.items() if any(word in known for word in name)
    }
    if head in {"log", ""} and not words.TALKS.isdisjoint(name):
        mentions.add("talk")
    if head == "catalog":
        return frozenset({"catalog"}) | (mentions & {"vault"})
    return frozenset({head} - {""}) | mentions


def _head(name: Sequence[str]) -> str:
    if words.JOINING.intersection(name):
        return ""
    if any(pair in words.MACHINES for pair in pairwise(name)):
        return ""
    noise = [word for word in name if word in words.TABLE_NOISE]
    telling = [word for word in name if word not in words.TABLE_NOISE]
    for word in (*reversed(telling), *reversed(noise)):
        for flag, known in _HEADS:
            if word in known:
                return flag
    return ""


def neighbour_flags(flags: Flags, sure: Sequence[Reading]) -> Flags:
    """What the surely named columns of the table add."""
    classes = {reading.rule.classification for reading in sure}
    personal = classes & _PERSONAL
    found: set[str] = set()
    if len(personal) >= _MANY and personal & _BORN:
        flags -= {"org", "catalog", "deal", "talk"}  # an application form is about who applies
    if len(classes & _REACHED) >= _FEW:
        flags -= {"catalog"}  # a role, a group or a unit that somebody holds
    if any(reading.rule.classification == "pii.name" and _PARTED & set(reading.phrase) for reading in sure):
        found.add("named")
    if "pii.address" in classes and "catalog" not in flags:
        found.add("near_address")
    if personal and not flags & {"org", "catalog"}:
        found.add("near")
    if personal & _TELLING and not flags & {"org", "catalog", "deal", "talk"}:
        found.add("person")
    return frozenset(found)


def points_at_person(name: Sequence[str]) -> bool:
    """`user_id`, `authorId`: the row belongs to somebody."""
    if len(name) > 1:
        return name[-1] in _KEYS and any(word in words.PERSONS for word in name[:-1])
    glued = _GLUED_KEY.fullmatch("".join(name))
    return glued is not None and not words.PERSONS.isdisjoint(split(glued["what"] or glued["whose"]))
