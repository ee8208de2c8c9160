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

from lakevault.feeds import CHANGE_COLUMNS, MESSAGE_COLUMNS
from lakevault.ingest.formats.changes import Change, change_of
from lakevault.ingest.formats.json import fill, object_of, text_of
from lakevault.ingest.formats.records import Records, Span, UnreadableError
from lakevault.ingest.formats.text import BLANKS, whole_lines


class _Message(msgspec.Struct):
    offset: int
    timestamp: int | None = None
    key: msgspec.Raw = msgspec.Raw(b"null")
    key_base64: str | None = None
    headers: msgspec.Raw = msgspec.Raw(b"null")
    value: msgspec.Raw = msgspec.Raw(b"null")
    value_base64: str | None = None


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    topic: str
    partition: int
    start: int = msgspec.field(name="from")
    end: int = msgspec.field(name="until")


_message_of = msgspec.json.Decoder(_Message).decode
_BLANK = f"{BLANKS}\r".encode()


class Messages:
    """The messages of a recorded range, each with the fields of its value.

    A message whose value is not a JSON object is malformed, and one of `changes` that is no change; one without a value has no
    fields. Their numbers are offsets.
    """

    def __init__(self, wanted: Sequence[str], texts: bool, changes: bool = False) -> None:
        self._wanted, self._texts, self._changes = wanted, texts, changes
        self._span: Span | None = None
        self._next = 0
        self._number = 0

    def records(self, blocks: Iterator[str]) -> Iterator[Records]:
        """All messages of the text, in pieces. Raises UnreadableError when it is not what a recorder writes."""
        for content in whole_lines(blocks):
            lines = [line for line in content.split(b"\n") if line.strip(_BLANK)]
            if lines and self._span is None:
                self._number += 1
                self._span = span_of(lines.pop(0).decode())
            if lines:
                yield self._messages(lines, [self._message(line) for line in lines])
            elif self._span:
                yield Records(span=self._span)
        if self._span is None:
            raise UnreadableError(
                "unreadable", "the first line, which says which offsets the file stands for, is missing"
            )

    def _message(self, line: bytes) -> _Message:
        """A line as it was recorded. Raises UnreadableError when it is none."""
        self._number += 1
        try:
            return _message_of(line)
        except (msgspec.MsgspecError, RecursionError):
            raise UnreadableError("unreadable", f"record {self._number} of the file is no recorded message") from None

    def _messages(self, recorded: list[bytes], messages: list[_Message]) -> Records:
        """Recorded lines as records."""
        assert self._span is not None
        self._check_offsets(messages)
        objects, lines, whole, malformed = [], [], [], []
        changes: list[Change | None] = []
        for place, message in enumerate(messages):
            line, change = self._row(message)
            fields = object_of(line) if message.value_base64 is None else None
            if fields is None:
                malformed.append((message.offset, _line(recorded[place])))
            else:
                objects.append(fields)
                lines.append(line)
                whole.append(place)
                changes.append(change)
        numbers = [messages[place].offset for place in whole]
        found = Records(len(whole), malformed=malformed, numbers=numbers, span=self._span)
        if self._texts:
            found.positions = list(numbers)
            found.texts = [_line(recorded[place]) for place in whole]
        fill(found, b"\n".join(lines), lines, objects, self._wanted)
        if MESSAGE_COLUMNS.keys() & set(self._wanted):
            found.columns |= self._about([messages[place] for place in whole])
        for name in CHANGE_COLUMNS.keys() & set(self._wanted):
            found.columns[name] = pa.array([change and change.about[name] for change in changes], pa.string())
        return found

    def _row(self, message: _Message) -> tuple[bytes, Change | None]:
        """The text of the JSON object that a message has fields from, empty when it can be none, and the change that it is."""
        value = text_of(message.value)
        if value is None:
            # The key was deleted.
            return b"{}", None
        if not self._changes:
            return value.encode(), None
        change = change_of(value, text_of(message.key), text_of(message.headers))
        return change.row if change else b"", change

    def _check_offsets(self, messages: list[_Message]) -> None:
        """Raise UnreadableError unless the offsets are in the range and go up."""
        assert self._span is not None
        numbers = np.array([message.offset for message in messages])
        if (
            numbers[0] < max(self._next, self._span.start)
            or numbers[-1] >= self._span.end
            or (np.diff(numbers) < 1).any()
        ):
            raise UnreadableError(
                "unreadable", f"its offsets do not go up from {self._span.start} to before {self._span.end}"
            )
        self._next = int(numbers[-1]) + 1

    def _about(self, messages: list[_Message]) -> dict[str, pa.Array]:
        """The columns about the messages themselves, as text."""
        assert self._span is not None
        try:
            times = pa.array([message.timestamp for message in messages], pa.int64()).cast(pa.timestamp("ms"))
            told = pc.strftime(times, "%Y-%m-%d %H:%M:%S")
        except (pa.ArrowInvalid, ValueError, OverflowError):
            raise UnreadableError(
                "unreadable", "a message has a timestamp that is not a number of milliseconds"
            ) from None
        keys = [
            text_of(message.key) if message.key_base64 is None else f"base64:{message.key_base64}"
            for message in messages
        ]
        texts = {
            "message_partition": [str(self._span.partition)] * len(messages),
            "message_key": keys,
            "message_headers": [text_of(message.headers) for message in messages],
            "message_value": [text_of(message.value) for message in messages],
        }
        return {"message_time": told} | {name: pa.array(values, pa.string()) for name, values in texts.items()}


def _line(line: bytes) -> str:
    return line.decode().removesuffix("\r")


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
