"""A decision into a page of help.

Only `redacted` text is ever shown: the statement with its literals overwritten, of the same length,
so that positions hold in both.
"""

from __future__ import annotations

import re

from governed_db.model.decision import Decision, Effect, Reason

_WORD = re.compile(r"[\w$]+")
_WIDTH = 100  # of a line of SQL; longer ones are shown around the position
_GAP = "…"


def render(decision: Decision, redacted: str | None = None, *, decision_id: str | None = None) -> str:
    """Every reason of the decision; of one without reasons, the rule that permits it."""
    if not decision.reasons:
        return f"{decision.effect.value} by {_origin(decision.rule, decision, decision_id)}"
    pages = [_page(reason, decision, redacted, decision_id) for reason in decision.reasons]
    if decision.effect is Effect.ASK and decision.approvers:
        pages.append(f"  = may be approved by: {', '.join(decision.approvers)}")
    return "\n".join(pages)


def _page(reason: Reason, decision: Decision, redacted: str | None, decision_id: str | None) -> str:
    lines = [f"{reason.code} {reason.message}"]
    if redacted is not None and reason.position is not None and 0 <= reason.position < len(redacted):
        lines += _excerpt(redacted, reason.position)
    lines.append(f"  = rule: {_origin(reason.rule or decision.rule, decision, decision_id)}")
    if reason.help:
        lines.append(f"  = help: {reason.help}")
    return "\n".join(lines)


def _origin(rule: str, decision: Decision, decision_id: str | None) -> str:
    told = f", decision {decision_id}" if decision_id else ""
    return f"{rule} (policy {decision.revision}{told})"


def _excerpt(text: str, position: int) -> list[str]:
    """The line that the position is in, and carets under the word at it."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[start : end if end >= 0 else len(text)].replace("\t", " ").rstrip("\r")
    at = position - start
    if len(line) > _WIDTH:
        cut = max(0, at - _WIDTH // 2)
        line = (_GAP if cut else "") + line[cut : cut + _WIDTH] + (_GAP if cut + _WIDTH < len(line) else "")
        at = at - cut + (1 if cut else 0)
    word = _WORD.match(line, at)
    carets = "^" * (word.end() - at if word is not None else 1)
    return [f"  | {line}", f"  | {' ' * at}{carets}"]
