"""The speed table: each case is loaded by our package and by the peers that are at hand, side by side in one run.

python -m benchmarks.run --automate-dv DIR --datavault4dbt DIR --dbt-utils DIR
"""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from pyspark.sql import SparkSession
from rich.console import Console
from rich.progress import track

from benchmarks.cases import Case, cases
from benchmarks.measure import Cost, measured
from benchmarks.project import SCHEMA, Implementation, implementations, run_model, start_spark, write_project
from tests.embedded import parse

console = Console(stderr=True)


def main(
    automate_dv: Annotated[Path | None, typer.Option(help="folder of Datavault-UK/automate_dv")] = None,
    datavault4dbt: Annotated[Path | None, typer.Option(help="folder of ScalefreeCOM/datavault4dbt")] = None,
    dbt_utils: Annotated[Path | None, typer.Option(help="folder of dbt-labs/dbt_utils")] = None,
    scale: Annotated[float, typer.Option(help="1: two million hub keys, four million satellite rows")] = 1,
    repeat: Annotated[int, typer.Option(help="runs of each load; the lowest figure counts")] = 3,
    only: Annotated[str, typer.Option(help="cases whose name holds this text")] = "",
    output: Annotated[Path | None, typer.Option(help="write the table here as markdown")] = None,
) -> None:
    chosen = [case for case in cases(scale) if only in case.name]
    if not chosen:
        raise typer.BadParameter(f"no case has {only!r} in its name")
    contenders = implementations(automate_dv, datavault4dbt, dbt_utils)
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        home = Path(folder)
        spark = start_spark(home)
        try:
            results = compare(spark, home, contenders, chosen, repeat)
        finally:
            spark.stop()
    page = table(chosen, contenders, results, scale, repeat)
    if output:
        output.write_text(page)
    print(page)
    if any(isinstance(result, str) and name == "ours" for (_, name), result in results.items()):
        sys.exit(1)


Results = dict[tuple[str, str], Cost | str]


def compare(
    spark: SparkSession, home: Path, contenders: list[Implementation], chosen: list[Case], repeat: int
) -> Results:
    """Cost by case and implementation, or the message of what failed. Rounds alternate, so that warmth favours nobody."""
    folders = {each.name: write_project(home, each, chosen) for each in contenders}
    manifests = {name: parse(folder) for name, folder in folders.items()}
    results: Results = {}
    for number, case in enumerate(track(chosen, console=console, description="cases")):
        rivals = [each for each in contenders if each.model(case)]
        rows: dict[str, int] = {}
        give(spark, number, case)
        for rival in rivals:
            prepare(spark, number, case, rival, folders[rival.name], manifests[rival.name])
        for turn in range(repeat):
            for rival in rivals if turn % 2 == 0 else reversed(rivals):
                if isinstance(results.get((case.name, rival.name)), str):
                    continue
                reset(spark, number, case, rival)
                try:
                    with measured(spark) as cost:
                        run_model(folders[rival.name], f"target_{number}", manifests[rival.name])
                except RuntimeError as error:
                    results[case.name, rival.name] = str(error)
                    console.print(f"{case.name}: {str(error)[:2000]}")
                    continue
                known = results.get((case.name, rival.name))
                results[case.name, rival.name] = cost.lowest(known) if isinstance(known, Cost) else cost
                rows[rival.name] = spark.table(f"{SCHEMA}.target_{number}").count()
        if len(set(rows.values())) > 1:
            console.print(f"{case.name}: different numbers of rows: {rows}")
        forget(spark, number, case, contenders)
    return results


def give(spark: SparkSession, number: int, case: Case) -> None:
    """Write the tables that the case reads, and the target that it finds."""
    for name, query in case.tables.items():
        write(spark, f"given_{number}_{name}", query)
    if case.target and case.target != "itself":
        write(spark, f"base_{number}", case.target)


def write(spark: SparkSession, name: str, query: str) -> None:
    spark.sql(f"create or replace table {SCHEMA}.{name} using delta as {query}")


def prepare(
    spark: SparkSession, number: int, case: Case, rival: Implementation, folder: Path, manifest: object
) -> None:
    """For a refresh: the table as the implementation itself wrote it first."""
    if case.target == "itself":
        spark.sql(f"drop table if exists {SCHEMA}.target_{number}")
        run_model(folder, f"target_{number}", manifest)
        # A copy: a shallow clone would point at files of the target, which is dropped between runs.
        partitions = spark.sql(f"describe detail {SCHEMA}.target_{number}").first().partitionColumns
        by = f"partitioned by ({', '.join(partitions)})" if partitions else ""
        base = f"{SCHEMA}.base_{number}_{rival.name}"
        spark.sql(f"create table {base} using delta {by} as select * from {SCHEMA}.target_{number}")


def reset(spark: SparkSession, number: int, case: Case, rival: Implementation) -> None:
    """The target as it was before the load, without a copy of its files."""
    # dbt-spark's temporary view outlives the run, and would hide that of another implementation.
    spark.catalog.dropTempView(f"target_{number}__dbt_tmp")
    spark.sql(f"drop table if exists {SCHEMA}.target_{number}")
    if case.target:
        base = f"base_{number}_{rival.name}" if case.target == "itself" else f"base_{number}"
        spark.sql(f"create table {SCHEMA}.target_{number} shallow clone {SCHEMA}.{base}")


def forget(spark: SparkSession, number: int, case: Case, contenders: list[Implementation]) -> None:
    bases = [f"base_{number}", *(f"base_{number}_{each.name}" for each in contenders)]
    for name in [f"target_{number}", *bases, *(f"given_{number}_{table}" for table in case.tables)]:
        spark.sql(f"drop table if exists {SCHEMA}.{name}")


def table(chosen: list[Case], contenders: list[Implementation], results: Results, scale: float, repeat: int) -> str:
    """The markdown page."""
    lines = [
        f"Scale {scale:g}, lowest of {repeat} runs. Ratio: executor CPU of the best peer ÷ ours.",
        "",
        "| case | package | CPU s | wall s | read MB | shuffled MB | written MB | exchanges | sorts | joins | nested loops | ratio |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for case in chosen:
        costs = {each.name: results.get((case.name, each.name)) for each in contenders}
        peers = [cost.cpu for name, cost in costs.items() if name != "ours" and isinstance(cost, Cost)]
        for name, cost in costs.items():
            if isinstance(cost, str):
                lines.append(f"| {case.name} | {name} | failed | | | | | | | | | |")
            elif cost:
                ours = name == "ours" and peers
                ratio = f"**{min(peers) / cost.cpu:.2f}**" if ours else ""
                lines.append(
                    f"| {case.name} | {name} | {cost.cpu:.1f} | {cost.wall:.1f} | {cost.read:.0f} | {cost.shuffled:.1f} | "
                    f"{cost.written:.1f} | {cost.exchanges} | {cost.sorts} | {cost.joins} | {cost.nested_loops} | {ratio} |"
                )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    typer.run(main)
