"""given a file of every odd kind, when it is ingested with all the others, then none of its values is lost, and none stops another."""

import bz2
import gzip
import io
import json
from collections import Counter
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingestion import Zoo, feed, kept, records

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
    "order/open-quote.csv": Refused(PLAIN + '4,1.00,2017-01-01,"open\n', "unreadable"),
    "order/zero-bytes.csv": Taken(b"", 0),
    "order/header-only.csv": Taken(HEADER, 0),
    "order/whole.csv.gz": Taken(gzip.compress(PLAIN.replace("first", "zipped").encode()), 3),
    "order/whole.csv.bz2": Taken(bz2.compress(PLAIN.replace("first", "zipped too").encode()), 3),
    "order/truncated.csv.gz": Refused(gzip.compress(PLAIN.encode() * 50)[:60], "unreadable"),
    "order/flipped.csv.gz": Refused(flipped(gzip.compress(PLAIN.encode() * 50), 0.9), "unreadable"),
    "order/not-zipped.csv.gz": Refused(PLAIN, "unreadable"),
    "event/plain.jsonl": Taken(lines(EVENT, EVENT | {"order_id": 2, "note": None}), 2),
    "event/byte-order-mark.jsonl": Taken(lines(EVENT | {"note": "bom"}).encode("utf-8-sig"), 1, encoding="utf-8-sig"),
    "event/utf-16.jsonl": Refused(lines(EVENT).encode("utf-16"), "encoding"),
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
    "archive/nanoseconds.parquet": Refused(parquet(seen=pa.array([1, 2], pa.timestamp("ns"))), "unreadable"),
    "archive/time-of-day.parquet": Refused(parquet(seen=pa.array([1, 2], pa.time64("us"))), "unreadable"),
    "archive/twins-but-for-case.parquet": Refused(parquet(Note=["x", "y"]), "unreadable"),
    "archive/no-parquet.parquet": Refused(PLAIN, "unreadable"),
    "unknown/plain.csv": Refused(PLAIN, "no_feed"),
}  # fmt: skip
TAKEN = {name: case for name, case in FILES.items() if isinstance(case, Taken)}
REFUSED = {name: case for name, case in FILES.items() if isinstance(case, Refused)}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    zoo = Zoo.with_feeds(tmp_path_factory.mktemp("zoo"), FEEDS)
    for name, case in FILES.items():
        zoo.put(f"zoo/{name}", case.content)
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
