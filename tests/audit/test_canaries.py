"""Canaries wherever values and credentials are: found in no file, log, event, message or traceback."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.docs.pages import ROOT
from tests.identity.provider import Provider
from tests.servers.fixtures import FreshDatabase
from tests.servers.urls import Address
from tests.shop import leaked

PROGRAM = Path(__file__).with_name("canary_program.py")
MARKS = {"sqlite": "?", "postgres": "%s", "mysql": "%s"}


@pytest.fixture(params=MARKS)
def dialect(request: pytest.FixtureRequest) -> str:
    """Each driver."""
    return str(request.param)


@pytest.fixture
def url(dialect: str, fresh_database: FreshDatabase) -> Iterator[str]:
    """The shop, whose sensitive values are canaries."""
    with fresh_database(dialect, shop=True) as made:
        yield made


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An identity provider."""
    made = Provider()
    yield made
    made.close()


def wrong_urls(url: str, password: str) -> list[str]:
    """Addresses with a password that cannot be connected to: a wrong one, no server, no address at all."""
    if url.startswith("sqlite"):
        return [f"sqlite:///nowhere/{password}/x.db", f"mysql://u:{password}@[::1/x"]
    at = Address.of(url)
    there = f"{at.host}:{at.port}"
    login = f"{at.scheme}://{quote(at.user)}"
    return [
        f"{login}-unknown:{password}@{there}/{at.database}",
        f"{login}:{password}@127.0.0.1:1/{at.database}?connect_timeout=2",
        f"{login}:{password}@{there}/{at.database}?strange={password}",
        f"{login}:{password}@{there}:x/{at.database}",
    ]


def test_no_canary_is_found(tmp_path: Path, dialect: str, url: str, provider: Provider) -> None:
    """Passwords, tokens, keys, prompts, literals, parameters and rows stay where they belong."""
    mark = secrets.token_hex(4)
    names = ("password", "literal", "parameter", "prompt", "enrolment")
    words = {name: f"CNRY{name}{mark}" for name in names}
    token = provider.token()
    token_file = tmp_path / "token"
    token_file.write_text(token)
    bad = [
        token[:-4] + "AAAA",
        f"CNRYtoken{mark}",
        f"{token}.{mark}",
        provider.token(exp=1),
        provider.token(aud="x"),
    ]
    given = {
        "url": url,
        "mark": MARKS[dialect],
        "folder": str(tmp_path),
        "home": str(tmp_path / "home"),
        "secrets": words,
        "wrong_urls": wrong_urls(url, words["password"]),
        "identity": provider.identity(),
        "token": token,
        "token_file": str(token_file),
        "bad_tokens": bad,
        "collector": f"file:{tmp_path / 'collected.jsonl'} ocsf:{tmp_path / 'ocsf.jsonl'}",
    }
    done = subprocess.run(
        [sys.executable, "-W", "default", str(PROGRAM)],
        input=json.dumps(given),
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "GOVERNED_DB_ENROLMENT_KEY": words["enrolment"]},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]

    token_file.unlink()
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    files[Path("output")] = (done.stdout + done.stderr).encode()
    signatures = {each.rpartition(".")[2] or each for each in (token, *bad)} - {mark}
    sought = {*words.values(), *signatures, *(each.split(".")[1] for each in bad if each.count(".") > 1)}
    own = {words[name] for name in ("literal", "parameter", "prompt", "password")}
    found = [
        (path.name, word)
        for path, content in files.items()
        for word in sorted(sought)
        if word.encode() in content
        # What the program put into a call as text stands in frames of that call; tokens do not even there.
        and not (path.name == "locals.txt" and word in own)
    ]

    assert found == []
    assert [(path.name, leaked(content)) for path, content in files.items() if leaked(content)] == []
    assert {"log.txt", "errors.txt", "tracebacks.txt", "locals.txt", "reprs.txt"} <= {
        path.name for path in files
    }
    assert len(files) > 12
