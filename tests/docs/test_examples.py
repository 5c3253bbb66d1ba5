"""Every program in examples/ is short, whole, and does what its first line says."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example(example: Path, tmp_path: Path, postgres_shop: str, mysql_shop: str) -> None:
    """It runs in an empty folder, and checks itself what it shows."""
    environment = {
        "GOVERNED_DB_HOME": str(tmp_path / "state"),
        "POSTGRES_URL": postgres_shop,
        "MYSQL_URL": mysql_shop,
    }
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", str(example)],
        cwd=tmp_path,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example_is_short(example: Path) -> None:
    """It has fewer than 60 lines, says what it shows, and asserts it."""
    text = example.read_text("utf-8")
    tree = ast.parse(text)

    assert len(text.splitlines()) < 60
    assert ast.get_docstring(tree)
    assert any(isinstance(node, ast.Assert) for node in ast.walk(tree))
