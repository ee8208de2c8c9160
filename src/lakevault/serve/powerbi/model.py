"""The semantic model: tables, columns and relationships of Gold as Power BI wants them, and a measure for each metric."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import Metric, Project, SemanticModel, Table, TableColumn
from lakevault.serve.powerbi import dax

# Measures stand in a table of their own, so that nobody has to know which fact a metric is made of.
MEASURES = "Metrics"
# Features and labels: programs read them, and nobody makes a report of them.
FOR_PROGRAMS = ("ftr_", "lbl_")
MONEY, WHOLE, RATE = dax.FORMATS["money"], dax.FORMATS["whole"], dax.FORMATS["rate"]
TYPES = {
    "string": "string",
    "boolean": "boolean",
    "tinyint": "int64",
    "smallint": "int64",
    "int": "int64",
    "bigint": "int64",
    "float": "double",
    "double": "double",
    "date": "dateTime",
    "timestamp": "dateTime",
}
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_VERSION = ("valid_from", "valid_to", "first_known_at", "is_current", "is_deleted")


@dataclass(frozen=True)
class Column:
    """A column of the model.

    Attributes:
        sort_by: the column that its values are sorted by, if not by themselves.
        is_day: whether it is the day of a calendar.
    """

    name: str
    type: str
    description: str
    format: str
    folder: str
    is_hidden: bool
    sort_by: str
    is_day: bool


@dataclass(frozen=True)
class ModelTable:
    """A table of the model: one of Gold, all rows and the columns that somebody can use."""

    name: str
    description: str
    columns: list[Column]

    @property
    def day(self) -> str:
        """The column with the day, if it is the calendar."""
        return next((column.name for column in self.columns if column.is_day), "")


@dataclass(frozen=True)
class Relationship:
    """Many rows of one table to one of another. Of several between two tables Power BI follows the active one."""

    table: str
    column: str
    to_table: str
    to_column: str
    is_active: bool


@dataclass(frozen=True)
class Measure:
    """A metric in DAX."""

    name: str
    metric: str
    dax: str
    description: str
    format: str
    folder: str


@dataclass(frozen=True)
class Model:
    """All of it, in a fixed order."""

    tables: list[ModelTable]
    relationships: list[Relationship]
    measures: list[Measure]

    def columns(self) -> set[tuple[str, str]]:
        """Tables and columns that there are."""
        return {(table.name, column.name) for table in self.tables for column in table.columns}


def read(project: Project) -> Model:
    """The model of a project.

    Raises LakevaultError when something of Gold or of the metrics has no place in Power BI; nothing is left out in silence.
    """
    gold = sorted(
        (each for each in project.tables.values() if each.layer == "Gold" and not each.alias.startswith(FOR_PROGRAMS)),
        key=lambda table: table.alias,
    )
    names = {table.name: table.alias for table in gold}
    for model in project.semantic_models:
        if model.table not in names:
            raise LakevaultError(
                f"the semantic model {model.name} is made of {model.table}, which is no table of Gold."
            )
    relationships = _relationships(gold, project.semantic_models)
    active = {(each.table, each.column, each.to_table) for each in relationships if each.is_active}
    formulas = dax.Formulas(project, names, active, _day(gold))
    measures = _measures(project.metrics, formulas)
    joined = {end for each in relationships for end in ((each.table, each.column), (each.to_table, each.to_column))}
    tables = [_table(table, joined, formulas.columns) for table in gold]
    return Model(tables, relationships, measures)


def _day(gold: Iterable[Table]) -> tuple[str, str]:
    """The calendar, a table that dbt knows as time spine, and its column with the day."""
    found = [(table.alias, table.day_column) for table in gold if table.day_column]
    if len(found) != 1:
        raise LakevaultError(
            f"Power BI needs one calendar, a table of Gold with time_spine in its .yml; there are {len(found)}."
        )
    return found[0]


def _measures(metrics: Iterable[Metric], formulas: dax.Formulas) -> list[Measure]:
    found: dict[str, Measure] = {}
    for metric in metrics:
        if metric.label.lower() in found:
            raise LakevaultError(
                f"the metrics {found[metric.label.lower()].metric} and {metric.name} have the same label, {metric.label}; "
                "Power BI needs a name for each."
            )
        found[metric.label.lower()] = Measure(
            name=metric.label,
            metric=metric.name,
            dax=formulas.of(metric.name),
            description=f"{metric.description} (Metric {metric.name}.)",
            format=str(metric.meta.get("format") or dax.FORMATS.get(formulas.unit(metric.name), "")),
            folder=metric.group.replace("_", " ").capitalize(),
        )
    return list(found.values())


def _relationships(gold: list[Table], semantic_models: Iterable[SemanticModel]) -> list[Relationship]:
    """Foreign keys, and the day by which metrics of a table go, where that is no foreign key."""
    tables = {table.name: table for table in gold}
    calendar, day = _day(gold)
    found: list[Relationship] = []
    for table in gold:
        pairs = []
        for key in table.keys:
            if key.kind != "foreign":
                continue
            if key.to not in tables or len(key.columns) != 1:
                raise LakevaultError(
                    f"{table.name}: the foreign key {', '.join(key.columns)} to {key.to} cannot be a relationship in Power BI, "
                    "which joins two tables of Gold on one column."
                )
            pairs.append((key.columns[0], tables[key.to].alias, key.to_columns[0]))
        for model in semantic_models:
            if model.table == table.name:
                pairs += [
                    (column, calendar, day)
                    for column in sorted({model.dimensions.get(measure.time, "") for measure in model.measures})
                    if column in table.columns and table.columns[column].type == "date"
                ]
        seen: set[str] = set()
        # A key that has the name of the key it points to comes before a role of it.
        for column, to_table, to_column in sorted(dict.fromkeys(pairs), key=lambda pair: pair[0] != pair[2]):
            found.append(Relationship(table.alias, column, to_table, to_column, to_table not in seen))
            seen.add(to_table)
    return found


def _table(table: Table, joined: set[tuple[str, str]], measured: set[tuple[str, str]]) -> ModelTable:
    columns = [
        _column(table, column, (table.alias, name) in joined)
        for name, column in table.columns.items()
        # A fact's own hash has as many values as rows and joins nothing: it would be most of what an import weighs.
        if not name.endswith("_hk") or (table.alias, name) in joined | measured
    ]
    description = " ".join(table.description.split())
    if table.day_column:
        description += " Here without the unknown member: what has no day joins the blank row."
    return ModelTable(table.alias, description, columns)


def _column(table: Table, column: TableColumn, is_joined: bool) -> Column:
    name, kind = column.name, _type(table, column)
    sort_by = f"{name}_order" if f"{name}_order" in table.columns else ""
    sorts = name.endswith("_order") and name.removesuffix("_order") in table.columns
    versioned = "valid_from" in table.columns and name in _VERSION
    is_day = name == table.day_column
    return Column(
        name=name,
        type=kind,
        description=" ".join(column.description.split()),
        format=str(column.meta.get("format") or _format(column, kind)),
        folder="Version" if versioned else "",
        # Of the calendar's two keys people need the day.
        is_hidden=not is_day and ((is_joined and column.type != "date") or name.endswith(("_hk", "_sk")) or sorts),
        sort_by=sort_by,
        is_day=is_day,
    )


def _type(table: Table, column: TableColumn) -> str:
    kind = column.type.replace(" ", "").lower()
    if decimal := _DECIMAL.fullmatch(kind):
        digits, scale = int(decimal[1]), int(decimal[2])
        # Power BI's decimal has 19 digits, four of them behind the point.
        return "decimal" if scale <= 4 and digits - scale <= 14 else "double"
    if kind not in TYPES:
        raise LakevaultError(
            f"{table.name}.{column.name} has the type {column.type or 'unknown'}, which Power BI lacks."
        )
    return TYPES[kind]


def _format(column: TableColumn, kind: str) -> str:
    if kind == "dateTime":
        return "yyyy-mm-dd" if column.type == "date" else "yyyy-mm-dd hh:nn:ss"
    if kind == "int64":
        return WHOLE if re.search(r"(^|_)(count|quantity)(_|$)", column.name) else "0"
    if kind in ("decimal", "double"):
        if column.name.endswith("_rate"):
            return RATE
        if re.search(r"(^|_)amount(_|$)", column.name):
            return MONEY
        decimal = _DECIMAL.fullmatch(column.type.replace(" ", "").lower())
        return "0." + "0" * (int(decimal[2]) if decimal else 2)
    return ""
