"""A path into a folder that only its owner can enter, or an error that says what is in the way."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from governed_db.errors import ConfigurationError

OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def private_directory(path: Path) -> Path:
    """Make `path` (and its parents) with mode 0700, or check and tighten what is there."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
        if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) & OPEN_TO_OTHERS:
            path.chmod(0o700)
    except OSError as error:
        raise unusable(path, error) from error
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise unusable(path, PermissionError(13, "this user may not read and write it"))
    return path


def read_private(path: Path, most: int) -> tuple[bytes, bool]:
    """At most so many bytes of a file that is no link, and whether others may enter it too."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        return os.read(handle, most), bool(stat.S_IMODE(os.fstat(handle).st_mode) & OPEN_TO_OTHERS)
    finally:
        os.close(handle)


def unusable(path: Path, error: OSError) -> ConfigurationError:
    """The one wording for a state folder that cannot serve."""
    return ConfigurationError(
        f"state folder cannot be used: {path}: {error.strerror or error}",
        code="GDB502",
        help="give a folder that this user owns with state_dir= or GOVERNED_DB_HOME",
    )
