"""SET, SHOW and PRAGMA: which are harmless, by dialect and exact shape."""

from __future__ import annotations

import re

from governed_db.model.catalog import Dialect
from governed_db.model.statement import Hazard, HazardKind
from governed_db.sql.parse import Tree

_VALUE = r"(?:-?[ ]?\d[\d.]*|'[^']*'|\"[^\"]*\"|`[^`]*`|[A-Z_][A-Z0-9_]*|\$1|\?)"

_POSTGRES_SET = re.compile(
    rf"""SET\ (?:SESSION\ |LOCAL\ )?(?:
        (?:STATEMENT_TIMEOUT|LOCK_TIMEOUT|IDLE_IN_TRANSACTION_SESSION_TIMEOUT|APPLICATION_NAME|DATESTYLE
          |TIMEZONE|INTERVALSTYLE|EXTRA_FLOAT_DIGITS|DEFAULT_TRANSACTION_ISOLATION|WORK_MEM|JIT
          |DEFAULT_TRANSACTION_READ_ONLY|BYTEA_OUTPUT|STANDARD_CONFORMING_STRINGS\ (?:=|TO)\ ON
          |GEQO|RANDOM_PAGE_COST|ENABLE_[A-Z]+)
        (?:\ (?:=|TO)\ {_VALUE}(?:\ ,\ {_VALUE})*)?
      | TIME\ ZONE\ {_VALUE}
      | (?:CLIENT_ENCODING|NAMES)\ (?:=\ |TO\ )?'?UTF-?8'?
      | (?:CHARACTERISTICS\ AS\ )?TRANSACTION\ [A-Z\ ,]+
      | CONSTRAINTS\ [A-Z\ ,_.]+)""",
    re.VERBOSE,
)
_MYSQL_SET = re.compile(
    rf"""SET\ (?:
        (?:SESSION\ |LOCAL\ |@\ @\ (?:SESSION\ \.\ )?)?
        (?:AUTOCOMMIT|WAIT_TIMEOUT|INTERACTIVE_TIMEOUT|NET_READ_TIMEOUT|NET_WRITE_TIMEOUT|TIME_ZONE
          |INNODB_LOCK_WAIT_TIMEOUT|LOCK_WAIT_TIMEOUT|MAX_STATEMENT_TIME|GROUP_CONCAT_MAX_LEN
          |SQL_SAFE_UPDATES|TX_ISOLATION|TRANSACTION_ISOLATION|SQL_AUTO_IS_NULL)
        \ =\ {_VALUE}
      | NAMES\ '?(?:UTF8|UTF8MB4|UTF8MB3)'?(?:\ COLLATE\ '?UTF8[A-Z0-9_]+'?)?
      | (?:SESSION\ )?TRANSACTION\ [A-Z\ ,]+)""",
    re.VERBOSE,
)
_POSTGRES_SHOW = re.compile(r"SHOW (?:TRANSACTION ISOLATION LEVEL|TIME ZONE|[A-Z_]+(?: \. [A-Z_]+)?)")
_NAME = r"(?:`[^`]+`|\"[^\"]+\"|\w+)"
_MYSQL_SHOW = re.compile(
    rf"""SHOW\ (?:
        (?:FULL\ )?(?:TABLES|COLUMNS|FIELDS)(?:\ (?:FROM|IN)\ {_NAME}(?:\ \.\ {_NAME})?){{0,2}}
      | TABLE\ STATUS(?:\ (?:FROM|IN)\ {_NAME})?
      | (?:INDEX|INDEXES|KEYS)(?:\ (?:FROM|IN)\ {_NAME}(?:\ \.\ {_NAME})?){{1,2}}
      | (?:DATABASES|SCHEMAS|ENGINES|STORAGE\ ENGINES|COLLATION|CHARSET|CHARACTER\ SET|PLUGINS)
      | (?:GLOBAL\ |SESSION\ )?(?:VARIABLES|STATUS)
      | (?:TRIGGERS|EVENTS)(?:\ (?:FROM|IN)\ {_NAME})?
      | (?:FUNCTION|PROCEDURE)\ STATUS
      | CREATE\ (?:TABLE|VIEW|DATABASE|SCHEMA|TRIGGER|FUNCTION|PROCEDURE|EVENT)
          \ {_NAME}(?:\ \.\ {_NAME})?
      )(?:\ LIKE\ (?:'[^']*'|\?))?""",
    re.VERBOSE,
)

_READ_PRAGMAS = frozenset(
    """table_info table_xinfo table_list index_list index_info index_xinfo foreign_key_list
    foreign_key_check database_list function_list collation_list module_list pragma_list
    compile_options integrity_check quick_check""".split()
)
_READ_ONLY_PRAGMAS = frozenset(
    """user_version schema_version application_id encoding page_count page_size freelist_count
    journal_mode synchronous cache_size busy_timeout foreign_keys auto_vacuum locking_mode
    data_version max_page_count temp_store recursive_triggers read_uncommitted query_only
    wal_autocheckpoint mmap_size journal_size_limit secure_delete threads""".split()
)
_SETTABLE_PRAGMAS = {
    "foreign_keys": ("ON", "1", "TRUE", "YES"),
    "busy_timeout": None,
    "cache_size": None,
    "query_only": ("ON", "1", "TRUE", "YES"),
    "journal_mode": ("WAL", "DELETE", "'WAL'"),
    "synchronous": ("NORMAL", "FULL", "EXTRA", "1", "2", "3"),
    "temp_store": None,
    "mmap_size": None,
}


def is_harmless_set(tree: Tree) -> bool:
    """Whether a SET changes only how long, where and how isolated statements run."""
    sentence = " ".join(tree.words)
    if tree.dialect is Dialect.POSTGRES:
        return _POSTGRES_SET.fullmatch(sentence) is not None
    return tree.dialect is Dialect.MYSQL and _MYSQL_SET.fullmatch(sentence) is not None


def is_harmless_show(tree: Tree) -> bool:
    """Whether a SHOW tells structure or settings."""
    sentence = " ".join(tree.words)
    if tree.dialect is Dialect.POSTGRES:
        return sentence != "SHOW ALL" and _POSTGRES_SHOW.fullmatch(sentence) is not None
    return tree.dialect is Dialect.MYSQL and _MYSQL_SHOW.fullmatch(sentence) is not None


def refuse_pragma(tree: Tree) -> Hazard | None:
    """Why a pragma is refused; None for those that describe, and settings that harm nobody."""
    words = tree.words[1:]
    if len(words) > 2 and words[1] == ".":
        words = words[2:]
    name, rest = words[0].lower() if words else "", words[1:]
    if name in _READ_PRAGMAS or (name in _READ_ONLY_PRAGMAS and not rest):
        return None
    value = rest[1] if len(rest) in (2, 3) and rest[0] in ("=", "(") else None
    if value is None and len(rest) == 3 and rest[:2] == ("=", "-"):
        value = rest[2]
    if name in _SETTABLE_PRAGMAS and value is not None:
        allowed = _SETTABLE_PRAGMAS[name]
        if allowed is None or value in allowed:
            return None
    return Hazard(
        HazardKind.SESSION,
        f"pragma {name}",
        "this pragma changes the database or the session",
        tree.starts[0],
        "pragmas that describe tables may be used",
    )
