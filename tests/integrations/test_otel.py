"""The trail as spans and metrics of OpenTelemetry: the standard's names, the program's traces, no value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv.attributes import db_attributes, error_attributes
from opentelemetry.semconv.metrics import db_metrics

import governed_db
from governed_db.integrations.otel.metrics import Instruments
from governed_db.integrations.otel.spans import Spans
from governed_db.integrations.otel.telemetry import Telemetry
from governed_db.remote.backlog import Backlog
from governed_db.remote.shipper import Shipper
from governed_db.runtime import release
from tests.servers.fixtures import FreshDatabase
from tests.shop import leaked

POLICY = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "probing",
            "effect": "permit",
            "actions": ["select"],
            "limits": {"conversation": {"probes": 100}},
        }
    ],
}


class Seen:
    """What a program's providers were told of a state folder."""

    def __init__(self, state_dir: Path, url: str) -> None:
        self.exporter, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        meters = MeterProvider(metric_readers=[self.reader])
        with governed_db.connect(url, state_dir=state_dir, policy=POLICY) as connection:
            for number in (3, 4):
                connection.execute(
                    "SELECT email, phone FROM customers WHERE ssn = %s", (f"973-41-000{number}",)
                ).fetchall()
            with self.tracers.get_tracer("test").start_as_current_span("request") as self.request:
                self._fails(connection, "DELETE FROM orders")
                self._fails(connection, "SELECT id FROM customers WHERE email LIKE 'cnry0003@canary%'")
                self._fails(connection, "SELECT 1 / (id - 1) FROM orders WHERE id = 1")
                connection.rollback()
                connection.execute("UPDATE orders SET status = 'sent' WHERE id = 1")
        release(state_dir)
        sink = Telemetry(Spans(self.tracers.get_tracer("governed_db")), Instruments(meters.get_meter("x")))
        shipper = Shipper(Backlog(state_dir / "audit"), sink)
        while shipper.step() is not None:
            pass

    @staticmethod
    def _fails(connection: Any, text: str) -> None:
        with pytest.raises(Exception):  # noqa: B017, PT011  # which one is not what is tested here
            connection.execute(text)

    @property
    def spans(self) -> list[ReadableSpan]:
        """Those of statements."""
        return [span for span in self.exporter.get_finished_spans() if span.name != "request"]

    def points(self) -> Iterator[tuple[str, dict[str, Any], Any]]:
        """Every point of every metric: its name, its attributes, and its number."""
        data = self.reader.get_metrics_data()
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        number = point.value if hasattr(point, "value") else point.count  # type: ignore[union-attr]
                        yield metric.name, dict(point.attributes or {}), number


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, fresh_database: FreshDatabase) -> Iterator[Seen]:
    """Two reads of masked columns, a write, a request, a refusal and a failure in the driver."""
    with fresh_database("postgres", shop=True) as url:
        yield Seen(tmp_path_factory.mktemp("home"), url)


def test_spans_tell_what_was_run(seen: Seen) -> None:
    """One for each statement, named by what it does, with the standard's attributes and ours."""
    names = [(span.name, span.status.status_code.name) for span in seen.spans]
    [read, *_] = seen.spans
    found = dict(read.attributes or {})

    assert names == [
        ("SELECT public.customers", "UNSET"),
        ("SELECT public.customers", "UNSET"),
        ("DELETE public.orders", "ERROR"),
        ("SELECT public.customers", "ERROR"),
        ("SELECT public.orders", "ERROR"),
        ("UPDATE public.orders", "UNSET"),
    ]
    assert found[db_attributes.DB_SYSTEM_NAME] == "postgresql"
    assert found[db_attributes.DB_OPERATION_NAME] == "SELECT"
    assert found[db_attributes.DB_COLLECTION_NAME] == "public.customers"
    assert found[db_attributes.DB_QUERY_TEXT] == "SELECT email, phone FROM customers WHERE ssn = ?"
    assert found["governed_db.masked.columns"] == 2
    assert found["governed_db.classifications"] == ("pii.email", "pii.phone")
    assert read.end_time is not None
    assert 0 <= read.end_time - (read.start_time or 0) < 60e9


def test_spans_say_why_not(seen: Seen) -> None:
    """`error.type` is our code of a refusal, or the class of the driver's exception."""
    found = [dict(span.attributes or {}).get(error_attributes.ERROR_TYPE) for span in seen.spans]

    assert found == [None, None, "GDB310", "GDB201", "DivisionByZero", None]


def test_spans_lie_below_the_programs_own(seen: Seen) -> None:
    """Their parent is the span in which the statement was run; outside of any they begin a trace."""
    parents = [span.parent.span_id if span.parent is not None else None for span in seen.spans]

    assert parents == [None, None, *[seen.request.get_span_context().span_id] * 4]


def test_metrics(seen: Seen) -> None:
    """Statements, masked cells, refusals, requests, durations and probes, by database and operation."""
    total: dict[str, Any] = {}
    points = list(seen.points())
    for name, _, number in points:
        total[name] = total.get(name, 0) + number

    assert total == {
        db_metrics.DB_CLIENT_OPERATION_DURATION: 4,
        "governed_db.statements": 6,
        "governed_db.refusals": 1,
        "governed_db.approvals": 1,
        "governed_db.probes": 2,
        "governed_db.masked_cells": 4,
    }
    assert all(marks["db.system.name"] == "postgresql" for _, marks, _ in points)


def test_nothing_holds_a_value(seen: Seen) -> None:
    """Neither spans nor metrics show what was read, compared or written."""
    told = [span.to_json() for span in seen.spans]

    assert leaked([*told, *map(repr, seen.points())]) == ()
    assert "973-41" not in str(told)
