"""Topics: what the broker has and the lake has not, received once and landed as a delivery with a manifest.

Nothing is remembered about a topic but what the ledger and the landing zone say (docs/decisions/0021-topics.md).
"""

import base64
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import msgspec

from lakevault.feeds import Feed
from lakevault.files import write_json
from lakevault.ingest.formats import Span, recorded_span
from lakevault.ingest.formats.messages import header_line
from lakevault.streams import transactions

if TYPE_CHECKING:
    from confluent_kafka import Consumer

# Options of librdkafka, with _ for the dots: LAKEVAULT_KAFKA_BOOTSTRAP_SERVERS, LAKEVAULT_KAFKA_SASL_PASSWORD.
OPTION = "LAKEVAULT_KAFKA_"
BROKERS = f"{OPTION}BOOTSTRAP_SERVERS"
# A file is read by one task, and holds no more than this.
MESSAGES_PER_FILE = 500_000
BYTES_PER_FILE = 1 << 27
MESSAGES_AT_ONCE = 10_000
# The file that is being written.
PART = "part"
# So long may a broker be silent.
TIMEOUT = 30.0
FIXED_OPTIONS = {
    # A group is needed to ask, but nothing is kept in it.
    "group.id": "lakevault",
    "enable.auto.commit": False,
    # What a transaction took back was never said.
    "isolation.level": "read_committed",
    "auto.offset.reset": "error",
    "enable.partition.eof": True,
    # What is wrong comes as an exception; the log would repeat it on the terminal.
    "log_level": 0,
}

_encode = msgspec.json.Encoder().encode


@dataclass
class Received:
    """Files of one delivery, below `folder`, as its manifest names them; and sentences about what could not be received."""

    folder: Path
    files: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def receive(
    feeds: dict[str, Feed],
    landing: Path,
    end_of: Callable[[str, int], int | None],
    orders: transactions.Orders = lambda *_: set(),
    time_of: Callable[[Feed, int, int], datetime | None] = lambda *_: None,
) -> list[str]:
    """Land what topics have that neither the lake nor the landing zone has, as one delivery.

    A broker, a topic or a partition that cannot be read stops no other one, and no files.

    Args:
        feeds: all feeds by label; those of topics are received when LAKEVAULT_KAFKA_BOOTSTRAP_SERVERS names a broker.
        landing: the landing zone.
        end_of: the offset behind the last one that the lake has of a feed's partition; none when it has none.
        orders: the positions of a transaction's changes that the lake has of a change feed.
        time_of: when the broker had a message that the lake has, by feed, partition and offset (UTC); none when it has no such.

    Returns:
        Sentences about what could not be received; somebody has to act.
    """
    topics = [feed for feed in feeds.values() if feed.topic]
    if not topics or not os.environ.get(BROKERS):
        return []
    # Beside incoming/, so that a kill leaves nothing that looks like a delivery.
    received = Received(landing / "receiving")
    shutil.rmtree(received.folder, ignore_errors=True)
    landed = _landed(landing / "incoming", topics)

    def start_of(feed: Feed, partition: int) -> int | None:
        ends = (end_of(feed.label, partition), landed.get((feed.label, partition)))
        return max((end for end in ends if end is not None), default=None)

    for feed in topics:
        received.problems += _receive(feed, start_of, time_of, received)
    for topic in dict.fromkeys(feed.transactions for feed in topics if feed.transactions):
        received.problems += _hold_back(
            topic, [feed for feed in topics if feed.transactions == topic], received, orders
        )
    # What a partition that broke has left.
    (received.folder / PART).unlink(missing_ok=True)
    if received.files:
        now = datetime.now(UTC)
        write_json(
            received.folder / "manifest.json", {"load_dts": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "files": received.files}
        )
        target = landing / "incoming" / f"topics-{now:%Y%m%dT%H%M%S.%f}"
        target.parent.mkdir(parents=True, exist_ok=True)
        received.folder.rename(target)
    shutil.rmtree(received.folder, ignore_errors=True)
    return received.problems


