"""Settings come from keywords, then the environment, then defaults."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from governed_db.config import Settings, load_settings, open_state_dir
from governed_db.errors import ConfigurationError
from governed_db.model.principal import Principal


def environ(home: Path, **more: str) -> dict[str, str]:
    """An environment that sets the state folder and more."""
    return {"GOVERNED_DB_HOME": str(home)} | {f"GOVERNED_DB_{name}": value for name, value in more.items()}


def test_defaults(tmp_path: Path) -> None:
    """With nothing set, nothing but the state folder is known."""
    assert load_settings(environ=environ(tmp_path)) == Settings(state_dir=tmp_path)


def test_environment(tmp_path: Path) -> None:
    """Each setting has its variable; a principal named there is a service."""
    found = load_settings(
        environ=environ(
            tmp_path,
            POLICY="read-only",
            PRINCIPAL="reports",
            CONTROL_PLANE="https://control.test/",
            TOKEN="fake",
        )
    )

    assert found == Settings(
        tmp_path,
        "read-only",
        Principal("reports", kind="service"),
        "https://control.test",
        "env:GOVERNED_DB_TOKEN",  # read again whenever it is needed
        collectors=("https://control.test/events",),
    )


def test_keywords_win(tmp_path: Path) -> None:
    """A keyword overrides its variable."""
    found = load_settings(
        policy={"version": 1},
        principal=Principal("alice", kind="human"),
        state_dir=tmp_path / "keyword",
        control_plane="https://keyword.test",
        token="keyword",
        environ=environ(
            tmp_path / "variable", POLICY="p", PRINCIPAL="i", CONTROL_PLANE="https://variable.test", TOKEN="t"
        ),
    )

    assert found == Settings(
        tmp_path / "keyword",
        {"version": 1},
        Principal("alice", kind="human"),
        "https://keyword.test",
        "keyword",
        collectors=("https://keyword.test/events",),
    )
    assert not (tmp_path / "variable").exists()


def test_empty_variables_are_not_set(tmp_path: Path) -> None:
    """A variable that is set to nothing counts as not set."""
    assert load_settings(environ=environ(tmp_path, POLICY="", PRINCIPAL="", TOKEN="")) == Settings(tmp_path)


def test_process_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without being told, the process's own environment is read."""
    monkeypatch.setenv("GOVERNED_DB_HOME", str(tmp_path))
    monkeypatch.setenv("GOVERNED_DB_POLICY", "observe")

    assert load_settings().policy == "observe"


def test_platform_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default is the platform's state folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))

    path = open_state_dir()

    assert path.is_dir()
    assert path.is_relative_to(tmp_path)
    assert path.name == "governed_db"


def test_token_is_not_shown(tmp_path: Path) -> None:
    """A representation in a log does not show the token."""
    assert "fake-token" not in repr(load_settings(token="fake-token", environ=environ(tmp_path)))


@pytest.mark.parametrize("principal", ["  ", 7])
def test_invalid_principal(tmp_path: Path, principal: object) -> None:
    """A principal without an id is refused."""
    with pytest.raises(ConfigurationError, match=r"GDB503 .*\n  = help: "):
        load_settings(principal=principal, environ=environ(tmp_path))  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize(
    "url", ["control.test", "ftp://control.test", "https://u:fake-pass@control.test", "https://["]
)
def test_invalid_control_plane(tmp_path: Path, url: str) -> None:
    """An address that is no plain http(s) URL is refused without repeating it."""
    with pytest.raises(ConfigurationError, match=r"GDB504 .*\n  = help: ") as caught:
        load_settings(control_plane=url, environ=environ(tmp_path))

    assert "fake-pass" not in str(caught.value)


def test_state_folder_is_made_private(tmp_path: Path) -> None:
    """A new state folder can be read by its owner only, whatever the umask."""
    before = os.umask(0)
    try:
        path = open_state_dir(tmp_path / "a" / "b")
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_state_folder_is_kept(tmp_path: Path) -> None:
    """An existing folder is used as it is."""
    (open_state_dir(tmp_path / "s") / "spool").write_text("kept")

    assert (open_state_dir(tmp_path / "s") / "spool").read_text() == "kept"


def test_state_folder_is_a_file(tmp_path: Path) -> None:
    """A file in its place is an error with help, and is left alone."""
    path = tmp_path / "file"
    path.write_text("kept")

    for wanted in (path, path / "below", path / "far" / "below"):
        with pytest.raises(ConfigurationError, match=r"GDB502 .*is a file or lies below one\n  = help: "):
            open_state_dir(wanted)
    assert path.read_text() == "kept"


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_state_folder_is_open_to_others(tmp_path: Path, mode: int) -> None:
    """A folder that others can enter is refused, not silently changed."""
    path = tmp_path / "open"
    path.mkdir()
    path.chmod(mode)

    with pytest.raises(ConfigurationError, match="open to other users\n  = help: run: chmod 700"):
        open_state_dir(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_state_folder_of_another_user(tmp_path: Path) -> None:
    """A folder of another user is refused, private as it may be."""
    path = tmp_path / "foreign"
    if os.geteuid() == 0:
        path.mkdir(mode=0o700)
        os.chown(path, 65534, 65534)
    else:
        path = Path("/")  # root's

    with pytest.raises(ConfigurationError, match=r"GDB502 .*belongs to another user\n  = help: "):
        open_state_dir(path)


@pytest.mark.parametrize("mode", [0o500, 0o300, 0o000])
def test_state_folder_cannot_be_used(tmp_path: Path, mode: int) -> None:
    """A folder that its owner cannot read, write and enter is refused at once, not at the first event."""
    path = tmp_path / "closed"
    path.mkdir()
    path.chmod(mode)

    with pytest.raises(ConfigurationError, match=r"GDB502 .*cannot be read and written\n  = help: "):
        open_state_dir(path)


def test_invalid_path(tmp_path: Path) -> None:
    """A path that no system accepts is refused the same way."""
    with pytest.raises(ConfigurationError, match="GDB502"):
        open_state_dir(f"{tmp_path}/a\x00b")
    with pytest.raises(ConfigurationError, match="GDB502"):
        open_state_dir(tmp_path / ("x" * 300))
