"""What is known of clients into a row for each, those that need somebody's look first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
from sqlalchemy import func

from governed_db.server import coverage
from governed_db.server.journal import CLIENT
from governed_db.server.store import Tx
from governed_db.server.tables.bundles import PUBLISHED

_SILENT: Final = 3600.0


@attrs.frozen
class Row:
    """One client. `state` in words, `style` as a class of the style sheet."""

    name: str
    release: str
    revision: str
    ungoverned: int
    events: int
    missing: int
    last: float
    state: str
    style: str

    @property
    def is_behind(self) -> bool:
        return self.state == "behind"


def clients(tx: Tx, now: float) -> list[Row]:
    """All of them but this server."""
    newest = _newest(tx)
    found = [_row(one, newest, now) for one in coverage.clients(tx) if one.client != CLIENT]
    return sorted(found, key=lambda one: (one.style == "good", -one.last))


def _row(one: coverage.Client, newest: Sequence[str], now: float) -> Row:
    state, style = "up to date", "good"
    if one.ungoverned:
        state, style = "ungoverned", "bad"
    elif one.missing:
        state, style = "events missing", "bad"
    elif now - one.last > _SILENT:
        state, style = "silent", ""
    elif newest and one.revision and not one.revision.startswith(tuple(newest)):
        state, style = "behind", "warn"
    return Row(
        one.client, one.version, one.revision, one.ungoverned, one.records, one.missing, one.last, state,
        style,
    )  # fmt: skip


def _newest(tx: Tx) -> list[str]:
    """How the revision of each bundle's newest version begins."""
    p = PUBLISHED.c
    rows = tx.rows(tx.select(PUBLISHED, p.name, func.max(p.version).label("version")).group_by(p.name))
    return [f"{row.version}:" for row in rows]
