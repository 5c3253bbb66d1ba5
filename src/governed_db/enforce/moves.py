"""What a change asks of its connection, as values."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import attrs

from governed_db.core.effects import RunResult
from governed_db.core.plan import Plan
from governed_db.core.previewing import Trial


@attrs.frozen
class Understand:
    """Answered with the plan of statement `number`."""

    number: int


@attrs.frozen
class Open:
    """Begin what can be undone as a whole. `is_trial`: it will be."""

    is_trial: bool


@attrs.frozen
class Undo:
    """Take back everything since Open."""


@attrs.frozen
class Keep:
    """End what Open began as the driver would: committed in autocommit mode, in an open transaction else."""


@attrs.frozen
class RunPart:
    """Send statement `number` down the line. Answered with its RunResult."""

    number: int


@attrs.frozen
class Measure:
    """Make the preview of statement `number`. Answered with it."""

    number: int
    plan: Plan
    trial: Trial


Move = Understand | Open | Undo | Keep | RunPart | Measure
Moves = Generator[Move, Any, tuple[RunResult, ...]]
