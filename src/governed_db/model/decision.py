"""What is decided about a statement: an effect, what must be done with it, and why."""

from __future__ import annotations

import enum

import attrs


class Effect(enum.Enum):
    PERMIT = "permit"
    ASK = "ask"
    DENY = "deny"


@attrs.frozen
class Mask:
    """A mask by name ("redact", "partial", "email", "hash", "token", "null", "year", "bucket")."""

    name: str
    argument: int | None = None

    def __str__(self) -> str:
        return self.name if self.argument is None else f"{self.name}({self.argument})"


@attrs.frozen
class MaskColumn:
    """Mask output `index` (0-based); `classification` says why."""

    index: int
    mask: Mask
    classification: str


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


Obligation = MaskColumn | FilterRows | LimitRows | BoundWrites | Timeout


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
