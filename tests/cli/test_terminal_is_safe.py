"""What others write cannot forge or hide anything on the terminal of whoever reads or approves it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

import governed_db
from tests.cli.terminal import run

# Clears the screen, goes back up, turns text around, hides, and pretends to be markup.
HOSTILE = "\x1b[2J\x1b[1A\x9b2K\u202egnp.\u2066\u200b[bold red]harmless[/]"
LARGE = f'UPDATE orders AS "{HOSTILE}" SET total = total + 1 WHERE 1 = 1'


def controls(text: str) -> set[str]:
    """The characters of a text that a terminal does not show."""
    return {character for character in text if not character.isprintable() and character != "\n"}


@pytest.fixture
def request_id(sqlite_shop: str, state: Path) -> str:
    """A request whose statement was written to deceive."""
    with closing(governed_db.connect(sqlite_shop, principal=f"bot{HOSTILE}")) as connection:
        with pytest.raises(governed_db.StatementDenied):
            connection.execute(f'SELECT id AS "{HOSTILE}" FROM customers ORDER BY ssn')
        with pytest.raises(governed_db.ApprovalRequired) as asked:
            connection.execute(LARGE)
        connection._governed.gate.audit.flush()
        return str(asked.value.task["id"])


@pytest.mark.parametrize("json", [(), ("--json",)])
def test_what_an_approver_reads(request_id: str, json: tuple[str, ...]) -> None:
    """The list, one request, its decision and the trail show control characters spelled out."""
    shown = [
        run(*words, *json).out
        for words in (
            ("approvals", "list"),
            ("approvals", "show", request_id),
            ("approvals", "deny", request_id, "--as", "grace"),
            ("audit", "tail"),
            ("audit", "show", request_id),
        )
    ]

    assert [controls(text) for text in shown] == [set()] * len(shown)
    assert all("\\u001b[2J" in text for text in shown[:2])
    assert "[bold red]harmless[/]" in shown[1]


def test_what_explain_shows(sqlite_shop: str, state: Path) -> None:
    """Names of a statement are shown as they are written, in tables, excerpts and errors."""
    permitted = run("explain", f'SELECT id AS "{HOSTILE}" FROM orders', "--url", sqlite_shop)
    denied = run("explain", f'SELECT id FROM "{HOSTILE}"', "--url", sqlite_shop)
    error = run("approvals", "show", HOSTILE, "--state-dir", str(state))

    assert [controls(answer.out + answer.err) for answer in (permitted, denied, error)] == [set()] * 3
    assert "[bold red]harmless[/]" in error.err
