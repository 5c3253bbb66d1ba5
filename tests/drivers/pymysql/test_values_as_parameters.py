"""Promise: a value counts as a parameter exactly when it is one literal that means what a parameter means."""

from __future__ import annotations

import datetime as dt
import decimal
import re
import uuid
from typing import Any

import pymysql
import pymysql.cursors
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import governed_db
from governed_db.enforce.pymysql.places import Shape, _read, scanned, shape_of
from governed_db.enforce.pymysql.session import Session
from governed_db.enforce.pymysql.text import Form, formed, written
from tests.drivers.pymysql.conftest import ran
from tests.shop import leaked


class Unconnected(pymysql.connections.Connection):
    """The driver's rendering without a server."""

    server_status = 0

    def __init__(self, **options: Any) -> None:
        super().__init__(defer_connect=True, **options)


def form(text: str, args: Any, session: Session | None = None, **options: Any) -> Form:
    """What a cursor makes of a text and its arguments."""
    return formed(session or Session(), Unconnected(**options), text, args)


def driver_text(text: str, args: Any, **options: Any) -> str:
    """What the driver would send."""
    return str(pymysql.cursors.Cursor(Unconnected(**options)).mogrify(text, args))


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False, places=2),
    st.text(),
    st.binary(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(min_value=dt.timedelta(-30), max_value=dt.timedelta(30)),
    st.uuids(),
)


LISTS = st.lists(VALUES, min_size=1, max_size=3) | st.tuples(VALUES)


@settings(max_examples=60)
@given(st.lists(VALUES | LISTS, min_size=3, max_size=3))
@example(["' OR 1=1 -- ", "\\' OR 1=1 -- ", '%s" `#'])
def test_what_is_sent_is_what_the_driver_would_send(values: list[Any]) -> None:
    """For all types, and for lists too."""
    text = "SELECT a FROM t WHERE b = %s AND c IN %s AND d < %s AND e LIKE '5%%'"

    found = form(text, values)

    assert found.text == driver_text(text, values)
    assert found.template % found.values == found.text


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUES, min_size=3))
def test_named_values_too(values: dict[str, Any]) -> None:
    """A name may stand in the text twice."""
    text = "SELECT a FROM t WHERE b = %(a)s AND c = %(b)s AND d = %(a)s"

    assert form(text, values).text == driver_text(text, values)


@pytest.mark.parametrize(
    ("text", "args", "template"),
    [
        ("a = %s", ("x",), "a = %s"),
        ("a = %(n)s", {"n": "x"}, "a = %(n)s"),
        ("a IN %s", (["x", "y"],), "a IN (%s,%s)"),
        ("a IN %(n)s AND b = %(m)s", {"n": ("x", "y"), "m": 1}, "a IN (%s,%s) AND b = %s"),
        ("VALUES %s", ([("x", 1), ("y", 2)],), "VALUES ((%s,%s),(%s,%s))"),
        ("a = %s", (uuid.UUID(int=1),), "a = %s"),
        ("f%s", ((1, 2),), "f(%s,%s)"),
        ("x%s", ("41",), "x'41'"),
        ("VALUES (_binary %s)", (b"A",), "VALUES (_binary X'41')"),
        ("a = DATE %s", ("2024-01-02",), "a = DATE '2024-01-02'"),
        ("my_date = %s AND _d = %s", (1, 2), "my_date = %s AND _d = %s"),
        ("ssn%s", (1,), "ssn1"),
        ("%s%s", ("a", "b"), "'a''b'"),
        ("'%s'", (1,), "'1'"),
        ("`%s`", (1,), "`1`"),
        ("1 -- %s", (1,), "1 -- 1"),
        ("a = -%s", (-1,), "a = --1"),
        ("@%s", ("a",), "@'a'"),
        ("a = %10s", ("x",), "a =        'x'"),
        ("ORDER BY %s", (1,), "ORDER BY 1"),
        ("ORDER BY a, (+%s)", (1,), "ORDER BY a, (+1)"),
        ("GROUP BY %s", (1,), "GROUP BY 1"),
        ("ORDER BY %s", ("a",), "ORDER BY %s"),
        ("ORDER BY a LIMIT %s", (1,), "ORDER BY a LIMIT %s"),
        ("f(a ORDER BY b) = %s", (1,), "f(a ORDER BY b) = %s"),
    ],
)
def test_templates(text: str, args: Any, template: str) -> None:
    """What plans are kept for: the text with placeholders, or in full where a value would not stand alone."""
    assert form(text, args).template == template


