"""Records of the billing account as the objects of Stripe's API, in the version OLDER.

There a subscription has its period itself, a discount has its coupon, and an invoice and its lines name subscription, price, tax
and proration in flat fields. A charge names its invoice, so there are no events of payments.
"""

from lakevault.sample.billing import objects as recent
from lakevault.sample.billing.catalog import INTERVALS, Price, TaxRate, identifier
from lakevault.sample.billing.objects import Json
from lakevault.sample.billing.records import (
    Charge,
    CreditNote,
    Discount,
    Invoice,
    Line,
    Record,
    Subscription,
)

OLDER = "2024-06-20"


def written(record: Record) -> Json:
    """The object of a record."""
    match record:
        case Subscription():
            return subscription(record)
        case Invoice():
            return invoice(record)
        case Discount():
            return discount(record)
        case Charge():
            return recent.charge(record) | {"invoice": record.invoice}
        case CreditNote():
            return credit_note(record)
        case Price():
            return price(record)
        case _:
            return recent.written(record)


def without(row: Json, *names: str) -> Json:
    return {name: value for name, value in row.items() if name not in names}


def price(of: Price) -> Json:
    row = recent.price(of)
    return row | {
        "recurring": without(row["recurring"], "meter") | {"aggregate_usage": None, "trial_period_days": None}
    }


def plan(of: Price) -> Json:
    """A price as it was called before."""
    interval, count = INTERVALS[of.months]
    return {
        "id": of.id, "object": "plan", "active": of.is_active, "aggregate_usage": None, "amount": of.unit_amount,
        "amount_decimal": str(of.unit_amount), "billing_scheme": "per_unit", "created": of.created,
        "currency": of.currency, "interval": interval, "interval_count": count, "livemode": False, "metadata": {},
        "nickname": None, "product": of.product.id, "tiers_mode": None, "transform_usage": None, "trial_period_days": None,
        "usage_type": "metered" if of.is_metered else "licensed",
    }  # fmt: skip


def discount(of: Discount) -> Json:
    return without(recent.discount(of), "source") | {"coupon": recent.coupon(of.coupon)}


def subscription(of: Subscription) -> Json:
    row = without(recent.subscription(of), "billing_mode", "billing_schedules")
    row["items"] = recent.listed(
        [
            without(recent.item(item, of), "current_period_start", "current_period_end")
            | {"plan": plan(item.price), "price": price(item.price)}
            for item in of.items
        ],
        row["items"]["url"],
    )
    # One item: its price and quantity are those of the subscription.
    only = of.items[0] if len(of.items) == 1 else None
    return row | {
        "current_period_end": of.period_end, "current_period_start": of.period_start,
        "discount": discount(of.discount) if of.discount else None, "plan": plan(only.price) if only else None,
        "quantity": only.quantity if only else None,
    }  # fmt: skip


def tax(amount: int, taxable: int, rate: TaxRate) -> Json:
    return {
        "amount": amount, "inclusive": rate.is_inclusive, "tax_rate": rate.id, "taxability_reason": "standard_rated",
        "taxable_amount": taxable,
    }  # fmt: skip


def line(of: Line) -> Json:
    row = without(recent.line(of), "parent", "pricing", "taxes", "subtotal", "pretax_credit_amounts")
    own = (
        {"type": "invoiceitem", "invoice_item": recent.identifier_of_item(of)}
        if of.is_proration
        else {"type": "subscription"}
    )
    return row | own | {
        "amount_excluding_tax": of.net + of.discount, "plan": plan(of.price), "price": price(of.price),
        "proration": of.is_proration, "proration_details": {"credited_items": None}, "subscription": of.subscription,
        "subscription_item": of.item, "tax_amounts": [tax(of.tax, of.net, of.rate)] if of.rate else [],
        "tax_rates": [recent.tax_rate(of.rate)] if of.rate else [],
    }  # fmt: skip


def invoice(of: Invoice) -> Json:
    row = without(recent.invoice(of), "parent", "total_taxes", "amount_overpaid", "amount_paid_off_stripe")
    rate = next((each.rate for each in of.lines if each.rate), None)
    return row | {
        "charge": of.charge, "discount": discount(of.discount) if of.discount else None,
        "lines": recent.listed([line(each) for each in of.lines], row["lines"]["url"]),
        "paid": of.status == "paid", "payment_intent": identifier("pi", of.id) if of.finalized_at and of.due else None, "quote": None,
        "subscription": of.subscription,
        "subscription_details": {"metadata": {"user_id": str(of.customer.person.user_id)}}, "tax": of.tax if rate else None,
        "total_tax_amounts": [tax(of.tax, of.net, rate)] if rate else [],
    }  # fmt: skip


def credit_note(of: CreditNote) -> Json:
    row = without(recent.credit_note(of), "total_taxes", "refunds", "pre_payment_amount", "post_payment_amount")
    rates = [each.line.rate for each in of.lines]
    lines = [
        without(recent.credit_line(each), "taxes")
        | {
            "tax_amounts": [tax(each.tax, each.net, rate)] if rate else [],
            "amount_excluding_tax": each.net + each.discount,
        }
        for each, rate in zip(of.lines, rates, strict=True)
    ]
    taxes, net = sum(each.tax for each in of.lines), sum(each.net for each in of.lines)
    return row | {
        "lines": recent.listed(lines, row["lines"]["url"]), "refund": of.refund,
        "tax_amounts": [tax(taxes, net, rates[0])] if rates and rates[0] else [],
    }  # fmt: skip
