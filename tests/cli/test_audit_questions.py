"""`governed-db audit search | stats | access | export` tells who did what, and who saw what."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

import governed_db
from tests.cli.terminal import run
from tests.shop import leaked

POLICY = """
version: 1
extends: standard
rules:
  - id: support-reads-emails
    effect: permit
    principals: {ids: [support, ann, agent-7]}
    actions: [select]
    mask: {pii.email: none}
"""
AGENT = governed_db.Principal("agent-7", kind="agent", groups=["bots"])
ANN = governed_db.Principal("ann", kind="human", groups=["sales"], actor=AGENT)


@pytest.fixture
def trail(sqlite_shop: str, state: Path, tmp_path: Path) -> Path:
    """Masked, clear and empty answers, a change, a failure, a refusal and a request, by three parties."""
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    with closing(governed_db.connect(sqlite_shop, principal="reports", policy=policy)) as connection:
        connection.execute("SELECT email, ssn FROM customers WHERE city = 'Ghent'").fetchall()
        connection.execute("SELECT email FROM customers WHERE id = -1").fetchall()
        connection.execute("UPDATE customers SET city = 'Bruges' WHERE id = 1")
        with pytest.raises(governed_db.StatementDenied):
            connection.execute("SELECT id FROM customers WHERE ssn LIKE '9%'")
        with pytest.raises(governed_db.ApprovalRequired):
            connection.execute("CREATE TABLE t (a int)")
        connection._governed.gate.audit.flush()
    with closing(governed_db.connect(sqlite_shop, principal="support", policy=policy)) as connection:
        connection.execute("SELECT email, city FROM customers WHERE id < 4").fetchall()
        with governed_db.acting_as(ANN, conversation="c-1", tool="sql_db_query"):
            connection.execute("SELECT count(*) FROM orders").fetchall()
        connection._governed.gate.audit.flush()
    return state / "audit"


def _lines(*words: str) -> list[dict[str, Any]]:
    answer = run("audit", *words)
    assert answer.code == 0, answer.err
    assert leaked(answer.out) == ()
    return [json.loads(line) for line in answer.out.splitlines()]


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize(
    ("question", "number"),
    [
        (["--principal", "agent-7"], 1),
        (["--conversation", "c-1", "--status", "ok"], 1),
        (["--status", "refused"], 1),
        (["--status", "asked", "--kind", "ddl"], 1),
        (["--relation", "orders", "--status", "ok"], 1),
        (["--relation", "*.customers", "--kind", "update", "--status", "ok"], 1),
        (["--column", "customers.ssn", "--status", "refused"], 1),
        (["--classification", "pii.national_id", "--status", "ok"], 1),
        (["--text", "update CUSTOMERS", "--status", "ok"], 1),
        (["--since", "1h", "--until", "2001-01-01"], 0),
        (["--rule", "policy/support-reads-emails", "--status", "ok", "--text", "email"], 1),
    ],
)
def test_events_are_found(question: list[str], number: int) -> None:
    """Each part of a question narrows what is found to the events that it names."""
    found = [event for event in _lines("search", "--json", *question) if event["phase"] != "intent"]

    assert len(found) == number


@pytest.mark.usefixtures("trail")
def test_a_question_about_no_time_is_refused() -> None:
    """What is no time says how to write one."""
    answer = run("audit", "search", "--since", "yesterday")

    assert answer.code == 2
    assert "30d, 12h, 2026-01-31" in answer.err


@pytest.mark.usefixtures("trail")
def test_sums_tell_who_and_what() -> None:
    """Events are counted by outcome, person, rule, relation, reason and class."""
    told = json.loads(run("audit", "stats", "--json", "--principal", "reports").out)

    assert told["by"]["status"] == {"ok": 3, "refused": 1, "asked": 1}
    assert told["by"]["principal"] == {"reports": 5}
    assert told["by"]["code"]["GDB201"] == 1
    assert "main.customers" in told["by"]["relation"]


@pytest.mark.usefixtures("trail")
def test_who_saw_what_and_in_which_form() -> None:
    """What was masked and what was clear are told apart, by person and rule."""
    told = json.loads(run("audit", "access", "--json", "--classification", "pii.*", "--since", "30d").out)

    shown = {(one["principals"][0], one["classification"], one["form"]): one for one in told}
    clear = shown["support", "pii.email", "clear"]
    assert (clear["statements"], clear["rows"], clear["rule"]) == (1, None, "policy/support-reads-emails")
    assert clear["columns"] == ["main.customers.email"]
    masked = [one for (who, name, _), one in shown.items() if (who, name) == ("reports", "pii.email")]
    assert [one["statements"] for one in masked] == [2]
    assert all(form != "clear" for who, _, form in shown if who == "reports")


@pytest.mark.usefixtures("trail")
def test_who_saw_what_is_a_table_for_people() -> None:
    """Without --json it is a table."""
    out = run("audit", "access", "--classification", "pii.email").out

    assert "support" in out
    assert "clear" in out


@pytest.mark.usefixtures("trail")
def test_what_is_exported_is_ocsf() -> None:
    """Every exported event is valid by the public schema of OCSF 1.8.0, class 6005."""
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.8.0")).get_class_schema(
        class_name="datastore_activity", profiles=["security_control"]
    )
    check = Draft202012Validator(schema)

    events = _lines("export", "--format", "ocsf")

    assert [problem.message for event in events for problem in check.iter_errors(event)] == []
    assert [(event["activity_id"], event["action_id"], event["disposition_id"]) for event in events] == [
        (4, 4, 11),
        (4, 4, 11),
        (2, 1, 1),
        (4, 2, 2),
        (6, 2, 14),
        (4, 1, 1),
        (4, 1, 1),
    ]
    assert events[-1]["actor"]["user"]["uid"] == "ann"
    assert events[-1]["actor"]["app_uid"] == "agent-7"


@pytest.mark.usefixtures("trail")
def test_events_are_exported_as_they_are() -> None:
    """JSON lines are the stored events with their places in the chain."""
    assert {"client", "boot", "seq", "prev", "hash", "fields"} <= _lines("export")[0].keys()
