"""Whatever stands in a question is a word to look for, and tells nothing of anybody else's."""

from __future__ import annotations

import attrs
import pytest

from governed_db.server.search import Question
from tests.server.running import Plane
from tests.server.told import Teller, event

_TEXTS = [
    "' OR '1'='1",
    "'; DROP TABLE events; --",
    "x') UNION SELECT hash FROM enrolments --",
    "%",
    "_",
    "\\",
    "\u0000",
    "$1",
    ":tenant",
    "%(tenant)s",
    "{0.__class__}",
    "a" * 512,
]
_WORDS = [field.name for field in attrs.fields(Question) if field.name not in ("since", "until")]


@pytest.fixture(scope="module")
def mine(plane: Plane) -> Plane:
    """An event of each tenant."""
    for tenant in ("default", "other"):
        told = event(conversation=f"secret-of-{tenant}", statement=f"SELECT {tenant}", tool=f"tool-{tenant}")
        Teller(plane, plane.key(tenant=tenant), client=f"client-of-{tenant}").tell(told)
    return plane


@pytest.mark.parametrize("text", _TEXTS)
def test_sql_in_a_question_is_a_word(mine: Plane, text: str) -> None:
    """In each field; nothing has this word, so nothing is found, and nothing has happened."""
    token = mine.token("viewer")
    for name in _WORDS:
        answer = mine.get("/v1/events", token, params={name: text})
        assert (name, answer.status_code, answer.json().get("events")) == (name, 200, [])

    assert mine.get("/v1/events", token).json()["events"]


@pytest.mark.parametrize("after", ["x", "e30", "W10", "WzEsMl0", "bnVsbA", "////", "W05hTiwgIngiXQ", "'--"])
def test_a_place_that_was_made_up_is_refused(mine: Plane, after: str) -> None:
    """A page goes on where an answer said, and nowhere else."""
    answer = mine.get("/v1/events", mine.token("viewer"), params={"after": after})

    assert (answer.status_code, answer.json()["code"]) == (400, "GDB670")


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("limit", "501"), ("limit", "x"), ("since", "x"), ("since", "-1"), ("text", "a" * 513)],
)
def test_what_is_out_of_bounds_is_refused(mine: Plane, name: str, value: str) -> None:
    """400, and which of them."""
    assert mine.get("/v1/events", mine.token("viewer"), params={name: value}).status_code == 400


def test_nobody_meets_anothers_events(mine: Plane) -> None:
    """By no question, by no id, in no sum, in no list."""
    roles = ("viewer", "auditor", "admin")
    ours, theirs = mine.token(*roles), mine.token(*roles, tenant="other")
    found = mine.get("/v1/events", theirs).json()["events"]
    name = next(one["id"] for one in found if one["conversation"] == "secret-of-other")
    seen = "".join(
        mine.get(path, ours).text
        for path in (
            "/v1/events", "/v1/events?conversation=secret-of-other", "/v1/events?tool=tool-other",
            "/v1/events?text=SELECT%20other", "/v1/coverage", "/v1/integrity", "/v1/principals", "/v1/groups",
            "/v1/enrolments",
        )
    )  # fmt: skip

    assert "-other" not in seen
    assert "SELECT other" not in seen
    assert mine.get(f"/v1/events/{name}", ours).status_code == 404
    assert mine.get(f"/v1/events/{name}", theirs).status_code == 200


def test_a_chain_is_of_who_sent_it(mine: Plane) -> None:
    """The same client name and boot at another tenant is another chain: nobody fills another's gaps."""
    ours = Teller(mine, mine.key(), client="same")
    theirs = Teller(mine, mine.key(tenant="other"), client="same")
    theirs.boot = ours.boot
    ours.tell(event(), event())

    assert theirs.tell(event(rows=99)) == {"taken": 1, "again": 0, "findings": 0}
    assert ours.tell(event()) == {"taken": 1, "again": 0, "findings": 0}
