"""Whoever types into a decision on a request, recorded before and after it is taken."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from governed_db.cli.options import known_state_dir
from governed_db.errors import ConfigurationError, Error
from governed_db.model.approval import Proof, Request

if TYPE_CHECKING:
    from governed_db.remote.approvals import ApprovalStore
    from governed_db.remote.spool import Spool

_PLACES = ("env:", "file:", "login:")
_NOBODY = 2**32 - 1  # the kernel's word for a process that no login led to


@attrs.frozen
class Decider:
    """Who decides, and how that is known.

    The operating system knows who logged in, also behind `sudo`; an issuer's token tells who a person is
    everywhere. A name or group that is typed is only what somebody said. All that is known is recorded.
    """

    by: str
    groups: tuple[str, ...]
    proof: Proof
    system: str


def decider(by: str | None, groups: tuple[str, ...]) -> Decider:
    """The person before the terminal, under the name that they give or their own."""
    user, system_groups = _login()
    if by is None and not groups:
        return Decider(user, system_groups, Proof.SYSTEM, user)
    return Decider(by or user, groups, Proof.ASSERTED, user)


def proven(
    token: str, identity: str | None, by: str | None, groups: tuple[str, ...], state_dir: str | None
) -> Decider:
    """The person of a token, with the groups that it tells; no agent, and nobody through one."""
    from governed_db.config import load_settings
    from governed_db.context.tokens.sources import reader
    from governed_db.runtime import trust

    if by is not None or groups or not token.startswith(_PLACES):
        raise ConfigurationError(
            "who decides is told by a token and by hand, or the token stands in the command",
            code="GDB611",
            help="write --token env:NAME, file:PATH or login:PATH, without --as and --group",
        )
    settings = load_settings(state_dir=known_state_dir(state_dir), identity=identity)
    found = trust().verifier(settings).verify(reader(token)())
    principal = found.principal
    if principal.kind != "human" or principal.actor is not None:
        raise ConfigurationError(
            f"the token is of an agent or a service: {principal.id}",
            code="GDB612",
            help="people decide: sign in with `governed-db login`, and give --token login:PATH",
        )
    return Decider(principal.id, principal.groups, Proof.TOKEN, _login()[0])


def decided(
    action: str,
    id: str,
    who: Decider,
    state_dir: str | None,
    decide: Callable[[ApprovalStore], Request],
    comment: str = "",
) -> Request:
    """Take a decision and record it: the intent is on disk before the store is changed."""
    folder = known_state_dir(state_dir)
    store = store_of(folder)
    about = {"action": f"approvals {action}", "approval": id, "by": who.by, "os_user": who.system}
    about |= {"proof": who.proof.value} | ({"comment": comment} if comment else {})
    with _spool(folder) as spool:
        _record(spool, about | {"status": "asked"})
        try:
            request = decide(store)
        except Error as error:
            _record(spool, about | {"status": "refused", "code": error.code})
            raise
        _record(spool, about | {"status": request.state.value, "rows": request.subject.rows})
    return request


def store_of(folder: Path) -> ApprovalStore:
    """The approval store of a state folder; its targets hear of what is decided."""
    from governed_db.remote.notices.opening import open_approvals

    return open_approvals(folder)


def _login() -> tuple[str, tuple[str, ...]]:
    """The user that logged in, by the kernel's word, which `sudo` leaves alone; else the process's own."""
    from governed_db.context.identity import operating_system_principal

    if not hasattr(os, "geteuid"):
        return operating_system_principal().id, ()
    import grp  # POSIX only
    import pwd

    try:
        user = pwd.getpwuid(_login_id())
        numbers = os.getgrouplist(user.pw_name, user.pw_gid)
    except (KeyError, OSError):
        return operating_system_principal().id, ()
    return user.pw_name, tuple(group.gr_name for group in grp.getgrall() if group.gr_gid in numbers)


def _login_id() -> int:
    try:
        number = int(Path("/proc/self/loginuid").read_text())
    except (OSError, ValueError):  # another system, or one that keeps none
        return os.geteuid()
    return os.geteuid() if number == _NOBODY else number


@contextmanager
def _spool(folder: Path) -> Iterator[Spool]:
    from governed_db.remote.spool import Spool

    with closing(Spool(folder / "audit")) as spool:
        yield spool


def _record(spool: Spool, fields: dict[str, Any]) -> None:
    from governed_db.model.audit import AuditEvent
    from governed_db.model.ids import uuid7

    now = time.time()
    spool.write(AuditEvent(uuid7(now), now, "admin", fields))
