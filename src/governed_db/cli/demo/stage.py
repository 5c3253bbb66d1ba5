"""Statements of an agent into a told and checked session.

Nothing that is shown is written beforehand: a step shows what came back, and says what must hold of it.
A step that does not hold ends the demo with an error.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

import governed_db
from governed_db.cli import output
from governed_db.errors import ApprovalRequired, Error, StatementDenied

if TYPE_CHECKING:
    from rich.console import Console

    from governed_db.enforce.explain import Explanation

Row = tuple[Any, ...]
SHOWN_ROWS = 6


class DemoFailed(Error):
    """Something that the demo shows does not hold."""

    def __init__(self, claim: str) -> None:
        super().__init__(
            f"GDB540 the demo does not hold: {claim}\n  = help: this is a defect, please report it"
        )
        self.code = "GDB540"


@attrs.frozen
class Answer:
    """What came back for one statement: rows, or a refusal; and why."""

    sql: str
    why: Explanation
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    changed: int = -1
    refusal: StatementDenied | None = None

    @property
    def task(self) -> Mapping[str, Any] | None:
        return self.refusal.task if isinstance(self.refusal, ApprovalRequired) else None


@attrs.frozen
class Terminal:
    """What a command printed, and its exit code."""

    code: int
    text: str


@attrs.define
class Stage:
    """Asks, shows and checks; `told` is the same for programs. `console` None: show nothing.

    `classes`: what protected columns hold, by "schema.relation.column".
    """

    connection: Any
    home: Path
    console: Console | None
    classes: Mapping[str, str]
    told: list[dict[str, Any]] = attrs.field(factory=list)

    def step(self, title: str, story: str) -> None:
        """Begin a step: what the agent is about to do."""
        self.told.append({"title": title, "story": story, "statements": [], "commands": [], "holds": []})
        if self.console is not None:
            self.console.print()
            self.console.rule(f"[bold]{len(self.told)} · {title}[/]", align="left", style="blue")
            output.show(self.console, story, "italic")

    def ask(self, sql: str, *, run: bool = True) -> Answer:
        """Send a statement (or, without `run`, only ask about it) and show what comes back."""
        why = governed_db.explain(self.connection, sql)
        answer = self._run(sql, why) if run else Answer(sql, why)
        self.told[-1]["statements"].append(_told(answer))
        if self.console is not None:
            _draw(self.console, answer, self.classes)
        return answer

    def holds(self, is_so: bool, claim: str) -> None:  # noqa: FBT001  # it reads as a sentence
        """Say what was just shown; fail if it is not so."""
        if not is_so:
            raise DemoFailed(claim)
        self.told[-1]["holds"].append(claim)
        if self.console is not None:
            output.show(self.console, f"✓ {claim}", "green")

    def terminal(self, person: str, *words: str) -> Terminal:
        """Run `governed-db` in another process, as a second person would in another window."""
        done = subprocess.run(  # noqa: S603  # our own command line, with words of our own
            [sys.executable, "-m", "governed_db.cli", *words],
            env={**os.environ, "GOVERNED_DB_HOME": str(self.home), "COLUMNS": "110"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        ran = Terminal(done.returncode, (done.stdout + done.stderr).strip())
        said = {"person": person, "command": f"governed-db {' '.join(words)}", "code": ran.code}
        self.told[-1]["commands"].append(said | {"output": ran.text})
        if self.console is not None:
            output.show(self.console, f"{person} $ {said['command']}", "bold", wrap=False)
            output.show(self.console, ran.text, "dim", wrap=False)
        return ran

    def _run(self, sql: str, why: Explanation) -> Answer:
        cursor = self.connection.cursor()
        try:
            cursor.execute(sql)
            columns = tuple(str(column[0]) for column in cursor.description or ())
            rows = tuple(tuple(row) for row in cursor.fetchall()) if columns else ()
            self.connection.commit()
            return Answer(sql, why, columns, rows, cursor.rowcount)
        except StatementDenied as refusal:
            self.connection.rollback()
            return Answer(sql, why, refusal=refusal)
        finally:
            cursor.close()


def _told(answer: Answer) -> dict[str, Any]:
    return {
        "sql": answer.sql,
        "effect": answer.why.effect,
        "rule": answer.why.rule,
        "masks": {one.name: one.mask for one in answer.why.outputs if one.mask},
        "columns": list(answer.columns),
        "rows": [list(row) for row in answer.rows[:SHOWN_ROWS]],
        "refusal": str(answer.refusal) if answer.refusal else None,
        "task": dict(answer.task) if answer.task else None,
    }


# -- how it is shown -------------------------------------------------------------------------------------


def _draw(console: Console, answer: Answer, classes: Mapping[str, str]) -> None:
    from rich.padding import Padding
    from rich.syntax import Syntax

    syntax = Syntax(
        output.plain(answer.sql), "sql", theme="ansi_dark", background_color="default", word_wrap=True
    )
    console.print(Padding(syntax, (1, 0, 0, 2)))
    if answer.refusal is not None:
        _draw_refusal(console, answer.refusal)
        return
    if answer.columns:
        _draw_rows(console, answer)
    elif answer.changed >= 0:
        console.print(f"  {answer.changed:,} rows changed")
    console.print(f"  {output.coloured(answer.why.effect)} by {answer.why.rule}")
    for reason in answer.why.reasons:
        output.show(console, f"  {reason.code} {reason.message}\n    = help: {reason.help}")
    for one in answer.why.outputs:
        if one.mask:
            held = ", ".join(f"{label} ({classes[label]})" for label in one.labels if label in classes)
            output.show(console, f"  masked with {one.mask}: {one.name}, from {held}")


def _draw_rows(console: Console, answer: Answer) -> None:
    from rich.padding import Padding

    console.print(Padding(output.rows(answer.columns, answer.rows[:SHOWN_ROWS]), (0, 0, 0, 2)))
    more = len(answer.rows) - SHOWN_ROWS
    if more > 0:
        console.print(f"  … {more} more rows", style="dim")


def _draw_refusal(console: Console, refusal: StatementDenied) -> None:
    from rich.panel import Panel
    from rich.text import Text

    is_asked = isinstance(refusal, ApprovalRequired)
    title = "ApprovalRequired · a person was asked" if is_asked else "StatementDenied · nothing was run"
    console.print(
        Panel(
            Text(output.plain(refusal)),
            title=title,
            title_align="left",
            border_style="yellow" if is_asked else "red",
        )
    )


def as_text(rows: Sequence[Row]) -> str:
    """Rows as text, to look for values in."""
    return json.dumps([[str(value) for value in row] for row in rows], ensure_ascii=False)
