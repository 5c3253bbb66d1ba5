"""What a token was issued for."""

from __future__ import annotations

import attrs

from governed_db.model.policy import Glob, Pattern


@attrs.frozen
class Scope:
    """Statements of these kinds, in these databases, on these relations; what is empty does not restrict.

    `actions` are those of policy rules, and "reveal". Which scopes a token has is the issuer's word, what
    they stand for is ours.
    """

    name: str
    actions: frozenset[str]
    databases: tuple[Glob, ...] = ()
    relations: tuple[Pattern, ...] = ()

    def permits(self, action: str, database: str, relation: tuple[str, str] | None) -> bool:
        """Whether such an act on the relation (schema, name), or on none, is within the scope."""
        if action not in self.actions:
            return False
        if self.databases and not any(glob.matches(database) for glob in self.databases):
            return False
        if not self.relations:
            return True
        if relation is None:
            return action == "select"  # SELECT 1 and the like
        return any(pattern.matches(*relation) for pattern in self.relations)
