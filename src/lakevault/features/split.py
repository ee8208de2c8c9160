"""Which rows a model learns from and which measure it: earlier cut-offs and later ones, never at random."""

import pandas as pd

from lakevault.errors import LakevaultError

# Later cut-offs measure: with at least and at most this share of the labelled rows, where there is such a cut-off.
LEAST, MOST = 0.15, 0.35
# With fewer rows of one of the two labels nothing can be measured, or chosen.
MEASURED, CHOSEN = 50, 10


def split(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Say of each row what it is for.

    A row is learnt from only if its label had landed when the first measured row was cut off.

    Args:
        rows: with household_id, campaign_id, cut_off_at, known_at (when the label landed) and label; the last two are null where
            nobody knows the label yet.
        name: of the model, for messages.

    Returns:
        The rows with `part`: choose_fit and choose_measure (both are train: candidates are chosen on them), train, test, score
        (the newest row of each customer or targeting whose label is not known yet) and unused.

    Raises:
        LakevaultError: there are too few cut-offs, or a part has too few rows of a label.
    """
    labelled = rows[rows.label.notna()]
    part = pd.Series("unused", rows.index)
    newest = rows[rows.label.isna()].sort_values("cut_off_at")
    part[newest.drop_duplicates(["household_id", "campaign_id"], keep="last").index] = "score"
    until = _boundary(labelled, name)
    part[labelled.index[labelled.cut_off_at >= until]] = "test"
    train = labelled[labelled.known_at <= until]
    part[train.index] = "train"
    inner = _boundary(train, name)
    part[train.index[train.cut_off_at >= inner]] = "choose_measure"
    part[train.index[train.known_at <= inner]] = "choose_fit"
    needed = {
        "choose_fit": ("try models", CHOSEN),
        "choose_measure": ("choose one of them", CHOSEN),
        "test": ("measure it", MEASURED),
    }
    for each, (use, least) in needed.items():
        counts = rows.label[part == each].value_counts()
        if len(counts) < 2 or counts.min() < least:
            raise LakevaultError(
                f"{name} cannot be trained: to {use}, {least} rows of each label are needed, and there are "
                f"{' and '.join(f'{count:,}' for count in counts) or 'none'}. More customers or more deliveries bring more."
            )
    return rows.assign(part=part)


def _boundary(labelled: pd.DataFrame, name: str) -> pd.Timestamp:
    """The cut-off from which on rows measure: of those that leave few enough, the one at which most labels had landed."""
    counts = labelled.groupby("cut_off_at").size().sort_index(ascending=False).cumsum()
    few = {at: later / len(labelled) for at, later in counts.items() if later <= MOST * len(labelled)}
    candidates = [at for at, share in few.items() if share >= LEAST] or list(few)
    known = {at: int((labelled.known_at <= at).sum()) for at in candidates}
    if not any(known.values()):
        raise LakevaultError(
            f"{name} cannot be trained: no label had landed before the later of its {len(counts)} cut-offs. More deliveries bring more."
        )
    # Of equals the earliest: more rows measure.
    return min(known, key=lambda at: (-known[at], at))
