"""given changes of transactions and Debezium's markers of them, when they are received, then only whole transactions land.

The broker is librdkafka's own, within this process.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from confluent_kafka import Producer
from topics import change, change_feed

from lakevault.feeds import Feed, parse_feeds
from lakevault.ingest.formats import inspect, read
from lakevault.streams import transactions
from lakevault.streams.receive import BROKERS, receive

MARKERS = "shop.transaction"


@pytest.fixture(scope="module")
def feeds() -> dict[str, Feed]:
    """Two tables of one database."""
    tables = []
    for name in ("person", "place"):
        table = change_feed({"id": {}}, topic=f"shop.public.{name}", transactions=MARKERS)
        tables.append(table | {"name": name, "identifier": f"zoo_{name}"})
    text = yaml.safe_dump({"sources": [{"name": "zoo", "schema": "bronze", "tables": tables}]})
    return parse_feeds(Path("_zoo__sources.yml"), text)


class Database:
    """What a database sends: changes of tables, and markers."""

    def __init__(self) -> None:
        self._producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "mock", "log_level": 0})
        self._lsn = 100
        for topic in ("shop.public.person", "shop.public.place", MARKERS):
            self._producer.list_topics(topic, timeout=10)
        [broker] = self._producer.list_topics(timeout=10).brokers.values()
        self.address = f"127.0.0.1:{broker.port}"

    def change(
        self, table: str, number: int, transaction: int, order: int, lsn: int | None = None, partition: int = 0
    ) -> None:
        """Send a change that creates a row."""
        self._lsn += 10
        source = {"schema": "public", "table": table, "lsn": lsn or self._lsn, "txId": transaction, "ts_us": 1}
        value = change("c", after={"id": number}, source=source, transaction={"id": "1:1", "total_order": order})
        self._producer.produce(f"shop.public.{table}", value, json.dumps({"id": number}), partition)
        self._producer.flush(10)

    def snapshot(self, table: str, number: int) -> None:
        """Send a row that a snapshot has read, and a tombstone behind it."""
        source = {"schema": "public", "table": table, "lsn": 50, "txId": 7, "ts_us": 1, "snapshot": "last"}
        for value in (change("r", after={"id": number}, source=source, transaction=None), None):
            self._producer.produce(f"shop.public.{table}", value, json.dumps({"id": number}), 0)
        self._producer.flush(10)

    def end(self, transaction: int, **counts: int) -> None:
        """Send the marker that ends a transaction: so many changes of each table."""
        self._lsn += 10
        tables = [{"data_collection": f"public.{name}", "event_count": count} for name, count in counts.items()]
        marker = {"status": "END", "id": f"{transaction}:{self._lsn}", "event_count": 1, "data_collections": tables}
        self._producer.produce(MARKERS, json.dumps(marker), partition=0)
        self._producer.flush(10)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    database = Database()
    monkeypatch.setenv(BROKERS, database.address)
    # This broker does not know which offset had come by a time.
    monkeypatch.setattr(transactions, "_offset_at", lambda *_: 0)
    return database


def landed(landing: Path, feeds: dict[str, Feed]) -> dict[str, list[str]]:
    """Ids of the rows that landed, by table; the ranges follow each other without a gap."""
    found: dict[str, list[str]] = {"person": [], "place": []}
    reached: dict[str, int] = {}
    for path in sorted(landing.glob("incoming/**/*.jsonl"), key=lambda path: (path.parent.name, path.name)):
        feed = feeds[f"zoo.{path.parent.name}"]
        span = inspect(path, feed).span
        assert span and span.start == reached.get(feed.name, 0)
        reached[feed.name] = span.end
        for records in read(path, feed, None):
            found[feed.name] += [value for value in records.columns.get("id", []) for value in [value.as_py()] if value]
    return found


Step = Callable[[Database], None]
CASES: dict[str, tuple[list[Step], dict[str, list[str]], list[Step], dict[str, list[str]]]] = {
    # what happened: (sent before the first start, landed by it; sent before the second, landed by then)
    "a transaction that has not ended waits, and so does what follows in the log": (
        [
            lambda db: db.change("person", 1, 11, 1),
            lambda db: db.end(11, person=1),
            lambda db: db.change("person", 2, 12, 1),
            lambda db: db.change("place", 3, 12, 2),
        ],
        {"person": ["1"], "place": []},
        [lambda db: db.end(12, person=1, place=1)],
        {"person": ["1", "2"], "place": ["3"]},
    ),
    "one that has ended, but of which a table's change has not come yet": (
        [
            lambda db: db.change("person", 2, 12, 1),
            lambda db: db.end(12, person=1, place=1),
            lambda db: db.change("person", 4, 13, 1),
            lambda db: db.end(13, person=1),
        ],
        {"person": [], "place": []},
        [lambda db: db.change("place", 3, 12, 2, lsn=115)],
        {"person": ["2", "4"], "place": ["3"]},
    ),
    "what a snapshot has read is of no transaction": (
        [lambda db: db.snapshot("person", 1), lambda db: db.change("person", 2, 12, 1)],
        {"person": ["1"], "place": []},
        [lambda db: db.end(12, person=1)],
        {"person": ["1", "2"], "place": []},
    ),
    "one whose end expired, which later ends tell": (
        [
            lambda db: db.change("person", 1, 11, 1),
            lambda db: db.change("person", 2, 12, 1),
            lambda db: db.end(12, person=1),
        ],
        {"person": ["1", "2"], "place": []},
        [],
        {"person": ["1", "2"], "place": []},
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_a_transaction_lands_whole_or_not_at_all(what, database, feeds, tmp_path):
    before, first, then, second = CASES[what]
    for sent, expected in ((before, first), (then, second)):
        for step in sent:
            step(database)
        assert receive(feeds, tmp_path, lambda *_: None) == []
        assert landed(tmp_path, feeds) == expected


def test_a_part_that_is_sent_again_is_whole_with_what_the_lake_has(database, feeds, tmp_path):
    database.change("person", 1, 11, 2)
    database.end(11, person=2)
    assert receive(feeds, tmp_path, lambda *_: None) == []
    assert landed(tmp_path, feeds)["person"] == []
    receive(feeds, tmp_path, lambda *_: None, lambda feed, transaction: {1, 2} if transaction == 11 else set())
    assert landed(tmp_path, feeds)["person"] == ["1"]


def test_a_transaction_that_does_not_become_whole_is_told(database, feeds, tmp_path, monkeypatch):
    monkeypatch.setattr(transactions, "PATIENCE_MS", -1)
    database.change("person", 1, 11, 1)
    database.end(11, person=3)
    [said] = receive(feeds, tmp_path, lambda *_: None)
    assert said.startswith(
        "transaction 11 of shop.transaction is not whole after 0 minutes (1 of 3 changes of public.person have come)"
    )
    assert landed(tmp_path, feeds)["person"] == []


def test_each_partition_of_a_table_is_cut_at_its_own_offset(database, feeds, tmp_path):
    for number in (1, 2, 3):
        database.change("person", number, number, 1)
        database.end(number, person=1)
    database.change("person", 4, 11, 1, partition=1)
    database.end(11, person=1)
    database.change("person", 5, 12, 1, partition=1)
    assert receive(feeds, tmp_path, lambda *_: None) == []
    spans = [inspect(path, feeds["zoo.person"]).span for path in tmp_path.glob("incoming/**/*.jsonl")]
    assert sorted((span.partition, span.start, span.end) for span in spans if span) == [(0, 0, 3), (1, 0, 1)]
