"""The text of a file: its encoding, its lines, and pieces of it that records are cut from."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from lakevault.ingest.formats import limits
from lakevault.ingest.formats.records import UnreadableError

# A line of these alone is no record: blanks, what pads a file to a block's size, and the end mark of DOS.
BLANKS = " \t\0\x1a"
# The marks of UTF-32 begin like one of UTF-16.
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def encoding_of(start: bytes, declared: str) -> str:
    """The encoding by the file's byte-order mark, else the declared one."""
    return next((name for mark, name in BYTE_ORDER_MARKS.items() if start.startswith(mark)), declared)


def decoded(stream: BinaryIO, declared: str) -> Iterator[str]:
    """The text of a file in blocks, without its byte-order mark."""
    chunk = stream.read(limits.BLOCK)
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
        chunk = stream.read(limits.BLOCK)


class Pieces:
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
        return len(self.text) - start > limits.MAX_RECORD

    def check_length(self, start: int) -> None:
        """Raise UnreadableError when a record that starts here is longer than any that is cut."""
        if self.is_too_long(start):
            raise UnreadableError("unreadable", f"a line or a record of more than {limits.MAX_RECORD:,} characters")

    def line(self, start: int) -> tuple[int, int] | None:
        """Where the line that `start` lies in stops, and where the next one starts; None when its end is not here yet.

        Raises UnreadableError when it does not end within the longest record.
        """
        if end := self.line_end.search(self.text, start):
            return end.start(), end.end()
        if self.ended:
            return len(self.text), len(self.text)
        self.check_length(start)
        return None


def whole_lines(blocks: Iterator[str]) -> Iterator[bytes]:
    """The text of a file in pieces of whole lines, as UTF-8; LF ends a line also where CR alone does in the file."""
    pieces, start = Pieces(blocks), 0
    while not pieces.ended:
        pieces.more(start)
        start = pieces.whole()
        if not start:
            pieces.check_length(0)
        else:
            text = pieces.text[:start]
            yield (text.replace("\r", "\n") if pieces.is_cr else text).encode()


def end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a pattern that may match nothing ends."""
    match = pattern.match(text, at)
    return match.end() if match else at
