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


class ReviewState(enum.Enum):
    """What became of the look back at a broken glass."""

    DUE = "due"
    ACCEPTED = "accepted"
    OBJECTED = "objected"


class Proof(enum.Enum):
    """How it is known who decided: told by who typed it, by the operating system, by a verified token."""

    ASSERTED = "asserted"
    SYSTEM = "system"
    TOKEN = "token"  # noqa: S105  # no password


ROLES = ("requester", "delegator", "owner")  # who may be kept from deciding; the requester always is


@attrs.frozen
class Terms:
    """What must be true of those who decide, beside their groups.

    `verified`: a name that somebody typed does not count. `emergency`: the groups whose members may
    break the glass, which is reviewed within `review_seconds`; none may when it is empty.
    """

    quorum: int = 1
    excluded: tuple[str, ...] = ROLES
    verified: bool = False
    emergency: tuple[str, ...] = ()
    review_seconds: int = 172800


@attrs.frozen
class Subject:
    """What a request is about; asking again for the same gives the same task.

    `statement` is the text with its literals replaced; `statement_digest` and `parameters_digest`
    are keyed hashes of the exact text and values, `schema` one of the definitions of all that the
    statement touches. `rows`: measured, None where unknown. `owners` own the agents of the chain.
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
    schema: str = ""
    terms: Terms = Terms()
    agents: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()


@attrs.frozen
class Vote:
    """What one person said of a request."""

    by: str
    agrees: bool
    at: float
    comment: str = ""
    proof: Proof = Proof.ASSERTED


@attrs.frozen
class Review:
    """The look back that a broken glass owes until `due`."""

    state: ReviewState
    due: float
    by: str | None = None
    at: float | None = None
    comment: str = ""


@attrs.frozen
class Request:
    """A stored request. Times are seconds since the epoch, UTC.

    `differs`: a grant was given for nearly the same; in what this request differs from it. `review` is
    None unless the glass was broken.
    """

    id: str
    subject: Subject
    state: RequestState
    created: float
    expires: float
    decided_by: str | None = None
    decided_at: float | None = None
    comment: str = ""
    differs: tuple[str, ...] = ()
    votes: tuple[Vote, ...] = ()
    review: Review | None = None


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
