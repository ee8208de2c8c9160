"""The semantic model as text: the files of a TMDL folder."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from lakevault.errors import LakevaultError
from lakevault.paths import PUBLISHED
from lakevault.serve.powerbi.model import MEASURES, Measure, Model, ModelTable, Relationship

# What a file calls itself has to be the same each time that it is written.
_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "https://lakevault.example/powerbi")
# The unknown member of the calendar. Power BI wants its days without a gap; what has no day joins the blank row instead.
UNKNOWN_DAY = "#date(1900, 1, 1)"
# The expression in M that all tables read: a list of the tables of Gold.
GOLD = "Gold"


@dataclass(frozen=True)
class Source:
    """Where Power BI reads Gold: values of its parameters, by name, and the M that lists the tables.

    Only one connector stands in a model. The Power BI service asks for the credentials of every one that it finds.
    """

    parameters: dict[str, str]
    m: tuple[str, ...]


def local_server(server: str, schema: str) -> Source:
    """The server of `lakevault serve`: Spark's Thrift server, whose connector lists one catalog, and its schemas there."""
    return Source(
        {"Server": server, "Schema": schema or "gold"},
        (
            "let",
            "    Catalogs = ApacheSpark.Tables(Server, SparkProtocol.Standard, [BatchSize = null]),",
            '    Tables = Catalogs{0}[Data]{[Name = Schema, Kind = "Schema"]}[Data]',
            "in",
            "    Tables",
        ),
    )


def databricks(host: str, http_path: str, catalog: str, schema: str) -> Source:
    """A SQL warehouse of Databricks, where the published release is a schema.

    Raises LakevaultError when host, path or catalog is empty.
    """
    if not (host and http_path and catalog):
        raise LakevaultError(
            "a warehouse of Databricks has a host, an HTTP path and a catalog: name them with --host, --http-path and --catalog, "
            "or DATABRICKS_HOST, DATABRICKS_HTTP_PATH and DATABRICKS_CATALOG."
        )
    return Source(
        {"Host": host, "HttpPath": http_path, "Catalog": catalog, "Schema": schema or PUBLISHED},
        (
            "let",
            "    Catalogs = Databricks.Catalogs(Host, HttpPath, [Catalog = null, Database = null, EnableAutomaticProxyDiscovery = null]),",
            '    Tables = Catalogs{[Name = Catalog, Kind = "Database"]}[Data]{[Name = Schema, Kind = "Schema"]}[Data]',
            "in",
            "    Tables",
        ),
    )


def stable_id(*names: str) -> str:
    """The same identifier for the same names."""
    return str(uuid.uuid5(_NAMES, "/".join(names)))


def files(model: Model, source: Source) -> dict[str, str]:
    """Texts of the model's files, by their path below definition/."""
    found = {
        "database.tmdl": "database\n\tcompatibilityLevel: 1600\n",
        "model.tmdl": _model(model),
        "expressions.tmdl": _expressions(source),
        "relationships.tmdl": "\n".join(map(_relationship, model.relationships)),
        f"tables/{MEASURES}.tmdl": _measures(model.measures),
    }
    return found | {f"tables/{table.name}.tmdl": _table(table) for table in model.tables}


def _model(model: Model) -> str:
    names = [MEASURES, *(table.name for table in model.tables)]
    return _lines(
        "model Model",
        "\tculture: en-US",
        "\tdefaultPowerBIDataSourceVersion: powerBI_V3",
        "\tsourceQueryCulture: en-US",
        "\tdataAccessOptions",
        "\t\tlegacyRedirects",
        "\t\treturnErrorValuesAsNull",
        "",
        # Off: there is a calendar, and each date would get a hidden one of its own.
        "annotation __PBI_TimeIntelligenceEnabled = 0",
        "",
        *(f"ref table {_name(each)}" for each in names),
    )


