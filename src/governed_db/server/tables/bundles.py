"""Drafts of policies, what second people said of them, and what was published: the separation of duties is
in the constraints, so that no code can forget it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, Table

from governed_db.server.tables.base import METADATA, count, moment, name, tenant, text

# `*_alike`: a name in the one form in which case, padding and compatibility forms make no second person.
DRAFTS = Table(
    "policy_drafts",
    METADATA,
    tenant(),
    name("id", 32),
    name("name", 100),
    name("author"),
    name("author_alike"),
    text("note"),
    name("main", 100),
    name("schema", 100, nullable=True),
    text("files"),  # JSON: text by name
    name("digest", 64),
    name("state", 16),  # open | submitted | withdrawn
    moment("created"),
    moment("changed"),
    count("based_on", nullable=True),  # a version
    PrimaryKeyConstraint("tenant", "id"),
)

REVIEWS = Table(
    "policy_reviews",
    METADATA,
    tenant(),
    name("draft", 32),
    name("digest", 64),
    name("author_alike"),
    name("reviewer"),
    name("reviewer_alike"),
    Column("agrees", Integer, nullable=False),
    text("comment"),
    moment("at"),
    PrimaryKeyConstraint("tenant", "draft", "digest", "reviewer_alike", "agrees"),
    ForeignKeyConstraint(["tenant", "draft"], ["policy_drafts.tenant", "policy_drafts.id"]),
    CheckConstraint("author_alike <> reviewer_alike", name="a_second_person_reviews"),
    CheckConstraint("agrees IN (0, 1)", name="agrees_or_not"),
)

PUBLISHED = Table(
    "policy_versions",
    METADATA,
    tenant(),
    name("name", 100),
    count("version"),
    name("draft", 32),
    name("digest", 64),
    name("author_alike"),
    name("reviewer_alike"),
    Column("agrees", Integer, nullable=False),
    name("published_by"),
    name("why", 16),  # published | rolled_back | renewed | revoked | keys
    moment("at"),
    moment("expires"),
    count("seconds"),
    name("stale", 16),
    name("etag", 64),
    text("document"),
    PrimaryKeyConstraint("tenant", "name", "version"),
    ForeignKeyConstraint(
        ["tenant", "draft", "digest", "reviewer_alike", "agrees"],
        [
            "policy_reviews.tenant",
            "policy_reviews.draft",
            "policy_reviews.digest",
            "policy_reviews.reviewer_alike",
            "policy_reviews.agrees",
        ],
    ),
    CheckConstraint("agrees = 1", name="what_was_agreed_to"),
    CheckConstraint("author_alike <> reviewer_alike", name="a_second_person_agreed"),
)

REVOKED = Table(
    "revocations",
    METADATA,
    tenant(),
    name("kind", 16),  # principal | token
    name("id"),
    moment("before", nullable=True),
    name("revoked_by"),
    text("comment"),
    moment("at"),
    PrimaryKeyConstraint("tenant", "kind", "id"),
)

SIGNING_KEYS = Table(
    "signing_keys",
    METADATA,
    tenant(),
    name("kid", 16),
    name("public", 64),
    name("state", 16),  # current | leaving | retired
    moment("made"),
    name("made_by"),
    PrimaryKeyConstraint("tenant", "kid"),
)
