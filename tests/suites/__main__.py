"""The tests that pass with a driver as it is and fail with it governed, with what is known of them.

    python -m tests.suites psycopg [--source FOLDER] [--way import|install] [--policy observe] [-k TESTS]

The suites are not part of this repository: psycopg's and PyMySQL's are taken from a checkout of theirs
(`--source`, or cloned at the tag of the installed version below .suites/), CPython's comes with Python.
It ends with 1 when a test differs that differences.yaml does not explain.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs
import click
from ruamel.yaml import YAML

from tests.servers import launch
from tests.servers.databases import fresh_mysql, fresh_postgres
from tests.servers.locate import MYSQL_URL, POSTGRES_URL
from tests.servers.urls import Address

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TAGS = {
    "psycopg": ("https://github.com/psycopg/psycopg", "{version}"),
    "pymysql": ("https://github.com/PyMySQL/PyMySQL", "v{version}"),
}
# Other databases, other event loops, name servers, type checkers; and what counts on a quick machine.
PSYCOPG_LEFT_OUT = ("crdb", "scripts", "test_typing.py", "test_gevent.py", "test_windows.py", "test_dns.py")
PSYCOPG_LEFT_OUT += ("test_dns_srv.py", "test_free_threading.py", "pq")
PSYCOPG_MARKS = "not slow and not timing and not subprocess"
# They wait for ten seconds each, or send fifty megabytes.
PYMYSQL_LEFT_OUT = "not test_issue_35 and not test_issue_363 and not (test_issue_36)"


@attrs.frozen
class Run:
    """A suite ready to run: where, with what arguments and what environment."""

    folder: Path
    arguments: list[str]
    environment: dict[str, str]


@click.command()
@click.argument("driver", type=click.Choice(["psycopg", "pymysql", "sqlite3"]))
@click.option("--source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--way", type=click.Choice(["import", "install"]), default="import", show_default=True)
@click.option("--policy", default="observe", show_default=True)
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Keep the raw results in this folder, or use them."
)
@click.argument("more", nargs=-1)
def main(
    driver: str, source: Path | None, way: str, policy: str, keep: Path | None, more: tuple[str, ...]
) -> None:
    """Run a driver's own tests twice, and say what differs. MORE goes to pytest."""
    with tempfile.TemporaryDirectory(prefix="governed-db-suite-") as made:
        folder = Path(made)
        checkout = source or _checkout(driver)
        before = _raw(driver, checkout, folder / "raw", keep, more)
        after = _results(driver, checkout, folder / "governed", way, policy, more)
    told = compare(before, after, _known(driver, way))
    print(json.dumps({"driver": driver, "policy": policy, "way": way} | told, indent=1))
    sys.exit(1 if told["unexplained"] else 0)


def compare(before: dict[str, str], after: dict[str, str], known: dict[str, str]) -> dict[str, Any]:
    """Numbers, and the tests that pass raw and do not pass governed."""
    differing = {name: after.get(name, "missing") for name, was in before.items() if was == "passed"}
    differing = {name: what for name, what in differing.items() if what != "passed"}
    explained = {name: pattern for name in differing for pattern in known if fnmatch(name, pattern)}
    return {
        "raw": dict(Counter(before.values())),
        "governed": dict(Counter(after.values())),
        "explained": {name: known[pattern] for name, pattern in sorted(explained.items())},
        "unexplained": {name: differing[name] for name in sorted(differing.keys() - explained.keys())},
        "not_seen": sorted(known.keys() - set(explained.values())),
    }


def _known(driver: str, way: str) -> dict[str, str]:
    every = YAML(typ="safe").load(HERE / "differences.yaml")
    return {**(every[driver] or {}), **(every.get(f"{driver} --way {way}") or {})}


def _raw(driver: str, source: Path, folder: Path, keep: Path | None, more: tuple[str, ...]) -> dict[str, str]:
    kept = keep / f"{driver}.json" if keep is not None else None
    if kept is not None and kept.exists():
        return dict(json.loads(kept.read_text()))
    found = _results(driver, source, folder, "raw", "observe", more)
    if kept is not None:
        kept.write_text(json.dumps(found))
    return found


