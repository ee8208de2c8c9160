"""given five landed deliveries, when they are built, then the lake holds exactly what was landed and what was meant."""

import json
import os
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import Lake
from efficient_apriori import apriori
from members import MEMBERSHIP, difference

from lakevault.lake import delta


def manifests(base: Path) -> list[dict]:
    return [json.loads(path.read_text()) for path in sorted((base / "landing").glob("accepted/*/*.manifest.json"))]


def test_bronze_holds_every_row_of_every_file(lake):
    landed: Counter[tuple[int, str]] = Counter()
    for delivery in manifests(lake.base):
        for file in delivery["files"]:
            landed[delivery["load_id"], f"{file['source']}_{file['feed']}"] += file["rows"]
    for (load_id, table), rows in landed.items():
        counted = lake.query(f"select count(*) from bronze where load_id = {load_id}", bronze=f"bronze.{table}")
        assert counted == [(rows,)], f"{table} of delivery {load_id}"


def test_the_fact_has_every_till_line_and_its_sums_to_the_cent(lake):
    files = [
        pd.read_csv(path, dtype=str) for path in sorted((lake.base / "landing").glob("accepted/*/pos.sale_line/*"))
    ]
    lines = pd.concat(files)
    cents = {
        column: int(lines[column].str.replace(".", "").astype("int64").sum())
        for column in ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
    }
    [(rows, *sums)] = lake.query(
        """
        select count(*), sum(sales_amount) * 100, sum(retail_discount_amount) * 100, sum(coupon_discount_amount) * 100,
            sum(coupon_match_discount_amount) * 100
        from fact
        """,
        fact="gold.fct_sale_lines",
    )
    assert rows == len(lines)
    assert [int(value) for value in sums] == list(cents.values())


def test_the_day_of_a_sale_is_that_of_the_stores_as_the_tills_count_weeks(lake):
    [(lines, by_store, by_utc)] = lake.query(
        """
        select count(*),
            count(*) filter ((strptime(date_key::varchar, '%Y%m%d')::date - date '2016-12-26') // 7 + 1 = sale_week),
            count(*) filter ((line.sold_at::date - date '2016-12-26') // 7 + 1 = sale_week)
        from fact join line using (sale_line_hk)
        """,
        fact="gold.fct_sale_lines",
        line="silver.nh_link_sale_line",
    )
    assert by_utc < by_store == lines


def test_a_redemption_has_the_day_that_the_source_says(lake):
    days = """
        select count(*), count(*) filter (date_key = strftime(redeemed_on, '%Y%m%d')::int)
        from redemption join event on event_type = 'redemption'
            and promotion_event_hk = upper(md5('redemption||' || coupon_redemption_hk))
    """
    [(redemptions, same)] = lake.query(
        days, redemption="silver.nh_link_coupon_redemption", event="gold.fct_promotion_events"
    )
    assert 0 < same == redemptions


@pytest.mark.parametrize("entity", ["customer", "product", "promotion"])
def test_what_landed_at_a_time_is_known_at_that_time_whole(lake, entity):
    between = "select count(*) from snapshot where dbt_valid_from not in (select load_dts from ledger)"
    assert lake.query(between, snapshot=f"silver.snp_{entity}", ledger="bronze.ledger") == [(0,)]


VERSIONS = {
    # dimension: column in the truth -> column of the dimension
    "customer": {
        "household_id": "customer_bk",
        "age": "age_band",
        "income": "income_band",
        "home_ownership": "home_ownership",
        "marital_status": "marital_status",
        "household_size": "household_size",
        "household_comp": "household_composition",
        "kids_count": "kids_count",
        "is_deleted": "is_deleted",
    },
    "product": {
        "product_id": "product_bk",
        "manufacturer_id": "manufacturer_bk",
        "department": "department",
        "brand": "brand",
        "product_category": "product_category",
        "product_type": "product_type",
        "package_size": "package_size",
        "cast(list_price as decimal(12, 2))": "list_price_amount",
    },
    "promotion": {
        "campaign_id": "promotion_bk",
        "campaign_type": "campaign_type",
        "left(start_date, 10)": "start_date",
        "left(end_date, 10)": "end_date",
        "discount_terms": "discount_terms",
    },
}
VALIDITY = {
    "left(valid_from, 19)": "left(cast(valid_from as varchar), 19)",
    "left(valid_to, 19)": "left(cast(valid_to as varchar), 19)",
}


