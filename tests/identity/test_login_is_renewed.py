"""A login outlives its first token: new ones are asked for in time, once for all who share the file."""

from __future__ import annotations

import stat
import threading
import time
import traceback
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

import governed_db
from governed_db.context.tokens.kept import Login, keep
from governed_db.context.tokens.login import Client
from governed_db.errors import IdentityError
from tests.identity.provider import CLIENT, Provider
from tests.identity.test_login import client


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The time by which logins are renewed."""
    return Clock()


@pytest.fixture
def kept(provider: Provider, tmp_path: Path, clock: Clock) -> Path:
    """A login whose token lasts for five minutes."""
    path = tmp_path / "login.json"
    answer = client(provider).on_device(lambda *_: None, sleep=lambda _: None)
    keep(path, client(provider), answer, "access_token", clock())
    return path


def test_a_token_is_replaced_before_it_ends(provider: Provider, kept: Path, clock: Clock) -> None:
    """It is the same until a minute before; the refresh token that comes with the next one is kept, too."""
    login = Login(kept, now=clock)
    tokens = []
    for passed in (0, 239, 2, 0, 299, 0):
        clock.now += passed
        tokens.append(login().reveal())

    first, second, third = dict.fromkeys(tokens)
    assert tokens == [first, first, second, second, third, third]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert msgspec.json.decode(kept.read_bytes())["refresh"] == provider.refreshes[-1]


def test_many_at_once_ask_once(provider: Provider, kept: Path, clock: Clock) -> None:
    """Whoever comes second takes what the first was given: a refresh token used twice ends the login."""
    asked = provider.asked.count("/token")
    clock.now += 299
    found: list[str] = []
    logins = [Login(kept, now=clock) for _ in range(8)]
    threads = [threading.Thread(target=lambda one=one: found.append(one().reveal())) for one in logins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(found)) == 1
    assert len(found) == 8
    assert provider.asked.count("/token") == asked + 1


def test_an_issuer_that_is_away(provider: Provider, kept: Path, clock: Clock) -> None:
    """The token is good until its end; then the login waits for its issuer, and is not lost."""
    login = Login(kept, now=clock)
    first = login().reveal()
    real, provider.is_down = provider._post, True
    provider._post = lambda handler: provider._answer(handler, {}, 503)  # type: ignore[method-assign]
    clock.now += 250
    during = login().reveal()
    clock.now += 60
    with pytest.raises(IdentityError):
        login()
    provider._post, provider.is_down = real, False  # type: ignore[method-assign]
    clock.now += 60

    assert during == first
    assert login().reveal() != first


def test_a_login_that_was_ended(provider: Provider, kept: Path, clock: Clock) -> None:
    """When the issuer takes it back the person is asked to sign in again; no token is in what is said."""
    provider.refreshes.clear()
    clock.now += 400
    with pytest.raises(IdentityError, match="GDB558") as caught:
        Login(kept, now=clock)()
    said = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())

    assert "refresh-canary" not in said
    assert msgspec.json.decode(kept.read_bytes())["token"] not in said


def test_without_a_refresh_token(provider: Provider, tmp_path: Path, clock: Clock) -> None:
    """The token is given as it is; what verifies it says when it has ended."""
    path = tmp_path / "login.json"
    keep(
        path, Client(provider.url, CLIENT, ""), {"access_token": "fake", "expires_in": 1}, "access_token", 0.0
    )

    assert Login(path, now=clock)().reveal() == "fake"


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"token": "fake-canary"'])
def test_no_login(tmp_path: Path, content: bytes | None) -> None:
    """A file that is not there or holds something else is told with what to do, and not shown."""
    path = tmp_path / "login.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(IdentityError, match="GDB555") as caught:
        Login(path)()

    assert "canary" not in str(caught.value)
    assert "governed-db login" in str(caught.value)


def test_connections_use_it(provider: Provider, kept: Path, sqlite_shop: str, tmp_path: Path) -> None:
    """`token="login:PATH"`, in code, in a database URL, or in GOVERNED_DB_TOKEN."""
    url = f"{sqlite_shop}?governed_token=login:{kept}"
    with closing(
        governed_db.connect(url, identity=provider.identity(), state_dir=tmp_path / "state")
    ) as connection:
        connection.execute("SELECT count(*) FROM orders").fetchall()
        gate = connection._governed.gate

        assert gate.context().principal.id == "alice"
