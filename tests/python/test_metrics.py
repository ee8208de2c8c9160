"""given metrics that are defined once, when they are queried, then their values are those of plain SQL over the files, and of the reports."""

import csv
import io
import re
from decimal import Decimal

import pytest
from conftest import Lake

GOLD = {
    name: f"gold.{name}"
    for name in (
        "fct_sale_lines",
        "fct_promotion_events",
        "fct_web_events",
        "fct_mrr_movements",
        "fct_subscription_events",
        "fct_revenue_schedule",
        "rpt_deferred_revenue",
        "rpt_promotion_performance",
        "rpt_conversion_funnel",
        "rpt_churn",
        "dim_product",
        "dim_promotion",
        "dim_date",
    )
}
NOBODY = "0" * 32
ATTRIBUTED = f"promotion_sk <> '{NOBODY}'"
# Each metric over everything, as somebody would write it who does not know MetricFlow.
EXPECTED = {
    "gross_sales": "select sum(sales_amount) from fct_sale_lines",
    "refunds": "select sum(refund_amount) from fct_promotion_events",
    "net_sales": "select (select sum(sales_amount) from fct_sale_lines) - (select sum(refund_amount) from fct_promotion_events)",
    "customer_paid": "select sum(customer_paid_amount) from fct_sale_lines",
    "store_discount": "select sum(retail_discount_amount) + sum(coupon_match_discount_amount) from fct_sale_lines",
    "manufacturer_discount": "select sum(coupon_discount_amount) from fct_sale_lines",
    "store_discount_rate": "select (sum(retail_discount_amount) + sum(coupon_match_discount_amount)) / "
    "(sum(sales_amount) + sum(retail_discount_amount) + sum(coupon_match_discount_amount)) from fct_sale_lines",
    "basket_count": "select count(distinct basket_bk) from fct_sale_lines",
    "basket_size": "select sum(sales_amount) / count(distinct basket_bk) from fct_sale_lines",
    "unit_count": "select sum(unit_quantity) from fct_sale_lines",
    "attributed_sales": f"select sum(sales_amount) from fct_promotion_events where event_type = 'purchase' and {ATTRIBUTED}",
    "discount_cost": f"select sum(coupon_match_discount_amount) from fct_promotion_events where event_type = 'discount' and {ATTRIBUTED}",
    "redemptions": "select count(*) from fct_promotion_events where event_type = 'redemption'",
    "targeted_customers": "select sum(targeted_customer_count) from rpt_promotion_performance",
    "responding_customers": "select sum(responding_customer_count) from rpt_promotion_performance",
    "response_rate": "select sum(responding_customer_count) / sum(targeted_customer_count) from rpt_promotion_performance",
    "prior_customers": "select sum(prior_customer_count) from rpt_promotion_performance",
    "prior_response_rate": "select sum(prior_customer_count) / sum(targeted_customer_count) from rpt_promotion_performance where prior_customer_count is not null",
    "measured_customers": "select sum(measured_customer_count) from rpt_promotion_performance",
    "control_customers": "select sum(control_customer_count) from rpt_promotion_performance",
    "web_visits": "select count(distinct web_session_bk) from fct_web_events",
    "products_viewed": "select sum(viewed_count) from rpt_conversion_funnel",
    "products_carted": "select sum(carted_count) from rpt_conversion_funnel",
    "products_ordered": "select sum(ordered_count) from rpt_conversion_funnel",
    "cart_rate": "select sum(carted_count) / sum(viewed_count) from rpt_conversion_funnel",
    "order_rate": "select sum(ordered_count) / sum(viewed_count) from rpt_conversion_funnel",
    "new_mrr": "select sum(reported_new_amount) from fct_mrr_movements",
    "reactivation_mrr": "select sum(reported_reactivation_amount) from fct_mrr_movements",
    "expansion_mrr": "select sum(reported_expansion_amount) from fct_mrr_movements",
    "contraction_mrr": "select sum(reported_contraction_amount) from fct_mrr_movements",
    "churned_mrr": "select sum(reported_churn_amount) from fct_mrr_movements",
    "mrr_exchange_rate_effect": "select sum(reported_fx_amount) from fct_mrr_movements",
    "opening_mrr": "select sum(reported_opening_amount) from fct_mrr_movements where date_key = (select min(date_key) from fct_mrr_movements)",
    "closing_mrr": "select sum(reported_closing_amount) from fct_mrr_movements where date_key = (select max(date_key) from fct_mrr_movements)",
    "recognised_revenue": "select sum((revenue_amount - reduction_amount) * reported_unit_value) from fct_revenue_schedule",
    # What was billed is deferred until it is earned.
    "deferred_revenue": "select sum(amount) from (select round(sum((billed_amount - credited_amount - revenue_amount + reduction_amount) "
    "* reported_unit_value), 2) as amount from fct_revenue_schedule where date_key <= (select max(date_key) from fct_mrr_movements) group by currency) as owed",
    "subscriptions_started": "select count(*) from fct_subscription_events where event_type = 'started'",
    "opening_subscribers": "select sum(opening_user_count) from rpt_churn",
    "churned_subscribers": "select sum(churned_user_count) from rpt_churn",
    "subscriber_churn_rate": "select sum(churned_user_count) / sum(opening_user_count) from rpt_churn",
}


