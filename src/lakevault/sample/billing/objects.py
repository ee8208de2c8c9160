"""Records of the billing account as the objects of Stripe's API, in the version RECENT.

Only fields that the sample fills, and those that every object has. lakevault.sample.billing.older writes them in an older version.
"""

from typing import Any

from lakevault.sample.billing.catalog import CREATED, INTERVALS, Coupon, Price, Product, TaxRate
from lakevault.sample.billing.records import (
    Charge,
    CreditLine,
    CreditNote,
    Customer,
    Discount,
    Dispute,
    Invoice,
    Item,
    Line,
    Payment,
    Person,
    Record,
    Refund,
    Subscription,
)

RECENT = "2026-08-26.dahlia"
Json = dict[str, Any]
NO_TAX = {"enabled": False, "disabled_reason": None, "liability": None}
ISSUER = {"type": "self"}


def written(record: Record) -> Json:
    """The object of a record."""
    match record:
        case Product():
            return product(record)
        case Price():
            return price(record)
        case Coupon():
            return coupon(record)
        case Customer():
            return customer(record)
        case Discount():
            return discount(record)
        case Subscription():
            return subscription(record)
        case Invoice():
            return invoice(record)
        case Payment():
            return payment(record)
        case Charge():
            return charge(record)
        case Refund():
            return refund(record)
        case CreditNote():
            return credit_note(record)
        case Dispute():
            return dispute(record)


def listed(rows: list[Json], url: str) -> Json:
    """A list of objects within an object."""
    return {"object": "list", "data": rows, "has_more": False, "url": url}


def address(person: Person) -> Json:
    return {
        "city": person.city, "country": person.country, "line1": person.line1, "line2": None,
        "postal_code": person.postal_code, "state": None,
    }  # fmt: skip


def product(of: Product) -> Json:
    return {
        "id": of.id, "object": "product", "active": True, "created": of.created,
        "description": None, "images": [], "livemode": False, "marketing_features": [], "metadata": {"plan_id": of.plan},
        "name": of.name, "updated": of.created, "url": None,
    }  # fmt: skip


def price(of: Price) -> Json:
    interval, count = INTERVALS[of.months]
    usage = "metered" if of.is_metered else "licensed"
    recurring = {"interval": interval, "interval_count": count, "meter": "mtr_requests" if of.is_metered else None}
    return {
        "id": of.id, "object": "price", "active": of.is_active, "billing_scheme": "per_unit", "created": of.created,
        "currency": of.currency, "livemode": False, "lookup_key": of.lookup_key if of.is_active else None,
        "metadata": {"plan_id": of.product.plan}, "product": of.product.id, "recurring": recurring | {"usage_type": usage},
        "tax_behavior": "unspecified", "type": "recurring",
        "unit_amount": of.unit_amount, "unit_amount_decimal": str(of.unit_amount),
    }  # fmt: skip


def coupon(of: Coupon) -> Json:
    return {
        "id": of.id, "object": "coupon", "amount_off": of.amount_off, "created": of.created,
        "currency": "usd" if of.amount_off else None, "duration": of.duration, "duration_in_months": of.months,
        "livemode": False, "metadata": {}, "name": of.name, "percent_off": of.percent_off,
        "times_redeemed": 0, "valid": True,
    }  # fmt: skip


def tax_rate(of: TaxRate) -> Json:
    return {
        "id": of.id, "object": "tax_rate", "active": True, "country": of.country, "created": CREATED, "description": None,
        "display_name": of.name, "effective_percentage": of.percentage, "inclusive": of.is_inclusive, "jurisdiction": None,
        "livemode": False, "metadata": {}, "percentage": of.percentage, "state": None,
        "tax_type": "vat" if of.is_inclusive else "sales_tax",
    }  # fmt: skip


