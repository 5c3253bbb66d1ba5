"""A Tree and a Catalog into Facts.

Rules of this file: every word of the statement that could be a name must have been accounted for, or
the parser swallowed it and the statement is refused (GDB120).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.statement import WRITES, Facts, Flow, Kind, Output, Reach, Use, Write
from governed_db.sql import commands, second_reader, temporary
from governed_db.sql.labels import value_of
from governed_db.sql.literals import given
from governed_db.sql.names import stored
from governed_db.sql.noise import NOISE
from governed_db.sql.notes import MAX_STEPS, Notes, Readers
from governed_db.sql.parse import Tree, parse_query
from governed_db.sql.query import Item, columns_of, read_query
from governed_db.sql.steering import with_risk
from governed_db.sql.supplied import settled
from governed_db.sql.tokens import GRAMMAR, HIDDEN
from governed_db.sql.trials import FORGIVEN
from governed_db.sql.triggers import copies
from governed_db.sql.writes import read_write, write_in_with

_CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
_READERS = Readers(value_of, columns_of, write_in_with, with_risk)
_NAME_TOKENS = (TokenType.IDENTIFIER, TokenType.VAR)
_QUERY_WORDS = frozenset("SELECT WITH VALUES TABLE ( INSERT UPDATE DELETE MERGE REPLACE".split())


def analyse(tree: Tree, catalog: Catalog) -> Facts:
    """All that the text and the catalog prove. Raises AnalysisError."""
    if tree.words[0] not in _QUERY_WORDS:
        return commands.read(tree, catalog, analyse_from)
    return analyse_from(tree, 0, catalog)


def analyse_from(tree: Tree, skip: int, catalog: Catalog) -> Facts:
    """The facts of the query or change that begins at word number `skip`."""
    tree = parse_query(tree, skip)
    notes = Notes(catalog, _READERS, tree.text, tree.tokens)
    root = tree.query()
    if notes.dialect is Dialect.POSTGRES:
        second_reader.check(tree.text[tree.starts[skip] :], root)
    notes.aliases = _aliases(root)
    notes.has_folded_lists = tree.has_folded_lists
    if tree.replaces:
        notes.kinds.add(Kind.DELETE)
    notes.folded_items = tree.folded_items
    try:
        items = read_write(root, None, notes) if isinstance(root, _CHANGES) else read_query(root, None, notes)
    except AnalysisError:
        raise
    except RecursionError:
        raise AnalysisError("GDB107", "the statement is nested too deeply") from None
    except Exception:  # noqa: BLE001 - sqlglot reads nonsense into trees of shapes that nobody wrote for
        raise AnalysisError("GDB106", "the statement is not understood") from None
    notes.kinds.add(_kind(root))
    _refuse_unaccounted(tree, notes)
    return _facts(tree, root, items, notes)


def fresh_notes(catalog: Catalog) -> Notes:
    """Notes for what is read without a statement, such as the bodies of triggers."""
    return Notes(catalog, _READERS, "", steps=[MAX_STEPS])


def copied(catalog: Catalog) -> Iterator[Flow]:
    """What triggers copy from column to column, as far as they can be read."""
    notes = fresh_notes(catalog)
    for info in catalog.relations.values():
        for trigger in info.triggers:
            notes.steps = [MAX_STEPS]
            yield from copies(info, trigger, notes) or ()


def _aliases(root: exp.Expr) -> frozenset[str]:
    """All names that the statement itself gives, in lower case."""
    named = root.find_all(exp.Alias, exp.TableAlias)
    return frozenset(part.this.lower() for node in named for part in _alias_names(node))


def _alias_names(node: exp.Expr) -> list[exp.Identifier]:
    alias = node.args.get("alias") if isinstance(node, exp.Alias) else node
    return list(alias.find_all(exp.Identifier)) if alias is not None else []


def _kind(root: exp.Expr) -> Kind:
    for kind, node_class in (
        (Kind.INSERT, exp.Insert),
        (Kind.UPDATE, exp.Update),
        (Kind.DELETE, exp.Delete),
        (Kind.MERGE, exp.Merge),
    ):
        if isinstance(root, node_class):
            return kind
    return Kind.SELECT


def _facts(tree: Tree, root: exp.Expr, items: tuple[Item, ...], notes: Notes) -> Facts:
    kind = _kind(root)
    numbers = {id(node): number for number, node in enumerate(listed(root))}
    outputs = tuple(
        Output(
            i.name,
            i.value.labels,
            i.value.exposed,
            i.value.plain,
            notes.position(i.node),
            i.value.is_steady,
            numbers.get(id(i.node)),
            i.starred,
        )
        for i in items
    )
    read = notes.columns.union(
        *(output.labels for output in outputs), *(frozenset((u.column,)) for u in notes.uses)
    )
    return Facts(
        kind=kind,
        kinds=frozenset(notes.kinds),
        relations=frozenset(notes.relations),
        base_relations=frozenset(notes.base_relations),
        viewed=frozenset(notes.viewed),
        outputs=outputs,
        uses=_all_uses(tree, notes),
        columns=frozenset(read),
        writes=_unfolded(tree, notes),
        hazards=tuple(notes.hazards),
        functions=frozenset(notes.functions),
        references=tuple(notes.references),
        supplied=settled(root, notes),
        joins=notes.joins,
        row_limit=_row_limit(root),
        given=given(root),
        members=tuple(notes.members[ref] for ref in sorted(notes.members)),
        returns_rows=bool(items) or kind not in WRITES,
        verb=kind.value,
        locks_rows=notes.locks_rows,
    )


def listed(root: exp.Expr) -> list[exp.Expr]:
    """The outermost list of outputs: of a SELECT that is no part of another query, or of RETURNING."""
    if isinstance(root, exp.Select):
        return list(root.expressions)
    returning = root.args.get("returning")
    return list(returning.expressions) if returning is not None else []


def _all_uses(tree: Tree, notes: Notes) -> tuple[Use, ...]:
    """Uses, those of VALUES rows with the ones counted that were left out of the tree."""
    return tuple(
        attrs.evolve(use, count=use.count + tree.folded) if tree.folded and use.construct == FORGIVEN else use
        for use in notes.uses
    )


def _unfolded(tree: Tree, notes: Notes) -> tuple[Write, ...]:
    """Writes with the VALUES rows counted that were left out of the tree."""
    writes: list[Write] = []
    for write in notes.writes:
        rows = write.rows
        if write.kind is Kind.INSERT and rows is not None:
            writes.append(attrs.evolve(write, rows=rows + tree.folded))
        elif rows is not None and tree.has_folded_lists:
            writes.append(attrs.evolve(write, reach=Reach.PREDICATE, rows=None))
        else:
            writes.append(write)
    if temporary.may_hide(notes.catalog):
        return tuple(attrs.evolve(write, may_be_hidden=True) for write in writes)
    return tuple(writes)


def _row_limit(root: exp.Expr) -> int | None:
    """The number of LIMIT or FETCH; WITH TIES and PERCENT may be more."""
    limit = root.args.get("limit")
    if limit is not None and limit.find(exp.LimitOptions) is not None:
        options = limit.find(exp.LimitOptions)
        if options.args.get("with_ties") or options.args.get("percent"):
            return None
    number = limit.args.get("expression") or limit.args.get("count") if limit is not None else None
    if isinstance(number, exp.Literal) and str(number.this).isdigit():
        return int(number.this)
    return None


def _refuse_unaccounted(tree: Tree, notes: Notes) -> None:
    """Refuse a statement with a word that no node accounts for and that may be a name."""
    known = _column_names(notes)
    for index, token in enumerate(tree.tokens):
        if token.start in notes.claimed or token.token_type not in _NAME_TOKENS:
            continue
        text = token.text.removeprefix(HIDDEN)
        if text.upper() in GRAMMAR and _is_called(tree.tokens, index):
            continue
        is_noise = token.token_type is TokenType.VAR and text.lower() in NOISE
        if is_noise and (text.lower() not in known or _is_unit_or_type(tree.tokens, index)):
            continue
        if _names_no_column(tree, index):
            continue
        raise AnalysisError(
            "GDB120",
            "a word of this statement could not be accounted for",
            position=token.start,
            help="write this part in another way",
        )


def _is_called(tokens: Sequence[Token], index: int) -> bool:
    return index + 1 < len(tokens) and tokens[index + 1].token_type is TokenType.L_PAREN


def _names_no_column(tree: Tree, index: int) -> bool:
    """`COLLATE name` and MySQL's `@@name`, `@@session.name`, `@name`."""
    before = [token.text.upper() for token in tree.tokens[max(index - 4, 0) : index]]
    if tree.dialect is Dialect.MYSQL and before[-1:] == ["@"]:
        return True
    if before[-1:] == ["COLLATE"] or before[-3:-1] == ["COLLATE", "PG_CATALOG"]:
        return True
    return before[-1:] == ["@@"] or (before[-1:] == ["."] and before[-3:-2] == ["@@"])


def _is_unit_or_type(tokens: Sequence[Token], index: int) -> bool:
    """`::date`, `CAST(x AS date)`, `EXTRACT(year FROM ...)`, `INTERVAL 1 year`."""
    before = tokens[max(index - 2, 0) : index]
    kinds = [token.token_type for token in before]
    if not kinds:
        return False
    return (
        kinds[-1] in (TokenType.DCOLON, TokenType.ALIAS, TokenType.STRING, TokenType.NUMBER)
        or kinds[-1] is TokenType.PLACEHOLDER
        or (kinds[-1] is TokenType.L_PAREN and before[0].text.upper() == "EXTRACT")
    )


def _column_names(notes: Notes) -> set[str]:
    return {
        stored(column.name, notes.dialect).lower()
        for relation in notes.relations
        if (info := notes.catalog.relations.get((relation.schema, relation.name))) is not None
        for column in info.columns
    }
