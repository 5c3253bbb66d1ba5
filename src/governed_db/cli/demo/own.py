"""Somebody's own database into a session that only reads: what is protected in it, and how that looks."""

from __future__ import annotations

from governed_db.cli import output
from governed_db.cli.demo.stage import Stage
from governed_db.cli.inside import knowledge_of
from governed_db.cli.tables import Table, masked_text, tables_of
from governed_db.core.plan import Knowledge
from governed_db.model.principal import Principal
from governed_db.model.statement import ColumnRef

AGENT = Principal("demo-agent", kind="agent")
SHOWN_COLUMNS = 6
SHOWN_TABLES = 12
CANARY = "governed-db-canary"


def tell(stage: Stage) -> None:
    """Every step, in order; a database without protected columns is told as that."""
    knowledge = knowledge_of(stage.connection)
    tables = tables_of(knowledge)
    what_is_protected(stage, knowledge, tables)
    if not tables:
        return
    reads(stage, tables[0])
    refusals(stage, tables[0])
    trail(stage)


def what_is_protected(stage: Stage, knowledge: Knowledge, tables: list[Table]) -> None:
    stage.step("What is protected", "Found by names, types and the tables around them; values were not read.")
    said = [
        (table.name, ", ".join(f"{name} ({kind})" for name, kind in table.classes.items()))
        for table in tables
    ]
    if stage.console is not None:
        stage.console.print(output.rows(("relation", "protected columns"), said[:SHOWN_TABLES]))
    stage.holds(
        set(knowledge.classes) == {_ref(table, name) for table in tables for name in table.classes},
        f"{len(knowledge.classes)} columns of {len(tables)} relations are protected",
    )


def reads(stage: Stage, table: Table) -> None:
    stage.step("Reads come back masked", f"An agent reads {table.name}.")
    columns = table.columns(SHOWN_COLUMNS)
    names = ", ".join(table.quoted(name) for name in columns)
    answer = stage.ask(f"SELECT {names} FROM {table.name} LIMIT 5")
    shown = [name for name, one in zip(columns, answer.why.outputs, strict=False) if not one.mask]
    free = [f"{name} ({table.classes[name]})" for name in shown if name in table.classes]
    stage.holds(
        answer.refusal is not None or len(shown) < len(columns),
        f"{len(columns) - len(shown)} columns are masked"
        + (f"; the policy shows {', '.join(free)} as it is" if free else ""),
    )
    text = masked_text(stage.connection, table)
    if text is not None:
        # A value that we know stands in for the protected one: it must not come back either.
        hidden = f"coalesce('{CANARY}', {table.quoted(text)})"
        answer = stage.ask(
            f"SELECT t.harmless FROM (SELECT {hidden} AS harmless FROM {table.name}) AS t LIMIT 2"
        )
        stage.holds(
            CANARY not in str(answer.rows),
            "an expression over a protected column is masked, whatever it is called",
        )
    answer = stage.ask(f"SELECT count(*) AS n FROM {table.name}")
    stage.holds(answer.refusal is None and len(answer.rows) == 1, "counting works")


def refusals(stage: Stage, table: Table) -> None:
    stage.step("What would be refused", "These are only asked about, not sent.")
    statements = [f"DELETE FROM {table.name}", f"DROP TABLE {table.name}"]
    text = masked_text(stage.connection, table)
    if text is not None:
        statements.append(f"SELECT count(*) FROM {table.name} WHERE {table.quoted(text)} LIKE 'a%'")
    for statement in statements:
        answer = stage.ask(statement, run=False)
        stage.holds(answer.why.effect != "permit", "; ".join(one.message for one in answer.why.reasons))


def trail(stage: Stage) -> None:
    stage.step(
        "All of it was recorded", "The trail is a hash chain in the state folder, without a single value."
    )
    checked = stage.terminal("auditor", "audit", "verify")
    stage.holds(checked.code == 0 and CANARY not in checked.text, "the trail is whole")


def _ref(table: Table, name: str) -> ColumnRef:
    return ColumnRef(table.info.schema, table.info.name, name)
