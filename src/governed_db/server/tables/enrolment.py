"""Keys that enrolled clients show: only their hashes are kept."""

from __future__ import annotations

from sqlalchemy import PrimaryKeyConstraint, Table

from governed_db.server.tables.base import METADATA, moment, name, tenant, text

ENROLMENTS = Table(
    "enrolments",
    METADATA,
    tenant(),
    name("id", 32),
    name("label", 128),
    name("hash", 64),
    text("roles"),  # names with commas between them
    moment("created"),
    name("created_by"),
    moment("expires", nullable=True),
    moment("revoked", nullable=True),
    PrimaryKeyConstraint("tenant", "id"),
)
