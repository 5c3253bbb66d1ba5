"""Two tasks on their own connections act for different people at the same time."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import governed_db
from governed_db import Principal, acting_as

POLICY = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "owners",
            "effect": "permit",
            "principals": {"ids": ["owner"]},
            "actions": ["select"],
            "mask": {"pii.*": "none"},
        }
    ],
}


async def first_email(who: str) -> Any:
    """The first customer's address, as `who` sees it."""
    async with await governed_db.connect_async(os.environ["POSTGRES_URL"], policy=POLICY) as connection:
        with acting_as(Principal(who, kind="human")):
            cursor = await connection.execute("SELECT email FROM customers ORDER BY id LIMIT 1")
            return (await cursor.fetchone())[0]


async def both() -> list[Any]:
    """At once."""
    return await asyncio.gather(first_email("owner"), first_email("guest"))


owner, guest = asyncio.run(both())
print(owner, guest)
assert "@" in owner
assert guest == "***"
