"""Monthly recurring revenue of a subscription, exactly."""

from fractions import Fraction

from lakevault.sample.billing.catalog import rounded
from lakevault.sample.billing.records import Subscription


def suspended(subscription: Subscription) -> bool:
    """Whether a subscription that has not ended earns nothing for the time being."""
    return subscription.pause is not None or subscription.status in ("paused", "unpaid")


def mrr(subscription: Subscription) -> int:
    """What a subscription earns a month, in whole minor units; rounded once, for the whole subscription, a half away from zero.

    The sum of price x quantity / months of its items; less its discount, unless that is for one invoice only: a percentage, or an
    amount of each invoice / months; without inclusive tax. 0 in a trial, while it is paused or unpaid, and after its end. What is past due
    counts, and so does what ends with its period. Use (metered items) does not count.
    """
    if subscription.status not in ("active", "past_due") or suspended(subscription):
        return 0
    paid = [item for item in subscription.items if not item.price.is_metered]
    amount = sum((Fraction(item.price.unit_amount * item.quantity, item.price.months) for item in paid), Fraction(0))
    coupon = subscription.discount.coupon if subscription.discount else None
    if coupon and coupon.duration != "once":
        amount *= Fraction(100 - (coupon.percent_off or 0), 100)
        amount = max(Fraction(0), amount - Fraction(coupon.amount_off or 0, subscription.months))
    if subscription.tax and subscription.tax.is_inclusive:
        amount *= Fraction(100, 100 + subscription.tax.percentage)
    return rounded(amount)
