"""Which rows a model learns from and which measure it: earlier cut-offs and later ones, never at random."""

import pandas as pd

from lakevault.errors import LakevaultError

# The newest cut-offs with at most this share of the labelled rows are for measuring.
SHARE = 0.3


def split(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Say of each row what it is for.

    A row is learnt from only if its label was known when the first measured row was cut off; the others in between are not used.

    Args:
        rows: with cut_off_at, label_to and label; the last two are null where the label is not known yet.
        name: of the model, for messages.

    Returns:
        The rows with `part`: choose_fit and choose_measure (both train: candidates are chosen on them), train, gap (not used),
        test, score (label not known yet).

    Raises:
        LakevaultError: there are too few cut-offs, or a part has labels of one kind only.
    """
    labelled = rows[rows.label.notna()]
    part = pd.Series("score", rows.index)
    until = _boundary(labelled, name)
    part[labelled.index] = "gap"
    part[labelled.index[labelled.cut_off_at >= until]] = "test"
    train = labelled[labelled.label_to <= until]
    part[train.index] = "train"
    inner = _boundary(train, name)
    part[train.index[train.cut_off_at >= inner]] = "choose_measure"
    part[train.index[train.label_to <= inner]] = "choose_fit"
    for each in ("choose_fit", "choose_measure", "test"):
        if rows.label[part == each].nunique() < 2:
            raise LakevaultError(
                f"{name} cannot be trained: of {(part == each).sum()} rows to {each.replace('choose_', 'choose a model by: ')} all labels are "
                "equal. It needs more customers or more months."
            )
    return rows.assign(part=part)


def _boundary(labelled: pd.DataFrame, name: str) -> pd.Timestamp:
    """The cut-off from which on rows measure."""
    counts = labelled.groupby("cut_off_at").size()
    if len(counts) < 2:
        raise LakevaultError(
            f"{name} cannot be trained: its labels are known for {len(counts)} cut-off(s), and it needs earlier and later ones. More "
            "deliveries bring more."
        )
    newest_first = counts.sort_index(ascending=False).cumsum()
    fitting = newest_first[newest_first <= SHARE * counts.sum()]
    return fitting.index[-1] if len(fitting) else newest_first.index[0]
