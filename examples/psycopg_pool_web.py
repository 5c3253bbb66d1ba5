"""psycopg's own pool: connections are shared by all, and each statement is that of who acts."""

import os
from concurrent.futures import ThreadPoolExecutor

from psycopg_pool import ConnectionPool

from governed_db import Principal, acting_as, psycopg

POLICY = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "support-sees-addresses",
            "effect": "permit",
            "principals": {"groups": ["support"]},
            "actions": ["select"],
            "mask": {"pii.email": "none"},
        }
    ],
}


def ask(who: Principal) -> str:
    """One request."""
    with acting_as(who), pool.connection() as connection:
        return connection.execute("SELECT email FROM customers WHERE id = 1").fetchone()[0]


people = [Principal(f"p{n}", kind="human", groups=("support",) * (n % 2)) for n in range(20)]
with (
    ConnectionPool(
        os.environ["POSTGRES_URL"],
        connection_class=psycopg.Connection,  # the one-line change
        kwargs={"governed_policy": POLICY},
        min_size=1,
        max_size=3,
    ) as pool,
    ThreadPoolExecutor(8) as threads,
):
    shown = list(threads.map(ask, people))
print(shown[:2])
assert {value == "***" for value in shown[::2]} == {True}
assert {value == "***" for value in shown[1::2]} == {False}
