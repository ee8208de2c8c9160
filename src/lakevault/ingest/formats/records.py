"""What a reader gives: records in pieces, what a whole file holds, and why a file could not be read."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
import pyarrow as pa


class UnreadableError(Exception):
    """A file that cannot be read whole: a reason of one word and a text without data of the file."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class Span:
    """A range of offsets of a topic's partition: from `start` on, before `end`."""

    topic: str
    partition: int
    start: int
    end: int


@dataclass
class Records:
    """Some consecutive records of a file.

    `columns` has a text array by name for each asked column that the file has here, one value per whole record; `extras` the
    values of all other columns as JSON text, null where there is none; `malformed` the records that are not whole, as
    (number in the file, text as received). `positions` and `texts` are those of the whole records, when asked for. Messages
    have their offsets for numbers, in `numbers`, and the `span` that they were read from.
    """

    count: int = 0
    columns: dict[str, pa.Array] = field(default_factory=dict)
    extras: pa.Array | None = None
    malformed: list[tuple[int, str]] = field(default_factory=list)
    names: Iterable[str] = ()
    positions: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    numbers: list[int] | None = None
    span: Span | None = None


@dataclass(frozen=True)
class Content:
    """What a file holds: its records, how many of them are malformed, and the names of its columns in their order.

    Of JSON lines these are the names that any record has. Messages have the span of offsets that they were read from.
    """

    rows: int
    malformed: int
    columns: tuple[str, ...]
    span: Span | None = None


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Names of a header as keys: an empty one is called by its position, a repeated one gets it appended."""
    given = list(names)
    taken = set(given)
    found: dict[str, None] = {}
    for position, name in enumerate(given, start=1):
        key, number = name, position
        while not key or key in found or (key != name and key in taken):
            key, number = f"{name}#{number}", number + 1
        found[key] = None
    return tuple(found)


def together(columns: dict[str, pa.Array], count: int) -> pa.Array | None:
    """Columns as one of JSON objects, without nulls; None when all is null."""
    columns = {name: values for name, values in columns.items() if values.null_count < count}
    if not columns:
        return None
    rows = zip(*(values.to_pylist() for values in columns.values()), strict=True)
    objects = ({name: value for name, value in zip(columns, row, strict=True) if value is not None} for row in rows)
    return pa.array([msgspec.json.encode(each).decode() if each else None for each in objects], pa.string())
