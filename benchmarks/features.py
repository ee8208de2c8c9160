"""Features by features_as_of beside those of a join of each cut-off with all earlier events, as the history of an entity grows.

    python -m benchmarks.features [--most 16]

The same customers get 1, 4 and 16 times the events and the cut-offs. Both queries give the same rows, which is checked. The exponent is
that of CPU seconds over events plus rows of the spine, from the smallest to the largest size; exit code 1 when it is above 1.05.
A join has events times cut-offs of a customer to look at, so it is left out where that would take an hour.
"""

import argparse
import math
import sys
import tempfile
from pathlib import Path

from pyspark.sql import SparkSession

from benchmarks.measure import Cost, measured
from tests.embedded import PROJECT, invoke, start_spark

CUSTOMERS, EVENTS, CUT_OFFS = 2_000, 200, 12
LIMIT = 1.05
# More data has more partitions, not larger ones, as adaptive execution makes them.
PARTITIONS = {
    "spark.sql.shuffle.partitions": "128",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": "8m",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
}
# A join looks at so many pairs at most.
MOST_PAIRS = 200_000_000
FEATURES = """{
    'event_count_28d': {'as': 'count', 'days': 28}, 'amount_84d': {'as': 'sum', 'of': 'amount', 'days': 84},
    'amount': {'as': 'sum', 'of': 'amount'}, 'days_since_last': {'as': 'days_since_last'}, 'last_amount': {'as': 'last', 'of': 'amount'},
}"""
# What feature stores generate: every cut-off meets every event before it.
JOIN = """
    select spine.customer_hk, spine.cut_off_at,
        count(if(happened_at > cut_off_at - interval 28 days, 1, null)) as event_count_28d,
        coalesce(sum(if(happened_at > cut_off_at - interval 84 days, amount, 0)), 0) as amount_84d,
        coalesce(sum(amount), 0) as amount,
        cast(timestampdiff(day, max(happened_at), spine.cut_off_at) as int) as days_since_last,
        max(struct(happened_at, load_dts, amount)).amount as last_amount
    from spine
    left join events
        on spine.customer_hk = events.customer_hk and happened_at <= cut_off_at and date_trunc('second', load_dts) <= cut_off_at
    group by spine.customer_hk, spine.cut_off_at
"""


def macro() -> str:
    """The SQL of features_as_of, compiled by dbt."""
    call = (
        f"features_as_of(spine='spine', key='customer_hk', events='events', applied='happened_at', features={FEATURES})"
    )
    answer = invoke(["compile", "--inline", f"{{{{ {call} }}}}", "--no-introspect", "--no-populate-cache"], PROJECT)
    if not answer.success:
        raise SystemExit(f"dbt cannot compile the macro: {answer.exception or answer.result}")
    return str(answer.result.results[0].node.compiled_code)


def write(spark: SparkSession, folder: Path, times: int) -> None:
    """Events and spine of one size: a year of events, each landed up to three days later, and cut-offs evenly spread over it."""
    seconds = 365 * 86_400
    spark.sql(
        f"""
        select md5(string(id % {CUSTOMERS})) as customer_hk, cast(pmod(hash(id), 10000) / 100 as decimal(12, 2)) as amount,
            timestamp_seconds(1483228800 + pmod(xxhash64(id), {seconds})) as happened_at,
            timestamp_seconds(1483228800 + pmod(xxhash64(id), {seconds}) + pmod(hash(id, 1), 259200)) as load_dts
        from range({CUSTOMERS * EVENTS * times})
        """
    ).write.parquet(str(folder / f"events-{times}"))
    spark.sql(
        f"""
        select md5(string(id % {CUSTOMERS})) as customer_hk,
            timestamp_seconds(1483228800 + {seconds} * ((id div {CUSTOMERS}) + 1) div {CUT_OFFS * times}) as cut_off_at
        from range({CUSTOMERS * CUT_OFFS * times})
        """
    ).write.parquet(str(folder / f"spine-{times}"))
    for name in ("events", "spine"):
        spark.read.parquet(str(folder / f"{name}-{times}")).createOrReplaceTempView(name)


def run(spark: SparkSession, sql: str, to: Path) -> Cost:
    """The lower cost of two runs."""
    costs = []
    for _ in range(2):
        with measured(spark) as cost:
            spark.sql(sql).write.mode("overwrite").parquet(str(to))
        costs.append(cost)
    return costs[0].lowest(costs[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=16, help="the largest size, a power of 4")
    most = parser.parse_args().most
    sql = macro()
    found: dict[int, Cost] = {}
    print("| events | rows of the spine | features_as_of: CPU s | shuffled MB | a join: CPU s | shuffled MB |")
    print("|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        spark = start_spark(folder, "-XX:+UseParallelGC", PARTITIONS)
        times = 1
        while times <= most:
            write(spark, folder, times)
            found[times] = ours = run(spark, sql, folder / "ours")
            events, rows = CUSTOMERS * EVENTS * times, CUSTOMERS * CUT_OFFS * times
            line = f"| {events:,} | {rows:,} | {ours.cpu:.1f} | {ours.shuffled:,.0f} |"
            if events * CUT_OFFS * times <= MOST_PAIRS:
                theirs = run(spark, JOIN, folder / "theirs")
                both = [spark.read.parquet(str(folder / each)) for each in ("ours", "theirs")]
                if both[0].exceptAll(both[1]).count() or both[1].exceptAll(both[0]).count():
                    sys.exit("the join gives other rows")
                line += f" {theirs.cpu:.1f} | {theirs.shuffled:,.0f} |"
            else:
                line += " - | - |"
            print(line, flush=True)
            times *= 4
        spark.stop()
    largest = max(found)
    exponent = math.log(found[largest].cpu / found[1].cpu) / math.log(largest)
    print(f"\nexponent {exponent:.2f}")
    if exponent > LIMIT:
        sys.exit(f"the cost grows faster than the data: exponent {exponent:.2f}, limit {LIMIT}")


if __name__ == "__main__":
    main()
