"""Chance for the threads of this library, apart from the generator that the module `random` shares.

A program that seeded that one is not to find it moved on by somebody else's thread.
"""

from __future__ import annotations

import random
from typing import Final

CHANCE: Final = random.SystemRandom()
