"""A generated shop into a session of an agent that is masked, bounded, approved and recorded."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs

from governed_db.cli.demo.stage import Row, Stage, as_text
from governed_db.model.principal import Principal

# A support agent that acts for a person; rights are what both may.
ALICE = Principal("alice", kind="human", groups=("support",))
AGENT = attrs.evolve(ALICE, actor=Principal("support-agent", kind="agent"))
DISCOUNT = "UPDATE orders SET discount_pct = 10 WHERE status = 'open'"

QUERIES = (
    """SELECT c.segment, count(DISTINCT c.id) AS customers, count(c.phone) AS phones,
       count(*) AS orders, round(avg(o.total), 2) AS average
FROM customers c JOIN orders o ON o.customer_id = c.id
GROUP BY c.segment ORDER BY orders DESC""",
    """WITH big AS (SELECT customer_id, round(sum(total), 2) AS spent FROM orders GROUP BY customer_id)
SELECT c.id, c.full_name, b.spent FROM big b JOIN customers c ON c.id = b.customer_id
ORDER BY b.spent DESC LIMIT 3""",
)
ALIASED = """WITH orders AS (SELECT id, email AS status FROM customers),
     t(a, note) AS (SELECT id, lower(status) FROM orders)
SELECT a, note, 'x' || note AS city FROM t ORDER BY a LIMIT 3"""

Look = Callable[[str], list[Row]]


def tell(stage: Stage, database: Path) -> None:
    """Every step, in order."""
    with closing(sqlite3.Connection(str(database))) as raw:

        def look(sql: str) -> list[Row]:
            return raw.execute(sql).fetchall()

        masked_read(stage, look)
        ordinary_sql(stage, look)
        tricks(stage, look)
        guesses(stage)
        unbounded_delete(stage, look)
        task = large_update(stage, look)
        approval(stage, look, task)
    tampering(stage)


def masked_read(stage: Stage, look: Look) -> None:
    stage.step("A read comes back masked", "The agent looks at new customers. Nobody configured anything.")
    columns = "id, full_name, email, phone, birth_date, segment, signed_up"
    query = f"SELECT {columns} FROM customers ORDER BY id LIMIT 5"
    answer = stage.ask(query)

    raw = look(query)
    hidden = {str(value) for row in raw for value in row[1:5]}
    shown = as_text(answer.rows)
    stage.holds(
        len(answer.rows) == 5 and not any(value in shown for value in hidden),
        f"{len(hidden)} names, addresses, numbers and dates are in those rows: none reached the agent",
    )
    stage.holds(
        [(row[0], *row[5:]) for row in answer.rows] == [(row[0], *row[5:]) for row in raw],
        "all that is not personal came back as it is",
    )


def ordinary_sql(stage: Stage, look: Look) -> None:
    stage.step(
        "Joins and aggregates just work",
        "Masking is about what is shown: counting people is not showing them.",
    )
    for query in QUERIES:
        answer = stage.ask(query)
        open_columns = [index for index, one in enumerate(answer.why.outputs) if one.mask is None]
        stage.holds(
            bool(answer.rows) and _only(answer.rows, open_columns) == _only(look(query), open_columns),
            "the same rows in the same order as without governed_db"
            + (", but for the masked column" if len(open_columns) < len(answer.columns) else ""),
        )


def _only(rows: Any, columns: list[int]) -> list[Row]:
    return [tuple(row[index] for index in columns) for row in rows]


def tricks(stage: Stage, look: Look) -> None:
    stage.step("Renaming does not unmask", "A prompt injection asks for the data under other names.")
    answer = stage.ask(ALIASED)
    emails = [str(row[1]) for row in look(ALIASED)]
    stage.holds(
        len(answer.rows) == 3 and not any(email in as_text(answer.rows) for email in emails),
        "what customers.email is went with it: through a CTE named like a table, a rename, an expression",
    )

    united = "SELECT segment FROM customers WHERE id = 1 UNION ALL SELECT token FROM api_tokens LIMIT 4"
    answer = stage.ask(united)
    tokens = [str(row[0]) for row in look("SELECT token FROM api_tokens")]
    stage.holds(
        len(answer.rows) == 4 and not any(token in as_text(answer.rows) for token in tokens),
        "a column is named by the first branch of a UNION and masked for all of them",
    )


def guesses(stage: Stage) -> None:
    stage.step("Guessing is refused", "It cannot read salaries, so it tries to find them out.")
    answer = stage.ask("SELECT employee_id FROM payroll WHERE salary > 60000 ORDER BY salary DESC")
    stage.holds(
        answer.refusal is not None and answer.refusal.code.startswith("GDB2"),
        "order and ranges of a masked column would give it away bit by bit",
    )


def unbounded_delete(stage: Stage, look: Look) -> None:
    stage.step(
        "A DELETE without a WHERE is stopped", '"Clean up the orders table", somebody wrote in a ticket.'
    )
    before = look("SELECT count(*) FROM orders")
    for statement in ("DELETE FROM orders", "DELETE FROM orders WHERE 1 = 1"):
        answer = stage.ask(statement)
        stage.holds(
            answer.refusal is not None and look("SELECT count(*) FROM orders") == before,
            f"refused before it was sent: all {before[0][0]:,} orders are there",
        )


def large_update(stage: Stage, look: Look) -> str:
    stage.step(
        "5,000 rows are too many at once", "A discount for open orders. The WHERE is fine; the size is not."
    )
    before = look("SELECT id, discount_pct FROM orders ORDER BY id")
    meant = look("SELECT count(*) FROM orders WHERE status = 'open'")[0][0]
    answer = stage.ask(DISCOUNT)
    task = answer.task
    stage.holds(
        task is not None and task["rows"] == meant,
        f"it ran inside a savepoint, changed {meant:,} rows, was rolled back, and became a request",
    )
    stage.holds(
        look("SELECT id, discount_pct FROM orders ORDER BY id") == before,
        "the table is as it was, row by row",
    )
    return str(task["id"]) if task is not None else ""


def approval(stage: Stage, look: Look, task: str) -> None:
    stage.step("A second person agrees, once", "Alice asked, through her agent; so Alice cannot agree to it.")
    own = stage.terminal("alice", "approvals", "approve", task, "--as", "alice")
    stage.holds(own.code == 1 and "GDB403" in own.text, "nobody approves what they asked for")
    other = stage.terminal(
        "grace", "approvals", "approve", task, "--as", "grace", "--comment", "agreed in #sales"
    )
    stage.holds(other.code == 0, "another person does, from another process")

    answer = stage.ask(DISCOUNT)
    done = look("SELECT count(*) FROM orders WHERE discount_pct = 10")[0][0]
    stage.holds(
        answer.refusal is None and answer.changed == done > 0,
        f"the agent sends the same statement again: {done:,} rows changed",
    )
    again = stage.ask(DISCOUNT)
    stage.holds(
        again.task is not None and again.task["id"] != task,
        "the approval is used up: a second run asks again",
    )


def tampering(stage: Stage) -> None:
    stage.step("The trail tells if somebody changed it", "All of this was recorded, without a single value.")
    whole = stage.terminal("auditor", "audit", "verify")
    stage.holds(whole.code == 0, "the trail of this session is whole")

    copy = stage.home.parent / "tampered"
    shutil.copytree(stage.home, copy)
    copy.chmod(0o700)
    file, line = _change_one_byte(copy / "audit")
    _say(
        stage, f'A copy of it is made, and one byte changed: "rows":5000 becomes "rows":1000 in line {line}.'
    )
    broken = stage.terminal("auditor", "audit", "verify", "--state-dir", str(copy))
    stage.holds(
        broken.code == 1 and f"{file}:{line}:" in broken.text,
        f"verify names the place: line {line} of {file}",
    )
    _holds_no_value(stage)


def _change_one_byte(folder: Path) -> tuple[str, int]:
    """Make the large update look smaller in the record of its outcome; the place that was changed."""
    for file in sorted(folder.glob("*.jsonl")):
        lines = file.read_bytes().splitlines(keepends=True)
        for number, line in enumerate(lines, start=1):
            if b'"rows":5000' in line and b'"outcome"' in line:
                lines[number - 1] = line.replace(b'"rows":5000', b'"rows":1000')
                file.write_bytes(b"".join(lines))
                return file.name, number
    return "", 0


def _holds_no_value(stage: Stage) -> None:
    trail = b"".join(file.read_bytes() for file in sorted((stage.home / "audit").glob("*.jsonl")))
    literals = [b"'open'", b"60000", b"= 10 "]
    stage.holds(
        b"UPDATE orders" in trail and not any(literal in trail for literal in literals),
        "statements are recorded with their literals replaced: no value of anybody is in the trail",
    )


def _say(stage: Stage, text: str) -> None:
    if stage.console is not None:
        stage.console.print(text, style="italic")
