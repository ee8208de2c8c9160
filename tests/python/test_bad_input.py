"""given a landing zone with something wrong, when it is read, then nothing is loaded and the message says what and where."""

import json
import re
import shutil
from pathlib import Path

import pytest

from lakevault.errors import LakevaultError
from lakevault.feeds import read_feeds
from lakevault.landing import check_delivery, pending_deliveries, read_deliveries

PROJECT = Path(__file__).parents[2]
FEEDS = read_feeds(PROJECT / "models")


@pytest.fixture(scope="module")
def whole(landed) -> Path:
    return landed("bad-input")


@pytest.fixture
def zone(whole, tmp_path) -> Path:
    return shutil.copytree(whole, tmp_path / "landing")


def rewrite(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new, 1))


def resign(zone: Path, name: str) -> None:
    """Make the manifest agree with a changed file, as a sender would."""
    import hashlib

    manifest = zone / "000001" / "manifest.json"
    content = json.loads(manifest.read_text())
    for file in content["files"]:
        if file["path"] == name:
            file["sha256"] = hashlib.sha256((zone / "000001" / name).read_bytes()).hexdigest()
    manifest.write_text(json.dumps(content))


def test_whole_deliveries_pass(zone):
    for delivery in read_deliveries(zone):
        check_delivery(delivery, FEEDS)


def test_a_missing_file_is_named(zone):
    (zone / "000001" / "crm" / "customer.csv").unlink()
    with pytest.raises(LakevaultError, match=r"000001/crm/customer\.csv: the file is missing"):
        check_delivery(read_deliveries(zone)[0], FEEDS)


def test_a_changed_file_is_named(zone):
    rewrite(zone / "000001" / "pos" / "sale_line.csv", "2017", "2018")
    with pytest.raises(LakevaultError, match=r"000001/pos/sale_line\.csv: the checksum is not the manifest's"):
        check_delivery(read_deliveries(zone)[0], FEEDS)


def test_another_header_is_named_with_both_column_lists(zone):
    rewrite(zone / "000001" / "pos" / "sale_line.csv", "household_id", "customer_no")
    resign(zone, "pos/sale_line.csv")
    with pytest.raises(LakevaultError, match=r"columns are customer_no, .*; expected household_id, "):
        check_delivery(read_deliveries(zone)[0], FEEDS)


UNREADABLE = {
    # what was done to the file: (file, the change, what is said)
    "not text": ("erp/product.jsonl", lambda body: b"\xff\xfe not json", "unreadable as json"),
    "cut off": ("erp/product.jsonl", lambda body: body[: len(body) // 2], "unreadable as json"),
    "a broken line in the middle": ("erp/product.jsonl", lambda body: body.replace(b'"brand":', b'"brand"', 1), "unreadable as json"),
    "an attribute more in one line": ("erp/product.jsonl", lambda body: body[:-2] + b',"color":"red"}\n', "color; expected"),
    "an attribute less in one line": ("erp/product.jsonl", lambda body: body.replace(b'"brand":', b'"brnd":', 1), "lacks brand"),
    "a value more in one row": ("pos/sale_line.csv", lambda body: body + b"1,2,3,4,5,6,7,8,9,10,11,12\n", "Expected Number of Columns: 11 Found: 12"),
    "a value less in one row": ("pos/sale_line.csv", lambda body: body + b"1,2,3\n", "Expected Number of Columns: 11 Found: 3"),
    "an open quote": ("crm/customer.csv", lambda body: body + b'1,"Ann\n', "unterminated quote"),
    "a row more than the manifest says": ("pos/sale_line.csv", lambda body: body + body.splitlines()[-1] + b"\n", "the manifest says"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_file_that_cannot_be_read_whole_is_named(zone, what):
    name, change, said = UNREADABLE[what]
    path = zone / "000001" / name
    path.write_bytes(change(path.read_bytes()))
    resign(zone, name)
    with pytest.raises(LakevaultError, match=f"000001/{re.escape(name)}: .*{re.escape(said)}"):
        check_delivery(read_deliveries(zone)[0], FEEDS)


def test_the_message_does_not_quote_a_line_that_may_hold_personal_data(zone):
    path = zone / "000001" / "crm" / "customer.csv"
    path.write_bytes(path.read_bytes() + b"1,Marker-Name,Marker-Name\n")
    resign(zone, "crm/customer.csv")
    with pytest.raises(LakevaultError) as caught:
        check_delivery(read_deliveries(zone)[0], FEEDS)
    assert "CSV Error on Line" in str(caught.value)
    assert "Marker" not in str(caught.value)


def test_all_problems_of_a_delivery_are_told_at_once(zone):
    (zone / "000001" / "crm" / "customer.csv").unlink()
    (zone / "000001" / "pos" / "return_line.csv").unlink()
    with pytest.raises(LakevaultError, match=r"(?s)pos/return_line\.csv.*crm/customer\.csv"):
        check_delivery(read_deliveries(zone)[0], FEEDS)


def test_an_unreadable_manifest_is_named(zone):
    (zone / "000002" / "manifest.json").write_text("{")
    with pytest.raises(LakevaultError, match=r"000002/manifest\.json is no manifest"):
        read_deliveries(zone)


def test_a_landing_time_in_the_past_is_refused(zone):
    rewrite(zone / "000003" / "manifest.json", "2017-10-01", "2017-01-01")
    with pytest.raises(LakevaultError, match=r"delivery 3 .* is out of order"):
        read_deliveries(zone)


def test_a_delivery_that_comes_after_a_later_one_was_loaded_is_refused(zone):
    deliveries = read_deliveries(zone)
    loaded = {
        delivery.load_id: {file.feed for file in delivery.files} for delivery in deliveries if delivery.load_id != 2
    }
    with pytest.raises(LakevaultError, match="delivery 2 is out of order: delivery 5 is already loaded"):
        pending_deliveries(deliveries, loaded)


def test_a_half_loaded_newest_delivery_is_pending(zone):
    deliveries = read_deliveries(zone)
    loaded = {delivery.load_id: {file.feed for file in delivery.files} for delivery in deliveries}
    loaded[5] = {"pos.sale_line"}
    assert [delivery.load_id for delivery in pending_deliveries(deliveries, loaded)] == [5]
