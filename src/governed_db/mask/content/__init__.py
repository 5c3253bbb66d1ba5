"""Text into the same text without the personal data and credentials that stand in it."""
