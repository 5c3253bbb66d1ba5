"""What a process says of itself into answers for whoever of the same user asks it from outside.

A thread of the process waits at a Unix socket, whose name is the process id, in a folder that only the
user can enter; it does nothing until somebody asks. A child made by fork waits at a socket of its own.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from governed_db.errors import ConfigurationError
from governed_db.remote.folders import private_directory

Tell = Callable[[], dict[str, Any]]

_PATIENCE: Final = 10.0  # seconds; a process that is busy computing answers late


def answer(tell: Tell) -> None:
    """Be ready to tell, in this process and in its children. Where there are no such sockets: nothing."""
    if hasattr(socket, "AF_UNIX") and hasattr(os, "fork"):
        _wait(tell)
        os.register_at_fork(after_in_child=lambda: _wait(tell))


def ask(pid: int) -> dict[str, Any]:
    """What the process says. Raises ConfigurationError where nobody answers."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(_PATIENCE)
            line.connect(str(_path(pid)))
            said = b"".join(iter(lambda: line.recv(65536), b""))
            found: dict[str, Any] = json.loads(said)
            return found
    except (OSError, ValueError, AttributeError) as error:
        raise ConfigurationError(
            f"process {pid} does not answer: {error}",
            code="GDB538",
            help="it has to be started with `governed-db run` or call governed_db.install(), as this user and"
            " with the same TMPDIR, have imported a driver, and still run",
        ) from None


def _path(pid: int) -> Path:
    return Path(tempfile.gettempdir()) / f"governed-db-{os.getuid()}" / f"{pid}.sock"


def _wait(tell: Tell) -> None:
    """A process that cannot be asked is no reason for it not to run."""
    with suppress(OSError, ConfigurationError, RuntimeError):
        path = _path(os.getpid())
        private_directory(path.parent)
        if path.parent.stat().st_uid != os.getuid():
            return  # somebody else made it first, and would hear
        path.unlink(missing_ok=True)  # of a process that had this id before
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        listener.listen(4)
        atexit.register(_leave, path, os.getpid())
        threading.Thread(
            target=_serve, args=(listener, tell), name="governed-db-answers", daemon=True
        ).start()


def _serve(listener: socket.socket, tell: Tell) -> None:
    while True:
        try:
            line, _ = listener.accept()
        except OSError:
            return  # the process ends
        with line, suppress(OSError):
            line.settimeout(_PATIENCE)
            line.sendall(json.dumps(tell()).encode())


def _leave(path: Path, pid: int) -> None:
    if os.getpid() == pid:
        with suppress(OSError):
            path.unlink()
