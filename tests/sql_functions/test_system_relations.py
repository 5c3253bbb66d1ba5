"""System relations that tell stored values or credentials are closed, those that describe are open."""

from __future__ import annotations

import pytest

from governed_db.model.catalog import Dialect
from governed_db.sql.functions import is_system_schema, readable_system_relation

# A second list, written by hand; it shares an author with the tables that are tested.
TELLING = {
    Dialect.POSTGRES: """
        pg_catalog.pg_stats pg_catalog.pg_stats_ext pg_catalog.pg_stats_ext_exprs pg_catalog.pg_statistic
        pg_catalog.pg_statistic_ext_data pg_catalog.pg_authid pg_catalog.pg_shadow pg_catalog.pg_user_mapping
        pg_catalog.pg_user_mappings pg_catalog.pg_largeobject pg_catalog.pg_stat_activity
        pg_catalog.pg_stat_statements pg_catalog.pg_prepared_statements pg_catalog.pg_cursors
        pg_catalog.pg_file_settings pg_catalog.pg_hba_file_rules pg_catalog.pg_settings pg_catalog.pg_locks
        pg_catalog.pg_db_role_setting pg_catalog.pg_subscription pg_catalog.pg_foreign_server
        pg_catalog.pg_stat_wal_receiver pg_catalog.pg_stat_replication pg_catalog.pg_replication_slots
        pg_toast.pg_toast_1234 information_schema.user_mapping_options
        information_schema.foreign_server_options information_schema._pg_user_mappings""",
    Dialect.MYSQL: """
        mysql.user mysql.global_priv mysql.general_log mysql.slow_log mysql.servers mysql.column_stats
        mysql.proc
        performance_schema.events_statements_history performance_schema.user_variables_by_thread
        sys.processlist sys.statement_analysis information_schema.processlist information_schema.innodb_trx
        information_schema.innodb_locks information_schema.innodb_ft_index_table
        information_schema.innodb_ft_index_cache information_schema.innodb_buffer_page
        information_schema.user_variables information_schema.optimizer_trace
        information_schema.column_statistics information_schema.global_variables
        information_schema.session_variables information_schema.user_statistics
        information_schema.profiling""",
    Dialect.SQLITE: """
        main.sqlite_stat4 main.sqlite_stat3 main.sqlite_dbpage main.dbstat main.sqlite_stmt main.bytecode
        main.tables_used main.pragma_key main.pragma_wal_checkpoint main.pragma_data_version""",
}
DESCRIBING = {
    Dialect.POSTGRES: """
        pg_catalog.pg_class pg_catalog.pg_attribute pg_catalog.pg_namespace pg_catalog.pg_type
        pg_catalog.pg_index pg_catalog.pg_constraint pg_catalog.pg_attrdef pg_catalog.pg_description
        pg_catalog.pg_enum pg_catalog.pg_proc pg_catalog.pg_roles pg_catalog.pg_database pg_catalog.pg_tables
        pg_catalog.pg_views pg_catalog.pg_stat_user_tables information_schema.columns
        information_schema.key_column_usage""",
    Dialect.MYSQL: """
        information_schema.tables information_schema.columns information_schema.statistics
        information_schema.key_column_usage information_schema.schemata
        information_schema.check_constraints""",
    Dialect.SQLITE: """
        main.sqlite_master temp.sqlite_temp_master main.sqlite_schema main.sqlite_sequence
        main.pragma_table_info main.pragma_foreign_key_list""",
}


def _readable(dialect: Dialect, text: str) -> list[bool]:
    return [readable_system_relation(dialect, *name.split(".")) for name in text.split()]


@pytest.mark.parametrize("dialect", Dialect)
def test_relations_that_tell_values_are_not_readable(dialect: Dialect) -> None:
    """Samples of columns, statements of other sessions, keys of locks and passwords stay where they are."""
    assert set(_readable(dialect, TELLING[dialect])) == {False}


@pytest.mark.parametrize("dialect", Dialect)
def test_relations_that_describe_are_readable(dialect: Dialect) -> None:
    """Tools that look up tables, columns and keys keep working, in any spelling of the names."""
    assert set(_readable(dialect, DESCRIBING[dialect])) == {True}
    assert set(_readable(dialect, DESCRIBING[dialect].upper())) == {True}


def test_system_schemas_are_told_from_those_of_users() -> None:
    """Only relations of the server's own schemas need to be on a list; tables of users have policies."""
    own = [(Dialect.POSTGRES, "pg_catalog"), (Dialect.POSTGRES, "pg_toast_temp_3"), (Dialect.MYSQL, "SYS")]
    users = [(Dialect.POSTGRES, "public"), (Dialect.MYSQL, "shop"), (Dialect.SQLITE, "main")]

    assert [is_system_schema(*schema) for schema in own + users] == [True] * 3 + [False] * 3
