"""The store of conversations into what a person can read of them, and reset."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import attrs

from governed_db.errors import ConfigurationError
from governed_db.remote.conversation_file import NAME, ConversationFile


@attrs.frozen
class Usage:
    """What was taken of one budget, and how much there is (seconds: in seconds)."""

    measure: str
    about: str
    within: float
    taken: float
    most: float


@attrs.frozen
class Conversation:
    """One conversation, or one principal in all of them. `id` is short and stable.

    `name`: the conversation as the application named it; None for what somebody does outside of any.
    """

    id: str
    kind: str
    name: str | None
    principals: tuple[str, ...]
    usage: tuple[Usage, ...] = ()
    locked: str | None = None
    since: float | None = None
    until: float | None = None

    def is_meant(self, word: str) -> bool:
        """By its id or name, or as the principal whose it is."""
        return word in (self.id, self.name) or (self.kind == "principal" and word in self.principals)


def listed(state_dir: Path) -> tuple[Conversation, ...]:
    """All that take of budgets now, or are locked, by name."""
    path = state_dir / NAME
    if not path.exists() and not path.with_suffix(".changes").exists():
        return ()
    now = time.time()
    with ConversationFile(path).step() as store:
        accounts = {name for (name,) in store.execute(_ACCOUNTS, {"now": now})}
        found = [_read(store, account, now) for account in sorted(accounts)]
    return tuple(sorted(found, key=lambda one: (one.kind, one.name or "", one.principals)))


def named(state_dir: Path, word: str) -> tuple[Conversation, ...]:
    """Those that are meant. Raises ConfigurationError when there is none."""
    meant = tuple(one for one in listed(state_dir) if one.is_meant(word))
    if not meant:
        raise ConfigurationError(
            "there is no such conversation or principal, or it has taken nothing of its budgets",
            code="GDB409",
            help="governed-db conversations list",
        )
    return meant


def reset(state_dir: Path, meant: tuple[Conversation, ...]) -> None:
    """Forget what these have taken, and unlock them."""
    file = ConversationFile(state_dir / NAME)
    ids = {one.id for one in meant}
    with file.step() as store:
        for account in {name for (name,) in store.execute(_ACCOUNTS, {"now": 0.0})}:
            if _id(account) in ids:
                for table in ("taken", "seen", "locked"):
                    store.execute(f"DELETE FROM {table} WHERE account = ?", [account])  # ours
    file.changed()  # processes drop what they have drawn and not dealt out


def reset_all(state_dir: Path) -> None:
    """Begin to count anew, with an empty store, whatever became of the old one."""
    ConversationFile(state_dir / NAME).start_anew()


_ACCOUNTS = """
SELECT account FROM taken WHERE until > :now UNION SELECT account FROM seen WHERE until > :now
UNION SELECT account FROM locked WHERE until IS NULL OR until > :now
"""


def _id(account: str) -> str:
    return hashlib.sha256(account.encode()).hexdigest()[:8]


def _read(store: sqlite3.Connection, account: str, now: float) -> Conversation:
    kind, name, *principals = json.loads(account)
    lock = store.execute(
        "SELECT why, since, until FROM locked WHERE account = ? AND (until IS NULL OR until > ?)",
        [account, now],
    ).fetchone()
    why, since, until = lock or (None, None, None)
    is_principal = kind == "principal"
    return Conversation(
        id=_id(account),
        kind=kind,
        name=None if is_principal else name,
        principals=(name,) if is_principal else tuple(principals),
        usage=tuple(_usage(store, account, now)),
        locked=why,
        since=since,
        until=until,
    )


def _usage(store: sqlite3.Connection, account: str, now: float) -> Iterator[Usage]:
    taken = store.execute(
        "SELECT measure, about, span, sum(amount), max(most) FROM taken WHERE account = ? AND until > ?"
        " GROUP BY measure, about, span ORDER BY measure, about, span",
        [account, now],
    )
    for measure, about, span, amount, most in taken.fetchall():
        parts = 1000 if measure == "seconds" else 1
        yield Usage(measure, about, span, amount / parts, most / parts)
    seen = store.execute(
        "SELECT span, count(*), max(most) FROM seen WHERE account = ? AND until > ? GROUP BY span",
        [account, now],
    )
    for span, count, most in seen.fetchall():
        yield Usage("subjects", "", span, count, most)
