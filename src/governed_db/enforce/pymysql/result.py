"""The server's answer into rows as their caller may see them.

Masks apply where PyMySQL makes a row of a packet: nothing unmasked is ever stored in a result. What
the server says of each column's origin is the second opinion on the analysis; when it differs, the
rest of the answer is read and thrown away, so that the connection stays usable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from pymysql import converters

from governed_db.core.plan import Plan
from governed_db.enforce.pymysql.raw import MySQLResult
from governed_db.model.catalog import Catalog, RelationKind
from governed_db.model.statement import Output

if TYPE_CHECKING:
    from governed_db.enforce.pymysql.session import PyMySQLSession

Row = tuple[Any, ...]

_DECODERS: Final = {kind: decode for kind, decode in converters.conversions.items() if type(kind) is int}
_UNREADABLE: Final = "this release cannot run statements that read files of this host"


class GovernedResult(MySQLResult):  # type: ignore[misc]  # see raw.py
    """A result read under the plan that its statement ran under; under none, for queries of ours."""

    rows: Sequence[Row] | None

    def __init__(self, connection: Any, session: PyMySQLSession) -> None:
        super().__init__(connection)
        self._governed = session
        self._governed_plan = session.plan
        self._governed_is_own = session.reads_own
        self._governed_refusal: Exception | None = None
        self._governed_kept: Iterator[Row] | None = None
        self._governed_count = 0

    # -- buffered ------------------------------------------------------------------------------------

    def read(self) -> None:
        super().read()
        plan = self._governed_plan
        if plan is not None and plan.row_limit is not None and len(self.rows or ()) > plan.row_limit:
            self._governed_refusal = self._governed_too_many(plan)
        if self._governed_refusal is not None:
            self.rows = ()
            raise self._governed_refusal

    def keep(self) -> None:
        """Hand out what was read whole row by row, as cursors that do not buffer ask for it."""
        self._governed_kept = iter(self.rows or ())

    # -- unbuffered ----------------------------------------------------------------------------------

    def init_unbuffered_query(self) -> None:
        super().init_unbuffered_query()
        if self._governed_refusal is not None:
            self._finish_unbuffered_query()
            raise self._governed_refusal

    def _read_rowdata_packet_unbuffered(self) -> Row | None:
        if self._governed_kept is not None:
            return next(self._governed_kept, None)
        plan = self._governed_plan
        if plan is None:
            return self._governed_next()
        row: Row | None = self._governed.guarded(plan, self._governed_next)
        if row is None or plan.row_limit is None:
            return row
        self._governed_count += 1
        if self._governed_count > plan.row_limit:
            self._finish_unbuffered_query()
            raise self._governed_too_many(plan)
        return row

    def _governed_next(self) -> Row | None:
        row: Row | None = super()._read_rowdata_packet_unbuffered()
        return row

    # -- what the server says of the columns -----------------------------------------------------------

    def _get_descriptions(self) -> None:
        super()._get_descriptions()
        plan = self._governed_plan
        if self._governed_is_own:
            self._governed_decode(range(len(self.fields)))
        elif plan is not None:
            self._governed_refusal = self._governed_objection(plan)
            self._governed_decode(index for index in plan.masked if index < len(self.fields))

    def _governed_decode(self, indexes: Any) -> None:
        """The driver's own decoders: a caller's would see what is going to be masked."""
        for index in indexes:
            encoding, _ = self.converters[index]
            decode = _DECODERS.get(self.fields[index].type_code)
            self.converters[index] = (encoding, None if decode is converters.through else decode)

    def _governed_objection(self, plan: Plan) -> Exception | None:
        facts, gate = plan.facts, self._governed.gate
        if facts is None or gate.ports.policy.observes:
            return None
        if facts.returns_rows and 0 < plan.width != len(self.fields):
            gate.schema_changed()
            gate.planner.forget()
            message = f"the database returned {len(self.fields)} columns where analysis found {plan.width}"
            return gate.refuse(plan, "GDB221", message, "the schema has probably changed: run it again")
        if plan.width and gate.catalog is not None:
            for field, output in zip(self.fields, facts.outputs, strict=True):
                strange = strange_origin(field, output, gate.catalog)
                if strange:
                    message = f"the server takes {output.name} from {strange}, which analysis did not find"
                    help_ = "this is a gap in the analysis: please report the statement"
                    return gate.refuse(plan, "GDB130", message, help_)
        return None

    def _governed_too_many(self, plan: Plan) -> Exception:
        return self._governed.gate.refuse(
            plan,
            "GDB320",
            f"the statement returns more than the {plan.row_limit} rows that are permitted",
            "add a LIMIT or a narrower WHERE clause",
        )

    def _read_load_local_packet(self, first_packet: Any) -> None:  # noqa: ARG002  # the driver's signature
        raise self._governed.gate.driver.refused_call("LOAD DATA LOCAL", _UNREADABLE)


class MaskedResult(GovernedResult):
    """One whose rows are masked. A class of its own: rows of the others cost nothing more."""

    def _read_row_from_packet(self, packet: Any) -> Any:
        row = super()._read_row_from_packet(packet)
        if self._governed_refusal is not None:
            return ()  # read only to be thrown away
        return self._governed_plan.row_mask(row)  # type: ignore[union-attr, misc]  # only made with a mask


def strange_origin(field: Any, output: Output, catalog: Catalog) -> str | None:
    """The stored column that the server takes an output from, if analysis has it from elsewhere."""
    if not field.org_table or not field.org_name:
        return None
    schema = field.db.decode("utf-8", "replace").lower()
    table, column = field.org_table.lower(), field.org_name.lower()
    found = _relation(catalog, schema, table)
    if found is not RelationKind.TABLE:
        return None  # a view names its own columns, a materialised sub-query its alias
    names = {(ref.schema.lower(), ref.relation.lower(), ref.column.lower()) for ref in output.labels}
    return None if (schema, table, column) in names else f"{schema}.{table}.{column}"


def _relation(catalog: Catalog, schema: str, table: str) -> RelationKind | None:
    return next(
        (
            relation.kind
            for (own, name), relation in catalog.relations.items()
            if name.lower() == table and own.lower() == schema
        ),
        None,
    )
