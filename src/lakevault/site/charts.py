"""The charts of each subject: what is asked of the metrics or of Gold, and how Vega-Lite draws it. The site and Superset show the same ones."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# A group of fewer customers, baskets or visits is not shown.
MINIMUM = 10
Spec = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A question, and how its answer is drawn.

    Attributes:
        subject: folder of Gold.
        title: what is shown.
        words: how to read it.
        group: the column that says how many customers, baskets or visits a row is about, and their name.
        spec: Vega-Lite, without data; columns go by their names.
        less: metrics that are taken off, and drawn below zero.
        metrics, by, where: what is asked of the metrics; no metrics when `sql` asks Gold itself.
    """

    subject: str
    title: str
    words: str
    group: tuple[str, str]
    spec: Spec
    metrics: Sequence[str] = ()
    by: Sequence[str] = ()
    where: Sequence[str] = ()
    less: Sequence[str] = ()
    sql: str = ""


def words(column: str) -> str:
    """The name of a column for people."""
    return column.rpartition("__")[2].removesuffix("_bk").replace("_", " ")


def _axis(name: str, kind: str, title: str, **more: object) -> Spec:
    return {"field": name, "type": kind, "title": title} | more


def _folded(names: Sequence[str], mark: Spec, encoding: Spec) -> Spec:
    """Some columns as one value with a colour each."""
    # On a narrow screen, three names beside each other would be cut off.
    legend = {"orient": "bottom", "columns": 1 if len(names) > 2 else 2}
    return {
        "transform": [{"fold": list(names), "as": ["measure", "value"]}],
        "mark": mark | {"tooltip": True},
        "encoding": encoding | {"color": _axis("measure", "nominal", "", sort=list(names), legend=legend)},
    }


def _by_month(names: Sequence[str], unit: str, format: str = ",.0f") -> Spec:
    """A line for each of some columns."""
    month = _axis("metric_time__month", "temporal", "month", timeUnit="yearmonth")
    value = _axis("value", "quantitative", unit, axis={"format": format})
    return _folded(names, {"type": "line", "point": True}, {"x": month, "y": value})


def _shares(names: Sequence[str], by: Spec, whole: str, offset: Spec) -> Spec:
    """Bars beside each other for some columns that are shares of a whole."""
    value = _axis("value", "quantitative", f"share of {whole}", axis={"format": "%"})
    return _folded(names, {"type": "bar"}, {"y": by, "yOffset": {"field": "measure"} | offset, "x": value})


def _moved_by_month(names: Sequence[str], less: Sequence[str], unit: str) -> Spec:
    """Bars on each other, of what is added above zero, and of what is taken off below."""
    month = _axis("metric_time__month", "temporal", "month", timeUnit="yearmonth")
    value = _axis("signed", "quantitative", unit, axis={"format": ",.0f"})
    spec = _folded(names, {"type": "bar", "width": {"band": 0.8}}, {"x": month, "y": value})
    return spec | {"transform": [*spec["transform"], _signed(less)]}


def _signed(less: Sequence[str]) -> Spec:
    """The value of a measure, below zero for some."""
    return {
        "calculate": f"indexof({json.dumps(list(less))}, datum.measure) < 0 ? datum.value : -datum.value",
        "as": "signed",
    }


def _waterfall(opening: str, moves: Sequence[str], closing: str, less: Sequence[str], unit: str) -> Spec:
    """From the opening balance of the newest year over what moved it to the closing balance: each bar begins where the one before ends."""
    time = "metric_time__year"
    return {
        "transform": [
            {"joinaggregate": [{"op": "max", "field": time, "as": "newest"}]},
            {"filter": f"datum.{time} == datum.newest"},
            {"fold": [opening, *moves, closing], "as": ["measure", "value"]},
            _signed(less),
            {"window": [{"op": "row_number", "as": "step"}]},
            {"window": [{"op": "sum", "field": "signed", "as": "until"}]},
            # The closing balance is the sum of all others and stands on the ground.
            {"calculate": f"datum.measure == '{closing}' ? datum.value : datum.until", "as": "to"},
            {"calculate": f"datum.measure == '{closing}' ? 0 : datum.until - datum.signed", "as": "from"},
            {
                "calculate": f"indexof({json.dumps([opening, closing])}, datum.measure) >= 0 ? 'balance' : datum.signed < 0 ? 'less' : 'more'",
                "as": "kind",
            },
        ],
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "y": _axis("measure", "nominal", "", sort={"field": "step"}),
            "x": _axis("from", "quantitative", unit, axis={"format": ",.0f"}),
            "x2": {"field": "to"},
            "color": _axis("kind", "nominal", "", sort=["balance", "less", "more"], legend={"orient": "bottom"}),
        },
    }


