"""A URL, an engine or a framework's own SQLDatabase into answers, sync and async, of one governed engine."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any, TypeAlias

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from governed_db.errors import ConfigurationError, Error
from governed_db.integrations.database import Answer, Caller, Desk
from governed_db.integrations.suspended import Suspended, call_key
from governed_db.model.approval import Request
from governed_db.remote.spool import Spool
from governed_db.sqlalchemy import assert_governed

Work: TypeAlias = Callable[[Desk], Answer]
_KEPT_IN = ("_engine", "engine")  # where LangChain's and LlamaIndex's SQLDatabase have it


def engine_of(database: Any, **options: Any) -> Engine | AsyncEngine:
    """A governed engine, or an error that says at once what is not governed."""
    if isinstance(database, str):
        url = make_url(database)
        if "+" not in url.drivername:
            url = url.set(drivername=f"{url.drivername.replace('postgres:', 'postgresql:')}+governed")
        database = create_engine(url, **options)
    found = [getattr(database, name) for name in _KEPT_IN if hasattr(database, name)]
    engine = database if isinstance(database, Engine | AsyncEngine) else next(iter(found), None)
    if not isinstance(engine, Engine | AsyncEngine):
        raise ConfigurationError(
            f"this takes a URL, an engine or a SQLDatabase, not {type(database).__qualname__}",
            help="create an engine from a URL like postgresql+governed://",
        )
    assert_governed(engine)
    return engine


def digest_of(prompt: str | None) -> str | None:
    """What a prompt is known by in events, as `acting_as` makes it."""
    if not prompt:
        return None
    return f"sha256:{hashlib.sha256(prompt.encode('utf-8', 'surrogatepass')).hexdigest()}"


class Office:
    """Where the callers of many conversations ask, each at a connection of their own."""

    def __init__(self, engine: Engine | AsyncEngine) -> None:
        self.engine = engine

    def sync(self, caller: Caller, work: Work) -> Answer:
        if isinstance(self.engine, AsyncEngine):
            raise ConfigurationError(
                "an async engine serves async calls only", help="use the async calls, or give a sync engine"
            )
        with self.engine.connect() as connection:
            return work(Desk(connection, caller))

    async def later(self, caller: Caller, work: Work) -> Answer:
        if isinstance(self.engine, AsyncEngine):
            async with self.engine.connect() as connection:
                return await connection.run_sync(lambda one: work(Desk(one, caller)))
        return await asyncio.to_thread(self.sync, caller, work)

    async def answered(self, caller: Caller, work: Work) -> Answer:
        """The same, where a database or an identity that is not there is told to the model, in our words."""
        try:
            return await self.later(caller, work)
        except (Error, SQLAlchemyError) as error:
            return troubled(error)


def troubled(error: Error | SQLAlchemyError) -> Answer:
    """Why nothing could be asked, without what a driver says: addresses and names can be in it."""
    code, message, help_ = "GDB714", "the database cannot be reached now", "try again later"
    if isinstance(error, Error):
        code = error.code
        message, _, help_ = str(error).removeprefix(f"{code} ").partition("\n  = help: ")
        message = message.partition("\n")[0]
    reason = {"code": code, "message": message, "help": help_ or "tell the user"}
    text = f"REFUSED: nothing was run.\n{code} {message}\ndo: {reason['help']}"
    return Answer(text, {"status": "refused", "reasons": [reason]}, is_error=True)


class Turn:
    """One call that runs a statement; made again from its top when its framework goes on after a wait.

    `key` tells the call among those of whoever calls: what frameworks and models name calls by can be the
    same for two people.
    """

    def __init__(self, key: str, query: str, most: int) -> None:
        self._key, self._query, self._most = key, query, most

    def work(self, desk: Desk) -> Answer:
        """Run it, for the request that it waits for if there is one."""
        kept = _kept(desk)
        key = self.own(desk)
        request = kept.request(key) if kept is not None else None
        answer = desk.query(self._query, self._most, request)
        if kept is not None and answer.task is not None:
            kept.keep(key, answer.task["id"])
        elif kept is not None and request is not None:
            kept.forget(key)
        return answer

    def is_asked(self, desk: Desk) -> bool:
        """Whether a person must agree first, whatever has been agreed to before. Runs nothing."""
        with desk.acting():
            return desk.explained(self._query).effect == "ask"

    def waiting(self, desk: Desk) -> Request | None:
        """The request that it was suspended for, as it is now."""
        kept = _kept(desk)
        found = kept.request(self.own(desk)) if kept is not None else None
        return desk.gate.ports.approvals.get(found) if found is not None else None

    def own(self, desk: Desk) -> str:
        """What the call is kept by."""
        who = desk.caller.principal or desk.gate.context().principal
        return call_key(self._key, *(f"{link.kind}:{link.id}" for link in who.chain()))


def _kept(desk: Desk) -> Suspended | None:
    """Where this host keeps its state, whoever decides on requests."""
    trail = desk.gate.ports.audit
    return Suspended(trail.directory.parent) if isinstance(trail, Spool) else None
