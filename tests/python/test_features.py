"""given features of customers and users at cut-offs, when another reader calculates them by joins, then each is the same, and none knows what came later."""

import re
import subprocess

import pytest
from conftest import Lake
from test_review import lintable_copy

# What another reader says of each feature: SQL over what had happened and had landed by the cut-off, for one row of the spine.
KNOWN = "date_trunc('second', e.load_dts) <= s.cut_off_at"
OF_SALES = f"from sales e where e.customer_hk = s.customer_hk and e.sold_at <= s.cut_off_at and {KNOWN}"
OF_WEB = f"from web e where e.customer_hk = s.customer_hk and e.occurred_at <= s.cut_off_at and {KNOWN}"
OF_BILLING = f"from billing e where e.user_hk = s.user_hk and e.occurred_at <= s.cut_off_at and {KNOWN}"
OF_MAILS = f"from mails e where e.user_hk = s.user_hk and not e.is_test and e.occurred_at <= s.cut_off_at and {KNOWN}"
OF_REDEMPTIONS = (
    "from redemptions e where e.customer_hk = s.customer_hk "
    f"and timezone('America/New_York', (e.redeemed_on + 1)::timestamp) <= s.cut_off_at and {KNOWN}"
)
SALES_84 = f"{OF_SALES} and e.sold_at > s.cut_off_at - interval 84 days"
SALES_28 = f"{OF_SALES} and e.sold_at > s.cut_off_at - interval 28 days"
BILLING_84 = f"{OF_BILLING} and e.occurred_at > s.cut_off_at - interval 84 days"
MAILS_28 = f"{OF_MAILS} and e.occurred_at > s.cut_off_at - interval 28 days"


def days_since(aggregate: str, rows: str) -> str:
    return f"(select datesub('day', {aggregate}, s.cut_off_at) {rows})"


FEATURES = {
    "ftr_customer_behaviour": {
        "basket_count_28d": f"(select count(distinct basket_bk) {SALES_28})",
        "basket_count_84d": f"(select count(distinct basket_bk) {SALES_84})",
        "basket_count": f"(select count(distinct basket_bk) {OF_SALES})",
        "sales_amount_28d": f"(select coalesce(sum(sales_amount), 0) {SALES_28})",
        "sales_amount_84d": f"(select coalesce(sum(sales_amount), 0) {SALES_84})",
        "retail_discount_rate_84d": f"(select sum(retail_discount_amount) / nullif(sum(sales_amount + retail_discount_amount), 0) {SALES_84})",
        "coupon_line_count_84d": f"(select count(*) {SALES_84} and coupon_discount_amount > 0)",
        "days_since_first_basket": days_since("min(sold_at)", OF_SALES),
        "days_since_last_basket": days_since("max(sold_at)", OF_SALES),
        "last_store_hk": f"(select max((sold_at, load_dts, store_hk))[3] {OF_SALES})",
        "viewed_product_count_28d": f"(select count(*) {OF_WEB} and event_type = 'product_viewed' and e.occurred_at > s.cut_off_at - interval 28 days)",
        "days_since_last_web_event": days_since("max(occurred_at)", OF_WEB),
    },
    "ftr_user_churn": {
        "failed_payment_count_84d": f"(select count(*) {BILLING_84} and event_type = 'invoice.payment_failed')",
        "paid_invoice_count": f"(select count(*) {OF_BILLING} and event_type = 'invoice.paid')",
        "subscription_change_count_84d": f"(select count(*) {BILLING_84} and event_type = 'customer.subscription.updated')",
        "days_since_first_event": days_since("min(occurred_at)", OF_BILLING),
        "days_since_last_payment": days_since("max(occurred_at)", f"{OF_BILLING} and event_type = 'invoice.paid'"),
        "last_subscription_status": f"(select max((occurred_at, load_dts, object_status))[3] {OF_BILLING} and object_type = 'subscription' and object_status is not null)",
        "opened_mail_count_28d": f"(select count(*) {MAILS_28} and event_type like '%.Open' and not is_machine_open)",
        "clicked_mail_count_28d": f"(select count(*) {MAILS_28} and event_type like '%.Click')",
        "days_since_last_click": days_since("max(occurred_at)", f"{OF_MAILS} and event_type like '%.Click'"),
    },
    "ftr_customer_promotion_response": {
        "basket_count_84d": f"(select count(distinct basket_bk) {SALES_84})",
        "sales_amount_84d": f"(select coalesce(sum(sales_amount), 0) {SALES_84})",
        "coupon_line_count": f"(select count(*) {OF_SALES} and coupon_discount_amount > 0)",
        "days_since_last_basket": days_since("max(sold_at)", OF_SALES),
        "redemption_count": f"(select count(*) {OF_REDEMPTIONS})",
    },
}
EVENTS = {
    "sales": "silver.nh_link_sale_line",
    "web": "silver.nh_link_web_event",
    "billing": "silver.nh_link_billing_event",
    "mails": "silver.nh_link_campaign_event",
    "redemptions": "silver.nh_link_coupon_redemption",
}


