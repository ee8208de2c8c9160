"""Visits to the web shop. A share of the baskets was ordered online; what led to them is simulated, no sale is added."""

import json

import numpy as np
import pandas as pd

from lakevault.sample.schedule import BUSINESS_TIME_ZONE, Schedule, day_start
from lakevault.sample.simulate import fuel_products, generator
from lakevault.sample.topics import as_messages, at_least_once

FEED = "shop.web_event"
TOPIC = "shop.web-events"
PARTITIONS = 2
FIELDS = [
    "event_id", "event_type", "session_id", "household_id", "product_id", "campaign_id", "coupon_upc", "basket_id",
    "occurred_at",
]  # fmt: skip
ORDERED_ONLINE = 0.03
SENT_TWICE = 0.01
CLIPPED = 0.5
ANONYMOUS = 0.4
# The shop opened with the year.
OPENED = pd.Timestamp("2017-01-01 05:00:00")
NUMBERS = ("household_id", "product_id", "campaign_id", "coupon_upc", "basket_id")
STEPS = ("product_viewed", "cart_added", "checkout_completed")


def web_events(tables: dict[str, pd.DataFrame], seed: int) -> pd.DataFrame:
    """Each event once: FIELDS, and `received_at`, when the broker had it; a few seconds later, sometimes three days.

    A visit that ends with an order has a view, a cart and a checkout of every product of its basket, and views of others. Some
    days before it there is another visit, without an order and often without a login.
    """
    rng = generator(seed, "web events")
    lines = tables["transactions"][~tables["transactions"].product_id.isin(fuel_products(tables["products"]))]
    visits = pd.concat([_with_types(_orders(lines, rng)), _with_types(_other_visits(lines, rng))], ignore_index=True)
    visits["campaign_id"] = _campaigns(visits, tables)
    steps = [visits.dropna(subset=[step]).assign(event_type=step, occurred_at=visits[step]) for step in STEPS]
    # Only an order has a number.
    steps[:2] = [rows.assign(basket_id=pd.array([pd.NA] * len(rows), "Int64")) for rows in steps[:2]]
    events = pd.concat([_with_types(rows) for rows in (*steps, _clips(tables, rng))], ignore_index=True)
    events = events[events.occurred_at >= OPENED]
    events = events.sort_values(["occurred_at", "session_id", "product_id"], kind="stable").reset_index(drop=True)
    events["event_id"] = [f"E{number:08d}" for number in range(1, len(events) + 1)]
    kind = rng.random(len(events))
    longest = np.select([kind < 0.01, kind < 0.1], [3 * 86_400, 7_200], 30)
    delay = pd.Series((rng.random(len(events)) * longest * 1000).astype("int64") + 50)
    return events[FIELDS].assign(received_at=events.occurred_at + pd.to_timedelta(delay, unit="ms"))


