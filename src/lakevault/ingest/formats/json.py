"""JSON lines: the objects of a text, with every value as it is written."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from json import JSONDecoder
from json.scanner import make_scanner
from typing import Any, cast

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from lakevault.feeds import Options
from lakevault.ingest.formats.records import Records
from lakevault.ingest.formats.text import BLANKS, end_of, whole_lines

# Every value as its bytes: numbers stay as they are written. Strict: no NaN, no lone surrogate, no trailing comma.
_values_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_string_of = msgspec.json.Decoder(str).decode
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


class Json:
    """Records of a file with JSON objects: one on a line, or several behind each other.

    A line that is not made of whole objects is one malformed record. Of equal names in one object the last one is the
    value; the earlier ones are kept among the other values, numbered.
    """

    def __init__(self, options: Options, wanted: Sequence[str], texts: bool) -> None:
        self._wanted, self._texts = wanted, texts
        self._number = 0

    def records(self, blocks: Iterator[str]) -> Iterator[Records]:
        """All records of the text, in pieces."""
        return map(self._found, whole_lines(blocks))

    def _found(self, content: bytes) -> Records:
        found, objects = Records(), []
        lines: list[bytes] = []
        for line in content.split(b"\n"):
            values = object_of(line)
            if values is not None:
                objects.append(values)
                lines.append(line)
            else:
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
        fill(found, content, lines, objects, self._wanted)
        return found


def fill(
    found: Records,
    content: bytes,
    lines: Sequence[bytes],
    objects: Sequence[dict[str, msgspec.Raw]],
    wanted: Sequence[str],
) -> None:
    """Set names, columns and extras of records.

    Args:
        found: the records.
        content: the text that they were cut from.
        lines: their texts, an object each.
        objects: what these say, name by name.
        wanted: the names that become columns; with none, nothing but the names is set.
    """
    found.names = dict.fromkeys(chain.from_iterable({tuple(each): None for each in objects}))
    if not wanted:
        return
    repeated = _repeated(content, lines, objects)
    found.columns = {name: _told([each.get(name) for each in objects]) for name in wanted if name in found.names}
    if repeated or set(found.names) - set(wanted):
        columns = frozenset(wanted)
        others: list[Named] = [{name: value for name, value in each.items() if name not in columns} for each in objects]
        for place, values in repeated.items():
            others[place].update(values)
        found.extras = pa.array([_as_json(each) for each in others], pa.string())


def object_of(text: bytes) -> dict[str, msgspec.Raw] | None:
    """A text as one JSON object, name by name; None when it is anything else."""
    try:
        return None if len(text) > 2 * MAX_DEPTH and _is_too_deep(text) else _values_of(text)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _objects(text: str) -> list[bytes] | None:
    """The objects that stand behind each other in a line; None when there is anything else."""
    found, at = [], end_of(_SPACE, text, 0)
    try:
        while at < len(text):
            end = _scan(text, at)[1]
            found.append(text[at:end].encode())
            _values_of(found[-1])
            at = end_of(_SPACE, text, end)
    except (StopIteration, ValueError, RecursionError, msgspec.MsgspecError):
        return None
    return found


def _repeated(
    content: bytes, lines: Sequence[bytes], objects: Sequence[dict[str, msgspec.Raw]]
) -> dict[int, dict[str, bytes]]:
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
    at = end_of(_SPACE, text, 0) + 1
    while text[at := end_of(_SPACE, text, at)] != "}":
        name, at = _scan(text, at)
        start = end_of(_SPACE, text, end_of(_SPACE, text, at) + 1)
        at = _scan(text, start)[1]
        values.setdefault(name, []).append(text[start:at].encode())
        at = end_of(_SPACE, text, at)
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
        told = [_string_of(token) for token in tokens.filter(escaped).to_pylist()]
        texts = pc.replace_with_mask(texts, pc.fill_null(escaped, False), pa.array(told, pa.string()))
    return texts


def _as_json(values: Named) -> str | None:
    """Other values as a JSON object of texts, without nulls; None when nothing is left."""
    told = {name: text_of(value) for name, value in values.items()}
    told = {name: value for name, value in told.items() if value is not None}
    return msgspec.json.encode(told).decode() if told else None


def text_of(value: bytes | msgspec.Raw) -> str | None:
    """A value of JSON as text: a string without its quotes, all else as it is written, null as none."""
    token = bytes(value)
    if token == b"null":
        return None
    return _string_of(token) if token.startswith(b'"') else token.decode()
