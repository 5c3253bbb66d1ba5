"""A principal, or the token that proves one, into who the statements of a `with` block run as."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from governed_db.config import load_settings
from governed_db.context import identity as blocks
from governed_db.context.tokens.sources import Read, reader
from governed_db.context.tokens.verify import Verified
from governed_db.errors import ConfigurationError
from governed_db.model.principal import Context, Principal
from governed_db.runtime import trust


@contextmanager
def acting_as(
    principal: Principal | None = None,
    *,
    token: object | None = None,
    actor_token: object | None = None,
    identity: object | None = None,
    conversation: str | None = None,
    purpose: str | None = None,
    tool: str | None = None,
    model: str | None = None,
    run: str | None = None,
    prompt: str | None = None,
) -> Iterator[Context]:
    """Run the statements of a `with` block as `principal`, or as who a token proves.

    `token`: its text, a place (`env:NAME`, `file:PATH`) or a function. `actor_token`: that of the agent which
    acts for the person of `token`. `identity`: the identity file, else GOVERNED_DB_IDENTITY. Raises
    IdentityError when the token proves nothing; when it expires inside of the block, the next statement is
    refused. In threads by `contextvars.copy_context()`. `conversation` (whose budgets count), `run`, `tool`,
    `model` and `purpose` stand in events as they are given; of `prompt` only its SHA-256 does.
    """
    if principal is not None and token is not None:
        raise ConfigurationError("acting_as takes a principal or a token, not both")
    if token is None and actor_token is not None:
        raise ConfigurationError("actor_token goes with token: the person's that the agent acts for")
    told = {"conversation": conversation, "purpose": purpose, "tool": tool, "model": model, "run": run}
    told["prompt"], prompt = _digest(prompt), None
    proof = None
    if token is not None:
        readers = [reader(one) for one in (token, actor_token) if one is not None]
        token = actor_token = None  # this frame is in tracebacks of what the block raises
        verified = _verified(readers, identity)
        principal, proof = verified.principal, verified.proof
    with blocks.acting_as(principal, proof=proof, **told) as context:  # type: ignore[arg-type]  # checked there
        yield context


def _digest(prompt: str | None) -> str | None:
    """What a prompt is known by: whoever has its text finds its statements, nobody finds the text."""
    if prompt is None:
        return None
    return "sha256:" + hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()


def _verified(readers: list[Read], identity: object | None) -> Verified:
    verifier = trust().verifier(load_settings(identity=identity))
    tokens = [read() for read in readers]
    return verifier.verify(tokens[0]) if len(tokens) == 1 else verifier.verify_pair(*tokens)
