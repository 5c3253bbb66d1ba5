"""The predicate of a row filter into SQL for one principal.

`principal.id`, `principal.kind` and `principal.attributes.NAME` are replaced by literals. Values come
from an identity provider, so only what is a literal in every dialect and session mode is put into the
text: whole numbers, true, false, and strings without backslashes and control characters.
"""

from __future__ import annotations

import re

from governed_db.model.principal import Principal

# Quoted text is matched first, so that a reference inside a string stays what it is.
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|\bprincipal\.(\w+)(?:\.(\w+))?\b")
_FORBIDDEN = re.compile(r"[\\\x00-\x1f\x7f]")


class FilterError(ValueError):
    """The filter cannot be made for this principal."""


def unknown_references(predicate: str) -> tuple[str, ...]:
    """References to the principal that do not exist."""
    found = (match for match in _TOKEN.finditer(predicate) if match[1] is not None)
    return tuple(match[0] for match in found if not _is_known(match))


def _is_known(match: re.Match[str]) -> bool:
    if match[1] == "attributes":
        return match[2] is not None
    return match[1] in {"id", "kind"} and match[2] is None


def render(predicate: str, principal: Principal) -> str:
    """The predicate with literals in place of references. Raises FilterError."""

    def literal(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        if match[1] == "attributes":
            return _literal(principal.attributes.get(match[2]))
        return _literal(principal.id if match[1] == "id" else principal.kind)

    return _TOKEN.sub(literal, predicate)


def _literal(value: object) -> str:
    # In parentheses: `a = 1=1` is read otherwise, and two minus signs begin a comment.
    if isinstance(value, bool):
        return "(1=1)" if value else "(1=0)"  # SQLite of old has no TRUE
    if isinstance(value, int):
        return str(value) if value >= 0 else f"({value})"
    if isinstance(value, str) and _FORBIDDEN.search(value) is None:
        return "'" + value.replace("'", "''") + "'"
    raise FilterError("an attribute of the principal is missing or cannot be written into SQL")
