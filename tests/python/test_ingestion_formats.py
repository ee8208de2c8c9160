"""given a file of every odd kind, when it is ingested with all the others, then none of its values is lost, and none stops another."""

import bz2
import gzip
import io
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingestion import Zoo, feed, kept, records

from lakevault.feeds import AUDIT_COLUMNS

COLUMNS = {
    "order_id": {"type": "bigint"},
    "amount": {"type": "decimal(12, 2)"},
    "ordered_on": {"type": "date", "format": "yyyy-MM-dd"},
    "note": {},
}
FEEDS = [
    feed("order", COLUMNS, format="csv", key=["order_id"]),
    feed("letter", COLUMNS, format="csv", key=["order_id"], options={"encoding": "iso-8859-1", "separator": ";"}),
    feed("patient", COLUMNS, format="csv", key=["order_id"], contract={"missing": "rescue", "changed": "quarantine"}),
    feed("event", COLUMNS, format="json", key=["order_id"]),
    feed("archive", COLUMNS, format="parquet", key=["order_id"]),
    feed("typed", {"order_id": {}, "value": {}}, format="parquet", key=["order_id"]),
    feed("extract", COLUMNS, format="csv", key=["order_id"], delivers="full_extract"),
    feed("email", {"email": {}}, format="csv", key=["email"]),
    feed("exact", {"order_id": {}, "amount": {"type": "decimal(38, 10)"}, "note": {}}, format="json", key=["order_id"]),
    feed("raw", {"a": {}, "b": {}}, format="csv", key=["a"], options={"quoting": "none", "separator": "\t"}),
    feed("dump", {"a": {}, "b": {}}, format="csv", key=["a"], options={"escape": "\\"}),
    feed("windows", {"a": {}, "b": {}}, format="csv", key=["a"], options={"encoding": "cp1252"}),
    feed("wide", {"a": {}, "b": {}}, format="csv", key=["a"], options={"encoding": "utf-16-le"}),
    feed("blank", {"a": {"type": "bigint"}, "b": {}}, format="csv", key=["a"], contract={"changed": "quarantine"}),
]
HEADER = "order_id,amount,ordered_on,note\n"
PLAIN = HEADER + "1,9.90,2017-01-01,first\n2,10.00,2017-01-02,\n3,0.10,,third\n"


def parquet(**extra: list) -> bytes:
    table = pa.table(
        {
            "order_id": [1, 2],
            "amount": [9.5, None],
            "ordered_on": ["2017-01-01", "2017-01-02"],
            "note": ["a", "b"],
            **extra,
        }
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer, write_page_checksum=True)
    return buffer.getvalue()


def flipped(content: bytes, at: float = 0.5) -> bytes:
    place = int(len(content) * at)
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


def lines(*records: dict | str, end: str = "\n") -> str:
    return "".join(
        (record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)) + end for record in records
    )


EVENT = {"order_id": 1, "amount": 9.90, "ordered_on": "2017-01-01", "note": "first"}


@dataclass
class Taken:
    """A file that is taken: its records, and those of them that are rescued or in quarantine."""

    content: bytes | str
    rows: int
    rescued: int = 0
    quarantined: int = 0
    encoding: str = "utf-8"


@dataclass
class Refused:
    """A file that goes to quarantine as a whole, and the reason."""

    content: bytes | str
    reason: str


