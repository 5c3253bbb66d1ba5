"""Alembic's way in: migrations run in one transaction of the engine that is given."""

from __future__ import annotations

from alembic import context

from governed_db.server.tables import METADATA

_LOCK = 0x676462  # so that two processes that start at once do not both migrate


def run() -> None:
    engine = context.config.attributes["engine"].execution_options(governed_db_writes=True)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
