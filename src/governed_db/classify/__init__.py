"""Names, types, neighbours and sampled values of columns into what the columns hold."""

from __future__ import annotations
