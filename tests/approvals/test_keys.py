"""Promise: digests are made with a key that stays in the folder, is the same for all, and is not guessed."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governed_db.errors import ConfigurationError
from governed_db.remote.keys import digest, load_key


def test_one_key_for_a_folder(tmp_path: Path) -> None:
    """Threads that ask at once for a folder's first key get the same one; another folder has another."""
    keys: list[bytes] = []
    threads = [threading.Thread(target=lambda: keys.append(load_key(tmp_path / "a"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(keys) == 16
    assert len({*keys, load_key(tmp_path / "b")}) == 2
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["digest.key"]


def test_key_file(tmp_path: Path) -> None:
    """The key is 32 bytes in a file of mode 0600."""
    key = load_key(tmp_path)

    path = tmp_path / "digest.key"
    assert (path.read_bytes(), len(key)) == (key, 32)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_key_that_others_could_read(tmp_path: Path) -> None:
    """A key that others could read is refused."""
    load_key(tmp_path)
    (tmp_path / "digest.key").chmod(0o644)

    with pytest.raises(ConfigurationError, match=r"GDB503.*other users"):
        load_key(tmp_path)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_damaged_key(tmp_path: Path, content: bytes) -> None:
    """A damaged key is refused and never replaced silently."""
    load_key(tmp_path)
    (tmp_path / "digest.key").write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"GDB503.*damaged"):
        load_key(tmp_path)

    assert (tmp_path / "digest.key").read_bytes() == content


def test_key_behind_a_link(tmp_path: Path) -> None:
    """A key file that is a link to somewhere else is refused."""
    load_key(tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "digest.key").symlink_to(tmp_path / "a" / "digest.key")

    with pytest.raises(ConfigurationError, match="GDB502"):
        load_key(tmp_path / "b")


def test_folder_that_cannot_be_used(tmp_path: Path) -> None:
    """A state folder that is a file is refused with what to do."""
    (tmp_path / "state").write_text("")

    with pytest.raises(ConfigurationError, match="GDB502"):
        load_key(tmp_path / "state")


parts = st.lists(st.binary(max_size=9), max_size=4)


@given(one=parts, other=parts)
def test_digests_tell_parts_apart(one: list[bytes], other: list[bytes]) -> None:
    """Two lists of parts have the same digest only when they are the same list."""
    assert (digest(b"k" * 32, *one) == digest(b"k" * 32, *other)) == (one == other)
    assert digest(b"k" * 32, *one) != digest(b"l" * 32, *one)
