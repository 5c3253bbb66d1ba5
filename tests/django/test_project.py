"""A Django project goes on as it is when its ENGINE is ours: migrations, admin site, its own tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from governed_db.remote.reader import read
from tests.servers.fixtures import FreshDatabase
from tests.servers.urls import Address

ROOT = Path(__file__).parents[2]
POLICY = Path(__file__).parent / "project" / "policy.yaml"
ENGINES = ("postgres", "mysql", "sqlite")


@contextmanager
def database(dialect: str, fresh_database: FreshDatabase, state: Path, **options: Any) -> Iterator[Any]:
    """The entry of settings.DATABASES, by principal."""
    with fresh_database(dialect) as url:

        def entry(principal: str) -> dict[str, Any]:
            governed = {"policy": str(POLICY), "principal": principal, "state_dir": str(state)}
            common = {"OPTIONS": {"governed": governed, **options}}
            if dialect == "sqlite":
                path = url.removeprefix("sqlite:///")
                return {"ENGINE": "governed_db.django.sqlite3", "NAME": path, **common}
            at = Address.of(url)
            return {
                "ENGINE": f"governed_db.django.{at.scheme}",
                "NAME": at.database,
                "USER": at.user,
                "PASSWORD": at.password,
                "HOST": at.host,
                "PORT": at.port,
                "TEST": {"NAME": f"{at.database}_test"},
                **common,
            }

        yield entry


def manage(entry: dict[str, Any], *words: str) -> subprocess.CompletedProcess[str]:
    """`python -m django ...` with that database."""
    environment = {
        "SHOP_DATABASE": json.dumps(entry),
        "DJANGO_SETTINGS_MODULE": "tests.django.project.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
    }
    return subprocess.run(
        [sys.executable, "-m", "django", *words],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


@pytest.mark.parametrize("dialect", ENGINES)
def test_its_own_tests(dialect: str, fresh_database: FreshDatabase, tmp_path: Path) -> None:
    """Django's runner makes its test database, runs the project's tests in it, and removes it."""
    with database(dialect, fresh_database, tmp_path / "state") as entry:
        done = manage(entry("tests"), "test", "tests.django.project.shop", "--noinput")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Ran 10 tests" in done.stderr
    assert sum(one["phase"] == "outcome" for one in read(tmp_path / "state" / "audit")) > 200


DEPLOYED = """
from django.core.management import call_command as call
call("migrate")
call("migrate", check_unapplied=True)
call("makemigrations", check_changes=True, dry_run=True)
call("inspectdb", "shop_customer")
call("sqlmigrate", "shop", "0001")
call("migrate", "shop", "zero")
call("migrate", "shop")
call("loaddata", "tests/django/project/customers.json")
"""
SIGNED_IN = """
import django
django.setup()
from io import StringIO
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from tests.django.project.shop.models import Customer

settings.ALLOWED_HOSTS = ["testserver"]
User.objects.create_superuser("boss", "boss@example.com", "not-a-real-password")
form = {"username": "boss", "password": "not-a-real-password", "next": "/admin/"}
browser = Client()
print(browser.post("/admin/login/", form).status_code, b"Welcome" in browser.get("/admin/").content)
print(User.objects.get(email="boss@example.com").email, Customer.objects.get(pk=7).email)
dumped = StringIO()
call_command("dumpdata", "shop.customer", stdout=dumped)
print("new@example.com" in dumped.getvalue(), Customer.objects.filter(email="new@example.com").exists())
"""


@pytest.mark.parametrize("dialect", ENGINES)
def test_migrations(dialect: str, fresh_database: FreshDatabase, tmp_path: Path) -> None:
    """`deploy` migrates, forth and back, and loads fixtures; `web` cannot, and is told.

    Under the pack `django` people then sign in, and see their own accounts; customers are masked.
    """
    with database(dialect, fresh_database, tmp_path / "state") as entry:
        refused = manage(entry("web"), "migrate")
        assert refused.returncode != 0
        assert "GDB313" in refused.stderr
        done = manage(entry("deploy"), "shell", "--no-imports", "-c", DEPLOYED)
        assert done.returncode == 0, done.stdout + done.stderr
        web = entry("web")
        web["OPTIONS"]["governed"]["policy"] = "django"
        done = manage(web, "shell", "--no-imports", "-c", SIGNED_IN)

    assert done.stdout.splitlines() == ["302 True", "boss@example.com ***", "False True"], done.stderr


POOLED = """
import django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
from governed_db import Principal, acting_as
from governed_db.enforce.recognise import is_governed

def work(number):
    with acting_as(Principal(f"person-{number}", kind="human")), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM information_schema.tables")
        cursor.fetchone()
    governed = is_governed(connection.connection)
    connection.close()
    return governed

with ThreadPoolExecutor(8) as threads:
    print(all(threads.map(work, range(24))), connection.pool.get_stats()["pool_size"] <= 4)
connection.close_pool()
"""


def test_the_native_pool(fresh_database: FreshDatabase, tmp_path: Path) -> None:
    """OPTIONS["pool"] makes governed connections; each statement is that of who acts."""
    pool = {"min_size": 1, "max_size": 4}
    with database("postgres", fresh_database, tmp_path / "state", pool=pool) as entry:
        done = manage(entry("web"), "shell", "--no-imports", "-c", POOLED)

    assert done.stdout.strip() == "True True", done.stdout + done.stderr
    people = {
        one["fields"]["principals"][0]["id"]
        for one in read(tmp_path / "state" / "audit")
        if "information_schema.tables" in one["fields"].get("statement", "")
    }
    assert people >= {f"person-{number}" for number in range(24)}


@pytest.mark.parametrize("given", [{"polcy": "observe"}, "observe"])
def test_unknown_settings(given: Any, fresh_database: FreshDatabase, tmp_path: Path) -> None:
    """A mistyped setting is an error, never ignored."""
    with database("sqlite", fresh_database, tmp_path / "state") as entry:
        wrong = entry("web")
        wrong["OPTIONS"]["governed"] = given
        done = manage(wrong, "migrate", "--check")

    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr
