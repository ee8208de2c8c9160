"""The rows of the membership database that a vault has now, read without Spark, beside those that it should have."""

from conftest import Lake

# Columns of each table of the database, as text.
MEMBERSHIP = {
    "app_user": "user_id, household_id, full_name, email, country, biography",
    "plan": "plan_id, plan_name, monthly_amount, currency",
    "subscription": "subscription_id, user_id, plan_id, status, started_on",
}
# The same from the vault: the newest row of each satellite, and the open relationships.
VAULT = {
    "app_user": """
        select user_bk, customer_bk, full_name, email, country, biography
        from hub_user
        join newest_user using (user_hk)
        join newest_person using (user_hk)
        left join (select user_hk, customer_hk from customers where valid_to > '9999-01-01') using (user_hk)
        left join hub_customer using (customer_hk)
        where not is_deleted
    """,
    "plan": """
        select subscription_plan_bk, plan_name, monthly_amount::varchar, currency
        from hub_plan join newest_plan using (subscription_plan_hk)
        where not is_deleted
    """,
    "subscription": """
        select subscription_bk, user_bk, subscription_plan_bk, status, (started_on - date '1970-01-01')::varchar
        from hub_subscription
        join newest_subscription using (subscription_hk)
        left join (select * from plans where valid_to > '9999-01-01') as held using (subscription_hk)
        left join hub_user on held.user_hk = hub_user.user_hk
        left join hub_plan on held.subscription_plan_hk = hub_plan.subscription_plan_hk
        where not is_deleted
    """,
}
TABLES = {
    "hub_user": "hub_user",
    "hub_customer": "hub_customer",
    "hub_plan": "hub_subscription_plan",
    "hub_subscription": "hub_subscription",
    "sat_user": "sat_user__membership",
    "sat_person": "sat_user__membership_personal",
    "sat_plan": "sat_subscription_plan__membership",
    "sat_subscription": "sat_subscription__membership",
    "eff_customer": "eff_sat_user_customer__membership",
    "eff_plan": "eff_sat_user_plan__membership",
}
# Of each table the last row of a key.
LAST = {
    "newest_user": ("sat_user", "user_hk", "applied_dts desc, load_dts desc"),
    "newest_person": ("sat_person", "user_hk", "applied_dts desc, load_dts desc"),
    "newest_plan": ("sat_plan", "subscription_plan_hk", "applied_dts desc, load_dts desc"),
    "newest_subscription": ("sat_subscription", "subscription_hk", "applied_dts desc, load_dts desc"),
    "customers": ("eff_customer", "user_customer_hk", "load_dts desc, valid_from desc"),
    "plans": ("eff_plan", "user_plan_hk", "load_dts desc, valid_from desc"),
}


def difference(lake: Lake, table: str, expected: str) -> list[tuple]:
    """Rows of a table that only one side has, the vault or a query of what is expected."""
    last = ", ".join(
        f"{name} as (select * from {of} qualify row_number() over (partition by {key} order by {order}) = 1)"
        for name, (of, key, order) in LAST.items()
    )
    vault = VAULT[table]
    silver = {name: f"silver.{of}" for name, of in TABLES.items()}
    return [
        row
        for one, other in ((expected, vault), (vault, expected))
        for row in lake.query(f"with {last} ({one}) except all ({other}) limit 5", **silver)
    ]
