"""What a connection is opened with into what of it may take effect: where it leads, its modes and charset."""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

# Supersets of ASCII in which no byte of a longer character can be taken for one of it.
_CHARSETS: Final = frozenset(
    """ascii cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 greek hebrew koi8r koi8u latin1 latin2 latin5
    latin7 macce macroman utf8 utf8mb3 utf8mb4""".split()
)
# Modes under which statements mean what they mean to our analysis, or are refused by it.
_MODES: Final = frozenset(
    """allow_invalid_dates ansi_quotes error_for_division_by_zero no_auto_create_user no_auto_value_on_zero
    no_backslash_escapes no_engine_substitution no_unsigned_subtraction no_zero_date no_zero_in_date
    only_full_group_by pad_char_to_full_length real_as_float strict_all_tables strict_trans_tables
    time_round_fractional traditional""".split()
)
_SET_MODE: Final = re.compile(
    r"""SET\s+(?:SESSION\s+)?sql_mode\s*=\s*(['"])([\w, ]*)\1\s*;?\s*""", re.IGNORECASE | re.ASCII
)
_COLLATION: Final = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
# A connection that is opened anew leads to the same place, in the same way, as the same user.
_PLACE: Final = (
    *("host", "port", "unix_socket", "user", "db", "bind_address", "ssl", "_ssl_required", "ctx"),
    *("server_public_key", "_auth_plugin_map", "init_command", "sql_mode"),
)
# In which manner it is spoken to there.
_MANNER: Final = (
    *("charset", "collation", "use_unicode", "encoding", "client_flag", "connect_timeout", "_read_timeout"),
    *("_write_timeout", "max_allowed_packet", "_connect_attrs", "_local_infile", "host_info"),
)


@attrs.frozen
class Place:
    """Where a connection leads, kept from those who set the driver's attributes."""

    _values: tuple[Any, ...] = attrs.field(repr=False)

    @classmethod
    def of(cls, connection: Any) -> Place:
        found = (getattr(connection, name, None) for name in _PLACE)
        return cls(tuple(dict(value) if type(value) is dict else value for value in found))

    def restore(self, connection: Any) -> None:
        for name, value in zip(_PLACE, self._values, strict=True):
            setattr(connection, name, dict(value) if type(value) is dict else value)

    @staticmethod
    def settings(connection: Any, password: Any) -> dict[str, Any]:
        """What the driver needs to get there; what it would send afterwards is sent by us."""
        found = {name: getattr(connection, name) for name in (*_PLACE, *_MANNER) if hasattr(connection, name)}
        return found | {"password": password, "init_command": None, "sql_mode": None, "autocommit_mode": None}


def setup_texts(connection: Any) -> frozenset[str]:
    """What may be sent while the connection is opened, without being decided on."""
    return frozenset(filter(None, (_sets_mode(connection.sql_mode), _is_mode(connection.init_command))))


def is_safe_charset(charset: Any, collation: Any) -> bool:
    """The driver writes both names into SQL as they are."""
    return charset in _CHARSETS and (not collation or _COLLATION.fullmatch(collation) is not None)


def sendable(password: Any) -> Any:
    """PyMySQL encodes text as Latin-1 and fails with an exception that holds the whole password."""
    is_latin = not isinstance(password, str) or all(ord(letter) < 256 for letter in password)
    return password if is_latin else password.encode()


def _sets_mode(mode: Any) -> str | None:
    """What the driver sends for `sql_mode=`, if such modes may be set."""
    text = f"SET sql_mode='{mode}'"
    return text if isinstance(mode, str) and _is_mode(text) else None


def _is_mode(text: Any) -> str | None:
    """The text, if it does no more than to set modes that do not change how statements are read."""
    found = _SET_MODE.fullmatch(text) if isinstance(text, str) else None
    if found is None or not {mode.strip() for mode in found[2].lower().split(",")} <= _MODES | {""}:
        return None
    return str(text)
