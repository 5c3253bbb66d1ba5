"""Personal data comes back masked, under whatever name it is asked for; everything else as it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import governed_db

with closing(sqlite3.connect("clinic.db")) as raw:  # an ordinary database, made without governed_db
    raw.execute("CREATE TABLE patients (id INTEGER PRIMARY KEY, name TEXT, email TEXT, ward TEXT)")
    raw.execute("INSERT INTO patients VALUES (1, 'Ada Example', 'ada@example.org', 'north')")
    raw.commit()

with closing(governed_db.connect("sqlite:///clinic.db")) as connection:
    rows = connection.execute(
        "WITH p(id, note, ward) AS (SELECT id, name || ' <' || email || '>', ward FROM patients)"
        " SELECT id, note AS harmless, ward FROM p"
    ).fetchall()

print(rows)
assert rows == [(1, "***", "north")]
