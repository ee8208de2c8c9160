"""What Superset gets: the database, a dataset of each Gold table and of each chart, the charts of the site, a dashboard per subject.

A metric keeps its one definition: a dataset is the SQL that MetricFlow writes for a chart, and its values are not added up again.
Everything is a dictionary as Superset exports it, with an id made of its name, so that a second import replaces the first one.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import sqlglot
import yaml

from lakevault import files
from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import Project, Table, TableColumn
from lakevault.serve.metrics import Metrics
from lakevault.serve.server import HOST
from lakevault.site.charts import CHARTS, MINIMUM, Chart, words

Asset = dict[str, Any]
DATABASE = "lakevault"
SCHEMA = "gold"
# The version of Superset's export format. And changes are made here and not in Superset, which says so to those who try.
OURS = {"version": "1.0.0", "is_managed_externally": True}
# Width of a dashboard, and the height of its charts and of the words to them, in Superset's units.
WIDTH, HEIGHT, WORDS_HEIGHT = 12, 60, 8
TOTALS = "All measures"


def bundle(project: Project, metrics: Metrics, tables: Collection[str], port: int) -> dict[str, Asset]:
    """All assets by the path that each has in an export.

    Args:
        project: what dbt knows of the tables.
        metrics: of the project.
        tables: those of Gold that the release has.
        port: of the project's server, for JDBC.

    Raises:
        LakevaultError: a chart is drawn in a way that is not known here.
    """
    found: dict[str, Asset] = {
        "metadata.yaml": {"version": OURS["version"], "type": "assets"},
        f"databases/{DATABASE}.yaml": _database(port),
    }
    for table in sorted(project.tables.values(), key=lambda table: table.name):
        if table.layer == "Gold" and table.alias in tables:
            found[f"datasets/{DATABASE}/{table.alias}.yaml"] = _dataset_of_table(table)
    for subject in dict.fromkeys(chart.subject for chart in CHARTS):
        charts = []
        for dataset, meaning, form in _drawn(subject, project, metrics):
            name = _slug(dataset["table_name"])
            found[f"datasets/{DATABASE}/{name}.yaml"] = dataset
            found[f"charts/{name}.yaml"] = _chart(dataset, meaning, form)
            charts.append(found[f"charts/{name}.yaml"])
        found[f"dashboards/{subject}.yaml"] = _dashboard(subject, charts)
    return found


def address(subject: str, port: int) -> str:
    """Where a browser on this machine finds the dashboard of a subject."""
    return f"http://{HOST}:{port}/superset/dashboard/{subject}/"


def write(assets: dict[str, Asset], to: Path) -> None:
    """Write the assets as YAML, in place of all that the folder had."""
    for path in to.rglob("*.yaml"):
        path.unlink()
    for name, asset in assets.items():
        path = to / name
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, yaml.dump(asset, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines, such as SQL, line by line."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def _drawn(subject: str, project: Project, metrics: Metrics) -> Iterator[tuple[Asset, str, Asset]]:
    """The dataset of each chart of a subject, how to read it, and what is drawn."""
    for chart in CHARTS:
        if chart.subject == subject:
            form = _form(chart)
            yield _dataset_of_chart(chart, form, project, metrics), chart.words, form
    totals = _dataset_of_totals(subject, metrics)
    yield totals, totals["description"], _rows_of(totals)


def _id(kind: str, name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"lakevault/superset/{kind}/{name}"))


def _slug(title: str) -> str:
    return re.sub(r"\W+", "_", title.lower()).strip("_")


def _title(subject: str) -> str:
    return subject.replace("_", " ")


def _briefly(description: str) -> str:
    """The first paragraph of a description; the site has all of it."""
    return " ".join(description.split("\n\n")[0].split())


def _format(column: str) -> str:
    """How a value is written, in d3's words: a share as a percentage, other numbers with at most two decimals."""
    return ".1%" if column.endswith("_rate") else ",.2~f"


