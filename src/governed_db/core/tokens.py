"""Values that a caller gives into those that are sent: tokens turned back, placeholders refused.

A plan knows the places where a given value meets a protected column (policy/watching.py). For a literal
all is settled when the plan is made; for a parameter there is a question for each run. What a token stands
for is never kept: not in a plan, not in a message, not in an event. It is computed just before a statement
is sent, and goes to the driver's adapter alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from governed_db.core.plan import Plan, Statement, TokenLiteral, Watch
from governed_db.errors import AnalysisError
from governed_db.mask.placeholders import is_masked, may_be_masked
from governed_db.mask.tokens import Domain, is_token, no_token
from governed_db.model.catalog import Dialect
from governed_db.model.classification import CLEAR
from governed_db.model.decision import Decision, Reason
from governed_db.model.statement import Facts, Purpose
from governed_db.sql.text import lex, parameter_keys, without_marks

ValueOf = Callable[[str, Domain], "str | bytes"]

_MISPLACED = "GDB209"
_PLACEHOLDER = "GDB208"


def watches(
    statement: Statement, facts: Facts, decision: Decision, dialect: Dialect, database: str
) -> tuple[Watch, ...]:
    """The places to see to; those of parameters with the numbers and names that these are given by."""
    if not decision.watched:
        return ()
    keys = parameter_keys(statement.sent, dialect, is_pyformat=statement.doubles_percent)
    if statement.copy:  # the columns of its rows are numbered like parameters
        keys = {one.start: (number, None) for number, one in enumerate(facts.supplied)}
    found = []
    for one in decision.watched:
        supplied = facts.supplied[one.index]
        number, name = keys.get(supplied.start, (None, None)) if supplied.is_parameter else (None, None)
        column = min(supplied.columns)
        found.append(
            Watch(
                start=supplied.start,
                end=supplied.end,
                is_parameter=supplied.is_parameter,
                number=number,
                name=name,
                column=f"{column.relation}.{column.column}",
                domain=Domain(database, one.classification),
                purpose=supplied.purpose,
                takes_tokens=one.takes_tokens,
                refuses_masked=one.refuses_masked,
            )
        )
    return tuple(found)


# -- literals ----------------------------------------------------------------------------------------------


def literals(
    found: Iterable[Watch], statement: Statement, value_of: ValueOf
) -> tuple[tuple[Reason, ...], tuple[TokenLiteral, ...]]:
    """What is wrong with the literals of a statement, and those that are tokens to be turned back."""
    reasons: list[Reason] = []
    tokens: list[TokenLiteral] = []
    for watch in found:
        if watch.is_parameter:
            continue
        text = unquoted(without_marks(statement.text[watch.start : watch.end]))
        reason = objection(watch, text, value_of)
        if reason is not None:
            reasons.append(reason)
        elif is_token(text) and watch.takes_tokens:
            tokens.append(TokenLiteral(watch.start, watch.end, watch.domain))
    return tuple(reasons), tuple(tokens)


def unquoted(literal: str) -> str:
    """What stands between the quotes, as far as it takes to know a token or a placeholder."""
    first = min((at for at in map(literal.find, "'\"$") if at >= 0), default=0)
    inner = literal[first + 1 : -1]
    return inner.strip("$") if literal[first : first + 1] == "$" else inner.replace("''", "'")


def moved(tokens: Sequence[TokenLiteral], sent: str, text: str, dialect: Dialect) -> tuple[TokenLiteral, ...]:
    """The same literals in a text with splices: their order is the same. Raises AnalysisError GDB330."""
    if sent == text or not tokens:
        return tuple(tokens)
    before, after = _token_literals(sent, dialect), _token_literals(text, dialect)
    if [sent[start:end] for start, end in before] != [text[start:end] for start, end in after]:
        raise AnalysisError("GDB330", "a row filter or mask and a token meet in this statement")
    places = dict(zip(before, after, strict=True))
    return tuple(TokenLiteral(*places[one.start, one.end], one.domain) for one in tokens)


def _token_literals(text: str, dialect: Dialect) -> list[tuple[int, int]]:
    strings = ((start, end) for kind, start, end in lex(text, dialect) if kind == "string")
    return [(start, end) for start, end in strings if is_token(unquoted(text[start:end]))]


def text_of(plan: Plan, value_of: ValueOf, quote: Callable[[str | bytes], str]) -> str:
    """The plan's text with what its tokens stand for, as literals that `quote` writes."""
    pieces, last = [], 0
    for one in plan.tokens:
        raw = quote(value_of(unquoted(plan.text[one.start : one.end]), one.domain))
        pieces += [plan.text[last : one.start], raw.replace("%", "%%") if plan.doubles_percent else raw]
        last = one.end
    return "".join([*pieces, plan.text[last:]])


# -- parameters --------------------------------------------------------------------------------------------


def is_suspect(watched: Sequence[Watch], parameters: Any) -> bool:
    """Whether a parameter has to be looked at more closely; asked on the short path."""
    if type(parameters) is not tuple and type(parameters) is not list:
        return any(may_be_masked(_given(watch, parameters)) for watch in watched)
    for watch in watched:
        number = watch.number
        if number is not None and number < len(parameters) and may_be_masked(parameters[number]):
            return True
    return False


