"""A state folder into the newest bundle that was accepted here, and the floor below which none is again.

The floor outlives the bundle: who takes the cached one away, or serves an older one, gets nothing accepted.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import attrs
import msgspec

from governed_db.errors import ConfigurationError
from governed_db.policy.bundles.document import MOST_BYTES, Bundle
from governed_db.policy.bundles.signatures import PublicKey, public_key
from governed_db.remote.folders import private_directory, read_private, unusable

_MOST_FLOOR: Final = 64 * 1024


@attrs.frozen
class Floor:
    """The newest version that was accepted, and the keys that bundles have added and retired."""

    version: int = 0
    digest: str = ""
    keys: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()


@attrs.frozen
class BundleStore:
    """Files of one bundle in a state folder; safe for several processes."""

    folder: Path
    name: str

    def floor(self) -> Floor:
        """Where it is now. A damaged one is refused, not begun anew: anything old would be accepted."""
        found = self._read(self._floor, _MOST_FLOOR)
        if found is None:
            return Floor()
        with contextlib.suppress(ValueError):
            return msgspec.json.decode(found, type=Floor)
        raise ConfigurationError(
            f"the floor of bundles is damaged: {self._floor}",
            code="GDB561",
            help="put it back from a backup; deleting it has old bundles accepted again",
        )

    def cached(self) -> bytes | None:
        """The newest document that was accepted, to be verified again."""
        return self._read(self._document, MOST_BYTES + 1)

    def trusted(self, pinned: Mapping[str, PublicKey]) -> dict[str, PublicKey]:
        """The keys that count: pinned ones and those that accepted bundles added, without retired ones."""
        floor = self.floor()
        added = {key.kid: key for key in map(public_key, floor.keys)}
        return {kid: key for kid, key in {**pinned, **added}.items() if kid not in floor.retired}

    def accept(self, bundle: Bundle) -> bool:
        """Make it the floor. False if it is the floor already; raises GDB561 if it is below."""
        manifest = bundle.manifest
        with self._locked():
            floor = self.floor()
            if manifest.version < floor.version:
                raise _rolled_back(f"version {manifest.version} is older than {floor.version}")
            if manifest.version == floor.version:
                if bundle.digest != floor.digest:
                    raise _rolled_back(f"there are two versions {manifest.version} that differ")
                if self.cached() == bundle.document:
                    return False
            keys = tuple(dict.fromkeys((*floor.keys, *manifest.keys)))
            retired = tuple(dict.fromkeys((*floor.retired, *manifest.retired)))
            made = Floor(manifest.version, bundle.digest, keys, retired)
            # In this order: a crash between the two leaves an old floor, which the cached bundle is above.
            self._write(self._document, bundle.document)
            self._write(self._floor, msgspec.json.encode(made))
        return True

    @property
    def _document(self) -> Path:
        return self.folder / f"{self.name}.bundle.json"

    @property
    def _floor(self) -> Path:
        return self.folder / f"{self.name}.floor.json"

    def _read(self, path: Path, most: int) -> bytes | None:
        try:
            found, is_open = read_private(path, most)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unusable(path, error) from error
        if is_open:
            raise unusable(path, PermissionError(13, "other users may change it"))
        return found

    def _write(self, path: Path, content: bytes) -> None:
        draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        private_directory(self.folder)
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _rolled_back(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"the bundle was refused: {why}",
        code="GDB561",
        help="publish what shall apply with a version above all that were published before",
    )
