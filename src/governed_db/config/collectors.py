"""What was said of collectors into the addresses that events are sent to."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from governed_db.errors import ConfigurationError

NONE: Final = "none"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def collectors(said: str | None, control_plane: str | None) -> tuple[str, ...]:
    """Addresses with spaces between them; where nothing is said, that of the control plane's collector.

    Raises ConfigurationError GDB608.
    """
    if said is None:
        return of_control_plane(control_plane)
    named = tuple(dict.fromkeys(said.split()))
    if NONE in named:
        named = ()
    for address in named:
        check(address)
    return named


def of_control_plane(address: str | None) -> tuple[str, ...]:
    """Where a control plane takes events, if it does and nobody in between can read them."""
    base = (address or "").partition("#")[0].rstrip("/")
    return (f"{base}/events",) if is_private(base) else ()


def check(address: str) -> None:
    """Raise ConfigurationError GDB608 unless events may be sent there. The text is not repeated."""
    scheme, _, rest = address.partition(":")
    if scheme in ("file", "ocsf") and rest and not rest.startswith("//"):
        return
    if not is_private(address):
        raise ConfigurationError(
            "the collector's address is not usable",
            code="GDB608",
            help="write https://host/path (http only on this machine, a token in GOVERNED_DB_TOKEN),"
            " file:/path/events.jsonl or ocsf:/path/events.jsonl",
        )


def is_private(address: str) -> bool:
    """Whether it is an http(s) address whose name nobody but the receiver can read what is sent under."""
    try:
        parts = urlsplit(address)
        is_near = parts.scheme == "http" and parts.hostname in _LOOPBACK
    except ValueError:
        return False
    has_secrets = bool(parts.username or parts.password)
    return bool((parts.scheme == "https" or is_near) and parts.hostname and not has_secrets)
