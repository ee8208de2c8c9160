"""given recorded messages of a topic, when they are ingested, then each is in Bronze or in quarantine, and a lost offset is told."""

import json
from pathlib import Path

import pytest
import yaml
from ingestion import Zoo
from topics import COLUMNS, change, change_feed, event, recording, topic_feed

from lakevault.errors import LakevaultError
from lakevault.feeds import parse_feeds


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    zoo = Zoo.with_feeds(tmp_path_factory.mktemp("topics"), [topic_feed()])
    zoo.environment["LAKEVAULT_SETTLE_SECONDS"] = "0"
    return zoo


ODD = [
    event(100, value='{"event_id": "e100", "amount": 1.50, "shop": {"id": 7}}', headers=[["trace", "x"]]),
    event(102, value=None),
    event(103, value="Ann Smith"),
    event(104, value=None, value_base64="AAEC"),
    event(105, value='{"event_id": "e105", "amount": "a lot"}', key=None, key_base64="/w=="),
    event(107, value='{"event_id": "e107"}', key=None),
]


def test_a_message_is_in_bronze_or_in_quarantine(zoo):
    # The offsets 101, 106 and 108 are markers of transactions.
    zoo.put("zoo/web/odd.jsonl", recording(100, 109, *ODD, partition=3))
    said = zoo.run("ingest")
    assert "2 of 6 records" in said
    entry = zoo.ledger("zoo/web/odd.jsonl")
    counts = [entry[name] for name in ("row_count", "landed_count", "rescued_count", "quarantined_count")]
    assert counts == [6, 4, 2, 2]
    assert [entry[name] for name in ("message_partition", "from_offset", "until_offset")] == [3, 100, 109]
    rows = {row["record_number"]: row for row in zoo.table("zoo_web") if row["message_partition"] == 3}
    assert {offset: (row["event_id"], row["amount"], row["rescued_data"]) for offset, row in rows.items()} == {
        100: ("e100", "1.50", '{"shop":"{\\"id\\": 7}"}'),
        102: (None, None, None),
        105: ("e105", "a lot", '{"amount":"a lot"}'),
        107: ("e107", None, None),
    }
    assert {offset: (row["message_key"], row["message_value"]) for offset, row in rows.items()} == {
        100: ("k100", ODD[0]["value"]),
        102: ("k102", None),
        105: ("base64:/w==", ODD[4]["value"]),
        107: (None, ODD[5]["value"]),
    }
    assert rows[100]["message_time"].isoformat() == "2017-01-01T00:00:00.100000+00:00"
    assert rows[100]["message_headers"] == '[["trace", "x"]]'
    kept = {row["position"]: json.loads(row["raw_text"]) for row in zoo.table("quarantine")}
    assert kept == {103: ODD[2], 104: ODD[3]}


RANGES = {
    # partition: files in the order of their names, each with its status and the beginning of its reason; then what was lost
    "one after the other": (
        10,
        {"a": (recording(0, 3, partition=10), "loaded"), "b": (recording(3, 5, partition=10), "loaded")},
        [],
    ),
    "names in another order": (
        11,
        {"a": (recording(3, 5, partition=11), "loaded"), "b": (recording(0, 3, partition=11), "loaded")},
        [],
    ),
    "a topic whose first messages have expired": (12, {"a": (recording(50, 52, partition=12), "loaded")}, []),
    "offsets in between never came": (
        13,
        {"a": (recording(0, 3, partition=13), "loaded"), "b": (recording(7, 9, partition=13), "loaded")},
        [(3, 7)],
    ),
    "offsets that come again": (
        14,
        {
            "a": (recording(0, 3, partition=14), "loaded"),
            "b": (recording(2, 4, partition=14), "quarantined offsets_taken"),
        },
        [],
    ),
    "a range without messages": (
        15,
        {
            "a": (recording(0, 3, partition=15).split("\n")[0] + "\n", "loaded"),
            "b": (recording(3, 4, partition=15), "loaded"),
        },
        [],
    ),
    "messages of another topic": (
        16,
        {"a": (recording(0, 3, topic="orders", partition=16), "quarantined other_topic")},
        [],
    ),
    "lines that are no messages": (
        17,
        {"a": (recording(0, 3, {"event_id": "e1"}, partition=17), "quarantined unreadable")},
        [],
    ),
    "offsets that go down": (
        18,
        {"a": (recording(0, 3, event(2), event(1), partition=18), "quarantined unreadable")},
        [],
    ),
    "offsets beyond the range": (19, {"a": (recording(0, 3, event(3), partition=19), "quarantined unreadable")}, []),
    "no first line": (20, {"a": (json.dumps(event(1)) + "\n", "quarantined unreadable")}, []),
}


