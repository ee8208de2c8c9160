"""Who the customers of the subscription service are, and what they do: eighteen kinds of lives, in turn.

A customer is a user. Members of the web shop (lakevault.sample.membership) keep their number, 1001 and up, their name and their mail
address; a household without a member has the user 300000 + its number, whom only the subscription service knows. The number is the one at sign-up: the billing account does not hear of members who get another
number or are deleted.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from faker import Faker

from lakevault.sample import membership
from lakevault.sample.billing.account import DAY, Step
from lakevault.sample.billing.catalog import CURRENCIES
from lakevault.sample.billing.records import Person
from lakevault.sample.simulate import generator

SUBSCRIBED = 0.95
MOST = 900
NOT_A_MEMBER = 300_000
PLANS = ("basic", "plus", "family")
LOCALES = {"usd": ("en_US", "US"), "eur": ("de_DE", "DE"), "jpy": ("ja_JP", "JP")}
FIRST_DAY = pd.Timestamp("2017-01-02")


class Script:
    """The steps of one customer, in days after their first.

    Attributes:
        start: time of the first step; the later ones follow within two hours of their day.
        steps: so far.
        plan, dearer, cheaper: a plan, the next one and the one before, by turns.
    """

    def __init__(self, start: int, turn: int, rng: np.random.Generator) -> None:
        self.start, self.steps = start, list[Step]()
        self.plan, self.dearer, self.cheaper = (PLANS[(turn + n) % 3] for n in (0, 1, 2))
        self._rng = rng

    def on(self, day: float, do: str, name: str = "main", **options: Any) -> None:
        within = int(self._rng.integers(0, 7_200)) if self.steps else 0
        self.steps.append(Step(self.start + int(day * DAY) + within, do, options, name))


def _trial(life: Script) -> None:
    """A trial that is paid afterwards; a part of the third invoice is given back."""
    life.on(0, "subscribe", plan=life.plan, trial_days=14, tax="exclusive")
    life.on(80, "refund", percent=40)
    life.on(100, "move", line1="1 Harbour Street", city="Portland", postal_code="97201")


def _left_in_trial(life: Script) -> None:
    """A trial that is not paid, and weeks later a subscription by the quarter."""
    life.on(0, "subscribe", plan=life.plan, trial_days=14)
    life.on(6, "cancel", is_at_end=True)
    life.on(45, "subscribe", plan=life.dearer, months=3)


def _paused_in_trial(life: Script) -> None:
    """A trial without a card, which pauses; then it goes on, and later by the year."""
    life.on(0, "subscribe", plan=life.plan, trial_days=14, has_card=False)
    life.on(23, "resume")
    life.on(100, "change", months=12)


def _upgraded(life: Script) -> None:
    """Two upgrades: with the next invoice, and at once. The first invoice is less by a coupon."""
    life.on(0, "subscribe", plan="basic", coupon="once")
    life.on(40, "change", plan="plus")
    life.on(110, "change", plan="family", is_invoiced_now=True)


def _downgraded(life: Script) -> None:
    """Two downgrades: what is left is credited to the balance at once, and with the next invoice. Prices with tax."""
    life.on(0, "subscribe", plan="family", tax="inclusive")
    life.on(50, "change", plan="plus", is_invoiced_now=True)
    life.on(125, "change", plan="basic")


def _there_and_back(life: Script) -> None:
    """Another plan and back again within a period."""
    life.on(0, "subscribe", plan=life.plan, months=3)
    life.on(20, "change", plan=life.dearer)
    life.on(29, "change", plan=life.plan)
    life.on(150, "change", plan=life.cheaper, is_invoiced_now=True)
    life.on(150.2, "change", plan=life.plan, is_invoiced_now=True)


def _thirty_first(life: Script) -> None:
    """By the month from the 31st, since before the account sent events; collection is paused and goes on."""
    life.on(0, "subscribe", plan="plus")
    life.on(190, "pause")
    life.on(245, "resume")


def _left_at_once(life: Script) -> None:
    """A year that is ended at once with the rest credited; back again by the month with that credit; ended at once without."""
    life.on(0, "subscribe", plan=life.plan, months=12)
    life.on(75, "cancel", is_credited=True)
    life.on(120, "subscribe", plan=life.plan)
    life.on(170, "cancel")


def _left_at_period_end(life: Script) -> None:
    """Ended at the end of a quarter; later the customer is deleted."""
    life.on(0, "subscribe", plan=life.plan, months=3)
    life.on(100, "cancel", is_at_end=True)
    life.on(200, "leave")


def _kept(life: Script) -> None:
    """A cancellation that is taken back, and a credit note after the payment; less by a coupon for good."""
    life.on(0, "subscribe", plan="plus", months=3, coupon="forever")
    life.on(50, "cancel", is_at_end=True)
    life.on(58, "keep")
    life.on(100, "credit", percent=30)


def _recovered(life: Script) -> None:
    """Two failed attempts, then the payment; less by a coupon for three months."""
    life.on(0, "subscribe", plan=life.plan, coupon="repeating")
    life.on(50, "decline", times=2)
    life.on(170, "cancel", is_at_end=True)


def _unpaid(life: Script) -> None:
    """No attempt works: unpaid, then paid with a new card. Later none works again, and it ends. Then unpaid once more, for good."""
    life.on(0, "subscribe", plan=life.plan)
    life.on(50, "decline", times=4)
    life.on(86, "settle")
    life.on(110, "decline", times=4, then="cancel")
    life.on(180, "subscribe", plan=life.plan)
    life.on(200, "decline", times=4)
    life.on(255, "cancel")


def _refunded(life: Script) -> None:
    """A full refund, then a dispute that is won, and one that is lost; after it the subscription ends at once."""
    life.on(0, "subscribe", plan=life.plan)
    life.on(40, "refund")
    life.on(65, "dispute", is_won=True)
    life.on(95, "dispute", is_won=False)
    life.on(121, "cancel")


def _invoiced(life: Script) -> None:
    """Invoices are sent and paid later: one credit note before the payment, one after it. Tax comes on top."""
    life.on(0, "subscribe", plan=life.plan, months=3, quantity=4, tax="exclusive", is_sent=True)
    life.on(1, "credit", percent=25)
    life.on(125, "credit", percent=50)


def _leap_day(life: Script) -> None:
    """By the year from 29 February, since before the account sent events; less by an amount. Prices with tax."""
    life.on(0, "subscribe", plan=life.plan, months=12, coupon="amount", tax="inclusive")


def _same_day(life: Script) -> None:
    """Ended at once, and back again on the same day."""
    life.on(0, "subscribe", plan=life.plan)
    life.on(70, "cancel")
    life.on(70.15, "subscribe", plan=life.plan)
    life.on(160, "cancel", is_at_end=True)


def _two_subscriptions(life: Script) -> None:
    """Two at the same time, one of them by use; the other ends first."""
    life.on(0, "subscribe", plan=life.plan, months=3)
    life.on(10, "subscribe", "use", plan="requests")
    life.on(120, "cancel", is_at_end=True)


def _two_items(life: Script) -> None:
    """A free plan becomes one that is paid, with extra seats; more of them, then fewer, then none."""
    life.on(0, "subscribe", plan="free")
    life.on(45, "change", plan=life.plan, extra=2, is_invoiced_now=True)
    life.on(85, "change", extra=5)
    life.on(118, "change", extra=3)
    life.on(150, "change", extra=0)
    life.on(185, "change", quantity=2)


LIVES: dict[str, Callable[[Script], None]] = {
    life.__name__[1:]: life
    for life in (
        _trial, _left_in_trial, _paused_in_trial, _upgraded, _downgraded, _there_and_back, _thirty_first, _left_at_once,
        _left_at_period_end, _kept, _recovered, _unpaid, _refunded, _invoiced, _leap_day, _same_day, _two_subscriptions,
        _two_items,
    )
}  # fmt: skip
STARTS = {"thirty_first": pd.Timestamp("2016-10-31"), "leap_day": pd.Timestamp("2016-02-29")}


def lives(households: list[int], seed: int) -> list[tuple[str, Person, list[Step]]]:
    """Kind of life, person and steps of each customer: most of the households, and at most MOST, in the order of the users."""
    rng = generator(seed, "billing")
    count = min(round(SUBSCRIBED * len(households)), MOST)
    chosen = sorted(int(household) for household in rng.choice(sorted(households), count, replace=False))
    kinds = list(LIVES)
    found = []
    for number, person in enumerate(persons(chosen, households, seed)):
        kind = kinds[number % len(kinds)]
        # The first two of a kind live their life to its end; the others begin at any time of the year.
        within = int(rng.integers(0, 90 if number < 2 * len(kinds) else 340))
        day = STARTS.get(kind, FIRST_DAY + pd.Timedelta(days=within))
        # By day, so that an invoice is final on the day on which its period begins.
        start = int(day.timestamp()) + int(rng.integers(7 * 3_600, 20 * 3_600))
        life = Script(start, number // len(kinds), rng)
        LIVES[kind](life)
        found.append((kind, person, life.steps))
    return found


def users(households: list[int], seed: int) -> dict[int, membership.Row]:
    """Of each household its user: user_id, and of a member also full_name and email, as they signed up."""
    ordered = sorted(households)
    signed_up = membership.members(ordered, seed)
    return {household: signed_up.get(household, {"user_id": NOT_A_MEMBER + household}) for household in ordered}


def persons(chosen: list[int], households: list[int], seed: int) -> list[Person]:
    """The persons behind the chosen ones of all households; every third pays in usd, eur, jpy."""
    fakers = {currency: Faker(locale) for currency, (locale, _) in LOCALES.items()}
    for number, fake in enumerate(fakers.values()):
        fake.seed_instance(seed + 20 + number)
    found, known = [], users(households, seed)
    for number, household in enumerate(chosen):
        currency = CURRENCIES[(number + number // len(LIVES)) % 3]
        fake, user = fakers[currency], known[household]
        name, line1, city, code = fake.name(), fake.street_address(), fake.city(), fake.postcode()
        found.append(
            Person(
                user["user_id"], household, user.get("full_name", name),
                user.get("email", f"user{user['user_id']}@example.com"), fakers["usd"].numerify("+1-###-555-01##"),
                line1, city, code, LOCALES[currency][1], currency,
            )
        )  # fmt: skip
    return found
