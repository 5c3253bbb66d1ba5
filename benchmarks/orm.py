"""What governing adds to SQLAlchemy: the stock dialect and the governed one, taking turns.

    python -m benchmarks.orm [--statements 1500]

Prints one JSON object: wall time as a ratio, and the processor time that each operation takes more, in
microseconds. Runs on a private PostgreSQL, or on GOVERNED_DB_TEST_POSTGRES_URL, and on SQLite in memory.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine, String, create_engine, func, insert, make_url, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool

from benchmarks.psycopg_hit import compared, measured, server

ROWS = 1000


class Base(DeclarativeBase):
    pass


class Hit(Base):
    __tablename__ = "governed_orm"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(80))
    total: Mapped[int]


def core(engine: Engine, times: int) -> None:
    statement = text("SELECT id, total FROM governed_orm WHERE id = :id")
    with engine.connect() as connection:
        for number in range(times):
            connection.execute(statement, {"id": number % ROWS}).all()


def orm_get(engine: Engine, times: int) -> None:
    with Session(engine) as session:
        for number in range(times):
            session.get(Hit, number % ROWS)
            session.expunge_all()


def orm_page(engine: Engine, times: int) -> None:
    with Session(engine) as session:
        for number in range(times // 10):
            session.scalars(select(Hit).where(Hit.id > number % 900).order_by(Hit.id).limit(50)).all()
            session.expunge_all()


def orm_flush(engine: Engine, times: int) -> None:
    with Session(engine) as session:
        for number in range(times // 10):
            session.get(Hit, number % ROWS).total = number  # type: ignore[union-attr]
            session.flush()
        session.rollback()


CASES: Mapping[str, Callable[[Engine, int], None]] = {
    "core point": core,
    "orm get, one column masked": orm_get,
    "orm page of 50": orm_page,
    "orm update": orm_flush,
}


def fill(engine: Engine) -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    rows = [
        {"id": number, "name": f"n{number}", "email": f"e{number}@example.com", "total": number}
        for number in range(ROWS)
    ]
    with engine.begin() as connection:
        connection.execute(insert(Hit), rows)
        assert connection.scalar(select(func.count()).select_from(Hit)) == ROWS


def cases(raw: Engine, governed: Engine, statements: int) -> dict[str, Any]:
    found = {}
    for name, case in CASES.items():
        runs: dict[str, Callable[[int], None]] = {
            which: lambda times, engine=engine, case=case: case(engine, times)  # type: ignore[misc]
            for which, engine in (("raw", raw), ("governed", governed))
        }
        for run in runs.values():
            run(50)
        found[name] = compared(measured(runs, statements))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--statements", type=int, default=1500)
    statements = parser.parse_args().statements
    with server() as url, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        os.environ["GOVERNED_DB_HOME"] = home
        path = f"{home}/hit.sqlite"
        told = {}
        for name, at in (("postgresql", make_url(url)), ("sqlite", make_url(f"sqlite:///{path}"))):
            stock = at.set(drivername={"postgresql": "postgresql+psycopg"}.get(name, name))
            raw = create_engine(stock, poolclass=StaticPool)
            governed = create_engine(at.set(drivername=f"{name}+governed"), poolclass=StaticPool)
            fill(raw)
            told[name] = cases(raw, governed, statements)
            raw.dispose()
            governed.dispose()
        print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