@pytest.fixture(scope="module")
def ranges(zoo: Zoo) -> Zoo:
    """The zoo, when all ranges have been ingested at once."""
    for partition, files, _ in RANGES.values():
        for name, (content, _) in files.items():
            zoo.put(f"zoo/web/{partition}-{name}.jsonl", content)
    zoo.run("ingest", code=1)
    return zoo


@pytest.mark.parametrize("what", RANGES)
def test_a_range_has_the_status_that_its_rule_says(ranges, what):
    partition, files, lost = RANGES[what]
    told = {}
    for name in files:
        entry = ranges.ledger(f"zoo/web/{partition}-{name}.jsonl")
        told[name] = " ".join(filter(None, (entry["status"], (entry["reason"] or "").split(":")[0])))
    assert told == {name: status for name, (_, status) in files.items()}
    rows = [row for row in ranges.table("ledger") if row["status"] == "lost" and row["message_partition"] == partition]
    assert [(row["from_offset"], row["until_offset"]) for row in rows] == lost


def test_lost_messages_that_come_later_settle_their_entry(ranges):
    [entry] = [row for row in ranges.table("ledger") if row["status"] == "lost"]
    assert entry["reason"] == "lost: 4 offsets of partition 13 of web-events, from 3 to before 7, were never received"
    assert entry["file_id"] in ranges.run("quarantine", "list")
    assert "these messages were never received" in ranges.run("quarantine", "show", entry["file_id"], code=1)
    ranges.put("zoo/web/13-later.jsonl", recording(3, 5, partition=13))
    ranges.run("ingest")
    assert entry["file_id"] in ranges.run("quarantine", "list")
    ranges.put("zoo/web/13-last.jsonl", recording(5, 7, partition=13))
    ranges.run("ingest")
    assert entry["file_id"] not in ranges.run("quarantine", "list")
    assert "received later" in ranges.run("quarantine", "list", "--all")
    offsets = [row["record_number"] for row in ranges.table("zoo_web") if row["message_partition"] == 13]
    assert sorted(offsets) == list(range(9))


def test_a_fixed_message_keeps_its_offset(ranges):
    [entry] = [row for row in ranges.table("quarantine") if row["position"] == 103]
    fixed = ranges.base / "fixed.jsonl"
    fixed.write_text(json.dumps(event(103)))
    ranges.run("quarantine", "replay", entry["quarantine_id"], "--fixed", str(fixed))
    ranges.run("ingest")
    [row] = [row for row in ranges.table("zoo_web") if (row["message_partition"], row["record_number"]) == (3, 103)]
    assert (row["event_id"], row["message_key"]) == ("e103", "k103")
    assert entry["quarantine_id"] not in ranges.run("quarantine", "list")


DEFINITIONS = {
    "no topic": ({"topic": None}, {}, "from: kafka and topic belong together"),
    "a format": ({"format": "csv"}, {}, "the messages of a topic are JSON in UTF-8"),
    "a full extract": ({"delivers": "full_extract"}, {}, "the messages of a topic are JSON in UTF-8"),
    "an impossible topic": ({"topic": "web events"}, {}, "topic: String should match pattern"),
    "personal data": ({}, {"event_id": {"personal_data": "direct"}}, "mark it as personal_data: direct too"),
}


@pytest.mark.parametrize("what", DEFINITIONS)
def test_a_definition_that_does_not_hold_is_refused(what):
    meta, columns, said = DEFINITIONS[what]
    text = yaml.safe_dump(
        {"sources": [{"name": "zoo", "schema": "bronze", "tables": [topic_feed(COLUMNS | columns, **meta)]}]}
    )
    with pytest.raises(LakevaultError, match=said):
        parse_feeds(Path("_zoo__sources.yml"), text)


