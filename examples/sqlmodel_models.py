"""SQLModel's models are stored, found, changed; what is protected comes back masked."""

from sqlalchemy.exc import DBAPIError
from sqlmodel import Field, Session, SQLModel, create_engine, select


class Reader(SQLModel, table=True):
    """Who reads."""

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True)
    books: int = 0


raw = create_engine("sqlite:///library.db")  # whoever owns the schema makes it
SQLModel.metadata.create_all(raw)
raw.dispose()

engine = create_engine("sqlite+governed:///library.db")
with Session(engine) as session:
    session.add(Reader(email="reader@example.com", books=3))
    session.commit()
    reader = session.exec(select(Reader).where(Reader.email == "reader@example.com")).one()
    reader.books += 1
    session.commit()
    session.refresh(reader)
    print(reader)
    assert (reader.email, reader.books) == ("***", 4)
    try:
        session.exec(select(Reader).where(Reader.email.startswith("r"))).all()
    except DBAPIError as refused:
        code = refused.orig.code
print(code)
assert code == "GDB201"
engine.dispose()
