"""A statement that has been understood and decided: all that is left is to run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from governed_db.core.seen import Seen
from governed_db.errors import AnalysisError
from governed_db.mask.tokens import Domain
from governed_db.model.catalog import Catalog
from governed_db.model.decision import Budget, Decision, Effect
from governed_db.model.rewrite import Rewrite
from governed_db.model.risk import Risk
from governed_db.model.statement import ColumnRef, Facts, Kind, Purpose

if TYPE_CHECKING:
    from governed_db.classify.sight import Sights

RowMask = Callable[[Sequence[Any]], Sequence[Any]]


@attrs.frozen(eq=False)
class Knowledge:
    """What is known of a database: its catalog and the classification of its columns.

    `seen`: what was seen of values (classify/sight.py); members of documents are judged by it. `understood`:
    facts of texts against this catalog, by text and whether it runs many times, filled as they come.
    """

    catalog: Catalog
    classes: Mapping[ColumnRef, str]
    seen: Sights | None = None
    understood: dict[tuple[str, bool], Facts] = attrs.field(init=False, factory=dict, repr=False)


@attrs.frozen(eq=False)
class Statement:
    """What the caller asks to run.

    `sent` is the text as the driver takes it (placeholders in the driver's style); `text` is what is
    analysed: of the same length, with placeholders that the parser understands, so that positions
    hold in both. `parameters` are hashed, and looked through for tokens; with `writes_literals` they are SQL
    already. `many`: it runs once for each of them, so that its
    text bounds nothing. `doubles_percent`: a % in `sent` is
    written %%. `problem`: why there is no text to analyse; such a statement is refused. `binds`: a digest of
    what the driver will send for the parameters, where code of callers has a part in that.
    """

    sent: str
    text: str
    parameters: object = None
    many: bool = False
    copy: bool = False
    cacheable: bool = True
    doubles_percent: bool = False
    writes_literals: bool = False
    problem: AnalysisError | None = None
    binds: Callable[[], bytes] | None = None


@attrs.frozen
class Watch:
    """A place where a given value meets a protected column: a literal, or a parameter by number or name.

    `column` is for people. `domain` is that of the tokens which may be turned back here, if `takes_tokens`;
    with `refuses_masked` nothing that a mask made may stand here.
    """

    start: int
    end: int
    is_parameter: bool
    number: int | None
    name: str | None
    column: str
    domain: Domain
    purpose: Purpose
    takes_tokens: bool
    refuses_masked: bool


@attrs.frozen
class Subject:
    """Subjects of `relation` are told apart by outputs; with none of them each row is another one."""

    relation: str
    outputs: tuple[int, ...]


@attrs.frozen
class Meter:
    """What is counted of each row that is handed out."""

    rows: tuple[Budget, ...]
    subjects: tuple[Budget, ...]
    told_apart: tuple[Subject, ...]


@attrs.frozen
class TokenLiteral:
    """A literal of a plan's text that is a token: what it stands for is sent in its place."""

    start: int
    end: int
    domain: Domain


@attrs.frozen(eq=False, slots=False)
class Plan:
    """Everything before Run, frozen.

    `text` is sent in place of what the caller wrote (spliced where obligations say so). `row_mask`
    turns the driver's values of one row into masked ones, None when nothing is masked. `is_plain`:
    a hit needs no generator: permitted, no bound, no strict audit, nothing to ask. `protected`: the
    statement touches a relation with classified columns, so error texts are rebuilt. `scanned`: outputs
    into whose texts is looked, with the classes hidden there; then there is a `row_mask` too, if only one
    that hands rows on, so that every row passes where they are made. `redacted` and
    `fingerprint` describe it in the audit trail; `shown` is what messages point into: as long as what
    was written, with literals overwritten (only of what is not permitted). `seen`: the classified columns
    among its outputs. `watched` are the parameters in
    which tokens and placeholders are looked for, `tokens` the literals that are turned back whenever it
    runs. `model`: the plan of which this is a copy for another text. `repeats`: it runs once for each of many
    parameters. `catalog`: by which it was understood; approvals are bound to the definitions in it.
    `denials` are counted when it is
    refused, `meter` says what is counted of rows that are handed out. `may_be_locked`: a lock is looked for.
    `known`: under which name the trail has its facts. `rewrite` looks for what is permitted in its place.
    """

    text: str
    decision: Decision
    facts: Facts | None
    redacted: str
    fingerprint: str
    shown: str = ""
    row_mask: RowMask | None = None
    masked: tuple[int, ...] = ()
    scanned: Mapping[int, frozenset[str]] = attrs.field(factory=dict)
    width: int = 0
    bound: int | None = None
    row_limit: int | None = None
    timeout: float | None = None
    budgets: tuple[Budget, ...] = ()
    denials: tuple[Budget, ...] = ()
    meter: Meter | None = None
    may_be_locked: bool = False
    risk: Risk = attrs.field(factory=Risk)
    shadow: Mapping[str, Any] | None = None
    known: str = ""
    is_plain: bool = False
    protected: bool = False
    epoch: str = ""
    seen: tuple[Seen, ...] = ()
    audit: Mapping[str, Any] = attrs.field(factory=dict)
    model: Plan | None = None
    watched: tuple[Watch, ...] = ()
    tokens: tuple[TokenLiteral, ...] = ()
    doubles_percent: bool = False
    repeats: bool = False
    catalog: Catalog | None = None
    rewrite: Callable[[], Rewrite | None] | None = None

    @property
    def shape(self) -> Plan:
        """The plan that stands for all that differ from it in their text only."""
        return self.model or self

    def worded(self, text: str) -> Plan:
        """The same for a text that differs in literals which do not matter (shapes.py)."""
        made = object.__new__(Plan)  # a tenth of the time of attrs.evolve: it is done for every such text
        made.__dict__.update(self.__dict__, text=text, model=self.shape)
        return made

    def unmetered(self) -> Plan:
        """The same as a person has agreed to it: its rows are not counted."""
        return self if self.meter is None else attrs.evolve(self, meter=None, model=self.shape)

    @property
    def is_permitted(self) -> bool:
        return self.decision.effect is Effect.PERMIT

    @cached_property  # asked for at every hit
    def changes_rows(self) -> bool:
        return self.facts is None or bool(self.facts.writes)

    @property
    def changes_schema(self) -> bool:
        return self.facts is not None and Kind.DDL in self.facts.kinds