def query(lake: Lake, *arguments: str) -> list[dict[str, str]]:
    """Rows of `lakevault metrics query ... --csv`."""
    done = lake.run("lakevault", "metrics", "query", *arguments, "--csv")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return list(csv.DictReader(io.StringIO(done.stdout)))


@pytest.fixture(scope="module")
def totals(lake: Lake) -> dict[str, str]:
    """All metrics over everything, in one query."""
    [row] = query(lake, ",".join(EXPECTED))
    return row


def test_every_metric_has_an_expectation(lake):
    listed = lake.run("lakevault", "metrics", "list").stdout
    # Of a text that goes on in the next line, the name is not repeated.
    assert set(re.findall(r"^│ (\w+) ", listed, re.MULTILINE)) == set(EXPECTED)
    assert lake.run("lakevault", "metrics", "dimensions", "net_sales").stdout.split()[0] == "customer__age_band"


@pytest.mark.parametrize("metric", EXPECTED)
def test_a_metric_is_what_plain_sql_over_the_files_gives(lake, totals, metric):
    tables = {name: table for name, table in GOLD.items() if name in EXPECTED[metric]}
    [(expected,)] = lake.query(EXPECTED[metric], **tables)
    assert expected is not None
    if isinstance(expected, float):
        assert float(totals[metric]) == pytest.approx(expected, rel=1e-12)
    else:
        assert Decimal(totals[metric]) == Decimal(str(expected))


def test_net_sales_by_month_and_department_are_those_of_a_join_by_hand(lake):
    expected = lake.query(
        """
        with amounts as (
            select date_key, product_sk, sales_amount as amount from fct_sale_lines
            union all
            select date_key, product_sk, -refund_amount from fct_promotion_events where refund_amount <> 0
        )
        select calendar_year_month || '-01 00:00:00', department, sum(amount)
        from amounts join dim_product using (product_sk) join dim_date using (date_key)
        where department like 'G%'
        group by all
        """,
        **{name: GOLD[name] for name in ("fct_sale_lines", "fct_promotion_events", "dim_product", "dim_date")},
    )
    found = query(
        lake, "net_sales", "--by", "metric_time__month,product__department", "--where", "product__department like 'G%'"
    )
    rows = {(row["metric_time__month"], row["product__department"], Decimal(row["net_sales"])) for row in found}
    assert rows == {(month, department, amount) for month, department, amount in expected}
    assert len(rows) > 12


REPORTED = {"discount_cost": "store_discount_amount", "attributed_sales": "attributed_sales_amount"}


def test_the_report_of_promotions_agrees_with_the_metrics(lake):
    found = query(lake, ",".join(REPORTED), "--by", "promotion__promotion_bk")
    for metric, column in REPORTED.items():
        expected = lake.query(
            f"select promotion_bk, {column} from rpt_promotion_performance where {column} <> 0",
            rpt_promotion_performance=GOLD["rpt_promotion_performance"],
        )
        told = {(row["promotion__promotion_bk"], Decimal(row[metric])) for row in found if Decimal(row[metric] or 0)}
        assert told == set(expected), metric
        assert expected


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["net_sale"], "there is no metric net_sale; close to it: net_sales"),
        (["response_rate", "--by", "product__department"], "response_rate cannot be grouped by product__department"),
        (["net_sales", "--release", "9"], "there is no release 9"),
        (["net_sales", "--where", "product__department ="], "net_sales"),
    ],
)
def test_a_query_that_cannot_be_answered_is_told_in_a_sentence(lake, arguments, said):
    done = lake.run("lakevault", "metrics", "query", *arguments)
    told = " ".join((done.stdout + done.stderr).split())
    assert (done.returncode, "Traceback" in told) == (1, False), told
    if "--where" not in arguments:
        assert said in told
