"""The file `notifications.yaml` of a state folder into the targets that messages go to.

Addresses and secrets stay in this process: they are in no repr, message, log line or event. The file may be
read by its owner only, because an address of a chat is a secret too.
"""

from __future__ import annotations

import base64
import binascii
import enum
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from governed_db.errors import ConfigurationError
from governed_db.policy.fields import Fields
from governed_db.policy.tree import Node, Problems, read_yaml
from governed_db.remote.folders import read_private, unusable

FILE_NAME = "notifications.yaml"
_MAX_BYTES = 100_000
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class TargetKind(enum.Enum):
    """The form that a target takes messages in."""

    WEBHOOK = "webhook"  # https://www.standardwebhooks.com
    SLACK = "slack"  # incoming webhooks of Slack, and what is compatible with them


@attrs.frozen
class Target:
    """Where messages go. `secrets` sign them, the newest first; `links` are templates with {id}."""

    name: str
    kind: TargetKind
    url: str = attrs.field(repr=False)
    secrets: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    links: Mapping[str, str] = attrs.field(factory=dict)


def load_targets(state_dir: Path) -> tuple[Target, ...]:
    """The targets of a state folder; none where there is no file. Raises ConfigurationError."""
    path = state_dir / FILE_NAME
    if not path.exists():
        return ()
    try:
        read, is_open = read_private(path, _MAX_BYTES)
    except OSError as error:
        raise unusable(path, error) from error
    if is_open:
        raise ConfigurationError(
            f"{path} can be read by other users",
            code="GDB503",
            help="it holds addresses and secrets: chmod 600, and change the secrets",
        )
    node = read_yaml(read.decode("utf-8", "replace"), str(path))
    problems = Problems()
    fields = Fields(node, problems, what="notifications", known=("targets", "links"))
    links = _links(fields)
    found = tuple(_target(item, problems, links) for item in fields.items("targets"))
    names = [target.name for target in found]
    for name in {name for name in names if names.count(name) > 1}:
        problems.add(node, f"two targets are called {name!r}")
    problems.raise_if_any(str(path))
    return found


def _links(fields: Fields) -> dict[str, str]:
    inner = fields.within("links", what="links", known=("approve", "deny", "show"))
    if inner is None:
        return {}
    read = {name: inner.text(name) for name in ("approve", "deny", "show")}
    for name, text in read.items():
        if text is not None and (not _is_safe(text) or "{id}" not in text):
            inner.problems.add(inner.key(name), "a link is an https address with {id} in it")
    return {name: text for name, text in read.items() if text is not None}


def _target(node: Node, problems: Problems, links: Mapping[str, str]) -> Target:
    known = ("name", "kind", "url", "url_env", "secret", "secret_env")
    fields = Fields(node, problems, what="a target", known=known)
    kind = fields.member("kind", TargetKind, what="kind of target") if "kind" in fields else None
    url = _said(fields, "url")
    if url is None or not _is_safe(url):
        problems.add(node, "a target needs url or url_env: an https address (http on this host only)")
    target = Target(
        name=fields.text("name") or "",
        kind=kind or TargetKind.WEBHOOK,
        url=url or "",
        secrets=_secrets(fields),
        links=links,
    )
    if not target.name:
        problems.add(node, "a target needs a name")
    if target.kind is TargetKind.WEBHOOK and not target.secrets:
        problems.add(node, "a webhook needs secret or secret_env, so that its receiver can tell who sent it")
    return target


def _said(fields: Fields, key: str) -> str | None:
    """A value as it stands, or that of the environment variable which `<key>_env` names."""
    name = fields.text(f"{key}_env") if f"{key}_env" in fields else None
    if name is None:
        return fields.text(key) if key in fields else None
    if name not in os.environ:
        fields.problems.add(fields.key(f"{key}_env"), f"the environment has no {name}")
    return os.environ.get(name)


def _secrets(fields: Fields) -> tuple[bytes, ...]:
    """Secrets are separated by spaces while one is being changed for another."""
    said = _said(fields, "secret")
    read = tuple(_secret(text) for text in (said or "").split())
    if None in read:
        node = fields.node
        fields.problems.add(
            node, "a secret is whsec_ and 24 to 64 bytes in base64; make one with `openssl rand`"
        )
    return tuple(secret for secret in read if secret is not None)


def _secret(text: str) -> bytes | None:
    try:
        secret = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return None
    return secret if text.startswith("whsec_") and 24 <= len(secret) <= 64 else None


def _is_safe(url: str) -> bool:
    """Whether what is sent there can only be read by who is meant."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme == "http":
        return parts.hostname in _LOOPBACK
    return parts.scheme == "https" and bool(parts.hostname)
