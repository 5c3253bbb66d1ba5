"""Who works with SQLAlchemy or Django asks, waits and comes back as everybody does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import governed_db
from governed_db import ApprovalRequired
from governed_db.remote.approvals import ApprovalStore
from governed_db.runtime import release
from tests.contract.shop import BOUNDED
from tests.sqlalchemy.conftest import SCHEMES, governed_url

LARGE = text("UPDATE products SET stock = stock + :by WHERE stock > 30")  # nine rows


def engine_of(url: str, dialect: str, state: Path, **ours: Any) -> Any:
    """An engine as applications make it, with our settings among the driver's arguments."""
    arguments = {"governed_policy": BOUNDED, "governed_state_dir": state} | ours
    return create_engine(governed_url(url, SCHEMES[dialect]), connect_args=arguments)


@pytest.mark.parametrize("dialect", ["postgres", "sqlite"])
def test_a_request_is_found_in_what_sqlalchemy_raises(
    dialect: str, postgres_shop: str, sqlite_shop: str, tmp_path: Path
) -> None:
    """`orig` of its exception is ApprovalRequired with the task; the session's work is resumed by it."""
    url = postgres_shop if dialect == "postgres" else sqlite_shop
    engine = engine_of(url, dialect, tmp_path / "state")
    with Session(engine) as session, pytest.raises(DBAPIError) as raised:
        session.execute(LARGE, {"by": 1})
    asked = raised.value.orig
    assert isinstance(asked, ApprovalRequired)
    ApprovalStore(tmp_path / "state" / "approvals.sqlite").approve(asked.task["id"], "grace")

    with governed_db.resume(asked.task, state_dir=tmp_path / "state"), Session(engine) as session:
        changed = session.execute(LARGE, {"by": 1}).rowcount  # type: ignore[attr-defined]
    engine.dispose()
    release(tmp_path / "state")

    assert changed == 9


def test_a_url_says_how_to_wait(sqlite_shop: str, tmp_path: Path) -> None:
    """As the driver's own settings stand in it; a function is given among the driver's arguments."""
    url = governed_url(sqlite_shop, "sqlite+governed")
    waiting = url.update_query_dict({"governed_on_approval": "wait:0.05"})
    ours = {"governed_policy": BOUNDED, "governed_state_dir": tmp_path / "state"}
    engine = create_engine(waiting, connect_args=ours)
    tasks: list[Any] = []
    telling = create_engine(url, connect_args=ours | {"governed_on_approval": tasks.append})

    for one in (engine, telling):
        with one.connect() as connection, pytest.raises(DBAPIError) as raised:
            connection.execute(LARGE, {"by": 1})
        if one is engine:
            waited = raised.value.orig
        one.dispose()
    release(tmp_path / "state")

    assert isinstance(waited, ApprovalRequired)
    assert [reason.code for reason in waited.reasons] == ["GDB311", "GDB432"]
    assert [task["id"] for task in tasks] == [waited.task["id"]]


DJANGO = """
import json, sys
from django.conf import settings
from governed_db import ApprovalRequired

settings.configure(DATABASES={"default": json.loads(sys.argv[1])})
from django.db import Error, connection

with connection.cursor() as cursor:
    try:
        cursor.execute("UPDATE products SET stock = stock + %s WHERE stock > 30", [1])
    except Error as error:
        asked = error if isinstance(error, ApprovalRequired) else error.__cause__
        print(json.dumps({"codes": [reason.code for reason in asked.reasons], "task": dict(asked.task)}))
"""


def test_django_asks_and_waits(sqlite_shop: str, tmp_path: Path) -> None:
    """OPTIONS say how to wait; what Django raises is, or is caused by, ApprovalRequired with the task."""
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps(BOUNDED))
    governed = {"policy": str(policy), "state_dir": str(tmp_path / "state"), "on_approval": "wait:0.05"}
    entry = {
        "ENGINE": "governed_db.django.sqlite3",
        "NAME": sqlite_shop.removeprefix("sqlite:///"),
        "OPTIONS": {"governed": governed},
    }

    done = subprocess.run(
        [sys.executable, "-c", DJANGO, json.dumps(entry)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["codes"] == ["GDB311", "GDB432"]
    assert (told["task"]["rows"], told["task"]["state"]) == (9, "pending")
