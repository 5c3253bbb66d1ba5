"""Django's PostgreSQL backend over governed_db.psycopg."""
