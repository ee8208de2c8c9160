"""Joins of two facts. A row of one meets many of the other, sums count twice, and no error says so.

Allowed is a join on the key of one of the two, and a join of what was aggregated before: there every row meets one.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

# Tables of events: facts, and the links of the vault that they are made of.
FACTS = ("fct_", "nh_link_")
SINGLE_KEYS = {"expect_column_values_to_be_unique", "unique"}


def keys(manifest: dict[str, Any]) -> dict[str, list[set[str]]]:
    """By fact the sets of columns that identify a row, as constraints and tests say."""
    found: dict[str, list[set[str]]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model":
            for constraint in node.get("constraints") or []:
                if constraint["type"] == "primary_key":
                    found.setdefault(node["name"], []).append(set(constraint["columns"]))
        elif node["resource_type"] == "test" and node.get("test_metadata") and node.get("attached_node"):
            kind, given = node["test_metadata"]["name"], node["test_metadata"]["kwargs"]
            columns = given.get("column_list") if kind == "expect_compound_columns_to_be_unique" else None
            columns = columns or (given.get("src_pk") if kind == "nh_link_is_sound" else None)
            columns = columns or (node.get("column_name") if kind in SINGLE_KEYS else None)
            if columns:
                name = manifest["nodes"][node["attached_node"]]["name"]
                found.setdefault(name, []).append({columns} if isinstance(columns, str) else set(columns))
    return {name: sets for name, sets in found.items() if name.startswith(FACTS)}


def fact_joins(sql: str, known: dict[str, list[set[str]]]) -> list[tuple[str, str]]:
    """Joins of facts on the key of neither, in a query as dbt compiled it.

    Args:
        sql: the query.
        known: what keys() found.

    Returns:
        The name of the CTE (final for a query without one), and what is wrong there.
    """
    try:
        scopes = traverse_scope(sqlglot.parse_one(sql, dialect="spark"))
    except (SqlglotError, RecursionError):
        # The engine says more about SQL that cannot be read.
        return []
    return [(_name(scope), wrong) for scope in scopes for wrong in _wrong(scope, known)]


def _wrong(scope: Scope, known: dict[str, list[set[str]]]) -> Iterator[str]:
    select = scope.expression
    if not isinstance(select, exp.Select):
        return
    joins = {join.alias_or_name: join for join in select.args.get("joins") or [] if not _only_filters(join)}
    before: dict[str, set[str]] = {}
    for alias, (_, source) in scope.selected_sources.items():
        facts = _carried(source)
        if facts and alias in joins and before:
            pairs = list(_pairs(joins[alias], before))
            if not any(
                _is_key(scope, side, {a.name.lower() for a, b in pairs if a.table == side and b.table in met}, known)
                for side, met in [(alias, set(before)), *((other, {alias}) for other in before)]
            ):
                on = ", ".join(dict.fromkeys(a.name for a, _ in pairs if a.table == alias))
                others = ", ".join(sorted(set().union(*before.values())))
                how = f"on {on}, which identifies a row of neither" if on else "without a key"
                yield (
                    f"{others} is joined with {', '.join(sorted(facts))} {how}: rows meet more than once, and sums are too "
                    f"high. Aggregate each of them to the rows of this table first, then join"
                )
        if facts and (alias not in {j.alias_or_name for j in select.args.get("joins") or []} or alias in joins):
            before[alias] = facts


def _only_filters(join: exp.Join) -> bool:
    """Whether a join adds no row and no column: semi and anti."""
    return (join.side or "").upper() in {"SEMI", "ANTI"} or (join.kind or "").upper() in {"SEMI", "ANTI"}


def _carried(source: exp.Expr | Scope) -> set[str]:
    """Facts whose rows a table or query has, each of them once at least."""
    if isinstance(source, exp.Table):
        return {source.name} if source.name.startswith(FACTS) else set()
    if not isinstance(source, Scope):
        return set()
    if source.set_operation_scopes:
        return set().union(*(_carried(part) for part in source.set_operation_scopes))
    select = source.expression
    if not isinstance(select, exp.Select) or _is_reduced(select):
        return set()
    filters = {join.alias_or_name for join in select.args.get("joins") or [] if _only_filters(join)}
    return set().union(
        *(_carried(inner) for alias, (_, inner) in source.selected_sources.items() if alias not in filters)
    )


def _is_reduced(select: exp.Select) -> bool:
    """Whether a query gives fewer rows than it reads: it groups, or picks."""
    if any(select.args.get(part) for part in ("group", "distinct", "qualify")):
        return True
    return any(
        not isinstance(found.parent, exp.Window) for part in select.selects for found in part.find_all(exp.AggFunc)
    )


def _pairs(join: exp.Join, before: Iterable[str]) -> Iterator[tuple[exp.Column, exp.Column]]:
    """Columns that a join sets equal with those of tables before it, each pair both ways."""
    for name in join.args.get("using") or []:
        for other in before:
            here, there = (exp.column(name.name, table) for table in (join.alias_or_name, other))
            yield from ((here, there), (there, here))
    condition = join.args.get("on")
    for part in condition.flatten() if isinstance(condition, exp.And) else [condition]:
        if isinstance(part, exp.EQ) and isinstance(part.this, exp.Column) and isinstance(part.expression, exp.Column):
            yield part.this, part.expression
            yield part.expression, part.this


def _is_key(scope: Scope, alias: str, columns: set[str], known: dict[str, list[set[str]]]) -> bool:
    """Whether columns of a source hold a key of a fact in it."""
    found: dict[str, set[str]] = {}
    for column in columns:
        for table, name in _origins(scope.sources.get(alias), column):
            found.setdefault(table, set()).add(name)
    return any(key <= names for table, names in found.items() for key in known.get(table, []))


def _origins(source: Any, column: str) -> Iterator[tuple[str, str]]:
    """Columns of tables that an output column is, unchanged."""
    if isinstance(source, exp.Table):
        yield source.name, column
    elif isinstance(source, Scope) and isinstance(source.expression, exp.Select):
        for part in source.expression.selects:
            inner = part.unalias()
            if part.alias_or_name.lower() == column and isinstance(inner, exp.Column):
                tables = [inner.table] if inner.table else list(source.selected_sources)
                for table in tables:
                    yield from _origins(source.sources.get(table), inner.name.lower())
            elif part.is_star:
                tables = (
                    [inner.table] if isinstance(inner, exp.Column) and inner.table else list(source.selected_sources)
                )
                for table in tables:
                    yield from _origins(source.sources.get(table), column)


def _name(scope: Scope) -> str:
    parent = scope.expression.parent
    return parent.alias if isinstance(parent, exp.CTE) else "final"
