"""Programs that nobody changes, governed from outside."""
