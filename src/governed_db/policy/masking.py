"""`mask:` of a rule into what masks it says for which classifications, and where they are made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from governed_db.model.classification import TAXONOMY
from governed_db.model.decision import Mask, Place
from governed_db.model.policy import Glob, MaskRule, PlaceRule
from governed_db.policy.fields import Fields, scalar_text
from governed_db.policy.tree import Node, Problems, nearest

MASKS = ("redact", "partial", "email", "hash", "token", "null", "year", "bucket")
_ARGUMENT = {  # masks that take a number: the least, and whether it must be there
    "partial": (1, False), "bucket": (1, True),
}  # fmt: skip
_MASK = re.compile(r"([a-z]+)(?:\(\s*(\d+)\s*\))?")
_CLASS_KEY = re.compile(r"[a-z*][a-z0-9_*]*(\.[a-z0-9_*]+)*")
_FAMILIES = frozenset(name.partition(".")[0] for name in TAXONOMY)

_Said = TypeVar("_Said", MaskRule, PlaceRule)


def read_masks(fields: Fields, classes: frozenset[str]) -> tuple[tuple[MaskRule, ...], tuple[PlaceRule, ...]]:
    """The masks and the places, the most specific first.

    `pii.email: redact`, or a mapping that says one or both: `{with: redact, where: in_database}`.
    """
    masks: list[MaskRule] = []
    places: list[PlaceRule] = []
    for key, name, value in fields.pairs("mask"):
        if not is_classification(key, name, fields.problems, classes):
            continue
        if value.is_map:
            _read_both(Glob(key), value, fields.problems, masks, places)
        else:
            masks.append(MaskRule(Glob(key), read_mask(value, fields.problems)))
    return _sorted(masks), _sorted(places)


def _read_both(
    pattern: Glob, node: Node, problems: Problems, masks: list[MaskRule], places: list[PlaceRule]
) -> None:
    inner = Fields(node, problems, what="a mask", known=("with", "where"))
    said = inner.get("with")
    if said is not None:
        masks.append(MaskRule(pattern, read_mask(said, problems)))
    place = inner.member("where", Place, what="place")
    if place is not None:
        places.append(PlaceRule(pattern, place))
    if "with" not in inner and "where" not in inner:
        problems.add(node, "a mask says with what, or where, or both: {with: redact, where: in_database}")


def _sorted(rules: Iterable[_Said]) -> tuple[_Said, ...]:
    """A name before a pattern, a longer pattern before a shorter one."""
    return tuple(
        sorted(rules, key=lambda rule: ("*" in rule.classification.text, -len(rule.classification.text)))
    )


def read_mask(node: Node, problems: Problems) -> Mask | None:
    """A mask like redact or partial(4); None for "none", which shows the column as it is."""
    text = scalar_text(node)
    if text == "none":
        return None
    found = _MASK.fullmatch(text) if text is not None else None
    if found is None or found[1] not in MASKS:
        problems.unknown(node, "mask", str(node.value), (*MASKS, "none"))
        return Mask("redact")
    argument = int(found[2]) if found[2] is not None else None
    least, required = _ARGUMENT.get(found[1], (None, False))
    if argument is None and required:
        problems.add(node, f"{found[1]} needs a number: {found[1]}(10)")
    elif argument is not None and (least is None or argument < least):
        wrong = "takes no number" if least is None else f"takes a number of {least} or more"
        problems.add(node, f"{found[1]} {wrong}")
    return Mask(found[1], argument)


def is_classification(text: str, node: Node, problems: Problems, classes: frozenset[str]) -> bool:
    """Whether the key is a pattern of classifications; one that none can match is reported."""
    if _CLASS_KEY.fullmatch(text) is None:
        problems.add(node, f"{text!r} is no classification: write it like pii.email or pii.*")
        return False
    known = {*TAXONOMY, *classes}
    family = text.partition(".")[0]
    if family in _FAMILIES and not any(map(Glob(text).matches, known)):
        problems.add(node, f"no classification is called {text!r}{nearest(text, known)}")
        return False
    return True
