"""A subject and a person into whether this person may decide: the separation of duties."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from governed_db.model.approval import Proof, Request, Subject
from governed_db.policy.approvals.rules import ApprovalRefused

_JUSTIFIED = 10  # characters: "because" is no justification


def check_decider(subject: Subject, by: str, groups: Iterable[str], proof: Proof = Proof.ASSERTED) -> None:
    """Refuse a decision by somebody whose own request this is, or who was not named to decide."""
    check_name(by)
    if alike(by) in barred(subject):
        raise ApprovalRefused(
            "GDB403",
            "nobody decides on what they asked for themselves, or what was asked on their behalf",
            help="ask a second person to decide",
        )
    if subject.approvers and not set(subject.approvers) & set(groups):
        raise ApprovalRefused(
            "GDB404",
            f"only members of {', '.join(subject.approvers)} decide on this request",
            help="ask a member of one of these groups",
        )
    _check_proof(subject, proof)


def check_breaker(subject: Subject, by: str, groups: Iterable[str], proof: Proof) -> None:
    """Refuse to break the glass unless policy lets this person; an agent's it never is."""
    check_name(by)
    if alike(by) in {alike(agent) for agent in subject.agents}:
        raise ApprovalRefused("GDB403", "an agent does not break the glass", help="a person has to do it")
    if not set(subject.terms.emergency) & set(groups):
        allowed = ", ".join(subject.terms.emergency) or "nobody"
        raise ApprovalRefused(
            "GDB411",
            f"policy lets {allowed} break the glass for this request",
            help="have it approved; `break_glass:` of the rule that asks names the groups who may",
        )
    _check_proof(subject, proof)


def check_justification(text: str) -> None:
    if len(text.strip()) < _JUSTIFIED:
        raise ApprovalRefused(
            "GDB412",
            "breaking the glass needs a justification",
            help="say why it cannot wait, in a sentence: the reviewer reads it",
        )


def check_debts(due: Iterable[Request], by: str, now: float) -> None:
    """Refuse to break the glass once more while an earlier time waits too long for its review."""
    for request in due:
        if (
            request.review is not None
            and request.review.due <= now
            and alike(request.decided_by or "") == alike(by)
        ):
            raise ApprovalRefused(
                "GDB414",
                f"the review of {request.id} is overdue: its glass was broken by the same person",
                help="have somebody review it: `governed-db approvals list --due`",
            )


def check_reviewer(request: Request, by: str) -> None:
    """Refuse a look back by whoever broke the glass, or whom the request is of."""
    check_name(by)
    if alike(by) in barred(request.subject) | {alike(request.decided_by or "")}:
        raise ApprovalRefused(
            "GDB403", "nobody reviews what they ran themselves", help="ask a second person to review it"
        )


def check_name(by: str) -> None:
    if not by.strip():
        raise ApprovalRefused("GDB403", "a decision needs a name", help="say who decides")


def barred(subject: Subject) -> frozenset[str]:
    """Names, made alike, of those who may not decide: the requester never does."""
    excluded = subject.terms.excluded
    chain = subject.principals
    # Of a chain the second acts (`act` of RFC 8693), for the first; what follows acted before it.
    requester = chain[min(1, len(chain) - 1)]
    out = {requester, *subject.agents}
    if "delegator" in excluded:
        out |= set(chain)
    if "owner" in excluded:
        out |= set(subject.owners)
    return frozenset(alike(name) for name in out)


def alike(name: str) -> str:
    """Case, padding and compatibility forms do not make a second person."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _check_proof(subject: Subject, proof: Proof) -> None:
    if subject.terms.verified and proof is Proof.ASSERTED:
        raise ApprovalRefused(
            "GDB413",
            "policy wants to know who decides, and this name was only typed",
            help="decide as the operating-system user that you are, without --as and --group",
        )