@pytest.mark.parametrize("entity", VERSIONS)
def test_the_versions_of_a_dimension_are_those_the_generator_expects(lake, entity):
    columns = VERSIONS[entity] | VALIDITY
    truth = lake.base / "truth" / f"{entity}_versions.parquet"
    expected = f"select {', '.join(f'cast({c} as varchar)' for c in columns)} from read_parquet('{truth}')"
    actual = (
        f"select {', '.join(f'cast({c} as varchar)' for c in columns.values())} "
        "from dimension where first_known_at is not null"
    )
    table = {"dimension": f"gold.dim_{entity}"}
    assert lake.query(f"({expected}) except all ({actual}) limit 5", **table) == []
    assert lake.query(f"({actual}) except all ({expected}) limit 5", **table) == []
    [(count,)] = lake.query(f"select count(*) from ({actual})", **table)
    assert count > 0


WEB_EVENTS = """
    select web_event_bk, event.event_type, event.web_session_bk, customer_bk, product_bk, promotion_bk, event.coupon_bk, event.basket_bk,
        left(event.occurred_at::varchar, 19)
    from event
    join link using (web_event_hk)
    join customer using (customer_sk)
    join product using (product_sk)
    join promotion using (promotion_sk)
"""


def test_the_web_shops_events_are_those_that_were_sent_each_once_and_in_any_order(lake):
    truth = lake.base / "truth" / "web_events.parquet"
    columns = (
        "event_id, event_type, session_id, coalesce(household_id, '-1'), product_id, coalesce(campaign_id, '-1'), "
        "coupon_upc, basket_id, occurred_at"
    )
    expected = f"select {columns} from read_parquet('{truth}')"
    tables = {
        "event": "gold.fct_web_events",
        "link": "silver.nh_link_web_event",
        "customer": "gold.dim_customer",
        "product": "gold.dim_product",
        "promotion": "gold.dim_promotion",
    }
    assert lake.query(f"({expected}) except all ({WEB_EVENTS}) limit 5", **tables) == []
    assert lake.query(f"({WEB_EVENTS}) except all ({expected}) limit 5", **tables) == []
    # and the shop sent some twice, and some after others that had happened later
    [(sent, events)] = lake.query("select count(*), count(distinct event_id) from t", t="bronze.shop_web_event")
    assert sent > events > 2000
    earlier = """
        select count(*) from (
            select occurred_at < lag(occurred_at) over (partition by message_partition order by record_number) as is_earlier from t
        ) where is_earlier
    """
    assert lake.query(earlier, t="bronze.shop_web_event")[0][0] > 0


def test_the_funnel_of_the_web_shop_is_the_one_the_generator_expects(lake):
    truth = lake.base / "truth" / "conversion_funnel.parquet"
    expected = f"""
        select day::int, coalesce(campaign_id, '-1'), coalesce(department, 'unknown'), viewed::int, carted::int, ordered::int
        from read_parquet('{truth}')
    """
    actual = "select date_key, promotion_bk, department, viewed_count, carted_count, ordered_count from funnel"
    assert lake.query(f"({expected}) except all ({actual}) limit 5", funnel="gold.rpt_conversion_funnel") == []
    assert lake.query(f"({actual}) except all ({expected}) limit 5", funnel="gold.rpt_conversion_funnel") == []


def test_the_way_from_a_mail_to_a_subscription_is_the_one_the_generator_expects(lake):
    truth = lake.base / "truth" / "engagement_funnel.parquet"
    expected = f"""
        select source_id, name, is_canvas::boolean, coalesce(campaign_id, '-1'), sent::int, delivered::int, opened::int, clicked::int, subscribed::int
        from read_parquet('{truth}')
    """
    actual = """
        select campaign_bk, campaign_name, is_journey, promotion_bk, sent_count, delivered_count, opened_count, clicked_count, subscribed_count
        from report
    """
    assert lake.query(f"({expected}) except all ({actual}) limit 5", report="gold.rpt_campaign_engagement") == []
    assert lake.query(f"({actual}) except all ({expected}) limit 5", report="gold.rpt_campaign_engagement") == []
    # and the service sent some events twice, and some that are nonsense
    [(sent, events)] = lake.query("select count(*), count(distinct id) from t", t="bronze.engage_event")
    assert sent > events
    [(stored, tests)] = lake.query("select count(*), count_if(is_test) from t", t="silver.nh_link_campaign_event")
    assert (stored, tests) == (events, 3)


@pytest.mark.parametrize("table", MEMBERSHIP)
def test_the_vault_has_the_rows_that_the_membership_database_has(lake, table):
    truth = lake.base / "truth" / f"membership_{table}.parquet"
    expected = f"select {MEMBERSHIP[table]} from read_parquet('{truth}')"
    assert difference(lake, table, expected) == []
    assert len(lake.query(expected)) > 2


