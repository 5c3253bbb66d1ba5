"""What is seen of values when a database is first met is kept as shares of hits, and asked for once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import governed_db
from governed_db.classify import first_sight
from governed_db.classify.sight import Sight, kept, read
from governed_db.cli.inside import knowledge_of
from governed_db.context.looks import Look, Looks
from governed_db.context.samples import tables
from governed_db.model.catalog import Catalog, Column, Dialect, RelationInfo, RelationKind
from governed_db.remote.sights import SightFile
from governed_db.runtime import release

MAILS = [(f"person{number}@example.org", "cnry-4471") for number in range(20)]


def catalog(*columns: str) -> Catalog:
    """One table `t` of texts."""
    table = RelationInfo("main", "t", RelationKind.TABLE, tuple(Column(name, "text") for name in columns))
    return Catalog(Dialect.SQLITE, "test", "test", {("main", "t"): table}, ("main",))


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


def drive(look: Look, found: Catalog, rows: list[tuple[Any, ...]] | None) -> int:
    """Answer each question with these rows, cut to its columns; how many there were."""
    asked, steps = 0, look.further(found)
    try:
        question = next(steps)
        while True:
            asked += 1
            width = question.partition(" FROM ")[0].count("substr(")
            question = steps.send(None if rows is None else [row[:width] for row in rows])
    except StopIteration:
        return asked


def classes(look: Look, found: Catalog) -> Mapping[str, str]:
    """What the columns of `t` are taken for, by what was seen."""
    return {ref.column: name for ref, name in first_sight.classes(found, look.sights).items()}


def test_a_table_is_looked_at_once(tmp_path: Path) -> None:
    """By this process, and by the next one, which reads what this one has written."""
    clock, two = Clock(), catalog("c1", "c2")
    look = Look(0.5, clock, SightFile(tmp_path, "somewhere"))
    later = Look(0.5, clock, SightFile(tmp_path, "somewhere"))
    elsewhere = Look(0.5, clock, SightFile(tmp_path, "elsewhere"))

    assert [drive(one, two, MAILS) for one in (look, look, later, elsewhere)] == [1, 0, 0, 1]
    assert classes(later, two) == {"c1": "pii.email", "c2": "unreviewed"}


def test_nothing_but_shares_is_written(tmp_path: Path) -> None:
    """Only its owner may read the file, too; of a database in memory there is none."""
    drive(Look(0.5, Clock(), SightFile(tmp_path, "somewhere")), catalog("c1", "c2"), MAILS)
    (file,) = (tmp_path / "seen").iterdir()
    written = json.loads(file.read_text())["sights"][0]["columns"]
    looks = Looks(0.5, Clock(), lambda target: SightFile(tmp_path / "other", target))
    drive(looks.at("memory:1"), catalog("c1", "c2"), MAILS)

    assert written == {"c1": {"email": 1.0}, "c2": {}}
    assert file.stat().st_mode & 0o077 == 0
    assert not (tmp_path / "other").exists()


def test_a_table_that_gives_no_answer_is_asked_again_later() -> None:
    """No right to read it, a lock, a transaction: nothing is known of it, and nothing fails."""
    clock, one = Clock(), catalog("c1")
    look = Look(0.5, clock, SightFile(Path(), ""))
    first = drive(look, one, None), drive(look, one, None)
    clock.now += 11

    assert first == (1, 0)
    assert drive(look, one, MAILS) == 1
    assert classes(look, one) == {"c1": "pii.email"}


def test_an_empty_table_is_looked_at_again() -> None:
    """After a minute, and whenever its columns have changed."""
    clock = Clock()
    look = Look(0.5, clock, SightFile(Path(), ""))
    first = drive(look, catalog("c1"), []), drive(look, catalog("c1"), [])
    changed = drive(look, catalog("c1", "c2"), [])
    clock.now += 61

    assert (first, changed) == ((1, 0), 1)
    assert drive(look, catalog("c1", "c2"), MAILS) == 1


def test_a_column_that_comes_later_is_unreviewed_until_it_was_seen() -> None:
    """Anything may stand in it; what was there from the start is judged as ever."""
    clock, before, after = Clock(), catalog("word"), catalog("word", "plan")
    look = Look(0.5, clock, SightFile(Path(), ""))
    drive(look, before, [("a",), ("b",)])
    drive(look, after, [("a", None), ("b", None)])
    unseen = classes(look, after)
    clock.now += 61
    drive(look, after, [("a", "gold"), ("b", "free")])

    assert unseen == {"word": "none", "plan": "unreviewed"}
    assert classes(look, after) == {"word": "none", "plan": "none"}


def test_looking_can_be_turned_off() -> None:
    """Zero seconds are never."""
    assert drive(Look(0, Clock(), SightFile(Path(), "")), catalog("c1"), MAILS) == 0


def test_columns_that_names_tell_are_not_asked_for() -> None:
    """Time is for the others."""
    look = Look(0.5, Clock(), SightFile(Path(), ""))

    assert drive(look, catalog("email", "password_hash"), MAILS) == 0
    assert classes(look, catalog("email", "c1"))["email"] == "pii.email"


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.text() | st.floats() | st.integers(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_a_file_of_any_content_is_no_danger(content: Any) -> None:
    """What does not look like what we wrote is as if it were not there."""
    assert isinstance(read(content), dict)
    assert isinstance(read({"sights": content}), dict)
    assert isinstance(read({"sights": [content]}), dict)


def test_what_was_written_is_read() -> None:
    """Nothing is lost on the way."""
    sights = {("main", "t"): Sight(5.0, "shape", 7, {"c1": {"email": 0.5}}, frozenset({"c1"}))}

    assert read(json.loads(json.dumps(kept(sights)))) == sights


def test_what_counts_numbers_is_not_looked_at(postgres_shop: str, tmp_path: Path) -> None:
    """PostgreSQL takes no sample of a sequence: each would be three errors in the log of the server."""
    connection = governed_db.connect(postgres_shop, policy="read-only", state_dir=tmp_path / "state")
    with closing(connection):
        found = knowledge_of(connection).catalog
    release(tmp_path / "state")
    looked_at = {one.name for one in tables(found)}

    assert "customers" in looked_at
    assert any(name.endswith("_seq") for _, name in found.relations)
    assert not any(name.endswith("_seq") for name in looked_at)
