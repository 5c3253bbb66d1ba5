"""What one principal left open on a connection is not read by the next with the rights of the first."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

import governed_db
from governed_db import acting_as
from governed_db.runtime import release
from tests import shop
from tests.attacks.drivers.others import BOT, OFFICER, POLICY


def test_a_portal_belongs_to_who_declared_it(postgres_shop: str, tmp_path: Path) -> None:
    """Its rows are masked as they were for who declared it, so nobody else fetches them by its name."""
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    opened = governed_db.connect(postgres_shop, policy=policy, state_dir=tmp_path / "state")
    with opened as connection, connection.cursor("left", withhold=True) as left:
        other, thief = connection.cursor("left"), connection.cursor("left")
        with acting_as(OFFICER):
            left.execute("SELECT name, email FROM customers ORDER BY id")
            connection.commit()
            seen = other.fetchone()
        with acting_as(BOT), pytest.raises(psycopg.Error) as refused:
            thief.fetchone()
        connection.rollback()
        other.close()
        thief.close()
    release(tmp_path / "state")

    assert shop.leaked(seen)
    assert "GDB701 a server-side cursor that somebody else declared" in str(refused.value)