ANN = {"id": 1, "name": "Ann", "born": 10957}
CHANGES = {
    # what happened: (value and key of the message, id, name and born of the row, (op, order, snapshot))
    "a row is created": (change("c", after=ANN), '{"id":1}', ("1", "Ann", "10957"), ("c", 2, None)),
    "a row is updated, and some of it was left out of the log": (
        change("u", before=None, after=ANN | {"name": "__debezium_unavailable_value"}),
        '{"id":1}',
        ("1", "__debezium_unavailable_value", "10957"),
        ("u", 2, None),
    ),
    "a row is deleted: what its before says beside the key is made up": (
        change("d", before={"id": 1, "name": "", "born": 0}),
        '{"id":1}',
        ("1", None, None),
        ("d", 2, None),
    ),
    "a row of a table without a key is deleted": (
        change("d", before=ANN),
        None,
        ("1", "Ann", "10957"),
        ("d", 2, None),
    ),
    "a snapshot reads a row": (
        change("r", after=ANN, transaction=None, source={"lsn": 24, "ts_ms": 1483228800123, "snapshot": "last"}),
        '{"id":1}',
        ("1", "Ann", "10957"),
        ("r", None, "last"),
    ),
    "the table is truncated": (change("t"), None, (None, None, None), ("t", 2, None)),
    "a tombstone": (None, '{"id":1}', (None, None, None), (None, None, None)),
    "no change, but a row as other tools write it": (json.dumps(ANN), '{"id":1}', None, None),
    "a change without a place in the log": (change("c", after=ANN, source={}), '{"id":1}', None, None),
    "a change that leaves no row": (change("u", after=None), '{"id":1}', None, None),
    "an operation that nobody knows": (change("x", after=ANN), '{"id":1}', None, None),
    "a row that is a list": (change("c", after=[1]), '{"id":1}', None, None),
}


def test_a_change_is_the_row_that_it_leaves_and_what_is_none_goes_to_quarantine(tmp_path):
    zoo = Zoo.with_feeds(
        tmp_path, [change_feed({"id": {}, "name": {}, "born": {"type": "date", "format": "epoch_day"}})]
    )
    zoo.environment["LAKEVAULT_SETTLE_SECONDS"] = "0"
    messages = [event(n, value=value, key=key) for n, (value, key, *_) in enumerate(CHANGES.values())]
    new_column = event(len(messages), value=change("c", after=ANN | {"nick": "An", "born": "then"}), key='{"id":1}')
    old_key = [["trace", None], ["__debezium.oldkey", '{"id": 1}']]
    moved = event(len(messages) + 1, value=change("c", after=ANN | {"id": 2}), key='{"id":2}', headers=old_key)
    zoo.put("zoo/person/changes.jsonl", recording(0, 50, *messages, new_column, moved, topic="shop.public.person"))
    zoo.run("ingest")
    rows = {row["record_number"]: row for row in zoo.table("zoo_person")}
    for offset, (what, (_, _, values, about)) in enumerate(CHANGES.items()):
        row = rows.get(offset)
        assert (row and (row["id"], row["name"], row["born"])) == values, what
        assert (row and (row["change_op"], row["change_order"], row["change_snapshot"])) == about, what
    created = rows[0]
    assert (created["change_lsn"], created["change_transaction"]) == (24000392, 705)
    assert created["change_at"].isoformat() == "2017-01-01T00:00:00.123456+00:00"
    assert created["message_value"] == messages[0]["value"]
    assert json.loads(rows[len(CHANGES)]["rescued_data"]) == {"nick": "An", "born": "then"}
    assert rows[len(CHANGES) + 1]["change_old_key"] == '{"id": 1}'
    assert created["change_old_key"] is None
    kept = {row["position"] for row in zoo.table("quarantine")}
    assert kept == {n for n, (_, _, values, _) in enumerate(CHANGES.values()) if values is None}


def test_an_envelope_needs_a_topic_and_an_epoch_its_type(tmp_path):
    path = tmp_path / "_zoo__sources.yml"

    def refused(defined: dict) -> str:
        source = {"name": "zoo", "schema": "bronze", "tables": [defined]}
        with pytest.raises(LakevaultError) as error:
            parse_feeds(path, yaml.safe_dump({"sources": [source]}))
        return str(error.value)

    assert "epoch_day" in refused(change_feed({"id": {}, "born": {"type": "timestamp", "format": "epoch_day"}}))
    files = change_feed({"id": {}}) | {"config": {"meta": {"format": "csv", "envelope": "debezium", "key": ["id"]}}}
    assert "it needs from: kafka" in refused(files)
