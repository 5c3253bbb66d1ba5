"""A database URL says which driver to use, and how to connect with it."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from hypothesis import given
from hypothesis import strategies as st

from governed_db.config import Target, parse_url
from governed_db.errors import ConfigurationError
from governed_db.model.catalog import Dialect

SECRET = "fAkE-sEcReT"


@pytest.mark.parametrize(
    ("url", "database", "display", "arguments"),
    [
        ("sqlite://", ":memory:", "sqlite://", {"database": ":memory:"}),
        ("sqlite:///:memory:", ":memory:", "sqlite://", {"database": ":memory:"}),
        ("sqlite:///shop.db", "shop.db", "sqlite:///shop.db", {"database": "shop.db"}),
        ("sqlite:////srv/shop.db", "/srv/shop.db", "sqlite:////srv/shop.db", {"database": "/srv/shop.db"}),
        ("sqlite:///a%20b%23c%3F.db", "a b#c?.db", "sqlite:///a b#c?.db", {"database": "a b#c?.db"}),
        (
            "sqlite:///shop.db?timeout=2.5&isolation_level=none&check_same_thread=false&detect_types=1",
            "shop.db",
            "sqlite:///shop.db",
            {
                "database": "shop.db",
                "timeout": 2.5,
                "isolation_level": None,
                "check_same_thread": False,
                "detect_types": 1,
            },
        ),
        (
            "sqlite:///a%3Fb.db?mode=ro&immutable=1",
            "a?b.db",
            "sqlite:///a?b.db",
            {"database": "file:a%3Fb.db?immutable=1&mode=ro", "uri": True},
        ),
    ],
)
def test_sqlite(url: str, database: str, display: str, arguments: dict[str, Any]) -> None:
    """SQLite: three slashes for a relative path, four for an absolute one, two for memory."""
    assert parse_url(url) == Target(Dialect.SQLITE, database, display, arguments)


@pytest.mark.parametrize(
    ("url", "database", "display", "arguments"),
    [
        ("mysql://", None, "mysql:///", {}),
        (
            "mysql://app:p%40ss%3A@db.test:3307/shop",
            "shop",
            "mysql://app@db.test:3307/shop",
            {"user": "app", "password": "p@ss:", "host": "db.test", "port": 3307, "database": "shop"},
        ),
        (
            "mariadb://app@[::1]/shop",
            "shop",
            "mariadb://app@[::1]/shop",
            {"user": "app", "host": "::1", "database": "shop"},
        ),
        (
            "mysql://app:%E2%82%AC@h",
            None,
            "mysql://app@h/",
            {"user": "app", "password": "€".encode(), "host": "h"},
        ),
        (
            "mysql:///shop?unix_socket=%2Fdb.sock&connect_timeout=3&autocommit=true&ssl_ca=/ca.pem&ssl_verify_cert=1",
            "shop",
            "mysql:///shop",
            {
                "database": "shop",
                "unix_socket": "/db.sock",
                "connect_timeout": 3,
                "autocommit": True,
                "ssl_ca": "/ca.pem",
                "ssl_verify_cert": True,
            },
        ),
    ],
)
def test_mysql(url: str, database: str | None, display: str, arguments: dict[str, Any]) -> None:
    """MySQL and MariaDB: parameters get the type that PyMySQL takes."""
    assert parse_url(url) == Target(Dialect.MYSQL, database, display, arguments)


@pytest.mark.parametrize(
    ("url", "database", "display"),
    [
        ("postgresql://", None, "postgresql:///"),
        ("postgres://app:pw@db.test:6432/shop", "shop", "postgresql://app@db.test:6432/shop"),
        (
            "postgresql://app@a.test:1,b.test:2/shop?target_session_attrs=read-write",
            "shop",
            "postgresql://app@a.test:1,b.test:2/shop",
        ),
        ("postgresql:///?service=shop", None, "postgresql:///?service=shop"),
        ("postgresql://%2Frun%2Fpg/shop", "shop", "postgresql:///run/pg/shop"),
        ("postgresql://h/?dbname=shop&user=app%40corp", "shop", "postgresql://app@corp@h/shop"),
        ("postgresql://app:p%40%2Fw@[::1]/shop?options=-c%20geqo%3Doff", "shop", "postgresql://app@::1/shop"),
        ("postgresql://app:p?w#x@h/shop", "shop", "postgresql://app@h/shop"),
    ],
)
def test_postgres(url: str, database: str | None, display: str) -> None:
    """PostgreSQL: every URI that libpq accepts is passed to it as it is."""
    assert parse_url(url) == Target(Dialect.POSTGRES, database, display, {"conninfo": url})


def test_postgres_means_what_libpq_means() -> None:
    """libpq reads the URI that is passed on as the user wrote it, parameter by parameter."""
    target = parse_url(
        "postgresql://app:p%40w@h/shop?governed_policy=read-only&application_name=x&governed_on_approval=wait"
    )

    assert psycopg.conninfo.conninfo_to_dict(**target.arguments) == {
        "user": "app",
        "password": "p@w",
        "host": "h",
        "dbname": "shop",
        "application_name": "x",
    }
    assert target.governed == {"policy": "read-only", "on_approval": "wait"}


@pytest.mark.parametrize("url", ["postgresql://h/d", "mysql://h/d", "sqlite:///d"])
def test_governed_parameters(url: str) -> None:
    """Parameters that start with governed_ are ours; the driver does not get them."""
    plain, ours = parse_url(url), parse_url(url + "?governed_state_dir=%2Fs&governed_principal=reports")

    assert (ours.arguments, ours.display) == (plain.arguments, plain.display)
    assert ours.governed == {"state_dir": "/s", "principal": "reports"}


def test_drivers_take_the_arguments(tmp_path: Path) -> None:
    """What is made of a URL connects."""
    url = f"sqlite:///{tmp_path}/shop.db"
    sqlite3.connect(**parse_url(url).arguments).close()
    connection = sqlite3.connect(**parse_url(url + "?mode=ro&timeout=1").arguments)

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    for query in ("", "?ssl=true&connect_timeout=3&charset=utf8mb4&sql_mode=ANSI", "?ssl_disabled=true"):
        arguments = parse_url(f"mysql://u:%E2%82%AC@h:1/d{query}").arguments
        assert pymysql.connect(defer_connect=True, **arguments).password == "€".encode()


INVALID = [
    "",
    "shop.db",
    f"app:{SECRET}@h/d",
    f"oracle://app:{SECRET}@h/d",
    f"{SECRET}://app@h/d",
    f"postgresql+psycopg://app:{SECRET}@h/d",
    f"postgresql://app:@{SECRET}@h/d",
    f"postgresql://app:/{SECRET}@h/d",
    f"postgresql://app:%zz{SECRET}@h/d",
    f"postgresql://app:%00{SECRET}@h/d",
    f"postgresql://app:{SECRET}@h:port/d",
    f"postgresql://app:{SECRET}@h/d?{SECRET}=1",
    f"postgresql://app:{SECRET}@h/d?{SECRET}",
    f"postgresql://app:{SECRET}@h/d?governed_{SECRET}",
    f"postgresql://app:{SECRET}@h/d?governed_secret=1",
    f"postgresql://app:{SECRET} @h/d",
    f"postgresql://{SECRET}:{SECRET}/d",
    f"mysql://app:@{SECRET}@h/d",
    f"mysql://app:/{SECRET}@h/d",
    f"mysql://app:?{SECRET}@h/d",
    f"mysql://app:#{SECRET}@h/d",
    f"mysql://app:1?{SECRET}",
    f"mysql://app:1?{SECRET}=@h",
    f"mysql://app:{SECRET}",
    f"mysql://app:{SECRET}@h:99999/d",
    f"mysql://app:{SECRET}@h:0/d",
    f"mysql://app:{SECRET}@[h/d",
    f"mysql://app:{SECRET}%ff@h/d",
    f"mysql://app:{SECRET}@h/d/e",
    f"mysql://app:{SECRET}@h/d?init_command=x",
    f"mysql://app:{SECRET}@h/d?local_infile=1",
    f"mysql://app:{SECRET}@h/d?ssl_key_password={SECRET}&connect_timeout={SECRET}",
    f"mysql://app:{SECRET}@h/d?charset=latin1&charset={SECRET}",
    f"mysql://app:{SECRET}@h/d?charset={SECRET}",
    f"mysql://app:{SECRET}@h/d?ssl=false",
    f"mysql://app:{SECRET}@h/d?autocommit=2",
    "sqlite:///",
    "sqlite://shop.db",
    f"sqlite:///shop#{SECRET}.db",
    "sqlite:///a%00b",
    "sqlite:///shop.db?timeout=nan",
    "sqlite:///shop.db?vfs=x",
    "sqlite:///shop.db?mode=x",
]


@pytest.mark.parametrize("url", INVALID)
def test_invalid_urls(url: str) -> None:
    """A URL that is not valid is an error with help, in which no part of it that may be secret stands."""
    with pytest.raises(ConfigurationError, match=r"GDB50[57] (?s:.*)\n  = help: ") as caught:
        parse_url(url)

    assert SECRET.lower() not in (str(caught.value) + repr(caught.value)).lower()
    assert caught.value.__context__ is None


def test_no_text() -> None:
    """What is no text, such as another library's URL object, is refused the same way."""
    with pytest.raises(ConfigurationError, match="GDB505"):
        parse_url(b"sqlite://")  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "mysql", "mariadb"])