def _expressions(source: Source) -> str:
    parameters = [
        _lines(
            f'expression {name} = {_text(value)} meta [IsParameterQuery = true, Type = "Text", IsParameterQueryRequired = true]',
            f"\tlineageTag: {stable_id('expression', name)}",
        )
        for name, value in source.parameters.items()
    ]
    tables = _lines(
        "/// The tables of Gold, as the connector lists them. If a connector lists them otherwise, this is the one place to change.",
        f"expression {GOLD} =",
        *(f"\t\t{line}" for line in source.m),
        f"\tlineageTag: {stable_id('expression', GOLD)}",
    )
    return "\n".join([*parameters, tables])


def _relationship(each: Relationship) -> str:
    name = stable_id("relationship", each.table, each.column, each.to_table, each.to_column)
    return _lines(
        f"relationship {name}",
        *(["\tisActive: false"] if not each.is_active else []),
        f"\tfromColumn: {_name(each.table)}.{_name(each.column)}",
        f"\ttoColumn: {_name(each.to_table)}.{_name(each.to_column)}",
    )


def _measures(measures: Iterable[Measure]) -> str:
    found = [
        "/// The metrics of the business, defined once in the project: `lakevault metrics list`.",
        f"table {MEASURES}",
        f"\tlineageTag: {stable_id(MEASURES)}",
        "",
    ]
    for each in measures:
        found += [
            f"\t/// {each.description}",
            f"\tmeasure {_name(each.name)} = {each.dax}",
            *([f"\t\tformatString: {each.format}"] if each.format else []),
            f"\t\tdisplayFolder: {each.folder}",
            f"\t\tlineageTag: {stable_id('metric', each.metric)}",
            "",
        ]
    # A table has to have a column and rows from somewhere.
    found += [
        "\tcolumn Nothing",
        "\t\tdataType: string",
        "\t\tisHidden",
        f"\t\tlineageTag: {stable_id(MEASURES, 'Nothing')}",
        "\t\tsummarizeBy: none",
        "\t\tsourceColumn: Nothing",
        "",
        f"\tpartition {MEASURES} = m",
        "\t\tmode: import",
        "\t\tsource = #table(type table [Nothing = text], {})",
    ]
    return _lines(*found)


def _table(table: ModelTable) -> str:
    found = [
        f"/// {table.description}",
        f"table {_name(table.name)}",
        f"\tlineageTag: {stable_id(table.name)}",
        *(["\tdataCategory: Time"] if table.day else []),
        "",
    ]
    for each in table.columns:
        found += [
            f"\t/// {each.description}",
            f"\tcolumn {_name(each.name)}",
            f"\t\tdataType: {each.type}",
            *(["\t\tisHidden"] if each.is_hidden else []),
            *(["\t\tisKey"] if each.is_day else []),
            *([f"\t\tformatString: {each.format}"] if each.format else []),
            *([f"\t\tdisplayFolder: {each.folder}"] if each.folder else []),
            f"\t\tlineageTag: {stable_id(table.name, each.name)}",
            # Sums of a column would be measures that nobody defined.
            "\t\tsummarizeBy: none",
            f"\t\tsourceColumn: {each.name}",
            *([f"\t\tsortByColumn: {_name(each.sort_by)}"] if each.sort_by else []),
            "",
        ]
    return _lines(
        *found,
        f"\tpartition {_name(table.name)} = m",
        "\t\tmode: import",
        "\t\tsource =",
        *(f"\t\t\t\t{line}" for line in _rows(table)),
    )


def _rows(table: ModelTable) -> list[str]:
    """The M of a table: its rows, and of its columns those of the model."""
    columns = ", ".join(_text(column.name) for column in table.columns)
    found = [
        "let",
        f"    Rows = {GOLD}{{[Name = {_text(table.name)}]}}[Data],",
        f"    Columns = Table.SelectColumns(Rows, {{{columns}}})",
    ]
    if table.day:
        found[-1] += ","
        found.append(f"    Days = Table.SelectRows(Columns, each [{table.day}] > {UNKNOWN_DAY})")
    return [*found, "in", "    Days" if table.day else "    Columns"]


def _name(text: str) -> str:
    """A name in TMDL: in quotes unless it is one word."""
    return text if re.fullmatch(r"\w+", text) else "'" + text.replace("'", "''") + "'"


def _text(text: str) -> str:
    """A text in M."""
    return '"' + text.replace('"', '""') + '"'


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
