"""One connection of a governed engine into answers for a model: rows, tables, columns, what would happen."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy.exc import DBAPIError

from governed_db.context.identity import acting_as
from governed_db.enforce.explain import Explanation, explain
from governed_db.enforce.gate import Gate
from governed_db.errors import ApprovalRequired, ConfigurationError, StatementDenied
from governed_db.integrations import words
from governed_db.model.approval import Task
from governed_db.model.catalog import RelationInfo, RelationKind
from governed_db.resuming import resume

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from governed_db.model.principal import Principal, Proof


@attrs.frozen
class Caller:
    """Who calls which tool, in which conversation. Without a principal, whoever acts at the moment.

    `proof`: how it is known that it is the principal.
    """

    principal: Principal | None
    conversation: str | None
    tool: str
    model: str | None = None
    proof: Proof | None = None


@attrs.frozen
class Answer:
    """`text` is for the model. `task`: it waits for a person."""

    text: str
    is_error: bool = False
    task: Task | None = None


@attrs.frozen
class Desk:
    """A connection at which a caller asks."""

    connection: Connection
    caller: Caller

    @property
    def driver(self) -> Any:
        """The governed connection of the driver."""
        return self.connection.connection.driver_connection

    @property
    def gate(self) -> Gate:
        found = getattr(getattr(self.driver, "_governed", None), "gate", None)
        if not isinstance(found, Gate):
            raise ConfigurationError(
                "this engine is not governed",
                code="GDB703",
                help="create the engine from a URL like postgresql+governed://",
            )
        return found

    def acting(self) -> Any:
        """Statements of the block are the caller's."""
        caller = self.caller
        principal, proof = caller.principal, caller.proof
        if principal is None:
            context = self.gate.context()
            principal, proof = context.principal, context.proof
        return acting_as(
            principal,
            conversation=caller.conversation,
            tool=caller.tool,
            model=caller.model,
            purpose="agent",
            proof=proof,
        )

    def explained(self, query: str) -> Explanation:
        return explain(self.driver, query)

    def query(self, text: str, most: int, request: str | None = None) -> Answer:
        """Run one statement and keep what it changed; `request`: what it was asked for before."""
        resumed = resume(request, connection=self.driver) if request is not None else nullcontext()
        try:
            with self.acting(), resumed:
                return Answer(self._run(text, most))
        except DBAPIError as error:
            self.connection.rollback()
            return _told(error.orig)
        except StatementDenied as error:
            self.connection.rollback()
            return _told(error)

    def _run(self, text: str, most: int) -> str:
        bare = self.connection.execution_options(no_parameters=True)  # a % is a %
        result = bare.exec_driver_sql(text)
        if not result.returns_rows:
            count = result.rowcount
            self.connection.commit()
            return words.changed(count)
        found = result.fetchmany(most + 1)
        columns = list(result.keys())
        result.close()
        self.connection.commit()
        masks = words.masks_of(self.explained(text))
        return words.rows(columns, found[:most], is_cut=len(found) > most, masks=masks)

    def check(self, text: str) -> Answer:
        with self.acting():
            return Answer(words.checked(self.explained(text)))

    def tables(self, *, everywhere: bool = False) -> list[RelationInfo]:
        """What the caller may read, by name; without `everywhere` what is found without naming a schema.

        A server can hold hundreds of databases that are no business of this conversation.
        """
        with self.acting():
            self.explained("SELECT 1")  # so that the schema has been looked at
            catalog = self.gate.catalog
            if catalog is None:
                return []
            own = [one for one in catalog.relations.values() if one.kind is not RelationKind.SYSTEM]
            near = [one for one in own if everywhere or one.schema in catalog.search_path]
            seen = [one for one in near if self.explained(self._all_of(one)).effect == "permit"]
            return sorted(seen, key=lambda one: (one.schema, one.name))

    def listed(self) -> Answer:
        return Answer(", ".join(self.name(one) for one in self.tables()))

    def schema(self, wanted: list[str]) -> Answer:
        """The columns of tables, with what is hidden of them."""
        is_far = any("." in name for name in wanted)
        readable = {self.name(one): one for one in self.tables(everywhere=is_far)}
        unknown = [name for name in wanted if name not in readable]
        if unknown:
            known = ", ".join(readable)
            text = f"REFUSED: not known or not permitted: {', '.join(unknown)}. Known are {known}"
            return Answer(text, is_error=True)
        return Answer("\n\n".join(self._described(readable[name]) for name in wanted or readable))

    def _described(self, one: RelationInfo) -> str:
        with self.acting():
            masks = words.masks_of(self.explained(self._all_of(one)))
        lines = [f"{one.kind.value.upper()} {self.name(one)}"]
        lines += [f"  {c.name} {c.type}{_hidden(masks.get(c.name))}" for c in one.columns if not c.hidden]
        for key in one.foreign_keys:
            columns, referenced = ", ".join(key.columns), ", ".join(key.referenced)
            lines.append(f"  ({columns}) refers to {key.relation} ({referenced})")
        return "\n".join(lines)

    def name(self, one: RelationInfo) -> str:
        """As it is written in a query; with its schema where it is not found without."""
        catalog = self.gate.catalog
        is_found = catalog is None or one.schema in catalog.search_path
        return one.name if is_found else f"{one.schema}.{one.name}"

    def _all_of(self, one: RelationInfo) -> str:
        quote = self.connection.dialect.identifier_preparer.quote_identifier
        return f"SELECT * FROM {quote(one.schema)}.{quote(one.name)}"


def _hidden(mask: str | None) -> str:
    return f"  -- hidden ({mask}): ranges, LIKE and ORDER BY are refused" if mask else ""


def _told(error: BaseException | None) -> Answer:
    match error:
        case ApprovalRequired():
            return Answer(words.waits(error.task), is_error=True, task=error.task)
        case StatementDenied():
            return Answer(words.refused(error), is_error=True)
        case None:
            return Answer("ERROR of the database", is_error=True)
        case _:
            return Answer(words.failed(error), is_error=True)
