"""A column of a secret is hidden, however plain its type, its neighbours or the start of its name look."""

from __future__ import annotations

import pytest

from governed_db.classify.score import classify_catalog, known_classes
from governed_db.model.catalog import Catalog, Column, Dialect, RelationInfo, RelationKind
from governed_db.model.classification import UNREVIEWED
from governed_db.model.statement import ColumnRef

# The key of Spring's and of Flask's sessions is what the cookie holds, and has the form of a UUID.
SESSIONS = ("spring_session", "sessions", "http_sessions", "user_sessions")
CODES = ("access_codes", "door_codes", "otp_codes", "backup_codes", "activation_codes", "recovery_codes")


def class_of(table: str, column: str, type_: str, *others: str, dialect: Dialect = Dialect.MYSQL) -> str:
    """What the column of such a table is taken for; `others` are "name type"."""
    parts = [other.partition(" ") for other in others]
    columns = (Column(column, type_), *[Column(name, kind) for name, _, kind in parts])
    known = {("public", table): RelationInfo("public", table, RelationKind.TABLE, columns)}
    found = known_classes(classify_catalog(Catalog(dialect, "test", "test", known, ("public",))))
    return found.get(ColumnRef("public", table, column), "none")


@pytest.mark.parametrize("table", SESSIONS)
def test_the_key_of_a_session_is_a_secret_as_a_uuid_too(table: str) -> None:
    """Where the table keeps sessions; elsewhere it points at one."""
    others = ("id int", "user_id int", "expires_at datetime")

    assert class_of(table, "session_id", "char(36)", *others) == "secret.token"
    assert class_of("page_views", "session_id", "char(36)", "id int", "path varchar(80)") == "none"


def test_the_sessions_of_spring_as_it_makes_them() -> None:
    """In JDBC sessions the cookie holds SESSION_ID."""
    times = [f"{name} bigint" for name in ("CREATION_TIME", "LAST_ACCESS_TIME", "EXPIRY_TIME")]
    others = ("PRIMARY_ID char(36)", *times, "MAX_INACTIVE_INTERVAL int", "PRINCIPAL_NAME varchar(100)")

    assert class_of("SPRING_SESSION", "SESSION_ID", "char(36)", *others) == "secret.token"


@pytest.mark.parametrize("table", CODES)
def test_codes_that_let_in_are_secrets_with_a_description_too(table: str) -> None:
    """A list of codes is a dictionary when its codes mean something, not when they open something."""
    assert class_of(table, "code", "varchar(20)", "id int", "description text") == "secret.token"


@pytest.mark.parametrize("column", ["email", "password", "ssn", "iban", "secret"])
def test_sqlite_keeps_more_than_its_types_say(column: str) -> None:
    """A type that is too short for a value says nothing there."""
    found = class_of("users", column, "varchar(2)", "id int", "city text", dialect=Dialect.SQLITE)

    assert found not in ("none", UNREVIEWED)


@pytest.mark.parametrize(("column", "type_"), [("phone", "int(1)"), ("ssn", "int(3)"), ("pin", "int(2)")])
def test_how_a_number_is_shown_does_not_bound_it(column: str, type_: str) -> None:
    """MariaDB's `int(1)` holds numbers of ten digits."""
    assert class_of("users", column, type_, "id int", "email varchar(80)") not in ("none", UNREVIEWED)


@pytest.mark.parametrize("column", ["codnif", "codcpf", "codsecreto", "tiponif"])
def test_a_code_of_what_is_hidden_is_looked_at(column: str) -> None:
    """What begins as the word for a code goes on with what it is the code of."""
    assert class_of("clientes", column, "varchar(40)", "id int", "nombre varchar(60)") != "none"
