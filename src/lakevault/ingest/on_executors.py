"""The reader of formats/ on Spark's executors: admitted files as rows, and looks at files that have just landed.

Each task has some files to itself, so the work spreads over a cluster and a task holds no more than a piece of one file. The
executors need this package, and the landing zone under the same path.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lakevault.feeds import Feed
from lakevault.ingest.admission import Look, look, look_here
from lakevault.ingest.formats import Records, Span, UnreadableError, read
from lakevault.ingest.formats.messages import header_line

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# What a task reads at most, if its files allow it.
BYTES_PER_TASK = 1 << 27
# Below this, looking at files costs less than telling the executors about them.
BYTES_WORTH_A_TASK = 1 << 24
FILES_WORTH_A_TASK = 200


@dataclass(frozen=True)
class Source:
    """An admitted file to read: its number among those read together, and what admission counted in it."""

    number: int
    path: str
    size: int
    rows: int
    malformed: int


def rows(spark: "SparkSession", feed: Feed, sources: Sequence[Source]) -> "DataFrame":
    """The whole records of some files: `_file` (number), the raw columns, `_extras` (JSON of all other values), record_number.

    Of a topic the columns about the message come behind the raw columns, as text, and record_number is the offset.
    A file that cannot be read, or has other records than admission counted, ends the job.
    """
    schema = f"_file int, {_text(feed)}, _extras string, record_number bigint"
    return _map(spark, sources, partial(_whole, feed), schema)


def with_text(spark: "SparkSession", feed: Feed, sources: Sequence[Source], malformed_only: bool) -> "DataFrame":
    """The records of some files with their text as received: the malformed ones, or all.

    Beside what `rows` gives: `position` (number in the file, from 1), `_malformed`, `raw_text`.
    """
    schema = f"_file int, {_text(feed)}, _extras string, position bigint, _malformed boolean, raw_text string"
    return _map(spark, sources, partial(_with_text, feed, malformed_only), schema)


def look_at(spark: Callable[[], "SparkSession"]) -> Callable[[Sequence[tuple[Path, Feed | None]]], list[Look | None]]:
    """`admission.look` at some files: here when they are few and small, else on the executors of `spark()`."""

    def looks(files: Sequence[tuple[Path, Feed | None]]) -> list[Look | None]:
        sizes = [path.stat().st_size if path.is_file() else 0 for path, _ in files]
        if len(files) < FILES_WORTH_A_TASK and sum(sizes) < BYTES_WORTH_A_TASK:
            return look_here(files)
        sources = [
            Source(number, str(path.resolve()), size, 0, 0)
            for number, ((path, _), size) in enumerate(zip(files, sizes, strict=True))
        ]
        feeds = [feed for _, feed in files]
        try:
            found = _map(spark(), sources, partial(_looks, feeds), "number int, look string").collect()
        except Exception:
            # A file that kills an executor must not keep all others out.
            return look_here(files)
        by_number = {row["number"]: row["look"] for row in found}
        return [Look.model_validate_json(text) if (text := by_number[number]) else None for number in range(len(files))]

    return looks


def work(spark: "SparkSession", feed: Feed) -> bool:
    """Whether executors still run this package's code at all: they read a file of the feed that holds no record."""
    try:
        return len(_map(spark, [Source(0, "", 0, 0, 0)], partial(_answer, feed), "number int").collect()) == 1
    except Exception:
        return False


def _text(feed: Feed) -> str:
    """What a reader gives of a feed, as columns of text."""
    return ", ".join(f"`{name}` string" for name in feed.text_columns)


def _map(spark: "SparkSession", sources: Sequence[Source], read_them: Callable[..., Any], schema: str) -> "DataFrame":
    tasks = _tasks(sources, spark.sparkContext.defaultParallelism)
    return spark.range(0, len(tasks), 1, len(tasks)).mapInArrow(partial(_in_task, read_them, tasks), schema)