def _database(port: int) -> Asset:
    return OURS | {
        "database_name": DATABASE,
        "uuid": _id("database", DATABASE),
        "sqlalchemy_uri": f"hive://{HOST}:{port}/{SCHEMA}",
        "expose_in_sqllab": True,
        "allow_dml": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "extra": {},
    }


def _dataset(name: str, description: str, sql: str | None, columns: list[Asset], metrics: list[Asset]) -> Asset:
    return OURS | {
        "table_name": name,
        "schema": SCHEMA,
        "sql": sql,
        "description": description,
        "uuid": _id("dataset", name),
        "database_uuid": _id("database", DATABASE),
        "columns": columns,
        "metrics": metrics,
    }


def _dataset_of_table(table: Table) -> Asset:
    return _dataset(
        table.alias,
        _briefly(table.description),
        None,
        [_column(column) for column in table.columns.values()],
        [_metric("row_count", "Rows", "Rows of the table.", "count(*)")],
    )


def _dataset_of_chart(chart: Chart, form: Asset, project: Project, metrics: Metrics) -> Asset:
    """The rows of a chart. As on the site, groups of few are left out."""
    group, people = chart.group
    if chart.sql:
        query = _query(chart)
        asked = query.sql("databricks", pretty=True)
        known = _columns_in(query, project)
        dimensions = list(chart.by) or [name for name in query.named_selects if known[name].type == "string"]
        columns = [_column(known[name]) if name in known else _new_column(name) for name in dimensions]
        columns += list(_calculated(chart))
    else:
        asked = metrics.sql(chart.metrics, chart.by, chart.where)
        known = {}
        dimensions = list(chart.by)
        columns = [_new_column(name) for name in dimensions]
    described = {name: (words(name), _briefly(column.description)) for name, column in known.items()} | {
        metric.name: (metric.label, metric.description) for metric in metrics.all
    }
    description = (
        f"{chart.words} A row stands for one {', '.join(map(words, dimensions))}. Groups of fewer than {MINIMUM} {people} are left out. "
        "Values are calculated for each row and cannot be added up: several rows together have none."
    )
    return _dataset(
        chart.title,
        description,
        f"select *\nfrom (\n{asked}\n) as asked\nwhere {group} >= {MINIMUM}",
        columns,
        [
            _metric(name, *described[name], f"-{_value(name)}" if name in chart.less else _value(name))
            for name in dict.fromkeys([*measures_of(form), group])
        ],
    )


def _query(chart: Chart) -> sqlglot.exp.Select:
    return sqlglot.parse_one(chart.sql, dialect="duckdb", into=sqlglot.exp.Select)


def _columns_in(query: sqlglot.exp.Select, project: Project) -> dict[str, TableColumn]:
    """Columns of the Gold tables that a query reads."""
    tables = [project.by_name[table.name] for table in query.find_all(sqlglot.exp.Table)]
    return {name: column for table in tables for name, column in table.columns.items()}


def _calculated(chart: Chart) -> Iterator[Asset]:
    """Columns that Vega-Lite makes of texts."""
    for step in chart.spec.get("transform", ()):
        if "calculate" in step:
            parts = re.findall(r"datum\.(\w+)|('[^']*')", step["calculate"])
            yield _new_column(step["as"], f"concat({', '.join(column or text for column, text in parts)})")


def _dataset_of_totals(subject: str, metrics: Metrics) -> Asset:
    own = [metric for metric in metrics.all if metric.group == subject]
    return _dataset(
        f"{TOTALS} of {_title(subject)}",
        f"The metrics of {_title(subject)} over everything that the release has.",
        metrics.sql([metric.name for metric in own]),
        [_new_column("period", "'everything'")],
        [_metric(metric.name, metric.label, metric.description, _value(metric.name)) for metric in own],
    )


def _column(column: TableColumn) -> Asset:
    return _new_column(column.name) | {
        "type": column.type.upper(),
        "is_dttm": column.type in ("date", "timestamp"),
        "description": _briefly(column.description),
    }


