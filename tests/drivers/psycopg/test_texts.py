"""Promise: psycopg's other ways out of a result do not show what stands in texts either."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.adapt import Loader

import governed_db
from tests.servers.fixtures import FreshDatabase

MAIL = "cnrytext@canary.example"


@pytest.fixture
def connect(
    fresh_database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Governed connections to a database with one table of texts, which nobody has looked at before."""
    monkeypatch.setenv("GOVERNED_DB_SAMPLE_SECONDS", "0")
    made = []
    with fresh_database("postgres", shop=False) as url:
        with psycopg.connect(url) as raw:
            raw.execute("CREATE TABLE lines (id integer, line text, doc jsonb, octets bytea)")
            values = (1, f"by {MAIL}", f'{{"who": "{MAIL}"}}', MAIL.encode())
            raw.execute("INSERT INTO lines VALUES (%s, %s, %s, %s)", values)

        def opened(**options: Any) -> Any:
            made.append(governed_db.connect(url, state_dir=tmp_path / "state", **options))
            return made[-1]

        yield opened
        for one in made:
            one.close()


@pytest.mark.parametrize("form", ["", " (FORMAT csv)"])
def test_copy_out_is_looked_into(connect: Callable[..., Any], form: str) -> None:
    """COPY hands out rows past all fetching; its texts are read on the way."""
    with connect().cursor().copy(f"COPY lines (id, line, octets) TO STDOUT{form}") as copy:
        out = b"".join(bytes(block) for block in copy)

    assert b"by [pii.email]" in out
    assert MAIL.encode() not in out


def test_binary_copy_of_texts_is_refused(connect: Callable[..., Any]) -> None:
    """Its lengths stand before the texts, so nothing can be taken out."""
    with (
        pytest.raises(psycopg.Error, match="GDB206"),
        connect().cursor().copy("COPY lines (line) TO STDOUT (FORMAT binary)") as copy,
    ):
        list(copy)


@pytest.mark.parametrize("is_binary", ["", "yes"], ids=["text", "binary"])
@pytest.mark.parametrize("column", ["line", "doc", "octets"])
def test_loaders_of_the_application_see_what_is_left(
    connect: Callable[..., Any], column: str, is_binary: str
) -> None:
    """A loader for texts gets them without what was found in them."""
    seen: list[bytes] = []

    class Spy(Loader):
        def load(self, data: Any) -> Any:
            seen.append(bytes(data))
            return str(bytes(data))

    class BinarySpy(Spy):
        format = psycopg.pq.Format.BINARY

    connection = connect()
    for name in ("text", "jsonb", "bytea"):
        connection.adapters.register_loader(name, BinarySpy if is_binary else Spy)
    row = connection.cursor(binary=bool(is_binary)).execute(f"SELECT {column} FROM lines").fetchone()

    assert MAIL not in repr(seen)
    assert MAIL.encode().hex() not in repr(seen)
    assert MAIL not in repr(row)


@pytest.mark.parametrize("is_binary", ["", "yes"], ids=["text", "binary"])
def test_arrays_and_rows_as_values(connect: Callable[..., Any], is_binary: str) -> None:
    """Elements of arrays and fields of composite values are texts too."""
    cursor = connect().cursor(binary=bool(is_binary))
    row = cursor.execute("SELECT array_agg(line), array_agg(doc) FROM lines").fetchone()

    assert row == (["by [pii.email]"], [{"who": "[pii.email]"}])


@pytest.mark.parametrize("way", ["stream", "server-side", "pipeline"])
def test_results_in_pieces(connect: Callable[..., Any], way: str) -> None:
    """Streams, server-side cursors and pipelines give the same."""
    connection = connect()
    query = "SELECT line FROM lines"
    if way == "stream":
        found = list(connection.cursor().stream(query))
    elif way == "server-side":
        with connection.cursor("portal") as portal:
            found = portal.execute(query).fetchall()
    else:
        with connection.pipeline():
            found = connection.execute(query).fetchall()

    assert found == [("by [pii.email]",)]
