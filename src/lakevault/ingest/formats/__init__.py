"""What a record is: the bytes of a file cut into records, and each record into text by column.

This is the only reader of landed files. Admission counts with it, and what it gives is what lands, so a record cannot be
cut in two ways. It needs no Spark; Spark's executors call it (readers.py). docs/ingestion.md states the rules.
"""

import base64
import bz2
import codecs
import gzip
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, pairwise, repeat
from json import JSONDecoder
from json.scanner import make_scanner
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from lakevault.feeds import Feed, Options

# Characters of a file that are looked at together: what a reader holds in memory, unless one record is longer.
BLOCK = 1 << 20
# The longest record that is cut. Beyond it, an opening quote counts as one that is never closed.
MAX_RECORD = 1 << 26
MAX_NAMES = 20_000
ROWS_PER_BATCH = 1 << 16
# A line of these alone is no record: blanks, what pads a file to a block's size, and the end mark of DOS.
BLANKS = " \t\0\x1a"

# What the first bytes of a file say that it is; a header may begin with the same letters, but not with these bytes.
SIGNATURES = {
    "gzip": rb"\x1f\x8b",
    "bzip2": rb"BZh[1-9](1AY&SY|\x17rE8P\x90)",
    "Parquet": rb"PAR1[\x00-\x1f]",
    "a zip archive or an Excel workbook": rb"PK\x03\x04",
    "a zip archive without files": rb"PK\x05\x06",
    "an old Excel workbook": rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "xz": rb"\xfd7zXZ\x00",
    "zstd": rb"\x28\xb5\x2f\xfd",
    "a 7-Zip archive": rb"7z\xbc\xaf\x27\x1c",
    "Avro": rb"Obj\x01",
    "ORC": rb"ORC[\x00-\x1f\x80-\xff]",
    "PDF": rb"%PDF-\d",
}
COMPRESSED = {"gzip": ".gz", "bzip2": ".bz2"}
# The marks of UTF-32 begin like one of UTF-16.
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class UnreadableError(Exception):
    """A file that cannot be read whole: a reason of one word and a text without data of the file."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


TOO_LONG = UnreadableError("unreadable", f"a line or a record of more than {MAX_RECORD:,} characters")


@dataclass
class Records:
    """Some consecutive records of a file.

    `columns` has a text array by name for each asked column that the file has here, one value per whole record; `extras` the
    values of all other columns as JSON text, null where there is none; `malformed` the records that are not whole, as
    (number in the file, text as received). `positions` and `texts` are those of the whole records, when asked for.
    """

    count: int = 0
    columns: dict[str, pa.Array] = field(default_factory=dict)
    extras: pa.Array | None = None
    malformed: list[tuple[int, str]] = field(default_factory=list)
    names: Iterable[str] = ()
    positions: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Content:
    """What a file holds: its records, how many of them are malformed, and the names of its columns in their order.

    Of JSON lines these are the names that any record has.
    """

    rows: int
    malformed: int
    columns: tuple[str, ...]


def inspect(path: Path, feed: Feed, on_bytes: Callable[[bytes], object] | None = None) -> Content:
    """Read a file to its end and say what it holds, in memory that does not grow with it.

    `on_bytes` is called with the bytes of the file in their order, each once. Raises UnreadableError when it cannot be read
    to its end.
    """
    rows = malformed = 0
    names: dict[str, None] = {}
    for records in read(path, feed, wanted=(), on_bytes=on_bytes):
        rows += records.count + len(records.malformed)
        malformed += len(records.malformed)
        names.update(dict.fromkeys(records.names))
        if len(names) > MAX_NAMES:
            raise UnreadableError("unreadable", f"more than {MAX_NAMES:,} names of columns; these seem to be data")
    return Content(rows, malformed, tuple(names))


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
    names = feed.column_names if wanted is None else tuple(wanted)
    try:
        if feed.format == "parquet":
            yield from _parquet(path, names, texts, on_bytes)
            return
        cut = _Csv if feed.format == "csv" else _Json
        with opened(path, feed.format, on_bytes) as stream:
            yield from cut(feed.options, names, texts).records(_decoded(stream, feed.options.encoding))
    except UnreadableError:
        raise
    except UnicodeError as error:
        encoding = getattr(error, "encoding", "") or feed.options.encoding
        raise UnreadableError(
            "encoding", f"not {encoding} throughout: declare the encoding it has (options: encoding), then replay it"
        ) from None
    # Whatever a library throws at a damaged file: the file is at fault, not the start.
    except Exception as error:
        raise UnreadableError(
            "unreadable", f"not whole, damaged, or no {feed.format} at all ({type(error).__name__})"
        ) from None


# --- Bytes and text --------------------------------------------------------------------------------------------------


class _Heard(io.RawIOBase):
    """A file whose bytes are told, each once and in their order, to somebody who listens."""

    def __init__(self, raw: BinaryIO, listener: Callable[[bytes], object]) -> None:
        self._raw, self._listener, self._told = raw, listener, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._raw.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._raw.seek(offset, whence)

    def readinto(self, buffer: Any) -> int:
        start = self._raw.tell()
        chunk = self._raw.read(len(buffer))
        buffer[: len(chunk)] = chunk
        # What is read again after a step back was told already.
        if start + len(chunk) > self._told:
            self._listener(chunk[max(0, self._told - start) :])
            self._told = start + len(chunk)
        return len(chunk)

    def drain(self) -> None:
        """Tell the rest."""
        self._raw.seek(self._told)
        while chunk := self._raw.read(BLOCK):
            self._listener(chunk)
            self._told += len(chunk)


@contextmanager
def opened(path: Path, kind: str, on_bytes: Callable[[bytes], object] | None = None) -> Iterator[BinaryIO]:
    """The content of a text file, decompressed when its first bytes say that it is compressed.

    Raises UnreadableError, saying what the file is, when that cannot be text.
    """
    with path.open("rb") as raw:
        heard = _Heard(raw, on_bytes or (lambda chunk: None))
        stream = io.BufferedReader(heard, BLOCK)
        try:
            start = stream.peek(16)
            found = kind_of(start)
            named = next((name for name, end in COMPRESSED.items() if path.name.lower().endswith(end)), "")
            if found in COMPRESSED:
                inner: Any = gzip.GzipFile(fileobj=stream) if found == "gzip" else _Bunzipped(stream)
                content = io.BufferedReader(inner, BLOCK)
                if within := kind_of(content.peek(16)):
                    raise UnreadableError("unreadable", f"within the {found} is {within}, the feed is {kind}")
                yield content
            elif found:
                raise UnreadableError(
                    "unreadable",
                    f"it is {found}, the feed is {kind}: ask for plain text, .gz or .bz2, or define the feed as what it is",
                )
            elif named and start:
                raise UnreadableError(
                    "unreadable", f"its name says {named}, its first bytes do not: damaged, or not compressed at all"
                )
            else:
                yield stream
        finally:
            if on_bytes:
                heard.drain()


def kind_of(start: bytes) -> str:
    """What a file is by its first bytes; empty when it may be text."""
    return next((name for name, signature in SIGNATURES.items() if re.match(signature, start, re.DOTALL)), "")


class _Bunzipped(io.RawIOBase):
    """The content of all streams of a bzip2 file. Unlike Python's own reader, anything else behind them is an error."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw, self._decompressor, self._left = raw, bz2.BZ2Decompressor(), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._decompressor.eof:
                rest = (self._decompressor.unused_data or self._raw.read(BLOCK)).lstrip(b"\0")
                if not rest and not self._raw.read(0) and not (rest := self._raw.read(BLOCK).lstrip(b"\0")):
                    return 0
                self._decompressor, self._left = bz2.BZ2Decompressor(), rest
            chunk = self._left or (self._raw.read(BLOCK) if self._decompressor.needs_input else b"")
            if not chunk and self._decompressor.needs_input:
                raise EOFError
            self._left = b""
            if content := self._decompressor.decompress(chunk, len(buffer)):
                buffer[: len(content)] = content
                return len(content)


