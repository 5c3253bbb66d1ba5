"""Every event that a test process writes is as the published schema says; else its test fails.

Not where events are made up (tests/audit): these are about the trail and not about what is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
import pytest

from governed_db.model.chain import Chainer, stored_event

_MADE_UP = ("tests/audit/", "tests/server/", "tests/attacks/server/")


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    schema = json.loads(files("governed_db.model").joinpath("event.schema.json").read_text("utf-8"))
    return jsonschema_rs.Draft202012Validator(schema)


def problems(events: Iterable[dict[str, Any]]) -> list[str]:
    """What the schema has to say against events."""
    return [
        f"{event['phase']} {'/'.join(map(str, error.instance_path))}: {error.message[:300]}"
        for event in events
        for error in _validator().iter_errors(event)
    ]


@pytest.fixture(scope="session", autouse=True)
def watched_events() -> Iterator[list[str]]:
    """What was wrong with events that were written since somebody looked last."""
    found: list[str] = []
    written = Chainer.lines

    def lines(self: Chainer, events: list[Any], head: Any) -> Any:
        made = written(self, events, head)
        found.extend(problems(map(stored_event, made[0].splitlines())))
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Chainer, "lines", lines)
        yield found


@pytest.fixture(autouse=True)
def events_are_as_published(request: pytest.FixtureRequest, watched_events: list[str]) -> Iterator[None]:
    """Fails the test that wrote an event of another form."""
    yield
    told, watched_events[:] = list(watched_events), []
    if not request.node.nodeid.startswith(_MADE_UP):
        assert told == []
