"""An address of an identity provider into the JSON object that is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from governed_db.errors import IdentityError

_CONNECT, _READ = 3.0, 5.0
_MOST: Final = 512 * 1024
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_HELP: Final = "check that the address can be reached from here, or say jwks: in the identity file"

Fetch = Callable[..., Mapping[str, Any]]


def fetch(url: str, *, ca: str | None = None, bearer_file: str | None = None) -> Mapping[str, Any]:
    """The JSON object at an address. Raises IdentityError GDB553 when it cannot be had."""
    import requests  # 60 ms that a process without tokens does not need

    if not is_safe(url):
        raise _unreachable(url, "it is not an https address")
    problem = ""
    try:
        headers = {"Accept": "application/json"}
        if bearer_file is not None:  # Kubernetes gives its keys to service accounts only
            headers["Authorization"] = f"Bearer {Path(bearer_file).read_text('utf-8').strip()}"
        with requests.Session() as session:
            session.trust_env = bearer_file is None  # a .netrc would take the header's place
            answer = session.get(
                url,
                headers=headers,
                timeout=(_CONNECT, _READ),
                verify=ca or True,
                allow_redirects=False,
                stream=True,
            )
            with answer:
                body = answer.raw.read(_MOST + 1, decode_content=True)
        if answer.status_code != 200:  # OK
            problem = f"it answers {answer.status_code}"
        elif len(body) > _MOST:
            problem = "it answers with more than 512 KiB"
        else:
            found = msgspec.json.decode(body)
            if isinstance(found, dict):
                return found
            problem = "it answers with something else than a JSON object"
    except Exception as error:  # noqa: BLE001  # whatever it was: there are no keys
        problem = type(error).__name__
    raise _unreachable(url, problem)


def is_safe(url: object) -> bool:
    """Whether what comes from there is what was sent: https, or this machine."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)


def _unreachable(url: str, why: str) -> IdentityError:
    return IdentityError(f"nothing can be read from the issuer at {url}: {why}", code="GDB553", help=_HELP)
