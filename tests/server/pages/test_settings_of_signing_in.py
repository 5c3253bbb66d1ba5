"""What a settings file says of signing in, and how ID tokens are read by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from governed_db.errors import ConfigurationError, PolicyError
from governed_db.server.settings import load_settings
from governed_db.server.sign_in_settings import SignIn
from tests.cli.terminal import run

EVERYONE = "https://login.microsoftonline.com/common/v2.0"
OKTA = """
    - label: Okta
      provider: okta
      issuer: https://example.okta.com
      client_id: 0oa1
      client_secret: env:OKTA_SECRET
"""


def _sign_in(folder: Path, entry: str) -> SignIn:
    file = folder / "plane.yaml"
    file.write_text(f"version: 1\ntenants:\n  default:\n    sign_in:{entry}")
    return load_settings(folder, file).tenants[0].sign_in[0]


def test_okta(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who signs in with Okta is called what their access tokens call them: by their login."""
    monkeypatch.setenv("OKTA_SECRET", "a-secret-of-this-test")

    found = _sign_in(tmp_path, OKTA)

    assert (found.label, found.client_id, found.scope) == ("Okta", "0oa1", "openid profile groups")
    assert found.issuer.id == (("preferred_username",),)
    assert found.issuer.audiences == ("0oa1",)
    assert found.secret() == "a-secret-of-this-test"
    assert "a-secret-of-this-test" not in repr(found)


def test_an_access_token_is_no_id_token(tmp_path: Path) -> None:
    """Headers of access tokens are not taken for those of ID tokens."""
    assert "at+jwt" not in _sign_in(tmp_path, OKTA).issuer.types


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("\n    - {issuer: https://idp.example.com}\n", "client_id"),
        ("\n    - {issuer: https://idp.example.com, client_id: a, client_secret: hunter2}\n", "env:NAME"),
        ("\n    - {issuer: http://idp.example.com, client_id: a}\n", "https"),
        ("\n    - {client_id: a}\n", "issuer"),
        ("\n    - {issuer: https://idp.example.com, client_id: a, colour: red}\n", "colour"),
        (f"\n    - {{issuer: {EVERYONE}, provider: entra, client_id: a}}\n", "tenant"),
    ],
    ids=["client", "secret", "plain", "issuer", "unknown", "every tenant"],
)  # fmt: skip
def test_mistakes(tmp_path: Path, entry: str, said: str) -> None:
    """What is wrong is told with its place, and never with a secret."""
    with pytest.raises(PolicyError, match=said) as refused:
        _sign_in(tmp_path, entry)

    assert "hunter2" not in str(refused.value)


def test_a_secret_that_is_not_there(tmp_path: Path) -> None:
    """A missing secret is told when it is needed, by where it should be."""
    found = _sign_in(tmp_path, OKTA.replace("env:OKTA_SECRET", f"file:{tmp_path}/absent"))

    with pytest.raises(ConfigurationError, match=r"GDB643.*absent"):
        found.secret()


def test_a_link_from_the_machine(tmp_path: Path) -> None:
    """Whoever is at the machine makes a link; its code stands where no server or log sees it."""
    folder = tmp_path / "plane"
    folder.mkdir(mode=0o700)

    told = run("server", "sign-in", "--as", "carol", "--role", "approver", "--folder", str(folder), "--json")

    address, _, code = told.json["link"].partition("#")
    assert address == "http://127.0.0.1:8790/sign-in"
    assert len(code) == 27
