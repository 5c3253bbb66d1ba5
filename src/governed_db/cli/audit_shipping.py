"""`governed-db audit ship`: the events of a state folder into a collector, by a process of its own."""

from __future__ import annotations

import os
import time
from contextlib import suppress

import click

from governed_db.cli import output
from governed_db.cli.audit_lines import audit_folder
from governed_db.cli.options import json_option, state_dir_option
from governed_db.config.collectors import check
from governed_db.errors import AuditUnavailable


@click.command()
@click.option("--to", "url", required=True, metavar="URL", help="Where the collector takes events.")
@click.option(
    "--token-env",
    default="COLLECTOR_TOKEN",
    show_default=True,
    metavar="NAME",
    help="The variable that holds the collector's bearer token.",
)
@click.option("-f", "--follow", is_flag=True, help="Go on with new events until interrupted.")
@click.option(
    "--every", default=1.0, show_default=True, metavar="SECONDS", help="How often to look for new ones."
)
@state_dir_option
@json_option
def ship(
    *, url: str, token_env: str, follow: bool, every: float, state_dir: str | None, as_json: bool
) -> None:
    """Send what has not been sent yet. Events stay on disk; a collector knows those that it has."""
    from governed_db.remote.backlog import Backlog, alone
    from governed_db.remote.routes import places_of, sink
    from governed_db.remote.shipper import Shipper

    check(url)
    folder = audit_folder(state_dir)
    place = places_of(url, folder.parent)
    with alone(place.with_suffix(".lock")) as is_alone:
        if not is_alone:
            raise AuditUnavailable(
                "another process sends these events to this collector",
                code="GDB607",
                help="one is enough; when it ends, the next may begin",
            )
        shipper = Shipper(Backlog(folder, place), sink(url, lambda: os.environ.get(token_env)))
        with suppress(KeyboardInterrupt):
            while True:
                pause = shipper.step()
                if not follow and (pause is None or shipper.problem):
                    break
                time.sleep(every if pause is None else pause)
    if shipper.problem:
        raise AuditUnavailable(
            f"not all events were sent: {shipper.problem}",
            code="GDB606",
            help="nothing is lost: run it again, or with --follow, which tries until the collector answers",
        )
    output.tell(
        {"sent": shipper.sent},
        lambda console: output.show(console, f"{shipper.sent} events sent"),
        as_json=as_json,
    )
