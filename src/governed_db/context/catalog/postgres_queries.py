"""The queries that tell what a PostgreSQL database (12 or later) contains.

Every relation and function is written with pg_catalog: a temporary table called pg_class would be
found first otherwise. Nothing here changes the session: no SET, no set_config, no transaction.
Results are text, numbers and JSON, so that raw libpq rows in text format can be read.
"""

from __future__ import annotations

# What a statement of this session can name: all schemas but TOAST and other sessions' temporary ones.
_NAMEABLE = """(pg_catalog.left(n.nspname::pg_catalog.text, 3) <> 'pg_' OR n.nspname = 'pg_catalog'
                OR n.oid = pg_catalog.pg_my_temp_schema())"""
# Objects made after initdb, by anyone; their oids begin here (FirstNormalObjectId), also after wraparound.
_USERS = "16384"

# Row versions are told apart by (xmin, ctid): both rows of two changes in one transaction differ, and
# a rollback brings the old value back. pg_class is read by content instead, because TRUNCATE, REFRESH
# MATERIALIZED VIEW and CLUSTER write new versions of it that mean nothing here.
_VERSION = "pg_catalog.hashtextextended(x.xmin::pg_catalog.text || x.ctid::pg_catalog.text, {seed})"
_PER_RELATION = (
    ("pg_attribute", "attrelid", " AND x.attnum > 0"),
    ("pg_attrdef", "adrelid", ""),
    ("pg_index", "indrelid", ""),
    ("pg_constraint", "conrelid", ""),
    ("pg_trigger", "tgrelid", ""),
    ("pg_rewrite", "ev_class", ""),
    ("pg_inherits", "inhrelid", ""),
)
_STANDALONE = (("pg_proc", "pronamespace"), ("pg_type", "typnamespace"))


def _relations_hash() -> str:
    return """(SELECT pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(':', r.oid, r.relname,
        r.relnamespace, r.relkind, r.relhassubclass, r.relrowsecurity), 0)) FROM r)"""


def _versions_hash(table: str, relation: str, more: str, seed: int) -> str:
    version = _VERSION.format(seed=seed)
    return f"""(SELECT pg_catalog.sum({version}) FROM pg_catalog.{table} x JOIN r ON r.oid = x.{relation}
        WHERE x.{relation} >= {_USERS}{more})"""


def _standalone_hash(table: str, namespace: str, seed: int) -> str:
    # Row types of other sessions' temporary tables live in pg_temp schemas: not ours to see.
    version = _VERSION.format(seed=seed)
    return f"""(SELECT pg_catalog.sum({version}) FROM pg_catalog.{table} x JOIN n ON n.oid = x.{namespace}
        WHERE x.oid >= {_USERS})"""


def _epoch() -> str:
    hashes = [_relations_hash()]
    hashes += [_versions_hash(*each, seed) for seed, each in enumerate(_PER_RELATION, 1)]
    hashes += [_standalone_hash(*each, seed) for seed, each in enumerate(_STANDALONE, 20)]
    return f"""WITH n AS MATERIALIZED (SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n
            WHERE {_NAMEABLE}),
        r AS MATERIALIZED (SELECT c.oid, c.relname, c.relnamespace, c.relkind, c.relhassubclass,
            c.relrowsecurity FROM pg_catalog.pg_class c JOIN n ON n.oid = c.relnamespace
            WHERE c.oid >= {_USERS})
        SELECT pg_catalog.concat_ws('/', pg_catalog.current_schemas(true)::pg_catalog.text,
            (SELECT pg_catalog.sum(
                pg_catalog.hashtextextended(pg_catalog.concat_ws(':', n.oid, n.nspname), 9))
             FROM n),
            {", ".join(f"COALESCE({each}, 0)" for each in hashes)})"""


EPOCH = _epoch()

# Modes that change how a statement is read, what it may do, or how values come back.
MODES = [
    "standard_conforming_strings",
    "backslash_quote",
    "escape_string_warning",
    "client_encoding",
    "server_encoding",
    "search_path",
    "session_authorization",
    "role",
    "is_superuser",
    "default_transaction_read_only",
    "transaction_read_only",
    "transaction_isolation",
    "bytea_output",
    "row_security",
    "transform_null_equals",
    "array_nulls",
    "quote_all_identifiers",
    "DateStyle",
    "IntervalStyle",
    "TimeZone",
    "xmloption",
    "session_replication_role",
    "lo_compat_privileges",
]

_SETTINGS = ", ".join(f"'{mode}', pg_catalog.current_setting('{mode}', true)" for mode in MODES)

SESSION = f"""SELECT pg_catalog.current_setting('server_version'),
    pg_catalog.current_setting('server_version_num'),
    pg_catalog.current_database(),
    pg_catalog.array_to_json(pg_catalog.current_schemas(true)),
    (SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.oid = pg_catalog.pg_my_temp_schema()),
    session_user, current_user,
    pg_catalog.json_build_object({_SETTINGS}),
    ({EPOCH})"""

_COLUMNS = """(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attname,
        pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
        CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END) ORDER BY a.attnum)
    FROM pg_catalog.pg_attribute a
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)"""

# Definitions are rendered under the session's search_path: a name is left bare exactly when it is
# found there, so it must be looked up there again. Locks: AccessShare on what the views read.
RELATIONS = f"""SELECT n.nspname, c.relname, c.relkind, c.relpersistence = 't',
    n.nspname IN ('pg_catalog', 'information_schema'),
    CASE WHEN c.relkind IN ('v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        THEN pg_catalog.pg_get_viewdef(c.oid, true) END,
    {_COLUMNS}
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND {_NAMEABLE}"""

