"""Sums of the last hours into the first page."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Annotated, Any, Final

from litestar import Response, get
from litestar.params import QueryParameter

from governed_db.model.approval import RequestState
from governed_db.server.approvals import deciding
from governed_db.server.intake import BUCKET_SECONDS
from governed_db.server.pages import charts, events, fleet
from governed_db.server.pages.charts import Series
from governed_db.server.pages.frame import Frame, TheFrame
from governed_db.server.pages.moments import ago
from governed_db.server.roles import READERS
from governed_db.server.series import series
from governed_db.server.store import Tx

_SPANS: Final = ((1, "1 h", "last hour"), (24, "1 d", "last day"), (168, "7 d", "last 7 days"))
_SERIES: Final = (("ran", "ok"), ("asked", "wait"), ("refused", "bad"), ("failed", "masked"))
Hours = Annotated[int, QueryParameter(ge=1, le=168)]


@get("/", opt={"access": READERS}, sync_to_thread=True)
def overview(frame: TheFrame, hours: Hours = 1) -> Response[str]:
    """What goes on."""
    return frame.show("overview.html", "overview", **_shown(frame, _known(hours)))


@get("/overview/live", opt={"access": READERS}, sync_to_thread=True)
def overview_part(frame: TheFrame, hours: Hours = 1) -> Response[str]:
    """The same, for the page that refreshes itself."""
    return frame.part("live.html", **_shown(frame, _known(hours)))


def _known(hours: int) -> int:
    return hours if hours in {span[0] for span in _SPANS} else 1


def _shown(frame: Frame, hours: int) -> dict[str, Any]:
    now = time.time()
    with frame.store.reading(frame.caller.tenant) as tx:
        starts, sums = _sums(tx, hours, now)
        waiting = deciding.listed(tx, RequestState.PENDING)[::-1]
        clients = fleet.clients(tx, now)
        refused = events.latest(tx, ("refused", "error"), 5)
    drawn = [Series(name, style, sums[name]) for name, style in _SERIES]
    good = [client for client in clients if client.style == "good"]
    return {
        "hours": hours,
        "span_label": next(label for span, _, label in _SPANS if span == hours),
        "spans": [SimpleNamespace(hours=span, label=label) for span, label, _ in _SPANS],
        "figures": _figures(sums, waiting, clients, now),
        "chart": charts.stacked([_label(start, hours) for start in starts], drawn, "Statements by outcome"),
        "waiting": waiting[:5],
        "ring": charts.ring(len(good), len(clients), "Clients up to date"),
        "covered": _covered(clients),
        "refused": refused,
    }


def _sums(tx: Tx, hours: int, now: float) -> tuple[list[float], dict[str, tuple[float, ...]]]:
    """Sums by name, for some two dozen spans of equal length, and when each begins."""
    found = series(tx, now - hours * 3600, now, BUCKET_SECONDS * max(1, hours // 2))
    sums = {name: tuple(map(float, values)) for name, values in found.values.items()}
    sums["failed"] = sums["errors"]
    pairs = zip(sums["statements"], sums["errors"], strict=True)
    sums["ran"] = tuple(max(0.0, done - failed) for done, failed in pairs)
    return [found.since + index * found.step for index in range(len(sums["ran"]))], sums


def _figures(
    sums: Mapping[str, tuple[float, ...]], waiting: Any, clients: Any, now: float
) -> list[SimpleNamespace]:
    def counted(name: str, label: str, style: str, path: str) -> SimpleNamespace:
        chart = charts.spark(sums[name], label, style)
        return SimpleNamespace(
            label=label, path=path, value=int(sum(sums[name])), chart=chart, waits=False, under=""
        )

    oldest = f"oldest asked {ago(waiting[0].created, now)}" if waiting else "nobody waits"
    good = sum(client.style == "good" for client in clients)
    return [
        counted("statements", "Statements", "ok", "/activity"),
        counted("masked", "Masked cells", "masked", "/activity"),
        counted("refused", "Refused", "bad", "/activity?status=refused"),
        SimpleNamespace(
            label="Approvals waiting", path="/approvals", value=len(waiting), chart=None,
            waits=bool(waiting), under=oldest,
        ),
        SimpleNamespace(
            label="Clients", path="/coverage", value=len(clients), chart=None, waits=False,
            under=f"{good} up to date" if clients else "none yet",
        ),
    ]  # fmt: skip


def _covered(clients: Any) -> list[SimpleNamespace]:
    states = ("up to date", "behind", "silent", "ungoverned")
    counts = {state: sum(client.state == state for client in clients) for state in states}
    lines = [SimpleNamespace(label=state.capitalize(), value=number) for state, number in counts.items()]
    return [*lines, SimpleNamespace(label="Events missing", value=sum(client.missing for client in clients))]


def _label(start: float, hours: int) -> str:
    moment = dt.datetime.fromtimestamp(start, dt.UTC)
    return moment.strftime("%H:%M" if hours <= 24 else "%d %b")


ROUTES: list[Any] = [overview, overview_part]
