"""psycopg's connections, cursors, copies and pipelines, governed; sync and async are one, as generators."""
