"""The address of a receiver into the route on which a state folder's events go there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from governed_db.remote.backlog import Backlog, Lease
from governed_db.remote.folders import private_directory
from governed_db.remote.lines_file import LinesFile
from governed_db.remote.shipper import HttpSink, Shipper, Sink
from governed_db.remote.shipping import Route


def route(address: str, state_dir: Path, token: Callable[[], str | None]) -> Route:
    """`https://…`, `file:PATH` or `ocsf:PATH`, as config.collectors has checked it."""
    places = places_of(address, state_dir)
    backlog = Backlog(state_dir / "audit", places)
    return Route(_name(address), Shipper(backlog, sink(address, token)), Lease(places.with_suffix(".lock")))


def places_of(address: str, state_dir: Path) -> Path:
    """The file that tells how far events were sent to an address."""
    name = hashlib.sha256(address.encode()).hexdigest()[:16]
    return private_directory(state_dir / "shipping") / f"{name}.json"


def sink(address: str, token: Callable[[], str | None]) -> Sink:
    """What takes batches there."""
    scheme, _, rest = address.partition(":")
    if scheme in ("file", "ocsf"):
        return LinesFile(Path(rest).expanduser(), is_ocsf=scheme == "ocsf")
    return HttpSink(address, token)


def _name(address: str) -> str:
    """Without what stands behind the path, where some collectors want a key."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else address
