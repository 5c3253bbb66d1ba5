"""Django's SQLite backend over governed_db.sqlite3."""
