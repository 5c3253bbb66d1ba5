"""Statements that are no queries into facts, word by word.

Rules of this file: a statement that is on no list is refused. SETUP means that it changes nothing that
later statements depend on, and shows no stored value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import attrs

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.statement import Facts, Hazard, HazardKind, Kind, Reach, Role, Use
from governed_db.sql import copying, ddl
from governed_db.sql.parse import Tree
from governed_db.sql.settings import (
    drops_checks,
    is_harmless_set,
    is_harmless_show,
    refuse_pragma,
    sets_journal,
)

Analyse = Callable[[Tree, int, Catalog], Facts]

_TRANSACTION = re.compile(
    r"""(?:BEGIN|START)(?:\ (?:WORK|TRANSACTION|DEFERRED|IMMEDIATE|EXCLUSIVE|ISOLATION|LEVEL|SERIALIZABLE
        |REPEATABLE|READ|COMMITTED|UNCOMMITTED|ONLY|WRITE|NOT|DEFERRABLE|WITH|CONSISTENT|SNAPSHOT|,))*
      | (?:COMMIT|END|ROLLBACK|ABORT)(?:\ (?:WORK|TRANSACTION|AND|NO|CHAIN|RELEASE))*
      | (?:SAVEPOINT|RELEASE\ SAVEPOINT|RELEASE
          |ROLLBACK(?:\ (?:WORK|TRANSACTION))?\ TO(?:\ SAVEPOINT)?)\ \S+""",
    re.VERBOSE,
)

_XID = r"(?:\?|X?'[^'\\]*')"
_XIDS = rf"{_XID}(?: , {_XID})?(?: , (?:\d+|\?))?"
# Whose transactions may be ended is seen to where they are sent (enforce/pymysql/two_phase.py).
_XA = re.compile(rf"XA (?:(?:BEGIN|START|END|PREPARE|ROLLBACK) {_XIDS}|COMMIT {_XIDS}(?: ONE PHASE)?)")

_FORBIDDEN: Mapping[str, tuple[HazardKind, str]] = {
    "PREPARE": (HazardKind.DYNAMIC_SQL, "send the statement itself; the driver prepares it"),
    "EXECUTE": (HazardKind.DYNAMIC_SQL, "send the statement itself"),
    "DO": (HazardKind.DYNAMIC_SQL, "send the statements one by one"),
    "DECLARE": (HazardKind.SESSION, "use the driver's server-side cursor"),
    "FETCH": (HazardKind.SESSION, "use the driver's server-side cursor"),
    "MOVE": (HazardKind.SESSION, "use the driver's server-side cursor"),
    "HANDLER": (HazardKind.SYSTEM, "use SELECT"),
    "LISTEN": (HazardKind.SESSION, "notifications are not governed"),
    "UNLISTEN": (HazardKind.SESSION, "notifications are not governed"),
    "NOTIFY": (HazardKind.SESSION, "notifications are not governed"),
    "LOCK": (HazardKind.LOCK, "use SELECT ... FOR UPDATE"),
    "UNLOCK": (HazardKind.LOCK, "locks end with the transaction"),
    "LOAD": (HazardKind.FILE, "insert the rows"),
    "IMPORT": (HazardKind.FILE, "insert the rows"),
    "ATTACH": (HazardKind.FILE, "open the other database by a connection of its own"),
    "DETACH": (HazardKind.FILE, "open the other database by a connection of its own"),
    "DISCARD": (HazardKind.SESSION, "close the connection instead"),
    "RESET": (HazardKind.SESSION, "close the connection instead"),
    "USE": (HazardKind.SESSION, "open a connection to that database"),
    "SET": (HazardKind.SESSION, "settings that change how statements are read or run are pinned"),
    "SHOW": (HazardKind.SYSTEM, "this SHOW can hold values or credentials"),
    "PRAGMA": (HazardKind.SESSION, "this pragma changes the database or the session"),
    "CALL": (HazardKind.ROUTINE, "a policy rule may list the routine: functions: [name]"),
    "VACUUM": (HazardKind.SERVER, "maintenance is done by a person with the raw driver"),
    "ANALYZE": (HazardKind.SERVER, "maintenance is done by a person with the raw driver"),
    "REINDEX": (HazardKind.SERVER, "maintenance is done by a person with the raw driver"),
    "CLUSTER": (HazardKind.SERVER, "maintenance is done by a person with the raw driver"),
    "CHECKPOINT": (HazardKind.SERVER, "maintenance is done by a person with the raw driver"),
    "OPTIMIZE": (HazardKind.SERVER, "maintenance is done by a person with the raw driver"),
    "REPAIR": (HazardKind.SERVER, "maintenance is done by a person with the raw driver"),
    "CHECK": (HazardKind.SERVER, "maintenance is done by a person with the raw driver"),
    "CHECKSUM": (HazardKind.SERVER, "maintenance is done by a person with the raw driver"),
    "FLUSH": (HazardKind.SERVER, "maintenance is done by a person with the raw driver"),
    "KILL": (HazardKind.SERVER, "cancel through the driver"),
    "SHUTDOWN": (HazardKind.SERVER, "administration is not done through governed connections"),
    "INSTALL": (HazardKind.SERVER, "administration is not done through governed connections"),
    "UNINSTALL": (HazardKind.SERVER, "administration is not done through governed connections"),
    "CHANGE": (HazardKind.SERVER, "administration is not done through governed connections"),
    "PURGE": (HazardKind.SERVER, "administration is not done through governed connections"),
    "BINLOG": (HazardKind.SERVER, "administration is not done through governed connections"),
    "XA": (HazardKind.SESSION, "two-phase transactions are XA BEGIN, END, PREPARE, COMMIT, ROLLBACK 'id'"),
}
_GRANT = frozenset({"GRANT", "REVOKE", "REASSIGN"})
_DDL = frozenset({"CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME", "COMMENT", "REFRESH", "SECURITY"})
_EXPLAIN_OPTIONS = frozenset(
    """ANALYZE VERBOSE QUERY PLAN EXTENDED PARTITIONS FORMAT = JSON TRADITIONAL TREE ( ) , COSTS BUFFERS
    TIMING SUMMARY SETTINGS WAL TRUE FALSE ON OFF TEXT YAML XML GENERIC_PLAN 1 0""".split()
)
_EXPLAINED = frozenset("SELECT WITH VALUES TABLE INSERT UPDATE DELETE MERGE REPLACE".split())


def read(tree: Tree, catalog: Catalog, analyse: Analyse) -> Facts:
    """The facts of a statement that begins with no query word. Raises AnalysisError."""
    first = tree.words[0]
    sentence = " ".join(tree.words)
    if _TRANSACTION.fullmatch(sentence):
        return _plain(Kind.TRANSACTION, first)
    if first in ("EXPLAIN", "DESCRIBE", "DESC") or (first == "ANALYZE" and _explains(tree)):
        return _explain(tree, catalog, analyse)
    if first == "SHOW" and is_harmless_show(tree):
        return _plain(Kind.SETUP, "show", returns_rows=True)
    if first in ("SET", "RESET", "USE"):
        return _set(tree, first, catalog)
    if first in ("DEALLOCATE", "CLOSE") and len(tree.words) <= 3:
        return _plain(Kind.SETUP, first)
    if (tree.dialect, first) in _OF_ONE_DIALECT:
        return _OF_ONE_DIALECT[tree.dialect, first](tree)
    if first in _GRANT or _is_about_users(tree):
        return _plain(Kind.GRANT, " ".join(tree.words[:2]))
    if first in _DDL:
        return ddl.read(tree, catalog, analyse)
    if first == "COPY" and tree.dialect is Dialect.POSTGRES:
        return copying.read(tree, catalog, analyse)
    return _forbidden(tree, first)


def _set(tree: Tree, first: str, catalog: Catalog) -> Facts:
    if is_harmless_set(tree, catalog):
        return _plain(Kind.SETUP, first)
    if _is_about_users(tree):
        return _plain(Kind.GRANT, " ".join(tree.words[:2]))
    return _plain(Kind.DDL, first) if drops_checks(tree) else _forbidden(tree, first)


def _plain(kind: Kind, verb: str, *, returns_rows: bool = False) -> Facts:
    return Facts(
        kind=kind,
        kinds=frozenset({kind}),
        relations=frozenset(),
        returns_rows=returns_rows,
        verb=verb.lower(),
    )


def _two_phase(tree: Tree) -> Facts:
    """Without comments, so that whoever reads the text sees the transaction that the server sees."""
    sentence = " ".join(tree.words)
    if sentence == "XA RECOVER":
        return _plain(Kind.SETUP, "xa", returns_rows=True)
    if _XA.fullmatch(sentence) and not any(mark in tree.text for mark in ("/*", "--", "#")):
        return _plain(Kind.TRANSACTION, "xa")
    return _forbidden(tree, "XA")


def _pragma(tree: Tree) -> Facts:
    if drops_checks(tree):
        return _plain(Kind.DDL, "pragma")
    hazard = refuse_pragma(tree)
    # Which journal a file has is written into it; everything else that may be set is the session's own.
    kind = Kind.SESSION if sets_journal(tree) else Kind.SETUP
    facts = _plain(kind, "pragma", returns_rows=True)
    return attrs.evolve(facts, hazards=(hazard,)) if hazard is not None else facts


_OF_ONE_DIALECT: Mapping[tuple[Dialect, str], Callable[[Tree], Facts]] = {
    (Dialect.SQLITE, "PRAGMA"): _pragma,
    (Dialect.MYSQL, "XA"): _two_phase,
}


def _describes(tree: Tree) -> bool:
    """`DESCRIBE table`, `schema.table`, `table column`; FOR CONNECTION shows what others run."""
    if tree.words[1:2] == ("FOR",):
        return False
    return len(tree.words) in (2, 3) or (len(tree.words) == 4 and tree.words[2] == ".")


def _forbidden(tree: Tree, first: str) -> Facts:
    if first not in _FORBIDDEN:
        raise AnalysisError(
            "GDB106",
            "the statement is not understood",
            position=tree.starts[0],
            help="it begins with no word that is known here",
        )
    kind, help_ = _FORBIDDEN[first]
    hazard = Hazard(kind, first.lower(), f"{first} is not permitted", tree.starts[0], help_)
    statement = Kind.CALL if first == "CALL" else Kind.SESSION
    return attrs.evolve(_plain(statement, first, returns_rows=True), hazards=(hazard,))


def _is_about_users(tree: Tree) -> bool:
    second = tree.words[1] if len(tree.words) > 1 else ""
    if second == "OR" and len(tree.words) > 3:  # CREATE OR REPLACE USER
        second = tree.words[3]
    about = ("USER", "ROLE", "GROUP", "POLICY") if tree.words[0] != "SET" else ("PASSWORD",)
    if tree.words[0] in ("CREATE", "ALTER", "DROP", "RENAME"):
        return second in about or tree.words[1:3] == ("DEFAULT", "PRIVILEGES")
    return tree.words[0] == "SET" and second in about


def _explains(tree: Tree) -> bool:
    """MariaDB's ANALYZE of a statement; ANALYZE TABLE writes statistics."""
    if tree.dialect is not Dialect.MYSQL or "TABLE" in tree.words[1:3]:
        return False
    return any(word in _EXPLAINED for word in tree.words[1:6])


