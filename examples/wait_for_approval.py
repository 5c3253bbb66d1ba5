"""A script stands still until a second person has decided; meanwhile others can change the very rows."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import closing
from typing import Any

import governed_db
from governed_db import Wait

RAISE = "UPDATE products SET price = price * ? WHERE price > ?"
URL = "sqlite:///shop.db"


def cli(*arguments: str) -> Any:
    """What somebody types in a terminal."""
    command = [sys.executable, "-m", "governed_db.cli", "approvals", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def decide() -> None:
    """A second person, somewhere else, waits for something to decide."""
    while not (pending := json.loads(cli("list", "--json"))):
        time.sleep(0.05)
    with closing(governed_db.connect(URL, policy="observe")) as other:
        other.execute("UPDATE products SET price = price + 1")  # nothing is locked
        other.commit()
    cli("approve", pending[0]["id"], "--as", "grace")


with closing(governed_db.connect(URL, policy="observe")) as setup:
    setup.execute("CREATE TABLE products (id INTEGER PRIMARY KEY, price NUMERIC NOT NULL)")
    setup.executemany("INSERT INTO products (price) VALUES (?)", [(n,) for n in range(1, 501)])
    setup.commit()
person = threading.Thread(target=decide)
person.start()
with closing(governed_db.connect(URL, on_approval=Wait(timeout=60))) as connection:
    changed = connection.execute(RAISE, [2, 0]).rowcount
    (lowest,) = connection.execute("SELECT min(price) FROM products").fetchone()
    connection.commit()
person.join()

print("changed:", changed, "| lowest price:", lowest)
assert (changed, lowest) == (500, 4)