def test_percent_signs_are_written_in_one_way() -> None:
    """A text without arguments has the plan of the same text with them."""
    assert written("a LIKE '5%'").template == "a LIKE '5%%'"
    assert form("a LIKE '5%%'", ()).text == "a LIKE '5%'"


def test_encoders_of_the_application_give_literals_or_text() -> None:
    """What an encoder gives is a value if it is one literal, else a part of the statement."""

    class Point:
        """A type of the application's."""

    def conv(sql: str) -> dict[Any, Any]:
        return {**pymysql.converters.conversions, Point: lambda *_: sql}

    literal = form("a = %s", (Point(),), conv=conv("'POINT(1 2)'"))
    number = form("a = %s", (Point(),), conv=conv("-1.5"))
    truth = form("a = %s", (Point(),), conv=conv("TRUE"))
    code = form("a = %s", (Point(),), conv=conv("ST_PointFromText('POINT(1 2)')"))

    assert (literal.template, literal.has_numbers) == ("a = %s", False)
    assert (number.template, number.has_numbers, truth.has_numbers) == ("a = %s", True, True)
    assert (code.template, code.cacheable) == ("a = ST_PointFromText('POINT(1 2)')", False)


@pytest.mark.parametrize("replaced", [int, decimal.Decimal, dt.date])
def test_replaced_encoders_are_asked(replaced: type) -> None:
    """An encoder for a built-in type that is not the driver's is heard, and its text is looked at."""
    value = replaced(2020, 1, 1) if replaced is dt.date else replaced(7)  # type: ignore[call-overload]
    conv = {**pymysql.converters.conversions, replaced: lambda *_: "email"}

    assert form("a = %s", (value,), conv=conv).template == "a = email"


def test_strings_that_lie_are_looked_at() -> None:
    """A subclass of str can escape itself in its own way."""

    class Liar(str):
        """Ends the quotes."""

        __slots__ = ()

        def translate(self, table: Any, /) -> str:  # str's signature
            """Not what it should be."""
            return "' OR '1'='1"

    assert form("a = %s", (Liar("x"),)).template == "a = '' OR '1'='1'"


def test_backslashes_are_written_as_the_server_reads_them() -> None:
    """Under NO_BACKSLASH_ESCAPES a backslash is itself, and an encoder's text with one is not trusted."""
    session = Session(status=512)

    assert form("a = %s", ("\\' --",), session).text == "a = '\\'' --'"
    assert form("a = %s", (uuid.UUID(int=1),), session).template == "a = %s"
    session = Session(status=512, writes_itself=True)
    assert form("a = %s", ("\\' --",), session).cacheable is False


def test_shapes_are_worked_out_once() -> None:
    """And kept, with an end to how many."""
    session = Session()

    assert session.shape("a = %s") is session.shape("a = %s")
    assert shape_of("a = '") == Shape(is_free=False)
    for number in range(3000):
        session.shape(f"a = {number}")
    assert len(session._shapes) <= 2048


@pytest.mark.parametrize(
    ("args", "error"),
    [((1,), "not enough arguments"), ((1, 2, 3), "not all arguments"), (([1],), "not enough arguments")],
)
def test_wrong_numbers_of_values_are_the_drivers_errors(args: Any, error: str) -> None:
    """As PyMySQL tells them."""
    with pytest.raises(pymysql.err.ProgrammingError, match=error):
        form("a = %s AND b = %s", args)


