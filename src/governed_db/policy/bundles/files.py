"""The files of a bundle into its policy.

They may extend each other and packs, nothing else: a bundle reads no file of the machine that it governs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from governed_db.errors import ConfigurationError, PolicyError
from governed_db.model.policy import Policy
from governed_db.policy.load import load_policy, packs
from governed_db.policy.tree import read_yaml

_YAML = (".yaml", ".yml")


def policy_of(files: Mapping[str, str], name: str) -> Policy:
    """The policy in the file of this name. Raises ConfigurationError GDB563 with what is wrong."""
    problem = ""
    try:
        return load_files(files, name)
    except PolicyError as error:
        problem = "; ".join(error.problems)
    raise ConfigurationError(
        f"the policy of the bundle is not valid: {problem}",
        code="GDB563",
        help="what was in force before stays; correct the policy, and publish it again",
    )


def load_files(files: Mapping[str, str], name: str) -> Policy:
    """The same. Raises PolicyError with everything that is wrong; the names must be plain (is_name)."""
    for file, text in files.items():
        if file.endswith(_YAML):
            _check_extends(file, text, files)
    with tempfile.TemporaryDirectory(prefix="governed-db-") as folder:
        for file, text in files.items():
            (Path(folder) / file).write_text(text, "utf-8")
        return load_policy(Path(folder) / name)


def extended(text: str, source: str) -> tuple[str, ...]:
    """What a policy file says that it extends."""
    return _named(text, source, "extends")


def _named(text: str, source: str, key: str) -> tuple[str, ...]:
    root = read_yaml(text, source)
    node = root.value.get(key) if root.is_map else None
    if node is None:
        return ()
    items = node[1].value if node[1].is_list else (node[1],)
    return tuple(str(item.value) for item in items)


def _check_extends(file: str, text: str, files: Mapping[str, str]) -> None:
    """A policy on trial (`shadow`) is a file too: none of the machine is read, or shown in a problem."""
    for key in ("extends", "shadow"):
        for name in _named(text, file, key):
            if name not in packs() and name not in files:
                said = f"1:1 {key} {name}, which is neither a pack nor in the bundle"
                raise PolicyError([said], source=file)
