"""A question of our own that reads rows, told from the questions about the catalog.

Drivers answer it apart from what the caller does: only while the session is in no transaction, in a
read-only transaction that ends with it, for a moment at most. The answer is None when that cannot be.
"""

from __future__ import annotations

MILLISECONDS = 250  # that one may take, or wait for a lock


class Aside(str):
    """The text of such a question."""

    __slots__ = ()
