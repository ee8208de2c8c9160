"""The half of a billing account that has to do with money: invoices, their payment, refunds, credit notes and disputes."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial

from lakevault.sample.billing.catalog import identifier, rounded
from lakevault.sample.billing.records import (
    Charge,
    CreditLine,
    CreditNote,
    Customer,
    Dispute,
    Happened,
    Invoice,
    Line,
    Payment,
    Record,
    Refund,
    Subscription,
    priced,
)

DAY = 86_400
# Days after a failed attempt until the next one. After the last one the subscription is unpaid, or ends.
RETRIES = (3, 5, 7)
SENT_IS_PAID_AFTER = 9 * DAY
DISPUTED = 20 * DAY


class Payments:
    """What one customer was invoiced and what they paid.

    Attributes:
        customer, subscriptions, invoices, charges: the records as they are now, by id.
        names: subscription ids by the names that the steps use.
        happened: the events so far, not in the order of their times.
    """

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self.names: dict[str, str] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.invoices: dict[str, Invoice] = {}
        self.charges: dict[str, Charge] = {}
        self.happened: list[Happened] = []
        self._last: dict[str, int] = {}
        # How many attempts to pay will fail, and what happens when none is left.
        self._declines, self._after_declines = 0, "unpaid"

    def plan(self, at: int, happens: Callable[[int], None]) -> None:
        """Let something happen later."""
        raise NotImplementedError

    def log(self, at: int, type: str, record: Record, before: Record | None = None) -> None:
        """Write an event down; a second later than the last one of the same object when it would not be later."""
        at = max(at, self._last.get(record.id, 0) + 1)
        self._last[record.id] = at
        self.happened.append(Happened(at, type, record, before))

    def update(self, at: int, type: str, subscription: Subscription) -> None:
        """A subscription as it is from now on."""
        before = self.subscriptions.get(subscription.id)
        self.subscriptions[subscription.id] = subscription
        self.log(at, type, subscription, before if type.endswith(".updated") else None)

    def live(self, name: str) -> Subscription | None:
        """The subscription of a name, if it has not ended."""
        subscription = self.subscriptions.get(self.names.get(name, ""))
        return subscription if subscription and subscription.is_alive else None

    def end(self, at: int, key: str, reason: str | None) -> None:
        """End a subscription at once."""
        old = self.subscriptions[key]
        new = replace(old, status="canceled", ended_at=at, canceled_at=old.canceled_at or at, reason=reason)
        self.update(at, "customer.subscription.deleted", new)

    def change_customer(self, at: int, customer: Customer) -> None:
        if customer != self.customer:
            before, self.customer = self.customer, customer
            self.log(at, "customer.updated", customer, before)

    # Invoices.

    @property
    def next_invoice(self) -> str:
        """Id of the invoice that comes next."""
        return identifier("in", self.customer.id, len(self.invoices))

    def invoice(self, at: int, subscription: Subscription, lines: list[Line], reason: str, start: int) -> str:
        """Create an invoice, a draft; gives its id. `start`: of the time in which its items were gathered."""
        key, count = self.next_invoice, len(self.invoices) + 1
        own = [replace(line, id=identifier("il", key, n), invoice=key) for n, line in enumerate(lines)]
        number = f"{self.customer.id[-8:].upper()}-{count:04d}"
        discount = subscription.discount
        self.invoices[key] = Invoice(
            key, number, self.customer, subscription.id, reason, at, subscription.currency,
            priced(own, discount, subscription.tax), start, max(start, subscription.period_start),
            discount, subscription.is_sent,
        )  # fmt: skip
        self.log(at, "invoice.created", self.invoices[key])
        return key

    def finalize(self, key: str, at: int) -> None:
        """Make a draft final and collect it, or void it while collection is paused."""
        draft = self.invoices[key]
        subscription = self.subscriptions[draft.subscription]
        if not subscription.is_alive and draft.reason == "subscription_cycle":
            return
        final = replace(draft, status="open", finalized_at=at, starting_balance=self.customer.balance)
        self.invoices[key] = replace(final, customer=self.customer)
        self.log(at, "invoice.finalized", self.invoices[key])
        self.change_customer(at, replace(self.customer, balance=final.ending_balance))
        if subscription.pause == "void" and draft.reason == "subscription_cycle":
            self._void(at + 1, key)
        elif final.is_sent and final.due:
            self.plan(at + SENT_IS_PAID_AFTER, partial(self._collect, key))
        else:
            self._collect(key, at + 1)

    def _void(self, at: int, key: str) -> None:
        invoice = self.invoices[key]
        self.invoices[key] = replace(invoice, status="void", voided_at=at, next_attempt=None)
        self.log(at, "invoice.voided", self.invoices[key])
        given_back = self.customer.balance + invoice.starting_balance - invoice.ending_balance
        self.change_customer(at, replace(self.customer, balance=given_back))

    # Payments.

    def decline(self, at: int, name: str, times: int, then: str = "unpaid") -> None:
        """From now on so many attempts to take money fail; when none is left the subscription is unpaid, or it ends (cancel)."""
        self._declines, self._after_declines = times, then

    def settle(self, at: int, name: str) -> None:
        """A new card: everything that is open is paid."""
        self._declines = 0
        for key in [key for key, invoice in self.invoices.items() if invoice.status == "open"]:
            self._collect(key, at)

    def _collect(self, key: str, at: int) -> None:
        invoice = self.invoices[key]
        subscription = self.subscriptions[invoice.subscription]
        if invoice.status != "open" or (invoice.attempts and not subscription.is_alive):
            return
        if not invoice.due:
            self._paid(at, key, None)
        elif self._declines and not invoice.is_sent and invoice.reason == "subscription_cycle":
            self._declines -= 1
            self._declined(at, key)
        else:
            charge = self._charge(at, invoice, True)
            self.log(at, "charge.succeeded", charge)
            payment = Payment(identifier("inpay", key), key, charge, at)
            self.log(at + 1, "invoice_payment.paid", payment)
            self._paid(at + 1, key, charge)

    def _charge(self, at: int, invoice: Invoice, is_paid: bool) -> Charge:
        key = identifier("ch", invoice.id, invoice.attempts)
        payment = identifier("pi", invoice.id)
        self.charges[key] = Charge(key, payment, self.customer, invoice.id, invoice.due, invoice.currency, at, is_paid)
        return self.charges[key]

    def _paid(self, at: int, key: str, charge: Charge | None) -> None:
        invoice = self.invoices[key]
        self.invoices[key] = replace(
            invoice, status="paid", paid_at=at, attempts=invoice.attempts + (charge is not None), next_attempt=None,
            charge=charge.id if charge else None,
        )  # fmt: skip
        self.log(at, "invoice.paid", self.invoices[key])
        subscription = self.subscriptions[invoice.subscription]
        is_open = any(
            other.status == "open" and other.subscription == subscription.id for other in self.invoices.values()
        )
        if subscription.status in ("past_due", "unpaid") and not is_open:
            self.update(at + 1, "customer.subscription.updated", replace(subscription, status="active"))

    def _declined(self, at: int, key: str) -> None:
        invoice = self.invoices[key]
        charge = self._charge(at, invoice, False)
        is_last = invoice.attempts >= len(RETRIES)
        again = None if is_last else at + RETRIES[invoice.attempts] * DAY
        self.invoices[key] = replace(invoice, attempts=invoice.attempts + 1, next_attempt=again, charge=charge.id)
        self.log(at, "charge.failed", charge)
        self.log(at + 1, "invoice.payment_failed", self.invoices[key])
        subscription = self.subscriptions[invoice.subscription]
        if again:
            self.plan(again, partial(self._collect, key))
            if subscription.status == "active":
                self.update(at + 2, "customer.subscription.updated", replace(subscription, status="past_due"))
        elif self._after_declines == "cancel":
            self.end(at + 2, subscription.id, "payment_failed")
            self._void(at + 3, key)
        else:
            self.update(at + 2, "customer.subscription.updated", replace(subscription, status="unpaid"))

    # What goes back.

    def refund(self, at: int, name: str, percent: int = 100) -> None:
        """Give back a part of the last payment of a subscription, or what is left of it."""
        charge = self._last_charge(name)
        part = rounded(Fraction(charge.amount * percent, 100)) if charge else 0
        if charge and part:
            self._refund(at, charge, min(part, charge.amount - charge.refunded))

    def credit(self, at: int, name: str, percent: int) -> None:
        """A credit note on a part of each line of the last final invoice; if it was paid, the money is given back."""
        invoices = [
            invoice
            for invoice in self.invoices.values()
            if invoice.subscription == self.names.get(name) and invoice.status in ("open", "paid") and invoice.total > 0
        ]
        if not invoices or invoices[-1].credited or invoices[-1].credited_later:
            return
        invoice = invoices[-1]
        key = identifier("cn", invoice.id)
        lines = tuple(
            _credited(line, percent, identifier("cnli", key, line.id)) for line in invoice.lines if line.amount > 0
        )
        is_before = invoice.status == "open"
        note = CreditNote(key, f"{invoice.number}-CN-01", invoice, lines, at + 2, is_before)
        if not note.total:
            return
        if is_before and note.total < invoice.due:
            self.invoices[invoice.id] = replace(invoice, credited=note.total)
        elif (
            not is_before
            and (charge := self.charges.get(invoice.charge or ""))
            and (note.total <= charge.amount - charge.refunded and not charge.is_disputed)
        ):
            note = replace(note, refund=self._refund(at, charge, note.total, key))
            self.invoices[invoice.id] = replace(invoice, credited_later=note.total)
        else:
            return
        self.log(at + 2, "credit_note.created", replace(note, invoice=self.invoices[invoice.id]))

    def dispute(self, at: int, name: str, is_won: bool) -> None:
        """The customer has the last payment taken back by the bank; decided after some weeks."""
        charge = self._last_charge(name)
        if charge and not charge.refunded:
            self.charges[charge.id] = replace(charge, is_disputed=True)
            dispute = Dispute(identifier("du", charge.id), self.charges[charge.id], at)
            self.log(at, "charge.dispute.created", dispute)
            closed = replace(dispute, status="won" if is_won else "lost")
            self.plan(at + DISPUTED, lambda at: self.log(at, "charge.dispute.closed", closed))

    def _last_charge(self, name: str) -> Charge | None:
        """The last payment of a subscription, unless it was given back or disputed."""
        paid = [
            charge
            for charge in self.charges.values()
            if charge.is_paid and self.invoices[charge.invoice].subscription == self.names.get(name)
        ]
        is_left = paid and not paid[-1].is_disputed and paid[-1].refunded < paid[-1].amount
        return paid[-1] if is_left else None

    def _refund(self, at: int, charge: Charge, amount: int, note: str | None = None) -> str:
        refunded = replace(charge, refunded=charge.refunded + amount)
        self.charges[charge.id] = refunded
        refund = Refund(identifier("re", charge.id, refunded.refunded), refunded, amount, at, note)
        self.log(at, "refund.created", refund)
        self.log(at + 1, "charge.refunded", refunded, charge)
        return refund.id


def _credited(line: Line, percent: int, key: str) -> CreditLine:
    """A part of a line, rounded down: a credit note never takes more off than there is."""
    return CreditLine(
        key, line, line.amount * percent // 100, line.discount * percent // 100, line.tax * percent // 100
    )
