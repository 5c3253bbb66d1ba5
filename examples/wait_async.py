"""In asyncio a statement waits while other tasks go on; cancelling it leaves the request open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from typing import Any

import governed_db
from governed_db import Principal, Wait

ALICE = Principal("alice", kind="human")
RAISE = "UPDATE orders SET total = total + %s WHERE total > %s"
POLICY = {
    "version": 1,
    "extends": "standard",
    "rules": [{"id": "few", "effect": "permit", "actions": ["update"], "limits": {"rows_changed": 2}}],
}


async def cli(*arguments: str) -> Any:
    """What somebody types in a terminal."""
    command = [sys.executable, "-m", "governed_db.cli", "approvals", *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    return told


async def raise_totals(connection: Any) -> int:
    """A statement that needs a second person."""
    return int((await connection.execute(RAISE, [1, 0])).rowcount)


async def main() -> None:
    wait = Wait(timeout=60)
    async with await governed_db.connect_async(
        os.environ["POSTGRES_URL"], principal=ALICE, policy=POLICY, on_approval=wait
    ) as connection:
        hasty = asyncio.create_task(raise_totals(connection))
        while not (waiting := json.loads(await cli("list", "--json"))):
            assert not hasty.done()
        hasty.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await hasty

        patient = asyncio.create_task(raise_totals(connection))
        await cli("approve", waiting[0]["id"], "--as", "grace")
        changed = await patient
        print("cancelled:", hasty.cancelled(), "| changed:", changed)
        assert hasty.cancelled()
        assert changed > 2


asyncio.run(main())
