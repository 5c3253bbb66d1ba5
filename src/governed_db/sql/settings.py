"""SET, SHOW and PRAGMA: which are harmless, by dialect and exact shape."""

from __future__ import annotations

import re

from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.statement import Hazard, HazardKind
from governed_db.sql.parse import Tree

_VALUE = r"(?:-?[ ]?\d[\d.]*|'[^']*'|\"[^\"]*\"|`[^`]*`|[A-Z_][A-Z0-9_]*|\$1|\?)"

# How long, how fast and in what form: none of these changes what a statement means, or what it may do.
_POSTGRES_HARMLESS = r"""(?:STATEMENT_TIMEOUT|LOCK_TIMEOUT|IDLE_IN_TRANSACTION_SESSION_TIMEOUT
          |APPLICATION_NAME|DATESTYLE|TIMEZONE|INTERVALSTYLE|EXTRA_FLOAT_DIGITS|BYTEA_OUTPUT
          |DEFAULT_TRANSACTION_ISOLATION|DEFAULT_TRANSACTION_DEFERRABLE
          |WORK_MEM|HASH_MEM_MULTIPLIER|TEMP_BUFFERS|MAINTENANCE_WORK_MEM|EFFECTIVE_CACHE_SIZE
          |EFFECTIVE_IO_CONCURRENCY|JIT(?:_[A-Z_]+)?|GEQO|[A-Z_]+_PAGE_COST|CPU_[A-Z_]+_COST
          |PARALLEL_[A-Z_]+_COST|MAX_PARALLEL_WORKERS(?:_PER_GATHER)?|MAX_PARALLEL_MAINTENANCE_WORKERS
          |(?:JOIN|FROM)_COLLAPSE_LIMIT|CURSOR_TUPLE_FRACTION|CONSTRAINT_EXCLUSION|PLAN_CACHE_MODE
          |DEFAULT_STATISTICS_TARGET|ENABLE_[A-Z_]+|LC_(?:MONETARY|NUMERIC|TIME)|XMLOPTION
          |ESCAPE_STRING_WARNING|DEFAULT_TEXT_SEARCH_CONFIG)"""
_POSTGRES_SET = re.compile(
    rf"""SET\ (?:SESSION\ |LOCAL\ )?(?:
        {_POSTGRES_HARMLESS}(?:\ (?:=|TO)\ {_VALUE}(?:\ ,\ {_VALUE})*)
      | STANDARD_CONFORMING_STRINGS\ (?:=|TO)\ '?ON'?
      | DEFAULT_TRANSACTION_READ_ONLY\ (?:=|TO)\ '?(?:ON|TRUE|YES|1)'?
      | CLIENT_MIN_MESSAGES\ (?:=|TO)\ '?(?:NOTICE|WARNING|ERROR)'?
      | TIME\ ZONE\ {_VALUE}
      | (?:CLIENT_ENCODING|NAMES)\ (?:=\ |TO\ )?'?UTF-?8'?
      | (?:CHARACTERISTICS\ AS\ )?TRANSACTION\ (?!.*WRITE)[A-Z\ ,]+
      | CONSTRAINTS\ [A-Z\ ,_.]+)""",
    re.VERBOSE,
)
_POSTGRES_RESET = re.compile(rf"RESET\ (?:{_POSTGRES_HARMLESS}|TIME\ ZONE)", re.VERBOSE)
_MYSQL_ONE = rf"""(?:SESSION\ |LOCAL\ |@\ @\ (?:(?:SESSION|LOCAL)\ \.\ )?)?
        (?:(?:AUTOCOMMIT|WAIT_TIMEOUT|INTERACTIVE_TIMEOUT|NET_READ_TIMEOUT|NET_WRITE_TIMEOUT|TIME_ZONE
          |INNODB_LOCK_WAIT_TIMEOUT|LOCK_WAIT_TIMEOUT|MAX_STATEMENT_TIME|GROUP_CONCAT_MAX_LEN
          |TX_ISOLATION|TRANSACTION_ISOLATION|SQL_AUTO_IS_NULL|SQL_BIG_SELECTS
          |OPTIMIZER_SWITCH|OPTIMIZER_SEARCH_DEPTH|JOIN_BUFFER_SIZE|SORT_BUFFER_SIZE|TMP_TABLE_SIZE
          |MAX_HEAP_TABLE_SIZE|LC_TIME_NAMES)\ =\ {_VALUE}
          |(?:FOREIGN_KEY_CHECKS|UNIQUE_CHECKS|SQL_SAFE_UPDATES)\ =\ (?:1|ON))"""
