"""Questions for a database into answers, over a connection of our own that can change nothing.

It is made by the raw driver: what is asked here is asked for the classifier, which keeps rates of hits
and no value, and nothing of it is handed to callers.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from typing import Any, Final

from governed_db.classify.sight import Rates
from governed_db.config import parse_url
from governed_db.context.samples import Sampling
from governed_db.model.catalog import Dialect

_READ_ONLY: Final = {
    Dialect.POSTGRES: (
        "SET default_transaction_read_only = on",
        "SET statement_timeout = '5s'",
        "SET lock_timeout = '500ms'",
    ),
    Dialect.MYSQL: ("SET SESSION TRANSACTION READ ONLY", "SET SESSION lock_wait_timeout = 1"),
    Dialect.SQLITE: ("PRAGMA query_only = ON",),
}


def answered(url: str, sampling: Sampling) -> Rates:
    """Drive the questions to their end; a table that cannot be read has no answer."""
    target = parse_url(url)
    driver = import_module(target.driver)
    autocommit = {"isolation_level": None} if target.dialect is Dialect.SQLITE else {"autocommit": True}
    with closing(driver.connect(**{**target.arguments, **autocommit})) as connection:
        cursor = connection.cursor()
        for statement in _READ_ONLY[target.dialect]:
            cursor.execute(statement)
        return _driven(sampling, lambda question: _rows(cursor, question, driver.Error))


def _driven(sampling: Sampling, ask: Callable[[str], list[tuple[Any, ...]] | None]) -> Rates:
    try:
        question = next(sampling)
        while True:
            question = sampling.send(ask(question))
    except StopIteration as stop:
        found: Rates = stop.value
        return found


def _rows(cursor: Any, question: str, errors: type[Exception]) -> list[tuple[Any, ...]] | None:
    try:
        cursor.execute(question)
        return list(cursor.fetchall())
    except errors:  # no right to read it, locked, or a value that is no text: it stays unsampled
        return None
