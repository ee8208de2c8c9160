"""The numbers of the subscriptions from nothing but the events, in plain Python: as a model of the lake would calculate them."""

import json
from fractions import Fraction
from typing import Any

from lakevault.sample.billing.catalog import rounded

Json = dict[str, Any]
MONTHS = {"month": 1, "year": 12}


def events(values: list[str]) -> list[Json]:
    """Each event once, in the order of the account's time, in whatever order they came."""
    once = {event["id"]: event for event in map(json.loads, values)}
    return sorted(once.values(), key=lambda event: (event["created"], event["id"]))


def coupons(found: list[Json]) -> dict[str, Json]:
    """The coupon of each discount: the older version has it in the discount, the recent one names it."""
    by_id, of = {}, {}
    for event in found:
        thing = event["data"]["object"]
        if thing["object"] == "coupon":
            by_id[thing["id"]] = thing
        if thing["object"] == "discount":
            of[thing["id"]] = thing.get("coupon") or thing["source"]["coupon"]
    return {key: by_id[coupon] if isinstance(coupon, str) else coupon for key, coupon in of.items()}


def mrr(subscription: Json, coupons: dict[str, Json]) -> int:
    """MRR of a subscription object, in minor units."""
    if subscription["status"] not in ("active", "past_due") or subscription["pause_collection"]:
        return 0
    amount, length = Fraction(0), 1
    for item in subscription["items"]["data"]:
        recurring = item["price"]["recurring"]
        length = MONTHS[recurring["interval"]] * recurring["interval_count"]
        if recurring["usage_type"] == "licensed":
            amount += Fraction(item["price"]["unit_amount"] * item["quantity"], length)
    for key in subscription["discounts"]:
        if coupons[key]["duration"] != "once":
            amount *= 1 - Fraction(coupons[key]["percent_off"] or 0) / 100
            amount = max(Fraction(0), amount - Fraction(coupons[key]["amount_off"] or 0, length))
    for rate in subscription["default_tax_rates"]:
        if rate["inclusive"]:
            amount /= 1 + Fraction(rate["percentage"]) / 100
    return rounded(amount)


def states(found: list[Json]) -> list[tuple[int, Json]]:
    """Each state of each subscription and since when: of the snapshot, since its start."""
    return [
        (thing["start_date"] if event["type"] == "subscription.snapshot" else event["created"], thing)
        for event in found
        if (thing := event["data"]["object"])["object"] == "subscription"
        and not event["type"].endswith("trial_will_end")
    ]


def lines(found: list[Json]) -> dict[str, Json]:
    """The lines of invoices that are final, by id, in one shape: what becomes revenue, for when, and whether it is a proration."""
    of = {}
    for event in found:
        invoice = event["data"]["object"]
        if invoice["object"] != "invoice" or not invoice["status_transitions"]["finalized_at"]:
            continue
        for line in invoice["lines"]["data"]:
            if "parent" in line:
                parent = line["parent"][line["parent"]["type"]]
                price = line["pricing"]["price_details"]["price"]
                taxes = [(tax["amount"], tax["tax_behavior"] == "inclusive") for tax in line["taxes"]]
                is_proration, subscription = (
                    parent["proration"],
                    invoice["parent"]["subscription_details"]["subscription"],
                )
            else:
                price, is_proration, subscription = line["price"]["id"], line["proration"], invoice["subscription"]
                taxes = [(tax["amount"], tax["inclusive"]) for tax in line["tax_amounts"]]
            inclusive = sum(amount for amount, is_inclusive in taxes if is_inclusive)
            net = line["amount"] - sum(each["amount"] for each in line["discount_amounts"]) - inclusive
            of[line["id"]] = {
                "net": net, "start": line["period"]["start"], "end": line["period"]["end"], "is_proration": is_proration,
                "price_id": price, "subscription_id": subscription, "tax": sum(amount for amount, _ in taxes),
            }  # fmt: skip
    return of
