"""`governed-db bundle`: policy files into a signed bundle for any web server, and one into what it says."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from governed_db.cli import output
from governed_db.cli.options import json_option, known_state_dir, state_dir_option
from governed_db.errors import ConfigurationError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from rich.console import Console

    from governed_db.policy.bundles.document import Bundle, Revocations

_UNITS = {"m": 60, "h": 3600, "d": 86400}
_KEY_BYTES = 32


@click.group()
def command() -> None:
    """Sign policies, and check signed ones. Clients take them from any web server."""


@command.command()
@click.argument("file")
@json_option
def keygen(file: str, *, as_json: bool) -> None:
    """Make a key to sign with, in FILE, which stays here; tell the public part, which clients pin."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from governed_db.policy.bundles.signatures import public_of, to_base64

    key = Ed25519PrivateKey.generate()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise _no_key(file, f"cannot be made: {(error.strerror or '').lower()}") from None
    with os.fdopen(handle, "w") as made:
        made.write(to_base64(key.private_bytes_raw()) + "\n")
    public = public_of(key)
    told = {
        "key": public.text,
        "id": public.kid,
        "file": file,
        "control_plane": f"https://HOST/#key={public.text}",
    }
    output.tell(told, lambda console: console.print(output.fields(told)), as_json=as_json)


@command.command()
@click.argument("policy")
@click.option(
    "--key", "keys", multiple=True, required=True, metavar="FILE", help="A key to sign with; may be repeated."
)
@click.option("-o", "--output", "target", required=True, metavar="FILE", help="Where the bundle is written.")
@click.option("--name", default="default", show_default=True, help="What clients ask for.")
@click.option(
    "--version", "number", type=int, help="[default: one more than that of the file that is replaced]"
)
@click.option(
    "--expires", default="7d", show_default=True, help="How long clients may go on with it: 30m, 12h, 7d."
)
@click.option(
    "--stale",
    type=click.Choice(["deny_all", "keep"]),
    default="deny_all",
    show_default=True,
    help="What clients do when it has run out.",
)
@click.option("--schema", metavar="FILE", help="CREATE statements that the policy's tests are about.")
@click.option("--revoked", metavar="FILE", help="YAML: principals and tokens that count no more.")
@click.option("--trust", multiple=True, metavar="KEY", help="A public key that counts from now on.")
@click.option("--retire", multiple=True, metavar="KEY", help="A public key that counts no more.")
@json_option
def sign(
    policy: str,
    *,
    keys: tuple[str, ...],
    target: str,
    name: str,
    number: int | None,
    expires: str,
    stale: str,
    schema: str | None,
    revoked: str | None,
    trust: tuple[str, ...],
    retire: tuple[str, ...],
    as_json: bool,
) -> None:
    """Sign a policy file with all that it extends, once its tests have passed."""
    from governed_db.policy.bundles.document import Manifest, write
    from governed_db.policy.bundles.signatures import public_key, public_of
    from governed_db.rehearsal import build

    privates = [_private(file) for file in keys]
    files = _files(Path(policy))
    if schema is not None:
        files["schema.sql"] = _text(Path(schema))
    now = time.time()
    manifest = Manifest(
        1,
        name,
        number or _next_version(Path(target), name),
        now,
        now + _seconds(expires),
        Path(policy).name,
        {},
        schema="schema.sql" if schema is not None else None,
        stale=stale,  # type: ignore[arg-type]  # click has checked it
        keys=tuple(public_key(key).text for key in trust),
        retired=tuple(public_key(key).kid for key in retire),
        revoked=_revocations(revoked),
    )
    document = write(manifest, files, privates)
    bundle = _read(document, {key.kid: key for key in map(public_of, privates)}, name)
    build(bundle)  # what clients would refuse is not written
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    draft = Path(f"{target}.draft")
    draft.write_bytes(document)
    draft.replace(target)
    _tell(bundle, as_json=as_json)


@command.command()
@click.argument("file")
@click.option(
    "--key",
    "keys",
    multiple=True,
    required=True,
    metavar="KEY",
    help="A public key that counts; may be repeated.",
)
@click.option("--name", default="default", show_default=True, help="What it must be called.")
@json_option
def verify(file: str, *, keys: tuple[str, ...], name: str, as_json: bool) -> None:
    """Check a bundle as a client would, its tests too, and tell what it says.

    Exit code 2 if it is not in order.
    """
    from governed_db.policy.bundles.signatures import public_key
    from governed_db.rehearsal import build

    trusted = {key.kid: key for key in map(public_key, keys)}
    bundle = _read(_bytes(Path(file)), trusted, name)
    build(bundle)
    _tell(bundle, as_json=as_json)


@command.command()
@state_dir_option
@json_option
def status(*, state_dir: str | None, as_json: bool) -> None:
    """The bundles that were accepted in this state folder, and until when they hold."""
    from governed_db.remote.bundles.store import BundleStore

    folder = known_state_dir(state_dir) / "bundles"
    names = [path.name.removesuffix(".floor.json") for path in sorted(folder.glob("*.floor.json"))]
    told = []
    for name in names:
        store = BundleStore(folder, name)
        told.append({"name": name, "version": store.floor().version, **_ends(store.cached())})
    rows = [tuple(str(value) for value in one.values()) for one in told]
    title = ("name", "version", "expires", "after that")
    output.tell(told, lambda console: console.print(output.rows(title, rows)), as_json=as_json)