def _landed(incoming: Path, topics: list[Feed]) -> dict[tuple[str, int], int]:
    """By feed and partition, the offset behind the last one of the ranges that wait in incoming/."""
    ends: dict[tuple[str, int], int] = {}
    by_label = {feed.label: feed for feed in topics}
    for path in incoming.glob("**/*.*"):
        feed = by_label.get(".".join(path.parts[-3:-1]))
        span = recorded_span(path) if feed and path.is_file() else None
        if feed and span and span.topic == feed.topic:
            key = (feed.label, span.partition)
            ends[key] = max(ends.get(key, span.end), span.end)
    return ends


def _hold_back(topic: str, feeds: list[Feed], received: Received, orders: transactions.Orders) -> Iterator[str]:
    """Take out of what was received the changes of transactions that are not whole; gives what is wrong."""
    from confluent_kafka import Consumer, KafkaException

    by_label = {feed.label: feed for feed in feeds}
    ranges = [
        transactions.Range(by_label[label], span, received.folder / file["path"])
        for file in received.files
        if (label := f"{file['source']}.{file['feed']}") in by_label
        and (span := recorded_span(received.folder / file["path"]))
    ]
    if not ranges:
        return
    consumer = Consumer(_options() | FIXED_OPTIONS)
    try:
        cuts, problems = transactions.held_back(consumer, topic, feeds, ranges, orders)
    except KafkaException as error:
        # Without the markers nobody knows which transactions are whole: nothing of them lands.
        yield f"{topic} could not be read ({error.args[0].name()}), so its transactions wait; the next start goes on from here"
        cuts, problems = {(each.feed.label, each.span.partition): 0 for each in ranges}, []
    finally:
        consumer.close()
    yield from problems
    for each in ranges:
        span = each.span
        at = cuts.get((each.feed.label, span.partition), span.end)
        if at >= span.end:
            continue
        received.files = [file for file in received.files if received.folder / file["path"] != each.path]
        rest = transactions.cut(each.path, at)
        each.path.unlink()
        if at > span.start:
            part = received.folder / PART
            part.write_bytes(rest)
            _keep(part, each.feed, Span(span.topic, span.partition, span.start, at), received)


def _options() -> dict[str, str]:
    """What the variables say for the broker's client."""
    return {
        name.removeprefix(OPTION).lower().replace("_", "."): value
        for name, value in os.environ.items()
        if name.startswith(OPTION)
    }


def _receive(
    feed: Feed,
    start_of: Callable[[Feed, int], int | None],
    time_of: Callable[[Feed, int, int], datetime | None],
    received: Received,
) -> Iterator[str]:
    """Receive one topic; gives what is wrong with it."""
    from confluent_kafka import Consumer, KafkaException

    try:
        consumer = Consumer(_options() | FIXED_OPTIONS)
    except KafkaException as error:
        # Its text may quote a value, and a value may be a password.
        named = re.search(r'property:? "([\w.]+)"', error.args[0].str())
        option = OPTION + named[1].upper().replace(".", "_") if named else f"one of {OPTION}*"
        yield f"{feed.label}: the broker's client does not take {option} as it is set"
        return
    try:
        about = consumer.list_topics(feed.topic, timeout=TIMEOUT).topics[feed.topic]
        if about.error:
            yield f"{feed.label}: the broker has no topic {feed.topic} that may be read ({about.error.name()})"
        for partition in sorted(about.partitions):
            start = start_of(feed, partition)
            last = time_of(feed, partition, start - 1) if start else None
            yield from _receive_partition(consumer, feed, partition, start, last, received)
    except KafkaException as error:
        yield f"{feed.label}: topic {feed.topic} could not be read ({error.args[0].name()}); the next start goes on from here"
    finally:
        consumer.close()