FILES = {
    "order/plain.csv": Taken(PLAIN, 3),
    "order/byte-order-mark.csv": Taken(PLAIN.replace("first", "bom").encode("utf-8-sig"), 3, encoding="utf-8-sig"),
    "order/utf-16.csv": Taken(PLAIN.replace("first", "wörd").encode("utf-16"), 3, encoding="utf-16"),
    "order/utf-16-big-endian.csv": Taken(b"\xfe\xff" + PLAIN.replace("first", "bé").encode("utf-16-be"), 3, encoding="utf-16"),
    "order/latin-1.csv": Refused(PLAIN.replace("first", "façade").encode("latin-1"), "encoding"),
    "letter/latin-1.csv": Taken("order_id;amount;ordered_on;note\n1;9.90;2017-01-01;façade, naïve\n".encode("latin-1"), 1, encoding="latin-1"),
    "order/emoji-and-arabic.csv": Taken(PLAIN.replace("first", "🚀 مرحبا é"), 3),
    "order/nul-bytes.csv": Taken(PLAIN.replace("first", "a\0b").replace("third", "\0"), 3),
    "order/nul-first.csv": Taken(HEADER.replace("order_id,amount,ordered_on,note", "note,order_id,amount,ordered_on") + "\0x,1,1.00,2017-01-01\n", 1),
    "order/crlf.csv": Taken(PLAIN.replace("first", "crlf").replace("\n", "\r\n"), 3),
    "order/cr.csv": Taken(PLAIN.replace("first", "cr").replace("\n", "\r"), 3),
    "order/mixed-line-ends.csv": Taken(HEADER + "1,1.00,2017-01-01,lf\n2,2.00,2017-01-02,crlf\r\n3,3.00,2017-01-03,lf\n", 3),
    "order/quoted-break.csv": Taken(HEADER + '1,1.00,2017-01-01,"two\nlines"\n2,2.00,2017-01-02,"a\r\nb"\n', 2),
    "order/quoted-break-crlf.csv": Taken((HEADER + '1,1.00,2017-01-01,"two§lines"\n2,2.00,2017-01-02,x\n').replace("\n", "\r\n").replace("§", "\n"), 2),
    "order/quoted-break-cr.csv": Taken((HEADER + '1,1.00,2017-01-01,"two§lines"\n2,2.00,2017-01-02,x\n').replace("\n", "\r").replace("§", "\n"), 2),
    "order/quoted-quotes.csv": Taken(HEADER + '1,1.00,2017-01-01,"she said ""no"", twice"\n2,2.00,2017-01-02,"""x"""\n', 2),
    "order/backslashes.csv": Taken(HEADER + '1,1.00,2017-01-01,"a\\"\n2,2.00,2017-01-02,\\N\n', 2),
    "order/spaces.csv": Taken(HEADER + "1,1.00,2017-01-01,  both sides  \n", 1),
    "order/unknown-first-letter.csv": Taken(HEADER + "#1,1.00,2017-01-01,comment?\n", 1, rescued=1),
    "order/blank-lines.csv": Taken("\n" + HEADER + "\n1,1.00,2017-01-01,blank\n\n\n", 1),
    "order/no-last-line-end.csv": Taken(PLAIN.replace("first", "open").rstrip("\n"), 3),
    "order/decimal-comma.csv": Taken(HEADER + '1,"12,5",2017-01-01,comma\n2,12.5,2017-01-02,point\n', 2, rescued=1),
    "order/type-changed.csv": Taken(HEADER + "one,1.00,01.02.2017,words\n", 1, rescued=1),
    "patient/type-changed.csv": Taken(HEADER + "one,1.00,2017-01-01,word\n2,2.00,2017-01-02,fine\n", 2, quarantined=1),
    "order/megabyte.csv": Taken(HEADER + f"1,1.00,2017-01-01,{'x' * 1_048_576}\n", 1),
    "order/ten-thousand-columns.csv": Taken(
        ",".join(["order_id", "amount", "ordered_on", "note", *(f"c{n}" for n in range(9996))]) + "\n"
        + ",".join(["1", "1.00", "2017-01-01", "wide", *(f"v{n}" for n in range(9996))]) + "\n", 1, rescued=1),
    "order/reordered.csv": Taken("note,ordered_on,order_id,amount\nlast,2017-01-01,7,1.00\n", 1),
    "order/added.csv": Taken(HEADER.replace("note", "note,colour") + "1,1.00,2017-01-01,more,red\n2,1.00,2017-01-01,none,\n", 2, rescued=1),
    "order/added-twice-and-nameless.csv": Taken(HEADER.replace("note", "note,x,x,") + "1,1.00,2017-01-01,more,a,b,c\n", 1, rescued=1),
    "order/missing.csv": Refused("order_id,amount,note\n1,1.00,less\n", "missing_columns"),
    "patient/missing.csv": Taken("order_id,amount,note\n1,1.00,less\n", 1),
    "patient/key-missing.csv": Refused("amount,ordered_on,note\n1.00,2017-01-01,less\n", "missing_columns"),
    "order/renamed.csv": Refused("order_id,amount,ordered_on,remark\n1,1.00,2017-01-01,less\n", "missing_columns"),
    "order/header-missing.csv": Refused("1,1.00,2017-01-01,no header\n2,1.00,2017-01-01,none\n", "no_header"),
    "order/value-more.csv": Taken(HEADER + "1,1.00,2017-01-01,fine\n2,2.00,2017-01-02,a,b\n3,3.00,2017-01-03,fine\n", 3, quarantined=1),
    "order/value-less.csv": Taken(HEADER + "1,1.00,2017-01-01,fine\n2,2.00\n", 2, quarantined=1),
    "order/zero-bytes.csv": Taken(b"", 0),
    "order/header-only.csv": Taken(HEADER, 0),
    "order/whole.csv.gz": Taken(gzip.compress(PLAIN.replace("first", "zipped").encode()), 3),
    "order/whole.csv.bz2": Taken(bz2.compress(PLAIN.replace("first", "zipped too").encode()), 3),
    "order/truncated.csv.gz": Refused(gzip.compress(PLAIN.encode() * 50)[:60], "unreadable"),
    "order/flipped.csv.gz": Refused(flipped(gzip.compress(PLAIN.encode() * 50), 0.9), "unreadable"),
    "order/not-zipped.csv.gz": Refused(PLAIN, "unreadable"),
    "event/plain.jsonl": Taken(lines(EVENT, EVENT | {"order_id": 2, "note": None}), 2),
    "event/byte-order-mark.jsonl": Taken(lines(EVENT | {"note": "bom"}).encode("utf-8-sig"), 1, encoding="utf-8-sig"),
    "event/utf-16.jsonl": Taken(lines(EVENT | {"note": "wide"}).encode("utf-16"), 1, encoding="utf-16"),
    "event/latin-1.jsonl": Refused(lines(EVENT | {"note": "façade"}).encode("latin-1"), "encoding"),
    "event/crlf.jsonl": Taken(lines(EVENT, EVENT | {"note": "crlf"}, end="\r\n"), 2),
    "event/cr.jsonl": Taken(lines(EVENT, EVENT | {"note": "cr"}, end="\r"), 2),
    "event/blank-lines.jsonl": Taken("\n" + lines(EVENT | {"note": "blank"}, "  "), 1),
    "event/broken-line.jsonl": Taken(lines(EVENT, '{"order_id": 2, "amount"', EVENT | {"note": "after"}), 3, quarantined=1),
    "event/not-an-object.jsonl": Taken(lines(EVENT, "[1, 2]", "null", "5"), 4, quarantined=3),
    "event/single-quotes.jsonl": Taken(lines(EVENT, "{'order_id': 5}"), 2, quarantined=1),
    "event/added.jsonl": Taken(lines(EVENT | {"colour": "red"}, EVENT | {"note": "none"}), 2, rescued=1),
    "event/added-by-case.jsonl": Taken(lines(EVENT | {"Note": "capital"}), 1, rescued=1),
    "event/missing-in-one-line.jsonl": Taken(lines(EVENT, {"order_id": 3}), 2),
    "event/missing.jsonl": Refused(lines({"order_id": 3}), "missing_columns"),
    "event/type-changed.jsonl": Taken(lines(EVENT | {"order_id": "one", "amount": "12,5"}), 1, rescued=1),
    "event/nested.jsonl": Taken(lines(EVENT | {"note": {"de": "ja", "more": ["a", "b"]}}), 1),
    "event/numbers-as-written.jsonl": Taken(lines('{"order_id": 12345678901234567890, "amount": 1.50, "ordered_on": null, "note": 1e3}'), 1, rescued=1),
    "event/nested-break.jsonl": Taken(lines(EVENT | {"note": "two\nlines \u2028 here"}), 1),
    "event/truncated.jsonl.gz": Refused(gzip.compress(lines(EVENT).encode() * 50)[:60], "unreadable"),
    "archive/whole.parquet": Taken(parquet(), 2),
    "archive/added.parquet": Taken(parquet(colour=["red", None]), 2, rescued=1),
    "archive/truncated.parquet": Refused(parquet()[:-40], "unreadable"),
    "archive/flipped.parquet": Refused(flipped(parquet(), 0.02), "unreadable"),
    "archive/amount-as-text.parquet": Taken(parquet(amount=["12.5", "much"]), 2, rescued=1),
    "archive/twins-but-for-case.parquet": Taken(parquet(Note=["x", "y"]), 2, rescued=2),
    "archive/text-that-is-none.parquet": Refused(parquet(seen=pa.StringArray.from_buffers(2, pa.py_buffer(np.array([0, 1, 2], np.int32)), pa.py_buffer(b"\xff\xfe"))), "unreadable"),
    "archive/beyond-the-calendar.parquet": Refused(parquet(seen=pa.array([2**62, 0], pa.timestamp("ms"))), "unreadable"),
    "archive/no-parquet.parquet": Refused(PLAIN, "unreadable"),
    "unknown/plain.csv": Refused(PLAIN, "no_feed"),
}  # fmt: skip


