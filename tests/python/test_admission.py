"""given something odd in the landing zone, when admission looks at it, then it waits or is refused, and the good file beside it is taken."""

import bz2
import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lakevault.feeds import Column, Feed
from lakevault.ingest.admission import Admission
from lakevault.ingest.landing import LandingZone
from lakevault.lake.ledger import KnownFiles

COLUMNS = (Column(name="order_id"), Column(name="note"))
FEEDS = {
    "shop.order": Feed(source="shop", name="order", table="bronze.shop_order", columns=COLUMNS, format="csv", key=("order_id",)),
    "shop.event": Feed(source="shop", name="event", table="bronze.shop_event", columns=COLUMNS, format="json", key=("order_id",)),
    "shop.state": Feed(
        source="shop", name="state", table="bronze.shop_state", columns=COLUMNS, format="csv", key=("order_id",), delivers="full_extract"
    ),
}  # fmt: skip
GOOD = "order_id,note\n1,good\n"


def admission(landing: Path, known: KnownFiles | None = None) -> Admission:
    return Admission(LandingZone(landing, FEEDS, settle_seconds=0), FEEDS, known or KnownFiles())


def put(landing: Path, name: str | bytes, content: str = GOOD) -> Path:
    path = landing / "incoming" / os.fsdecode(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def manifest(landing: Path, folder: str = "d", **content: object) -> None:
    put(landing, f"{folder}/manifest.json", json.dumps({"files": [], **content}))


def file(path: str, feed: str = "order") -> dict[str, str]:
    return {"source": "shop", "feed": feed, "path": path, "sha256": "0"}


ODD: dict[str, Callable[[Path], object]] = {
    "a name that is not UTF-8": lambda landing: put(landing, b"shop/order/gr\xf6sse.csv"),
    "a name as long as names can be": lambda landing: put(landing, f"shop/order/{'x' * 240}.csv", GOOD + "2,long\n"),
    "a file below no feed": lambda landing: put(landing, "shop/lost.csv"),
    "a file below nothing": lambda landing: put(landing, "lost.csv"),
    "a link to nowhere": lambda landing: put(landing, "shop/order/x").with_name("link.csv").symlink_to("nowhere"),
    "a folder called like a file": lambda landing: (landing / "incoming/shop/order/folder.csv").mkdir(parents=True),
    "a manifest that is a list": lambda landing: put(landing, "d/manifest.json", "[]"),
    "a manifest that names a file outside": lambda landing: manifest(landing, files=[file("../shop/order/good.csv")]),
    "a manifest that names an absolute path": lambda landing: manifest(landing, files=[file("/etc/hostname")]),
    "a manifest that names itself": lambda landing: manifest(landing, files=[file("manifest.json")]),
    "a manifest with a feed that is a path": lambda landing: manifest(landing, files=[file("x.csv", "../x")]),
    "a manifest with a path without end": lambda landing: manifest(landing, files=[file("x" * 5000)]),
    "a landing time at the end of time": lambda landing: manifest(landing, load_dts="9999-12-31T23:59:59"),
    "a landing time before all time": lambda landing: manifest(landing, load_dts="0001-01-01T00:00:00+05:00"),
    "a link to a file": lambda landing: (
        put(landing, "shop/order/z.csv", GOOD + "3,z\n").with_name("link.csv").symlink_to("z.csv")
    ),
    "a link to a folder": lambda landing: (landing / "incoming/shop/linked").symlink_to(landing),
    "a pipe": lambda landing: os.mkfifo(landing / "incoming/shop/order/pipe.csv"),
    "a manifest that names a file twice": lambda landing: manifest(landing, files=[file("x.csv"), file("./x.csv")]),
    "a load id beyond all numbers": lambda landing: manifest(landing, load_id=10**19),
}


@pytest.mark.parametrize("what", ODD)
def test_the_good_file_beside_it_is_taken_and_no_start_stops(tmp_path, what):
    put(tmp_path, "shop/order/good.csv")
    ODD[what](tmp_path)
    known, taken = KnownFiles(), []
    for _ in range(2):
        for delivery in admission(tmp_path, known).deliveries():
            taken += [file.name for file in delivery.accepted]
    assert "shop/order/good.csv" in taken
    assert known.load_dts.year < 2100


def test_a_clock_that_runs_ahead_does_not_shut_out_later_extracts(tmp_path):
    known = KnownFiles()
    ahead = put(tmp_path, "shop/state/monday.csv")
    os.utime(ahead, (4e9, 4e9))
    assert next(admission(tmp_path, known).deliveries()).accepted
    put(tmp_path, "shop/state/tuesday.csv", GOOD + "2,new\n")
    assert next(admission(tmp_path, known).deliveries(datetime(2096, 1, 1, tzinfo=UTC))).accepted


def test_a_file_from_the_future_waits_until_two_looks_find_it_unchanged(tmp_path):
    path = put(tmp_path, "shop/order/ahead.csv")
    os.utime(path, (4e9, 4e9))
    moment = datetime(2017, 1, 1, tzinfo=UTC)

    def taken(seconds: int) -> list[str]:
        zone = LandingZone(tmp_path, FEEDS, settle_seconds=10)
        deliveries = Admission(zone, FEEDS, KnownFiles()).deliveries(moment + timedelta(seconds=seconds))
        return [file.name for delivery in deliveries for file in delivery.accepted]

    assert taken(0) == []
    path.write_text(GOOD + "2,more\n")
    os.utime(path, (4e9, 4e9))
    assert taken(20) == [], "it has grown since the first look"
    assert taken(25) == []
    assert taken(31) == ["shop/order/ahead.csv"]


def test_the_number_of_a_delivery_that_was_removed_by_hand_is_not_given_again(tmp_path):
    put(tmp_path, "shop/order/first.csv")
    assert next(admission(tmp_path).deliveries()).load_id == 1
    shutil.rmtree(tmp_path / "accepted" / "000001")
    put(tmp_path, "shop/order/second.csv", GOOD + "2,next\n")
    assert next(admission(tmp_path).deliveries()).load_id == 2


EXTRACTS = {
    # what comes after an extract of 20 rows: (name, rows, what is decided)
    "a name that looks like a replay, without rows": ("replay-000001-00001.csv", 0, "empty_extract"),
    "a name that looks like a replay, with half of the rows": ("replay-000001-00002.csv", 10, "shrunken_extract"),
    "more than a tenth fewer rows": ("next.csv", 17, "shrunken_extract"),
    "a tenth fewer rows": ("next.csv", 18, "accepted"),
    "more rows": ("next.csv", 40, "accepted"),
}


@pytest.mark.parametrize("what", EXTRACTS)
def test_a_full_extract_is_believed_by_what_is_in_it(tmp_path, what):
    name, rows, decided = EXTRACTS[what]
    known = KnownFiles()
    extract = lambda number: "order_id,note\n" + "".join(f"{row},x\n" for row in range(number))  # noqa: E731
    put(tmp_path, "shop/state/first.csv", extract(20))
    assert next(admission(tmp_path, known).deliveries()).accepted
    put(tmp_path, f"shop/state/{name}", extract(rows))
    [file] = next(admission(tmp_path, known).deliveries()).files
    assert getattr(file.decision, "reason", "accepted") == decided


def test_two_full_extracts_in_one_manifest_are_two_deliveries(tmp_path):
    entries = []
    for name, content in (("a.csv", GOOD), ("b.csv", GOOD + "2,new\n")):
        put(tmp_path, f"d/{name}", content)
        entries.append(file(name, "state") | {"sha256": hashlib.sha256(content.encode()).hexdigest()})
    manifest(tmp_path, files=entries, load_dts="2017-01-01T00:00:00+02:00")
    first, second = admission(tmp_path).deliveries()
    assert [[file.name for file in delivery.accepted] for delivery in (first, second)] == [["d/a.csv"], ["d/b.csv"]]
    assert (first.load_dts, second.load_dts) == (
        datetime(2016, 12, 31, 22, tzinfo=UTC),
        datetime(2016, 12, 31, 22, 0, 1, tzinfo=UTC),
    )
    assert not (tmp_path / "incoming" / "d").exists()


def test_json_lines_without_a_key_are_not_taken(tmp_path):
    put(tmp_path, "shop/event/empty.jsonl", "{}\n{}\n")
    [refused] = next(admission(tmp_path).deliveries()).files
    assert refused.reason.startswith("no_header")


def test_the_folder_of_a_feed_stays_when_its_last_file_is_taken(tmp_path):
    put(tmp_path, "shop/order/good.csv")
    list(admission(tmp_path).deliveries())
    assert (tmp_path / "incoming" / "shop" / "order").is_dir()


@pytest.mark.parametrize("name", ["_SUCCESS", "_committed_123", ".order.csv.crc", ".DS_Store", "Thumbs.db"])
def test_a_marker_that_a_program_left_is_not_mentioned(tmp_path, name):
    put(tmp_path, f"shop/order/{name}", "")
    looked = admission(tmp_path)
    assert list(looked.deliveries()) == []
    assert looked.waiting == {}


MANIFESTS = {
    "a checksum in capitals": lambda text, checksum: text.replace(checksum, checksum.upper()).encode(),
    "a byte-order mark": lambda text, checksum: b"\xef\xbb\xbf" + text.encode(),
}


@pytest.mark.parametrize("what", MANIFESTS)
def test_a_manifest_is_taken_however_it_is_written(tmp_path, what):
    put(tmp_path, "d/good.csv")
    checksum = hashlib.sha256(GOOD.encode()).hexdigest()
    manifest(tmp_path, files=[file("good.csv") | {"sha256": checksum}])
    path = tmp_path / "incoming" / "d" / "manifest.json"
    path.write_bytes(MANIFESTS[what](path.read_text(), checksum))
    [delivery] = admission(tmp_path).deliveries()
    assert [taken.name for taken in delivery.accepted] == ["d/good.csv"]


UNREADABLE = {
    # what the file is: (name, bytes, what the reason says)
    "a zip archive": ("order.zip", b"PK\x03\x04rest", "it is a zip archive or an Excel workbook"),
    "gzip within gzip": ("order.csv.gz", gzip.compress(gzip.compress(GOOD.encode())), "the gzip file contains gzip"),
    "bzip2 with something behind it": ("order.csv.bz2", bz2.compress(GOOD.encode()) + b"garbage", "incomplete, damaged"),
    "halves of characters": ("order.csv", b"\xff\xfe" + GOOD.encode("utf-16-le") + b"\x00\xd8", "not valid utf-16"),
    "a Parquet file in a feed of CSV": ("order.csv", b"PAR1\x15rest", "it is Parquet, the feed is csv"),
    "text that is called a gzip file": ("order.csv.GZ", GOOD.encode(), "its name says gzip, its first bytes do not"),
    "a header in capitals": ("order.csv", GOOD.upper().encode(), "'ORDER_ID' for order_id, 'NOTE' for note"),
    "a header with blanks": ("order.csv", b"order_id , note\n1,x\n", "'order_id ' for order_id"),
    "Latin-1": ("order.csv", GOOD.replace("good", "fa\xe7ade").encode("latin-1"), "not valid utf-8: declare its encoding"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNREADABLE)
def test_the_reason_says_what_the_file_is_and_what_to_do(tmp_path, what):
    name, content, said = UNREADABLE[what]
    put(tmp_path, f"shop/order/{name}").write_bytes(content)
    [refused] = next(admission(tmp_path).deliveries()).files
    assert said in refused.reason


TAKEN = {
    "gzip with a name in capitals": ("ORDER.CSV.GZ", gzip.compress(GOOD.encode())),
    "gzip that is called csv": ("order.csv", gzip.compress(GOOD.encode())),
    "two streams of bzip2": ("order.csv.bz2", bz2.compress(b"order_id,note\n") + bz2.compress(b"1,x\n") + b"\0" * 9),
    "text that begins like ORC": ("order.csv", b"ORCID,order_id,note\n1,2,x\n"),
    "text that begins like Parquet": ("order.csv", b"PAR1,order_id,note\n1,2,x\n"),
    "UTF-32 with its mark": ("order.csv", GOOD.encode("utf-32")),
    "bzip2 without an ending": ("order", bz2.compress(GOOD.encode())),
}


@pytest.mark.parametrize("what", TAKEN)
def test_a_file_is_what_its_first_bytes_say(tmp_path, what):
    name, content = TAKEN[what]
    put(tmp_path, f"shop/order/{name}").write_bytes(content)
    [taken] = next(admission(tmp_path).deliveries()).accepted
    assert taken.decision.content.rows == 1


@pytest.mark.parametrize("what", ["a link to a file", "a link to a folder", "a pipe"])
def test_what_is_no_file_of_its_own_waits_with_a_reason(tmp_path, what):
    put(tmp_path, "shop/order/good.csv")
    ODD[what](tmp_path)
    looked = admission(tmp_path)
    names = [taken.name for delivery in looked.deliveries() for taken in delivery.files]
    assert sorted(names) == sorted(
        {"shop/order/good.csv", *(["shop/order/z.csv"] if what == "a link to a file" else [])}
    )
    [why] = looked.waiting.values()
    assert "it is a link" in why or "it is not a file" in why


def test_the_second_extract_of_a_manifest_waits_for_the_first(tmp_path):
    monday, tuesday = GOOD, GOOD + "2,new\n"
    entries = [
        file(name, "state") | {"sha256": hashlib.sha256(content.encode()).hexdigest(), "size": len(content)}
        for name, content in (("mon.csv", monday), ("tue.csv", tuesday))
    ]
    put(tmp_path, "d/mon.csv", monday[:5])
    put(tmp_path, "d/tue.csv", tuesday)
    manifest(tmp_path, files=entries)
    known = KnownFiles()
    assert list(admission(tmp_path, known).deliveries()) == []
    put(tmp_path, "d/mon.csv", monday)
    names = [[taken.name for taken in delivery.accepted] for delivery in admission(tmp_path, known).deliveries()]
    assert names == [["d/mon.csv"], ["d/tue.csv"]]


def test_a_folder_that_is_given_up_takes_later_files_all_the_same(tmp_path):
    put(tmp_path, "shop/order/old.csv.tmp")
    put(tmp_path, b"shop/order/gr\xf6sse.csv")
    assert LandingZone(tmp_path, FEEDS).give_up("shop/order", "old") == ["shop/order/old.csv.tmp"]
    assert [taken.reason for taken in next(admission(tmp_path).deliveries()).files] == ["given_up: old"]
    put(tmp_path, "shop/order/later.csv")
    [delivery] = admission(tmp_path).deliveries()
    assert [taken.name for taken in delivery.accepted] == ["shop/order/later.csv"]


def test_a_file_that_waits_can_be_given_up_and_its_name_may_come_again(tmp_path):
    put(tmp_path, "shop/order/upload.csv.tmp")
    put(tmp_path, "half/manifest.json", "{")
    zone = LandingZone(tmp_path, FEEDS, settle_seconds=0)
    assert list(admission(tmp_path).deliveries()) == []
    zone.give_up("shop/order/upload.csv.tmp", "the till was replaced")
    zone.give_up("half", "nobody knows it")
    [delivery] = admission(tmp_path).deliveries()
    assert {given_up.name: given_up.reason for given_up in delivery.files} == {
        "half/manifest.json": "given_up: nobody knows it",
        "shop/order/upload.csv.tmp": "given_up: the till was replaced",
    }
    assert all(zone.path_of(given_up).is_file() for given_up in delivery.files)
    put(tmp_path, "shop/order/upload.csv.tmp")
    again = admission(tmp_path)
    assert list(again.deliveries()) == []
    assert list(again.waiting) == ["shop/order/upload.csv.tmp"]


def test_many_deliveries_are_found_in_one_look_and_what_comes_meanwhile_in_the_next(tmp_path):
    for day in range(1, 4):
        put(tmp_path, f"d{day}/order.csv", f"order_id,note\n{day},x\n")
        content = (tmp_path / "incoming" / f"d{day}" / "order.csv").read_bytes()
        entry = file("order.csv") | {"sha256": hashlib.sha256(content).hexdigest()}
        manifest(tmp_path, f"d{day}", files=[entry], load_dts=f"2017-01-0{day}T00:00:00Z")
    found = []
    for delivery in admission(tmp_path).deliveries():
        found.append([taken.name for taken in delivery.accepted])
        if len(found) == 1:
            put(tmp_path, "shop/order/meanwhile.csv")
    assert found == [["d1/order.csv"], ["d2/order.csv"], ["d3/order.csv"], ["shop/order/meanwhile.csv"]]


def test_a_repeated_file_that_a_killed_admission_had_removed_keeps_its_entry(tmp_path):
    known = KnownFiles()
    put(tmp_path, "shop/order/good.csv")
    list(admission(tmp_path, known).deliveries())
    put(tmp_path, "shop/order/good.csv")
    [repeated] = admission(tmp_path, known).deliveries()
    assert not (tmp_path / "incoming" / "shop/order/good.csv").exists()
    assert LandingZone(tmp_path, FEEDS).unfinished(1) == [repeated]
