"""given a broker, when its messages are received, then each is landed once, recorded and live are the same, and no loss is silent.

The broker is librdkafka's own, within this process: it speaks Kafka's protocol, has offsets and retention, and no transactions.
"""

import gzip
import json
import shutil
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from confluent_kafka import KafkaError, KafkaException, Message, Producer
from ingestion import Zoo, feed
from topics import TOPIC, recording, topic_feed

from lakevault.feeds import Feed, parse_feeds
from lakevault.ingest.formats import inspect
from lakevault.streams import receive as receiving
from lakevault.streams.receive import BROKERS, receive

PLAIN = feed("csv", {"id": {}}, format="csv", key=["id"])


class Broker:
    """A broker of one node with the topic, which has four partitions."""

    def __init__(self) -> None:
        self._producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "mock", "log_level": 0})
        [broker] = self._producer.list_topics(TOPIC, timeout=10).brokers.values()
        self.address = f"127.0.0.1:{broker.port}"

    def send(self, *messages: tuple[int, str | None, str | bytes | None]) -> None:
        """Send messages: partition, key, value."""
        for partition, key, value in messages:
            self._producer.produce(TOPIC, value, key, partition, headers=[("trace", b"7"), ("code", b"\xff")])
            self._producer.poll(0)
        self._producer.flush(10)

    def send_events(self, partition: int, start: int, end: int, padding: int = 0) -> None:
        """Send one event for each number."""
        for number in range(start, end):
            self.send((partition, f"k{number}", json.dumps({"event_id": f"e{number}", "pad": "x" * padding})))


@pytest.fixture(scope="module")
def web() -> Feed:
    text = yaml.safe_dump({"sources": [{"name": "zoo", "schema": "bronze", "tables": [topic_feed()]}]})
    return parse_feeds(Path("_zoo__sources.yml"), text)["zoo.web"]


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    """A broker of its own for a test, which this process would receive from."""
    broker = Broker()
    monkeypatch.setenv(BROKERS, broker.address)
    return broker


def ranges(landing: Path, web: Feed) -> list[tuple[int, int, int, int]]:
    """Of all files in incoming/: partition, first offset, the one behind the last, messages."""
    found = []
    for path in landing.glob("incoming/**/*.jsonl"):
        content = inspect(path, web)
        assert content.span
        found.append((content.span.partition, content.span.start, content.span.end, content.rows))
    return sorted(found)


def test_each_start_receives_what_is_new(broker, web, tmp_path):
    broker.send_events(0, 0, 5)
    broker.send_events(2, 0, 3)
    assert receive({"zoo.web": web}, tmp_path, lambda *_: None) == []
    assert ranges(tmp_path, web) == [(0, 0, 5, 5), (2, 0, 3, 3)]
    broker.send_events(0, 5, 7)
    # What has landed and is not in the ledger yet is not received again; what is in the ledger neither.
    receive({"zoo.web": web}, tmp_path, lambda *_: None)
    shutil.rmtree(tmp_path / "incoming")
    broker.send_events(2, 3, 4)
    receive({"zoo.web": web}, tmp_path, lambda _, partition: {0: 7, 2: 3}[partition] if partition in (0, 2) else None)
    assert ranges(tmp_path, web) == [(2, 3, 4, 1)]


def test_a_backlog_comes_in_files_that_one_task_can_read(broker, web, tmp_path, monkeypatch):
    monkeypatch.setattr(receiving, "MESSAGES_PER_FILE", 30)
    broker.send_events(1, 0, 70)
    receive({"zoo.web": web}, tmp_path, lambda *_: None)
    assert ranges(tmp_path, web) == [(1, 0, 30, 30), (1, 30, 60, 30), (1, 60, 70, 10)]


def test_what_a_killed_start_had_received_is_received_again(broker, web, tmp_path):
    broker.send_events(0, 0, 5)
    (tmp_path / "receiving" / "zoo" / "web").mkdir(parents=True)
    (tmp_path / "receiving" / "zoo" / "web" / "0-000000000000-000000000003.jsonl").write_text("half a li")
    receive({"zoo.web": web}, tmp_path, lambda *_: None)
    assert ranges(tmp_path, web) == [(0, 0, 5, 5)]
    assert not (tmp_path / "receiving").exists()


def test_a_partition_that_breaks_is_told_and_the_others_are_landed_whole(broker, web, tmp_path, monkeypatch):
    line = receiving._line

    def breaking(message: Message) -> bytes:
        if message.key() == b"k9":
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        return line(message)

    monkeypatch.setattr(receiving, "_line", breaking)
    broker.send_events(0, 0, 5)
    broker.send_events(1, 5, 10)
    [said] = receive({"zoo.web": web}, tmp_path, lambda *_: None)
    assert said == "zoo.web: topic web-events could not be read (_TRANSPORT); the next start goes on from here"
    assert ranges(tmp_path, web) == [(0, 0, 5, 5)]
    [folder] = (tmp_path / "incoming").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "zoo"]


def test_a_recording_that_waits_is_not_received_again(broker, web, tmp_path):
    broker.send_events(0, 0, 5)
    path = tmp_path / "incoming" / "zoo" / "web" / "recorded.jsonl.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(recording(0, 4).encode()))
    receive({"zoo.web": web}, tmp_path, lambda *_: None)
    assert ranges(tmp_path, web) == [(0, 4, 5, 1)]


