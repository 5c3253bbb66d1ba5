"""A machine into the programs that tests need, servers and a browser, or into what to install."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import attrs

POSTGRES_URL = "GOVERNED_DB_TEST_POSTGRES_URL"
MYSQL_URL = "GOVERNED_DB_TEST_MYSQL_URL"
CHROMIUM_PATH = "GOVERNED_DB_TEST_CHROMIUM"


class ServerMissing(Exception):
    """A server that the tests need is not on this machine. Never a reason to skip a test."""


@attrs.frozen
class Programs:
    """How to make a data folder, and how to serve it."""

    initialise: Path
    serve: Path


@attrs.frozen
class Wanted:
    """One server the tests need: its programs, where they may be, and what installs them."""

    name: str
    initialise: str
    serve: str
    folders: tuple[str, ...]
    apt: str
    elsewhere: str
    variable: str

    def find(self) -> Programs:
        for folder in self._candidates():
            initialise, serve = folder / self.initialise, folder / self.serve
            if initialise.exists() and serve.exists():
                return Programs(initialise, serve)
        on_path = [shutil.which(program, path=_search_path()) for program in (self.initialise, self.serve)]
        if on_path[0] and on_path[1]:
            return Programs(Path(on_path[0]), Path(on_path[1]))
        raise ServerMissing(self.help)

    @property
    def help(self) -> str:
        return (
            f"the tests need a {self.name} server and there is none on this machine.\n"
            f"  Debian, Ubuntu:  apt-get install {self.apt}\n"
            f"  elsewhere:       {self.elsewhere}\n"
            f"  or point {self.variable} at a server whose user may create databases."
        )

    def _candidates(self) -> list[Path]:
        found = [Path(path) for pattern in self.folders for path in Path("/").glob(pattern)]
        return sorted(found, key=_version, reverse=True)


@attrs.frozen
class Browser:
    """A browser that tests drive."""

    programs: tuple[str, ...]
    apt: str
    variable: str

    def find(self) -> Path:
        named = os.environ.get(self.variable)
        for program in (named,) if named else self.programs:
            found = shutil.which(program)
            if found:
                return Path(found)
        raise ServerMissing(self.help)

    @property
    def help(self) -> str:
        return (
            "the tests need Chromium and there is none on this machine.\n"
            f"  Debian:     apt-get install {self.apt}\n"
            f"  elsewhere:  install Chromium or Chrome, and point {self.variable} at its program."
        )


# Debian keeps each PostgreSQL major version's programs off the PATH.
POSTGRES = Wanted(
    name="PostgreSQL",
    initialise="initdb",
    serve="postgres",
    folders=("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin"),
    apt="postgresql",
    elsewhere="install PostgreSQL 14 or later, so that initdb and postgres are on the PATH",
    variable=POSTGRES_URL,
)
MARIADB = Wanted(
    name="MariaDB",
    initialise="mariadb-install-db",
    serve="mariadbd",
    folders=(),
    apt="mariadb-server",
    elsewhere="install MariaDB 10.6 or later, so that mariadb-install-db and mariadbd are on the PATH",
    variable=MYSQL_URL,
)

CHROMIUM = Browser(
    programs=("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    apt="chromium",
    variable=CHROMIUM_PATH,
)


def _search_path() -> str:
    return os.pathsep.join(
        [os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin", "/usr/libexec"]
    )


def _version(folder: Path) -> int:
    numbers = re.findall(r"\d+", str(folder))
    return int(numbers[0]) if numbers else 0
