"""What an author writes into a draft, and what a second person says of it.

A draft belongs to its author, who alone changes it. Reviews are of a text, by its digest: whatever is changed
afterwards has to be agreed to anew. That nobody agrees to their own is a constraint of the table.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any, Final, Literal

import attrs
import msgspec
from sqlalchemy.exc import IntegrityError

from governed_db.model.ids import spoken_id
from governed_db.policy.approvals.deciders import alike
from governed_db.policy.bundles.document import is_name
from governed_db.server import journal
from governed_db.server.answers import Problem, not_found
from governed_db.server.callers import Caller, How
from governed_db.server.store import Tx
from governed_db.server.tables.bundles import DRAFTS, REVIEWS

MOST_BYTES: Final = 1_000_000
_MOST_FILES: Final = 50

State = Literal["open", "submitted", "withdrawn"]


@attrs.frozen
class Review:
    """What one person said of one text."""

    reviewer: str
    agrees: bool
    comment: str
    at: float
    is_current: bool


@attrs.frozen
class Text:
    """Policy files. `main` is the policy itself, `schema` the tables that its tests are about."""

    files: Mapping[str, str]
    main: str = "policy.yaml"
    schema: str | None = None

    @property
    def digest(self) -> str:
        """Equal for equal texts, and for no others."""
        told = [self.main, self.schema, sorted(self.files.items())]
        return hashlib.sha256(json.dumps(told).encode("utf-8", "surrogatepass")).hexdigest()


@attrs.frozen
class Draft:
    """A text that somebody wants to be the policy of that name."""

    id: str
    name: str
    author: str
    note: str
    text: Text
    digest: str
    state: State
    created: float
    changed: float
    based_on: int | None = None
    reviews: tuple[Review, ...] = ()

    @property
    def is_agreed(self) -> bool:
        """Whether a second person agrees to it as it is, and nobody is against."""
        current = [review.agrees for review in self.reviews if review.is_current]
        return bool(current) and all(current)


def make(
    tx: Tx, caller: Caller, name: str, text: Text, *, note: str = "", based_on: int | None = None
) -> Draft:
    """A new draft of the caller's own."""
    _check_person(caller)
    _check(name, text)
    now = time.time()
    made = Draft(spoken_id("draft"), name, caller.id, note, text, text.digest, "open", now, now, based_on)
    tx.insert(
        DRAFTS,
        {
            "id": made.id,
            "name": name,
            "author": caller.id,
            "author_alike": alike(caller.id),
            "note": note,
            "state": "open",
            "created": now,
            "based_on": based_on,
            **_written(text, now),
        },
    )
    journal.record(tx, caller, "policy.drafted", made.id, {"name": name, "digest": made.digest})
    return made


def change(tx: Tx, caller: Caller, id: str, text: Text, note: str | None = None) -> Draft:
    """Write it anew; what was said of the text before is not said of this one."""
    draft = _own(tx, caller, id)
    _check(draft.name, text)
    values = _written(text, time.time()) | {"state": "open"}
    if note is not None:
        values["note"] = note
    tx.run(tx.update(DRAFTS).where(DRAFTS.c.id == id).values(values))
    journal.record(tx, caller, "policy.changed", id, {"name": draft.name, "digest": text.digest})
    return get(tx, id)


def submit(tx: Tx, caller: Caller, id: str) -> Draft:
    """Ask others to look at it."""
    return _moved(tx, caller, id, "submitted")


def withdraw(tx: Tx, caller: Caller, id: str) -> Draft:
    """Want it no more."""
    return _moved(tx, caller, id, "withdrawn")


def review(tx: Tx, caller: Caller, id: str, *, digest: str, agrees: bool, comment: str = "") -> Draft:
    """Say whether it may be published: as it was read, which `digest` tells, and by somebody else."""
    _check_person(caller)
    draft = get(tx, id, locks=True)
    if draft.state != "submitted":
        raise Problem(409, "GDB623", f"the draft is {draft.state}", "its author submits it for review first")
    if draft.digest != digest:
        raise Problem(409, "GDB624", "the draft was changed since you read it", "read it again")
    said = {
        "draft": id,
        "digest": digest,
        "author_alike": alike(draft.author),
        "reviewer": caller.id,
        "reviewer_alike": alike(caller.id),
        "comment": comment,
        "at": time.time(),
    }
    r = REVIEWS.c
    earlier = (r.draft == id, r.digest == digest, r.reviewer_alike == alike(caller.id))
    if alike(caller.id) == alike(draft.author):
        raise self_review()
    try:
        known = tx.row(tx.select(REVIEWS).where(*earlier))
        if known is not None and bool(known.agrees) is agrees:
            return draft
        if known is not None:
            tx.run(tx.delete(REVIEWS).where(*earlier))
        tx.insert(REVIEWS, said | {"agrees": int(agrees)})
    except IntegrityError as error:  # the table's own word: published already, or the author's second name
        raise self_review() if "second_person" in str(error.orig) else _published() from None
    told = {"name": draft.name, "digest": digest, "agrees": agrees, "comment": comment}
    journal.record(tx, caller, "policy.reviewed", id, told)
    return get(tx, id)


