"""SQLAlchemy's engines over governed drivers: `postgresql+governed://`, and the like for MySQL and SQLite.

The dialects are found by their entry points; nothing has to be imported to use them.
"""

from __future__ import annotations

from governed_db.sqlalchemy.check import assert_governed

__all__ = ["assert_governed"]
