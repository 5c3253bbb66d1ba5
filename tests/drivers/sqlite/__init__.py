"""What only sqlite3 can do: its classes, its callbacks, its ways around us."""
