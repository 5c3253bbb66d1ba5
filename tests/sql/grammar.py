"""A small grammar of SQL as Hypothesis strategies: statements over the shop that mean something, mostly.

Literals are canaries: each is text that occurs nowhere else, so that it can be looked for.
"""

from __future__ import annotations

from hypothesis import strategies as st

TABLES = {
    "customers": ("id", "name", "email", "phone", "ssn", "birth_date", "city", "status"),
    "orders": ("id", "customer_id", "total", "status", "created_at"),
    "products": ("id", "sku", "title", "price", "stock"),
    "employees": ("id", "name", "email", "department", "manager_id", "salary"),
}
COLUMNS = tuple(sorted({column for columns in TABLES.values() for column in columns}))
CANARY = "Cnry7316"

literals = st.sampled_from(
    [f"'{CANARY}'", f"'it''s {CANARY}'", "731677", "7316.77", "NULL", f"'{CANARY} -- x'", f"'/* {CANARY}'"]
)
names = st.sampled_from([*COLUMNS, "t.id", "t.email", "u.name", "u.total"])
operators = st.sampled_from(["=", "<>", "<", ">=", "+", "-", "*", "||", "LIKE", "AND", "OR"])
functions = st.sampled_from(["lower", "max", "count", "coalesce", "substr", "length", "abs", "nope"])


def expressions() -> st.SearchStrategy[str]:
    """Columns, literals, operators, functions, CASE, sub-queries."""
    return st.recursive(
        literals | names,
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, operators, inner),
            st.builds("{}({})".format, functions, inner),
            st.builds("{}({}, {})".format, functions, inner, inner),
            st.builds("CASE WHEN {} THEN {} ELSE {} END".format, inner, inner, inner),
            st.builds("{} IN ({}, {})".format, inner, inner, inner),
            st.builds("{} IS NOT NULL".format, inner),
            st.builds("NOT {}".format, inner),
            st.builds("(SELECT {} FROM orders)".format, inner),
            st.builds("EXISTS (SELECT 1 FROM products WHERE {})".format, inner),
            st.builds("CAST({} AS char(20))".format, inner),
            st.builds("count(*) OVER (PARTITION BY {} ORDER BY {})".format, inner, inner),
        ),
        max_leaves=8,
    )


def sources() -> st.SearchStrategy[str]:
    """What stands after FROM: tables under the aliases that names use, joined in several ways."""
    table = st.sampled_from(sorted(TABLES))
    derived = st.builds("(SELECT {} AS id, email FROM customers) AS t".format, names)
    return st.one_of(
        st.builds("{} t".format, table),
        st.builds("{} AS t JOIN {} AS u ON t.id = u.id".format, table, table),
        st.builds("{} t JOIN {} u USING (id)".format, table, table),
        st.builds("{} t, {} u".format, table, table),
        st.builds("{} t LEFT JOIN {} u ON {}".format, table, table, expressions()),
        derived,
    )


def queries() -> st.SearchStrategy[str]:
    """SELECT with any of its clauses, and set operations."""
    items = st.lists(st.one_of(expressions(), st.just("*"), st.just("t.*")), min_size=1, max_size=3)
    clause = st.one_of(
        st.just(""),
        st.builds(" WHERE {}".format, expressions()),
        st.builds(" WHERE {} GROUP BY {}".format, expressions(), names),
        st.builds(" GROUP BY {} HAVING {}".format, names, expressions()),
        st.builds(" ORDER BY {} LIMIT 7".format, expressions()),
    )
    select = st.builds(
        lambda columns, source, rest: f"SELECT {', '.join(columns)} FROM {source}{rest}",
        items,
        sources(),
        clause,
    )
    united = st.builds("{} {} {}".format, select, st.sampled_from(["UNION ALL", "UNION", "EXCEPT"]), select)
    named = st.builds("WITH t AS ({}) SELECT * FROM t".format, select)
    return st.one_of(select, united, named)


def changes() -> st.SearchStrategy[str]:
    """INSERT, UPDATE and DELETE."""
    return st.one_of(
        st.builds("INSERT INTO products (sku, title) VALUES ({}, {})".format, literals, expressions()),
        st.builds("INSERT INTO products (sku, title) {}".format, queries()),
        st.builds("UPDATE customers SET name = {} WHERE {}".format, expressions(), expressions()),
        st.builds("DELETE FROM orders WHERE {}".format, expressions()),
    )


def statements() -> st.SearchStrategy[str]:
    """Queries and changes."""
    return st.one_of(queries(), changes())
