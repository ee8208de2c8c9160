"""given files that come twice, late, changed, half or in the wrong order, when they are ingested, then each follows its rule.

docs/ingestion.md states the rules and names these tests.
"""

from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingestion import Zoo, feed

COLUMNS = {"order_id": {"type": "bigint"}, "amount": {"type": "decimal(12, 2)"}, "note": {}}
FEEDS = [
    feed("order", COLUMNS, format="csv", key=["order_id"]),
    feed("customer", {"customer_id": {}, "name": {"personal_data": "direct"}}, format="csv", key=["customer_id"], delivers="full_extract"),
    feed("strict", COLUMNS, format="csv", key=["order_id"], contract={"new": "fail", "changed": "quarantine"}),
    feed("archive", COLUMNS, format="parquet", key=["order_id"]),
]  # fmt: skip
HEADER = "order_id,amount,note\n"
FIRST = HEADER + "1,1.00,first\n2,2.00,second\n"
CUSTOMERS = "customer_id,name\n1,Ann\n2,Bo\n"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    """A lake that has taken one file of each feed."""
    zoo = Zoo.with_feeds(tmp_path_factory.mktemp("rules"), FEEDS)
    zoo.put("zoo/order/first.csv", FIRST)
    zoo.put("zoo/customer/monday.csv", CUSTOMERS, age_days=2)
    zoo.run("ingest")
    return zoo


@pytest.fixture(scope="module")
def second(first: Zoo) -> dict[str, object]:
    """The same lake after a second start, with everything at once that can go wrong; what that start said."""
    first.put("zoo/order/first.csv", FIRST)
    first.put("zoo/order/twin.csv", FIRST)
    first.put("zoo/customer/first.csv", CUSTOMERS, age_days=1)
    first.put("zoo/customer/older.csv", CUSTOMERS + "3,Cy\n", age_days=30)
    first.put("zoo/customer/empty.csv", "customer_id,name\n")
    first.put("zoo/customer/half.csv", "customer_id,name\n1,Ann\n")
    first.put("zoo/customer/replay-000001-00001.csv", "customer_id,name\n")
    first.put("zoo/customer/broken.csv", CUSTOMERS + "3,Cy,too many\n")
    first.put("zoo/order/zero.csv", "")
    fifty_digits = pa.array([Decimal(1)], pa.decimal256(50, 2))
    pq.write_table(pa.table({"order_id": fifty_digits, "amount": ["1"], "note": ["x"]}), first.base / "digits.parquet")
    first.put("zoo/archive/fifty-digits.parquet", (first.base / "digits.parquet").read_bytes())
    first.put("zoo/order/.hidden.csv", FIRST)
    first.put("zoo/order/upload.csv.tmp", FIRST)
    first.put("zoo/order/growing.csv", FIRST + "3,3.00,third\n", age_days=0)
    first.put("zoo/order/old-file.csv", HEADER + "400,4.00,written 400 days ago\n", age_days=400)
    first.put("zoo/order/correction.csv", HEADER + "1,1.50,first\n")
    first.put("zoo/strict/new.csv", "order_id,amount,note,colour\n1,1.00,x,red\n")
    first.put("zoo/order/name [1] & ü.csv", HEADER + "5,5.00,odd name\n")
    first.put_delivery("half", "2017-01-01T00:00:00Z", {"zoo/order.csv": HEADER + "6,6.00,half\n"}, size=1000)
    first.put_delivery("damaged", "2017-01-02T00:00:00Z", {"zoo/order.csv": HEADER + "7,7.00,x\n"}, sha256="0" * 64)
    first.put_delivery("counted", "2017-01-03T00:00:00Z", {"zoo/order.csv": HEADER + "8,8.00,x\n"}, rows=2)
    first.put_delivery("late", "2017-01-04T00:00:00Z", {"zoo/order.csv": HEADER + "9,9.00,late\n"})
    (first.landing / "incoming" / "late" / "zoo" / "order.csv").rename(first.base / "held-back.csv")
    first.put("unclear/manifest.json", "{")
    first.put_delivery("escape", "2017-01-05T00:00:00Z", {"zoo/order.csv": FIRST}, path="../zoo/order/old-file.csv")
    first.environment["LAKEVAULT_SETTLE_SECONDS"] = "600"
    said = first.run("ingest", code=1)
    return {"said": said, "ledger": {row["file_name"]: row for row in first.table("ledger") if row["load_id"] > 1}}


