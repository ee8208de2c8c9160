"""Files on arrival: read to the end by a reader that is not Spark, before Spark sees them."""

import bz2
import csv
import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from lakevault.feeds import Feed

MAX_NAMES = 20_000
OPENERS = {".gz": gzip.open, ".bz2": bz2.open}
# A field may be as long as its file.
csv.field_size_limit(sys.maxsize)


class UnreadableError(Exception):
    """A file that cannot be read whole: a reason of one word and a text without data of the file."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")


@dataclass(frozen=True)
class Content:
    """What a file holds: records, those of them that do not fit their format, and how Spark has to read it.

    `columns` are those of the file in its own order, of JSON lines every name that any line has. Blank lines are no records.
    """

    rows: int
    malformed: int
    columns: tuple[str, ...]
    encoding: str = "utf-8"
    multi_line: bool = False
    line_end: str = "\n"


def inspect(path: Path, feed: Feed) -> Content:
    """Decompress and parse the whole file, in memory that does not grow with it.

    Raises UnreadableError when it cannot be read to its end.
    """
    readers = {"csv": _csv, "json": _json, "parquet": _parquet}
    try:
        if path.stat().st_size == 0:
            return Content(rows=0, malformed=0, columns=())
        return readers[feed.format](path, feed)
    except UnicodeError as error:
        raise UnreadableError(
            "encoding", f"not {getattr(error, 'encoding', feed.options.encoding)} throughout"
        ) from error
    except (EOFError, OSError, zlib.error, pa.ArrowException) as error:
        raise UnreadableError(
            "unreadable", f"not whole or damaged, as {feed.format} ({type(error).__name__})"
        ) from error


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, decompressed when its name says so."""
    with OPENERS.get(path.suffix, open)(path, "rb") as handle:
        yield handle


def encoding_of(start: bytes, declared: str) -> str:
    """The encoding by the file's byte-order mark, else the declared one."""
    if start.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return declared


def _line_end(first_line: str) -> str:
    return next((end for end in ("\r\n", "\r") if first_line.endswith(end)), "\n")


def _csv(path: Path, feed: Feed) -> Content:
    with opened(path) as handle:
        encoding = encoding_of(handle.read(4), feed.options.encoding)
        handle.seek(0)
        text = io.TextIOWrapper(handle, encoding=encoding, newline="")
        first_line = text.readline()
        text.seek(0)
        reader = csv.reader(text, delimiter=feed.options.separator, strict=True)
        header, rows, malformed, blank = None, 0, 0, 0
        while True:
            try:
                for row in reader:
                    if header is None:
                        header = tuple(row) or None
                        blank += not row
                    elif len(row) == len(header):
                        rows += 1
                    elif "".join(row).strip():
                        rows += 1
                        malformed += 1
                    else:
                        blank += 1
                break
            except csv.Error as error:
                if "end of data" in str(error):
                    raise UnreadableError("unreadable", "it ends within a quoted value") from error
                rows += 1
                malformed += 1
        physical = reader.line_num - blank - (header is not None)
    return Content(rows, malformed, header or (), encoding, physical != rows, _line_end(first_line))


def _json(path: Path, _: Feed) -> Content:
    with opened(path) as handle:
        start = handle.read(65536)
        encoding = encoding_of(start, "utf-8")
        if encoding == "utf-16":
            raise UnreadableError("encoding", "JSON has to be UTF-8")
        line_end = "\r" if b"\r" in start and b"\n" not in start else "\n"
        handle.seek(3 if encoding == "utf-8-sig" else 0)
        lines = handle
        if line_end == "\r":
            lines = (line.encode() for line in io.TextIOWrapper(handle, encoding="utf-8", newline="\r"))
        columns: dict[str, None] = {}
        shapes: set[tuple[str, ...]] = set()
        rows = malformed = 0
        for line in lines:
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                # Text that is not UTF-8 makes the file unreadable, not the line.
                if not line.decode().strip():
                    continue
                record = None
            rows += 1
            if not isinstance(record, dict):
                malformed += 1
            elif (shape := tuple(record)) not in shapes:
                # A few shapes are the rule; columns that are data (a new name in each line) must not fill the memory.
                if len(shapes) < 1000:
                    shapes.add(shape)
                columns.update(dict.fromkeys(shape))
                if len(columns) > MAX_NAMES:
                    raise UnreadableError(
                        "unreadable", f"more than {MAX_NAMES:,} names of columns; these seem to be data"
                    )
    return Content(rows, malformed, tuple(columns), encoding, line_end=line_end)


def _parquet(path: Path, _: Feed) -> Content:
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        for column in file.schema_arrow:
            if pa.types.is_time(column.type) or (pa.types.is_timestamp(column.type) and column.type.unit == "ns"):
                raise UnreadableError(
                    "unreadable", f"Spark has no type for {column.type} ({column.name}); microseconds do"
                )
        if len({name.lower() for name in file.schema_arrow.names}) < len(file.schema_arrow.names):
            raise UnreadableError("unreadable", "two columns of the same name but for case")
        rows = sum(batch.num_rows for batch in file.iter_batches())
        return Content(rows, 0, tuple(file.schema_arrow.names))
