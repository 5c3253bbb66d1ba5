"""What a server does into numbers for Prometheus; nothing of a tenant's is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, generate_latest

if TYPE_CHECKING:
    from litestar.types import Message, Scope

    from governed_db.server.intake import Taken


class Metrics:
    """Counters of one server process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.records = Counter("governed_db_records", "Records taken.", registry=self.registry)
        self.again = Counter("governed_db_records_again", "Records that were here.", registry=self.registry)
        self.findings = Counter("governed_db_findings", "Odd things in chains.", registry=self.registry)
        self.turned_away = Counter(
            "governed_db_batches_turned_away", "Batches that were told to come later.", registry=self.registry
        )
        self.requests = Counter(
            "governed_db_requests",
            "Requests by route and answer.",
            ["route", "status"],
            registry=self.registry,
        )

    def took(self, taken: Taken) -> None:
        """A batch was stored."""
        self.records.inc(taken.taken)
        self.again.inc(taken.again)
        self.findings.inc(taken.findings)

    async def answered(self, message: Message, scope: Scope) -> None:
        """An answer goes out. Routes are told as they are written, never with what stands in their place."""
        if message["type"] == "http.response.start":
            handler: Any = scope.get("route_handler")  # none where no route was found
            route = min(handler.paths) if handler is not None else "unknown"
            self.requests.labels(route, str(message["status"])).inc()

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self.registry)
