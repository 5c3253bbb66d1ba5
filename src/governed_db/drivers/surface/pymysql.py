"""Every public name of PyMySQL 1.2's classes and module into the answer of governed_db.

Instance attributes that PyMySQL sets are listed too: dir() of a class does not show them. Setting
`encoding`, `server_status`, `host` and the like decides nothing (enforce/pymysql/connection.py).
"""

from __future__ import annotations

from typing import Final

from governed_db.drivers.surface import Surface, surface

_ERRORS: Final = """
    DataError DatabaseError Error IntegrityError InterfaceError InternalError NotSupportedError
    OperationalError ProgrammingError Warning"""

# begin, commit, rollback and autocommit are four exact texts that leave without a decision.
CONNECTION: Final[Surface] = surface(
    governed="kill query select_db",
    delegated=f"""{_ERRORS}
        affected_rows autocommit autocommit_mode begin bind_address character_set_name charset client_flag
        close collation commit connect_timeout ctx cursorclass db decoders encoders encoding escape
        get_autocommit get_host_info get_proto_info get_server_info host host_info init_command insert_id
        literal max_allowed_packet open ping port protocol_version rollback salt server_capabilities
        server_charset server_language server_public_key server_status server_thread_id server_version
        sql_mode ssl thread_id unix_socket use_unicode user""",
    wrapped="connect cursor next_result set_character_set set_charset show_warnings",
    refused="password write_packet",
)

# fetch* and the attributes hold what the connection's result let through.
CURSOR: Final[Surface] = surface(
    governed="callproc execute executemany",
    delegated="""arraysize close connection description dict_type fetchall fetchall_unbuffered fetchmany
        fetchone lastrowid max_stmt_length mogrify nextset read_next rowcount rownumber scroll setinputsizes
        setoutputsizes warning_count DataError DatabaseError Error IntegrityError InterfaceError
        InternalError NotSupportedError OperationalError ProgrammingError Warning""",
)

MODULE: Final[Surface] = surface(
    delegated=f"""{_ERRORS}
        BINARY Binary DATE DATETIME DBAPISet Date DateFromTicks FIELD_TYPE MySQLError NULL NUMBER ROWID
        STRING TIME TIMESTAMP Time TimeFromTicks Timestamp TimestampFromTicks VERSION VERSION_STRING apilevel
        charset constants converters cursors err get_client_info optionfile paramstyle protocol sys
        thread_safe threadsafety times version_info""",
    wrapped="Connect Connection connect connections install_as_MySQLdb",
)
