"""What is known of clients into a row for each, those that need somebody's look first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import attrs
import msgspec
from sqlalchemy import func

from governed_db.errors import ConfigurationError
from governed_db.model.audit import mapping
from governed_db.policy.bundles.files import policy_of
from governed_db.server import coverage
from governed_db.server.journal import CLIENT
from governed_db.server.store import Tx
from governed_db.server.tables.bundles import DRAFTS, PUBLISHED

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


def _row(one: coverage.Client, newest: Newest, now: float) -> Row:
    state, style = "up to date", "good"
    if one.ungoverned:
        state, style = "ungoverned", "bad"
    elif one.missing:
        state, style = "events missing", "bad"
    elif now - one.last > _SILENT:
        state, style = "silent", ""
    elif newest.versions and one.revision and not newest.is_of(one):
        state, style = "behind", "warn"
    return Row(
        one.client, one.version, one.revision, one.ungoverned, one.records, one.missing, one.last, state,
        style,
    )  # fmt: skip


@attrs.frozen
class Newest:
    """What is in force of each bundle: its version, and the revisions of their policies."""

    versions: Mapping[str, int]
    revisions: frozenset[str]

    def is_of(self, one: coverage.Client) -> bool:
        """Whether a client obeys one of them. Its release may call the policy otherwise than ours does."""
        bundle = mapping(one.told.get("bundle"))
        told = bundle.get("version")
        return one.revision in self.revisions or (
            told is not None and told == self.versions.get(str(bundle.get("name")))
        )


def _newest(tx: Tx) -> Newest:
    p, d = PUBLISHED.c, DRAFTS.c
    last = tx.select(PUBLISHED, p.name, func.max(p.version).label("version")).group_by(p.name).subquery()
    is_last = (p.name == last.c.name) & (p.version == last.c.version)
    found = tx.select(PUBLISHED, p.name, p.version, p.document, d.main).join(last, is_last)
    rows = tx.rows(found.join(DRAFTS, (DRAFTS.c.tenant == p.tenant) & (d.id == p.draft)))
    revisions = {_revision(row.document, row.main) for row in rows}
    return Newest({row.name: row.version for row in rows}, frozenset(revisions) - {""})


class _Document(msgspec.Struct):
    files: dict[str, str]


@lru_cache(maxsize=64)
def _revision(document: str, main: str) -> str:
    """What clients call the policy of a bundle; pages ask for it every few seconds."""
    try:
        return policy_of(msgspec.json.decode(document, type=_Document).files, main).revision
    except (ConfigurationError, msgspec.MsgspecError):  # written for another release
        return ""
