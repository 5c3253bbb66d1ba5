"""What was seen of a database into a file of the state folder, so that a restart need not look again.

It holds names of tables and columns and shares of hits; never a value. A file that cannot be read or
written costs another look, and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from governed_db.remote.folders import private_directory, read_private

_MOST: Final = 32 * 2**20


class SightFile:
    """One database as one account sees it; with an empty `target` nothing is kept."""

    def __init__(self, state_dir: Path, target: str) -> None:
        name = hashlib.sha256(target.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        self._path = state_dir / "seen" / f"{name}.json" if target else None

    def read(self) -> Any:
        """The members that were written, None if there are none."""
        if self._path is None:
            return None
        try:
            content, is_open = read_private(self._path, _MOST)
            return None if is_open else json.loads(content)
        except (OSError, ValueError, RecursionError):
            return None

    def write(self, members: Mapping[str, Any]) -> None:
        """Put them in the place of what was there, at once or not at all."""
        if self._path is None:
            return
        with contextlib.suppress(OSError):  # a full disk must not stop a statement: it is a cache
            folder = private_directory(self._path.parent)
            handle, made = tempfile.mkstemp(dir=folder)  # of mode 0600
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(members, file)
                Path(made).replace(self._path)
            except BaseException:
                Path(made).unlink(missing_ok=True)
                raise
