"""With a masked column the caller may compute what could be computed with its token, and no more."""

from __future__ import annotations

import attrs
import pytest

from governed_db.model.decision import Effect, FilterRows, Mask, MaskColumn
from governed_db.model.principal import Principal
from governed_db.model.statement import Facts, Kind, Output, Relation, Role, Use
from tests.policy.shop import (
    AGENT,
    brief,
    column,
    derived,
    flow,
    judge,
    masks,
    policy,
    rule,
    select,
    use,
    write,
)

EMAIL = "customers.email"
USES = [
    (use(EMAIL, Role.EQUALS_VALUE), "permit -"),
    (use(EMAIL, Role.IS_NULL), "permit -"),
    (use(EMAIL, Role.COUNT), "permit -"),
    (use(EMAIL, Role.GROUP), "permit -"),
    (use(EMAIL, Role.REVEAL), "deny GDB201"),
    (use(EMAIL, Role.EQUALS_COLUMN, "leads.email"), "permit -"),
    (use(EMAIL, Role.EQUALS_COLUMN, "orders.memo"), "deny GDB202"),
    (use(EMAIL, Role.EQUALS_COLUMN, "customers.name"), "deny GDB202"),
    (use(EMAIL, Role.EQUALS_COLUMN, "leads.email", "orders.memo"), "deny GDB202"),
    (use(EMAIL, Role.EQUALS_COLUMN), "deny GDB202"),
    (use("tokens.value", Role.EQUALS_VALUE), "deny GDB203"),
    (use("tokens.value", Role.EQUALS_COLUMN, "tokens.value"), "deny GDB203"),
    (use("tokens.value", Role.REVEAL), "deny GDB201"),
    (use("tokens.value", Role.IS_NULL), "permit -"),
    (use("orders.memo", Role.REVEAL), "permit -"),
    (use("orders.memo", Role.EQUALS_COLUMN), "permit -"),
]


@pytest.mark.parametrize(("used", "expected"), USES)
def test_the_equality_principle(used: Use, expected: str) -> None:
    """Whole values may be compared, counted and grouped; order and content may not be used."""
    assert brief(judge(select("orders.id", uses=(used,)))).startswith(expected)


def test_a_refused_use_is_named_with_its_place() -> None:
    """The refusal says which column, used how, where, under which rule, and the allowed form."""
    reason = judge(select("orders.id", uses=(use(EMAIL, Role.REVEAL),))).reasons[0]

    assert reason.message == "column may not be used in LIKE: customers.email, classified pii.email"
    assert (reason.position, reason.rule) == (31, "standard/reads")
    assert "compare the whole value with =" in reason.help


def test_a_policy_may_widen_the_principle_for_a_classification() -> None:
    """`reveal:` in a permit rule opens predicates on these classifications; the column stays masked."""
    mine = policy(rule(reveal=["pii.*"]), extends="standard")
    facts = select(EMAIL, uses=(use(EMAIL, Role.REVEAL), use("customers.name", Role.EQUALS_COLUMN, EMAIL)))

    assert (judge(facts, mine).effect, masks(judge(facts, mine))) == (Effect.PERMIT, ["0 redact"])
    assert judge(select(uses=(use("tokens.value", Role.REVEAL),)), mine).effect is Effect.DENY


def test_an_unmasked_column_may_be_used_freely() -> None:
    """A column whose mask is none is not protected."""
    mine = policy(rule(mask={"pii.email": "none"}), extends="standard")
    facts = select(EMAIL, "customers.name", uses=(use(EMAIL, Role.REVEAL),))

    assert (judge(facts, mine).effect, masks(judge(facts, mine))) == (Effect.PERMIT, ["1 redact"])


MASKS = {"pii.email": "email", "pii.*": "token", "secret.*": "null", "financial.*": "bucket(1000)"}


def test_the_most_specific_mask_of_a_rule_applies() -> None:
    """In one rule a name comes before a pattern, and what no key names is redacted."""
    facts = select(EMAIL, "customers.name", "tokens.value", "payroll.salary", "notes.body")

    assert masks(judge(facts, policy(rule(mask=MASKS)))) == [
        "0 email", "1 token", "2 null", "3 bucket(1000)", "4 redact",
    ]  # fmt: skip


def test_what_depends_on_a_protected_column_without_being_it_is_redacted() -> None:
    """A deterministic mask of a slice would tell which slices are equal, so expressions are redacted."""
    rules = policy(rule(mask=MASKS))
    outputs = (derived("u", EMAIL), derived("m", EMAIL, "orders.id"), derived("n", "tokens.value", EMAIL))

    assert masks(judge(select(*outputs), rules)) == ["0 redact", "1 redact", "2 null"]


def test_what_is_null_by_the_content_of_a_protected_column_is_always_null() -> None:
    """CASE WHEN ssn LIKE '9%' THEN 'y' END would tell by being NULL or not, whatever stands for 'y'."""
    outputs = (derived("u", EMAIL, is_steady=False), derived("m", EMAIL))

    assert masks(judge(select(*outputs), policy(rule(mask=MASKS)))) == ["0 null", "1 redact"]


def test_a_count_of_a_protected_column_is_not_masked() -> None:
    """An output that depends on a column and cannot show its content is left as it is."""
    ref = column(EMAIL)
    counted = Output("n", frozenset({ref}), frozenset())

    assert masks(judge(select(counted))) == []


