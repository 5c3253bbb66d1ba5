"""A database URL into the driver to use and the arguments to connect with.

The text of a URL is never repeated in a message, and no exception that could carry it is chained:
where a password was not percent-encoded, any part of the URL may be a part of the password.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

import attrs

from governed_db.config.options import GOVERNED, PREFIX
from governed_db.config.parameters import MYSQL, SQLITE, SQLITE_FILE, Converter
from governed_db.errors import ConfigurationError
from governed_db.model.catalog import Dialect

_DRIVERS: Final = {Dialect.POSTGRES: "psycopg", Dialect.MYSQL: "pymysql", Dialect.SQLITE: "sqlite3"}
_ENCODE: Final = "percent-encode special characters: @ is %40, : is %3A, / is %2F, ? is %3F, # is %23"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,40}", re.ASCII)


@attrs.frozen
class Target:
    """One database to connect to. `arguments` are the driver's keyword arguments, password included.

    `database` is the name (SQLite: the path) if the URL says it, `display` the URL without secrets,
    `governed` the parameters `governed_*` without their prefix.
    """

    dialect: Dialect
    database: str | None
    display: str
    arguments: Mapping[str, Any] = attrs.field(repr=False)
    governed: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    @property
    def driver(self) -> str:
        """The driver's module name."""
        return _DRIVERS[self.dialect]


def parse_url(url: str) -> Target:
    """The target of a URL; ConfigurationError if it is not valid or its driver cannot be loaded."""
    if not isinstance(url, str):
        raise _invalid("the database URL must be text", 'write for example "sqlite:///shop.db"')
    if re.search(r"[\x00-\x20\x7f]", url):
        raise _invalid("the database URL contains a space or control character", "percent-encode it: %20")
    scheme, mark, rest = url.partition("://")
    match scheme if mark else "":
        case "postgresql" | "postgres":
            return _postgres(scheme, rest, _load(Dialect.POSTGRES))
        case "mysql" | "mariadb":
            _load(Dialect.MYSQL)
            return _mysql(scheme, rest)
        case "sqlite":
            _load(Dialect.SQLITE)
            return _sqlite(rest)
        case _:
            raise _unknown_scheme(scheme)


def _postgres(scheme: str, rest: str, driver: ModuleType) -> Target:
    """The URI stays as it is, for libpq: it may name services, host lists and options."""
    # As libpq reads it: user and password end at the first @ that comes before any slash.
    credentials = re.match(r"[^@/]*@", rest)
    start = credentials.end() if credentials else 0
    head, _, query = rest[start:].partition("?")
    if "@" in head:
        raise _invalid("the database URL has an @ in the wrong place", _ENCODE)
    pairs = query.split("&") if query else []
    governed = _governed(_pairs(pair for pair in pairs if _is_governed(pair)))
    kept = "&".join(pair for pair in pairs if not _is_governed(pair))
    uri = f"{scheme}://{rest[:start]}{head}" + (f"?{kept}" if kept else "")
    parts = _libpq_parts(uri, driver)
    return Target(
        dialect=Dialect.POSTGRES,
        database=parts.get("dbname"),
        display=_postgres_display(parts),
        arguments={"conninfo": uri},
        governed=governed,
    )


def _libpq_parts(uri: str, driver: ModuleType) -> dict[str, str]:
    parts: dict[str, str] | None
    try:
        parts = {name: str(value) for name, value in driver.conninfo.conninfo_to_dict(uri).items()}
    except (driver.Error, UnicodeError):
        parts = None  # libpq's message quotes the URL: raised below, where no exception is chained
    if parts is None:
        raise _invalid("libpq does not accept this database URL", _ENCODE)
    if re.fullmatch(r"[0-9,]*", parts.get("port", ""), re.ASCII) is None:
        raise _invalid("the port in the database URL is not a number", _ENCODE)
    return parts


def _postgres_display(parts: Mapping[str, str]) -> str:
    hosts = parts.get("host", parts.get("hostaddr", "")).split(",")
    ports = parts.get("port", "").split(",")
    if len(ports) == len(hosts):
        hosts = [f"{host}:{port}" if port else host for host, port in zip(hosts, ports, strict=True)]
    user = f"{parts['user']}@" if "user" in parts else ""
    service = f"?service={parts['service']}" if "service" in parts else ""
    return f"postgresql://{user}{','.join(hosts)}/{parts.get('dbname', '')}{service}"


def _mysql(scheme: str, rest: str) -> Target:
    match = re.fullmatch(r"(?:([^@/?#]*)@)?([^@/?#]*)(?:/([^@/?#]*))?(?:\?([^@#]*))?", rest)
    if match is None:
        raise _invalid(f"the {scheme} URL has a special character in the wrong place", _ENCODE)
    credentials, address, path, query = (part or "" for part in match.groups())
    governed, parameters = _split_parameters(query)
    user, _, password = credentials.partition(":")
    arguments = {
        "user": _decoded(user),
        "password": _latin1_or_bytes(_decoded(password)),
        **_address(address),
        "database": _decoded(path),
    }
    arguments = {name: value for name, value in arguments.items() if value}
    arguments |= _converted(parameters, MYSQL)
    shown = f"{arguments['user']}@" if "user" in arguments else ""
    return Target(
        dialect=Dialect.MYSQL,
        database=arguments.get("database"),
        display=f"{scheme}://{shown}{address}/{arguments.get('database', '')}",
        arguments=arguments,
        governed=governed,
    )