@dataclass
class Exactly:
    """A file that is taken: the values of each record in Bronze, its rescued data, and the text of those in quarantine."""

    content: bytes | str
    rows: list[tuple[str | None, ...]]
    rescued: list[str] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)


DAY = "2017-01-01"
NESTED = '{"a": 1.10, "b": 1e-7, "c":  [1.0, 12345678901234567.89]}'
NUMBERS = f"""{{"order_id": "§1", "amount": 12345678901234567.89, "note": 9.90+}}
{{"order_id": "§2", "amount": 0.1234567891, "note": 1e3+}}
{{"order_id": "§3", "amount": 1.10, "note": {NESTED}+}}
{{"order_id": 1.10, "amount": 9007199254740993, "note": true+}}
"""
AS_WRITTEN = [
    ("§1", "12345678901234567.89", "9.90"),
    ("§2", "0.1234567891", "1e3"),
    ("§3", "1.10", NESTED),
    ("1.10", "9007199254740993", "true"),
]


def numbers(letter: str, more: str = "") -> str:
    return NUMBERS.replace("§", letter).replace("+", more)


def as_written(letter: str) -> list[tuple[str, ...]]:
    return [tuple(value.replace("§", letter) for value in row) for row in AS_WRITTEN]


def order(number: int, note: str | None = "x", amount: str = "1.00") -> tuple[str | None, ...]:
    return (str(number), amount, DAY, note)