def test_affinity_is_what_a_known_library_finds_in_the_same_baskets(lake):
    baskets = lake.query(
        """
        select list(distinct product_bk) from fact join product using (product_sk)
        where product_bk <> 'unknown' group by basket_bk
        """,
        fact="gold.fct_sale_lines",
        product="gold.dim_product",
    )
    promoted = {bk for (bk,) in lake.query(
        "select product_bk from hub semi join link using (product_hk)",
        hub="silver.hub_product",
        link="silver.link_product_promotion",
    )}  # fmt: skip
    _, rules = apriori(
        [tuple(products) for (products,) in baskets], min_support=0.001, min_confidence=1e-9, max_length=2
    )
    known = {
        (rule.lhs[0], rule.rhs[0]): (rule.support, rule.confidence, rule.lift)
        for rule in rules
        if rule.lhs[0] in promoted
    }
    found = {
        (promoted_bk, other_bk): tuple(measures)
        for promoted_bk, other_bk, *measures in lake.query(
            "select promoted_product_bk, other_product_bk, support_rate, confidence_rate, lift from t",
            t="gold.rpt_product_affinity",
        )
    }
    assert len(found) > 100
    assert found.keys() == known.keys()
    assert all(found[pair] == pytest.approx(known[pair]) for pair in known)


def test_every_fact_key_meets_a_dimension(lake):
    for key, dimension in (("customer_sk", "customer"), ("product_sk", "product"), ("promotion_sk", "promotion")):
        missing = lake.query(
            f"select count(*) from fact anti join dimension using ({key})",
            fact="gold.fct_promotion_events",
            dimension=f"gold.dim_{dimension}",
        )
        assert missing == [(0,)], key


def test_the_summary_names_rows_tests_times_and_an_answer(lake):
    text = (lake.base / "build.log").read_text()
    for part in (
        "Rows per layer",
        "Rows per delivery",
        "Seconds per phase",
        "0 failed",
        "Did promotions change what customers spend? 0 promotions measured, none can be told from chance",
        "fewer than 30 targeted customers to compare",
    ):
        assert part in text


def test_a_second_build_says_that_nothing_is_new_and_adds_no_row(lake):
    before = delta.row_counts(lake.base / "lake")
    result = lake.run("lakevault", "build")
    assert result.returncode == 0
    assert "Nothing new" in result.stdout
    assert delta.row_counts(lake.base / "lake") == before


def test_a_test_notices_what_is_planted_and_one_that_cannot_is_told(lake):
    before = delta.fingerprint(lake.base / "lake")
    able = [
        "hub_customer_is_sound",
        "sums_of_fct_sale_lines_equal_bronze_to_the_cent",
        "store_bk_of_dim_store_is_unique",
    ]
    # It compares types while it compiles, so no row can break it.
    unable = "load_dts_of_nh_link_sale_line_has_its_type"
    result = lake.run("lakevault", "plant", *able, unable)
    assert result.returncode == 1
    assert "3 of 4 tests noticed what was planted" in result.stdout
    assert f"{unable} noticed nothing" in result.stdout
    assert delta.fingerprint(lake.base / "lake") == before


def test_bad_files_are_told_and_stop_nothing(lake):
    before = delta.fingerprint(lake.base / "lake")
    incoming = lake.base / "landing" / "incoming"
    manifest = {
        "load_dts": "2018-02-01T03:00:00Z",
        "files": [
            {"source": "crm", "feed": "customer", "path": "missing.csv", "sha256": "0"},
            {"source": "pos", "feed": "sale_line", "path": "damaged.csv", "sha256": "0", "size": 3},
        ],
    }
    bad = incoming / "bad"
    bad.mkdir(parents=True)
    (bad / "manifest.json").write_text(json.dumps(manifest))
    (bad / "damaged.csv").write_text("a,b")
    # At rest: what changed a moment ago would wait.
    os.utime(bad / "damaged.csv", (1.5e9, 1.5e9))
    try:
        result = lake.run("lakevault", "build")
    finally:
        shutil.rmtree(bad)
    assert result.returncode == 0, result.stdout
    assert "waits: bad/missing.csv: announced by its manifest, not there" in result.stdout
    assert "quarantined: bad/damaged.csv: checksum" in result.stdout
    after = delta.fingerprint(lake.base / "lake")
    assert {name for name in after if after[name] != before[name]} == {"bronze.ledger"}


LATE = {
    # what time it is: (whether the command succeeds, what it says of the source)
    "2018-01-02 06:00:00": (True, "PASS"),
    "2018-02-01 00:00:00": (True, "WARN"),
    "2018-12-31 00:00:00": (False, "ERROR STALE"),
}
# In one process Spark starts once.
FRESHNESS = """
import sys
from dbt.cli.main import dbtRunner
for now in sys.argv[1:]:
    print(now, dbtRunner().invoke(["source", "freshness", "--select", "source:crm", "--vars", f"now: '{now}'"]).success)
"""


