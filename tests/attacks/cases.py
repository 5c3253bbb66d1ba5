"""Text files of attacks into cases.

A block is `[id]`, then `word: value` lines. `on` names the dialects, `category` the kind of attack, `tries`
what it is after, `proof` how success shows on the raw driver. Each `sql:` is one statement of the session
(indented lines below it belong to it), `params:` a Python literal for the statement before it, `undo:`
what puts right what outlives the database. `{p}` stands for the driver's placeholder, `{dir}` for a
folder that the server may write.
"""

from __future__ import annotations

import ast
import enum
import re
from collections.abc import Iterator
from pathlib import Path

import attrs

DIALECTS = ("postgres", "mysql", "sqlite")
CORPUS = Path(__file__).with_name("corpus")
_HEAD = re.compile(r"\[([a-z0-9-]+)\]")
_WORD = re.compile(r"(on|category|tries|proof|sql|params|undo):(?: (.*))?")


class Proof(enum.Enum):
    """How an attack shows that it succeeded.

    LEAK: a canary comes out. TELLS: what comes out differs between two databases that differ in
    protected values only. EFFECT: the database, or a folder, is not as before. RUNS: the server does it
    (for what leaves no trace that a test could look at).
    """

    LEAK = "leak"
    TELLS = "tells"
    EFFECT = "effect"
    RUNS = "runs"


@attrs.frozen
class Statement:
    """One statement of a session."""

    text: str
    parameters: object = None

    def written(self, dialect: str, folder: Path) -> str:
        """The text as the driver of this dialect takes it."""
        mark = "?" if dialect == "sqlite" else "%s"
        return self.text.replace("{p}", mark).replace("{dir}", str(folder))


@attrs.frozen
class Case:
    """One attack on one or several dialects."""

    id: str
    category: str
    on: tuple[str, ...]
    tries: str
    proof: Proof
    statements: tuple[Statement, ...]
    undo: tuple[str, ...] = ()

    @property
    def only_reads(self) -> bool:
        """Whether nothing of it can stay in the database after a rollback (MySQL commits DDL by itself)."""
        firsts = (one.text.replace("(", " ").split()[0].upper() for one in self.statements)
        return all(first in ("SELECT", "VALUES", "TABLE", "SHOW") for first in firsts)


def load(folder: Path = CORPUS, files: str = "*.txt") -> tuple[Case, ...]:
    """All cases of a folder. A line that does not fit, or an id given twice, is an error."""
    cases = [case for path in sorted(folder.glob(files)) for case in _read(path)]
    ids = [case.id for case in cases]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ValueError(f"ids given twice: {twice}")
    return tuple(cases)


def _read(path: Path) -> Iterator[Case]:
    block: list[tuple[str, str]] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        head, word = _HEAD.fullmatch(line), _WORD.fullmatch(line)
        if head is not None:
            if block:
                yield _case(block)
            block = [("id", head.group(1))]
        elif word is not None and block:
            block.append((word.group(1), word.group(2) or ""))
        elif line.startswith("  ") and block:
            name, text = block[-1]
            block[-1] = (name, f"{text}\n{line[2:]}" if text else line[2:])
        else:
            raise ValueError(f"{path.name}:{number}: not understood: {line}")
    if block:
        yield _case(block)


def _case(block: list[tuple[str, str]]) -> Case:
    single = {name: value for name, value in block if name not in ("sql", "params", "undo")}
    statements: list[Statement] = []
    for name, value in block:
        if name == "sql":
            statements.append(Statement(value))
        elif name == "params":
            statements[-1] = Statement(statements[-1].text, ast.literal_eval(value))
    on = tuple(single["on"].split())
    if not statements or not set(on) <= set(DIALECTS):
        raise ValueError(f"[{single['id']}] has no statement, or an unknown dialect")
    return Case(
        id=single["id"],
        category=single["category"],
        on=on,
        tries=single["tries"],
        proof=Proof(single.get("proof", "leak")),
        statements=tuple(statements),
        undo=tuple(value for name, value in block if name == "undo"),
    )
