"""`governed-db demo`: a database, made up or the user's own, into a session told step by step."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

import governed_db
from governed_db.cli import output
from governed_db.cli.inside import classes_of, spool_of
from governed_db.cli.options import Entry, json_option, policy_option
from governed_db.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console

    from governed_db.cli.demo.stage import Stage


@click.command()
@click.option(
    "--url", help="Show your own database in place of a made-up one; only reads, nothing is changed."
)
@policy_option
@click.option("--keep", metavar="FOLDER", help="Keep the made-up shop and its audit trail in a new folder.")
@json_option
def command(*, url: str | None, policy: str | None, keep: str | None, as_json: bool) -> None:
    """See it work: an agent's session, told step by step; each step is checked while it is shown.

    Nothing needs to be set up. Everything lives in a temporary folder, unless --keep names one.
    """
    if policy is not None and url is None:
        raise click.UsageError(
            "--policy is for --url: what is told of the made-up shop is true under standard"
        )
    started = time.perf_counter()
    console = None if as_json else output.console()
    with _home(keep) as home:
        stage = _shop(home, console) if url is None else _own(home, url, policy, console)
    if console is None:
        output.tell({"steps": stage.told}, lambda _: None, as_json=True)
        return
    held = sum(len(step["holds"]) for step in stage.told)
    console.print()
    console.rule(style="blue")
    took = time.perf_counter() - started
    console.print(
        f"{len(stage.told)} steps; all {held} claims were checked while they were shown ({took:.1f} s)."
    )
    if keep:
        console.print(f"Kept in {keep}. Try: governed-db explain 'SELECT * FROM customers' "
                      f"--url sqlite:///{keep}/shop.db", soft_wrap=True)  # fmt: skip
    console.print("In your own code:\n")
    for line in lines_to_paste(url):
        console.print(f"    {line}", markup=False, soft_wrap=True)
    console.print()


def lines_to_paste(url: str | None) -> tuple[str, str, str]:
    """All that a program needs; a password that a URL may hold is left out."""
    from governed_db.config import parse_url

    shown = "sqlite:///your.db" if url is None else parse_url(url).display
    return (
        "import governed_db",
        f'cursor = governed_db.connect("{shown}").cursor()',
        'cursor.execute("SELECT 1"); print(cursor.fetchall())',
    )


def _shop(home: Path, console: Console | None) -> Stage:
    from governed_db.cli.demo import session, shop
    from governed_db.cli.demo.stage import Stage

    database = home / "shop.db"
    shop.create(database)
    _say(
        console,
        f"A made-up shop: {shop.CUSTOMERS:,} customers, {shop.OPEN_ORDERS + shop.OTHER_ORDERS:,} orders, "
        f"{shop.EMPLOYEES} payslips, {shop.API_TOKENS} API tokens, on SQLite. "
        "An agent works on it for alice, through governed_db.",
    )
    entry = Entry(f"sqlite:///{database}", "standard", state_dir=str(home / "state"))
    with (
        entry.opened() as connection,
        closing(spool_of(connection)),  # it would write its last record where a folder has been
        governed_db.acting_as(session.AGENT, conversation="demo", tool="sql"),
    ):
        stage = Stage(connection, home / "state", console, classes_of(connection))
        session.tell(stage, database)
    return stage


def _own(home: Path, url: str, policy: str | None, console: Console | None) -> Stage:
    from governed_db.cli.demo import own
    from governed_db.cli.demo.stage import Stage

    # The pack that refuses every change: what is shown here cannot change anything even by mistake.
    entry = Entry(url, policy or "read-only", state_dir=str(home / "state"))
    with (
        entry.opened() as connection,
        closing(spool_of(connection)),
        governed_db.acting_as(own.AGENT, conversation="demo", tool="sql"),
    ):
        stage = Stage(connection, home / "state", console, classes_of(connection))
        own.tell(stage)
    return stage


def _say(console: Console | None, text: str) -> None:
    if console is not None:
        console.print(text)


@contextmanager
def _home(keep: str | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="governed-db-demo-") as folder:
            yield Path(folder)
        return
    kept = Path(keep)
    try:
        kept.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise ConfigurationError(
            f"the folder {kept} cannot be made: {error.strerror}", code="GDB502", help="name a new folder"
        ) from error
    yield kept
