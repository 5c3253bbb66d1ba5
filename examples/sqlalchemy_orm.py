"""One word in the URL governs an application of SQLAlchemy's ORM: sessions and errors go on as they are."""

from __future__ import annotations

import os

from sqlalchemy import create_engine, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from governed_db import Principal, acting_as

URL = os.environ["POSTGRES_URL"].replace("postgresql://", "postgresql+governed://")  # was: postgresql://


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    city: Mapped[str]
    status: Mapped[str]


engine = create_engine(URL, pool_pre_ping=True)
with acting_as(Principal("alice", kind="human")), Session(engine) as session:
    customer = session.get(Customer, 3)
    email = customer.email
    customer.status = "asleep"  # one row, by its key
    session.commit()
    try:
        session.execute(update(Customer).values(status="gone"))
        refused = None
    except DBAPIError as error:
        refused = error.orig
        session.rollback()
    asleep = session.scalars(select(Customer.id).where(Customer.status == "asleep")).all()
engine.dispose()

print(email, asleep, refused, sep="\n")
assert email == "***"
assert asleep == [3]
assert refused is not None
assert refused.task["rule"] == "standard/unbounded-write"
