"""Names and texts with percent signs are read as the server reads them, and nothing else is read as they."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.parse import Tree, parse, parse_query
from governed_db.sql.text import MARK, analysable, without_marks

DIALECTS = (Dialect.POSTGRES, Dialect.MYSQL)
NAMES = st.text(alphabet="%ab s_()\"`'", min_size=1, max_size=8)


def tree_of(sent: str, dialect: Dialect) -> Tree:
    """What analysis reads of a text with parameters."""
    text = analysable(sent, dialect, "pyformat")
    assert len(text) == len(sent)
    return parse_query(parse(text, dialect))


def quoted(name: str, dialect: Dialect) -> str:
    """A name as a caller writes it for a driver that takes %s."""
    mark = '"' if dialect is Dialect.POSTGRES else "`"
    return f"{mark}{name.replace(mark, mark * 2)}{mark}".replace("%", "%%")


@pytest.mark.parametrize("dialect", DIALECTS)
@given(table=NAMES, column=NAMES)
def test_a_quoted_name_is_read_as_the_server_reads_it(dialect: Dialect, table: str, column: str) -> None:
    """So that no two names of a server become one of ours, in the tree and in statements read by words."""
    tree = tree_of(f"SELECT {quoted(column, dialect)} FROM {quoted(table, dialect)} WHERE a = %s", dialect)
    assert next(one.name for one in tree.query().find_all(exp.Column)) == column
    assert [one.name for one in tree.query().find_all(exp.Table)] == [table]
    assert tree.name(3) == (table if dialect is Dialect.POSTGRES else table.lower())


@pytest.mark.parametrize("dialect", DIALECTS)
@given(text=st.text(alphabet='%ab s_()"', max_size=8))
def test_a_string_is_read_as_the_server_reads_it(dialect: Dialect, text: str) -> None:
    """Keys of documents are strings, and classified by name."""
    tree = tree_of(f"SELECT x FROM t WHERE a = '{text.replace('%', '%%')}' AND b = %s", dialect)
    assert [one.this for one in tree.query().find_all(exp.Literal)] == [text]


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("style", ["pyformat", "none", "qmark"])
@pytest.mark.parametrize(
    "sent",
    [
        f'SELECT 1 FROM "a%{MARK}"',
        f"SELECT 1 FROM `a%{MARK}`",
        f"SELECT 'a%{MARK}'",
        f'SELECT 1 FROM "a%%{MARK}"',
        f"SELECT 5 %{MARK} 2",
        f"SELECT 1 /* %{MARK} */",
        f"SELECT 1{MARK}",
    ],
)
def test_nobody_gives_the_mark(dialect: Dialect, style: str, sent: str) -> None:
    """It is ours; a text that holds one is refused before anything is read of it."""
    with pytest.raises(AnalysisError) as caught:
        analysable(sent, dialect, style)
    assert caught.value.code in ("GDB102", "GDB104")


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("text", [f'SELECT "{MARK}"', f"SELECT 5 %{MARK}2", f"SELECT a -- %{MARK}"])
def test_the_mark_stands_behind_a_percent_sign_within_quotes_only(dialect: Dialect, text: str) -> None:
    """Wherever else it stands, in whatever text is read, it is refused."""
    with pytest.raises(AnalysisError) as caught:
        parse(text, dialect)
    assert caught.value.code == "GDB102"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_read_by_words_holds_no_mark(dialect: Dialect) -> None:
    """Commands compare words; a percent sign that computes stays one sign."""
    tree = parse(analysable("SELECT 'a%%', b %% 2, %s", dialect, "pyformat"), dialect)
    assert tree.words == ("SELECT", "'A%'", ",", "B", "%", "2", ",", tree.words[-1])
    assert without_marks(f"a%{MARK}b") == "a%b"
