"""One dbt project for each implementation, all on the same Spark session and the same tables."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession

from benchmarks.cases import Case

ROOT = Path(__file__).parents[1]
SHIMS = {
    "automate_dv": ROOT / "tests" / "conformance" / "automate_dv_shim",
    "datavault4dbt": ROOT / "benchmarks" / "datavault4dbt_shim",
}
SCHEMA = "bench"


@dataclass
class Implementation:
    """A name, and the folders of the dbt packages that it consists of."""

    name: str
    packages: list[Path]

    def model(self, case: Case) -> str | None:
        """The text of the case's model; none when the implementation has no such entity."""
        return case.datavault4dbt if self.name == "datavault4dbt" else case.model


def implementations(
    automate_dv: Path | None, datavault4dbt: Path | None, dbt_utils: Path | None
) -> list[Implementation]:
    """Ours, and the peers that are at hand."""
    found = [Implementation("ours", [ROOT / "packages" / "automate_dv", ROOT / "packages" / "automate_dv_spark"])]
    if automate_dv:
        found.append(
            Implementation("automate_dv", [automate_dv, *([dbt_utils] if dbt_utils else []), SHIMS["automate_dv"]])
        )
    if datavault4dbt:
        utils = [dbt_utils] if dbt_utils else []
        found.append(Implementation("datavault4dbt", [datavault4dbt, *utils, SHIMS["datavault4dbt"]]))
    return found


def start_spark(home: Path, memory: str = "6g", **settings: str) -> SparkSession:
    """A session as a vault would be loaded with: adaptive, four shuffle partitions, bytes counted as read."""
    builder = SparkSession.builder.appName("benchmarks")
    for key, value in {
        "spark.master": "local[2]",
        "spark.driver.memory": memory,
        "spark.driver.extraJavaOptions": "-XX:+UseParallelGC -XX:ReservedCodeCacheSize=512m "
        f"-Dlog4j2.configurationFile={ROOT / 'profiles' / 'log4j2.properties'}",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": str(home / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.delta.logStore.file.impl": "io.delta.storage.LocalLogStore",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        # Vectored reads are not counted as bytes read.
        "spark.hadoop.parquet.hadoop.vectored.io.enabled": "false",
        "spark.sql.ui.retainedExecutions": "10000",
        "spark.ui.retainedStages": "10000",
        # Plans are compared as text.
        "spark.sql.maxPlanStringLength": "10000000",
    }.items():
        builder = builder.config(key, settings.pop(key, value))
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sql(f"create schema if not exists {SCHEMA}")
    return spark


def write_project(home: Path, implementation: Implementation, listed: list[Case]) -> Path:
    """The dbt project of an implementation: a model `target_<n>` for each case, and its given tables as models never run."""
    folder = home / implementation.name
    names = [yaml.safe_load((package / "dbt_project.yml").read_text())["name"] for package in implementation.packages]
    main, helpers = names[0], names[1:]
    shims = [name for name in helpers if name.endswith("_shim")]
    project = {
        "name": "bench",
        "version": "1.0",
        "profile": "bench",
        "dispatch": [
            {"macro_namespace": main, "search_order": ["bench", *helpers, main]},
            {"macro_namespace": "dbt", "search_order": ["bench", *shims, "dbt"]},
        ],
        "models": {"+file_format": "delta", "+incremental_strategy": "append"},
        "vars": {"datavault4dbt.ldts_alias": "LOAD_DATE", "datavault4dbt.rsrc_alias": "SOURCE"},
        "flags": {"send_anonymous_usage_stats": False, "use_materialization_v2": True},
    }
    output = {"type": "spark", "method": "session", "host": "NA", "schema": SCHEMA, "threads": 1}
    _write(folder / "dbt_project.yml", yaml.safe_dump(project))
    _write(folder / "profiles.yml", yaml.safe_dump({"bench": {"target": "bench", "outputs": {"bench": output}}}))
    for name, package in zip(names, implementation.packages, strict=True):
        link = folder / "dbt_packages" / name
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(package.resolve(), target_is_directory=True)
    for number, case in enumerate(listed):
        text = implementation.model(case)
        if text is None:
            continue
        config = {"materialized": "incremental", "meta": case.vars} | case.config
        for table in case.tables:
            text = text.replace(f"'{table}'", f"'given_{number}_{table}'")
            _write(folder / "models" / f"given_{number}_{table}.sql", "select 1 as given")
        _write(folder / "models" / f"target_{number}.sql", f"{{{{ config(**{config!r}) }}}}\n{text}\n")
    return folder


def run_model(folder: Path, model: str, manifest: Any = None) -> None:
    """dbt run of one model in this process; a RuntimeError with dbt's message when it fails."""
    answer = invoke(["run", "--select", model], folder, manifest)
    if not answer.success:
        message = answer.exception or "; ".join(str(result.message) for result in answer.result.results)
        raise RuntimeError(f"{folder.name}: {message}")


def parse(folder: Path) -> Any:
    """The manifest, so that dbt reads the project once."""
    answer = invoke(["parse", "--no-partial-parse"], folder)
    if not answer.success:
        raise RuntimeError(f"{folder.name}: {answer.exception}")
    return answer.result


def invoke(arguments: list[str], folder: Path, manifest: Any = None) -> Any:
    switches = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json", "--no-version-check"]
    folders = ["--project-dir", str(folder), "--profiles-dir", str(folder), "--target-path", str(folder / "target")]
    return dbtRunner(manifest=manifest).invoke([*arguments, *switches, *folders, "--log-path", str(folder / "logs")])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
