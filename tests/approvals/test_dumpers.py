"""Promise: an approval holds for what psycopg sends, whatever a caller's dumpers make of the values."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.adapt import Dumper

import governed_db
from governed_db import ApprovalRequired, StatementDenied
from tests.approvals.bound import ALICE, approve, attempt, connected, policy
from tests.servers.urls import Address

UPDATE = "UPDATE orders SET status = 'approved' WHERE id = %s"


def _lying(honest: int) -> type[Dumper]:
    """A dumper of int that tells the truth so many times, then 2."""

    class Lying(Dumper):
        oid = psycopg.adapters.types["int4"].oid
        told = 0

        def dump(self, obj: Any) -> bytes:
            Lying.told += 1
            return str(obj if Lying.told <= honest else 2).encode()

    return Lying


def _changed(url: str) -> list[int]:
    with closing(Address.of(url).connect()) as connection:
        found = connection.execute("SELECT id FROM orders WHERE status = 'approved'").fetchall()
        return [row[0] for row in found]


@pytest.mark.parametrize("honest", range(6))
def test_another_value_than_the_approved_one_is_never_sent(
    postgres_shop: str, tmp_path: Path, honest: int
) -> None:
    """A dumper registered after the approval, which lies at once or later, changes nothing it may not."""
    with connected(postgres_shop, policy(), state_dir=tmp_path) as connection:
        connection.adapters.register_dumper(int, _lying(1000))
        approve(tmp_path, attempt(connection, UPDATE, [1]))
        connection.adapters.register_dumper(int, _lying(honest))
        with suppress(StatementDenied):
            attempt(connection, UPDATE, [1])

    assert 2 not in _changed(postgres_shop)


def test_a_lie_after_the_grant_is_told(postgres_shop: str, tmp_path: Path) -> None:
    """What is sent is compared with what was asked for, at the last moment; the grant is given back."""
    with connected(postgres_shop, policy(), state_dir=tmp_path) as connection:
        connection.adapters.register_dumper(int, _lying(1000))
        approve(tmp_path, attempt(connection, UPDATE, [1]))
        connection.adapters.register_dumper(int, _lying(1))
        with pytest.raises(StatementDenied, match="GDB416"):
            attempt(connection, UPDATE, [1])
        connection.rollback()
    assert _changed(postgres_shop) == []


def test_each_row_of_many_is_held_to_what_was_approved(postgres_shop: str, tmp_path: Path) -> None:
    """executemany: the octets of every row, in order."""
    with connected(postgres_shop, policy(), state_dir=tmp_path) as connection:
        connection.adapters.register_dumper(int, _lying(1000))
        with pytest.raises(ApprovalRequired) as asked:
            connection.cursor().executemany(UPDATE, [[1], [3]])
        connection.rollback()
        approve(tmp_path, asked.value)
        connection.adapters.register_dumper(int, _lying(3))  # the fourth is the second that is sent
        with pytest.raises(StatementDenied, match="GDB416"):
            connection.cursor().executemany(UPDATE, [[1], [3]])
        connection.rollback()

    assert _changed(postgres_shop) == []


def test_honest_dumpers_of_callers_can_be_approved(postgres_shop: str, tmp_path: Path) -> None:
    """A dumper of the caller's own that gives the same each time does not stand in the way."""
    said = policy()
    with connected(postgres_shop, said, state_dir=tmp_path) as connection:
        connection.adapters.register_dumper(int, _lying(1000))
        approve(tmp_path, attempt(connection, UPDATE, [1]))
    with connected(postgres_shop, said, ALICE, state_dir=tmp_path) as connection:
        connection.adapters.register_dumper(int, _lying(1000))

        assert attempt(connection, UPDATE, [1]) == 1
    assert _changed(postgres_shop) == [1]


def test_after_a_request_the_cursor_is_held_to_nothing(postgres_shop: str, tmp_path: Path) -> None:
    """What was asked for and not run does not matter to the next statement of the same cursor."""
    with connected(postgres_shop, policy(), state_dir=tmp_path) as connection:
        cursor = connection.cursor()
        query = "SELECT id FROM orders WHERE id = %s"
        for number in (1, 2):
            cursor.execute(query, [number])
        with pytest.raises(governed_db.ApprovalRequired):
            cursor.execute(UPDATE, [1])
        connection.rollback()

        assert cursor.execute(query, [3]).fetchall() == [(3,)]
