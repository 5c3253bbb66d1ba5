"""Every public name of psycopg 3.3's classes into the answer of governed_db.

Instance attributes that psycopg sets in __init__ are listed too (`pgconn`, `lock`, `writer`): dir() of a
class does not show them.
"""

from __future__ import annotations

from governed_db.drivers.surface import Surface, surface

CONNECTION: Surface = surface(
    governed="execute cursor transaction pipeline tpc_recover commit rollback tpc_begin tpc_prepare"
    " tpc_commit tpc_rollback",
    delegated="DataError DatabaseError Error IntegrityError InterfaceError InternalError"
    " NotSupportedError OperationalError ProgrammingError Warning adapters add_notify_handler autocommit"
    " broken cancel cancel_safe close closed connection cursor_factory deferrable fileno isolation_level"
    " lock notifies prepare_threshold prepared_max read_only remove_notice_handler"
    " remove_notify_handler row_factory server_cursor_factory set_autocommit set_deferrable"
    " set_isolation_level set_read_only xid",
    wrapped="add_notice_handler connect info pgconn wait",
)

CURSOR: Surface = surface(
    governed="execute executemany stream copy",
    delegated="adapters arraysize close closed connection description fetchall fetchmany fetchone format"
    " itersize mogrify name nextset results row_factory rowcount rownumber scroll scrollable set_result"
    " setinputsizes setoutputsize statusmessage withhold",
    wrapped="pgresult",
)

COPY: Surface = surface(
    delegated="connection cursor finish formatter read_row rows set_types write write_row writer",
    wrapped="read",
)

PIPELINE: Surface = surface(
    delegated="is_supported level status sync",
    wrapped="command_queue pgconn result_queue",
)

TRANSACTION: Surface = surface(
    delegated="Status connection force_rollback savepoint_name status", wrapped="pgconn"
)

INFO: Surface = surface(
    delegated="backend_pid dbname dsn encoding error_message full_protocol_version get_parameters host"
    " hostaddr options parameter_status pipeline_status port server_version status timezone"
    " transaction_status user vendor",
    wrapped="password pgconn",  # both end at PGCONN
)

# What `connection.pgconn` gives to anybody but psycopg itself.
PGCONN: Surface = surface(
    delegated="backend_pid db finish full_protocol_version host hostaddr is_busy needs_password"
    " nonblocking options parameter_status ping pipeline_status port protocol_version server_version"
    " socket ssl_in_use status transaction_status tty used_gssapi used_password user",
    wrapped="error_message get_error_message info",
    refused="cancel_conn change_password close_portal close_prepared connect connect_poll connect_start"
    " consume_input describe_portal describe_prepared encrypt_password enter_pipeline_mode exec_"
    " exec_params exec_prepared exit_pipeline_mode flush get_cancel get_copy_data get_result"
    " make_empty_result notice_handler notifies notify_handler password pgconn_ptr pipeline_sync prepare"
    " put_copy_data put_copy_end reset reset_poll reset_start send_close_portal send_close_prepared"
    " send_describe_portal send_describe_prepared send_flush_request send_prepare send_query"
    " send_query_params send_query_prepared set_chunked_rows_mode set_single_row_mode set_trace_flags"
    " trace untrace",
)

# What `cursor.pgresult` gives when columns of the result are masked.
PGRESULT: Surface = surface(
    delegated="binary_tuples command_status command_tuples fformat fmod fname fsize ftable ftablecol"
    " ftype nfields nparams ntuples oid_value param_type status",
    refused="clear error_field error_message get_error_message get_value pgresult_ptr set_attributes",
)

MODULE: Surface = surface(
    delegated="AsyncCopy AsyncPipeline AsyncTransaction BINARY BaseConnection Binary Capabilities Column"
    " ConnectionInfo Copy DATETIME DataError DatabaseError Date DateFromTicks Error IntegrityError"
    " InterfaceError InternalError IsolationLevel NUMBER NotSupportedError Notify OperationalError"
    " Pipeline ProgrammingError ROWID Rollback STRING Time TimeFromTicks Timestamp TimestampFromTicks"
    " Transaction Warning Xid abc adapt adapters apilevel capabilities client_cursor connection"
    " connection_async conninfo copy crdb cursor cursor_async dbapi20 errors generators logger logging"
    " paramstyle postgres pq raw_cursor rows sql threadsafety transaction types version waiting",
    wrapped="AsyncClientCursor AsyncConnection AsyncCursor AsyncRawCursor AsyncRawServerCursor"
    " AsyncServerCursor ClientCursor Connection Cursor RawCursor RawServerCursor ServerCursor connect",
)
