"""Write the sample as deliveries: one folder each, complete with its manifest or not there at all."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pandas as pd

from lakevault.files import sha256, write_json
from lakevault.sample import engagement, membership, real, simulate, truth, web_events
from lakevault.sample.billing import events as billing
from lakevault.sample.billing import truth as billing_truth
from lakevault.sample.schedule import Schedule, day_start, make_schedule

Events = Callable[[int], pd.DataFrame]


def land_sample(
    landing: Path,
    truth_folder: Path,
    schedule: str = "quarterly",
    placements: str = "slice",
    seed: int = 2017,
    households: int | None = None,
) -> list[int]:
    """Land the deliveries that are not there yet in incoming/, and the expected truth; returns the new load ids.

    `placements`: "slice" is the one store with most till lines, "all" is everything. `households` cuts the data down to so
    many households, for tests. landing.json, written last, says how the landing zone was made.
    """
    periods = make_schedule(schedule)
    tables = real.read_all()
    if households:
        tables = real.with_households(tables, households)
    lines = tables["transactions"]
    feeds = _feeds(tables, periods, seed, landing, placements, set(lines.product_id) if households else None)
    events = web_events.web_events(tables, seed)
    everybody = sorted(lines.household_id.unique().tolist())
    database = membership.run(everybody, seed)
    account = billing.simulate(everybody, seed)
    mails = engagement.engagement(tables, account, seed)
    messages = pd.concat(
        [
            web_events.messages(events, periods, seed),
            membership.messages(database, periods),
            billing.messages(account, periods, seed),
            engagement.messages(mails, tables, periods, seed),
        ]
    )
    landed = []
    for load_id in range(1, len(periods.ends) + 1):
        if any((landing / folder / f"{load_id:06d}").is_dir() for folder in ("incoming", "accepted")):
            continue
        received = messages[messages.load_id == load_id]
        write_delivery(landing / "incoming", load_id, periods.load_dts(load_id), feeds, received)
        landed.append(load_id)
    _write_truth(truth_folder, feeds, periods)
    funnel = web_events.funnel(events, tables["products"])
    truth.write(truth_folder, {"web_events": events[web_events.FIELDS], "conversion_funnel": funnel})
    members = {f"membership_{name}": pd.DataFrame(list(rows.values())) for name, rows in database.tables.items()}
    truth.write(truth_folder, members)
    truth.write(truth_folder, billing_truth.tables(account))
    truth.write(truth_folder, {"engagement_funnel": engagement.funnel(mails, account)})
    options = {"schedule": schedule, "placements": placements, "seed": seed, "households": households}
    write_json(landing / "landing.json", options)
    return landed


def _feeds(
    tables: dict[str, pd.DataFrame],
    periods: Schedule,
    seed: int,
    landing: Path,
    placements: str,
    products: set[int] | None,
) -> dict[str, Events]:
    """Feed name to a function that gives the rows of a delivery, columns as in the file."""
    last = len(periods.ends)
    lines = tables["transactions"]
    week_starts = pd.Series({w: pd.Timestamp("2016-12-26") + pd.Timedelta(weeks=w - 1) for w in range(1, 54)})
    week_starts[1] = pd.Timestamp("2017-01-01")
    households = sorted(lines.household_id.unique().tolist())

    line_ids = simulate.late(
        simulate.generator(seed, "late lines"), periods.load_ids(lines.transaction_timestamp), 0.001, last
    )
    returns = simulate.return_lines(lines, tables["products"], seed)
    prices = simulate.list_prices(lines, tables["products"], week_starts)
    described = simulate.product_changes(tables["products"], seed)
    campaigns = simulate.campaign_changes(tables["campaign_descriptions"], seed)
    announced = campaigns.groupby("campaign_id").known_at.min()
    started = day_start(tables["campaign_descriptions"].set_index("campaign_id").start_date)
    targets = tables["campaigns"].assign(targeted_at=tables["campaigns"].campaign_id.map(started))
    redemptions = tables["coupon_redemptions"]
    redeemed_ids = simulate.late(
        simulate.generator(seed, "late redemptions"), periods.load_ids(redemptions.redemption_date), 0.02, last
    )
    profiles, contacts = simulate.customer_entries(households, tables["demographics"], seed)
    absences = simulate.absences(households, seed)

    def known(events: pd.DataFrame, columns: list[str]) -> Events:
        ids = periods.load_ids(events.known_at)
        return lambda load_id: events.loc[ids == load_id, columns]

    def announced_rows(rows: pd.DataFrame, columns: list[str]) -> Events:
        ids = periods.load_ids(rows.campaign_id.map(announced))
        return lambda load_id: rows.loc[ids == load_id, columns]

    def customers(load_id: int) -> pd.DataFrame:
        until = periods.ends[load_id - 1]
        profile = (
            profiles[profiles.known_at < until]
            .sort_values("known_at", kind="stable")
            .drop_duplicates("household_id", keep="last")
        )
        contact = (
            contacts[contacts.known_at < until]
            .sort_values("known_at", kind="stable")
            .drop_duplicates("household_id", keep="last")
        )
        away = set(absences.household_id[(absences.left_at < until) & (absences.back_at >= until)])
        both = contact.merge(profile, on="household_id", suffixes=("_contact", ""))
        both = both[~both.household_id.isin(away)].sort_values("household_id")
        both = both.rename(columns={"updated_at": "profile_updated_at", "updated_at_contact": "contact_updated_at"})
        return both[["household_id", *simulate.CONTACT, *simulate.PROFILE, "profile_updated_at", "contact_updated_at"]]

    def placed(load_id: int) -> pd.DataFrame:
        weeks = week_starts.index[periods.load_ids(week_starts) == load_id].tolist()
        conditions = [f"week in ({', '.join(map(str, weeks))})" if weeks else "false"]
        if placements == "slice":
            conditions.append(f"store_id = {int(lines.store_id.value_counts().sort_index().idxmax())}")
        query = (
            "select product_id, store_id, display_location, mailer_location, week "
            f"from read_parquet('{real.data_file('promotions')}') where {' and '.join(conditions)} "
            "order by week, store_id, product_id, display_location, mailer_location"
        )
        rows = duckdb.sql(query).df()
        return rows if products is None else rows[rows.product_id.isin(products)]

    return {
        "pos/sale_line.csv": lambda load_id: lines[line_ids == load_id],
        "pos/return_line.csv": known(returns, [c for c in returns if c != "known_at"]),
        "erp/product.jsonl": known(described, [c for c in described if c != "known_at"]),
        "erp/list_price.jsonl": known(prices, ["product_id", "list_price", "currency", "valid_from"]),
        "crm/customer.csv": customers,
        "marketing/campaign.jsonl": known(campaigns, [c for c in campaigns if c != "known_at"]),
        "marketing/campaign_target.jsonl": announced_rows(targets, ["campaign_id", "household_id", "targeted_at"]),
        "marketing/coupon.jsonl": announced_rows(tables["coupons"], ["coupon_upc", "product_id", "campaign_id"]),
        "marketing/coupon_redemption.jsonl": lambda load_id: redemptions[redeemed_ids == load_id],
        "marketing/placement.jsonl": placed,
    }


def write_delivery(
    landing: Path, load_id: int, load_dts: pd.Timestamp, feeds: dict[str, Events], messages: pd.DataFrame
) -> None:
    """Write a delivery into a folder of the landing zone: a file of each feed that has rows, a range of each partition, the manifest."""
    temporary = landing / f".{load_id:06d}.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    files = [entry for name, events in feeds.items() if (entry := _write_file(temporary, name, events(load_id)))]
    ranges = messages.groupby(["feed", "topic", "partition"])
    files += [_write_range(temporary, feed, topic, int(number), rows) for (feed, topic, number), rows in ranges]
    manifest = {"load_id": load_id, "load_dts": load_dts.strftime("%Y-%m-%dT%H:%M:%SZ"), "files": files}
    (temporary / "manifest.json").write_text(json.dumps(manifest, indent=2))
    temporary.rename(landing / f"{load_id:06d}")


def _write_file(folder: Path, name: str, rows: pd.DataFrame) -> dict[str, object] | None:
    if rows.empty:
        return None
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = _as_text(rows)
    if name.endswith(".csv"):
        rows.to_csv(path, index=False, lineterminator="\n")
    else:
        with duckdb.connect() as connection:
            # One thread: the file keeps the order of the rows, so that two landings are equal byte by byte.
            connection.execute("set threads = 1")
            connection.register("rows", rows)
            connection.execute(f"copy (select * from rows) to '{path}' (format json)")
    source, feed = name.split(".")[0].split("/")
    return _entry(folder, name, source, feed, len(rows))


def _write_range(folder: Path, feed: str, topic: str, partition: int, messages: pd.DataFrame) -> dict[str, object]:
    """A recorded range of offsets of a partition, as docs/ingestion.md says."""
    name = f"{feed.replace('.', '/')}-{partition}.jsonl"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    start, end = int(messages.offset.min()), int(messages.offset.max()) + 1
    sent_at = messages.received_at.astype("datetime64[ms]").astype("int64")
    with path.open("w") as file:
        print(json.dumps({"topic": topic, "partition": partition, "from": start, "until": end}), file=file)
        rows = messages[["offset", "key", "headers", "value"]].to_dict("records")
        for row, timestamp in zip(rows, sent_at, strict=True):
            print(json.dumps({"offset": row.pop("offset"), "timestamp": timestamp} | row), file=file)
    source, name_of_feed = feed.split(".")
    return _entry(folder, name, source, name_of_feed, len(messages))


def _entry(folder: Path, name: str, source: str, feed: str, rows: int) -> dict[str, object]:
    """What a manifest says of a file."""
    path = folder / name
    size = path.stat().st_size
    return {"source": source, "feed": feed, "path": name, "rows": rows, "size": size, "sha256": sha256(path)}


MONEY = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc", "refund_amount")
DATES = ("start_date", "end_date", "redemption_date")


def _as_text(rows: pd.DataFrame) -> pd.DataFrame:
    """Times, dates and amounts of the files in the form in which the systems write them."""
    columns = {}
    for name in rows.columns:
        values = rows[name]
        if name in MONEY:
            cents = (values * 100).round().astype("int64")
            values = (cents // 100).astype(str) + "." + (cents % 100).astype(str).str.zfill(2)
        elif pd.api.types.is_datetime64_any_dtype(values):
            values = values.dt.strftime("%Y-%m-%d" if name in DATES else "%Y-%m-%d %H:%M:%S")
        columns[name] = values
    return pd.DataFrame(columns)


def _delivered(events: Events, periods: Schedule) -> Iterator[pd.DataFrame]:
    for load_id in range(1, len(periods.ends) + 1):
        yield events(load_id).assign(load_id=load_id)


def _write_truth(folder: Path, feeds: dict[str, Events], periods: Schedule) -> None:
    described = pd.concat(_delivered(feeds["erp/product.jsonl"], periods), ignore_index=True)
    prices = pd.concat(_delivered(feeds["erp/list_price.jsonl"], periods), ignore_index=True)
    prices["valid_from_at"] = day_start(pd.to_datetime(prices.valid_from))
    campaigns = pd.concat(_delivered(feeds["marketing/campaign.jsonl"], periods), ignore_index=True)
    extracts = list(_delivered(feeds["crm/customer.csv"], periods))

    present: set[int] = set()
    seen: set[int] = set()
    changes = []
    for load_id, extract in enumerate(extracts, start=1):
        now = set(extract.household_id)
        at = periods.load_dts(load_id)
        changes += [(household, load_id, at, True) for household in sorted(present - now)]
        changes += [(household, load_id, at, False) for household in sorted((now & seen) - present)]
        present, seen = now, seen | now
    presence = pd.DataFrame(changes, columns=["household_id", "load_id", "presence_at", "is_deleted"])
    presence["presence_at"] = pd.to_datetime(presence.presence_at)
    profiles = pd.concat(extracts, ignore_index=True)

    attributes = ["manufacturer_id", "department", "brand", "product_category", "product_type", "package_size"]
    customers = truth.versions(
        "household_id", [(profiles, "profile_updated_at", simulate.PROFILE), (presence, "presence_at", ["is_deleted"])]
    )
    customers["is_deleted"] = (customers.is_deleted == "True").fillna(False).astype(str).str.lower()
    truth.write(
        folder,
        {
            "customer_versions": customers,
            "product_versions": truth.versions(
                "product_id", [(described, "changed_at", attributes), (prices, "valid_from_at", ["list_price"])]
            ),
            "promotion_versions": truth.versions(
                "campaign_id",
                [(campaigns, "changed_at", ["campaign_type", "start_date", "end_date", "discount_terms"])],
            ),
        },
    )
