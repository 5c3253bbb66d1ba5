"""An administrative act into an event of the same log that clients' events are in.

The server has a chain of its own for each tenant; acts are written in the transaction of what they did.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from governed_db.model.audit import AuditEvent
from governed_db.model.chain import GENESIS, Chainer, Head
from governed_db.model.ids import uuid7
from governed_db.server.callers import Caller
from governed_db.server.chains import locked, parsed
from governed_db.server.intake import take
from governed_db.server.store import Tx

CLIENT: Final = "control-plane"
BOOT: Final = "00000000-0000-7000-8000-000000000000"  # one chain, whichever process writes


def record(tx: Tx, caller: Caller, act: str, subject: str, details: Mapping[str, Any]) -> str:
    """Write that `caller` did `act` ("bundle.published") to `subject`; the id of the event.

    `details` are JSON values; no secrets, no values of databases.
    """
    now = time.time()
    principals = [
        {"id": link.id, "kind": link.kind, "groups": list(link.groups)} for link in caller.principal.chain()
    ]
    fields = {
        "principals": principals,
        "status": "ok",
        "act": act,
        "subject": subject,
        "details": dict(details),
        "how": caller.how.value,
    }
    event = AuditEvent(uuid7(now), now, "admin", fields)
    chain = locked(tx, CLIENT, BOOT, sender=CLIENT, now=now)
    head = Head(chain.seq, chain.hash if chain.seq else GENESIS)
    line, _ = Chainer(CLIENT, BOOT).lines([event], head)
    take(tx, parsed(line), sender=CLIENT, now=now)
    return event.id
