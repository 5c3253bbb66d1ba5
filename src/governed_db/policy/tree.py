"""YAML text, or a mapping, into a tree of values that know where they stand."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from governed_db.errors import PolicyError

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node as YamlNode

_MAX_NODES = 50_000  # aliases may multiply a small text without bound
_MAX_DEPTH = 32


@attrs.frozen
class Node:
    """A value: str, int, float, bool, None, a tuple of Nodes, or a dict of text to (key, value).

    `place` is "line:column" in a file, a path like "rules[0].mask" in a mapping.
    """

    value: Any
    place: str

    def items(self) -> Iterator[tuple[str, Node, Node]]:
        """Key, the node of the key, the node of its value."""
        for key, (name, value) in self.value.items():
            yield key, name, value

    @property
    def is_map(self) -> bool:
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        return isinstance(self.value, tuple)

    @property
    def line(self) -> int | None:
        head = self.place.partition(":")[0]
        return int(head) if head.isdigit() else None


class Problems:
    """Collects what is wrong, so that all of it is told at once."""

    def __init__(self) -> None:
        self._found: list[tuple[tuple[int, int], str]] = []

    @property
    def is_empty(self) -> bool:
        return not self._found

    def add(self, node: Node, message: str) -> None:
        line, _, column = node.place.partition(":")
        key = (int(line), int(column)) if line.isdigit() and column.isdigit() else (0, len(self._found))
        self._found.append((key, f"{node.place} {message}"))

    def unknown(self, node: Node, what: str, name: str, known: Collection[str]) -> None:
        """Report a name that does not exist, with the one that was probably meant."""
        self.add(node, f"unknown {what} {name!r}{nearest(name, known)}")

    def raise_if_any(self, source: str) -> None:
        if self._found:
            texts = dict.fromkeys(text for _, text in sorted(self._found))
            raise PolicyError(tuple(texts), source=source)


def nearest(name: str, known: Collection[str]) -> str:
    """What to say about the name that was probably meant."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else f" (known: {', '.join(sorted(known))})"


def read_yaml(text: str, source: str) -> Node:
    """A YAML 1.2 document as a tree. Raises PolicyError where it is not YAML, or repeats a key."""
    from ruamel.yaml import YAML  # 30 ms that a process without a policy file does not need
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{mark.line + 1}:{mark.column + 1}" if mark is not None else "1:1"
        said = " ".join(str(error.problem or error.context or "cannot be read").split())
        raise PolicyError([f"{place} not YAML: {said}"], source=source) from None
    except YAMLError:
        raise PolicyError(["1:1 not YAML: it has characters that YAML forbids"], source=source) from None
    if root is None:
        raise PolicyError(["1:1 is empty"], source=source)
    problems = Problems()
    node = _Reader(problems).read(root, depth=0)
    problems.raise_if_any(source)
    return node


class _Reader:
    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._left = _MAX_NODES

    def read(self, yaml: YamlNode, *, depth: int) -> Node:
        place = f"{yaml.start_mark.line + 1}:{yaml.start_mark.column + 1}"
        self._left -= 1
        if self._left < 0 or depth > _MAX_DEPTH:
            return self._refused(Node(None, place), "too large or too deep")
        kind = type(yaml).__name__
        if kind == "MappingNode":
            return Node(self._mapping(yaml, depth), place)
        if kind == "SequenceNode":
            return Node(tuple(self.read(item, depth=depth + 1) for item in yaml.value), place)
        return Node(self._scalar(yaml, place), place)

    def _mapping(self, yaml: YamlNode, depth: int) -> dict[str, tuple[Node, Node]]:
        read: dict[str, tuple[Node, Node]] = {}
        for name, value in yaml.value:
            key = self.read(name, depth=depth + 1)
            text = key.value if isinstance(key.value, str) else str(getattr(name, "value", ""))
            if text in read:
                self._problems.add(key, f"{text!r} is said twice")
            read[text] = (key, self.read(value, depth=depth + 1))
        return read

    def _scalar(self, yaml: YamlNode, place: str) -> Any:
        tag, text = str(yaml.tag).rpartition(":")[2], str(yaml.value)
        try:
            match tag:
                case "null":
                    return None
                case "bool":
                    return text.lower() == "true"
                case "int":
                    return int(text.replace("_", ""), 0)
                case "float":
                    return float(text.replace("_", ""))
                case "str" | "timestamp":
                    return text
        except ValueError:
            return self._refused(Node(None, place), f"cannot be read as {tag}").value
        return self._refused(Node(None, place), f"tag {yaml.tag} is not allowed").value

    def _refused(self, node: Node, message: str) -> Node:
        self._problems.add(node, message)
        return node


def read_mapping(source: Mapping[Any, Any]) -> Node:
    """A policy given as Python values as a tree. What is no YAML value stays and is refused later."""
    return _wrap(source, "", depth=0)


def _wrap(value: Any, path: str, *, depth: int) -> Node:
    place = path or "policy"
    if depth > _MAX_DEPTH:
        return Node(None, place)
    if isinstance(value, Mapping):
        return Node(
            {
                str(key): (
                    Node(key, _join(path, key)),
                    _wrap(item, _join(path, key), depth=depth + 1),
                )
                for key, item in value.items()
            },
            place,
        )
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        return Node(
            tuple(_wrap(item, f"{path}[{i}]", depth=depth + 1) for i, item in enumerate(items)), place
        )
    return Node(value, place)


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def plain(node: Node) -> Any:
    """The values alone, as JSON knows them."""
    if node.is_map:
        return {key: plain(value) for key, _, value in node.items()}
    if node.is_list:
        return [plain(item) for item in node.value]
    return node.value
