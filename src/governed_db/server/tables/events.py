"""Events as they came, and what is asked about them.

A record is a line of a client's chain, kept as its bytes: whoever wants to can follow the chain again. What
many events share is kept once: a shape is what was done (statement, relations, rule, effect), an actor is
who did it with what. Questions about either find its few rows first, and by them the events.

On PostgreSQL `records` and `events` are partitioned by when they were received: that is this server's
clock, so no client chooses the partition, and old ones are dropped whole.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, UniqueConstraint

from governed_db.server.tables.base import METADATA, Number, count, moment, name, tenant, text

CHAINS: Final = Table(
    "chains",
    METADATA,
    Column("id", Number, primary_key=True),
    tenant(),
    name("client"),
    name("boot", 64),
    count("seq"),  # the last record that is here
    name("hash", 64),
    count("records"),
    name("sender"),
    moment("begun"),
    moment("last"),  # time of the last event, by the client's clock
    moment("received"),
    UniqueConstraint("tenant", "client", "boot"),
)

GAPS: Final = Table(
    "gaps",
    METADATA,
    tenant(),
    Column("chain", Number, nullable=False),
    count("first"),
    count("last"),
    PrimaryKeyConstraint("tenant", "chain", "first"),
)

FINDINGS: Final = Table(
    "findings",
    METADATA,
    Column("id", Number, primary_key=True),
    tenant(),
    Column("chain", Number, nullable=False),
    name("kind", 32),
    count("seq"),
    text("detail"),
    moment("found"),
    moment("resolved", nullable=True),
    UniqueConstraint("tenant", "chain", "kind", "seq"),
)

# Intents whose outcome has not come yet.
OPEN: Final = Table(
    "open_intents",
    METADATA,
    tenant(),
    Column("chain", Number, nullable=False),
    name("decision", 64),
    count("seq"),
    moment("time"),
    PrimaryKeyConstraint("tenant", "chain", "decision"),
)

RECORDS: Final = Table(
    "records",
    METADATA,
    tenant(),
    Column("chain", Number, nullable=False),
    count("seq"),
    moment("received"),
    text("line"),
    PrimaryKeyConstraint("chain", "seq", "received"),
    postgresql_partition_by="RANGE (received)",
)

EVENTS: Final = Table(
    "events",
    METADATA,
    tenant(),
    name("id", 64),
    Column("chain", Number, nullable=False),
    count("seq"),
    Column("part", Integer, nullable=False),
    moment("time"),
    moment("received"),
    name("phase", 16),
    name("status", 16),
    Column("actor", Number, nullable=False),
    Column("shape", Number, nullable=False),
    name("conversation", 256, nullable=True),
    name("decision", 64, nullable=True),
    count("rows", nullable=True),
    count("masked"),  # columns of it
    moment("seconds", nullable=True),
    PrimaryKeyConstraint("chain", "seq", "part", "received"),
    Index(None, "tenant", "time", "id"),
    Index(None, "tenant", "id"),
    Index(None, "tenant", "shape", "time"),
    Index(None, "tenant", "actor", "time"),
    Index(None, "tenant", "conversation", "time"),
    Index(None, "tenant", "decision"),
    Index(None, "tenant", "status", "time"),
    postgresql_partition_by="RANGE (received)",
)

SHAPES: Final = Table(
    "shapes",
    METADATA,
    Column("id", Number, primary_key=True),
    tenant(),
    name("digest", 64),
    text("statement"),
    text("fields"),
    UniqueConstraint("tenant", "digest"),
)

ACTORS: Final = Table(
    "actors",
    METADATA,
    Column("id", Number, primary_key=True),
    tenant(),
    name("digest", 64),
    text("fields"),
    UniqueConstraint("tenant", "digest"),
)

SHAPE_TERMS: Final = Table(
    "shape_terms",
    METADATA,
    tenant(),
    name("kind", 16),
    name("term"),
    Column("shape", Number, nullable=False),
    PrimaryKeyConstraint("tenant", "kind", "term", "shape"),
)

ACTOR_TERMS: Final = Table(
    "actor_terms",
    METADATA,
    tenant(),
    name("kind", 16),
    name("term"),
    Column("actor", Number, nullable=False),
    PrimaryKeyConstraint("tenant", "kind", "term", "actor"),
)

# Sums for charts: what happened within a few minutes.
COUNTS: Final = Table(
    "counts",
    METADATA,
    tenant(),
    moment("bucket"),
    name("name", 32),
    count("value"),
    PrimaryKeyConstraint("tenant", "bucket", "name"),
)
