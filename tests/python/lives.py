"""Random lives of a customer of the billing account: strategies of hypothesis."""

from hypothesis import strategies as st

from lakevault.sample.billing.account import DAY, END, Step
from lakevault.sample.billing.catalog import OPENED

names = st.sampled_from(["main", "other"])
plans = st.sampled_from(["basic", "plus", "family", "free"])
DO = {
    "subscribe": {"plan": plans, "months": st.sampled_from([1, 3, 12]), "quantity": st.integers(1, 4), "extra": st.integers(0, 2), "trial_days": st.sampled_from([0, 0, 5, 14]), "coupon": st.sampled_from([None, "once", "repeating", "forever", "amount"]), "tax": st.sampled_from([None, "exclusive", "inclusive"]), "is_sent": st.booleans(), "has_card": st.booleans()},
    "change": {"plan": st.none() | plans, "months": st.sampled_from([None, None, 1, 3, 12]), "quantity": st.none() | st.integers(1, 4), "extra": st.none() | st.integers(0, 3), "is_invoiced_now": st.booleans()},
    "pause": {"behavior": st.sampled_from(["void", "keep_as_draft"])}, "resume": {},
    "cancel": {"is_at_end": st.booleans(), "is_credited": st.booleans()}, "keep": {},
    "decline": {"times": st.integers(1, 5), "then": st.sampled_from(["unpaid", "cancel"])}, "settle": {},
    "refund": {"percent": st.integers(1, 100)}, "credit": {"percent": st.integers(1, 99)}, "dispute": {"is_won": st.booleans()},
    "leave": {},
}  # fmt: skip
moments = st.integers(OPENED - 90 * DAY, END - DAY)
step = st.one_of(
    [st.builds(Step, moments, st.just(do), st.fixed_dictionaries(options), names) for do, options in DO.items()]
)
begun = st.builds(Step, moments, st.just("subscribe"), st.fixed_dictionaries(DO["subscribe"]), names)
# What a customer does: how it begins, and what follows in any order.
life = st.tuples(st.lists(begun, min_size=1, max_size=3), st.lists(step, max_size=12)).map(
    lambda parts: [*parts[0], *parts[1]]
)
