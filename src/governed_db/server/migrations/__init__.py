"""A database of any older release, or an empty one, into one with today's tables."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from governed_db.errors import ConfigurationError
from governed_db.server.store import Store


def configured(store: Store) -> Config:
    """What Alembic needs: its scripts are in this package, and the engine is ours."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["engine"] = store.engine
    return config


def upgrade(store: Store) -> None:
    """Bring the tables up to date; nothing happens where they are."""
    command.upgrade(configured(store), "head")


def revision(store: Store) -> str | None:
    """Of the tables that are there; None where there are none."""
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def demand_current(store: Store) -> None:
    """Raises GDB667 unless the tables are those of this release."""
    here, newest = revision(store), ScriptDirectory.from_config(configured(store)).get_current_head()
    if here != newest:
        raise ConfigurationError(
            f"the database has tables of revision {here or 'none'}, and this release needs {newest}",
            code="GDB667",
            help="run `governed-db server migrate`, with a backup at hand",
        )
