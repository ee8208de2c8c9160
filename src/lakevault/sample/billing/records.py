"""What a billing account knows of its customers. A record does not change: each change gives a new one with the same id.

Times are seconds since 1970, UTC. Amounts are whole minor units of the currency.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple, TypeAlias, TypeVar

from lakevault.sample.billing.catalog import Coupon, Price, Product, TaxRate, rounded


@dataclass(frozen=True)
class Person:
    """Who a customer is, and the user behind it."""

    user_id: int
    household_id: int
    name: str
    email: str
    phone: str
    line1: str
    city: str
    postal_code: str
    country: str
    currency: str


@dataclass(frozen=True)
class Customer:
    """A customer of the account; `balance` is what was credited to them (negative) and not yet used."""

    id: str
    person: Person
    created: int
    balance: int = 0
    is_deleted: bool = False


@dataclass(frozen=True)
class Discount:
    """A coupon that a subscription has, from `start` until `end`, or for good."""

    id: str
    coupon: Coupon
    customer: str
    subscription: str
    start: int
    end: int | None


@dataclass(frozen=True)
class Item:
    """A price that a subscription has, so many times."""

    id: str
    price: Price
    quantity: int
    created: int


@dataclass(frozen=True)
class Subscription:
    """A subscription. `pause` is how invoices are treated while their collection is paused; none: it is not."""

    id: str
    customer: str
    user_id: int
    currency: str
    created: int
    anchor: int
    items: tuple[Item, ...]
    status: str
    period_start: int
    period_end: int
    trial_end: int | None = None
    discount: Discount | None = None
    tax: TaxRate | None = None
    is_sent: bool = False
    has_card: bool = True
    pause: str | None = None
    is_ending: bool = False
    canceled_at: int | None = None
    ended_at: int | None = None
    reason: str | None = None
    latest_invoice: str | None = None

    @property
    def is_alive(self) -> bool:
        return self.ended_at is None

    @property
    def months(self) -> int:
        return self.items[0].price.months


@dataclass(frozen=True)
class Line:
    """A line of an invoice: `amount` before the discount and before exclusive tax; for [start, end)."""

    id: str
    invoice: str
    subscription: str
    item: str
    price: Price
    quantity: int
    amount: int
    start: int
    end: int
    description: str
    is_proration: bool = False
    discount: int = 0
    discount_id: str | None = None
    tax: int = 0
    rate: TaxRate | None = None

    @property
    def net(self) -> int:
        """After the discount and without any tax: what becomes revenue."""
        return self.amount - self.discount - (self.tax if self.rate and self.rate.is_inclusive else 0)

    @property
    def total(self) -> int:
        """What the customer pays for it."""
        return self.net + self.tax


@dataclass(frozen=True)
class Invoice:
    """An invoice; what a credit note before the payment took off is `credited`, after it `credited_later`."""

    id: str
    number: str
    customer: Customer
    subscription: str
    reason: str
    created: int
    currency: str
    lines: tuple[Line, ...]
    period_start: int
    period_end: int
    discount: Discount | None = None
    is_sent: bool = False
    status: str = "draft"
    starting_balance: int = 0
    attempts: int = 0
    next_attempt: int | None = None
    finalized_at: int | None = None
    paid_at: int | None = None
    voided_at: int | None = None
    credited: int = 0
    credited_later: int = 0
    charge: str | None = None

    @property
    def subtotal(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def discounted(self) -> int:
        return sum(line.discount for line in self.lines)

    @property
    def tax(self) -> int:
        return sum(line.tax for line in self.lines)

    @property
    def net(self) -> int:
        return sum(line.net for line in self.lines)

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def due(self) -> int:
        """What is left to pay after the customer's balance and credit notes."""
        return max(0, self.total + self.starting_balance - self.credited)

    @property
    def ending_balance(self) -> int:
        return min(0, self.total + self.starting_balance)


@dataclass(frozen=True)
class Charge:
    """An attempt to take the amount of an invoice."""

    id: str
    payment: str
    customer: Customer
    invoice: str
    amount: int
    currency: str
    created: int
    is_paid: bool
    refunded: int = 0
    is_disputed: bool = False


@dataclass(frozen=True)
class Payment:
    """Which charge paid which invoice."""

    id: str
    invoice: str
    charge: Charge
    created: int


@dataclass(frozen=True)
class Refund:
    """Money that went back."""

    id: str
    charge: Charge
    amount: int
    created: int
    note: str | None = None


@dataclass(frozen=True)
class CreditLine:
    """What a credit note takes off a line; its parts as those of the line, all positive."""

    id: str
    line: Line
    amount: int
    discount: int
    tax: int

    @property
    def net(self) -> int:
        """Without any tax: by how much the revenue is less."""
        return self.total - self.tax

    @property
    def total(self) -> int:
        is_inclusive = self.line.rate is not None and self.line.rate.is_inclusive
        return self.amount - self.discount + (0 if is_inclusive else self.tax)


@dataclass(frozen=True)
class CreditNote:
    """What was taken off an invoice after it was final: before its payment, or after it and then refunded."""

    id: str
    number: str
    invoice: Invoice
    lines: tuple[CreditLine, ...]
    created: int
    is_before_payment: bool
    refund: str | None = None

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)


@dataclass(frozen=True)
class Dispute:
    """A charge that the customer had taken back by the bank: needs_response, then won or lost."""

    id: str
    charge: Charge
    created: int
    status: str = "needs_response"


Record: TypeAlias = (
    Product | Price | Coupon | Customer | Discount | Subscription | Invoice | Payment | Charge | Refund | CreditNote | Dispute
)  # fmt: skip


class Happened(NamedTuple):
    """An event of the account: when, what, the record after it, and before it where it was changed."""

    at: int
    type: str
    record: Record
    before: Record | None = None


Kind = TypeVar("Kind")


def those(happened: Iterable[Happened], kind: type[Kind]) -> Iterator[tuple[int, str, Kind]]:
    """The events whose records are of a kind: when, what, the record."""
    for row in happened:
        if isinstance(row.record, kind):
            yield row.at, row.type, row.record


def priced(lines: list[Line], discount: Discount | None, tax: TaxRate | None) -> tuple[Line, ...]:
    """Lines with the discount and the tax of their subscription.

    A percentage is taken of each line; an amount is shared among the lines by what they cost. Prorations have their
    discount in their amount. Exclusive tax is a percentage of what is left, inclusive tax the part of it that is tax.
    """
    shared = [line for line in lines if not line.is_proration and line.amount > 0]
    whole = sum(line.amount for line in shared)
    off: dict[str, int] = {}
    until = done = 0
    for line in shared if discount else []:
        coupon = discount.coupon if discount else None
        if coupon and coupon.percent_off is not None:
            off[line.id] = rounded(Fraction(line.amount * coupon.percent_off, 100))
        elif coupon and coupon.amount_off is not None:
            until += line.amount
            taken = rounded(Fraction(min(coupon.amount_off, whole) * until, whole))
            off[line.id], done = taken - done, taken
    with_discount = [
        replace(line, discount=off[line.id], discount_id=discount.id) if discount and line.id in off else line
        for line in lines
    ]
    return tuple(replace(line, tax=taxed(line.amount - line.discount, tax), rate=tax) for line in with_discount)


def taxed(amount: int, rate: TaxRate | None) -> int:
    """The tax of an amount."""
    if rate is None:
        return 0
    return rounded(Fraction(amount * rate.percentage, 100 + (rate.percentage if rate.is_inclusive else 0)))