def _receive_partition(
    consumer: "Consumer", feed: Feed, partition: int, start: int | None, last: datetime | None, received: Received
) -> Iterator[str]:
    """Receive one partition from `start` on; `last` is when the broker had the message before, if the lake has it."""
    from confluent_kafka import TopicPartition

    topic = str(feed.topic)
    first, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=TIMEOUT)
    again = "the topic was created again. Give the new one a name of its own, and define a feed for it"
    if start is not None and end < start:
        yield f"{feed.label}: partition {partition} of {topic} ends at offset {end}, and the lake has it up to {start}: {again}"
        return
    if start and last and first < start < end and not _has(consumer, topic, partition, start - 1, last):
        yield f"{feed.label}: offset {start - 1} of partition {partition} of {topic} is not the message that the lake has: {again}"
        return
    # What lies in between has expired; admission says so.
    at = first if start is None else max(first, start)
    if at == end:
        return
    consumer.assign([TopicPartition(topic, partition, at)])
    try:
        while at < end:
            reached = _write(consumer, feed, Span(topic, partition, at, end), received)
            if reached is None:
                yield f"{feed.label}: partition {partition} of {topic} gave no message for {TIMEOUT:.0f} s at offset {at}"
                return
            if reached == at:
                # A transaction that is still open.
                return
            at = reached
    finally:
        consumer.unassign()


def _has(consumer: "Consumer", topic: str, partition: int, offset: int, at: datetime) -> bool:
    """Whether a partition still has a message that the broker had at some time; also when compaction has removed it."""
    from confluent_kafka import TopicPartition

    consumer.assign([TopicPartition(topic, partition, offset)])
    try:
        found = [message for message in consumer.consume(1, timeout=TIMEOUT) if message.offset() == offset]
    finally:
        consumer.unassign()
    return all(message.error() or message.timestamp()[1] == round(at.timestamp() * 1000) for message in found)


def _write(consumer: "Consumer", feed: Feed, wanted: Span, received: Received) -> int | None:
    """Write a file with messages from the start of a range on.

    Gives the offset behind what was read, which is the start when there is nothing to read; None when the broker is silent.
    """
    from confluent_kafka import KafkaError, KafkaException

    part = received.folder / PART
    part.parent.mkdir(exist_ok=True, parents=True)
    at, count, silent_since, is_last = wanted.start, 0, time.monotonic(), False
    with part.open("wb") as file:
        while at < wanted.end and not is_last and count < MESSAGES_PER_FILE and file.tell() < BYTES_PER_FILE:
            messages = consumer.consume(min(MESSAGES_AT_ONCE, MESSAGES_PER_FILE - count), timeout=0.2)
            if messages:
                silent_since = time.monotonic()
            elif time.monotonic() - silent_since > TIMEOUT:
                return None
            for message in messages:
                offset = cast(int, message.offset())
                if error := message.error():
                    if error.code() != KafkaError._PARTITION_EOF:
                        raise KafkaException(error)
                    # Markers of transactions may stand behind the last message.
                    at, is_last = max(at, offset), True
                elif offset < wanted.end:
                    file.write(_line(message))
                    at, count = offset + 1, count + 1
                else:
                    at = wanted.end
    if at > wanted.start:
        _keep(part, feed, Span(wanted.topic, wanted.partition, wanted.start, at), received)
    part.unlink()
    return at


def _keep(part: Path, feed: Feed, span: Span, received: Received) -> None:
    """Make a file of the delivery of some lines and the range that they stand for."""
    name = f"{feed.source}/{feed.name}/{span.partition}-{span.start:012d}-{span.end:012d}.jsonl"
    path = received.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with path.open("wb") as file, part.open("rb") as lines:
        for block in _blocks(header_line(span), lines):
            digest.update(block)
            file.write(block)
        size = file.tell()
    entry = {"source": feed.source, "feed": feed.name, "path": name, "size": size, "sha256": digest.hexdigest()}
    received.files.append(entry)


def _blocks(first: bytes, file: IO[bytes]) -> Iterator[bytes]:
    yield first
    while block := file.read(1 << 20):
        yield block


def _line(message: Any) -> bytes:
    """A message as it is recorded."""
    kind, moment = message.timestamp()
    recorded = {"offset": message.offset(), "timestamp": moment if kind else None}
    recorded |= _text("key", message.key())
    headers = message.headers()
    if headers:
        recorded["headers"] = [[name, *_text("", value).values()] for name, value in headers]
    return _encode(recorded | _text("value", message.value())) + b"\n"


def _text(name: str, value: bytes | None) -> dict[str, str | None]:
    try:
        return {name: None if value is None else value.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(value or b"").decode()}
