"""A state folder into the secret key that its digests are made with.

Digests of statements and parameters are keyed, because a plain hash of a short value (a phone
number, a status) is undone by trying them all. The key never leaves the folder, and a key that is
damaged or has been readable by others is refused, never silently replaced: approvals made under it
would no longer match, and nobody would know why.
"""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from governed_db.errors import ConfigurationError
from governed_db.remote.folders import private_directory, read_private, unusable

KEY_NAME = "digest.key"
KEY_BYTES = 32


def load_key(state_dir: Path) -> bytes:
    """The folder's key, made on first use; every process that asks gets the same."""
    path = private_directory(state_dir) / KEY_NAME
    try:
        if not path.exists():
            _create(path)
        return _read(path)
    except OSError as error:
        raise unusable(path, error) from error


def digest(key: bytes, *parts: bytes) -> str:
    """HMAC-SHA256 over the parts, each with its length, so that no two lists of parts are alike."""
    message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.digest(key, message, "sha256").hex()


def _create(path: Path) -> None:
    # Written whole under another name first: a second process must never read half a key.
    draft = path.with_name(f".{KEY_NAME}.{os.getpid()}.{os.urandom(6).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, os.urandom(KEY_BYTES))
        os.fsync(handle)
        os.link(draft, path)  # fails when another process was first, and then its key counts
    except FileExistsError:
        pass
    finally:
        os.close(handle)
        draft.unlink()


def _read(path: Path) -> bytes:
    key, is_open = read_private(path, KEY_BYTES + 1)
    if is_open:
        raise ConfigurationError(
            f"key can be read by other users: {path}",
            code="GDB503",
            help="others may know this key: delete it (open approvals are then asked for again)",
        )
    if len(key) != KEY_BYTES:
        raise ConfigurationError(
            f"key is damaged: {path} does not hold {KEY_BYTES} bytes",
            code="GDB503",
            help="put the file back from a backup, or delete it to start with a new key",
        )
    return key
