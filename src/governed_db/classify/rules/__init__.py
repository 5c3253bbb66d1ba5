"""Which words of a column name say what it holds: the table that the classifier reads.

One `Rule` says: these phrases mean this class, with this weight. `name` is what the words are worth
alone, `context` what a table of a certain character adds (score = 1 - (1-name)(1-context)...).
Phrases are words joined with "_"; `firstname` is found where `first_name` is listed. The longest phrase
wins, so a phrase listed under CLEAR keeps a shorter one from matching (`mac_address`, `file_name`).
"""

from __future__ import annotations

from governed_db.classify.rules import (
    abroad,
    clear,
    domains,
    further,
    homes,
    identity,
    kept,
    lives,
    money,
    numbers,
    persons,
    recorded,
    roles,
    secrets,
    texts,
)
from governed_db.classify.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *persons.RULES,
    *identity.RULES,
    *money.RULES,
    *secrets.RULES,
    *texts.RULES,
    *further.RULES,
    *abroad.RULES,
    *domains.RULES,
    *recorded.RULES,
    *roles.RULES,
    *homes.RULES,
    *numbers.RULES,
    *lives.RULES,
    *kept.RULES,
    *clear.RULES,
)
