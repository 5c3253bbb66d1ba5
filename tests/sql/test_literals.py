"""Texts that differ in literals which do not matter are cut into the same frame, and only those."""

from __future__ import annotations

import pytest
from hypothesis import given as provided
from hypothesis import strategies as st

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.literals import cut, given, movable
from governed_db.sql.parse import parse, parse_query
from governed_db.sql.text import lex

POSTGRES, MYSQL, SQLITE = Dialect.POSTGRES, Dialect.MYSQL, Dialect.SQLITE


def moving(text: str, dialect: Dialect = POSTGRES) -> list[str]:
    """The literals of a text that may be others."""
    found = cut(text, dialect)
    assert found is not None
    tree = parse_query(parse(text, dialect))
    moves = movable(text, dialect, given(tree.query()))
    assert moves is not None
    return [piece for piece, moves in zip(found.pieces, moves, strict=True) if moves]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT a FROM t WHERE id = 7", ["7"]),
        ("SELECT a FROM t WHERE 7 < id AND b <> 'x'", ["7", "'x'"]),
        ("SELECT a FROM t WHERE id IN (1, 2) OR b BETWEEN 'a' AND 'b'", ["1", "2", "'a'", "'b'"]),
        ("SELECT a FROM t WHERE id = -7", ["7"]),
        ("INSERT INTO t (a, b) VALUES (1, 'x')", ["1", "'x'"]),
        ("UPDATE t SET a = 'x' WHERE id = 1.5", ["'x'", "1.5"]),
        ("SELECT a FROM t WHERE lower(b) = 'x'", ["'x'"]),
        ("SELECT count(*) FROM t GROUP BY a HAVING max(b) > 3", ["3"]),
        ("SELECT a FROM t WHERE id = 7 LIMIT 10 OFFSET 20", ["7"]),
        ("SELECT a FROM t ORDER BY 1", []),
        ("SELECT 'x', a FROM t", []),
        ("SELECT a FROM t WHERE 1 = 1", []),
        ("SELECT a FROM t WHERE b LIKE 'x%'", []),
        ("SELECT j ->> 'ssn' FROM t WHERE j ->> 'a' = 'b'", ["'b'"]),
        ("SELECT a FROM t WHERE b = f('x')", []),
        ("SELECT substr(a, 1, 2) FROM t", []),
        ("SELECT a FROM t WHERE c > now() - interval '1 day'", []),
        ("SELECT a FROM t WHERE b = 'x'::date", []),
        ("SELECT a FROM t WHERE b = ANY ('{1,2}')", []),
        ("SELECT * FROM (VALUES (1, 'x')) v", []),
    ],
)
def test_which_literals_may_be_others(text: str, expected: list[str]) -> None:
    """Operands of comparisons with columns, VALUES and SET; nothing else."""
    assert moving(text) == expected


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("SELECT a FROM t WHERE b = 'x\\'", MYSQL),
        ("SELECT a FROM t WHERE b = $$x$$", POSTGRES),
        ("SELECT a FROM t WHERE b = E'x'", POSTGRES),
        ("SELECT a FROM t WHERE b = 1 -- c", POSTGRES),
        ("SELECT a FROM t WHERE b = 1 /* c */", SQLITE),
        ("SELECT a FROM t WHERE b = 1 # c", MYSQL),
        ("SELECT a FROM t WHERE b = \"x\" AND c = 'y'", MYSQL),
        ("SELECT [it's] FROM t WHERE b = 'x'", SQLITE),
        ("SELECT `it's` FROM t WHERE b = 'x'", SQLITE),
        ("SELECT a FROM t WHERE b = 'x", POSTGRES),
        ("SELECT a FROM t WHERE b = 'j***@example.com'", POSTGRES),
        ("SELECT a FROM t WHERE b = 'TOK_abc'", POSTGRES),
        ("SELECT a FROM t WHERE b = 'hash_0123'", POSTGRES),
        ("SELECT a FROM t", POSTGRES),
        ("SELECT a FROM t WHERE b = 1" + " " * 10_000, POSTGRES),
    ],
)
def test_what_is_not_cut(text: str, dialect: Dialect) -> None:
    """Anything that could hide where a string ends, or was made by a mask, is analysed itself."""
    assert cut(text, dialect) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = '1'"),
        ("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = 1.0"),
        ("SELECT a FROM t WHERE b = 'x'", 'SELECT a FROM t WHERE b = "x"'),
        ("SELECT a FROM t WHERE b IN (1)", "SELECT a FROM t WHERE b IN (1, 2)"),
        ("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE c = 1"),
    ],
)
def test_other_kinds_are_other_frames(one: str, other: str) -> None:
    """A number is no text: MySQL compares them differently."""
    frames = [found.frame for found in (cut(one, SQLITE), cut(other, SQLITE)) if found is not None]

    assert len(set(frames)) == 2


PIECES = st.sampled_from(
    [
        *(
            "SELECT ",
            "a",
            " FROM t WHERE b",
            " = ",
            "(",
            ")",
            ", ",
            " AND ",
            "'",
            "''",
            "'x'",
            "'it''s'",
            "E",
        ),
        *('"', '"q"', "1", "2.5", ".5", "1e5", "0x1F", "-", "--", "/", "*", "/*", "*/", "$", "$1", ":", "?"),
        *("@", " ", "`", "[", "]", "\\", "N", "é", "x", "tok_", "\n", ".", "1.", "'a' 'b'", "&", "#"),
    ]
)
TEXTS = st.lists(PIECES, min_size=1, max_size=14).map("".join)


@provided(TEXTS, st.sampled_from(list(Dialect)), st.data())
def test_a_frame_is_read_the_same_with_any_literals(text: str, dialect: Dialect, data: st.DataObject) -> None:
    """Once the lexer sees the pieces of one text as literals, it sees those of every text of that frame."""
    found = cut(text, dialect)
    try:
        moves = movable(text, dialect, frozenset()) if found is not None else None
    except AnalysisError:
        moves = None
    if found is None or moves is None:
        return
    pieces = [data.draw(_like(piece)) for piece in found.pieces]
    between = found.frame[: len(found.frame) - len(pieces)].split("\0")
    other = "".join(a + b for a, b in zip(between, [*pieces, ""], strict=True))
    again = cut(other, dialect)
    if again is None or again.frame != found.frame:
        return

    assert again.pieces == pieces
    assert movable(other, dialect, frozenset()) is not None
    assert _words(other, dialect, pieces) == _words(text, dialect, found.pieces)


def _like(piece: str) -> st.SearchStrategy[str]:
    if piece[0] == '"':
        return st.just(piece)
    if piece[0] == "'":
        inner = st.text("ab'\" -*/;%\n0", max_size=6)
        return inner.map(lambda text: "'" + text.replace("'", "''") + "'")
    return st.sampled_from(["7.25", "0.0"]) if "." in piece else st.sampled_from(["0", "17", "999999"])


def _words(text: str, dialect: Dialect, pieces: list[str]) -> list[str]:
    """What the lexer reads, with a mark for each of the pieces."""
    left = list(pieces)
    words = []
    for kind, start, end in lex(text, dialect):
        word = text[start:end]
        is_piece = kind in ("string", "number", "name") and left and word == left[0]
        words.append(kind if is_piece else f"{kind} {word}")
        del left[: int(is_piece)]
    assert not left
    return words
