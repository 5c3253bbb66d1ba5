"""Every example of README and docs runs, from the top of its page to the end, and prints what it says."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.docs.pages import PAGES, ROOT, Block, blocks, matches
from tests.servers.fixtures import FreshDatabase

LANGUAGES = {"python", "console", "yaml", "sql", "json", "text", "toml"}


@pytest.fixture(scope="session")
def kept_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `governed-db demo --keep demo` leaves: the shop that the pages speak of."""
    folder = tmp_path_factory.mktemp("docs") / "demo"
    command = [sys.executable, "-m", "governed_db.cli", "demo", "--keep", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def servers(fresh_database: FreshDatabase) -> Iterator[dict[str, str]]:
    """The shops that the URLs of pages lead to; pages only read them."""
    with fresh_database("postgres", shop=True) as postgres, fresh_database("mysql", shop=True) as mysql:
        yield {"POSTGRES_URL": postgres, "MYSQL_URL": mysql}


@pytest.fixture
def desk(kept_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, servers: dict[str, str]) -> Path:
    """A folder with the kept demo in it, a state folder of its own, and the servers."""
    shutil.copytree(kept_demo, tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GOVERNED_DB_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "100")
    for name, url in servers.items():
        monkeypatch.setenv(name, url)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page: Path, desk: Path) -> None:
    """The page's examples hold in the order in which a reader meets them."""
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks(page):
        where = f"{page.relative_to(ROOT)}:{block.line}"
        assert block.language in LANGUAGES, f"{where}: which language?"
        if block.note.startswith("file "):
            (desk / block.note.removeprefix("file ")).write_text(block.text)
        elif block.language == "python":
            run_python(block, names, where)
        elif block.language == "console":
            run_console(block, where)
        elif block.language == "json":
            json.loads(block.text)


def run_python(block: Block, names: dict[str, Any], where: str) -> None:
    """Run it, and compare what it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile("\n" * (block.line - 1) + block.text, where, "exec"), names)
    if block.printed is not None:
        assert matches(block.printed, printed.getvalue()), f"{where} printed:\n{printed.getvalue()}"


@attrs.frozen
class Typed:
    """One command of a console block, and what it must print."""

    words: tuple[str, ...]
    printed: str


def run_console(block: Block, where: str) -> None:
    """Run each command; the last one's exit code is 0 unless the page says otherwise."""
    commands = list(typed(block))
    for index, command in enumerate(commands):
        done = subprocess.run(
            program(command.words), capture_output=True, text=True, timeout=120, check=False, env=os.environ
        )
        printed = done.stdout + done.stderr
        is_last = index == len(commands) - 1
        code = int(block.note.removeprefix("exit ")) if is_last and block.note.startswith("exit ") else 0
        assert done.returncode == code, f"{where}: {shlex.join(command.words)}\n{printed}"
        if command.printed.strip():
            assert matches(command.printed, printed), f"{where}: {shlex.join(command.words)}\n{printed}"


def typed(block: Block) -> Iterator[Typed]:
    """The commands of a block; one may go on over lines that end in a backslash."""
    text = block.text.replace("\\\n", " ")
    for piece in ("\n" + text).split("\n$ ")[1:]:
        command, _, printed = piece.partition("\n")
        yield Typed(tuple(os.path.expandvars(word) for word in shlex.split(command)), printed)


def program(words: tuple[str, ...]) -> list[str]:
    """`governed-db` and `python` of this environment; of `make` and `pip`, whether they could be run."""
    match words[0]:
        case "governed-db":
            return [sys.executable, "-m", "governed_db.cli", *words[1:]]
        case "python" if words[1:3] == ("-m", "pip"):
            return [sys.executable, "-m", "pip", "--version"]
        case "python":
            return [sys.executable, *words[1:]]
        case "make":
            return ["make", "-n", "-C", str(ROOT), *words[1:]]
        case other:
            raise AssertionError(f"a page may not run {other}")
