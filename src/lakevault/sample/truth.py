"""What the lake must hold, computed from the deliveries in plain pandas, without any of the lake's SQL."""

from pathlib import Path

import pandas as pd

BEGINNING = "1900-01-01 00:00:00"
END = "9999-12-31 00:00:00"


def versions(keys: str, streams: list[tuple[pd.DataFrame, str, list[str]]]) -> pd.DataFrame:
    """Versions per key over several streams of delivered rows.

    A stream is (rows with the key, load_id and an order of delivery; the column of applied time; its attributes). Each
    distinct applied time is a change point; at one point of a stream the last delivered row wins; between points the
    attributes carry on.
    """
    frames = []
    for rows, applied, attributes in streams:
        ordered = rows.assign(applied_at=rows[applied]).sort_values(["load_id", "applied_at"], kind="stable")
        last = ordered.drop_duplicates([keys, "applied_at"], keep="last")
        # As text, before a merge turns whole numbers with gaps into fractions. The mark tells "no row of this stream
        # here" from a row with a null.
        said = last[[keys, "applied_at"]].join(last[attributes].astype("string"))
        frames.append(said.assign(**{f"has_{applied}": True}))
    merged = frames[0]
    for frame in frames[1:]:
        merged = merged.merge(frame, on=[keys, "applied_at"], how="outer")
    merged = merged.sort_values([keys, "applied_at"]).reset_index(drop=True)
    for _, applied, attributes in streams:
        # Index of the last row in which the stream spoke, per key: carry that row's values, nulls included.
        spoke = merged[f"has_{applied}"].notna()
        place = merged.index.to_series().where(spoke).groupby(merged[keys]).ffill()
        known = place.notna()
        values = merged.loc[place[known].astype(int), attributes].to_numpy()
        merged.loc[~known, attributes] = None
        merged.loc[known, attributes] = values
        merged = merged.drop(columns=f"has_{applied}")
    merged["first_known_at"] = merged.groupby(keys).applied_at.transform("min").astype(str)
    first = ~merged.duplicated(keys)
    merged["valid_from"] = merged.applied_at.astype(str).where(~first, BEGINNING)
    merged["valid_to"] = merged.groupby(keys).applied_at.shift(-1).astype("string").fillna(END)
    return merged.drop(columns="applied_at")


def write(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Write each table as parquet, all values as text."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.astype("string").to_parquet(folder / f"{name}.parquet", index=False)
