"""The command line starts quickly, answers programs in JSON, and tells errors with their help."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from governed_db import __version__
from governed_db.cli.main import main
from tests.cli.terminal import in_a_process, run


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by the words that name it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            if command.invoke_without_command:
                yield " ".join((*path, name)), command
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def test_help_loads_no_command() -> None:
    """`governed-db --help` loads neither a driver nor the parser nor rich."""
    heavy = "{'rich', 'sqlglot', 'psycopg', 'pymysql', 'faker', 'governed_db.runtime'}"
    script = (
        "import sys\n"
        "from governed_db.cli.main import main\n"
        "try: main(['--help'])\n"
        f"except SystemExit: print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_speaks_json(name: str, command: click.Command) -> None:
    """Each command has --json, and says in its help what it does."""
    options = {option for parameter in command.params for option in parameter.opts}

    assert "--json" in options
    assert command.help


def test_version() -> None:
    """--version tells the release."""
    assert in_a_process("--version").out.strip() == f"governed-db, version {__version__}"


def test_errors_are_told_with_code_and_help(state: object) -> None:
    """An error of ours is a code, a sentence and what to do next, on standard error; exit code 2."""
    answer = run("explain", "SELECT 1", "--url", "oracle://x")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("GDB507 ")
    assert "= help: known are postgresql://" in answer.err


def test_errors_are_json_when_json_is_asked_for(state: object) -> None:
    """With --json an error is JSON too."""
    answer = run("audit", "tail", "--json")

    assert answer.code == 2
    assert answer.json["error"]["code"] == "GDB502"


@pytest.mark.parametrize(
    "words", [("audit", "verify"), ("approvals", "list"), ("approvals", "approve", "req-x")]
)
def test_a_misspelt_state_folder_is_not_made(words: tuple[str, ...], tmp_path: Path) -> None:
    """A state folder that is named and not there is an error: an empty one would look like all is well."""
    folder = tmp_path / "misspelt"

    assert run(*words, "--state-dir", str(folder)).err.startswith("GDB502 ")
    assert not folder.exists()


def test_a_database_that_is_not_there(state: object) -> None:
    """What the driver says while connecting is told without the password; no database is made of a typo."""
    misspelt = run("explain", "SELECT 1", "--url", "sqlite:///no-such-folder/shop.db")
    closed = run("explain", "SELECT 1", "--url", "mysql://u:hunter2-fake@127.0.0.1:1/x")

    assert (misspelt.code, closed.code) == (2, 2)
    assert misspelt.err.startswith("GDB530 ")
    assert closed.err.startswith("GDB530 the database mysql://u@127.0.0.1:1/x cannot be entered")
    assert "hunter2-fake" not in closed.err
