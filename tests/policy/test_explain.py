"""A refusal reads as a page of help, and shows no value."""

from __future__ import annotations

from governed_db.model.decision import Decision, Effect, Reason
from governed_db.policy.explain import render

REASON = Reason("GDB201", "column may not be compared: customers.ssn", 32, "compare with =", "standard/reads")
DECISION = Decision(Effect.DENY, "standard/reads", "ab12", (REASON,))
TEXT = "SELECT id FROM customers\nWHERE  ssn LIKE '??'\nLIMIT 3"


def test_a_reason_is_shown_where_it_is() -> None:
    """Code and message, the line of SQL, carets under the word, the rule, what to do."""
    assert render(DECISION, TEXT, decision_id="01J9") == (
        "GDB201 column may not be compared: customers.ssn\n"
        "  | WHERE  ssn LIKE '??'\n"
        "  |        ^^^\n"
        "  = rule: standard/reads (policy ab12, decision 01J9)\n"
        "  = help: compare with ="
    )


def test_without_text_or_place_no_line_is_shown() -> None:
    """A reason without a position, or outside of the text, shows the rule and the help alone."""
    expected = (
        "GDB201 column may not be compared: customers.ssn\n"
        "  = rule: standard/reads (policy ab12)\n"
        "  = help: compare with ="
    )

    assert render(DECISION) == expected
    assert render(DECISION, "short") == expected


def test_long_lines_are_cut_around_the_place() -> None:
    """Of a line of a thousand characters the part around the position is shown."""
    text = "x" * 500 + " ssn " + "y" * 500
    shown = render(Decision(Effect.DENY, "r", "1", (Reason("C", "m", 501),)), text).splitlines()

    assert len(shown[1]) < 110
    assert shown[1][shown[2].index("^") :].startswith("ssn ")
    assert shown[2].strip(" |") == "^^^"


def test_a_permit_names_its_rule() -> None:
    """Where there is nothing to say against it, the rule that permits is named."""
    assert (
        render(Decision(Effect.PERMIT, "standard/reads", "ab12")) == "permit by standard/reads (policy ab12)"
    )


def test_who_may_approve_is_told() -> None:
    """What must be asked names the groups that may approve."""
    asked = Decision(Effect.ASK, "r", "1", (Reason("C", "m"),), approvers=("dba", "leads"))

    assert render(asked).endswith("= may be approved by: dba, leads")
