"""A policy may stand on a pack or another file; what it says itself comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from governed_db.errors import PolicyError
from governed_db.model.decision import Effect
from governed_db.model.statement import Kind
from governed_db.policy.load import load_policy
from tests.policy.shop import brief, judge, masks, other, policy, rule, select


def test_what_the_file_says_comes_before_the_pack() -> None:
    """A mask of the file is used in place of the pack's, and what it does not say the pack says."""
    mine = policy(rule(mask={"pii.email": "token"}), extends="standard")

    assert masks(judge(select("customers.email", "customers.name"), mine)) == ["0 token", "1 redact"]
    assert brief(judge(other(Kind.DDL, "orders"), mine)) == "ask GDB313 standard/schema-changes"


def test_a_rule_with_the_id_of_a_pack_rule_replaces_it() -> None:
    """The demand for approval of schema changes can be narrowed by a rule of the same id."""
    replacing = {
        "id": "standard/schema-changes",
        "effect": "permit",
        "actions": ["ddl"],
        "principals": {"groups": ["dba"]},
    }
    mine = policy(replacing, extends="standard")

    assert judge(other(Kind.DDL, "orders"), mine).effect is Effect.DENY
    assert len(load_policy(mine).rules) == len(load_policy("standard").rules)


def test_files_extend_files_by_relative_path(tmp_path: Path) -> None:
    """A path is relative to the file that names it; rule ids carry the name of their file."""
    (tmp_path / "base.yaml").write_text("version: 1\nrules: [{id: reads, effect: permit, actions: [select]}]")
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "shop.yaml").write_text(
        "version: 1\nextends: ../base.yaml\nrules: [{id: plans, effect: permit, actions: [explain]}]"
    )
    loaded = load_policy(tmp_path / "team" / "shop.yaml")

    assert [one.id for one in loaded.rules] == ["shop/plans", "base/reads"]


def test_several_bases_in_order() -> None:
    """Of several bases the first one's rules come first."""
    loaded = load_policy(policy(extends=["agent-strict", "standard"]))

    assert loaded.rules[0].id == "agent-strict/no-schema-changes"
    assert len({one.id for one in loaded.rules}) == len(loaded.rules)


def test_circles_are_refused(tmp_path: Path) -> None:
    """Two files that extend each other are refused."""
    (tmp_path / "a.yaml").write_text("version: 1\nextends: b.yaml")
    (tmp_path / "b.yaml").write_text("version: 1\nextends: a.yaml")

    with pytest.raises(PolicyError, match="which extends this one"):
        load_policy(tmp_path / "a.yaml")


def test_problems_of_a_base_are_told_with_its_name(tmp_path: Path) -> None:
    """What is wrong in an extended file is reported, with its own line, at the line that extends it."""
    (tmp_path / "base.yaml").write_text("version: 1\nrulez: []")
    path = tmp_path / "shop.yaml"
    path.write_text("version: 1\nextends: base.yaml\nrules: 3")
    with pytest.raises(PolicyError) as caught:
        load_policy(path)

    assert caught.value.problems == (
        "2:10 extends base.yaml: 2:1 unknown key of a policy 'rulez'; did you mean 'rules'?",
        "3:8 rules is a list",
    )


def test_the_revision_is_that_of_the_content(tmp_path: Path) -> None:
    """The same content has the same revision, file or mapping; any change, in a base too, gives another."""
    said = policy(rule(), extends="standard")
    path = tmp_path / "p.yaml"
    path.write_text(
        "# a comment\nextends: standard\nversion: 1\nrules:\n- {effect: permit, id: r, actions: [select]}"
    )
    changed = policy(rule(when="stmt.joins < 2"), extends="standard")
    elsewhere = policy(rule(), extends="read-only")

    assert load_policy(path).revision == load_policy(said).revision
    assert len({load_policy(one).revision for one in (said, changed, elsewhere)}) == 3


def test_observing_is_inherited_and_can_be_ended() -> None:
    """A policy that extends observe observes, until it says otherwise."""
    assert load_policy(policy(extends="observe")).observes
    assert not load_policy(policy(extends="observe", observe=False)).observes


def test_a_policy_is_its_own_source() -> None:
    """What is loaded already is taken as it is."""
    loaded = load_policy("standard")

    assert load_policy(loaded) is loaded
