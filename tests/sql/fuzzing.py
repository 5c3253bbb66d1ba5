"""Known statements into damaged ones, and facts into what must not depend on the content of literals.

    python -m tests.sql.fuzzing --seconds 600

analyses damaged statements of all dialects for that long (no server is needed), and stops at the first that
crashes, takes long, shows a literal when it is redacted, or means something else with other literals.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence

import attrs

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.statement import Facts
from governed_db.sql.facts import analyse
from governed_db.sql.literals import cut, movable
from governed_db.sql.parse import parse
from governed_db.sql.redact import blank, redact
from governed_db.testing import catalog_of
from tests.sql.golden import cases
from tests.sql.statements import ordinary

SLOW = 5.0  # seconds for one statement, on a machine that does other work too
CANARY = "cnry7316"
TABLES = {
    "customers": "id name email phone ssn birth_date city status notes".split(),
    "orders": "id customer_id total status created_at".split(),
    "products": "id sku title price stock".split(),
    "employees": "id name email department manager_id salary".split(),
    "order_items": "order_id product_id quantity unit_price".split(),
}
SIGNS = (
    *("'", '"', "`", "$", "$$", "\\", "--", "-- ", "#", "/*", "*/", "/*!", "\n", "\0", ";", "(", ")", ","),
    *(".", "::", "->", "->>", "E'", "U&'", "N'", "x'", "0x1F", "1e5", ".5", "?", ":a", "@b", "$1", "%s"),
    *("%%", "[", "]", "*", "NULL", "CASE", "WHEN", "THEN", "END", "SELECT", "FROM", "UNION", "LATERAL", "IN"),
    *("NOT", "AS", "OVER", "é", "\u00a0", "\u2028", "\ufeff", "\uff10", "\ufb00"),
)
OTHER_TEXTS = ("", "x", "it''s", "2024-02-30", "a b", ");", "'' OR 1=1", "é", "1", '"q"', "null")


def mutated(texts: Sequence[str], dice: random.Random) -> str:
    """A text with pieces left out, doubled, moved, or taken from another."""
    words = dice.choice(texts).split(" ")
    for _ in range(dice.randint(1, 4)):
        at, other = dice.randrange(len(words) + 1), dice.choice(texts).split(" ")
        match dice.randrange(6):
            case 0:
                del words[at : at + dice.randint(1, 3)]
            case 1:
                words[at:at] = words[at : at + 3]
            case 2:
                start = dice.randrange(len(other))
                words[at:at] = other[start : start + dice.randint(1, 6)]
            case 3:
                words.insert(at, dice.choice(SIGNS))
            case 4 if words:
                index = dice.randrange(len(words))
                cutting = dice.randint(0, len(words[index]))
                words[index] = words[index][:cutting] + dice.choice(SIGNS) + words[index][cutting:]
            case _:
                words[at:at] = ["(", *words[at : at + 2], ")"]
        words = words or [""]
    return " ".join(words)


def varied(sql: str, pieces: Sequence[str], moves: Sequence[bool], dice: random.Random) -> str:
    """The text with other literals in the places of those that may move."""
    position, parts = 0, []
    for piece, is_free in zip(pieces, moves, strict=True):
        start = sql.index(piece, position)
        parts.append(sql[position:start])
        parts.append(_other(piece, dice) if is_free else piece)
        position = start + len(piece)
    return "".join([*parts, sql[position:]])


def _other(piece: str, dice: random.Random) -> str:
    if piece[0] == "'":
        inner = dice.choice(
            ["", "x", "it''s", "2024-02-30", "a b", ");", "'' OR 1=1", "é", "1", '"q"', "null"]
        )
        return f"'{inner}'"
    return dice.choice(["0.5", "99.25"]) if "." in piece else dice.choice(["0", "1", "42", "999999999999"])


def placeless(facts: Facts) -> Facts:
    """Facts without where things stand, and without names that servers make of an expression's text."""
    return attrs.evolve(
        facts,
        outputs=tuple(attrs.evolve(one, position=None, name="") for one in facts.outputs),
        uses=tuple(attrs.evolve(one, position=None) for one in facts.uses),
        hazards=tuple(attrs.evolve(one, position=None) for one in facts.hazards),
        writes=tuple(
            attrs.evolve(one, position=None, flows=tuple(attrs.evolve(f, position=None) for f in one.flows))
            for one in facts.writes
        ),
        references=tuple(attrs.evolve(one, start=0, end=0) for one in facts.references),
        supplied=(),
        given=frozenset(),
    )


def check(sql: str, catalog: Catalog, dice: random.Random) -> bool:
    """Whether a statement is understood; AssertionError for what must never be."""
    dialect = catalog.dialect
    started = time.perf_counter()
    try:
        facts = analyse(parse(sql, dialect), catalog)
    except AnalysisError:
        facts = None
    assert time.perf_counter() - started < SLOW, f"took too long: {sql!r}"
    added = f"{sql} '{CANARY}'"
    shown = redact(added, dialect) + blank(added, dialect)
    assert CANARY not in shown or "'" in sql or '"' in sql or "`" in sql, f"not redacted: {added!r}"
    found = cut(sql, dialect) if facts is not None else None
    if facts is None or found is None:
        return facts is not None
    moves = movable(sql, dialect, facts.given)
    other = varied(sql, found.pieces, moves, dice) if moves is not None else sql
    again = cut(other, dialect)
    if again is not None and again.frame == found.frame:
        assert placeless(analyse(parse(other, dialect), catalog)) == placeless(facts), (sql, other)
    return True


def main() -> None:
    """For so many seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.randrange(2**32)
    dice, tried, understood = random.Random(seed), 0, 0
    catalogs = {one: catalog_of(one, TABLES, _SCHEMAS[one]) for one in Dialect}
    texts = {
        one: sorted({known.sql for known in (*ordinary(one.value), *cases()) if known.dialect == one.value})
        for one in Dialect
    }
    deadline = time.monotonic() + given.seconds
    while time.monotonic() < deadline:
        dialect = dice.choice(list(Dialect))
        understood += check(mutated(texts[dialect], dice), catalogs[dialect], dice)
        tried += 1
    print(f"seed {seed}: {tried} statements, {understood} understood, no finding")


_SCHEMAS = {Dialect.POSTGRES: "public", Dialect.MYSQL: "shop", Dialect.SQLITE: "main"}

if __name__ == "__main__":
    main()
