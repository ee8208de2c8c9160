"""Run lanes: one Spark session, one generated dbt project, one dbt invocation for each load and set of variables."""

import json
import logging
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from dbt.adapters.spark.connections import SparkCredentials
from dbt.parser.models import ModelParser
from dbt.parser.search import FileBlock
from dbt_common.exceptions import CompilationError
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError
from pyspark.sql import SparkSession

from tests import embedded
from tests.embedded import PACKAGES, invoke, write

from .lanes import Lane
from .scenarios import Scenario
from .tables import Table, to_text, to_value

SCHEMA = "vault"
DELTA_NAMES = {"long": "bigint", "integer": "int", "short": "smallint", "byte": "tinyint"}


@dataclass
class Snapshot:
    """What a load left of a scenario: the error that stopped it, else its rows of the target and their types."""

    error: str | None = None
    target: Table | None = None
    types: dict[str, str] = field(default_factory=dict)


def run(lanes: list[Lane], home: Path, packages: list[Path], ansi: bool) -> dict[str, list[Snapshot]]:
    """Run all loads of all lanes; gives the snapshots of each scenario by its title."""
    spark = start_spark(home, ansi)
    try:
        return run_on(spark, lanes, home, packages)
    finally:
        spark.stop()


def run_on(spark: SparkSession, lanes: list[Lane], home: Path, packages: list[Path]) -> dict[str, list[Snapshot]]:
    """The same on a session that is there already; `home` is the folder that it was started with."""
    write_project(lanes, home, packages)
    manifest = parse(lanes, home)
    snapshots: dict[str, list[Snapshot]] = {scenario.title: [] for lane in lanes for scenario in lane.scenarios}
    for number in range(max(len(scenario.loads) for lane in lanes for scenario in lane.scenarios)):
        due = [lane for lane in lanes if lane.load(number) and not lane.stopped]
        for lane in due:
            give_tables(spark, lane, number, home)
        for lanes_of_call, variables, full_refresh in calls(due, number):
            run_dbt(manifest, lanes_of_call, home, variables, full_refresh)
        for lane in due:
            look_at(lane, number, home, snapshots)
    return snapshots


def forget(spark: SparkSession, home: Path) -> None:
    """Remove what a run on this session left, so that the next one begins with nothing."""
    spark.sql(f"drop schema if exists {SCHEMA} cascade")
    spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()
    for name in ("given", "models", "dbt_packages", "target", "warehouse"):
        shutil.rmtree(home / name, ignore_errors=True)
    spark.sql(f"create schema {SCHEMA}")


def start_spark(home: Path, ansi: bool) -> SparkSession:
    """A session for tiny tables: no shuffle to speak of, no user interface, a catalogue in memory."""
    settings = {
        "spark.sql.ansi.enabled": str(ansi).lower(),
        "spark.sql.shuffle.partitions": "1",
        "spark.default.parallelism": "1",
        "spark.sql.adaptive.enabled": "false",
        **embedded.INTERPRETED,
        "spark.databricks.delta.stats.collect": "false",
        "spark.databricks.delta.writeChecksumFile.enabled": "false",
    }
    java_options = "-XX:+UseSerialGC -XX:ReservedCodeCacheSize=240m"
    spark = embedded.start_spark(home, java_options, settings)
    # Scenarios that expect an error would each leave a page of Java on the terminal; the error itself reaches dbt.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    spark.sql(f"create schema if not exists {SCHEMA}")
    choose_ansi(ansi)
    return spark


def choose_ansi(ansi: bool) -> None:
    """dbt-spark switches ANSI mode off before every statement, whatever the profile says; here the profile counts."""
    original = getattr(SparkCredentials.__post_init__, "original", SparkCredentials.__post_init__)

    def post_init(self: SparkCredentials) -> None:
        original(self)
        self.server_side_parameters["spark.sql.ansi.enabled"] = str(ansi).lower()

    post_init.original = original
    SparkCredentials.__post_init__ = post_init


def write_project(lanes: list[Lane], home: Path, packages: list[Path]) -> None:
    """The dbt project: a model under test for each lane, and one that is never run for each given table."""
    embedded.write_project(home, "conformance", packages, SCHEMA, threads=3)
    given = []
    for lane in lanes:
        write(home / "models" / f"{lane.name}.sql", lane.model_sql())
        for table in lane.first.tables:
            given.append({"name": f"{lane.name}_{table}"})
            write(home / "models" / "given" / f"{lane.name}_{table}.sql", "select 1 as given")
    sources = {"version": 2, "sources": [{"name": "given", "schema": SCHEMA, "tables": given}]}
    write(home / "models" / "given" / "_sources.yml", yaml.safe_dump(sources))


def parse(lanes: list[Lane], home: Path) -> Any:
    """The manifest; the lane of a model that does not compile keeps the message."""
    manifest, errors = parse_with_errors(home)
    for lane in lanes:
        lane.parse_error = errors.get(lane.name)
    return manifest


