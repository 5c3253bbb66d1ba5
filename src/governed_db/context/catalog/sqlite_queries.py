"""The queries that tell what a SQLite connection (3.37 or later) sees."""

from __future__ import annotations

from collections.abc import Iterable

DATABASES = "PRAGMA database_list"

# Modes that change how a statement is read or what it does. A PRAGMA that a build leaves out has no row.
MODES = [
    "foreign_keys",
    "recursive_triggers",
    "encoding",
    "defer_foreign_keys",
    "trusted_schema",
    "ignore_check_constraints",
    "writable_schema",
    "query_only",
    "read_uncommitted",
    "reverse_unordered_selects",
    "legacy_alter_table",
    "full_column_names",
    "short_column_names",
    "cell_size_check",
]
SESSION = f"SELECT sqlite_version(), {', '.join(f'(SELECT * FROM pragma_{mode})' for mode in MODES)}"

# Listing them first makes SQLite compute the columns of views; a broken view has none (ncol = 0) and
# would turn the whole of the next query into an error.
RELATIONS = "SELECT schema, name, type FROM pragma_table_list"

# CROSS JOIN keeps the order: the planner may else call a PRAGMA before its argument is known, and the
# answer is then empty instead of wrong enough to be noticed (three PRAGMAs in a row, 3.40).
COLUMNS = """SELECT t.schema, t.name, c.name, c.type, c."notnull", c.pk, c.hidden
    FROM pragma_table_list AS t CROSS JOIN pragma_table_xinfo(t.name, t.schema) AS c
    WHERE t.ncol > 0 ORDER BY t.schema, t.name, c.cid"""

INDEXES = """SELECT t.schema, t.name, i.name, i.origin, c.name, c.coll
    FROM pragma_table_list AS t CROSS JOIN pragma_index_list(t.name, t.schema) AS i
    CROSS JOIN pragma_index_xinfo(i.name, t.schema) AS c
    WHERE t.type = 'table' AND i."unique" AND NOT i.partial AND c.key
    ORDER BY t.schema, t.name, i.name, c.seqno"""

REFERENCES = """SELECT t.schema, t.name, k.id, k."table", k.on_update, k.on_delete, k."from", k."to"
    FROM pragma_table_list AS t CROSS JOIN pragma_foreign_key_list(t.name, t.schema) AS k
    WHERE t.type = 'table' ORDER BY t.schema, t.name, k.id, k.seq"""


def schema_version(schema: str) -> str:
    return f"PRAGMA {_name(schema)}.schema_version"


def texts(schemas: Iterable[str]) -> str:
    """The CREATE texts of all schemas."""
    return " UNION ALL ".join(
        f"SELECT {_literal(schema)}, type, name, tbl_name, sql FROM {_name(schema)}."
        f"{'sqlite_temp_master' if schema == 'temp' else 'sqlite_master'}"
        for schema in schemas
    )


def _name(schema: str) -> str:
    return '"' + schema.replace('"', '""') + '"'


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
