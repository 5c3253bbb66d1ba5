"""`governed-db audit`: the audit folder into events that people can read, and a proof that it is whole."""

from __future__ import annotations

import contextlib
import heapq
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from governed_db.cli import output
from governed_db.cli.audit_lines import audit_folder, line_of
from governed_db.cli.audit_pruning import prune
from governed_db.cli.audit_questions import access, export, search, stats
from governed_db.cli.audit_shipping import ship
from governed_db.cli.options import json_option, state_dir_option
from governed_db.errors import AuditUnavailable, ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console

    from governed_db.model.chain import Head
    from governed_db.remote.verify import Report

Event = dict[str, Any]
Placed = tuple[float, str, int, Event]  # time, chain, number, event: numbers are unique
POLL_SECONDS = 0.2


@click.group()
def command() -> None:
    """Read the audit trail, and prove that nobody changed it."""


for _one in (search, stats, access, export, ship, prune):
    command.add_command(_one)


@command.command()
@click.option("-n", "--lines", default=20, show_default=True, help="How many events.")
@click.option("-f", "--follow", is_flag=True, help="Go on with new events until interrupted.")
@state_dir_option
@json_option
def tail(*, lines: int, follow: bool, state_dir: str | None, as_json: bool) -> None:
    """The newest events, oldest first. With --json one event a line."""
    from governed_db.remote.backlog import Backlog

    backlog = Backlog(audit_folder(state_dir))
    newest = heapq.nlargest(lines, _placed(backlog.events()))
    _write_events(newest[::-1], as_json=as_json)
    if follow:
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(POLL_SECONDS)
                _write_events(sorted(_placed(backlog.events())), as_json=as_json)


@command.command()
@click.argument("id")
@state_dir_option
@json_option
def show(id: str, *, state_dir: str | None, as_json: bool) -> None:
    """The events of one decision, whole. ID: of an event, a decision or a request, or how it begins."""
    from governed_db.remote.reader import read

    found = [
        event for event in read(audit_folder(state_dir)) if any(name.startswith(id) for name in _ids(event))
    ]
    if not found:
        raise AuditUnavailable(
            f"no event is called {id}", code="GDB604", help="see ids with `governed-db audit tail --json`"
        )
    output.tell(found, lambda console: _draw_whole(console, found), as_json=as_json)


@command.command()
@click.option(
    "--remember",
    metavar="FILE",
    help="Keep how far the trail reaches in FILE, away from here, and compare with it next time.",
)
@state_dir_option
@json_option
def verify(*, remember: str | None, state_dir: str | None, as_json: bool) -> None:
    """Check the whole trail; name the first broken link of each chain. Exit code 1 if there is one."""
    from governed_db.remote.verify import verify as check

    folder = audit_folder(state_dir)
    kept = Path(remember) if remember else None
    report = check(folder, remembered=_remembered(kept) if kept else None)
    output.tell(_report_told(report), lambda console: _draw_report(console, report), as_json=as_json)
    if not report.ok:
        raise click.exceptions.Exit(1)
    if kept is not None:
        _remember(kept, report.heads)


# -- events ----------------------------------------------------------------------------------------------


def _placed(events: Iterable[Event]) -> Iterator[Placed]:
    """Events with what orders them: by time, but those of one chain as they stand in it."""
    latest: dict[str, float] = {}
    for number, event in enumerate(events):
        boot = event["boot"]
        latest[boot] = max(event["time"], latest.get(boot, 0.0))
        if event["phase"] != "facts":  # told for `policy replay`, of nothing that happened
            yield latest[boot], boot, number, event


def _ids(event: Event) -> Iterator[str]:
    fields = event["fields"]
    yield event["id"]
    yield from (fields[name] for name in ("approval",) if isinstance(fields.get(name), str))
    decision = fields.get("decision")
    if isinstance(decision, dict) and "id" in decision:
        yield decision["id"]


def _write_events(events: Iterable[Placed], *, as_json: bool) -> None:
    if as_json:
        for *_, event in events:
            click.echo(json.dumps(event))
        return
    console = output.console()
    for *_, event in events:
        console.print(line_of(event), soft_wrap=True)


def _draw_whole(console: Console, events: list[Event]) -> None:
    from rich.json import JSON

    for event in events:
        console.print(line_of(event), soft_wrap=True)
        console.print(JSON.from_data(event, ensure_ascii=True), soft_wrap=True)


# -- verify ----------------------------------------------------------------------------------------------


def _report_told(report: Report) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "chains": report.chains,
        "events": report.events,
        "breaks": [
            {
                "what": one.what.value,
                "chain": one.chain,
                "file": one.file,
                "line": one.line,
                "record": one.seq,
                "detail": one.detail,
            }
            for one in report.breaks
        ],
        "notes": list(report.notes),
        "heads": {boot: [head.seq, head.hash] for boot, head in report.heads.items()},
    }


def _draw_report(console: Console, report: Report) -> None:
    said = f"{report.events} events in {report.chains} chain(s)"
    if report.ok:
        console.print(f"{output.mark(True)} whole: {said}")
    else:
        console.print(
            f"{output.mark(False)} [red]broken[/]: {said} could be proven; first broken link of each chain:"
        )
    for one in report.breaks:
        output.show(console, f"    {one}", wrap=False)
    for note in report.notes:
        output.show(console, f"  note: {note}", wrap=False)


def _remembered(file: Path) -> dict[str, Head] | None:
    from governed_db.model.chain import Head

    if not file.exists():
        return None
    try:
        kept = json.loads(file.read_bytes())
        return {str(boot): Head(int(seq), str(digest)) for boot, (seq, digest) in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{file} does not hold what --remember has written: {error}",
            code="GDB532",
            help="put the file back; if it is lost for good, name a new one and say so to your auditor",
        ) from error


def _remember(file: Path, heads: Mapping[str, Head]) -> None:
    draft = file.with_name(f".{file.name}.draft")
    try:
        draft.write_text(json.dumps({boot: [head.seq, head.hash] for boot, head in heads.items()}, indent=1))
        draft.replace(file)
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be written: {error.strerror}",
            code="GDB532",
            help="name a file that you may write",
        ) from error
