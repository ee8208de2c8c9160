"""Parquet: the rows of a file, every value as text."""

import base64
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, repeat
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lakevault.ingest.formats import limits
from lakevault.ingest.formats.decompression import kind_of
from lakevault.ingest.formats.records import Records, UnreadableError, together, unique


def parquet_records(
    path: Path, wanted: Sequence[str], texts: bool, on_bytes: Callable[[bytes], object] | None
) -> Iterator[Records]:
    """Records of a Parquet file, by batches. A name that comes twice gets its position appended.

    All values are made text even when nobody wants them, so that admission finds what landing would stumble over.
    """
    with path.open("rb") as handle:
        start = handle.read(16)
        if on_bytes:
            on_bytes(start)
            while chunk := handle.read(limits.BLOCK):
                on_bytes(chunk)
    if not start:
        return
    if not start.startswith(b"PAR1"):
        raise UnreadableError("unreadable", f"it is {kind_of(start) or 'not Parquet'}, the feed is parquet")
    number = 0
    with _opened_parquet(path, "us") as file:
        names = unique(file.schema_arrow.names)
        yield Records(names=names)
        fine = _int96(file)
        # Read a second time in nanoseconds, only where there are such times.
        batches = (
            _opened_parquet(path, "ns").iter_batches(limits.ROWS_PER_BATCH, columns=fine) if fine else repeat(None)
        )
        for batch, times in zip(file.iter_batches(limits.ROWS_PER_BATCH), batches, strict=False):
            columns = dict(zip(names, map(_as_text, batch.columns), strict=True))
            for name in fine:
                columns[name] = _finer(batch.column(name), columns[name], _as_text(times.column(name)))
            found = Records(batch.num_rows, names=names)
            if wanted:
                found.columns = {name: values for name, values in columns.items() if name in wanted}
                others = {name: values for name, values in columns.items() if name not in wanted}
                found.extras = together(others, found.count)
            if texts:
                found.positions = list(range(number + 1, number + found.count + 1))
                nothing = pa.array(["{}"] * found.count)
                found.texts = pc.coalesce(together(columns, found.count) or nothing, nothing).to_pylist()
            number += found.count
            yield found


def _opened_parquet(path: Path, unit: str) -> pq.ParquetFile:
    return pq.ParquetFile(path, page_checksum_verification=True, coerce_int96_timestamp_unit=unit)


def _int96(file: pq.ParquetFile) -> list[str]:
    """Names of the columns of INT96, but for those whose name comes twice."""
    columns = [file.schema.column(place) for place in range(len(file.schema))]
    times, names = Counter(column.path for column in columns), set(file.schema_arrow.names)
    ours = [column for column in columns if column.physical_type == "INT96" and column.path in names]
    return [column.path for column in ours if times[column.path] == 1]


def _finer(times: pa.Array, texts: pa.Array, finer: pa.Array) -> pa.Array:
    """INT96 counts nanoseconds, which Arrow's own have room for between 1678 and 2261 only."""
    years = pc.year(times)
    return pc.if_else(pc.and_(pc.greater(years, 1677), pc.less(years, 2262)), finer, texts)


def _as_text(values: pa.Array) -> pa.Array:
    """Values of a Parquet column as text, exactly; docs/ingestion.md has the table of types.

    Raises UnreadableError for a type that has no text, and for text that is none.
    """
    kind = values.type
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == "arrow.uuid":
            return _each(values, str)
        return _as_text(values.storage)
    if pa.types.is_dictionary(kind):
        return _as_text(values.dictionary_decode())
    if pa.types.is_nested(kind):
        return pa.array(_tokens(values), pa.string())
    if pa.types.is_timestamp(kind):
        return _time(values.cast(pa.timestamp(kind.unit)))
    if pa.types.is_time(kind):
        return _time(values)
    if pa.types.is_date(kind):
        return _time(values.cast(pa.date32()))
    if pa.types.is_float16(kind):
        return _each(values, lambda value: np.format_float_positional(np.float16(value), trim="-"))
    if pa.types.is_duration(kind):
        return values.cast(pa.int64()).cast(pa.string())
    if pa.types.is_decimal(kind):
        return _each(values, lambda value: format(value, "f"))
    if any(is_it(kind) for is_it in BINARY):
        return _each(values, lambda value: base64.b64encode(value).decode())
    try:
        texts = values.cast(pa.string())
    except pa.ArrowNotImplementedError:
        raise UnreadableError("unreadable", f"a column of type {kind}, which cannot be written as text") from None
    # A writer may have put any bytes into a column of text.
    texts.validate(full=True)
    return texts


BINARY = (
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_fixed_size_binary,
    pa.types.is_binary_view,
)


def _each(values: pa.Array, text: Callable[[Any], str]) -> pa.Array:
    return pa.array([None if value is None else text(value) for value in values.to_pylist()], pa.string())


def _time(values: pa.Array) -> pa.Array:
    """Times and dates, without the zeros at the end of a fraction."""
    texts = values.cast(pa.string())
    if pc.any(pc.match_substring(texts, "<")).as_py():
        raise UnreadableError("unreadable", f"a {values.type} outside the calendar")
    has_fraction = pc.any(pc.match_substring(texts, ".")).as_py()
    return pc.replace_substring_regex(texts, r"\.?0+$", "") if has_fraction else texts


def _tokens(values: pa.Array) -> list[str | None]:
    """Values as JSON: numbers and true and false as they are, what is nested as objects and lists, all else as text."""
    kind = values.type
    if pa.types.is_struct(kind):
        names = [_quoted(kind.field(place).name) for place in range(kind.num_fields)]
        parts = [_tokens(part) for part in values.flatten()]
        objects = ("{" + ",".join(f"{name}:{part or 'null'}" for name, part in zip(names, row, strict=True)) + "}" for row in zip(*parts, strict=True))  # fmt: skip
        told = list(objects) if parts else ["{}"] * len(values)
        return [
            token if is_there else None for token, is_there in zip(told, values.is_valid().to_pylist(), strict=True)
        ]
    if pa.types.is_map(kind):
        keys, items = _tokens(values.keys), _tokens(values.items)
        pairs = [f"[{key or 'null'},{item or 'null'}]" for key, item in zip(keys, items, strict=True)]
        lists = ["[" + ",".join(pairs[start:end]) + "]" for start, end in pairwise(values.offsets.to_pylist())]
        return [
            token if is_there else None for token, is_there in zip(lists, values.is_valid().to_pylist(), strict=True)
        ]
    if pa.types.is_nested(kind) and hasattr(values, "flatten"):
        parts_of_all = iter(_tokens(values.flatten()))
        lengths = pc.list_value_length(values).to_pylist()
        return [
            None if length is None else "[" + ",".join(next(parts_of_all) or "null" for _ in range(length)) + "]"
            for length in lengths
        ]
    texts: list[str | None] = _as_text(values).to_pylist()
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return texts
    if pa.types.is_floating(kind):
        # JSON has no word for what is no number.
        return [text if text is None or text.lstrip("-")[0].isdigit() else _quoted(text) for text in texts]
    return [None if text is None else _quoted(text) for text in texts]


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
