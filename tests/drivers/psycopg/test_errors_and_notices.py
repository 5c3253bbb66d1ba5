"""Promise: errors and notices about protected rows keep class, code and names, and lose their values."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

import governed_db
from tests.contract.shop import BOUNDED
from tests.shop import leaked

TAKEN = "cnry0003@canary.example"
DUPLICATE = (
    "INSERT INTO customers (name, email, created_at) VALUES ('Fake', 'cnry0003@canary.example', now())"
)
ALL_EMAILS = "UPDATE customers SET email = %s WHERE id IN (4, 5)"


@pytest.fixture
def bounded(open_: Callable[..., Any], postgres_shop: str) -> Any:
    """A shop in which small writes are permitted."""
    return open_(postgres_shop, policy=BOUNDED)


def shown(error: BaseException) -> str:
    """All that an exception shows, and all that hangs on it."""
    parts: list[object] = []
    seen: BaseException | None = error
    while seen is not None:
        parts += ["".join(traceback.format_exception(seen)), repr(seen.args), repr(vars(seen))]
        diag = getattr(seen, "diag", None)
        if diag is not None:
            parts += [getattr(diag, name) for name in dir(diag) if not name.startswith("_")]
        parts.append(getattr(seen, "pgresult", None))
        seen = seen.__cause__ or seen.__context__
    return repr(parts)


def raised(work: Callable[[], Any]) -> psycopg.Error:
    """The error of psycopg's that it raises."""
    with pytest.raises(psycopg.Error) as caught:
        work()
    return caught.value


def test_a_violation_keeps_class_code_and_names(bounded: Any) -> None:
    """What a program needs to act on it is all there."""
    error = raised(lambda: bounded.execute(DUPLICATE))

    assert type(error) is psycopg.errors.UniqueViolation
    assert (error.sqlstate, error.diag.constraint_name) == ("23505", "customers_email_key")
    assert (error.diag.schema_name, error.diag.table_name) == ("public", "customers")
    assert (error.diag.message_detail, error.diag.context, error.pgresult) == (None, None, None)
    assert leaked(shown(error)) == ()


def test_nothing_of_the_original_hangs_on_it(bounded: Any) -> None:
    """Neither as cause nor as context; and it can still be pickled, as psycopg's errors can."""
    error = raised(lambda: bounded.execute(DUPLICATE))
    again = pickle.loads(pickle.dumps(error))

    assert (error.__cause__, error.__context__) == (None, None)
    assert (type(again), again.sqlstate, str(again)) == (type(error), error.sqlstate, str(error))


def test_libpq_does_not_tell_the_last_error(bounded: Any) -> None:
    """It keeps the text of it, which two public attributes show."""
    raised(lambda: bounded.execute(DUPLICATE))

    assert leaked([bounded.info.error_message, bounded.pgconn.error_message]) == ()


def test_errors_about_other_tables_are_the_servers_own(bounded: Any) -> None:
    """Where nothing is protected, nothing is lost."""
    error = raised(
        lambda: bounded.execute(
            "INSERT INTO products (sku, title, price, stock) VALUES ('SKU-001', 'x', 1, 1)"
        )
    )

    assert error.diag.message_detail == "Key (sku)=(SKU-001) already exists."
    assert error.pgresult is not None


def test_mistakes_in_the_call_are_told_as_psycopg_tells_them(bounded: Any) -> None:
    """The driver's own errors hold no rows: a wrong number of parameters says so."""
    error = raised(lambda: bounded.execute("SELECT name FROM customers WHERE id = %s", [1, 2]))

    assert str(error) == "the query has 1 placeholders but 2 parameters were passed"


def executed_many(connection: Any) -> Any:
    """In the pipeline that psycopg opens for executemany."""
    text = "UPDATE customers SET email = %s WHERE id = %s"
    connection.cursor().executemany(text, [("fake@example.com", 4), (TAKEN, 5)])


def pipelined(connection: Any) -> Any:
    """The error comes when the statement's call is over."""
    with connection.pipeline():
        connection.execute("SELECT name FROM customers WHERE 1 / (id - 3) > 0")
        connection.execute("SELECT 1").fetchone()


def streamed(connection: Any) -> Any:
    """The error comes with a row."""
    return list(
        connection.cursor().stream("SELECT id, birth_date::text FROM customers WHERE 1 / (id - 3) <> 7")
    )


def fetched_from_portal(connection: Any) -> Any:
    """The error comes with FETCH."""
    with connection.cursor("mine") as cursor:
        cursor.execute("SELECT id, name FROM customers WHERE 1 / (id - 3) <> 7")
        return cursor.fetchall()


def at_commit(connection: Any) -> Any:
    """The constraint is looked at when all is over."""
    connection.execute("UPDATE payroll SET employee_id = 0 WHERE id = 3")
    connection.execute("SELECT 1")
    connection.commit()


@pytest.mark.parametrize("way", [executed_many, pipelined, streamed, fetched_from_portal, at_commit])
def test_errors_that_come_later_lose_their_values_too(
    bounded: Any, raw: Any, way: Callable[[Any], Any]
) -> None:
    """Wherever in the driver the server's answer is read."""
    raw.execute("ALTER TABLE payroll ALTER CONSTRAINT payroll_employee_id_fkey DEFERRABLE INITIALLY DEFERRED")

    error = raised(lambda: way(bounded))

    assert not isinstance(error, governed_db.Error)
    assert "withheld" in str(error)
    assert leaked(shown(error)) == ()


def test_errors_of_an_async_connection(on_loop: Callable[..., Any]) -> None:
    """The same on the other half of the driver."""

    async def work(connection: Any) -> BaseException:
        try:
            await connection.execute("SELECT name FROM customers WHERE 1 / (id - 3) > 0")
        except psycopg.Error as error:
            return error
        raise AssertionError("nothing was raised")

    error = on_loop(work)

    assert type(error) is psycopg.errors.DivisionByZero
    assert (error.__cause__, error.__context__) == (None, None)


def test_a_value_that_cannot_be_read_is_not_quoted(bounded: Any, raw: Any) -> None:
    """psycopg names the date that Python has no form for."""
    raw.execute("UPDATE customers SET birth_date = '19731-02-05' WHERE id = 3")

    error = raised(lambda: bounded.execute("SELECT birth_date FROM customers WHERE id = 3").fetchone())

    assert type(error) is psycopg.DataError
    assert "19731" not in shown(error)


def notices(connection: Any) -> list[Any]:
    """What reaches a handler, from now on."""
    heard: list[Any] = []
    connection.add_notice_handler(
        lambda diag: heard.append({name: getattr(diag, name) for name in dir(diag) if name[0] != "_"})
    )
    return heard


TELLING = """CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE WARNING 'was %', OLD::text USING ERRCODE = '01007'; RETURN NEW; END $$"""


@pytest.mark.parametrize(("table", "told"), [("customers", False), ("products", True)])
def test_notices_about_protected_rows_are_emptied(bounded: Any, raw: Any, table: str, *, told: bool) -> None:
    """A trigger of the database's owner may say what it likes; about other rows it is heard."""
    raw.execute(TELLING)
    raw.execute(f"CREATE TRIGGER tell BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION tell()")
    heard = notices(bounded)

    bounded.execute(f"UPDATE {table} SET id = id WHERE id = 3")

    assert [one["sqlstate"] for one in heard] == ["01007"]
    assert leaked(heard) == ()
    assert ("was (" in heard[0]["message_primary"]) is told
