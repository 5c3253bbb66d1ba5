"""Every line of the page on refusals is true: the one statement is refused with its code, the other runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import governed_db
from tests.docs.pages import ROOT
from tests.servers.fixtures import FreshDatabase

PAGE = ROOT / "docs" / "reference" / "refusals.md"
LINES = re.findall(r"^\| (GDB\d+) \| `(.+?)` \| `(.+?)` \|$", PAGE.read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def connection(fresh_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A governed connection to the shop; nothing that is tried is kept."""
    with fresh_database("postgres", shop=True) as url:
        state = Path(tmp_path_factory.mktemp("refusals"))
        with closing(governed_db.connect(url, state_dir=state, principal="tester")) as connection:
            yield connection


@pytest.mark.parametrize(("code", "refused", "runs"), LINES)
def test_line(connection: Any, code: str, refused: str, runs: str) -> None:
    """Refused with this code, and permitted as the page says."""
    with pytest.raises(governed_db.StatementDenied) as refusal:
        connection.cursor().execute(refused)
    connection.rollback()

    connection.cursor().execute(runs)
    connection.rollback()

    assert refusal.value.code == code


def test_the_page_has_lines() -> None:
    """The pattern above still fits the page."""
    assert len(LINES) == PAGE.read_text().count("| GDB")
