"""Where values of the caller meet protected columns, the policy says what they may be."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from governed_db.model.decision import Watched
from governed_db.model.principal import Principal
from governed_db.model.statement import Facts, Kind, Purpose, Reach, Supplied
from tests.policy.shop import AGENT, HUMAN, column, judge, other, policy, rule, select, write

EMAIL = "pii.email"
OFFICER = Principal("dana", kind="human", groups=("privacy",))


def supplied(purpose: Purpose, *names: str, takes: bool = True) -> Supplied:
    """A parameter that meets these columns."""
    return Supplied(30, 31, frozenset(map(column, names)), purpose, is_parameter=True, takes_tokens=takes)


def compared(*names: str, takes: bool = True, **more: Any) -> Facts:
    """A SELECT that compares one parameter with columns."""
    asked = select("orders.id", relations=tuple(name.partition(".")[0] for name in names))
    return attrs.evolve(asked, supplied=(supplied(Purpose.COMPARED, *names, takes=takes),), **more)


def written(*names: str, purpose: Purpose = Purpose.WRITTEN) -> Facts:
    """An UPDATE that writes one parameter."""
    return write(Kind.UPDATE, "customers", Reach.KEYED, supplied=(supplied(purpose, *names),))


def watched(
    facts: Facts, principal: Principal = HUMAN, rules: dict[str, Any] | None = None
) -> tuple[Watched, ...]:
    """What the decision says of supplied values."""
    return judge(facts, rules or policy(extends="standard"), principal).watched


def test_compared_values_may_be_tokens() -> None:
    """Compared with a masked column, the whole value may be a token of its classification."""
    expected = Watched(0, EMAIL, takes_tokens=True, refuses_masked=False)

    assert watched(compared("customers.email")) == (expected,)
    assert watched(compared("customers.email", "leads.email"))[0].takes_tokens


def test_written_values_may_be_tokens_and_no_placeholders() -> None:
    """A token may be written where it is the whole value; nothing that a mask made may."""
    expected = Watched(0, EMAIL, takes_tokens=True, refuses_masked=True)

    assert watched(written("customers.email")) == (expected,)
    assert watched(written("customers.email", purpose=Purpose.PART))[0].refuses_masked


def test_values_that_are_not_watched() -> None:
    """What meets no classified column is nobody's business."""
    assert watched(compared("orders.id")) == ()
    assert watched(attrs.evolve(other(Kind.EXPLAIN), supplied=compared("customers.email").supplied)) == ()


@pytest.mark.parametrize(
    "facts",
    [
        compared("customers.email", takes=False),
        compared("customers.email", "customers.name"),
        compared("customers.email", "orders.id"),
        compared("customers.email", kinds=frozenset({Kind.SELECT, Kind.DDL})),
        compared("customers.email", kinds=frozenset({Kind.SELECT, Kind.COPY})),
    ],
    ids=["part", "two classifications", "unclassified too", "kept by the database", "copied out"],
)
def test_where_tokens_are_not_turned_back(facts: Facts) -> None:
    """Where more than equality with one classification would show, the token is refused."""
    assert [one.takes_tokens for one in watched(facts)] == [False]


def test_columns_that_are_shown_as_they_are() -> None:
    """There a token would be read: everybody in the chain must be let reveal the classification."""
    shown = [rule(id="shown", mask={EMAIL: "none"})]
    reveals = rule(id="reveals", principals={"groups": ["privacy"]}, reveal=[EMAIL])
    limited = rule(id="limited", principals={"groups": ["privacy"]}, relations=["leads"], reveal=[EMAIL])
    facts = compared("customers.email")

    def takes(principal: Principal, *more: dict[str, Any]) -> bool:
        (one,) = watched(facts, principal, policy(*more, *shown, extends="standard"))
        return one.takes_tokens

    assert not takes(OFFICER)
    assert takes(OFFICER, reveals)
    assert not takes(HUMAN, reveals)
    assert not takes(OFFICER, limited)
    assert not takes(attrs.evolve(OFFICER, groups_complete=False, groups=()), reveals)
    assert not takes(attrs.evolve(OFFICER, actor=AGENT), reveals)


def test_policies_that_observe_change_nothing() -> None:
    """They mask nothing, so there are no tokens, and refuse nothing."""
    assert watched(written("customers.email"), HUMAN, policy(extends="observe")) == ()
