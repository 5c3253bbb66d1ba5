"""A person proves with a token who decides; what only somebody typed does not do where policy wants proof."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from governed_db.model.approval import Proof
from governed_db.remote.approvals import ApprovalStore
from governed_db.remote.reader import read
from tests.approvals.subjects import SUBJECT
from tests.cli.terminal import run
from tests.identity.provider import CLIENT, Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An identity provider."""
    made = Provider()
    yield made
    made.close()


@pytest.fixture
def wanted(tmp_path: Path, provider: Provider) -> str:
    """A request whose approver must be verified and in a group; `identity.json` says whose tokens count."""
    (tmp_path / "identity.json").write_text(json.dumps(provider.identity(agents=["bot"])))
    terms = attrs.evolve(SUBJECT.terms, verified=True)
    subject = attrs.evolve(SUBJECT, terms=terms, approvers=("dba",))
    return ApprovalStore(tmp_path / "approvals.sqlite").request(subject).id


def approve(tmp_path: Path, wanted: str, token: str, *words: str):  # type: ignore[no-untyped-def]
    """`governed-db approvals approve` with a token in a file."""
    (tmp_path / "token").write_text(token)
    place = ("--token", f"file:{tmp_path / 'token'}", "--identity", str(tmp_path / "identity.json"))
    return run("approvals", "approve", wanted, "--state-dir", str(tmp_path), "--json", *place, *words)


def test_who_a_token_names_decides(tmp_path: Path, provider: Provider, wanted: str) -> None:
    """The name and groups are the token's; the trail says how it is known."""
    answer = approve(tmp_path, wanted, provider.token(sub="grace", groups=["dba"]))
    told = [event["fields"] for event in read(tmp_path / "audit") if event["phase"] == "admin"]

    assert answer.json["state"] == "approved", answer.err
    assert {(one["by"], one["proof"]) for one in told} == {("grace", Proof.TOKEN.value)}


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"sub": "grace", "groups": []}, None),
        ({"sub": "grace", "groups": ["dba"], "exp": 1}, "GDB550"),
        ({"sub": "grace", "groups": ["dba"], "aud": "another"}, "GDB552"),
        ({"sub": "bot", "groups": ["dba"]}, "GDB612"),
        ({"sub": "grace", "groups": ["dba"], "act": {"sub": "bot"}}, "GDB612"),
        ({"sub": "alice", "groups": ["dba"]}, None),
    ],
)
def test_who_may_not(
    tmp_path: Path, provider: Provider, wanted: str, claims: dict[str, object], code: str | None
) -> None:
    """Not who is in no group, whose token does not count, an agent, a person through one, or who asked."""
    answer = approve(tmp_path, wanted, provider.token(**claims))

    assert answer.code != 0
    assert code is None or code in answer.out + answer.err
    assert ApprovalStore(tmp_path / "approvals.sqlite").get(wanted).state.value == "pending"


@pytest.mark.parametrize("words", [("--as", "grace"), ("--group", "dba"), ("--token", "ey.J.x")])
def test_told_twice(tmp_path: Path, provider: Provider, wanted: str, words: tuple[str, ...]) -> None:
    """A token goes with no name, and stands in a place, not in the command, where others see it."""
    assert "GDB611" in approve(tmp_path, wanted, provider.token(), *words).out


def test_a_name_is_no_proof(tmp_path: Path, wanted: str) -> None:
    """What was typed does not do where the rule wants it verified."""
    answer = run(
        "approvals", "approve", wanted, "--as", "grace", "--group", "dba", "--state-dir", str(tmp_path)
    )

    assert answer.code != 0
    assert CLIENT not in answer.out
