"""One mapping of a policy file into typed values, each wrong one reported where it stands."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from governed_db.model.policy import Glob, Pattern, Unlimited
from governed_db.policy.tree import Node, Problems

_Enum = TypeVar("_Enum", bound=enum.Enum)
_Made = TypeVar("_Made")

_DURATION = re.compile(r"(\d+)\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_EMPTY = "is empty, so that nothing can match: leave it out or name something"


class Fields:
    """Reads the keys of one mapping; what is not valid is reported and read as absent."""

    def __init__(self, node: Node, problems: Problems, *, what: str, known: Collection[str]) -> None:
        self.node = node
        self.problems = problems
        self._map: dict[str, tuple[Node, Node]] = node.value if node.is_map else {}
        if not node.is_map:
            problems.add(node, f"{what} is a mapping of names to values")
        for key, name, _ in node.items() if node.is_map else ():
            if key not in known:
                problems.unknown(name, f"key of {what}", key, known)

    def __contains__(self, key: str) -> bool:
        return key in self._map

    def key(self, key: str) -> Node:
        """Where the key itself stands."""
        return self._map[key][0]

    def get(self, key: str) -> Node | None:
        return self._map[key][1] if key in self._map else None

    def text(self, key: str) -> str | None:
        node = self.get(key)
        if node is None:
            return None
        if isinstance(node.value, str) and node.value.strip():
            return node.value
        self.problems.add(node, f"{key} is a text")
        return None

    def flag(self, key: str) -> bool:
        node = self.get(key)
        if node is not None and not isinstance(node.value, bool):
            self.problems.add(node, f"{key} is true or false")
        return node is not None and node.value is True

    def integer(self, key: str, default: int, *, least: int) -> int:
        node = self.get(key)
        if node is None:
            return default
        if isinstance(node.value, int) and not isinstance(node.value, bool) and node.value >= least:
            return node.value
        self.problems.add(node, f"{key} is a whole number, {least} or more")
        return default

    def limit(self, key: str) -> int | float | Unlimited | None:
        """A number that may also be lifted."""
        node = self.get(key)
        if node is None:
            return None
        if node.value == Unlimited.UNLIMITED.value:
            return Unlimited.UNLIMITED
        if isinstance(node.value, (int, float)) and not isinstance(node.value, bool) and node.value >= 0:
            return node.value
        self.problems.add(node, f"{key} is a number, 0 or more, or 'unlimited'")
        return None

    def seconds(self, key: str, default: int) -> int:
        """A duration: 30s, 15m, 2h, 1d, or a number of seconds."""
        node = self.get(key)
        if node is None:
            return default
        if isinstance(node.value, int) and not isinstance(node.value, bool) and node.value > 0:
            return node.value
        found = _DURATION.fullmatch(node.value) if isinstance(node.value, str) else None
        if found is not None and int(found[1]) > 0:
            return int(found[1]) * _SECONDS[found[2]]
        self.problems.add(node, f"{key} is a duration like 30s, 15m, 2h or 1d")
        return default

    def items(self, key: str) -> tuple[Node, ...]:
        """The elements of a list; one text alone counts as a list of one."""
        node = self.get(key)
        if node is None:
            return ()
        if isinstance(node.value, str):
            return (node,)
        if not node.is_list:
            self.problems.add(node, f"{key} is a list")
            return ()
        if not node.value:
            self.problems.add(node, f"{key} {_EMPTY}")
        return tuple(node.value)

    def texts(self, key: str, *, what: str) -> tuple[tuple[Node, str], ...]:
        read: list[tuple[Node, str]] = []
        for item in self.items(key):
            if isinstance(item.value, str) and item.value.strip():
                read.append((item, item.value))
            else:
                self.problems.add(item, f"{what} is a text")
        return tuple(read)

    def names(self, key: str, *, what: str) -> tuple[str, ...]:
        return tuple(text for _, text in self.texts(key, what=what))

    def made(self, key: str, make: Callable[[str], _Made], *, what: str) -> tuple[_Made, ...]:
        return tuple(make(text) for text in self.names(key, what=what))

    def globs(self, key: str, *, what: str) -> tuple[Glob, ...]:
        return self.made(key, Glob, what=what)

    def patterns(self, key: str, *, what: str, depth: tuple[int, int]) -> tuple[Pattern, ...]:
        read = (self.pattern(node, text, what=what, depth=depth) for node, text in self.texts(key, what=what))
        return tuple(pattern for pattern in read if pattern is not None)

    def pattern(self, node: Node, text: str, *, what: str, depth: tuple[int, int]) -> Pattern | None:
        """A dotted name with as many parts as make sense; "*" alone is always right."""
        made = Pattern(text)
        if text == "*" or (depth[0] <= made.depth <= depth[1] and all(text.split("."))):
            return made
        shape = ".".join(("schema", "relation", "column")[: depth[1]])
        self.problems.add(node, f"{text!r} is no {what}: write it as {shape}, parts may be *")
        return None

    def members(self, key: str, kind: type[_Enum], *, what: str, star: bool = False) -> frozenset[_Enum]:
        """Members of an enum by their values; with `star`, "*" means all of them."""
        known = {str(member.value): member for member in kind}
        read: set[_Enum] = set()
        for node, text in self.texts(key, what=what):
            if star and text == "*":
                read |= set(kind)
            elif text in known:
                read.add(known[text])
            else:
                self.problems.unknown(node, what, text, known)
        return frozenset(read)

    def member(self, key: str, kind: type[_Enum], *, what: str) -> _Enum | None:
        node = self.get(key)
        if node is None:
            return None
        known = {str(member.value): member for member in kind}
        if isinstance(node.value, str) and node.value in known:
            return known[node.value]
        self.problems.unknown(node, what, str(node.value), known)
        return None

    def pairs(self, key: str) -> tuple[tuple[str, Node, Node], ...]:
        """A mapping: key, the node of the key, the node of its value."""
        node = self.get(key)
        if node is None:
            return ()
        if not node.is_map:
            self.problems.add(node, f"{key} is a mapping of names to values")
            return ()
        if not node.value:
            self.problems.add(node, f"{key} is empty: leave it out")
        return tuple(node.items())

    def within(self, key: str, *, what: str, known: Collection[str]) -> Fields | None:
        """The mapping under a key."""
        node = self.get(key)
        return None if node is None else Fields(node, self.problems, what=what, known=known)


def scalar_text(node: Node) -> str | None:
    """A text, or the word that YAML reads as nothing ("null" is a mask)."""
    value: Any = node.value
    if value is None:
        return "null"
    return value if isinstance(value, str) else None
