"""Promise: a token is turned into its value for those whom policy entitles, on the record; for no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import governed_db
from governed_db import Principal, StatementDenied, acting_as, reveal
from governed_db.errors import ConfigurationError
from governed_db.remote.mask_keys import MaskKeyFile
from governed_db.runtime import release
from tests.contract.conftest import OpenShop
from tests.contract.shop import Shop
from tests.contract.test_tokens import TOKENS, stored, token_of
from tests.shop import leaked

OFFICER = Principal("dana", kind="human", groups=("privacy",))
AGENT = Principal("helper", kind="agent")
REVEALING: dict[str, Any] = {
    **TOKENS,
    "rules": [
        {
            "id": "privacy-officers",
            "effect": "permit",
            "principals": {"groups": ["privacy"]},
            "actions": ["select"],
            "reveal": ["pii.email"],
        },
        {
            "id": "of-one-table",
            "effect": "permit",
            "principals": {"ids": ["support"]},
            "actions": ["select"],
            "relations": {"only": ["customers"]},
            "reveal": ["pii.email"],
        },
        *TOKENS["rules"],  # type: ignore[misc]  # a list
    ],
}


@pytest.fixture
def revealing(open_shop: OpenShop) -> Shop:
    """A shop in which privacy officers may reveal e-mail addresses."""
    return open_shop(policy=REVEALING)


def connection_of(shop: Shop) -> Any:
    """The connection itself, of async ones too."""
    return getattr(shop.connection, "target", shop.connection)


def trail(shop: Shop) -> str:
    """What is on disk of the trail."""
    release(shop.state_dir)
    return "".join(
        path.read_text("utf-8", "replace")
        for path in sorted((shop.state_dir / "audit").iterdir())
        if path.is_file()
    )


def refused(shop: Shop, token: str) -> Any:
    """The code of the refusal, which is the driver's own exception and shows nothing."""
    with pytest.raises(StatementDenied) as caught:
        reveal(connection_of(shop), token)
    assert isinstance(caught.value, shop.adapter.error)
    assert leaked(str(caught.value)) == ()
    return caught.value.code


def test_who_is_entitled_gets_the_value(revealing: Shop) -> None:
    """The value is given, and the use is recorded without it."""
    token, email = token_of(revealing, "email", 3), stored(revealing, "email", 3)

    with acting_as(OFFICER, purpose="ticket 4711"):
        assert reveal(connection_of(revealing), token) == email

    text = trail(revealing)
    assert '"call":"reveal"' in text
    assert '"status":"ok"' in text
    assert "policy/privacy-officers" in text
    assert "ticket 4711" in text
    assert leaked(text) == ()


def test_others_are_refused(revealing: Shop) -> None:
    """Nobody else gets it, nor an agent that acts for somebody who would; each attempt is recorded."""
    token = token_of(revealing, "email", 3)

    assert refused(revealing, token) == "GDB210"
    for_officer = Principal("dana", kind="human", groups=("privacy",), actor=AGENT)
    uncertain = Principal("eve", kind="human", groups=(), groups_complete=False)
    one_table = Principal("support", kind="human")
    for principal in (AGENT, for_officer, uncertain, one_table):
        with acting_as(principal):
            assert refused(revealing, token) == "GDB210"

    text = trail(revealing)
    assert text.count('"call":"reveal"') == 5
    assert leaked(text) == ()


def test_other_tokens_are_refused(revealing: Shop) -> None:
    """Tokens of other classifications, forged ones and what is no token."""
    email, phone = token_of(revealing, "email", 3), token_of(revealing, "phone", 3)

    with acting_as(OFFICER):
        assert refused(revealing, phone) == "GDB210"
        assert refused(revealing, email[:-1] + ("a" if email[-1] != "a" else "e")) == "GDB220"
        assert refused(revealing, "jane@example.com") == "GDB220"


def test_rotation(revealing: Shop) -> None:
    """After a rotation old tokens are revealed and find their rows; a dropped key ends that."""
    token, email = token_of(revealing, "email", 3), stored(revealing, "email", 3)
    keys = MaskKeyFile(revealing.state_dir)
    old = keys.ring().ids[0]

    keys.rotate()
    with acting_as(OFFICER):
        assert reveal(connection_of(revealing), token) == email
    assert revealing.rows("SELECT id FROM customers WHERE email = ?", token) == [(3,)]

    keys.drop(old)
    other = governed_db.connect("sqlite://", state_dir=revealing.state_dir, policy=REVEALING)
    with acting_as(OFFICER), pytest.raises(StatementDenied, match="GDB220"):
        reveal(other, token)
    other.close()


def test_other_databases(revealing: Shop, tmp_path: Path) -> None:
    """A token of one database is none of another, under the same key."""
    token = token_of(revealing, "email", 3)
    other = governed_db.connect(
        f"sqlite:///{tmp_path / 'other.db'}", state_dir=revealing.state_dir, policy=REVEALING
    )

    with acting_as(OFFICER), pytest.raises(StatementDenied, match="GDB220"):
        reveal(other, token)
    other.close()


def test_ordinary_connections_reveal_nothing(revealing: Shop) -> None:
    """What is not a governed connection is a mistake, told as one."""
    with pytest.raises(ConfigurationError, match="governed connection"):
        reveal(revealing.raw, token_of(revealing, "email", 3))
