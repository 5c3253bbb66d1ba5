"""A page of the documentation into its blocks, and what each of them wants.

    ```python      runs; the blocks of a page share their names. A ```text block right after one is what it
                   must print, where `...` stands for anything.
    ```console     lines after "$ " run; the lines after them are what they must print, if there are any.

An HTML comment right before a block says what is unusual: `<!-- exit 1 -->` is the exit code of its last
command, `<!-- file NAME -->` has the block written to that file, and not run.
"""

from __future__ import annotations

import re
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))

_BLOCK = re.compile(
    r"(?:^<!-- (?P<note>[^>]+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)


@attrs.frozen
class Block:
    """One fenced block; `line` is where its text begins, `printed` what it must print."""

    language: str
    text: str
    line: int
    note: str = ""
    printed: str | None = None


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in order; expected output is part of the block before it."""
    text = page.read_text("utf-8")
    found: list[Block] = []
    end = 0
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("text")) + 1
        block = Block(match["language"], match["text"], line, match["note"] or "")
        follows = found and not text[end : match.start()].strip()
        if block.language == "text" and follows and found[-1].language == "python":
            found[-1] = attrs.evolve(found[-1], printed=block.text)
        else:
            found.append(block)
        end = match.end()
    return found


def matches(expected: str, printed: str) -> bool:
    """Whether what was printed is what was expected, however words are spaced and lines are broken."""
    pieces = (re.escape(" ".join(piece.split())) for piece in expected.split("..."))
    return re.fullmatch(" ?.*? ?".join(pieces), " ".join(printed.split())) is not None