@pytest.mark.parametrize(("table", "feature"), [(table, name) for table, of in FEATURES.items() for name in of])
def test_a_feature_is_what_a_join_with_what_was_known_gives(lake, table, feature):
    expected = FEATURES[table][feature]
    named = {name: source for name, source in EVENTS.items() if f"from {name} " in expected}
    rows = lake.query(f"select s.{feature}, {expected} from s", s=f"gold.{table}", **named)
    differ = [row for row in rows if row[0] != row[1] and row[0] != pytest.approx(row[1], rel=1e-12)]
    assert differ == []
    # A feature that is the same for everybody would be no test.
    assert len({row[0] for row in rows}) > 1


# Whose features there are, and when.
SPINES = {
    "ftr_customer_behaviour": "select customer_hk, cut_off_at from hub e join cut_offs s on date_trunc('second', e.load_dts) <= s.cut_off_at where customer_bk <> '-1'",
    "ftr_user_churn": "select user_hk, cut_off_at from hub e join cut_offs s on date_trunc('second', e.load_dts) <= s.cut_off_at where user_bk <> '-1'",
    "ftr_customer_promotion_response": "select customer_promotion_hk, targeted_at from targets join hub using (customer_hk) "
    "where customer_bk <> '-1' and targeted_at <= (select max(cut_off_at) from cut_offs)",
}


@pytest.mark.parametrize("table", SPINES)
def test_everybody_who_was_known_has_a_row_for_each_cut_off(lake, table):
    hub = "silver.hub_user" if table == "ftr_user_churn" else "silver.hub_customer"
    tables = {"hub": hub, "cut_offs": "silver.as_of_cut_off", "targets": "silver.link_customer_promotion"}
    key = SPINES[table].split()[1].rstrip(",")
    expected = lake.query(SPINES[table], **tables)
    assert sorted(lake.query(f"select {key}, cut_off_at from s", s=f"gold.{table}")) == sorted(expected)
    assert expected


LABELS = {
    "lbl_customer_inactivity": (
        "is_inactive",
        "not exists (from sales e where e.customer_hk = s.customer_hk and e.sold_at > s.label_from and e.sold_at <= s.label_to)",
        "from gold_features where cut_off_at + interval 29 days <= (select max(sold_at) from sales)",
        {"gold_features": "gold.ftr_customer_behaviour", "sales": EVENTS["sales"]},
    ),
    "lbl_customer_promotion_response": (
        "has_redeemed",
        "exists (from redemptions e join targets t using (customer_hk, promotion_hk) where t.customer_promotion_hk = s.customer_promotion_hk "
        "and timezone('America/New_York', e.redeemed_on::timestamp) >= s.label_from and e.redeemed_on < timezone('America/New_York', s.cut_off_at)::date + 56)",
        "from gold_features where timezone('America/New_York', cut_off_at)::date + 56 <= (select max(redeemed_on) from redemptions)",
        {
            "gold_features": "gold.ftr_customer_promotion_response",
            "redemptions": EVENTS["redemptions"],
            "targets": "silver.link_customer_promotion",
        },
    ),
    "lbl_user_churn": (
        "has_left",
        "not exists (from mrr m join versions v using (subscription_hk, valid_from) where v.user_hk = s.user_hk and m.mrr_minor > 0 "
        "and m.valid_from <= s.label_to and m.valid_to > s.label_to)",
        "from gold_features g where cut_off_at + interval 29 days <= (select max(occurred_at) from billing) "
        "and exists (from mrr m join versions v using (subscription_hk, valid_from) where v.user_hk = g.user_hk and m.mrr_minor > 0 "
        "and m.valid_from <= g.cut_off_at + interval 1 day and m.valid_to > g.cut_off_at + interval 1 day)",
        {
            "gold_features": "gold.ftr_user_churn",
            "billing": EVENTS["billing"],
            "mrr": "silver.bv_subscription__mrr",
            "versions": "silver.bv_subscription__versions",
        },
    ),
}


@pytest.mark.parametrize("table", LABELS)
def test_a_label_is_what_happened_in_its_days_for_every_row_of_the_features_whose_days_are_over(lake, table):
    label, expected, spine, tables = LABELS[table]
    rows = lake.query(f"select s.{label}, {expected} from s", s=f"gold.{table}", **tables)
    [(of_features,)] = lake.query(f"select count(*) {spine}", **tables)
    assert [row for row in rows if row[0] != row[1]] == []
    assert {row[0] for row in rows} == {True, False}
    events = {
        "lbl_customer_inactivity": "sales",
        "lbl_customer_promotion_response": "redemptions",
        "lbl_user_churn": "billing",
    }[table]
    landed = (
        f"(select min(date_trunc('second', load_dts)) from {events} where date_trunc('second', load_dts) >= label_to)"
    )
    assert lake.query(f"select * from s where known_at is distinct from {landed}", s=f"gold.{table}", **tables) == []
    assert len(rows) == of_features


