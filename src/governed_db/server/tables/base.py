"""The one MetaData that tables are in, and columns as both databases take them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Column, Float, Integer, MetaData, String, Text

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself in a column that is exactly INTEGER PRIMARY KEY.
Number: Final = BigInteger().with_variant(Integer, "sqlite")


def tenant(**more: Any) -> Column[str]:
    """Every table has it, and every query names it (store.py puts it in)."""
    return Column("tenant", String(64), nullable=False, **more)


def name(column: str, length: int = 512, **more: Any) -> Column[str]:
    """A text of bounded length."""
    return Column(column, String(length), **({"nullable": False} | more))


def text(column: str, **more: Any) -> Column[str]:
    """A text of any length: JSON documents too, as their own bytes."""
    return Column(column, Text, **({"nullable": False} | more))


def plain(said: str, longest: int) -> str:
    """A text that PostgreSQL takes: it keeps no NUL."""
    return said[:longest].replace("\0", "\ufffd")


def items(said: object) -> list[Any]:
    """The members of a list that a client sent; none where it sent something else."""
    return said if isinstance(said, list) else []


def moment(column: str, **more: Any) -> Column[float]:
    """Seconds since 1970, UTC, as events have them."""
    return Column(column, Float(53), **({"nullable": False} | more))


def count(column: str, **more: Any) -> Column[int]:
    return Column(column, BigInteger, **({"nullable": False} | more))
