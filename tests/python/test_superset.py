"""given the metrics and the charts of the site, when Superset is started, then it shows the same, and every metric is one number everywhere.

Superset itself is started by `make superset-check` only (the option --superset): it has an environment of its own.
"""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml
from conftest import PROJECT, Lake
from playwright.sync_api import Browser, sync_playwright
from pyhive import hive
from test_metrics import EXPECTED, GOLD, query

from lakevault.errors import LakevaultError
from lakevault.lake import releases
from lakevault.metadata.artifacts import Project
from lakevault.serve.metrics import Metrics
from lakevault.serve.server import is_open
from lakevault.site.charts import CHARTS, MINIMUM
from lakevault.superset import assets

PORT = 25000 + 10 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
SERVER_PORT, CONNECT_PORT = PORT + 1, PORT + 2
# Milliseconds that an answer may take: the first ones come from a cold Spark.
PATIENCE = 600_000
SUBJECTS = list(dict.fromkeys(chart.subject for chart in CHARTS))
TOTALS_OF = {subject: f"{assets.TOTALS} of {subject.replace('_', ' ')}" for subject in SUBJECTS}


@pytest.fixture(scope="module")
def target(lake: Lake) -> Path:
    return lake.base / "target"


@pytest.fixture(scope="module")
def made(lake: Lake, target: Path) -> dict[str, assets.Asset]:
    tables = releases.chosen(lake.base / "lake", None).versions
    return assets.bundle(Project(target), Metrics(target), tables, 10000)


def titles_of(subject: str) -> list[str]:
    """What the dashboard of a subject shows."""
    return [*(chart.title for chart in CHARTS if chart.subject == subject), TOTALS_OF[subject]]


def of_kind(made: dict[str, assets.Asset], kind: str) -> list[assets.Asset]:
    return [asset for path, asset in made.items() if path.startswith(f"{kind}/")]


def names(dataset: assets.Asset) -> set[str]:
    """What a chart may name: columns and metrics of its dataset."""
    return {each["column_name"] for each in dataset["columns"]} | {each["metric_name"] for each in dataset["metrics"]}


def test_every_chart_of_the_site_and_every_metric_is_on_the_dashboard_of_its_subject(made, target):
    charts = {chart["uuid"]: chart["slice_name"] for chart in of_kind(made, "charts")}
    for dashboard in of_kind(made, "dashboards"):
        shown = [
            charts[cell["meta"]["uuid"]] for key, cell in dashboard["position"].items() if key.startswith("CHART-")
        ]
        assert shown == titles_of(dashboard["slug"])
    totals = [dataset for dataset in of_kind(made, "datasets") if dataset["table_name"].startswith(assets.TOTALS)]
    shown = {metric["metric_name"] for dataset in totals for metric in dataset["metrics"]}
    assert shown == {metric.name for metric in Project(target).metrics} == EXPECTED.keys()


def test_a_chart_names_only_what_its_dataset_has_and_a_dataset_only_what_its_sql_gives(made, target):
    project = Project(target)
    datasets = {dataset["uuid"]: dataset for dataset in of_kind(made, "datasets")}
    for chart in of_kind(made, "charts"):
        form = chart["params"]
        named = {form[key] for key in ("x_axis", "entity", "series", "x_axis_sort") if key in form}
        assert named | set(assets.measures_of(form)) <= names(datasets[chart["dataset_uuid"]])
    for dataset in datasets.values():
        columns = {column["column_name"] for column in dataset["columns"] if not column["expression"]}
        if dataset["sql"]:
            measured = {re.search(r"max\((\w+)\)", each["expression"])[1] for each in dataset["metrics"]}
            missing = {name for name in columns | measured if not re.search(rf"\b{name}\b", dataset["sql"])}
        else:
            missing = columns ^ project.by_name[dataset["table_name"]].columns.keys()
        assert (dataset["table_name"], missing) == (dataset["table_name"], set())


