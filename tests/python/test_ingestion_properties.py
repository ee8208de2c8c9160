"""given files with anything in them, when they are read, then every record is there as another reader sees it.

The other reader is written from the rules of docs/ingestion.md: a machine that looks at one character after the other for
CSV, Python's json for JSON lines, and what was put into them for Parquet files.
"""

import gzip
import io
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ingestion import Zoo, feed

from lakevault.feeds import Column, Feed, Options
from lakevault.ingest.formats import UnreadableError, inspect, read
from lakevault.lake.delta import fingerprint

NAMES = ("a", "b", "c")
# The feeds: what is generated for each, and the options of its definition.
FEEDS: dict[str, tuple[str, dict[str, str]]] = {
    "plain": ("csv", {}),
    "semicolon": ("csv", {"separator": ";", "encoding": "cp1252"}),
    "tab": ("csv", {"separator": "\t", "quoting": "none"}),
    "escaped": ("csv", {"escape": "\\", "encoding": "utf-16-le"}),
    "pipe": ("csv", {"separator": "|", "encoding": "iso-8859-15", "escape": "/", "quoting": "none"}),
    "lines": ("json", {}),
    "wide_lines": ("json", {"encoding": "utf-16-be"}),
    "archive": ("parquet", {}),
}


@dataclass
class Landed:
    """A generated file: the bytes of it, and the name of its feed."""

    kind: str
    content: bytes
    # The values of each record by name, where no reader has to tell them.
    rows: list[dict[str, str | None]] | None = None


@dataclass
class Told:
    """What the other reader makes of a file: the values of each record by name, and the text of the malformed ones."""

    rows: list[dict[str, str | None]] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)


# --- The other reader ------------------------------------------------------------------------------------------------


def lines_of(text: str) -> list[tuple[int, int, int]]:
    """Start, end and start of the next of all lines."""
    first = re.search("\r\n|\r|\n", text)
    ends = ("\r\n", "\n", "\r") if first and first[0] == "\r" else ("\r\n", "\n")
    found, start, at = [], 0, 0
    while at < len(text):
        end = next((end for end in ends if text.startswith(end, at)), "")
        if end:
            found.append((start, at, at + len(end)))
            start = at + len(end)
        at += len(end) or 1
    return [*found, (start, len(text), len(text))] if start < len(text) else found


def csv_of(text: str, options: Options) -> Told | None:
    """Records of CSV text, character by character; None when its header cannot be read."""
    told, header, at = Told(), None, 0
    starts = {start: (end, after) for start, end, after in lines_of(text)}
    ends = {end: after for end, after in starts.values()}
    line_ends = sorted(ends)
    blanks = "".join(set(" \t\0\x1a") - {options.separator})
    while at < len(text):
        start, values, fits = at, [], True
        while True:
            value, value_at, was_quoted = "", at, False
            if text[at : at + 1] == '"' and options.quoting == "standard":
                was_quoted, at, closed = True, at + 1, False
                while at < len(text) and not closed:
                    if text[at] == options.escape and at + 1 < len(text):
                        value, at = value + text[at + 1], at + 2
                    elif text[at : at + 2] == '""':
                        value, at = value + '"', at + 2
                    elif text[at] == '"':
                        closed, at = True, at + 1
                    else:
                        value, at = value + text[at], at + 1
                fits = closed and (at == len(text) or at in ends or text[at] == options.separator)
            else:
                while at < len(text) and at not in ends and text[at] != options.separator:
                    if text[at] == options.escape:
                        if at + 1 == len(text):
                            fits = False
                            break
                        at += 1
                    value, at = value + text[at], at + 1
                is_null = options.escape and text[value_at:at] == options.escape + "N"
                value = None if is_null or (not value and not was_quoted) else value
            if not fits:
                end = next((end for end in line_ends if end >= value_at), len(text))
                at, after = end, ends.get(end, len(text))
                break
            values.append(value)
            if at < len(text) and at not in ends:
                at += 1
                continue
            after = ends.get(at, len(text))
            break
        raw, at = text[start:at], after
        if header is None:
            if raw.strip(blanks):
                if not fits:
                    return None
                header = []
                for place, name in enumerate(values, start=1):
                    header.append(name if name and name not in header else f"{name or ''}#{place}")
        elif raw.strip(blanks) or (fits and len(values) == len(header) > 1):
            if fits and len(values) == len(header):
                told.rows.append(dict(zip(header, values, strict=True)))
            else:
                told.malformed.append(raw)
    return told


