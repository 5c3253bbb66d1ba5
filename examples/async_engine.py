"""An async engine serves many people at once; each statement is that of whoever acts."""

from __future__ import annotations

import asyncio
import os

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from governed_db import Principal, acting_as

URL = os.environ["POSTGRES_URL"].replace("postgresql://", "postgresql+governed://")
POLICY = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "support-writes-letters",
            "effect": "permit",
            "principals": {"groups": ["support"]},
            "actions": ["select"],
            "mask": {"pii.email": "none"},
        }
    ],
}


async def main() -> list[bool]:
    engine = create_async_engine(URL, pool_size=2, connect_args={"governed_policy": POLICY})

    async def sees(principal: Principal) -> bool:
        with acting_as(principal):
            async with engine.connect() as connection:
                email = await connection.scalar(text("SELECT email FROM customers WHERE id = 1"))
        return email != "***"

    people = [Principal(f"p{n}", kind="human", groups=("support",) if n % 2 else ()) for n in range(10)]
    found = await asyncio.gather(*(sees(person) for person in people))
    await engine.dispose()
    return found


seen = asyncio.run(main())
print(seen)
assert seen == [False, True] * 5