def event(number: int, more: str = "") -> str:
    return f'{{"order_id": {number}, "amount": 1.00, "ordered_on": "{DAY}", "note": "x"{more}}}'


EXACT = {
    "order/stray-quotes.csv": Exactly(HEADER + f'1,1.00,{DAY},x\n2,2.00,{DAY},"12 inch\n3,1.00,{DAY},x\n4,4.00,{DAY},"other\n5,1.00,{DAY},x\n',
        [order(1), order(3), order(5)], quarantined=[f'2,2.00,{DAY},"12 inch', f'4,4.00,{DAY},"other']),
    "order/text-behind-a-quote.csv": Exactly(HEADER + f'1,1.00,{DAY},"a"b\n2,1.00,{DAY},x\n', [order(2)], quarantined=[f'1,1.00,{DAY},"a"b']),
    "order/quote-within.csv": Exactly(HEADER + f'1,1.00,{DAY},12" wide\n2,1.00,{DAY},"12"" wide"\n', [order(1, '12" wide'), order(2, '12" wide')]),
    "order/nothing-and-empty.csv": Exactly(HEADER + f'1,1.00,{DAY},\n2,1.00,{DAY},""\n', [order(1, None), order(2, "")]),
    "order/blank-values.csv": Exactly(HEADER + f"1,1.00,{DAY},  both  \n2,1.00,{DAY}, \n", [order(1, "  both  "), order(2, " ")]),
    "order/nbsp-line.csv": Exactly(HEADER + f"1,1.00,{DAY},nbsp\n\u00a0\n2,1.00,{DAY},x\n", [order(1, "nbsp"), order(2)], quarantined=["\u00a0"]),
    "order/fewer-commas.csv": Exactly(HEADER + f"1,1.00,{DAY},fewer\n,,\n", [order(1, "fewer")], quarantined=[",,"]),
    "order/all-empty.csv": Exactly(HEADER + f"1,1.00,{DAY},all\n,,,\n", [order(1, "all"), (None, None, None, None)]),
    "order/crlf-header-lf-rows.csv": Exactly(f'order_id,amount,ordered_on,note\r\n1,1.00,{DAY},uno\n2,1.00,{DAY},"dos\nlineas"\n', [order(1, "uno"), order(2, "dos\nlineas")]),
    "order/lf-header-crlf-rows.csv": Exactly(HEADER + f'1,1.00,{DAY},one\r\n2,1.00,{DAY},"two\nlines"\r\n3,1.00,{DAY},three\r\n', [order(1, "one"), order(2, "two\nlines"), order(3, "three")]),
    "order/stray-cr.csv": Exactly(HEADER + f'1,1.00,{DAY},a\rb\n2,1.00,{DAY},"x\ny"\n', [order(1, "a\rb"), order(2, "x\ny")]),
    "order/ctrl-z-end.csv": Exactly(HEADER + f"1,1.00,{DAY},ctrlz\n\x1a\n", [order(1, "ctrlz")]),
    "order/nul-padding-end.csv": Exactly(HEADER + f"1,1.00,{DAY},nulpad\n" + "\0" * 64, [order(1, "nulpad")]),
    "order/space-and-tab-lines.csv": Exactly(HEADER + f"  \n1,1.00,{DAY},blanks\n\t\n", [order(1, "blanks")]),
    "order/zero-padded.csv.gz": Exactly(gzip.compress((HEADER + f"1,1.00,{DAY},zp\n").encode()) + b"\0" * 512, [order(1, "zp")]),
    "order/two-members.csv.gz": Exactly(gzip.compress((HEADER + f"1,1.00,{DAY},m1\n").encode()) + gzip.compress(f"2,1.00,{DAY},m2\n".encode()), [order(1, "m1"), order(2, "m2")]),
    "order/[note] {a,b} *?.csv": Exactly(HEADER.replace("note", "note,[/note]") + f"1,1.00,{DAY},x,tag\n", [order(1)], ['{"[/note]":"tag"}']),
    "order/cents-and-more.csv": Exactly(HEADER + f"1,9.995,{DAY},more\n2,9.900,{DAY},zeros\n", [order(1, "more", "9.995"), order(2, "zeros", "9.900")], ['{"amount":"9.995"}']),
    "order/quoted-header.csv": Exactly(f'"order_id","amount","ordered_on","note","a ""b"""\n1,1.00,{DAY},x,y\n', [order(1)], ['{"a \\"b\\"":"y"}']),
    "order/second-mark.csv": Exactly(HEADER.replace("order_id,amount,ordered_on,note", "note,order_id,amount,ordered_on") + f"\ufeffx,1,1.00,{DAY}\n", [order(1, "\ufeffx")]),
    "order/next-line-and-separators.csv": Exactly(HEADER + f"1,1.00,{DAY},a\u0085b\u2028c\x0bd\x0ce\x1cf\n", [order(1, "a\u0085b\u2028c\x0bd\x0ce\x1cf")]),
    "email/blank-line.csv": Exactly("email\na@x.org\n  \nb@x.org\n\n", [("a@x.org",), ("b@x.org",)]),
    "email/quoted-empty.csv": Exactly('email\n""\nc@x.org\n', [("",), ("c@x.org",)]),
    "raw/quotes-are-text.csv": Exactly('a\tb\n"1\tx"y\n2\t"\n', [('"1', 'x"y'), ("2", '"')]),
    "dump/escaped.csv": Exactly('a,b\n1,a\\,b\n2,"say \\"no\\""\n3,\\N\n4,c:\\\\d\n5,two\\\nlines\n', [("1", "a,b"), ("2", 'say "no"'), ("3", None), ("4", "c:\\d"), ("5", "two\nlines")]),
    "windows/letters.csv": Exactly("a,b\n1,5 € façade œ\n".encode("cp1252"), [("1", "5 € façade œ")]),
    "wide/no-mark.csv": Exactly("a,b\n1,wörd\n".encode("utf-16-le"), [("1", "wörd")]),
    "blank/as-received.csv": Exactly("a,b\n  one , two  \n 1 ,  fine\n", [(" 1 ", "  fine")], quarantined=["  one , two  "]),
    "event/firehose.jsonl": Exactly(event(1) + event(2) + event(3), [order(1), order(2), order(3)]),
    "event/firehose-lines.jsonl": Exactly(event(1) + event(2) + "\n" + event(4) + "\n", [order(1), order(2), order(4)]),
    "event/cr-between.jsonl": Exactly(event(1) + "\r" + event(2) + "\n" + event(5) + "\n", [order(1), order(2), order(5)]),
    "event/trailing-garbage.jsonl": Exactly(event(6) + "\n" + event(7) + " oops\n", [order(6)], quarantined=[event(7) + " oops"]),
    "event/known-name-twice.jsonl": Exactly(event(8, ', "note": "second"') + "\n", [order(8, "second")], ['{"note#1":"x"}']),
    "event/known-name-twice-and-new.jsonl": Exactly(event(9, ', "note": "second", "tag": "b"') + "\n", [order(9, "second")], ['{"tag":"b","note#1":"x"}']),
    "event/new-name-twice.jsonl": Exactly(event(10, ', "tag": "a", "tag" : "b"') + "\n", [order(10)], ['{"tag":"b","tag#1":"a"}']),
    "event/name-like-a-numbered-one.jsonl": Exactly(event(23, ', "note": "second", "note#1": "own"') + "\n", [order(23, "second")], ['{"note#1":"own","note#2":"x"}']),
    "order/names-like-numbered-ones.csv": Exactly(HEADER.replace("note", "note,b,b#7,b") + f"1,1.00,{DAY},x,p,q,r\n", [order(1)], ['{"b":"p","b#7":"q","b#8":"r"}']),
    "event/names-in-values.jsonl": Exactly(event(11).replace('"x"', '"a\\": b"') + "\n" + event(12).replace('"x"', '{"note": {"note": 1}}') + "\n", [order(11, 'a": b'), order(12, '{"note": {"note": 1}}')]),
    "event/blanks-in-objects.jsonl": Exactly(f' {{ "order_id" :\t13 , "amount": 1.00 ,"ordered_on" : "{DAY}", "note": "x" }} \n', [order(13)]),
    "event/escapes.jsonl": Exactly(event(14).replace('"x"', r'"\u00e9 \ud83d\ude80 \/ \\ \n"') + "\n", [order(14, "é 🚀 / \\ \n")]),
    "event/lone-surrogate.jsonl": Exactly(event(15) + "\n" + event(16).replace('"x"', r'"\ud800"') + "\n", [order(15)], quarantined=[event(16).replace('"x"', r'"\ud800"')]),
    "event/not-a-number.jsonl": Exactly(event(17) + "\n" + event(18).replace("1.00", "NaN") + "\n" + event(19).replace("1.00", "01") + "\n", [order(17)], quarantined=[event(18).replace("1.00", "NaN"), event(19).replace("1.00", "01")]),
    "event/deep.jsonl": Exactly(event(20) + "\n" + "[" * 100_000 + "\n", [order(20)], quarantined=["[" * 100_000]),
    "event/huge-text.jsonl": Exactly(event(21).replace('"x"', f'"{"x" * 21_000_000}"') + "\n" + event(22) + "\n", [order(21, "x" * 21_000_000), order(22)]),
    "exact/plain.jsonl": Exactly(numbers("p"), as_written("p")),
    "exact/with-new.jsonl": Exactly(numbers("q", ', "colour": 7.70'), as_written("q"), ['{"colour":"7.70"}'] * 4),
    "exact/with-broken.jsonl": Exactly(numbers("r") + "{broken\n", as_written("r"), quarantined=["{broken"]),
}  # fmt: skip


