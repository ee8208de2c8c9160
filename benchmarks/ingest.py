"""How fast Bronze is filled, beside a plain Spark read and write of the same files in the same session.

`python -m benchmarks.ingest [--files N]`: the whole till-line and placement feeds, then N small files in one run. Prints a
table; a ratio is the plain copy's time divided by ours, so more is better.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from lakevault.feeds import Column, Feed, read_feeds
from lakevault.ingest import loader
from lakevault.ingest.admission import Admission
from lakevault.ingest.landing import LandingZone
from lakevault.ingest.on_executors import look_at
from lakevault.lake.ledger import LEDGER, KnownFiles
from lakevault.sample import land_sample
from tests.embedded import PROJECT, start_spark

# As in the profile.
JAVA_OPTIONS = "-XX:+UseParallelGC -XX:ReservedCodeCacheSize=240m"
SETTINGS = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.parquet.compression.codec": "zstd",
}
GOALS = {"landing alone": 0.7, "with admission": 0.7}


def land_loose(label: str, sample: Path, landing: Path) -> list[Path]:
    """Land the files of one feed, and no others, without manifests: a backlog that one delivery takes."""
    source, name = label.split(".")
    folder = landing / "incoming" / source / name
    folder.mkdir(parents=True)
    for path in sorted((sample / "incoming").rglob(f"{source}/{name}.*")):
        shutil.copy(path, folder / f"{path.parents[1].name}{path.suffix}")
    return sorted(folder.iterdir())


def plain_copy(spark: Any, feed: Feed, files: list[Path]) -> float:
    """Read the feed's files with a given schema and write them to a Delta table, as anybody would; seconds."""
    schema = ", ".join(f"`{name}` string" for name in feed.column_names)
    reader = spark.read.schema(schema).options(header=True)
    spark.sql("drop table if exists bronze.plain")
    start = time.monotonic()
    reader.format(feed.format).load([str(path) for path in files]).write.format("delta").saveAsTable("bronze.plain")
    return time.monotonic() - start


def ours(spark: Any, feed: Feed, landing: Path) -> tuple[float, float]:
    """Take all that lies in a landing zone; seconds of admission, and of landing, quarantine and ledger."""
    spark.sql(f"drop table if exists {feed.table}")
    spark.sql(f"drop table if exists {LEDGER}")
    loader.init(spark, {feed.label: feed})
    zone = LandingZone(landing, {feed.label: feed}, settle_seconds=0)
    deliveries = Admission(zone, {feed.label: feed}, KnownFiles(), look_at(lambda: spark)).deliveries()
    admission = load = 0.0
    while True:
        start = time.monotonic()
        delivery = next(deliveries, None)
        admission += time.monotonic() - start
        if delivery is None:
            return admission, load
        start = time.monotonic()
        loader.load(spark, delivery, {feed.label: feed}, zone, resumed=False)
        load += time.monotonic() - start


def compare(spark: Any, home: Path, label: str, placements: str, table: Table) -> None:
    """One feed of the sample, whole: plain copy and ours in turn, twice, the better of each."""
    feed = read_feeds(PROJECT / "models")[label]
    sample = home / label
    land_sample(sample, home / "truth", placements=placements if "placement" in label else "slice")
    plain, admission, load = [], [], []
    for turn in range(2):
        landing = home / f"{label}-{turn}"
        plain.append(plain_copy(spark, feed, land_loose(label, sample, landing)))
        admitted, loaded = ours(spark, feed, landing)
        admission.append(admitted)
        load.append(loaded)
        shutil.rmtree(landing)
    rows = spark.table(feed.table).count()
    assert rows == spark.table("bronze.plain").count()
    copy, alone, together = min(plain), min(load), min(load) + min(admission)
    table.add_row(label, f"{rows:,}", *(f"{value:.1f}" for value in (copy, min(admission), alone)), f"{copy / alone:.2f}", f"{copy / together:.2f}")  # fmt: skip
    shutil.rmtree(sample)


def small_files(spark: Any, home: Path, number: int, console: Console) -> None:
    """Many small files in one delivery; prints the cost of a file."""
    columns = (Column(name="line_id", type="bigint"), Column(name="text"))
    feed = Feed(source="small", name="line", table="bronze.small_line", columns=columns, format="csv", key=("line_id",))
    folder = home / "small" / "incoming" / "small" / "line"
    folder.mkdir(parents=True)
    for file in range(number):
        (folder / f"{file:06d}.csv").write_text(f"line_id,text\n{file},a\n{file},b\n")
    admission, load = ours(spark, feed, home / "small")
    assert spark.table(feed.table).count() == 2 * number
    console.print(
        f"{number:,} files of two rows in one run: admission {admission / number * 1000:.1f} ms a file, landing and ledger "
        f"{load / number * 1000:.1f} ms a file, {admission + load:.0f} s in all"
    )


def main(files: int, placements: str) -> int:
    """Run all of it; exit code 1 when a goal was missed."""
    console = Console(width=120)
    home = Path(tempfile.mkdtemp(prefix="benchmark-ingest-")).resolve()
    os.environ.setdefault("LAKEVAULT_MEMORY", "6g")
    spark = start_spark(home, JAVA_OPTIONS, SETTINGS)
    spark.sparkContext.setLogLevel("ERROR")
    table = Table(
        "feed", "rows", "plain copy, s", "admission, s", "landing, s", *(f"{n} ({g})" for n, g in GOALS.items())
    )
    try:
        spark.sql("create schema if not exists bronze")
        for label in ("pos.sale_line", "marketing.placement"):
            compare(spark, home, label, placements, table)
        console.print(table)
        small_files(spark, home, files, console)
    finally:
        spark.stop()
        shutil.rmtree(home, ignore_errors=True)
    ratios = [[float(value) for value in column.cells] for column in table.columns[-2:]]
    return int(any(value < goal for values, goal in zip(ratios, GOALS.values(), strict=True) for value in values))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000, help="how many small files")
    parser.add_argument(
        "--placements", choices=("all", "slice"), default="all", help="one store's placements are quicker"
    )
    chosen = parser.parse_args()
    sys.exit(main(chosen.files, chosen.placements))