RULES = {
    # what happens: (file, status, beginning of the reason)
    "the same file twice": ("zoo/order/first.csv", "repeated", "repeated"),
    "the same content under a new name": ("zoo/order/twin.csv", "quarantined", "same_content: the bytes of zoo/order/first.csv"),
    "the same full extract on another day": ("zoo/customer/first.csv", "loaded", None),
    "an older full extract after a newer one": ("zoo/customer/older.csv", "quarantined", "older_extract"),
    "an empty full extract": ("zoo/customer/empty.csv", "quarantined", "empty_extract"),
    "an empty full extract that its sender calls a replay": ("zoo/customer/replay-000001-00001.csv", "quarantined", "empty_extract"),
    "a full extract that lost half of its rows": ("zoo/customer/half.csv", "quarantined", "shrunken_extract: 1 rows, the extract before had 2"),
    "a full extract with a broken record": ("zoo/customer/broken.csv", "quarantined", "malformed: 1 of 3 records"),
    "zero bytes": ("zoo/order/zero.csv", "loaded", None),
    "a number that no type of Spark holds": ("zoo/archive/fifty-digits.parquet", "loaded", None),
    "a file written 400 days ago": ("zoo/order/old-file.csv", "loaded", None),
    "a corrected old row": ("zoo/order/correction.csv", "loaded", None),
    "a column that the contract forbids": ("zoo/strict/new.csv", "quarantined", "new_columns: colour"),
    "a name that means something to a shell": ("zoo/order/name [1] & ü.csv", "loaded", None),
    "a checksum that is not the manifest's": ("damaged/zoo/order.csv", "quarantined", "checksum"),
    "a number of rows that is not the manifest's": ("counted/zoo/order.csv", "quarantined", "row_count: 1 rows, the manifest says 2"),
}  # fmt: skip


@pytest.mark.parametrize("what", RULES)
def test_a_file_has_the_status_that_its_rule_says(second, what):
    name, status, reason = RULES[what]
    row = second["ledger"][name]
    assert row["status"] == status
    assert (row["reason"] or "").startswith(reason or "")
    assert bool(row["reason"]) == bool(reason)


WAITING = {
    "zoo/order/.hidden.csv": "still being written",
    "zoo/order/upload.csv.tmp": "still being written",
    "zoo/order/growing.csv": "changed less than 600 s ago",
    "half/zoo/order.csv": "of 1,000 bytes",
    "late/zoo/order.csv": "announced by its manifest, not there",
    "unclear/manifest.json": "the manifest cannot be read",
    "escape/manifest.json": "the manifest cannot be read",
}


@pytest.mark.parametrize("name", WAITING)
def test_a_half_written_file_waits_and_is_told(first, second, name):
    assert f"waits: {name}: " in second["said"]
    assert WAITING[name] in second["said"].split(f"waits: {name}: ")[1].splitlines()[0]
    assert name not in second["ledger"]


def test_a_file_that_breaks_a_contract_of_failure_ends_the_command_with_1_and_stops_no_other(second):
    assert "quarantined: zoo/strict/new.csv: new_columns: colour" in second["said"]
    assert second["ledger"]["zoo/order/old-file.csv"]["landed_count"] == 1


def test_bronze_has_each_row_of_the_taken_files_once(first, second):
    notes = sorted((row["order_id"], row["note"]) for row in first.table("zoo_order"))
    assert notes == [
        ("1", "first"), ("1", "first"), ("2", "second"), ("400", "written 400 days ago"), ("5", "odd name"),
    ]  # fmt: skip


def test_two_full_extracts_are_two_deliveries(first, second):
    loads = [row["load_id"] for row in first.table("zoo_customer")]
    assert sorted(loads) == [1, 1, *[second["ledger"]["zoo/customer/first.csv"]["load_id"]] * 2]


def test_load_ids_and_landing_times_increase_together(first, second):
    deliveries = sorted({(row["load_id"], row["load_dts"]) for row in first.table("ledger")})
    assert [load_id for load_id, _ in deliveries] == list(range(1, len(deliveries) + 1))
    assert [time for _, time in deliveries] == sorted({time for _, time in deliveries})


