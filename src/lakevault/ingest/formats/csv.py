"""CSV: the records of a text with one separator, with quotes or without."""

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.csv as pcsv

from lakevault.feeds import Options
from lakevault.ingest.formats.records import Records, UnreadableError, together, unique
from lakevault.ingest.formats.text import BLANKS, Pieces, end_of

QUOTE = '"'


class Csv:
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
        pieces, start = Pieces(blocks), 0
        while not pieces.ended:
            pieces.more(start)
            start = 0 if self._header else self._take_header(pieces)
            if self._header:
                end = max(start, pieces.whole())
                if end == start:
                    pieces.check_length(start)
                found = self._at_once(pieces, start, end)
                if found is None:
                    found, end = self._one_by_one(pieces, start, end)
                start = end
                found.names = self._header
                self._number += found.count + len(found.malformed)
                yield found

    def _take_header(self, pieces: Pieces) -> int:
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

    def _at_once(self, pieces: Pieces, start: int, end: int) -> Records | None:
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

    def _one_by_one(self, pieces: Pieces, start: int, end: int) -> tuple[Records, int]:
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
        found.extras = together(others, found.count)
        return found

    def _record(self, pieces: Pieces, start: int) -> tuple[list[str | None] | None, int, int] | None:
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
                at = end_of(self._bare[pieces.is_cr], text, at)
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

    def _malformed(self, pieces: Pieces, start: int, value_at: int) -> tuple[None, int, int] | None:
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
