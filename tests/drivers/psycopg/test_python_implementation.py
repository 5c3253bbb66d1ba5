"""Promise: the implementation of psycopg in Python, on the system's libpq, is governed like the one in C."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("program.py")


def test_the_same_program_tells_the_same(shared_shop: str) -> None:
    """Masks, refusals and status by both, statement by statement."""
    told = {}
    for implementation in ("binary", "python"):
        finished = subprocess.run(
            [sys.executable, str(PROGRAM), shared_shop],
            env=os.environ | {"PSYCOPG_IMPL": implementation, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        first, *told[implementation] = finished.stdout.splitlines()
        assert first == implementation

    assert told["python"] == told["binary"]
    assert "[(3, '***', '***')]" in told["python"]
