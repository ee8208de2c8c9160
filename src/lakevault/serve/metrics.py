"""Metrics, defined once in models/gold/<subject>/_<subject>__metrics.yml and calculated by MetricFlow on the published Gold."""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from lakevault.errors import LakevaultError
from lakevault.lake import releases
from lakevault.metadata.artifacts import Project
from lakevault.serve import server

if TYPE_CHECKING:
    from metricflow.engine.metricflow_engine import MetricFlowEngine

GRAINS = ("day", "week", "month", "quarter", "year")
_TIME = re.compile(rf"\w+__({'|'.join(GRAINS)})")


@dataclass(frozen=True)
class Answer:
    """Names and rows of a query."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


class Metrics:
    """The metrics of the project.

    Args:
        target: dbt's target folder with semantic_manifest.json and manifest.json.

    Raises:
        LakevaultError: there are none.
    """

    def __init__(self, target: Path) -> None:
        self.all = Project(target).metrics
        self._path = target / "semantic_manifest.json"
        if not self._path.is_file():
            raise LakevaultError(f"there is no {self._path}: run `dbt parse`.")

    def dimensions(self, metric: str) -> list[str]:
        """What a metric can be grouped by. Raises LakevaultError when there is no such metric."""
        self._check([metric])
        found = self._engine.simple_dimensions_for_metrics([metric])
        return sorted({dimension.granularity_free_dunder_name for dimension in found})

    def sql(
        self,
        metrics: Sequence[str],
        by: Sequence[str] = (),
        where: Sequence[str] = (),
        order: Sequence[str] = (),
        limit: int | None = None,
    ) -> str:
        """The SQL of a query.

        Args:
            metrics: names of metrics.
            by: what to group by: metric_time__month, product__department.
            where: conditions on such names: product__department = 'GROCERY'.
            order: names to sort by; with a hyphen in front, from high to low.
            limit: at most so many rows.

        Raises LakevaultError when a name is not known, or cannot be combined with the metrics.
        """
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        self._check(metrics)
        common = set.intersection(*(set(self.dimensions(metric)) for metric in metrics))
        for name in by:
            if name not in common and not (_TIME.fullmatch(name) and name.rpartition("__")[0] in common):
                raise LakevaultError(
                    f"{' and '.join(metrics)} cannot be grouped by {name}. What can be: {', '.join(sorted(common))}; a time also by "
                    f"{', '.join(GRAINS)}, as in metric_time__month."
                )
        request = MetricFlowQueryRequest.create(
            metric_names=list(metrics),
            group_by_names=list(by),
            where_constraints=[_condition(each, common) for each in where] or None,
            order_by_names=list(order) or None,
            limit=limit,
        )
        try:
            return self._engine.explain(request).sql_statement.without_descriptions.sql
        # MetricFlow has a family of errors for its users, and asserts for the rest.
        except Exception as error:
            raise LakevaultError(f"the metrics cannot be queried like that: {_first_words(error)}") from error

    def _check(self, names: Sequence[str]) -> None:
        from difflib import get_close_matches

        known = [metric.name for metric in self.all]
        for name in names:
            if name not in known:
                close = get_close_matches(name, known, 3) or known
                raise LakevaultError(
                    f"there is no metric {name}; close to it: {', '.join(close)} (`lakevault metrics list`)."
                )

    @cached_property
    def _engine(self) -> "MetricFlowEngine":
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow.protocols.sql_client import SqlEngine
        from metricflow.sql.render.databricks import DatabricksSqlPlanRenderer
        from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

        manifest = parse_manifest_from_dbt_generated_manifest(self._path.read_text())
        # It only writes SQL, that of Databricks, which Spark understands; others run it.
        client = SimpleNamespace(sql_engine_type=SqlEngine.DATABRICKS, sql_plan_renderer=DatabricksSqlPlanRenderer())
        return MetricFlowEngine(SemanticManifestLookup(manifest), client)


def _condition(text: str, names: set[str]) -> str:
    """A condition as MetricFlow wants it: with a call for each name."""

    def called(found: re.Match[str]) -> str:
        name = found[0]
        base, _, grain = name.rpartition("__")
        if name in names and name != "metric_time":
            return f"{{{{ Dimension('{name}') }}}}"
        if name == "metric_time" or (base in names and grain in GRAINS):
            return f"{{{{ TimeDimension('{base or name}', '{grain if base else 'day'}') }}}}"
        return name

    return re.sub(r"\b[a-z]\w*\b", called, text)


def calculate(sql: str, lake: Path, number: int | None) -> Answer:
    """Run the SQL of a query on a release of Gold, by default the published one. No lock is needed.

    Raises LakevaultError when it is not there.
    """
    release = releases.chosen(lake, number)
    with tempfile.TemporaryDirectory(prefix="lakevault-metrics-") as folder:
        spark = server.session(lake, Path(folder))
        try:
            spark.sql("create database gold")
            for name, version in release.versions.items():
                if f"gold.{name}" in sql:
                    spark.sql(f"create view gold.{name} as {server.select_of(lake, name, version)}")
            frame = spark.sql(sql)
            return Answer(frame.columns, [tuple(row) for row in frame.collect()])
        finally:
            spark.stop()


def shown(value: object) -> str:
    """A value of an answer for people: money with cents, rates with four digits, a midnight as its day, nothing as a hyphen."""
    if value is None:
        return "-"
    if isinstance(value, datetime) and value.time() == time():
        return str(value.date())
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, float):
        return f"{value:,.4f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _first_words(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines)[:600]