def get(tx: Tx, id: str, *, locks: bool = False) -> Draft:
    """One draft with what was said of it. `locks`: nobody changes it until this transaction ends."""
    asked = tx.select(DRAFTS).where(DRAFTS.c.id == id)
    row = tx.row(asked.with_for_update() if locks else asked)
    if row is None:
        raise not_found("there is no such draft")
    return _draft(tx, row)


def listed(tx: Tx, name: str | None = None) -> tuple[Draft, ...]:
    """Drafts that are not withdrawn, the newest first."""
    d = DRAFTS.c
    asked = tx.select(DRAFTS).where(d.state != "withdrawn").order_by(d.changed.desc(), d.id)
    rows = tx.rows(asked if name is None else asked.where(d.name == name))
    return tuple(_draft(tx, row) for row in rows)


def self_review() -> Problem:
    return Problem(
        403, "GDB625", "nobody agrees to a policy that they wrote", "ask a second person to review it"
    )


def _published() -> Problem:
    return Problem(
        409, "GDB623", "it was published with this review", "write a new draft and have that reviewed"
    )


def _check_person(caller: Caller) -> None:
    """Keys are of workloads, and several hold one: they are nobody's word."""
    if caller.how is How.ENROLMENT:
        raise Problem(403, "GDB622", "an enrolment key is no person", "sign in, or show a token of your own")


def _own(tx: Tx, caller: Caller, id: str) -> Draft:
    _check_person(caller)
    draft = get(tx, id, locks=True)
    if alike(draft.author) != alike(caller.id):
        raise Problem(
            403, "GDB626", "only its author changes a draft", "make a draft of your own that is based on it"
        )
    return draft


def _moved(tx: Tx, caller: Caller, id: str, state: State) -> Draft:
    draft = _own(tx, caller, id)
    tx.run(tx.update(DRAFTS).where(DRAFTS.c.id == id).values(state=state))
    journal.record(tx, caller, f"policy.{state}", id, {"name": draft.name, "digest": draft.digest})
    return attrs.evolve(draft, state=state)


def _check(name: str, text: Text) -> None:
    names = (name, text.main, *text.files, *([text.schema] if text.schema is not None else []))
    if not all(map(is_name, names)) or len(text.files) > _MOST_FILES:
        raise Problem(
            400, "GDB627", "a policy or a file has no plain name", "use letters, digits, dots and dashes"
        )
    if text.main not in text.files or (text.schema or text.main) not in text.files:
        raise Problem(
            400,
            "GDB627",
            "the policy is not among its files",
            "name a file that is there as policy and schema",
        )
    if any("\0" in each for each in text.files.values()):
        raise Problem(400, "GDB627", "a file holds a NUL, which is no text", "send text")
    if sum(len(each.encode("utf-8", "surrogatepass")) for each in text.files.values()) > MOST_BYTES:
        raise Problem(413, "GDB627", f"it is larger than {MOST_BYTES} bytes", "write less")


def _written(text: Text, now: float) -> dict[str, Any]:
    return {
        "main": text.main,
        "schema": text.schema,
        "files": msgspec.json.encode(dict(text.files)).decode(),
        "digest": text.digest,
        "changed": now,
    }


def _draft(tx: Tx, row: Any) -> Draft:
    r = REVIEWS.c
    said = tx.rows(tx.select(REVIEWS).where(r.draft == row.id).order_by(r.at, r.reviewer_alike))
    text = Text(msgspec.json.decode(row.files, type=dict[str, str]), row.main, row.schema)
    reviews = tuple(
        Review(one.reviewer, bool(one.agrees), one.comment, one.at, one.digest == row.digest) for one in said
    )
    return Draft(
        id=row.id,
        name=row.name,
        author=row.author,
        note=row.note,
        text=text,
        digest=row.digest,
        state=row.state,
        created=row.created,
        changed=row.changed,
        based_on=row.based_on,
        reviews=reviews,
    )
