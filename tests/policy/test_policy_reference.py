"""The reference of policy files is complete, and its example is a valid policy."""

from __future__ import annotations

import re
from pathlib import Path

from governed_db.model.policy import RuleEffect
from governed_db.policy import codes
from governed_db.policy.conditions import VARIABLES
from governed_db.policy.load import load_policy
from governed_db.policy.masking import MASKS
from governed_db.policy.shape import RULE_KEYS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "policy.md").read_text("utf-8")


def test_the_example_is_valid(tmp_path: Path) -> None:
    """The policy shown on the page loads, and stands on the pack standard."""
    path = tmp_path / "shop.yaml"
    path.write_text(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
    loaded = load_policy(path)

    assert loaded.rules[0].effect is RuleEffect.PERMIT
    assert len(loaded.rules) == 3 + len(load_policy("standard").rules)


def test_every_key_mask_variable_and_code_is_described() -> None:
    """Every key of a rule, every mask, every variable of conditions and every code occurs on the page."""
    names = [
        value for name, value in vars(codes).items() if isinstance(value, str) and value.startswith("GDB")
    ]
    variables = [re.split(r"(?=\.)", name)[-1] for name in VARIABLES]

    missing = [name for name in (*RULE_KEYS, *MASKS, *variables, *names) if name not in PAGE]
    assert missing == []
    assert set(codes.HAZARDS.values()) == {f"GDB30{number}" for number in range(1, 10)}