def customer(of: Customer) -> Json:
    person = of.person
    return {
        "id": of.id, "object": "customer", "address": address(person), "balance": of.balance, "created": of.created,
        "currency": person.currency, "delinquent": False, "description": None,
        "email": person.email, "invoice_prefix": of.id[-8:].upper(),
                "livemode": False, "metadata": {"user_id": str(person.user_id)}, "name": person.name, "phone": person.phone,
        "tax_exempt": "none",
    }  # fmt: skip


def discount(of: Discount) -> Json:
    return {
        "id": of.id, "object": "discount", "customer": of.customer, "end": of.end, "invoice": None,
        "source": {"coupon": of.coupon.id, "type": "coupon"}, "start": of.start,
        "subscription": of.subscription,
    }  # fmt: skip


def item(of: Item, within: Subscription) -> Json:
    quantity = {} if of.price.is_metered else {"quantity": of.quantity}
    return {
        "id": of.id, "object": "subscription_item", "created": of.created,
        "current_period_end": within.period_end, "current_period_start": within.period_start, "discounts": [],
        "metadata": {}, "price": price(of.price), **quantity, "subscription": within.id, "tax_rates": [],
    }  # fmt: skip


def subscription(of: Subscription) -> Json:
    rows = [item(each, of) for each in of.items]
    return {
        "id": of.id, "object": "subscription",
        "automatic_tax": NO_TAX, "billing_cycle_anchor": of.anchor,
        "billing_mode": {"flexible": None, "type": "classic"}, "billing_schedules": [],
        "cancel_at": of.period_end if of.is_ending else None, "cancel_at_period_end": of.is_ending,
        "canceled_at": of.canceled_at,
        "cancellation_details": {"comment": None, "feedback": None, "reason": of.reason},
        "collection_method": "send_invoice" if of.is_sent else "charge_automatically", "created": of.created,
        "currency": of.currency, "customer": of.customer, "days_until_due": 14 if of.is_sent else None,
        "default_tax_rates": [tax_rate(of.tax)] if of.tax else [],
        "description": None, "discounts": [of.discount.id] if of.discount else [], "ended_at": of.ended_at,
        "invoice_settings": { "issuer": ISSUER},
        "items": listed(rows, f"/v1/subscription_items?subscription={of.id}"), "latest_invoice": of.latest_invoice,
        "livemode": False, "metadata": {"user_id": str(of.user_id)},
        "pause_collection": {"behavior": of.pause, "resumes_at": None} if of.pause else None,
        "start_date": of.created, "status": of.status,
        "trial_end": of.trial_end, "trial_start": of.created if of.trial_end else None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice" if of.has_card else "pause"}},
    }  # fmt: skip


def tax(amount: int, taxable: int, rate: TaxRate) -> Json:
    return {
        "amount": amount, "tax_behavior": "inclusive" if rate.is_inclusive else "exclusive",
        "tax_rate_details": {"tax_rate": rate.id}, "taxability_reason": "standard_rated", "taxable_amount": taxable,
        "type": "tax_rate_details",
    }  # fmt: skip


def discounts(amount: int, key: str | None) -> list[Json]:
    return [{"amount": amount, "discount": key}] if key and amount else []


def line(of: Line) -> Json:
    source = {
        "invoice_item": identifier_of_item(of), "proration": of.is_proration,
        "proration_details": {"credited_items": None}, "subscription": of.subscription,
    }  # fmt: skip
    if of.is_proration:
        parent: Json = {"invoice_item_details": source, "type": "invoice_item_details"}
    else:
        source |= {"subscription_item": of.item}
        parent = {"subscription_item_details": source, "type": "subscription_item_details"}
    priced = {"price": of.price.id, "product": of.price.product.id}
    return {
        "id": of.id, "object": "line_item", "amount": of.amount, "currency": of.price.currency,
        "description": of.description, "discount_amounts": discounts(of.discount, of.discount_id),
        "discountable": not of.is_proration, "discounts": [], "invoice": of.invoice, "livemode": False, "metadata": {},
        "parent": parent, "period": {"end": of.end, "start": of.start},
        "pricing": {
            "price_details": priced, "type": "price_details", "unit_amount_decimal": str(of.price.unit_amount),
        },
        "quantity": of.quantity, "subtotal": of.amount,
        "taxes": [tax(of.tax, of.net, of.rate)] if of.rate else [],
    }  # fmt: skip


