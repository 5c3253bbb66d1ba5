"""What the transcripts share: a small shop in memory, planners with a fixed clock, three ways to drive."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from typing import Any

from governed_db.core.driving import adrive, drive, gdrive
from governed_db.core.effects import RunResult
from governed_db.core.govern import govern
from governed_db.core.plan import Statement
from governed_db.core.planning import Planner
from governed_db.model.catalog import Dialect
from governed_db.model.principal import Context, Principal
from governed_db.policy.load import load_policy
from governed_db.testing import MemoryWorld, PlainRefusals, catalog_of, known

ME = Context(Principal("me", "human"))
AGENT = Context(Principal("bot", "agent"))
TABLES = {"customers": ("id", "email", "city"), "orders": ("id", "status", "total")}


def shop(tables: Mapping[str, tuple[str, ...]] = TABLES, **more: Any) -> MemoryWorld:
    """A world with these tables, in which e-mail addresses are personal data."""
    classes = {"main.customers.email": "pii.email"}
    return MemoryWorld(known(catalog_of(Dialect.SQLITE, tables), classes), **more)


def planner(policy: object = "standard") -> Planner:
    """A planner whose ids count and whose clock stands still."""
    numbers = itertools.count(1)
    return Planner(
        dialect=Dialect.SQLITE,
        database="shop",
        policy=load_policy(policy),  # type: ignore[arg-type]
        refusals=PlainRefusals(),
        now=lambda: 0.0,
        new_id=lambda: f"id-{next(numbers)}",
        digest=lambda *parts: repr(parts),
    )


def told(sql: str, world: MemoryWorld, plans: Planner, context: Context = ME, **more: Any) -> RunResult:
    """Govern one statement in a world that answers at once."""
    return drive(govern(Statement(sql, sql, **more), context, plans), world.perform)


def told_async(sql: str, world: MemoryWorld, plans: Planner) -> RunResult:
    """The same in an async world."""
    return asyncio.run(adrive(govern(Statement(sql, sql), ME, plans), world.aperform))


def told_by_generator(sql: str, world: MemoryWorld, plans: Planner) -> RunResult:
    """The same in a world that is a generator."""
    steps = gdrive(govern(Statement(sql, sql), ME, plans), world.gperform)
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            result: RunResult = stop.value
            return result


DRIVES: Mapping[str, Callable[[str, MemoryWorld, Planner], RunResult]] = {
    "sync": told,
    "async": told_async,
    "generator": told_by_generator,
}