def _tasks(sources: Sequence[Source], cores: int) -> list[list[Source]]:
    """Files in tasks of about the same size, as many as keep all cores busy; the order of files stays within a task."""
    total = sum(source.size for source in sources)
    number = min(len(sources), max(cores, -(-total // BYTES_PER_TASK)))
    tasks: list[list[Source]] = [[] for _ in range(number)]
    sizes = [0] * number
    for source in sorted(sources, key=lambda source: -source.size):
        smallest = min(range(number), key=sizes.__getitem__) if number < 1000 else source.number % number
        tasks[smallest].append(source)
        sizes[smallest] += source.size + 10_000
    return [sorted(task, key=lambda source: source.number) for task in tasks]


def _in_task(
    read_them: Callable[[Sequence[Source]], Iterator[pa.RecordBatch]],
    tasks: Sequence[Sequence[Source]],
    batches: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for number in batch.column(0).to_pylist():
            yield from read_them(tasks[number])


def _answer(feed: Feed, sources: Sequence[Source]) -> Iterator[pa.RecordBatch]:
    with NamedTemporaryFile() as file:
        if feed.format == "parquet":
            pq.write_table(pa.table({name: pa.array([], pa.string()) for name in feed.column_names}), file.name)
        else:
            nothing = header_line(Span(feed.topic, 0, 0, 0)) if feed.topic else "\n".encode(feed.options.encoding)
            Path(file.name).write_bytes(nothing)
        found = sum(records.count for records in read(Path(file.name), feed, wanted=None, texts=True))
    yield _batch({"number": pa.array([found], pa.int32())})


def _looks(feeds: Sequence[Feed | None], sources: Sequence[Source]) -> Iterator[pa.RecordBatch]:
    for source in sources:
        found = look(Path(source.path), feeds[source.number])
        texts = pa.array([found.model_dump_json() if found else None], pa.string())
        yield pa.RecordBatch.from_arrays([pa.array([source.number], pa.int32()), texts], ["number", "look"])


def _whole(feed: Feed, sources: Sequence[Source]) -> Iterator[pa.RecordBatch]:
    for source in sources:
        before = 0
        for records in _checked(feed, source, texts=False):
            if records.count:
                yield _batch(_columns(feed, source, records) | {"record_number": _numbers(records, before)})
            before += records.count + len(records.malformed)


def _with_text(feed: Feed, malformed_only: bool, sources: Sequence[Source]) -> Iterator[pa.RecordBatch]:
    for source in sources:
        for records in _checked(feed, source, texts=not malformed_only):
            if records.malformed:
                positions, texts = zip(*records.malformed, strict=True)
                nothing = _columns(feed, source, Records(len(positions)))
                yield _batch(nothing | _text_columns(list(positions), list(texts), is_malformed=True))
            if records.count and not malformed_only:
                columns = _columns(feed, source, records)
                yield _batch(columns | _text_columns(records.positions, records.texts, is_malformed=False))


def _checked(feed: Feed, source: Source, texts: bool) -> Iterator[Records]:
    rows = malformed = 0
    for records in read(Path(source.path), feed, wanted=None, texts=texts):
        rows += records.count + len(records.malformed)
        malformed += len(records.malformed)
        yield records
    if (rows, malformed) != (source.rows, source.malformed):
        raise UnreadableError("changed", f"{rows} records, {malformed} of them malformed, since it was admitted")


def _columns(feed: Feed, source: Source, records: Records) -> dict[str, pa.Array]:
    nothing = pa.nulls(records.count, pa.string())
    columns = {"_file": pa.array([source.number], pa.int32()).take(pa.nulls(records.count, pa.int32()).fill_null(0))}
    columns |= {name: records.columns.get(name, nothing) for name in feed.text_columns}
    return columns | {"_extras": nothing if records.extras is None else records.extras}


def _numbers(records: Records, before: int) -> pa.Array:
    """Numbers of the whole records: their own, or those in the file, from 1, `before` others being read already."""
    if records.numbers is not None:
        return pa.array(records.numbers, pa.int64())
    malformed = [number - before - 1 for number, _ in records.malformed]
    numbers = np.arange(before + 1, before + records.count + len(malformed) + 1)
    return pa.array(np.delete(numbers, malformed), pa.int64())


def _text_columns(positions: list[int], texts: list[str], is_malformed: bool) -> dict[str, pa.Array]:
    return {
        "position": pa.array(positions, pa.int64()),
        "_malformed": pa.array([is_malformed] * len(positions), pa.bool_()),
        "raw_text": pa.array(texts, pa.string()),
    }


def _batch(columns: dict[str, pa.Array]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(list(columns.values()), list(columns))
