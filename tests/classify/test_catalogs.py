"""In a catalog, columns are as sensitive as the columns that their values come from."""

from __future__ import annotations

from collections.abc import Iterable

from governed_db.classify.score import classify_catalog, known_classes
from governed_db.model.catalog import Catalog, Column, Dialect, ForeignKey, RelationInfo, RelationKind
from governed_db.model.statement import ColumnRef


def relation(name: str, columns: str, *keys: ForeignKey, **more: object) -> RelationInfo:
    """A table of "name type" parts."""
    parts = [part.strip().partition(" ") for part in columns.split(",")]
    return RelationInfo(
        "public",
        name,
        RelationKind.TABLE,
        tuple(Column(column, type_name or "text") for column, _, type_name in parts if column),
        foreign_keys=keys,
        **more,  # type: ignore[arg-type]
    )


def known(relations: Iterable[RelationInfo], dialect: Dialect = Dialect.POSTGRES) -> dict[str, str]:
    """What is classified, as "relation.column": class."""
    found = {(each.schema, each.name): each for each in relations}
    catalog = Catalog(dialect, "test", "test", found, ("public",))
    classes = known_classes(classify_catalog(catalog))
    return {f"{ref.relation}.{ref.column}": name for ref, name in classes.items()}


def test_a_foreign_key_holds_what_it_refers_to() -> None:
    """A dull column that refers to an e-mail address is an e-mail address, over several tables."""
    users = relation("users", "email varchar(80)")
    links = relation("links", "target", ForeignKey(("target",), "public", "users", ("email",)))
    clicks = relation("clicks", "what", ForeignKey(("what",), "public", "links", ("target",)))

    assert known([clicks, links, users]) == {
        "users.email": "pii.email", "links.target": "pii.email", "clicks.what": "pii.email",
    }  # fmt: skip


def test_a_foreign_key_to_a_plain_key_is_clear() -> None:
    """`orders.customer` is a key, not a name, whatever it is called."""
    customers = relation("customers", "id int, full_name")
    orders = relation("orders", "customer text", ForeignKey(("customer",), "public", "customers", ("id",)))

    assert known([customers, orders]) == {"customers.full_name": "pii.name"}


def test_a_key_into_a_table_out_of_sight_is_judged_by_its_name() -> None:
    """What the session may not see cannot clear a column."""
    orders = relation("orders", "email", ForeignKey(("email",), "hidden", "users", ("email",)))

    assert known([orders]) == {"orders.email": "pii.email"}


def test_generated_columns_inherit() -> None:
    """A column computed from a national id is one, under any name."""
    people = RelationInfo(
        "public", "people", RelationKind.TABLE,
        (Column("ssn", "text"), Column("tail", "text", generated_from="right(ssn, 4)")),
    )  # fmt: skip

    assert known([people]) == {"people.ssn": "pii.national_id", "people.tail": "pii.national_id"}


def test_partitions_are_as_sensitive_as_their_parent() -> None:
    """A table that shares rows with another shares its classes, in both directions."""
    parent = relation("customers", "name, id int")
    part = relation("p_2024", "name, id int", parents=(("public", "customers"),))

    assert known([parent, part]) == {"customers.name": "pii.name", "p_2024.name": "pii.name"}


def test_tables_without_columns_and_system_relations_are_passed_over() -> None:
    """PostgreSQL allows a table without columns."""
    empty = RelationInfo("public", "empty", RelationKind.TABLE, ())
    system = RelationInfo("public", "users", RelationKind.SYSTEM, (Column("email", "text"),))

    assert known([empty, system]) == {}


def test_hit_rates_find_what_names_hide() -> None:
    """Values tell what `c1` holds; the class is evidence-based and the evidence is a rate."""
    misc = relation("t", "id int, c1, c2")
    catalog = Catalog(Dialect.SQLITE, "test", "test", {("public", "t"): misc}, ("public",))
    rates = {ColumnRef("public", "t", "c1"): {"email": 0.97}, ColumnRef("public", "t", "c2"): {"phone": 0.3}}

    found = classify_catalog(catalog, rates)

    assert known_classes(found)[ColumnRef("public", "t", "c1")] == "pii.email"
    assert known_classes(found)[ColumnRef("public", "t", "c2")] == "unreviewed"
    assert found[ColumnRef("public", "t", "c1")].evidence == ("values: email 97%",)


def test_a_key_by_its_name_is_a_key() -> None:
    """`device_id` beside a table of devices refers to it, and is no identifier of somebody's phone."""
    unique = (frozenset({"id"}),)
    devices = relation("devices", "id uuid, serial", unique_keys=unique)
    readings = relation("readings", "device_id uuid, customer_name")
    people = relation("logins", "device_id text, email")

    assert known([devices, readings]) == {"readings.customer_name": "pii.name"}
    assert known([people])["logins.device_id"] == "pii.identifier"


def test_a_table_that_was_just_being_made_is_no_obstacle() -> None:
    """A server tells keys and columns one after the other; of a table in the making it told one of them."""
    half = relation("devices", "label", unique_keys=(frozenset({"id"}),))
    sales = relation("sales", "device_id integer, email varchar(80)")

    assert known([half, sales])["sales.email"] == "pii.email"
