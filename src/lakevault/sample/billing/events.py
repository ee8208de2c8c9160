"""The billing service of the subscriptions, a Stripe account (simulated): its events, as it sends them to the lake.

Each event has the object as it was then, in the account's version of the API on that day. The account sends events since OPENED; what
existed then comes first, as events of the types `<object>.snapshot`, which are the connector's own: customers, subscriptions that had not
ended, their discounts, products, prices, coupons, and final invoices that are for time after OPENED.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import msgspec
import numpy as np
import pandas as pd

from lakevault.sample.billing import objects, older
from lakevault.sample.billing.account import Biller
from lakevault.sample.billing.catalog import (
    COUPONS,
    OPENED,
    RAISED_AT,
    Catalog,
    Coupon,
    Price,
    Product,
    identifier,
)
from lakevault.sample.billing.lives import lives
from lakevault.sample.billing.records import Customer, Discount, Happened, Invoice, Record, Subscription
from lakevault.sample.schedule import Schedule
from lakevault.sample.simulate import generator
from lakevault.sample.topics import as_messages, at_least_once

FEED = "billing.event"
TOPIC = "billing.events"
PARTITIONS = 2
SENT_TWICE = 0.01
# The account moved to the recent version of the API.
SWITCHED = int(pd.Timestamp("2017-03-14 15:00:00").timestamp())


@dataclass(frozen=True)
class Simulation:
    """What was simulated.

    Attributes:
        catalog: what is sold.
        kinds: the kind of life of each customer.
        billers: what happened to each customer, in the same order.
    """

    catalog: Catalog
    kinds: list[str]
    billers: list[Biller]


def simulate(households: list[int], seed: int) -> Simulation:
    """The billing account of the sample's households, until the end of 2017."""
    catalog = Catalog()
    found = lives(households, seed)
    billers = [Biller(person, steps, catalog, seed).run() for _, person, steps in found]
    return Simulation(catalog, [kind for kind, _, _ in found], billers)


def known(simulation: Simulation) -> list[Happened]:
    """What the account tells, in the order of its times: the snapshot, and what happened since."""
    rows = list(_of_catalog(simulation.catalog))
    for biller in simulation.billers:
        rows += _snapshot(biller.happened)
        rows += [row for row in biller.happened if row.at >= OPENED]
    return sorted(rows, key=lambda row: (row.at, row.record.id, row.type))


def event(row: Happened) -> dict[str, Any]:
    """An event as the API writes it. One of a change has what the changed fields were before: of objects the changed parts."""
    version = older if row.at < SWITCHED else objects
    data = {"object": version.written(row.record)}
    if row.before:
        data["previous_attributes"] = _changed(version.written(row.before), data["object"])
    return {
        "id": identifier("evt", row.type, row.record.id, row.at), "object": "event",
        "api_version": older.OLDER if row.at < SWITCHED else objects.RECENT, "created": row.at,
        "data": data, "livemode": False, "pending_webhooks": 1, "request": {"id": None, "idempotency_key": None},
        "type": row.type,
    }  # fmt: skip


def sent(simulation: Simulation, seed: int) -> pd.DataFrame:
    """The events as the account sends them: at least once, in the order of their arrival, some after days.

    Columns: partition, received_at, key (the customer, where the object names it, else the object), value (JSON).
    """
    rng = generator(seed, "billing messages")
    # In the older version there are no events of payments.
    rows = [row for row in known(simulation) if row.at >= SWITCHED or row.type != "invoice_payment.paid"]
    events = [event(row) for row in rows]
    objects = [each["data"]["object"] for each in events]
    keys = pd.Series([each.get("customer") or each["id"] for each in objects])
    created = pd.to_datetime(pd.Series([each["created"] for each in events]), unit="s").astype("datetime64[ns]")
    kind = rng.random(len(events))
    longest = np.select([kind < 0.01, kind < 0.1], [3 * 86_400, 7_200], 30)
    delay = pd.Series((rng.random(len(events)) * longest * 1000).astype("int64") + 50)
    frame = pd.DataFrame(
        {
            "partition": [crc32(key.encode()) % PARTITIONS for key in keys],
            "received_at": created + pd.to_timedelta(delay, unit="ms"),
            "key": keys,
            "value": [msgspec.json.encode(each).decode() for each in events],
        }
    )
    both = at_least_once(frame, rng, SENT_TWICE, 7_200)
    return both.sort_values("received_at", kind="stable").reset_index(drop=True)


def messages(simulation: Simulation, periods: Schedule, seed: int) -> pd.DataFrame:
    """What is sent as the broker has it, delivery by delivery; with load_id, feed, topic, offset and headers (none)."""
    return as_messages(sent(simulation, seed), periods, FEED, TOPIC)


def _of_catalog(catalog: Catalog) -> Iterator[Happened]:
    """Products, prices and coupons: those of before as a snapshot, the others when they were created."""
    records: list[Product | Price | Coupon] = [*catalog.products.values(), *catalog.prices, *COUPONS.values()]
    for record in records:
        name = type(record).__name__.lower()
        is_new = record.created > OPENED
        yield Happened(max(record.created, OPENED), f"{name}.{'created' if is_new else 'snapshot'}", record)
    for before, after in catalog.archived():
        yield Happened(RAISED_AT + 1, "price.updated", after, before)


def _snapshot(happened: list[Happened]) -> Iterator[Happened]:
    """What a customer had when the account began to send events."""
    records: dict[str, Record] = {row.record.id: row.record for row in happened if row.at < OPENED}
    discounts = {
        record.discount.id for record in records.values() if isinstance(record, Subscription) and record.discount
    }
    for record in records.values():
        match record:
            case Customer(is_deleted=False) | Subscription(ended_at=None):
                is_there = True
            case Discount():
                is_there = record.id in discounts
            case Invoice():
                is_there = record.finalized_at is not None and max(line.end for line in record.lines) > OPENED
            case _:
                is_there = False
        if is_there:
            yield Happened(OPENED, f"{type(record).__name__.lower()}.snapshot", record)


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The values before of what is different."""
    changes = {}
    for name in after:
        old, new = before.get(name), after[name]
        if old != new:
            changes[name] = _changed(old, new) if isinstance(old, dict) and isinstance(new, dict) else old
    return changes
