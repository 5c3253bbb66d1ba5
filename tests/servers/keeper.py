"""One server process, kept until the test run that owns it ends, however it ends.

    python keeper.py OWNER_PID FOLDER USER STOP_SIGNAL program argument ...

A process of its own, because the xdist worker that starts a server may end before another that uses it,
and because a run that is killed cannot clean up. Standard library only.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path


def main(owner: int, folder: Path, user: str, stop_signal: int, command: list[str]) -> None:
    told_to_stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: told_to_stop.append(number))
    log = (folder / "log").open("ab")
    server = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        user=user or None,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    try:
        while not told_to_stop and _is_alive(owner) and server.poll() is None:
            time.sleep(0.1)
    finally:
        _stop(server, stop_signal)
        # Last of all: whoever told us to stop waits for the folder to be gone.
        shutil.rmtree(folder, ignore_errors=True)


def _stop(server: subprocess.Popen[bytes], stop_signal: int) -> None:
    if server.poll() is not None:
        time.sleep(1)  # it failed: leave the one who started it time to read its log
        return
    server.send_signal(stop_signal)
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5:])
