"""A message into what a target takes: Standard Webhooks with signatures, or the blocks of Slack."""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from governed_db.remote.messages import Message
from governed_db.remote.notices.targets import Target, TargetKind

_TITLES = {
    "approval.requested": "Approval wanted",
    "approval.voted": "One more has agreed",
    "approval.approved": "Approved",
    "approval.denied": "Denied",
    "approval.expired": "Nobody decided in time",
    "approval.cancelled": "Withdrawn",
    "approval.glass_broken": "The glass was broken: a review is due",
    "approval.reviewed": "Reviewed",
    "approval.revoked": "The approval was taken back",
}
_OPEN = frozenset({"approval.requested", "approval.voted"})
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_LONGEST = 2500  # characters of a statement; a block of Slack's takes 3,000


def formed(target: Target, message: Message, now: float) -> tuple[bytes, dict[str, str]]:
    """The body and the headers to send."""
    told = json.loads(message.body)
    if target.kind is TargetKind.SLACK:
        return _encoded(slack(told, target.links)), {"content-type": "application/json"}
    if links := linked(told["data"], target.links):
        told["data"]["links"] = links
    body = _encoded(told)
    return body, {"content-type": "application/json"} | signatures(target.secrets, message.id, now, body)


def signatures(secrets: tuple[bytes, ...], id: str, now: float, body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks: one signature for each secret, so that it can be changed."""
    stamp = str(int(now))
    signed = b".".join((id.encode(), stamp.encode(), body))
    made = (base64.b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in secrets)
    return {
        "webhook-id": id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in made),
    }


def linked(task: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, str]:
    """Links to pages about a request; they carry no right of their own."""
    return {name: template.replace("{id}", str(task["id"])) for name, template in links.items()}


def slack(told: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    """The blocks of a message: what is asked, by whom, and where to decide."""
    task, title = told["data"], _TITLES.get(told["type"], told["type"])
    who = " ← ".join(_plain(name) for name in task["principals"])
    rows = "an unknown number of" if task["rows"] is None else str(task["rows"])
    about = f"*{title}* · {_plain(task['database'])} · {rows} rows\n{who}: {_plain(task['reason'])}"
    blocks: list[dict[str, Any]] = [
        _section(about),
        _section(f"```{_plain(task['statement']).replace('`', chr(39))[:_LONGEST]}```"),
    ]
    if task["comment"]:
        blocks.append(_section(f"{_plain(task['decided_by'] or '')}: {_plain(task['comment'])[:_LONGEST]}"))
    if told["type"] in _OPEN:
        blocks.append(_decide(task, linked(task, links)))
    return {"text": f"{title}: {task['id']}", "blocks": blocks}


def _decide(task: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    if not links:
        return _section(f"`{task['approve']}` or `{task['deny']}`")
    styles = {"approve": "primary", "deny": "danger"}
    buttons = [
        {"type": "button", "text": {"type": "plain_text", "text": name.capitalize()}, "url": url}
        | ({"style": styles[name]} if name in styles else {})
        for name, url in links.items()
    ]
    return {"type": "actions", "elements": buttons}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _plain(text: str) -> str:
    """A text of somebody else's without control characters, mentions, links or markup of its own."""
    spelt = _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", str(text))
    return spelt.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
