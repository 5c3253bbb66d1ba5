"""A bearer token of a request into the user that the MCP SDK carries along, without the token."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Any

import anyio.to_thread
from mcp.server.auth.provider import AccessToken
from pydantic import Field

from governed_db.context.tokens.bearer import Bearer
from governed_db.context.tokens.verify import Verified, Verifier
from governed_db.errors import IdentityError

_log = logging.getLogger(__name__)


class Proven(AccessToken):
    """What the SDK compares when a session is used again, and what we verified."""

    verified: Any = Field(exclude=True, repr=False)


class BearerCheck:
    """Fills the SDK's TokenVerifier with the issuers of an identity file."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    async def verify_token(self, token: str) -> AccessToken | None:
        bearer = Bearer(token.strip())
        token = ""  # this frame is in tracebacks of what is raised below
        try:
            found = await anyio.to_thread.run_sync(self._verifier.verify, bearer)
        except IdentityError as error:
            _log.warning("a request was refused: %s", error.code)
            return None
        return _proven(found)


def _proven(found: Verified) -> Proven:
    """The whole chain is the owner of a session: another agent of the same person is somebody else."""
    chain = [(link.kind, link.id) for link in found.principal.chain()]
    return Proven(
        token="(not kept)",  # noqa: S106  # no password
        client_id=hashlib.sha256(json.dumps(chain).encode()).hexdigest(),
        scopes=[],
        expires_at=int(found.proof.expires),
        subject=found.principal.id,
        claims={"iss": found.issuer.url},
        verified=found,
    )
