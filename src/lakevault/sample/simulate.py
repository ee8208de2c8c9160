"""The simulated part. Each topic has a seeded generator of its own, so that the topics do not depend on each other.

Every function returns events with `known_at`, the moment from which a delivery can hold them. No household, product,
campaign or store is added.
"""

import numpy as np
import pandas as pd
from faker import Faker

START = pd.Timestamp("2016-12-31")
FIRST = pd.Timestamp("2017-01-01")
LAST = pd.Timestamp("2017-12-20")
PROFILE = ["age", "income", "home_ownership", "marital_status", "household_size", "household_comp", "kids_count"]
CONTACT = ["first_name", "last_name", "email", "phone"]
INCOMES = [
    "Under 15K", "15-24K", "25-34K", "35-49K", "50-74K", "75-99K", "100-124K", "125-149K", "150-174K", "175-199K",
    "200-249K", "250K+",
]  # fmt: skip
REASONS = ["DAMAGED", "WRONG_ITEM", "CHANGED_MIND", "EXPIRED", "OTHER"]
TERMS = {
    "Type A": "Personal coupons on products that the household buys",
    "Type B": "Coupons on selected products for selected households",
    "Type C": "Seasonal coupons on selected categories",
}


def generator(seed: int, topic: str) -> np.random.Generator:
    """A random generator that depends on the seed and the topic only."""
    return np.random.default_rng([seed, *topic.encode()])


