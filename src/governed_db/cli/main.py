"""Command-line words into the command that they name, imported only then.

Exit codes: 0 it is so, 1 it is not (refused, broken, a test failed), 2 it was asked wrongly.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from governed_db import __version__
from governed_db.errors import ConfigurationError, Error

# Name: module, and the line of help; `governed-db --help` loads none of them.
_COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "demo": ("demo.command", "See it work: an agent's session on generated data, told step by step."),
        "explain": ("explain", "What would happen with a statement, and why. Runs nothing."),
        "run": ("launch", "Run a program with its database drivers governed, without changing it."),
        "mcp": ("mcp", "Serve a database to models: an MCP server over standard input or HTTP."),
        "doctor": ("doctor", "Is it really on? Checks one database, policy and state folder."),
        "classify": ("classify", "What the columns of a database hold, and a file of it to review."),
        "policy": ("policies", "Check, test and show policies."),
        "audit": ("audits", "Read the audit trail, and prove that nobody changed it."),
        "login": ("login", "Sign in at your identity provider, and keep the token for connections."),
        "bundle": ("bundles", "Sign policies that clients take from any web server, and check signed ones."),
        "keys": ("keys", "See, rotate and drop the keys that tokens are made with."),
        "conversations": ("conversations", "See what conversations took of their limits, and unlock them."),
        "serve": ("serve", "Serve a team: a control plane on this machine (extra `server`)."),
        "server": ("servers", "Look after a control plane: tables, keys of clients, old events."),
        "approvals": ("approvals", "See what was asked for, and approve or deny it."),
    }
)


class Commands(click.Group):
    """A group whose commands are modules of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in _COMMANDS:
            return None
        command = import_module(f"governed_db.cli.{_COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)  # noqa: S101  # for the type checker
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])

    def main(self, args: Any = None, *more: Any, **options: Any) -> Any:
        """As click's, with our own errors told in place of a traceback."""
        words = sys.argv[1:] if args is None else list(args)
        try:
            return super().main(words, *more, **{"prog_name": "governed-db"} | options)
        except Error as error:
            from governed_db.cli.output import tell_error

            tell_error(error, as_json="--json" in words)
            sys.exit(2 if isinstance(error, ConfigurationError) else 1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="governed-db")
def main() -> None:
    """Database access for agents and people: masked, bounded, approved and recorded."""
