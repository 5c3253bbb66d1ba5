"""Promise: a statement that failed keeps nothing alive: neither cursors, nor connections, nor locks."""

from __future__ import annotations

import gc
import sqlite3
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from governed_db.enforce.sqlite.texts import SentTexts

REFUSED = "DELETE FROM api_tokens"
OVER = "UPDATE order_items SET quantity = quantity + 7 WHERE order_id > 0"


@pytest.mark.parametrize(
    "text", [REFUSED, OVER, "SELECT nothing FROM nowhere", "SELECT abs(-9223372036854775808)"]
)
def test_a_cursor_goes_when_nobody_holds_it(shop: Any, text: str) -> None:
    """At once, not when garbage is collected."""
    gc.disable()
    try:
        seen = _tried(shop.cursor(), lambda cursor: cursor.execute(text))
        assert seen() is None
    finally:
        gc.enable()


def _tried(cursor: Any, call: Callable[[Any], Any]) -> Any:
    with suppress(sqlite3.Error):
        call(cursor)
    return weakref.ref(cursor)


def test_what_cannot_be_undone_is_given_up(
    shop: Any, raw: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If undoing fails the connection is closed with all that was read on it, and nothing is changed."""
    reading = shop.execute("SELECT id FROM orders")
    reading.fetchone()
    own = SentTexts.own
    monkeypatch.setattr(
        SentTexts, "own", lambda self, text: own(self, "nope" if text.startswith("ROLLBACK TO") else text)
    )

    with pytest.raises(sqlite3.Error):
        shop.execute(OVER)

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        shop.execute("SELECT 1")
    raw.execute("UPDATE products SET stock = 1")
    assert raw.execute("SELECT count(*) FROM order_items WHERE quantity > 6").fetchone() == (0,)
