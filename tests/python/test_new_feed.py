"""given a sample file, when a feed is made of it, then its definition holds, its model is well written, and its files are taken."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ingestion import PROJECT, Zoo

from lakevault.feeds import read_feeds

ORDERS = (
    "order_id;customer_id;amount;ordered_on;changed_at;code;note\n"
    "1;7;9.90;2017-01-01;2017-01-01T10:00:00Z;007;first\n2;8;10.000;2017-01-02;2017-01-02T10:00:00Z;008;\n"
)


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    """A project with two feeds of one source, each made by one command."""
    zoo = Zoo.with_feeds(tmp_path_factory.mktemp("new-feed"), [])
    orders, events = zoo.base / "orders.csv", zoo.base / "events.jsonl"
    orders.write_text(ORDERS)
    events.write_text(json.dumps({"event_id": 1, "order_id": 1, "kind": "sent"}) + "\n")
    zoo.run("new-feed", "orders.csv", "--source", "shop", "--name", "order", "--key", "order_id")
    zoo.run("new-feed", "events.jsonl", "--source", "shop", "--name", "event", "--key", "order_id, event_id")
    return zoo


def test_types_and_separator_are_those_of_the_sample(zoo):
    feed = read_feeds(zoo.base / "models")["shop.order"]
    assert feed.options.separator == ";"
    assert {column.name: (column.type, column.format) for column in feed.columns} == {
        "order_id": ("string", None),
        "customer_id": ("bigint", None),
        "amount": ("decimal(18, 3)", None),
        "ordered_on": ("date", "yyyy-MM-dd"),
        "changed_at": ("timestamp", "yyyy-MM-dd'T'HH:mm:ss'Z'"),
        "code": ("string", None),
        "note": ("string", None),
    }


def test_a_second_feed_of_a_source_is_added_to_its_file_and_the_first_stays(zoo):
    path = zoo.base / "models" / "bronze" / "shop" / "_shop__sources.yml"
    [source] = yaml.safe_load(path.read_text())["sources"]
    assert [table["name"] for table in source["tables"]] == ["order", "event"]
    assert read_feeds(zoo.base / "models")["shop.event"].key == ("order_id", "event_id")


def test_the_sample_is_taken_and_all_its_values_fit(zoo):
    zoo.put("shop/order/orders.csv", ORDERS)
    zoo.run("ingest")
    row = zoo.ledger("shop/order/orders.csv")
    assert (row["landed_count"], row["rescued_count"], row["quarantined_count"]) == (2, 0, 0)
    assert [row["code"] for row in zoo.table("shop_order")] == ["007", "008"]


def test_the_model_keeps_the_rules_of_style(zoo):
    models = [str(path) for path in (zoo.base / "models" / "bronze" / "shop").glob("*.sql")]
    assert len(models) == 2
    command = [str(Path(sys.executable).parent / "sqlfluff"), "lint", "--config", ".sqlfluff", *models]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


REFUSED = {
    # what is wrong: (file name, content, options, what is said)
    "the feed exists": ("more.csv", ORDERS, {"name": "order"}, "shop.order is a feed already"),
    "a key that is no column": ("more.csv", ORDERS, {"key": "id"}, "has no column id; it has order_id"),
    "a name that is no column": ("more.csv", "Order No,x\n1,2\n", {"key": "x"}, "'Order No' cannot be a column"),
    "a name twice": ("more.csv", "x,x\n1,2\n", {"key": "x"}, "the header has x twice"),
    "another format": ("more.xlsx", "PK", {}, "the name has to end in .csv"),
    "half a file": ("more.csv", 'x\n"1', {"key": "x"}, "cannot be read whole"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_sample_that_makes_no_feed_is_told_and_nothing_is_written(zoo, what):
    name, content, options, said = REFUSED[what]
    (zoo.base / name).write_text(content)
    before = sorted(zoo.base.rglob("models/**/*"))
    choices = {"source": "shop", "name": "refund", "key": "order_id"} | options
    answer = zoo.run("new-feed", name, *(f"--{option}={value}" for option, value in choices.items()), code=1)
    assert said in " ".join(answer.split())
    assert sorted(zoo.base.rglob("models/**/*")) == before
