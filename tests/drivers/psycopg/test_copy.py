"""Promise: a copy is a statement like any other: decided on, bounded, counted, recorded, sync and async."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import copy as copies

import governed_db
from governed_db.config import load_settings
from governed_db.remote.reader import read
from governed_db.runtime import open_runtime
from tests.drivers.psycopg.test_limits import LIMITED

INTO = "COPY products (sku, title, price, stock) FROM STDIN"
COUNT = "SELECT count(*) FROM products WHERE sku LIKE 'new%'"


class Half:
    """One half of the driver, with the same calls as the other; `connection` is of that half."""

    def __init__(self, connection: Any, loop: asyncio.Runner | None) -> None:
        self.connection = connection
        self._loop = loop

    def call(self, found: Any) -> Any:
        """What a method gives, or what it gives when it is waited for."""
        return found if self._loop is None else self._loop.run(_waited(found))

    def write(self, text: str, work: Callable[[Any, Callable[[Any], Any]], Any], **options: Any) -> None:
        """A copy block; `work` is a generator function that yields what has to be waited for."""
        copying = self.connection.cursor().copy(text, **options)
        if self._loop is None:
            with copying as copy:
                for _ in work(copy):
                    pass
        else:
            self._loop.run(_written(copying, work))

    def read(self, text: str, types: Iterable[str] = ()) -> list[Any]:
        """All rows of a copy out of the database."""
        copying = self.connection.cursor().copy(text)
        if self._loop is not None:
            found: list[Any] = self._loop.run(_read(copying, list(types)))
            return found
        with copying as copy:
            if types:
                copy.set_types(list(types))
            return list(copy.rows())


async def _waited(found: Any) -> Any:
    return await found


async def _written(copying: Any, work: Any) -> None:
    async with copying as copy:
        for step in work(copy):
            await step


async def _read(copying: Any, types: list[str]) -> list[Any]:
    async with copying as copy:
        if types:
            copy.set_types(types)
        return [row async for row in copy.rows()]


@pytest.fixture(params=["sync", "async"])
def opened(
    request: pytest.FixtureRequest, postgres_shop: str, tmp_path: Path
) -> Iterator[Callable[..., Half]]:
    """Opens a shop of the test's own on either half."""
    options = {"state_dir": tmp_path / "state"}
    if request.param == "sync":
        made: list[Any] = []

        def connect(policy: Any = LIMITED) -> Half:
            made.append(governed_db.connect(postgres_shop, policy=policy, **options))
            return Half(made[-1], None)

        yield connect
        for one in made:
            one.close()
        return
    with asyncio.Runner() as loop:
        halves: list[Half] = []

        def connect_async(policy: Any = LIMITED) -> Half:
            halves.append(
                Half(loop.run(governed_db.connect_async(postgres_shop, policy=policy, **options)), loop)
            )
            return halves[-1]

        yield connect_async
        for half in halves:
            loop.run(half.connection.close())


def rows(count: int) -> Callable[[Any], Iterator[Any]]:
    """So many new products."""

    def work(copy: Any) -> Iterator[Any]:
        for number in range(count):
            yield copy.write_row((f"new{number}", "new", 1, 1))

    return work


def as_text(copy: Any) -> Iterator[Any]:
    """Two, written as a block of str and one of bytes."""
    yield copy.write("new1\tnew\t1\t1\n")
    yield copy.write(b"new2\tnew\t1\t1\n")


def as_binary(copy: Any) -> Iterator[Any]:
    """Two, in the binary format, which needs the types."""
    copy.set_types(["varchar", "varchar", "numeric", "int4"])
    for number in (1, 2):
        yield copy.write_row((f"new{number}", "new", 1, 1))


def trail(state_dir: Path) -> list[dict[str, Any]]:
    """The outcomes that were recorded."""
    open_runtime(load_settings(state_dir=state_dir)).spool.flush()
    events = (event["fields"] | {"phase": event["phase"]} for event in read(state_dir / "audit"))
    return [fields for fields in events if fields["phase"] == "outcome"]


def stored(raw: Any) -> int:
    """New products that are in the database."""
    found: int = raw.execute(COUNT).fetchone()[0]
    return found


@pytest.mark.parametrize(
    ("text", "work"),
    [(INTO, rows(2)), (INTO, as_text), (f"{INTO} (FORMAT binary)", as_binary)],
    ids=["rows", "text", "binary"],
)
def test_every_way_of_writing(opened: Callable[..., Half], raw: Any, text: str, work: Any) -> None:
    """Rows, blocks, and the binary format with its types."""
    half = opened()

    half.write(text, work)
    half.call(half.connection.commit())

    assert stored(raw) == 2


def test_the_number_of_rows_is_recorded(opened: Callable[..., Half], raw: Any, tmp_path: Path) -> None:
    """The outcome of a copy is known, and told, when it has ended."""
    half = opened()

    half.write(INTO, rows(3))
    half.read("COPY (SELECT id FROM orders WHERE id < 5) TO STDOUT")

    told = [(one["kind"], one["status"], one["rows"]) for one in trail(tmp_path / "state")]
    assert told == [("copy", "ok", 3), ("copy", "ok", 4)]


