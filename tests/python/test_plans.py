"""given the loads of the benchmark at a small size, when they run, then their plans and their bytes are those that were found good.

The figures are exact and the same on every machine: no broadcast but those that the macros ask for, no adaptive change.
"""

import pytest

from benchmarks.cases import cases
from benchmarks.measure import Cost, measured
from benchmarks.project import implementations, run_model, start_spark, write_project
from benchmarks.run import give, prepare, reset
from tests.embedded import parse

SCALE = 0.005
SETTINGS = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.shuffle.partitions": "2",
    # Few rows: to compile Java code for each query takes longer than to interpret it.
    "spark.sql.codegen.wholeStage": "false",
}

PLANS = {
    # case: exchanges, sorts, joins, shuffled kB
    "hub, first load": (1, 2, 0, 438),
    "link, first load": (1, 2, 0, 1004),
    "sat, first load": (1, 1, 0, 1225),
    "hub, next load": (4, 3, 2, 102),
    "link, next load": (4, 3, 2, 141),
    "sat, delta 5 %": (4, 1, 2, 182),
    "sat late-safe, delta 5 %": (2, 1, 1, 254),
    "eff_sat, next load": (2, 1, 1, 217),
    "ma_sat, next load": (5, 2, 3, 212),
    "pit, first load": (2, 1, 0, 198),
    "pit, refresh": (2, 2, 1, 267),
    "bridge, first load": (10, 10, 4, 543),
    "bridge, refresh": (10, 10, 4, 538),
}


@pytest.fixture(scope="module")
def costs(tmp_path_factory) -> dict[str, Cost]:
    """What each load cost, all of them in one session."""
    home = tmp_path_factory.mktemp("plans")
    [ours] = implementations(None, None, None)
    # A delta of 16 % has the plan of one of 5 %.
    chosen = [case for case in cases(SCALE) if "16 %" not in case.name]
    spark = start_spark(home, "2g", **SETTINGS)
    try:
        folder = write_project(home, ours, chosen)
        manifest = parse(folder)
        found = {}
        for number, case in enumerate(chosen):
            give(spark, number, case)
            prepare(spark, number, case, ours, folder, manifest)
            reset(spark, number, case, ours)
            with measured(spark) as found[case.name]:
                run_model(folder, f"target_{number}", manifest)
        return found
    finally:
        spark.stop()


def test_every_load_of_the_benchmark_is_pinned(costs):
    assert set(PLANS) == set(costs)


@pytest.mark.parametrize("case", PLANS)
def test_the_plan_of_a_load_is_the_one_that_was_found_good(costs, case):
    cost = costs[case]
    exchanges, sorts, joins, _ = PLANS[case]
    assert (cost.exchanges, cost.sorts, cost.joins) == (exchanges, sorts, joins)


@pytest.mark.parametrize("case", PLANS)
def test_no_load_joins_by_nested_loops(costs, case):
    assert costs[case].nested_loops == 0


@pytest.mark.parametrize("case", PLANS)
def test_a_load_shuffles_no_more_than_was_found_good(costs, case):
    limit = PLANS[case][3]
    assert costs[case].shuffled * 1000 <= limit * 1.1