def test_sources_that_stay_away_are_reported_as_late(lake):
    said = lake.run("python", "-c", FRESHNESS, *LATE).stdout
    for now, (succeeds, told) in LATE.items():
        before, ended, said = said.partition(f"{now} {succeeds}\n")
        assert ended and told in before, before


def spend_by_day(lake: Lake) -> pd.DataFrame:
    """What each customer (row) spent on each day in New York (column)."""
    sold = lake.query(
        """
        select customer_hk, cast(timezone('America/New_York', sold_at) as date), sum(sales_amount)::double
        from line group by all
        """,
        line="silver.nh_link_sale_line",
    )
    spend = pd.DataFrame(sold, columns=["customer", "day", "amount"]).pivot_table("amount", "customer", "day")
    customers = [customer for (customer,) in lake.query("select customer_hk from t", t="silver.hub_customer")]
    days = pd.date_range(spend.columns.min(), spend.columns.max())
    spend.columns = pd.to_datetime(spend.columns)
    return spend.reindex(index=sorted(customers), columns=days).fillna(0)


def uplift_by_regression(spend: pd.DataFrame, targeted: np.ndarray, start: pd.Timestamp, weeks: int) -> list[float]:
    """Uplift by weighted least squares, and its standard errors by customer and by week."""
    baseline = start - pd.Timedelta(weeks=4)
    weekly = np.stack(
        [
            spend.loc[:, day : day + pd.Timedelta(days=6)].sum(axis=1)
            for day in pd.date_range(baseline, periods=4 + weeks, freq="7D")
        ]
    ).T
    change = weekly[:, 4:].mean(axis=1) - weekly[:, :4].mean(axis=1)
    earlier = spend.loc[:, spend.columns < baseline].sum(axis=1).round(2)
    weight, against, control_variance = np.zeros(len(spend)), np.zeros(len(spend)), 0.0
    for members in np.array_split(np.argsort(earlier.to_numpy(), kind="stable"), 5):
        ours, others = members[targeted[members]], members[~targeted[members]]
        if len(ours) and len(others) > 1:
            weight[ours], weight[others] = 1, len(ours) / len(others)
            against[ours] = change[others].mean()
            control_variance += len(ours) ** 2 * change[others].var(ddof=1) / len(others)
    used = weight > 0
    root = np.sqrt(weight[used])
    design = np.stack([np.ones(used.sum()), targeted[used]], axis=1)
    solve = np.linalg.lstsq(design * root[:, None], np.column_stack([change, weekly])[used] * root[:, None])[0][1]
    uplift, gaps = solve[0], solve[1:]
    ours = used & targeted
    by_customer = (change - against)[ours].var(ddof=1) / ours.sum() + control_variance / ours.sum() ** 2
    squares = ((gaps[:4] - gaps[:4].mean()) ** 2).sum() + ((gaps[4:] - gaps[4:].mean()) ** 2).sum()
    by_week = squares / (2 + weeks) * (1 / 4 + 1 / weeks)
    slope = np.polyfit(np.arange(4 + weeks), gaps, 1)[0]
    return [uplift, by_customer**0.5, by_week**0.5, slope]


def test_the_uplift_and_its_errors_are_what_a_regression_in_numpy_gives(lake):
    spend = spend_by_day(lake)
    targets = lake.query(
        "select promotion_bk, list(customer_hk) from link join hub using (promotion_hk) group by all",
        link="silver.link_customer_promotion",
        hub="silver.hub_promotion",
    )
    targeted = {promotion: np.isin(spend.index, customers) for promotion, customers in targets}
    rows = lake.query(
        """
        select promotion_bk, start_date, observed_weeks, measured_customer_count, uplift_amount_per_customer_week,
            customer_standard_error_amount, week_standard_error_amount, trend_amount_per_week
        from uplift where uplift_amount_per_customer_week is not null and measured_customer_count > 1
        """,
        uplift="gold.rpt_promotion_uplift",
    )
    assert len(rows) > 20
    for promotion, start, weeks, count, *measures in rows:
        expected = uplift_by_regression(spend, targeted[promotion], pd.Timestamp(start), weeks)
        assert [float(measure) for measure in measures] == pytest.approx(expected, abs=0.0002), (promotion, start)
        assert count <= targeted[promotion].sum()


def test_the_windows_of_promotions_end_with_the_last_whole_day_of_the_stores(lake):
    rows = lake.query(
        "select promotion_bk, end_date, observed_days, observed_weeks, last_observed_date from t where trial = 'promotion'",
        t="gold.rpt_promotion_uplift",
    )
    assert len(rows) == 27
    for promotion, end, days, weeks, last in rows:
        assert last == min(end, date(2017, 12, 31)), promotion
        assert weeks == days // 7
    # It begins on 28 December: four whole days, and no week to measure.
    assert next(row[2:4] for row in rows if row[0] == "23") == (4, 0)
