"""The report as data (PBIR): a page per subject with the metrics that its people ask for."""

from dataclasses import dataclass
from typing import Any

from lakevault.errors import LakevaultError
from lakevault.serve.powerbi.model import MEASURES, Model

FABRIC = "https://developer.microsoft.com/json-schemas/fabric"
# Versions of mid 2025: a newer Power BI Desktop reads them, an older one does not read newer ones.
_DEFINITION = f"{FABRIC}/item/report/definition"
WIDTH, HEIGHT, GAP = 1280, 720, 16
# Heights of a page's rows: cards, and two rows of charts.
ROWS = (96, 280, 280)
Spec = dict[str, Any]


@dataclass(frozen=True)
class Visual:
    """A picture of the report.

    Attributes:
        name: of its folder.
        kind: Power BI's name for what it is.
        title, words: what it shows, and how to read it, which a screen reader says.
        fields: what it shows in each of its roles: names of metrics; table.column; sum(table.column).
        sort: a field to sort by from high to low, or nothing.
    """

    name: str
    kind: str
    title: str
    words: str
    fields: dict[str, tuple[str, ...]]
    sort: str = ""


@dataclass(frozen=True)
class Page:
    """A subject, and its visuals row by row."""

    name: str
    title: str
    rows: tuple[tuple[Visual, ...], ...]


def _card(metric: str) -> Visual:
    return Visual(metric, "card", "", "", {"Values": (metric,)})


_QUARTER = Visual("quarter", "slicer", "Quarter", "Choose quarters.", {"Values": ("dim_date.calendar_year_quarter",)})
_MONTH = "dim_date.calendar_year_month"
_RESULT = "rpt_promotion_performance"
_PAIR = "rpt_product_affinity"
PAGES = (
    Page(
        "promotions",
        "Promotions",
        (
            (_QUARTER, *map(_card, ("net_sales", "store_discount", "basket_size", "discount_cost", "response_rate"))),
            (
                Visual(
                    "net_sales_and_discounts_by_month",
                    "lineChart",
                    "Net sales and discounts by month",
                    "What the store received less refunds, and the discounts that the store and the manufacturers bore, in USD.",
                    {"Category": (_MONTH,), "Y": ("net_sales", "store_discount", "manufacturer_discount")},
                ),
                Visual(
                    "response_by_campaign_type",
                    "clusteredBarChart",
                    "Response by type of campaign",
                    "Share of the targeted customers who bought a covered product, beside the same customers' share before the promotion.",
                    {"Category": ("dim_promotion.campaign_type",), "Y": ("response_rate", "prior_response_rate")},
                ),
            ),
            (
                Visual(
                    "uplift_of_each_promotion",
                    "tableEx",
                    "Uplift of each promotion with its 95 % interval",
                    "USD a customer and week. Where the interval holds 0, the uplift cannot be told from chance.",
                    {
                        "Values": tuple(
                            f"{_RESULT}.{column}"
                            for column in (
                                "promotion_bk",
                                "campaign_type",
                                "uplift_amount_per_customer_week",
                                "uplift_low_amount",
                                "uplift_high_amount",
                                "uplift_conclusion",
                            )
                        )
                    },
                    sort=f"{_RESULT}.uplift_amount_per_customer_week",
                ),
                Visual(
                    "uplift_against_discount_cost",
                    "scatterChart",
                    "Uplift against discount cost",
                    "Each point is a promotion: what its discounts cost the store, and what targeted customers spent more.",
                    {
                        "Category": (f"{_RESULT}.promotion_bk",),
                        "X": (f"sum({_RESULT}.store_discount_amount)",),
                        "Y": (f"sum({_RESULT}.uplift_amount_per_customer_week)",),
                    },
                ),
                Visual(
                    "bought_together",
                    "tableEx",
                    "What is often bought together with promoted products",
                    "Lift: how many times more often a basket with the promoted product has the other one than any basket has it.",
                    {
                        "Values": tuple(
                            f"{_PAIR}.{column}"
                            for column in ("promoted_product_type", "other_product_type", "lift", "basket_count")
                        )
                    },
                    sort=f"{_PAIR}.lift",
                ),
            ),
        ),
    ),
    Page(
        "web_shop",
        "Web shop",
        (
            (_QUARTER, *map(_card, ("web_visits", "products_viewed", "cart_rate", "order_rate"))),
            (
                Visual(
                    "from_view_to_order_by_month",
                    "lineChart",
                    "From a view to an order, by month",
                    "Products that visits viewed, put into the cart and ordered, by the month of the first view.",
                    {"Category": (_MONTH,), "Y": ("products_viewed", "products_carted", "products_ordered")},
                ),
            ),
            (
                Visual(
                    "rates_by_department",
                    "clusteredBarChart",
                    "Cart rate and order rate by department",
                    "Of the products viewed, the share that was put into the cart, and the share that was ordered.",
                    {"Category": ("rpt_conversion_funnel.department",), "Y": ("cart_rate", "order_rate")},
                    sort="cart_rate",
                ),
                Visual(
                    "steps_by_promotion",
                    "tableEx",
                    "Steps by promotion",
                    "Products viewed, put into the cart and ordered, by the promotion whose page led to the first view; -1 is none.",
                    {
                        "Values": (
                            "rpt_conversion_funnel.promotion_bk",
                            "products_viewed",
                            "products_carted",
                            "products_ordered",
                            "order_rate",
                        )
                    },
                    sort="products_viewed",
                ),
            ),
        ),
    ),
    Page(
        "subscriptions",
        "Subscriptions",
        (
            (_QUARTER, *map(_card, ("closing_mrr", "deferred_revenue", "recognised_revenue", "subscriber_churn_rate"))),
            (
                Visual(
                    "what_moved_mrr_by_month",
                    "lineChart",
                    "What moved MRR, by month",
                    "Monthly recurring revenue that was won, won back, expanded, contracted and lost, in USD at the rate of the month.",
                    {
                        "Category": (_MONTH,),
                        "Y": ("new_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr"),
                    },
                ),
            ),
            (
                Visual(
                    "subscribers_lost_by_month",
                    "tableEx",
                    "Subscribers who leave, by month",
                    "Users with MRR at the beginning of a month who have none at its end, and their share.",
                    {"Values": (_MONTH, "opening_subscribers", "churned_subscribers", "subscriber_churn_rate")},
                    sort=_MONTH,
                ),
                Visual(
                    "starts_by_plan",
                    "clusteredBarChart",
                    "Subscriptions started, by plan",
                    "Subscriptions that began, with a trial or without, by the plan of their first item.",
                    {"Category": ("dim_subscription_plan.plan_name",), "Y": ("subscriptions_started",)},
                    sort="subscriptions_started",
                ),
            ),
        ),
    ),
)


