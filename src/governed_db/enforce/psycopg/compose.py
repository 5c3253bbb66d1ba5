"""A class of psycopg's, or of the caller's own derived from one, into the governed class of the same name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import FrameType
from typing import Any, Final

from psycopg import AsyncCopy
from psycopg._copy_base import BaseCopy
from psycopg._cursor_base import BaseCursor
from psycopg._pipeline_base import BasePipeline
from psycopg._server_cursor_base import ServerCursorMixin

from governed_db.drivers.psycopg import DRIVER
from governed_db.drivers.surface import Answer, Surface
from governed_db.drivers.surface.psycopg import COPY, CURSOR, PIPELINE
from governed_db.enforce.psycopg.copying import GovernedAsyncCopy, GovernedSyncCopy
from governed_db.enforce.psycopg.cursor import GovernedClientCursor, GovernedCursor
from governed_db.enforce.psycopg.onlookers import is_drivers, refuse_onlookers
from governed_db.enforce.psycopg.pipelines import GovernedPipeline
from governed_db.enforce.psycopg.server_cursor import GovernedServerCursor
from governed_db.enforce.psycopg.text import Style, style_of

_HELP = "it is not known to this version of governed_db, or not safe: see the list of names in the docs"


class Refused:
    """An attribute that raises when it is used in any way."""

    def __init__(self, title: str) -> None:
        self._title = title

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        if instance is None:
            return self
        raise DRIVER.refused_call(self._title, _HELP)

    def __set__(self, instance: object, value: object) -> None:
        raise DRIVER.refused_call(self._title, _HELP)


def compose(base: type, mixin: type, table: Surface, **more: Any) -> type:
    """The class; public names of psycopg's that the table refuses or does not know raise when used."""
    if issubclass(base, mixin):
        return base
    refuse_onlookers(base)
    body: dict[str, Any] = {name: Refused(f"{base.__name__}.{name}") for name in _refused(base, table)}
    body |= {"__slots__": (), "__module__": base.__module__, "__qualname__": base.__qualname__, **more}
    body["__doc__"] = base.__doc__
    composed = type(base.__name__, (mixin, base), body)
    # So that Connection[DictRow] can be written, as of psycopg's own class.
    composed.__parameters__ = getattr(base, "__parameters__", ())  # type: ignore[attr-defined]  # Generic's
    return composed


def _refused(base: type, table: Surface) -> Iterator[str]:
    for name in dir(base):
        if name.startswith("_") or table.get(name, Answer.REFUSED) is not Answer.REFUSED:
            continue
        if any(name in vars(parent) and is_drivers(parent) for parent in base.__mro__):
            yield name


@cache
def governed_cursor(base: Any) -> type:
    """The governed class of a cursor class."""
    style = style_of(base)
    if issubclass(base, ServerCursorMixin):
        mixin: type = GovernedServerCursor
    else:
        mixin = GovernedClientCursor if style is Style.MERGED else GovernedCursor
    return compose(base, mixin, CURSOR, _governed_style=style, _governed_execute_gen=base._execute_gen)


@cache
def governed_copy(base: Any) -> type:
    mixin = GovernedAsyncCopy if issubclass(base, AsyncCopy) else GovernedSyncCopy
    return compose(base, mixin, COPY)


@cache
def governed_pipeline(base: Any) -> type:
    return compose(base, GovernedPipeline, PIPELINE)


_MAKERS: Final = {
    id(base.__init__.__code__): (base, make)
    for base, make in (
        (BaseCursor, governed_cursor),
        (BaseCopy, governed_copy),
        (BasePipeline, governed_pipeline),
    )
}


def adopt(frame: FrameType) -> None:
    """Make the object that psycopg is just initialising a governed one, if it makes any.

    The object becomes governed before it has anything to send with, whoever asked for it.
    """
    # By identity: hashing a code object would read all of its bytecode.
    found = _MAKERS.get(id(frame.f_code))
    if found is None:
        return
    base, make = found
    made = frame.f_locals["self"]
    if not isinstance(made, base):
        raise DRIVER.ungoverned()
    made.__class__ = make(type(made))  # type: ignore[arg-type]  # classes are hashable
