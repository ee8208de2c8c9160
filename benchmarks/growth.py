"""How the cost of a load grows with its delta, and with the history that it does not touch.

    python -m benchmarks.growth

Bytes shuffled and written may grow with an exponent of 1.05 in the delta and of 0.25 in the history; bytes read may be 1.15
times one scan of the columns that must be compared plus the stage read twice. With 30 % of the staged rows on one key, the
slowest task of the dearest stage may cost 4 times the median one; a stage has four. Exit code 1 when a limit is passed.
"""

import math
import statistics
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from pyspark.sql import SparkSession

from benchmarks.cases import (
    Case,
    cases,
    chosen,
    effectivity,
    effectivity_delta,
    hk,
    hub,
    hub_delta,
    link,
    multi_active,
    multi_active_delta,
    numbers,
    satellite,
    satellite_delta,
)  # fmt: skip
from benchmarks.measure import Cost, measured, slowest_to_median, stage_ids
from benchmarks.project import SCHEMA, implementations, run_model, start_spark, write_project
from benchmarks.run import give, reset
from tests.embedded import parse

DELTA_EXPONENT = 1.05
HISTORY_EXPONENT = 0.25
READ_FACTOR = 1.15
SKEW_FACTOR = 4

ENTITIES = {
    "hub": (hub, hub_delta, "CUSTOMER_HK"),
    "link": (
        lambda keys: link(keys, numbers(keys)),
        lambda keys, rows: link(keys, f"select {chosen(keys, rows)} as number from range({rows})"),
        "ORDER_CUSTOMER_HK",
    ),
    "sat": (
        lambda keys: satellite(keys // 4, 4),
        lambda keys, rows: satellite_delta(keys // 4, 4, rows),
        "CUSTOMER_HK, HASHDIFF, LOAD_DATE",
    ),
    "eff_sat": (
        lambda keys: effectivity(keys // 3),
        lambda keys, rows: effectivity_delta(keys // 3, rows),
        "ORDER_CUSTOMER_HK, ORDER_HK, CUSTOMER_HK, START_DATE, END_DATE, EFFECTIVE_FROM, LOAD_DATE, SOURCE",
    ),
    "ma_sat": (
        lambda keys: multi_active(keys // 6),
        lambda keys, rows: multi_active_delta(keys // 6, rows),
        "CUSTOMER_HK, PHONE, HASHDIFF, LOAD_DATE",
    ),
}


def sized_cases(history_rows: list[int], delta_rows: list[int]) -> list[tuple[str, int, int, Case]]:
    """For each structure its next load: the largest history with every delta, the smallest delta with every history."""
    found = []
    listed = {"sat late-safe": "sat late-safe, delta 5 %"} | {name: f"{name}, next load" for name in ENTITIES}
    listed["sat"] = "sat, delta 5 %"
    by_name = {case.name: case for case in cases(1)}
    for name, case_name in listed.items():
        target, stage, _ = ENTITIES[name.split(" ")[0]]
        sizes = {(max(history_rows), rows) for rows in delta_rows} | {(rows, min(delta_rows)) for rows in history_rows}
        for history, delta in sorted(sizes):
            case = replace(by_name[case_name], tables={"stage": stage(history, delta)}, target=target(history))
            found.append((name, history, delta, case))
    return found


def exponent(sizes: list[int], values: list[float]) -> float:
    """Slope of log(value) over log(size), least squares; values of nothing count as a thousandth."""
    x = [math.log(size) for size in sizes]
    y = [math.log(max(value, 1e-3)) for value in values]
    return statistics.linear_regression(x, y).slope


@dataclass
class Growth:
    """What was found for one structure."""

    structure: str
    shuffled_by_delta: float
    written_by_delta: float
    shuffled_by_history: float
    written_by_history: float
    read_factor: float

    def faults(self) -> list[str]:
        """The limits that are passed, in words."""
        limits = {
            "shuffled_by_delta": DELTA_EXPONENT, "written_by_delta": DELTA_EXPONENT,
            "shuffled_by_history": HISTORY_EXPONENT, "written_by_history": HISTORY_EXPONENT,
            "read_factor": READ_FACTOR,
        }  # fmt: skip
        return [
            f"{self.structure}: {name} is {getattr(self, name):.2f}, above {limit}"
            for name, limit in limits.items()
            if getattr(self, name) > limit
        ]


def grow(spark: SparkSession, home: Path, history_rows: list[int], delta_rows: list[int]) -> list[Growth]:
    """Run every structure at every size."""
    sized = sized_cases(history_rows, delta_rows)
    ours = implementations(None, None, None)[0]
    folder = write_project(home, ours, [case for _, _, _, case in sized])
    manifest = parse(folder)
    costs: dict[str, dict[tuple[int, int], tuple[Cost, float]]] = {}
    for number, (name, history, delta, case) in enumerate(sized):
        give(spark, number, case)
        reset(spark, number, case, ours)
        with measured(spark) as cost:
            run_model(folder, f"target_{number}", manifest)
        compared = ENTITIES[name.split(" ")[0]][2]
        scans = scan(spark, f"base_{number}", compared) + 2 * scan(spark, f"given_{number}_stage", "*")
        costs.setdefault(name, {})[history, delta] = (cost, cost.read / scans)
    found = []
    for name, by_size in costs.items():
        deltas = [by_size[max(history_rows), rows][0] for rows in delta_rows]
        histories = [by_size[rows, min(delta_rows)][0] for rows in history_rows]
        found.append(
            Growth(
                name,
                exponent(delta_rows, [cost.shuffled for cost in deltas]),
                exponent(delta_rows, [cost.written for cost in deltas]),
                exponent(history_rows, [cost.shuffled for cost in histories]),
                exponent(history_rows, [cost.written for cost in histories]),
                max(factor for _, factor in by_size.values()),
            )
        )
    return found


def scan(spark: SparkSession, table: str, columns: str) -> float:
    """MB read by a scan of these columns."""
    with measured(spark) as cost:
        spark.sql(f"select max(xxhash64({columns})) from {SCHEMA}.{table}").collect()
    return cost.read


def skewed(spark: SparkSession, home: Path, history: int, delta: int) -> dict[str, float]:
    """Slowest by median task of each structure's load, when 30 % of the staged rows are on one stored key."""
    keys = {"link": ("CUSTOMER_HK", "'0'"), "eff_sat": ("ORDER_HK", "'o0'")}
    sized = []
    for name, _, _, case in sized_cases([history], [delta]):
        key, number = keys.get(name, ("CUSTOMER_HK", "'0'"))
        stage = f"""
            select * except ({key}), if(pmod(xxhash64(*), 10) < 3, {hk(number)}, {key}) as {key}
            from ({case.tables["stage"]})"""
        sized.append((name, replace(case, tables={"stage": stage})))
    ours = implementations(None, None, None)[0]
    folder = write_project(home / "skewed", ours, [case for _, case in sized])
    manifest = parse(folder)
    spark.conf.set("spark.sql.adaptive.coalescePartitions.enabled", "false")
    found = {}
    for number, (name, case) in enumerate(sized):
        give(spark, number, case)
        # Twice: the first load of a session spends its time on compiling.
        for _ in range(2):
            reset(spark, number, case, ours)
            seen = stage_ids(spark)
            with measured(spark):
                run_model(folder, f"target_{number}", manifest)
            found[name] = slowest_to_median(spark, seen)
    return found


def main(
    unit: Annotated[int, typer.Option(help="rows of the smallest history; the smallest delta is a fortieth")] = 250_000,
    sizes: Annotated[int, typer.Option(help="sizes, each twice the one before")] = 5,
) -> None:
    history_rows = [unit * 2**step for step in range(sizes)]
    delta_rows = [unit // 40 * 2**step for step in range(sizes)]
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        # A small table would be broadcast whole, and the bytes would jump where it ceases to be small.
        spark = start_spark(Path(folder), **{"spark.sql.autoBroadcastJoinThreshold": "-1"})
        try:
            found = grow(spark, Path(folder), history_rows, delta_rows)
            slowest = skewed(spark, Path(folder), history_rows[-1], delta_rows[-1])
        finally:
            spark.stop()
    print(
        "| structure | shuffled, by delta | written, by delta | shuffled, by history | written, by history | read ÷ scans "
        "| slowest ÷ median task, skewed |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|")
    for each in found:
        values = (
            each.shuffled_by_delta, each.written_by_delta, each.shuffled_by_history, each.written_by_history, each.read_factor,
            slowest[each.structure],
        )  # fmt: skip
        print(f"| {each.structure} | {' | '.join(f'{value:.2f}' for value in values)} |")
    faults = [fault for each in found for fault in each.faults()]
    faults += [
        f"{name}: skew is {ratio:.1f}, above {SKEW_FACTOR}" for name, ratio in slowest.items() if ratio > SKEW_FACTOR
    ]
    if faults:
        print("\n".join(faults), file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
