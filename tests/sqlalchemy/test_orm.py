"""Programs that use the ORM and Core go on as they are, under the pack that applies to everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import (
    Engine,
    ForeignKey,
    String,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)

from tests.sqlalchemy.conftest import DIALECTS, SCHEMES, governed_url

OWNER = {
    "version": 1,
    "name": "owner",
    "extends": "standard",
    "rules": [
        {
            "id": "standard/schema-changes",
            "effect": "approve",
            "actions": ["ddl"],
            "principals": {"not": {"ids": ["migrations"]}},
        },
        {
            "id": "migrations",
            "effect": "permit",
            "actions": ["ddl"],
            "principals": {"ids": ["migrations"]},
        },
    ],
}


class Base(DeclarativeBase):
    """The models of a small application."""


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(80), unique=True)
    country: Mapped[str] = mapped_column(String(40))
    books: Mapped[list[Book]] = relationship(back_populates="author", cascade="all, delete-orphan")


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    title: Mapped[str] = mapped_column(String(80))
    pages: Mapped[int] = mapped_column(default=100)
    author: Mapped[Author] = relationship(back_populates="books")


@pytest.fixture(scope="module", params=[*DIALECTS, "mariadb"])
def dialect(request: pytest.FixtureRequest) -> str:
    """The engine under test."""
    return str(request.param)


@pytest.fixture(scope="module")
def made(dialect: str, fresh_database: Any) -> Iterator[Any]:
    """A database whose tables were made through governance, by the one who may."""
    with fresh_database("mysql" if dialect == "mariadb" else dialect) as url:
        governed = governed_url(url, SCHEMES[dialect])
        owner = {"governed_policy": OWNER, "governed_principal": "migrations"}
        engine = create_engine(governed, connect_args=owner)
        Base.metadata.create_all(engine)
        engine.dispose()
        yield governed


@pytest.fixture
def engine(made: Any) -> Iterator[Engine]:
    """An engine under the pack `standard`, with two authors."""
    engine = create_engine(made)
    with Session(engine) as session:
        session.add_all(
            [
                Author(
                    id=number,
                    email=f"author{number}@example.com",
                    country="PT",
                    books=[Book(title=f"{number}.{book}", pages=100 + book) for book in range(3)],
                )
                for number in (501, 502)
            ]
        )
        session.commit()
    yield engine
    with Session(engine) as session:
        for author in session.scalars(select(Author)):
            session.delete(author)
        session.commit()
    engine.dispose()


def test_objects_are_loaded_changed_and_deleted(engine: Engine) -> None:
    """The unit of work does its work; a masked attribute that nobody sets is not written back."""
    with Session(engine) as session:
        author = session.get(Author, 501)
        author.country = "NO"
        author.books.pop()
        session.commit()
        shown = session.scalars(select(Author).order_by(Author.id).options(selectinload(Author.books))).all()
        assert [(one.email, one.country, len(one.books)) for one in shown] == [
            ("***", "NO", 2),
            ("***", "PT", 3),
        ]
        assert session.scalar(select(Author.id).where(Author.email == "author501@example.com")) == 501


def test_joins_aggregates_and_limits(engine: Engine) -> None:
    """Ordinary queries of the ORM run, with eager joins, groups, windows and sub-queries."""
    with Session(engine) as session:
        eager = session.scalars(select(Author).options(joinedload(Author.books)).order_by(Author.id).limit(1))
        assert [len(author.books) for author in eager.unique()] == [3]
        groups = select(Author.country, func.count(), func.sum(Book.pages)).join(Author.books)
        assert [tuple(row) for row in session.execute(groups.group_by(Author.country))] == [("PT", 6, 606)]
        rank = func.row_number().over(partition_by=Book.author_id, order_by=Book.pages.desc())
        ranked = select(Book.title, rank.label("rank")).subquery()
        first = session.scalars(select(ranked.c.title).where(ranked.c.rank == 1).order_by(ranked.c.title))
        assert list(first) == ["501.2", "502.2"]


def test_many_rows_at_once(engine: Engine) -> None:
    """insertmanyvalues and executemany go in, and give their keys back."""
    with Session(engine) as session:
        made = [Book(author_id=501, title=f"more {number}") for number in range(60)]
        session.add_all(made)
        session.flush()
        assert len({book.id for book in made}) == 60
        session.execute(update(Book), [{"id": book.id, "pages": 7} for book in made[:5]])
        assert session.scalar(select(func.count()).where(Book.pages == 7)) == 5
        session.rollback()


def test_savepoints_and_errors(engine: Engine) -> None:
    """begin_nested undoes what failed; the error does not tell the value."""
    with Session(engine) as session:
        savepoint = session.begin_nested()
        session.add(Author(email="author501@example.com", country="XX"))
        with pytest.raises(IntegrityError) as failed:
            session.flush()
        savepoint.rollback()
        assert "author501@example.com" not in str(failed.value.orig)
        session.add(Author(email="author9@example.com", country="XX"))
        session.flush()
        session.rollback()
        assert session.scalar(select(func.count(Author.id))) == 2


def test_rows_one_by_one(engine: Engine) -> None:
    """Server-side cursors give masked rows."""
    with engine.connect().execution_options(yield_per=2) as connection:
        rows = connection.execute(select(Author.id, Author.email, Book.title).join(Author.books))
        found = [row.email for part in rows.partitions() for row in part]
    assert found == ["***"] * 6


def test_many_new_objects_with_unique_addresses(engine: Engine) -> None:
    """They are one statement of SQLAlchemy's, by which nobody learns more than by one for each."""
    with Session(engine) as session:
        many = [Author(email=f"many{number}@example.com", country="PT") for number in range(30)]
        session.add_all(many)
        session.commit()
        assert session.scalar(select(func.count(Author.id)).where(Author.country == "PT")) == 32
        session.execute(delete(Author).where(Author.id.in_([one.id for one in many])))
        session.commit()