def test_masks_are_of_the_column_not_of_its_name() -> None:
    """Renaming a column neither loses nor gains a mask."""
    ref, harmless = column(EMAIL), column("orders.status")
    outputs = (
        Output("status", frozenset({ref}), frozenset({ref}), ref),
        Output("email", frozenset({harmless}), frozenset({harmless}), harmless),
    )

    assert judge(select(*outputs)).obligations[0] == MaskColumn(0, Mask("redact"), "pii.email")
    assert masks(judge(select(*outputs))) == ["0 redact"]


def test_a_mask_belongs_to_the_relation_that_its_rule_is_about() -> None:
    """A rule that shows e-mail addresses of leads does not show those of customers, joined or not."""
    shown = rule(id="a", relations=["leads"], mask={"pii.email": "none"})
    mine = policy(shown, rule(id="b", mask={"pii.*": "token"}))

    assert masks(judge(select("leads.email", EMAIL), mine)) == ["1 token"]


def test_a_column_under_a_view_is_masked_by_the_rules_of_the_view() -> None:
    """The column of a table under a view is shown only where a rule about the view shows it."""
    view = frozenset({Relation("public", "v")})
    facts = select(EMAIL)
    facts = attrs.evolve(facts, relations=view)
    hidden = policy(
        rule(id="t", relations=["customers"], mask={"pii.*": "none"}), rule(mask={"pii.*": "hash"})
    )
    shown = policy(rule(id="v", relations=["v"], mask={"pii.*": "none"}), rule(mask={"pii.*": "hash"}))

    assert masks(judge(facts, hidden)) == ["0 hash"]
    assert masks(judge(facts, shown)) == []


FLOWS = [
    (flow("leads.email", EMAIL), "permit -"),
    (flow("orders.memo", EMAIL), "deny GDB204"),
    (flow("customers.name", EMAIL), "deny GDB204"),
    (flow("leads.email", EMAIL, is_plain=False), "ask GDB205"),
    (flow("orders.memo", EMAIL, is_plain=False), "deny GDB204"),
    (flow("orders.memo", "orders.id"), "permit -"),
    (flow(EMAIL, "orders.id"), "permit -"),
]


@pytest.mark.parametrize(("written", "expected"), FLOWS)
def test_protected_values_stay_under_protection(written: object, expected: str) -> None:
    """A masked value may be copied within its classification; changed ones ask; others are refused."""
    facts = write(Kind.UPDATE, "orders", flows=(written,))  # type: ignore[arg-type]

    assert brief(judge(facts)).startswith(expected)


OVERRIDES: list[tuple[dict[str, str], list[str]]] = [
    ({"public.customers.email": "none"}, ["1 redact"]),
    ({"customers.email": "none"}, ["1 redact"]),
    ({"CUSTOMERS.*": "none"}, []),
    ({"customers.*": "none", "customers.name": "pii.name"}, ["1 redact"]),
    ({"orders.memo": "pii.name"}, ["0 redact", "1 redact", "2 redact"]),
    ({"*.memo": "house.gossip"}, ["0 redact", "1 redact", "2 redact"]),
    ({"sales.customers.email": "none"}, ["0 redact", "1 redact"]),
]


@pytest.mark.parametrize(("said", "expected"), OVERRIDES)
def test_a_policy_overrules_the_classifier(said: dict[str, str], expected: list[str]) -> None:
    """`classifications:` gives and takes classifications; a name comes before a pattern."""
    facts = select(EMAIL, "customers.name", "orders.memo")

    assert masks(judge(facts, policy(extends="standard", classifications=said))) == expected


def test_a_classification_of_none_given_by_the_classifier_is_none() -> None:
    """A column that the classifier found to be clear is not protected."""
    assert masks(judge(select("orders.memo"), classes={column("orders.memo"): "none"})) == []


FILTER = {"rows": {"public.orders": "region = principal.attributes.region AND note <> 'principal.id'"}}


def filtered(facts: Facts, principal: object = None) -> list[str]:
    """The row filters of a decision."""
    who = principal or Principal("w", attributes={"region": "o'e"})
    decision = judge(facts, policy(rule(actions=["*"], **FILTER)), who)  # type: ignore[arg-type]
    kept = [f"{one.relation}: {one.predicate}" for one in decision.obligations if isinstance(one, FilterRows)]
    return kept or [brief(decision)]


def test_row_filters_take_the_principal_in_as_literals() -> None:
    """`rows:` becomes an obligation for the relation, with attributes as quoted literals."""
    expected = ["public.orders: region = 'o''e' AND note <> 'principal.id'"]

    assert filtered(select("orders.id")) == expected
    assert filtered(write(Kind.DELETE, "orders")) == expected
    assert filtered(select("items.id")) == ["permit - policy/r"]


def test_a_row_filter_that_cannot_be_made_refuses() -> None:
    """Without the attribute, or with one that is no safe literal, the statement is refused."""
    assert filtered(select("orders.id"), AGENT) == ["deny GDB321 policy/r"]
    assert filtered(select("orders.id"), Principal("w", attributes={"region": "\\' or 1=1"})) == [
        "deny GDB321 policy/r"
    ]
