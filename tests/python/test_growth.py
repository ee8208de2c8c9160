"""given a lake that has taken files for years, when it is looked at or a build starts, then that costs what it did at first."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from ingestion import Zoo, feed

from lakevault.lake.delta import file_count
from lakevault.lake.ledger import LEDGER, TABLES
from lakevault.metadata.artifacts import Project
from lakevault.monitoring import history
from lakevault.paths import history_dir, lake_environment, target_dir
from lakevault.pipeline.upkeep import MOST_FILES

PROJECT = Path(__file__).parents[2]
FILES, DELIVERIES, RUNS = 1_000_000, 5_000, 5_000
# What an old lake may cost more than a young one. The seconds are those of all threads, on a machine that may be busy: alone on
# two cores this is less than one second of waiting.
MORE_SECONDS, MORE_MEGABYTES = 1.5, 200
ARROW = {"string": pa.string(), "int": pa.int32(), "bigint": pa.int64(), "timestamp": pa.timestamp("us", "UTC")}
LEDGER_ROWS = """
select
    format('{:06d}-{:05d}', load_id, number) as file_id, load_id, moment as load_dts, $feeds[1 + number % len($feeds)] as feed,
    format('till/line/{:06d}/store-{:05d}.csv', load_id, number) as file_name, 10::bigint as file_size,
    sha256(file_id) as sha256, moment as first_seen_at, moment as sent_at, 10::bigint as row_count, 10::bigint as landed_count,
    0::bigint as rescued_count, 0::bigint as quarantined_count, 'loaded' as status, null::varchar as reason,
    null::int as message_partition, null::bigint as from_offset, null::bigint as until_offset
