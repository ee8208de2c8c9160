"""What the subscription service sells: products, prices, coupons and tax rates of its account. Times are seconds since 1970, UTC.

Amounts are whole minor units of their currency: cents of usd and eur; yen, which has none.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from hashlib import blake2b

import pandas as pd

# The account has existed since 2016. Its events are received from this moment; what existed then comes as a snapshot.
OPENED = int(pd.Timestamp("2017-01-01 06:00:00").timestamp())
CREATED = int(pd.Timestamp("2016-01-04 09:00:00").timestamp())
# A plan costs more for new subscriptions from one day, and for the others from their first renewal after another.
RAISED_AT = int(pd.Timestamp("2017-06-15 10:00:00").timestamp())
RAISED_FOR_ALL = int(pd.Timestamp("2017-08-01 00:00:00").timestamp())
RAISED = "plus"
EXTRA_ADDED = int(pd.Timestamp("2017-02-06 10:00:00").timestamp())
CURRENCIES = ("usd", "eur", "jpy")
# Product: name, and the price of a month in each currency. The first three are the plans of the membership database.
PRODUCTS = {
    "basic": ("Basic", (499, 449, 600)),
    "plus": ("Plus", (999, 899, 1200)),
    "family": ("Family", (1499, 1399, 1900)),
    "free": ("Free", (0, 0, 0)),
    "requests": ("Requests", (5, 5, 7)),
    "extra": ("Extra seat", (200, 180, 250)),
}
METERED = "requests"
INTERVALS = {1: ("month", 1), 3: ("month", 3), 12: ("year", 1)}


def identifier(kind: str, *path: object) -> str:
    """An id as Stripe writes them: the kind and sixteen characters that say nothing."""
    return f"{kind}_{blake2b('/'.join(map(str, (kind, *path))).encode(), digest_size=8).hexdigest()}"


def rounded(amount: Fraction) -> int:
    """The nearest whole number; a half goes away from zero, as SQL's round does."""
    whole = (2 * abs(amount.numerator) + amount.denominator) // (2 * amount.denominator)
    return whole if amount >= 0 else -whole


@cache
def anchored(anchor: int, months: int) -> int:
    """The moment so many months after an anchor: the same day of the month, or the last one where there is none."""
    return int((pd.Timestamp(anchor, unit="s") + pd.DateOffset(months=months)).timestamp())


@dataclass(frozen=True)
class Product:
    """A plan, or what is sold with one; `plan` is its name here and in the membership database."""

    id: str
    plan: str
    name: str
    created: int


@dataclass(frozen=True)
class Price:
    """What a product costs for a number of months, in minor units; metered: for a unit that was used."""

    id: str
    product: Product
    currency: str
    unit_amount: int
    months: int
    is_metered: bool
    created: int
    is_active: bool = True

    @property
    def lookup_key(self) -> str:
        return f"{self.product.plan}_{self.months}_{self.currency}"


@dataclass(frozen=True)
class Coupon:
    """A share, in percent, or an amount, in minor units of usd, off each invoice: once, for some months, or forever."""

    id: str
    name: str
    duration: str
    percent_off: int | None = None
    amount_off: int | None = None
    months: int | None = None
    created: int = CREATED


@dataclass(frozen=True)
class TaxRate:
    """A tax on the price after discounts, in percent; inclusive: the price contains it."""

    id: str
    name: str
    country: str
    percentage: int
    is_inclusive: bool


COUPONS = {
    "once": Coupon("WELCOME25", "Welcome", "once", percent_off=25),
    "repeating": Coupon("THREE20", "Three months", "repeating", percent_off=20, months=3),
    "forever": Coupon("LOYAL10", "Loyal", "forever", percent_off=10),
    "amount": Coupon("ONEOFF", "One dollar off", "forever", amount_off=100),
}
TAXES = {
    "exclusive": TaxRate(identifier("txr", "sales tax"), "Sales tax", "US", 8, False),
    "inclusive": TaxRate(identifier("txr", "vat"), "VAT", "DE", 19, True),
}


class Catalog:
    """Products and prices, those of a plan that was raised before and after.

    Attributes:
        products: by plan.
        prices: all, in the order of their creation.
    """

    def __init__(self) -> None:
        self.products = {
            plan: Product(identifier("prod", plan), plan, name, EXTRA_ADDED if plan == "extra" else CREATED)
            for plan, (name, _) in PRODUCTS.items()
        }
        self.prices = [
            self._price(plan, months, currency) for plan in PRODUCTS for months in INTERVALS for currency in CURRENCIES
            if months == 1 or plan != METERED
        ]  # fmt: skip
        self._now = {(price.product.plan, price.months, price.currency): price for price in self.prices}
        self._raised = {price.id: self._dearer(price) for price in self.prices if price.product.plan == RAISED}
        self.prices += self._raised.values()

    def price(self, plan: str, months: int, currency: str, at: int) -> Price:
        """What a new subscription to a plan costs at a moment."""
        price = self._now[plan, months, currency]
        return self._raised.get(price.id, price) if at >= RAISED_AT else price

    def renewed(self, price: Price, at: int) -> Price:
        """The price at which a subscription with this one goes on after a renewal."""
        return self._raised.get(price.id, price) if at >= RAISED_FOR_ALL else price

    def current(self, price: Price, at: int) -> Price:
        """A price as it is at a moment."""
        is_active = price.id not in self._raised or at <= RAISED_AT
        return price if price.is_active == is_active else replace(price, is_active=is_active)

    def archived(self) -> list[tuple[Price, Price]]:
        """The prices that new subscriptions no longer get since RAISED_AT: before and after."""
        return [(price, replace(price, is_active=False)) for price in self.prices if price.id in self._raised]

    def _price(self, plan: str, months: int, currency: str) -> Price:
        product = self.products[plan]
        monthly = PRODUCTS[plan][1][CURRENCIES.index(currency)]
        # Five percent less for three months, and two months less for a year.
        amount = {1: monthly, 3: monthly * 57 // 20, 12: monthly * 10}[months]
        name = identifier("price", plan, months, currency)
        return Price(name, product, currency, amount, months, plan == METERED, product.created)

    def _dearer(self, price: Price) -> Price:
        amount = price.unit_amount * 11 // 10
        return replace(price, id=identifier("price", price.id, "raised"), unit_amount=amount, created=RAISED_AT)
