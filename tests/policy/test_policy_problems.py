"""A policy that is wrong is refused, with everything that is wrong with it, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from governed_db.errors import PolicyError
from governed_db.policy.load import load_policy
from tests.policy.shop import policy, rule

WRONG = """\
version: 2
extend: standard
classifications:
  customers: pii.email
  customers.email: PII
rules:
  - id: a
    effect: allow
    actions: [selct]
  - id: b
    effect: permit
    mask: {pii.emial: redat, pii.*: bucket, secret.*: year(3)}
    limits: {rows: many, second: 3}
  - id: b
    effect: forbid
    actions: []
    relations: {only: [a.b.c.d]}
    when: stmt.jons > 3
    approvers: {groups: [dba]}
  - effect: approve
    grant: {for: soon}
    approvers: {quorum: 0, not: [friends]}
    auto: {rows: 20}
    break_glass: {review: soon}
  - just text
tests:
  - {sql: select 1, expect: maybe, principal: {kind: robot, group: [a]}}
"""

EXPECTED = """\
1:10 version is 1; this release reads no other
2:1 unknown key of a policy 'extend'; did you mean 'extends'?
4:3 'customers' is no column: write it as schema.relation.column, parts may be *
5:20 a classification is a name like pii.email, or none
8:13 unknown effect 'allow' (known: approve, forbid, permit)
9:15 unknown action 'selct'; did you mean 'select'?
10:5 a permit rule needs actions: name them, or "*" for all
12:12 no classification is called 'pii.emial'; did you mean 'pii.email'?
12:37 bucket needs a number: bucket(10)
12:55 year takes no number
13:20 rows is a number, 0 or more, or 'unlimited'
13:26 unknown key of limits 'second'; did you mean 'seconds'?
14:5 rule id 'shop/b' is used twice
16:14 actions is empty, so that nothing can match: leave it out or name something
17:24 'a.b.c.d' is no relation: write it as schema.relation, parts may be *
18:11 when: undeclared reference to 'stmt.jons' (line 1, column 5 of the condition)
19:5 approvers has no meaning in a forbid rule
20:5 a rule needs id
21:18 for is a duration like 30s, 15m, 2h or 1d
22:25 quorum is a whole number, 1 or more
22:34 unknown role 'friends' (known: delegator, owner, requester)
23:11 auto needs rows_changed: only what is measured is approved by itself
23:12 unknown key of auto 'rows' (known: rows_changed)
24:18 break_glass needs groups: who may
24:27 review is a duration like 30s, 15m, 2h or 1d
25:5 a rule is a mapping of names to values
27:29 unknown effect 'maybe' (known: ask, deny, permit)
27:48 unknown kind of principal 'robot' (known: agent, human, service)
27:61 unknown key of a principal 'group'; did you mean 'groups'?"""


def problems(source: str | Path | dict[str, Any]) -> tuple[str, ...]:
    """What is wrong with a policy."""
    with pytest.raises(PolicyError) as caught:
        load_policy(source)
    return caught.value.problems


def test_all_mistakes_are_told_at_once_with_line_and_column(tmp_path: Path) -> None:
    """Twenty-odd mistakes in one file are reported together, each where it stands, with the nearest name."""
    path = tmp_path / "shop.yaml"
    path.write_text(WRONG)

    assert "\n".join(problems(path)) == EXPECTED
    with pytest.raises(PolicyError, match=r"GDB510 29 problem\(s\) in .*shop.yaml"):
        load_policy(path)


def test_a_mapping_is_told_by_path() -> None:
    """For a policy given as Python values, the path stands in place of line and column."""
    assert problems(policy(rule(actions=["selct"]))) == (
        "rules[0].actions[0] unknown action 'selct'; did you mean 'select'?",
    )


NEVER: list[tuple[dict[str, Any], str]] = [
    (rule(relations={"only": ["a.b"], "never": ["a.*"]}), "its relations are all under never"),
    (rule(relations={"never": ["*"]}), "never names all relations"),
    (
        rule(principals={"kinds": ["agent"], "not": {"kinds": ["agent", "human"]}}),
        "its principals are all under not",
    ),
    (rule(principals={"not": {}}), "its principals are all under not"),
    ({"id": "x", "effect": "forbid", "actions": ["select"], "reach": ["keyed"]}, "reach is about writes"),
    (rule(when="2 < 1"), "its condition is never true"),
]


@pytest.mark.parametrize(("one", "message"), NEVER)
def test_a_rule_that_can_never_match_is_refused(one: dict[str, Any], message: str) -> None:
    """A rule that contradicts itself protects nobody, so it is a mistake."""
    assert [message in problem for problem in problems(policy(one))] == [True]


SHADOWED: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    (rule(), {}, True),
    (rule(), {"actions": ["select", "delete"]}, True),
    (rule(), {"actions": ["delete"]}, False),
    (rule(), {"principals": {"kinds": ["agent"]}}, False),
    (rule(principals={"kinds": ["agent"]}), {"principals": {"kinds": ["agent", "human"]}}, True),
    (rule(principals={"groups": ["a", "b"]}), {"principals": {"groups": ["a"]}}, False),
    (rule(relations=["public.a"]), {"relations": ["a", "b"]}, True),
    (rule(relations=["a"]), {"relations": ["public.a"]}, False),
    (rule(databases=["shop"]), {"databases": ["sh*"]}, True),
    (rule(), {"when": "stmt.joins > 2"}, False),
    (rule(), {"hazards": ["file"]}, False),
]


@pytest.mark.parametrize(("one", "forbid", "is_dead"), SHADOWED)
def test_a_rule_that_another_always_forbids_is_refused(
    one: dict[str, Any], forbid: dict[str, Any], *, is_dead: bool
) -> None:
    """A permit that a forbid takes whole can never match; one that it takes in part is left alone."""
    source = policy(one, {"id": "no", "effect": "forbid", **forbid})
    if not is_dead:
        assert len(load_policy(source).rules) == 2
        return

    assert problems(source) == ("rules[0] this rule can never match: policy/no forbids all that it is about",)


def test_a_permit_of_what_the_pack_forbids_is_refused() -> None:
    """Permitting GRANT over the pack standard cannot work, and the author is told."""
    assert problems(policy(rule(actions=["grant"]), extends="standard")) == (
        "rules[0] this rule can never match: standard/grants forbids all that it is about",
    )


BROKEN = {
    "": "1:1 is empty",
    "- a": "1:1 a policy is a mapping of names to values",
    "rules: [": "1:9 not YAML",
    "a: 1\na: 2": "2:1 'a' is said twice",
    "version: !!python/object:os.system 1": "1:10 tag",
    "version: 1\nrules: &x\n  - *x": "too large or too deep",
    "version: true": "1:10 version is 1",
    "rules: []": "1:1 says no version",
    "version: 1\0": "not YAML",
}


@pytest.mark.parametrize(("text", "message"), BROKEN.items())
def test_what_is_no_policy_at_all(tmp_path: Path, text: str, message: str) -> None:
    """Empty files, other YAML, no YAML, repeated keys, foreign tags and endless aliases are refused."""
    path = tmp_path / "p.yaml"
    path.write_text(text)

    assert any(message in problem for problem in problems(path))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a folder, a misspelt pack and a file that is no text are told apart."""
    binary = tmp_path / "b.yaml"
    binary.write_bytes(b"\xff\xfe\x00version")

    assert problems(tmp_path / "no.yaml") == ("1:1 there is no such file or pack",)
    assert problems("standart") == ("1:1 there is no such file or pack; did you mean 'standard'?",)
    assert problems(tmp_path) == ("1:1 cannot be read: Is a directory",)
    assert problems(binary) == ("1:1 is not UTF-8 text",)


def test_a_misspelt_replacement_is_refused() -> None:
    """Replacing a rule that does not exist would leave the real one in force."""
    one = rule(id="standard/unbonded-write", actions=["update"])

    assert problems(policy(one, extends="standard")) == (
        (
            "rules[0] there is no rule 'standard/unbonded-write' to replace;"
            " did you mean 'standard/unbounded-write'?"
        ),
    )


def test_unknown_references_in_row_filters_are_refused() -> None:
    """A row filter may only speak of the principal's id, kind and attributes."""
    assert problems(policy(rule(rows={"orders": "owner = principal.name"}))) == (
        "rules[0].rows.orders principal.name is unknown: principal has id, kind, attributes.NAME",
    )