def encoding_of(start: bytes, declared: str) -> str:
    """The encoding by the file's byte-order mark, else the declared one."""
    return next((name for mark, name in BYTE_ORDER_MARKS.items() if start.startswith(mark)), declared)


def _decoded(stream: BinaryIO, declared: str) -> Iterator[str]:
    """The text of a file in blocks, without its byte-order mark."""
    chunk = stream.read(BLOCK)
    encoding = encoding_of(chunk, declared)
    decoder = codecs.getincrementaldecoder(encoding)()
    while True:
        if text := decoder.decode(chunk, final=not chunk):
            if not encoding.startswith("utf-8"):
                # Some encodings can hold halves of a character, which no text of Spark can.
                text.encode()
            yield text
        if not chunk:
            return
        chunk = stream.read(BLOCK)


class _Pieces:
    """The text of a file as a growing piece: the cutters take whole records from its front and ask for more.

    A line ends with LF or CR LF. In a file whose first line ends with CR alone, that ends a line as well; elsewhere it is
    a character like any other.
    """

    def __init__(self, blocks: Iterator[str]) -> None:
        self._blocks = blocks
        self.text = ""
        # Whether the text goes to the end of the file.
        self.ended = False
        self.is_cr = False
        self.line_end = re.compile(r"\r?\n")
        self._knows_line_end = False

    def more(self, start: int) -> None:
        """Drop the text before `start`, which was taken, and append at least as much as is left."""
        left = self.text[start:]
        blocks, length = [left], 0
        while length <= len(left) and not self.ended:
            block = next(self._blocks, None)
            self.ended = block is None
            blocks.append(block or "")
            length += len(blocks[-1])
        self.text = "".join(blocks)
        if not self._knows_line_end and (first := re.search(r"\r?\n|\r", self.text)):
            # A CR at the end of the text may be the first half of CR LF.
            self._knows_line_end = first[0] != "\r" or first.end() < len(self.text) or self.ended
            self.is_cr = self._knows_line_end and first[0] == "\r"
            if self.is_cr:
                self.line_end = re.compile(r"\r?\n|\r")

    def whole(self) -> int:
        """Where the last line that ends in the text ends."""
        if self.ended:
            return len(self.text)
        return max(self.text.rfind("\n"), self.text.rfind("\r") if self.is_cr else -1) + 1

    def is_too_long(self, start: int) -> bool:
        """Whether a record that starts here is longer than any that is cut."""
        return len(self.text) - start > MAX_RECORD

    def line(self, start: int) -> tuple[int, int] | None:
        """Where the line that `start` lies in stops, and where the next one starts; None when its end is not here yet.

        Raises UnreadableError when it does not end within the longest record.
        """
        if end := self.line_end.search(self.text, start):
            return end.start(), end.end()
        if self.ended:
            return len(self.text), len(self.text)
        if self.is_too_long(start):
            raise TOO_LONG
        return None


