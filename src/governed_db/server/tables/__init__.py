"""The tables of a control plane, a module for each noun, all in one MetaData."""

from __future__ import annotations

from governed_db.server.tables import approvals, browsers, bundles, clients, enrolment, events
from governed_db.server.tables.base import METADATA

__all__ = ["METADATA", "approvals", "browsers", "bundles", "clients", "enrolment", "events"]
