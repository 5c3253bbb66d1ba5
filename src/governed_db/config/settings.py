"""Keywords and environment variables into settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import attrs
import platformdirs

from governed_db.config.collectors import collectors
from governed_db.errors import ConfigurationError
from governed_db.model.principal import Principal

PREFIX: Final = "GOVERNED_DB_"
SAMPLE_SECONDS: Final = 0.5
_MOST_SECONDS: Final = 60.0
_LEAST_BYTES: Final = 1_000_000


@attrs.frozen
class Settings:
    """What one runtime is set up with.

    `policy` is a path, a mapping, a pack name or a Policy; None means the pack `standard`.
    `principal` is None where only the operating-system user is known. `state_dir` exists and is ours.
    `sample_seconds`: how long values may be looked at when a database is first seen; 0 for never.
    `collectors`: where events are sent. `enrolment`: where the key is that the control plane knows this
    client by if it has no token. `audit_bytes`: how large the trail may get on this disk.
    """

    state_dir: Path
    policy: object | None = None
    principal: Principal | None = None
    control_plane: str | None = None
    token: object | None = attrs.field(default=None, repr=False)
    identity: object | None = None
    sample_seconds: float = SAMPLE_SECONDS
    shadow: str | None = None
    collectors: tuple[str, ...] = ()
    enrolment: str | None = None
    audit_bytes: int | None = None


def load_settings(
    *,
    policy: object | None = None,
    principal: Principal | str | None = None,
    state_dir: str | os.PathLike[str] | None = None,
    control_plane: str | None = None,
    token: object | None = None,
    identity: object | None = None,
    collector: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Keywords first, then `GOVERNED_DB_*` of `environ` (default: the process's), then defaults."""
    variables = os.environ if environ is None else environ

    def variable(name: str) -> str | None:
        return variables.get(PREFIX + name) or None  # set to nothing is not set

    # An empty one says that there is none, whatever the environment names.
    plane = _control_plane(control_plane if control_plane is not None else variable("CONTROL_PLANE"))
    return Settings(
        state_dir=open_state_dir(state_dir if state_dir is not None else variable("HOME")),
        policy=policy if policy is not None else variable("POLICY"),
        principal=_principal(principal if principal is not None else variable("PRINCIPAL")),
        control_plane=plane,
        token=token or _token(variable("TOKEN"), "TOKEN"),
        identity=identity if identity is not None else variable("IDENTITY"),
        sample_seconds=_seconds(variable("SAMPLE_SECONDS")),
        shadow=variable("SHADOW"),
        collectors=collectors(collector if collector is not None else variable("COLLECTOR"), plane),
        audit_bytes=_bytes(variable("AUDIT_BYTES")),
        enrolment=_token(variable("ENROLMENT_KEY"), "ENROLMENT_KEY"),
    )


def drivers_to_install(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The drivers that a process below `governed-db run` governs; none named means all."""
    variables = os.environ if environ is None else environ

    def variable(name: str) -> str:
        return variables.get(PREFIX + name, "")

    return tuple(name for name in variable("INSTALL").split(",") if name)


def written_on_approval(environ: Mapping[str, str] | None = None) -> str | None:
    """What the environment says of waiting for people."""
    variables = os.environ if environ is None else environ

    def variable(name: str) -> str:
        return variables.get(PREFIX + name, "")

    return variable("ON_APPROVAL") or None  # set to nothing is not set


def open_state_dir(wanted: str | os.PathLike[str] | None = None) -> Path:
    """The state folder (default: the platform's), made if need be, private to this user."""
    path = Path(wanted) if wanted is not None else Path(platformdirs.user_state_dir("governed_db"))
    path = path.expanduser().absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        _check_private(path)
        _check_writable(path)
    except (FileExistsError, NotADirectoryError):
        raise _unusable(path, "is a file or lies below one", "name a folder") from None
    except (OSError, ValueError, RuntimeError) as error:
        why = (getattr(error, "strerror", None) or "not a valid path").lower()
        raise _unusable(path, f"cannot be used: {why}", "make it readable and writable for you") from error
    return path


def _check_private(path: Path) -> None:
    """Others who can write here could forge approvals; others who can read here see the trail."""
    if not hasattr(os, "geteuid"):
        return  # Windows: the profile folder's access list is the protection
    found = path.stat()
    if found.st_uid != os.geteuid():
        raise _unusable(path, "belongs to another user", "name a folder of your own")
    if found.st_mode & 0o077:
        raise _unusable(path, "is open to other users", f"run: chmod 700 {path}")


def _check_writable(path: Path) -> None:
    """By its mode, which even root should respect, and by the system, which knows read-only disks."""
    if path.stat().st_mode & 0o700 != 0o700 or not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise _unusable(path, "cannot be read and written", f"run: chmod 700 {path}, or name another folder")


def _token(said: str | None, name: str) -> str | None:
    """Where the environment's token is: it is read again whenever it is needed, and not kept here."""
    if said is None:
        return None
    return said if said.startswith(("file:", "login:")) else f"env:{PREFIX}{name}"


def _principal(given: object) -> Principal | None:
    if given is None or isinstance(given, Principal):
        return given
    if isinstance(given, str) and given.strip():
        return Principal(given.strip(), kind="service")
    raise ConfigurationError(
        "the principal must be a Principal or the id of a service",
        code="GDB503",
        help='write Principal("reports") or set GOVERNED_DB_PRINCIPAL=reports',
    )


def _seconds(said: str | None) -> float:
    if said is None:
        return SAMPLE_SECONDS
    try:
        seconds = float(said)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _MOST_SECONDS:
        raise ConfigurationError(
            f"GOVERNED_DB_SAMPLE_SECONDS must be a number from 0 to {_MOST_SECONDS:g}",
            code="GDB509",
            help="0 has values never looked at; 0.5 is the default",
        )
    return seconds


def _bytes(said: str | None) -> int | None:
    if said is None:
        return None
    if not said.isascii() or not said.isdigit() or int(said) < _LEAST_BYTES:
        raise ConfigurationError(
            f"GOVERNED_DB_AUDIT_BYTES must be a whole number from {_LEAST_BYTES}",
            code="GDB509",
            help="write it out, as 10000000000 for 10 GB; without it the disk is the bound",
        )
    return int(said)


def _control_plane(url: str | None) -> str | None:
    if not url:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    except ValueError:
        usable = False
    if not usable:
        # The text is not repeated: a password may be in it.
        raise ConfigurationError(
            "the control plane's address is not an http(s) URL without user and password",
            code="GDB504",
            help="write https://host/ and give the token in GOVERNED_DB_TOKEN",
        )
    return url.rstrip("/")


def _unusable(path: Path, why: str, help: str) -> ConfigurationError:
    return ConfigurationError(
        f"the state folder {path} {why}", code="GDB502", help=f"{help} (state_dir= or GOVERNED_DB_HOME)"
    )
