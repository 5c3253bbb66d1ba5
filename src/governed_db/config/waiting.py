"""What stands under `on_approval`, in code or as text, into how a connection waits for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from governed_db.config.settings import written_on_approval
from governed_db.core.waiting import OnApproval, Wait
from governed_db.errors import ConfigurationError

_WAIT: Final = re.compile(r"wait:([0-9]{1,9}(?:\.[0-9]{1,3})?)", re.ASCII)


def on_approval(given: object = None, environ: Mapping[str, str] | None = None) -> OnApproval:
    """The keyword first, then GOVERNED_DB_ON_APPROVAL of `environ` (default: the process's), then "raise"."""
    said = given if given is not None else written_on_approval(environ)
    if said is None or said == "raise":
        return None
    if isinstance(said, Wait):
        return said
    if isinstance(said, str):
        return _written(said)
    if callable(said) and not isinstance(said, type):
        return said
    raise _unknown()


def _written(text: str) -> Wait:
    if text == "wait":
        return Wait()
    found = _WAIT.fullmatch(text)
    if found is None:
        raise _unknown()
    return Wait(float(found[1]))


def _unknown() -> ConfigurationError:
    return ConfigurationError(
        "on_approval is not known here",
        code="GDB509",
        help='write "raise", "wait", "wait:60" (seconds), Wait(timeout=60) or a function of the task',
    )
