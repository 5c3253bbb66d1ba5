"""`governed-db audit search | stats | access | export`: questions about the trail into their answers."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import click

from governed_db import __version__
from governed_db.cli import output
from governed_db.cli.audit_lines import audit_folder, clock, line_of
from governed_db.cli.options import json_option, state_dir_option

if TYPE_CHECKING:
    from rich.console import Console

    from governed_db.remote.questions import Access, Event, Question, Stats

Command = TypeVar("Command", bound=Callable[..., Any])

_SPAN = re.compile(r"(\d+)([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class When(click.ParamType[float]):
    """A moment as seconds since the epoch: "30d" ago, or ISO 8601 (UTC where it names no zone)."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds; click tells what is neither."""
        if isinstance(value, float):
            return value
        span = _SPAN.fullmatch(value)
        if span is not None:
            return time.time() - int(span[1]) * _SECONDS[span[2]]
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time: write 30d, 12h, 2026-01-31 or 2026-01-31T08:00", param, ctx)
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()


_QUESTION = (
    click.option("--since", type=When(), metavar="WHEN", help="From then on: 30d, 12h, or a date."),
    click.option("--until", type=When(), metavar="WHEN", help="Before then."),
    click.option("--principal", metavar="ID", help="Anybody in the chain of who acts for whom."),
    click.option("--conversation", metavar="ID", help="Of this conversation."),
    click.option("--status", help="ok, refused, asked, rolled back, error or masked."),
    click.option("--kind", help="select, insert, update, delete, ddl, ..."),
    click.option("--rule", help="The rule that decided."),
    click.option("--database", help="The database as events name it."),
    click.option("--relation", metavar="PATTERN", help='"customers", "public.customers" or "public.*".'),
    click.option("--column", metavar="PATTERN", help='"email" or "public.customers.*": read in any way.'),
    click.option("--classification", metavar="PATTERN", help='"pii.email" or "pii.*": among what was shown.'),
    click.option("--text", help="Words of the statement."),
)


def question_options(command: Command) -> Command:
    """The options that make a Question; the command takes them as `question`."""

    def collected(**given: Any) -> Any:
        from governed_db.remote.questions import Question

        names = [field.name for field in attrs.fields(Question)]
        return command(question=Question(**{name: given.pop(name) for name in names}), **given)

    collected.__doc__, collected.__name__ = command.__doc__, command.__name__
    collected.__dict__.update(command.__dict__)
    for option in reversed(_QUESTION):
        collected = option(collected)
    return collected  # type: ignore[return-value]  # click calls it by keywords


@click.command()
@question_options
@click.option("-n", "--limit", default=100, show_default=True, help="The newest of them at most; 0: all.")
@state_dir_option
@json_option
def search(*, question: Question, limit: int, state_dir: str | None, as_json: bool) -> None:
    """The events that answer a question, oldest first. With --json one event a line."""
    events: Any = _answers(state_dir, question)
    if limit:
        events = deque(events, maxlen=limit)
    console = output.console()
    for event in events:
        if as_json:
            click.echo(json.dumps(event))
        else:
            console.print(line_of(event), soft_wrap=True)


@click.command()
@question_options
@click.option("--most", default=10, show_default=True, help="How many of each group.")
@state_dir_option
@json_option
def stats(*, question: Question, most: int, state_dir: str | None, as_json: bool) -> None:
    """How many events, by whom, of what, with which outcome."""
    from governed_db.remote.questions import stats as summed

    found = summed(_answers(state_dir, question), most)
    output.tell(attrs.asdict(found), lambda console: _draw_stats(console, found), as_json=as_json)


@click.command()
@question_options
@state_dir_option
@json_option
def access(*, question: Question, state_dir: str | None, as_json: bool) -> None:
    """Who saw what: statements and rows of classified columns, in which form, by which rule."""
    from governed_db.remote.questions import accesses

    found = accesses(_answers(state_dir, question), question.classification or "*")
    output.tell(
        [attrs.asdict(one) for one in found], lambda console: _draw_access(console, found), as_json=as_json
    )


@click.command()
@question_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "ocsf"]),
    default="jsonl",
    show_default=True,
    help="Events as they are, or OCSF 1.8.0 Datastore Activity (6005).",
)
@state_dir_option
@json_option
def export(*, question: Question, form: str, state_dir: str | None, as_json: bool) -> None:  # noqa: ARG001  # it always is
    """Events for other tools, one JSON object a line; with --json errors too."""
    from governed_db.remote.ocsf import datastore_activity

    for event in _answers(state_dir, question):
        told = event if form == "jsonl" else datastore_activity(event, __version__)
        if told is not None:
            click.echo(json.dumps(told))


def _answers(state_dir: str | None, question: Question) -> Iterator[Event]:
    from governed_db.remote.questions import answers

    return answers(audit_folder(state_dir), question)


def _draw_stats(console: Console, found: Stats) -> None:
    output.show(console, f"{found.events} events, {found.rows} rows, {found.seconds:.3f} s in the database")
    for name, counted in found.by.items():
        if counted:
            console.print(output.rows((name, "events"), counted.items()))


def _draw_access(console: Console, found: list[Access]) -> None:
    if not found:
        output.show(console, "nobody was shown any classified column by these options")
        return
    title = ("who", "classification", "columns", "form", "rule", "statements", "rows", "last")
    console.print(output.rows(title, map(_line, found)))


def _line(one: Access) -> tuple[object, ...]:
    who = " ← ".join(one.principals) + (f" ({one.tool})" if one.tool else "")
    shown = one.classification, ", ".join(one.columns), one.form
    rows = "?" if one.rows is None else one.rows
    return who, *shown, one.rule, one.statements, rows, clock(one.last)
