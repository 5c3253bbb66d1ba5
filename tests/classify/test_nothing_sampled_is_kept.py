"""Looking at a database leaves no value of it in a file, in a log, or in what was seen.

GOVERNED_DB_TEST_LOOKS says how many databases are made up (25).
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from governed_db.classify import first_sight
from governed_db.context.looks import Look
from governed_db.model.catalog import Catalog, Column, Dialect, RelationInfo, RelationKind
from governed_db.remote.sights import SightFile

COLUMNS = ("c1", "misc", "doc")
MARK = "cnry"
FORMS = (
    "{}", "{}@example.org", "{} Fischer", "Fischer, {}", "Hauptstraße 7 {}", "sk_live_{}AAAAAAAA",
    "DE89 {}", '{{"email": "{}@example.org"}}', '{{"{}": 1}}', '{{"x": {{"{}": "{}"}}}}', '["{}"]',
    "{} said so", "\0{}",
)  # fmt: skip


@st.composite
def cells(draw: st.DrawFn) -> str | None:
    """A value of any form that validators know, or of none, with a mark in it; sometimes no value."""
    letters = draw(st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=4, max_size=12))
    form = draw(st.sampled_from([*FORMS, None]))
    return None if form is None else form.format(*[MARK + letters] * form.count("{}"))


ROWS = st.lists(st.tuples(*[cells() for _ in COLUMNS]), max_size=30)


@contextmanager
def logged() -> Iterator[list[str]]:
    """Everything that anybody logs meanwhile, whatever the level."""
    told: list[str] = []

    class Collecting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(f"{record.getMessage()} {record.__dict__}")

    root, handler = logging.getLogger(), Collecting()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield told
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def looked(look: Look, catalog: Catalog, rows: list[tuple[Any, ...]]) -> list[str]:
    """Answer what is asked; the questions."""
    asked, steps = [], look.further(catalog)
    try:
        question = next(steps)
        while True:
            asked.append(str(question))
            wanted = [place for place, name in enumerate(COLUMNS) if f'"{name}"' in question]
            question = steps.send([tuple(row[place] for place in wanted) for row in rows])
    except StopIteration:
        return asked


@settings(max_examples=int(os.environ.get("GOVERNED_DB_TEST_LOOKS", "25")), deadline=None)
@given(ROWS, ROWS)
def test_no_value_outlives_the_look(first: list[tuple[Any, ...]], second: list[tuple[Any, ...]]) -> None:
    """Nor a key of a document, which may be a value, too; not after a second look either."""
    table = RelationInfo("main", "t", RelationKind.TABLE, tuple(Column(name, "text") for name in COLUMNS))
    catalog = Catalog(Dialect.SQLITE, "test", "test", {("main", "t"): table}, ("main",))
    now = iter(range(10**9, 10**10, 10**8))
    with TemporaryDirectory() as folder, logged() as told:
        look = Look(0.5, lambda: float(next(now)), SightFile(Path(folder), "somewhere"))
        asked = looked(look, catalog, first) + looked(look, catalog, second)
        classes = first_sight.classes(catalog, look.sights)
        written = b"".join(path.read_bytes() for path in Path(folder).rglob("*") if path.is_file())

    held = [repr(look.sights), repr(vars(look)), repr(classes), *asked, *told]
    assert MARK.encode() not in written
    assert not any(MARK in text for text in held)
    json.loads(written or b"{}")


def test_the_property_can_fail() -> None:
    """Values reach the judges: a column of addresses is one."""
    table = RelationInfo("main", "t", RelationKind.TABLE, tuple(Column(name, "text") for name in COLUMNS))
    catalog = Catalog(Dialect.SQLITE, "test", "test", {("main", "t"): table}, ("main",))
    with TemporaryDirectory() as folder:
        look = Look(0.5, lambda: 1e9, SightFile(Path(folder), "somewhere"))
        looked(look, catalog, [(f"{MARK}{n}@example.org", None, None) for n in range(20)])

        assert "pii.email" in first_sight.classes(catalog, look.sights).values()
