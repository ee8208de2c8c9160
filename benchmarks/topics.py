"""How fast a topic comes into Bronze, beside a plain Spark copy of the same topic, and how much memory a backlog takes.

`python -m benchmarks.topics [--messages N] [--backlog M ...]`: starts a broker of its own (as `make streams` does), sends N events of
the web shop and copies them both ways in one Spark session; then runs `lakevault ingest` with a driver of 2 GB for 1,000 messages and
for each backlog. Prints two tables; the ratio is the plain copy's seconds divided by ours, so more is better. Linux only: processes
are measured by /proc.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import Producer
from rich.console import Console
from rich.table import Table

from benchmarks.ingest import JAVA_OPTIONS, SETTINGS
from lakevault.develop import live
from lakevault.feeds import Feed, read_feeds
from lakevault.ingest import loader
from lakevault.ingest.admission import Admission
from lakevault.ingest.landing import LandingZone
from lakevault.ingest.on_executors import look_at
from lakevault.lake.delta import query
from lakevault.lake.ledger import KnownFiles
from lakevault.paths import lake_environment
from lakevault.pipeline import jars
from lakevault.sample import web_events
from lakevault.streams.receive import BROKERS, receive
from tests.embedded import PROJECT, start_spark

PORT = 23092
SPARK_KAFKA = "org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0"
LABEL = "shop.web_event"
FEW = 1_000
GOAL = 0.7
# Seconds more than Spark needs to start.
GOAL_FEW = 3.0


@dataclass
class Cost:
    """Wall clock and CPU in seconds, and the highest resident memory in MB, of some processes."""

    wall: float = 0
    cpu: float = 0
    memory: float = 0


@contextmanager
def cost_of(pid: int) -> Iterator[Cost]:
    """The cost of a process and all that it has started, filled in at the end."""
    cost, before, done = Cost(), _tree(pid)[0], threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            cpu, memory = _tree(pid)
            # What has ended takes its CPU with it.
            cost.cpu, cost.memory = max(cost.cpu, cpu - before), max(cost.memory, memory)

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    try:
        yield cost
    finally:
        cost.wall = time.perf_counter() - start
        done.set()
        watcher.join()


def _tree(root: int) -> tuple[float, float]:
    """CPU seconds and resident MB of a process and its descendants."""
    found: dict[int, tuple[int, float, float]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks = sum(map(int, rest[11:15]))
        pages = int(rest[21])
        found[int(stat.parent.name)] = (int(rest[1]), ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGESIZE") / 1e6)  # fmt: skip
    wanted, cpu, memory = [root], 0.0, 0.0
    while wanted:
        pid = wanted.pop()
        cpu += found.get(pid, (0, 0.0, 0.0))[1]
        memory += found.get(pid, (0, 0.0, 0.0))[2]
        wanted += [child for child, (parent, _, _) in found.items() if parent == pid]
    return cpu, memory


def send(broker: str, topic: str, start: int, end: int) -> None:
    """Send events of the web shop, numbered from `start` to before `end`."""
    producer = Producer(
        {"bootstrap.servers": broker, "log_level": 0, "linger.ms": 50, "queue.buffering.max.messages": 1_000_000}
    )
    for number in range(start, end):
        event = {
            "event_id": f"E{number:09d}",
            "event_type": ("product_viewed", "cart_added", "checkout_completed")[number % 3],
            "session_id": f"S{number // 7:08d}",
            "household_id": number * 7919 % 2500,
            "product_id": 800_000 + number * 104_729 % 9_000,
            "occurred_at": f"2017-{number % 12 + 1:02d}-{number % 28 + 1:02d} {number % 24:02d}:{number % 60:02d}:00",
        }
        producer.produce(topic, json.dumps(event), event["session_id"], number // 7 % web_events.PARTITIONS)
        if number % 1000 == 0:
            producer.poll(0)
    producer.flush(120)


def plain_copy(spark: Any, feed: Feed, broker: str) -> None:
    """Read the topic with Spark's own source and write its messages and fields to a Delta table, as anybody would."""
    fields = ", ".join(f"`{column.name}` string" for column in feed.columns)
    messages = (
        spark.read.format("kafka").option("kafka.bootstrap.servers", broker).option("subscribe", feed.topic)
        .option("startingOffsets", "earliest").option("includeHeaders", True).load()
    )  # fmt: skip
    messages.selectExpr(
        f"from_json(string(value), '{fields}') as row", "partition", "offset", "timestamp", "string(key) as key",
        "to_json(headers) as headers", "string(value) as value",
    ).select("row.*", "partition", "offset", "timestamp", "key", "headers", "value").write.format("delta").saveAsTable(
        "bronze.plain"
    )  # fmt: skip


def ours(spark: Any, feed: Feed, landing: Path) -> None:
    """Receive the topic and load it, as `lakevault ingest` does."""
    feeds = {feed.label: feed}
    loader.init(spark, feeds)
    assert receive(feeds, landing, KnownFiles().end) == []
    zone = LandingZone(landing, feeds, settle_seconds=0)
    for delivery in Admission(zone, feeds, KnownFiles(), look_at(lambda: spark)).deliveries():
        loader.load(spark, delivery, feeds, zone, resumed=False)


