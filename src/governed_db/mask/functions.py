"""A mask and a value into a masked value of the type that the driver would give.

Rules. None stays None. Text stays text and bytes stay bytes, of the built-in type (a subclass could
carry the raw value along). Everything else becomes None unless the mask has a typed form for it.
No mask returns its input: where a fixed answer could equal the input, another one is given.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

import attrs

from governed_db.errors import ConfigurationError
from governed_db.mask.settled import settled
from governed_db.mask.tokens import NOWHERE, Domain, MaskKeys
from governed_db.model.decision import Mask, Place

MaskFunction = Callable[[Any], Any]

PLACEHOLDER: Final = "***"
OTHER_PLACEHOLDER: Final = "****"  # what "***" itself becomes
DEFAULT_KEEP: Final = 4
STRENGTH: Final = ("null", "redact", "hash", "token", "year", "bucket", "email", "partial")
"""The masks, strongest first: by what an observer of many masked values learns."""

KEYED: Final = frozenset({"hash", "token"})
_MOST: Final = 10**15  # larger arguments are mistakes, and would overflow floats
_EXACT: Final = 2**53
_DIGITS: Final = 1_000  # numbers of more digits are masked as None rather than computed with
_DOMAIN: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}", re.ASCII | re.IGNORECASE
)
_DATE: Final = re.compile(
    r"([0-9]{4})-(?:0[0-9]|1[0-2])-(?:[0-2][0-9]|3[01])"
    r"(?:([ T])[0-2][0-9]:[0-5][0-9](?::[0-6][0-9](?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?",
    re.ASCII,
)


def checked(mask: Mask) -> Mask:
    """The mask with its argument filled in; ConfigurationError if there is no such mask."""
    if mask.name not in STRENGTH:
        raise _invalid("there is no such mask", "the masks are " + ", ".join(STRENGTH))
    argument = mask.argument
    if mask.name == "partial":
        keep = _bounded(DEFAULT_KEEP if argument is None else argument, 1, "partial(4)")
        return Mask("partial", keep, mask.place)
    if mask.name == "bucket":
        # Buckets of one would let whole numbers be computed back.
        return Mask("bucket", _bounded(argument, 2, "bucket(10)"), mask.place)
    if argument is not None:
        raise _invalid(f"the mask {mask.name} takes no argument", f"write {mask.name}")
    return mask


def strongest(masks: Iterable[Mask]) -> Mask:
    """The mask that shows least; of two alike, the one that keeps fewer or buckets wider."""
    return min((checked(mask) for mask in masks), key=_weakness)


def for_derived(mask: Mask) -> Mask:
    """The mask for a value that is computed from a masked column instead of a copy of it.

    Whoever writes the expression chooses what the other masks would keep (a token of a first letter,
    the end of a reversed text), and so could read the value piece by piece.
    """
    return mask if mask.name in ("null", "redact") else Mask("redact")


def mask_function(mask: Mask, keys: MaskKeys | None = None, domain: Domain = NOWHERE) -> MaskFunction:
    """The function that masks one value; `keys` and `domain` are for hash and token.

    What the database masks is only looked at: a value that has not the form of a mask is masked here.
    """
    mask = checked(mask)
    if mask.place is Place.IN_DATABASE:
        return settled(mask, mask_function(attrs.evolve(mask, place=Place.IN_DRIVER), keys, domain))
    argument = mask.argument or 0
    match mask.name:
        case "null":
            return _nothing
        case "redact":
            return _typed(redact_text)
        case "partial":
            return _typed(lambda text: partial_text(text, argument))
        case "email":
            return _typed(email_text)
        case "year":
            return _typed(_year_text, _year, octets=redact_text)
        case "bucket":
            return _typed(redact_text, lambda value: _below(value, argument))
        case _:
            return _keyed(mask.name, keys, domain)


def redact_text(text: str) -> str:
    """`***` for every text."""
    return PLACEHOLDER if text != PLACEHOLDER else OTHER_PLACEHOLDER


def partial_text(text: str, keep: int) -> str:
    """`***` and the last `keep` characters, if at least as many stay hidden."""
    return PLACEHOLDER + text[-keep:] if len(text) > partial_floor(keep) else redact_text(text)


def partial_floor(keep: int) -> int:
    """Texts up to this length are hidden whole.

    Longer ones also exceed the result, which is why a partial mask cannot return its input.
    """
    return max(2 * keep, keep + len(PLACEHOLDER))


def email_text(text: str) -> str:
    """`***@` and the domain of one well-formed address; `***` for anything else."""
    local, at, domain = text.partition("@")
    if not local or not at or len(domain) > 253 or _DOMAIN.fullmatch(domain) is None:
        return redact_text(text)
    return f"{PLACEHOLDER}@{domain}" if local != PLACEHOLDER else redact_text(text)


def _typed(
    text: Callable[[str], str | None],
    other: MaskFunction | None = None,
    *,
    octets: Callable[[str], str | None] | None = None,
) -> MaskFunction:
    """Dispatch on the type; bytes are masked as Latin-1 text, which every byte string is."""
    of_bytes = octets or text

    def masked_octets(raw: bytes) -> bytes | None:
        answer = of_bytes(raw.decode("latin-1"))
        return None if answer is None else answer.encode("latin-1")

    return _dispatch(text, masked_octets, other or _nothing)


def _dispatch(
    text: Callable[[str], str | None], octets: Callable[[bytes], bytes | None], other: MaskFunction
) -> MaskFunction:
    def masked(value: Any) -> Any:
        # type(), not isinstance: an object can lie about its __class__. The built-in type's own
        # methods, because a subclass can override them.
        kind = type(value)
        if value is None:
            return None
        if issubclass(kind, str):
            return text(str.__str__(value))
        if issubclass(kind, bytes):
            return octets(b"".join((value,)))
        if issubclass(kind, bytearray):
            answer = octets(b"".join((value,)))
            return None if answer is None else bytearray(answer)
        if kind is memoryview:
            answer = octets(value.tobytes())
            return None if answer is None else memoryview(answer)
        return other(value)

    return masked


def _nothing(_value: object) -> None:
    return None


def _keyed(name: str, keys: MaskKeys | None, domain: Domain) -> MaskFunction:
    if keys is None:
        raise ConfigurationError(
            f"the mask {name} needs a key", code="GDB521", help="pass a key of at least 32 bytes"
        )
    seal = keys.hash_of if name == "hash" else keys.token_of

    def text(value: str) -> str:
        answer = seal(value, domain)
        return answer if answer != value else PLACEHOLDER

    def octets(value: bytes) -> bytes:
        answer = seal(value, domain).encode("ascii")
        return answer if answer != value else PLACEHOLDER.encode("ascii")

    return _dispatch(text, octets, _nothing)


def _year(value: object) -> dt.date | None:
    """The first day of the year. That day itself becomes None: no date of the year is left for it."""
    answer: dt.date
    if isinstance(value, dt.datetime):
        answer = dt.datetime(value.year, 1, 1, tzinfo=value.tzinfo)
    elif isinstance(value, dt.date):
        answer = dt.date(value.year, 1, 1)
    else:
        return None
    return answer if answer != value else None


def _year_text(text: str) -> str | None:
    """Dates that a database keeps as text (SQLite) keep their form, for those who parse them."""
    match = _DATE.fullmatch(text)
    if match is None:
        return redact_text(text)
    answer = f"{match[1]}-01-01" + (f"{match[2]}00:00:00" if match[2] else "")
    return answer if answer != text else None


def _below(value: object, size: int) -> int | float | Decimal | None:
    """The largest multiple of `size` below the value: 51 to 60 by tens are 50.

    Strictly below, so that a multiple is not its own mask and does not stand out either.
    """
    kind = type(value)
    answer: int | float | Decimal | None = None
    if issubclass(kind, bool):
        return None
    if issubclass(kind, int):
        answer = _step_below(int.__index__(value), 1, size)  # type: ignore[arg-type]  # checked on the line above
    elif issubclass(kind, float):
        answer = _float_below(float.__float__(value), size)  # type: ignore[arg-type]  # as above
    elif issubclass(kind, Decimal):
        answer = _decimal_below(value, size)  # type: ignore[arg-type]  # as above
    return answer if answer != value else None


def _step_below(numerator: int, denominator: int, size: int) -> int:
    return (-(-numerator // (denominator * size)) - 1) * size


def _float_below(value: float, size: int) -> float | None:
    # Beyond this, floats are further apart than whole numbers; not a number and infinities are too.
    return float((math.ceil(value / size) - 1) * size) if abs(value) <= _EXACT else None


def _decimal_below(value: Decimal, size: int) -> Decimal | None:
    """Computed with integers: the caller's decimal context could round, or trap."""
    exponent = Decimal.as_tuple(value).exponent
    if not isinstance(exponent, int) or abs(exponent) > _DIGITS or abs(Decimal.adjusted(value)) > _DIGITS:
        return None
    return Decimal(_step_below(*Decimal.as_integer_ratio(value), size))


def _weakness(mask: Mask) -> tuple[int, int]:
    argument = mask.argument or 0
    return STRENGTH.index(mask.name), -argument if mask.name == "bucket" else argument


def _bounded(argument: object, least: int, example: str) -> int:
    # A bool is an int, and these numbers become part of generated source.
    if type(argument) is not int or not least <= argument <= _MOST:
        raise _invalid(f"this mask takes a whole number from {least}", f"write for example {example}")
    return argument


def _invalid(message: str, help: str) -> ConfigurationError:
    return ConfigurationError(message, code="GDB520", help=help)