def parquet_of(compression: str = "snappy", encoding: str | None = None, **columns: pa.Array) -> bytes:
    buffer = io.BytesIO()
    table = pa.table({"order_id": ["k1", "k2"], **columns})
    encodings = {"column_encoding": dict.fromkeys(columns, encoding), "use_dictionary": False} if encoding else {}
    pq.write_table(table, buffer, compression=compression, **encodings)
    return buffer.getvalue()


def int96(moments: list[str], unit: str = "ns") -> bytes:
    """Times as Spark writes them by default."""
    buffer = io.BytesIO()
    values = pa.array(np.array(moments, f"datetime64[{unit}]"), pa.timestamp(unit))
    table = pa.table({"order_id": ["k1", "k2"], "value": values})
    pq.write_table(table, buffer, use_deprecated_int96_timestamps=True)
    return buffer.getvalue()


# docs/ingestion.md has this as the table of Parquet types.
PARQUET = {
    "text": (parquet_of(value=pa.array(["a", None])), ["a", None]),
    "large-text": (parquet_of(value=pa.array(["a", ""], pa.large_string())), ["a", ""]),
    "dictionary": (parquet_of(value=pa.array(["a", None]).dictionary_encode()), ["a", None]),
    "brotli": (parquet_of("brotli", value=pa.array(["a", "b"])), ["a", "b"]),
    "lz4": (parquet_of("lz4", value=pa.array(["a", "b"])), ["a", "b"]),
    "byte-stream-split": (parquet_of(encoding="BYTE_STREAM_SPLIT", value=pa.array([1.5, 2.5])), ["1.5", "2.5"]),
    "boolean": (parquet_of(value=pa.array([True, False])), ["true", "false"]),
    "integers": (parquet_of(value=pa.array([2**63 - 1, -(2**63)])), [str(2**63 - 1), str(-(2**63))]),
    "unsigned": (parquet_of(value=pa.array([2**64 - 1, 0], pa.uint64())), [str(2**64 - 1), "0"]),
    "float": (parquet_of(value=pa.array([0.1, float("nan")], pa.float32())), ["0.1", "nan"]),
    "double": (parquet_of(value=pa.array([0.1, 1e300])), ["0.1", "1e+300"]),
    "half": (parquet_of(value=pa.array([np.float16(0.5), np.float16(2)], pa.float16())), ["0.5", "2"]),
    "decimal": (parquet_of(value=pa.array([Decimal("9.50"), Decimal("-0.05")])), ["9.50", "-0.05"]),
    "fifty-digits": (parquet_of(value=pa.array([Decimal("1" * 48 + ".25"), None], pa.decimal256(50, 2))), ["1" * 48 + ".25", None]),
    "date": (parquet_of(value=pa.array([date(2017, 1, 1), date(1, 1, 1)])), ["2017-01-01", "0001-01-01"]),
    "time": (parquet_of(value=pa.array([time(10), time(10, 0, 0, 500_000)], pa.time64("us"))), ["10:00:00", "10:00:00.5"]),
    "timestamp": (parquet_of(value=pa.array([datetime(2017, 1, 1, 10), datetime(2017, 1, 1, 10, 0, 0, 1)], pa.timestamp("us"))), ["2017-01-01 10:00:00", "2017-01-01 10:00:00.000001"]),
    "timestamp-with-zone": (parquet_of(value=pa.array([datetime(2017, 1, 1, 10), None], pa.timestamp("us", "America/New_York"))), ["2017-01-01 10:00:00", None]),
    "nanoseconds": (parquet_of(value=pa.array([1, 1_000_000_000], pa.timestamp("ns"))), ["1970-01-01 00:00:00.000000001", "1970-01-01 00:00:01"]),
    "int96": (int96(["2017-01-01T10", "1500-12-31T00:00:00.5"], "us"), ["2017-01-01 10:00:00", "1500-12-31 00:00:00.5"]),
    "binary": (parquet_of(value=pa.array([b"\xff\0", None])), ["/wA=", None]),
    "uuid": (parquet_of(value=pa.array([UUID(int=1).bytes, None], pa.uuid())), ["00000000-0000-0000-0000-000000000001", None]),
    "struct": (parquet_of(value=pa.array([{"a": Decimal("1.10"), "b": None}, None])), ['{"a":1.10,"b":null}', None]),
    "list": (parquet_of(value=pa.array([[1, 2], []])), ["[1,2]", "[]"]),
    "map": (parquet_of(value=pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64()))), ['[["k",1]]', None]),
    "small-decimal": (parquet_of(value=pa.array([Decimal("0.0000000001"), Decimal("0E-10")])), ["0.0000000001", "0.0000000000"]),
    "tenth-of-half-precision": (parquet_of(value=pa.array([np.float16(0.1), None], pa.float16())), ["0.1", None]),
    "int96-nanoseconds": (int96(["2017-01-01T10:00:00.123456789", "2017-01-02"]), ["2017-01-01 10:00:00.123456789", "2017-01-02 00:00:00"]),
    "nested-values": (parquet_of(value=pa.array([[{"f": 0.1, "n": float("nan"), "t": time(10), "b": b"\xff"}], None], pa.list_(pa.struct([("f", pa.float32()), ("n", pa.float64()), ("t", pa.time64("us")), ("b", pa.binary())])))), ['[{"f":0.1,"n":"nan","t":"10:00:00","b":"/w=="}]', None]),
    "nothing": (parquet_of(value=pa.nulls(2)), [None, None]),
}  # fmt: skip
TAKEN = {name: case for name, case in FILES.items() if isinstance(case, Taken)}
REFUSED = {name: case for name, case in FILES.items() if isinstance(case, Refused)}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    zoo = Zoo.with_feeds(tmp_path_factory.mktemp("zoo"), FEEDS)
    # The name of a folder that would mean something to a file reader that looks for patterns.
    (zoo.base / "in [prod] {a,b}").mkdir()
    zoo.landing.symlink_to(zoo.base / "in [prod] {a,b}")
    for name, case in FILES.items():
        zoo.put(f"zoo/{name}", case.content)
    for name, case in EXACT.items():
        zoo.put(f"zoo/{name}", case.content)
    for name, (content, _) in PARQUET.items():
        zoo.put(f"zoo/typed/{name}.parquet", content)
    zoo.run("ingest")
    return zoo