# -- reading -----------------------------------------------------------------------------------------------


def _read(document: bytes, trusted: Any, name: str) -> Bundle:
    from governed_db.policy.bundles.document import read

    return read(document, trusted, name)


def _files(policy: Path) -> dict[str, str]:
    """The policy and the files that it extends, which lie beside it."""
    from governed_db.policy.bundles.files import extended
    from governed_db.policy.load import packs

    found: dict[str, str] = {}
    wanted = [policy.name]
    while wanted:
        name = wanted.pop()
        if name in found or name in packs():
            continue
        if Path(name).name != name:
            raise ConfigurationError(
                f"a policy extends {name}, which lies in another folder",
                code="GDB563",
                help="put the files of one bundle into one folder, and name them without it",
            )
        found[name] = _text(policy.parent / name)
        wanted += extended(found[name], name)
    return found


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(path, "it is not UTF-8 text") from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, (error.strerror or "").lower()) from None


def _unreadable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"{path} cannot be read: {why}", code="GDB560", help="name another file")


def _private(file: str) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from governed_db.policy.bundles.signatures import unbase64
    from governed_db.remote.folders import read_private

    try:
        read, is_open = read_private(Path(file), 200)
        key = unbase64(read.decode("ascii").strip())
    except (OSError, ValueError):
        key, is_open = b"", False
    if is_open:
        raise _no_key(file, "can be read by other users")
    if len(key) != _KEY_BYTES:
        raise _no_key(file, "holds no key")
    return Ed25519PrivateKey.from_private_bytes(key)


def _no_key(file: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"the key {file} {why}",
        code="GDB565",
        help="`governed-db bundle keygen FILE` makes one, for you alone",
    )


def _revocations(file: str | None) -> Revocations:
    from governed_db.policy.bundles.document import Revocations, Revoked
    from governed_db.policy.fields import Fields
    from governed_db.policy.tree import Node, Problems, read_yaml

    if file is None:
        return Revocations()
    problems = Problems()
    fields = Fields(
        read_yaml(_text(Path(file)), file),
        problems,
        what="a list of revocations",
        known=("principals", "tokens"),
    )
    found = []
    for item in fields.items("principals"):
        node = item if item.is_map else Node({"id": (item, item)}, item.place)
        one = Fields(node, problems, what="a revocation", known=("id", "before"))
        name, before = one.text("id"), one.text("before")
        if name is None:
            problems.add(item, "names nobody")
        found.append(Revoked(name or "", _moment(before, item, problems) if before else None))
    tokens = fields.names("tokens", what="the id of a token")
    problems.raise_if_any(file)
    return Revocations(tuple(found), tokens)


def _moment(text: str, node: Any, problems: Any) -> float:
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except ValueError:
        problems.add(node, "before is a moment like 2026-01-31T08:00:00Z")
        return 0.0


def _seconds(text: str) -> float:
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and unit in _UNITS and int(number) > 0):
        raise click.UsageError("--expires is a duration like 30m, 12h or 7d")
    return float(int(number) * _UNITS[unit])


def _next_version(target: Path, name: str) -> int:
    """One more than what is there now; what cannot be read is not guessed at."""
    if not target.exists():
        return 1
    manifest = _said(_bytes(target))
    if manifest is None or manifest.get("name") != name:
        raise click.UsageError(f"{target} is no bundle called {name}: say --version")
    return int(manifest["version"]) + 1


def _said(document: bytes | None) -> dict[str, Any] | None:
    """What a manifest says, whoever signed it."""
    import json

    from governed_db.policy.bundles.signatures import unbase64

    try:
        found = json.loads(unbase64(json.loads(document or b"")["manifest"]["payload"]))
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("version"), int) else None


def _ends(document: bytes | None) -> dict[str, Any]:
    said = _said(document) or {}
    return {"expires": _clock(said.get("expires")), "stale": said.get("stale")}


def _clock(seconds: float | None) -> str | None:
    return None if seconds is None else time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(seconds))


# -- telling -----------------------------------------------------------------------------------------------


def _tell(bundle: Bundle, *, as_json: bool) -> None:
    manifest = bundle.manifest
    told = {
        "name": manifest.name,
        "version": manifest.version,
        "issued": _clock(manifest.issued),
        "expires": _clock(manifest.expires),
        "stale": manifest.stale,
        "policy": manifest.policy,
        "files": sorted(manifest.files),
        "signed_by": bundle.kid,
        "revoked": len(manifest.revoked.principals) + len(manifest.revoked.tokens),
    }

    def draw(console: Console) -> None:
        console.print(output.mark(True), end=" ")
        output.show(console, f"{manifest.name} version {manifest.version}")
        console.print(
            output.fields({name: value for name, value in told.items() if name not in ("name", "version")})
        )

    output.tell(told, draw, as_json=as_json)
