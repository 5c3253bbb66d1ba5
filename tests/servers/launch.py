"""Server programs into a running private server with an admin URL."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import attrs
import psycopg
import pymysql

from tests.servers import keeper
from tests.servers.locate import MARIADB, POSTGRES, Programs
from tests.servers.urls import Address

START_SECONDS = 60
ATTEMPTS = 3
USER = "governed_test"


class ServerFailed(Exception):
    """A server was found but would not start; carries the end of its log."""


@attrs.frozen
class Server:
    """A running server: its admin URL, its folder, and the process that keeps it."""

    url: str
    folder: str
    keeper: int

    def log(self) -> str:
        """The end of what it said."""
        return _tail(Path(self.folder) / "log", fallback="")

    def stop(self) -> None:
        """End it by the keeper's pid, and wait until its folder is gone."""
        try:
            os.kill(self.keeper, signal.SIGTERM)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + 20
        while Path(self.folder).exists() and time.monotonic() < deadline:
            time.sleep(0.02)


def postgres(owner: int) -> Server:
    return _start(owner, POSTGRES.find(), "postgres", _prepare_postgres, _serve_postgres, signal.SIGQUIT)


def mysql(owner: int) -> Server:
    return _start(owner, MARIADB.find(), "mysql", _prepare_mariadb, _serve_mariadb, signal.SIGTERM)


Prepare = Callable[[Programs, Path, Address, str], None]
Serve = Callable[[Programs, Path, int], list[str]]


def _start(
    owner: int, programs: Programs, kind: str, prepare: Prepare, serve: Serve, stop_signal: signal.Signals
) -> Server:
    """Another process may take the free port before the server does, hence a few attempts."""
    log = ""
    for _ in range(ATTEMPTS):
        user = _unprivileged(kind)
        folder = Path(tempfile.mkdtemp(prefix=f"governed-db-{kind}-"))
        if user:
            shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)
        scheme, database = ("postgresql", "postgres") if kind == "postgres" else ("mysql", "mysql")
        address = Address(scheme, USER, f"fake-{secrets.token_hex(12)}", "127.0.0.1", _free_port(), database)
        prepare(programs, folder, address, user)
        pid = _keep(owner, folder, user, stop_signal, serve(programs, folder, address.port))
        server = Server(address.url, str(folder), pid)
        log = _wait(server, address)
        if not log:
            return server
        server.stop()
    raise ServerFailed(f"{programs.serve} did not start:\n{log}")


def _keep(owner: int, folder: Path, user: str, stop_signal: int, command: list[str]) -> int:
    """Not subprocess.Popen, which warns when it is collected before its child has ended. The keeper gets
    a process group of its own: Ctrl-C is for the run, which then tells the keeper."""
    arguments = [sys.executable, str(keeper.__file__), str(owner), str(folder), user, str(int(stop_signal))]
    silence = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
    return os.posix_spawn(
        sys.executable, arguments + command, dict(os.environ), file_actions=silence, setpgroup=0
    )


def _wait(server: Server, address: Address) -> str:
    """Empty once the server answers, else the end of its log."""
    log = ""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            address.connect().close()
        except (psycopg.Error, pymysql.Error) as error:
            log = _tail(Path(server.folder) / "log", fallback=log) or str(error)
            if _has_ended(server.keeper):
                return log
        else:
            return ""
        time.sleep(0.05)
    return log


def _tail(path: Path, *, fallback: str) -> str:
    try:
        return path.read_text(errors="replace")[-2000:]
    except FileNotFoundError:
        return fallback


def _has_ended(pid: int) -> bool:
    return os.waitpid(pid, os.WNOHANG)[0] == pid


def _unprivileged(preferred: str) -> str:
    """Both servers refuse to run as root. Empty means: stay who we are."""
    if os.geteuid() != 0:
        return ""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return preferred if preferred in known else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list[str], folder: Path, user: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=user or None,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    if done.returncode:
        raise ServerFailed(f"{' '.join(command)}\n{(done.stdout + done.stderr)[-2000:]}")


def _private_file(folder: Path, name: str, text: str, user: str) -> Path:
    path = folder / name
    path.touch(mode=0o600)
    path.write_text(text)
    if user:
        shutil.chown(path, user)
    return path


def _prepare_postgres(programs: Programs, folder: Path, address: Address, user: str) -> None:
    password = _private_file(folder, "password", address.password, user)
    # Not SCRAM, whose 4096 rounds on both sides are a third of the time that a connection takes.
    arguments = ["-D", str(folder / "data"), "-U", USER, "--pwfile", str(password), "-A", "md5"]
    arguments += ["-E", "UTF8", "--locale=C", "--no-sync"]
    _run([str(programs.initialise), *arguments], folder, user)


def _serve_postgres(programs: Programs, folder: Path, port: int) -> list[str]:
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": folder,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": 0,
        "autovacuum": "off",  # its timing would make statistics, and so tests, vary
        "jit": "off",
        "max_connections": 100,
        "max_prepared_transactions": 8,
        "timezone": "UTC",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(programs.serve), "-D", str(folder / "data"), *options]


def _prepare_mariadb(programs: Programs, folder: Path, address: Address, user: str) -> None:
    arguments = [f"--datadir={folder / 'data'}", "--auth-root-authentication-method=normal"]
    arguments += ["--skip-test-db", "--skip-name-resolve", "--innodb-log-file-size=16M"]
    _run([str(programs.initialise), "--no-defaults", *arguments], folder, user)
    # One statement a line. The users that the set-up made have no password: they go.
    statements = (
        "DELETE FROM mysql.global_priv WHERE User IN ('', 'root');",
        "FLUSH PRIVILEGES;",
        f"CREATE OR REPLACE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{address.password}';",
        f"GRANT ALL ON *.* TO '{USER}'@'127.0.0.1' WITH GRANT OPTION;",
    )
    _private_file(folder, "init.sql", "\n".join(statements) + "\n", user)


def _serve_mariadb(programs: Programs, folder: Path, port: int) -> list[str]:
    settings = {
        "datadir": folder / "data",
        "init-file": folder / "init.sql",
        "port": port,
        "bind-address": "127.0.0.1",
        "socket": folder / "sock",
        "tmpdir": folder,  # a server that starts deletes the temporary tables of others in /tmp
        "pid-file": folder / "pid",
        "character-set-server": "utf8mb4",
        "default-time-zone": "+00:00",
        "innodb-flush-log-at-trx-commit": 0,
        "innodb-fast-shutdown": 2,
        "innodb-buffer-pool-size": "64M",
        "innodb-log-file-size": "16M",
        "max-connections": 100,
        "secure-file-priv": "",  # what governance refuses must succeed without it
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    return [str(programs.serve), "--no-defaults", "--skip-log-bin", "--skip-name-resolve", *options]
