"""Settings into what proves who acts on a connection.

One verifier serves all connections with the same identity file and state folder: keys of issuers are read
once for them all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from governed_db.config import Settings
from governed_db.context.tokens.issuers import Identity, load_identity
from governed_db.context.tokens.sources import Source, reader
from governed_db.context.tokens.verify import Verifier
from governed_db.core import forks
from governed_db.enforce.admission import Admission
from governed_db.enforce.opened import ungoverned
from governed_db.errors import ConfigurationError
from governed_db.remote.bundles.feed import Build, Feed, Tell
from governed_db.remote.bundles.fetch import place
from governed_db.remote.heartbeat import Heartbeat
from governed_db.remote.token_uses import TokenUses

_KEPT = 32


class Trust:
    """The verifiers of one process."""

    def __init__(self) -> None:
        self._lock = forks.lock()
        self._verifiers: dict[object, Verifier] = {}

    def verifier(self, settings: Settings) -> Verifier:
        """What verifies tokens for these settings; a file that was changed is read again."""
        source = settings.identity
        if source is None:
            raise ConfigurationError(
                "a token is given, and nothing says whose tokens are trusted",
                code="GDB511",
                help="write an identity file and name it with identity= or GOVERNED_DB_IDENTITY",
            )
        key = (settings.state_dir, _stamp(source))
        with self._lock:
            found = self._verifiers.get(key)
        if found is None:
            uses = TokenUses(settings.state_dir / "tokens.sqlite")
            made = Verifier(load_identity(source), use=uses)  # type: ignore[arg-type]  # checked there
            with self._lock:
                while len(self._verifiers) >= _KEPT:
                    del self._verifiers[next(iter(self._verifiers))]
                found = self._verifiers.setdefault(key, made)
        return found

    def feed(self, settings: Settings, build: Build, tell: Tell, client: str) -> Feed:
        """What keeps the bundle of a control plane current; it asks with the token of the settings."""
        at, token = place(settings.control_plane or ""), credential(settings)
        beat = Heartbeat(at, client, token, ungoverned)
        return Feed(at, settings.state_dir / "bundles", build, token=token, tell=tell, beat=beat)

    def admission(self, settings: Settings, in_force: Any = None) -> Admission:
        """Whether and as whom statements of a connection with these settings may run."""
        if settings.identity is None and (settings.token is None or settings.control_plane is not None):
            return Admission(in_force=in_force)  # the token is for the control plane alone
        verifier = self.verifier(settings)
        source = None
        if settings.token is not None:
            source = Source(reader(settings.token), verifier)
            source()  # what is wrong with it is told now, not at the first statement
        return Admission(verifier.identity.required, source, in_force)


def credential(settings: Settings) -> Callable[[], str | None]:
    """What the control plane and collectors know this client by now: its token or enrolment key."""
    told = settings.token if settings.token is not None else settings.enrolment
    if told is None:
        return lambda: None
    read = reader(told)
    return lambda: read().reveal()


def _stamp(source: object) -> object:
    """What changes when the source does."""
    if isinstance(source, Identity):
        return id(source)
    if isinstance(source, Mapping):
        return json.dumps(source, sort_keys=True, default=repr)
    try:
        found = Path(source).expanduser().stat()  # type: ignore[arg-type]  # what is no path is told below
    except (OSError, TypeError, ValueError):
        return repr(source)
    return (str(source), found.st_mtime_ns, found.st_size, found.st_ino)
