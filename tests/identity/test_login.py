"""A person signs in at their own issuer; the token is kept for them alone, and connections use it."""

from __future__ import annotations

import json
import stat
import threading
import urllib.request
from pathlib import Path
from typing import Any

import click
import pytest

from governed_db.context.tokens.bearer import Bearer
from governed_db.context.tokens.issuers import load_identity
from governed_db.context.tokens.login import Client
from governed_db.context.tokens.verify import Verifier
from governed_db.errors import IdentityError
from tests.cli.terminal import run
from tests.identity.provider import CLIENT, Provider


def client(provider: Provider) -> Client:
    """A public client."""
    return Client(provider.url, CLIENT, "openid db.read")


def browse(url: str) -> None:
    """What a browser does, in a thread of its own."""
    threading.Thread(target=lambda: urllib.request.urlopen(url, timeout=60).close(), daemon=True).start()


def test_in_a_browser(provider: Provider) -> None:
    """The code comes back to a port of this machine and is exchanged with the PKCE verifier."""
    found = client(provider).in_browser(browse)

    verified = Verifier(load_identity(provider.identity())).verify(Bearer(found["access_token"]))
    assert verified.principal.id == "alice"


def test_answers_of_others_are_passed_over(provider: Provider) -> None:
    """An answer without our state, which any page could send to the port, does not count."""
    provider_codes: list[str] = []

    def visit(url: str) -> None:
        from urllib.parse import parse_qs, urlsplit

        back = parse_qs(urlsplit(url).query)["redirect_uri"][0]

        def both() -> None:
            urllib.request.urlopen(f"{back}?code=evil&state=guess", timeout=60).close()
            urllib.request.urlopen(url, timeout=60).close()

        threading.Thread(target=both, daemon=True).start()
        provider_codes.append(back)

    assert "access_token" in client(provider).in_browser(visit)


def test_on_a_device(provider: Provider) -> None:
    """The person types a code elsewhere; until then the issuer is asked again."""
    shown: list[tuple[str, str]] = []

    found = client(provider).on_device(lambda at, code: shown.append((at, code)), sleep=lambda _: None)

    assert "access_token" in found
    assert shown == [(f"{provider.url}/activate", "WDJB-MJHT")]
    assert provider.asked.count("/token") == 2


def test_refused(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the issuer refuses is told by its code, without a token or a secret."""
    monkeypatch.setattr(provider, "_granted", lambda _: {"error": "access_denied"})

    with pytest.raises(IdentityError, match=r"GDB558 .*access_denied"):
        client(provider).on_device(lambda *_: None, sleep=lambda _: None)


def test_command(provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`governed-db login` keeps the token in a file of the state folder that nobody else can read."""
    monkeypatch.setattr(click, "launch", browse)
    home = tmp_path / "state"
    answer: Any = run("login", provider.url, "--client", CLIENT, "--state-dir", str(home), "--json")
    told = json.loads(answer.out)
    path = home / "login.json"
    kept = json.loads(path.read_text())

    assert (told["token"], stat.S_IMODE(path.stat().st_mode)) == (f"login:{path}", 0o600)
    assert told["renewed"]
    assert kept["token"] not in answer.out + answer.err
    assert "refresh-canary" not in answer.out + answer.err
