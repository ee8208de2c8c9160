"""What the lake must say of a billing account, table by table, and the same of the account's own records."""

import duckdb
from conftest import Lake

# In the account amounts are minor units, and the yen has none.
MAJOR = "/ case currency when 'jpy' then 1 else 100 end)::decimal(18, 2)"


def major(*names: str) -> str:
    return ", ".join(f"(({name})::bigint {MAJOR}" for name in names)


MOVEMENTS = ("opening", "new", "reactivation", "expansion", "contraction", "churn", "closing")
ROLLED = ("opening", "billed", "credited", "recognised", "closing")
# Name: what the lake says, with its tables, and what the truth says.
CASES = {
    "the plans that a user has had, and when": (
        # Of a row that came again or was ended later, the newest one.
        """
        select user_bk, subscription_item_bk, subscription_plan_bk, valid_from::timestamp, valid_to::timestamp
        from (select *, row_number() over (partition by subscription_item_bk, valid_from order by load_dts desc, applied_dts desc) as landing
              from plans) join users using (user_hk) join kinds using (subscription_plan_hk) where landing = 1
        """,
        {
            "plans": "silver.eff_sat_user_plan__billing",
            "users": "silver.hub_user",
            "kinds": "silver.hub_subscription_plan",
        },
        # A row of the truth is a state of the subscription; those with one plan that follow each other are one period.
        """
        select user_id, item_id, plan_id, min(valid_from::timestamp),
               if(max(valid_to) > '9999', timestamp '9999-12-31', max(valid_to::timestamp))
        from (select *, sum(is_new) over (partition by item_id order by valid_from) as period
              from (select *, (plan_id, valid_from) is distinct from
                           lag((plan_id, valid_to)) over (partition by item_id order by valid_from) as is_new
                    from billing_plan_history))
        group by user_id, item_id, plan_id, period
        """,
    ),
    "what happened to a subscription, with MRR before and after": (
        """
        select subscription_bk, event_number, event_type, user_bk, occurred_at::timestamp, f.currency, mrr_before_amount,
               mrr_after_amount
        from f join u using (user_sk)
        """,
        {"f": "gold.fct_subscription_events", "u": "gold.dim_user"},
        f"""
        select subscription_id, position::int, kind, user_id, "at"::timestamp, upper(currency), {major("mrr_before", "mrr_after")}
        from billing_subscription_events
        """,
    ),
    "how MRR moved in each month": (
        f"select user_bk, f.currency, month_start_date, {', '.join(f'{name}_amount' for name in MOVEMENTS)} from f join u using (user_sk)",
        {"f": "gold.fct_mrr_movements", "u": "gold.dim_user"},
        f"""
        select user_id, upper(currency), month::date, {major(*[f'"{name}"' for name in MOVEMENTS])} from billing_mrr_by_month
        """,
    ),
    "the revenue of each line by month": (
        "select invoice_line_bk, currency, month_start_date, revenue_amount from f where revenue_amount <> 0",
        {"f": "gold.fct_revenue_schedule"},
        f"select line_id, upper(currency), month::date, {major('revenue')} from billing_revenue_by_month where revenue <> '0'",
    ),
    "what credits take off it, and what of that is for days that were over": (
        """
        select invoice_line_bk, month_start_date, reduction_amount, contra_revenue_amount from f
        where reduction_amount <> 0 or contra_revenue_amount <> 0
        """,
        {"f": "gold.fct_revenue_schedule"},
        f"""
        select line_id, month::date, {major("sum(reduction::int)", "sum(contra::int)")} from billing_reductions_by_month
        group by line_id, month, currency having sum(reduction::int) <> 0 or sum(contra::int) <> 0
        """,
    ),
    "deferred revenue": (
        f"select currency, month_start_date, {', '.join(f'{name}_amount' for name in ROLLED)} from f",
        {"f": "gold.rpt_deferred_revenue"},
        f"select upper(currency), month::date, {major(*ROLLED)} from billing_deferred_by_month",
    ),
    "the net amount, tax and period of each line of a final invoice": (
        """
        select invoice_line_bk, currency, net_minor, tax_minor, is_proration, period_start_at::timestamp, period_end_at::timestamp,
               subscription_bk, subscription_plan_bk
        from f join s using (subscription_hk) join p using (subscription_plan_hk)
        """,
        {
            "f": "silver.bv_invoice_line__billed",
            "s": "silver.hub_subscription",
            "p": "silver.hub_subscription_plan",
        },
        """
        select line_id, upper(line.currency), line.net::bigint, line.tax::bigint, is_proration::boolean, period_start::timestamp,
               period_end::timestamp, line.subscription_id, plan_id
        from billing_invoice_lines as line join billing_invoices as invoice using (invoice_id) where finalized_at is not null
        """,
    ),
    "credits": (
        "select credit_kind, credited_at::timestamp, invoice_line_bk, c.currency, c.net_minor, c.tax_minor from c join l using (invoice_line_hk)",
        {"c": "silver.bv_invoice_line__credits", "l": "silver.bv_invoice_line__billed"},
        """
        select if(kind = 'void', 'void', 'credit_note'), credited_at::timestamp, line_id, upper(currency), net::bigint, tax::bigint
        from billing_credits
        """,
    ),
    "payments, refunds and lost disputes": (
        """
        select object_bk, event_type, amount_minor, currency, occurred_at::timestamp from e
        where event_type in ('charge.succeeded', 'charge.failed', 'refund.created')
              or event_type = 'charge.dispute.closed' and object_status = 'lost'
        """,
        {"e": "silver.nh_link_billing_event"},
        """
        select payment_id, case kind when 'charge' then 'charge.succeeded' when 'failed_charge' then 'charge.failed'
                           when 'refund' then 'refund.created' else 'charge.dispute.closed' end,
               amount::bigint, upper(currency), "at"::timestamp
        from billing_payments
        -- Of charges before the account sent events only the refund is known.
        where "at" >= '2017-01-01 06:00'
        """,
    ),
}


def compare(lake: Lake, what: str) -> None:
    """Compare what the lake says with the truth in its folder, row by row."""
    ours, tables, theirs = CASES[what]
    with duckdb.connect() as connection:
        for path in (lake.base / "truth").glob("billing_*.parquet"):
            connection.execute(f"create view {path.stem} as select * from read_parquet('{path}')")
        expected = connection.execute(theirs).fetchall()
    found = lake.query(ours, **tables)
    assert len(found) == len(expected) > 10
    assert sorted(map(str, found)) == sorted(map(str, expected))
