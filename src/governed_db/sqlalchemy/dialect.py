"""What the governed dialects share: our settings in URLs, and no connection that is not governed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from governed_db.errors import ConfigurationError
from governed_db.sqlalchemy.check import require_governed

if TYPE_CHECKING:
    from sqlalchemy.engine.url import URL

_PREFIX: Final = "governed_"


class GovernedDialect:
    """Mixin before a dialect of SQLAlchemy's. Its `name` and `driver` stay: tools decide by them."""

    supports_statement_cache = True

    def create_connect_args(self, url: URL, *more: Any, **options: Any) -> Any:
        """As the dialect's; `governed_*` parameters of the URL become arguments of the governed driver."""
        ours = {name: value for name, value in url.query.items() if name.startswith(_PREFIX)}
        for name, value in ours.items():
            if not isinstance(value, str):
                raise ConfigurationError(
                    f"the database URL gives {name} twice", code="GDB505", help="give it once"
                )
        parent: Any = super()
        positional, named = parent.create_connect_args(
            url.difference_update_query(list(ours)), *more, **options
        )
        return positional, {**named, **ours}

    def on_connect(self) -> Callable[[Any], None]:
        """First of all that is done with a new connection: look whether it is governed.

        `creator=`, `module=` and `do_connect` events can bring connections that are not.
        """
        dialect: Any = self
        parent: Any = super()
        prepare = parent.on_connect()

        def connected(connection: Any) -> None:
            require_governed(dialect.get_driver_connection(connection))
            if prepare is not None:
                prepare(connection)

        return connected

    @classmethod
    def load_provisioning(cls) -> None:
        """SQLAlchemy's test suites find their set-up by the module of a dialect: the parent's is meant."""
        parent: Any = next(one for one in cls.__mro__ if one.__module__.startswith("sqlalchemy.dialects."))
        parent.load_provisioning()
