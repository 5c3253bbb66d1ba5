"""The text files of one dialect into frozen tables.

Rules: `#` starts a comment; `[kind] help` opens a section of forbidden.txt, and a name there may end in
`*`; relations.txt opens a section with `[schema]`. A line that does not fit is an error, never skipped.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import attrs

from governed_db.model.catalog import Dialect
from governed_db.model.statement import HazardKind


class FunctionKind(enum.StrEnum):
    """How a function is called. A name with several ways has the first that fits, bottom to top."""

    SCALAR = "scalar"
    AGGREGATE = "aggregate"
    WINDOW = "window"
    TABLE = "table"


@attrs.frozen
class FunctionInfo:
    """A built-in that may be called.

    `total`: it raises no error and no warning whose occurrence or text depends on its arguments.
    `counts`: it reveals only how many (non-NULL) values there are. `label_free`: its result does not
    depend on the values of its arguments. `stable`: same arguments, same result within a statement.
    `max_arguments`: with more it is another, dangerous function (`last_insert_id(expr)`).
    """

    name: str
    kind: FunctionKind = FunctionKind.SCALAR
    total: bool = False
    counts: bool = False
    label_free: bool = False
    stable: bool = True
    max_arguments: int | None = None


@attrs.frozen
class Forbidden:
    """Why a function is refused, for the Hazard that names it."""

    kind: HazardKind
    help: str


@attrs.frozen
class CastType:
    """A type that may be cast to. `total`: a cast from any text raises nothing (without a length)."""

    name: str
    total: bool


@attrs.frozen(eq=False)
class Tables:
    """All that is known of one dialect."""

    functions: Mapping[str, FunctionInfo]
    forbidden: Mapping[str, Forbidden]
    forbidden_prefixes: tuple[tuple[str, Forbidden], ...]
    types: Mapping[str, CastType]
    relations: frozenset[str]
    schemas: frozenset[str]
    extensions: frozenset[str]


FLAGS = frozenset({"total", "counts", "free", "volatile"})


@functools.cache
def load(dialect: Dialect) -> Tables:
    """Read the tables of a dialect, once."""
    exact, prefixes = _forbidden(lines(dialect, "forbidden"))
    relations, schemas = _relations(lines(dialect, "relations"))
    return Tables(
        functions=MappingProxyType({f.name: f for f in map(_function, lines(dialect, "functions"))}),
        forbidden=MappingProxyType(exact),
        forbidden_prefixes=tuple(prefixes.items()),
        types=MappingProxyType({t.name: t for t in map(_type, lines(dialect, "types"))}),
        relations=relations,
        schemas=schemas,
        extensions=frozenset(lines(dialect, "extensions")) if dialect is Dialect.POSTGRES else frozenset(),
    )


def lines(dialect: Dialect, table: str) -> Iterator[str]:
    """The lines of one text file, without comments."""
    text = Path(__file__).with_name(dialect.value).joinpath(f"{table}.txt").read_text("utf-8")
    for line in text.splitlines():
        if content := line.partition("#")[0].strip():
            yield content


def _function(line: str) -> FunctionInfo:
    """`name kind [total] [counts] [free] [volatile] [max=N]`"""
    name, *words = line.split()
    return FunctionInfo(name, *_properties(tuple(words)))


@functools.cache  # there are many names and few ways to describe them
def _properties(words: tuple[str, ...]) -> tuple[FunctionKind, bool, bool, bool, bool, int | None]:
    kind, *flags = words
    limits = [int(flag[4:]) for flag in flags if flag.startswith("max=")]
    plain = {flag for flag in flags if not flag.startswith("max=")}
    if unknown := plain - FLAGS:
        raise ValueError(f"unknown flags {sorted(unknown)} of a function")
    return (
        FunctionKind(kind),
        "total" in plain,
        "counts" in plain,
        "free" in plain,
        "volatile" not in plain,
        limits[0] if limits else None,
    )


def _type(line: str) -> CastType:
    """`name, total` or `name`; a name may have spaces."""
    name, _, flag = line.partition(",")
    if flag.strip() not in ("", "total"):
        raise ValueError(f"unknown flag {flag!r} of type {name}")
    return CastType(name, flag.strip() == "total")


def _forbidden(lines: Iterator[str]) -> tuple[dict[str, Forbidden], dict[str, Forbidden]]:
    exact: dict[str, Forbidden] = {}
    prefixes: dict[str, Forbidden] = {}
    why: Forbidden | None = None
    for line in lines:
        if line.startswith("["):
            kind, _, text = line[1:].partition("]")
            why = Forbidden(HazardKind(kind), text.strip())
        elif why is None:
            raise ValueError(f"{line!r} stands before the first section")
        elif line.endswith("*"):
            prefixes[line[:-1]] = why
        else:
            exact[line] = why
    return exact, prefixes


def _relations(lines: Iterator[str]) -> tuple[frozenset[str], frozenset[str]]:
    relations: set[str] = set()
    schemas: set[str] = set()
    prefix = ""
    for line in lines:
        if line.startswith("["):
            schema = line.strip("[]")
            schemas.add(schema)
            prefix = f"{schema}." if schema else ""
        else:
            relations.add(prefix + line)
    return frozenset(relations), frozenset(schemas - {""})
