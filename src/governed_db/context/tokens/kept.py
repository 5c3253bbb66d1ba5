"""A login that is kept in a private file into the token that it gives now.

Shortly before the token ends a new one is asked for with the refresh token, by one process however many
share the file: issuers give another refresh token with each, and take the use of an old one for theft.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from governed_db.context.tokens.bearer import Bearer
from governed_db.context.tokens.login import Client
from governed_db.errors import IdentityError

EARLY: Final = 60.0  # seconds before its end that a token is replaced
_MOST: Final = 256 * 1024
_FOREVER: Final = 1e11
_PAUSE: Final = 10.0  # between two attempts at an issuer that does not answer


class _Kept(msgspec.Struct):
    """What the file holds. `which` of the issuer's answers is the token; `expires` in seconds since 1970."""

    issuer: str
    client: str
    which: str
    token: str
    expires: float
    refresh: str | None = None

    def __repr__(self) -> str:
        return f"_Kept({self.issuer})"


def keep(path: Path, client: Client, answer: Mapping[str, Any], which: str, now: float) -> None:
    """Write what an issuer answered, for its owner alone."""
    refresh = answer.get("refresh_token")
    _write(
        path,
        _Kept(
            client.issuer,
            client.client_id,
            which,
            str(answer[which]),
            _end(answer, now),
            refresh if isinstance(refresh, str) else None,
        ),
    )


class Login:
    """Gives the token of a file as it is now, a new one where the old one is about to end."""

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], float] = time.time,
        client: Callable[[str, str], Client] = lambda issuer, name: Client(issuer, name, ""),
    ) -> None:
        self._path = path
        self._now = now
        self._client = client
        self._tried = 0.0

    def __call__(self) -> Bearer:
        """Raises IdentityError: GDB555 where nothing is kept, GDB558 where the person has to come again."""
        kept = _read(self._path)
        if kept.refresh is not None and self._ends(kept) and self._now() - self._tried > _PAUSE:
            with _alone(self._path):
                kept = self._renewed()
        return Bearer(kept.token)

    def _ends(self, kept: _Kept) -> bool:
        return kept.expires - self._now() < EARLY

    def _renewed(self) -> _Kept:
        """As another process has left it by now, or as the issuer gives it."""
        kept = _read(self._path)
        if kept.refresh is None or not self._ends(kept):
            return kept
        self._tried = self._now()
        answer, problem = self._ask(kept)
        if answer is None:
            if kept.expires > self._now():
                return kept  # it is good for some seconds more; who comes next asks again
            raise problem or _again()
        _write(self._path, answer)
        self._tried = 0.0
        return answer

    def _ask(self, kept: _Kept) -> tuple[_Kept | None, IdentityError | None]:
        """Not raised from here: the frames of a traceback would hold the refresh token."""
        try:
            answer = self._client(kept.issuer, kept.client).refreshed(kept.refresh or "")
        except IdentityError as error:
            return None, error.with_traceback(None)
        token, refresh = answer.get(kept.which), answer.get("refresh_token", kept.refresh)
        if not isinstance(token, str) or not isinstance(refresh, str):
            return None, _again()
        return msgspec.structs.replace(
            kept, token=token, refresh=refresh, expires=_end(answer, self._now())
        ), None


def _end(answer: Mapping[str, Any], now: float) -> float:
    seconds = answer.get("expires_in")
    return now + seconds if isinstance(seconds, (int, float)) and 0 < seconds < _FOREVER else _FOREVER


def _read(path: Path) -> _Kept:
    said = ""
    try:
        with path.expanduser().open("rb") as file:
            return msgspec.json.decode(file.read(_MOST), type=_Kept)
    except (OSError, ValueError, RuntimeError) as error:
        said = type(error).__name__  # what was read may be in its text
    raise IdentityError(
        f"no login is kept in {path}: {said}", code="GDB555", help="sign in with `governed-db login`"
    )


def _again() -> IdentityError:
    return IdentityError(
        "the issuer gives no new token for the login that is kept",
        code="GDB558",
        help="sign in again with `governed-db login`",
    )


def _write(path: Path, kept: _Kept) -> None:
    """Whole or not at all, and on disk: the refresh token before it does not count any more."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(kept))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One at a time, of all processes and threads that use this file."""
    import fcntl

    handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)