def _results(
    driver: str, source: Path, folder: Path, way: str, policy: str, more: tuple[str, ...]
) -> dict[str, str]:
    """What became of each test, run in a process, a folder and a database of its own."""
    folder.mkdir()
    with _READY[driver](source, folder) as run:
        ours = {
            "SUITE_DRIVER": driver,
            "SUITE_WAY": way,
            "PYTHONPATH": os.pathsep.join([str(HERE / "plugin"), str(ROOT / "src")]),
            "GOVERNED_DB_POLICY": policy,
            "GOVERNED_DB_PRINCIPAL": "suite",
            "GOVERNED_DB_HOME": str(folder / "state"),
        }
        path = os.environ.get("SUITE_PATH")  # where packages are that only a suite needs
        ours["PYTHONPATH"] += os.pathsep + path if path else ""
        found = folder / "found.xml"
        options = ["-p", "governed_swap", "-p", "no:randomly", "-p", "no:xdist"]
        options += ["-o", f"cache_dir={folder / 'cache'}"]  # psycopg's tests note there which one crashed
        options += ["-q", "--timeout=60", "--tb=short", f"--junitxml={found}"]
        with (folder / "out.txt").open("w") as out:
            subprocess.run(
                [sys.executable, "-m", "pytest", *options, *run.arguments, *more],
                cwd=run.folder,
                env=os.environ | ours | run.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
            )
        shutil.copy(folder / "out.txt", Path(tempfile.gettempdir()) / f"suite-{driver}-{way}-{policy}.txt")
        return dict(_outcomes(found))


def _outcomes(found: Path) -> Iterator[tuple[str, str]]:
    for case in ET.parse(found).iter("testcase"):  # our own file
        outcome = next(
            (child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed"
        )
        yield f"{case.get('classname')}::{case.get('name')}", outcome


def _checkout(driver: str) -> Path:
    """The suite that belongs to the installed driver."""
    if driver == "sqlite3":
        import test.test_sqlite3 as suite

        return Path(str(suite.__file__)).parents[2]
    address, tag = TAGS[driver]
    folder = ROOT / ".suites" / driver
    if not folder.exists():
        branch = tag.format(version=version(driver))
        subprocess.run(
            ["git", "clone", "-q", "--depth=1", "--branch", branch, address, str(folder)], check=True
        )
    return folder


# -- the three suites ------------------------------------------------------------------------------------


@contextmanager
def _psycopg(source: Path, folder: Path) -> Iterator[Run]:
    shutil.copytree(source / "tests", folder / "tests")
    shutil.copytree(source / "tools", folder / "tools")
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    left_out = [f"--ignore=tests/{name}" for name in PSYCOPG_LEFT_OUT]
    with _server(POSTGRES_URL, launch.postgres) as admin, fresh_postgres(admin) as url:
        yield Run(folder, ["-m", PSYCOPG_MARKS, *left_out, "tests"], {"PSYCOPG_TEST_DSN": url})


@contextmanager
def _pymysql(source: Path, folder: Path) -> Iterator[Run]:
    tests = folder / "pymysql" / "tests"
    shutil.copytree(source / "pymysql" / "tests", tests)
    with (
        _server(MYSQL_URL, launch.mysql) as admin,
        fresh_mysql(admin) as one,
        fresh_mysql(admin) as other,
    ):
        places = [_place(one) | {"use_unicode": True, "local_infile": True}, _place(other)]
        (tests / "databases.json").write_text(json.dumps(places))
        arguments = ["--import-mode=importlib", "-k", PYMYSQL_LEFT_OUT, "--pyargs", "pymysql.tests"]
        yield Run(folder, arguments, {"SUITE_TESTS": str(tests.parent)})


def _place(url: str) -> dict[str, Any]:
    at = Address.of(url)
    return {
        "host": at.host,
        "port": at.port,
        "user": at.user,
        "password": at.password,
        "database": at.database,
    }


@contextmanager
def _sqlite3(source: Path, folder: Path) -> Iterator[Run]:
    (folder / "pytest.ini").write_text("[pytest]\n")
    suite = source / "test" / "test_sqlite3"
    yield Run(folder, ["-c", "pytest.ini", str(suite)], {})


@contextmanager
def _server(variable: str, start: Any) -> Iterator[str]:
    """A server that runs already, or one for now."""
    given = os.environ.get(variable)
    if given:
        yield given
        return
    server = start(os.getpid())
    try:
        yield server.url
    finally:
        server.stop()


_READY = {"psycopg": _psycopg, "pymysql": _pymysql, "sqlite3": _sqlite3}

if __name__ == "__main__":
    main()
