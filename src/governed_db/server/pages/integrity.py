"""The chains of a tenant into a page that says whether they are whole."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Annotated, Any

from litestar import Response, get
from litestar.params import QueryParameter

from governed_db.server.callers import requires
from governed_db.server.integrity import ChainReport, Odd, reports, walked
from governed_db.server.pages.frame import TheFrame
from governed_db.server.roles import Role

_AUDITORS = requires(Role.AUDITOR, Role.ADMIN)
Number = Annotated[int, QueryParameter(ge=0)]


@get("/integrity", opt=_AUDITORS, sync_to_thread=True)
def integrity(frame: TheFrame, walk: Number = 0) -> Response[str]:
    """What was noticed when records came; with `walk`, one chain is followed once more from its beginning."""
    with frame.store.reading(frame.caller.tenant) as tx:
        found = reports(tx, frame.now)
        again = walked(tx, walk) if walk else []
    trails = [_trail(one, again if one.chain == walk else [], is_walked=one.chain == walk) for one in found]
    broken = sum(bool(trail.findings) for trail in trails)
    verdict = f"{broken} of {len(trails)} trails are not whole." if broken else "Every trail here is whole."
    if broken == 1:
        verdict = f"1 of {len(trails)} trails is not whole."
    return frame.show("integrity.html", "integrity", trails=trails, is_whole=not broken, verdict=verdict)


def _trail(report: ChainReport, again: list[Odd], *, is_walked: bool) -> SimpleNamespace:
    noticed = [one for one in report.findings if one.resolved is None]
    return SimpleNamespace(
        chain=report.chain,
        client=report.client,
        boot=report.boot,
        events=report.records,
        received=report.received,
        findings=[f"{one.kind}, at record {one.seq}: {one.detail}" for one in (*noticed, *again)],
        is_walked=is_walked,
    )


ROUTES: list[Any] = [integrity]
