"""A session of a driver into what an attacker holds, and all that came out of it.

An attack is a function of a module, named `leak_...` (a canary comes out) or `effect_...` (the database is
not as before), whose docstring says what it tries. `@each(...)` makes one case of each of its values. What
an attack lets escape as an exception is judged too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import attrs
import pytest

from tests.attacks.sessions import _chain, _diagnostic

MASKED = "SELECT name, email, ssn FROM customers ORDER BY id"
PLAIN = "SELECT id, status, city FROM customers ORDER BY id"
# Of three rows and 120 rows: standard permits the first, measures the second and rolls it back.
MANY_ROWS = "UPDATE order_items SET quantity = quantity + 7 WHERE order_id > 0"
NO_WHERE = "DELETE FROM api_tokens"
_DEPTH = 3
_BREADTH = 1500


@attrs.define(eq=False)
class Held:
    """`connection` is the attacker's; `open` gives more of the same kind, with any keyword arguments.

    `outside` gives somebody else's connection to the same database, which nothing governs.
    """

    connection: Any
    open: Callable[..., Any]
    outside: Callable[[], Any] = attrs.field(default=NotImplemented, kw_only=True)
    seen: list[str] = attrs.field(factory=list)

    def saw(self, *values: object) -> None:
        """Keep what came out."""
        for value in values:
            self.seen.append(f"{value}\n{value!r}")

    def attempt(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Do it, whatever becomes of it; what came out is judged, also when it is an exception."""
        try:
            found = call(*args, **kwargs)
            self.saw(found)
        except Exception as error:  # noqa: BLE001 - attacks raise anything; what they raise is judged
            self.caught(error)
            return None
        return found

    def caught(self, error: BaseException) -> None:
        """Keep all that an exception tells."""
        self.seen.extend(_chain(error))
        for name in ("pgresult", "pgconn"):
            self.seen.append(_results_text(getattr(error, name, None)))

    def diagnostic(self, diagnostic: Any) -> None:
        """Keep a notice."""
        self.seen.extend(_diagnostic(diagnostic))

    @property
    def text(self) -> str:
        """All that came out."""
        return "\n".join(dict.fromkeys(self.seen))


def _results_text(result: Any) -> str:
    return str(getattr(result, "error_message", ""))


def each(*values: Any) -> Callable[[Any], Any]:
    """One case of the attack for each value; its second argument."""

    def mark(attack: Any) -> Any:
        attack.each = values
        return attack

    return mark


def attacks(module: ModuleType, prefix: str) -> list[Any]:
    """The cases of a module, as parameters of a test."""
    return [
        pytest.param(
            attack, arguments, id="-".join([name.removeprefix(f"{prefix}_"), *map(_label, arguments)])
        )
        for name, attack in vars(module).items()
        if name.startswith(f"{prefix}_") and inspect.isfunction(attack)
        for arguments in ([(value,) for value in attack.each] if hasattr(attack, "each") else [()])
    ]


def _label(value: Any) -> str:
    return str(getattr(value, "__name__", value)).replace(" ", "_")


def reachable(*roots: object) -> Iterator[object]:
    """All that public names lead to, from here; nothing is called."""
    queue: list[tuple[object, int]] = [(root, 0) for root in roots]
    seen: set[int] = set()
    kept: list[object] = []  # so that no id is used twice
    while queue and len(seen) < _BREADTH:
        one, depth = queue.pop(0)
        if id(one) in seen or isinstance(one, (type, ModuleType, str, bytes, int, float)):
            continue
        seen.add(id(one))
        kept.append(one)
        yield one
        if depth < _DEPTH:
            queue += [(found, depth + 1) for found in _public(one)]


def _public(one: object) -> Iterator[object]:
    if isinstance(one, dict):
        yield from one.values()
        return
    if isinstance(one, (list, tuple, set, frozenset)):
        yield from one
        return
    for name in dir(one):
        if not name.startswith("_") or name in ("__self__", "__dict__", "__func__", "__wrapped__"):
            try:
                found = getattr(one, name)
            except Exception:  # noqa: BLE001 - a name that is refused leads nowhere
                continue
            if name == "__dict__":
                found = {key: value for key, value in found.items() if not key.startswith("_")}
            yield found
