"""Spark and dbt within this process, on a project that is written for the occasion; for the tests and the benchmarks."""

import os
import sys
from pathlib import Path
from typing import Any

import yaml
from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession

from lakevault.paths import class_archive

PROJECT = Path(__file__).parents[1]
# As in profiles/profiles.yml.
ARCHIVE = class_archive()
SHARED_CLASSES = f"-XX:SharedArchiveFile={ARCHIVE} -Xlog:cds=off -Xlog:cds+dynamic=off" if ARCHIVE.is_file() else ""
# For a few rows, compiling Java code for each query takes longer than interpreting it.
INTERPRETED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
PACKAGES = [PROJECT / "packages" / "automate_dv", PROJECT / "packages" / "automate_dv_spark"]


def start_spark(home: Path, java_options: str, settings: dict[str, str]) -> SparkSession:
    """A session with Delta, its tables below `home` and a catalogue in memory; `settings` come on top."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    common = {
        "spark.master": "local[2]",
        "spark.driver.memory": os.environ.get("LAKEVAULT_MEMORY", "2g"),
        "spark.driver.extraJavaOptions": f"{java_options} {SHARED_CLASSES} "
        f"-Dlog4j2.configurationFile={PROJECT / 'profiles' / 'log4j2.properties'}",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "false",
        "spark.sql.warehouse.dir": str(home / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.delta.logStore.file.impl": "io.delta.storage.LocalLogStore",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    }
    builder = SparkSession.builder.appName("lakevault tests")
    for key, value in (common | settings).items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def write_project(
    home: Path,
    name: str,
    packages: list[Path],
    schema: str,
    threads: int = 1,
    namespace: str = "automate_dv",
    variables: dict[str, Any] | None = None,
) -> None:
    """A dbt project in `home` that has these packages and no model yet; calls of `namespace` are dispatched to them."""
    names = [yaml.safe_load((package / "dbt_project.yml").read_text())["name"] for package in packages]
    # AutomateDV's own helper brings macros of the same names that give something else.
    helpers = [package for package in names if package not in (namespace, "dbt_utils")]
    shims = [package for package in helpers if package.endswith("_shim")]
    project = {
        "name": name,
        "version": "1.0",
        "profile": name,
        "packages-install-path": "dbt_packages",
        # What the helper packages bring wins over the namespace; a shim may replace macros of the adapter as well.
        "dispatch": [
            {"macro_namespace": namespace, "search_order": [name, *helpers, namespace]},
            {"macro_namespace": "dbt", "search_order": [name, *shims, "dbt"]},
        ],
        "models": {"+file_format": "delta", "+incremental_strategy": "append"},
        "vars": variables or {},
        "flags": {"send_anonymous_usage_stats": False, "use_materialization_v2": True},
    }
    output = {"type": "spark", "method": "session", "host": "NA", "schema": schema, "threads": threads}
    write(home / "dbt_project.yml", yaml.safe_dump(project))
    write(home / "profiles.yml", yaml.safe_dump({name: {"target": "test", "outputs": {"test": output}}}))
    for package_name, package in zip(names, packages, strict=True):
        link = home / "dbt_packages" / package_name
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(package.resolve(), target_is_directory=True)


def write(path: Path, text: str) -> None:
    """Write a file, its folder first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def invoke(arguments: list[str], home: Path, manifest: Any = None) -> Any:
    """Call dbt on the project, without a word on the terminal and without artefacts; gives dbt's own result."""
    switches = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json", "--no-version-check"]
    folders = ["--project-dir", str(home), "--profiles-dir", str(home), "--target-path", str(home / "target")]
    return dbtRunner(manifest=manifest).invoke([*arguments, *switches, *folders, "--log-path", str(home / "logs")])


def parse(home: Path, *options: str) -> Any:
    """The manifest, so that dbt reads the project once; a RuntimeError with dbt's message when it cannot."""
    answer = invoke(["parse", "--no-partial-parse", *options], home)
    if not answer.success:
        raise RuntimeError(f"dbt cannot parse {home.name}: {answer.exception}")
    return answer.result
