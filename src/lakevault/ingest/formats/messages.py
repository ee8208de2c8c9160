"""Recorded messages of a topic: JSON lines, a range of offsets of one partition each.

The first line says which offsets the file stands for; each further line is a message:

    {"topic": "web-events", "partition": 0, "from": 120, "until": 123}
    {"offset": 120, "timestamp": 1483228800000, "key": "b1", "headers": [["trace", "7"]], "value": "{\\"event_id\\": \\"e1\\"}"}

`timestamp` is the broker's, in milliseconds since 1970. Offsets of the range without a message are markers of transactions, or
were removed by compaction. A key or a value that is not UTF-8 is called key_base64 or value_base64.
"""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lakevault.feeds import CHANGE_COLUMNS, MESSAGE_COLUMNS, Options
from lakevault.ingest.formats.changes import Change, change_of
from lakevault.ingest.formats.json import Json, fill, object_of
from lakevault.ingest.formats.records import Records, Span, UnreadableError

ENVELOPE = ("offset", "timestamp", "key", "key_base64", "headers", "value", "value_base64")


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    topic: str
    partition: int
    start: int = msgspec.field(name="from")
    end: int = msgspec.field(name="until")


class Messages:
    """The messages of a recorded range, each with the fields of its value.

    A message whose value is not a JSON object is malformed, and one of `changes` that is no change; one without a value has no
    fields. Their numbers are offsets.
    """

    def __init__(self, options: Options, wanted: Sequence[str], texts: bool, changes: bool = False) -> None:
        self._wanted, self._texts, self._changes = wanted, texts, changes
        self._lines = Json(options, ENVELOPE, texts=True)
        self._span: Span | None = None
        self._next = 0

    def records(self, blocks: Iterator[str]) -> Iterator[Records]:
        """All messages of the text, in pieces. Raises UnreadableError when it is not what a recorder writes."""
        for found in self._lines.records(blocks):
            if found.malformed:
                raise UnreadableError(
                    "unreadable", f"record {found.malformed[0][0]} of the file is no recorded message"
                )
            if self._span is None and found.count:
                self._span = span_of(found.texts[0])
                found = _without_first(found)
            if found.count:
                yield self._messages(found)
            elif self._span:
                yield Records(span=self._span)
        if self._span is None:
            raise UnreadableError(
                "unreadable", "the first line, which says which offsets the file stands for, is missing"
            )

    def _messages(self, recorded: Records) -> Records:
        """Recorded lines as records."""
        assert self._span is not None
        offsets = self._offsets(recorded)
        nothing = pa.nulls(recorded.count, pa.string())
        values = recorded.columns.get("value", nothing).to_pylist()
        binary = recorded.columns.get("value_base64", nothing).to_pylist()
        # Only a change needs more than the value.
        keys, headers = (
            recorded.columns.get(name, nothing) if self._changes else nothing for name in ("key", "headers")
        )
        objects, lines, whole, malformed = [], [], [], []
        changes: list[Change | None] = []
        rows = zip(values, binary, keys.to_pylist(), headers.to_pylist(), strict=True)
        for place, (value, other, key, sent_with) in enumerate(rows):
            line, change = self._row(value, key, sent_with)
            fields = object_of(line) if other is None else None
            if fields is None:
                malformed.append((offsets[place], recorded.texts[place]))
            else:
                objects.append(fields)
                lines.append(line)
                whole.append(place)
                changes.append(change)
        found = Records(len(whole), malformed=malformed, numbers=[offsets[place] for place in whole], span=self._span)
        if self._texts:
            found.positions = list(found.numbers or ())
            found.texts = [recorded.texts[place] for place in whole]
        fill(found, b"\n".join(lines), lines, objects, self._wanted)
        if MESSAGE_COLUMNS.keys() & set(self._wanted):
            about = self._about(recorded, nothing)
            found.columns |= {name: array.take(pa.array(whole, pa.int64())) for name, array in about.items()}
        for name in CHANGE_COLUMNS.keys() & set(self._wanted):
            found.columns[name] = pa.array([change and change.about[name] for change in changes], pa.string())
        return found

    def _row(self, value: str | None, key: str | None, headers: str | None) -> tuple[bytes, Change | None]:
        """The text of the JSON object that a message has fields from, empty when it can be none, and the change that it is."""
        if value is None:
            # The key was deleted.
            return b"{}", None
        if not self._changes:
            return value.encode(), None
        change = change_of(value, key, headers)
        return change.row if change else b"", change

    def _offsets(self, recorded: Records) -> list[int]:
        """Offsets of recorded lines. Raises UnreadableError unless they are in the range and go up."""
        assert self._span is not None
        try:
            offsets = recorded.columns["offset"].cast(pa.int64())
        except (KeyError, pa.ArrowInvalid):
            raise UnreadableError("unreadable", "a message has no offset") from None
        if offsets.null_count:
            raise UnreadableError("unreadable", "a message has no offset")
        numbers = offsets.to_numpy()
        if (
            numbers[0] < max(self._next, self._span.start)
            or numbers[-1] >= self._span.end
            or (np.diff(numbers) < 1).any()
        ):
            raise UnreadableError(
                "unreadable", f"its offsets do not go up from {self._span.start} to before {self._span.end}"
            )
        self._next = int(numbers[-1]) + 1
        return [int(number) for number in numbers]

    def _about(self, recorded: Records, nothing: pa.Array) -> dict[str, pa.Array]:
        """The columns about the messages themselves, as text."""
        assert self._span is not None
        given = {name: recorded.columns.get(name, nothing) for name in ENVELOPE}
        try:
            time = given["timestamp"].cast(pa.int64()).cast(pa.timestamp("ms"))
            times = pc.strftime(time, "%Y-%m-%d %H:%M:%S")
        except (pa.ArrowInvalid, ValueError):
            raise UnreadableError(
                "unreadable", "a message has a timestamp that is not a number of milliseconds"
            ) from None
        coded = pc.binary_join_element_wise("base64", given["key_base64"], ":")
        partition = pa.array([str(self._span.partition)]).take(pa.array(np.zeros(recorded.count, np.int64)))
        return {
            "message_partition": partition,
            "message_time": times,
            "message_key": pc.coalesce(given["key"], coded),
            "message_headers": given["headers"],
            "message_value": given["value"],
        }


def header_line(span: Span) -> bytes:
    """The first line of a recorded range."""
    return msgspec.json.encode(_Header(span.topic, span.partition, span.start, span.end)) + b"\n"


def span_of(line: str) -> Span:
    """The range that the first line of a recording names. Raises UnreadableError when it is no such line."""
    try:
        found = msgspec.json.decode(line, type=_Header)
    except msgspec.MsgspecError:
        raise UnreadableError(
            "unreadable", 'its first line must be {"topic": ..., "partition": ..., "from": ..., "until": ...}'
        ) from None
    if not 0 <= found.start <= found.end or found.partition < 0:
        raise UnreadableError("unreadable", "its first line names no range of offsets")
    return Span(found.topic, found.partition, found.start, found.end)


def _without_first(found: Records) -> Records:
    columns = {name: values.slice(1) for name, values in found.columns.items()}
    return Records(found.count - 1, columns, texts=found.texts[1:])
