"""The form of events is published: a schema that is strict, and what a chain says of its writer."""

from __future__ import annotations

import sys
from pathlib import Path

import opentelemetry.sdk.trace as sdk
import pytest

import governed_db
from governed_db import runtime
from governed_db.context.tracing import tracing
from governed_db.model.audit import FORMAT, traced
from governed_db.remote.reader import read
from tests.docs.pages import ROOT
from tests.events import problems


def trail(state_dir: Path) -> list[dict[str, object]]:
    """All events of a state folder, which is closed by this."""
    runtime.release(state_dir)
    return list(read(state_dir / "audit", with_facts=True))


def work(url: str, state_dir: Path, *texts: str) -> None:
    """Run statements, refused ones too."""
    with governed_db.connect(url, state_dir=state_dir) as connection:
        for text in texts:
            try:
                connection.execute(text).fetchall()
            except governed_db.Error:
                continue


def test_the_schema_knows_every_event_and_no_other(tmp_path: Path, sqlite_shop: str) -> None:
    """What is read back passes; a member that nobody published does not, wherever it stands."""
    work(sqlite_shop, tmp_path, *["SELECT count(*) FROM orders"] * 3, "DELETE FROM orders", "SELECT nonsense")
    events = trail(tmp_path)
    strange = [event | {"fields": {**event["fields"], "value": 1}} for event in events]  # type: ignore[dict-item]

    assert problems(events) == []
    assert {event["phase"] for event in events} >= {"session", "facts", "intent", "outcome", "refusal"}
    assert all(problems([event]) for event in strange)


def test_a_chain_begins_with_who_writes_it(tmp_path: Path, sqlite_shop: str) -> None:
    """Its first event tells the format and the releases, so that a collector knows who is behind."""
    work(sqlite_shop, tmp_path, "SELECT count(*) FROM orders")
    fields = trail(tmp_path)[0]["fields"]

    assert isinstance(fields, dict)
    assert fields["format"] == FORMAT
    assert fields["version"] == governed_db.__version__
    assert fields["python"] == ".".join(map(str, sys.version_info[:3]))


def test_every_member_stands_in_the_reference() -> None:
    """Each name that the schema has is explained on the page on events."""
    from importlib.resources import files

    import msgspec

    page = (ROOT / "docs" / "reference" / "events.md").read_text("utf-8")
    schema = msgspec.json.decode(files("governed_db.model").joinpath("event.schema.json").read_bytes())
    named = {*schema["properties"], *schema["$defs"]["of_statement"]["properties"]}

    assert [name for name in sorted(named) if f"`{name}`" not in page] == []


def test_what_an_agent_says_of_itself(tmp_path: Path, sqlite_shop: str) -> None:
    """Run, tool and model stand in its events as given; of the prompt only a digest does."""
    prompt = "find the orders of fake-canary-customer"
    agent = governed_db.Principal("bot", kind="agent")
    with (
        governed_db.acting_as(agent, run="run-7", tool="sql", model="fake-1", prompt=prompt),
        governed_db.acting_as(agent, conversation="task"),
    ):
        work(sqlite_shop, tmp_path, "SELECT count(*) FROM orders")
    told = [event["fields"] for event in trail(tmp_path) if event["phase"] == "outcome"]
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    assert isinstance(told[0], dict)
    assert (told[0]["run"], told[0]["tool"], told[0]["model"]) == ("run-7", "sql", "fake-1")
    assert told[0]["prompt"].startswith("sha256:")
    assert b"canary" not in files


def test_the_place_in_the_program(tmp_path: Path, sqlite_shop: str) -> None:
    """First sights and refusals name file, line and function of the program, not of a library."""
    work(sqlite_shop, tmp_path, "SELECT count(*) FROM orders", "DELETE FROM orders")
    sites = [
        event["fields"]["call_site"] for event in trail(tmp_path) if event["phase"] in ("intent", "refusal")
    ]

    assert len(sites) == 2
    assert all(site.startswith(f"{__file__}:") and site.endswith(" in work") for site in sites)


@pytest.mark.parametrize("hits", [1, 3])
def test_the_trace_that_a_statement_belongs_to(tmp_path: Path, sqlite_shop: str, hits: int) -> None:
    """Inside of a span of OpenTelemetry events carry its ids: first sights, hits told together, writes."""
    tracer = sdk.TracerProvider().get_tracer("test")
    spans = []
    with governed_db.connect(sqlite_shop, state_dir=tmp_path) as connection:
        for _ in range(hits):
            with tracer.start_as_current_span("request") as span:
                spans.append(
                    traced((span.get_span_context().trace_id, span.get_span_context().span_id, True))
                )
                connection.execute("SELECT count(*) FROM orders").fetchall()
                connection.execute("UPDATE orders SET status = 'sent' WHERE id = ?", (1,))
        connection.execute("SELECT count(*) FROM orders").fetchall()
    told = [event["fields"] for event in trail(tmp_path) if event["phase"] == "outcome"]

    reads = [one.get("trace") for one in told if one["kind"] == "select"]  # type: ignore[attr-defined,index]
    writes = [one.get("trace") for one in told if one["kind"] == "update"]  # type: ignore[attr-defined,index]
    assert reads == [*spans, None]
    assert writes == spans


def test_a_program_without_traces_pays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenTelemetry is never imported for its sake."""
    monkeypatch.delitem(sys.modules, "opentelemetry.trace", raising=False)

    assert tracing() is None
    assert "opentelemetry.trace" not in sys.modules
