"""One connection of a governed engine into answers for a model: rows, tables, columns, what would happen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy.exc import DBAPIError

from governed_db.context.identity import acting_as
from governed_db.enforce.explain import Explanation, explain
from governed_db.enforce.gate import Gate
from governed_db.errors import ApprovalRequired, ConfigurationError, StatementDenied
from governed_db.integrations import words
from governed_db.integrations.injection import Flag, detector
from governed_db.model.approval import Task
from governed_db.model.catalog import RelationInfo, RelationKind
from governed_db.model.decision import Reason
from governed_db.model.policy import Injection
from governed_db.model.rewrite import Rewrite
from governed_db.resuming import resume
from governed_db.sql.names import stored

INSTRUCTIONS = "(hidden: it read like instructions)"  # in place of such a cell, where policy hides them

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from governed_db.model.principal import Principal, Proof


@attrs.frozen
class Caller:
    """Who calls which tool, in which conversation. Without a principal, whoever acts at the moment.

    `proof`: how it is known that it is the principal. `prompt`: the digest of what the agent was asked.
    """

    principal: Principal | None
    conversation: str | None
    tool: str
    model: str | None = None
    proof: Proof | None = None
    run: str | None = None
    prompt: str | None = None


@attrs.frozen
class Answer:
    """`text` is for the model, `content` the same for programs. `task`: it waits for a person.

    `content["status"]`: rows, done, refused, waits, failed, tables, schema or checked.
    """

    text: str
    content: Mapping[str, Any] = attrs.field(factory=dict)
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

    def only_read(self) -> None:
        """Have PostgreSQL itself refuse whatever changes something, also what we count as reading.

        A sequence that is advanced stays so, and rows that are locked keep others waiting.
        """
        if self.connection.dialect.name == "postgresql":
            self.connection.execution_options(postgresql_readonly=True)  # until it goes back to its pool

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
            run=caller.run,
            prompt=caller.prompt,
        )

    def explained(self, query: str) -> Explanation:
        return explain(self.driver, query)

    def query(self, text: str, most: int, request: str | None = None) -> Answer:
        """Run one statement and keep what it changed; `request`: what it was asked for before."""
        resumed = resume(request, connection=self.driver) if request is not None else nullcontext()
        try:
            with self.acting(), resumed:
                return self._run(text, most)
        except DBAPIError as error:
            self.connection.rollback()
            return told(error.orig)
        except StatementDenied as error:
            self.connection.rollback()
            return told(error)

    def _run(self, text: str, most: int) -> Answer:
        bare = self.connection.execution_options(no_parameters=True)  # a % is a %
        result = bare.exec_driver_sql(text)
        if not result.returns_rows:
            count = result.rowcount
            self.connection.commit()
            return Answer(words.changed(count), {"status": "done", "changed": max(count, 0)})
        found = [tuple(row) for row in result.fetchmany(most + 1)]
        columns = list(result.keys())
        result.close()
        self.connection.commit()
        return self._rows(columns, found, most, words.masks_of(self.explained(text), columns))

    def _rows(
        self, columns: list[str], found: list[tuple[Any, ...]], most: int, masks: Mapping[str, str]
    ) -> Answer:
        is_cut, shown = len(found) > most, found[:most]
        how = self.gate.ports.policy.injection
        flags = [] if how is Injection.OFF else list(detector().flags(columns, shown))
        if how is Injection.MASK:
            shown = _without(columns, shown, flags)
        flagged = [attrs.asdict(one) for one in flags]
        content = {
            "status": "rows",
            "columns": columns,
            "rows": [list(row) for row in shown],
            "is_cut": is_cut,
            "hidden": dict(masks),
            "flagged": flagged,
        }
        return Answer(words.rows(columns, shown, is_cut=is_cut, masks=masks, flagged=flagged), content)

    def without_instructions(
        self, columns: Sequence[str], rows: list[tuple[Any, ...]]
    ) -> list[tuple[Any, ...]]:
        """The rows for a reader who is told nothing beside them: what policy hides of them is hidden."""
        if self.gate.ports.policy.injection is not Injection.MASK:
            return rows
        return _without(columns, rows, list(detector().flags(columns, rows)))

    def check(self, text: str) -> Answer:
        with self.acting():
            found = self.explained(text)
        content = {"status": "checked", "effect": found.effect, "hidden": words.masks_of(found)}
        return Answer(words.checked(found), content | _why(found.reasons, found.rewrite))

    def tables(self, *, everywhere: bool = False) -> list[RelationInfo]:
        """What the caller may read, by name; without `everywhere` what is found without naming a schema.

        A server can hold hundreds of databases that are no business of this conversation.
        """
        with self.acting():
            self.explained("SELECT 1")  # so that the schema has been looked at
            catalog = self.gate.catalog
            if catalog is None:
                return []
            own = [one for one in catalog.relations.values() if _is_for_people(one)]
            near = [one for one in own if everywhere or one.schema in catalog.search_path]
            seen = [one for one in near if self.explained(self._all_of(one)).effect == "permit"]
            return sorted(seen, key=lambda one: (one.schema, one.name))

    def listed(self) -> Answer:
        names = [self.name(one) for one in self.tables()]
        return Answer(", ".join(map(words.named, names)), {"status": "tables", "tables": names})

    def schema(self, wanted: list[str]) -> Answer:
        """The columns of tables, with what is hidden of them and what may be done with it."""
        is_far = any("." in name for name in wanted)
        readable = {self.name(one): one for one in self.tables(everywhere=is_far)}
        unknown = [name for name in wanted if name not in readable]
        if unknown:
            known = ", ".join(map(words.named, readable))
            text = f"REFUSED: not known or not permitted: {', '.join(unknown)}. Known are {known}"
            why = {"code": "GDB110", "message": "not known or not permitted", "help": f"known are {known}"}
            return Answer(text, {"status": "refused", "reasons": [why], "rewrite": None}, is_error=True)
        tables = [self._described(name, readable[name]) for name in wanted or readable]
        masks = [column["mask"] for table in tables for column in table["columns"] if column["mask"]]
        lines = [_drawn(table) for table in tables]
        if words.has_tokens(masks):
            lines.append(words.TOKENS)
        return Answer("\n\n".join(lines), {"status": "schema", "tables": tables})

    def _described(self, name: str, one: RelationInfo) -> dict[str, Any]:
        with self.acting():
            outputs = {output.name: output for output in self.explained(self._all_of(one)).outputs}
        columns = []
        for column in one.columns:
            # Outputs are named as the dialect compares names, columns as they were written.
            found = outputs.get(stored(column.name, self.gate.planner.dialect))
            if column.hidden or found is None:
                continue
            allowed = words.column(found.mask, found.classification).strip(" -")
            columns.append({"name": column.name, "type": column.type, "mask": found.mask, "allowed": allowed})
        order = [column.name for column in one.columns]
        keys = [sorted(key, key=order.index) for key in one.unique_keys if key <= set(order)]
        references = [
            {"columns": list(key.columns), "table": key.relation, "referenced": list(key.referenced)}
            for key in one.foreign_keys
        ]
        return {
            "name": name,
            "kind": one.kind.value,
            "columns": columns,
            "keys": sorted(keys),
            "references": references,
        }

    def name(self, one: RelationInfo) -> str:
        """As it is written in a query; with its schema where it is not found without."""
        catalog = self.gate.catalog
        is_found = catalog is None or one.schema in catalog.search_path
        return one.name if is_found else f"{one.schema}.{one.name}"

    def _all_of(self, one: RelationInfo) -> str:
        quote = self.connection.dialect.identifier_preparer.quote_identifier
        return f"SELECT * FROM {quote(one.schema)}.{quote(one.name)}"


def _is_for_people(one: RelationInfo) -> bool:
    """Neither the server's own nor a sequence, which PostgreSQL lets anybody read like a table."""
    return one.kind is not RelationKind.SYSTEM and not one.is_sequence