def files(model: Model) -> dict[str, Spec]:
    """The report's files, by their path below definition/.

    Raises LakevaultError when a visual shows a metric or column that there is not.
    """
    found: dict[str, Spec] = {
        "version.json": {"$schema": _schema("versionMetadata/1.0.0"), "version": "2.0.0"},
        "report.json": {
            "$schema": _schema("report/2.1.0"),
            # Empty: Power BI's own default.
            "themeCollection": {},
            "settings": {
                "useStylableVisualContainerHeader": True,
                "defaultDrillFilterOtherVisuals": True,
                "useEnhancedTooltips": True,
            },
        },
        "pages/pages.json": {
            "$schema": _schema("pagesMetadata/1.0.0"),
            "pageOrder": [page.name for page in PAGES],
            "activePageName": PAGES[0].name,
        },
    }
    for page in PAGES:
        found[f"pages/{page.name}/page.json"] = {
            "$schema": _schema("page/2.0.0"),
            "name": page.name,
            "displayName": page.title,
            "displayOption": "FitToPage",
            "height": HEIGHT,
            "width": WIDTH,
        }
        placed = _placed(page)
        for order, (visual, position) in enumerate(placed):
            found[f"pages/{page.name}/visuals/{visual.name}/visual.json"] = _visual(
                page, visual, position | {"tabOrder": order}, model
            )
    return found


def _schema(name: str) -> str:
    return f"{_DEFINITION}/{name}/schema.json"


def _placed(page: Page) -> list[tuple[Visual, Spec]]:
    """The visuals of a page, each with its place: the rows fill the page, and the visuals of a row its width."""
    found = []
    top = GAP
    for height, row in zip(ROWS, page.rows, strict=True):
        width = (WIDTH - GAP * (len(row) + 1)) // len(row)
        for i, visual in enumerate(row):
            place = {"x": GAP + i * (width + GAP), "y": top, "z": 0, "height": height, "width": width}
            found.append((visual, place))
        top += height + GAP
    return found


def _visual(page: Page, visual: Visual, position: Spec, model: Model) -> Spec:
    labels = {measure.metric: measure.name for measure in model.measures}
    columns = model.columns()

    def field(name: str) -> Spec:
        if name in labels:
            return _property("Measure", MEASURES, labels[name])
        table, _, column = name.removeprefix("sum(").removesuffix(")").partition(".")
        if (table, column) not in columns:
            raise LakevaultError(f"the page {page.title} of the Power BI report shows {name}, which there is not.")
        found = _property("Column", table, column)
        return {"Aggregation": {"Expression": found, "Function": 0}} if name.startswith("sum(") else found

    def projection(name: str) -> Spec:
        shown = labels.get(name) or name.removesuffix(")").rpartition(".")[2]
        query = f"{MEASURES}.{shown}" if name in labels else name[:1].upper() + name[1:] if "(" in name else name
        # People read words; a measure has them already.
        words = {} if name in labels else {"displayName": shown.replace("_", " ").capitalize()}
        return {"field": field(name), "queryRef": query, "nativeQueryRef": shown} | words

    query: Spec = {
        "queryState": {
            role: {"projections": [projection(name) for name in names]} for role, names in visual.fields.items()
        }
    }
    if visual.sort:
        query["sortDefinition"] = {"sort": [{"field": field(visual.sort), "direction": "Descending"}]}
    shown: Spec = {"visualType": visual.kind, "query": query}
    if visual.kind == "slicer":
        shown["objects"] = {"data": [{"properties": {"mode": _literal("Dropdown")}}]}
    # A card has its metric's name below the number.
    if visual.title:
        shown["visualContainerObjects"] = {
            "title": [{"properties": {"text": _literal(visual.title)}}],
            "general": [{"properties": {"altText": _literal(visual.words)}}],
        }
    return {
        "$schema": _schema("visualContainer/2.1.0"),
        "name": visual.name,
        "position": position,
        "visual": shown | {"drillFilterOtherVisuals": True},
    }


def _property(kind: str, table: str, name: str) -> Spec:
    return {kind: {"Expression": {"SourceRef": {"Entity": table}}, "Property": name}}


def _literal(text: str) -> Spec:
    """A text in the language of Power BI's formats."""
    escaped = text.replace("'", "''")
    return {"expr": {"Literal": {"Value": f"'{escaped}'"}}}
