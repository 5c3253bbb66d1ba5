"""Events, clients and enrolment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "actor_terms",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("term", sa.String(length=512), nullable=False),
        sa.Column("actor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", "term", "actor", name=op.f("pk_actor_terms")),
    )
    op.create_table(
        "actors",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actors")),
        sa.UniqueConstraint("tenant", "digest", name=op.f("uq_actors_tenant_digest")),
    )
    op.create_table(
        "chains",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("client", sa.String(length=512), nullable=False),
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("sender", sa.String(length=512), nullable=False),
        sa.Column("begun", sa.Float(precision=53), nullable=False),
        sa.Column("last", sa.Float(precision=53), nullable=False),
        sa.Column("received", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chains")),
        sa.UniqueConstraint("tenant", "client", "boot", name=op.f("uq_chains_tenant_client_boot")),
    )
    op.create_table(
        "clients",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("client", sa.String(length=512), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.String(length=128), nullable=False),
        sa.Column("sender", sa.String(length=512), nullable=False),
        sa.Column("ungoverned", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("first", sa.Float(precision=53), nullable=False),
        sa.Column("last", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "client", name=op.f("pk_clients")),
    )
    op.create_table(
        "counts",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("bucket", sa.Float(precision=53), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "bucket", "name", name=op.f("pk_counts")),
    )
    op.create_table(
        "enrolments",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(length=128), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(precision=53), nullable=False),
        sa.Column("created_by", sa.String(length=512), nullable=False),
        sa.Column("expires", sa.Float(precision=53), nullable=True),
        sa.Column("revoked", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_enrolments")),
    )
    op.create_table(
        "events",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("chain", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("time", sa.Float(precision=53), nullable=False),
        sa.Column("received", sa.Float(precision=53), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shape", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation", sa.String(length=256), nullable=True),
        sa.Column("decision", sa.String(length=64), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("masked", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("chain", "seq", "part", "received", name=op.f("pk_events")),
        postgresql_partition_by="RANGE (received)",
    )
    op.create_index(op.f("ix_events_tenant_actor_time"), "events", ["tenant", "actor", "time"], unique=False)
    op.create_index(
        op.f("ix_events_tenant_conversation_time"), "events", ["tenant", "conversation", "time"], unique=False
    )
    op.create_index(op.f("ix_events_tenant_decision"), "events", ["tenant", "decision"], unique=False)
    op.create_index(op.f("ix_events_tenant_id"), "events", ["tenant", "id"], unique=False)
    op.create_index(op.f("ix_events_tenant_shape_time"), "events", ["tenant", "shape", "time"], unique=False)
    op.create_index(
        op.f("ix_events_tenant_status_time"), "events", ["tenant", "status", "time"], unique=False
    )
    op.create_index(op.f("ix_events_tenant_time_id"), "events", ["tenant", "time", "id"], unique=False)
    op.create_table(
        "findings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("chain", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("found", sa.Float(precision=53), nullable=False),
        sa.Column("resolved", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        sa.UniqueConstraint("tenant", "chain", "kind", "seq", name=op.f("uq_findings_tenant_chain_kind_seq")),
    )
    op.create_table(
        "gaps",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("chain", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "chain", "first", name=op.f("pk_gaps")),
    )
    op.create_table(
        "open_intents",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("chain", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "chain", "decision", name=op.f("pk_open_intents")),
    )
    op.create_table(
        "principals",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=512), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("groups_complete", sa.Boolean(), nullable=False),
        sa.Column("acts_for", sa.String(length=512), nullable=True),
        sa.Column("first", sa.Float(precision=53), nullable=False),
        sa.Column("last", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_principals")),
    )
    op.create_table(
        "records",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("chain", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.Float(precision=53), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", "received", name=op.f("pk_records")),
        postgresql_partition_by="RANGE (received)",
    )
    op.create_table(
        "shape_terms",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("term", sa.String(length=512), nullable=False),
        sa.Column("shape", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", "term", "shape", name=op.f("pk_shape_terms")),
    )
    op.create_table(
        "shapes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shapes")),
        sa.UniqueConstraint("tenant", "digest", name=op.f("uq_shapes_tenant_digest")),
    )
