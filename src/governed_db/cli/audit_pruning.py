"""`governed-db audit prune`: old parts of the trail, which others have, into free space."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

import attrs
import click

from governed_db.cli import output
from governed_db.cli.audit_lines import audit_folder
from governed_db.cli.audit_questions import When
from governed_db.cli.options import json_option, state_dir_option


@click.command()
@click.option(
    "--older-than",
    "before",
    type=When(),
    required=True,
    metavar="WHEN",
    help="Written before then: 90d ago, or a date.",
)
@click.option("--exported", is_flag=True, help="All of it is kept elsewhere, whatever was sent.")
@state_dir_option
@json_option
def prune(*, before: float, exported: bool, state_dir: str | None, as_json: bool) -> None:
    """Remove whole files of the trail that every receiver has. What is left is still proven by verify."""
    from governed_db.context.identity import operating_system_principal
    from governed_db.model.audit import AuditEvent
    from governed_db.model.ids import uuid7
    from governed_db.remote import pruning
    from governed_db.remote.spool import Spool

    folder = audit_folder(state_dir)

    def record(told: dict[str, Any]) -> None:
        now = time.time()
        fields = told | {"by": operating_system_principal().id}
        with closing(Spool(folder)) as spool:
            spool.write(AuditEvent(uuid7(now), now, "admin", fields))

    gone = pruning.prune(folder, folder.parent / "shipping", before, record, is_kept=exported)
    said = f"{gone.records} events of {gone.chains} chain(s) are gone: {gone.files} files, {gone.bytes} bytes"
    output.tell(
        attrs.asdict(gone),
        lambda console: output.show(
            console, said if gone.files else "nothing is old enough, or all is needed"
        ),
        as_json=as_json,
    )
