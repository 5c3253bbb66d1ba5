"""What PyMySQL 1.2 offers, and our answer to each name."""

from __future__ import annotations

from typing import Final

from governed_db.drivers.surface import Surface, surface

_ERRORS: Final = """
    DataError DatabaseError Error IntegrityError InterfaceError InternalError NotSupportedError
    OperationalError ProgrammingError Warning"""

# Methods first, then what an instance has. `begin`, `commit`, `rollback` and `autocommit` send texts
# that the backstop knows by their exact shape.
CONNECTION: Final[Surface] = surface(
    governed="query kill select_db",
    delegated=f"""{_ERRORS}
        affected_rows autocommit begin character_set_name close commit escape get_autocommit get_host_info
        get_proto_info get_server_info insert_id literal next_result open ping rollback thread_id

        autocommit_mode bind_address charset client_flag collation connect_timeout ctx cursorclass db
        decoders encoders encoding host host_info init_command max_allowed_packet port protocol_version salt
        server_capabilities server_charset server_language server_public_key server_status server_thread_id
        server_version sql_mode ssl unix_socket use_unicode user""",
    wrapped="connect cursor set_character_set set_charset show_warnings write_packet",
    refused="password",
)

CURSOR: Final[Surface] = surface(
    governed="callproc execute executemany",
    delegated="""close dict_type fetchall fetchall_unbuffered fetchmany fetchone max_stmt_length mogrify
        nextset read_next scroll setinputsizes setoutputsizes

        arraysize connection description lastrowid rowcount rownumber warning_count""",
)

MODULE: Final[Surface] = surface(
    governed="Connect Connection connect",
    delegated=f"""{_ERRORS}
        BINARY Binary DATE DATETIME DBAPISet Date DateFromTicks FIELD_TYPE MySQLError NULL NUMBER ROWID STRING
        TIME TIMESTAMP Time TimeFromTicks Timestamp TimestampFromTicks VERSION VERSION_STRING apilevel charset
        constants converters cursors err get_client_info optionfile paramstyle protocol sys thread_safe
        threadsafety times version_info""",
    wrapped="connections install_as_MySQLdb",
)
