"""The queries that tell what a MariaDB or MySQL server shows to an account.

Written so that session settings cannot bend them: strings in single quotes, no backslash, no ||, no
empty literals (sql_mode), a LIMIT on each (sql_select_limit would cut them short in silence), no
GROUP_CONCAT (group_concat_max_len likewise). They open no transaction, whatever autocommit is.
"""

from __future__ import annotations

_ALL = "LIMIT 18446744073709551615"
_SYSTEM = "('information_schema', 'mysql', 'performance_schema', 'sys')"

# Modes that change how a statement is read, what it may do, or how values come back.
MODES = [
    "sql_mode",
    "character_set_client",
    "character_set_connection",
    "character_set_results",
    "character_set_database",
    "collation_connection",
    "collation_database",
    "lower_case_table_names",
    "autocommit",
    "sql_safe_updates",
    "sql_select_limit",
    "sql_auto_is_null",
    "foreign_key_checks",
    "unique_checks",
    "time_zone",
    "default_storage_engine",
    "group_concat_max_len",
    "max_allowed_packet",
]

SESSION = f"""SELECT VERSION(), @@version_comment, DATABASE(), CURRENT_USER(),
    {", ".join(f"@@{mode}" for mode in MODES)}"""

# Temporary tables are in no catalog table before MariaDB 11.2, and they hide real ones.
TEMPORARY = "SHOW SESSION STATUS LIKE 'Com_create_temporary_table'"

RELATIONS = f"""SELECT table_schema, table_name, table_type, engine
    FROM information_schema.tables {_ALL}"""

# MySQL gives every engine a row, MariaDB too; a table of an engine that is gone has none.
ENGINES = f"SELECT engine, transactions FROM information_schema.engines {_ALL}"

COLUMNS = f"""SELECT table_schema, table_name, column_name, column_type, is_nullable, extra,
    generation_expression FROM information_schema.columns WHERE table_schema NOT IN {_SYSTEM}
    ORDER BY table_schema, table_name, ordinal_position {_ALL}"""

SYSTEM_COLUMNS = f"""SELECT table_schema, table_name, column_name, column_type, is_nullable, extra, NULL
    FROM information_schema.columns WHERE table_schema IN {_SYSTEM}
    ORDER BY table_schema, table_name, ordinal_position {_ALL}"""

# Names are always written with their schema in these.
VIEWS = f"""SELECT table_schema, table_name, view_definition
    FROM information_schema.views WHERE table_schema NOT IN {_SYSTEM} {_ALL}"""

UNIQUE = f"""SELECT table_schema, table_name, index_name, column_name
    FROM information_schema.statistics WHERE non_unique = 0 AND table_schema NOT IN {_SYSTEM}
    ORDER BY table_schema, table_name, index_name, seq_in_index {_ALL}"""

REFERENCES = f"""SELECT table_schema, table_name, constraint_name, column_name, referenced_table_schema,
    referenced_table_name, referenced_column_name
    FROM information_schema.key_column_usage
    WHERE referenced_table_name IS NOT NULL AND table_schema NOT IN {_SYSTEM}
    ORDER BY table_schema, table_name, constraint_name, ordinal_position {_ALL}"""

ACTIONS = f"""SELECT constraint_schema, table_name, constraint_name, delete_rule, update_rule
    FROM information_schema.referential_constraints WHERE constraint_schema NOT IN {_SYSTEM} {_ALL}"""

TRIGGERS = f"""SELECT event_object_schema, event_object_table, trigger_name, event_manipulation,
    action_statement FROM information_schema.triggers WHERE trigger_schema NOT IN {_SYSTEM}
    ORDER BY event_object_schema, event_object_table, trigger_name {_ALL}"""

# Names of constraints belong to a table in MariaDB, to a schema in MySQL; older servers have no such table.
CHECKS_OF_TABLES = f"""SELECT constraint_schema, table_name, check_clause
    FROM information_schema.check_constraints WHERE constraint_schema NOT IN {_SYSTEM} {_ALL}"""

CHECKS_OF_SCHEMAS = f"""SELECT t.table_schema, t.table_name, c.check_clause
    FROM information_schema.check_constraints c JOIN information_schema.table_constraints t
        ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name
    WHERE t.constraint_schema NOT IN {_SYSTEM} {_ALL}"""

PARTITIONS = f"""SELECT DISTINCT table_schema, table_name, partition_expression, subpartition_expression
    FROM information_schema.partitions
    WHERE partition_name IS NOT NULL AND table_schema NOT IN {_SYSTEM} {_ALL}"""

ROUTINES = f"""SELECT routine_schema, routine_name, routine_type, routine_body, routine_definition
    FROM information_schema.routines WHERE routine_schema NOT IN {_SYSTEM}
    ORDER BY routine_schema, routine_name, routine_type {_ALL}"""


def _hash(table: str, schema: str, columns: str, condition: str = "") -> str:
    """A number for all rows of one view of the schema; NULLs are told from texts."""
    parts = ", ".join(f"COALESCE({column}, CHAR(0))" for column in columns.split())
    return f"""(SELECT CONCAT(COUNT(*), ':', COALESCE(SUM(CRC32(CONCAT_WS(CHAR(1), {parts}))), 0))
        FROM information_schema.{table} WHERE {schema} NOT IN {_SYSTEM}{condition})"""


# CREATE_TIME is not used: it has whole seconds, and two changes within one would look like one.
_HASHES = (
    _hash("tables", "table_schema", "table_schema table_name table_type engine"),
    _hash(
        "columns",
        "table_schema",
        "table_schema table_name ordinal_position column_name column_type is_nullable extra"
        " generation_expression",
    ),
    _hash("views", "table_schema", "table_schema table_name view_definition"),
    _hash(
        "statistics",
        "table_schema",
        "table_schema table_name index_name seq_in_index column_name",
        " AND non_unique = 0",
    ),
    _hash(
        "key_column_usage",
        "table_schema",
        "table_schema table_name constraint_name column_name referenced_table_schema referenced_table_name"
        " referenced_column_name",
        " AND referenced_table_name IS NOT NULL",
    ),
    _hash(
        "referential_constraints",
        "constraint_schema",
        "constraint_schema table_name constraint_name delete_rule update_rule",
    ),
    _hash(
        "triggers",
        "trigger_schema",
        "event_object_schema event_object_table trigger_name event_manipulation action_timing"
        " action_statement",
    ),
    _hash(
        "routines",
        "routine_schema",
        "routine_schema routine_name routine_type is_deterministic security_type dtd_identifier"
        " routine_definition",
    ),
)

EPOCH = f"SELECT CONCAT_WS('/', COALESCE(DATABASE(), CHAR(0)), {', '.join(_HASHES)})"
