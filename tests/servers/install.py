"""A machine without what tests run into one that has it, or into a sentence that says what to install.

Run by `make test`. Installs only as root and with apt; never starts a system service.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.servers.locate import CHROMIUM, MARIADB, POSTGRES, Browser, ServerMissing, Wanted

_WANTED = (POSTGRES, MARIADB, CHROMIUM)


def main() -> int:
    missing = [wanted for wanted in _WANTED if not _is_there(wanted)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(missing)
        missing = [wanted for wanted in missing if not _is_there(wanted)]
    for wanted in missing:
        print(wanted.help, file=sys.stderr)
    return 1 if missing else 0


def _is_there(wanted: Wanted | Browser) -> bool:
    if os.environ.get(wanted.variable):
        return True
    try:
        wanted.find()
    except ServerMissing:
        return False
    return True


def _install(missing: list[Wanted | Browser]) -> None:
    packages = [wanted.apt for wanted in missing]
    print(f"installing {', '.join(packages)}", flush=True)
    # RUNLEVEL=1 keeps Debian's package scripts from starting the system-wide servers.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (
        ["apt-get", "-q", "update"],
        ["apt-get", "-q", "install", "-y", "--no-install-recommends", *packages],
    ):
        if subprocess.run(command, env=environment, check=False).returncode:
            print(f"{' '.join(command)} failed", file=sys.stderr)
            return


if __name__ == "__main__":
    sys.exit(main())
