"""One changed import governs a program that uses psycopg; its error handling goes on to work."""

from __future__ import annotations

import os

from governed_db import psycopg  # was: import psycopg

with psycopg.connect(os.environ["POSTGRES_URL"]) as connection:
    cities = connection.execute("SELECT city, count(*) FROM customers GROUP BY city ORDER BY city").fetchall()
    people = connection.execute("SELECT name, email FROM customers ORDER BY id LIMIT 2").fetchall()
    try:
        connection.execute("TRUNCATE customers CASCADE")
        refused = None
    except psycopg.errors.InsufficientPrivilege as error:
        refused = error
    connection.execute("SELECT 1")  # the transaction is as it was before the refusal

print(cities, people, refused, sep="\n")
assert people == [("***", "***"), ("***", "***")]
assert refused is not None
assert refused.sqlstate == "42501"
