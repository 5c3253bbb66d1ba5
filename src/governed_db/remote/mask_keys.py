"""A state folder into the key ring that tokens and hashes are made and read with.

The file holds one key a line, the newest first: the time at which it was made, and its 32 bytes in
hexadecimal. It is made when it is first needed, private to its owner, and is only ever replaced whole, under
a lock: every process reads either the old keys or the new ones. Processes notice a change within seconds;
a token of a key that is not known yet makes them look at once.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import attrs

from governed_db.core import forks
from governed_db.errors import ConfigurationError
from governed_db.mask.tokens import KEY_BYTES, KeyRing, derive_keys
from governed_db.remote.folders import private_directory, read_private, unusable

FILE_NAME: Final = "mask.keys"
_LOOK_SECONDS: Final = 3.0
_MOST: Final = 100  # keys; more of them is a mistake


@attrs.frozen
class MaskKey:
    """One key of the file; `id` is what tokens name it by, and may be shown."""

    made: str
    key: bytes = attrs.field(repr=False)

    @property
    def id(self) -> str:
        return derive_keys(self.key).id


class MaskKeyFile:
    """The keys of one state folder, safe for several threads and processes."""

    def __init__(self, state_dir: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = state_dir / FILE_NAME
        self._clock = clock
        self._lock = forks.lock()
        self._ring: KeyRing | None = None
        self._seen: tuple[int, ...] = ()
        self._looked = 0.0

    def ring(self) -> KeyRing:
        """The keys as they were a few seconds ago at most; the same object until they change."""
        with self._lock:
            now = self._clock()
            if self._ring is not None and now - self._looked <= _LOOK_SECONDS:
                return self._ring
            self._looked = now
            return self._look()

    def latest(self) -> KeyRing:
        """The keys as they are now."""
        with self._lock:
            return self._look()

    def keys(self) -> tuple[MaskKey, ...]:
        """What the file holds, the newest first."""
        with _told(self._path):
            return _read(self._made())

    def rotate(self) -> MaskKey:
        """Make a new key for new tokens; tokens of the others can still be turned back."""
        with self._changing() as keys:
            made = _new()
            _replace(self._path, (made, *keys))
        return made

    def drop(self, key_id: str) -> None:
        """Forget an old key: its tokens stand for nothing any more."""
        with self._changing() as keys:
            if key_id not in {key.id for key in keys}:
                known = ", ".join(key.id for key in keys)
                raise ConfigurationError(
                    f"there is no mask key {key_id}", code="GDB521", help=f"there are {known}"
                )
            if keys[0].id == key_id:
                help_ = "rotate first: then another key is in use"
                raise ConfigurationError(f"the mask key {key_id} is in use", code="GDB521", help=help_)
            _replace(self._path, tuple(key for key in keys if key.id != key_id))

    def _look(self) -> KeyRing:
        with _told(self._path):
            found = self._made().stat()
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
            if seen != self._seen or self._ring is None:
                self._ring = KeyRing(key.key for key in _read(self._path))
                self._seen = seen
            return self._ring

    def _made(self) -> Path:
        """The path of the file, which exists."""
        private_directory(self._path.parent)
        if not self._path.exists():
            with _locked(self._path):
                if not self._path.exists():
                    _replace(self._path, (_new(),))
        return self._path

    @contextlib.contextmanager
    def _changing(self) -> Iterator[tuple[MaskKey, ...]]:
        with _told(self._path):
            path = self._made()
            with _locked(path):
                yield _read(path)


def _new() -> MaskKey:
    return MaskKey(datetime.now(UTC).isoformat(timespec="seconds"), os.urandom(KEY_BYTES))


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unusable(path, error) from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time changes the file. The lock is a file of its own: the other one is replaced."""
    handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _wait_for(handle)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: whoever changes keys there does it once, by hand
        return
    fcntl.flock(handle, fcntl.LOCK_EX)


def _replace(path: Path, keys: tuple[MaskKey, ...]) -> None:
    if len(keys) > _MOST:
        raise ConfigurationError(f"there are {_MOST} mask keys", code="GDB521", help="drop old ones first")
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(6).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, "".join(f"{key.made} {key.key.hex()}\n" for key in keys).encode("ascii"))
        os.fsync(handle)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def _read(path: Path) -> tuple[MaskKey, ...]:
    text, is_open = read_private(path, _MOST * 200)
    if is_open:
        raise ConfigurationError(
            f"mask keys can be read by other users: {path}",
            code="GDB521",
            help="others may turn tokens back: make the file private (chmod 600), then rotate",
        )
    try:
        lines = [line.split() for line in text.decode("ascii").splitlines() if line.strip()]
        keys = tuple(MaskKey(made, bytes.fromhex(key)) for made, key in lines)
    except ValueError:
        keys = ()
    if not keys or any(len(key.key) != KEY_BYTES for key in keys):
        raise ConfigurationError(
            f"mask keys are damaged: {path}",
            code="GDB521",
            help="put the file back from a backup; without it no token can be turned back",
        )
    return keys