def _new_column(name: str, expression: str | None = None) -> Asset:
    is_time = name.startswith("metric_time")
    return {
        "column_name": name,
        "verbose_name": words(name),
        "type": "TIMESTAMP" if is_time else "STRING",
        "is_dttm": is_time,
        "groupby": True,
        "filterable": True,
        "expression": expression,
    }


def _metric(name: str, label: str, description: str, expression: str) -> Asset:
    return {
        "metric_name": name,
        "verbose_name": label,
        "description": description,
        "expression": expression,
        "d3format": _format(name),
    }


def _value(name: str) -> str:
    """The value of one row. Rates and distinct counts cannot be added up, so several rows have none."""
    return f"case when count(*) = 1 then max({name}) end"


def _form(chart: Chart) -> Asset:
    """What Superset draws: the chart of the site in Superset's words.

    Raises LakevaultError when it is drawn in a way that is not known here.
    """
    marks = [layer["mark"]["type"] for layer in chart.spec.get("layer", [chart.spec])]
    encoding = chart.spec["encoding"]
    folded = [name for step in chart.spec.get("transform", ()) for name in step.get("fold", ())]
    match marks:
        case ["line"] if folded:
            return _series("echarts_timeseries_line", folded, encoding["x"], encoding["y"]) | {"markerEnabled": True}
        case ["bar"] if "metric_time" in encoding["x"]["field"]:
            return _series("echarts_timeseries_bar", folded, encoding["x"], encoding["y"]) | {"stack": "Stack"}
        case ["bar"] if encoding["y"]["field"] == "measure":
            # Bars that begin where another one ends are not among Superset's: here all begin at zero.
            year = {"field": chart.by[0], "title": ""}
            return _series("echarts_timeseries_bar", folded, year, encoding["x"])
        case ["bar"]:
            measures = folded or [encoding["x"]["field"]]
            # The bar that the site has at the top is drawn last.
            order = {} if folded else {"x_axis_sort": measures[0], "x_axis_sort_asc": True}
            bars = _series("echarts_timeseries_bar", measures, encoding["y"], encoding["x"])
            # The names beside the bars leave no room for a title.
            return bars | order | {"orientation": "horizontal", "x_axis_title": "", "show_legend": len(measures) > 1}
        case ["rule", "rule", "point"]:
            interval, point = (layer["encoding"] for layer in chart.spec["layer"][1:])
            measures = [interval["x"]["field"], point["x"]["field"], interval["x2"]["field"]]
            order = {"x_axis_sort": measures[1], "x_axis_sort_asc": False}
            return (
                _series("echarts_timeseries_scatter", measures, encoding["y"], point["x"]) | order | {"markerSize": 10}
            )
        case ["point"]:
            return _bubbles(chart)
        case ["rect"]:
            return _heat_map(encoding)
    raise LakevaultError(
        f"{chart.title}: marks {', '.join(marks)} have no counterpart in src/lakevault/superset/assets.py."
    )


def _series(kind: str, measures: Sequence[str], by: Asset, value: Asset) -> Asset:
    """A chart of measures along one column."""
    return {
        "viz_type": kind,
        "x_axis": by["field"],
        "metrics": list(measures),
        "groupby": [],
        "x_axis_sort_asc": True,
        "x_axis_time_format": "%Y-%m",
        "x_axis_title": by["title"],
        "x_axis_title_margin": 30,
        "y_axis_title": value["title"],
        "y_axis_title_margin": 50,
        "y_axis_title_position": "Left",
        "y_axis_format": value.get("axis", {}).get("format", ",.2~f"),
        "truncateYAxis": False,
        "row_limit": 1000,
        "rich_tooltip": True,
        "show_legend": True,
        "legendOrientation": "bottom",
        "legendType": "plain",
    }