def _address(text: str) -> dict[str, Any]:
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::([0-9]{1,5}))?", text, re.ASCII)
    port = int(match[2]) if match and match[2] else None
    if match is None or (port is not None and not 0 < port < 65536):
        raise _invalid("host and port of the database URL are not valid", f"write host:3306; {_ENCODE}")
    return {"host": _decoded(match[1].strip("[]")), "port": port}


def _latin1_or_bytes(password: str) -> str | bytes:
    """PyMySQL encodes text as Latin-1 and fails with an exception that holds the whole password."""
    return password if all(ord(character) < 256 for character in password) else password.encode()


def _sqlite(rest: str) -> Target:
    path, _, query = rest.partition("?")
    if "#" in rest or (path and not path.startswith("/")) or path == "/":
        raise _invalid(
            "the sqlite URL names no file",
            "write sqlite:///relative.db, sqlite:////absolute/path.db or sqlite:// (in memory)",
        )
    governed, parameters = _split_parameters(query)
    database = _decoded(path[1:]) or ":memory:"
    file = {name: parameters.pop(name) for name in sorted(SQLITE_FILE.keys() & parameters.keys())}
    arguments: dict[str, Any] = {"database": database, **_converted(parameters, SQLITE)}
    if file:
        options = "&".join(f"{name}={value}" for name, value in _converted(file, SQLITE_FILE).items())
        arguments |= {"database": f"file:{quote(database)}?{options}", "uri": True}
    memory = database == ":memory:"
    return Target(
        dialect=Dialect.SQLITE,
        database=database,
        display="sqlite://" if memory else f"sqlite:///{database}",
        arguments=arguments,
        governed=governed,
    )


def _split_parameters(query: str) -> tuple[dict[str, str], dict[str, str]]:
    pairs = query.split("&") if query else []
    ours = _governed(_pairs(pair for pair in pairs if _is_governed(pair)))
    return ours, _pairs(pair for pair in pairs if not _is_governed(pair))


def _is_governed(pair: str) -> bool:
    return _decoded(pair.partition("=")[0]).lower().startswith(PREFIX)


def _pairs(pairs: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        name, mark, value = pair.partition("=")
        name = _decoded(name)
        if not mark or _NAME.fullmatch(name) is None:
            raise _invalid("a parameter of the database URL is not name=value", _ENCODE)
        if name in found:
            raise _invalid(f"the database URL gives {name} twice", "give it once")
        found[name] = _decoded(value)
    return found


def _governed(parameters: Mapping[str, str]) -> dict[str, str]:
    ours = {name.removeprefix(PREFIX): value for name, value in parameters.items()}
    _refuse_unknown(ours, GOVERNED, PREFIX)
    if not ours.get("token", "env:").startswith(("env:", "file:", "login:")):
        raise _invalid(
            "a token stands in the database URL, which is no place for secrets", "write env:NAME or file:PATH"
        )
    return ours


def _converted(parameters: Mapping[str, str], known: Mapping[str, Converter]) -> dict[str, Any]:
    _refuse_unknown(parameters, known, "")
    converted = {name: known[name].read(value) for name, value in parameters.items()}
    for name, value in converted.items():
        if value is NotImplemented:
            raise _invalid(f"the parameter {name} of the database URL is not valid", known[name].expects)
    return converted


def _refuse_unknown(given: Iterable[str], known: Iterable[str], prefix: str) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        names = ", ".join(prefix + name for name in sorted(known))
        raise _invalid(
            f"unknown parameter of the database URL: {prefix}{unknown[0]}",
            f"known here are {names}; give others as keyword arguments of connect",
        )


def _decoded(text: str) -> str:
    decoded: str | None = None
    if re.search(r"%(?![0-9A-Fa-f]{2})", text) is None:
        try:
            decoded = unquote_to_bytes(text).decode("utf-8")
        except UnicodeDecodeError:
            decoded = None  # raised below: this exception holds the text
    if decoded is None or "\x00" in decoded:
        raise _invalid("the database URL has an invalid percent-encoding", "a percent sign itself is %25")
    return decoded


def _load(dialect: Dialect) -> ModuleType:
    name = _DRIVERS[dialect]
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigurationError(
            f"the driver {name} for this database cannot be loaded",
            code="GDB506",
            help="python -m pip install " + {"psycopg": "'psycopg[binary]'"}.get(name, name),
        ) from error


def _unknown_scheme(scheme: str) -> ConfigurationError:
    known = "postgresql://, mysql://, mariadb://, sqlite:///path and sqlite://"
    if "+" in scheme:
        known += "; forms with + are SQLAlchemy's, for create_engine"
    return ConfigurationError(
        "the database URL has no scheme that is known here", code="GDB507", help=f"known are {known}"
    )


def _invalid(message: str, help: str) -> ConfigurationError:
    return ConfigurationError(message, code="GDB505", help=help)
