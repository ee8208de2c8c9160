"""When the sample sources deliver."""

from dataclasses import dataclass

import pandas as pd

FIRST_DAY = pd.Timestamp("2017-01-01")
LATER_DAY = pd.Timestamp("2018-01-01")
END = pd.Timestamp("2018-01-02")
HOURS_TO_LANDING = pd.Timedelta(hours=3)
BUSINESS_TIME_ZONE = "America/New_York"


def day_start(days: pd.Series) -> pd.Series:
    """The UTC times, without zone, at which these days (midnights without zone) begin in the stores."""
    return days.dt.tz_localize(BUSINESS_TIME_ZONE).dt.tz_convert("UTC").dt.tz_localize(None)


@dataclass(frozen=True)
class Schedule:
    """Ends of the delivery periods, exclusive and ascending; period 1 also takes what was known before the data begins."""

    ends: pd.DatetimeIndex

    def load_ids(self, known_at: pd.Series) -> pd.Series:
        """Load id of the period in which each moment lies."""
        return pd.Series(self.ends.searchsorted(known_at, side="right") + 1, index=known_at.index).clip(
            upper=len(self.ends)
        )

    def load_dts(self, load_id: int) -> pd.Timestamp:
        """Landing time of a delivery: three hours after its period has ended."""
        return self.ends[load_id - 1] + HOURS_TO_LANDING


def make_schedule(name: str) -> Schedule:
    """quarterly: four quarters and one later day; monthly likewise; weekly and daily throughout.

    Raises ValueError for another name.
    """
    frequencies = {"quarterly": "QS", "monthly": "MS", "weekly": "W-MON", "daily": "D"}
    if name not in frequencies:
        raise ValueError(f"schedule is {name!r}; it can be {', '.join(frequencies)}")
    starts = pd.date_range(FIRST_DAY + pd.Timedelta(days=1), LATER_DAY, freq=frequencies[name])
    if name == "weekly":
        starts = starts[1:]
    return Schedule(pd.DatetimeIndex([*starts, END]))
