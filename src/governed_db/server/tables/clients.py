"""Clients that said that they are there, and principals as their events name them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, PrimaryKeyConstraint, Table

from governed_db.server.tables.base import METADATA, count, moment, name, tenant, text

CLIENTS: Final = Table(
    "clients",
    METADATA,
    tenant(),
    name("client"),
    name("version", 64),
    name("revision", 128),  # of the bundle in force
    name("sender"),
    count("ungoverned"),  # connections past governed_db in its process
    text("told"),  # the rest of what it said, as JSON
    moment("first"),
    moment("last"),
    PrimaryKeyConstraint("tenant", "client"),
)

PRINCIPALS: Final = Table(
    "principals",
    METADATA,
    tenant(),
    name("id"),
    name("kind", 16),
    text("groups"),
    Column("groups_complete", Boolean, nullable=False),
    name("acts_for", nullable=True),
    moment("first"),
    moment("last"),
    PrimaryKeyConstraint("tenant", "id"),
)
