"""Hypothesis strategies for every type of value that a driver can hand out."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from ipaddress import IPv4Address

from hypothesis import strategies as st
from psycopg.types.range import Range

from governed_db.model.decision import Mask


class Text(str):
    """A subclass that would carry the raw value along."""

    __slots__ = ("raw",)

    def __getitem__(self, key: object) -> str:
        return str.__str__(self)

    def __str__(self) -> str:
        return str.__str__(self)


class Octets(bytes):
    """The same for bytes."""

    def __bytes__(self) -> bytes:
        return b"raw"


class Level(enum.IntEnum):
    """An int that is not exactly an int."""

    LOW = 10
    HIGH = 20


class Liar:
    """An object that claims to be text."""

    __class__ = str  # type: ignore[assignment]  # the lie is the point


# Texts that masks themselves produce, and shapes that they treat in a special way.
SPECIAL = ["", "*", "***", "****", "***1234", "***@a.com", "a@b.com", "1990-01-01", "1990-05-06"]
SPECIAL += ["1990-01-01 00:00:00", "1990-05-06T01:02:03.5+02:00", "hash_" + "0" * 32, "\ud800", "\x00"]

texts = st.one_of(st.sampled_from(SPECIAL), st.text(max_size=40), st.emails())
octets = st.one_of(
    st.sampled_from([s.encode("utf-8", "surrogatepass") for s in SPECIAL]), st.binary(max_size=40)
)
numbers = st.one_of(
    st.integers(),
    st.floats(),
    st.decimals(),
    st.integers(-100, 100).map(lambda n: n * 10),
    st.integers(-100, 100).map(lambda n: n * 10.0),
)
times = st.one_of(
    st.dates(), st.datetimes(timezones=st.one_of(st.none(), st.timezones())), st.just(dt.date(1990, 1, 1))
)
others = st.one_of(
    st.booleans(),
    st.uuids(),
    st.times(),
    st.timedeltas(),
    st.complex_numbers(),
    st.fractions(),
    st.sampled_from([Level.LOW, Range(1, 5), IPv4Address("10.0.0.1"), uuid.UUID(int=0), object(), Liar()]),
    st.lists(st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=3),
)
values = st.one_of(
    texts,
    texts.map(Text),
    octets,
    octets.map(Octets),
    octets.map(bytearray),
    octets.map(memoryview),
    numbers,
    times,
    others,
)
masks = st.one_of(
    st.sampled_from([Mask(name) for name in ("null", "redact", "hash", "token", "year", "email", "partial")]),
    st.integers(1, 12).map(lambda keep: Mask("partial", keep)),
    st.sampled_from([2, 3, 10, 1000, 10**15]).map(lambda size: Mask("bucket", size)),
)
