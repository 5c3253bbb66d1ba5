"""Promise: policy says into which outputs is looked, and what is hidden there."""

from __future__ import annotations

from governed_db.model.classification import TAXONOMY, UNREVIEWED
from governed_db.model.decision import Decision, ScanColumn
from governed_db.model.statement import HazardKind, Output
from tests.policy.shop import AGENT, column, derived, hazard, judge, policy, rule, select

EVERYTHING = set(TAXONOMY) - {UNREVIEWED}
SHOWN = {"pii.place", "pii.employment", "pii.user_content", "financial.payment"}
STANDARD = EVERYTHING - SHOWN


def looked(decision: Decision) -> dict[int, set[str]]:
    """Outputs that are looked into, with what is hidden there."""
    found = [one for one in decision.obligations if isinstance(one, ScanColumn)]
    return {one.index: set(one.classifications) for one in found}


def test_what_nobody_classified_is_looked_into() -> None:
    """Masked outputs are masked already; the others may hold anything."""
    assert looked(judge(select("customers.email", "orders.remark"))) == {1: STANDARD}


def test_unreviewed_columns_are_looked_into_where_they_are_shown() -> None:
    """Agents get them redacted; everybody else gets what is left of them."""
    assert looked(judge(select("notes.body"))) == {0: STANDARD}
    assert looked(judge(select("notes.body"), principal=AGENT)) == {}


def test_a_mixed_output_is_looked_into() -> None:
    """An expression over a settled column and an unknown one is unknown."""
    source = policy(rule(mask={"*": "redact", "pii.email": "none"}))
    mixed = derived("line", "customers.email", "orders.remark")

    assert looked(judge(select(mixed), source)) == {0: EVERYTHING - {"pii.email"}}


def test_masks_decide_what_is_hidden() -> None:
    """The first rule that speaks of a class decides, as it does for columns."""
    source = policy(rule(mask={"pii.email": "none", "pii.*": "partial(4)"}))

    assert looked(judge(select("orders.remark"), source)) == {0: EVERYTHING - {"pii.email"}}


def test_rules_are_about_relations() -> None:
    """What is shown in one relation is hidden in another."""
    source = policy(
        rule(id="a", relations={"only": ["public.logs"]}, mask={"*": "none"}),
        rule(id="b", mask={"*": "redact"}),
    )

    assert looked(judge(select("logs.line", "orders.remark"), source)) == {1: EVERYTHING}


def test_a_persons_word_settles_it() -> None:
    """A column that the policy calls `none` is left alone; one that it calls free text is not."""
    source = policy(
        rule(mask={"*": "redact", "pii.free_text": "none"}),
        classifications={"orders.remark": "none", "orders.story": "pii.free_text"},
    )

    assert looked(judge(select("orders.remark", "orders.story"), source)) == {
        1: EVERYTHING - {"pii.free_text"}
    }


def test_constants_are_the_callers_own() -> None:
    """An output that comes from no column is looked into only when a routine of users' made it."""
    constant = Output("greeting", frozenset(), frozenset())
    exempt = policy(rule(), rule(id="f", hazards=["routine"], actions=["select"]))
    made = select(constant, hazards=(hazard(HazardKind.ROUTINE, "public.story"),))

    assert looked(judge(select(constant))) == {}
    assert looked(judge(made, exempt)) == {0: EVERYTHING}


def test_observing_looks_into_nothing() -> None:
    """What is only observed is handed on as it is."""
    assert judge(select("orders.remark"), "observe").obligations == ()


def test_classes_are_those_of_columns() -> None:
    """A classified column that a rule shows is not looked into."""
    source = policy(rule(mask={"*": "none"}))

    assert (
        looked(judge(select("customers.email"), source, classes={column("customers.email"): "pii.email"}))
        == {}
    )
