"""`install` and `governed-db run` govern programs that import the drivers themselves, in whatever way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.servers.urls import Address

ROOT = Path(__file__).parents[2]

# By driver: what a program imports, and how it then opens its database.
WAYS = {
    "sqlite3": {
        "import sqlite3, sqlite3.dbapi2": "sqlite3.connect(PLACE)",
        "from sqlite3 import connect as sqlite_connect": "sqlite_connect(PLACE)",
        "dbapi2 = sqlite3.dbapi2": "dbapi2.connect(PLACE)",
        "class Mine(sqlite3.Connection): pass": "sqlite3.connect(PLACE, factory=Mine)",
        "import sqlalchemy": "sqlalchemy.create_engine('sqlite:///' + PLACE).raw_connection()",
    },
    "psycopg": {
        "import psycopg": "psycopg.connect(PLACE)",
        "from psycopg import connect as pg_connect": "pg_connect(PLACE)",
        "from psycopg import Connection": "Connection.connect(PLACE)",
        "class Mine(psycopg.Connection): pass": "Mine.connect(PLACE)",
        "import psycopg_pool": "psycopg_pool.ConnectionPool(PLACE, min_size=1, open=True).getconn()",
    },
    "pymysql": {
        "import pymysql": "pymysql.connect(**PLACE)",
        "from pymysql import connect as my_connect": "my_connect(**PLACE)",
        "from pymysql.connections import Connection": "Connection(**PLACE)",
        "class Mine(pymysql.connections.Connection): pass": "Mine(**PLACE)",
    },
}


@pytest.fixture(scope="module")
def places(fresh_database: Callable[..., object]) -> object:
    """Shops of all three, in the form their drivers take."""
    with (
        fresh_database("postgres", shop=True) as postgres,  # type: ignore[attr-defined]
        fresh_database("mysql", shop=True) as mysql,  # type: ignore[attr-defined]
        fresh_database("sqlite", shop=True) as sqlite,  # type: ignore[attr-defined]
    ):
        at = Address.of(mysql)
        yield {
            "psycopg": postgres,
            "sqlite3": sqlite.removeprefix("sqlite:///"),
            "pymysql": {
                "host": at.host,
                "port": at.port,
                "user": at.user,
                "password": at.password,
                "database": at.database,
            },
        }


READ = """
cursor = connection.cursor()
cursor.execute("SELECT email FROM customers WHERE id = 1")
print(*[value for row in cursor.fetchall() for value in row])
cursor.close()
"""


def run(program: Path, *before: str, state: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program in a process of its own."""
    ours = {"PYTHONPATH": str(ROOT / "src"), "GOVERNED_DB_HOME": str(state)} | environment
    return subprocess.run(
        [sys.executable, *before, str(program)],
        cwd=program.parent,
        env=os.environ | ours,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


CLI = ("-m", "governed_db.cli", "run")


@pytest.mark.parametrize("before", [True, False], ids=["imported-before", "imported-after"])
@pytest.mark.parametrize("driver", WAYS)
def test_install(driver: str, before: bool, places: dict[str, object], tmp_path: Path) -> None:  # noqa: FBT001
    """Whatever name a program has got hold of, and when, what it opens is governed."""
    imports = [*WAYS[driver]]
    lines = ["import governed_db", f"PLACE = {places[driver]!r}"]
    lines += [*imports, "governed_db.install()"] if before else ["governed_db.install()", *imports]
    for opened in WAYS[driver].values():
        lines += [f"connection = {opened}", READ]
    program = tmp_path / "program.py"
    program.write_text("\n".join([*lines, "print(governed_db.ungoverned_connections())"]))
    done = run(program, state=tmp_path / "state")

    assert done.stdout.split() == ["***"] * len(imports) + ["[]"], done.stdout + done.stderr


def test_run(places: dict[str, object], tmp_path: Path) -> None:
    """`governed-db run program.py`: the program, its arguments, its exit code; its drivers are governed."""
    program = tmp_path / "program.py"
    program.write_text(
        f"import sqlite3, sys\nconnection = sqlite3.connect({places['sqlite3']!r})\n{READ}\n"
        "print(sys.argv[1:], __name__)\nsys.exit(7)"
    )
    done = subprocess.run(
        [sys.executable, *CLI, "--policy", "read-only", "--principal", "job", str(program), "--json", "-m"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "GOVERNED_DB_HOME": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stdout.splitlines() == ["***", "['--json', '-m'] __main__"], done.stderr
    assert done.returncode == 7


def test_sub_processes(places: dict[str, object], tmp_path: Path) -> None:
    """What a program starts is governed too: by subprocess, multiprocessing, a shell."""
    child = tmp_path / "child.py"
    child.write_text(f"import psycopg\nconnection = psycopg.connect({places['psycopg']!r})\n{READ}")
    program = tmp_path / "program.py"
    program.write_text(
        "import multiprocessing as mp, os, runpy, subprocess, sys\n"
        f"child = {str(child)!r}\n"
        "if __name__ == '__main__':\n"
        "    print(subprocess.check_output([sys.executable, child], text=True).strip())\n"
        "    print(os.popen(f'{sys.executable} {child}').read().strip())\n"
        "    for way in ('spawn', 'fork', 'forkserver'):\n"
        "        worker = mp.get_context(way).Process(target=runpy.run_path, args=(child,))\n"
        "        worker.start(); worker.join()\n"
    )
    done = run(program, *CLI, state=tmp_path / "state")

    assert done.stdout.split() == ["***"] * 5, done.stdout + done.stderr


def test_run_a_module_and_a_command(places: dict[str, object], tmp_path: Path) -> None:
    """-m runs a module; any other word is a command on the path."""
    module = tmp_path / "tool.py"
    module.write_text(f"import sqlite3\nconnection = sqlite3.connect({places['sqlite3']!r})\n{READ}")
    script = tmp_path / "tool"
    script.write_text(f"#!{sys.executable}\n{module.read_text()}")
    script.chmod(0o755)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(tmp_path)]),
        "GOVERNED_DB_HOME": str(tmp_path / "state"),
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
    }
    for words in (["-m", "tool"], ["tool"]):
        done = subprocess.run(
            [sys.executable, *CLI, *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stdout.strip() == "***", done.stderr


def test_a_process_that_cannot_be_governed_ends(tmp_path: Path) -> None:
    """Below `governed-db run` nothing goes on ungoverned: a mistake in the settings ends the process."""
    program = tmp_path / "program.py"
    program.write_text("print('went on')")
    done = run(
        program,
        state=tmp_path / "state",
        GOVERNED_DB_INSTALL="oracle",
        PYTHONPATH=os.pathsep.join([str(ROOT / "src/governed_db/bootstrap"), str(ROOT / "src")]),
    )

    assert (done.returncode, done.stdout) == (78, "")
    assert "cannot be governed" in done.stderr


@pytest.mark.parametrize(
    ("words", "ended"),
    [
        (["no-such-program"], (2, "GDB509")),
        (["--driver", "oracle", "x.py"], (2, "GDB509")),
        (["--policy", "no-such.yaml", "x.py"], (1, "GDB510")),
    ],
)
def test_what_cannot_be_run(words: list[str], ended: tuple[int, str], tmp_path: Path) -> None:
    """A program that is not there, a driver that is not known and a policy with mistakes are told at once."""
    done = subprocess.run(
        [sys.executable, *CLI, *words, "--json"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == ended


def test_connections_that_are_not_governed_are_told(places: dict[str, object], tmp_path: Path) -> None:
    """ungoverned_connections() names what was opened past us."""
    program = tmp_path / "program.py"
    program.write_text(
        "import governed_db, sqlite3\n"
        f"raw = sqlite3.connect({places['sqlite3']!r})\n"
        "governed_db.install('sqlite3')\n"
        f"other = sqlite3.connect({places['sqlite3']!r})\n"
        f"past = sqlite3.Connection({places['sqlite3']!r})\n"
        "print(governed_db.ungoverned_connections())\n"
    )
    done = run(program, state=tmp_path / "state")

    assert done.stdout.strip() == "['sqlite3.Connection', 'sqlite3.Connection']", done.stderr


WAITING = """
import os, sqlite3, sys
if len(sys.argv) > 1:
    sqlite3.connect(sys.argv[1]).close()
    raw = sqlite3.Connection(sys.argv[1])
governed = sqlite3.connect(PLACE)
child = os.fork()
if not child:
    other = sqlite3.connect(PLACE)
os.write(1, b"%d\\n" % os.getpid())
sys.stdin.read()
"""


@pytest.mark.parametrize("past", [True, False])
def test_doctor_asks_a_running_process(past: bool, places: dict[str, object], tmp_path: Path) -> None:  # noqa: FBT001
    """`doctor --pid` counts what is open in a program, and in each child it forked, governed or past us."""
    program = tmp_path / "program.py"
    program.write_text(WAITING.replace("PLACE", repr(places["sqlite3"])))
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "GOVERNED_DB_HOME": str(tmp_path / "state")}
    more = [str(tmp_path / "raw.db")] if past else []
    running = subprocess.Popen(
        [sys.executable, *CLI, str(program), *more],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with running:
        pids = sorted([int(running.stdout.readline()), int(running.stdout.readline())])  # type: ignore[union-attr]
        told = [doctor(pid, environment) for pid in pids]
        running.stdin.close()  # type: ignore[union-attr]

    for found in told:
        assert found["ungoverned"] == ({"sqlite3.Connection": 1} if past else {})
        assert found["ok"] is not past
    own = {str(told[0]["pid"]): 1, str(told[1]["pid"]): 2}  # the child's own, and the one it was born with
    counted = {str(found["pid"]): sum(found["governed"].values()) for found in told}
    assert sorted(counted.values()) == sorted(own.values())
    assert "GDB538" in str(doctor(2**22 + 1, environment))


def doctor(pid: int, environment: dict[str, str]) -> dict[str, Any]:
    """What `governed-db doctor` says of a process."""
    done = subprocess.run(
        [sys.executable, "-m", "governed_db.cli", "doctor", "--pid", str(pid), "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
