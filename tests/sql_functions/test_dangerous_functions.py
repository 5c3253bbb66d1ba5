"""Functions that the manuals show to reach beyond a query are never allowed."""

from __future__ import annotations

import pytest

from governed_db.model.catalog import Dialect
from governed_db.model.statement import HazardKind
from governed_db.sql.functions import forbidden, lookup, names
from governed_db.sql.functions.tables import load

# A second list, written by hand; it shares an author with the tables that are tested.
DANGEROUS = {
    (Dialect.POSTGRES, HazardKind.FILE): """
        pg_read_file pg_read_binary_file pg_ls_dir pg_ls_logdir pg_ls_waldir pg_ls_tmpdir
        pg_ls_archive_statusdir
        pg_ls_logicalsnapdir pg_ls_logicalmapdir pg_ls_replslotdir pg_stat_file pg_current_logfile
        lo_import lo_export pg_file_write pg_file_unlink pg_file_rename pg_hba_file_rules
        pg_ident_file_mappings pg_show_all_file_settings""",
    (Dialect.POSTGRES, HazardKind.NETWORK): """
        dblink dblink_connect dblink_connect_u dblink_exec dblink_send_query dblink_open dblink_fetch
        dblink_get_result postgres_fdw_get_connections http http_get http_post""",
    (Dialect.POSTGRES, HazardKind.DYNAMIC_SQL): """
        query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema
        table_to_xml table_to_xmlschema table_to_xml_and_xmlschema schema_to_xml schema_to_xmlschema
        schema_to_xml_and_xmlschema database_to_xml database_to_xmlschema database_to_xml_and_xmlschema
        ts_stat ts_rewrite xpath_table crosstab crosstab2 crosstab4 connectby""",
    (Dialect.POSTGRES, HazardKind.SESSION): """
        set_config current_setting setval setseed pg_notify pg_export_snapshot txid_current txid_status
        pg_current_xact_id pg_logical_emit_message pg_replication_origin_session_setup""",
    (Dialect.POSTGRES, HazardKind.LOCK): """
        pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock pg_advisory_unlock
        pg_advisory_unlock_all pg_try_advisory_lock pg_try_advisory_xact_lock""",
    (Dialect.POSTGRES, HazardKind.SYSTEM): """
        lo_get lo_put lo_open lo_creat lo_create lo_unlink lo_from_bytea loread lowrite
        pg_stat_get_activity pg_stat_get_backend_activity pg_show_all_settings pg_prepared_statement pg_cursor
        pg_mcv_list_items pg_lock_status pg_stat_get_wal_receiver pg_stat_get_subscription get_raw_page
        heap_page_items bt_page_items pg_stat_statements pg_logical_slot_get_changes
        pg_logical_slot_peek_changes pg_listening_channels pg_get_replication_slots pg_config""",
    (Dialect.POSTGRES, HazardKind.SERVER): """
        pg_sleep pg_sleep_for pg_sleep_until pg_terminate_backend pg_cancel_backend pg_reload_conf
        pg_rotate_logfile pg_switch_wal pg_promote pg_create_restore_point pg_wal_replay_pause
        pg_create_logical_replication_slot pg_create_physical_replication_slot pg_drop_replication_slot
        pg_backup_start pg_backup_stop pg_stat_reset pg_stat_reset_shared pg_import_system_collations
        binary_upgrade_set_missing_value brin_summarize_new_values gin_clean_pending_list
        pg_log_backend_memory_contexts pg_replication_origin_create pg_extension_config_dump""",
    (Dialect.MYSQL, HazardKind.FILE): "load_file",
    (Dialect.MYSQL, HazardKind.NETWORK): "sys_exec sys_eval http_get",
    (Dialect.MYSQL, HazardKind.DYNAMIC_SQL): "extractvalue updatexml",
    (Dialect.MYSQL, HazardKind.SESSION): "setval statement_digest_text ps_thread_id",
    (Dialect.MYSQL, HazardKind.LOCK): """
        get_lock release_lock release_all_locks is_free_lock is_used_lock service_get_write_locks""",
    (Dialect.MYSQL, HazardKind.SYSTEM): """
        password old_password encrypt aes_decrypt aes_encrypt des_decrypt decode decode_histogram
        keyring_key_fetch gen_rnd_ssn mask_ssn""",
    (Dialect.MYSQL, HazardKind.SERVER): """
        sleep benchmark master_pos_wait master_gtid_wait source_pos_wait wait_for_executed_gtid_set
        wsrep_sync_wait_upto_gtid group_replication_set_as_primary audit_log_read name_const""",
    (Dialect.SQLITE, HazardKind.FILE): """
        load_extension readfile writefile edit fsdir zipfile lsdir sqlar_compress mkdir""",
    (Dialect.SQLITE, HazardKind.DYNAMIC_SQL): "eval fts3_tokenizer rtreecheck fts5 intreal",
    (Dialect.SQLITE, HazardKind.SYSTEM): """
        sqlite_dbpage sqlite_dbdata dbstat sqlite_stmt bytecode tables_used sqlite_log sqlite_offset
        sqlite_rename_table""",
    (Dialect.SQLITE, HazardKind.SERVER): "optimize sqlite_drop_column",
}
CASES = [(dialect, kind, name) for (dialect, kind), text in DANGEROUS.items() for name in text.split()]


@pytest.mark.parametrize("dialect", Dialect)
def test_dangerous_functions_are_never_allowed(dialect: Dialect) -> None:
    """What reaches files, networks, other sessions or dynamic SQL is on no allow-list."""
    assert [name for where, _, name in CASES if where is dialect and lookup(dialect, name) is not None] == []


@pytest.mark.parametrize("dialect", Dialect)
def test_dangerous_functions_are_refused_by_what_makes_them_so(dialect: Dialect) -> None:
    """A refusal names the hazard and what to do instead, so that policies and people can tell them apart."""
    of_dialect = [(kind, name) for where, kind, name in CASES if where is dialect]
    given = [(why.kind if (why := forbidden(dialect, name)) else None, name) for _, name in of_dialect]

    assert given == of_dialect


@pytest.mark.parametrize("dialect", Dialect)
def test_no_name_is_both_allowed_and_forbidden(dialect: Dialect) -> None:
    """A pattern of forbidden names never covers an allowed one, so no list silently wins over another."""
    tables = load(dialect)
    prefixes = tuple(prefix for prefix, _ in tables.forbidden_prefixes)

    assert [name for name in names(dialect) if name in tables.forbidden or name.startswith(prefixes)] == []


@pytest.mark.parametrize("dialect", Dialect)
def test_every_hazard_comes_with_help(dialect: Dialect) -> None:
    """Whoever is refused reads what to do now."""
    tables = load(dialect)
    whys = [*tables.forbidden.values(), *(why for _, why in tables.forbidden_prefixes)]

    assert [why for why in whys if not why.help.endswith(".") or len(why.help) < 30] == []


def test_last_insert_id_takes_no_argument() -> None:
    """`last_insert_id(expr)` stores the value in the session, so only the form without one is listed."""
    known = lookup(Dialect.MYSQL, "last_insert_id")

    assert known is not None
    assert known.max_arguments == 0


@pytest.mark.parametrize("name", ["postgis_version", "my_function", "", "LOWER", "pg_catalog.lower"])
def test_unknown_names_are_not_allowed(name: str) -> None:
    """What is not on the list, as the list spells it, is refused."""
    assert [lookup(dialect, name) for dialect in Dialect] == [None, None, None]
