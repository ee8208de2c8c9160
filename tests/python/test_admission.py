"""given something odd in the landing zone, when admission looks at it, then it waits or is refused, and the good file beside it is taken."""

import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lakevault.feeds import Column, Feed
from lakevault.ingest.admission import History, LandingZone

COLUMNS = (Column(name="order_id"), Column(name="note"))
FEEDS = {
    "shop.order": Feed(source="shop", name="order", table="bronze.shop_order", columns=COLUMNS, format="csv", key=("order_id",)),
    "shop.event": Feed(source="shop", name="event", table="bronze.shop_event", columns=COLUMNS, format="json", key=("order_id",)),
    "shop.state": Feed(
        source="shop", name="state", table="bronze.shop_state", columns=COLUMNS, format="csv", key=("order_id",), delivers="full_extract"
    ),
}  # fmt: skip
GOOD = "order_id,note\n1,good\n"


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
    "a load id beyond all numbers": lambda landing: manifest(landing, load_id=10**19),
}


@pytest.mark.parametrize("what", ODD)
def test_the_good_file_beside_it_is_taken_and_no_start_stops(tmp_path, what):
    put(tmp_path, "shop/order/good.csv")
    ODD[what](tmp_path)
    history, taken = History(), []
    for _ in range(2):
        zone = LandingZone(tmp_path, FEEDS, settle_seconds=0)
        while delivery := zone.next_delivery(history):
            taken += [file.name for file in delivery.accepted]
    assert "shop/order/good.csv" in taken
    assert history.load_dts < "2100"


def test_a_clock_that_runs_ahead_does_not_shut_out_later_extracts(tmp_path):
    zone, history = LandingZone(tmp_path, FEEDS, settle_seconds=0), History()
    ahead = put(tmp_path, "shop/state/monday.csv")
    os.utime(ahead, (4e9, 4e9))
    assert zone.next_delivery(history).accepted
    put(tmp_path, "shop/state/tuesday.csv", GOOD + "2,new\n")
    assert zone.next_delivery(history, datetime(2096, 1, 1, tzinfo=UTC)).accepted


def test_two_full_extracts_in_one_manifest_are_two_deliveries(tmp_path):
    entries = []
    for name, content in (("a.csv", GOOD), ("b.csv", GOOD + "2,new\n")):
        put(tmp_path, f"d/{name}", content)
        entries.append(file(name, "state") | {"sha256": hashlib.sha256(content.encode()).hexdigest()})
    manifest(tmp_path, files=entries, load_dts="2017-01-01T00:00:00+02:00")
    zone, history = LandingZone(tmp_path, FEEDS, settle_seconds=0), History()
    first, second = zone.next_delivery(history), zone.next_delivery(history)
    assert [[file.name for file in delivery.accepted] for delivery in (first, second)] == [["d/a.csv"], ["d/b.csv"]]
    assert (first.load_dts, second.load_dts) == ("2016-12-31 22:00:00", "2016-12-31 22:00:01")
    assert zone.next_delivery(history) is None
    assert not (tmp_path / "incoming" / "d").exists()


def test_json_lines_without_a_key_are_not_taken(tmp_path):
    put(tmp_path, "shop/event/empty.jsonl", "{}\n{}\n")
    [refused] = LandingZone(tmp_path, FEEDS, settle_seconds=0).next_delivery(History()).files
    assert refused.reason.startswith("no_header")


def test_the_folder_of_a_feed_stays_when_its_last_file_is_taken(tmp_path):
    put(tmp_path, "shop/order/good.csv")
    LandingZone(tmp_path, FEEDS, settle_seconds=0).next_delivery(History())
    assert (tmp_path / "incoming" / "shop" / "order").is_dir()
