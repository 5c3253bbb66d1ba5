"""Promise: `import governed_db` is cheap, and gives every public name."""

from __future__ import annotations

import subprocess
import sys

import governed_db

HEAVY = ("psycopg", "pymysql", "sqlite3", "sqlglot", "cryptography", "ruamel")


def test_importing_loads_no_driver_and_no_parser() -> None:
    """What is not used is not loaded."""
    code = f"import sys, governed_db; print([name for name in {HEAVY} if name in sys.modules])"

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"


def test_one_driver_does_not_load_the_others() -> None:
    """A program that uses SQLite needs neither psycopg nor PyMySQL."""
    code = "import sys; from governed_db import sqlite3; print({'psycopg', 'pymysql'} & set(sys.modules))"

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "set()"


def test_every_public_name_is_there() -> None:
    """What __all__ promises can be had, and dir shows it."""
    assert all(hasattr(governed_db, name) for name in governed_db.__all__)
    assert set(governed_db.__all__) <= set(dir(governed_db))
    assert not hasattr(governed_db, "no_such_name")


def test_refusals_are_one_family() -> None:
    """Whoever catches governed_db.Error catches them all."""
    for name in "ApprovalRequired AuditUnavailable ConfigurationError PolicyError StatementDenied".split():
        assert issubclass(getattr(governed_db, name), governed_db.Error)
