"""The numbers of each subject as charts: metrics of the published Gold, drawn by Vega-Lite, each with its numbers as a table.

Charts show aggregates. A group of fewer than MINIMUM customers, baskets or visits is left out, and the page says how many were.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import sqlglot
import vl_convert

from lakevault.lake import delta, releases
from lakevault.serve.metrics import Answer, Metrics, shown
from lakevault.site.charts import CHARTS, MINIMUM, Chart, Spec, words
from lakevault.site.renderer import Renderer


@dataclass(frozen=True)
class Drawn:
    """A chart with its data: what the page needs; `headings` are the names of the columns in words."""

    chart: Chart
    headings: list[str]
    rows: list[list[str]]
    left_out: int
    spec: str = field(repr=False)


def write(lake: Path, artifacts: Path, renderer: Renderer) -> dict[str, str]:
    """Write a page for each subject that has charts, of the published release, or of Gold as it is when nothing was published.

    Returns:
        The pages by their titles, for the menu.
    """
    found = {each.number: each for each in releases.releases(lake)}
    release = found.get(releases.published(lake) or 0)
    metrics = Metrics(artifacts)
    subjects = {chart.subject: chart.subject.replace("_", " ").capitalize() for chart in CHARTS}
    (renderer.to / "assets").mkdir(parents=True, exist_ok=True)
    (renderer.to / "assets" / "vega.js").write_text(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
    for subject, title in subjects.items():
        charts = [_drawn(chart, metrics, lake, release) for chart in CHARTS if chart.subject == subject]
        renderer.render(
            "numbers.md",
            f"numbers/{subject}.md",
            title=title,
            subject=subject,
            subjects=subjects,
            totals=_totals(subject, metrics, lake, release),
            charts=charts,
            release=release,
            minimum=MINIMUM,
        )
    return {title: f"numbers/{subject}.md" for subject, title in subjects.items()}


def _totals(subject: str, metrics: Metrics, lake: Path, release: releases.Release | None) -> list[tuple[str, str, str]]:
    """Each metric of a subject over everything: its label, its value and what it means."""
    own = [metric for metric in metrics.all if metric.group == subject]
    answer = _answer(_duckdb(metrics.sql([metric.name for metric in own])), lake, release)
    values = dict(zip(answer.columns, answer.rows[0], strict=True))
    return [(metric.label, _text(metric.name, values[metric.name]), metric.description) for metric in own]


def _duckdb(sql: str) -> str:
    return sqlglot.transpile(sql, "databricks", "duckdb")[0]


def _text(column: str, value: object) -> str:
    """A value for people, a share as a percentage."""
    return f"{value:.1%}" if column.endswith("_rate") and isinstance(value, float | Decimal) else shown(value)


def _drawn(chart: Chart, metrics: Metrics, lake: Path, release: releases.Release | None) -> Drawn:
    sql = chart.sql or _duckdb(metrics.sql(chart.metrics, chart.by, chart.where, chart.by))
    answer = _answer(sql, lake, release)
    size = answer.columns.index(chart.group[0])
    # Nobody may be counted at all: a month to come has revenue, and no subscribers yet.
    rows = [row for row in answer.rows if (row[size] or 0) >= MINIMUM]
    data = [dict(zip(answer.columns, map(_plain, row), strict=True)) for row in rows]
    # Within a page of HTML nothing of it may look like the end of a script.
    text = json.dumps(spec_of(chart, metrics, data)).replace("</", "<\\/")
    labels = {metric.name: metric.label for metric in metrics.all}
    return Drawn(
        chart,
        [labels.get(name, words(name)) for name in answer.columns],
        [[_text(name, value) for name, value in zip(answer.columns, row, strict=True)] for row in rows],
        len(answer.rows) - len(rows),
        text,
    )


def spec_of(chart: Chart, metrics: Metrics, data: Sequence[dict[str, object]]) -> Spec:
    """The whole Vega-Lite of a chart, with its data and the labels of its metrics."""
    spec: Spec = {
        "data": {"values": data},
        "width": "container",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "description": f"{chart.title}. {chart.words}",
    } | chart.spec
    labels = json.dumps({metric.name: metric.label for metric in metrics.all if metric.name in chart.metrics})
    for channel, guide in (("color", "legend"), ("y", "axis")):
        shown_by = spec["encoding"].get(channel, {})
        if shown_by.get("field") == "measure":
            named = shown_by.get(guide, {}) | {"labelExpr": f"{labels}[datum.label]", "labelLimit": 300}
            spec["encoding"] = spec["encoding"] | {channel: shown_by | {guide: named}}
    return spec


def _answer(sql: str, lake: Path, release: releases.Release | None) -> Answer:
    """Rows of a query over the tables of Gold at a release, read without Spark."""
    schemas = (name.split(".") for name in delta.tables(lake) if name in sql)
    tables = [table for schema, table in schemas if schema == "gold"]
    with releases.opened(lake, release, tables) as connection:
        found = connection.execute(sql)
        return Answer([column[0] for column in found.description], found.fetchall())


def _plain(value: object) -> object:
    """A value as JSON has it."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date | datetime) else value