def test_a_chart_that_superset_cannot_draw_is_named(monkeypatch, target):
    pie = replace(CHARTS[0], spec={"mark": {"type": "arc"}, "encoding": {}})
    monkeypatch.setattr(assets, "CHARTS", (pie,))
    with pytest.raises(LakevaultError, match="Net sales and discounts by month: marks arc have no counterpart"):
        assets.bundle(Project(target), Metrics(target), [], 10000)


def test_labels_and_meanings_are_those_of_the_metrics(made, target):
    expected = {metric.name: (metric.label, metric.description) for metric in Project(target).metrics}
    shown = [metric for dataset in of_kind(made, "datasets") for metric in dataset["metrics"]]
    found = [metric for metric in shown if metric["metric_name"] in expected]
    assert len(found) > len(expected)
    for metric in found:
        assert (metric["verbose_name"], metric["description"]) == expected[metric["metric_name"]]


def test_no_two_have_one_id_and_one_that_is_made_again_has_the_same(made, lake, target):
    ids = {path: asset["uuid"] for path, asset in made.items() if "uuid" in asset}
    assert len(set(ids.values())) == len(ids) > 20
    few = assets.bundle(Project(target), Metrics(target), ["dim_store"], 10001)
    again = {path: asset["uuid"] for path, asset in few.items() if "uuid" in asset}
    assert again == {path: ids[path] for path in again}
    assert {name.rpartition("/")[2] for name in ids.keys() - again.keys()} == {
        f"{table}.yaml" for table in releases.chosen(lake.base / "lake", None).versions if table != "dim_store"
    }


def test_what_is_written_is_what_is_read_and_nothing_of_before_is_left(made, tmp_path):
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "of_before.yaml").write_text("{}")
    assets.write(made, tmp_path)
    found = {str(path.relative_to(tmp_path)): yaml.safe_load(path.read_text()) for path in tmp_path.rglob("*.yaml")}
    assert found == made


def test_the_dashboard_of_each_subject_is_an_exposure_of_all_that_it_reads(made, target):
    project = Project(target)
    exposures = {exposure.url: exposure for exposure in project.exposures if exposure.url}
    for dashboard in of_kind(made, "dashboards"):
        exposure = exposures[assets.address(dashboard["slug"], 8088)]
        charts = {cell["meta"]["uuid"] for key, cell in dashboard["position"].items() if key.startswith("CHART-")}
        used = {chart["dataset_uuid"] for chart in of_kind(made, "charts") if chart["uuid"] in charts}
        sql = " ".join(dataset["sql"] for dataset in of_kind(made, "datasets") if dataset["uuid"] in used)
        assert set(exposure.tables) == set(re.findall(r"\bgold\.(\w+)", sql))
        assert exposure.numbers == dashboard["slug"]


def test_what_cannot_be_shown_is_said_in_a_sentence(lake, tmp_path):
    project = tmp_path / "project"
    python = project / ".venv-superset" / "bin" / "python"
    python.parent.mkdir(parents=True)
    shutil.copy(PROJECT / "dbt_project.yml", project)

    def said(base: Path, *options: str) -> str:
        done = Lake(base, project).run("lakevault", "superset", "--home", str(tmp_path / "home"), *options)
        told = " ".join((done.stdout + done.stderr).split())
        assert (done.returncode, "Traceback" in told) == (1, False), told
        return told

    assert "Apache Superset is not installed: `make superset` installs" in said(lake.base)
    python.write_text("#!/bin/sh\nexit 3\n")
    python.chmod(0o755)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", PORT + 3))
        taken.listen()
        nobody = ("--port", str(PORT + 4), "--server-port", str(PORT + 5))
        somebody = ("--port", str(PORT + 4), "--server-port", str(PORT + 3))
        assert f"port {PORT + 3} is not free" in said(lake.base, "--port", str(PORT + 3))
        assert f"no server listens on port {PORT + 5}: start it in another terminal with `make serve`" in said(
            lake.base, *nobody
        )
        assert "has no published Gold: a build whose tests are green publishes it" in said(tmp_path, *nobody)
        assert "Superset cannot be prepared; the end of" in said(lake.base, *somebody)


