"""Classified columns that were shown into a list to look through, and corrections of it into a draft."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Final

import msgspec
from anyio import to_thread
from litestar import Request, Response, get, post
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from sqlalchemy import func

from governed_db.errors import Error
from governed_db.model.audit import mapping
from governed_db.policy.approvals.deciders import alike
from governed_db.server.answers import Problem
from governed_db.server.bundles import checking, drafts, publishing
from governed_db.server.bundles.drafts import Draft, Text
from governed_db.server.callers import requires
from governed_db.server.pages.answers import Shown, go_to, shown
from governed_db.server.pages.frame import Frame, TheFrame
from governed_db.server.pages.policies import begin
from governed_db.server.roles import READERS, Role
from governed_db.server.store import Tx
from governed_db.server.tables.events import EVENTS, SHAPE_TERMS, SHAPES

_SINCE: Final = 90 * 86400.0
_MOST: Final = 500
_WORD: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*|none")


@get("/classifications", opt={"access": READERS}, sync_to_thread=True)
def classifications(frame: TheFrame) -> Response[str]:
    """What columns were taken for, and in which form they were seen."""
    return _page(frame)


@post("/classifications", opt=requires(Role.AUTHOR), status_code=200)
async def correct(request: Request[Any, Any, Any], frame: TheFrame) -> Response[Any]:
    """What a column is, into a draft of the reader's own."""
    form = await request.form()
    column, word = str(form.get("column", "")), str(form.get("classification", "")).strip()
    return await to_thread.run_sync(_corrected, frame, column, word)


def _corrected(frame: Frame, column: str, word: str) -> Response[Any]:
    try:
        if not _WORD.fullmatch(word) or not 0 < len(column) <= 512:
            raise Problem(
                400,
                "GDB647",
                "this is no classification",
                "write one like pii.email, or none for a plain column",
            )
        with frame.store.writing(frame.caller.tenant) as tx:
            draft = _draft(tx, frame)
            files = dict(draft.text.files)
            files[draft.text.main] = with_classification(files[draft.text.main], column, word)
            drafts.change(tx, frame.caller, draft.id, Text(files, draft.text.main, draft.text.schema))
    except (Problem, Error) as error:
        return _page(frame, problem=shown(error), status=400)
    return go_to(f"/policies/{draft.id}?done=save")


def with_classification(text: str, column: str, word: str) -> str:
    """The policy with one more line under `classifications:`; all else stays as it was written."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    try:
        read = yaml.load(text)
    except YAMLError:
        read = None
    if not isinstance(read, dict):
        raise Problem(409, "GDB632", "your draft is no policy yet", "put it right first")
    if not isinstance(read.get("classifications"), dict):
        read["classifications"] = {}
    read["classifications"][column] = word
    out = io.StringIO()
    yaml.dump(read, out)
    return out.getvalue()


def _draft(tx: Tx, frame: Frame) -> Draft:
    """The reader's own that is open, or a new one of what is in force."""
    own = [
        one
        for one in drafts.listed(tx)
        if one.state == "open" and alike(one.author) == alike(frame.caller.id)
    ]
    if own:
        return own[0]
    names = publishing.names(tx)
    name = "default" if "default" in names or not names else names[0]
    return begin(tx, frame, name, "Corrected classifications")


def _page(frame: Frame, problem: Shown | None = None, status: int = 200) -> Response[str]:
    with frame.store.reading(frame.caller.tenant) as tx:
        columns = _columns(tx, frame.now - _SINCE)
        said = _said(tx)
    for one in columns:
        one.reviewed = said.get(one.column)
    names = sorted(
        {one.classification for one in columns} | {"none", "pii.email", "pii.name", "secret.token"}
    )
    return frame.show(
        "classifications.html",
        "classifications",
        problem=problem,
        status=status,
        columns=columns,
        names=names,
        may_edit=frame.may(Role.AUTHOR),
    )


def _columns(tx: Tx, since: float) -> list[SimpleNamespace]:
    """By database and column; what was seen in clear first."""
    e, s, t = EVENTS.c, SHAPES.c, SHAPE_TERMS.c
    classified = tx.select(SHAPE_TERMS, t.shape).where(t.kind == "classification")
    counted = (
        tx.select(EVENTS, e.shape, func.count().label("number"), func.max(e.time).label("last"))
        .where(e.time >= since, e.phase == "outcome", e.shape.in_(classified))
        .group_by(e.shape)
    )
    rows = {row.shape: row for row in tx.rows(counted)}
    fields = tx.rows(tx.select(SHAPES, s.id, s.fields).where(s.id.in_(list(rows)))) if rows else ()
    found: dict[tuple[str, str], SimpleNamespace] = {}
    for shape in fields:
        _add(found, msgspec.json.decode(shape.fields, type=dict[str, Any]), rows[shape.id])
    ordered = sorted(found.values(), key=lambda one: (dict(one.forms).get("clear", 0) == 0, -one.statements))
    return ordered[:_MOST]


def _add(found: dict[tuple[str, str], SimpleNamespace], said: Mapping[str, Any], counted: Any) -> None:
    for one in map(mapping, said.get("seen") or ()):
        column, database = str(one.get("column", "")), str(said.get("database", ""))
        row = found.setdefault(
            (database, column),
            SimpleNamespace(
                column=column, database=database, classification=str(one.get("classification", "")),
                reviewed=None, counts={}, statements=0, last=0.0, forms=[],
            ),
        )  # fmt: skip
        form = str(one.get("form", ""))
        row.counts[form] = row.counts.get(form, 0) + counted.number
        row.statements += counted.number
        row.last = max(row.last, counted.last)
        row.forms = sorted(row.counts.items(), key=lambda pair: -pair[1])


def _said(tx: Tx) -> dict[str, str]:
    """What the policies in force say themselves of columns."""
    said: dict[str, str] = {}
    for name in publishing.names(tx):
        policy = checking.policy(publishing.text(tx, publishing.newest(tx, name)))
        for one in reversed(policy.overrides):
            said[one.column.text] = one.classification or "none"
    return said


ROUTES: list[Any] = [classifications, correct]