@pytest.mark.parametrize("parameters", ["", "?governed_policy=read-only"])
def test_passwords_are_not_shown(scheme: str, parameters: str) -> None:
    """A target in a log does not show its password."""
    target = parse_url(f"{scheme}://app:{SECRET}@h/d{parameters}")

    assert SECRET not in repr(target) + str(target) + target.display
    assert SECRET in str(target.arguments)


@given(st.text(max_size=60), st.sampled_from(["postgresql", "mysql", "sqlite"]))
def test_no_text_crashes(text: str, scheme: str) -> None:
    """Any text is either a target or a ConfigurationError."""
    with contextlib.suppress(ConfigurationError):
        assert parse_url(f"{scheme}://{text}").driver in ("psycopg", "pymysql", "sqlite3")


@pytest.mark.parametrize(
    ("url", "module", "install"),
    [("postgresql://h/d", "psycopg", "psycopg\\[binary\\]"), ("mysql://h/d", "pymysql", "pymysql")],
)
def test_missing_driver(url: str, module: str, install: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its driver a database cannot be opened; the help says what to install."""
    monkeypatch.setitem(sys.modules, module, None)  # Python's own way to say: not there

    with pytest.raises(ConfigurationError, match=f"GDB506 .*{module}.*\n  = help: .*{install}"):
        parse_url(url)
