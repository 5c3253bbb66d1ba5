"""A connection runs statements for whom its token proves, and for as long as it does."""

from __future__ import annotations

import contextlib
import os
import sqlite3 as plain
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import governed_db
from governed_db import Principal, acting_as
from governed_db.cli.inside import gate_of
from governed_db.errors import ConfigurationError, IdentityError, StatementDenied
from governed_db.remote.reader import read
from governed_db.runtime import release
from tests.identity.provider import Provider

POLICY = {
    "version": 1,
    "rules": [
        {
            "id": "support",
            "effect": "permit",
            "actions": ["select", "update"],
            "principals": {"groups": ["support"]},
        }
    ],
}  # fmt: skip
SQL = "SELECT id FROM orders"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A state folder."""
    yield tmp_path / "state"
    release(tmp_path / "state")


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A database with one table."""
    with plain.connect(tmp_path / "shop.db") as made:
        made.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT)")
        made.execute("INSERT INTO orders VALUES (1, 'open')")
    made.close()
    return f"sqlite:///{tmp_path}/shop.db"


@pytest.fixture
def opened(provider: Provider, home: Path, database: str) -> Iterator[Any]:
    """Opens governed connections; they are closed at the end."""
    made: list[Any] = []

    def open_(**more: Any) -> Any:
        said = {"policy": POLICY, "state_dir": home, "identity": provider.identity()} | more
        made.append(governed_db.connect(database, **said))
        return made[-1]

    yield open_
    for one in made:
        one.close()


def test_token_of_a_connection(provider: Provider, opened: Any, home: Path) -> None:
    """The token says who acts; the trail names its issuer and id, not the token."""
    token = provider.token(sub="alice", jti="t-1")
    connection = opened(token=token)
    rows = connection.execute(SQL).fetchall()
    connection.close()
    release(home)
    event, *_ = [event for event in read(home / "audit") if event["fields"].get("relations")]

    assert rows == [(1,)]
    assert event["fields"]["principals"] == [{"id": "alice", "kind": "human", "groups": ["support"]}]
    assert event["fields"]["proof"] == [{"issuer": provider.url, "token": "t-1"}]


def test_group_of_the_token(provider: Provider, opened: Any) -> None:
    """Rights go by the groups that the token names."""
    connection = opened(token=provider.token(groups=["sales"]))

    with pytest.raises(StatementDenied, match="GDB300"):
        connection.execute(SQL)


def lived(provider: Provider, use: Callable[[str], Any]) -> tuple[Any, float]:
    """What `use` gives for a token that is valid all the while, and when it ends."""
    for life in (1, 4, 16):  # a slow machine gets more time
        ends = int(time.time()) + life
        try:
            return use(provider.token(exp=ends)), ends
        except (IdentityError, StatementDenied):
            if life == 16:
                raise
    raise AssertionError


def wait_for(moment: float) -> None:
    """Until then."""
    time.sleep(max(0.0, moment - time.time()) + 0.01)


def test_expiry_stops_hits(provider: Provider, opened: Any) -> None:
    """A token that expires while its connection is open refuses the next statement, however often it ran."""

    def use(token: str) -> Any:
        connection = opened(token=token)
        for _ in range(3):
            connection.execute(SQL).fetchall()
        return connection

    connection, ends = lived(provider, use)
    wait_for(ends)

    with pytest.raises(StatementDenied, match="GDB550"):
        connection.execute(SQL)


def test_nothing_is_revealed_past_the_end(provider: Provider, opened: Any) -> None:
    """A token that has expired turns no masked value back either."""
    connection, ends = lived(provider, lambda token: opened(token=token))
    wait_for(ends)

    with pytest.raises(StatementDenied, match="GDB550"):
        governed_db.reveal(connection, "tok_whatever")


