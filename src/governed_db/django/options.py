"""`OPTIONS["governed"]` of Django's settings into the keyword arguments of a governed driver."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured

from governed_db.config.options import GOVERNED, PREFIX
from governed_db.enforce.recognise import is_governed, title

_KEY: Final = "governed"


def governed_arguments(parameters: dict[str, Any]) -> dict[str, Any]:
    """Connection parameters with what stands under `governed` written as the driver takes it."""
    given = parameters.pop(_KEY, None) or {}
    if not isinstance(given, dict) or not set(given) <= set(GOVERNED):
        known = ", ".join(GOVERNED)
        raise ImproperlyConfigured(f'OPTIONS["{_KEY}"] is a dictionary; its keys may be {known}')
    return parameters | {PREFIX + name: value for name, value in given.items()}


def require_governed(connection: Any) -> Any:
    """The connection, if it is one of ours."""
    if not is_governed(connection):
        connection.close()
        raise ImproperlyConfigured(f"not governed: {title(connection)}")
    return connection


def observes(connection: Any) -> bool:
    """Whether the policy of an open connection refuses nothing."""
    return connection is not None and bool(connection._governed.gate.ports.policy.observes)
