"""A seed into random queries over the shop that PostgreSQL or SQLite takes: typed and nested."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

import attrs

TEXT, NUMBER = "text", "number"

COLUMNS = {
    "customers": {TEXT: ("name", "email", "phone", "ssn", "city", "status", "notes"), NUMBER: ("id",)},
    "orders": {TEXT: ("status",), NUMBER: ("id", "customer_id", "total")},
    "products": {TEXT: ("sku", "title"), NUMBER: ("id", "price", "stock")},
    "employees": {TEXT: ("name", "email", "department"), NUMBER: ("id", "manager_id", "salary")},
    "payroll": {TEXT: ("iban",), NUMBER: ("id", "employee_id", "amount")},
    "customer_emails": {TEXT: ("who", "contact"), NUMBER: ("customer_id",)},
    "contact_cities": {TEXT: ("who", "contact", "city"), NUMBER: ()},
}


@attrs.frozen
class Table:
    """A source under an alias: its columns by type."""

    alias: str
    columns: dict[str, tuple[str, ...]]


@attrs.define
class Maker:
    """Makes queries from a stream of random choices; `depth` bounds how deep they nest.

    `is_plain`: without what only PostgreSQL knows.
    """

    dice: random.Random
    is_plain: bool = False
    names: int = 0

    def query(self, depth: int = 3) -> str:
        """One query, its rows in no order."""
        kind = self.dice.random()
        if depth > 1 and kind < 0.12:
            width = self.dice.randint(1, 2)
            operator = self.dice.choice(["UNION ALL", "UNION", "INTERSECT", "EXCEPT"])
            left, right = (self.select(depth - 1, [TEXT] * width) for _ in range(2))
            return f"{left} {operator} {right}"
        if depth > 1 and kind < 0.3:
            name, columns = self._name(), [self._name() for _ in range(2)]
            inner = self.select(depth - 1, [TEXT, NUMBER])
            table = Table(name, {TEXT: (columns[0],), NUMBER: (columns[1],)})
            outer = self.select(depth - 1, given=(name, table))
            return f"WITH {name} ({', '.join(columns)}) AS ({inner}) {outer}"
        return self.select(depth)

    def select(
        self,
        depth: int,
        types: Sequence[str] = (),
        given: tuple[str, Table] | None = None,
        outer: Sequence[Table] = (),
        named: Sequence[str] = (),
    ) -> str:
        """SELECT with outputs of these types and names; `given`: a source that must be read."""
        source, tables = self.source(depth, given)
        seen = [*tables, *outer]
        wanted = types or [self.dice.choice([TEXT, NUMBER]) for _ in range(self.dice.randint(1, 3))]
        where = f" WHERE {self.test(seen, depth)}" if self.dice.random() < 0.25 else ""
        if self.dice.random() < 0.2:
            return self._grouped(wanted, source, where, tables, depth, named)
        names = named or [self._name() for _ in wanted]
        values = [self.value(kind, seen, depth) for kind in wanted]
        outputs = [f"{value} AS {name}" for value, name in zip(values, names, strict=True)]
        distinct = "DISTINCT " if self.dice.random() < 0.1 else ""
        return f"SELECT {distinct}{', '.join(outputs)} FROM {source}{where}"

    def _grouped(
        self,
        wanted: Sequence[str],
        source: str,
        where: str,
        tables: Sequence[Table],
        depth: int,
        named: Sequence[str],
    ) -> str:
        key = self.value(TEXT, tables, 1)
        aggregates = {
            TEXT: lambda: f"{self.dice.choice(['min', 'max'])}({self.value(TEXT, tables, depth)})",
            NUMBER: lambda: (
                f"{self.dice.choice(['sum', 'max', 'count', 'avg'])}({self.value(NUMBER, tables, depth)})"
            ),
        }
        names = named or [self._name() for _ in wanted]
        outputs = [f"{aggregates[kind]()} AS {name}" for kind, name in zip(wanted, names, strict=True)]
        having = f" HAVING count(*) > {self.dice.randint(0, 3)}" if self.dice.random() < 0.4 else ""
        return f"SELECT {', '.join(outputs)} FROM {source}{where} GROUP BY {key}{having}"

    def source(self, depth: int, given: tuple[str, Table] | None) -> tuple[str, list[Table]]:
        """What stands after FROM, and what can be named because of it."""
        text, table = given or self._item(depth)
        tables = [table]
        for _ in range(self.dice.choice([0, 0, 1, 1, 2])):
            item, other = self._item(depth)
            how = self.dice.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", "LATERAL"])
            if how == "LATERAL" and depth > 1 and not self.is_plain:
                item, other = self._derived(depth - 1, outer=tables)
                text = f"{text} CROSS JOIN LATERAL {item}"
            elif how in ("LATERAL", "CROSS JOIN"):
                text = f"{text} CROSS JOIN {item}"
            else:
                text = f"{text} {how} {item} ON {self._equal([*tables, other])}"
            tables.append(other)
        return text, tables

    def _item(self, depth: int) -> tuple[str, Table]:
        if depth > 1 and self.dice.random() < 0.3:
            return self._derived(depth - 1)
        name, alias = self.dice.choice(sorted(COLUMNS)), self._name()
        return f"{name} {alias}", Table(alias, COLUMNS[name])

    def _derived(self, depth: int, outer: Sequence[Table] = ()) -> tuple[str, Table]:
        alias, columns = self._name(), [self._name() for _ in range(2)]
        inner = self.select(depth, [TEXT, NUMBER], outer=outer, named=columns if self.is_plain else ())
        table = Table(alias, {TEXT: (columns[0],), NUMBER: (columns[1],)})
        limit = f" LIMIT {self.dice.randint(1, 9)}" if self.dice.random() < 0.1 else ""
        renamed = "" if self.is_plain else f" ({', '.join(columns)})"
        return f"({inner}{limit}) AS {alias}{renamed}", table

    def value(self, kind: str, tables: Sequence[Table], depth: int) -> str:
        """An expression of a type."""
        if depth <= 1 or self.dice.random() < 0.45:
            return self._column(kind, tables)
        makers: Sequence[Callable[[], str]] = (
            self._texts(tables, depth) if kind == TEXT else self._numbers(tables, depth)
        )
        return self.dice.choice(makers)()

    def _texts(self, tables: Sequence[Table], depth: int) -> Sequence[Callable[[], str]]:
        def text() -> str:
            return self.value(TEXT, tables, depth - 1)

        plain: Sequence[Callable[[], str]] = (
            lambda: f"({text()} || {text()})",
            lambda: f"{self.dice.choice(['lower', 'upper', 'trim'])}({text()})",
            lambda: f"coalesce({text()}, {text()})",
            lambda: f"nullif({text()}, {text()})",
            lambda: f"substr({text()}, 1, 3)",
            lambda: f"CASE WHEN {self.test(tables, depth - 1)} THEN {text()} ELSE {text()} END",
            lambda: f"CASE {text()} WHEN 'new' THEN {text()} END",
            lambda: f"CAST({self.value(NUMBER, tables, depth - 1)} AS text)",
            lambda: f"({self.select(depth - 1, [TEXT], outer=tables)} LIMIT 1)",
            lambda: f"min({text()}) OVER (PARTITION BY {text()})",
        )
        return (
            plain
            if self.is_plain
            else (
                *plain,
                lambda: f"{self.dice.choice(['md5', 'initcap', 'reverse'])}({text()})",
                lambda: f"left({text()}, 3)",
                lambda: f"(SELECT max(q.v) FROM ({self.select(depth - 1, [TEXT], outer=tables)}) AS q (v))",
                lambda: f"greatest({text()}, {text()})",
                lambda: f"json_build_object('a', {text()}) ->> 'a'",
                lambda: f"(ARRAY[{text()}, {text()}])[2]",
                lambda: f"(SELECT x.v FROM (VALUES ({text()})) AS x (v))",
            )
        )

    def _numbers(self, tables: Sequence[Table], depth: int) -> Sequence[Callable[[], str]]:
        def number() -> str:
            return self.value(NUMBER, tables, depth - 1)

        return (
            lambda: f"({number()} + {number()})",
            lambda: f"length({self.value(TEXT, tables, depth - 1)})",
            lambda: f"coalesce({number()}, 0)",
            lambda: f"CASE WHEN {self.test(tables, depth - 1)} THEN {number()} ELSE 0 END",
            lambda: f"(SELECT count(*) FROM ({self.select(depth - 1, [NUMBER], outer=tables)}) AS q)",
            lambda: f"count(*) OVER (PARTITION BY {self.value(TEXT, tables, depth - 1)})",
            lambda: f"sum({number()}) OVER ()",
            lambda: f"CASE WHEN {self.test(tables, depth - 1)} THEN 1 ELSE 0 END",
        )

    def test(self, tables: Sequence[Table], depth: int) -> str:
        """A predicate."""
        text, number = self.value(TEXT, tables, depth - 1), self.value(NUMBER, tables, depth - 1)
        makers: Sequence[Callable[[], str]] = (
            lambda: f"{text} = 'Ghent'",
            lambda: f"{text} LIKE '%a%'",
            lambda: f"{number} > 15",
            lambda: f"{text} IS NOT NULL",
            lambda: f"{text} = {self.value(TEXT, tables, 1)}",
            lambda: f"({text}, {number}) > ('m', 3)",
            lambda: f"{text} IN ('new', {self.value(TEXT, tables, 1)})",
            lambda: f"{text} IN ({self.select(max(depth - 1, 1), [TEXT], outer=tables)})",
            lambda: f"EXISTS ({self.select(max(depth - 1, 1), [TEXT], outer=tables)})",
            lambda: f"{number} >= ({self.select(max(depth - 1, 1), [NUMBER], outer=tables)} LIMIT 1)",
            lambda: f"NOT ({number} < 20 AND {text} <> 'x')",
        )
        return self.dice.choice(makers)()

    def _equal(self, tables: Sequence[Table]) -> str:
        kind = NUMBER if all(table.columns[NUMBER] for table in tables) else TEXT
        sides = [self._column(kind, [table]) for table in (tables[-1], self.dice.choice(tables[:-1]))]
        return " = ".join(sides)

    def _column(self, kind: str, tables: Sequence[Table]) -> str:
        known = [f"{table.alias}.{name}" for table in tables for name in table.columns[kind]]
        return self.dice.choice(known) if known else {TEXT: "'text'", NUMBER: "7"}[kind]

    def _name(self) -> str:
        self.names += 1
        return f"n{self.names}"


def queries(seed: int, count: int, *, is_plain: bool = False) -> Iterator[str]:
    """So many random queries, the same for the same seed."""
    for number in range(count):
        yield Maker(random.Random(f"{seed} {number}"), is_plain).query()
