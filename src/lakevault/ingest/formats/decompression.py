"""The bytes of a landed text file: decompressed where they are compressed, and refused where they cannot be text."""

import bz2
import gzip
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from lakevault.ingest.formats import limits
from lakevault.ingest.formats.records import UnreadableError

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
        while chunk := self._raw.read(limits.BLOCK):
            self._listener(chunk)
            self._told += len(chunk)


@contextmanager
def opened(path: Path, kind: str, on_bytes: Callable[[bytes], object] | None = None) -> Iterator[BinaryIO]:
    """The content of a text file, decompressed when its first bytes say that it is compressed.

    Raises UnreadableError, saying what the file is, when that cannot be text.
    """
    with path.open("rb") as raw:
        heard = _Heard(raw, on_bytes or (lambda chunk: None))
        stream = io.BufferedReader(heard, limits.BLOCK)
        try:
            start = stream.peek(16)
            found = kind_of(start)
            named = next((name for name, end in COMPRESSED.items() if path.name.lower().endswith(end)), "")
            if found in COMPRESSED:
                inner: Any = gzip.GzipFile(fileobj=stream) if found == "gzip" else _Bunzipped(stream)
                content = io.BufferedReader(inner, limits.BLOCK)
                if within := kind_of(content.peek(16)):
                    raise UnreadableError("unreadable", f"the {found} file contains {within}, the feed is {kind}")
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
                rest = (self._decompressor.unused_data or self._raw.read(limits.BLOCK)).lstrip(b"\0")
                if not rest and not self._raw.read(0) and not (rest := self._raw.read(limits.BLOCK).lstrip(b"\0")):
                    return 0
                self._decompressor, self._left = bz2.BZ2Decompressor(), rest
            chunk = self._left or (self._raw.read(limits.BLOCK) if self._decompressor.needs_input else b"")
            if not chunk and self._decompressor.needs_input:
                raise EOFError
            self._left = b""
            if content := self._decompressor.decompress(chunk, len(buffer)):
                buffer[: len(content)] = content
                return len(content)