def refusal(plan: Plan, statement: Statement, value_of: ValueOf) -> tuple[Reason, ...]:
    """What is wrong with the parameters of a statement that is about to run."""
    if not plan.watched or statement.parameters is None or statement.copy:
        return ()
    rows: Iterable[Any] = (statement.parameters,)
    if statement.many:
        rows = statement.parameters if isinstance(statement.parameters, Iterable) else ()
    found: dict[Reason, None] = {}
    for row in rows:
        for watch in plan.watched:
            value = _given(watch, row)
            if may_be_masked(value):
                reason = objection(watch, _plain(value, writes_literals=statement.writes_literals), value_of)
                found |= {reason: None} if reason is not None else {}
    return tuple(found)


def row_refusal(plan: Plan, row: Sequence[Any]) -> Reason | None:
    """What is wrong with a row that is copied into the database; no token is turned back there."""
    for watch in plan.watched:
        value = _given(watch, row)
        reason = objection(watch, value, _closed) if may_be_masked(value) else None
        if reason is not None:
            return reason
    return None


def _closed(_token: str, _domain: Domain) -> str | bytes:
    raise no_token("tokens are not turned back here")


def turned(
    watched: Sequence[Watch],
    parameters: Any,
    value_of: ValueOf,
    wrap: Callable[[str | bytes], Any],
    writes_literals: bool = False,  # noqa: FBT001,FBT002  # as Driver.writes_literals
) -> Any:
    """The parameters with values in place of tokens, each as `wrap` gives it; the same if there are none."""
    changes: dict[int | str, Any] = {}
    is_named = isinstance(parameters, Mapping)
    for watch in watched:
        value = _given(watch, parameters)
        key = watch.name if is_named else watch.number
        if key is None or not watch.takes_tokens or not may_be_masked(value):
            continue
        token = _text(_plain(value, writes_literals=writes_literals))
        if token is not None and is_token(token):
            changes[key] = wrap(value_of(token, watch.domain))
    if not changes:
        return parameters
    if is_named:
        return _Overlay(parameters, changes)
    return [changes.get(number, value) for number, value in enumerate(parameters)]


class _Overlay(dict[str, Any]):
    """A mapping of parameters with some of them changed; the others are asked for when they are needed."""

    def __init__(self, below: Mapping[str, Any], changes: Mapping[Any, Any]) -> None:
        super().__init__(below)
        self.update(changes)
        self._below = below

    def __missing__(self, name: str) -> Any:
        return self._below[name]


def _given(watch: Watch, parameters: Any) -> Any:
    """The value at this place; what is not there is for the driver to complain about."""
    try:
        if isinstance(parameters, Mapping):
            return parameters[watch.name] if watch.name is not None else None
        return parameters[watch.number] if watch.number is not None else None
    except (LookupError, TypeError):
        return None


def _plain(value: Any, *, writes_literals: bool) -> Any:
    """The value itself where a driver writes values as SQL before they come here."""
    if not writes_literals or not isinstance(value, str):
        return value
    octets = value.removeprefix("_binary ")
    if octets[:2] in ("X'", "x'"):
        return bytes.fromhex(octets[2:-1])
    return unquoted(value) if value.endswith("'") else value


# -- one value ---------------------------------------------------------------------------------------------


def objection(watch: Watch, value: Any, value_of: ValueOf) -> Reason | None:
    """Why this value may not be given here, None if it may."""
    token = _text(value)
    is_protected = watch.domain.classification != CLEAR  # elsewhere a token is a text like any other
    if is_protected and token is not None and is_token(token) and watch.purpose is not Purpose.PART:
        return _token_objection(watch, token, value_of)
    is_whole = watch.purpose is Purpose.WRITTEN
    if watch.refuses_masked and is_masked(value, watch.domain.classification, is_whole=is_whole):
        return Reason(
            _PLACEHOLDER,
            f"a masked value may not be written over real data: {watch.column}",
            watch.start,
            "leave the column out of the change, or give a new value; a token is taken where it is the whole"
            " value",
            "tokens",
        )
    return None


def _token_objection(watch: Watch, token: str, value_of: ValueOf) -> Reason | None:
    if not watch.takes_tokens:
        return Reason(
            _MISPLACED,
            f"a token may not be used here: {watch.column}, classified {watch.domain.classification}",
            watch.start,
            "compare it by =, <> or IN with a masked column of its own classification, or write it into one,"
            " as it is (in a select list of MySQL or SQLite under an alias); who may see the column as it is"
            " needs a rule with `reveal:`",
            "tokens",
        )
    try:
        value_of(token, watch.domain)
    except AnalysisError as error:
        message = f"{error.message}: {watch.column}, classified {watch.domain.classification}"
        return Reason(error.code, message, watch.start, error.help, "tokens")
    return None


def _text(value: Any) -> str | None:
    """A text, or bytes as text, of the built-in type."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("latin-1")
    return None