@pytest.fixture(scope="module")
def third(first: Zoo, second) -> str:
    """A third start, when what was missing is there: a late delivery, a replayed file, a fixed record, a changed file."""
    (first.base / "held-back.csv").rename(first.landing / "incoming" / "late" / "zoo" / "order.csv")
    first.put("zoo/order/first.csv", FIRST + "3,3.00,appended\n")
    first.put("zoo/order/value-more.csv", HEADER + "31,1.00,Fräulein 12,x\n32,1.00,fine\n")
    first.put("zoo/strict/words.csv", HEADER + "one,1.00,word\n41,1.00,fine\n")
    first.run("quarantine", "replay", second["ledger"]["zoo/order/twin.csv"]["file_id"])
    assert "landed again as" in first.run("accept", "zoo/customer/half.csv", "--because", "Bo has left")
    first.environment["LAKEVAULT_SETTLE_SECONDS"] = "0"
    return first.run("ingest")


def test_a_delivery_out_of_order_gets_the_next_load_id(first, third):
    row = first.ledger("late/zoo/order.csv")
    assert (row["status"], row["landed_count"]) == ("loaded", 1)
    assert row["load_id"] > 1
    assert row["sent_at"].isoformat().startswith("2017-01-04"), "when it was sent stays known"
    assert row["load_dts"].year > 2017, "when we got it, not when it should have come"


def test_the_same_name_with_other_content_is_refused(first, third):
    row = first.ledger("zoo/order/first.csv")
    assert (row["status"], row["reason"].split(":")[0]) == ("quarantined", "changed_content")


def test_a_file_that_was_still_growing_is_taken_when_it_has_come_to_rest(first, third):
    assert first.ledger("zoo/order/growing.csv")["row_count"] == 3


def test_first_seen_is_when_the_file_was_seen_waiting(first, second, third):
    row = first.ledger("zoo/order/growing.csv")
    assert row["first_seen_at"] < row["load_dts"]


def test_what_was_refused_is_taken_when_it_is_replayed(first, second, third):
    file_id = second["ledger"]["zoo/order/twin.csv"]["file_id"]
    assert first.ledger(f"zoo/order/replay-{file_id}.csv")["landed_count"] == 2
    assert file_id not in first.run("quarantine", "list")
    assert file_id in first.run("quarantine", "list", "--all")
    assert "is settled already: landed again as" in first.run("quarantine", "replay", file_id, code=1)


def test_a_true_loss_of_rows_is_loaded_when_somebody_accepts_it(first, second, third):
    file_id = second["ledger"]["zoo/customer/half.csv"]["file_id"]
    assert first.ledger(f"zoo/customer/replay-{file_id}.csv")["landed_count"] == 1
    assert "Bo has left" in " ".join(first.run("quarantine", "list", "--all").split())
    assert "is settled already" in first.run("accept", "zoo/customer/half.csv", "--because", "again", code=1)
    assert "there is nothing to accept" in first.run("accept", "zoo/order/first.csv.gz", "--because", "?", code=1)


@pytest.fixture(scope="module")
def record(first: Zoo, third) -> dict[str, object]:
    [row] = [row for row in first.table("quarantine") if row["file_name"] == "zoo/order/value-more.csv"]
    return row


def test_a_broken_record_is_in_quarantine_with_text_reason_file_and_position(record):
    assert record["raw_text"] == "31,1.00,Fräulein 12,x"
    assert (record["reason"], record["position"], record["feed"]) == ("malformed", 1, "zoo.order")


def test_a_value_of_another_type_is_in_quarantine_when_the_contract_says_so(first, third):
    [row] = [row for row in first.table("quarantine") if row["file_name"] == "zoo/strict/words.csv"]
    assert (row["reason"], row["position"], row["raw_text"]) == ("changed_value", 1, "one,1.00,word")


def test_a_record_is_shown_masked_unless_somebody_asks_to_reveal_it(first, record):
    said = first.run("quarantine", "show", record["quarantine_id"])
    assert "00,0.00,xxxxxxxx 00,x" in said
    assert "Fräulein" not in said
    assert "Fräulein" in first.run("quarantine", "show", record["quarantine_id"], "--reveal")