from (
    select *, timestamptz '2017-01-01 00:00:00+00' + to_hours(load_id) as moment
    from range($first, $last) as loads(load_id), range($files) as files(number)
)
"""
LOG_ROWS = """
select child.model, child.stage, load_id, 'run' as run_id
from range($first, $last) as loads(load_id), (select unnest($children) as child)
"""
# Runs a program and says what memory it had at its peak; what the operating system counts includes its parent's.
MEASURED = """
import atexit, re, runpy, sys
atexit.register(lambda: print("peak", re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]))
"""
STATUS = "sys.argv = ['lakevault', 'status']; runpy.run_module('lakevault.cli', run_name='__main__')"
# The start of a build: what is new is decided about before Spark starts.
BUILD = """
from lakevault.console import console
from lakevault.pipeline.build import _Arrivals
print(len(list(iter(_Arrivals(console).next, None))), "deliveries")
"""


@dataclass
class Used:
    """What a program used, CPU seconds and megabytes of memory at its peak, and what it said."""

    seconds: float
    megabytes: float
    said: str


def used(base: Path, program: str) -> Used:
    """Run a program on the lake below `base`."""
    process = subprocess.Popen(
        [sys.executable, "-c", MEASURED + program],
        cwd=PROJECT,
        env=os.environ | lake_environment(base, small=True) | {"COLUMNS": "200", "LAKEVAULT_SETTLE_SECONDS": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    said = process.stdout.read()
    _, code, resources = os.wait4(process.pid, 0)
    assert code == 0, said
    return Used(resources.ru_utime + resources.ru_stime, int(said.split()[-1]) / 1024, said)


def write_table(path: Path, schema: pa.Schema, sql: str, deliveries: int, **values: object) -> None:
    """A Delta table with the rows that a query gives for each of some deliveries, in as many files as a start leaves."""
    DeltaTable.create(str(path), schema)
    actions = []
    step = -(-deliveries // MOST_FILES)
    for first in range(1, deliveries + 1, step):
        part = path / f"part-{first:06d}.parquet"
        some = {"first": first, "last": min(first + step, deliveries + 1)}
        duckdb.execute(f"copy ({sql}) to '{part}'", values | some)
        action = {"path": part.name, "size": part.stat().st_size, "modificationTime": 0, "dataChange": True}
        actions.append(json.dumps({"add": action | {"partitionValues": {}}}))
    (path / "_delta_log" / f"{1:020d}.json").write_text("\n".join(actions) + "\n")


def make_lake(base: Path, project: Project, files: int, deliveries: int, runs: int) -> Path:
    """A lake that has taken so many files in so many deliveries, and a history of runs that nobody has cut yet."""
    feeds = [t.name for t in project.tables.values() if t.kind == "source" and not t.name.startswith("lakevault.")]
    schema = pa.schema([(name, ARROW[kind]) for name, kind in TABLES[LEDGER].items()])
    ledger, log = base / "lake" / "bronze.db" / "ledger", base / "lake" / "silver.db" / "vault_load_log"
    write_table(ledger, schema, LEDGER_ROWS, deliveries, feeds=feeds, files=files // deliveries)
    stages = [table for table in project.tables.values() if table.layer == "Hashed stage"]
    children = [{"model": c.name, "stage": stage.name} for stage in stages for c in project.children(stage.id)]
    schema = pa.schema(
        [(name, pa.int64() if name == "load_id" else pa.string()) for name in ("model", "stage", "load_id", "run_id")]
    )
    write_table(log, schema, LOG_ROWS, deliveries, children=children)
    (base / "target").mkdir()
    (base / "target" / "manifest.json").write_text(json.dumps(project.manifest))
    write_runs(base / "history", project, str(DeltaTable(str(ledger)).metadata().id), runs)
    return base


def write_runs(folder: Path, project: Project, lake_id: str, runs: int) -> None:
    """Runs as the history keeps them, with the result of every test and table."""
    folder.mkdir()
    results = {i: ["pass", 0.1, 0] for i in project.tests} | {i: ["success", 1.0, 0] for i in project.tables}
    rest = json.dumps({"lake": lake_id, "command": "build", "vault": {}, "results": results})[1:]
    with (folder / "runs.jsonl").open("w") as file:
        for number in range(runs):
            at = f"{2000 + number // 240}-{1 + number // 20 % 12:02}-{1 + number % 20:02}T00:00:00"
            file.write(f'{{"run": "run-{number:08d}", "at": "{at}", {rest}\n')


@pytest.fixture(scope="module")
def project(target: Path) -> Project:
    return Project(target)


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory, project: Project) -> list[Path]:
    """A young lake and an old one, with one look at each."""
    base = tmp_path_factory.mktemp("growth")
    made = [make_lake(base / "young", project, 1, 1, 1), make_lake(base / "old", project, FILES, DELIVERIES, RUNS)]
    for lake in made:
        used(lake, STATUS)
    return made


@pytest.mark.parametrize(
    ("program", "said"),
    [(STATUS, "passed, 0 warned, 0 failed, 0 not run"), (BUILD, "deliveries")],
    ids=["status", "build"],
)
def test_a_start_costs_no_more_on_a_lake_that_has_taken_a_million_files(lakes, program, said):
    young, old = [], []
    for turn in range(2):
        for lake, all_used in zip(lakes, (young, old), strict=True):
            new = lake / "landing" / "incoming" / "crm" / "customer" / f"{turn}.csv"
            new.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(f"household_id\n{turn}\n")
            all_used.append(used(lake, program))
            assert said in all_used[-1].said
    seconds = [min(each.seconds for each in all_used) for all_used in (young, old)]
    megabytes = [min(each.megabytes for each in all_used) for all_used in (young, old)]
    print(f"{seconds[0]:.2f} and {seconds[1]:.2f} CPU seconds, {megabytes[0]:.0f} and {megabytes[1]:.0f} MB")
    assert seconds[1] - seconds[0] < MORE_SECONDS
    assert megabytes[1] - megabytes[0] < MORE_MEGABYTES


def test_a_history_that_was_never_cut_is_cut_and_says_since_when_each_test_is_as_it_is(lakes, project, monkeypatch):
    for name, value in lake_environment(lakes[1], small=True).items():
        monkeypatch.setenv(name, value)
    assert len(list(history.runs())) == history.KEPT["runs"]
    known = history.facts(project)
    assert {f"{known.nodes[i].since:%Y-%m-%d}" for i in project.tests} == {"2000-01-01"}


def keep_run(at: str, **states: str) -> None:
    """dbt ended a run with these results by name of a test."""
    results = {f"test.lakevault.{name}": state for name, state in states.items()}
    content = {
        "metadata": {"invocation_id": f"run-{at}", "generated_at": at},
        "args": {"which": "build"},
        "results": [{"unique_id": i, "status": state, "execution_time": 1} for i, state in results.items()],
    }
    (target_dir() / "run_results.json").write_text(json.dumps(content))
    history.collect()


def test_since_when_a_test_fails_is_known_when_that_run_is_no_longer_kept(tmp_path, project, monkeypatch):
    for name, value in lake_environment(tmp_path, small=True).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(history.KEPT, "runs", 3)
    target_dir().mkdir()
    (target_dir() / "manifest.json").write_text(json.dumps(project.manifest))
    days = [f"2017-01-{day:02}T00:00:00" for day in range(1, 21)]
    for day in days:
        keep_run(
            day, broken="fail" if day > days[2] else "pass", fixed="error" if day < days[15] else "pass", gone="pass"
        )
    known = history.facts(project).nodes
    told = {i.rsplit(".")[-1]: (node.state, f"{node.since:%d}") for i, node in known.items()}
    assert told == {"broken": ("failed", "04"), "fixed": ("passed", "16"), "gone": ("passed", "01")}
    kept = [run["at"] for run in history.runs()]
    assert kept == days[-len(kept) :] and len(kept) < 2 * 3
    # Without the facts, only the kept runs can tell.
    (history_dir() / "facts.json").unlink()
    assert f"{history.facts(project).nodes['test.lakevault.broken'].since:%Y-%m-%dT%H:%M:%S}" == kept[0]


def test_a_start_puts_the_small_files_of_the_ledger_together(tmp_path):
    zoo = Zoo.with_feeds(tmp_path, [feed("order", {"order_id": {}}, format="csv", key=["order_id"])])
    zoo.put("zoo/order/1.csv", "order_id\n1\n")
    zoo.run("ingest")
    path = tmp_path / "lake" / "bronze.db" / "ledger"
    row = DeltaTable(str(path)).to_pyarrow_table()
    for _ in range(MOST_FILES):
        write_deltalake(str(path), row, mode="append")
    zoo.put("zoo/order/2.csv", "order_id\n2\n")
    assert "delivery 2: 1 file" in zoo.run("ingest")
    # All of the earlier deliveries in one, and the new delivery's.
    assert file_count(path) == 2
    assert len(zoo.table("ledger")) == MOST_FILES + 2
