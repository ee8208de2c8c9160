"""Whole transactions: of a database's changes, what belongs to a transaction that is not whole yet waits in its topic.

Debezium says in a topic of its own how many changes of each table a transaction has. One connector sends transactions one after the
other, so each topic is cut before the first message that has to wait, and the next start goes on there.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lakevault.feeds import Feed
from lakevault.ingest.formats import Span
from lakevault.ingest.formats.changes import place_of

if TYPE_CHECKING:
    from confluent_kafka import Consumer

# How long before its changes the marker of a transaction may have come: clocks and batches of the connector differ.
EARLIER_MS = 600_000
# A transaction that is not whole for so long is a fault, not a matter of waiting.
PATIENCE_MS = 600_000
# So long may a broker be silent, in seconds.
TIMEOUT = 30.0
Orders = Callable[[Feed, int], set[int]]


@dataclass(frozen=True)
class Range:
    """A file with a range of a topic that was received."""

    feed: Feed
    span: Span
    path: Path


@dataclass(frozen=True)
class Message:
    """Offset and broker time (milliseconds) of a message, and of its change, if any: transaction, position in it, place in the log."""

    offset: int
    time: int
    transaction: int | None
    order: int
    lsn: int


class _Count(msgspec.Struct):
    data_collection: str
    event_count: int


class _Marker(msgspec.Struct):
    status: str
    id: str
    data_collections: list[_Count] | None = None


def messages_of(path: Path) -> Iterator[Message]:
    """The messages of a received range. A tombstone follows the change that it belongs to, and has its place."""
    last: tuple[int | None, int, int] = (None, 0, 0)
    with path.open() as file:
        next(file)
        for line in file:
            message = json.loads(line)
            if message.get("value") is not None:
                last = place_of(message["value"]) or (None, 0, 0)
            yield Message(message["offset"], message["timestamp"] or 0, *last)


def held_back(
    consumer: "Consumer", topic: str, feeds: list[Feed], ranges: list[Range], orders: Orders
) -> tuple[dict[tuple[str, int], int], list[str]]:
    """Where the topics of one connector have to be cut.

    Args:
        consumer: reads the markers.
        topic: of the markers.
        feeds: those of the connector's topics.
        ranges: what was received of the connector's topics.
        orders: the positions of a transaction's changes that the lake has of a feed already.

    Returns:
        By feed and partition the first offset that has to wait, and a sentence on each transaction that waits for longer than it
        should.
    """
    messages = [(each, message) for each in ranges for message in messages_of(each.path)]
    changes: dict[int, list[tuple[Feed, Message]]] = {}
    for each, message in messages:
        if message.transaction is not None:
            changes.setdefault(message.transaction, []).append((each.feed, message))
    if not changes:
        return {}, []
    first_sent = min(message.time for of_it in changes.values() for _, message in of_it)
    ends = {
        int(marker.id.split(":")[0]): marker
        for marker in _markers(consumer, topic, first_sent - EARLIER_MS)
        if marker.status == "END"
    }
    # What stands in the log before the last marker has had its own, which may have expired since.
    reached = max((int(marker.id.split(":")[1]) for marker in ends.values()), default=0)
    waiting: dict[int, str] = {}
    for transaction, of_it in changes.items():
        if transaction in ends:
            missing = _missing(ends[transaction], transaction, of_it, feeds, orders)
        else:
            missing = "its end was not sent" if max(message.lsn for _, message in of_it) >= reached else ""
        if missing:
            waiting[transaction] = missing
    if not waiting:
        return {}, []
    first_lsn = min(message.lsn for transaction in waiting for _, message in changes[transaction])
    cuts: dict[tuple[str, int], int] = {}
    for each, message in messages:
        if message.lsn >= first_lsn:
            place = (each.feed.label, each.span.partition)
            cuts[place] = min(message.offset, cuts.get(place, message.offset))
    now = time.time() * 1000
    since = {number: max(message.time for _, message in changes[number]) for number in waiting}
    return cuts, [
        f"transaction {number} of {topic} is not whole after {(now - since[number]) / 60_000:.0f} minutes ({why}): it waits in its topics, and "
        "so does all that follows. Does the connector run?"
        for number, why in sorted(waiting.items())
        if now - since[number] > PATIENCE_MS
    ]


def cut(path: Path, before: int) -> bytes:
    """The lines of a received range before an offset, without the first line of the file."""
    with path.open("rb") as file:
        next(file)
        return b"".join(line for line in file if json.loads(line)["offset"] < before)


def _missing(
    marker: _Marker, transaction: int, of_it: Iterable[tuple[Feed, Message]], feeds: list[Feed], orders: Orders
) -> str:
    """What a transaction lacks of the changes that its marker counts, in words; empty when it is whole."""
    found: dict[str, set[int]] = {}
    for feed, message in of_it:
        found.setdefault(feed.label, set()).add(message.order)
    for count in marker.data_collections or []:
        for feed in feeds:
            if feed.topic and feed.topic.endswith(f".{count.data_collection}"):
                have = found.get(feed.label, set())
                # A part may be here once more: the connector sent it again after a crash.
                if len(have) < count.event_count:
                    have = have | orders(feed, transaction)
                if len(have) < count.event_count:
                    return f"{len(have)} of {count.event_count} changes of {count.data_collection} have come"
    return ""


def _markers(consumer: "Consumer", topic: str, since: int) -> Iterator[_Marker]:
    """The markers that the topic has from a time on (milliseconds)."""
    from confluent_kafka import TopicPartition

    first, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=TIMEOUT)
    at = max(first, _offset_at(consumer, topic, since, end))
    if at >= end:
        return
    consumer.assign([TopicPartition(topic, 0, at)])
    try:
        silent_since = time.monotonic()
        while at < end and time.monotonic() - silent_since < TIMEOUT:
            for message in consumer.consume(10_000, timeout=0.2):
                silent_since = time.monotonic()
                if message.error():
                    # The end of the partition: what is left are markers of Kafka's own transactions.
                    at = end
                    continue
                at = (message.offset() or 0) + 1
                if value := message.value():
                    yield msgspec.json.decode(value, type=_Marker)
    finally:
        consumer.unassign()


def _offset_at(consumer: "Consumer", topic: str, time: int, end: int) -> int:
    """The offset of the first message from a time on; `end` when there is none."""
    from confluent_kafka import TopicPartition

    [found] = consumer.offsets_for_times([TopicPartition(topic, 0, max(time, 0))], timeout=TIMEOUT)
    return int(found.offset) if found.offset >= 0 else end
