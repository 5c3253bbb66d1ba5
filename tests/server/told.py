"""Events as clients write them, for the tests of this folder."""

from __future__ import annotations

import gzip
import time
from typing import Any

from governed_db.model.audit import AuditEvent
from governed_db.model.chain import GENESIS, Chainer, Head
from governed_db.model.ids import uuid7
from tests.server.running import Plane

START = Head(0, GENESIS)


def event(phase: str = "outcome", *, at: float | None = None, **fields: Any) -> AuditEvent:
    """An event as the library writes it; `fields` come before what an ordinary one says."""
    now = time.time() if at is None else at
    said = {
        "principals": [{"id": "reports", "kind": "service", "groups": ["analysts"]}],
        "database": "shop",
        "statement": "SELECT email FROM customers WHERE id = ?",
        "kind": "select",
        "relations": ["public.customers"],
        "columns": ["public.customers.email"],
        "masked": [["public.customers.email"]],
        "seen": [{"column": "public.customers.email", "classification": "pii.email", "form": "token"}],
        "decision": {"effect": "permit", "rule": "reads", "revision": "7", "reasons": [], "id": uuid7(now)},
        "status": "ok",
        "rows": 3,
        "seconds": 0.01,
    }
    return AuditEvent(uuid7(now), now, phase, said | fields)


class Teller:
    """A client that sends chains of its own making."""

    def __init__(self, plane: Plane, credential: str, client: str = "web") -> None:
        self.plane = plane
        self.credential = credential
        self.client = client
        self.boot = uuid7(time.time())
        self.head = START

    def lines(self, *events: AuditEvent) -> list[bytes]:
        """The next lines of its chain."""
        written, self.head = Chainer(self.client, self.boot).lines(list(events), self.head)
        return written.splitlines(keepends=True)

    def send(self, *lines: bytes) -> dict[str, Any]:
        """Send lines; what the control plane made of them."""
        answer = self.post(b"".join(lines))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def tell(self, *events: AuditEvent) -> dict[str, Any]:
        """Write events and send them."""
        return self.send(*self.lines(*events))

    def post(self, content: bytes, **headers: str) -> Any:
        """Send whatever it is."""
        packed = {"Content-Encoding": "gzip", "Content-Type": "application/x-ndjson"}
        body = gzip.compress(content, 1) if not headers else content
        return self.plane.post("/v1/events", self.credential, data=body, headers=headers or packed)