def json_of(text: str) -> Told:
    """Records of JSON lines by Python's own reader."""
    told = Told()

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    def pairs(found: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        return found

    decoder = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=refuse, object_pairs_hook=pairs)
    for start, end, _ in lines_of(text):
        line = text[start:end]
        if not line.strip(" \t\0\x1a\r"):
            continue
        try:
            objects, at = [], len(line) - len(line.lstrip(" \t\r\n"))
            while at < len(line):
                if line[at] != "{":
                    raise ValueError("no object")
                found, at = decoder.raw_decode(line, at)
                json.dumps(found, default=str, ensure_ascii=False).encode()
                objects.append(found)
                at += len(line[at:]) - len(line[at:].lstrip(" \t\r\n"))
            if not objects:
                raise ValueError("nothing")
        except (ValueError, RecursionError):
            told.malformed.append(line.removesuffix("\r"))
            continue
        for found in objects:
            row: dict[str, str | None] = {}
            names = [name for name, _ in found]
            for place, (name, value) in enumerate(found):
                is_last = name not in names[place + 1 :]
                number = names[: place + 1].count(name)
                row[name if is_last else f"{name}#{number}"] = as_text(value)
            told.rows.append(row)
    return told


class Number(str):
    """A number as it is written."""


def as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    # The text of what is nested is as written; here its blanks are left out of the comparison.
    return "nested"


def told_of(landed: Landed) -> Told | None:
    """What the other reader makes of a file; None when it has to be refused as a whole."""
    if landed.rows is not None:
        return Told(landed.rows)
    kind, options = FEEDS[landed.kind]
    content = gzip.decompress(landed.content) if landed.content.startswith(b"\x1f\x8b") else landed.content
    declared = options.get("encoding", "utf-8")
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    encoding = next((name for mark, name in marks.items() if content.startswith(mark)), declared)
    try:
        text = content.decode(encoding)
    except UnicodeError:
        return None
    return csv_of(text, Options(**options)) if kind == "csv" else json_of(text)


# --- The files -------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.sampled_from('abcN01 .,;|\t"\\/\r\n\0\x1aéß€\ufeff\u2028\x85{}[]:'), max_size=6)
LINE_ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r\n", "\r"])


@st.composite
def csv_files(draw: st.DrawFn, kind: str) -> Landed:
    """Rows written as a sender might, well or badly: some values in quotes, some not, some lines of anything."""
    options = Options(**FEEDS[kind][1])
    separator, end = options.separator, draw(LINE_ENDS)
    header = [*NAMES, *draw(st.lists(st.sampled_from(["", "a", "x", "y z", "[/z]"]), max_size=2))]
    lines = [separator.join(draw(st.permutations(header)))]
    for _ in range(draw(st.integers(0, 8))):
        if draw(st.integers(0, 5)) == 0:
            lines.append(draw(TEXTS))
            continue
        size = len(header) + (draw(st.sampled_from([-1, 1])) if draw(st.integers(0, 7)) == 0 else 0)
        values = []
        for _ in range(size):
            value = draw(TEXTS)
            how = draw(st.integers(0, 3))
            if how == 0 and options.quoting == "standard":
                value = '"' + value.replace('"', '""') + '"'
            elif how == 1 and options.escape:
                value = "".join(options.escape + c if c in f'{separator}"\r\n{options.escape}' else c for c in value)
            elif how == 2:
                value = re.sub(r'[\r\n"\\/]', "", value).replace(separator, "")
            values.append(value)
        lines.append(separator.join(values))
    text = end.join(lines) + draw(st.sampled_from(["", end, end + end]))
    return Landed(kind, encoded(draw, text, options.encoding))


JSON_NAMES = st.sampled_from([*NAMES, *NAMES, "x", "A", 'q"', "é", ""])
NUMBERS = st.sampled_from(["0", "-0", "1.10", "1e3", "1E-7", "12345678901234567890.123456789", "-5"])
JSON_VALUES = st.one_of(
    st.sampled_from(["null", "true", "false", "[]", "{}", '{"a": 1.10, "a": null}', '[1, {"b": "}"}]', r'"\u00e9"', r'"\ud83d\ude00"']),
    NUMBERS,
    TEXTS.map(lambda text: json.dumps(text, ensure_ascii=False)),
)  # fmt: skip


