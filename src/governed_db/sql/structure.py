"""A change of structure into what it locks, and whether it reads or writes the whole table.

Tables as data: what each sub-command of ALTER TABLE takes in PostgreSQL (by major version) and what
algorithm MariaDB can use for it. What is not listed has the strongest lock, and a caveat.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.preview import Locked, Preview, Structure
from governed_db.model.statement import Facts
from governed_db.sql.text import lex

_EXCLUSIVE: Final = "ACCESS EXCLUSIVE"
_STOPS: Final = {
    _EXCLUSIVE: "all reads and writes",
    "SHARE ROW EXCLUSIVE": "writes and other DDL",
    "SHARE": "writes",
    "SHARE UPDATE EXCLUSIVE": "other DDL and VACUUM",
    "metadata lock": "all reads and writes, for a moment",
    "metadata lock, no writes": "writes while it copies; all at its end",
    "metadata lock, writes go on": "all reads and writes, for a moment at its begin and end",
    "the database file": "every other writer, readers at the end",
}


@attrs.frozen
class _Rule:
    """`pattern`: of the words of a sub-command. `since`: the major version from which on it holds."""

    pattern: str
    lock: str
    rewrites: bool | None
    reads: bool | None
    algorithm: str = ""
    since: int = 0
    caveat: str = ""

    def holds(self, words: str, version: int) -> bool:
        return version >= self.since and re.match(self.pattern, words) is not None


_VOLATILE = (
    r".*\bDEFAULT\b.*\b(RANDOM|GEN_RANDOM_UUID|UUID_GENERATE_V\w+|CLOCK_TIMESTAMP|NEXTVAL|TIMEOFDAY)\b"
)
_POSTGRES: Final = (
    _Rule(
        rf"ADD (COLUMN )?(?!CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN|EXCLUDE){_VOLATILE}",
        _EXCLUSIVE,
        True,
        True,
    ),
    _Rule(r"ADD (COLUMN )?\S+ (BIG|SMALL)?SERIAL", _EXCLUSIVE, True, True),
    _Rule(r"ADD .*\bGENERATED ALWAYS AS \(.*STORED", _EXCLUSIVE, True, True),
    _Rule(r"ADD .*\bGENERATED .* AS IDENTITY", _EXCLUSIVE, True, True),
    _Rule(r"ADD (CONSTRAINT \S+ )?FOREIGN KEY.*NOT VALID", "SHARE ROW EXCLUSIVE", False, False),
    _Rule(r"ADD (CONSTRAINT \S+ )?FOREIGN KEY", "SHARE ROW EXCLUSIVE", False, True),
    _Rule(r"ADD (CONSTRAINT \S+ )?CHECK.*NOT VALID", _EXCLUSIVE, False, False),
    _Rule(r"ADD (CONSTRAINT \S+ )?(PRIMARY KEY|UNIQUE) USING INDEX", _EXCLUSIVE, False, False),
    _Rule(r"ADD (CONSTRAINT \S+ )?(CHECK|PRIMARY KEY|UNIQUE|EXCLUDE)", _EXCLUSIVE, False, True),
    _Rule(r"ADD .*\bREFERENCES\b", _EXCLUSIVE, False, True),
    _Rule(r"ADD (COLUMN )?.*\bDEFAULT\b", _EXCLUSIVE, False, False, since=11),
    _Rule(r"ADD (COLUMN )?.*\bDEFAULT\b", _EXCLUSIVE, True, True),
    _Rule(r"ADD (COLUMN )?", _EXCLUSIVE, False, False),
    _Rule(
        r"ALTER (COLUMN )?\S+ (SET DATA )?TYPE\b",
        _EXCLUSIVE,
        None,
        True,
        caveat="a wider varchar, or varchar to text, is not written anew; others are, with their indexes",
    ),
    _Rule(
        r"ALTER (COLUMN )?\S+ SET NOT NULL",
        _EXCLUSIVE,
        False,
        True,
        since=12,
        caveat="the table is not read if a valid CHECK (column IS NOT NULL) stands already",
    ),
    _Rule(r"ALTER (COLUMN )?\S+ SET NOT NULL", _EXCLUSIVE, False, True),
    _Rule(r"ALTER (COLUMN )?\S+ SET STATISTICS", "SHARE UPDATE EXCLUSIVE", False, False),
    _Rule(r"ALTER (COLUMN )?\S+ (SET|DROP|RESET)", _EXCLUSIVE, False, False),
    _Rule(r"VALIDATE CONSTRAINT", "SHARE UPDATE EXCLUSIVE", False, True),
    _Rule(r"ATTACH PARTITION", "SHARE UPDATE EXCLUSIVE", False, True, since=12),
    _Rule(r"DETACH PARTITION .*CONCURRENTLY", "SHARE UPDATE EXCLUSIVE", False, False, since=14),
    _Rule(r"SET (LOGGED|UNLOGGED|TABLESPACE|ACCESS METHOD)", _EXCLUSIVE, True, True),
    _Rule(r"(SET|RESET) \(", "SHARE UPDATE EXCLUSIVE", False, False),
    _Rule(r"CLUSTER ON|SET WITHOUT CLUSTER", "SHARE UPDATE EXCLUSIVE", False, False),
    _Rule(r"(ENABLE|DISABLE) .*TRIGGER", "SHARE ROW EXCLUSIVE", False, False),
    _Rule(r"DROP|RENAME|OWNER|SET SCHEMA|INHERIT|NO INHERIT|REPLICA|DETACH", _EXCLUSIVE, False, False),
)
_BY_COPY, _IN_PLACE, _NO_COPY = "metadata lock, no writes", "metadata lock, writes go on", "metadata lock"
_MARIADB: Final = (
    _Rule(r"ADD .*\bFOREIGN KEY", _BY_COPY, True, True, "COPY", caveat="INPLACE without its checks"),
    _Rule(r"ADD .*\bPRIMARY KEY", _IN_PLACE, True, True, "INPLACE"),
    _Rule(
        r"ADD (FULLTEXT|SPATIAL)",
        _BY_COPY,
        None,
        True,
        "INPLACE",
        caveat="writes wait for it",
    ),
    _Rule(r"ADD (CONSTRAINT \S+ )?(UNIQUE|INDEX|KEY)", _IN_PLACE, False, True, "NOCOPY"),
    _Rule(r"ADD (CONSTRAINT \S+ )?CHECK", _BY_COPY, True, True, "COPY"),
    _Rule(r"ADD .*\bAUTO_INCREMENT\b", _BY_COPY, True, True, "INPLACE", caveat="writes wait"),
    _Rule(r"ADD .*\b(STORED|PERSISTENT)\b", _BY_COPY, True, True, "COPY"),
    _Rule(r"ADD (COLUMN )?", _NO_COPY, False, False, "INSTANT", since=10),
    _Rule(r"DROP PRIMARY KEY", _BY_COPY, True, True, "COPY"),
    _Rule(r"DROP FOREIGN KEY", _NO_COPY, False, False, "INSTANT"),
    _Rule(r"DROP (INDEX|KEY|CONSTRAINT|CHECK)", _NO_COPY, False, False, "NOCOPY"),
    _Rule(r"DROP (COLUMN )?", _NO_COPY, False, False, "INSTANT", since=10),
    _Rule(
        r"(MODIFY|CHANGE)\b",
        _BY_COPY,
        None,
        None,
        "COPY",
        caveat="a longer varchar within 255 bytes, a new name or default is INSTANT; another type is COPY",
    ),
    _Rule(r"ALTER (COLUMN )?\S+ (SET|DROP) DEFAULT|RENAME|COMMENT", _NO_COPY, False, False, "INSTANT"),
    _Rule(r"CONVERT TO|.*CHARACTER SET", _BY_COPY, True, True, "COPY"),
    _Rule(r"ENGINE|ROW_FORMAT|FORCE|KEY_BLOCK_SIZE", _IN_PLACE, True, True, "INPLACE"),
)
_NOT_RUN: Final = "a change of structure is not run to measure it"
_COMMITS: Final = (
    "MariaDB and MySQL commit what is open before it, and it by itself: it cannot be rolled back"
)


def structure(known: Preview, text: str, facts: Facts, catalog: Catalog) -> Preview:
    """The preview of a statement that changes structure."""
    words = _words(text, catalog.dialect)
    names = sorted(str(relation) for relation in facts.base_relations or facts.relations)
    name = names[0] if names else "what it names"
    caveats = [*known.caveats, _NOT_RUN]
    if catalog.dialect is Dialect.MYSQL:
        caveats.append(_COMMITS)
    locks, parts = _of(words, name, catalog, caveats)
    others = [Locked(other, locks[0].mode, locks[0].stops) for other in names[1:] if locks]
    return attrs.evolve(
        known,
        locks=(*locks, *others),
        structure=parts,
        caveats=tuple(dict.fromkeys(caveats)),
    )


def _of(
    words: Sequence[str], name: str, catalog: Catalog, caveats: list[str]
) -> tuple[tuple[Locked, ...], tuple[Structure, ...]]:
    if catalog.dialect is Dialect.SQLITE:
        action = " ".join(words[:3])
        drops = "DROP COLUMN" in " ".join(words)
        return (_locked(name, "the database file"),), (Structure(name, action, drops, drops),)
    if words[:2] == ["ALTER", "TABLE"]:
        return _altered(words, name, catalog, caveats)
    lock, rule = _other(words, catalog.dialect)
    return (_locked(name, lock),), (Structure(name, " ".join(words[:2]), *rule),)


def _altered(
    words: Sequence[str], name: str, catalog: Catalog, caveats: list[str]
) -> tuple[tuple[Locked, ...], tuple[Structure, ...]]:
    is_postgres = catalog.dialect is Dialect.POSTGRES
    rules, version = (_POSTGRES if is_postgres else _MARIADB), _version(catalog.server)
    locks: list[str] = []
    parts: list[Structure] = []
    for sub in _subcommands(words):
        said = " ".join(sub)
        rule = next((one for one in rules if one.holds(said, version)), None)
        action = " ".join(word for word in sub[:3] if word.isidentifier())
        if rule is None:
            caveats.append(f"what {action} takes is not known: the strongest lock is shown")
            rule = _Rule("", _EXCLUSIVE if is_postgres else _BY_COPY, None, None)
        elif rule.caveat:
            caveats.append(rule.caveat)
        locks.append(rule.lock)
        parts.append(Structure(name, action, rule.rewrites, rule.reads, rule.algorithm))
    if {"INSTANT", "NOCOPY"} <= {part.algorithm for part in parts}:  # together the server does neither
        locks.append(_IN_PLACE)
        parts = [attrs.evolve(part, algorithm="INPLACE", rewrites=True, reads=True) for part in parts]
    strongest = min(locks, key=list(_STOPS).index) if is_postgres and locks else _slowest(locks)
    return (_locked(name, strongest),), tuple(parts)


def _other(words: Sequence[str], dialect: Dialect) -> tuple[str, tuple[bool | None, bool | None, str]]:
    """Lock, and whether it rewrites and reads."""
    is_index = "INDEX" in words[:4]
    if dialect is Dialect.MYSQL:
        if is_index and words[0] == "CREATE":
            return _IN_PLACE, (False, True, "NOCOPY")
        return _NO_COPY, (False, False, "")
    if is_index and "CONCURRENTLY" in words:
        return "SHARE UPDATE EXCLUSIVE", (False, words[0] == "CREATE", "")
    if is_index and words[0] == "CREATE":
        return "SHARE", (False, True, "")
    if words[:2] == ["CREATE", "TRIGGER"]:
        return "SHARE ROW EXCLUSIVE", (False, False, "")
    return _EXCLUSIVE, (False, False, "")


def _slowest(locks: Sequence[str]) -> str:
    """MariaDB does all sub-commands in the way of the slowest."""
    return next((lock for lock in (_BY_COPY, _IN_PLACE) if lock in locks), _NO_COPY)


def _locked(name: str, mode: str) -> Locked:
    return Locked(name, mode, _STOPS.get(mode, "all reads and writes"))


def _subcommands(words: Sequence[str]) -> Iterator[list[str]]:
    """What stands between the commas that stand in no parentheses, behind the table's name."""
    skipped = {"IF", "EXISTS", "ONLY", "ONLINE", "IGNORE"}
    begin = 2
    while begin < len(words) and words[begin] in skipped:
        begin += 1
    begin += 1
    while words[begin : begin + 1] == ["."]:
        begin += 2
    part: list[str] = []
    depth = 0
    for word in (*words[begin:], ","):
        depth += (word == "(") - (word == ")")
        if word == "," and not depth:
            if part:
                yield part
            part = []
        elif word not in ("IF", "NOT EXISTS", "EXISTS") or "SET" in part or "CHECK" in part:
            part.append(word)


def _words(text: str, dialect: Dialect) -> list[str]:
    pieces = (text[one.start : one.end] for one in lex(text, dialect) if one.kind not in ("space", "comment"))
    return [piece.upper() for piece in pieces if piece != ";"]


def _version(server: str) -> int:
    found = re.search(r"\d+", server)
    return int(found[0]) if found else 0
