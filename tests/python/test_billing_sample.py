"""given the simulated billing account, when its events are read, then they are Stripe's, they misbehave, and they hold the truth."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta

import billing_reader
import pandas as pd
import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import life
from stripe_spec import problems

from lakevault.sample.billing import events as billing
from lakevault.sample.billing import older as billing_older
from lakevault.sample.billing import truth as billing_truth
from lakevault.sample.billing.account import Biller, Step
from lakevault.sample.billing.catalog import RAISED_AT, Catalog, anchored
from lakevault.sample.billing.lives import LIVES, NOT_A_MEMBER, persons, users
from lakevault.sample.billing.revenue import reduction, schedule
from lakevault.sample.schedule import make_schedule

SEED = 2017
DAY = 86_400
HOUSEHOLDS = list(range(7, 2487, 62))
TYPES = {
    "charge.dispute.closed", "charge.dispute.created", "charge.failed", "charge.refunded", "charge.succeeded",
    "coupon.snapshot", "credit_note.created", "customer.created", "customer.deleted", "customer.discount.created",
    "customer.discount.deleted", "customer.snapshot", "customer.subscription.created", "customer.subscription.deleted",
    "customer.subscription.paused", "customer.subscription.resumed", "customer.subscription.trial_will_end",
    "customer.subscription.updated", "customer.updated", "discount.snapshot", "invoice.created", "invoice.finalized",
    "invoice.paid", "invoice.payment_failed", "invoice.snapshot", "invoice.voided", "invoice_payment.paid",
    "price.created", "price.snapshot", "price.updated", "product.created", "product.snapshot", "refund.created",
    "subscription.snapshot",
}  # fmt: skip


@pytest.fixture(scope="module")
def simulation():
    assert len(HOUSEHOLDS) == 40
    return billing.simulate(HOUSEHOLDS, SEED)


@pytest.fixture(scope="module")
def messages(simulation):
    return billing.messages(simulation, make_schedule("quarterly"), SEED)


@pytest.fixture(scope="module")
def events(messages):
    return billing_reader.events(messages.value.tolist())


@pytest.fixture(scope="module")
def truth(simulation):
    return billing_truth.tables(simulation)


def is_recent(event) -> bool:
    return event["api_version"] != billing_older.OLDER


# The lives.


def test_every_life_is_lived_by_several_customers(simulation):
    counts = Counter(simulation.kinds)
    assert set(counts) == set(LIVES)
    assert min(counts.values()) >= 2


TRAPS = {
    "three currencies": lambda t: t["billing_customers"].currency.nunique() == 3,
    "by month, quarter and year": lambda t: set(t["billing_plan_history"].months) == {1, 3, 12},
    "trial, past due, unpaid and paused": lambda t: set(t["billing_plan_history"].status) == {"active", "trialing", "past_due", "unpaid", "paused"},
    "free and by use": lambda t: {"free", "requests"} <= set(t["billing_plan_history"].plan_id),
    "a price that rises": lambda t: t["billing_plan_history"].groupby("item_id").apply(lambda rows: rows.price_id.nunique() > rows.plan_id.nunique(), include_groups=False).sum() >= 2,
    "two items": lambda t: t["billing_plan_history"].groupby("subscription_id").item_id.nunique().max() == 2,
    "another quantity": lambda t: set(t["billing_plan_history"].quantity) > {1, 2, 3},
    "credits and charges for the rest of a period": lambda t: (t["billing_invoice_lines"].query("is_proration").amount < 0).any() and (t["billing_invoice_lines"].query("is_proration").amount > 0).any(),
    "tax on top and within": lambda t: set(t["billing_invoice_lines"].query("tax > 0").is_tax_inclusive) == {True, False},
    "discounts": lambda t: (t["billing_invoice_lines"].discount > 0).sum() > 5,
    "credit notes before and after payment, and voided invoices": lambda t: set(t["billing_credits"].kind) == {"before_payment", "after_payment", "void"},
    "refunds in full and in part": lambda t: set(_refunded(t)) == {True, False},
    "lost disputes": lambda t: (t["billing_payments"].kind == "dispute").sum() >= 2,
    "credit on the balance": lambda t: (t["billing_invoices"].total < 0).any(),
    "drafts that never become final": lambda t: (t["billing_invoices"].status == "draft").any(),
    "open invoices": lambda t: (t["billing_invoices"].status == "open").any(),
    "two subscriptions at a time": lambda t: _overlapping(t["billing_plan_history"]) >= 2,
    "members and others": lambda t: set(t["billing_customers"].user_id > NOT_A_MEMBER) == {True, False},
    "a year from 29 February that ends on the 28th": lambda t: of_life(t, "billing_subscription_events", "leap_day").query("kind == 'renewed'").pipe(lambda rows: len(rows) >= 2 and rows["at"].str.startswith("2017-02-28").all()),
    "months from the 31st": lambda t: set(of_life(t, "billing_subscription_events", "thirty_first").query("kind == 'renewed'")["at"].str[5:10]) >= {"01-31", "02-28", "03-31", "04-30"},
    "every kind of event": lambda t: set(t["billing_subscription_events"].kind) == {"started", "renewed", "upgraded", "downgraded", "paused", "resumed", "cancelled", "reactivated", "ended"},
}  # fmt: skip


def _refunded(truth) -> pd.Series:
    refunds = truth["billing_payments"].query("kind == 'refund'")
    charges = truth["billing_payments"].query("kind == 'charge'").set_index("charge_id").amount
    return refunds.amount == refunds.charge_id.map(charges)


def _overlapping(history: pd.DataFrame) -> int:
    spans = history.groupby(["user_id", "subscription_id"]).agg(start=("valid_from", "min"), end=("valid_to", "max"))
    spans = spans.reset_index().sort_values(["user_id", "start"])
    return int((spans.start < spans.groupby("user_id").end.shift()).sum())


@pytest.mark.parametrize("trap", TRAPS)
def test_the_small_sample_has(truth, trap):
    assert TRAPS[trap](truth)


def test_a_yearly_plan_from_29_february_renews_on_28_february_and_a_month_from_the_31st_ends_on_the_last_day():
    leap = int(pd.Timestamp("2016-02-29 09:00").timestamp())
    assert billing_truth.moment(anchored(leap, 12)) == "2017-02-28 09:00:00"
    last = int(pd.Timestamp("2016-10-31 09:00").timestamp())
    days = [billing_truth.moment(anchored(last, months))[5:10] for months in range(1, 6)]
    assert days == ["11-30", "12-31", "01-31", "02-28", "03-31"]


def test_a_member_keeps_their_number_and_a_household_without_one_gets_another():
    known = users(HOUSEHOLDS, SEED)
    assert any(row["user_id"] < NOT_A_MEMBER for row in known.values())
    for person in persons(HOUSEHOLDS, HOUSEHOLDS, SEED):
        assert person.user_id == known[person.household_id]["user_id"]
        assert person.user_id in (NOT_A_MEMBER + person.household_id, known[person.household_id]["user_id"])


# The events.


def test_the_account_sends_the_known_types_of_events(events):
    assert {event["type"] for event in events} == TYPES


def test_every_object_is_one_of_stripes(events):
    found = [
        (event["type"], problem) for event in events for problem in problems(event["data"]["object"], is_recent(event))
    ]
    found += [(event["type"], problem) for event in events for problem in problems(event)]
    assert found == []
    assert {is_recent(event) for event in events} == {True, False}


PLANTS = {
    "a text instead of an amount": ("amount_due", "12"),
    "a status that there is not": ("status", "payed"),
    "a field that there is not": ("amonut", 1),
    "no time": ("created", None),
}


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("recent", [True, False])
def test_a_wrong_field_is_found(events, plant, recent):
    invoice = next(e["data"]["object"] for e in events if e["type"] == "invoice.paid" and is_recent(e) == recent)
    name, value = PLANTS[plant]
    assert problems(invoice, recent) == []
    assert len(problems(invoice | {name: value}, recent)) == 1


def test_a_field_that_is_missing_and_one_within_a_line_are_found(events):
    invoice = next(e["data"]["object"] for e in events if e["type"] == "invoice.paid" and is_recent(e))
    assert problems({name: value for name, value in invoice.items() if name != "lines"})
    invoice = json.loads(json.dumps(invoice))
    invoice["lines"]["data"][0]["period"]["start"] = "yesterday"
    assert problems(invoice) == ["lines/data/0/period/start: 'yesterday' is not of type 'integer'"]


def test_stripes_client_reads_every_event(events):
    for event in events:
        read = stripe.Event.construct_from(event, "key")
        thing = read.data.object
        assert (read.id, thing.id, thing.object) == (
            event["id"],
            event["data"]["object"]["id"],
            event["data"]["object"]["object"],
        )
        if isinstance(thing, stripe.Subscription):
            item = thing["items"].data[0]
            assert isinstance(item.price, stripe.Price)
            assert (item if is_recent(event) else thing).current_period_end > thing.created
        if isinstance(thing, stripe.Invoice):
            assert thing.created - 367 * DAY < thing.period_start <= thing.period_end <= thing.created
            assert (
                thing.total
                == sum(line.amount for line in thing.lines.data)
                - sum(each.amount for each in thing.total_discount_amounts)
                + sum(tax.amount for tax in thing.total_taxes if tax.tax_behavior == "exclusive")
                if is_recent(event)
                else True
            )


def test_the_older_version_is_flat_and_the_recent_one_is_not(events):
    for event in events:
        thing = event["data"]["object"]
        if thing["object"] == "subscription":
            assert ("current_period_end" in thing) != is_recent(event)
            assert all(("current_period_end" in item) == is_recent(event) for item in thing["items"]["data"])
        if thing["object"] == "invoice":
            assert ("subscription" in thing) != is_recent(event)
            assert all(("pricing" in line) == is_recent(event) for line in thing["lines"]["data"])
        if thing["object"] == "charge":
            assert ("invoice" in thing) != is_recent(event)


def test_what_a_change_says_of_before_is_what_the_event_before_said(events):
    last: dict[str, tuple[tuple[bool, bool], dict]] = {}
    checked = 0
    for event in events:
        # A price that was archived is so in every later subscription, which is no change of the subscription.
        thing, version = event["data"]["object"], (is_recent(event), event["created"] > RAISED_AT)
        if event["type"].endswith(".updated") and last.get(thing["id"], (None,))[0] == version:
            changes, before = event["data"]["previous_attributes"], last[thing["id"]][1]
            assert changes
            assert all(
                before.get(n) == (thing[n] | v if isinstance(v, dict) and thing[n] else v) for n, v in changes.items()
            )
            assert {name for name in thing if before.get(name) != thing[name]} == set(changes)
            checked += 1
        last[thing["id"]] = (version, thing)
    assert checked > 200


def test_the_events_of_an_object_have_different_times(events):
    times = Counter((event["data"]["object"]["id"], event["created"]) for event in events)
    assert max(times.values()) == 1


def test_events_come_twice_out_of_order_and_late(messages):
    read = messages.value.map(json.loads)
    created = pd.to_datetime(read.map(lambda event: event["created"]), unit="s")
    ids = read.map(lambda event: event["id"])
    delay = messages.received_at - created
    assert 0.003 < ids.duplicated().mean() < 0.03
    assert messages.value[ids.duplicated(keep=False)].groupby(ids).nunique().eq(1).all()
    assert created.diff().lt(timedelta(0)).sum() > 50
    assert delay.min() > timedelta(0)
    assert timedelta(days=1) < delay.max() < timedelta(days=3, hours=2)


def test_messages_are_numbered_without_gaps_and_delivered_in_order(messages):
    columns = {"load_id", "feed", "topic", "partition", "offset", "received_at", "key", "headers", "value"}
    assert set(messages.columns) == columns
    for _, rows in messages.groupby("partition"):
        assert rows.offset.tolist() == list(range(len(rows)))
        assert rows.load_id.is_monotonic_increasing
    assert set(messages.load_id) >= {1, 2, 3, 4}
    assert messages.partition.nunique() == billing.PARTITIONS
    assert messages.groupby("key").partition.nunique().eq(1).all()


def test_the_same_seed_gives_the_same_bytes_whatever_the_order_and_the_hashes(simulation):
    code = (
        "import hashlib; from lakevault.sample.billing import events as billing, truth as t; from lakevault.sample.schedule import make_schedule as m;"
        f"s = billing.simulate({HOUSEHOLDS[::-1]}, 2017); text = billing.messages(s, m('monthly'), 2017).to_csv();"
        "text += ''.join(f.to_csv() for f in t.tables(s).values()); print(hashlib.sha256(text.encode()).hexdigest())"
    )
    environment = os.environ | {"PYTHONHASHSEED": "1"}
    other = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    again = billing.messages(simulation, make_schedule("monthly"), SEED).to_csv()
    again += "".join(table.to_csv() for table in billing_truth.tables(simulation).values())
    assert other.stdout.strip() == hashlib.sha256(again.encode()).hexdigest()


# The truth.


def check_invariants(truth) -> None:
    """What holds for every life, whatever happens in it."""
    mrr, lines, invoices = (truth[f"billing_{name}"] for name in ("mrr_by_month", "invoice_lines", "invoices"))
    if len(mrr):
        moved = mrr.new + mrr.reactivation + mrr.expansion - mrr.contraction - mrr.churn
        assert (mrr.opening + moved == mrr.closing).all()
        assert (mrr.closing >= 0).all()
        before = mrr.groupby(["customer_id", "currency"]).closing.shift(fill_value=0)
        assert (mrr.opening == before).all()
        assert mrr.groupby("customer_id").new.apply(lambda new: (new > 0).sum()).eq(1).all()
    steps = truth["billing_subscription_events"]
    assert (steps.mrr_before == steps.groupby("subscription_id").mrr_after.shift(fill_value=0)).all()
    assert (steps[steps.kind == "ended"].mrr_after == 0).all()
    assert (steps.groupby("subscription_id").kind.first() == "started").all()
    inclusive = lines.tax.where(lines.is_tax_inclusive, 0)
    assert (lines.net == lines.amount - lines.discount - inclusive).all()
    sums = (
        lines.assign(exclusive=lines.tax - inclusive).groupby("invoice_id")[["amount", "discount", "exclusive"]].sum()
    )
    total = invoices.set_index("invoice_id").total
    assert (total == (sums.amount - sums.discount + sums.exclusive).reindex(total.index, fill_value=0)).all()
    final = lines[lines.invoice_id.isin(invoices[invoices.finalized_at.notna()].invoice_id)].set_index("line_id").net
    months = truth["billing_revenue_by_month"]
    assert months.groupby("line_id").revenue.sum().equals(final.sort_index().rename("revenue"))
    if len(credits := truth["billing_credits"]):
        taken = truth["billing_reductions_by_month"].groupby(["credit_id", "line_id"]).reduction.sum()
        given = credits[credits.net != 0].groupby(["credit_id", "line_id"]).net.sum()
        assert (taken.reindex(given.index) == given).all()
        # Never more than there was.
        of_line = credits.groupby("line_id").net.sum()
        assert (of_line.abs() <= final.reindex(of_line.index).abs()).all()
    deferred = truth["billing_deferred_by_month"]
    assert (deferred.groupby("currency").closing.last() == 0).all()
    history = truth["billing_plan_history"].sort_values(["item_id", "valid_from"])
    assert (history.valid_from < history.valid_to).all()
    assert (history.valid_from >= history.groupby("item_id").valid_to.shift(fill_value="")).all()


def test_movements_close_schedules_sum_and_invoices_add_up(truth):
    check_invariants(truth)


def test_what_voided_invoices_were_for_is_no_revenue(truth):
    void = truth["billing_invoices"].query("status == 'void'").invoice_id
    revenue = truth["billing_revenue_by_month"].query("invoice_id in @void").revenue.sum()
    assert len(void) > 2
    assert revenue == truth["billing_reductions_by_month"].query("invoice_id in @void").reduction.sum() > 0


def of_life(truth, table: str, life: str) -> pd.DataFrame:
    customers = truth["billing_customers"]
    return truth[table][truth[table].customer_id.isin(customers[customers.life == life].customer_id)]


def test_a_plan_that_is_changed_and_changed_back_is_no_churn(truth):
    rows = of_life(truth, "billing_mrr_by_month", "there_and_back")
    assert rows[["churn", "reactivation"]].sum().sum() == 0
    assert (rows.expansion > 0).sum() >= 2
    # The second time it is within one day, which moves nothing.
    events = of_life(truth, "billing_subscription_events", "there_and_back")
    assert (events.kind.isin(["upgraded", "downgraded"])).sum() > 2 * (rows.expansion > 0).sum()


def test_an_end_and_a_return_on_the_same_day_is_no_churn(truth):
    rows = of_life(truth, "billing_mrr_by_month", "same_day")
    assert (rows.churn > 0).sum() == rows.customer_id.nunique()
    assert rows.reactivation.sum() == 0
    assert (of_life(truth, "billing_subscription_events", "same_day").kind == "ended").sum() == 4


def check_events(events, truth) -> None:
    """What somebody who has only the events finds: MRR at the end of each month, and revenue by line and month."""
    coupons = billing_reader.coupons(events)
    changes: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    for at, thing in billing_reader.states(events):
        day = billing_truth.moment(at)[:10]
        changes[thing["customer"]].setdefault(day, {})[thing["id"]] = billing_reader.mrr(thing, coupons)
    mrr, months = truth["billing_mrr_by_month"], truth["billing_revenue_by_month"]
    for row in mrr.itertuples():
        until = str((pd.Timestamp(row.month) + pd.DateOffset(months=1)).date())
        now: dict[str, int] = {}
        for day in sorted(changes[row.customer_id]):
            if day < until:
                now |= changes[row.customer_id][day]
        assert sum(now.values()) == row.closing, (row.customer_id, row.month)
    expected: dict[str, dict[str, int]] = defaultdict(dict)
    for row in months.itertuples():
        expected[row.line_id][row.month] = row.revenue
    lines = billing_reader.lines(events)
    assert {key: schedule(line["net"], line["start"], line["end"]) for key, line in lines.items()} == expected


def test_what_the_events_say_is_the_truth(events, truth):
    check_events(events, truth)


@settings(max_examples=60, deadline=None, database=None, derandomize=True)
@given(steps=life, household=st.sampled_from(HOUSEHOLDS[:9]))
def test_whatever_a_customer_does_the_truth_holds_together(steps, household):
    person = persons(HOUSEHOLDS[:9], HOUSEHOLDS, SEED)[HOUSEHOLDS.index(household)]
    biller = Biller(person, steps, Catalog(), SEED).run()
    simulation = billing.Simulation(biller.catalog, ["random"], [biller])
    told = billing.known(simulation)
    times = Counter((row.record.id, row.at) for row in told)
    assert max(times.values()) == 1
    truth = billing_truth.tables(simulation)
    check_invariants(truth)
    check_events([billing.event(row) for row in told], truth)


# Published examples. Authority: docs.stripe.com/revenue-recognition/examples.


def at(time: str) -> int:
    return int(pd.Timestamp(time).timestamp())


SCHEDULES = {
    "31 USD, a month from 15 January": (3100, "2019-01-15", "2019-02-15", [1700, 1400]),
    "365 USD, a year from 1 January 2019": (36500, "2019-01-01", "2020-01-01", [3100, 2800, 3100]),
    "120 USD, 15 June to 13 October, by day": (12000, "2019-06-15 12:00", "2019-10-13 12:00", [1600, 3100, 3100, 3000, 1200]),
    "90 USD, January to March, after 30 of 120 were credited before the payment": (9000, "2019-01-01", "2019-04-01", [3100, 2800, 3100]),
    "a period within a day": (500, "2019-01-01 09:00", "2019-01-01 18:00", [500]),
    "a credit": (-3100, "2019-01-15", "2019-02-15", [-1700, -1400]),
}  # fmt: skip


@pytest.mark.parametrize("example", SCHEDULES)
def test_revenue_is_scheduled_as_published(example):
    amount, start, end, expected = SCHEDULES[example]
    found = schedule(amount, at(start), at(end))
    assert list(found.values())[: len(expected)] == expected
    assert sum(found.values()) == amount


@pytest.mark.parametrize(
    ("amount", "credited", "when", "revenue", "contra", "deferred"),
    [
        (9000, 4500, "2019-02-01", [3100, -150, 1550], [0, 1550, 0], [5900, 1550, 0]),
        (12000, 3000, "2019-01-01", [3100, 2800, 3100], [0, 0, 0], [5900, 3100, 0]),
    ],
    ids=["45 after the payment of 90", "30 before the payment of 120"],
)
def test_a_credit_note_takes_off_revenue_as_published(amount, credited, when, revenue, contra, deferred):
    start, end = at("2019-01-01"), at("2019-04-01")
    gross, less = schedule(amount, start, end), reduction(credited, start, end, at(when))
    net = [value - less.get(month, (0, 0))[0] for month, value in gross.items()]
    assert net == revenue
    assert [less.get(month, (0, 0))[1] for month in gross] == contra
    billed = [amount - (credited if month >= when[:7] else 0) for month in gross]
    assert [left - sum(net[: n + 1]) for n, left in enumerate(billed)] == deferred


def with_prices(monkeypatch, steps: list[Step], **amounts: int) -> dict[str, pd.DataFrame]:
    """The truth of one customer who pays in usd, with other prices."""
    catalog = Catalog()
    price = catalog.price
    monkeypatch.setattr(catalog, "price", lambda plan, *of: replace(price(plan, *of), unit_amount=amounts[plan]))
    person = replace(persons(HOUSEHOLDS[:1], HOUSEHOLDS, SEED)[0], currency="usd")
    return billing_truth.tables(
        billing.Simulation(catalog, ["published"], [Biller(person, steps, catalog, SEED).run()])
    )


def test_an_upgrade_within_a_month_is_split_as_published(monkeypatch):
    begin = Step(at("2017-04-01"), "subscribe", {"plan": "basic"})
    upgrade = Step(at("2017-04-21"), "change", {"plan": "plus", "is_invoiced_now": True})
    truth = with_prices(monkeypatch, [begin, upgrade], basic=9000, plus=12000)
    lines = truth["billing_invoice_lines"].set_index("line_id").net
    april = truth["billing_revenue_by_month"].query("month == '2017-04-01'")
    by_plan = april.groupby(
        april.line_id.map(truth["billing_invoice_lines"].set_index("line_id").plan_id)
    ).revenue.sum()
    assert {-3000, 4000} <= set(lines)
    assert by_plan.to_dict() == {"basic": 6000, "plus": 4000}


def test_mrr_is_as_published(monkeypatch):
    monthly = Step(at("2017-04-01"), "subscribe", {"plan": "basic", "quantity": 100})
    yearly = Step(at("2017-04-01"), "subscribe", {"plan": "plus", "quantity": 50, "months": 12}, "other")
    truth = with_prices(monkeypatch, [monthly, yearly], basic=10000, plus=60000)
    assert set(truth["billing_mrr_by_month"].closing) == {1250000}


@pytest.mark.parametrize(("tax", "coupon", "net"), [("exclusive", None, 5000), (None, "forever", 4500)])
def test_tax_and_discounts_are_no_revenue_as_published(monkeypatch, tax, coupon, net):
    begin = Step(at("2017-12-01"), "subscribe", {"plan": "basic", "tax": tax, "coupon": coupon})
    truth = with_prices(monkeypatch, [begin], basic=5000)
    assert truth["billing_revenue_by_month"].revenue.sum() == net