@st.composite
def json_files(draw: st.DrawFn, kind: str) -> Landed:
    """Objects with names that come, go and repeat, blanks between, several on a line, and lines of anything."""
    blank = st.sampled_from(["", "", "", " ", "\t"])
    lines = []
    for _ in range(draw(st.integers(0, 8))):
        how = draw(st.integers(0, 9))
        if how == 0:
            lines.append(
                draw(
                    st.sampled_from(
                        ["{broken", "[1]", "null", '{"a": 01}', '{"a": NaN}', r'{"a": "\ud800"}', "  ", "{}x"]
                    )
                )
            )
            continue
        objects = []
        for _ in range(2 if how == 1 else 1):
            pairs = draw(st.lists(st.tuples(JSON_NAMES, JSON_VALUES), max_size=5))
            inner = ",".join(
                f"{draw(blank)}{json.dumps(name, ensure_ascii=False)}{draw(blank)}:{draw(blank)}{value}"
                for name, value in pairs
            )
            objects.append("{" + inner + draw(blank) + "}")
        lines.append(draw(blank).join(objects))
    end = draw(LINE_ENDS)
    lines.insert(0, '{"a": 1, "b": 2, "c": 3}')
    return Landed(
        kind, encoded(draw, end.join(lines) + draw(st.sampled_from(["", end])), FEEDS[kind][1].get("encoding", "utf-8"))
    )


def encoded(draw: st.DrawFn, text: str, encoding: str) -> bytes:
    """In the declared encoding, or with a byte-order mark, sometimes damaged, sometimes compressed."""
    if draw(st.integers(0, 5)) == 0:
        encoding = draw(st.sampled_from(["utf-8-sig", "utf-16"]))
    content = text.encode(encoding, errors="replace")
    damage = draw(st.integers(0, 11))
    if damage < 3 and content:
        place = draw(st.integers(0, len(content) - 1))
        put = draw(st.sampled_from([b"", b'"', b"\n", b"\0", b"\xff", b"{", b"\\"]))
        content = [
            content[:place],
            content[:place] + put + content[place:],
            content[:place] + put + content[place + 1 :],
        ][damage]
    return gzip.compress(content) if draw(st.integers(0, 7)) == 0 and content else content


@st.composite
def parquet_files(draw: st.DrawFn, kind: str) -> Landed:
    """Text, numbers and other columns in row groups of any size."""
    size = draw(st.integers(0, 6))
    texts = [
        draw(st.lists(st.none() | st.text(max_size=5).filter(lambda t: t.isprintable()), min_size=size, max_size=size))
        for _ in range(2)
    ]
    numbers = draw(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=size, max_size=size))
    other = draw(st.sampled_from(["x", "A", "y z"]))
    table = pa.table(
        {
            "a": pa.array(texts[0], pa.string()),
            "b": pa.array(numbers, pa.int64()),
            "c": pa.array(texts[1], pa.string()),
            other: pa.array(numbers, pa.int64()),
        }
    )
    buffer = io.BytesIO()
    pq.write_table(
        table,
        buffer,
        row_group_size=draw(st.integers(1, 4)),
        compression=draw(st.sampled_from(["snappy", "zstd", "none"])),
    )
    told = [None if number is None else str(number) for number in numbers]
    rows = [
        dict(zip(("a", "b", "c", other), row, strict=True)) for row in zip(texts[0], told, texts[1], told, strict=True)
    ]
    return Landed(kind, buffer.getvalue(), rows)


MAKERS = {"csv": csv_files, "json": json_files, "parquet": parquet_files}
A_FILE = st.sampled_from(list(FEEDS)).flatmap(lambda kind: MAKERS[FEEDS[kind][0]](kind))


# --- The properties --------------------------------------------------------------------------------------------------


def defined(kind: str) -> Feed:
    form, options = FEEDS[kind]
    columns = tuple(Column(name=name) for name in NAMES)
    return Feed(source="zoo", name=kind, table=f"bronze.zoo_{kind}", columns=columns, format=form, key=("a",), options=Options(**options))  # fmt: skip


