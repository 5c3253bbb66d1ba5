"""What is recorded of a statement is enough to decide again, and holds no text of the caller's."""

from __future__ import annotations

import attrs
import msgspec
import pytest

from governed_db.model.catalog import Dialect
from governed_db.model.principal import Principal
from governed_db.model.recorded import decoded, encoded, recorded
from governed_db.model.statement import ColumnRef, Kind
from governed_db.policy.decide import decide
from governed_db.policy.load import load_policy
from governed_db.sql.facts import analyse
from governed_db.sql.parse import parse
from governed_db.testing import catalog_of

CATALOG = catalog_of(
    Dialect.SQLITE, {"customers": ("id", "email", "city"), "orders": ("id", "status", "total")}
)
CLASSES = {
    ColumnRef("main", "customers", "email"): "pii.email",
    ColumnRef("main", "elsewhere", "x"): "pii.name",
}
STATEMENTS = (
    "SELECT id, email AS \"Ann Fake\" FROM customers WHERE email = 'a@example.org' LIMIT 7",
    "SELECT count(*) FROM customers c JOIN orders o ON o.id = c.id GROUP BY c.city",
    "INSERT INTO orders (id, status) SELECT id, email FROM customers WHERE city LIKE 'Gh%'",
    "DELETE FROM orders WHERE status = 'secret-status'",
    "UPDATE customers SET email = 'b@example.org' WHERE id = 3 RETURNING email",
    "CREATE TABLE copies AS SELECT * FROM customers",
    "SELECT load_extension('evil.so')",
)


@pytest.mark.parametrize("sql", STATEMENTS)
@pytest.mark.parametrize("policy", ["standard", "read-only", "agent-strict"])
def test_decided_alike(sql: str, policy: str) -> None:
    """Effect, rule, obligations and codes are those of the statement itself."""
    facts = analyse(parse(sql, Dialect.SQLITE, CATALOG.modes), CATALOG)
    _, text = encoded(recorded(facts, CLASSES))
    kept = decoded(msgspec.json.decode(text))
    who, loaded = Principal("bot", kind="agent"), load_policy(policy)

    was = decide(facts, who, loaded, CLASSES, database="shop")
    now = decide(kept.facts, who, loaded, dict(kept.classes), database="shop")

    assert (now.effect, now.rule, now.obligations) == (was.effect, was.rule, was.obligations)
    assert {reason.code for reason in now.reasons} == {reason.code for reason in was.reasons}


def test_nothing_of_the_text_is_kept() -> None:
    """No literal, and no name that the caller gave to an output."""
    texts = b"".join(
        encoded(recorded(analyse(parse(sql, Dialect.SQLITE, CATALOG.modes), CATALOG), CLASSES))[1]
        for sql in STATEMENTS
    )

    words = (b"Fake", b"example", b"Gh", b"secret-status", b"evil", b"elsewhere")
    assert not [word for word in words if word in texts]


def test_several_kinds_at_once() -> None:
    """Sets of any sort are kept."""
    facts = analyse(parse(STATEMENTS[2], Dialect.SQLITE, CATALOG.modes), CATALOG)
    several = attrs.evolve(facts, kinds=frozenset(Kind), writes=())
    _, text = encoded(recorded(several, CLASSES))

    assert decoded(msgspec.json.decode(text)).facts.kinds == frozenset(Kind)