def test_an_unknown_id_is_told(first, third):
    assert "nothing in quarantine is called 7" in first.run("quarantine", "show", "7", code=1)


@pytest.fixture(scope="module")
def fourth(first: Zoo, record) -> int:
    """A fourth start: a record was fixed, and a definition has gained a column; orders before."""
    before = len(first.table("zoo_order"))
    fixed = first.base / "fixed.txt"
    fixed.write_text("31,1.00,Fräulein 12")
    contract = {"missing": "rescue"}
    wider = feed("order", COLUMNS | {"colour": {}}, format="csv", key=["order_id"], contract=contract)
    first.define([wider, *FEEDS[1:]])
    first.run("quarantine", "replay", record["quarantine_id"], "--fixed", str(fixed))
    first.put("zoo/order/wider.csv", "order_id,amount,note,colour\n60,6.00,wide,red\n")
    first.run("ingest")
    return before


def test_a_fixed_record_is_taken_at_the_next_start(first, record, fourth):
    assert "Fräulein 12" in [row["note"] for row in first.table("zoo_order")]
    assert record["quarantine_id"] not in first.run("quarantine", "list")


def test_a_start_brings_what_is_new_and_nothing_twice(first, fourth):
    assert len(first.table("zoo_order")) == fourth + 2


def test_a_definition_that_gains_a_column_gets_it_in_bronze(first, fourth):
    assert {row["colour"] for row in first.table("zoo_order")} == {None, "red"}


DEFINITIONS = {
    # what is wrong: (the keys of the definition, what is said)
    "an encoding that is none": (
        {"key": ["order_id"], "format": "csv", "options": {"encoding": "rot13"}},
        "rot13 is not a text encoding of Python",
    ),
    "an escape that is the separator": (
        {"key": ["order_id"], "format": "csv", "options": {"escape": ","}},
        "escape and separator are the same character",
    ),
    "a quote for a separator": (
        {"key": ["order_id"], "format": "csv", "options": {"separator": '"'}},
        "a quote, a line end and a byte-order mark are not allowed",
    ),
    "no format": ({"key": ["order_id"]}, "format: Field required"),
    "an unknown word": (
        {"key": ["order_id"], "format": "csv", "freshnes": 1},
        "freshnes: Extra inputs are not permitted",
    ),
    "a key that is no column": ({"key": ["id"], "format": "csv"}, "key names id, which is not a column of the feed"),
    "a full extract without some rows": (
        {"key": ["order_id"], "format": "csv", "delivers": "full_extract", "contract": {"changed": "quarantine"}},
        "would look like deletes",
    ),
}


@pytest.mark.parametrize("what", DEFINITIONS)
def test_a_definition_that_does_not_hold_is_told_with_its_file(tmp_path, what):
    meta, said = DEFINITIONS[what]
    zoo = Zoo.with_feeds(tmp_path, [feed("order", COLUMNS, **meta)])
    answer = zoo.run("ingest", code=1)
    assert "_zoo__sources.yml, feed zoo.order" in answer
    assert said in " ".join(answer.split())


def test_what_nobody_wants_is_dismissed_with_a_reason_and_stays_where_it_is(first, fourth):
    [row] = [row for row in first.table("quarantine") if row["file_name"] == "zoo/strict/words.csv"]
    file_id = row["quarantine_id"].split(":")[0]
    assert row["quarantine_id"] in first.run("quarantine", "list")
    first.run("quarantine", "dismiss", file_id, "--because", "a test of [the] sender")
    assert row["quarantine_id"] not in first.run("quarantine", "list")
    assert "a test of [the]" in " ".join(first.run("quarantine", "list", "--all").split())
    assert "is settled already: dismissed on" in first.run("quarantine", "replay", row["quarantine_id"], code=1)
    assert row in first.table("quarantine")


def test_a_file_that_waits_for_ever_is_put_into_quarantine(first, fourth):
    first.run("quarantine", "put", "zoo/order/upload.csv.tmp", "--because", "the till is gone")
    assert "given_up: the till is gone" in first.run("ingest")
    assert first.ledger("zoo/order/upload.csv.tmp")["status"] == "quarantined"
    assert "nothing in" in first.run("quarantine", "put", "zoo/order/upload.csv.tmp", "--because", "again", code=1)
