"""What sqlite3 of Python 3.11 to 3.14 offers, and our answer to each name."""

from __future__ import annotations

from typing import Final

from governed_db.drivers.surface import Surface, surface

_ERRORS: Final = """
    DataError DatabaseError Error IntegrityError InterfaceError InternalError NotSupportedError
    OperationalError ProgrammingError Warning"""

# Collations see raw values whenever a column is ordered, and no statement names them: refused. Functions
# see them when called by name, which needs a policy line: wrapped, and what replaces a built-in is
# refused where it is used. Raw pages and blobs (backup, serialize, blobopen) know no columns.
CONNECTION: Final[Surface] = surface(
    governed="execute executemany executescript iterdump",
    delegated=f"""{_ERRORS}
        getlimit in_transaction interrupt row_factory setlimit total_changes getconfig""",
    wrapped="""autocommit close commit cursor create_aggregate create_function create_window_function
        isolation_level rollback set_authorizer set_progress_handler set_trace_callback text_factory""",
    refused="""backup blobopen create_collation deserialize enable_load_extension load_extension serialize
        setconfig""",
)

CURSOR: Final[Surface] = surface(
    governed="execute executemany executescript",
    delegated="arraysize connection description row_factory setinputsizes setoutputsize",
    wrapped="close fetchall fetchmany fetchone lastrowid rowcount",
)

# The module; constants (SQLITE_*, LEGACY_TRANSACTION_CONTROL) are values and are taken over as they are.
MODULE: Final[Surface] = surface(
    governed="connect Connection Cursor",
    delegated=f"""{_ERRORS}
        Binary Blob Date DateFromTicks LEGACY_TRANSACTION_CONTROL
        OptimizedUnicode PARSE_COLNAMES PARSE_DECLTYPES
        PrepareProtocol Row Time TimeFromTicks Timestamp TimestampFromTicks adapt adapters apilevel
        collections complete_statement converters datetime dump enable_callback_tracebacks enable_shared_cache
        paramstyle register_adapter register_converter sqlite_version sqlite_version_info threadsafety time
        version version_info""",
    wrapped="dbapi2",
)
