"""Where a caller's literals and parameters meet stored columns, and where a token may stand for a value."""

from __future__ import annotations

import pytest

from tests.sql.conftest import WorldOf

ALL = ("postgres", "mysql", "sqlite")
MARKS = {"postgres": "$1", "mysql": "?", "sqlite": "?"}

# What is asked; then each place with its columns: = compared, > written, + part of what is written, and
# ! where a token may not be turned back.
CASES = [
    (ALL, "SELECT id FROM customers WHERE email = 'a' AND status <> ?", "'a' = email, ? = status"),
    (ALL, "SELECT id FROM customers WHERE email IN ('a', ?) OR 'b' = phone",
     "'a' = email, ? = email, 'b' = phone"),
    (ALL, "SELECT id FROM customers WHERE (email, phone) = (?, 'b')", "? = email, 'b' = phone"),
    (ALL, "SELECT id, email = ? AS n FROM customers c", "? = email"),
    (ALL, "SELECT CASE email WHEN 'a' THEN 'b' END AS n FROM customers", "'a' = email"),
    (("postgres", "sqlite"), "SELECT id, email = ? FROM customers c", "? = email"),
    (("mysql",), "SELECT id, email = ? FROM customers c", "? = email!"),
    (("postgres",), "SELECT email = 'a' FROM customers", "'a' = email"),
    (("mysql", "sqlite"), "SELECT count(CASE WHEN email = 'a' THEN 1 END) FROM customers", "'a' = email!"),
    (("mysql", "sqlite"), "SELECT (SELECT id FROM customers WHERE email = 'a')", "'a' = email!"),
    (("mysql", "sqlite"), "SELECT * FROM (SELECT email = 'a' FROM customers) t", "'a' = email!"),
    (("mysql", "sqlite"), "SELECT * FROM (SELECT id FROM customers WHERE email = 'a') t", "'a' = email"),
    (("sqlite",), "UPDATE customers SET status = 'a' WHERE id = 1 RETURNING email = 'b'",
     "'a' > status, 'b' = email!"),
    (ALL, "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id AND c.email = ?", "? = email"),
    (ALL, "SELECT n FROM (SELECT email AS n FROM customers) t WHERE n = ?", "? = email"),
    (ALL, "SELECT id FROM customers WHERE email LIKE 'a' OR trim(email) = ? OR email > 'b'", ""),
    (ALL, "SELECT id FROM customers WHERE lower(email) = ? OR upper(phone) = upper('b')",
     "? = email!, 'b' = phone!"),
    (ALL, "SELECT id FROM customers WHERE email = lower(?)", ""),
    (ALL, "SELECT id FROM customers WHERE id = '5' AND id = 5", "'5' = id!"),
    (("postgres",), "SELECT id FROM customers WHERE email = ?::varchar AND phone = CAST(? AS text)",
     "? = email, ? = phone"),
    (("postgres",), "SELECT id FROM customers WHERE email = ?::varchar(3) AND phone = 'a'::char",
     "? = email!, 'a' = phone!"),
    (("postgres",), "SELECT id FROM customers WHERE email = ANY(ARRAY[?, 'b'])", "? = email, 'b' = email"),
    (("postgres",), "SELECT id FROM customers WHERE email = E'a' OR email = $$b$$",
     "E'a' = email!, $$b$$ = email!"),
    (("mysql",), "SELECT id FROM customers WHERE email = _utf8mb4'a' OR email = N'b'",
     "'a' = email!, N'b' = email!"),
    (("sqlite",), "SELECT id FROM customers WHERE email IS ? OR email = :name", "? = email, :name = email"),
    (ALL, "INSERT INTO customers (email, id) VALUES (?, 5), ('b', 6)", "? > email, 'b' > email"),
    (ALL, "INSERT INTO customers (email, phone) VALUES (concat('a', ?), 'b')",
     "'a' + email!, ? + email!, 'b' > phone"),
    (ALL, "INSERT INTO customers (email) SELECT 'a' FROM orders WHERE status = 'b'",
     "'a' + email!, 'b' = status"),
    (ALL, "UPDATE customers SET email = ?, status = 'b' WHERE phone = 'c'",
     "? > email, 'b' > status, 'c' = phone"),
    (("postgres", "sqlite"), "UPDATE customers SET email = 'a' || ? WHERE id = 1",
     "'a' + email!, ? + email!"),
    (("postgres", "sqlite"), "UPDATE customers SET (email, phone) = (?, 'b')", "? > email, 'b' > phone"),
    (("postgres", "sqlite"), "WITH v AS (SELECT ? AS e) UPDATE customers SET email = v.e FROM v",
     "? + email!"),
    (ALL, "DELETE FROM customers WHERE email = ?", "? = email"),
]  # fmt: skip
PARAMETERS = [pytest.param(d, sql, expected, id=f"{d}-{sql[:50]}") for ds, sql, expected in CASES for d in ds]
SIGNS = {"COMPARED": "=", "WRITTEN": ">", "PART": "+"}


@pytest.mark.parametrize(("dialect", "sql", "expected"), PARAMETERS)
def test_given_values_meet_columns(dialect: str, sql: str, expected: str, world: WorldOf) -> None:
    """Every given value is noted with the columns that it is compared with or written into."""
    text = sql.replace("?", MARKS[dialect])
    found = []
    for one in world(dialect).facts(text).supplied:
        end = one.start + len(MARKS[dialect]) if one.is_parameter and text[one.start] != ":" else one.end
        written = "?" if one.is_parameter and text[one.start] != ":" else text[one.start : end]
        names = " ".join(sorted(column.column for column in one.columns))
        found.append(f"{written} {SIGNS[one.purpose.name]} {names}{'' if one.takes_tokens else '!'}")

    assert ", ".join(found).replace(": = ", ":name = ") == expected


@pytest.mark.parametrize("dialect", ALL)
def test_rows_that_are_not_read_one_by_one(dialect: str, world: WorldOf) -> None:
    """Of a long list of rows every text is noted with its column."""
    rows = ", ".join(f"('mail {n}', {n}, 'phone {n}')" for n in range(300))
    text = f"INSERT INTO customers (email, id, phone) VALUES {rows}"

    supplied = world(dialect).facts(text).supplied

    assert len(supplied) == 600
    for one in supplied:
        (column,) = one.columns
        assert text[one.start : one.end].strip("'").split()[0].replace("mail", "email") == column.column