_MRR_MOVES = (
    "new_mrr",
    "reactivation_mrr",
    "expansion_mrr",
    "contraction_mrr",
    "churned_mrr",
    "mrr_exchange_rate_effect",
)
_MRR_LESS = ("contraction_mrr", "churned_mrr")
_UPLIFT = "uplift, USD a customer and week"
CHARTS = (
    Chart(
        "promotions",
        "Net sales and discounts by month",
        "What the store received less refunds, and the discounts that the store and the manufacturers bore, in USD.",
        ("basket_count", "baskets"),
        _by_month(("net_sales", "store_discount", "manufacturer_discount"), "USD"),
        metrics=("net_sales", "store_discount", "manufacturer_discount", "basket_count"),
        by=("metric_time__month",),
    ),
    Chart(
        "promotions",
        "Response by type of campaign",
        "Share of the targeted customers who bought a covered product during the promotion, beside the same customers' share in as many days before, "
        "of promotions with so many days of sales before. A promotion that changes nothing has two bars of one length. Type A has personal coupons on "
        "what the household buys, type B coupons on selected products for selected households, type C seasonal ones on categories.",
        ("targeted_customers", "targeted customers"),
        _shares(
            ("response_rate", "prior_response_rate"),
            _axis("promotion__campaign_type", "nominal", "campaign"),
            "targeted customers",
            {"sort": "descending"},
        ),
        metrics=("response_rate", "prior_response_rate", "targeted_customers"),
        by=("promotion__campaign_type",),
        where=("promotion_result__has_response_before",),
    ),
    Chart(
        "promotions",
        "Uplift of each promotion with its 95 % interval",
        "What targeted customers spent more than the others, after both were compared with the weeks before. Where the line crosses zero, the uplift cannot be told from chance.",
        ("measured_customer_count", "measured customers"),
        {
            "layer": [
                {"mark": {"type": "rule"}, "encoding": {"x": {"datum": 0}, "color": {"value": "gray"}}},
                {
                    "mark": {"type": "rule", "tooltip": True},
                    "encoding": {
                        "x2": {"field": "uplift_high_amount"},
                        "x": _axis("uplift_low_amount", "quantitative", _UPLIFT),
                    },
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 60, "tooltip": True},
                    "encoding": {"x": _axis("uplift_amount_per_customer_week", "quantitative", _UPLIFT)},
                },
            ],
            "encoding": {
                "y": _axis(
                    "promotion_bk",
                    "nominal",
                    "promotion",
                    sort={"field": "uplift_amount_per_customer_week", "order": "descending"},
                ),
                "color": _axis("campaign_type", "nominal", "campaign", legend={"orient": "bottom"}),
            },
        },
        sql="""
            select promotion_bk, campaign_type, uplift_amount_per_customer_week, uplift_low_amount, uplift_high_amount, measured_customer_count
            from gold.rpt_promotion_performance
            where uplift_amount_per_customer_week is not null
            order by uplift_amount_per_customer_week desc
        """,
    ),
    Chart(
        "promotions",
        "Uplift against discount cost",
        "Each point is a promotion: what its discounts cost the store, and what targeted customers spent more. A good one stands at the top on the left.",
        ("measured_customer_count", "measured customers"),
        {
            "mark": {"type": "point", "filled": True, "size": 80, "tooltip": True},
            "encoding": {
                "x": _axis("store_discount_amount", "quantitative", "discount cost of the store, USD"),
                "y": _axis("uplift_amount_per_customer_week", "quantitative", _UPLIFT),
                "color": _axis("campaign_type", "nominal", "campaign", legend={"orient": "bottom"}),
            },
        },
        sql="""
            select promotion_bk, campaign_type, store_discount_amount, uplift_amount_per_customer_week, measured_customer_count
            from gold.rpt_promotion_performance
            where uplift_amount_per_customer_week is not null
            order by store_discount_amount
        """,
    ),
    Chart(
        "promotions",
        "What is often bought together with promoted products",
        "The fifteen pairs with the highest lift: how many times more often a basket with the promoted product has the other one than any basket has it.",
        ("basket_count", "baskets"),
        {
            "transform": [
                {
                    "calculate": "datum.promoted_product_type + ' + ' + datum.other_product_type + ' (' + datum.other_product_bk + ')'",
                    "as": "pair",
                }
            ],
            "mark": {"type": "bar", "tooltip": True},
            "encoding": {
                "y": _axis("pair", "nominal", "", sort="-x", axis={"labelLimit": 320}),
                "x": _axis("lift", "quantitative", "lift"),
            },
        },
        sql=f"""
            select promoted_product_type, other_product_type, promoted_product_bk, other_product_bk, lift, basket_count
            from gold.rpt_product_affinity
            where basket_count >= {MINIMUM}
            order by lift desc, promoted_product_bk, other_product_bk
            limit 15
        """,
    ),
    Chart(
        "web_shop",
        "From a view to an order, by month",
        "Products that visits viewed, put into the cart and ordered, by the month of the first view.",
        ("web_visits", "visits"),
        _by_month(("products_viewed", "products_carted", "products_ordered"), "products"),
        metrics=("products_viewed", "products_carted", "products_ordered", "web_visits"),
        by=("metric_time__month",),
    ),
    Chart(
        "web_shop",
        "Cart rate and order rate by department",
        "Of the products viewed, the share that was put into the cart, and the share that was ordered.",
        ("products_viewed", "products viewed"),
        _shares(
            ("cart_rate", "order_rate"),
            _axis(
                "funnel_step__department",
                "nominal",
                "department",
                sort={"field": "products_viewed", "order": "descending"},
            ),
            "products viewed",
            {},
        ),
        metrics=("products_viewed", "cart_rate", "order_rate"),
        by=("funnel_step__department",),
    ),
    Chart(
        "subscriptions",
        "MRR from the beginning to the end of the year",
        "Monthly recurring revenue of the newest year in USD: what it began with, what was won, won back, expanded, contracted and lost, what other "
        "exchange rates make of it, and what it ends with.",
        ("subscriptions_started", "subscriptions that began"),
        _waterfall("opening_mrr", _MRR_MOVES, "closing_mrr", _MRR_LESS, "USD a month"),
        metrics=("opening_mrr", *_MRR_MOVES, "closing_mrr", "subscriptions_started"),
        by=("metric_time__year",),
        less=_MRR_LESS,
    ),
    Chart(
        "subscriptions",
        "What moved MRR, by month",
        "Monthly recurring revenue that was won, won back and expanded above the line, and contracted and lost below it, in USD at the rate of the month; "
        "and what other exchange rates make of the rest.",
        ("opening_subscribers", "subscribers"),
        _moved_by_month(_MRR_MOVES, _MRR_LESS, "USD a month"),
        metrics=(*_MRR_MOVES, "opening_subscribers"),
        by=("metric_time__month",),
        less=_MRR_LESS,
    ),
    Chart(
        "subscriptions",
        "MRR and revenue, by month",
        "MRR and deferred revenue at the end of each month that is over, and the revenue of the month, in USD.",
        ("opening_subscribers", "subscribers"),
        _by_month(("closing_mrr", "recognised_revenue", "deferred_revenue"), "USD"),
        metrics=("closing_mrr", "recognised_revenue", "deferred_revenue", "opening_subscribers"),
        by=("metric_time__month",),
    ),
    Chart(
        "subscriptions",
        "Subscribers who leave, by month",
        "The share of the users with MRR at the beginning of a month who have none at its end.",
        ("opening_subscribers", "subscribers"),
        _by_month(("subscriber_churn_rate",), "share of subscribers", "%"),
        metrics=("subscriber_churn_rate", "churned_subscribers", "opening_subscribers"),
        by=("metric_time__month",),
    ),
    Chart(
        "subscriptions",
        "How long subscribers stay, by the month in which they came",
        "Of the users whose MRR began in a month, the share that still has MRR so many months later. Who pauses has none "
        "in the meantime. A user with subscriptions in two currencies counts in each.",
        ("cohort_user_count", "subscribers"),
        {
            "mark": {"type": "rect", "tooltip": True},
            "encoding": {
                "x": _axis("month_number", "ordinal", "months since", axis={"labelAngle": 0, "labelOverlap": "greedy"}),
                "y": _axis("began_in", "ordinal", "began in"),
                "color": _axis(
                    "user_retention_rate",
                    "quantitative",
                    "still subscribers",
                    scale={"domain": [0, 1]},
                    legend={"format": "%", "orient": "bottom"},
                ),
            },
        },
        by=("began_in", "month_number"),
        sql="""
            select strftime(cohort_month, '%Y-%m') as began_in, month_number, sum(retained_user_count) / sum(cohort_user_count) as user_retention_rate,
                sum(cohort_user_count) as cohort_user_count
            from gold.rpt_cohort_retention
            group by began_in, month_number
            order by began_in, month_number
        """,
    ),
)
