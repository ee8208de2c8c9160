"""given the charts of the site, when Vega-Lite draws them from rows of their columns, then every row is a mark, and none needs more than it has."""

import re
from types import SimpleNamespace

import pytest
import sqlglot
import vl_convert

from lakevault.site.charts import CHARTS, Chart
from lakevault.site.numbers import spec_of

TEXTS = {
    "began_in",
    "promotion_bk",
    "campaign_type",
    "promoted_product_type",
    "other_product_type",
    "promoted_product_bk",
    "other_product_bk",
}
METRICS = SimpleNamespace(
    all=[SimpleNamespace(name=name, label=f"Label of {name}") for chart in CHARTS for name in chart.metrics]
)


def columns(chart: Chart) -> list[str]:
    if chart.sql:
        return [column.alias_or_name for column in sqlglot.parse_one(chart.sql, "duckdb").selects]
    return [*chart.by, *chart.metrics]


def rows(chart: Chart) -> list[dict[str, object]]:
    """Three rows of the chart's columns."""

    def value(name: str, row: int) -> object:
        if name.startswith("metric_time"):
            return f"2017-0{row + 1}-01T00:00:00"
        return f"{name} {row}" if name in TEXTS or "__" in name else 10.0 + row

    return [{name: value(name, row) for name in columns(chart)} for row in range(3)]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.title)
def test_a_chart_draws_a_mark_for_every_row(chart):
    spec = spec_of(chart, METRICS, rows(chart)) | {"width": 400}
    drawn = vl_convert.vegalite_to_svg(spec)
    assert drawn.count('role="graphics-symbol"') >= 3
    assert "NaN" not in drawn and "undefined" not in drawn
    # People read labels, not the names of columns.
    for name in chart.metrics[:-1] if "fold" in str(chart.spec) else ():
        assert f">{name}<" not in drawn


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.title)
def test_a_chart_asks_for_every_column_that_it_draws_and_for_the_size_of_its_groups(chart):
    made = set(re.findall(r"'as': '(\w+)'", str(chart.spec))) | {"measure", "value"}
    drawn = set(fields(chart.spec)) - made
    assert drawn <= set(columns(chart))
    assert chart.group[0] in columns(chart)


def fields(spec: object) -> list[str]:
    """All columns that a chart names."""
    if isinstance(spec, dict):
        own = [spec["field"]] if "field" in spec else list(spec.get("fold", ()))
        return own + [name for value in spec.values() for name in fields(value)]
    return [name for value in spec for name in fields(value)] if isinstance(spec, list) else []
