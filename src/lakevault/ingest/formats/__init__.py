"""What a record is: the bytes of a file cut into records, and each record into text by column.

This is the only reader of landed files. Admission counts with it, and what it gives is what lands, so a record cannot be
cut in two ways. It needs no Spark; Spark's executors call it (on_executors.py). docs/ingestion.md states the rules.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lakevault.feeds import Feed
from lakevault.ingest.formats import limits
from lakevault.ingest.formats.csv import Csv
from lakevault.ingest.formats.decompression import opened
from lakevault.ingest.formats.json import Json
from lakevault.ingest.formats.messages import Messages, span_of
from lakevault.ingest.formats.parquet import parquet_records
from lakevault.ingest.formats.records import Content, Records, Span, UnreadableError
from lakevault.ingest.formats.text import decoded, encoding_of

__all__ = ["Content", "Records", "Span", "UnreadableError", "encoding_of", "inspect", "opened", "read", "recorded_span"]


def inspect(path: Path, feed: Feed, on_bytes: Callable[[bytes], object] | None = None) -> Content:
    """Read a file to its end and say what it holds, in memory that does not grow with it.

    `on_bytes` is called with the bytes of the file in their order, each once. Raises UnreadableError when it cannot be read
    to its end.
    """
    rows = malformed = 0
    span: Span | None = None
    names: dict[str, None] = {}
    for records in read(path, feed, wanted=(), on_bytes=on_bytes):
        rows += records.count + len(records.malformed)
        malformed += len(records.malformed)
        span = span or records.span
        names.update(dict.fromkeys(records.names))
        if len(names) > limits.MAX_NAMES:
            raise UnreadableError("unreadable", f"more than {limits.MAX_NAMES:,} column names; they seem to be data")
    return Content(rows, malformed, tuple(names), span)


def recorded_span(path: Path) -> Span | None:
    """The range of a file with recorded messages, by its first line; none for a file of another kind."""
    try:
        with opened(path, "json") as stream:
            first = stream.read(1000).splitlines()
        return span_of(first[0].decode(errors="replace")) if first else None
    # Whatever a library throws at a damaged file.
    except Exception:
        return None


def read(
    path: Path,
    feed: Feed,
    wanted: Sequence[str] | None,
    texts: bool = False,
    on_bytes: Callable[[bytes], object] | None = None,
) -> Iterator[Records]:
    """The records of a file, in their order.

    `wanted` names the columns that are given, all of the feed when None, and nothing but counts when empty. `texts` asks
    for the text and the number of each record. Raises UnreadableError, also after records were given, when the file
    cannot be read to its end.
    """
    names = feed.text_columns if wanted is None else tuple(wanted)
    try:
        if feed.format == "parquet":
            yield from parquet_records(path, names, texts, on_bytes)
            return
        of = feed.options, names, texts
        cut = (
            Messages(names, texts, feed.envelope == "debezium")
            if feed.topic
            else Csv(*of)
            if feed.format == "csv"
            else Json(*of)
        )
        with opened(path, feed.format, on_bytes) as stream:
            yield from cut.records(decoded(stream, feed.options.encoding))
    except UnreadableError:
        raise
    except UnicodeError as error:
        encoding = getattr(error, "encoding", "") or feed.options.encoding
        raise UnreadableError(
            "encoding", f"not valid {encoding}: declare its encoding (options: encoding), then replay it"
        ) from None
    # Whatever a library throws at a damaged file: the file is at fault, not the start.
    except Exception as error:
        raise UnreadableError(
            "unreadable", f"incomplete, damaged, or not {feed.format} at all ({type(error).__name__})"
        ) from None
