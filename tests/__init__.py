"""The promises of governed_db, one file each, on real databases."""
