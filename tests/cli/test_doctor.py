"""`governed-db doctor` proves that governance is on, and says so when it is not."""

from __future__ import annotations

from typing import Any

from tests.cli.terminal import Answer, run
from tests.shop import leaked

PROVEN = (
    *("policy", "protected columns", "backstop", "two statements in one call", "files", "unbounded delete"),
    *("drop table", "masking", "canaries were recorded", "audit trail is whole", "approvals"),
)


def checks(answer: Answer) -> dict[str, Any]:
    """Whether each check held, by its name."""
    return {check["name"]: check["is_ok"] for check in answer.json["checks"]}


def test_it_is_on(shop: str, state: object) -> None:
    """On a governed database every check holds, the backstop and a masked canary among them."""
    answer = run("doctor", "--url", shop, "--json")

    assert answer.code == 0, answer.out
    assert {name: held for name, held in checks(answer).items() if name in PROVEN} == dict.fromkeys(
        PROVEN, True
    )
    assert leaked(answer.out) == ()


def test_it_only_observes(shop: str, state: object) -> None:
    """Under a policy that only observes, what is not refused or masked is named, and the exit code is 1."""
    answer = run("doctor", "--url", shop, "--policy", "observe", "--json")
    held = checks(answer)

    assert answer.code == 1
    is_refused = shop.startswith("mysql")  # elsewhere observing lets the driver's own methods pass, recorded
    assert [held[name] for name in ("policy", "unbounded delete", "masking", "backstop")] == [
        False,
        False,
        False,
        is_refused,
    ]


def test_it_says_who_and_what(sqlite_shop: str, state: object) -> None:
    """It tells for whom and under which policy the connection works."""
    answer = run("doctor", "--url", sqlite_shop, "--principal", "reports", "--group", "bi")

    assert "reports, a service, groups bi" in answer.out
    assert "standard, revision" in answer.out
    assert "It is on." in answer.out


def test_nothing_to_protect(sqlite_database: str, state: object) -> None:
    """In a database without protected columns this is said, and is no failure."""
    answer = run("doctor", "--url", sqlite_database, "--json")

    assert answer.code == 0
    assert checks(answer)["protected columns"] is None
