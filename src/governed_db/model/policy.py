"""What a policy says: its rules, in the order in which they are asked."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from governed_db.model.approval import ROLES
from governed_db.model.decision import Durability, Exceeding, Mask, Place
from governed_db.model.principal import PrincipalKind
from governed_db.model.statement import HazardKind, Kind, Reach


def _matcher(part: str) -> str | re.Pattern[str] | None:
    """None matches everything, a text itself, a regular expression what `*` stands for."""
    if part == "*":
        return None
    if "*" not in part:
        return part
    return re.compile(".*".join(re.escape(piece) for piece in part.split("*")), re.DOTALL)


@attrs.frozen
class Pattern:
    """A dotted name in which `*` stands for any text inside one part, compared without case.

    It is compared from the right: "orders" is a relation of that name in any schema. A single "*"
    matches every name.
    """

    text: str
    _parts: tuple[str | re.Pattern[str] | None, ...] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        parts = tuple(_matcher(part) for part in reversed(self.text.casefold().split(".")))
        object.__setattr__(self, "_parts", parts)

    @property
    def depth(self) -> int:
        """How many parts the name has."""
        return len(self._parts)

    def matches(self, *names: str) -> bool:
        """Whether the parts of a name, outermost first, are meant. More parts than names never match."""
        if self.text == "*":
            return True
        if len(self._parts) > len(names):
            return False
        return all(
            part is None
            or (part == name.casefold() if isinstance(part, str) else part.fullmatch(name.casefold()))
            for part, name in zip(self._parts, reversed(names), strict=False)  # from the right, on purpose
        )

    def covers(self, other: Pattern) -> bool:
        """Whether everything that `other` matches is certainly matched by this one too."""
        return self.matches(*other.text.casefold().split("."))


@attrs.frozen
class Glob:
    """A text in which `*` stands for any text; case counts. Ids, databases, classifications."""

    text: str
    _matcher: str | re.Pattern[str] | None = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_matcher", _matcher(self.text))

    def matches(self, text: str) -> bool:
        if isinstance(self._matcher, str):
            return self._matcher == text
        return self._matcher is None or self._matcher.fullmatch(text) is not None

    def covers(self, other: Glob) -> bool:
        """Whether everything that `other` matches is matched by this one too."""
        return self.matches(other.text)


class RuleEffect(enum.Enum):
    """What a rule does with what it matches; the order of precedence is FORBID, APPROVE, PERMIT."""

    PERMIT = "permit"
    APPROVE = "approve"
    FORBID = "forbid"


Names = frozenset[str]
Variables = Mapping[str, Any]


@attrs.frozen
class Who:
    """The principals that a rule is about. What is empty does not restrict."""

    ids: tuple[Glob, ...] = ()
    groups: Names = frozenset()
    kinds: frozenset[PrincipalKind] = frozenset()
    excluded: Who | None = None


@attrs.frozen
class Condition:
    """A compiled `when:`. `test` raises when it cannot be evaluated.

    `is_volatile`: it reads the clock or the circumstances of one call, so that its result may not be
    kept. `reads_groups`: it cannot be trusted for a principal whose list of groups may be cut. `reads_risk`:
    what is usual for the principal must be known.
    """

    text: str
    test: Callable[[Variables], bool] = attrs.field(eq=False, repr=False)
    is_volatile: bool = False
    reads_groups: bool = False
    reads_risk: bool = False


class Unlimited(enum.Enum):
    """Said in place of a number: this limit does not apply, whatever later rules say."""

    UNLIMITED = "unlimited"


@attrs.frozen
class Allowance:
    """What one conversation, or one principal, may take `within` so many seconds; None is not counted.

    `rows_changed`: by UPDATE, DELETE and MERGE. `rows_matched`: of these, the ones that were not named
    one by one by their key, for each table by itself. `probes`: comparisons of a masked column with a value.
    `subjects`: rows of protected relations that were shown, each once. `denials`: refused statements.
    `seconds`: for which statements ran. `then`: None is each measure's own.
    """

    within: float
    statements: int | None = None
    rows_returned: int | None = None
    rows_changed: int | None = None
    rows_matched: int | None = None
    probes: int | None = None
    subjects: int | None = None
    denials: int | None = None
    seconds: int | None = None
    then: Exceeding | None = None


@attrs.frozen
class Limits:
    """None: this rule says nothing about it."""

    rows: int | Unlimited | None = None
    seconds: float | Unlimited | None = None
    rows_changed: int | Unlimited | None = None
    conversation: Allowance | Unlimited | None = None
    principal: Allowance | Unlimited | None = None


@attrs.frozen
class MaskRule:
    """Columns whose classification matches are shown through `mask`; None shows them as they are."""

    classification: Glob
    mask: Mask | None


@attrs.frozen
class PlaceRule:
    """Columns whose classification matches are masked at `place`."""

    classification: Glob
    place: Place


@attrs.frozen
class FilterRule:
    """Of `relation` only rows for which `predicate` holds; None: all of them."""

    relation: Pattern
    predicate: str | None


@attrs.frozen
class Approvers:
    """Who may approve. `groups` empty: anybody who is not in `excluded`.

    `verified`: only people of whom it is known who they are, not a name that was typed.
    """

    groups: tuple[str, ...] = ()
    quorum: int = 1
    excluded: tuple[str, ...] = ROLES
    verified: bool = False


@attrs.frozen
class BreakGlass:
    """Members of `groups` may run what they asked for at once; somebody looks back at it in time."""

    groups: tuple[str, ...]
    review_seconds: int = 172800


ALL_KINDS = frozenset(Kind)


@attrs.frozen
class Rule:
    """One rule. `id` is "pack/rule". What is empty, None or all kinds does not restrict.

    With a `reach`, a forbid or approve is only about writes of that reach; a permit is about these
    and about all that is no write.
    `functions` and `hazards` in a permit lift a prohibition; in a forbid or approve they say what it
    is about. `is_exemption`: a permit that only lifts prohibitions, and permits no action itself.
    """

    id: str
    effect: RuleEffect
    who: Who = Who()
    databases: tuple[Glob, ...] = ()
    actions: frozenset[Kind] = ALL_KINDS
    only: tuple[Pattern, ...] = ()
    never: tuple[Pattern, ...] = ()
    when: Condition | None = None
    reach: frozenset[Reach] | None = None
    functions: tuple[Pattern, ...] = ()
    hazards: frozenset[HazardKind] = frozenset()
    is_exemption: bool = False
    masks: tuple[MaskRule, ...] = ()
    places: tuple[PlaceRule, ...] = ()
    reveal: tuple[Glob, ...] = ()
    rows: tuple[FilterRule, ...] = ()
    limits: Limits = Limits()
    approvers: Approvers = Approvers()
    grant_seconds: int = 900
    grant_uses: int = 1
    auto_rows: int | None = None
    break_glass: BreakGlass | None = None
    durability: Durability | None = None
    help: str = ""


@attrs.frozen
class Override:
    """What a policy says a column is; `classification` None takes it out of protection."""

    column: Pattern
    classification: str | None


@attrs.frozen
class PolicyTest:
    """One line of a policy's `tests:`. What is None is not compared."""

    principal: Mapping[str, Any]
    sql: str
    expect: str
    rule: str | None = None
    code: str | None = None
    database: str | None = None
    now: str | None = None
    line: int | None = None


