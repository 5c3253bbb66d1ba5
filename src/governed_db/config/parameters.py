"""The text of a URL's query parameter into the value that the driver takes.

A parameter stands here only if it may be set from a URL. Left out on purpose: what runs SQL or opens
files of its own (init_command, local_infile, client_flag, vfs).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

import attrs


@attrs.frozen
class Converter:
    """`read` gives NotImplemented for text that is not valid; `expects` says what is."""

    read: Callable[[str], Any]
    expects: str


_FLAGS: Final[Mapping[str, bool]] = MappingProxyType(
    dict.fromkeys(("1", "true", "on", "yes"), True) | dict.fromkeys(("0", "false", "off", "no"), False)
)


def _text(text: str) -> Any:
    return text or NotImplemented


def _flag(text: str) -> Any:
    return _FLAGS.get(text.lower(), NotImplemented)


def _whole(least: int, most: int) -> Converter:
    def read(text: str) -> Any:
        if not (text.isascii() and text.isdigit() and len(text) <= 10):
            return NotImplemented
        return int(text) if least <= int(text) <= most else NotImplemented

    return Converter(read, f"write a whole number from {least} to {most}")


def _seconds(text: str) -> Any:
    try:
        seconds = float(text)
    except ValueError:
        return NotImplemented
    return seconds if math.isfinite(seconds) and seconds >= 0 else NotImplemented


def _one_of(choices: Mapping[str, Any]) -> Converter:
    return Converter(
        lambda text: choices.get(text.lower(), NotImplemented), "write one of " + ", ".join(choices)
    )


def _names(*names: str) -> Converter:
    return _one_of({name: name for name in names})


def _charset(text: str) -> Any:
    """PyMySQL fails on a name that it does not know with an error that is none of its own."""
    known = import_module("pymysql.charset").charset_by_name(text)
    return text if known is not None else NotImplemented


_TEXT: Final = Converter(_text, "write a text that is not empty")
_FLAG: Final = Converter(_flag, "write true or false")
_WAIT: Final = _whole(1, 31_536_000)
# As MySQL's own REQUIRED: encrypted or refused, the certificate not verified (ssl_verify_identity does).
_ENCRYPTED: Final = MappingProxyType({"ca": None, "check_hostname": False, "verify_mode": False})

MYSQL: Final[Mapping[str, Converter]] = MappingProxyType(
    {
        "autocommit": _FLAG,
        "bind_address": _TEXT,
        "charset": Converter(_charset, "write the name of a character set, such as utf8mb4"),
        "collation": _TEXT,
        "connect_timeout": _WAIT,
        "max_allowed_packet": _whole(1024, 1_073_741_824),
        "port": _whole(1, 65_535),
        "program_name": _TEXT,
        "read_default_file": _TEXT,
        "read_default_group": _TEXT,
        "read_timeout": _WAIT,
        "sql_mode": _TEXT,
        "ssl": Converter(
            lambda text: dict(_ENCRYPTED) if _flag(text) is True else NotImplemented,
            "write true, or ssl_disabled=true",
        ),
        "ssl_ca": _TEXT,
        "ssl_cert": _TEXT,
        "ssl_disabled": _FLAG,
        "ssl_key": _TEXT,
        "ssl_key_password": _TEXT,
        "ssl_verify_cert": _FLAG,
        "ssl_verify_identity": _FLAG,
        "unix_socket": _TEXT,
        "use_unicode": _FLAG,
        "write_timeout": _WAIT,
    }
)

SQLITE: Final[Mapping[str, Converter]] = MappingProxyType(
    {
        "cached_statements": _whole(0, 100_000),
        "check_same_thread": _FLAG,
        "detect_types": _whole(0, 3),
        "isolation_level": _one_of(
            {"deferred": "DEFERRED", "immediate": "IMMEDIATE", "exclusive": "EXCLUSIVE", "none": None}
        ),
        "timeout": Converter(_seconds, "write a number of seconds"),
    }
)

SQLITE_FILE: Final[Mapping[str, Converter]] = MappingProxyType(
    {
        "cache": _names("shared", "private"),
        "immutable": _names("0", "1"),
        "mode": _names("ro", "rw", "rwc", "memory"),
        "nolock": _names("0", "1"),
    }
)