def test_a_refused_write_leaves_the_session_usable(engine: Engine) -> None:
    """What is asked for is an error of the database; after it the session goes on."""
    with Session(engine) as session:
        with pytest.raises(DBAPIError) as asked:
            session.execute(update(Book).values(pages=1))
        assert asked.value.orig.task["rule"] == "standard/unbounded-write"
        session.rollback()
        assert session.scalar(select(func.count(Book.id))) == 6


def test_two_phases(engine: Engine, dialect: str) -> None:
    """Prepared transactions work where the database has them, and are found by others."""
    with engine.connect() as connection:
        if dialect == "sqlite" or (
            dialect == "postgres" and connection.scalar(text("SHOW max_prepared_transactions")) == "0"
        ):
            return
        connection.rollback()
        transaction = connection.begin_twophase()
        connection.execute(insert(Book).values(author_id=501, title="two phases"))
        transaction.prepare()
        with engine.connect() as other:
            found = other.recover_twophase()
        transaction.rollback()
        with connection.begin_twophase():
            connection.execute(insert(Book).values(author_id=501, title="one phase"))
    with engine.connect() as connection:
        assert transaction.xid in {one.decode() if isinstance(one, bytes) else one for one in found}
        assert connection.scalar(select(func.count(Book.id))) == 7
        connection.execute(delete(Book).where(Book.title == "one phase"))
        connection.commit()


def test_isolation_levels(engine: Engine, dialect: str) -> None:
    """AUTOCOMMIT and the others can be chosen for an engine and for a connection."""
    levels = ["AUTOCOMMIT", "SERIALIZABLE"] + ["READ COMMITTED"] * (dialect != "sqlite")
    for level in levels:
        with engine.connect().execution_options(isolation_level=level) as connection:
            assert connection.get_isolation_level() == level or level == "AUTOCOMMIT"
            assert connection.scalar(select(func.count(Author.id))) == 2


def test_events(engine: Engine) -> None:
    """What events change in a statement is what is governed."""

    def other(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        return statement.replace("country", "email"), parameters

    event.listen(engine, "before_cursor_execute", other, retval=True)
    with engine.connect() as connection:
        assert list(connection.scalars(text("SELECT country FROM authors"))) == ["***", "***"]


def test_upserts(engine: Engine, dialect: str) -> None:
    """ON CONFLICT and ON DUPLICATE KEY."""
    given = {"id": 501, "email": "author501@example.com", "country": "IS"}
    with engine.begin() as connection:
        connection.execute(_upsert(dialect)(Author, given))
    with engine.connect() as connection:
        assert connection.scalar(select(Author.country).where(Author.id == 501)) == "IS"


CHANGED = {"index_elements": ["id"], "set_": {"country": "IS"}}


def _upsert(dialect: str) -> Callable[[Any, dict[str, Any]], Any]:
    if dialect in ("mysql", "mariadb"):
        from sqlalchemy.dialects.mysql import insert as mysql_insert

        return lambda table, row: mysql_insert(table).values(row).on_duplicate_key_update(country="IS")
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return lambda table, row: sqlite_insert(table).values(row).on_conflict_do_update(**CHANGED)
    from sqlalchemy.dialects.postgresql import insert as postgres_insert

    return lambda table, row: postgres_insert(table).values(row).on_conflict_do_update(**CHANGED)