def _shown_in_plan(facts: Facts) -> Facts:
    """MySQL's plans show values: it reads rows found by key while it plans, and prints them."""
    shown = (Use(column, Role.REVEAL, "EXPLAIN") for column in sorted(facts.columns))
    return attrs.evolve(facts, uses=(*facts.uses, *shown))


def _only_planned(facts: Facts) -> Facts:
    """A change that is planned and not run changes no row, and sets nothing off."""
    planned = tuple(
        attrs.evolve(one, reach=Reach.KEYED, rows=0, triggers=(), takes_along=(), is_wide=False)
        for one in facts.writes
    )
    return attrs.evolve(facts, writes=planned)


def _refuse_unmeasured(facts: Facts, tree: Tree) -> None:
    """ANALYZE runs the change and reports its plan, so that nobody is told how many rows it changed."""
    if any(write.reach is not Reach.KEYED for write in facts.writes):
        raise AnalysisError(
            "GDB108",
            "ANALYZE of a change is not accepted: how many rows it changes could not be bounded",
            position=tree.starts[0],
            help="use EXPLAIN without ANALYZE, or run the change itself",
        )


def _explain(tree: Tree, catalog: Catalog, analyse: Analyse) -> Facts:
    """A plan shows no row; but estimates and run times answer predicates, so these are governed."""
    for index, word in enumerate(tree.words[1:], 1):
        if word in _EXPLAINED:
            inner = analyse(tree, index, catalog)
            if "ANALYZE" in tree.words[:index]:
                _refuse_unmeasured(inner, tree)
            else:
                inner = _only_planned(inner)
            if tree.dialect is Dialect.MYSQL:
                inner = _shown_in_plan(inner)
            return attrs.evolve(
                inner,
                kind=Kind.EXPLAIN,
                kinds=inner.kinds | {Kind.EXPLAIN},
                outputs=(),
                returns_rows=True,
                verb="explain",
            )
        if word not in _EXPLAIN_OPTIONS:
            break
    if tree.dialect is Dialect.MYSQL and _describes(tree):
        return _plain(Kind.SETUP, "describe", returns_rows=True)
    raise AnalysisError("GDB106", "this EXPLAIN is not understood", position=tree.starts[0])