@dataclass
class Superset:
    """The project's server, and Superset over it, as two processes like those of `make serve` and `make superset`."""

    lake: Lake
    home: Path
    address: str = f"http://127.0.0.1:{PORT}"
    password: str = ""
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self) -> None:
        """Start Superset, and read what it prints."""
        options = ("--port", str(PORT), "--server-port", str(SERVER_PORT), "--home", str(self.home))
        process = self.lake.start("lakevault", "superset", *options)
        said = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"user admin, password (\S+)", line):
                self.password = found[1]
                self.processes.append(process)
                return
        raise AssertionError("".join(said) + process.stderr.read())

    def stop(self) -> None:
        """Stop what was started last."""
        process = self.processes.pop()
        process.send_signal(signal.SIGTERM)
        said, errors = process.communicate(timeout=60)
        assert (process.returncode, "stopped" in said) == (0, True), said + errors


@pytest.fixture(scope="module")
def superset(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    if not request.config.getoption("--superset"):
        pytest.skip("make superset-check starts Superset")
    started = Superset(request.getfixturevalue("lake"), tmp_path_factory.mktemp("superset"))
    server = ("lakevault", "serve", "--port", str(SERVER_PORT), "--connect-port", str(CONNECT_PORT))
    started.processes.append(started.lake.start(*server))
    until = time.monotonic() + PATIENCE / 1000
    try:
        while not is_open(SERVER_PORT):
            assert time.monotonic() < until
            time.sleep(0.5)
        started.start()
        yield started
    finally:
        while started.processes:
            started.stop()


@pytest.fixture(scope="module")
def browser(superset: Superset) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Debian's, which `make test` installs; elsewhere Playwright's own.
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def api(superset: Superset, browser: Browser) -> Callable[..., Any]:
    """Superset's REST API, called as the administrator."""
    client = browser.new_context().request

    def call(path: str, headers: dict[str, str] | None = None, **data: object) -> Any:
        address = f"{superset.address}/api/v1/{path}"
        asked = {"headers": headers, "timeout": PATIENCE}
        answer = client.post(address, data=data, **asked) if data else client.get(address, **asked)
        assert answer.ok, answer.text()
        return answer.json()

    login = {"username": "admin", "password": superset.password, "provider": "db"}
    headers = {"Authorization": f"Bearer {call('security/login', **login)['access_token']}"}
    return partial(call, headers=headers)


def rows_in_superset(
    api: Callable[..., Any], dataset: str, columns: Sequence[str], metrics: Sequence[str]
) -> list[dict[str, Any]]:
    """What Superset answers to a chart of a dataset."""
    ids = {each["table_name"]: each["id"] for each in api("dataset/?q=(page_size:100)")["result"]}
    query = {"columns": columns, "metrics": metrics, "row_limit": 1000}
    [result] = api("chart/data", datasource={"id": ids[dataset], "type": "table"}, queries=[query])["result"]
    return result["data"]


@pytest.fixture(scope="module")
def four_ways(lake: Lake, superset: Superset, api: Callable[..., Any]) -> dict[str, dict[str, Any]]:
    """All metrics over everything, by the way in which they were asked for."""
    in_superset: dict[str, Any] = {}
    for subject in SUBJECTS:
        own = [metric.name for metric in Project(lake.base / "target").metrics if metric.group == subject]
        [row] = rows_in_superset(api, TOTALS_OF[subject], [], own)
        in_superset |= row
    [by_command] = query(lake, ",".join(EXPECTED))
    # All in one statement, which Spark answers with few scans.
    sql = f"select {', '.join(f'({sql}) as {metric}' for metric, sql in EXPECTED.items())}"
    connection = hive.connect("127.0.0.1", SERVER_PORT, database="gold")
    cursor = connection.cursor()
    cursor.execute(sql)
    by_jdbc = dict(zip(EXPECTED, cursor.fetchone(), strict=True))
    connection.close()
    [row] = lake.query(sql, **GOLD)
    in_files = dict(zip(EXPECTED, row, strict=True))
    return {"SQL over JDBC": by_jdbc, "metrics query": by_command, "Superset": in_superset, "DuckDB": in_files}


@pytest.mark.parametrize("metric", EXPECTED)
def test_a_metric_is_the_same_four_ways(four_ways, metric):
    found = {way: float(values[metric]) for way, values in four_ways.items()}
    # An amount has two decimals; Spark's division of amounts keeps six.
    assert found == pytest.approx(dict.fromkeys(found, found["DuckDB"]), abs=1e-6)


def test_the_rows_of_a_chart_are_those_of_the_metrics_and_several_rows_have_no_sum(superset, api, lake):
    chart = CHARTS[0]
    asked = [*chart.by, *chart.metrics]
    found = rows_in_superset(api, chart.title, chart.by, chart.metrics)
    every = query(lake, ",".join(chart.metrics), "--by", ",".join(chart.by))
    # A month with refunds alone has no basket.
    expected = [each for each in every if int(each[chart.group[0]] or 0) >= MINIMUM]

    def row(values: dict[str, Any], moment: datetime) -> tuple[object, ...]:
        return (moment, *(round(Decimal(str(values[name])), 2) for name in asked[1:]))

    assert sorted(row(each, datetime.fromtimestamp(each[asked[0]] / 1000, UTC)) for each in found) == sorted(
        row(each, datetime.fromisoformat(each[asked[0]]).replace(tzinfo=UTC)) for each in expected
    )
    assert 12 == len(found) < len(every)
    assert rows_in_superset(api, chart.title, [], ["net_sales"]) == [{"net_sales": None}]


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (420, 800)], ids=["wide", "narrow"])
@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_dashboard_draws_every_chart_without_an_error(superset, browser, lake, made, subject, width, height):
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{superset.address}/login/")
    page.locator("#username").fill("admin")
    page.locator("#password").fill(superset.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/superset/welcome/**")
    page.goto(assets.address(subject, PORT))
    cells = page.locator("[data-test=chart-grid-component]")
    cells.first.wait_for()
    titles = titles_of(subject)
    for title in titles:
        cell = cells.filter(has_text=title)
        # Superset asks for a chart when it comes into view.
        cell.scroll_into_view_if_needed()
        drawn, nothing = cell.locator("canvas, table"), cell.get_by_text("No results were returned")
        drawn.or_(nothing).first.wait_for()
        # The slice is too small for an uplift: the site shows none of it either.
        [dataset] = [each for each in of_kind(made, "datasets") if each["table_name"] == title]
        assert (title, nothing.count() == 0) == (title, has_rows(lake, dataset))
        if folder := os.environ.get("SCREENSHOTS"):
            page.wait_for_timeout(1000)
            page.screenshot(path=f"{folder}/{subject}-{width}-{titles.index(title)}.png")
    assert cells.count() == len(titles)
    assert page.get_by_role("alert").count() == 0
    # Superset's own telemetry, which the configuration forbids.
    assert [error for error in errors if "scarf" not in error] == []
    context.close()


def has_rows(lake: Lake, dataset: assets.Asset) -> bool:
    """Whether the SQL of a dataset finds something in the files."""
    sql = sqlglot.transpile(dataset["sql"], "databricks", "duckdb")[0].replace("gold.", "")
    return bool(lake.query(sql, **{name: f"gold.{name}" for name in re.findall(r"\bgold\.(\w+)", dataset["sql"])}))


def test_a_second_start_changes_nothing_and_takes_away_what_the_project_no_longer_has(superset):
    def listed() -> dict[str, dict[str, int]]:
        """The number of each asset in Superset's own database, by its id."""
        with sqlite3.connect(superset.home / "superset.db") as connection:
            return {
                table: dict(connection.execute(f"select hex(uuid), id from {table}").fetchall())
                for table in ("dbs", "tables", "slices", "dashboards")
            }

    before = listed()
    assert len(before["dashboards"]) == len(SUBJECTS)
    superset.stop()
    # As after an import of a chart whose title was another one.
    with sqlite3.connect(superset.home / "superset.db") as connection:
        connection.execute("update slices set uuid = randomblob(16), slice_name = 'of before' where id = 1")
    superset.start()
    after = listed()
    assert after["slices"].keys() == before["slices"].keys()
    assert after | {"slices": {}} == before | {"slices": {}}
