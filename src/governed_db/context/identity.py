"""Blocks of `acting_as` into the context that statements run in.

Who acts is, first match: the innermost `acting_as`, the connection's own principal, the principal of
the environment, the operating-system user. The innermost block decides alone, whether it may do more
or less than the one around it: whoever can call `acting_as` runs code in this process.
"""

from __future__ import annotations

import contextvars
import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager

from governed_db.errors import ConfigurationError
from governed_db.model.principal import Context, Principal, Proof

# The one way to hand a value down a call chain that threads (by copy) and tasks keep apart.
_current: contextvars.ContextVar[Context | None] = contextvars.ContextVar("governed_db.context", default=None)


@contextmanager
def acting_as(
    principal: Principal,
    *,
    conversation: str | None = None,
    purpose: str | None = None,
    tool: str | None = None,
    model: str | None = None,
    proof: Proof | None = None,
    run: str | None = None,
    prompt: str | None = None,
) -> Iterator[Context]:
    """Run the statements of a `with` block as `principal`, in threads by `contextvars.copy_context()`.

    What a nested block leaves out is that of the block around it for the same principal. For another
    principal only conversation and run stay, so that budgets cannot be left by handing on the work.
    `prompt` is a digest.
    """
    if not isinstance(principal, Principal):
        raise ConfigurationError(
            "acting_as takes a Principal", help='write acting_as(Principal("alice", kind="human"))'
        )
    inner = _nested(
        Context(principal, conversation, purpose, tool, model, proof, run, prompt), _current.get()
    )
    token = _current.set(inner)
    try:
        yield inner
    finally:
        _leave(token)


def current_context() -> Context | None:
    """The context of the innermost `acting_as`, None outside of any."""
    return _current.get()


def resolve_context(outside: Context) -> Context:
    """The context for a statement now; `outside` is that of its connection outside of any block."""
    return _current.get() or outside


def default_principal(connection: Principal | None, environment: Principal | None) -> Principal:
    """Who acts outside of any `acting_as`."""
    return connection or environment or operating_system_principal()


def operating_system_principal() -> Principal:
    """The operating-system user that runs this process, as a service."""
    return Principal(_user_name(), kind="service")


def _nested(inner: Context, outer: Context | None) -> Context:
    if outer is None:
        return inner
    same = inner.principal == outer.principal
    return Context(
        principal=inner.principal,
        conversation=inner.conversation if inner.conversation is not None else outer.conversation,
        purpose=outer.purpose if same and inner.purpose is None else inner.purpose,
        tool=outer.tool if same and inner.tool is None else inner.tool,
        model=outer.model if same and inner.model is None else inner.model,
        # Naming the principal again does not make its token last longer.
        proof=outer.proof if same and inner.proof is None else inner.proof,
        run=inner.run if inner.run is not None else outer.run,
        prompt=outer.prompt if same and inner.prompt is None else inner.prompt,
    )


def _leave(token: contextvars.Token[Context | None]) -> None:
    try:
        _current.reset(token)
    except ValueError:
        # A generator that a framework enters in one context and closes in another: the statements
        # in between did not run as this principal, and nobody would notice.
        raise ConfigurationError(
            "an acting_as block was left in another context than it was entered in",
            code="GDB508",
            help="put `with acting_as(...)` into the function that runs the statements",
        ) from None


def _user_name() -> str:
    """By user id, not by $USER, which anybody can set."""
    if not hasattr(os, "geteuid"):
        return getpass.getuser()
    import pwd  # POSIX only

    user = os.geteuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"uid:{user}"  # containers run as users that nobody has listed