# --- CSV -------------------------------------------------------------------------------------------------------------

QUOTE = '"'


class _Csv:
    """Records of a CSV file.

    A value that begins with a quote goes on to the next quote that is not doubled, over line ends too. When no separator or
    line end follows there, or no quote comes any more, the opening quote was a stray one: its line is malformed, and
    reading goes on at the next line, so that one quote takes no other record with it.
    """

    def __init__(self, options: Options, wanted: Sequence[str], texts: bool) -> None:
        self._separator, self._escape = options.separator, options.escape or ""
        self._quote = QUOTE if options.quoting == "standard" else ""
        self._wanted, self._texts = wanted, texts
        self._blanks = BLANKS.replace(self._separator, "")
        separator, escape = re.escape(self._separator), re.escape(self._escape)
        escaped = f"|{escape}(?:\r\n|.)" if escape else ""
        self._quoted = re.compile(f'"((?:[^"{escape}]++|""{escaped})*+)"', re.DOTALL)
        self._bare = {
            True: re.compile(f"(?:[^{separator}{escape}\r\n]++{escaped})*+", re.DOTALL),
            False: re.compile(f"(?:[^{separator}{escape}\r\n]++|\r(?!\n){escaped})*+", re.DOTALL),
        }
        self._marks = re.compile(f'"(")|{escape}(.)' if escape else '"(")', re.DOTALL)
        self._header: tuple[str, ...] = ()
        self._given: dict[str, int] = {}
        # Records so far.
        self._number = 0

    def records(self, blocks: Iterator[str]) -> Iterator[Records]:
        """All records of the text, in pieces."""
        pieces, start = _Pieces(blocks), 0
        while not pieces.ended:
            pieces.more(start)
            start = 0 if self._header else self._take_header(pieces)
            if self._header:
                end = max(start, pieces.whole())
                if end == start and pieces.is_too_long(start):
                    raise TOO_LONG
                found = self._at_once(pieces, start, end)
                if found is None:
                    found, end = self._one_by_one(pieces, start, end)
                start = end
                found.names = self._header
                self._number += found.count + len(found.malformed)
                yield found

    def _take_header(self, pieces: _Pieces) -> int:
        """The names of the columns, from the first line that is not blank; gives where the next line starts."""
        start = 0
        while start < len(pieces.text) and (record := self._record(pieces, start)):
            values, stop, after = record
            if pieces.text[start:stop].strip(self._blanks):
                if values is None:
                    raise UnreadableError("unreadable", "its header has a quote that is never closed")
                self._header = unique(value or "" for value in values)
                places = {name: place for place, name in enumerate(self._header)}
                self._given = {name: places[name] for name in self._wanted if name in places}
                if self._wanted:
                    self._given |= {name: place for name, place in places.items() if name not in self._wanted}
                return after
            start = after
        return start

    def _at_once(self, pieces: _Pieces, start: int, end: int) -> Records | None:
        """The records of a piece in which every line is a record without quotes, cut by Arrow; None when it is not so.

        Only a shortcut: tests compare it with `_one_by_one`, record by record.
        """
        text = pieces.text[start:end]
        is_plain = (
            not self._texts
            and len(self._header) > 1
            and self._separator.isascii()
            and not (self._quote and self._quote in text)
            and not (self._escape and self._escape in text)
            and (pieces.is_cr or text.count("\r") == text.count("\r\n"))
            # Arrow would take it for a byte-order mark.
            and not text.startswith("\ufeff")
        )
        if not is_plain:
            return None
        if not text.strip("\r\n"):
            return Records()
        content = text.encode()
        keys = [str(place) for place in range(len(self._header))]
        try:
            table = pcsv.read_csv(
                pa.BufferReader(content),
                pcsv.ReadOptions(use_threads=False, column_names=keys, block_size=len(content) + 1),
                pcsv.ParseOptions(delimiter=self._separator, quote_char=False, double_quote=False, escape_char=False),
                pcsv.ConvertOptions(
                    check_utf8=False,
                    column_types=dict.fromkeys(keys, pa.string()),
                    strings_can_be_null=True,
                    null_values=[""],
                    include_columns=[keys[place] for place in self._given.values()] or keys[:1],
                ),
            )
        except (pa.ArrowInvalid, ValueError):
            # Some line has more or fewer values.
            return None
        columns = [column.combine_chunks() for column in table.columns]
        return self._given_as(Records(table.num_rows), columns)

    def _one_by_one(self, pieces: _Pieces, start: int, end: int) -> tuple[Records, int]:
        """The records that start before `end`, as far as they are whole, and where the next one starts."""
        found, size = Records(), len(self._header)
        rows: list[list[str | None]] = []
        while start < end and (record := self._record(pieces, start)):
            values, stop, after = record
            whole = values if values is not None and len(values) == size else None
            if (whole is not None and size > 1) or pieces.text[start:stop].strip(self._blanks):
                number = self._number + len(rows) + len(found.malformed) + 1
                if whole is None:
                    found.malformed.append((number, pieces.text[start:stop]))
                else:
                    rows.append(whole)
                    if self._texts:
                        found.positions.append(number)
                        found.texts.append(pieces.text[start:stop])
            start = after
        found.count = len(rows)
        by_place = list(zip(*rows, strict=True)) or [()] * size
        columns = [pa.array(by_place[place], pa.string()) for place in self._given.values()]
        return self._given_as(found, columns), start

    def _given_as(self, found: Records, columns: list[pa.Array]) -> Records:
        """The same with its columns: those that are wanted by name, the others together."""
        named = dict(zip(self._given, columns, strict=False))
        found.columns = {name: column for name, column in named.items() if name in self._wanted}
        others = {name: column for name, column in named.items() if name not in self._wanted}
        found.extras = _together(others, found.count)
        return found

    def _record(self, pieces: _Pieces, start: int) -> tuple[list[str | None] | None, int, int] | None:
        """The values of the record that starts here, none when it is malformed; where its text stops; where the next starts.

        None when it takes more text to tell.
        """
        text = pieces.text
        line = pieces.line(start)
        if line is None:
            return None
        stop, after = line
        marks = [mark for mark in (self._quote, self._escape) if mark and text.find(mark, start, stop) >= 0]
        if not marks:
            return [value or None for value in text[start:stop].split(self._separator)], stop, after
        values: list[str | None] = []
        at = start
        while True:
            value_at = at
            if self._quote and text.startswith(self._quote, at):
                quoted = self._quoted.match(text, at)
                if quoted is None:
                    is_open = not pieces.ended and not pieces.is_too_long(start)
                    return None if is_open else self._malformed(pieces, start, value_at)
                at = quoted.end()
                values.append(self._unquoted(quoted[1]))
            else:
                at = _end(self._bare[pieces.is_cr], text, at)
                values.append(self._unescaped(text[value_at:at]))
            rest = text[at : at + 2]
            if not pieces.ended and rest in ("", "\r", self._escape):
                # What follows decides, unless the record is too long already.
                return self._malformed(pieces, start, value_at) if pieces.is_too_long(start) else None
            if rest.startswith(self._separator):
                at += 1
            elif end := pieces.line_end.match(text, at):
                return values, at, end.end()
            elif not rest:
                return values, at, at
            else:
                return self._malformed(pieces, start, value_at)

    def _malformed(self, pieces: _Pieces, start: int, value_at: int) -> tuple[None, int, int] | None:
        """A record with a stray quote ends with the line on which the value with that quote begins."""
        line = pieces.line(value_at)
        return line and (None, *line)

    def _unquoted(self, text: str) -> str:
        """A value from between its quotes."""
        return self._marks.sub(lambda mark: mark[mark.lastindex or 0], text)

    def _unescaped(self, text: str) -> str | None:
        """A value without quotes. Dumps of databases that escape write `N` with an escape before it for null."""
        if not text or (self._escape and text == f"{self._escape}N"):
            return None
        return re.sub(f"{re.escape(self._escape)}(.)", r"\1", text, flags=re.DOTALL) if self._escape else text


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a pattern that may match nothing ends."""
    match = pattern.match(text, at)
    return match.end() if match else at


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


# --- JSON lines ------------------------------------------------------------------------------------------------------

# Every value as its bytes: numbers stay as they are written. Strict: no NaN, no lone surrogate, no trailing comma.
_values_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_text_of = msgspec.json.Decoder(str).decode
# Finds where a value ends; what the value is, _values_of decides.
_scan = make_scanner(cast(Any, JSONDecoder(parse_float=len, parse_int=len)))
_SPACE = re.compile(r"[ \t\r\n]*")
# A quote and a colon behind it: every name has one, so their number tells whether a name may be there twice.
_COLONS = re.compile(rb'"[ \t\r\n]*:')

# Brackets within brackets. Python's own limit depends on where it is called, and so on the machine.
MAX_DEPTH = 400
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])', re.DOTALL)

Named = dict[str, bytes | msgspec.Raw]


def _is_too_deep(line: bytes) -> bool:
    """Whether a line has more brackets within brackets than are read."""
    if line.count(b"[") + line.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    for bracket in _BRACKETS.finditer(line):
        depth += 1 if bracket[1] else -1 if bracket[2] else 0
        if depth > MAX_DEPTH:
            return True
    return False


class _Json:
    """Records of a file with JSON objects: one on a line, or several behind each other.

    A line that is not made of whole objects is one malformed record. Of equal names in one object the last one is the
    value; the earlier ones are kept among the other values, numbered.
    """

    def __init__(self, options: Options, wanted: Sequence[str], texts: bool) -> None:
        self._wanted, self._texts = wanted, texts
        self._number = 0

    def records(self, blocks: Iterator[str]) -> Iterator[Records]:
        """All records of the text, in pieces."""
        pieces, start = _Pieces(blocks), 0
        while not pieces.ended:
            pieces.more(start)
            start = pieces.whole()
            if not start and pieces.is_too_long(0):
                raise TOO_LONG
            if start:
                text = pieces.text[:start]
                yield self._found((text.replace("\r", "\n") if pieces.is_cr else text).encode())

    def _found(self, content: bytes) -> Records:
        found, objects = Records(), []
        lines: list[bytes] = []
        for line in content.split(b"\n"):
            try:
                if len(line) > 2 * MAX_DEPTH and _is_too_deep(line):
                    raise RecursionError
                objects.append(_values_of(line))
                lines.append(line)
            except (msgspec.MsgspecError, RecursionError):
                text = line.decode()
                if not text.strip(BLANKS + "\r"):
                    continue
                several = None if _is_too_deep(line) else _objects(text)
                number = self._number + len(objects) + len(found.malformed) + 1
                if several is None:
                    found.malformed.append((number, text.removesuffix("\r")))
                    continue
                objects += [_values_of(each) for each in several]
                lines += several
            if self._texts:
                new = len(objects) - len(found.positions)
                first = self._number + len(found.positions) + len(found.malformed) + 1
                found.positions += range(first, first + new)
                found.texts += [each.decode().removesuffix("\r") for each in lines[-new:]]
        found.count = len(objects)
        self._number += found.count + len(found.malformed)
        found.names = dict.fromkeys(chain.from_iterable({tuple(each): None for each in objects}))
        if self._wanted:
            repeated = _repeated(content, lines, objects)
            found.columns = {
                name: _told([each.get(name) for each in objects]) for name in self._wanted if name in found.names
            }
            if repeated or set(found.names) - set(self._wanted):
                wanted = frozenset(self._wanted)
                others: list[Named] = [
                    {name: value for name, value in each.items() if name not in wanted} for each in objects
                ]
                for place, values in repeated.items():
                    others[place].update(values)
                found.extras = pa.array([_as_json(each) for each in others], pa.string())
        return found


def _objects(text: str) -> list[bytes] | None:
    """The objects that stand behind each other in a line; None when there is anything else."""
    found, at = [], _end(_SPACE, text, 0)
    try:
        while at < len(text):
            end = _scan(text, at)[1]
            found.append(text[at:end].encode())
            _values_of(found[-1])
            at = _end(_SPACE, text, end)
    except (StopIteration, ValueError, RecursionError, msgspec.MsgspecError):
        return None
    return found


def _repeated(content: bytes, lines: list[bytes], objects: list[dict[str, msgspec.Raw]]) -> dict[int, dict[str, bytes]]:
    """By place of an object, the values that came before another one of the same name, under numbered names."""
    colons = len(_COLONS.findall(content)) if b" :" in content or b"\t:" in content else content.count(b'":')
    if colons == sum(map(len, objects)) and b"\r:" not in content:
        return {}
    found: dict[int, dict[str, bytes]] = {}
    for place, (line, values) in enumerate(zip(lines, objects, strict=True)):
        inside = sum(len(_COLONS.findall(bytes(value))) for value in values.values())
        if len(_COLONS.findall(line)) != len(values) + inside and (earlier := _earlier(line.decode())):
            found[place] = earlier
    return found


def _earlier(text: str) -> dict[str, bytes]:
    """Of an object that was read, the values whose name comes again, under their name and a number."""
    values: dict[str, list[bytes]] = {}
    at = _end(_SPACE, text, 0) + 1
    while text[at := _end(_SPACE, text, at)] != "}":
        name, at = _scan(text, at)
        start = _end(_SPACE, text, _end(_SPACE, text, at) + 1)
        at = _scan(text, start)[1]
        values.setdefault(name, []).append(text[start:at].encode())
        at = _end(_SPACE, text, at)
        at += text[at] == ","
    found: dict[str, bytes] = {}
    for name, all_ in values.items():
        number = 0
        for value in all_[:-1]:
            number += 1
            while f"{name}#{number}" in values:
                number += 1
            found[f"{name}#{number}"] = value
    return found


def _told(values: list[msgspec.Raw | None]) -> pa.Array:
    """Values of JSON as text: strings without their quotes, all else as it is written, null as null."""
    tokens = pa.array([None if value is None else bytes(value) for value in values], pa.binary())
    is_string = pc.starts_with(tokens, b'"')
    texts = pc.if_else(is_string, pc.binary_slice(tokens, 1, -1), tokens)
    texts = pc.if_else(pc.equal(tokens, b"null"), None, texts).cast(pa.string())
    escaped = pc.and_(is_string, pc.match_substring(tokens, b"\\"))
    if pc.any(escaped).as_py():
        told = [_text_of(token) for token in tokens.filter(escaped).to_pylist()]
        texts = pc.replace_with_mask(texts, pc.fill_null(escaped, False), pa.array(told, pa.string()))
    return texts


def _as_json(values: Named) -> str | None:
    """Other values as a JSON object of texts, without nulls; None when nothing is left."""
    told = {name: _text(bytes(value)) for name, value in values.items()}
    told = {name: value for name, value in told.items() if value is not None}
    return msgspec.json.encode(told).decode() if told else None


def _text(token: bytes) -> str | None:
    if token == b"null":
        return None
    return _text_of(token) if token.startswith(b'"') else token.decode()


def _together(columns: dict[str, pa.Array], count: int) -> pa.Array | None:
    """Columns as one of JSON objects, without nulls; None when all is null."""
    columns = {name: values for name, values in columns.items() if values.null_count < count}
    if not columns:
        return None
    rows = zip(*(values.to_pylist() for values in columns.values()), strict=True)
    objects = ({name: value for name, value in zip(columns, row, strict=True) if value is not None} for row in rows)
    return pa.array([msgspec.json.encode(each).decode() if each else None for each in objects], pa.string())


# --- Parquet ---------------------------------------------------------------------------------------------------------


def _parquet(
    path: Path, wanted: Sequence[str], texts: bool, on_bytes: Callable[[bytes], object] | None
) -> Iterator[Records]:
    """Records of a Parquet file, by batches. A name that comes twice gets its position appended.

    All values are made text even when nobody wants them, so that admission finds what landing would stumble over.
    """
    with path.open("rb") as handle:
        start = handle.read(16)
        if on_bytes:
            on_bytes(start)
            while chunk := handle.read(BLOCK):
                on_bytes(chunk)
    if not start:
        return
    if not start.startswith(b"PAR1"):
        raise UnreadableError("unreadable", f"it is {kind_of(start) or 'no Parquet'}, the feed is parquet")
    number = 0
    with _opened_parquet(path, "us") as file:
        names = unique(file.schema_arrow.names)
        yield Records(names=names)
        fine = _int96(file)
        # Read a second time in nanoseconds, only where there are such times.
        batches = _opened_parquet(path, "ns").iter_batches(ROWS_PER_BATCH, columns=fine) if fine else repeat(None)
        for batch, times in zip(file.iter_batches(ROWS_PER_BATCH), batches, strict=False):
            columns = dict(zip(names, map(_as_text, batch.columns), strict=True))
            for name in fine:
                columns[name] = _finer(batch.column(name), columns[name], _as_text(times.column(name)))
            found = Records(batch.num_rows, names=names)
            if wanted:
                found.columns = {name: values for name, values in columns.items() if name in wanted}
                others = {name: values for name, values in columns.items() if name not in wanted}
                found.extras = _together(others, found.count)
            if texts:
                found.positions = list(range(number + 1, number + found.count + 1))
                nothing = pa.array(["{}"] * found.count)
                found.texts = pc.coalesce(_together(columns, found.count) or nothing, nothing).to_pylist()
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
        raise UnreadableError("unreadable", f"a column of type {kind}, which has no text here") from None
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
        raise UnreadableError("unreadable", f"a {values.type} that lies outside of the calendar")
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