_NAMES = """(SELECT pg_catalog.json_agg(a.attname ORDER BY u.n)
    FROM pg_catalog.unnest({keys}) WITH ORDINALITY AS u(attnum, n)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = {relation} AND a.attnum = u.attnum)"""

# A deferrable key can hold twice for a moment, a partial or expression index never binds a whole
# column, an exclusion constraint compares with other operators than =. Keys of a partitioned table hold
# for all partitions, those of an inherited table do not hold for its children.
_IS_KEY = """(i.indisunique AND i.indisvalid AND i.indisready AND i.indimmediate AND NOT i.indisexclusion
    AND i.indpred IS NULL AND i.indexprs IS NULL AND (o.relkind = 'p' OR NOT o.relhassubclass))"""
_UNIQUE = f"""SELECT 'unique' AS what, i.indrelid AS relation,
    {_NAMES.format(keys="(i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1]", relation="i.indrelid")} AS said
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class o ON o.oid = i.indrelid
    WHERE {_IS_KEY} AND i.indrelid >= {_USERS}"""

# What is no such key keeps rows apart all the same.
_APART = f"""SELECT 'apart', i.indrelid, pg_catalog.to_json(
    pg_catalog."substring"(pg_catalog.pg_get_indexdef(i.indexrelid), ' USING (.*)'))
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class o ON o.oid = i.indrelid
    WHERE (i.indisunique OR i.indisexclusion) AND NOT {_IS_KEY} AND i.indrelid >= {_USERS}"""

_FOREIGN = f"""SELECT 'foreign', k.conrelid, pg_catalog.json_build_array(
    {_NAMES.format(keys="k.conkey", relation="k.conrelid")}, rn.nspname, rc.relname,
    {_NAMES.format(keys="k.confkey", relation="k.confrelid")}, k.confdeltype, k.confupdtype)
    FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class rc ON rc.oid = k.confrelid
    JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace WHERE k.contype = 'f'"""

_TRIGGER = """SELECT 'trigger', t.tgrelid, pg_catalog.json_build_array(t.tgname, t.tgtype,
    CASE WHEN l.lanname IN ('sql', 'plpgsql') THEN p.prosrc END)
    FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'"""

# A rule other than a view's own (_RETURN) rewrites what a write does: to us it is a trigger.
_RULE = f"""SELECT 'rule', w.ev_class, pg_catalog.json_build_array(w.rulename, w.ev_type,
    pg_catalog.pg_get_ruledef(w.oid, true))
    FROM pg_catalog.pg_rewrite w WHERE w.ev_type <> '1' AND w.ev_enabled <> 'D' AND w.oid >= {_USERS}"""

_CHECK = f"""SELECT 'check', k.conrelid, pg_catalog.to_json(pg_catalog.pg_get_constraintdef(k.oid))
    FROM pg_catalog.pg_constraint k WHERE k.contype = 'c' AND k.conrelid >= {_USERS}"""

# A partition's own text names the columns of all partitioned tables above it.
_PARTITION = f"""SELECT 'partition', c.oid, pg_catalog.to_json(CASE WHEN c.relkind = 'p'
        THEN pg_catalog.pg_get_partkeydef(c.oid) ELSE pg_catalog.pg_get_partition_constraintdef(c.oid) END)
    FROM pg_catalog.pg_class c WHERE (c.relkind = 'p' OR c.relispartition) AND c.oid >= {_USERS}
        AND c.relkind IN ('r', 'p', 'f')"""

# Two sets that are hashed: EXISTS over both would compare each type with each column (150 tables: 0.2 s).
_USED_TYPES = f"""(SELECT u.atttypid FROM pg_catalog.pg_attribute u
    WHERE u.attnum > 0 AND u.atttypid >= {_USERS})"""

_COMPOSITE = f"""SELECT 'composite', t.typrelid, pg_catalog.json_build_array(
    pg_catalog.format_type(t.oid, NULL), (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attname,
        pg_catalog.format_type(a.atttypid, a.atttypmod), false, NULL) ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
    FROM pg_catalog.pg_type t WHERE t.typtype = 'c' AND t.oid >= {_USERS}
        AND (t.oid IN {_USED_TYPES} OR t.typarray IN {_USED_TYPES})"""

_PARENT = """SELECT 'parent', h.inhrelid, pg_catalog.json_build_array(pn.nspname, pc.relname)
    FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class pc ON pc.oid = h.inhparent
    JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace WHERE pc.relkind IN ('r', 'p', 'f')"""

DETAILS = f"""SELECT d.what, n.nspname, c.relname, d.said FROM (
    {_UNIQUE} UNION ALL {_FOREIGN} UNION ALL {_TRIGGER} UNION ALL {_RULE} UNION ALL {_PARENT}
    UNION ALL {_CHECK} UNION ALL {_PARTITION} UNION ALL {_COMPOSITE} UNION ALL {_APART}) d
    JOIN pg_catalog.pg_class c ON c.oid = d.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE {_NAMEABLE}
    ORDER BY d.what, n.nspname, c.relname, d.said::pg_catalog.text"""


def routines(version: int) -> str:
    """Functions and procedures of users; from 14 on a body may be stored as a parsed tree."""
    body = "p.prosrc"
    if version >= 140000:
        body = "COALESCE(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc)"
    return f"""SELECT n.nspname, p.proname, l.lanname, p.provolatile, p.prokind,
        CASE WHEN l.lanname IN ('sql', 'plpgsql') THEN {body} END,
        (SELECT e.extname FROM pg_catalog.pg_depend d
            JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
            WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
                AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e')
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        JOIN pg_catalog.pg_language l ON l.oid = p.prolang
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND {_NAMEABLE}
        ORDER BY n.nspname, p.proname, p.oid"""
