"""A draft's text into what is wrong with it, what its tests find, and what it changes.

Tests are run by the program that clients run, in a process of its own: statements and conditions that an
author wrote get no hold on the server, and no more than their time.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import msgspec

from governed_db.errors import PolicyError
from governed_db.model.policy import Policy
from governed_db.policy.bundles.files import load_files
from governed_db.policy.changes import Change, changes
from governed_db.server.bundles.drafts import Text

TEST_SECONDS: Final = 60.0
_PLACE: Final = re.compile(r"(\d+):(\d+) (.*)", re.DOTALL)


@attrs.frozen
class Flaw:
    """Something that is wrong, and where in the policy."""

    line: int
    column: int
    message: str


@attrs.frozen
class TestRun:
    """One test of the policy; `problems` is empty when it passed."""

    __test__ = False  # pytest takes it for one of its own

    line: int | None
    sql: str
    expected: str
    effect: str
    rule: str
    problems: tuple[str, ...]


@attrs.frozen
class Checked:
    """`flaws` of the text, `tests` that were run, and what could not be: `problem`."""

    flaws: tuple[Flaw, ...] = ()
    tests: tuple[TestRun, ...] = ()
    problem: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether clients would take it."""
        return not self.flaws and not self.problem and not any(one.problems for one in self.tests)


def flaws(text: Text) -> tuple[Flaw, ...]:
    """What is wrong with it, all of it, in order."""
    try:
        load_files(text.files, text.main)
    except PolicyError as error:
        return tuple(map(_flaw, error.problems))
    return ()


def policy(text: Text) -> Policy:
    """The policy that it is. Raises PolicyError."""
    return load_files(text.files, text.main)


def changed(before: Text | None, after: Text) -> tuple[Change, ...]:
    """What it says otherwise, or where nothing was before than the pack standard. Raises PolicyError."""
    old = policy(before if before is not None else Text({"policy.yaml": STANDARD}))
    return changes(old, policy(after))


STANDARD: Final = "version: 1\nextends: standard\n"


def checked(text: Text, seconds: float = TEST_SECONDS) -> Checked:
    """Its flaws; where there are none, its tests."""
    found = flaws(text)
    if found:
        return Checked(found)
    if not policy(text).tests:
        return Checked()
    return _tested(text, seconds)


def _tested(text: Text, seconds: float) -> Checked:
    with tempfile.TemporaryDirectory(prefix="governed-db-") as folder:
        at = Path(folder)
        for name, content in text.files.items():
            (at / name).write_text(content, "utf-8")
        schema = at / (text.schema or ".no-tables.sql")
        schema.touch()
        words = ["policy", "test", str(at / text.main), "--schema", str(schema), "--json"]
        try:
            done = subprocess.run(  # noqa: S603  # our own program; the texts are arguments to no shell
                [sys.executable, "-m", "governed_db.cli", *words, "--state-dir", str(_private(at))],
                capture_output=True,
                timeout=seconds,
                cwd=folder,
                env=_environment(os.environ),
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Checked(problem=f"its tests did not end within {seconds:g} s")
    return _told(done.stdout, done.stderr)


def _private(at: Path) -> Path:
    state = at / ".state"
    state.mkdir(mode=0o700)
    return state


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """What is set for clients of this machine says nothing about a draft."""
    return {name: value for name, value in variables.items() if not name.startswith("GOVERNED_DB_")}


def _told(out: bytes, err: bytes) -> Checked:
    try:
        tests: list[dict[str, Any]] = msgspec.json.decode(out, type=dict[str, Any])["tests"]
        return Checked(tests=tuple(msgspec.convert(tests, tuple[TestRun, ...])))
    except (ValueError, KeyError, TypeError):
        said = err.decode("utf-8", "replace").strip() or "no word of why"
        return Checked(problem=f"its tests cannot be run: {said[:2000]}")


def _flaw(problem: str) -> Flaw:
    found = _PLACE.fullmatch(problem)
    return Flaw(int(found[1]), int(found[2]), found[3]) if found else Flaw(1, 1, problem)
