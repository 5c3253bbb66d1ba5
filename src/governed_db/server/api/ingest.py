"""Batches of events that clients send."""

from __future__ import annotations

import zlib
from functools import partial
from typing import Any

from anyio import to_thread
from litestar import Request, post
from sqlalchemy.exc import OperationalError

from governed_db.server import intake, journal
from governed_db.server.answers import Problem
from governed_db.server.callers import Caller, requires
from governed_db.server.chains import Line, Malformed, parsed
from governed_db.server.given import TheCaller, ThePorts, TheSettings, TheStore
from governed_db.server.intake import Taken
from governed_db.server.ports import Ports
from governed_db.server.roles import Role
from governed_db.server.settings import Limits
from governed_db.server.store import Store

_ATTEMPTS = 3  # PostgreSQL ends one of two transactions that wait for each other


@post("/v1/events", opt=requires(Role.CLIENT), status_code=200)
async def take_events(
    request: Request[Any, Any, Any],
    caller: TheCaller,
    store: TheStore,
    settings: TheSettings,
    ports: ThePorts,
) -> Taken:
    """Take a batch: stored lines as they are (JSON lines, gzip), all or nothing, each record once.

    Any 2xx means that what is new is durable. 429: send it again after Retry-After. 413: send less. 422: it
    is not what a client writes; nothing of it was taken.
    """
    if not ports.ingests.acquire(blocking=False):
        ports.metrics.turned_away.inc()
        raise Problem(
            429, "GDB666", "too much is coming in", "send it again later", headers={"Retry-After": "1"}
        )
    try:
        body = await _body(request, settings.limits)
        encoding = request.headers.get("content-encoding", "")
        take = partial(_take, body, encoding, caller, store, settings.limits, ports)
        taken = await to_thread.run_sync(take)
    finally:
        ports.ingests.release()
    ports.metrics.took(taken)
    return taken


ROUTES: list[Any] = [take_events]


async def _body(request: Request[Any, Any, Any], limits: Limits) -> bytes:
    said = request.headers.get("content-length", "0")
    if not said.isdecimal() or int(said) > limits.body_bytes:
        raise _too_large(limits.body_bytes)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.body_bytes:
            raise _too_large(limits.body_bytes)
    return bytes(body)


def _take(body: bytes, encoding: str, caller: Caller, store: Store, limits: Limits, ports: Ports) -> Taken:
    try:
        lines = parsed(_unpacked(body, encoding, limits), most_bytes=limits.line_bytes)
    except Malformed as error:
        raise Problem(
            422, "GDB668", f"the batch is not taken: {error}", "send lines as the spool has them"
        ) from None
    if len(lines) > limits.lines:
        raise _too_large(limits.lines, "lines")
    _check_client(lines)
    for attempt in range(_ATTEMPTS):
        try:
            return _stored(lines, caller, store, ports)
        except OperationalError:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _stored(lines: list[Line], caller: Caller, store: Store, ports: Ports) -> Taken:
    with store.writing(caller.tenant) as tx:
        taken, made = intake.take_known(tx, lines, sender=caller.id, now=ports.now(), known=ports.known)
    ports.known.add(made)  # only now are they there
    return taken


def _check_client(lines: list[Line]) -> None:
    """Nobody else writes what the server itself has done."""
    if any(line.client == journal.CLIENT for line in lines):
        raise Problem(
            422,
            "GDB668",
            "the batch is not taken: it speaks for the control plane",
            "name the client otherwise",
        )


def _unpacked(body: bytes, encoding: str, limits: Limits) -> bytes:
    """The lines; a small body that unpacks to a large one is stopped where it gets too large."""
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise Problem(415, "GDB668", "the batch is packed in an unknown way", "send gzip")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(body, limits.batch_bytes + 1)
    except zlib.error:
        raise Malformed("it is no gzip") from None
    if len(content) > limits.batch_bytes:
        raise _too_large(limits.batch_bytes)
    if not unpacker.eof or unpacker.unused_data:
        raise Malformed("it is no whole gzip")
    return content


def _too_large(most: int, what: str = "bytes") -> Problem:
    return Problem(413, "GDB669", f"the batch is larger than {most} {what}", "send fewer events at once")
