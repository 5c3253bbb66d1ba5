"""What must hold for every text: no gap, no crash, no literal left, positions that mean something."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.model.statement import Facts
from governed_db.sql.redact import blank, fingerprint, redact
from governed_db.sql.text import analysable, lex
from tests.sql.conftest import WorldOf
from tests.sql.golden import cases
from tests.sql.grammar import CANARY, statements
from tests.sql.statements import ordinary
from tests.sql.world import DIALECTS

PATIENCE = 20.0  # seconds of processor time; one collection of garbage can take one of them
dialects = st.sampled_from(list(Dialect))
KNOWN = sorted({one.sql for one in ordinary()} | {case.sql for case in cases()})
# Pieces in which dialects differ on where something ends.
PIECES = st.sampled_from(
    (
        *("'", '"', "`", "[", "]", "$", "$$", "$a$", "\\", "--", "-- ", "#", "/*", "*/", "\n", "\r", " "),
        *("a", "É", "é", "E'", "U&'", "x'", "N'", "?", ":a", "@b", "$1", "%s", "%%", "%(a)s", "%", "1"),
        *("1e5", ";", "\0", "\x01"),
    )
)
junk = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=20)


@given(junk, dialects)
def test_lexemes_cover_the_text_without_a_gap(text: str, dialect: Dialect) -> None:
    """Put together again, the pieces are the text; or it is refused."""
    with suppress(AnalysisError):
        assert "".join(text[start:end] for _, start, end in lex(text, dialect)) == text


@given(junk, dialects, st.sampled_from(["pyformat", "qmark", "none"]))
def test_positions_hold_in_what_is_sent(text: str, dialect: Dialect, style: str) -> None:
    """The text that is analysed is as long as the text that is sent."""
    with suppress(AnalysisError):
        assert len(analysable(text, dialect, style)) == len(text)


@given(statements(), dialects)
@example(f'SELECT "{CANARY} x", [{CANARY} y], `{CANARY} z`', Dialect.SQLITE)
@example(f"SELECT $a${CANARY}$a$, E'\\'{CANARY}', B'1', 0x7316", Dialect.POSTGRES)
@example(f"SELECT \"{CANARY}\", 'a\\'{CANARY}', x'{'7316' * 4}', 7316e3", Dialect.MYSQL)
@example(f"SELECT 1 -- {CANARY}\n, /* {CANARY} */ .7316", Dialect.POSTGRES)
def test_no_literal_survives_redaction(text: str, dialect: Dialect) -> None:
    """Neither the audit trail nor a message shows a literal or a comment of the statement."""
    for shown in (redact(text, dialect), blank(text, dialect)):
        assert CANARY not in shown
        assert "7316" not in shown


@given(junk, dialects)
def test_no_literal_survives_redaction_of_anything(text: str, dialect: Dialect) -> None:
    """A string that is added to any text is not shown, wherever that text leaves it."""
    added = f"{text} '{CANARY} 731677'"
    for shown in (redact(added, dialect), blank(added, dialect)):
        with_string = CANARY in shown and _is_read_as_string(added, dialect)
        assert not with_string


def _is_read_as_string(text: str, dialect: Dialect) -> bool:
    """Whether the canary stands in a string, a comment or text that cannot be read."""
    try:
        pieces = list(lex(text, dialect))
    except AnalysisError:
        return True
    place = text.index(CANARY)
    return any(kind in ("string", "comment") for kind, start, end in pieces if start <= place < end)


@given(statements(), dialects)
def test_messages_show_places(text: str, dialect: Dialect) -> None:
    """The text for messages has the length and the lines of the statement, so that positions hold."""
    shown = blank(text, dialect)

    assert len(shown) == len(text)
    assert [len(line) for line in shown.split("\n")] == [len(line) for line in text.split("\n")]


@given(statements())
def test_statements_that_differ_in_literals_have_one_fingerprint(text: str) -> None:
    """A fingerprint groups runs of the same statement with other values."""
    other = text.replace(CANARY, "other").replace("731677", "5").replace("7316.77", "5.5")

    assert fingerprint(text, Dialect.POSTGRES) == fingerprint(other, Dialect.POSTGRES)


@settings(max_examples=300)
@given(text=statements(), dialect=dialects)
def test_analysis_answers_or_refuses(text: str, dialect: Dialect, world: WorldOf) -> None:
    """Every statement of the grammar is understood or refused, and soon."""
    started = time.process_time()

    with suppress(AnalysisError):
        _check(world(dialect.value).facts(text), text)

    assert time.process_time() - started < PATIENCE


@settings(max_examples=300)
@given(data=st.data())
def test_broken_statements_are_refused(data: st.DataObject, world: WorldOf) -> None:
    """A known statement with words lost, doubled, exchanged or added is understood or refused."""
    dialect = data.draw(dialects)
    words = _words(data.draw(st.sampled_from(KNOWN)), dialect)
    for _ in range(data.draw(st.integers(1, 3))):
        words = _broken(words, data)
    text = "".join(words)
    started = time.process_time()

    with suppress(AnalysisError):
        _check(world(dialect.value).facts(text), text)

    assert time.process_time() - started < PATIENCE


def test_nothing_is_logged(world: WorldOf, caplog: pytest.LogCaptureFixture) -> None:
    """The parser writes what it cannot read into its log, with literals: that never leaves it."""
    half_read = (
        f"SELECT data ->> '{CANARY}''s' FROM documents",
        f"WITH t AS (SELECT email AS e FROM customers WHERE city = '{CANARY}') show SELECT e FROM t",
        f"CREATE TABLE x AS SELECT '{CANARY}' foo bar baz",
    )
    for dialect in DIALECTS:
        for text in (*KNOWN, *half_read):
            with suppress(AnalysisError):
                world(dialect).facts(text)

    assert caplog.records == []


def _words(text: str, dialect: Dialect) -> list[str]:
    try:
        return [text[start:end] for _, start, end in lex(text, dialect)]
    except AnalysisError:
        return text.split(" ")


def _broken(words: list[str], data: st.DataObject) -> list[str]:
    at = data.draw(st.integers(0, max(len(words) - 1, 0)))
    other = data.draw(st.integers(0, max(len(words) - 1, 0)))
    match data.draw(st.sampled_from(["lose", "double", "exchange", "add"])):
        case "lose":
            return words[:at] + words[at + 1 :]
        case "double":
            return words[: at + 1] + words[at:]
        case "exchange" if words:
            changed = list(words)
            changed[at], changed[other] = changed[other], changed[at]
            return changed
        case _:
            added = data.draw(
                st.sampled_from(["(", ")", ",", ".", "*", " SELECT ", " FROM ", "'", " AS ", "::"])
            )
            return [*words[:at], added, *words[at:]]


def _check(facts: Facts, text: str) -> None:
    """What positions say lies in the text, and each reference names its relation."""
    places = [use.position for use in facts.uses] + [output.position for output in facts.outputs]
    assert all(place is None or 0 <= place < len(text) for place in places)
    for reference in facts.references:
        written = text[reference.start : reference.end].lower()
        assert reference.relation.name.lower() in written


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
@settings(max_examples=40)
@given(
    rows=st.integers(1, 400), items=st.lists(st.sampled_from(["'x'", "1", "NULL"]), min_size=2, max_size=2)
)
def test_long_lists_of_values_are_counted(
    dialect: str, rows: int, items: Sequence[str], world: WorldOf
) -> None:
    """An INSERT of many plain rows has the facts of one row, and the number of all."""
    row = f"({', '.join(items)})"
    text = "INSERT INTO products (sku, title) VALUES "

    one = world(dialect).facts(text + row)
    many = world(dialect).facts(text + ", ".join([row] * rows))

    assert many.writes[0].rows == rows
    assert many.writes[0].flows == one.writes[0].flows
    assert (many.uses, many.columns, many.relations) == (one.uses, one.columns, one.relations)


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
@settings(max_examples=40)
@given(count=st.integers(2, 150))
def test_long_lists_of_items_are_one_comparison(dialect: str, count: int, world: WorldOf) -> None:
    """IN with many values is used like IN with one, and bounds a change by their number."""
    text = "DELETE FROM products WHERE id IN ({})"

    one = world(dialect).facts(text.format("1"))
    many = world(dialect).facts(text.format(", ".join(map(str, range(count)))))

    assert {(use.column, use.role) for use in many.uses} == {(use.column, use.role) for use in one.uses}
    assert many.writes[0].rows == count
