"""PostgreSQL's own parser, where it is installed, notices a column that ours has lost."""

from __future__ import annotations

import pytest
from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.parse import parse, parse_query
from governed_db.sql.second_reader import check
from tests.sql.golden import accepted
from tests.sql.statements import Ordinary, ordinary, parameters

QUERIES = [one for one in (*ordinary("postgres"), *accepted("postgres")) if one.is_query]


def tree_of(sql: str) -> tuple[str, exp.Expr]:
    """The text and its tree."""
    tree = parse_query(parse(sql, Dialect.POSTGRES))
    return tree.text, tree.query()


@pytest.mark.parametrize("statement", parameters(QUERIES))
def test_both_readers_agree(statement: Ordinary) -> None:
    """Of every ordinary statement both read as many columns of each name."""
    check(*tree_of(statement.sql))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT lower(email), id FROM customers",
        "SELECT id FROM customers WHERE email = 'x' AND id > 3",
        "SELECT c.email FROM customers c JOIN customers d ON d.email = c.email",
        "UPDATE orders SET (status, total) = (SELECT email, id FROM customers LIMIT 1) WHERE id = 3",
    ],
)
def test_a_lost_column_is_noticed(sql: str) -> None:
    """Any column, whichever is left out of the tree."""
    text, root = tree_of(sql)
    for column in list(root.find_all(exp.Column)):
        if column.name != "email":
            continue
        column.replace(exp.Null())
        break

    with pytest.raises(AnalysisError) as refused:
        check(text, root)

    assert refused.value.code == "GDB121"


def test_what_postgresql_cannot_read_is_refused() -> None:
    """Nothing of the statement is in the message."""
    with pytest.raises(AnalysisError) as refused:
        check("SELECT 'secret' FROM FROM", exp.Select())

    assert "secret" not in str(refused.value)
    assert refused.value.__context__ is None or "secret" not in str(refused.value.__context__)
