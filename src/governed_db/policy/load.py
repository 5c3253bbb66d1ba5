"""A path, a pack's name or a mapping into a Policy.

The only module of this package that reads files. All problems of a file are told at once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from governed_db.errors import PolicyError
from governed_db.model.policy import Injection, Policy, Rule, Scorer
from governed_db.policy import dead
from governed_db.policy.conditions import Compiler
from governed_db.policy.fields import Fields
from governed_db.policy.shape import read_overrides, read_rule, read_tests
from governed_db.policy.tree import Node, Problems, nearest, plain, read_mapping, read_yaml

_KEYS = (
    "version", "name", "description", "extends", "observe", "classifications", "rules", "tests", "risk",
    "shadow", "injection",
)  # fmt: skip
_PACKS = Path(__file__).parent / "packs"  # importlib.resources alone takes 15 ms to import
_MAX_BYTES = 2_000_000
_MAX_EXTENDS = 8
_FUNCTION: Final = re.compile(r"\w+(\.\w+)*:\w+")


def load_policy(source: str | Path | Mapping[str, Any] | Policy) -> Policy:
    """The policy that `source` names or is. Raises PolicyError with everything that is wrong with it."""
    if isinstance(source, Policy):
        return source
    return _load(source, Path(), ())


def packs() -> tuple[str, ...]:
    """The names of the built-in packs."""
    return tuple(sorted(path.stem for path in _PACKS.glob("*.yaml")))


def _load(source: str | Path | Mapping[str, Any], folder: Path, trail: tuple[str, ...]) -> Policy:
    """`folder`: what relative paths start from. `trail`: the sources that led here."""
    if isinstance(source, Mapping):
        return _build(read_mapping(source), "policy", "policy", folder, trail)
    if isinstance(source, str) and source in packs():
        node = read_yaml((_PACKS / f"{source}.yaml").read_text("utf-8"), source)
        return _build(node, source, source, folder, trail)
    path = folder / source
    node = read_yaml(_file_text(path, source), str(source))
    return _build(node, path.name.partition(".")[0] or "policy", str(source), path.parent, trail)


def _file_text(path: Path, source: str | Path) -> str:
    try:
        read = path.read_bytes()
        text = read.decode("utf-8-sig")
    except FileNotFoundError:
        hint = nearest(str(source), packs()) if isinstance(source, str) and "/" not in source else ""
        raise PolicyError([f"1:1 there is no such file or pack{hint}"], source=str(source)) from None
    except UnicodeDecodeError:
        raise PolicyError(["1:1 is not UTF-8 text"], source=str(source)) from None
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or "not a path"
        raise PolicyError([f"1:1 cannot be read: {said}"], source=str(source)) from None
    if len(read) > _MAX_BYTES:
        raise PolicyError([f"1:1 is larger than {_MAX_BYTES} bytes"], source=str(source))
    return text


def _build(node: Node, name: str, source: str, folder: Path, trail: tuple[str, ...]) -> Policy:
    problems = Problems()
    fields = Fields(node, problems, what="a policy", known=_KEYS)
    _version(fields)
    name = fields.text("name") or name
    bases = _bases(fields, folder, (*trail, source))
    overrides = read_overrides(fields)
    classes = frozenset(
        override.classification
        for override in (*overrides, *(one for base in bases for one in base.overrides))
        if override.classification is not None
    )
    nodes, rules = _rules(fields, name, classes)
    _report_strays(fields, nodes, rules, bases, name)
    merged = _merge(rules, bases)
    scorer, shadow = _scorer(fields), _shadow(fields, folder, (*trail, source))
    tests, injection = read_tests(fields), fields.member("injection", Injection, what="injection")
    if problems.is_empty:  # a rule that was misread would be judged for what it does not say
        _report_dead(problems, nodes, rules, merged)
    problems.raise_if_any(source)
    return Policy(
        name=name,
        revision=_revision(node, bases),
        rules=merged,
        overrides=(*overrides, *(one for base in bases for one in base.overrides)),
        tests=tests,
        observes=fields.flag("observe") or ("observe" not in fields and any(base.observes for base in bases)),
        scorer=scorer or next((base.scorer for base in bases if base.scorer is not None), None),
        shadow=shadow,
        injection=injection or next((base.injection for base in bases), Injection.FLAG),
    )


def _shadow(fields: Fields, folder: Path, trail: tuple[str, ...]) -> Policy | None:
    """Only what the file itself names: a policy that is extended does not bring its own."""
    node, text = fields.get("shadow"), fields.text("shadow")
    if node is None or text is None:
        return None
    if text in trail:
        fields.problems.add(node, "a policy is no shadow of itself")
        return None
    try:
        return attrs.evolve(_load(text, folder, trail), shadow=None)
    except PolicyError as error:
        for problem in error.problems:
            fields.problems.add(node, f"shadow {text}: {problem}")
        return None


def _scorer(fields: Fields) -> Scorer | None:
    inner = fields.within("risk", what="risk", known=("scorer", "timeout", "on_failure"))
    if inner is None:
        return None
    function, fails = inner.text("scorer"), inner.text("on_failure")
    if function is None or not _FUNCTION.fullmatch(function):
        inner.problems.add(inner.node, "risk needs scorer: package.module:function")
    if fails not in ("closed", "open"):
        inner.problems.add(inner.node, "risk needs on_failure: closed (counts as 100) or open (as 0)")
    milliseconds = inner.integer("timeout", 200, least=1)
    return Scorer(function or "", milliseconds / 1000, fails_closed=fails != "open")


def _version(fields: Fields) -> None:
    node = fields.get("version")
    if node is None:
        fields.problems.add(fields.node, "says no version: begin with version: 1")
    elif node.value != 1 or isinstance(node.value, bool):
        fields.problems.add(node, "version is 1; this release reads no other")


def _bases(fields: Fields, folder: Path, trail: tuple[str, ...]) -> tuple[Policy, ...]:
    read: list[Policy] = []
    for node, text in fields.texts("extends", what="a pack or a file"):
        if text in trail or len(trail) > _MAX_EXTENDS:
            fields.problems.add(node, f"extends {text}, which extends this one")
            continue
        try:
            read.append(_load(text, folder, trail))
        except PolicyError as error:
            for problem in error.problems:
                fields.problems.add(node, f"extends {text}: {problem}")
    return tuple(read)


def _rules(fields: Fields, name: str, classes: frozenset[str]) -> tuple[list[Node], list[Rule]]:
    node = fields.get("rules")
    if node is None:
        return [], []
    if not node.is_list:
        fields.problems.add(node, "rules is a list")
        return [], []
    compiler = Compiler()
    nodes = [item for item in node.value if item.is_map]
    for item in node.value:
        if not item.is_map:
            fields.problems.add(item, "a rule is a mapping of names to values")
    rules = [
        read_rule(item, fields.problems, pack=name, compiler=compiler, classes=classes) for item in nodes
    ]
    _report_twins(fields.problems, nodes, rules)
    return nodes, rules


def _report_twins(problems: Problems, nodes: list[Node], rules: list[Rule]) -> None:
    seen: set[str] = set()
    for node, rule in zip(nodes, rules, strict=True):
        if rule.id in seen:
            problems.add(node, f"rule id {rule.id!r} is used twice")
        seen.add(rule.id)


def _report_strays(
    fields: Fields, nodes: list[Node], rules: list[Rule], bases: tuple[Policy, ...], name: str
) -> None:
    """A rule of another pack can only be replaced: a misspelt id would leave the old one in force."""
    known = {rule.id for base in bases for rule in base.rules}
    for node, rule in zip(nodes, rules, strict=True):
        if rule.id not in known and rule.id.partition("/")[0] != name:
            fields.problems.add(node, f"there is no rule {rule.id!r} to replace{nearest(rule.id, known)}")


def _merge(rules: list[Rule], bases: Iterable[Policy]) -> tuple[Rule, ...]:
    """This file's rules, then those of what it extends; a rule with the id of a later one replaces it."""
    merged = {rule.id: rule for rule in rules}
    for base in bases:
        for rule in base.rules:
            merged.setdefault(rule.id, rule)
    return tuple(merged.values())


def _report_dead(problems: Problems, nodes: list[Node], rules: list[Rule], merged: tuple[Rule, ...]) -> None:
    at = {rule.id: node for node, rule in zip(nodes, rules, strict=True)}
    for rule in rules:
        reason = dead.impossible(rule)
        if reason is not None:
            problems.add(at[rule.id], f"this rule can never match: {reason}")
    for rule, taker in dead.shadowed(merged):
        if rule.id in at:
            problems.add(at[rule.id], f"this rule can never match: {taker.id} forbids all that it is about")


def _revision(node: Node, bases: tuple[Policy, ...]) -> str:
    content = json.dumps(
        [plain(node), [base.revision for base in bases]], sort_keys=True, default=repr, ensure_ascii=True
    )
    return hashlib.sha256(content.encode()).hexdigest()[:12]
