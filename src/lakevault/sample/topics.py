"""What the simulated topics have in common: messages come at least once, and lie in the partitions of their topic."""

import numpy as np
import pandas as pd

from lakevault.sample.schedule import Schedule


def at_least_once(rows: pd.DataFrame, rng: np.random.Generator, share: float, seconds: int) -> pd.DataFrame:
    """The rows, and a share of them once more, received up to so many seconds later; in no order."""
    again = rows[rng.random(len(rows)) < share]
    pause = pd.to_timedelta(pd.Series(rng.integers(1, seconds, len(again)), index=again.index), unit="s")
    return pd.concat([rows, again.assign(received_at=again.received_at + pause)])


def as_messages(rows: pd.DataFrame, periods: Schedule, feed: str, topic: str) -> pd.DataFrame:
    """What is sent as the broker has it, delivery by delivery; with load_id, feed, topic, offset and headers (none)."""
    return rows.assign(
        load_id=periods.load_ids(rows.received_at),
        feed=feed,
        topic=topic,
        offset=rows.groupby("partition").cumcount(),
        headers=[[]] * len(rows),
    )