def as_bytes(case: Taken | Refused) -> bytes:
    return case.content.encode() if isinstance(case.content, str) else case.content


def unzipped(name: str, content: bytes) -> bytes:
    return {"gz": gzip.decompress, "bz2": bz2.decompress}.get(name.rsplit(".", 1)[1], bytes)(content)


def read_by_python(name: str, case: Taken) -> list[list[str]]:
    kind = {"event": "json", "archive": "parquet"}.get(name.split("/")[0], "csv")
    content = unzipped(name, as_bytes(case))
    return records(content, kind, case.encoding, ";" if name.startswith("letter") else ",") if content else []


@pytest.mark.parametrize("name", TAKEN)
def test_a_file_that_is_taken_is_counted_as_pythons_own_readers_count_it(zoo, name):
    case = TAKEN[name]
    assert len(read_by_python(name, case)) == case.rows
    row = zoo.ledger(f"zoo/{name}")
    assert row["status"] == "loaded", row
    assert (row["row_count"], row["landed_count"] + row["quarantined_count"]) == (case.rows, case.rows)
    assert (row["rescued_count"], row["quarantined_count"]) == (case.rescued, case.quarantined)
    table = f"zoo_{name.split('/')[0]}"
    in_bronze = [record for record in zoo.table(table) if record["file_name"] == f"zoo/{name}"]
    in_quarantine = [record for record in zoo.table("quarantine") if record["file_name"] == f"zoo/{name}"]
    assert (len(in_bronze), len(in_quarantine)) == (row["landed_count"], row["quarantined_count"])


