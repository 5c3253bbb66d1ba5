"""A score into a finding: the thresholds, and the order of findings."""

from __future__ import annotations

from governed_db.model.classification import CLEAR, Finding, Level
from governed_db.model.statement import ColumnRef

STRONG_FROM = 0.8
WEAK_FROM = 0.5


def finding(ref: ColumnRef, classification: str, score: float, evidence: tuple[str, ...]) -> Finding:
    """The finding for a score; below the threshold the column is clear, and the evidence stays."""
    rounded = round(score, 3)
    if rounded < WEAK_FROM:
        return Finding(ref, CLEAR, rounded, Level.NONE, evidence)
    level = Level.STRONG if rounded >= STRONG_FROM else Level.WEAK
    return Finding(ref, classification, rounded, level, evidence)


def clear(ref: ColumnRef) -> Finding:
    return Finding(ref, CLEAR, 0.0, Level.NONE)


def better(left: Finding, right: Finding) -> Finding:
    """The surer of two findings; the first where they are equally sure."""
    return right if right.score > left.score else left
