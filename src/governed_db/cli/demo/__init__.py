"""`governed-db demo`: what governed_db does, shown and checked while it is shown."""