def side_by_side(home: Path, broker: str, number: int, table: Table) -> float:
    """Both ways in one session, twice in turn; gives the ratio of the better seconds."""
    feed = read_feeds(PROJECT / "models")[LABEL]
    assert feed.topic
    send(broker, feed.topic, 0, number)
    kafka = home / "spark-kafka"
    jars.fetch_to(kafka, [SPARK_KAFKA])
    settings = SETTINGS | {"spark.jars": ",".join(map(str, kafka.glob("*.jar")))}
    spark = start_spark(home, JAVA_OPTIONS, settings)
    spark.sparkContext.setLogLevel("ERROR")
    costs: dict[str, list[Cost]] = {"plain Spark copy": [], "ingestion": []}
    try:
        spark.sql("create schema if not exists bronze")
        for turn in range(2):
            spark.sql("drop table if exists bronze.plain")
            with cost_of(os.getpid()) as cost:
                plain_copy(spark, feed, broker)
            costs["plain Spark copy"].append(cost)
            for name in (feed.table, "bronze.ledger", "bronze.quarantine", "bronze.settled"):
                spark.sql(f"drop table if exists {name}")
            with cost_of(os.getpid()) as cost:
                ours(spark, feed, home / f"landing-{turn}")
            costs["ingestion"].append(cost)
            counts = [spark.table(name).count() for name in (feed.table, "bronze.plain")]
            assert counts == [number, number], counts
            shutil.rmtree(home / f"landing-{turn}")
    finally:
        spark.stop()
    best = {name: Cost(min(c.wall for c in of_it), min(c.cpu for c in of_it)) for name, of_it in costs.items()}
    for name, cost in best.items():
        table.add_row(name, f"{cost.wall:.1f}", f"{number / cost.wall:,.0f}", f"{cost.cpu / number * 1e6:.1f}")
    return best["plain Spark copy"].wall / best["ingestion"].wall


def command(environment: dict[str, str], *arguments: str) -> Cost:
    """The cost of a command; a RuntimeError with what it said when it fails."""
    process = subprocess.Popen(
        [sys.executable, *arguments], env=environment, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )  # fmt: skip
    with cost_of(process.pid) as cost:
        said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(said[-3000:])
    return cost


def in_a_lake_of_its_own(home: Path, number: int, sent: int) -> Cost:
    """The cost of `lakevault ingest`, with a driver of 2 GB, for the messages from offset `sent` on; an empty lake before."""
    base = home / f"lake-{number}"
    environment = os.environ | lake_environment(base, small=False) | {"LAKEVAULT_MEMORY": "2g"}
    command(environment, "-m", "lakevault.cli", "init")
    cost = command(environment, "-m", "lakevault.cli", "ingest")
    [row] = query(base / "lake", "select count(*) as rows from shop_web_event", "bronze.shop_web_event")
    assert row["rows"] == sent, row
    shutil.rmtree(base)
    return cost


def main(messages: int, backlogs: list[int]) -> int:
    """Run all of it; exit code 1 when a goal was missed."""
    console = Console(width=120)
    home = Path(tempfile.mkdtemp(prefix="benchmark-topics-")).resolve()
    # PostgreSQL, which starts along, may run as a user of its own.
    home.chmod(0o755)
    os.environ.setdefault("LAKEVAULT_MEMORY", "6g")
    topic = str(read_feeds(PROJECT / "models")[LABEL].topic)
    copies = Table(f"{messages:,} messages", "seconds", "messages per second", f"CPU s per million (goal: {GOAL} of the plain copy's speed)")  # fmt: skip
    lakes = Table("lakevault ingest, driver of 2 GB", "seconds", "CPU s", "memory, MB")
    try:
        with broker_in(home / "one") as broker:
            ratio = side_by_side(home, broker, messages, copies)
        console.print(copies, f"speed beside the plain copy: {ratio:.2f}")
        with broker_in(home / "two") as broker:
            start = command(
                os.environ | lake_environment(home / "start", small=False),
                "-c",
                "from lakevault.pipeline import spark; spark.session().range(1).count()",
            )
            lakes.add_row(
                "Spark's start, and one query", f"{start.wall:.1f}", f"{start.cpu:.0f}", f"{start.memory:,.0f}"
            )
            sent = 0
            for number in sorted({FEW, *backlogs}):
                send(broker, topic, sent, number)
                sent = number
                cost = in_a_lake_of_its_own(home, number, sent)
                lakes.add_row(f"{number:,} messages", f"{cost.wall:.1f}", f"{cost.cpu:.0f}", f"{cost.memory:,.0f}")
                if number == FEW:
                    more = cost.wall - start.wall
        console.print(lakes, f"{FEW:,} messages take {more:.1f} s more than Spark's start (goal: {GOAL_FEW:.0f})")
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return int(ratio < GOAL or more > GOAL_FEW)


@contextmanager
def broker_in(folder: Path) -> Iterator[str]:
    """A broker with nothing in it; gives its address."""
    folder.mkdir(mode=0o755)
    kept = PROJECT / live.FOLDER / "jars"
    kept.parent.mkdir(parents=True, exist_ok=True)
    jars.fetch_to(kept, live.COORDINATES)
    (folder / "jars").symlink_to(kept)
    streams = live.Streams(folder, PORT)
    streams.start(Console(quiet=True))
    try:
        # As `lakevault ingest` is told where the broker is.
        os.environ[BROKERS] = streams.broker
        yield streams.broker
    finally:
        streams.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=1_000_000, help="how many messages both ways copy")
    parser.add_argument(
        "--backlog", type=int, nargs="*", default=[1_000_000, 10_000_000], help="how many wait for a lake"
    )
    chosen = parser.parse_args()
    sys.exit(main(chosen.messages, chosen.backlog))
