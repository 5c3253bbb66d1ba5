"""A control plane's address into the approvals that are asked for and decided there.

Nothing is tried again behind the caller's back: whoever cannot be asked has approved nothing. A grant whose
reservation or use could not be told stays taken there until it runs out, so that nothing is run twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from governed_db.model.approval import Grant, Request, Subject
from governed_db.policy.approvals.rules import ApprovalRefused, ApprovalsAway

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 5.0
_MOST_BYTES: Final = 4_000_000
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_REFUSALS: Final = range(400, 500)

T = TypeVar("T")


class PlaneApprovals:
    """Fills ApprovalPort with the control plane at `base`; a fleet's counterpart of ApprovalStore."""

    def __init__(
        self,
        base: str,
        token: Callable[[], str | None],
        *,
        tell: Callable[[dict[str, Any]], None] = lambda _: None,
        timeout: tuple[float, float] = (CONNECT_SECONDS, ANSWER_SECONDS),
    ) -> None:
        self.base = base.rstrip("/")
        self._token, self._tell, self._timeout = token, tell, timeout

    def request(self, subject: Subject) -> Request:
        """The pending request for this subject; asking again for the same gives the same one."""
        return self._ask("POST", "requests", {"subject": subject}, Request)

    def get(self, id: str) -> Request:
        """The request of this id as it stands now."""
        return self._ask("GET", f"requests/{quote(id, safe='')}", None, Request)

    def keep_preview(self, id: str, preview: Mapping[str, Any]) -> None:
        """Store what approvers of a request are shown."""
        self._ask("PUT", f"requests/{quote(id, safe='')}/preview", {"preview": preview}, None)

    def preview(self, id: str) -> Mapping[str, Any] | None:
        """What was stored for a request."""
        found = self._ask("GET", f"requests/{quote(id, safe='')}/preview", None, dict[str, Any])
        told: Mapping[str, Any] | None = found["preview"]
        return told

    def reserve(self, subject: Subject) -> Grant | None:
        """Take an active grant that was given for this subject; the key makes one attempt one grant."""
        asked = {"subject": subject, "attempt": secrets.token_urlsafe(16)}
        return self._ask("POST", "grants/reserve", asked, Answer).grant

    def settle(self, grant: Grant, *, consumed: bool) -> None:
        """Say whether the reserved grant was used.

        The statement has run, or has not: that this cannot be told changes neither, and is recorded.
        """
        told = {"uses_left": grant.uses_left, "consumed": consumed}
        try:
            self._ask("POST", f"grants/{quote(grant.id, safe='')}/settle", told, None)
        except ApprovalsAway as away:
            self._tell({"action": "grant not settled", "grant": grant.id, "code": away.code})

    def _ask(self, method: str, path: str, body: object, kind: type[T] | None) -> T:
        """One question. Raises ApprovalRefused, or ApprovalsAway where there is no answer to trust."""
        status, answer = self._answered(method, f"{self.base}/approvals/{path}", body)
        if status in _REFUSALS:
            raise _refusal(status, answer)
        if not 200 <= status < 300:
            raise away(f"it answers {status}")
        try:
            return msgspec.json.decode(answer, type=kind) if kind is not None else None  # type: ignore[return-value]  # None where nothing is asked back
        except (ValueError, RecursionError):
            raise away("its answer cannot be read") from None

    def _answered(self, method: str, url: str, body: object) -> tuple[int, bytes]:
        import requests  # here: who needs no control plane need not load it

        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _LOCAL:
            raise away("approvals are asked for over https only")
        said = ""
        try:
            bearer = self._token()
            headers = {"Accept": "application/json", "Content-Type": "application/json"}
            if bearer is not None:
                headers["Authorization"] = f"Bearer {bearer}"
            with requests.Session() as session:
                session.trust_env = False  # ~/.netrc would put another credential in place of ours
                content = None if body is None else msgspec.json.encode(body)
                answer = session.request(
                    method,
                    url,
                    data=content,
                    headers=headers,
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                )
                with answer:
                    return answer.status_code, answer.raw.read(_MOST_BYTES, decode_content=True)
        except Exception as error:  # noqa: BLE001  # whatever it was: there is no answer
            said = type(error).__name__
        raise away(said)


class Answer(msgspec.Struct, frozen=True):
    """What comes of reaching for a grant."""

    grant: Grant | None = None


class _Said(msgspec.Struct, frozen=True):
    code: str
    detail: str
    help: str = ""


def _refusal(status: int, answer: bytes) -> ApprovalRefused:
    """What the control plane says, in its words; a credential that it does not take is told as such."""
    try:
        said = msgspec.json.decode(answer, type=_Said)
    except (ValueError, RecursionError):
        said = None
    if said is not None and said.code.startswith("GDB"):
        return ApprovalRefused(said.code, said.detail, help=said.help)
    return ApprovalRefused(
        "GDB621",
        f"the control plane does not take questions of this client: it answers {status}",
        help="check the token or the enrolment key (GOVERNED_DB_TOKEN, GOVERNED_DB_ENROLMENT_KEY)",
    )


def away(said: str) -> ApprovalsAway:
    """That nobody can be asked, and what still works."""
    return ApprovalsAway(
        "GDB620",
        f"the control plane cannot be asked for an approval: {said}",
        help="nothing was run, and what needs no approval still runs; try again when it answers",
    )
