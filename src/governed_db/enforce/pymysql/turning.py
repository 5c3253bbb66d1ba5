"""A plan and its values into the text that is sent, with what tokens stand for.

Cursors, whatever their class, and their attributes have the text with the tokens; this one goes from the
connection to the wire.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from pymysql import converters

from governed_db.core.plan import Plan
from governed_db.enforce.pymysql.session import gate_in
from governed_db.enforce.pymysql.text import Values, bound
from governed_db.enforce.turning import parameters_sent, text_sent
from governed_db.mask.tokens import no_token

if TYPE_CHECKING:
    from governed_db.enforce.pymysql.session import Session


def sent(session: Session, plan: Plan, values: Values, shown: str) -> str:
    """What is sent in place of `shown`."""
    if not plan.tokens and not plan.watched:
        return shown
    write, gate = partial(_literal, session), gate_in(session)
    turned = parameters_sent(gate, plan, values, write)
    if turned is values and not plan.tokens:
        return shown
    return bound(text_sent(gate, plan, write), turned if isinstance(turned, dict) else tuple(turned))


def row_by_row(session: Session, plan: Plan, rows: Sequence[Values]) -> Iterator[tuple[str, str]]:
    """Many rows as texts to show and texts to send, for plans that take tokens."""
    for values in rows:
        shown = bound(plan.text, values)
        yield shown, sent(session, plan, values, shown)


def _literal(session: Session, value: str | bytes) -> str:
    """As the server reads it in its mode; whatever the application made of the driver's own escaping."""
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    _check(value, session.encoding)
    doubled = value.replace("'", "''")
    return f"'{doubled if session.keeps_backslashes else converters.escape_string(value)}'"


def _check(value: str, encoding: str) -> None:
    """Python's own error would show the value."""
    try:
        value.encode(encoding)
    except UnicodeEncodeError:
        pass
    else:
        return
    raise no_token("what the token stands for cannot be written in this connection's encoding")
