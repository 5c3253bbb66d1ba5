"""`governed-db keys`: the mask keys of a state folder into a list, a new one, or one less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from governed_db.cli import output
from governed_db.cli.options import json_option, known_state_dir, state_dir_option

if TYPE_CHECKING:
    from rich.console import Console

    from governed_db.remote.mask_keys import MaskKey, MaskKeyFile


@click.group()
def command() -> None:
    """See, rotate and drop the keys that tokens are made with."""


@command.command("list")
@state_dir_option
@json_option
def list_(*, state_dir: str | None, as_json: bool) -> None:
    """The keys by name, the one in use first. A token names its key: tok_NAME_..."""
    _tell(_file(state_dir).keys(), as_json=as_json)


@command.command()
@state_dir_option
@json_option
def rotate(*, state_dir: str | None, as_json: bool) -> None:
    """Make a new key. New tokens differ from old ones; old ones can still be turned back."""
    file = _file(state_dir)
    file.rotate()
    _tell(file.keys(), as_json=as_json)


@command.command()
@click.argument("id")
@state_dir_option
@json_option
def drop(id: str, *, state_dir: str | None, as_json: bool) -> None:
    """Forget an old key: its tokens stand for nothing from now on. There is no way back."""
    file = _file(state_dir)
    file.drop(id)
    _tell(file.keys(), as_json=as_json)


def _file(state_dir: str | None) -> MaskKeyFile:
    from governed_db.remote.mask_keys import MaskKeyFile

    return MaskKeyFile(known_state_dir(state_dir))


def _tell(keys: tuple[MaskKey, ...], *, as_json: bool) -> None:
    told = [{"id": key.id, "made": key.made, "in_use": index == 0} for index, key in enumerate(keys)]
    output.tell(told, lambda console: _draw(console, keys), as_json=as_json)


def _draw(console: Console, keys: tuple[MaskKey, ...]) -> None:
    for index, key in enumerate(keys):
        console.print(
            f"{key.id}  {key.made}  {'in use' if index == 0 else 'reads old tokens'}", highlight=False
        )