@attrs.frozen
class Scorer:
    """A function ("package.module:function") that adds to the risk. No answer: 100 if `fails_closed`."""

    function: str
    seconds: float
    fails_closed: bool


class Injection(enum.Enum):
    """What agents' tools do with a cell that reads like instructions to a model."""

    FLAG = "flag"  # shown, and said to be data
    MASK = "mask"
    OFF = "off"


@attrs.frozen(eq=False)
class Policy:
    """A whole policy. `revision` is a hash of all that it says, packs that it extends included.

    `observes`: nothing is refused or changed; what would have been is recorded. `shadow`: a policy that is
    asked too, and not obeyed; where it decides otherwise is recorded. `injection` is for agents' tools.
    """

    name: str
    revision: str
    rules: tuple[Rule, ...]
    overrides: tuple[Override, ...] = ()
    tests: tuple[PolicyTest, ...] = ()
    observes: bool = False
    scorer: Scorer | None = None
    shadow: Policy | None = None
    injection: Injection = Injection.FLAG

    @property
    def reads_risk(self) -> bool:
        """Whether any condition, or one of the shadow's, asks for the risk."""
        own = any(rule.when is not None and rule.when.reads_risk for rule in self.rules)
        return own or (self.shadow is not None and self.shadow.reads_risk)
