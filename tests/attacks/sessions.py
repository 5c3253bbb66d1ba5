"""The statements of a case, run in one session of any driver, into all that came out of it."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from governed_db import Error, StatementDenied
from tests.attacks.cases import Case, Statement

_DEEP = 12  # exceptions in a chain, and attributes within attributes


@attrs.frozen
class Step:
    """What one statement gave. `error`: the class that was raised; `code`: SQLSTATE, errno or GDBnnn."""

    rows: tuple[object, ...] = ()
    names: tuple[object, ...] = ()
    error: str = ""
    code: str = ""
    is_refused: bool = False
    seen: tuple[str, ...] = ()


@attrs.frozen
class Outcome:
    """All that came out: `text` is everything that could be read, `answer` what tells databases apart."""

    steps: tuple[Step, ...]
    aside: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All that could be read."""
        return "\n".join([*(piece for step in self.steps for piece in _spoken(step)), *self.aside])

    @property
    def answer(self) -> tuple[object, ...]:
        """What an attacker sees: rows, names and errors."""
        return tuple((step.rows, step.names, step.error, step.code) for step in self.steps)

    @property
    def is_refused(self) -> bool:
        """Whether any statement was."""
        return any(step.is_refused for step in self.steps)

    @property
    def ran(self) -> bool:
        """Whether the last statement did what it was sent for."""
        return not self.steps[-1].error


def _spoken(step: Step) -> Iterator[str]:
    yield "\n".join(map(repr, step.rows))
    yield "\n".join(map(str, step.rows))
    yield repr(step.names)
    yield from step.seen


def run(connection: Any, case: Case, dialect: str, folder: Path, *, commit: bool) -> Outcome:
    """Every statement, whatever became of those before it."""
    aside: list[str] = []
    records = _Records()
    logging.getLogger().addHandler(records)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    if dialect == "postgres":
        connection.add_notice_handler(lambda diagnostic: aside.extend(_diagnostic(diagnostic)))
        connection.add_notify_handler(lambda notify: aside.append(repr(notify)))
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            steps = tuple(_step(connection, one, dialect, folder) for one in case.statements)
            _end(connection, commit=commit)
        aside += [str(one.message) for one in warned]
    finally:
        logging.getLogger().setLevel(level)
        logging.getLogger().removeHandler(records)
    return Outcome(steps, (*aside, *records.texts))


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.getMessage()} {record.args!r} {record.exc_text}")


def _end(connection: Any, *, commit: bool) -> None:
    with contextlib.suppress(Exception):
        if commit:
            connection.commit()
    with contextlib.suppress(Exception):
        connection.rollback()


def _step(connection: Any, statement: Statement, dialect: str, folder: Path) -> Step:
    text = statement.written(dialect, folder)
    cursor = connection.cursor()
    try:
        if dialect == "postgres" and _is_streamed(text):
            return _copied(cursor, text)
        if statement.parameters is None:
            cursor.execute(text)
        else:
            cursor.execute(text, statement.parameters)
        return _fetched(cursor)
    except Exception as error:  # noqa: BLE001 - attacks raise anything; what they raise is what is judged
        step = _failed(error)
        if dialect == "postgres" and not step.is_refused:
            with contextlib.suppress(Exception):
                connection.rollback()
        return attrs.evolve(step, seen=(*step.seen, *_attributes(cursor)))
    finally:
        with contextlib.suppress(Exception):
            cursor.close()


def _fetched(cursor: Any) -> Step:
    """Every row of every result."""
    rows: list[object] = []
    names: list[object] = []
    while True:
        if cursor.description is not None:
            names += [column[0] for column in cursor.description]
            rows += list(cursor.fetchall())
        if not getattr(cursor, "nextset", lambda: None)():
            break
    seen = tuple(_attributes(cursor))
    return Step(rows=tuple(rows), names=tuple(names), seen=seen)


def _is_streamed(text: str) -> bool:
    words = text.upper().split()
    return words[0] == "COPY" and ("STDOUT" in words or "STDIN" in words)


def _copied(cursor: Any, text: str) -> Step:
    pieces: list[object] = []
    with cursor.copy(text) as copy:
        if " FROM STDIN" in text.upper():
            copy.write(b"")
        else:
            pieces += [bytes(piece).decode() for piece in copy]
    return Step(rows=tuple(pieces))


def _attributes(cursor: Any) -> Iterator[str]:
    for name in ("description", "statusmessage", "rowcount", "lastrowid"):
        with contextlib.suppress(Exception):
            yield f"{name}={getattr(cursor, name, None)!r}"


def _failed(error: BaseException) -> Step:
    code = getattr(error, "code", None) or getattr(error, "sqlstate", None) or ""
    if not code and error.args and isinstance(error.args[0], int):
        code = str(error.args[0])
    return Step(
        error=type(error).__name__,
        code=str(code) if isinstance(error, Error) or code else _without_numbers(error),
        is_refused=isinstance(error, StatementDenied),
        seen=tuple(_chain(error)),
    )


def _without_numbers(error: BaseException) -> str:
    return str(error).split(":")[0]


def _chain(error: BaseException | None) -> Iterator[str]:
    """All that an exception says, and those it came from."""
    queue, seen = [error], set[int]()
    while queue and len(seen) < _DEEP:
        one = queue.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield f"{one}\n{one!r}\n{one.args!r}"
        for name in dir(one):
            if name.startswith("__") or name in ("with_traceback", "add_note"):
                continue
            with contextlib.suppress(Exception):
                value = getattr(one, name)
                if not callable(value):
                    yield f"{name}={value}\n{value!r}"
        with contextlib.suppress(Exception):
            yield from _diagnostic(getattr(one, "diag", None))
        queue += [one.__cause__, one.__context__]


def _diagnostic(diagnostic: Any) -> Iterator[str]:
    for name in dir(diagnostic) if diagnostic is not None else ():
        if not name.startswith("_"):
            value = getattr(diagnostic, name, None)
            if isinstance(value, (str, bytes)):
                yield f"{name}={value!r}"