_MYSQL_SET = re.compile(
    rf"""SET\ (?:
        {_MYSQL_ONE}(?:\ ,\ {_MYSQL_ONE})*
      | NAMES\ '?(?:UTF8|UTF8MB4|UTF8MB3)'?(?:\ COLLATE\ '?UTF8[A-Z0-9_]+'?)?
      | (?:SESSION\ )?TRANSACTION\ (?!.*WRITE)[A-Z\ ,]+)""",
    re.VERBOSE,
)
_MYSQL_UNCHECKED = re.compile(
    r"SET (?:SESSION |@ @ (?:SESSION \. )?)?(?:FOREIGN_KEY_CHECKS|UNIQUE_CHECKS) = (?:0|OFF)"
)
_SQL_MODE = re.compile(r"SET (?:SESSION |@ @ (?:SESSION \. )?)?SQL_MODE = ['\"]([A-Z_, ]*)['\"]")
# How values are checked, never how text is read; they stay those of the snapshot.
_PLAIN_MODES = frozenset(
    """STRICT_TRANS_TABLES STRICT_ALL_TABLES ERROR_FOR_DIVISION_BY_ZERO NO_AUTO_CREATE_USER TRADITIONAL
    NO_ENGINE_SUBSTITUTION NO_ZERO_DATE NO_ZERO_IN_DATE NO_AUTO_VALUE_ON_ZERO ONLY_FULL_GROUP_BY""".split()
) | {""}
# Not where the server's files lie, and how it signs in elsewhere.
_POSTGRES_SHOW = re.compile(
    r"SHOW (?!\w*(?:_FILE|_DIRECTORY|DIRECTORIES|_COMMAND|CONNINFO|_LIBRARIES|DYNAMIC_LIBRARY_PATH)\b)"
    r"(?:TRANSACTION ISOLATION LEVEL|TIME ZONE|[A-Z_]+(?: \. [A-Z_]+)?)"
)
_NAME = r"(?:`[^`]+`|\"[^\"]+\"|\w+)"
# Conditions on what is shown, without calls and sub-queries: those could read anything.
_TEST = rf"""(?:NOT\ )?(?:{_NAME}\ (?:=|!=|<>|LIKE|NOT\ LIKE|<\ >|!\ =)\ (?:'[^']*'|\"[^\"]*\"|\?)
        |{_NAME}\ (?:NOT\ )?IN\ \(\ (?:'[^']*'|\"[^\"]*\"|\?)(?:\ ,\ (?:'[^']*'|\"[^\"]*\"|\?))*\ \))"""
_MYSQL_SHOW = re.compile(
    rf"""SHOW\ (?:
        (?:FULL\ )?(?:TABLES|COLUMNS|FIELDS)(?:\ (?:FROM|IN)\ {_NAME}(?:\ \.\ {_NAME})?){{0,2}}
      | TABLE\ STATUS(?:\ (?:FROM|IN)\ {_NAME})?
      | (?:INDEX|INDEXES|KEYS)(?:\ (?:FROM|IN)\ {_NAME}(?:\ \.\ {_NAME})?){{1,2}}
      | (?:DATABASES|SCHEMAS|ENGINES|STORAGE\ ENGINES|COLLATION|CHARSET|CHARACTER\ SET|PLUGINS)
      | (?:GLOBAL\ |SESSION\ )?(?:VARIABLES|STATUS)
      | (?:TRIGGERS|EVENTS)(?:\ (?:FROM|IN)\ {_NAME})?
      | (?:FUNCTION|PROCEDURE)\ STATUS
      | PRIVILEGES
      | CREATE\ (?:TABLE|VIEW|DATABASE|SCHEMA|TRIGGER|FUNCTION|PROCEDURE|EVENT|SEQUENCE)
          \ {_NAME}(?:\ \.\ {_NAME})?
      )(?:\ LIKE\ (?:'[^']*'|\?)|\ WHERE\ {_TEST}(?:\ (?:AND|OR)\ {_TEST})*)?""",
    re.VERBOSE,
)

