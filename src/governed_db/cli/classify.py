"""`governed-db classify`: a database or a list of columns into what each column is taken for, and why."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from governed_db.cli import output
from governed_db.cli.options import Entry, json_option, state_dir_option
from governed_db.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console

    from governed_db.classify.document import Entries
    from governed_db.classify.sight import Rates
    from governed_db.model.catalog import Catalog
    from governed_db.model.classification import Finding

_SECONDS, _SECONDS_OF_MODELS = 60.0, 900.0
_COLOURS = {"strong": "red", "weak": "yellow"}


@click.group(invoke_without_command=True)
@click.option("--url", help="The database, as names and what its connections saw tell.")
@click.option(
    "--columns", metavar="FILE", help="In place of --url: a list of columns, one JSON object a line."
)
@click.option("--sample", is_flag=True, help="Look at up to 200 rows of every table now; no value is kept.")
@click.option(
    "--presidio",
    "models",
    metavar="MODEL",
    multiple=True,
    help="With --sample: look for persons in texts by a model of spaCy that is installed (again for more).",
)
@click.option("--again", is_flag=True, help="Have connections forget what they saw, and look anew.")
@click.option(
    "--write", "file", metavar="FILE", help="Write what was found, beside what the file says by hand."
)
@click.option("--all", "everything", is_flag=True, help="Show columns that hold nothing to protect, too.")
@state_dir_option
@json_option
@click.pass_context
def command(ctx: click.Context, /, **said: Any) -> None:
    """What the columns of a database hold: class, score, level and the evidence for it."""
    if ctx.invoked_subcommand is not None:
        return
    if (said["url"] is None) == (said["columns"] is None):
        raise click.UsageError("say what to classify: --url URL or --columns FILE")
    if said["models"] and not said["sample"]:
        raise click.UsageError("--presidio reads values: it goes with --sample")
    if said["columns"] is not None:
        if said["sample"] or said["again"]:
            raise click.UsageError("a list of columns has no values: --sample and --again go with --url")
        _of_list(said["columns"], said["file"])
        return
    findings = _of_database(said)
    if said["file"] is not None:
        _write(said["file"], findings)
    shown = [one for one in findings if said["everything"] or one.level.value != "none"]
    found = [_told(one) | {"evidence": list(one.evidence)} for one in shown]
    output.tell(
        found, lambda console: _draw(console, shown, len(findings), said["file"]), as_json=said["as_json"]
    )


@command.command()
@click.argument("old")
@click.argument("new")
@json_option
def diff(old: str, new: str, *, as_json: bool) -> None:
    """Columns of which two files say different things. The exit code is 1 if there are any."""
    from governed_db.classify.document import difference

    found = difference(_read(old), _read(new))

    def draw(console: Console) -> None:
        for one in found:
            output.show(console, f"{one['column']}: {one['old'] or '-'} → {one['new'] or '-'}")
        if not found:
            output.show(console, "✓ they say the same", "green")

    output.tell(found, draw, as_json=as_json)
    if found:
        raise click.exceptions.Exit(1)


# -- a list of columns -----------------------------------------------------------------------------------


def _of_list(columns: str, file: str | None) -> None:
    """One JSON object a line, in the order of the list: the form is for programs."""
    from governed_db.classify.score import classify_columns
    from governed_db.model.statement import ColumnRef

    described = [_described(number, line) for number, line in enumerate(_lines(columns), start=1)]
    found = classify_columns(described)
    for one in described:
        click.echo(json.dumps(_told(found[ColumnRef(*one[:3])]), ensure_ascii=False))
    if file is not None:
        _write(file, list(found.values()))


def _lines(file: str) -> list[str]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(file, "cannot be read") from error
    return [line for line in text.splitlines() if line.strip()]


def _described(number: int, line: str) -> tuple[str, str, str, str]:
    try:
        said = json.loads(line)
        return (
            str(said.get("schema") or ""),
            str(said["table"]),
            str(said["column"]),
            str(said.get("type") or ""),
        )
    except (ValueError, KeyError, AttributeError, TypeError):
        raise _unusable(f"line {number}", "is no JSON object with table and column") from None


def _unusable(what: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{what} {why}",
        code="GDB535",
        help='one object a line: {"schema": "public", "table": "users", "column": "email", "type": "text"}',
    )


# -- a database ------------------------------------------------------------------------------------------


def _of_database(said: Mapping[str, Any]) -> list[Finding]:
    from governed_db.classify.first_sight import findings
    from governed_db.classify.score import classify_catalog
    from governed_db.cli.inside import knowledge_of, look_anew

    url = said["url"]
    with Entry(url, state_dir=said["state_dir"]).opened(policy="read-only") as connection:
        if said["again"]:
            look_anew(connection)
        known = knowledge_of(connection)
    catalog = _own(known.catalog)
    if said["sample"]:
        found = classify_catalog(catalog, _rates(url, catalog, said["models"], quiet=said["as_json"]))
    else:
        found = findings(catalog, known.seen or {})
    return sorted(found.values(), key=lambda one: one.column)


def _own(catalog: Catalog) -> Catalog:
    """Without other databases of the server: MariaDB and MySQL show those of all applications."""
    from governed_db.model.catalog import Dialect

    if catalog.dialect is not Dialect.MYSQL or not catalog.search_path:
        return catalog
    own = {name: one for name, one in catalog.relations.items() if name[0] in catalog.search_path}
    return attrs.evolve(catalog, relations=own)


def _rates(url: str, catalog: Catalog, models: Sequence[str], *, quiet: bool) -> Rates:
    """Hit rates by a session of our own, which can change nothing."""
    from rich.progress import Progress

    from governed_db.cli.reading import answered
    from governed_db.context.samples import sampled

    with Progress(console=output.console(stderr=True), transient=True, disable=quiet) as progress:
        bar = progress.add_task("looking at values")

        def told(done: int, every: int) -> None:
            progress.update(bar, completed=done, total=every)

        if not models:
            return answered(url, sampled(catalog, seconds=_SECONDS, told=told))
        from governed_db.classify.presidio import reader

        return answered(url, sampled(catalog, seconds=_SECONDS_OF_MODELS, told=told, read=reader(models)))


def _told(finding: Finding) -> dict[str, Any]:
    column = finding.column
    return {
        "schema": column.schema,
        "table": column.relation,
        "column": column.column,
        "class": finding.classification,
        "score": finding.score,
        "level": finding.level.value,
    }


def _draw(console: Console, findings: Iterable[Finding], count: int, file: str | None) -> None:
    table = output.table("column", "class", "score", "level", "evidence")
    shown = 0
    for one in findings:
        shown += 1
        colour = _COLOURS.get(one.level.value, "")
        table.add_row(*_cells(one, colour))
    console.print(table)
    output.show(console, f"{shown} of {count} columns")
    if file is not None:
        output.show(console, f"written to {file}; what was changed there by hand stays", "green")


def _cells(finding: Finding, colour: str) -> Iterator[Any]:
    from rich.text import Text

    yield Text(output.plain(finding.column))
    yield Text(output.plain(finding.classification), colour)
    yield Text(f"{finding.score:.2f}")
    yield Text(finding.level.value, colour)
    yield Text(output.plain("; ".join(finding.evidence)))


# -- the file --------------------------------------------------------------------------------------------


def _write(file: str, findings: Iterable[Finding]) -> None:
    from governed_db.classify.document import entries_of, merged, written

    path = Path(file)
    kept = _read(file) if path.exists() else {}
    path.write_text(written(merged(entries_of(findings), kept)), "utf-8")


def _read(file: str) -> Entries:
    """The policy reader tells what is wrong with the file; the entries are read as they stand."""
    from governed_db.classify.document import read
    from governed_db.policy.load import load_policy
    from governed_db.policy.tree import plain, read_yaml

    load_policy(file if "/" in file else f"./{file}")
    said = plain(read_yaml(Path(file).read_text("utf-8"), file))
    return read(said.get("classifications") or {})
