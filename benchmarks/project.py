"""One dbt project for each implementation, all on the same Spark session and the same tables."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from benchmarks.cases import Case
from tests import embedded
from tests.embedded import PACKAGES, PROJECT, invoke, write

SHIMS = {
    "automate_dv": PROJECT / "tests" / "conformance" / "automate_dv_shim",
    "datavault4dbt": PROJECT / "benchmarks" / "datavault4dbt_shim",
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
    peers = {"automate_dv": automate_dv, "datavault4dbt": datavault4dbt}
    utils = [dbt_utils] if dbt_utils else []
    return [
        Implementation("ours", PACKAGES),
        *(Implementation(name, [folder, *utils, SHIMS[name]]) for name, folder in peers.items() if folder),
    ]


def start_spark(home: Path, memory: str = "6g", **settings: str) -> SparkSession:
    """A session as a vault would be loaded with: adaptive, four shuffle partitions, bytes counted as read."""
    own = {
        "spark.driver.memory": memory,
        "spark.sql.shuffle.partitions": "4",
        # Vectored reads are not counted as bytes read.
        "spark.hadoop.parquet.hadoop.vectored.io.enabled": "false",
        "spark.sql.ui.retainedExecutions": "10000",
        "spark.ui.retainedStages": "10000",
        # Plans are compared as text.
        "spark.sql.maxPlanStringLength": "10000000",
    }
    spark = embedded.start_spark(home, "-XX:+UseParallelGC -XX:ReservedCodeCacheSize=512m", own | settings)
    spark.sql(f"create schema if not exists {SCHEMA}")
    return spark


def write_project(home: Path, implementation: Implementation, listed: list[Case]) -> Path:
    """The dbt project of an implementation: a model `target_<n>` for each case, and its given tables as models never run."""
    folder = home / implementation.name
    namespace = "datavault4dbt" if implementation.name == "datavault4dbt" else "automate_dv"
    variables = {"datavault4dbt.ldts_alias": "LOAD_DATE", "datavault4dbt.rsrc_alias": "SOURCE"}
    embedded.write_project(folder, "bench", implementation.packages, SCHEMA, namespace=namespace, variables=variables)
    for number, case in enumerate(listed):
        text = implementation.model(case)
        if text is None:
            continue
        config = {"materialized": "incremental", "meta": case.vars} | case.config
        for table in case.tables:
            text = text.replace(f"'{table}'", f"'given_{number}_{table}'")
            write(folder / "models" / f"given_{number}_{table}.sql", "select 1 as given")
        write(folder / "models" / f"target_{number}.sql", f"{{{{ config(**{config!r}) }}}}\n{text}\n")
    return folder


def run_model(folder: Path, model: str, manifest: Any = None) -> None:
    """dbt run of one model in this process; a RuntimeError with dbt's message when it fails."""
    answer = invoke(["run", "--select", model], folder, manifest)
    if not answer.success:
        message = answer.exception or "; ".join(str(result.message) for result in answer.result.results)
        raise RuntimeError(f"{folder.name}: {message}")
