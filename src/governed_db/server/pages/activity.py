"""Questions about what was done into a page of events, and one event into its page."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import attrs
from litestar import Response, get
from litestar.params import FromPath, QueryParameter

from governed_db.server.answers import Problem, not_found
from governed_db.server.pages import events
from governed_db.server.pages.answers import shown
from governed_db.server.pages.coverage import client_url
from governed_db.server.pages.frame import TheFrame
from governed_db.server.roles import READERS
from governed_db.server.search import Page, Question, event, search

_SPANS: Final = (
    ("1", "last hour"),
    ("24", "last day"),
    ("168", "last 7 days"),
    ("720", "last 30 days"),
    ("", "ever"),
)
_STATUSES: Final = ("ok", "refused", "asked", "error", "rolled back")
_MORE: Final = ("database", "rule", "conversation", "classification", "kind")
_ROWS: Final = 50
Word = Annotated[str, QueryParameter(max_length=512)]


@get("/activity", opt={"access": READERS}, sync_to_thread=True)
def activity(
    frame: TheFrame,
    text: Word = "",
    principal: Word = "",
    relation: Word = "",
    status: Word = "",
    since: Word = "24",
    database: Word = "",
    rule: Word = "",
    conversation: Word = "",
    classification: Word = "",
    kind: Word = "",
    after: Word = "",
) -> Response[str]:
    """Events that answer a question, the newest first."""
    asked = {
        "text": text, "principal": principal, "relation": relation, "status": status, "database": database,
        "rule": rule, "conversation": conversation, "classification": classification, "kind": kind,
    }  # fmt: skip
    asked = {name: word.strip() for name, word in asked.items()}
    hours = float(since) if since.isdecimal() and len(since) < 6 else None
    start = None if hours is None else frame.now - hours * 3600
    question = Question(since=start)
    words: dict[str, Any] = {name: word or None for name, word in asked.items()}
    question = attrs.evolve(question, **words)
    problem, found, address = None, Page((), None), ""
    try:
        with frame.store.reading(frame.caller.tenant) as tx:
            address = client_url(tx, frame)
            found = search(tx, question, after=after or None, limit=_ROWS)
    except Problem as error:
        problem = shown(error)
    link = asked | {"since": since}
    filtered = any(asked.values())
    more = any(asked[name] for name in _MORE)
    return frame.show(
        "activity.html",
        "activity",
        problem=problem,
        status=(problem and 400) or 200,
        asked=link | {"more": more, "is_filtered": filtered or since != "24"},
        statuses=_STATUSES,
        spans=[SimpleNamespace(value=value, label=label) for value, label in _SPANS],
        events=[events.of_found(one) for one in found.events],
        newer=_link(link) if after else None,
        older=_link(link | {"after": found.after}) if found.after else None,
        client_url=address,
    )


@get("/activity/{id:str}", opt={"access": READERS}, sync_to_thread=True)
def event_page(frame: TheFrame, id: FromPath[str]) -> Response[str]:
    """One event: who, for whom, what, and why it was decided so."""
    with frame.store.reading(frame.caller.tenant) as tx:
        found = event(tx, id)
    if found is None:
        raise not_found("there is no such event")
    return frame.show("event.html", "activity", event=events.of_event(found), findings=found["findings"])


def _link(asked: Mapping[str, str | None]) -> str:
    return "/activity?" + urlencode({name: word for name, word in asked.items() if word or name == "since"})


ROUTES: list[Any] = [activity, event_page]
