"""SQLAlchemy's own compliance suite for dialects gives governed what it gives raw, test by test.

Here a part of it runs, of which every test passes raw; `make compliance` runs the whole suite for every
dialect. Under `observe` nothing is refused, so nothing may differ; and every statement that SQLAlchemy
sends must be in the trail, or the suite would prove nothing. Under `standard`, with schema changes permitted
to the one who runs it (standard.yaml), what may differ stands in differences.yaml, with its reason.
"""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path

import attrs
import pytest
from ruamel.yaml import YAML
from sqlalchemy import make_url

from governed_db.remote.reader import read
from tests.servers.fixtures import FreshDatabase

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DIALECTS = {
    "sqlite": ("sqlite+pysqlite", "sqlite+governed", "sqlite"),
    "postgresql": ("postgresql+psycopg", "postgresql+governed", "postgres"),
    "postgresql-async": ("postgresql+psycopg_async", "postgresql+governed_async", "postgres"),
    "mariadb": ("mariadb+pymysql", "mariadb+governed", "mysql"),
}
PART = "ExistsTest, InsertBehaviorTest, IsolationLevelTest, ReturningGuardsTest, RowCountTest, TrueDivTest"
OUTCOMES = ("failure", "error", "skipped")
POLICIES = {"observe": "observe", "standard": str(HERE / "standard.yaml")}
WHOLE = os.environ.get("GOVERNED_DB_TEST_COMPLIANCE") == "whole"
RUNS = [(dialect, "observe") for dialect in DIALECTS]
RUNS += [(dialect, "standard") for dialect in (DIALECTS if WHOLE else ["sqlite"])]

FILES = {
    "setup.cfg": """
[sqla_testing]
requirement_cls = requirements:Requirements
profile_file = profiles.txt
""",
    "profiles.txt": "",
    # A schema of SQLite is a file that is attached to each connection; there is no other.
    "requirements.py": """
from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements

class Requirements(SuiteRequirements):
    schemas = property(lambda self: exclusions.skip_if("sqlite"))
""",
    "conftest.py": """
import pytest
pytest.register_assert_rewrite("sqlalchemy.testing.assertions")
from sqlalchemy import Engine, event
from sqlalchemy.testing.plugin.pytestplugin import *
from sqlalchemy.testing.plugin.pytestplugin import pytest_sessionfinish as _finish

sent = []
calls = []
event.listen(Engine, "before_cursor_execute", lambda *told: sent.append(1))

def counted(cls, name, inside=[]):
    call = getattr(cls, name)
    def method(self, *arguments, **options):
        if not inside:  # PyMySQL's executemany may call execute
            calls.append(arguments[0])
        inside.append(name)
        try:
            return call(self, *arguments, **options)
        finally:
            inside.pop()
    setattr(cls, name, method)

# All that reaches a driver's cursor, whoever sends it: SQLAlchemy sets connections up beside its engines.
import psycopg
from governed_db.enforce.pymysql.cursor import GovernedCursor as MySQL
from governed_db.enforce.sqlite.cursor import GovernedCursor as SQLite
drivers = psycopg.Cursor, psycopg.AsyncCursor, psycopg.ServerCursor, psycopg.AsyncServerCursor
for one in (*drivers, MySQL, SQLite):
    for name in ("execute", "executemany", "executescript", "callproc"):
        if name in vars(one):
            counted(one, name)

def pytest_sessionfinish(session):
    _finish(session)
    open("sent.txt", "w").write(f"{len(sent)} {len(calls)}")
""",
}


@attrs.frozen
class Results:
    """What became of each test, how many statements the engines sent, and how many cursors were given."""

    by_test: dict[str, str]
    sent: int
    calls: int


def suite(folder: Path, url: str, state: Path, policy: str) -> Results:
    """Run the suite in a process and folder of its own."""
    folder.mkdir()
    chosen = "*" if WHOLE else PART
    for name, text in {**FILES, "test_suite.py": f"from sqlalchemy.testing.suite import {chosen}\n"}.items():
        (folder / name).write_text(text)
    environment = {
        "PYTHONPATH": str(ROOT / "src"),
        "GOVERNED_DB_POLICY": POLICIES[policy],
        "GOVERNED_DB_PRINCIPAL": "runner",
        "GOVERNED_DB_HOME": str(state),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # the suite needs none, and they take half of the time
    }
    options = ["-q", "-p", "no:cacheprovider", "--maxfail=9999", "--junitxml=found.xml"]
    subprocess.run(
        [sys.executable, "-m", "pytest", *options, "test_suite.py", "--dburi", url],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        timeout=3000 if WHOLE else 170,
        check=False,
    )
    found = {}
    for case in ET.parse(folder / "found.xml").iter("testcase"):  # our own file
        outcome = next(
            (child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed"
        )
        found[f"{case.get('classname')}::{case.get('name')}"] = outcome
    return Results(found, *map(int, (folder / "sent.txt").read_text().split()))


@pytest.mark.timeout(7200 if WHOLE else 400)
@pytest.mark.parametrize(("dialect", "policy"), RUNS)
def test_governed_as_raw(dialect: str, policy: str, fresh_database: FreshDatabase, tmp_path: Path) -> None:
    """No test passes raw and fails governed; and each statement is in the trail, once.

    Statements are what a driver's cursor is given: those of engines, and those by which SQLAlchemy sets
    connections up. Not counted is what drivers send of themselves (BEGIN, COMMIT, ROLLBACK), which is let
    pass by its exact shape.
    """
    raw, governed, kind = DIALECTS[dialect]
    results = []
    for number, scheme in enumerate((raw, governed)):
        with fresh_database(kind) as url:
            at = make_url(url).set(drivername=scheme) if kind != "sqlite" else make_url(f"{scheme}://")
            told = suite(
                tmp_path / f"run{number}",
                at.render_as_string(hide_password=False),
                tmp_path / "state",
                policy,
            )
        results.append(told)
    before, after = results

    changed = {name: (was, after.by_test.get(name)) for name, was in before.by_test.items()}
    known = [] if policy == "observe" else list(YAML(typ="safe").load(HERE / "differences.yaml"))
    differing = {name: both for name, both in changed.items() if both[0] != both[1]}
    unexplained = {name for name in differing if not any(fnmatch(name, one) for one in known)}
    assert {name: differing[name] for name in unexplained} == {}
    assert before.by_test.keys() <= after.by_test.keys()  # there is one more test for each compiler
    assert Counter(before.by_test.values())["passed"] >= 15
    recorded = sum(one["phase"] in ("outcome", "refusal") for one in read(tmp_path / "state" / "audit"))
    assert recorded == after.calls >= after.sent > 50
