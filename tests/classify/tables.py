"""A table written as text into findings by column name."""

from __future__ import annotations

from governed_db.classify.score import classify_columns
from governed_db.model.classification import Finding


def table(name: str, columns: str) -> dict[str, Finding]:
    """Findings for "name type" lines; a type may be left out and is then text."""
    described = []
    for line in filter(None, (part.strip() for part in columns.replace(",", "\n").splitlines())):
        column, _, type_name = line.partition(" ")
        described.append(("app", name, column, type_name or "text"))
    return {ref.column: finding for ref, finding in classify_columns(described).items()}


def classes(name: str, columns: str) -> dict[str, str]:
    """Classes alone, by column name."""
    return {column: finding.classification for column, finding in table(name, columns).items()}
