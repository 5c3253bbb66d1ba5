"""A project as the how-to page has it begins on SQLite: its migrations run, its dates can be asked for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import datetime
import os
import sqlite3
import uuid

import django
from django.conf import settings

governed = {"policy": "deploy.yaml", "state_dir": "state"}
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
    DATABASES={"default": {
        "ENGINE": "governed_db.django.sqlite3", "NAME": "fresh.db", "OPTIONS": {"governed": governed},
    }},
)
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, models

os.environ["GOVERNED_DB_PRINCIPAL"] = "deploy"
call_command("migrate", verbosity=0)
User.objects.create_user("ann", "ann@example.com", "not-a-real-password")
print(User.objects.get(username="ann").check_password("not-a-real-password"))


class Patient(models.Model):
    birth_date = models.DateField()
    seen_on = models.DateField()
    api_token = models.UUIDField(default=uuid.uuid4)
    is_pregnant = models.BooleanField(default=True)
    is_member = models.BooleanField(default=True)

    class Meta:
        app_label = "clinic"


with connection.schema_editor() as editor:
    editor.create_model(Patient)
day = datetime.date(1980, 2, 3)
Patient.objects.create(birth_date=day, seen_on=day)
print(Patient.objects.values_list("birth_date", "seen_on").get() == (None, day))
shown = Patient.objects.get()
print((shown.api_token, shown.is_pregnant, shown.is_member) == (None, None, True))
sqlite3.register_converter("date", print)  # an application's own sees raw values: it stays refused
try:
    Patient.objects.get()
except django.db.DatabaseError as refused:
    print(refused.__cause__.code)
"""


def test_migrations_accounts_and_masked_dates(tmp_path: Path) -> None:
    """Tables that migrations make anew are filled, people sign in; a masked date, UUID or boolean is None."""
    page = (ROOT / "docs" / "how-to" / "django.md").read_text()
    policy = re.search(r"<!-- file deploy.yaml -->\n```yaml\n(.*?)```", page, re.DOTALL)
    assert policy is not None
    (tmp_path / "deploy.yaml").write_text(policy[1])

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )

    assert done.stdout.split() == ["True", "True", "True", "GDB231"], done.stderr
