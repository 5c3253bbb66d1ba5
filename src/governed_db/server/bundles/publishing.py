"""What was agreed to into the signed bundle that clients take, version by version.

A version is only ever written once, above all before it: that two publish at once is decided by the table's
key. To go back is to publish an old text again, which was agreed to once, under a new version.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import attrs
import msgspec
from sqlalchemy import func, select

from governed_db.model.principal import Principal
from governed_db.policy.approvals.deciders import alike
from governed_db.policy.bundles.document import Manifest, Revocations, Revoked, write
from governed_db.server import journal
from governed_db.server.answers import Problem, not_found
from governed_db.server.bundles import checking, drafts, keys
from governed_db.server.bundles.drafts import Draft, Text
from governed_db.server.callers import Caller, How
from governed_db.server.store import Tx
from governed_db.server.tables.bundles import DRAFTS, PUBLISHED, REVIEWS, REVOKED

SECONDS: Final = 7 * 86400
LEAST_SECONDS: Final = 60
SERVES: Final = ("approvals", "coverage", "events")
_TOO_LARGE: Final = 1 << 62
_LOCK: Final = 0x6764_6276  # of PostgreSQL's advisory locks: one publishes at a time

Why = Literal["published", "rolled_back", "renewed", "revoked", "keys"]
Stale = Literal["deny_all", "keep"]


@attrs.frozen
class Version:
    """One version that was published. The document itself is asked for by name."""

    name: str
    version: int
    draft: str
    digest: str
    author: str
    reviewer: str
    published_by: str
    why: Why
    at: float
    expires: float
    seconds: int
    stale: Stale
    etag: str


def publish(
    tx: Tx,
    caller: Caller,
    folder: Path,
    id: str,
    *,
    sound: str,
    seconds: int = SECONDS,
    stale: Stale = "deny_all",
) -> Version:
    """Put a draft in force that was agreed to. `sound`: the digest of the text that was checked and is."""
    _one_at_a_time(tx)
    draft = drafts.get(tx, id, locks=True)
    if draft.digest != sound:
        raise Problem(409, "GDB624", "the draft was changed since it was checked", "read and check it again")
    if draft.state != "submitted" or not draft.is_agreed:
        raise Problem(
            409, "GDB630", "nobody else has agreed to this draft as it is", "have a second person review it"
        )
    if seconds < LEAST_SECONDS:
        raise Problem(400, "GDB631", f"a bundle holds for at least {LEAST_SECONDS} s", "let it hold longer")
    said = {"expires_seconds": seconds, "stale": stale}
    return _written(tx, caller, folder, draft, _agreed(tx, draft.id, draft.digest), "published", said)


def sound(draft: Draft) -> str:
    """The digest of its text, if clients would take it. Takes a while: ask outside of transactions."""
    if not checking.checked(draft.text).is_sound:
        raise Problem(409, "GDB632", "clients would refuse it", "look at its problems and its tests")
    return draft.digest


def roll_back(tx: Tx, caller: Caller, folder: Path, name: str, version: int) -> Version:
    """Put the text of an earlier version in force again, under a new one: it was agreed to already."""
    _one_at_a_time(tx)
    old = get(tx, name, version)
    return _again(tx, caller, folder, old, "rolled_back")


def again(tx: Tx, caller: Caller, folder: Path, name: str, why: Why) -> Version:
    """The newest text once more: for other keys, revocations, or a later end."""
    _one_at_a_time(tx)
    return _again(tx, caller, folder, newest(tx, name), why)


def renewed(tx: Tx, folder: Path, name: str, now: float) -> Version:
    """The newest version; half way to its end the server itself signs it for as long again."""
    known = newest(tx, name)
    if known.expires - now > known.seconds / 2:
        return known
    _one_at_a_time(tx)
    known = newest(tx, name)  # another process may have done it
    if known.expires - now > known.seconds / 2:
        return known
    return _again(tx, server(tx.tenant), folder, known, "renewed")


def revoke(
    tx: Tx, caller: Caller, folder: Path, *, principals: Sequence[Revoked] = (), tokens: Sequence[str] = ()
) -> tuple[Version, ...]:
    """From the next bundles on, which are published at once, these count no more."""
    _one_at_a_time(tx)
    now = time.time()
    rows: list[dict[str, Any]] = [
        {"kind": "principal", "id": one.id, "before": one.before} for one in principals
    ]
    rows += [{"kind": "token", "id": one, "before": None} for one in tokens]
    for row in rows:
        tx.run(tx.delete(REVOKED).where(REVOKED.c.kind == row["kind"], REVOKED.c.id == row["id"]))
        tx.insert(REVOKED, row | {"revoked_by": caller.id, "comment": "", "at": now})
        journal.record(tx, caller, "revoked", row["id"], row)
    return tuple(_again(tx, caller, folder, newest(tx, name), "revoked") for name in names(tx))


def revocations(tx: Tx) -> Revocations:
    """All that count no more."""
    rows = tx.rows(tx.select(REVOKED).order_by(REVOKED.c.kind, REVOKED.c.id))
    return Revocations(
        tuple(Revoked(row.id, row.before) for row in rows if row.kind == "principal"),
        tuple(row.id for row in rows if row.kind == "token"),
    )


def names(tx: Tx) -> tuple[str, ...]:
    """What policies there are."""
    p = PUBLISHED.c
    return tuple(row.name for row in tx.rows(tx.select(PUBLISHED, p.name).distinct().order_by(p.name)))


def newest(tx: Tx, name: str) -> Version:
    """What is in force."""
    return get(tx, name, None)


def versions(tx: Tx, name: str) -> tuple[Version, ...]:
    """All of a name, the newest first."""
    p = PUBLISHED.c
    asked = _versions(tx).where(p.name == name).order_by(p.version.desc())
    return tuple(map(_version, tx.rows(asked)))


def get(tx: Tx, name: str, version: int | None) -> Version:
    """One version; None: the newest."""
    if version is not None and not 0 < version < _TOO_LARGE:
        raise not_found("no policy was published with this version")
    p = PUBLISHED.c
    highest = select(func.max(p.version)).where(p.tenant == tx.tenant, p.name == name).scalar_subquery()
    wanted = p.version == (highest if version is None else version)
    row = tx.row(_versions(tx).where(p.name == name, wanted))
    if row is None:
        raise not_found("no policy was published by this name")
    return _version(row)


def document(tx: Tx, version: Version) -> bytes:
    """What clients take."""
    p = PUBLISHED.c
    asked = tx.select(PUBLISHED, p.document).where(p.name == version.name, p.version == version.version)
    text: str = tx.value(asked)
    return text.encode()


def text(tx: Tx, version: Version) -> Text:
    """The text that it is, as it was agreed to."""
    files = msgspec.json.decode(document(tx, version), type=dict[str, Any])["files"]
    row = tx.row(tx.select(DRAFTS, DRAFTS.c.main, DRAFTS.c.schema).where(DRAFTS.c.id == version.draft))
    assert row is not None  # noqa: S101  # a foreign key holds it
    found = Text(files, row.main, row.schema)
    if found.digest != version.digest:
        raise Problem(500, "GDB633", "a published text is not what was agreed to", "look at the audit trail")
    return found


def seed(tx: Tx, folder: Path, name: str) -> Version:
    """The first version, where nobody has published: the pack standard, as it applies without a policy."""
    _one_at_a_time(tx)
    if name in names(tx):
        return newest(tx, name)
    maker = Caller(tx.tenant, Principal("governed-db"), frozenset(), How.SERVER)
    draft = drafts.make(tx, maker, name, Text({"policy.yaml": checking.STANDARD}), note="the pack standard")
    drafts.submit(tx, maker, draft.id)
    draft = drafts.review(tx, server(tx.tenant), draft.id, digest=draft.digest, agrees=True)
    said = {"expires_seconds": SECONDS, "stale": "deny_all"}
    return _written(
        tx, server(tx.tenant), folder, draft, _agreed(tx, draft.id, draft.digest), "published", said
    )


def server(tenant: str) -> Caller:
    """The server itself, where it does what nobody asked for just now."""
    return Caller(tenant, Principal("control-plane"), frozenset(), How.SERVER)


# -- writing ------------------------------------------------------------------------------------------------


def _again(tx: Tx, caller: Caller, folder: Path, old: Version, why: Why) -> Version:
    draft = attrs.evolve(drafts.get(tx, old.draft), text=text(tx, old), digest=old.digest)
    said = {"expires_seconds": old.seconds, "stale": old.stale, "of": old.version}
    return _written(tx, caller, folder, draft, alike(old.reviewer), why, said)


def _written(
    tx: Tx, caller: Caller, folder: Path, draft: Draft, reviewer: str, why: Why, said: dict[str, Any]
) -> Version:
    now, seconds = time.time(), int(said["expires_seconds"])
    p = PUBLISHED.c
    last = tx.value(select(func.max(p.version)).where(p.tenant == tx.tenant, p.name == draft.name))
    number = (last or 0) + 1
    content = _signed(tx, caller, folder, draft, number, (now, now + seconds, said["stale"]))
    made = Version(
        name=draft.name,
        version=number,
        draft=draft.id,
        digest=draft.digest,
        author=alike(draft.author),
        reviewer=reviewer,
        published_by=caller.id,
        why=why,
        at=now,
        expires=now + seconds,
        seconds=seconds,
        stale=said["stale"],
        etag=_etag(content),
    )
    row = attrs.asdict(made) | {
        "author_alike": made.author,
        "reviewer_alike": made.reviewer,
        "agrees": 1,
        "document": content.decode(),
    }
    del row["author"], row["reviewer"]
    tx.insert(PUBLISHED, row)
    journal.record(tx, caller, f"policy.{why}", draft.name, {"version": number, "draft": draft.id, **said})
    return made


def _signed(
    tx: Tx, caller: Caller, folder: Path, draft: Draft, number: int, times: tuple[float, float, Stale]
) -> bytes:
    first = keys.current(tx, caller, folder)
    known = keys.listed(tx)
    # A retired key signs as long as its file is there, for clients that have not heard of it: who has, does
    # not count it.
    others = [key for key in known if key.kid != first.kid and keys.has(tx.tenant, key, folder)]
    private = [keys.private(tx.tenant, key, folder) for key in (first, *others)]
    issued, expires, stale = times
    manifest = Manifest(
        1,
        draft.name,
        number,
        issued,
        expires,
        draft.text.main,
        {},
        schema=draft.text.schema,
        stale=stale,
        keys=tuple(key.public for key in known if key.state != "retired"),
        retired=tuple(key.kid for key in known if key.state == "retired"),
        revoked=revocations(tx),
        serves=SERVES,
    )
    return write(manifest, draft.text.files, private[:16])


def _agreed(tx: Tx, id: str, digest: str) -> str:
    """Who agreed: the version refers to that review, and the table to it."""
    r = REVIEWS.c
    asked = tx.select(REVIEWS, r.reviewer_alike).where(r.draft == id, r.digest == digest, r.agrees == 1)
    agreed: list[str] = sorted(row.reviewer_alike for row in tx.rows(asked))
    if not agreed:
        raise Problem(409, "GDB630", "nobody else has agreed to it", "have a second person review it")
    return agreed[0]


def _one_at_a_time(tx: Tx) -> None:
    """SQLite's writers are one at a time already."""
    if tx.is_postgres:
        tx.connection.execute(select(func.pg_advisory_xact_lock(_LOCK, func.hashtext(tx.tenant))))


def _versions(tx: Tx) -> Any:
    return tx.select(
        PUBLISHED, *(column for column in PUBLISHED.c if column.name not in ("document", "tenant"))
    )


def _version(row: Any) -> Version:
    return Version(
        name=row.name,
        version=row.version,
        draft=row.draft,
        digest=row.digest,
        author=row.author_alike,
        reviewer=row.reviewer_alike,
        published_by=row.published_by,
        why=row.why,
        at=row.at,
        expires=row.expires,
        seconds=row.seconds,
        stale=row.stale,
        etag=row.etag,
    )


def _etag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