def identifier_of_item(of: Line) -> str:
    """Of a proration, the item that waited for its invoice."""
    return of.id.replace("il_", "ii_")


def invoice(of: Invoice) -> Json:
    person, rate = of.customer.person, next((each.rate for each in of.lines if each.rate), None)
    is_final = of.finalized_at is not None
    paid = max(0, of.due) if of.status == "paid" else 0
    left = 0 if of.status in ("paid", "void") else of.due
    return {
        "id": of.id, "object": "invoice", "account_country": "US",
        "amount_due": of.due, "amount_overpaid": 0, "amount_paid": paid, "amount_paid_off_stripe": 0,
        "amount_remaining": left, "amount_shipping": 0, "attempt_count": of.attempts,
        "attempted": of.attempts > 0 or of.status == "paid", "auto_advance": of.status in ("draft", "open"),
        "automatic_tax": {"enabled": False, "disabled_reason": None, "liability": None, "status": None},
        "billing_reason": of.reason,
        "collection_method": "send_invoice" if of.is_sent else "charge_automatically", "created": of.created,
        "currency": of.currency, "custom_fields": None, "customer": of.customer.id, "customer_address": address(person),
        "customer_email": person.email, "customer_name": person.name, "customer_phone": person.phone,
        "customer_tax_exempt": "none",
        "default_tax_rates": [], "description": None,
        "discounts": [of.discount.id] if of.discount else [],
        "due_date": of.created + 14 * 86_400 if of.is_sent else None, "effective_at": of.finalized_at,
        "ending_balance": of.ending_balance if is_final else None,
        "issuer": ISSUER,
        "lines": listed([line(each) for each in of.lines], f"/v1/invoices/{of.id}/lines"),
        "livemode": False, "metadata": {}, "next_payment_attempt": of.next_attempt,
        "number": of.number if is_final else None,
        "parent": {
            "subscription_details": {
                "metadata": {"user_id": str(of.customer.person.user_id)}, "subscription": of.subscription,
            },
            "type": "subscription_details",
        },
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": of.period_end, "period_start": of.period_start,
        "post_payment_credit_notes_amount": of.credited_later, "pre_payment_credit_notes_amount": of.credited,
        "starting_balance": of.starting_balance, "status": of.status,
        "status_transitions": {
            "finalized_at": of.finalized_at, "marked_uncollectible_at": None, "paid_at": of.paid_at,
            "voided_at": of.voided_at,
        },
        "subtotal": of.subtotal, "subtotal_excluding_tax": of.net + of.discounted, "total": of.total,
        "total_discount_amounts": discounts(of.discounted, of.discount.id if of.discount else None), "total_excluding_tax": of.net,
        "total_taxes": [tax(of.tax, of.net, rate)] if rate else [],
    }  # fmt: skip


def payment(of: Payment) -> Json:
    return {
        "id": of.id, "object": "invoice_payment", "amount_paid": of.charge.amount, "amount_requested": of.charge.amount,
        "created": of.created, "currency": of.charge.currency, "invoice": of.invoice, "is_default": True,
        "livemode": False, "payment": {"payment_intent": of.charge.payment, "type": "payment_intent"}, "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": of.created},
    }  # fmt: skip


