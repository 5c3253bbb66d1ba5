"""An engine into the certainty that its connections are governed, or an error that says which are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from governed_db.enforce.recognise import is_governed, title
from governed_db.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine


def assert_governed(engine: Engine | Connection | AsyncEngine) -> None:
    """Raise ConfigurationError unless a connection of this engine, taken from its pool now, is governed.

    Of an AsyncEngine only the dialect is looked at, which refuses every other connection; to look at a
    connection itself, write `await connection.run_sync(assert_governed)`.
    """
    bound: Any = engine
    if hasattr(bound, "sync_engine"):
        _assert_dialect(bound.dialect)
    elif hasattr(bound, "raw_connection"):
        checked = bound.raw_connection()
        try:
            require_governed(checked.driver_connection)
        finally:
            checked.close()
    else:
        require_governed(bound.connection.driver_connection)


def _assert_dialect(dialect: object) -> None:
    from governed_db.sqlalchemy.dialect import GovernedDialect

    if not isinstance(dialect, GovernedDialect):
        raise _ungoverned(f"an engine of the dialect {title(dialect)}")


def require_governed(connection: object) -> None:
    """What a pool was given must be a connection of ours."""
    if not is_governed(connection):
        raise _ungoverned(title(connection))


def _ungoverned(what: str) -> ConfigurationError:
    return ConfigurationError(
        f"not governed: {what}",
        code="GDB703",
        help="create the engine from a URL like postgresql+governed://, without creator= or module=",
    )