@pytest.mark.parametrize("name", TAKEN)
def test_every_value_of_a_file_that_is_taken_is_found_again(zoo, name):
    found = kept(zoo, f"zoo_{name.split('/')[0]}", f"zoo/{name}", list(COLUMNS))
    for values in (Counter(value for value in row if value) for row in read_by_python(name, TAKEN[name])):
        # In Bronze as values, or in quarantine as text that holds them.
        match = next((each for each in found if not values - each), None) or next(
            (each for each in found if all(value in min(each) for value in values)), None
        )
        assert match is not None, f"{values} is in none of {found}"
        found.remove(match)
    assert found == []


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_taken_is_in_quarantine_with_its_bytes_and_a_reason(zoo, name):
    row = zoo.ledger(f"zoo/{name}")
    assert row["status"] == "quarantined"
    assert row["reason"].split(":")[0] == REFUSED[name].reason
    [stored] = (zoo.landing / "quarantine").rglob(f"{row['file_id']}-*")
    assert stored.read_bytes() == as_bytes(REFUSED[name])
    assert not (zoo.landing / "incoming" / "zoo" / name).exists()


@pytest.mark.parametrize("name", EXACT)
def test_every_record_is_in_bronze_as_it_was_written_or_in_quarantine_as_received(zoo, name):
    case = EXACT[name]
    columns = next(each["columns"] for each in FEEDS if each["name"] == name.split("/")[0])
    raw = [column["name"] for column in columns if column["name"] not in AUDIT_COLUMNS]
    rows = [row for row in zoo.table(f"zoo_{name.split('/')[0]}") if row["file_name"] == f"zoo/{name}"]
    rows.sort(key=lambda row: row["record_number"])
    assert [tuple(row[column] for column in raw) for row in rows] == case.rows
    assert sorted(row["rescued_data"] for row in rows if row["rescued_data"]) == sorted(case.rescued)
    refused = [row for row in zoo.table("quarantine") if row["file_name"] == f"zoo/{name}"]
    assert [row["raw_text"] for row in sorted(refused, key=lambda row: row["position"])] == case.quarantined
    ledger = zoo.ledger(f"zoo/{name}")
    assert (ledger["status"], ledger["row_count"]) == ("loaded", len(case.rows) + len(case.quarantined))
    numbers = [row["record_number"] for row in rows] + [row["position"] for row in refused]
    assert sorted(numbers) == list(range(1, ledger["row_count"] + 1))


@pytest.mark.parametrize("kind", PARQUET)
def test_a_value_of_a_parquet_file_is_text_that_loses_nothing(zoo, kind):
    rows = [row for row in zoo.table("zoo_typed") if row["file_name"] == f"zoo/typed/{kind}.parquet"]
    assert [row["value"] for row in sorted(rows, key=lambda row: row["order_id"])] == PARQUET[kind][1]


def test_a_full_extract_with_a_record_that_is_not_whole_is_refused_as_a_file(zoo):
    zoo.put("zoo/extract/more-commas.csv", HEADER + f"1,1.00,{DAY},more\n,,,,,,\n")
    zoo.run("ingest")
    assert zoo.ledger("zoo/extract/more-commas.csv")["reason"].startswith("malformed: 1 of 2 records")
    assert zoo.table("zoo_extract") == []


def test_a_second_start_adds_nothing(zoo):
    before = {name: len(zoo.table(name)) for name in ("zoo_order", "zoo_event", "quarantine", "ledger")}
    assert "Nothing new" in zoo.run("ingest")
    assert {name: len(zoo.table(name)) for name in before} == before
