"""Programs that a control plane governs, each a process of its own: a script, a web app's pool, an agent.

Run as a program: reads statements as JSON lines and writes what came of each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

DEADLINE = 120.0


class Client:
    """A process that runs statements for a test; its environment says all about governing."""

    def __init__(self, kind: str, database: str, control_plane: str, key: str, home: Path) -> None:
        told = {"CONTROL_PLANE": control_plane, "ENROLMENT_KEY": key, "HOME": str(home)}
        plain = {name: value for name, value in os.environ.items() if not name.startswith("GOVERNED_DB_")}
        self.kind = kind
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.server.clients", kind, database],
            cwd=Path(__file__).parents[2],
            env=plain | {f"GOVERNED_DB_{name}": value for name, value in told.items()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, sql: str) -> dict[str, Any]:
        """Rows, or the code and the task of a refusal."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(sql) + "\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"code": "the process ended"}')
        return found

    def until(self, sql: str, wanted: dict[str, Any]) -> float:
        """Run it until it comes to this; how many seconds that took."""
        start = time.monotonic()
        while (found := self.run(sql)) != wanted:
            assert time.monotonic() - start < DEADLINE, (self.kind, found)
            time.sleep(0.05)
        return time.monotonic() - start

    def end(self) -> None:
        """Tell it to end by itself: what it has not sent is sent then."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def close(self) -> None:
        """Wait for its end."""
        self.end()
        with self._process as process:  # closes both pipes
            process.wait(DEADLINE)


def _runner(kind: str, database: str) -> Any:
    import governed_db
    from governed_db import Principal

    if kind == "web":
        from sqlalchemy import create_engine

        engine = create_engine(database.replace("postgresql://", "postgresql+governed://"))
        return engine.raw_connection
    who = Principal("reports") if kind == "script" else _agent()
    connection = governed_db.connect(database, principal=who)
    return lambda: connection


def _agent() -> Any:
    from governed_db import Principal

    return Principal("alice", kind="human", actor=Principal("agent:refunds", kind="agent"))


def _came(connect: Any, sql: str) -> dict[str, Any]:
    connection = connect()
    try:
        cursor = connection.cursor()
        cursor.execute(sql)
        rows = cursor.fetchall() if cursor.description else cursor.rowcount
        connection.commit()
        return {"rows": json.loads(json.dumps(rows, default=str))}
    except Exception as error:  # noqa: BLE001  # the test looks at it
        connection.rollback()
        original = getattr(error, "orig", error)
        code = getattr(original, "code", type(error).__name__)
        task = getattr(original, "task", None)
        return {"code": code} | ({"task": task["id"]} if task else {})


def main() -> None:
    """Answer each line."""
    connect = _runner(*sys.argv[1:3])
    for line in sys.stdin:
        print(json.dumps(_came(connect, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
