"""Where each column comes from: column to column through the compiled SQL, down to the column of a landed file.

Values only: a column that is read in a join condition or a filter decides which rows there are, but is not followed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from lakevault.errors import LakevaultError
from lakevault.feeds import AUDIT_COLUMNS
from lakevault.metadata.artifacts import Project, Table, reachable

# (table, column); the table by the name that people use.
Place = tuple[str, str]
# In the place of a table: a column that was read, but could not be followed.
LOST = ""


@dataclass
class Lineage:
    """Direct origins of each column, why a column has none, and which tables could not be read."""

    origins: dict[Place, list[Place]] = field(default_factory=dict)
    notes: dict[Place, str] = field(default_factory=dict)
    untraced: dict[str, str] = field(default_factory=dict)
    # Columns of which at least one origin is not known.
    lost: set[Place] = field(default_factory=set)

    def sources(self, place: Place) -> set[Place]:
        """All columns that a column is made of, the column itself left out."""
        return reachable(place, lambda at: self.origins.get(at, []))

    def uses(self, place: Place) -> list[Place]:
        """Columns that are made of a column directly."""
        return sorted(user for user, origins in self.origins.items() if place in origins)


def trace(project: Project) -> Lineage:
    """Trace every column of the project. Tables need their columns (catalog.json) and their compiled SQL."""
    lineage = Lineage()
    reader = SqlReader(project)
    for table in project.tables.values():
        if table.kind == "source":
            for column in table.columns:
                made_here = column in AUDIT_COLUMNS or table.name.startswith("lakevault.")
                lineage.notes[table.name, column] = (
                    "set by the ingestion" if made_here else f"column {column} of the landed file"
                )
        elif table.kind == "seed":
            for column in table.columns:
                lineage.notes[table.name, column] = f"column {column} of {table.path}"
        else:
            _trace_table(table, reader, lineage)
    return lineage


def personal(project: Project, lineage: Lineage, kinds: tuple[str, ...] = ("direct",)) -> set[Place]:
    """Columns that a source marks as personal data of these kinds or that may hold any, and all that are made of one.

    Not those that a staged model declares to be none (`personal_data: none`), nor what is made of these: a message that is personal data as
    a whole has parts that are none.
    """
    marked = set()
    for table in project.tables.values():
        columns = {column.name for column in table.columns.values() if column.meta.get("personal_data") in kinds}
        if table.kind == "source":
            # What had no column of its own may be anything; a hash over personal data still tells who it is.
            columns |= {"rescued_data", *(["record_hash"] if columns else [])} & set(table.columns)
        marked |= {(table.name, column) for column in columns}
    return _made_of(lineage, marked, _declared_none(project))


def harmless(project: Project, lineage: Lineage, sql: str) -> set[str]:
    """Output columns of a query that may be shown: all their origins are known, and none is personal or may be.

    Names in lower case. A name that the query gives twice is never among them.
    """
    unsafe = personal(project, lineage, ("direct", "indirect")) | _made_of(lineage, lineage.lost, frozenset())
    try:
        origins = SqlReader(project).origins(sql)
    except LakevaultError:
        return set()
    return {
        column
        for column, places in origins.items()
        if not places & unsafe and all(table != LOST for table, _ in places)
    }


def _declared_none(project: Project) -> frozenset[Place]:
    return frozenset(
        (table.name, column.name)
        for table in project.tables.values()
        for column in table.columns.values()
        if column.meta.get("personal_data") == "none"
    )


def _made_of(lineage: Lineage, places: set[Place], others: frozenset[Place]) -> set[Place]:
    """The places, and all that are made of them otherwise than through others."""

    def origins(at: Place) -> list[Place]:
        return [origin for origin in lineage.origins.get(at, []) if origin not in others]

    return places | {place for place in lineage.origins if place not in others and reachable(place, origins) & places}


def _trace_table(table: Table, reader: "SqlReader", lineage: Lineage) -> None:
    try:
        found = reader.origins(table.sql, list(table.columns))
    except LakevaultError as error:
        lineage.untraced[table.name] = str(error)
        lineage.lost |= {(table.name, column) for column in table.columns}
        return
    for column in table.columns:
        place = (table.name, column)
        # An incremental model reads itself to see what is new; that is no origin.
        origins = sorted(origin for origin in found.get(column, ()) if origin[0] not in {table.name, LOST})
        lost = sorted(name for where, name in found.get(column, ()) if where == LOST)
        if origins:
            lineage.origins[place] = origins
        if column not in found and not column.startswith("dbt_"):
            lost = ["it is not an output of the SQL"]
        if lost:
            lineage.lost.add(place)
            lineage.notes[place] = f"not followed: {', '.join(lost)}"
        elif origins:
            continue
        elif column not in found:
            lineage.notes[place] = "set by dbt's snapshot"
        else:
            lineage.notes[place] = "made here: a constant, or counted"


class SqlReader:
    """Reads the columns of a query back to the columns of the tables that it reads."""

    def __init__(self, project: Project) -> None:
        self._tables = {table.relation.lower(): table for table in project.tables.values()}
        self._schema = MappingSchema(dialect="spark")
        for table in project.tables.values():
            if table.relation:
                columns = {name: column.type or "string" for name, column in table.columns.items()}
                self._schema.add_table(table.relation, columns or {"_": "string"}, dialect="spark")

    def origins(self, sql: str, columns: list[str] | None = None) -> dict[str, set[Place]]:
        """By output column of the query, the columns of known tables that its value is made of.

        Args:
            sql: a query in Spark's dialect.
            columns: only these output columns; all when left out.

        Raises:
            LakevaultError: it is not a query that sqlglot can parse.
        """
        try:
            query = qualify(
                _one_by_one(sqlglot.parse_one(sql, dialect="spark")),
                schema=self._schema,
                dialect="spark",
                validate_qualify_columns=False,
            )
            scope = build_scope(query)
        except (SqlglotError, RecursionError) as error:
            raise LakevaultError(f"the SQL could not be read: {str(error).splitlines()[0]}") from error
        if scope is None:
            raise LakevaultError("it is not a query")
        walker = _Walker(self._tables)
        outputs = [name.lower() for name in _names(query)]
        twice = {name for name in outputs if outputs.count(name) > 1}
        return {
            name: {(LOST, name)} if name in twice else walker.follow(scope, name, None)
            for name in outputs
            if columns is None or name in columns
        }


class _Walker:
    def __init__(self, tables: dict[str, Table]) -> None:
        self._tables = tables
        self._known: dict[tuple[int, str, str | None], set[Place]] = {}

    def follow(self, scope: Scope, column: str, member: str | None) -> set[Place]:
        """Origins of an output column of a scope; of a struct only those of one member, when it is given."""
        key = (id(scope), column, member)
        if key not in self._known:
            self._known[key] = set()
            self._known[key] = self._follow(scope, column, member)
        return self._known[key]

    def _follow(self, scope: Scope, column: str, member: str | None) -> set[Place]:
        if scope.set_operation_scopes:
            position = [name.lower() for name in _names(scope.set_operation_scopes[0].expression)].index(column)
            return {
                origin
                for part in scope.set_operation_scopes
                for origin in self.follow(part, _names(part.expression)[position].lower(), member)
            }
        projection = next((s for s in _selects(scope.expression) if s.alias_or_name.lower() == column), None)
        if projection is None:
            return self._member(scope, column)
        return self._origins(scope, projection, member)

    def _member(self, scope: Scope, column: str) -> set[Place]:
        """Origins of a column that comes out of `a_struct.*` or of `inline(array(struct(...)))`."""
        found = [self._origins(scope, part, column) for part in _unfolded(scope)]
        return set().union(*found) if found else {(LOST, column)}

    def _origins(self, scope: Scope, expression: exp.Expr, member: str | None) -> set[Place]:
        found: set[Place] = set()
        for part, inner in _parts(expression, member):
            found |= self._column(scope, part, inner) if isinstance(part, exp.Column) else self._query(scope, part)
        return found

    def _query(self, scope: Scope, query: exp.Expr) -> set[Place]:
        """Origins of all that a query inside an expression gives; of anything else that is no column, none is known."""
        bare = query.unnest() if isinstance(query, exp.Subquery) else query
        inner = next((each for each in scope.subquery_scopes if each.expression is bare), None)
        if inner is None:
            return {(LOST, query.sql("spark")[:60])}
        return set().union(*(self.follow(inner, name.lower(), None) for name in _names(query)))

    def _column(self, scope: Scope, column: exp.Column, member: str | None) -> set[Place]:
        name = column.name.lower()
        if isinstance(column.this, exp.Star):
            return {(LOST, column.sql("spark"))}
        if not column.table:
            # Not listed by any source: a member of a struct, which one of them unfolds.
            inner = [source for _, source in scope.selected_sources.values() if isinstance(source, Scope)]
            found = [self.follow(each, name, member) for each in inner if _gives(each, name)]
            return set().union(*found) if found else {(LOST, name)}
        source = scope.sources.get(column.table)
        if isinstance(source, Scope):
            if isinstance(source.expression, exp.Select | exp.SetOperation | exp.Subquery):
                return self.follow(source, name, member)
            # Rows made by explode and the like: their values come from its arguments.
            return self._origins(scope, source.expression, None)
        if isinstance(source, exp.Table):
            relation = f"{source.db}.{source.name}".lower()
            table = self._tables.get(relation)
            if table is None or name not in table.columns:
                return {(LOST, f"{relation}.{name}")}
            return {(table.name, name)}
        outer = scope.parent
        return self._column(outer, column, member) if outer is not None else {(LOST, f"{column.table}.{name}")}


def _one_by_one(query: exp.Expr) -> exp.Expr:
    """The query with `posexplode(items) as (position, item)` as a column for each name: all are made of the same."""
    for select in query.find_all(exp.Select):
        columns: list[exp.Expr] = []
        for part in select.expressions:
            if isinstance(part, exp.Aliases) and isinstance(part.this, exp.Posexplode):
                columns += [exp.alias_(part.this.copy(), each.name) for each in part.aliases]
            else:
                columns.append(part)
        select.set("expressions", columns)
    return query


def _gives(scope: Scope, column: str) -> bool:
    """Whether a scope has an output column of this name, or unfolds a struct that may have it."""
    selects = [part for each in [scope, *scope.set_operation_scopes] for part in _names(each.expression)]
    return column in [name.lower() for name in selects] or bool(_unfolded(scope))


def _unfolded(scope: Scope) -> list[exp.Expr]:
    """Structs whose members become columns of their own: `a_struct.*`, `inline(array(struct(...)))`."""
    if not isinstance(scope.expression, exp.Select):
        return []
    parts = [part.unalias() for part in _selects(scope.expression)]
    stars = [part.this for part in parts if isinstance(part, exp.Dot) and isinstance(part.expression, exp.Star)]
    return stars + [part for part in parts if isinstance(part, exp.Inline)]


def _selects(query: exp.Expr) -> list[exp.Expr]:
    """What a query selects."""
    return list(query.selects) if isinstance(query, exp.Query) else []


def _names(query: exp.Expr) -> list[str]:
    """Names of what a query selects."""
    return list(query.named_selects) if isinstance(query, exp.Query) else []


def _parts(expression: exp.Expr, member: str | None) -> Iterator[tuple[exp.Expr, str | None]]:
    """Columns in an expression, each with the member of it that is read; of a struct only the wanted member.

    Queries and stars inside it come as they are.
    """
    if isinstance(expression, exp.Column):
        yield expression, member
    elif isinstance(expression, exp.Dot) and isinstance(expression.this, exp.Expr):
        yield from _parts(expression.this, expression.expression.name.lower())
    elif isinstance(expression, exp.Struct) and member:
        for entry in expression.expressions:
            if entry.alias_or_name.lower() == member or (isinstance(entry, exp.PropertyEQ) and entry.name == member):
                yield from _parts(entry.unalias(), None)
    elif isinstance(expression, exp.Query | exp.Star):
        yield expression, None
    elif isinstance(expression, exp.Count) and isinstance(expression.this, exp.Star):
        return
    else:
        for child in expression.iter_expressions():
            yield from _parts(child, member)
