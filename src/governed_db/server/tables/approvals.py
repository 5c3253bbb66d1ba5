"""Requests, votes, grants and previews of a fleet."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, PrimaryKeyConstraint, Table
from sqlalchemy import text as sql

from governed_db.server.tables.base import METADATA, count, moment, name, tenant, text

REQUESTS = Table(
    "approval_requests",
    METADATA,
    tenant(),
    name("id", 32),
    name("asker"),  # the credential that asked: nobody else may use what is granted
    name("binding", 64),
    name("state", 16),
    text("subject"),
    moment("created"),
    moment("expires"),
    name("decided_by", nullable=True),
    moment("decided_at", nullable=True),
    text("comment"),
    name("statement", 64),
    text("differs"),
    text("review", nullable=True),
    moment("review_due", nullable=True),
    PrimaryKeyConstraint("tenant", "id"),
)
Index(
    "one_pending_request",
    REQUESTS.c.tenant,
    REQUESTS.c.asker,
    REQUESTS.c.binding,
    unique=True,
    sqlite_where=sql("state = 'pending'"),
    postgresql_where=sql("state = 'pending'"),
)
Index("requests_by_state", REQUESTS.c.tenant, REQUESTS.c.state, REQUESTS.c.expires)
Index("requests_by_statement", REQUESTS.c.tenant, REQUESTS.c.statement)

VOTES = Table(
    "approval_votes",
    METADATA,
    tenant(),
    name("request", 32),
    name("voter"),
    name("voter_alike"),
    Column("agrees", Integer, nullable=False),
    moment("at"),
    text("comment"),
    name("proof", 16),
    PrimaryKeyConstraint("tenant", "request", "voter_alike"),
    ForeignKeyConstraint(["tenant", "request"], ["approval_requests.tenant", "approval_requests.id"]),
)

GRANTS = Table(
    "approval_grants",
    METADATA,
    tenant(),
    name("id", 32),
    name("request", 32),
    name("asker"),
    name("binding", 64),
    name("state", 16),
    moment("expires"),
    count("uses_left"),
    count("rows", nullable=True),
    name("attempt", 64, nullable=True),  # which attempt holds it
    PrimaryKeyConstraint("tenant", "id"),
    ForeignKeyConstraint(["tenant", "request"], ["approval_requests.tenant", "approval_requests.id"]),
)
Index("grants_by_binding", GRANTS.c.tenant, GRANTS.c.binding, GRANTS.c.state)
Index("grants_by_request", GRANTS.c.tenant, GRANTS.c.request)
Index("grants_by_state", GRANTS.c.tenant, GRANTS.c.state, GRANTS.c.expires)

PREVIEWS = Table(
    "approval_previews",
    METADATA,
    tenant(),
    name("request", 32),
    moment("at"),
    text("preview"),
    PrimaryKeyConstraint("tenant", "request"),
    ForeignKeyConstraint(["tenant", "request"], ["approval_requests.tenant", "approval_requests.id"]),
)
