"""A billing account at work: what each step of a customer does to subscriptions, invoices and payments, and when."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from heapq import heappop, heappush
from typing import Any, NamedTuple

import pandas as pd

from lakevault.sample.billing.catalog import COUPONS, METERED, OPENED, TAXES, Catalog, anchored, identifier, rounded
from lakevault.sample.billing.payments import Payments
from lakevault.sample.billing.records import Customer, Discount, Item, Line, Person, Subscription

END = int(pd.Timestamp("2018-01-01 00:00:00").timestamp())
DAY = 86_400
DRAFT_SECONDS = 3_600


class Step(NamedTuple):
    """Something that a customer does: the name of a method of Biller, its arguments, and which of their subscriptions."""

    at: int
    do: str
    options: dict[str, Any]
    name: str = "main"


class Biller(Payments):
    """Bills one customer.

    Steps may come in any order and at any time: one that is not possible is left out, such as the end of what has ended.
    A period follows the anchor of its subscription. At a renewal the invoice is a draft for an hour; all others are final at
    once. Two events of one object have different times.
    """

    def __init__(self, person: Person, steps: list[Step], catalog: Catalog, seed: int) -> None:
        first = min((step.at for step in steps), default=OPENED)
        super().__init__(Customer(identifier("cus", seed, person.user_id), person, created=first - 60))
        self.catalog = catalog
        self._agenda: list[tuple[int, int, Callable[[int], None]]] = []
        self._planned = 0
        # What is to be invoiced with the next invoice, by subscription.
        self._pending: dict[str, list[Line]] = {}
        for step in sorted(steps, key=lambda step: step.at):
            self.plan(step.at, partial(self._do, step))

    def run(self) -> "Biller":
        """Let everything happen until the end of the year."""
        self.log(self.customer.created, "customer.created", self.customer)
        while self._agenda and self._agenda[0][0] < END:
            at, _, happens = heappop(self._agenda)
            happens(at)
        return self

    def plan(self, at: int, happens: Callable[[int], None]) -> None:
        self._planned += 1
        heappush(self._agenda, (at, self._planned, happens))

    def _do(self, step: Step, at: int) -> None:
        # After the customer is deleted nothing is possible.
        if not self.customer.is_deleted:
            getattr(self, step.do)(at, step.name, **step.options)

    # What a customer does.

    def subscribe(
        self,
        at: int,
        name: str,
        plan: str,
        months: int = 1,
        quantity: int = 1,
        extra: int = 0,
        trial_days: int = 0,
        coupon: str | None = None,
        tax: str | None = None,
        is_sent: bool = False,
        has_card: bool = True,
    ) -> None:
        """Begin a subscription, unless there is one of this name. `extra` seats are a second item of it."""
        if self.live(name):
            return
        currency = self.customer.person.currency
        key = identifier("sub", self.customer.id, len(self.subscriptions))
        wanted = [(plan, quantity), ("extra", extra)] if extra else [(plan, quantity)]
        prices = [(self.catalog.price(product, months, currency, at), count) for product, count in wanted]
        items = tuple(Item(identifier("si", key, n), price, count, at) for n, (price, count) in enumerate(prices))
        trial_end = at + trial_days * DAY if trial_days else None
        discount = None
        if coupon:
            # An amount is one of usd.
            taken = COUPONS["forever" if coupon == "amount" and currency != "usd" else coupon]
            until = anchored(at, taken.months) if taken.months else None
            discount = Discount(identifier("di", key), taken, self.customer.id, key, at, until)
            self.log(at, "customer.discount.created", discount)
            if until:
                self.plan(until, partial(self._end_discount, key))
        subscription = Subscription(
            key, self.customer.id, self.customer.person.user_id, currency, at, trial_end or at, items,
            "trialing" if trial_end else "active", at, trial_end or anchored(at, months), trial_end, discount,
            TAXES[tax] if tax else None, is_sent, has_card, latest_invoice=self.next_invoice,
        )  # fmt: skip
        self.names[name] = key
        self.update(at, "customer.subscription.created", subscription)
        if trial_end and trial_days > 3:
            self.plan(trial_end - 3 * DAY, partial(self._trial_will_end, key))
        self._invoice_now(at, subscription, self._whole(subscription), "subscription_create")
        self._plan_renewal(subscription)

    def change(
        self,
        at: int,
        name: str,
        plan: str | None = None,
        months: int | None = None,
        quantity: int | None = None,
        extra: int | None = None,
        is_invoiced_now: bool = False,
    ) -> None:
        """Another plan, interval, quantity, or number of extra seats (0: none). Time that is left is credited and charged
        by the second, with the next invoice or at once. Another interval begins a new period and is invoiced at once."""
        old = self.live(name)
        if not old or old.items[0].price.is_metered or (months and months != old.months and not self._is_prorated(old)):
            return
        months = months or old.months
        main, *others = old.items
        price = main.price
        if plan or months != old.months:
            price = self.catalog.price(plan or price.product.plan, months, old.currency, at)
        items = [replace(main, price=price, quantity=quantity or main.quantity)]
        seats = others[0].quantity if others and extra is None else extra or 0
        if seats:
            price = self.catalog.price("extra", months, old.currency, at)
            price = others[0].price if others and others[0].price.months == months else price
            items.append(
                replace(others[0], price=price, quantity=seats)
                if others
                else Item(identifier("si", old.id, len(old.items), at), price, seats, at)
            )
        new = replace(old, items=tuple(items))
        if new == old:
            return
        if months != old.months:
            credits = self._rest(old, old.items, at, -1)
            new = replace(new, anchor=at, period_start=at, period_end=anchored(at, months))
            new = replace(new, latest_invoice=self.next_invoice)
            self.update(at, "customer.subscription.updated", new)
            self._invoice_now(at, new, [*self._taken(old.id), *credits, *self._whole(new)], "subscription_update")
            self._plan_renewal(new)
            return
        lines: list[Line] = []
        if self._is_prorated(old) and old.period_start < at < old.period_end:
            lines = self._rest(old, [item for item in old.items if item not in new.items], at, -1)
            lines += self._rest(new, [item for item in new.items if item not in old.items], at, 1)
        if lines and is_invoiced_now:
            new = replace(new, latest_invoice=self.next_invoice)
        self.update(at, "customer.subscription.updated", new)
        if lines and is_invoiced_now:
            self._invoice_now(at, new, [*self._taken(old.id), *lines], "subscription_update")
        else:
            self._pending.setdefault(old.id, []).extend(lines)

    def pause(self, at: int, name: str, behavior: str = "void") -> None:
        """Stop the collection of invoices: those to come are void at once, or stay drafts (keep_as_draft)."""
        old = self.live(name)
        if old and not old.pause and old.status in ("active", "past_due", "trialing"):
            self.update(at, "customer.subscription.updated", replace(old, pause=behavior))

    def resume(self, at: int, name: str) -> None:
        """Go on after a pause, or after a trial that ended without a card: then a new period begins."""
        old = self.live(name)
        if old and old.status == "paused":
            new = replace(old, status="active", has_card=True, latest_invoice=self.next_invoice)
            new = replace(new, anchor=at, period_start=at, period_end=anchored(at, old.months))
            self.update(at, "customer.subscription.resumed", new)
            self._invoice_now(at, new, self._whole(new), "subscription_update")
            self._plan_renewal(new)
        elif old and old.pause:
            self.update(at, "customer.subscription.updated", replace(old, pause=None))

    def cancel(self, at: int, name: str, is_at_end: bool = False, is_credited: bool = False) -> None:
        """End at the end of the period, or at once; then what is left of it may be credited to the customer's balance."""
        old = self.live(name)
        if old and is_at_end and old.status != "paused":
            if not old.is_ending:
                new = replace(old, is_ending=True, canceled_at=at, reason="cancellation_requested")
                self.update(at, "customer.subscription.updated", new)
        elif old:
            credits = self._rest(old, old.items, at, -1) if is_credited and self._is_prorated(old) else []
            self.end(at, old.id, "cancellation_requested")
            if lines := [*self._taken(old.id), *credits] if credits else []:
                self._invoice_now(at + 1, self.subscriptions[old.id], lines, "subscription_update")

    def keep(self, at: int, name: str) -> None:
        """Take back a cancellation at the end of the period."""
        old = self.live(name)
        if old and old.is_ending:
            new = replace(old, is_ending=False, canceled_at=None, reason=None)
            self.update(at, "customer.subscription.updated", new)

    def move(self, at: int, name: str, **new: Any) -> None:
        """Another address, number or mail address."""
        self.change_customer(at, replace(self.customer, person=replace(self.customer.person, **new)))

    def leave(self, at: int, name: str) -> None:
        """Delete the customer; what still runs ends."""
        for key in self.names.values():
            if self.subscriptions[key].is_alive:
                self.end(at, key, "cancellation_requested")
        self.customer = replace(self.customer, is_deleted=True)
        self.log(at + 5, "customer.deleted", self.customer)

    # What the account does by itself.

    def update(self, at: int, type: str, subscription: Subscription) -> None:
        # A subscription has its prices as they are, so that no price seems to be sold again.
        if before := self.subscriptions.get(subscription.id):
            self.subscriptions[before.id] = self._with_prices(before, at)
        super().update(at, type, self._with_prices(subscription, at))

    def _with_prices(self, subscription: Subscription, at: int) -> Subscription:
        items = tuple(replace(item, price=self.catalog.current(item.price, at)) for item in subscription.items)
        return subscription if items == subscription.items else replace(subscription, items=items)

    def _plan_renewal(self, subscription: Subscription) -> None:
        self.plan(subscription.period_end, partial(self._renew, subscription.id))

    def _trial_will_end(self, key: str, at: int) -> None:
        if self.subscriptions[key].status == "trialing":
            self.log(at, "customer.subscription.trial_will_end", self.subscriptions[key])

    def _end_discount(self, key: str, at: int) -> None:
        old = self.subscriptions[key]
        if old.discount and old.is_alive:
            self.log(at, "customer.discount.deleted", old.discount)
            self.update(at, "customer.subscription.updated", replace(old, discount=None))

    def _renew(self, key: str, at: int) -> None:
        old = self.subscriptions[key]
        if not old.is_alive or old.period_end != at or old.status == "paused":
            return
        if old.is_ending:
            self.end(at, key, old.reason)
        elif old.status == "trialing" and not old.has_card:
            self.update(at, "customer.subscription.paused", replace(old, status="paused"))
        else:
            items = tuple(replace(item, price=self.catalog.renewed(item.price, at)) for item in old.items)
            # Counted from the anchor, so that the 31st comes back after a shorter month.
            periods = 1
            while anchored(old.anchor, periods * old.months) <= at:
                periods += 1
            status = "active" if old.status == "trialing" else old.status
            new = replace(old, items=items, status=status, latest_invoice=self.next_invoice)
            new = replace(new, period_start=at, period_end=anchored(old.anchor, periods * old.months))
            self.update(at, "customer.subscription.updated", new)
            lines = [*self._taken(key), *self._used(old), *self._whole(new)]
            invoice = self.invoice(at + 2, new, lines, "subscription_cycle", old.period_start)
            self._plan_renewal(new)
            if status != "unpaid" and new.pause != "keep_as_draft":
                self.plan(at + DRAFT_SECONDS, partial(self.finalize, invoice))

    def _invoice_now(self, at: int, subscription: Subscription, lines: list[Line], reason: str) -> None:
        self.finalize(self.invoice(at + 1, subscription, lines, reason, at), at + 2)

    def invoice(self, at: int, subscription: Subscription, lines: list[Line], reason: str, start: int) -> str:
        key = super().invoice(at, subscription, lines, reason, start)
        discount = subscription.discount
        if discount and discount.coupon.duration == "once" and self.invoices[key].discounted:
            self.plan(at + 3, partial(self._end_discount, subscription.id))
        return key

    # Lines.

    def _is_prorated(self, subscription: Subscription) -> bool:
        return subscription.status in ("active", "past_due") and not subscription.pause

    def _taken(self, key: str) -> list[Line]:
        return self._pending.pop(key, [])

    def _whole(self, subscription: Subscription) -> list[Line]:
        """The lines of a period that begins; in a trial they cost nothing, and use is invoiced when the period is over."""
        is_trial = subscription.status == "trialing"
        word = "Trial period for " if is_trial else ""
        return [
            self._line(
                subscription, item, 0 if is_trial else item.price.unit_amount * item.quantity,
                subscription.period_start, subscription.period_end, f"{word}{item.quantity} x {item.price.product.name}",
            )
            for item in subscription.items
            if not item.price.is_metered
        ]  # fmt: skip

    def _used(self, subscription: Subscription) -> list[Line]:
        """What was used in a period: some hundred requests, by the number of the period."""
        start, end = subscription.period_start, subscription.period_end
        used = int(identifier("use", subscription.id, start)[-4:], 16) % 500
        return [
            self._line(subscription, replace(item, quantity=used), item.price.unit_amount * used, start, end, f"{used} x {METERED}")
            for item in subscription.items
            if item.price.is_metered
        ]  # fmt: skip

    def _rest(self, subscription: Subscription, items: Any, at: int, sign: int) -> list[Line]:
        """The time that is left of the period for items, as a credit (-1) or a charge (1), less a percentage that lasts."""
        start, end = subscription.period_start, subscription.period_end
        coupon = subscription.discount.coupon if subscription.discount else None
        percent = coupon.percent_off or 0 if coupon and coupon.duration != "once" else 0
        part = Fraction((end - at) * (100 - percent), (end - start) * 100)
        word = "Unused time on" if sign < 0 else "Remaining time on"
        parts = [(item, rounded(item.price.unit_amount * item.quantity * part)) for item in items]
        return [
            self._line(subscription, item, sign * amount, at, end, f"{word} {item.quantity} x {item.price.product.name}", True)
            for item, amount in parts
            if amount and not item.price.is_metered
        ]  # fmt: skip

    @staticmethod
    def _line(
        subscription: Subscription,
        item: Item,
        amount: int,
        start: int,
        end: int,
        description: str,
        is_proration: bool = False,
    ) -> Line:
        key = subscription.id
        return Line("", "", key, item.id, item.price, item.quantity, amount, start, end, description, is_proration)
