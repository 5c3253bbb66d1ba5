"""Statements, numbers and texts into what pages show of them: nothing lost, nothing hidden."""

from __future__ import annotations

from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from governed_db.server.pages import charts, difference, moments
from governed_db.server.pages.approvals import title
from governed_db.server.pages.charts import Series
from governed_db.server.pages.classifications import with_classification
from governed_db.server.pages.seen_text import seen
from governed_db.server.pages.statement import laid_out, one_line, pieces, view

NESTED = (
    "UPDATE orders SET status = ?, region = ? WHERE status = ? AND created BETWEEN ? AND ?"
    " OR id IN (SELECT order_id FROM lines WHERE qty > ? AND x=1)"
)


class Text(HTMLParser):
    """The text of some markup, as a reader sees it."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(markup)

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def __str__(self) -> str:
        return "".join(self.found)


def _lines(statement: str) -> list[str]:
    return str(Text(view(statement))).split("\n")


def test_a_statement_is_laid_out() -> None:
    """Each clause has its line, conditions are set in, and a query in parentheses is set in further."""
    assert _lines(NESTED) == [
        "UPDATE orders",
        "SET status = ?, region = ?",
        "WHERE status = ?",
        "  AND created BETWEEN ? AND ?",
        "  OR id IN (",
        "    SELECT order_id",
        "    FROM lines",
        "    WHERE qty > ?",
        "      AND x=1",
        "  )",
    ]


@pytest.mark.parametrize(
    ("statement", "lines"),
    [
        ("DELETE FROM customers WHERE id = ?", ["DELETE FROM customers", "WHERE id = ?"]),
        ("ALTER TABLE t ALTER a SET DEFAULT ?", ["ALTER TABLE t ALTER a SET DEFAULT ?"]),
        ("SELECT 1 -- why\nWHERE true", ["SELECT 1 -- why", "WHERE true"]),
        ("SELECT left(a, ?) FROM t", ["SELECT left(a, ?)", "FROM t"]),
        ("SELECT a FROM t LEFT JOIN u ON b = c AND d = e",
         ["SELECT a", "FROM t", "LEFT JOIN u ON b = c", "  AND d = e"]),
        ("SELECT 'unclosed", ["SELECT 'unclosed"]),
        ("SELECT a # why\nFROM t", ["SELECT a # why", "FROM t"]),
        ("", [""]),
    ],
)  # fmt: skip
def test_lines(statement: str, lines: list[str]) -> None:
    """Where lines break."""
    assert _lines(statement) == lines


WORDS = """SELECT FROM WHERE ( ) , a b.c 'x''y' "q" ? AND OR BETWEEN JOIN LEFT ON SET VALUES UNION CASE END --
    /*c*/ UPDATE INSERT INTO IN GROUP BY ; * = 12 $1 DELETE LIMIT""".split()


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
def test_no_word_is_lost(statement: str) -> None:
    """Whatever a statement is, the page has its words, all of them, in their order."""
    shown = str(Text(view(statement)))

    assert "".join(shown.split()) == "".join(statement.split())


def test_words_of_a_comment_stay_in_it() -> None:
    """What stands after a comment of one line does not come to stand in it."""
    shown = _lines("SELECT a -- no\n, b FROM t WHERE c = 1 -- x\nAND d = 2")

    assert not any("--" in line and ("b" in line.split("--")[1] or "d = 2" in line) for line in shown)


def test_a_long_list_is_shown_at_once() -> None:
    """A statement with thousands of items is laid out without thinking about each pair of them."""
    statement = "SELECT " + ", ".join(f"column_{index}" for index in range(1200)) + " FROM t"

    assert len(laid_out(pieces(statement) or ())) == 1201


@given(st.text(max_size=60))
def test_nothing_is_markup(text: str) -> None:
    """No text of others becomes markup, in whatever it is shown."""
    for made in (seen(text), view(text), one_line(text)):
        outside = unescape(str(Text(made)))
        assert "<script" not in made
        assert made.count("<") == made.count("</") * 2
        assert isinstance(outside, str)


@pytest.mark.parametrize("character", list("\u202e\u200b\u2066\u00ad\u00a0\x07\u2028\ufeff"))
def test_what_has_no_shape_is_written_out(character: str) -> None:
    """Characters that nobody sees are written with their numbers."""
    assert f"U+{ord(character):04X}" in seen(f"a{character}b")


def test_ordinary_letters_of_all_languages_stay() -> None:
    """Names are not spoilt."""
    assert seen("Łódź, 東京 & São Paulo — né\n\tЖ") == Markup("Łódź, 東京 &amp; São Paulo — né\n\tЖ")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update public.orders set a = ?", "Update of public.orders"),
        ("DELETE FROM t", "Delete from t"),
        ("SELECT a FROM s.t WHERE b = ?", "Select from s.t"),
        ("SELECT a FROM (SELECT 1) q", "Select from a query"),
        ("DROP TABLE IF EXISTS t", "Drop t"),
        ("CALL f(?)", "Call"),
        ("", "Statement"),
    ],
)
def test_titles(statement: str, said: str) -> None:
    """A request is named by what it does."""
    assert title(statement) == said


def test_a_chart_says_what_it_shows() -> None:
    """A screen reader hears the sums, and each bar tells its numbers."""
    drawn = charts.stacked(
        ["09:00", "09:05"], [Series("ran", "ok", (3, 0)), Series("refused", "bad", (1, 0))], "Statements"
    )

    assert 'aria-label="Statements: ran 3, refused 1"' in drawn
    assert "<title>09:00: ran 3, refused 1</title>" in drawn
    assert drawn.count("<rect") == 2


@pytest.mark.parametrize(
    ("most", "top"), [(0, 4), (4, 4), (5, 5), (11, 20), (399, 400), (401, 500), (999, 1000)]
)
def test_scales(most: float, top: float) -> None:
    """Scales end at round numbers."""
    assert charts.ceiling(most) == top


def test_empty_charts() -> None:
    """Where there is nothing, nothing is drawn, and nothing fails."""
    assert "<rect" not in charts.stacked([], [], "Statements")
    assert "now 0" in charts.spark([], "Statements")
    assert "0 of 0" in charts.ring(0, 0, "Clients")


def test_a_difference() -> None:
    """Changed lines with their numbers, three unchanged ones around, and how many are left out."""
    old = "\n".join("abcdefghij")

    found = difference.lines(old, old.replace("h", "H"))

    assert [(line.sign, line.text) for line in found] == [
        ("…", "4 unchanged"), (" ", "e"), (" ", "f"), (" ", "g"), ("-", "h"), ("+", "H"), (" ", "i"),
        (" ", "j"),
    ]  # fmt: skip
    assert difference.lines(old, old) == ()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0381, "38.1 ms"),
        (5, "5 s"),
        (125, "2 min"),
        (3700, "1 h 1 min"),
        (90000, "1 d 1 h"),
        (864000, "10 d"),
    ],
)
def test_spans(seconds: float, said: str) -> None:
    """Lengths of time are read at a glance."""
    assert moments.span(seconds) == said


def test_a_classification_into_a_policy() -> None:
    """One line is added; comments, order and quotes of the author stay."""
    text = "version: 1\n# ours\nextends: standard\nrules: [] # none yet\n"

    once = with_classification(text, "public.people.nickname", "none")
    twice = with_classification(once, "public.people.nickname", "pii.name")

    assert once == text + "classifications:\n  public.people.nickname: none\n"
    assert twice == text + "classifications:\n  public.people.nickname: pii.name\n"