def _bubbles(chart: Chart) -> Asset:
    encoding = chart.spec["encoding"]
    return {
        "viz_type": "bubble_v2",
        "entity": _query(chart).named_selects[0],
        "series": encoding["color"]["field"],
        "x": encoding["x"]["field"],
        "y": encoding["y"]["field"],
        "size": chart.group[0],
        "max_bubble_size": "25",
        "x_axis_label": encoding["x"]["title"],
        "x_axis_title_margin": 30,
        "y_axis_label": encoding["y"]["title"],
        "y_axis_title_margin": 50,
        "xAxisFormat": ",.2~f",
        "y_axis_format": ",.2~f",
        "tooltipSizeFormat": ",.2~f",
        "truncateYAxis": False,
        "row_limit": 1000,
        "show_legend": True,
        "legendOrientation": "bottom",
        "legendType": "plain",
    }


def _heat_map(encoding: Asset) -> Asset:
    return {
        "viz_type": "heatmap_v2",
        "x_axis": encoding["x"]["field"],
        "groupby": encoding["y"]["field"],
        "metric": encoding["color"]["field"],
        "sort_x_axis": "alpha_asc",
        "sort_y_axis": "alpha_desc",
        "normalize_across": "heatmap",
        "legend_type": "continuous",
        "linear_color_scheme": "superset_seq_1",
        "xscale_interval": 1,
        "yscale_interval": 1,
        "y_axis_format": encoding["color"]["legend"]["format"],
        "show_legend": True,
        "show_values": True,
        "row_limit": 1000,
    }


def measures_of(form: Asset) -> list[str]:
    """The metrics that a chart of Superset shows."""
    return form.get("metrics") or [form[name] for name in ("x", "y", "size", "metric") if name in form]


def _rows_of(totals: Asset) -> Asset:
    """A table with a line for each metric."""
    return {
        "viz_type": "pivot_table_v2",
        "metrics": [metric["metric_name"] for metric in totals["metrics"]],
        "groupbyRows": [],
        # Without a column, its heading would be "Total (Sum)", which a rate is not.
        "groupbyColumns": ["period"],
        "metricsLayout": "ROWS",
        "aggregateFunction": "Sum",
        "row_limit": 1000,
        "valueFormat": "SMART_NUMBER",
    }


def _chart(dataset: Asset, meaning: str, form: Asset) -> Asset:
    title = dataset["table_name"]
    return OURS | {
        "slice_name": title,
        "description": meaning,
        "viz_type": form["viz_type"],
        "params": form,
        "uuid": _id("chart", title),
        "dataset_uuid": dataset["uuid"],
    }


def _dashboard(subject: str, charts: Sequence[Asset]) -> Asset:
    """The charts one below the other, each after the words that say how to read it."""
    title = f"{_title(subject).capitalize()} in numbers"
    position: Asset = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": title}},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
    }

    def add(kind: str, number: int, height: int, what: Asset) -> None:
        """A cell in a row of its own."""
        row, cell = f"ROW-{kind}-{number}", f"{kind}-{number}"
        position["GRID_ID"]["children"].append(row)
        parents = ["ROOT_ID", "GRID_ID"]
        style = {"background": "BACKGROUND_TRANSPARENT"}
        position[row] = {"type": "ROW", "id": row, "children": [cell], "parents": parents, "meta": style}
        meta = {"width": WIDTH, "height": height} | what
        position[cell] = {"type": kind, "id": cell, "children": [], "parents": [*parents, row], "meta": meta}

    for number, chart in enumerate(charts, 1):
        add("MARKDOWN", number, WORDS_HEIGHT, {"code": chart["description"]})
        # Superset puts its own number in place of this chartId.
        add("CHART", number, HEIGHT, {"chartId": number, "uuid": chart["uuid"], "sliceName": chart["slice_name"]})
    return OURS | {
        "dashboard_title": title,
        "description": f"The charts of the page Numbers, {_title(subject)}, of the site, from the same metrics.",
        "slug": subject,
        "uuid": _id("dashboard", subject),
        "published": True,
        "position": position,
        "metadata": {"cross_filters_enabled": False},
    }