def test_what_cannot_be_received_is_said_without_a_secret(broker, web, tmp_path, monkeypatch):
    broker.send_events(0, 0, 5)
    assert receive({"zoo.web": web}, tmp_path / "a", lambda *_: 9) == [
        "zoo.web: partition 0 of web-events ends at offset 5, and the lake has it up to 9: the topic was created again. Give the new one "
        "a name of its own, and define a feed for it",
        *(
            f"zoo.web: partition {partition} of web-events ends at offset 0, and the lake has it up to 9: the topic was created again. Give "
            "the new one a name of its own, and define a feed for it"
            for partition in (1, 2, 3)
        ),
    ]
    monkeypatch.setenv("LAKEVAULT_KAFKA_SECURITY_PROTOCOL", "hunter2")
    [said] = receive({"zoo.web": web}, tmp_path / "b", lambda *_: None)
    assert said == "zoo.web: the broker's client does not take LAKEVAULT_KAFKA_SECURITY_PROTOCOL as it is set"
    monkeypatch.delenv("LAKEVAULT_KAFKA_SECURITY_PROTOCOL")
    monkeypatch.setenv(BROKERS, "127.0.0.1:1")
    monkeypatch.setattr(receiving, "TIMEOUT", 2)
    [said] = receive({"zoo.web": web}, tmp_path / "c", lambda *_: None)
    assert said.startswith("zoo.web: topic web-events could not be read")
    assert not list(tmp_path.glob("*/incoming/*"))


def test_a_topic_that_was_created_again_is_noticed_also_when_it_has_more_messages(broker, web, tmp_path):
    broker.send_events(0, 0, 5)
    receive({"zoo.web": web}, tmp_path / "before", lambda *_: None)
    [path] = (tmp_path / "before").glob("incoming/*/zoo/web/*.jsonl")
    last = datetime.fromtimestamp(json.loads(path.read_text().splitlines()[-1])["timestamp"] / 1000, UTC)
    broker.send_events(0, 5, 9)
    end_of = {0: 5}
    # The same message is at the last offset, and then another one.
    for name, at in (("same", last), ("another", last + timedelta(milliseconds=1))):
        said = receive({"zoo.web": web}, tmp_path / name, lambda _, n: end_of.get(n), time_of=lambda *_, at=at: at)
        assert (len(said), ranges(tmp_path / name, web)) == {"same": (0, [(0, 5, 9, 4)]), "another": (1, [])}[name]
    assert said == [
        "zoo.web: offset 4 of partition 0 of web-events is not the message that the lake has: the topic was created again. Give the new "
        "one a name of its own, and define a feed for it"
    ]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Zoo, Broker]]:
    """A lake that follows a broker, after the first messages."""
    broker = Broker()
    zoo = Zoo.with_feeds(tmp_path_factory.mktemp("live"), [topic_feed(), PLAIN])
    zoo.environment[BROKERS] = broker.address
    broker.send_events(0, 0, 3)
    broker.send((1, "k", None), (1, None, b"\xff\x00"), (1, "k", '{"event_id": "e", "amount": 1.50}'))
    process = zoo.start("ingest", "--follow", "--every", "1")
    wait_for(zoo, "e")
    broker.send_events(0, 3, 4)
    wait_for(zoo, "e3")
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, "Stopped: every delivery that was begun is in Bronze." in said) == (0, True), said
    yield zoo, broker


def wait_for(zoo: Zoo, event: str) -> None:
    """Until an event is in Bronze and its delivery in the ledger."""
    until = time.monotonic() + 120
    while event not in {row["event_id"] for row in zoo.table("zoo_web")} or not zoo.table("ledger"):
        assert time.monotonic() < until
        time.sleep(0.5)


def test_following_loads_each_message_once(live):
    zoo, _ = live
    rows = [(row["message_partition"], row["record_number"], row["event_id"]) for row in zoo.table("zoo_web")]
    assert sorted(rows, key=repr) == [(0, n, f"e{n}") for n in range(4)] + [(1, 0, None), (1, 2, "e")]
    [poison] = zoo.table("quarantine")
    assert (poison["position"], json.loads(poison["raw_text"])["value_base64"]) == (1, "/wA=")


def test_recorded_messages_give_the_same_bronze_as_the_broker(live, tmp_path):
    zoo, _ = live
    recorded = Zoo.with_feeds(tmp_path, [topic_feed(), PLAIN])
    names = {row["file_id"]: row["file_name"] for row in zoo.table("ledger")}
    for path in zoo.landing.glob("accepted/*/zoo.web/*"):
        recorded.put(names["-".join(path.name.split("-")[:2])], path.read_bytes())
    for path in zoo.landing.glob("accepted/*/*.manifest.json"):
        recorded.put(f"{path.name.removesuffix('.manifest.json')}/manifest.json", path.read_bytes())
    recorded.run("ingest")

    def content(of: Zoo, table: str) -> list[str]:
        return sorted(repr(row) for row in of.table(table))

    assert content(recorded, "zoo_web") == content(zoo, "zoo_web")
    assert content(recorded, "quarantine") == content(zoo, "quarantine")


def test_messages_that_expired_unread_are_told_and_files_land_all_the_same(live):
    zoo, broker = live
    # The broker keeps five megabytes of a partition.
    broker.send_events(0, 4, 90, padding=100_000)
    zoo.put("zoo/csv/a.csv", "id\n1\n")
    zoo.run("ingest", code=1)
    assert zoo.ledger("zoo/csv/a.csv")["status"] == "loaded"
    [lost] = [row for row in zoo.table("ledger") if row["status"] == "lost"]
    numbers = sorted(row["record_number"] for row in zoo.table("zoo_web") if row["message_partition"] == 0)
    assert (lost["from_offset"], lost["until_offset"]) == (4, numbers[4])
    assert numbers == [0, 1, 2, 3, *range(lost["until_offset"], 90)]
    assert "never received" in lost["reason"]
    # It was told once; nothing is new now.
    assert "Nothing new" in zoo.run("ingest")
