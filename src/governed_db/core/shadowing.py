"""Two decisions about one statement into what the second would change.

The second is that of a policy on trial. Whatever it does, it changes nothing: not even when it cannot decide.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from governed_db.model.decision import Decision, Effect
from governed_db.policy.differences import between


def shadowed(decision: Decision, revision: str, decide: Callable[[], Decision]) -> dict[str, Any] | None:
    """What is recorded of the difference; None where there is none."""
    try:
        other = decide()
    except Exception as error:  # noqa: BLE001  # a policy on trial stops nothing
        return {"revision": revision, "error": type(error).__name__}
    changes = between(decision, other)
    if not changes:
        return None
    told: dict[str, Any] = {
        "revision": revision,
        "effect": other.effect.value,
        "rule": other.rule,
        "changes": list(changes),
    }
    if other.effect is not Effect.PERMIT:
        told["codes"] = sorted({reason.code for reason in other.reasons})
    return told
