"""The keys of tokens: made once for all processes, private, and rotated without losing old tokens."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from governed_db.errors import ConfigurationError
from governed_db.mask.tokens import Domain
from governed_db.remote.mask_keys import FILE_NAME, MaskKeyFile

EMAILS = Domain("shop", "pii.email")
_ASK = """
import sys
from pathlib import Path
from governed_db.remote.mask_keys import MaskKeyFile
print(*MaskKeyFile(Path(sys.argv[1])).ring().ids)
"""


class Clock:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_made_once_and_private(tmp_path: Path) -> None:
    """The first who needs a key makes the file, readable by its owner only; everybody has the same key."""
    first, second = MaskKeyFile(tmp_path).ring(), MaskKeyFile(tmp_path).ring()

    assert first.ids == second.ids
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_many_processes_agree(tmp_path: Path) -> None:
    """Processes that start at the same moment get the same key."""
    asked = [
        subprocess.Popen([sys.executable, "-c", _ASK, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = {process.communicate(timeout=60)[0].strip() for process in asked}

    assert answers == {" ".join(MaskKeyFile(tmp_path).ring().ids)}


def test_rotation_reaches_other_processes(tmp_path: Path) -> None:
    """Others make tokens under the new key within seconds, and read them at once when they ask for it."""
    clock = Clock()
    mine, other = MaskKeyFile(tmp_path, clock=clock), MaskKeyFile(tmp_path)
    before = mine.ring()
    token = before.current.token_of("jane", EMAILS)

    other.rotate()

    assert mine.ring() is before
    clock.now = 10
    after = mine.ring()
    assert after is not before
    assert after.ids == other.latest().ids
    assert after.ids[1:] == before.ids
    assert after.value_of(token, EMAILS) == "jane"


def test_dropped_keys_are_gone(tmp_path: Path) -> None:
    """An old key can be dropped, the one in use cannot."""
    file = MaskKeyFile(tmp_path)
    old = file.ring().ids[0]
    with pytest.raises(ConfigurationError, match="in use"):
        file.drop(old)

    new = file.rotate().id
    file.drop(old)

    assert file.latest().ids == (new,)
    with pytest.raises(ConfigurationError, match="no mask key"):
        file.drop(old)


def test_open_keys_are_refused(tmp_path: Path) -> None:
    """Keys that others could have read are not used in silence."""
    MaskKeyFile(tmp_path).ring()
    (tmp_path / FILE_NAME).chmod(0o644)

    with pytest.raises(ConfigurationError, match="read by other users"):
        MaskKeyFile(tmp_path).ring()


@pytest.mark.parametrize("content", ["", "2026-01-01", "2026-01-01 abcd\n", "2026-01-01 zz\n", "\x00\xff"])
def test_damaged_keys_are_never_replaced(tmp_path: Path, content: str) -> None:
    """A damaged file is told, not replaced: its tokens would be lost."""
    path = tmp_path / FILE_NAME
    path.write_bytes(content.encode("latin-1"))
    path.chmod(0o600)

    with pytest.raises(ConfigurationError, match="damaged"):
        MaskKeyFile(tmp_path).ring()
    assert path.read_bytes() == content.encode("latin-1")


def test_keys_are_not_shown(tmp_path: Path) -> None:
    """What can be printed of a key is its name and age."""
    made = MaskKeyFile(tmp_path).rotate()

    assert made.key.hex() not in repr(made)
