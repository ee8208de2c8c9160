"""Deliveries in the landing zone, and the checks that come before anything is written."""

import csv
import hashlib
import itertools
import json
import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lakevault.errors import LakevaultError
from lakevault.feeds import Feed


@dataclass(frozen=True)
class LandedFile:
    """One file of a delivery, as its manifest describes it."""

    feed: str
    path: Path
    name: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Delivery:
    """One delivery: a strictly increasing load id and the time of landing (UTC, 'YYYY-MM-DD HH:MM:SS')."""

    load_id: int
    load_dts: str
    files: tuple[LandedFile, ...]


def read_deliveries(landing: Path) -> list[Delivery]:
    """All deliveries of the landing zone in the order of their load ids.

    Raises LakevaultError when a manifest is unreadable, or load ids and landing times do not increase together.
    """
    deliveries = []
    for manifest in sorted(landing.glob("[0-9]*/manifest.json")):
        try:
            content = json.loads(manifest.read_text())
            files = tuple(
                LandedFile(
                    feed=f"{entry['source']}.{entry['feed']}",
                    path=manifest.parent / entry["path"],
                    name=f"{manifest.parent.name}/{entry['path']}",
                    rows=int(entry["rows"]),
                    sha256=entry["sha256"],
                )
                for entry in content["files"]
            )
            load_dts = content["load_dts"].replace("T", " ").removesuffix("Z")
            deliveries.append(Delivery(int(content["load_id"]), load_dts, files))
        except (ValueError, KeyError, TypeError) as error:
            raise LakevaultError(
                f"{manifest} is no manifest ({error!r}): land the delivery again, or take its folder out of {landing}."
            ) from error
    for before, after in itertools.pairwise(deliveries):
        if after.load_id <= before.load_id or after.load_dts <= before.load_dts:
            raise LakevaultError(
                f"delivery {after.load_id} ({after.load_dts}) is out of order: it does not come after delivery "
                f"{before.load_id} ({before.load_dts}). Give it a later load id and landing time in its manifest."
            )
    return deliveries


def pending_deliveries(deliveries: list[Delivery], loaded: dict[int, set[str]]) -> list[Delivery]:
    """The deliveries that the ledger does not hold completely.

    `loaded` gives the feeds in the ledger by load id. Raises LakevaultError for a delivery that arrives after a later
    one was loaded: its rows would carry a landing time in the past.
    """
    newest = max(loaded, default=0)
    pending = []
    for delivery in deliveries:
        missing = {file.feed for file in delivery.files} - loaded.get(delivery.load_id, set())
        if not missing:
            continue
        if delivery.load_id < newest:
            raise LakevaultError(
                f"delivery {delivery.load_id} is out of order: delivery {newest} is already loaded, and "
                f"{', '.join(sorted(missing))} of delivery {delivery.load_id} is not. Land it again under a new load id."
            )
        pending.append(delivery)
    return pending


def check_delivery(delivery: Delivery, feeds: dict[str, Feed]) -> None:
    """Every file is there, whole and has the columns of its feed; else LakevaultError, before anything is written."""
    problems = [problem for file in delivery.files if (problem := _problem(file, feeds))]
    if problems:
        raise LakevaultError(
            f"delivery {delivery.load_id} was not loaded, nothing of it was written:\n  "
            + "\n  ".join(problems)
            + "\nMend or replace the files (and their manifest entries), then run the same command again."
        )


def _problem(file: LandedFile, feeds: dict[str, Feed]) -> str | None:
    feed = feeds.get(file.feed)
    if feed is None:
        return f"{file.name}: no feed {file.feed} is defined under models/bronze/."
    if not file.path.is_file():
        return f"{file.name}: the file is missing."
    with file.path.open("rb") as handle:
        if hashlib.file_digest(handle, "sha256").hexdigest() != file.sha256:
            return f"{file.name}: the checksum is not the manifest's; the file is damaged or was changed."
    try:
        columns = _columns(file.path, feed)
        if set(columns) != set(feed.columns) or (feed.format == "csv" and columns != feed.columns):
            return f"{file.name}: columns are {', '.join(columns)}; expected {', '.join(feed.columns)}."
        rows = _count(file.path, feed)
    except (ValueError, UnicodeDecodeError, duckdb.Error) as error:
        return f"{file.name}: unreadable as {feed.format} ({_without_data(error)})."
    if rows != file.rows:
        return f"{file.name}: it holds {rows} rows, the manifest says {file.rows}."
    return None


def _columns(path: Path, feed: Feed) -> tuple[str, ...]:
    """Columns of a CSV's header; of JSON lines every name that any line has, and an error when a line lacks one."""
    if feed.format == "csv":
        with path.open(encoding="utf-8", newline="") as handle:
            return tuple(next(csv.reader(handle), ()))
    with duckdb.connect() as connection:
        kinds = connection.execute(
            "select distinct json_keys(json) from read_ndjson_objects(?)", [str(path)]
        ).fetchall()
    for (names,) in kinds:
        if missing := set(feed.columns) - set(names):
            raise ValueError(f"a line lacks {', '.join(sorted(missing))}")
    return tuple(dict.fromkeys(name for (names,) in kinds for name in names))


def _count(path: Path, feed: Feed) -> int:
    """Rows of a file, each parsed strictly, by a reader that is not Spark."""
    with duckdb.connect() as connection:
        if feed.format == "csv":
            table = connection.read_csv(
                str(path),
                header=True,
                columns=dict.fromkeys(feed.columns, "VARCHAR"),
                auto_detect=False,
                sep=",",
                quotechar='"',
                escapechar='"',
                strict_mode=True,
            )
            return table.count("*").fetchone()[0]
        return connection.execute("select count(*) from read_ndjson_objects(?)", [str(path)]).fetchone()[0]


def _without_data(error: Exception) -> str:
    """An error message without the line that it quotes; a line may hold personal data."""
    found = re.findall(r"CSV Error on Line: \d+|^Expected Number.*|^Value with.*", str(error), re.MULTILINE)
    return ", ".join(found) or str(error).splitlines()[0]
