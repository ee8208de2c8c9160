"""Revenue by day: how an amount for a period becomes amounts of calendar months (UTC)."""

from fractions import Fraction

import pandas as pd

from lakevault.sample.billing.catalog import rounded

DAY = 86_400


def first_of_month(day: str) -> str:
    """The first day of the month of a day or time written as text."""
    return f"{day[:7]}-01"


def months_between(first: str, last: str) -> list[str]:
    """The first days of the months from one to another, both included."""
    return [str(day.date()) for day in pd.date_range(first, last, freq="MS")]


def elapsed(start: int, end: int) -> dict[str, Fraction]:
    """For each month of a period [start, end) the share of its days that are over at the end of the month.

    The day on which it starts counts, the day on which it ends does not. A period within one day is over on that day.
    """
    first, last = start // DAY, max(end // DAY, start // DAY + 1)
    begins, ends = pd.Timestamp(first * DAY, unit="s"), pd.Timestamp((last - 1) * DAY, unit="s")
    shares = {}
    for month in pd.date_range(begins.replace(day=1), ends, freq="MS"):
        over = min((month + pd.DateOffset(months=1)).value // (DAY * 10**9), last)
        shares[str(month.date())] = Fraction(over - first, last - first)
    return shares


def schedule(amount: int, start: int, end: int) -> dict[str, int]:
    """An amount by month, day by day in equal parts: what is over at the end of a month is rounded, a half away from zero, and the
    difference is the month's. So the months sum to the amount."""
    shares, before = {}, 0
    for month, share in elapsed(start, end).items():
        until = rounded(amount * share)
        shares[month], before = until - before, until
    return shares


def reduction(amount: int, start: int, end: int, at: int) -> dict[str, tuple[int, int]]:
    """By how much the revenue of a line is less, by month, when an amount of it is credited at a moment; and the part of it that is
    for days that were over, which is all in the month of the credit.

    At the end of a month the same share of the credit has been taken off as of the line was revenue; nothing before the credit. What is
    credited after the end is taken off at once.
    """
    first, last = start // DAY, max(end // DAY, start // DAY + 1)
    over = Fraction(min(max(at // DAY - first, 0), last - first), last - first)
    of_credit = first_of_month(str(pd.Timestamp(at, unit="s")))
    shares = elapsed(start, end)
    months = sorted({of_credit, *(month for month in shares if month > of_credit)})
    reductions, before = {}, 0
    for month in months:
        known = [share for other, share in shares.items() if other <= month]
        until = rounded(amount * (known[-1] if known else Fraction(0)))
        contra = rounded(amount * over) if month == of_credit else 0
        if until != before or contra:
            reductions[month] = (until - before, contra)
        before = until
    return reductions
