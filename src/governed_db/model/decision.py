"""What is decided about a statement: an effect, what must be done with it, and why."""

from __future__ import annotations

import enum

import attrs

from governed_db.model.approval import Terms


class Effect(enum.Enum):
    PERMIT = "permit"
    ASK = "ask"
    DENY = "deny"


class Place(enum.Enum):
    """Where a mask is made: in the driver, or by the database, which then sends nothing raw."""

    IN_DRIVER = "in_driver"
    IN_DATABASE = "in_database"


@attrs.frozen
class Mask:
    """A mask by name ("redact", "partial", "email", "hash", "token", "null", "year", "bucket")."""

    name: str
    argument: int | None = None
    place: Place = Place.IN_DRIVER

    def __str__(self) -> str:
        return self.name if self.argument is None else f"{self.name}({self.argument})"


@attrs.frozen
class MaskColumn:
    """Mask output `index` (0-based); `classification` says why."""

    index: int
    mask: Mask
    classification: str


@attrs.frozen
class ScanColumn:
    """Look for values of these classes in the texts of output `index`, and hide what is found."""

    index: int
    classifications: tuple[str, ...]


@attrs.frozen
class FilterRows:
    """Only rows of `relation` ("schema.relation") for which `predicate` (SQL) holds."""

    relation: str
    predicate: str


@attrs.frozen
class LimitRows:
    """At most `rows` rows may be returned; more is an error, never a silent cut."""

    rows: int


@attrs.frozen
class BoundWrites:
    """At most `rows` rows may change; more is rolled back and becomes a request."""

    rows: int


@attrs.frozen
class Timeout:
    """The statement may run for at most `seconds`."""

    seconds: float


class Measure(enum.Enum):
    """What a conversation takes of its budgets; the values are the keys of `limits: conversation:`."""

    STATEMENTS = "statements"
    ROWS_RETURNED = "rows_returned"
    ROWS_CHANGED = "rows_changed"
    ROWS_MATCHED = "rows_matched"
    PROBES = "probes"
    SUBJECTS = "subjects"
    DENIALS = "denials"
    SECONDS = "seconds"  # counted in thousandths


class Exceeding(enum.Enum):
    """What happens to the statement for which not enough is left, and to those after it."""

    ASK = "ask"
    DENY = "deny"
    LOCK = "lock"  # until a person resets the conversation


CHANGED = frozenset({Measure.ROWS_CHANGED, Measure.ROWS_MATCHED})
METERED = frozenset({Measure.ROWS_RETURNED, Measure.SUBJECTS})  # counted as rows are handed out


@attrs.frozen
class Budget:
    """A conversation, or a principal, may take `most` of `measure` in any `seconds`.

    `cost`: what the statement takes, None where only running it tells. `about`: the relation for which
    it is counted by itself, if it is. `owner`: the principal who takes it in all conversations together,
    "" for one conversation.
    """

    measure: Measure
    most: int
    seconds: float
    cost: int | None = None
    about: str = ""
    owner: str = ""
    then: Exceeding = Exceeding.ASK

    @property
    def is_bound(self) -> bool:
        """Whether what is left bounds the rows that may change."""
        return self.cost is None and self.measure in CHANGED


Obligation = MaskColumn | ScanColumn | FilterRows | LimitRows | BoundWrites | Timeout | Budget


class Durability(enum.Enum):
    """When an audit event must be on disk (architecture section 11)."""

    STRICT = "strict"  # before the statement runs
    DURABLE = "durable"  # group commit, every 20 ms
    BEST_EFFORT = "best_effort"


@attrs.frozen
class Reason:
    """One reason. `position`: 0-based character offset into the statement, None if none applies."""

    code: str
    message: str
    position: int | None = None
    help: str = ""
    rule: str | None = None


@attrs.frozen
class Watched:
    """A value of the caller's (number `index` of Facts.supplied) that meets columns of a classification.

    `takes_tokens`: what a token of the classification stands for may take its place. `refuses_masked`: what
    a mask made may not be written.
    """

    index: int
    classification: str
    takes_tokens: bool
    refuses_masked: bool


@attrs.frozen
class AutoApproval:
    """A rule that agrees by itself to at most `rows` changed rows, measured while the statement runs."""

    rule: str
    rows: int


@attrs.frozen
class Decision:
    """The answer of the policies. `rule` is the id of the rule that settled it ("standard/reads")."""

    effect: Effect
    rule: str
    revision: str
    reasons: tuple[Reason, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    durability: Durability = Durability.DURABLE
    approvers: tuple[str, ...] = ()  # groups; empty: anybody but the requester
    grant_seconds: int = 900
    grant_uses: int = 1
    terms: Terms = attrs.field(factory=Terms)
    auto: AutoApproval | None = None  # only of ASK
    watched: tuple[Watched, ...] = ()