def whole(row: dict[str, str | None]) -> dict[str, str | None]:
    """A record as it is compared: the columns of the feed, and other values that are there; nested text as a word."""
    told = {name: row.get(name) for name in NAMES} | {k: v for k, v in row.items() if v is not None}
    return {
        name: "nested" if value and re.match(r"[\[{]", value) and is_json(value) else value
        for name, value in told.items()
    }


def is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False


def ours(path: Path, kind: str, texts: bool) -> Told | None:
    """What our reader makes of a file; None when it refuses it."""
    told, malformed = Told(), []
    try:
        for records in read(path, defined(kind), wanted=None, texts=texts):
            columns = {name: values.to_pylist() for name, values in records.columns.items()}
            extras = records.extras.to_pylist() if records.extras is not None else [None] * records.count
            for place in range(records.count):
                row = {name: values[place] for name, values in columns.items()}
                told.rows.append(row | json.loads(extras[place] or "{}"))
            malformed += records.malformed
    except UnreadableError:
        return None
    told.malformed = [text for _, text in malformed]
    return told


def check_reader(folder: Path, landed: Landed) -> None:
    path = folder / "file"
    path.write_bytes(landed.content)
    expected, found, careful = told_of(landed), ours(path, landed.kind, False), ours(path, landed.kind, True)
    # The shortcut for regular pieces and the way record by record give the same.
    assert found == careful
    if expected is None or found is None:
        assert (expected, found) == (None, None)
        return
    if FEEDS[landed.kind][0] != "parquet":
        assert found.malformed == expected.malformed
    assert list(map(whole, found.rows)) == list(map(whole, expected.rows))
    content = inspect(path, defined(landed.kind))
    assert (content.rows, content.malformed) == (len(expected.rows) + len(expected.malformed), len(expected.malformed))


