"""`governed-db run`: a Python program into the same program with governed drivers, sub-processes too."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Final

import click

import governed_db
from governed_db.cli.options import json_option, policy_option, state_dir_option
from governed_db.config.settings import PREFIX
from governed_db.errors import ConfigurationError

_PACKAGE: Final = Path(governed_db.__file__).parent


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("-m", "is_module", is_flag=True, help="PROGRAM is a module, as of python -m.")
@click.option("--driver", "drivers", multiple=True, metavar="NAME", help="Only this one; may be repeated.")
@policy_option
@click.option("--principal", metavar="ID", help="Who acts.  [default: GOVERNED_DB_PRINCIPAL, else you]")
@state_dir_option
@json_option
@click.argument("program")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def command(
    *,
    is_module: bool,
    drivers: tuple[str, ...],
    policy: str | None,
    principal: str | None,
    state_dir: str | None,
    as_json: bool,  # noqa: ARG001  # errors are told by it
    program: str,
    args: tuple[str, ...],
) -> None:
    """Run a program with its drivers governed: a .py file, a module (-m), or a command such as gunicorn.

    Options of ours come before PROGRAM. Takes the place of this process, so signals and exit code are
    the program's own.
    """
    if policy is not None:
        policy = _checked(policy)
    said = {"POLICY": policy, "PRINCIPAL": principal, "HOME": state_dir, "INSTALL": ",".join(drivers)}
    environment = os.environ | {PREFIX + name: value for name, value in said.items() if value}
    environment["PYTHONPATH"] = _path(environment.get("PYTHONPATH"))
    words = [*_program(program, is_module=is_module), *args]
    governed_db.install(*drivers)  # complains of drivers that are not known
    sys.stdout.flush()
    os.execve(words[0], words, environment)  # noqa: S606  # that is what it is for


def _checked(policy: str) -> str:
    """The policy by a name that holds in any folder; its mistakes are told before the program starts."""
    from governed_db.policy.load import load_policy, packs

    load_policy(policy)
    return policy if policy in packs() else str(Path(policy).absolute())


def _program(program: str, *, is_module: bool) -> list[str]:
    if is_module:
        return [sys.executable, "-m", program]
    if program.endswith(".py") or Path(program, "__main__.py").exists():
        return [sys.executable, program]
    found = shutil.which(program)
    if found is None:
        raise ConfigurationError(
            f"there is no program {program}",
            code="GDB509",
            help="name a .py file, -m and a module, or a command",
        )
    return [found]


def _path(before: str | None) -> str:
    """Where every Python below finds its start-up code, and us."""
    is_installed = any(Path(path) == _PACKAGE.parent for path in sys.path if "site-packages" in path)
    ours = [str(_PACKAGE / "bootstrap"), *([] if is_installed else [str(_PACKAGE.parent)])]
    return os.pathsep.join([*ours, *([before] if before else [])])