LEAKING = """
with

customers as (

    select * from {{ ref('hub_customer') }}

),

cut_offs as (

    select * from {{ ref('as_of_cut_off') }}

),

sale_lines as (

    select * from {{ ref('nh_link_sale_line') }}

),

final as (

    select
        customers.customer_hk,
        cut_offs.cut_off_at,
        count(sale_lines.sale_line_hk) as line_count
    from customers
    inner join cut_offs on date_trunc('second', customers.load_dts) <= cut_offs.cut_off_at
    left join sale_lines
        on customers.customer_hk = sale_lines.customer_hk
            and sale_lines.sold_at <= cut_offs.cut_off_at
    group by customers.customer_hk, cut_offs.cut_off_at

)

select * from final
"""
DESCRIBED = """
version: 2
models:
  - name: ftr_leaking
    description: "Till lines of a customer, also those that had not landed yet."
    data_tests:
      - features_know_only_what_was_known:
          name: ftr_leaking_knows_only_what_was_known
          arguments: {given: GIVEN}
    columns:
      - {name: customer_hk, data_type: string}
      - {name: cut_off_at, data_type: timestamp}
      - {name: line_count, data_type: bigint}
"""


def test_a_feature_that_counts_what_had_happened_and_had_not_landed_is_caught(lake, tmp_path):
    # given a model whose lines have to have happened by the cut-off, and may have landed later
    project = lintable_copy(tmp_path / "project")
    model = project / "models" / "gold" / "features" / "ftr_leaking.sql"
    model.write_text(LEAKING)
    model.with_suffix(".yml").write_text(DESCRIBED.replace("GIVEN", "[as_of_cut_off]"))
    with lake.borrowed():
        built = Lake(lake.base, project=project)
        # when it is built with the test that every model of features has
        leaking = built.run("dbt", "build", "--select", "ftr_leaking")
        # and when a table that does not say when it was known is no longer named as given
        model.with_suffix(".yml").write_text(DESCRIBED.replace("GIVEN", "[]"))
        unnamed = built.run("dbt", "test", "--select", "ftr_leaking")
    # then the test fails, with a row for what the table has and one for what was known, and says what it cannot judge
    assert re.search(r"Got \d+ results?, configured to fail if != 0", leaking.stdout), leaking.stdout[-3000:]
    assert "ERROR=1 " in leaking.stdout
    assert "ftr_leaking reads as_of_cut_off, which does not say when a row was known" in " ".join(
        unnamed.stdout.split()
    )


REFUSED = {
    # given: (name, events, per, what is said)
    "events of somebody else": (
        "ftr_user_web",
        "nh_link_web_event",
        "user",
        "it has those of customer, product, promotion",
    ),
    "a table that is not of the vault": (
        "ftr_customer_web",
        "fct_web_events",
        "customer",
        "has no events",
    ),
    "events that have a day only": (
        "ftr_customer_coupons",
        "nh_link_coupon_redemption",
        "customer",
        "says only the day of an event",
    ),
    "a name of another kind": ("rpt_web", "nh_link_web_event", "customer", "begins with ftr_"),
    "a misspelt table": ("ftr_customer_web", "nh_link_web_events", "customer", "do you mean nh_link_web_event"),
}


def new_feature(lake: Lake, name: str, events: str, per: str) -> subprocess.CompletedProcess[str]:
    return lake.run("lakevault", "new-feature", name, "--events", events, "--per", per)


def test_new_features_are_right_as_they_are_written(lake, tmp_path):
    # given a project whose git knows the author
    project = lintable_copy(tmp_path / "project")
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    for setting in ("user.name=Ann Analyst", "user.email=ann@lakevault.example"):
        subprocess.run(["git", "config", *setting.split("=")], cwd=project, check=True)
    with lake.borrowed():
        built = Lake(lake.base, project=project)
        # when tables are scaffolded that cannot be, and two that can
        for name, events, per, message in REFUSED.values():
            refused = new_feature(built, name, events, per)
            assert (refused.returncode, message in " ".join(refused.stdout.split())) == (1, True), refused.stdout
        assert not list(project.glob("models/gold/features/*_web*"))
        for name, events, per in (
            ("ftr_customer_returns", "nh_link_return_line", "customer"),
            ("ftr_user_mail", "nh_link_campaign_event", "user"),
        ):
            assert new_feature(built, name, events, per).returncode == 0
        # then both are built with all of their tests, and nothing of them is to be linted
        done = built.run("dbt", "build", "--select", "ftr_customer_returns", "ftr_user_mail")
        linted = built.run("sqlfluff", "lint", "models/gold/features/ftr_customer_returns.sql")
    assert "PASS=13 WARN=0 ERROR=0 SKIP=0" in done.stdout, done.stdout[-4000:]
    assert linted.returncode == 0, linted.stdout