# -- with a server ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [9, 9.0, decimal.Decimal(9), True, 973])
def test_numbers_do_not_find_protected_texts(reading: Any, number: Any) -> None:
    """MySQL compares a text with a number by its first digits: refused, whatever was seen before."""
    text = "SELECT id FROM customers WHERE ssn = %s"
    assert ran(reading, text, ("973-41-0003",)) == ((3,),)

    with pytest.raises(governed_db.StatementDenied, match="GDB201"):
        ran(reading, text, (number,))

    assert ran(reading, text, ("973-41-0003",)) == ((3,),)


def test_numbers_are_parameters_elsewhere(reading: Any) -> None:
    """A key is looked up by number with one plan for all of them."""
    for number in (1, 2, 3):
        assert ran(reading, "SELECT id FROM customers WHERE id = %s", (number,)) == ((number,),)
    gate = reading._governed.gate

    plans = gate.planner.cache.plans(gate.context().principal)

    assert [text for text in plans if "WHERE id =" in text] == ["SELECT id FROM customers WHERE id = %s"]


@pytest.mark.parametrize("place", ["%s", "(%s)", "+%s", "id, %s", "%s DESC"])
def test_numbers_do_not_name_columns_unseen(reading: Any, place: str) -> None:
    """ORDER BY 2 sorts by the second column, whatever that is."""
    with pytest.raises(governed_db.StatementDenied, match="GDB201"):
        ran(reading, f"SELECT id, ssn FROM customers ORDER BY {place}", (2,))


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("SELECT id, ema%s FROM customers", ("il",)),
        ("SELECT id FROM customers WHERE email LIKE '%s'", (1,)),
        ("SELECT id FROM customers WHERE email = '' OR '%s' LIKE 1", (1,)),
        ("SELECT id FROM customers -- %s", ("\n WHERE email LIKE 'c%'",)),
        ("SELECT load_file%s FROM customers", (("/x",),)),
    ],
)
def test_nothing_is_built_around_the_analysis(reading: Any, text: str, args: Any) -> None:
    """Whatever the values make of a text, that is what is analysed."""
    rows: Any = None
    try:
        rows = ran(reading, text, args)
    except pymysql.err.Error as error:
        assert leaked(error) == ()  # noqa: PT017  # some are refused, some are harmless

    assert leaked(rows) == ()


def test_single_values_and_bytes_are_taken_as_the_driver_does(reading: Any) -> None:
    """Old habits work, with the driver's own warning."""
    with pytest.warns(DeprecationWarning, match="single argument"):
        assert ran(reading, "SELECT %s", 5) == ((5,),)
    assert ran(reading, b"SELECT email FROM customers WHERE id = %s", (1,)) == (("***",),)
    with pytest.raises(governed_db.StatementDenied, match="GDB102"):
        ran(reading, b"SELECT '\xff'")
    with pytest.raises(TypeError):
        ran(reading, None)


def test_percent_signs_mean_what_they_do_in_the_driver(reading: Any) -> None:
    """One without arguments, two with them."""
    assert ran(reading, "SELECT 'a%', 5 % 3") == (("a%", 2),)
    assert ran(reading, "SELECT 'a%%', 5 %% 3, %s", ("%s",)) == (("a%", 2, "%s"),)


PIECES = st.sampled_from(
    "%s %% %(n)s ( ) BY ORDER GROUP by LIMIT having a a.b @x 1e5 - / * , = SELECT x_by $1 union".split()
)


@settings(max_examples=200)
@given(st.lists(PIECES, max_size=12))
def test_a_text_without_quotes_is_read_faster(pieces: list[str]) -> None:
    """And tells the same."""
    text = " ".join(pieces)
    places = [found.start() for found in re.finditer(r"%s|%\(n\)s", text.replace("%%", "  "))]

    assert scanned(text) == _read(text, places)
