"""A stored event into OpenTelemetry's metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from opentelemetry.metrics import Meter

from governed_db.integrations.otel.spans import failure, operation
from governed_db.model.audit import mapping

Event = Mapping[str, Any]

# As the semantic conventions ask for.
_BOUNDS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
_MARKS: Final = frozenset({"db.system.name", "db.namespace", "db.operation.name"})


class Instruments:
    """What is counted."""

    def __init__(self, meter: Meter) -> None:
        self.durations = meter.create_histogram(
            "db.client.operation.duration",
            "s",
            "Duration of database client operations.",
            explicit_bucket_boundaries_advisory=_BOUNDS,
        )
        self.statements = meter.create_counter(
            "governed_db.statements", "{statement}", "By what came of them."
        )
        self.refusals = meter.create_counter("governed_db.refusals", "{statement}", "By code and rule.")
        self.approvals = meter.create_counter("governed_db.approvals", "{statement}", "A person was asked.")
        self.masked = meter.create_counter("governed_db.masked_cells", "{cell}", "Handed out masked.")
        self.texts = meter.create_counter("governed_db.hidden_in_texts", "{hit}", "By classification.")
        self.probes = meter.create_counter("governed_db.probes", "{comparison}", "With protected columns.")

    def count(self, event: Event) -> None:
        """Count an outcome, a refusal, or what was hidden in texts."""
        fields = event["fields"]
        if "database" not in fields:
            return
        marks = {name: value for name, value in operation(fields).items() if name in _MARKS}
        match event["phase"]:
            case "content":
                for classification, number in mapping(fields.get("found")).items():
                    self.texts.add(number, marks | {"governed_db.classification": classification})
            case "outcome":
                self._ran(fields, marks)
            case "refusal":
                self._did_not_run(fields, marks)

    def _ran(self, fields: Mapping[str, Any], marks: dict[str, Any]) -> None:
        status = {"governed_db.status": fields["status"]}
        self.statements.add(1, marks | status)
        failed = failure(fields)
        if "seconds" in fields:
            self.durations.record(fields["seconds"], marks | ({"error.type": failed} if failed else {}))
        masked, rows = len(fields.get("masked") or ()), fields.get("rows", -1)
        if masked and rows > 0:
            self.masked.add(masked * rows, marks)
        if fields.get("probes"):
            self.probes.add(fields["probes"], marks)

    def _did_not_run(self, fields: Mapping[str, Any], marks: dict[str, Any]) -> None:
        status = str(fields.get("status"))
        rule = {"governed_db.decision.rule": str(mapping(fields.get("decision")).get("rule"))}
        self.statements.add(1, marks | {"governed_db.status": status})
        if status == "asked":
            self.approvals.add(1, marks | rule)
        else:
            self.refusals.add(1, marks | rule | {"error.type": failure(fields) or status})