_READ_PRAGMAS = frozenset(
    """table_info table_xinfo table_list index_list index_info index_xinfo foreign_key_list
    foreign_key_check database_list function_list collation_list module_list pragma_list
    compile_options integrity_check quick_check wal_checkpoint""".split()
)
_READ_ONLY_PRAGMAS = frozenset(
    """user_version schema_version application_id encoding page_count page_size freelist_count
    journal_mode synchronous cache_size busy_timeout foreign_keys auto_vacuum locking_mode
    data_version max_page_count temp_store recursive_triggers read_uncommitted query_only
    wal_autocheckpoint mmap_size journal_size_limit secure_delete threads automatic_index analysis_limit
    defer_foreign_keys legacy_alter_table trusted_schema""".split()
)
_SETTABLE_PRAGMAS = {
    "foreign_keys": ("ON", "1", "TRUE", "YES"),
    "busy_timeout": None,
    "cache_size": None,
    "query_only": ("ON", "1", "TRUE", "YES"),
    "journal_mode": ("WAL", "DELETE", "'WAL'"),
    "synchronous": ("NORMAL", "FULL", "EXTRA", "1", "2", "3"),
    "temp_store": None,
    "threads": None,
    "analysis_limit": None,
    "automatic_index": None,
    "defer_foreign_keys": ("ON", "1", "TRUE", "YES"),
    "locking_mode": ("NORMAL",),
    "mmap_size": None,
    "legacy_alter_table": ("OFF", "0", "FALSE", "NO"),
    "read_uncommitted": None,  # how ORMs choose an isolation level
}


def is_harmless_set(tree: Tree, catalog: Catalog) -> bool:
    """Whether a SET, RESET or USE changes only how long, where and how isolated statements run."""
    sentence = _sentence(tree)
    if tree.dialect is Dialect.POSTGRES:
        pattern = _POSTGRES_RESET if tree.words[0] == "RESET" else _POSTGRES_SET
        return pattern.fullmatch(sentence) is not None or _keeps_search_path(tree, catalog)
    if tree.dialect is not Dialect.MYSQL:
        return False
    if tree.words[0] == "USE":
        return len(tree.words) == 2 and tree.name(1) == catalog.database.lower()
    return _MYSQL_SET.fullmatch(sentence) is not None or _keeps_reading(sentence, catalog)


def _sentence(tree: Tree) -> str:
    """The words, for patterns that take a quote for the end of a text: a quote within one fits none."""
    return " ".join("\0" if _holds_quote(word) else word for word in tree.words)


def _holds_quote(word: str) -> bool:
    return word[0] in "'\"`" and word[0] in word[1:-1]


def _keeps_reading(sentence: str, catalog: Catalog) -> bool:
    """Whether an sql_mode is set that, as the one before it, leaves SQL's meaning as it is."""
    found = _SQL_MODE.fullmatch(sentence)
    if found is None:
        return False
    asked = {mode.strip() for mode in found.group(1).split(",")}
    return asked | set(catalog.modes.get("sql_mode", "").upper().split(",")) <= _PLAIN_MODES


def _keeps_search_path(tree: Tree, catalog: Catalog) -> bool:
    """Whether names are looked up where they are looked up now (ORMs say so when they connect)."""
    words = [word for word in tree.words if word not in ("SESSION", "LOCAL")]
    if words[:2] != ["SET", "SEARCH_PATH"] or words[2:3] not in (["TO"], ["="]):
        return False
    first = tree.words.index("SEARCH_PATH") + 2
    names = [tree.name(i) for i in range(first, len(tree.words)) if tree.words[i] != ","]
    named = [name.strip("'") for name in names]
    implied = {"pg_catalog", catalog.modes.get("temp_schema", "")}
    return named == [schema for schema in catalog.search_path if schema not in implied or schema in named]


def is_harmless_show(tree: Tree) -> bool:
    """Whether a SHOW tells structure or settings."""
    sentence = _sentence(tree)
    if tree.dialect is Dialect.POSTGRES:
        return sentence != "SHOW ALL" and _POSTGRES_SHOW.fullmatch(sentence) is not None
    return tree.dialect is Dialect.MYSQL and _MYSQL_SHOW.fullmatch(sentence) is not None


def drops_checks(tree: Tree) -> bool:
    """`PRAGMA foreign_keys = OFF`, `SET foreign_key_checks = 0`: migrations and test runners begin with it.

    Like dropping the constraints.
    """
    if tree.dialect is Dialect.MYSQL:
        return _MYSQL_UNCHECKED.fullmatch(" ".join(tree.words)) is not None
    return tree.words[1:] in (("FOREIGN_KEYS", "=", "OFF"), ("FOREIGN_KEYS", "=", "0"))


def sets_journal(tree: Tree) -> bool:
    """`PRAGMA journal_mode = WAL`, with or without the name of a schema."""
    return "JOURNAL_MODE" in tree.words[1:4] and tree.words[-1] != "JOURNAL_MODE"


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
