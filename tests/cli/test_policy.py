"""`governed-db policy` checks, tests and shows policies."""

from __future__ import annotations

from pathlib import Path

from tests.cli.terminal import run

TESTED = """\
version: 1
extends: standard
rules:
  - {id: no-payroll, effect: forbid, relations: {only: [payroll]}, help: ask finance}
tests:
  - {sql: "SELECT id FROM orders", expect: permit, rule: standard/reads}
  - {sql: "SELECT id FROM payroll", expect: deny, rule: shop/no-payroll}
  - {sql: "SELECT nonsense FROM orders", expect: deny, rule: analysis}
"""
SCHEMA = """\
CREATE TABLE orders (id INTEGER PRIMARY KEY, total NUMERIC);
CREATE TABLE payroll (id INTEGER, iban TEXT);
"""


def write(path: Path, text: str) -> str:
    """A file of this text."""
    path.write_text(text)
    return str(path)


def test_check_tells_all_mistakes_at_once(tmp_path: Path) -> None:
    """Every mistake of a file is told with line and column, as text and as JSON."""
    file = write(
        tmp_path / "shop.yaml", "version: 1\nextends: standart\nrules:\n  - {id: a, effekt: permit}\n"
    )
    answer = run("policy", "check", file)
    problems = run("policy", "check", file, "--json").json["error"]["problems"]

    assert answer.code == 1
    assert "shop.yaml:2:10" in answer.err
    assert [problem.split(" ")[0] for problem in problems] == ["2:10", "4:5", "4:13"]


def test_check_tells_the_revision(tmp_path: Path) -> None:
    """A valid policy has a revision, which changes with what it says."""
    one = run("policy", "check", write(tmp_path / "a.yaml", TESTED), "--json").json
    other = run(
        "policy", "check", write(tmp_path / "b.yaml", TESTED.replace("ask fin", "see fin")), "--json"
    ).json

    assert (one["rules"], one["tests"]) == (other["rules"], other["tests"])
    assert one["revision"] != other["revision"]


def test_tests_are_decided_against_a_schema(tmp_path: Path) -> None:
    """The `tests:` of a policy run against CREATE statements, without any database."""
    file = write(tmp_path / "shop.yaml", TESTED)
    answer = run("policy", "test", file, "--schema", write(tmp_path / "schema.sql", SCHEMA))

    assert answer.code == 0, answer.out
    assert "3 passed, 0 failed" in answer.out


def test_tests_are_decided_against_a_database(tmp_path: Path, shop: str, state: object) -> None:
    """The same tests run against what a database contains."""
    answer = run("policy", "test", write(tmp_path / "shop.yaml", TESTED), "--url", shop, "--json")

    assert (answer.code, answer.json["passed"], answer.json["failed"]) == (0, 3, 0)


def test_a_test_that_fails(tmp_path: Path) -> None:
    """A test that is decided otherwise is told with what was expected and what is; the exit code is 1."""
    file = write(tmp_path / "shop.yaml", TESTED.replace("expect: permit", "expect: ask"))
    answer = run("policy", "test", file, "--schema", write(tmp_path / "schema.sql", SCHEMA))

    assert answer.code == 1
    assert "expected ask, is permit by standard/reads" in answer.out
    assert "2 passed, 1 failed" in answer.out


def test_what_tests_are_about_must_be_said(tmp_path: Path) -> None:
    """Without a database or a schema there is nothing to decide on."""
    missing = run("policy", "test", "standard")
    broken = run("policy", "test", "standard", "--schema", write(tmp_path / "schema.sql", "CREATE nonsense"))

    assert (missing.code, broken.code) == (2, 2)
    assert broken.err.startswith("GDB531 ")


def test_show_lists_the_rules_in_order(tmp_path: Path) -> None:
    """The file's own rules come first, then those of what it extends."""
    told = run("policy", "show", write(tmp_path / "shop.yaml", TESTED), "--json").json
    shown = run("policy", "show").out

    assert [rule["id"] for rule in told["rules"]][:2] == ["shop/no-payroll", "standard/session-tampering"]
    assert told["rules"][0] == {
        "id": "shop/no-payroll",
        "effect": "forbid",
        "about": "payroll",
        "help": "ask finance",
    }
    assert "standard/small-writes" in shown
    assert "rows_changed 100" in shown
