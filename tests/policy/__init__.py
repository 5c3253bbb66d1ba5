"""What policies promise, on facts built by hand: no database, no SQL."""
