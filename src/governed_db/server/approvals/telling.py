"""A request into a task for people and programs: who wants to do what with what, and where it is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from governed_db.model.approval import Grant, Request
from governed_db.policy.approvals.rules import to_task


@attrs.frozen
class Entity:
    """A subject or a resource of AuthZEN."""

    type: str
    id: str
    properties: dict[str, Any]


@attrs.frozen
class Action:
    """An action of AuthZEN."""

    name: str
    properties: dict[str, Any]


@attrs.frozen
class Task:
    """A request. `links`: where it is seen and decided. No digest leaves the store."""

    id: str
    status: str
    subject: Entity
    action: Action
    resource: Entity
    context: dict[str, Any]
    approval: dict[str, Any]
    links: dict[str, str]
    grants: tuple[Grant, ...] = ()
    preview: Mapping[str, Any] | None = None


def task(
    request: Request,
    base_url: str,
    *,
    grants: tuple[Grant, ...] = (),
    preview: Mapping[str, Any] | None = None,
) -> Task:
    """The request as it stands now."""
    told, subject = to_task(request), request.subject
    chain = list(subject.principals)
    here = f"{base_url.rstrip('/')}/v1/approvals/{request.id}"
    kept = ("state", "approvers", "quorum", "votes", "differs", "created", "expires", "decided_by", "comment")
    return Task(
        id=request.id,
        status=request.state.value,
        # Of a chain the second acts (`act` of RFC 8693), for the first.
        subject=Entity("principal", chain[min(1, len(chain) - 1)], {"chain": chain}),
        action=Action("execute", {"statement": subject.statement, "rule": subject.rule}),
        resource=Entity("database", subject.database, {"rows": subject.rows}),
        context={"reason": subject.reason, "revision": subject.revision},
        approval={name: told[name] for name in (*kept, "review")},
        links={
            "self": here,
            "approve": f"{here}/approve",
            "deny": f"{here}/deny",
            "page": f"{base_url.rstrip('/')}/approvals/{request.id}",
        },
        grants=grants,
        preview=preview,
    )
