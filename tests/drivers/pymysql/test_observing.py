"""Promise: where policy observes, a program does what it did with the driver itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pymysql.constants import CLIENT

from tests.drivers.pymysql.conftest import Open, ran


@pytest.fixture
def observed(open_: Open, mysql_shop: str) -> Any:
    """A connection that may do everything."""
    flag = CLIENT.MULTI_STATEMENTS
    return open_(mysql_shop, policy="observe", client_flag=flag, local_infile=True, autocommit=True)


def test_several_statements_in_one_text(observed: Any) -> None:
    """Each gives its result."""
    cursor = observed.cursor()
    cursor.execute("SELECT 1; SELECT 2, 3")

    assert cursor.fetchall() == ((1,),)
    assert cursor.nextset()
    assert cursor.fetchall() == ((2, 3),)
    assert cursor.nextset() is None


def test_files_of_this_machine(observed: Any, tmp_path: Path) -> None:
    """LOAD DATA LOCAL sends them."""
    path = tmp_path / "rows"
    path.write_text("sku-77\tLamp\t1.50\t3\n")

    ran(observed, f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE products (sku, title, price, stock)")

    assert ran(observed, "SELECT title FROM products WHERE sku = 'sku-77'") == (("Lamp",),)


def test_the_socket_is_the_drivers_own(observed: Any) -> None:
    """For libraries that look at it."""
    assert observed._sock.fileno() > 0
    assert not observed._rfile.closed
    observed.close()
    assert observed._sock is observed._rfile is None
