"""Statements as spans of OpenTelemetry below the program's own, without a value in any of them."""

from __future__ import annotations

import sqlite3
import time

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import governed_db
from governed_db.integrations.otel import instrument

with sqlite3.connect("shop.db") as made:
    made.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, email TEXT)")
    made.execute("INSERT INTO customers (name, email) VALUES ('Fake Name', 'fake@example.test')")

spans = InMemorySpanExporter()  # yours sends them to a collector
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
instrument(tracer_provider=provider)

with (
    governed_db.connect("sqlite:///shop.db") as connection,
    provider.get_tracer("example").start_as_current_span("request") as request,
):
    connection.execute("SELECT name FROM customers WHERE email = 'fake@example.test'").fetchall()
    try:
        connection.execute("DELETE FROM customers")
    except governed_db.Error as error:
        print(error.code)

ends = time.monotonic() + 30  # they are made in the background, of what is on disk
while len(spans.get_finished_spans()) < 3 and time.monotonic() < ends:
    time.sleep(0.05)

found = {span.name: span for span in spans.get_finished_spans()}
read, deleted = found["SELECT main.customers"], found["DELETE main.customers"]
for span in (read, deleted):
    print(span.name, span.attributes["governed_db.status"], span.attributes["governed_db.decision.rule"])

assert read.parent.span_id == deleted.parent.span_id == request.get_span_context().span_id
assert read.attributes["db.query.text"] == "SELECT name FROM customers WHERE email = ?"
assert not any("fake@example.test" in span.to_json() for span in found.values())
