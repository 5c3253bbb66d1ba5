"""What is known of a database into its tables with protected columns, written as SQL takes them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import attrs

import governed_db
from governed_db.core.plan import Knowledge
from governed_db.model.catalog import Dialect, RelationInfo, RelationKind

_TEXT = re.compile(r"char|text|clob|citext", re.IGNORECASE)


@attrs.frozen
class Table:
    """A relation with protected columns; `classes` says what they hold."""

    info: RelationInfo
    classes: Mapping[str, str]
    dialect: Dialect

    @property
    def name(self) -> str:
        """Its name as it is written in a statement."""
        return f"{self.quoted(self.info.schema)}.{self.quoted(self.info.name)}"

    def quoted(self, name: str) -> str:
        """A name with quotes, if it needs them."""
        if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in _RESERVED:
            return name
        mark = "`" if self.dialect is Dialect.MYSQL else '"'
        return f"{mark}{name.replace(mark, mark * 2)}{mark}"

    @property
    def is_stored(self) -> bool:
        """Not a view."""
        return self.info.kind is RelationKind.TABLE

    @property
    def texts(self) -> list[str]:
        """The protected columns that hold text."""
        return [column.name for column in self.info.columns
                if _TEXT.search(column.type) and column.name in self.classes]  # fmt: skip

    def columns(self, most: int) -> list[str]:
        """A few columns, protected ones among them, in the table's order."""
        free = [column.name for column in self.info.columns if column.name not in self.classes]
        wanted = {*list(self.classes)[: most - 2], *free[:2]}
        return [column.name for column in self.info.columns if column.name in wanted]


def tables_of(knowledge: Knowledge) -> list[Table]:
    """The relations with protected columns: those that need no schema before their name, then others; in
    each, those with most of them first."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for column, held in knowledge.classes.items():
        found[column.schema, column.relation][column.column] = held
    catalog = knowledge.catalog
    tables = [Table(catalog.relations[key], classes, catalog.dialect) for key, classes in found.items()]

    def rank(table: Table) -> tuple[bool, int, str]:
        return table.info.schema not in catalog.search_path, -len(table.classes), table.name

    return sorted(tables, key=rank)


def masked_text(connection: Any, table: Table) -> str | None:
    """A column of text of which the policy masks what is read from it."""
    if not table.texts:
        return None
    names = ", ".join(map(table.quoted, table.texts))
    outputs = governed_db.explain(connection, f"SELECT {names} FROM {table.name}").outputs
    found = (
        [name for name, output in zip(table.texts, outputs, strict=True) if output.mask] if outputs else []
    )
    return min(found, key=lambda name: (not table.classes[name].startswith("pii."), name), default=None)


# Words that may not stand as a name in one of the three dialects, as far as tables are called so.
_RESERVED = frozenset(
    """all and any as asc between by call case check column condition constraint create cross current
    database default delete desc distinct div drop else end except exists false for foreign from
    full function grant group groups having if in index inner insert interval into is join key keys
    kill lead leading left like limit lock match mod natural not null of offset on option or order
    outer over partition primary procedure range rank read references release rename replace return
    returning right row rows schema select session_user set show signal some system table tables
    then to trailing trigger true union unique unlock unsigned update usage use user using value
    values when where window with write""".split()
)
