"""Masks for outputs into replacements in the caller's own text, so that the database makes them.

A masked output of the outermost list is masked where it stands (`items`): predicates, ordering and
grouping read what they always read, and keep their indexes. Where that would change what the statement
means (DISTINCT, UNION, a name that ORDER BY takes from the list) the whole query is put into a WITH
query, and masked outside of it (`around`). The names of the result stay as they are in every case;
where a name is not certain nothing is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import attrs
from sqlglot import exp

from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.statement import Facts, Kind, Output
from governed_db.sql.facts import listed
from governed_db.sql.lists import Span, item_spans
from governed_db.sql.parse import Tree
from governed_db.sql.spans import Edit, end_of, quoted
from governed_db.sql.text import without_marks

_MOST_NAME = 60  # servers cut longer names, each at its own length
_CLAUSES = ("where", "group", "having", "order", "windows", "distinct", "qualify")


@attrs.frozen(eq=False)
class Form:
    """How one output is masked: `of_column` takes a column, `of_value` any expression, and keeps it once.

    Either gives None where the database cannot make the mask.
    """

    of_column: Callable[[str], str | None]
    of_value: Callable[[str], str | None]


Forms = Mapping[int, Form]


@attrs.frozen(eq=False)
class Query:
    """A statement that is understood: its text, the tree of it, and what was found."""

    text: str
    tree: Tree
    facts: Facts
    catalog: Catalog

    @property
    def dialect(self) -> Dialect:
        return self.tree.dialect

    @property
    def root(self) -> exp.Expr:
        return self.tree.query()


def items(query: Query, forms: Forms) -> tuple[Edit, ...] | None:
    """The replacements that mask outputs where they stand; None where that would change the meaning."""
    root, nodes = query.root, listed(query.root)
    outputs = query.facts.outputs
    if not nodes or any(outputs[index].item is None for index in forms):
        return None
    keyword = "SELECT" if isinstance(root, exp.Select) else "RETURNING"
    aliased = [isinstance(node, exp.Alias) for node in nodes]
    spans = item_spans(query.text, query.dialect, keyword, aliased)
    if spans is None or _is_read_by_name(query, forms):
        return None
    edits: list[Edit] = []
    for number in sorted({outputs[index].item or 0 for index in forms}):
        made = _item(query, nodes[number], spans[number], number, forms)
        if made is None:
            return None
        edits += made
    return tuple(edits)


def around(query: Query, forms: Forms) -> tuple[Edit, ...] | None:
    """The replacements that put the whole query into a WITH query; None where that cannot be done."""
    if not _is_whole_query(query):
        return None
    outputs = query.facts.outputs
    names = list(_names(query))
    if len(names) != len(outputs):
        return None
    table = "governed_rows"
    while table in query.text.lower():
        table += "_"
    columns = [f"c{index}" for index in range(len(outputs))]
    shown: list[str] = []
    for index, (column, name) in enumerate(zip(columns, names, strict=True)):
        masked: str | None = column
        if index in forms:
            form = forms[index]
            masked = form.of_column(column) if outputs[index].plain is not None else form.of_value(column)
        if masked is None or name is None:
            return None
        shown.append(f"{masked} AS {quoted(name, query.dialect)}")
    before = f"WITH {table} ({', '.join(columns)}) AS ("
    # A line comment at the end would swallow the parenthesis.
    after = f"\n) SELECT {', '.join(shown)} FROM {table}"
    start = query.tree.starts[0]
    end = end_of(query.text, query.dialect)
    return ((start, start, before), (end, end, after))


def kept_names(query: Query, edits: Sequence[Edit], masked: Collection[int]) -> tuple[Edit, ...]:
    """Names for items that would change theirs, which is their text, because something in them changes.

    `masked`: outputs that have got a name already.
    """
    nodes = listed(query.root)
    if query.dialect is Dialect.POSTGRES or not nodes:
        return ()
    keyword = "SELECT" if isinstance(query.root, exp.Select) else "RETURNING"
    aliased = [isinstance(node, exp.Alias) for node in nodes]
    spans = item_spans(query.text, query.dialect, keyword, aliased) or []
    done = {query.facts.outputs[index].item for index in masked}
    found: list[Edit] = []
    for number, span in enumerate(spans):
        is_changed = any(span.start <= start and end <= span.end for start, end, _ in edits)
        name = query.text[span.start : span.end]
        if not is_changed or aliased[number] or number in done or not _is_certain(name):
            continue
        found.append((span.end, span.end, f" AS {quoted(name, query.dialect)}"))
    return tuple(found)


# -- one item ---------------------------------------------------------------------------------------------


def _item(query: Query, node: exp.Expr, span: Span, number: int, forms: Forms) -> list[Edit] | None:
    indexes = [index for index, output in enumerate(query.facts.outputs) if output.item == number]
    if _is_star(node):
        spread = [_starred(query, index, forms) for index in indexes]
        if any(one is None for one in spread):
            return None
        return [(span.start, span.end, ", ".join(one for one in spread if one is not None))]
    if len(indexes) != 1:
        return None
    form, output = forms[indexes[0]], query.facts.outputs[indexes[0]]
    written = without_marks(query.text[span.start : span.body])
    inner = node.this if isinstance(node, exp.Alias) else node
    name = None if isinstance(node, exp.Alias) else _name(query, node, output, span)
    if not isinstance(node, exp.Alias) and name is None:
        return None
    suffix = "" if name is None else f" AS {quoted(name, query.dialect)}"
    if _is_column(inner) and output.plain is not None:
        masked = form.of_column(written)
        return None if masked is None else [(span.start, span.body, masked + suffix)]
    return _wrapped(form, span, suffix) if output.plain is None else None


def _wrapped(form: Form, span: Span, suffix: str) -> list[Edit] | None:
    """Around the expression: what it is made of may have replacements of its own."""
    masked = form.of_value("\0")
    if masked is None or masked.count("\0") != 1:
        return None
    before, _, after = masked.partition("\0")
    return [(span.start, span.start, f"{before}("), (span.body, span.body, f"\n){after}{suffix}")]


def _starred(query: Query, index: int, forms: Forms) -> str | None:
    """One column of a star, by its source and with its name."""
    found = query.facts.outputs[index].starred
    if found is None:
        return None
    source, column = (quoted(name, query.dialect) for name in found)
    form = forms.get(index)
    masked = form.of_column(f"{source}.{column}") if form is not None else f"{source}.{column}"
    return None if masked is None else f"{masked} AS {column}"


def _is_star(node: exp.Expr) -> bool:
    inner = node.unnest() if isinstance(node, exp.Paren) else node
    return isinstance(inner, exp.Star) or (
        isinstance(inner, (exp.Column, exp.Dot)) and bool(inner.find(exp.Star))
    )


def _is_column(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier)


# -- names ------------------------------------------------------------------------------------------------


def _names(query: Query) -> Iterator[str | None]:
    """The name of each output, None where it is not certain."""
    outputs = query.facts.outputs
    if query.dialect is Dialect.POSTGRES:
        yield from (output.name for output in outputs)
        return
    nodes = listed(query.root)
    aliased = [isinstance(node, exp.Alias) for node in nodes]
    spans = item_spans(query.text, query.dialect, "SELECT", aliased) if nodes else None
    if spans is None:
        return
    for output in outputs:
        number = output.item
        if number is None:
            yield None
        elif output.starred is not None:
            yield output.starred[1]
        elif _is_star(nodes[number]):
            yield None
        elif aliased[number]:
            yield output.name
        else:
            yield _name(query, nodes[number], output, spans[number])


def _name(query: Query, node: exp.Expr, output: Output, span: Span) -> str | None:
    """What the server calls an item without an alias; None where that is not certain."""
    if query.dialect is Dialect.POSTGRES:
        return output.name
    text = query.text[span.start : span.end]
    name = str(node.this.this) if _is_column(node) else text
    if not _is_certain(name):
        return None
    if not _is_column(node):
        return name
    return name if _is_spelled_alike(query, name) else None


def _is_certain(name: str) -> bool:
    return len(name) <= _MOST_NAME and not any(sign in name for sign in "%?\n")


def _is_spelled_alike(query: Query, name: str) -> bool:
    """Whether a name is written in one way wherever it stands: servers may show that of the definition."""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    written = set(word.findall(query.text))
    relations = query.facts.relations | query.facts.base_relations
    infos = (query.catalog.relations.get((one.schema, one.name)) for one in relations)
    names = (column.name for info in infos if info is not None for column in info.columns)
    return written | {one for one in names if one.lower() == name.lower()} <= {name}


# -- when the list may not be changed ---------------------------------------------------------------------


def _is_read_by_name(query: Query, forms: Forms) -> bool:
    """Whether something reads a masked output: by its name, its number, or because all must differ."""
    root = query.root
    if not isinstance(root, exp.Select):
        return False
    if root.args.get("distinct"):
        return True
    outputs = query.facts.outputs
    nodes = listed(root)
    names = {outputs[index].name.lower() for index in forms}
    own = {_own_name(nodes[outputs[index].item or 0]) for index in forms}
    for clause in _CLAUSES:
        parts = root.args.get(clause)
        for part in parts if isinstance(parts, list) else [parts]:
            if not isinstance(part, exp.Expr):
                continue
            if clause in ("group", "order") and _has_number(part):
                return True
            used = {column.name.lower() for column in part.find_all(exp.Column) if not column.table}
            if used & names and not _reads_columns(clause, query.dialect, is_own=used & names <= own):
                return True
    return False


def _own_name(node: exp.Expr) -> str:
    return node.name.lower() if _is_column(node) or _is_star(node) else ""


def _reads_columns(clause: str, dialect: Dialect, *, is_own: bool) -> bool:
    """Whether names in a clause mean columns of FROM first; `is_own`: the output is a column of that name."""
    match dialect, clause:
        case (_, "order" | "distinct" | "qualify"):
            return False
        case (Dialect.POSTGRES, "where" | "having" | "windows") | (Dialect.MYSQL, "where"):
            return True
        case (Dialect.POSTGRES | Dialect.SQLITE, _):
            return is_own
        case _:
            return False


def _has_number(clause: exp.Expr) -> bool:
    terms = (term.this if isinstance(term, exp.Ordered) else term for term in clause.expressions)
    return any(isinstance(term.unnest(), exp.Literal) for term in terms)


def _is_whole_query(query: Query) -> bool:
    """Whether the text is a query that can stand in WITH: it only reads, locks nothing, and keeps its order.

    MariaDB takes ORDER BY out of a query in WITH.
    """
    facts, root = query.facts, query.root
    if facts.kind is not Kind.SELECT or facts.writes or facts.kinds != {Kind.SELECT}:
        return False
    if not isinstance(root, (exp.Select, exp.SetOperation)) or root.find(exp.Lock) or root.args.get("into"):
        return False
    return query.dialect is not Dialect.MYSQL or not root.args.get("order")