def test_every_record_is_read_as_another_reader_sees_it(tmp_path, request):
    many = 5_000 if request.config.getoption("--chaos") else 1_000

    @settings(max_examples=many, deadline=None, derandomize=not request.config.getoption("--chaos"), database=None, suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(A_FILE)
    def check(landed: Landed) -> None:
        check_reader(tmp_path, landed)

    check()


@pytest.mark.parametrize("size", [4, 5, 7])
@pytest.mark.parametrize("kind", FEEDS)
def test_where_a_piece_ends_changes_nothing(tmp_path, kind, size, monkeypatch):
    monkeypatch.setattr("lakevault.ingest.formats.limits.BLOCK", size)
    monkeypatch.setattr("lakevault.ingest.formats.limits.ROWS_PER_BATCH", 3)

    @settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(MAKERS[FEEDS[kind][0]](kind))
    def check(landed: Landed) -> None:
        check_reader(tmp_path, landed)

    check()


TOO_LONG = {
    "a line without an end": ("plain", "a,b,c\n1," + "x" * 500),
    "a header without an end": ("plain", "x" * 500),
    "padding without an end": ("plain", "a,b,c\n" + "\0" * 500),
    "a line of JSON": ("lines", '{"a": "' + "x" * 500 + '"}'),
}


@pytest.mark.parametrize("what", TOO_LONG)
def test_a_record_that_never_ends_fills_no_memory(tmp_path, what, monkeypatch):
    monkeypatch.setattr("lakevault.ingest.formats.limits.BLOCK", 16)
    monkeypatch.setattr("lakevault.ingest.formats.limits.MAX_RECORD", 100)
    kind, text = TOO_LONG[what]
    (tmp_path / "file").write_bytes(text.encode(FEEDS[kind][1].get("encoding", "utf-8")))
    assert ours(tmp_path / "file", kind, texts=False) is None


def test_of_a_value_that_goes_on_over_line_ends_for_ever_nothing_lands(tmp_path, monkeypatch):
    monkeypatch.setattr("lakevault.ingest.formats.limits.BLOCK", 16)
    monkeypatch.setattr("lakevault.ingest.formats.limits.MAX_RECORD", 100)
    (tmp_path / "file").write_text("a|b|c\n1|" + "x/\n" * 200)
    told = ours(tmp_path / "file", "pipe", texts=False)
    assert told is not None
    assert told.rows == []
    assert "".join(told.malformed).count("x/") == 200


def test_a_quote_that_is_closed_too_late_counts_as_never_closed(tmp_path, monkeypatch):
    monkeypatch.setattr("lakevault.ingest.formats.limits.BLOCK", 16)
    monkeypatch.setattr("lakevault.ingest.formats.limits.MAX_RECORD", 100)
    (tmp_path / "file").write_text('a,b,c\n1,"x\n' + "y\n" * 59 + '""tail","more",z\n2,p,q\n')
    told = ours(tmp_path / "file", "plain", texts=False)
    assert told is not None
    assert told.rows == [{"a": "2", "b": "p", "c": "q"}]
    assert told.malformed == ['1,"x', *["y"] * 59, '""tail","more",z']


@pytest.mark.parametrize("frames", [0, 100, 500])
def test_how_deep_a_value_may_be_does_not_depend_on_where_it_is_read(tmp_path, frames):
    (tmp_path / "file").write_text("".join('{"a": ' + "[" * deep + "]" * deep + "}\n" for deep in (300, 600)))

    def below(depth: int) -> Told | None:
        return below(depth - 1) if depth else ours(tmp_path / "file", "lines", texts=False)

    told = below(frames)
    assert told is not None
    assert (len(told.rows), len(told.malformed)) == (1, 1)


def generated(number: int, derandomize: bool) -> list[Landed]:
    found: list[Landed] = []

    @settings(max_examples=number, deadline=None, derandomize=derandomize, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(A_FILE)
    def take(landed: Landed) -> None:
        found.append(landed)

    take()
    return found


@pytest.fixture(scope="module")
def landed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Zoo, dict[str, Landed]]:
    """A lake into which some hundred generated files were ingested at once, and the files by name."""
    chaos = request.config.getoption("--chaos")
    zoo = Zoo.with_feeds(tmp_path_factory.mktemp("generated"), [
        feed(kind, {name: {} for name in NAMES}, format=form, key=["a"], options=options, contract={"missing": "rescue"})
        for kind, (form, options) in FEEDS.items()
    ])  # fmt: skip
    files = {
        f"zoo/{each.kind}/{number:05d}": each
        for number, each in enumerate(generated(5_000 if chaos else 100, not chaos))
    }
    for name, each in files.items():
        zoo.put(name, each.content)
    zoo.run("ingest")
    return zoo, files


def test_bronze_and_quarantine_hold_what_another_reader_sees_in_each_file(landed):
    zoo, files = landed
    ledger = {row["file_name"]: row for row in zoo.table("ledger")}
    assert set(ledger) == set(files)
    rows: dict[str, list] = {name: [] for name in files}
    for kind in FEEDS:
        for row in zoo.table(f"zoo_{kind}"):
            rows[row["file_name"]].append({name: row[name] for name in NAMES} | json.loads(row["rescued_data"] or "{}"))
    refused: dict[str, list[str]] = {name: [] for name in files}
    for row in sorted(zoo.table("quarantine"), key=lambda row: row["position"]):
        refused[row["file_name"]].append(row["raw_text"])
    taken = 0
    for name, each in files.items():
        state = ledger[name]
        if state["status"] == "quarantined":
            # The file is there, as received.
            [stored] = (zoo.landing / "quarantine").rglob(f"{state['file_id']}-*")
            assert stored.read_bytes() == each.content
            assert not rows[name] and not refused[name]
            continue
        told = told_of(each)
        assert told is not None, name
        assert Counter(map(repr, map(sorted_items, rows[name]))) == Counter(map(repr, map(sorted_items, told.rows))), (
            name
        )
        assert refused[name] == told.malformed, name
        assert (
            state["row_count"]
            == state["landed_count"] + state["quarantined_count"]
            == len(told.rows) + len(told.malformed)
        )
        taken += 1
    assert taken > len(files) / 2


def sorted_items(row: dict[str, str | None]) -> list[tuple[str, str | None]]:
    return sorted(whole(row).items())


def test_a_second_start_gives_the_same(landed):
    zoo, _ = landed
    before = fingerprint(zoo.base / "lake")
    assert "Nothing new" in zoo.run("ingest")
    assert fingerprint(zoo.base / "lake") == before
