"""Words into what the command line answers, in this process; `in_a_process` as users run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import attrs
from click.testing import CliRunner

from governed_db.cli.main import main


@attrs.frozen
class Answer:
    """Exit code and what was written."""

    code: int
    out: str
    err: str = ""

    @property
    def json(self) -> Any:
        """What was written, as values."""
        return json.loads(self.out)


def run(*words: str, stdin: str | None = None) -> Answer:
    """Run a command; whatever it lets through that is no exit is raised here."""
    result = CliRunner().invoke(main, list(words), input=stdin, catch_exceptions=False)
    return Answer(result.exit_code, result.stdout, result.stderr)


def in_a_process(*words: str, **environment: str) -> Answer:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "governed_db.cli", *words],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)