def moments(rng: np.random.Generator, count: int) -> pd.Series:
    """Random whole minutes of the year."""
    minutes = int((LAST - FIRST).total_seconds() // 60)
    return FIRST + pd.to_timedelta(pd.Series(rng.integers(0, minutes, count)), unit="min")


def fuel_products(products: pd.DataFrame) -> set[int]:
    """Products whose quantity is a volume."""
    return set(products.product_id[products.product_type.fillna("").str.startswith("GASOLINE")])


def late(rng: np.random.Generator, load_ids: pd.Series, share: float, last: int) -> pd.Series:
    """Load ids of which a share is moved one delivery later; never out of the last one."""
    moved = (rng.random(len(load_ids)) < share) & (load_ids < last - 1)
    return load_ids + moved.astype(int)


def return_lines(lines: pd.DataFrame, products: pd.DataFrame, seed: int) -> pd.DataFrame:
    """About 1 % of the lines come back, wholly or in part, 1 to 14 days later."""
    rng = generator(seed, "returns")
    fuel = fuel_products(products)
    picked = lines[rng.random(len(lines)) < 0.01]
    picked = picked[(picked.quantity > 0) & (picked.sales_value > 0) & ~picked.product_id.isin(fuel)].reset_index(
        drop=True
    )
    quantity = rng.integers(1, picked.quantity + 1)
    returned_at = picked.transaction_timestamp + pd.to_timedelta(rng.integers(1440, 14 * 1440, len(picked)), unit="min")
    events = pd.DataFrame(
        {
            "return_id": [f"R{number:07d}" for number in range(1, len(picked) + 1)],
            "basket_id": picked.basket_id,
            "product_id": picked.product_id,
            "household_id": picked.household_id,
            "store_id": picked.store_id,
            "quantity": quantity,
            "refund_amount": (picked.sales_value * quantity / picked.quantity).round(2),
            "return_reason": rng.choice(REASONS, len(picked)),
            "returned_at": returned_at,
            "known_at": returned_at,
        }
    )
    return events[(events.returned_at < pd.Timestamp("2018-01-02")) & (events.refund_amount > 0)]


def list_prices(lines: pd.DataFrame, products: pd.DataFrame, week_starts: pd.Series) -> pd.DataFrame:
    """List prices from what was paid: a week's median shelf price, listed when it moved by 10 % or more."""
    fuel = fuel_products(products)
    sold = lines[(lines.quantity > 0) & ~lines.product_id.isin(fuel)]
    shelf = (sold.sales_value + sold.retail_disc + sold.coupon_match_disc) / sold.quantity
    weekly = shelf.groupby([sold.product_id, sold.week]).agg(["median", "size"]).reset_index()
    weekly["price"] = weekly["median"].round(2)
    weekly = weekly[weekly.price > 0]
    listed: list[bool] = []
    product, price = None, 0.0
    for row in weekly.itertuples():
        new = row.product_id != product or (row.size >= 3 and abs(row.price - price) >= 0.1 * price)
        if new:
            product, price = row.product_id, row.price
        listed.append(new)
    prices = weekly[listed].reset_index(drop=True)
    starts = prices.week.map(week_starts)
    return pd.DataFrame(
        {
            "product_id": prices.product_id,
            "list_price": prices.price,
            "currency": "USD",
            "valid_from": starts.dt.strftime("%Y-%m-%d"),
            "applied_at": starts,
            "known_at": starts,
        }
    )


def product_changes(products: pd.DataFrame, seed: int) -> pd.DataFrame:
    """All products once; about 2 % change in the year, and some of those are corrected backdated."""
    rng = generator(seed, "products")
    first = products.assign(changed_at=START, known_at=START)
    changed = products[rng.random(len(products)) < 0.02].reset_index(drop=True)
    same = products.dropna(subset=["product_type"]).groupby("department")
    donors = {name: group.reset_index(drop=True) for name, group in same}
    for index, department in enumerate(changed.department):
        group = donors.get(department)
        if group is not None:
            donor = group.iloc[int(rng.integers(len(group)))]
            changed.loc[index, ["product_category", "product_type"]] = [donor.product_category, donor.product_type]
    changed["package_size"] = changed.package_size.fillna("1 EA") + " NEW"
    at = moments(rng, len(changed))
    changed = changed.assign(changed_at=at, known_at=at)
    corrected = changed.sample(frac=0.03, random_state=rng).reset_index(drop=True)
    corrected["package_size"] = corrected.package_size.str.replace(" NEW", " INTERIM")
    back = pd.to_timedelta(pd.Series(rng.integers(1, 30, len(corrected))), unit="D")
    corrected = corrected.assign(
        changed_at=corrected.changed_at - back, known_at=corrected.known_at + pd.Timedelta(days=95)
    )
    return pd.concat([first, changed, corrected[corrected.known_at < pd.Timestamp("2018-01-01")]], ignore_index=True)


def campaign_changes(campaigns: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Campaigns as announced 14 days ahead; some end dates and terms change while they run. The last state is that of the package."""
    rng = generator(seed, "campaigns")
    rows = []
    for number, row in enumerate(campaigns.sort_values("campaign_id").itertuples()):
        announced = row.start_date - pd.Timedelta(days=14)
        terms = TERMS[row.campaign_type]
        mid = row.start_date + (row.end_date - row.start_date) // 2
        mid = min(mid.normalize() + pd.Timedelta(hours=9), pd.Timestamp("2017-12-30 09:00:00"))
        first_end = row.end_date + pd.Timedelta(days=int(rng.choice([-7, 7, 14]))) if number % 3 == 0 else row.end_date
        rows.append((row, announced, first_end, terms, announced))
        if number % 3 == 0:
            rows.append((row, mid, row.end_date, terms, mid))
        if number % 5 == 1:
            later = mid + pd.Timedelta(hours=1)
            rows.append((row, later, row.end_date, f"{terms}; now 10% more off", later))
        if number == 12:
            # Entered late, true earlier: the terms that held for the first week.
            week = row.start_date + pd.Timedelta(days=7)
            rows.append((row, week, first_end, f"{terms}; opening week extended", mid + pd.Timedelta(days=60)))
    return pd.DataFrame(
        {
            "campaign_id": [row.campaign_id for row, *_ in rows],
            "campaign_type": [row.campaign_type for row, *_ in rows],
            "start_date": [row.start_date for row, *_ in rows],
            "end_date": [end for _, _, end, _, _ in rows],
            "discount_terms": [terms for *_, terms, _ in rows],
            "changed_at": [at for _, at, *_ in rows],
            "known_at": [known for *_, known in rows],
        }
    )


def customer_entries(households: list[int], demographics: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Entries of profiles and of contacts: who, since when true (`updated_at`), entered when (`known_at`), and the values.

    Profiles start with the demographics of the package (nothing for households without). Some profile corrections are backdated;
    30 days later the newest profile is stated again.
    """
    rng = generator(seed, "customers")
    base = pd.DataFrame({"household_id": households}).merge(demographics, how="left", on="household_id")
    profiles = [base.assign(updated_at=START, known_at=START)]
    known = base.dropna(subset=["age"]).reset_index(drop=True)
    changed = known[rng.random(len(known)) < 0.1].reset_index(drop=True)
    at = moments(rng, len(changed))
    for index in range(len(changed)):
        if index % 2:
            place = INCOMES.index(changed.loc[index, "income"])
            changed.loc[index, "income"] = INCOMES[(place + 1) % len(INCOMES)]
        else:
            changed.loc[index, "home_ownership"] = (
                "Renter" if changed.loc[index, "home_ownership"] == "Homeowner" else "Homeowner"
            )
    changed = changed.assign(updated_at=at, known_at=at)
    corrected = changed.iloc[::5].reset_index(drop=True)
    corrected["marital_status"] = "Married"
    corrected["household_size"] = "5+"
    corrected["updated_at"] = corrected.updated_at - pd.Timedelta(days=45)
    corrected["known_at"] = corrected.known_at + pd.Timedelta(days=10)
    corrected = corrected[corrected.updated_at > START]
    again = changed.iloc[::5].assign(known_at=lambda rows: rows.known_at + pd.Timedelta(days=40))
    profiles += [changed, corrected, again]

    fakers = [Faker("en_US"), Faker("de_DE"), Faker("fr_FR")]
    for number, fake in enumerate(fakers):
        fake.seed_instance(seed + number)
    people = []
    for household in households:
        fake = fakers[0] if household % 10 else fakers[1 + household % 20 // 10]
        first, last = fake.first_name(), ("O'" if household % 97 == 0 else "") + fake.last_name()
        people.append(
            (household, first, last, f"customer{household}@example.com", fakers[0].numerify("+1-###-555-01##"))
        )
    contacts = pd.DataFrame(people, columns=["household_id", *CONTACT])
    moved = contacts[rng.random(len(contacts)) < 0.12].reset_index(drop=True)
    moved_at = moments(rng, len(moved))
    moved["email"] = [f"customer{household}@example.org" for household in moved.household_id]
    moved["phone"] = [fakers[0].numerify("+1-###-555-01##") for _ in range(len(moved))]
    contacts = pd.concat(
        [contacts.assign(updated_at=START, known_at=START), moved.assign(updated_at=moved_at, known_at=moved_at)],
        ignore_index=True,
    )
    return pd.concat([rows for rows in profiles if len(rows)], ignore_index=True), contacts


def absences(households: list[int], seed: int) -> pd.DataFrame:
    """About 1.5 % of the customers vanish from the extract; half of them come back after 100 days."""
    rng = generator(seed, "absences")
    gone = sorted(rng.choice(households, max(2, round(0.015 * len(households))), replace=False).tolist())
    left = pd.Timestamp("2017-04-15") + pd.to_timedelta(pd.Series(rng.integers(0, 200, len(gone))), unit="D")
    back = [at + pd.Timedelta(days=100) if number % 2 else pd.Timestamp.max for number, at in enumerate(left)]
    return pd.DataFrame({"household_id": gone, "left_at": left, "back_at": back})