def test_hits_verify_nothing(provider: Provider, opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two looks no statement verifies, reads or fetches anything."""
    connection = opened(token=provider.token())
    connection.execute(SQL).fetchall()
    gate = gate_of(connection)
    monkeypatch.setattr(type(gate), "admit", lambda _: pytest.fail("a hit looked"))

    assert gate.hit(SQL) is not None


def test_acting_as_token(
    provider: Provider, opened: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """acting_as takes a token; the identity file comes from the environment or by name."""
    connection = opened()
    with (
        pytest.raises(IdentityError, match="GDB550"),
        acting_as(token=provider.token(exp=1), identity=provider.identity()),
    ):
        pytest.fail("entered")
    file = tmp_path / "identity.yaml"
    file.write_text(
        f"version: 1\nissuers:\n  - {{issuer: '{provider.url}', audience: 'api://governed-db'}}\n"
    )
    monkeypatch.setenv("GOVERNED_DB_IDENTITY", str(file))
    monkeypatch.setenv("GOVERNED_DB_HOME", str(tmp_path / "state"))
    with acting_as(token=provider.token(sub="bob"), conversation="c") as context:
        rows = connection.execute(SQL).fetchall()

    assert (context.principal.id, context.conversation, rows) == ("bob", "c", [(1,)])


def test_blocks_end_with_their_token(provider: Provider, opened: Any) -> None:
    """A block outlives its token only without statements, also when the principal is named again inside."""
    connection = opened()

    def use(token: str) -> Any:
        block = acting_as(token=token, identity=provider.identity())
        stack = contextlib.ExitStack()
        context = stack.enter_context(block)
        try:
            for _ in range(3):
                connection.execute(SQL)
        except StatementDenied:
            stack.close()
            raise
        return stack, context

    (stack, context), ends = lived(provider, use)
    wait_for(ends)
    with stack:
        with pytest.raises(StatementDenied, match="GDB550"):
            connection.execute(SQL)
        with acting_as(context.principal, tool="sql"), pytest.raises(StatementDenied, match="GDB550"):
            connection.execute(SQL)


def test_proof_required(provider: Provider, opened: Any) -> None:
    """Where the identity file requires it, what a program says about who acts does not count."""
    connection = opened(
        identity=provider.identity() | {"required": True}, principal=Principal("root", groups=("support",))
    )

    with pytest.raises(StatementDenied, match="GDB556"):
        connection.execute(SQL)
    with acting_as(Principal("root", groups=("support",))), pytest.raises(StatementDenied, match="GDB556"):
        connection.execute(SQL)
    with acting_as(token=provider.token(), identity=provider.identity()) as context:
        rows = connection.execute(SQL).fetchall()
    with acting_as(context.principal), pytest.raises(StatementDenied, match="GDB556"):
        connection.execute(SQL)
    assert rows == [(1,)]


def test_file_is_read_again(provider: Provider, opened: Any, tmp_path: Path) -> None:
    """A token in a file is replaced while the connection is open: who acts changes with it."""
    file = tmp_path / "token"
    file.write_text(provider.token(sub="alice") + "\n")
    connection = opened(token=f"file:{file}")
    gate = gate_of(connection)
    connection.execute(SQL)
    first = gate.context().principal.id
    file.write_text(provider.token(sub="bob"))
    gate.schema_changed()
    connection.execute(SQL)
    second = gate.context().principal.id
    file.unlink()
    gate.schema_changed()
    with pytest.raises(StatementDenied, match="GDB555"):
        connection.execute(SQL)

    assert (first, second) == ("alice", "bob")


def test_other_sources(
    provider: Provider, opened: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A function or a variable of the environment gives the token as well."""
    monkeypatch.setenv("MY_TOKEN", provider.token(sub="by-variable"))
    found = []
    for source in ("env:MY_TOKEN", lambda: provider.token(sub="by-function")):
        connection = opened(token=source)
        connection.execute(SQL)
        found.append(gate_of(connection).context().principal.id)
    monkeypatch.setenv("GOVERNED_DB_TOKEN", provider.token(sub="by-default"))
    connection = opened()
    connection.execute(SQL)
    found.append(gate_of(connection).context().principal.id)
    (tmp_path / "token").write_text(provider.token(sub="by-file"))
    monkeypatch.setenv("GOVERNED_DB_TOKEN", f"file:{tmp_path}/token")
    connection = opened()
    connection.execute(SQL)

    assert [*found, gate_of(connection).context().principal.id] == [
        "by-variable",
        "by-function",
        "by-default",
        "by-file",
    ]


def test_refused_when_opened(provider: Provider, opened: Any, home: Path, database: str) -> None:
    """A connection is not opened with a token that proves nothing, or when nobody says whose tokens count."""
    with pytest.raises(IdentityError, match="GDB551"):
        opened(token="no token")
    with pytest.raises(IdentityError, match="GDB555"):
        opened(token=lambda: None)
    with pytest.raises(IdentityError, match="GDB555"):
        opened(token="env:NOT_SET")
    with pytest.raises(ConfigurationError, match="GDB511"):
        governed_db.connect(database, token=provider.token(), state_dir=home)
    with pytest.raises(ConfigurationError, match="no place for secrets"):
        governed_db.connect(f"{database}?governed_token={provider.token()}")


def texts_of(error: BaseException | None) -> str:
    """Everything that a tool which prints local variables would print of an error and what led to it."""
    found = ""
    while error is not None:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True, lookup_lines=False)
        found += "".join(
            f"{frame.locals}"
            for frame in shown.stack
            if "/governed_db/" in frame.filename or "jwt" in frame.filename
        )
        found += str(error) + repr(error)
        error = error.__context__ or error.__cause__
    return found


def test_tokens_are_told_nowhere(
    provider: Provider,
    opened: Any,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No part of a token is in a message, a repr, a log, an event, or a local variable of a traceback."""
    caplog.set_level(0)
    good, over = provider.token(jti="visible"), provider.token(exp=1)
    forged = good[:-8] + ("A" * 8)
    told = ""
    for token in (over, forged, good + ".x", "secret-" + good):
        for attempt in (
            lambda token=token: opened(token=token),
            lambda token=token: opened(token=lambda: token),
            lambda token=token: acting_as(token=token, identity=provider.identity()).__enter__(),
        ):
            with pytest.raises(IdentityError) as refused:
                attempt()
            told += texts_of(refused.value)
    connection = opened(token=good)
    connection.execute(SQL).fetchall()
    gate = gate_of(connection)
    told += repr(gate.ports) + repr(gate.context()) + repr(governed_db.explain(connection, SQL)) + caplog.text
    connection.close()
    release(home)
    files = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())

    assert b"visible" in files
    for token in (good, over, forged):
        for piece in (token, *token.split(".")[1:]):
            assert piece not in told
            assert piece.encode() not in files


def test_after_a_fork(provider: Provider, opened: Any) -> None:
    """A child process verifies on its own."""
    connection = opened(token=provider.token())
    connection.execute(SQL)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with acting_as(token=provider.token(sub="child"), identity=provider.identity()) as context:
                code = 0 if context.principal.id == "child" else 2
        finally:
            os._exit(code)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
