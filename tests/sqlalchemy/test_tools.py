"""Tools that stand on SQLAlchemy take a governed engine: pandas, Alembic, SQLModel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Field, Session, SQLModel, select

from tests.sqlalchemy.conftest import DIALECTS, SCHEMES, OpenEngine, governed_url
from tests.sqlalchemy.test_orm import OWNER


@pytest.fixture(scope="module", params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """The engine under test."""
    return str(request.param)


@pytest.fixture(scope="module")
def owned(dialect: str, fresh_database: Any) -> Iterator[Any]:
    """The URL of a database under a policy by which `migrations` may change the schema."""
    with fresh_database(dialect) as url:
        yield governed_url(url, SCHEMES[dialect])


@pytest.fixture
def owner(owned: Any) -> Iterator[Engine]:
    """An engine of the one who may."""
    engine = create_engine(owned, connect_args={"governed_policy": OWNER, "governed_principal": "migrations"})
    yield engine
    engine.dispose()


# -- pandas ----------------------------------------------------------------------------------------------


def test_pandas_reads_masked_frames(dialect: str, open_engine: OpenEngine) -> None:
    """read_sql gives masked columns; what is not protected is computed with as ever."""
    engine = open_engine(dialect)
    people = pd.read_sql("SELECT id, email, city FROM customers ORDER BY id", engine, index_col="id")
    totals = pd.read_sql_query(
        text("SELECT customer_id, total FROM orders WHERE customer_id <= :most"), engine, params={"most": 5}
    )
    parts = list(pd.read_sql("SELECT id FROM orders", engine, chunksize=25))

    assert set(people["email"]) == {"***"}
    assert people.index.tolist() == list(range(1, 31))
    assert float(totals["total"].sum()) > 0
    assert sum(len(part) for part in parts) == 60


def test_pandas_writes_and_reads_tables(owner: Engine) -> None:
    """to_sql makes the table where that is permitted, in any of its ways, and read_sql_table reads it."""
    frame = pd.DataFrame({"region": ["north", "south"] * 40, "amount": range(80)})
    frame.to_sql("sales", owner, index=False)
    frame.to_sql("sales", owner, index=False, if_exists="append", method="multi")
    again = pd.read_sql_table("sales", owner)

    assert again["amount"].sum() == 2 * frame["amount"].sum()
    frame.to_sql("sales", owner, index=False, if_exists="replace")
    assert len(pd.read_sql_table("sales", owner)) == 80


def test_pandas_asks_for_tables(dialect: str, open_engine: OpenEngine) -> None:
    """Under `standard` a new table is asked for, as a database error that pandas shows."""
    engine = open_engine(dialect, fresh=True)
    with pytest.raises(DBAPIError, match="GDB313"):
        pd.DataFrame({"a": [1]}).to_sql("made", engine)


# -- Alembic ---------------------------------------------------------------------------------------------

SCRIPT = """
from alembic import op
import sqlalchemy as sa

revision = "{number}"
down_revision = {before}

def upgrade():
    {up}

def downgrade():
    {down}
"""
STEPS = (
    (
        """op.create_table(
        "alembic_people", sa.Column("id", sa.Integer, primary_key=True), sa.Column("email", sa.String(80))
    )""",
        'op.drop_table("alembic_people")',
    ),
    (
        """op.add_column("alembic_people", sa.Column("age", sa.Integer))
    op.create_index("alembic_age", "alembic_people", ["age"])
    op.bulk_insert(sa.table("alembic_people", sa.column("email")), [{"email": "a@example.com"}])""",
        """op.drop_index("alembic_age", table_name="alembic_people")
    op.execute("DELETE FROM alembic_people WHERE email = 'a@example.com'")""",
    ),
)
ENVIRONMENT = """
from alembic import context

connectable = context.config.attributes["engine"]
with connectable.connect() as connection:
    context.configure(connection=connection, target_metadata=context.config.attributes["metadata"])
    with context.begin_transaction():
        context.run_migrations()
"""


def alembic(folder: Path, engine: Engine, metadata: MetaData) -> Config:
    """A folder of migrations."""
    (folder / "versions").mkdir(exist_ok=True)
    (folder / "env.py").write_text(ENVIRONMENT)
    (folder / "script.py.mako").write_text("${upgrades if upgrades else 'pass'}")
    for number, (up, down) in enumerate(STEPS):
        before = repr(str(number - 1)) if number else None
        script = SCRIPT.replace("{number}", str(number)).replace("{before}", str(before))
        (folder / "versions" / f"{number}.py").write_text(script.replace("{up}", up).replace("{down}", down))
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["engine"] = engine
    config.attributes["metadata"] = metadata
    return config


def test_alembic_upgrades_compares_and_downgrades(owner: Engine, owned: Any, tmp_path: Path) -> None:
    """Migrations run for the principal who may change the schema, and for nobody else."""
    metadata = MetaData()
    people = Table(
        "alembic_people",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("email", String(80)),
        Column("age", Integer, index=True),
    )
    config = alembic(tmp_path, owner, metadata)
    command.upgrade(config, "head")
    with owner.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "1"
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    told = {change[0] for change in found if isinstance(change, tuple)}
    assert told <= {"add_index", "remove_index", "remove_table"}
    assert people.name in inspect(owner).get_table_names()

    other = create_engine(owned, connect_args={"governed_policy": OWNER, "governed_principal": "web"})
    config.attributes["engine"] = other
    with pytest.raises(DBAPIError, match="GDB313"):
        command.downgrade(config, "0")
    other.dispose()

    config.attributes["engine"] = owner
    command.downgrade(config, "0")
    assert [column["name"] for column in inspect(owner).get_columns(people.name)] == ["id", "email", "age"]


# -- SQLModel --------------------------------------------------------------------------------------------


class Reader(SQLModel, table=True):
    """A model of SQLModel's."""

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(max_length=80)
    books: int = 0


def test_sqlmodel(owner: Engine) -> None:
    """Models are stored, read, changed; protected fields come back masked."""
    SQLModel.metadata.create_all(owner)
    with Session(owner) as session:
        session.add(Reader(email="reader@example.com", books=3))
        session.commit()
        reader = session.exec(select(Reader).where(Reader.email == "reader@example.com")).one()
        reader.books += 1
        session.add(reader)
        session.commit()
        session.refresh(reader)
        assert (reader.email, reader.books) == ("***", 4)