def _without(
    columns: Sequence[str], rows: Sequence[tuple[Any, ...]], flags: Sequence[Flag]
) -> list[tuple[Any, ...]]:
    """The rows without the cells that read like instructions."""
    bad = {(flag.row, flag.column) for flag in flags}
    return [
        tuple(INSTRUCTIONS if (n, name) in bad else cell for name, cell in zip(columns, row, strict=True))
        for n, row in enumerate(rows)
    ]


def _drawn(table: Mapping[str, Any]) -> str:
    """A table as text; names come from the database and stay names."""
    named = words.named
    lines = [f"{table['kind'].upper()} {named(table['name'])}"]
    for column in table["columns"]:
        allowed = f"  -- {column['allowed']}" if column["allowed"] else ""
        lines.append(f"  {named(column['name'])} {named(column['type'])}{allowed}")
    lines += [f"  key ({', '.join(map(named, key))})" for key in table["keys"]]
    for one in table["references"]:
        columns, referenced = ", ".join(map(named, one["columns"])), ", ".join(map(named, one["referenced"]))
        lines.append(f"  ({columns}) refers to {named(one['table'])} ({referenced})")
    return "\n".join(lines)


def _why(reasons: Sequence[Reason], rewrite: Rewrite | None) -> dict[str, Any]:
    return {
        "reasons": [{"code": one.code, "message": one.message, "help": one.help} for one in reasons],
        "rewrite": attrs.asdict(rewrite) if rewrite is not None else None,
    }


def told(error: BaseException | None) -> Answer:
    """What a refusal, a request or an error of the database tells a model."""
    match error:
        case ApprovalRequired():
            content = {"status": "waits", "task": dict(error.task)} | _why(error.reasons, error.rewrite)
            return Answer(words.waits(error.task, error.rewrite), content, is_error=True, task=error.task)
        case StatementDenied():
            content = {"status": "refused"} | _why(error.reasons, error.rewrite)
            return Answer(words.refused(error), content, is_error=True)
        case None:
            return Answer("ERROR of the database", {"status": "failed"}, is_error=True)
        case _:
            return Answer(words.failed(error), {"status": "failed"}, is_error=True)
