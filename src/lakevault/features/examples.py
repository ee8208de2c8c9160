"""The example models: what each foretells, of which features, and what it must not be used for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """A model of features and labels of Gold.

    Attributes:
        name: of the model in MLflow, of its card and of its scores.
        question: what it foretells.
        rows: a query over Gold with who and when (household_id, campaign_id, cut_off_at), label and known_at (null while nobody
            knows), and the columns named below.
        features: numbers that it learns from; null where nothing is known.
        categories: words that it learns from.
        bands: what its scores are compared by, and is no feature.
        use: what it is for.
        misuse: what it must not be used for.
    """

    name: str
    question: str
    rows: str
    features: tuple[str, ...]
    categories: tuple[str, ...]
    bands: tuple[str, ...]
    use: str
    misuse: str


EXAMPLES = (
    Example(
        name="customer_inactivity",
        question="Will a customer who bought in the last twelve weeks have no basket in the 28 days that begin tomorrow?",
        rows="""
            select
                features.* exclude (customer_hk, customer_bk, last_store_hk),
                -- What landed last may be weeks old: then everybody seems to have been away.
                min(days_since_last_basket) over known as days_since_last_sale,
                days_since_last_basket - min(days_since_last_basket) over known as days_away,
                features.customer_bk as household_id,
                null as campaign_id,
                labels.known_at,
                labels.is_inactive as label,
                coalesce(customers.age_band, 'unknown') as age_band,
                coalesce(customers.income_band, 'unknown') as income_band
            from gold.ftr_customer_behaviour as features
            left join gold.lbl_customer_inactivity as labels using (customer_hk, cut_off_at)
            left join gold.dim_customer as customers
                on features.customer_hk = customers.customer_hk and customers.is_current
            where features.basket_count_84d > 0
            window known as (partition by features.cut_off_at)
            order by features.cut_off_at, features.customer_bk
        """,
        features=(
            "basket_count_28d",
            "basket_count_84d",
            "basket_count",
            "sales_amount_28d",
            "sales_amount_84d",
            "retail_discount_rate_84d",
            "coupon_line_count_84d",
            "days_since_first_basket",
            "days_since_last_sale",
            "days_away",
            "viewed_product_count_28d",
            "days_since_last_web_event",
        ),
        categories=(),
        bands=("age_band", "income_band"),
        use="Whom a reminder should reach first.",
        misuse="It says who will not come, not whom a reminder brings back. It must not decide on prices or on what somebody is offered at all.",
    ),
    Example(
        name="promotion_response",
        question="Will a targeted customer redeem a coupon of the promotion within 56 days?",
        rows="""
            select
                features.* exclude (customer_promotion_hk, customer_hk, promotion_hk),
                customers.customer_bk as household_id,
                promotions.promotion_bk as campaign_id,
                promotions.campaign_type,
                labels.known_at,
                labels.has_redeemed as label,
                coalesce(customers.age_band, 'unknown') as age_band,
                coalesce(customers.income_band, 'unknown') as income_band
            from gold.ftr_customer_promotion_response as features
            left join gold.lbl_customer_promotion_response as labels using (customer_promotion_hk, cut_off_at)
            left join gold.dim_customer as customers
                on features.customer_hk = customers.customer_hk and customers.is_current
            left join gold.dim_promotion as promotions
                on features.promotion_hk = promotions.promotion_hk and promotions.is_current
            -- Before anything had landed, nothing was known of anybody.
            where features.cut_off_at >= (select min(cut_off_at) from gold.ftr_customer_behaviour)
            order by features.cut_off_at, customers.customer_bk, promotions.promotion_bk
        """,
        features=(
            "basket_count_84d",
            "sales_amount_84d",
            "coupon_line_count",
            "days_since_last_basket",
            "redemption_count",
        ),
        categories=("campaign_type",),
        bands=("age_band", "income_band"),
        use="Which targeted customers will redeem, and so how many.",
        misuse=(
            "Customers were not targeted at random, so it foretells who redeems, not whom the promotion changes: it claims no uplift, and must "
            "not choose whom to leave out."
        ),
    ),
)
