"""A request to run what policy does not permit at once, and the grant that answers it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import attrs


class RequestState(enum.Enum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class GrantState(enum.Enum):
    ACTIVE = "active"
    RESERVED = "reserved"
    CONSUMED = "consumed"
    EXPIRED = "expired"
    REVOKED = "revoked"


@attrs.frozen
class Subject:
    """What a request is about; `digest` binds it: asking again for the same gives the same task.

    `statement` is the text with its literals replaced; `statement_digest` and `parameters_digest`
    are keyed hashes of the exact text and values. `rows`: measured, None where unknown.
    """

    principals: tuple[str, ...]
    database: str
    statement: str
    statement_digest: str
    parameters_digest: str
    rule: str
    revision: str
    rows: int | None = None
    approvers: tuple[str, ...] = ()
    grant_seconds: int = 900
    grant_uses: int = 1
    reason: str = ""


@attrs.frozen
class Request:
    """A stored request. Times are seconds since the epoch, UTC."""

    id: str
    subject: Subject
    state: RequestState
    created: float
    expires: float
    decided_by: str | None = None
    decided_at: float | None = None
    comment: str = ""


@attrs.frozen
class Grant:
    """Permission to run the bound statement; `rows` is the most it may change."""

    id: str
    request_id: str
    state: GrantState
    expires: float
    uses_left: int
    rows: int | None = None


Task = Mapping[str, Any]  # the JSON-portable form of a Request, as ApprovalRequired.task
