"""Browsers that are signed in, that are about to be, and codes with which somebody at the machine may be.

Of everything that a browser holds only the hash is kept: who reads this table cannot act for anybody.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from governed_db.server.tables.base import METADATA, moment, name, tenant, text

SESSIONS: Final = Table(
    "browser_sessions",
    METADATA,
    tenant(),
    name("hash", 64),
    text("principal"),  # JSON: id, kind, groups, groups_complete
    text("roles", nullable=True),  # of a local sign-in; else they follow from the groups each time
    name("provider", 128),  # its label, "local" for a code
    moment("begun"),
    moment("used"),
    moment("expires"),
    PrimaryKeyConstraint("tenant", "hash"),
    Index(None, "expires"),
)

# One for each time that somebody was sent to an identity provider; gone when they come back.
SIGN_INS: Final = Table(
    "browser_sign_ins",
    METADATA,
    tenant(),
    name("state", 64),  # its hash
    name("browser", 64),  # hash of what that browser holds, so that nobody else's answer is taken
    name("provider", 128),
    name("nonce", 64),
    name("verifier", 128),
    text("way"),  # where to go then
    moment("expires"),
    PrimaryKeyConstraint("tenant", "state"),
    Index(None, "expires"),
)

CODES: Final = Table(
    "sign_in_codes",
    METADATA,
    tenant(),
    name("hash", 64),
    name("principal"),
    text("roles"),
    moment("expires"),
    PrimaryKeyConstraint("tenant", "hash"),
)
