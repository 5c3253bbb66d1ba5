"""A state folder into its approval store, with what happens in it told to the folder's targets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from governed_db.remote.approvals import ApprovalStore
from governed_db.remote.notices.targets import load_targets

if TYPE_CHECKING:
    from governed_db.remote.notices.sender import Sender

STORE_NAME = "approvals.sqlite"


def open_approvals(state_dir: Path) -> ApprovalStore:
    """The store, whose steps wake a sender."""
    targets = load_targets(state_dir)
    store = ApprovalStore(state_dir / STORE_NAME, targets=[target.name for target in targets])
    if targets:
        from governed_db.remote.notices.sender import Sender  # an HTTP client, which nobody else needs

        sender = Sender(store.file, targets)
        store.told = sender.wake
        sender.wake()  # what an earlier process left
    return store


def open_sender(state_dir: Path) -> Sender:
    """What sends by hand."""
    from governed_db.remote.notices.sender import Sender

    store = ApprovalStore(state_dir / STORE_NAME)
    return Sender(store.file, load_targets(state_dir))
