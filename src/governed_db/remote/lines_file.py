"""Batches into a file of JSON lines, one event each, for whatever reads such files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import attrs
import msgspec

from governed_db.model.audit import apart
from governed_db.model.chain import stored_event
from governed_db.remote.backlog import Batch
from governed_db.remote.ocsf import datastore_activity
from governed_db.remote.shipper import TIMEOUT, Unsent

_ENCODER = msgspec.json.Encoder()


@attrs.define
class LinesFile:
    """Appends; each batch opens the file anew, so that it can be rotated by renaming it.

    At least once: after a crash events may stand there twice, with the same id. `is_ocsf`: as OCSF tells
    them (statements only), else as they are stored, without the facts that other events refer to.
    """

    path: Path
    is_ocsf: bool = False

    def send(self, batch: Batch, *, within: float = TIMEOUT) -> None:  # noqa: ARG002  # disks are quick
        """Return when the events are in the file for good."""
        content = b"".join(_ENCODER.encode(told) + b"\n" for told in self._told(batch))
        if not content:
            return
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                _append(handle, content)
            finally:
                os.close(handle)
        except OSError as error:
            raise Unsent(f"{self.path} cannot be written: {error.strerror}") from None

    def _told(self, batch: Batch) -> Iterator[object]:
        for line in batch.content.splitlines():
            for event in apart(stored_event(line)):
                if self.is_ocsf:
                    told = datastore_activity(event, version("governed-db"))
                    if told is not None:
                        yield told
                elif event["phase"] != "facts":
                    yield event


def _append(handle: int, content: bytes) -> None:
    """All of it or nothing, where it is a file; a pipe or terminal cannot be cut or synced."""
    import stat

    found = os.fstat(handle)
    view = memoryview(content)
    try:
        while view:
            view = view[os.write(handle, view) :]
        if stat.S_ISREG(found.st_mode):
            os.fdatasync(handle)
    except OSError:
        if stat.S_ISREG(found.st_mode):
            os.ftruncate(handle, found.st_size)
        raise