def parse_with_errors(home: Path) -> tuple[Any, dict[str, str]]:
    """The manifest, and the messages of models that do not compile by name. dbt by itself stops at the first of them."""
    errors: dict[str, str] = {}
    parse_file = ModelParser.parse_file

    def parse_or_note(self: ModelParser, file_block: FileBlock) -> None:
        try:
            parse_file(self, file_block)
        except CompilationError as error:
            errors[file_block.name] = str(error)

    ModelParser.parse_file = parse_or_note
    try:
        answer = invoke(["parse", "--no-partial-parse"], home)
    finally:
        ModelParser.parse_file = parse_file
    if not answer.success:
        raise RuntimeError(f"dbt cannot parse the project: {answer.exception}")
    return answer.result, errors


def calls(lanes: list[Lane], number: int) -> Iterable[tuple[list[Lane], dict[str, Any], bool]]:
    """The lanes whose next load can be one dbt call: same variables, all or none of them a full refresh."""
    groups: dict[str, tuple[list[Lane], dict[str, Any], bool]] = {}
    for lane in lanes:
        load = lane.load(number)
        variables = lane.first.vars | load.vars
        key = json.dumps([variables, load.full_refresh], sort_keys=True)
        groups.setdefault(key, ([], variables, load.full_refresh))[0].append(lane)
    return groups.values()


def run_dbt(manifest: Any, lanes: list[Lane], home: Path, variables: dict[str, Any], full_refresh: bool) -> None:
    """One dbt run; each lane notes the error of its model, or None."""
    sound = [lane for lane in lanes if not lane.parse_error]
    outcomes = {lane.name: lane.parse_error for lane in lanes}
    if sound:
        arguments = ["run", "--select", *(lane.name for lane in sound), "--vars", json.dumps(variables)]
        answer = invoke(arguments + ["--full-refresh"] * full_refresh, home, manifest)
        if answer.result is None:
            outcomes |= {lane.name: str(answer.exception) for lane in sound}
        else:
            for result in answer.result.results:
                outcomes[result.node.name] = None if result.status == "success" else str(result.message)
    for lane in lanes:
        lane.outcomes.append(outcomes[lane.name])


def give_tables(spark: SparkSession, lane: Lane, number: int, home: Path) -> None:
    """Write the given tables of a load as Parquet, which costs no Spark job, and let Spark's names point at them."""
    for table in lane.first.tables:
        content = lane.given(table, number)
        if content is None:
            continue
        name = f"{lane.name}_{table}"
        types = [lane.first.types.get(column, "string") for column in content.columns]
        folder = home / "given" / f"{name}_{number}"
        folder.mkdir(parents=True)
        columns = [
            pa.array([to_value(row[position], spark_type) for row in content.rows], arrow_type(spark_type))
            for position, spark_type in enumerate(types)
        ]
        pq.write_table(pa.table(columns, list(content.columns)), folder / "part.parquet")
        declared = ", ".join(
            f"`{column}` {spark_type}" for column, spark_type in zip(content.columns, types, strict=True)
        )
        spark.sql(f"drop table if exists {SCHEMA}.{name}")
        spark.sql(f"create table {SCHEMA}.{name} ({declared}) using parquet location '{folder}'")


def arrow_type(spark_type: str) -> pa.DataType:
    """The Arrow type of a column that is written for Spark."""
    if match := re.fullmatch(r"decimal\((\d+), ?(\d+)\)", spark_type):
        return pa.decimal128(int(match[1]), int(match[2]))
    return {
        "string": pa.string(), "timestamp": pa.timestamp("us", "UTC"), "timestamp_ntz": pa.timestamp("us"), "date": pa.date32(),
        "tinyint": pa.int8(), "smallint": pa.int16(), "int": pa.int32(), "bigint": pa.int64(), "float": pa.float32(),
        "double": pa.float64(), "boolean": pa.bool_(), "binary": pa.binary(),
    }[spark_type]  # fmt: skip


def look_at(lane: Lane, number: int, home: Path, snapshots: dict[str, list[Snapshot]]) -> None:
    """Note for each scenario of the lane what the load left, where somebody wants to know."""
    error = lane.outcomes[number]
    if error:
        # The name of the model is the runner's affair; scenarios call it <model>.
        error = error.replace(lane.name, "<model>")
    target, types = read_target(home / "warehouse" / f"{SCHEMA}.db" / lane.name)
    parts = lane.split(target) if target else [None] * len(lane.scenarios)
    for scenario, part in zip(lane.scenarios, parts, strict=True):
        if number < len(scenario.loads):
            snapshots[scenario.title].append(Snapshot(error, part, types))


def read_target(path: Path) -> tuple[Table | None, dict[str, str]]:
    """A Delta table, read without Spark: its content and the types of its columns."""
    if not path.exists():
        return None, {}
    try:
        delta = DeltaTable(str(path))
    except TableNotFoundError:
        return None, {}
    content = delta.to_pyarrow_table()
    types = {field.name: DELTA_NAMES.get(field.type.type, field.type.type) for field in delta.schema().fields}
    columns = [[to_text(value) for value in column.to_pylist()] for column in content.columns]
    return Table(tuple(content.column_names), tuple(zip(*columns, strict=True))), types


def clean(home: Path) -> None:
    """Remove what a run left, the warehouse included."""
    shutil.rmtree(home, ignore_errors=True)


__all__ = ["PACKAGES", "Scenario", "Snapshot", "run"]
