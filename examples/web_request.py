"""A service acts for whoever is logged in; what each may see is said once, in a policy."""

from __future__ import annotations

import os

import governed_db
from governed_db import Principal, acting_as

POLICY = {
    "version": 1,
    "name": "shop",
    "extends": "standard",
    "rules": [
        {
            "id": "support",
            "effect": "permit",
            "principals": {"groups": ["support"]},
            "actions": ["select"],
            "mask": {"pii.name": "none", "pii.email": "email"},
        },
        {"id": "no-payroll", "effect": "forbid", "relations": {"only": ["payroll"]}, "help": "ask finance"},
    ],
}


def customer(connection: object, user: Principal) -> dict[str, str]:
    """What a request handler does."""
    with acting_as(user, purpose="customer page"), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SELECT name, email FROM customers WHERE id = %s", [1])
        name, email = cursor.fetchone()
        return {"name": name, "email": email}


with governed_db.connect(os.environ["MYSQL_URL"], policy=POLICY) as connection:
    support = customer(connection, Principal("bob", kind="human", groups=("support",)))
    anybody = customer(connection, Principal("eve", kind="human"))
    why = governed_db.explain(connection, "SELECT amount FROM payroll")

print(support, anybody, why.effect, why.rule, sep="\n")
assert support["name"] != "***"
assert anybody == {"name": "***", "email": "***"}
assert support["email"].endswith(("example", "***"))
assert (why.effect, why.rule) == ("deny", "shop/no-payroll")
