"""What a statement is and does, as far as its text and the catalog prove."""

from __future__ import annotations

import enum

import attrs


@attrs.frozen(order=True)
class ColumnRef:
    """A column of a stored relation. Written "schema.relation.column"."""

    schema: str
    relation: str
    column: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.relation}.{self.column}"


@attrs.frozen(order=True)
class Relation:
    """A table or view. Written "schema.relation" (MySQL: the database is the schema)."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


Label = frozenset[ColumnRef]
NO_LABEL: Label = frozenset()


class Kind(enum.Enum):
    """What kind of statement; the values are the `actions` of a policy rule.

    TRANSACTION (begin, commit, savepoint) and SETUP (what a driver or ORM sends by itself) are not
    subject to rules; they are recorded.
    """

    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    MERGE = "merge"
    DDL = "ddl"
    GRANT = "grant"
    CALL = "call"
    COPY = "copy"
    SESSION = "session"
    EXPLAIN = "explain"
    TRANSACTION = "transaction"
    SETUP = "setup"


WRITES = frozenset({Kind.INSERT, Kind.UPDATE, Kind.DELETE, Kind.MERGE})


@attrs.frozen
class Member:
    """A member of the documents in a column, by the keys that lead there; `ref` names it like a column."""

    ref: ColumnRef
    column: ColumnRef
    keys: tuple[str, ...]


class Role(enum.Enum):
    """How a value of a column is used apart from being returned.

    All but the last reveal no more than a token of the value would (the equality principle).
    """

    EQUALS_VALUE = "compared for equality with a parameter or literal"
    EQUALS_COLUMN = "compared for equality with a column"
    IS_NULL = "tested for NULL"
    COUNT = "counted"
    GROUP = "grouped"
    REPLACED = "replaced by a value that it may hold already"
    REVEAL = "used in a way that reveals order or content"


@attrs.frozen
class Use:
    """One use of a column outside of an output. `other`: the columns it is compared with.

    `position` is a 0-based character offset into the text that was analysed, None inside a view.
    `construct` names the syntax for people ("LIKE", "ORDER BY", "function substr"). `in_view`: it
    stands in the definition of a view, which the caller did not write and cannot change. `count`: how
    many values it is compared with.
    """

    column: ColumnRef
    role: Role
    construct: str
    position: int | None = None
    other: Label = NO_LABEL
    in_view: bool = False
    count: int = 1


@attrs.frozen
class Output:
    """One column of the result.

    `labels`: every column that the value depends on. `exposed`: those whose content it may show
    (a count of a column depends on it and does not expose it). `plain`: the column of which the
    value is an exact copy, if it is one. `is_steady`: its being NULL, and its type, tell nothing of
    what these columns hold. `item`: from which item of the outermost list of outputs it comes;
    `starred`: the source and the column by which one of the columns of a `*` can be named alone.
    """

    name: str
    labels: Label
    exposed: Label
    plain: ColumnRef | None = None
    position: int | None = None
    is_steady: bool = False
    item: int | None = None
    starred: tuple[str, str] | None = None


@attrs.frozen
class Flow:
    """A value written into a column; `trigger`: by which of those that the statement sets off."""

    target: ColumnRef
    labels: Label
    exposed: Label
    plain: ColumnRef | None = None
    position: int | None = None
    trigger: str | None = None


class Purpose(enum.Enum):
    """What a value that the caller supplies is there for."""

    COMPARED = "compared for equality with a column"
    WRITTEN = "written into a column"
    PART = "a part of what is written into a column"


@attrs.frozen
class Supplied:
    """A literal or parameter of the caller's where it meets stored columns: characters `start` to `end`.

    `takes_tokens`: the whole value is compared or written, and the columns hold text, so that what a token
    stands for may take its place. The text of a literal is not kept.
    """

    start: int
    end: int
    columns: Label
    purpose: Purpose
    is_parameter: bool
    takes_tokens: bool


class Reach(enum.Enum):
    """How many rows a write can touch, as far as the text proves."""

    KEYED = "keyed"  # equality on a unique key, or a VALUES list: Write.rows is the bound
    PREDICATE = "predicate"  # restricted, by an amount that only running it tells
    UNBOUNDED = "unbounded"  # no WHERE, or one that cannot restrict


@attrs.frozen
class Write:
    """One change of one relation made by a statement (a CTE may make another).

    `takes_along`: the columns by which rows of other tables refer to changed ones and are changed with
    them; `is_wide`: these, or triggers, change rows that the driver does not count.
    """

    kind: Kind
    relation: Relation
    reach: Reach
    rows: int | None = None
    flows: tuple[Flow, ...] = ()
    position: int | None = None
    transactional: bool = True
    triggers: tuple[str, ...] = ()
    takes_along: tuple[ColumnRef, ...] = ()
    is_wide: bool = False
    is_temporary: bool = False  # of a table that only this session sees, and that ends with it
    may_be_hidden: bool = False  # it may go to a temporary table of the name that the server does not list


class HazardKind(enum.Enum):
    """Effects beyond reading and writing rows of named relations."""

    FUNCTION = "function"  # not on the dialect's allow-list
    ROUTINE = "routine"  # made by users, body not analysed
    SESSION = "session"  # changes how later statements are read or run
    FILE = "file"
    NETWORK = "network"
    DYNAMIC_SQL = "dynamic-sql"
    SYSTEM = "system"  # system relations that hold values or credentials
    LOCK = "lock"
    SERVER = "server"  # administration: kill, vacuum, checkpoint, pragma


@attrs.frozen
class Hazard:
    kind: HazardKind
    name: str
    message: str
    position: int | None = None
    help: str = ""


@attrs.frozen
class Reference:
    """A place in the caller's text where a stored relation is named: characters `start` to `end`.

    `target`: the kind of change it is the target of, None where it is read. `is_joined`: the change
    has other sources.
    """

    relation: Relation
    start: int
    end: int
    has_alias: bool = False
    target: Kind | None = None
    is_joined: bool = False


@attrs.frozen
class Facts:
    """All that analysis proves about one statement.

    `reads` and `writes` drive actions and relation rules, `outputs` the masks, `uses` the equality
    principle, `hazards` what is forbidden by nature. `columns` is every stored column that the
    statement reads for any purpose (the server's second opinion must be a subset of it).
    `relations` is what the caller named, views unexpanded; `base_relations` what lies under them,
    `viewed` what definitions of views name.
    `references` says where in the text they stand, and `supplied` where values of the caller meet columns.
    `kinds` has every kind of work in the statement,
    `kind` the outermost. `given`: where literals begin (0-based) of which nothing of all this depends.
    `members` are the members of documents that occur in the place of columns.
    """

    kind: Kind
    kinds: frozenset[Kind]
    relations: frozenset[Relation]
    base_relations: frozenset[Relation] = frozenset()
    viewed: frozenset[Relation] = frozenset()
    outputs: tuple[Output, ...] = ()
    uses: tuple[Use, ...] = ()
    columns: Label = NO_LABEL
    writes: tuple[Write, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    functions: frozenset[str] = frozenset()
    references: tuple[Reference, ...] = ()
    supplied: tuple[Supplied, ...] = ()
    joins: int = 0
    row_limit: int | None = None
    given: frozenset[int] = frozenset()
    members: tuple[Member, ...] = ()
    returns_rows: bool = False
    verb: str = ""  # first keyword(s), for people and transaction control: "drop table", "begin"
    locks_rows: bool = False  # FOR UPDATE, FOR SHARE

    @property
    def controls(self) -> Label:
        """Columns used only in predicates, ordering, grouping and the like."""
        shown = frozenset().union(*(output.labels for output in self.outputs))
        return frozenset(use.column for use in self.uses if use.role is not Role.REPLACED) - shown
