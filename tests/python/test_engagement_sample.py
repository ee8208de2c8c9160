"""given the simulated mails, when their events are read, then they misbehave, and the way from a mail to a subscription is in them."""

import json
import re
from collections import defaultdict
from datetime import timedelta

import pandas as pd
import pytest

from lakevault.sample import engagement, real
from lakevault.sample.billing import events as billing
from lakevault.sample.billing.lives import users
from lakevault.sample.schedule import make_schedule

SEED = 2017
DAY = 86_400


@pytest.fixture(scope="module")
def tables():
    return real.with_households(real.read_all(), 40)


@pytest.fixture(scope="module")
def households(tables):
    return sorted(tables["transactions"].household_id.unique().tolist())


@pytest.fixture(scope="module")
def simulation(households):
    return billing.simulate(households, SEED)


@pytest.fixture(scope="module")
def acts(tables, simulation):
    return engagement.engagement(tables, simulation, SEED)


@pytest.fixture(scope="module")
def messages(acts, tables):
    return engagement.messages(acts, tables, make_schedule("quarterly"), SEED)


@pytest.fixture(scope="module")
def events(messages):
    """Each event once, without the test events."""
    read = {event["id"]: event for event in map(json.loads, messages.value)}
    return [event for event in read.values() if event["user"]["external_user_id"].isdigit()]


def test_the_same_seed_gives_the_same_bytes(messages, tables, households):
    again = billing.simulate(households[::-1], SEED)
    acts = engagement.engagement(tables, again, SEED)
    other = engagement.messages(acts, tables, make_schedule("quarterly"), SEED)
    assert other.to_csv() == messages.to_csv()


def test_every_kind_of_event_is_there_with_its_fields(events, acts):
    kinds = {event["event_type"].removeprefix(engagement.EVENT) for event in events}
    assert kinds == {"Send", "Delivery", "Open", "Click", "Bounce", "Unsubscribe"}
    assert len(events) == len(acts)
    for event in events:
        assert set(event) == {"event_type", "id", "time", "user", "properties"}
        assert set(event["user"]) == {"user_id", "external_user_id", "timezone"}
        about = event["properties"]
        assert ("campaign_id" in about) != ("canvas_id" in about)
        assert ("url" in about) == event["event_type"].endswith("Click")
        assert ("bounce_reason" in about) == event["event_type"].endswith("Bounce")
        assert "machine_open" not in about or event["event_type"].endswith("Open")
    assert {event["properties"].get("machine_open") for event in events if event["event_type"].endswith("Open")} == {
        None,
        "true",
    }


def test_the_users_are_those_of_the_households(events, households):
    known = {
        str(row["user_id"]): row.get("email", f"user{row['user_id']}@example.com")
        for row in users(households, SEED).values()
    }
    for event in events:
        assert event["properties"]["email_address"] == known[event["user"]["external_user_id"]]


def test_a_dispatch_goes_to_many_users(events):
    dispatches = defaultdict(set)
    for event in events:
        dispatches[event["properties"]["dispatch_id"]].add(event["user"]["external_user_id"])
    assert max(map(len, dispatches.values())) > 5


def test_events_come_twice_out_of_order_and_late_and_some_are_nonsense(messages):
    read = messages.value.map(json.loads)
    is_test = ~read.map(lambda event: event["user"]["external_user_id"]).str.isdigit()
    assert 0 < is_test.sum() < 10
    sent_at = pd.to_datetime(read[~is_test].map(lambda event: event["time"]), unit="s")
    delay = messages.received_at[~is_test] - sent_at
    assert read.map(lambda event: event["id"]).duplicated().sum() > 1
    assert sent_at.diff().lt(timedelta(0)).sum() > 10
    assert timedelta(0) < delay.min() < delay.max() < timedelta(days=3, hours=2)
    for _, rows in messages.groupby("partition"):
        assert rows.offset.tolist() == list(range(len(rows)))
        assert rows.load_id.is_monotonic_increasing


def test_nobody_gets_a_mail_after_they_unsubscribed(acts):
    # Mails that were on their way count as sent before.
    last: dict[int, int] = {}
    for act in acts:
        if act.kind in ("Bounce", "Unsubscribe"):
            last[act.mail.user_id] = act.mail.at
    assert not [act for act in acts if act.kind == "Send" and act.at > last.get(act.mail.user_id, act.at)]


def test_campaigns_with_coupons_belong_to_a_campaign_of_the_sample(acts, simulation, tables):
    funnel = engagement.funnel(acts, simulation)
    coupons = funnel[funnel.campaign_id.notna()]
    assert set(coupons.campaign_id) <= set(tables["campaign_descriptions"].campaign_id)
    for row in coupons.itertuples():
        assert re.fullmatch(rf"P{row.campaign_id:04d} Type [ABC]", row.name)
        targeted = tables["campaigns"].query("campaign_id == @row.campaign_id").household_id.nunique()
        assert row.sent <= targeted
    assert len(coupons) > 5


def test_the_events_of_both_services_give_the_funnel(events, acts, simulation):
    """From a mail to a subscription with nothing but the messages of the two topics."""
    started = []
    for value in billing.sent(simulation, SEED).value:
        event = json.loads(value)
        if event["type"] == "customer.subscription.created":
            started.append((event["created"], event["data"]["object"]["customer"], event["id"]))
    user_of = {biller.customer.id: str(biller.customer.person.user_id) for biller in simulation.billers}
    reached, clicks = defaultdict(set), defaultdict(list)
    for event in events:
        about, user = event["properties"], event["user"]["external_user_id"]
        source, kind = about.get("campaign_id") or about["canvas_id"], event["event_type"].split(".")[-1]
        if "machine_open" not in about:
            reached[source, kind].add(user)
        if kind == "Click":
            clicks[user].append((event["time"], source))
    for created, customer, _ in sorted(set(started)):
        before = [click for click in clicks[user_of[customer]] if created - 7 * DAY <= click[0] <= created]
        if before:
            reached[max(before)[1], "subscribed"].add(user_of[customer])
    steps = {"sent": "Send", "delivered": "Delivery", "opened": "Open", "clicked": "Click", "subscribed": "subscribed"}
    for row in engagement.funnel(acts, simulation).to_dict("records"):
        assert {step: row[step] for step in steps} == {
            step: len(reached[row["source_id"], kind]) for step, kind in steps.items()
        }, row["name"]


def test_some_users_subscribe_after_a_click_and_some_do_not(acts, simulation):
    funnel = engagement.funnel(acts, simulation)
    assert (funnel.subscribed > 0).sum() >= 3
    assert 5 < funnel.subscribed.sum() < len(engagement.starts(simulation))
    assert funnel.clicked.sum() > funnel.subscribed.sum()
    assert (funnel.sent >= funnel.delivered).all()
