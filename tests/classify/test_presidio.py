"""`classify --sample --presidio MODEL` has a model of language look for persons; nothing is downloaded."""

from __future__ import annotations

import logging
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import spacy

from governed_db.classify.presidio import reader
from governed_db.errors import ConfigurationError
from tests.cli.terminal import run

# Names that are in no list of ours: only the model knows them.
GIVEN = ("Qveldrin", "Xanthoria", "Zbruvel", "Yllmara")
FAMILY = ("Oquendril", "Vexholm", "Brazzuk", "Thymwick")
NAMES = [f"{given} {family}" for given in GIVEN for family in FAMILY]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A pipeline of spaCy on disk, which takes these names for persons."""
    pipeline = spacy.blank("en")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": name} for name in NAMES])  # type: ignore[attr-defined]
    folder = tmp_path_factory.mktemp("model")
    pipeline.to_disk(folder)
    return str(folder)


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database in which names stand alone, in texts, in hardly any text, and not at all."""
    monkeypatch.setenv("GOVERNED_DB_HOME", str(tmp_path / "state"))
    with closing(sqlite3.connect(tmp_path / "notes.sqlite")) as raw:
        raw.execute("CREATE TABLE t (id integer PRIMARY KEY, c1 text, c2 text, c3 text, c4 text)")
        rows = (
            (name, f"we met {name} about it", f"lot {n}" if n else f"lot of {name}", f"box {n % 7}x")
            for n, name in enumerate(NAMES * 3)
        )
        raw.executemany("INSERT INTO t (c1, c2, c3, c4) VALUES (?, ?, ?, ?)", rows)
        raw.commit()
    return f"sqlite:///{tmp_path}/notes.sqlite"


def found(*arguments: str) -> dict[str, str]:
    """What the command says of each column."""
    return {one["column"]: one["class"] for one in run("classify", *arguments, "--json").json}


def test_a_model_finds_names_and_texts_about_persons(notes: str, model: str) -> None:
    """What is a name is one, what speaks of persons is free text; a name by chance makes nothing."""
    told = found("--url", notes, "--sample", "--presidio", model)

    assert found("--url", notes, "--sample") == {}
    assert told == {"c1": "pii.name", "c2": "pii.free_text", "c3": "unreviewed", "c4": "unreviewed"}


def test_the_surest_of_several_models_counts(notes: str, model: str, tmp_path: Path) -> None:
    """A model of another language that sees nothing takes nothing away."""
    spacy.blank("de").to_disk(tmp_path / "silent")
    silent = str(tmp_path / "silent")

    assert found("--url", notes, "--sample", "--presidio", silent) == {}
    assert found("--url", notes, "--sample", "--presidio", silent, "--presidio", model) != {}


def test_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is not there is a mistake that is told, and no address of the network is asked for it."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("somebody asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(ConfigurationError, match="no model of spaCy") as caught:
        reader(["en_core_web_lg"])

    assert caught.value.code == "GDB534"
    assert "spacy download en_core_web_lg" in str(caught.value)


def test_it_needs_values(model: str) -> None:
    """Without --sample there is nothing to read, and a person is told so."""
    told = run("classify", "--url", "sqlite:///x", "--presidio", model)

    assert told.code == 2
    assert "it goes with --sample" in told.err


def test_what_is_read_is_not_logged(model: str, caplog: pytest.LogCaptureFixture) -> None:
    """Neither presidio nor spaCy writes what it reads into a log, however much is logged."""
    with caplog.at_level(logging.DEBUG):
        shares = reader([model])(NAMES)

    assert shares == {"named_by_model": 1.0}
    assert not any(name in caplog.text for name in (*GIVEN, *FAMILY))


def test_odd_values_are_left_out(model: str) -> None:
    """What holds no text, or next to none, has no share in anything."""
    read = reader([model])

    assert read([]) == {}
    assert read([None, b"x", 3, "", "9", "-", "a"]) == {}
    assert read([None, 3, *NAMES]) == {"named_by_model": 1.0}