def charge(of: Charge) -> Json:
    decline = None if of.is_paid else "card_declined"
    outcome = {"network_status": "approved_by_network" if of.is_paid else "declined_by_network", "reason": decline}
    kind = "authorized" if of.is_paid else "issuer_declined"
    nobody = {
        "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")), "email": None,
        "name": None, "phone": None, "tax_id": None,
    }  # fmt: skip
    return {
        "id": of.id, "object": "charge", "amount": of.amount, "amount_captured": of.amount if of.is_paid else 0,
        "amount_refunded": of.refunded,
        "billing_details": nobody, 
        "captured": of.is_paid, "created": of.created, "currency": of.currency, "customer": of.customer.id,
        "description": "Subscription", "disputed": of.is_disputed,
        "failure_code": decline, "failure_message": None if of.is_paid else "Your card was declined.",
        "fraud_details": {}, "livemode": False, "metadata": {},
        "outcome": outcome | {"risk_level": "normal", "seller_message": None, "type": kind}, "paid": of.is_paid,
        "payment_intent": of.payment,
        "refunded": of.is_paid and of.refunded == of.amount,
        "status": "succeeded" if of.is_paid else "failed",
    }  # fmt: skip


def refund(of: Refund) -> Json:
    return {
        "id": of.id, "object": "refund", "amount": of.amount, "charge": of.charge.id,
        "created": of.created, "currency": of.charge.currency, "metadata": {}, "payment_intent": of.charge.payment,
        "reason": "requested_by_customer",
        "status": "succeeded",
    }  # fmt: skip


def credit_line(of: CreditLine) -> Json:
    rate = of.line.rate
    return {
        "id": of.id, "object": "credit_note_line_item", "amount": of.amount, "description": of.line.description,
        "discount_amount": of.discount, "discount_amounts": discounts(of.discount, of.line.discount_id),
        "invoice_line_item": of.line.id, "livemode": False, "pretax_credit_amounts": [], "quantity": None,
        "tax_rates": [], "taxes": [tax(of.tax, of.net, rate)] if rate else [], "type": "invoice_line_item",
        "unit_amount": None, "unit_amount_decimal": None,
    }  # fmt: skip


def credit_note(of: CreditNote) -> Json:
    rate = next((each.line.rate for each in of.lines if each.line.rate), None)
    discounted, taxes = sum(each.discount for each in of.lines), sum(each.tax for each in of.lines)
    net, key = sum(each.net for each in of.lines), of.invoice.discount.id if of.invoice.discount else None
    before, kind = (of.total, "pre_payment") if of.is_before_payment else (0, "post_payment")
    refunds = [{"amount_refunded": of.total, "refund": of.refund, "type": "refund"}] if of.refund else []
    return {
        "id": of.id, "object": "credit_note", "amount": of.total, "amount_shipping": 0, "created": of.created,
        "currency": of.invoice.currency, "customer": of.invoice.customer.id,
        "discount_amount": discounted, "discount_amounts": discounts(discounted, key), "effective_at": of.created,
        "invoice": of.invoice.id, "lines": listed([credit_line(each) for each in of.lines], f"/v1/credit_notes/{of.id}/lines"),
        "livemode": False, "metadata": {}, "number": of.number,
        "pdf": f"https://pay.example.com/{of.id}.pdf", "post_payment_amount": of.total - before,
        "pre_payment_amount": before, "pretax_credit_amounts": [], "reason": "order_change", "refunds": refunds,
        "status": "issued", "subtotal": sum(each.amount for each in of.lines),
        "subtotal_excluding_tax": net + discounted, "total": of.total, "total_excluding_tax": net,
        "total_taxes": [tax(taxes, net, rate)] if rate else [], "type": kind, "voided_at": None,
    }  # fmt: skip


def dispute(of: Dispute) -> Json:
    is_open = of.status == "needs_response"
    return {
        "id": of.id, "object": "dispute", "amount": of.charge.amount, "balance_transactions": [], "charge": of.charge.id,
        "created": of.created, "currency": of.charge.currency, "enhanced_eligibility_types": [],
        "evidence": {"customer_email_address": None, "customer_name": None, "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": of.created + 7 * 86_400 if is_open else None, "enhanced_eligibility": {},
            "has_evidence": not is_open, "past_due": False, "submission_count": 0 if is_open else 1,
        },
        "is_charge_refundable": is_open, "livemode": False, "metadata": {}, "payment_intent": of.charge.payment,
        "reason": "subscription_canceled", "status": of.status,
    }  # fmt: skip
