"""`governed-db classify` tells what columns hold, and keeps what people say about it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import governed_db
from tests.cli.terminal import run
from tests.shop import leaked

LISTED = [
    {"schema": "app", "table": "users", "column": "email", "type": "text"},
    {"schema": "app", "table": "users", "column": "email_count", "type": "integer"},
    {"schema": "app", "table": "users", "column": "pwd_hash", "type": "varchar(80)"},
]


@pytest.fixture
def dull(tmp_path: Path, state: Path) -> str:
    """A database whose names tell nothing, and whose values tell all."""
    with closing(sqlite3.connect(tmp_path / "dull.sqlite")) as raw:
        raw.execute("CREATE TABLE t1 (id integer PRIMARY KEY, c1 text, misc text, label text, sku text)")
        rows = [
            (n, f"cnrymail{n:04d}@canary.example", f"+43 660 {2000000 + n}", f"note {n}", f"AB-{n:05d}")
            for n in range(1, 400)
        ]
        raw.executemany("INSERT INTO t1 VALUES (?, ?, ?, ?, ?)", rows)
        raw.commit()
    return f"sqlite:///{tmp_path}/dull.sqlite"


def classes(file: Path) -> dict[str, str]:
    """Columns and what the lines of a file say of them."""
    lines = [line.split("#")[0] for line in file.read_text().splitlines() if line.startswith("  ")]
    return {
        line.partition(":")[0].strip(): line.partition("class: ")[2].split(",")[0].strip("} ")
        for line in lines
    }


def test_a_shop_is_understood_without_a_word(shop: str, state: Path) -> None:
    """Class, score, level and evidence of each column that holds something, on every database."""
    listed = run("classify", "--url", shop, "--json").json
    found = {f"{one['table']}.{one['column']}": one for one in listed}

    assert len({one["schema"] for one in listed}) == 1  # MariaDB shows all databases of the server
    assert found["customers.email"]["class"] == "pii.email"
    assert found["customers.ssn"]["level"] == "strong"
    assert found["api_tokens.token"]["class"] == "secret.token"
    assert found["customers.email"]["evidence"] == ["name: email"]
    assert "products.title" not in found
    assert "pii.email" in run("classify", "--url", shop).out  # long names are folded


def test_values_tell_where_names_do_not(dull: str) -> None:
    """Columns of dull names are found by what connections see of their values, as by --sample."""
    told = [
        {one["column"]: one["class"] for one in run("classify", "--url", dull, *more, "--json").json}
        for more in ((), ("--sample",))
    ]

    assert told == [{"c1": "pii.email", "misc": "pii.phone"}] * 2


def test_what_was_seen_can_be_looked_at_again(dull: str) -> None:
    """Connections keep for a week what they saw; --again has them look at what is there now."""
    run("classify", "--url", dull)
    with closing(sqlite3.connect(dull.removeprefix("sqlite:///"))) as raw:
        raw.execute("UPDATE t1 SET sku = c1, c1 = 'x'")
        raw.commit()
    kept, now = (
        {one["column"] for one in run("classify", "--url", dull, *more, "--json").json}
        for more in ((), ("--again",))
    )
    with closing(governed_db.connect(dull)) as connection:
        masked = connection.execute("SELECT sku, label FROM t1 WHERE id = 1").fetchone()

    assert (kept, now) == ({"c1", "misc"}, {"sku", "misc"})
    assert masked == ("***", "note 1")


def test_a_list_has_no_values_to_look_at(tmp_path: Path) -> None:
    """Options that would do nothing are an error."""
    answer = run("classify", "--columns", str(tmp_path / "any"), "--again")

    assert answer.code == 2
    assert "go with --url" in answer.err


def test_every_database_can_be_sampled(shop: str, state: Path) -> None:
    """Reading values raises the scores of what names said; the session can change nothing."""
    found = {
        f"{one['table']}.{one['column']}": one
        for one in run("classify", "--url", shop, "--sample", "--json").json
    }

    assert found["customers.email"]["evidence"] == ["name: email", "values: email 100%"]
    assert found["customers.email"]["score"] > 0.99


def test_no_value_is_shown_or_kept(shop: str, state: Path, tmp_path: Path) -> None:
    """Neither the answer nor any file of ours holds one."""
    file = tmp_path / "classes.yaml"
    answer = run("classify", "--url", shop, "--sample", "--write", str(file))
    kept = [path.read_bytes() for path in state.rglob("*") if path.is_file()]

    assert answer.code == 0
    assert leaked([answer.out, answer.err, file.read_bytes(), *kept]) == ()


def test_the_file_is_a_policy(dull: str, tmp_path: Path) -> None:
    """What was found holds for a connection that is opened under it."""
    file = tmp_path / "classes.yaml"
    run("classify", "--url", dull, "--sample", "--write", str(file))
    with closing(governed_db.connect(dull, policy=str(file))) as connection:
        row = connection.execute("SELECT c1, misc, sku FROM t1 WHERE id = 1").fetchone()

    assert row == ("***", "***", "AB-00001")
    assert run("policy", "check", str(file)).code == 0


def test_the_file_is_the_same_every_time(dull: str, tmp_path: Path) -> None:
    """Sorted, one line a column: a diff shows what has changed, and nothing else."""
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    for file in (one, other, other):
        run("classify", "--url", dull, "--sample", "--write", str(file))

    assert one.read_text() == other.read_text()
    assert classes(one) == {"main.t1.c1": "pii.email", "main.t1.misc": "pii.phone"}


def test_what_people_say_stays(dull: str, tmp_path: Path) -> None:
    """Another class, `none`, `reviewed: true`, the short form and lines of their own outlive a second run."""
    file = tmp_path / "classes.yaml"
    run("classify", "--url", dull, "--sample", "--write", str(file))
    text = (
        file.read_text()
        .replace("class: pii.phone", "class: none")
        .replace("  main.t1.c1: {class", "  main.t1.c1: {reviewed: true, class")
    )
    file.write_text(text + "  main.t1.sku: hr.badge\n")
    run("classify", "--url", dull, "--write", str(file))

    assert classes(file) == {"main.t1.c1": "pii.email", "main.t1.misc": "none", "main.t1.sku": "hr.badge"}
    assert "reviewed: true" in file.read_text()


def test_diff_tells_what_two_files_say_differently(dull: str, tmp_path: Path) -> None:
    """Column, old and new; the exit code is 1 when there is any difference."""
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    for file in (old, new):
        run("classify", "--url", dull, "--sample", "--write", str(file))
    assert run("classify", "diff", str(old), str(new)).code == 0

    new.write_text(new.read_text().replace("class: pii.phone", "class: none"))
    answer = run("classify", "diff", str(old), str(new), "--json")

    assert answer.code == 1
    assert answer.json == [{"column": "main.t1.misc", "old": "pii.phone", "new": "none"}]


def test_a_list_of_columns_is_classified_without_a_database(tmp_path: Path) -> None:
    """One JSON object a line in, one out, in the same order."""
    file = tmp_path / "columns.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in LISTED))
    found = [json.loads(line) for line in run("classify", "--columns", str(file)).out.splitlines()]

    assert [(one["column"], one["class"], one["level"]) for one in found] == [
        ("email", "pii.email", "strong"),
        ("email_count", "none", "none"),
        ("pwd_hash", "secret.password", "strong"),
    ]
    assert set(found[0]) == {"schema", "table", "column", "class", "score", "level"}


@pytest.mark.parametrize("line", ["[]", "{}", "nonsense", '{"table": "t"}'])
def test_a_line_that_is_none_is_told(tmp_path: Path, line: str) -> None:
    """Which line, and how one is written."""
    file = tmp_path / "columns.jsonl"
    file.write_text(line + "\n")
    answer = run("classify", "--columns", str(file))

    assert answer.code == 2
    assert "line 1" in answer.err
