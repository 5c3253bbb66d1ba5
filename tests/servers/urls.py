"""A database URL into a raw driver connection, outside all governance."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote, urlsplit

import attrs
import psycopg
import pymysql


@attrs.frozen
class Address:
    """Where a server's database is and as whom to enter it."""

    scheme: str
    user: str
    password: str
    host: str
    port: int
    database: str

    @classmethod
    def of(cls, url: str) -> Address:
        parts = urlsplit(url)
        is_postgres = parts.scheme in ("postgresql", "postgres")
        return cls(
            scheme="postgresql" if is_postgres else "mysql",
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            host=parts.hostname or "127.0.0.1",
            port=parts.port or (5432 if is_postgres else 3306),
            database=unquote(parts.path.lstrip("/")) or ("postgres" if is_postgres else "mysql"),
        )

    @property
    def url(self) -> str:
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"{self.scheme}://{login}@{self.host}:{self.port}/{self.database}"

    def connect(self) -> Any:
        """A raw connection in autocommit mode."""
        if self.scheme == "postgresql":
            return psycopg.connect(self.url, autocommit=True, connect_timeout=60)
        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database=self.database,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=60,
        )