@pytest.mark.parametrize("autocommit", [False, True])
def test_more_rows_than_permitted_are_all_taken_back(
    opened: Callable[..., Half], raw: Any, tmp_path: Path, *, autocommit: bool
) -> None:
    """And the refusal is the outcome; the connection is as before."""
    half = opened()
    half.call(half.connection.set_autocommit(autocommit))

    with pytest.raises(governed_db.StatementDenied, match="GDB311"):
        half.write(INTO, rows(6))
    half.write(INTO, rows(5))
    half.call(half.connection.commit())

    assert stored(raw) == 5
    statuses = [one["status"] for one in trail(tmp_path / "state") if one["kind"] == "copy"]
    assert statuses == ["error", "ok"]


def test_a_copy_that_the_caller_breaks_off(opened: Callable[..., Half], raw: Any, tmp_path: Path) -> None:
    """The caller's own exception comes out, the very object; nothing is kept, and that is recorded."""
    half, mine = opened(), ValueError("of the caller's own")

    def work(copy: Any) -> Iterator[Any]:
        yield copy.write_row(("new1", "new", 1, 1))
        raise mine

    with pytest.raises(ValueError, match="own") as caught:
        half.write(INTO, work)
    half.call(half.connection.rollback())

    assert caught.value is mine
    assert caught.value.__context__ is None
    assert stored(raw) == 0
    assert [(one["status"], one["error"]) for one in trail(tmp_path / "state")] == [("error", "ValueError")]


def test_what_the_server_refuses_is_told_as_it_tells_it(opened: Callable[..., Half], tmp_path: Path) -> None:
    """Where nothing is protected, the server's own words come out."""
    half = opened()

    with pytest.raises(psycopg.errors.InvalidTextRepresentation, match="no-number"):
        half.write(INTO, lambda copy: iter([copy.write("new1\tnew\tno-number\t1\n")]))

    assert [one["sqlstate"] for one in trail(tmp_path / "state")] == ["22P02"]


def test_copies_of_masked_columns_are_refused(opened: Callable[..., Half]) -> None:
    """By table, by columns, by query: with what can be done instead; other columns come out."""
    half = opened("standard")

    for text in (
        "COPY customers TO STDOUT",
        "COPY customers (id, email) TO STDOUT",
        "COPY (SELECT id, lower(email) FROM customers) TO STDOUT (FORMAT csv)",
    ):
        with pytest.raises(governed_db.StatementDenied, match="GDB206") as caught:
            half.read(text)
        assert "SELECT" in str(caught.value)
    half.call(half.connection.rollback())

    found = half.read(
        "COPY (SELECT id, status FROM orders WHERE id < 3 ORDER BY id) TO STDOUT", ["int4", "text"]
    )
    assert [row[0] for row in found] == [1, 2]
    assert len(half.read("COPY orders (id, status) TO STDOUT")) == 60


def test_a_queue_may_stand_between(shop: Any, raw: Any) -> None:
    """psycopg's writer with a thread of its own."""
    cursor = shop.cursor()
    with cursor.copy(INTO, writer=copies.QueuedLibpqWriter(cursor)) as copy:
        for _ in rows(2)(copy):
            pass
    shop.commit()

    assert stored(raw) == 2


def test_a_copy_to_a_file_needs_no_statement(reading: Any) -> None:
    """psycopg's writer of files, by hand: only the format is used."""
    file = io.BytesIO()

    with psycopg.Copy(reading.cursor(), writer=copies.FileWriter(file)) as copy:
        copy.write_row((1, "a\tb"))

    assert file.getvalue() == b"1\ta\\tb\n"


def test_a_writer_that_ends_nothing_is_told_so(shop: Any) -> None:
    """Its rows could come later, when nobody counts them."""

    class Forgets(copies.LibpqWriter):
        """Does not end the copy."""

        def finish(self, exc: BaseException | None = None) -> None:
            """Nothing."""

    cursor = shop.cursor()

    def write() -> None:
        with cursor.copy(INTO, writer=Forgets(cursor)) as copy:
            copy.write_row(("new1", "new", 1, 1))

    with pytest.raises(governed_db.StatementDenied, match="GDB701"):
        write()
    shop.rollback()

    assert shop.execute(COUNT).fetchone() == (0,)


def test_a_connection_that_is_lost_in_a_copy(postgres_shop: str, raw: Any, tmp_path: Path) -> None:
    """The driver's error comes out, and the outcome is recorded."""
    with closing(governed_db.connect(postgres_shop, policy=LIMITED, state_dir=tmp_path / "state")) as shop:

        def write() -> None:
            with shop.cursor().copy(INTO) as copy:
                copy.write_row(("new1", "new", 1, 1))
                raw.execute("SELECT pg_terminate_backend(%s)", [shop.info.backend_pid])

        with pytest.raises(psycopg.OperationalError):
            write()

    assert [one["status"] for one in trail(tmp_path / "state")] == ["error"]
