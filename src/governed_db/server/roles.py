"""What somebody may be to a control plane."""

from __future__ import annotations

import enum


class Role(enum.Enum):
    """Roles are named one by one; only an administrator is also a viewer by being one."""

    CLIENT = "client"  # a workload: posts events, fetches bundles, asks for approvals
    VIEWER = "viewer"  # sees what goes on
    APPROVER = "approver"  # decides requests, where the policy lets them
    AUTHOR = "author"  # writes and proposes policies
    AUDITOR = "auditor"  # sees also who did what on the server, and whether the trail is whole
    ADMIN = "admin"  # enrols clients


READERS = frozenset({Role.VIEWER, Role.APPROVER, Role.AUTHOR, Role.AUDITOR, Role.ADMIN})
