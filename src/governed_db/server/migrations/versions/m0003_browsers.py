"""Browsers that sign in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "browser_sessions",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=True),
        sa.Column("provider", sa.String(length=128), nullable=False),
        sa.Column("begun", sa.Float(precision=53), nullable=False),
        sa.Column("used", sa.Float(precision=53), nullable=False),
        sa.Column("expires", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "hash", name=op.f("pk_browser_sessions")),
    )
    op.create_index(op.f("ix_browser_sessions_expires"), "browser_sessions", ["expires"])
    op.create_table(
        "browser_sign_ins",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=128), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("expires", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "state", name=op.f("pk_browser_sign_ins")),
    )
    op.create_index(op.f("ix_browser_sign_ins_expires"), "browser_sign_ins", ["expires"])
    op.create_table(
        "sign_in_codes",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("principal", sa.String(length=512), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("expires", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "hash", name=op.f("pk_sign_in_codes")),
    )