def sent(events: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The events as the shop sends them: at least once, in the order of their arrival.

    Columns: partition, received_at, key (the visit), value (JSON; what is not known is not there).
    """
    rng = generator(seed, "web messages")
    both = at_least_once(events, rng, SENT_TWICE, 600)
    both = both.sort_values(["received_at", "event_id"], kind="stable").reset_index(drop=True)
    fields = both[FIELDS].assign(occurred_at=both.occurred_at.dt.strftime("%Y-%m-%d %H:%M:%S")).to_dict("records")
    values = [json.dumps({name: value for name, value in row.items() if not pd.isna(value)}) for row in fields]
    # The messages of one key, the visit, are in one partition.
    partition = both.session_id.str[1:].astype("int64") % PARTITIONS
    return pd.DataFrame(
        {"partition": partition, "received_at": both.received_at, "key": both.session_id, "value": values}
    )


def messages(events: pd.DataFrame, periods: Schedule, seed: int) -> pd.DataFrame:
    """What is sent as the broker has it, delivery by delivery; with load_id, feed, topic, offset and headers (none)."""
    return as_messages(sent(events, seed), periods, FEED, TOPIC)


def funnel(events: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """The expected report: what was viewed, put into a cart and ordered, by day of the first view, promotion and department."""
    first = events.groupby(["session_id", "product_id", "event_type"]).occurred_at.min().unstack()
    viewed = first.dropna(subset=["product_viewed"]).reset_index()
    views = events[events.event_type == "product_viewed"].drop_duplicates(["session_id", "product_id"])
    viewed = viewed.merge(views[["session_id", "product_id", "campaign_id"]], on=["session_id", "product_id"])
    viewed = viewed.merge(products[["product_id", "department"]], how="left", on="product_id")
    viewed["day"] = (
        viewed.product_viewed.dt.tz_localize("UTC").dt.tz_convert(BUSINESS_TIME_ZONE).dt.strftime("%Y%m%d").astype(int)
    )
    return (
        viewed.groupby(["day", "campaign_id", "department"], dropna=False)
        .agg(
            viewed=("product_viewed", "count"), carted=("cart_added", "count"), ordered=("checkout_completed", "count")
        )
        .reset_index()
    )


def _with_types(rows: pd.DataFrame) -> pd.DataFrame:
    """All of NUMBERS as whole numbers that may be missing."""
    missing = {name: pd.NA for name in NUMBERS if name not in rows}
    return rows.assign(**missing).astype(dict.fromkeys(NUMBERS, "Int64"))


def _orders(lines: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Products of visits that end with an order, with the time of each step; those that were only looked at have no order."""
    baskets = lines.groupby("basket_id").agg(
        household_id=("household_id", "first"), ordered_at=("transaction_timestamp", "min")
    )
    visits = baskets[rng.random(len(baskets)) < ORDERED_ONLINE].reset_index()
    visits["minutes"] = rng.integers(5, 60, len(visits))
    visits["session_id"] = [f"V{number:07d}" for number in range(1, len(visits) + 1)]
    bought = visits.merge(lines[["basket_id", "product_id"]].drop_duplicates(), on="basket_id").assign(is_bought=True)
    looked_at = visits.loc[visits.index.repeat(rng.integers(0, 6, len(visits)))]
    looked_at = looked_at.assign(product_id=rng.choice(lines.product_id, len(looked_at)), is_bought=False)
    rows = pd.concat([bought, looked_at]).drop_duplicates(["session_id", "product_id"]).reset_index(drop=True)
    return _with_steps(rows, rng, carted=rows.is_bought | (rng.random(len(rows)) < 0.25))


def _other_visits(lines: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Products of visits without an order."""
    picked = lines.drop_duplicates("basket_id")
    visits = picked[rng.random(len(picked)) < ORDERED_ONLINE].reset_index(drop=True)
    days = pd.to_timedelta(rng.integers(1440, 5 * 1440, len(visits)), unit="min")
    visits = pd.DataFrame(
        {
            "household_id": visits.household_id.astype("Int64").mask(rng.random(len(visits)) < ANONYMOUS),
            "ordered_at": visits.transaction_timestamp - days,
            "minutes": rng.integers(2, 30, len(visits)),
            "session_id": [f"V{number:07d}" for number in range(5_000_001, 5_000_001 + len(visits))],
        }
    )
    visits = visits[visits.ordered_at > OPENED + pd.Timedelta(hours=1)]
    rows = visits.loc[visits.index.repeat(rng.integers(1, 9, len(visits)))]
    rows = rows.assign(product_id=rng.choice(lines.product_id, len(rows)), is_bought=False)
    rows = rows.drop_duplicates(["session_id", "product_id"]).reset_index(drop=True)
    return _with_steps(rows, rng, carted=pd.Series(rng.random(len(rows)) < 0.2))


def _with_steps(rows: pd.DataFrame, rng: np.random.Generator, carted: pd.Series) -> pd.DataFrame:
    """Add the time of each step, to the second and one after the other; no time for a step that was not made."""
    seconds = rows.minutes * 60
    view = (seconds * (0.2 + 0.8 * rng.random(len(rows)))).astype("int64")
    cart = (view * (0.1 + 0.8 * rng.random(len(rows)))).astype("int64")
    before = {STEPS[0]: view, STEPS[1]: cart.where(carted), STEPS[2]: (cart * 0).where(rows.is_bought)}
    times = {step: (rows.ordered_at - pd.to_timedelta(at, unit="s")).dt.floor("s") for step, at in before.items()}
    return rows.assign(**times)


def _campaigns(rows: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> pd.Series:
    """The campaign whose page led to a product: one that runs, has a coupon for it and was sent to the household; the first."""
    seen = rows[["household_id", "product_id", "product_viewed"]].rename_axis("row").reset_index()
    running = tables["campaigns"].merge(tables["campaign_descriptions"], on="campaign_id")
    running["starts_at"] = day_start(running.start_date)
    running["ends_at"] = day_start(running.end_date + pd.Timedelta(days=1))
    sent = seen.dropna(subset=["household_id"]).merge(running, on="household_id")
    sent = sent[(sent.product_viewed >= sent.starts_at) & (sent.product_viewed < sent.ends_at)]
    sent = sent.merge(tables["coupons"][["campaign_id", "product_id"]].drop_duplicates())
    return sent.groupby("row").campaign_id.min().reindex(rows.index).astype("Int64")


def _clips(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> pd.DataFrame:
    """Coupons that were clipped in the shop one to three days before they were redeemed."""
    redeemed = tables["coupon_redemptions"]
    clipped = redeemed[rng.random(len(redeemed)) < CLIPPED].reset_index(drop=True)
    minutes = pd.to_timedelta(pd.Series(rng.integers(1440, 3 * 1440, len(clipped))), unit="min")
    product = tables["coupons"].groupby(["coupon_upc", "campaign_id"]).product_id.min().reset_index()
    clipped = clipped.merge(product, how="left", on=["coupon_upc", "campaign_id"])
    return clipped.assign(
        event_type="coupon_clipped",
        session_id=[f"V{number:07d}" for number in range(8_000_001, 8_000_001 + len(clipped))],
        occurred_at=day_start(clipped.redemption_date) - minutes,
    )
