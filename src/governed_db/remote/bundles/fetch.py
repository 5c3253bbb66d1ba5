"""An address and what is known of it into the document that is there now, if it is another."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, urlsplit

import attrs

from governed_db.errors import ConfigurationError
from governed_db.policy.bundles.document import MOST_BYTES
from governed_db.policy.bundles.signatures import PublicKey, public_key

_CONNECT: Final = 3.0
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_OK: Final = 200
_NOT_MODIFIED: Final = 304


@attrs.frozen
class Place:
    """Where a bundle is, what it is called, and whose signatures count from the start."""

    base: str
    name: str
    pinned: tuple[PublicKey, ...]

    @property
    def url(self) -> str:
        return f"{self.base}/bundles/{quote(self.name)}.json"

    @property
    def is_private(self) -> bool:
        """Whether nobody in between can read what is sent: only then is a token."""
        parts = urlsplit(self.base)
        return parts.scheme == "https" or parts.hostname in _LOCAL


def place(control_plane: str) -> Place:
    """`https://host/path#name=prod&key=…`: the pinned keys stand behind the #, which is sent nowhere."""
    base, _, told = control_plane.partition("#")
    pairs = [pair.partition("=") for pair in told.split("&") if pair]
    names = [value for key, _, value in pairs if key == "name"]
    keys = tuple(public_key(value) for key, _, value in pairs if key == "key")
    if not keys or len(names) > 1 or any(key not in ("name", "key") for key, _, _ in pairs):
        raise ConfigurationError(
            "the control plane's address names no key that its bundles are signed with",
            code="GDB504",
            help="write https://host/#key=..., with what `governed-db bundle keygen` told",
        )
    return Place(base.rstrip("/"), names[0] if names else "default", keys)


@attrs.frozen
class Answer:
    """`document` is None if it is the one that is known. `took`: seconds; a server may let us wait."""

    document: bytes | None
    etag: str | None
    took: float


def get(
    where: Place, etag: str | None, *, wait: float, token: Callable[[], str | None] = lambda: None
) -> Answer:
    """Ask for the bundle; the server may wait so many seconds for a new one. Raises GDB564."""
    import requests

    headers = {"Accept": "application/json", "Prefer": f"wait={wait:g}"}
    if etag is not None:
        headers["If-None-Match"] = etag
    said = ""
    started = time.monotonic()
    try:
        bearer = token() if where.is_private else None
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        with requests.Session() as session:
            session.trust_env = False if bearer is not None else session.trust_env
            timeout = (_CONNECT, wait + _CONNECT)
            answer = session.get(
                where.url, headers=headers, timeout=timeout, allow_redirects=False, stream=True
            )
            with answer:
                body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
        took = time.monotonic() - started
        if answer.status_code == _NOT_MODIFIED:
            return Answer(None, etag, took)
        if answer.status_code == _OK:
            return Answer(body, answer.headers.get("ETag"), took)
        said = f"it answers {answer.status_code}"
    except Exception as error:  # noqa: BLE001  # whatever it was: there is no answer
        said = type(error).__name__
    raise ConfigurationError(
        f"no bundle can be had from {where.url}: {said}",
        code="GDB564",
        help="check that it can be reached from here; what was accepted before serves until it expires",
    )
