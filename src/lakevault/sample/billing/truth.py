"""What the lake must know of the subscriptions, computed from the records of the account and not from its events.

Amounts are whole minor units of the currency, times UTC. What happened before the account sent events is known as far as its snapshot
says it: a subscription has been as it was then since its start.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from lakevault.sample.billing.catalog import OPENED
from lakevault.sample.billing.events import Simulation, known
from lakevault.sample.billing.mrr import mrr, suspended
from lakevault.sample.billing.records import Charge, CreditNote, Dispute, Happened, Invoice, Refund, Subscription, those
from lakevault.sample.billing.revenue import first_of_month, months_between, reduction, schedule

OPEN_END = "9999-12-31 00:00:00"
LAST_MONTH = "2017-12-01"
# Tables and their columns.
TABLES = {
    "billing_customers": "customer_id user_id household_id currency created_at is_deleted life",
    "billing_plan_history": "user_id customer_id subscription_id item_id price_id plan_id currency months is_metered "
    "unit_amount quantity status is_paused valid_from valid_to",
    "billing_invoices": "invoice_id customer_id user_id subscription_id currency status reason created_at finalized_at paid_at "
    "voided_at subtotal discount tax net total due credited_before_payment credited_after_payment",
    "billing_invoice_lines": "line_id invoice_id subscription_id item_id price_id plan_id currency quantity period_start "
    "period_end is_proration amount discount tax is_tax_inclusive net",
    "billing_credits": "credit_id kind credited_at invoice_id line_id currency net tax period_start period_end",
    "billing_payments": "payment_id kind charge_id invoice_id customer_id currency amount at",
    "billing_revenue_by_month": "line_id invoice_id currency month revenue",
    "billing_reductions_by_month": "credit_id line_id invoice_id currency month reduction contra",
    "billing_deferred_by_month": "currency month opening billed credited recognised closing",
    "billing_mrr_by_month": "customer_id user_id currency month opening new reactivation expansion contraction churn closing",
    "billing_subscription_events": "subscription_id customer_id user_id currency position at kind mrr_before mrr_after",
}
Row = dict[str, Any]


class State(NamedTuple):
    """A subscription as it was from a moment on."""

    at: int
    subscription: Subscription


def tables(simulation: Simulation) -> dict[str, pd.DataFrame]:
    """All tables of the truth by name."""
    told = {row.record.id for row in known(simulation)}
    invoices = [invoice for biller in simulation.billers for invoice in biller.invoices.values() if invoice.id in told]
    histories = [history for biller in simulation.billers for history in _histories(biller.happened)]
    credits = list(_credits(simulation, told))
    rows = {
        "billing_customers": _customers(simulation),
        "billing_plan_history": [row for history in histories for row in plan_history(history)],
        "billing_invoices": [_invoice(invoice) for invoice in invoices],
        "billing_invoice_lines": list(_lines(invoices)),
        "billing_credits": credits,
        "billing_payments": list(_payments(simulation, told)),
        "billing_revenue_by_month": list(revenue_by_month(invoices)),
        "billing_reductions_by_month": list(reductions_by_month(credits)),
        "billing_mrr_by_month": list(mrr_by_month(histories)),
        "billing_subscription_events": [row for history in histories for row in subscription_events(history)],
    }
    rows["billing_deferred_by_month"] = list(deferred_by_month(rows))
    return {name: pd.DataFrame(rows[name], columns=columns.split()) for name, columns in TABLES.items()}


def moment(at: int | None) -> str | None:
    """A time as text."""
    return None if at is None else str(pd.Timestamp(at, unit="s"))


def _histories(happened: list[Happened]) -> Iterator[list[State]]:
    """The states of each subscription, in the order of time; those before the snapshot are one, since the start."""
    states: dict[str, list[State]] = defaultdict(list)
    for at, type, subscription in sorted(those(happened, Subscription), key=lambda row: row[0]):
        if not type.endswith("trial_will_end"):
            of_this = states[subscription.id]
            if at < OPENED:
                of_this.clear()
            of_this.append(State(subscription.created if at < OPENED else at, subscription))
    for history in states.values():
        if history[0].subscription.is_alive:
            yield history


def _customers(simulation: Simulation) -> list[Row]:
    return [
        {
            "customer_id": biller.customer.id, "user_id": biller.customer.person.user_id,
            "household_id": biller.customer.person.household_id, "currency": biller.customer.person.currency,
            "created_at": moment(biller.customer.created), "is_deleted": biller.customer.is_deleted, "life": kind,
        }
        for kind, biller in zip(simulation.kinds, simulation.billers, strict=True)
    ]  # fmt: skip


def plan_history(history: list[State]) -> Iterator[Row]:
    """Who had which price, how many times, with which status, in [valid_from, valid_to): a row for each change of one item.

    An item ends when it is removed or its subscription ends. `is_paused`: the collection of invoices was paused.
    """
    current: dict[str, tuple[tuple[Any, ...], Row]] = {}
    for at, subscription in history:
        items = {item.id: item for item in subscription.items} if subscription.is_alive else {}
        for key in [*current]:
            if key not in items:
                yield current.pop(key)[1] | {"valid_to": moment(at)}
        for key, item in items.items():
            value = (item.price.id, item.quantity, subscription.status, subscription.pause is not None)
            if key in current and current[key][0] == value:
                continue
            if key in current:
                yield current[key][1] | {"valid_to": moment(at)}
            row = {
                "user_id": subscription.user_id, "customer_id": subscription.customer, "subscription_id": subscription.id,
                "item_id": key, "price_id": item.price.id, "plan_id": item.price.product.plan, "currency": item.price.currency,
                "months": item.price.months, "is_metered": item.price.is_metered, "unit_amount": item.price.unit_amount,
                "quantity": item.quantity, "status": subscription.status, "is_paused": subscription.pause is not None,
                "valid_from": moment(at),
            }  # fmt: skip
            current[key] = (value, row)
    for _, row in current.values():
        yield row | {"valid_to": OPEN_END}


def _invoice(of: Invoice) -> Row:
    """total = subtotal - discount + exclusive tax; net is without any tax."""
    return {
        "invoice_id": of.id, "customer_id": of.customer.id, "user_id": of.customer.person.user_id,
        "subscription_id": of.subscription, "currency": of.currency, "status": of.status, "reason": of.reason,
        "created_at": moment(of.created), "finalized_at": moment(of.finalized_at), "paid_at": moment(of.paid_at),
        "voided_at": moment(of.voided_at), "subtotal": of.subtotal, "discount": of.discounted, "tax": of.tax,
        "net": of.net, "total": of.total, "due": of.due, "credited_before_payment": of.credited,
        "credited_after_payment": of.credited_later,
    }  # fmt: skip


def _lines(invoices: list[Invoice]) -> Iterator[Row]:
    """net = amount - discount - inclusive tax: what becomes revenue."""
    for invoice in invoices:
        for line in invoice.lines:
            yield {
                "line_id": line.id, "invoice_id": invoice.id, "subscription_id": line.subscription, "item_id": line.item,
                "price_id": line.price.id, "plan_id": line.price.product.plan, "currency": invoice.currency,
                "quantity": line.quantity, "period_start": moment(line.start), "period_end": moment(line.end),
                "is_proration": line.is_proration, "amount": line.amount, "discount": line.discount, "tax": line.tax,
                "is_tax_inclusive": bool(line.rate and line.rate.is_inclusive), "net": line.net,
            }  # fmt: skip


def _credits(simulation: Simulation, told: set[str]) -> Iterator[Row]:
    """What was taken off final invoices afterwards, by line: by credit notes, and by voiding what is left."""
    for biller in simulation.billers:
        notes = [note for _, _, note in those(biller.happened, CreditNote) if note.id in told]
        credited = {each.line.id: each for note in notes for each in note.lines}
        found = [
            (note.id, "before_payment" if note.is_before_payment else "after_payment", note.created, each.line, each.net, each.tax)
            for note in notes
            for each in note.lines
        ] + [
            (
                invoice.id, "void", invoice.voided_at, line,
                line.net - (credited[line.id].net if line.id in credited else 0),
                line.tax - (credited[line.id].tax if line.id in credited else 0),
            )
            for invoice in biller.invoices.values()
            if invoice.voided_at and invoice.id in told
            for line in invoice.lines
        ]  # fmt: skip
        for key, kind, at, line, net, tax in found:
            yield {
                "credit_id": key, "kind": kind, "credited_at": moment(at), "invoice_id": line.invoice, "line_id": line.id,
                "currency": line.price.currency, "net": net, "tax": tax, "period_start": moment(line.start),
                "period_end": moment(line.end),
            }  # fmt: skip


def _payments(simulation: Simulation, told: set[str]) -> Iterator[Row]:
    """Money that came (charge), did not come (failed_charge), went back (refund), or was taken back by a bank (dispute)."""
    for biller in simulation.billers:
        rows = [
            (at, "charge" if charge.is_paid else "failed_charge", charge.id, charge, charge.amount)
            for at, type, charge in those(biller.happened, Charge)
            if type != "charge.refunded"
        ]
        rows += [
            (at, "refund", refund.id, refund.charge, refund.amount) for at, _, refund in those(biller.happened, Refund)
        ]
        rows += [
            (at, "dispute", dispute.id, dispute.charge, dispute.charge.amount)
            for at, _, dispute in those(biller.happened, Dispute)
            if dispute.status == "lost"
        ]
        for at, kind, key, charge, amount in sorted(rows, key=lambda row: row[:3]):
            if key in told:
                yield {
                    "payment_id": key, "kind": kind, "charge_id": charge.id, "invoice_id": charge.invoice,
                    "customer_id": charge.customer.id, "currency": charge.currency, "amount": amount, "at": moment(at),
                }  # fmt: skip


def revenue_by_month(invoices: list[Invoice]) -> Iterator[Row]:
    """The net amount of each line of a final invoice, paid or not, spread over the days of its period (see schedule).

    A later credit note or voiding does not change it: that is in billing_reductions_by_month.
    """
    for invoice in invoices:
        for line in invoice.lines if invoice.finalized_at else ():
            for month, amount in schedule(line.net, line.start, line.end).items():
                yield {
                    "line_id": line.id, "invoice_id": invoice.id, "currency": invoice.currency, "month": month,
                    "revenue": amount,
                }  # fmt: skip


def reductions_by_month(credits: list[Row]) -> Iterator[Row]:
    """By how much each credit makes the revenue of its line less, by month (see reduction); `contra`: the part for days that
    were over, in the month of the credit."""
    for row in credits:
        at, start, end = (
            int(pd.Timestamp(row[name]).timestamp()) for name in ("credited_at", "period_start", "period_end")
        )
        for month, (amount, contra) in reduction(row["net"], start, end, at).items():
            yield {
                "credit_id": row["credit_id"], "line_id": row["line_id"], "invoice_id": row["invoice_id"],
                "currency": row["currency"], "month": month, "reduction": amount, "contra": contra,
            }  # fmt: skip


def deferred_by_month(rows: dict[str, list[Row]]) -> Iterator[Row]:
    """By currency: opening + billed - credited - recognised = closing.

    billed: net of the invoices that became final in the month. credited: net of credit notes and voided invoices of the month.
    recognised: revenue less reductions. closing: negative where more was served than billed, as with use or a pending proration.
    """
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows["billing_invoices"]:
        if row["finalized_at"]:
            sums[row["currency"], first_of_month(row["finalized_at"])]["billed"] += row["net"]
    for row in rows["billing_credits"]:
        sums[row["currency"], first_of_month(row["credited_at"])]["credited"] += row["net"]
    for row in rows["billing_revenue_by_month"]:
        sums[row["currency"], row["month"]]["recognised"] += row["revenue"]
    for row in rows["billing_reductions_by_month"]:
        sums[row["currency"], row["month"]]["recognised"] -= row["reduction"]
    for currency in sorted({currency for currency, _ in sums}):
        months = [month for of, month in sums if of == currency]
        opening = 0
        for month in months_between(min(months), max(months)):
            of = sums[currency, month]
            closing = opening + of["billed"] - of["credited"] - of["recognised"]
            yield {
                "currency": currency, "month": month, "opening": opening, "billed": of["billed"],
                "credited": of["credited"], "recognised": of["recognised"], "closing": closing,
            }  # fmt: skip
            opening = closing


def mrr_by_month(histories: list[list[State]]) -> Iterator[Row]:
    """MRR of each customer and currency at the end of each month, and what made it change: opening + new + reactivation +
    expansion - contraction - churn = closing.

    A movement is the difference between the ends of two days (UTC), over all subscriptions of the customer: from nothing for the first
    time ever is new, from nothing later reactivation, to nothing churn, else expansion or contraction. So a plan that is changed and
    changed back is no churn, nor is an end and a return on the same day; a month from the 5th to the 25th is new and churn. A
    pause, and what is unpaid, is churn, and goes on as reactivation. The months are those from the first one with MRR.
    """
    changes: dict[tuple[str, int, str], list[tuple[int, str, int]]] = defaultdict(list)
    for history in histories:
        first = history[0].subscription
        key = (first.customer, first.user_id, first.currency)
        changes[key] += [(at, subscription.id, mrr(subscription)) for at, subscription in history]
    for (customer, user, currency), rows in changes.items():
        days: dict[str, int] = {}
        now: dict[str, int] = {}
        for at, of_subscription, amount in sorted(rows):
            now[of_subscription] = amount
            days[str(moment(at))[:10]] = sum(now.values())
        had, before = False, 0
        moved: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for day, amount in days.items():
            if amount != before:
                kind = ("reactivation" if had else "new") if not before else "churn" if not amount else None
                kind = kind or ("expansion" if amount > before else "contraction")
                moved[first_of_month(day)][kind] += abs(amount - before)
                had, before = True, amount
        opening = 0
        for month in months_between(min(moved), LAST_MONTH) if moved else ():
            of = moved[month]
            up, down = of["new"] + of["reactivation"] + of["expansion"], of["contraction"] + of["churn"]
            yield {
                "customer_id": customer, "user_id": user, "currency": currency, "month": month, "opening": opening,
                "new": of["new"], "reactivation": of["reactivation"], "expansion": of["expansion"],
                "contraction": of["contraction"], "churn": of["churn"], "closing": opening + up - down,
            }  # fmt: skip
            opening += up - down


def subscription_events(history: list[State]) -> Iterator[Row]:
    """What changed in a subscription, in order, with the MRR before and after; each begins with what the one before it ended with.

    started: its first state. renewed: a period begins where the last one ended, also the first one after a trial. upgraded,
    downgraded: MRR rises or falls, by plan, price, quantity, interval or discount. paused: the collection of invoices is paused, or it is
    unpaid, or its trial ended without a card; resumed: that is over. cancelled: its end was asked for, at once or at the end of the
    period; reactivated: that was taken back. ended. What came before the snapshot is in no row but started.
    """
    position, before = 0, 0
    last: Subscription | None = None
    for at, subscription in history:
        after = mrr(subscription)
        kinds = list(_kinds(last, subscription))
        # One change has the difference: the one that says it. A price that rises at a renewal is a renewal, then an upgrade.
        carriers = {"started", "paused", "resumed", "ended"}
        is_carried = bool(carriers & set(kinds)) or (
            last is not None and last.status == "trialing" and "renewed" in kinds
        )
        if after != before and not is_carried:
            kinds.append("upgraded" if after > before else "downgraded")
        for kind in kinds:
            is_last = kind == kinds[-1]
            position += 1
            yield {
                "subscription_id": subscription.id, "customer_id": subscription.customer, "user_id": subscription.user_id,
                "currency": subscription.currency, "position": position, "at": moment(at), "kind": kind,
                "mrr_before": before, "mrr_after": after if is_last else before,
            }  # fmt: skip
        before, last = after if kinds else before, subscription


def _kinds(before: Subscription | None, after: Subscription) -> Iterator[str]:
    if before is None:
        yield "started"
        if after.is_ending:
            yield "cancelled"
        return
    if not after.is_alive:
        if before.is_alive and not before.is_ending and after.reason == "cancellation_requested":
            yield "cancelled"
        yield "ended"
        return
    if after.is_ending != before.is_ending:
        yield "cancelled" if after.is_ending else "reactivated"
    if suspended(after) != suspended(before):
        yield "paused" if suspended(after) else "resumed"
    elif after.period_start == before.period_end and not suspended(after):
        yield "renewed"
