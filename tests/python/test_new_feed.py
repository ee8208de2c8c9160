"""given a sample file, when a feed is made of it, then its definition holds, its model is well written, and its files are taken."""

import bz2
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ingestion import PROJECT, Zoo
from topics import change, event, recording

from lakevault.feeds import read_feeds

# How sources write dates and numbers: two values of a column, then its type and format; without a type it stays text.
WRITTEN = {
    "point_day": ("03.02.2017", "25.12.2017", "date", "dd.MM.yyyy"),
    "short_day": ("3.2.2017", "25.12.2017", "date", "d.M.yyyy"),
    "slash_day": ("25/12/2017", "03/02/2017", "date", "dd/MM/yyyy"),
    "like_the_one_before": ("03/02/2017", "04/02/2017", "date", "dd/MM/yyyy"),
    "minute": ("03.02.2017 9:30", "25.12.2017 10:00", "timestamp", "dd.MM.yyyy H:mm"),
    "iso": ("2017-02-03T10:00:00.125Z", "2017-12-25T10:00:00.000Z", "timestamp", "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"),
    "packed": ("20170203", "20171225", "date", "yyyyMMdd"),
    "comma": ("1249,5", "3", "decimal(38, 6)", "1234,5"),
    "german": ("1.249,50", "-3,5", "decimal(38, 6)", "1.234,5"),
    "swiss": ("1'249.50", "7", "decimal(38, 6)", "1'234.5"),
    "blanks": ("1 249 000", "5", "bigint", "1 234"),
    "mixed": ("10", "9.90", "decimal(38, 6)", None),
    "short_year": ("03.02.17", "25.12.17", "string", None),
    "percent": ("12,5 %", "3 %", "string", None),
    "phone": ("0151 234567", "0160 765432", "string", None),
}  # fmt: skip
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
    zoo.put("shop/order/orders.csv", ORDERS)
    return zoo


def test_types_and_separator_are_those_of_the_sample(zoo):
    feed = read_feeds(zoo.base / "models")["shop.order"]
    assert feed.options.separator == ";"
    assert {column.name: (column.type, column.format) for column in feed.columns} == {
        "order_id": ("string", None),
        "customer_id": ("bigint", None),
        "amount": ("decimal(38, 6)", None),
        "ordered_on": ("date", "yyyy-MM-dd"),
        "changed_at": ("timestamp", "yyyy-MM-dd'T'HH:mm:ss'Z'"),
        "code": ("string", None),
        "note": ("string", None),
    }


def test_a_second_feed_of_a_source_is_added_to_its_file_and_the_first_stays(zoo):
    path = zoo.base / "models" / "staging" / "shop" / "_shop__sources.yml"
    [source] = yaml.safe_load(path.read_text())["sources"]
    assert [table["name"] for table in source["tables"]] == ["order", "event"]
    assert read_feeds(zoo.base / "models")["shop.event"].key == ("order_id", "event_id")


@pytest.fixture(scope="module")
def recorded(zoo: Zoo) -> Zoo:
    """The project with a feed of a topic."""
    # The last is sent twice.
    ids = (0, 1, 2, 2)
    values = [{"event_id": f"e{n}", "email": "ann@lakevault.example", "amount": f"{n}.25"} for n in ids]
    messages = [
        {"offset": n, "timestamp": 1483228800000, "key": "k", "value": json.dumps(v)} for n, v in enumerate(values)
    ]
    first = {"topic": "web-events", "partition": 0, "from": 0, "until": 4}
    content = "".join(json.dumps(line) + "\n" for line in [first, *messages])
    (zoo.base / "messages.jsonl").write_text(content)
    zoo.put("shop/web_event/messages.jsonl", content)
    zoo.run("new-feed", "messages.jsonl", "--source", "shop", "--name", "web_event", "--key", "event_id")
    return zoo


def test_recorded_messages_make_a_feed_of_their_topic(recorded):
    zoo = recorded
    feed = read_feeds(zoo.base / "models")["shop.web_event"]
    assert (feed.origin, feed.topic, feed.format, feed.contract.missing) == ("kafka", "web-events", "json", "rescue")
    assert {c.name: (c.type, c.personal_data) for c in feed.columns} == {
        "event_id": ("string", None),
        "email": ("string", "direct"),
        "amount": ("decimal(38, 6)", None),
    }
    [table] = [
        table
        for table in yaml.safe_load((zoo.base / "models/staging/shop/_shop__sources.yml").read_text())["sources"][0][
            "tables"
        ]
        if table["name"] == "web_event"
    ]
    [value] = [column for column in table["columns"] if column["name"] == "message_value"]
    assert value["config"]["meta"]["personal_data"] == "direct"
    [model] = yaml.safe_load((zoo.base / "models/staging/shop/stg_shop__web_event.yml").read_text())["models"]
    assert "data_tests" not in model


@pytest.fixture(scope="module")
def changed(zoo: Zoo) -> Zoo:
    """The project with a change feed."""
    rows = [{"plan_id": "basic", "price": "4.99"}, {"plan_id": "plus", "price": "9.99"}]
    values = [change("r", after=row) for row in rows] + [change("d"), None, change("t")]
    messages = [event(n, value=value, key='{"plan_id": "basic"}') for n, value in enumerate(values)]
    content = recording(0, 5, *messages, topic="shop.public.plan")
    (zoo.base / "changes.jsonl").write_text(content)
    zoo.put("shop/plan/changes.jsonl", content)
    zoo.run("new-feed", "changes.jsonl", "--source", "shop", "--name", "plan", "--key", "plan_id")
    return zoo


def test_recorded_changes_make_a_change_feed_of_their_table(changed):
    zoo = changed
    feed = read_feeds(zoo.base / "models")["shop.plan"]
    assert (feed.envelope, feed.column_names) == ("debezium", ("plan_id", "price"))
    model = (zoo.base / "models/staging/shop/stg_shop__plan.sql").read_text()
    assert "key=['plan_id']," in model and "columns=['price']" in model and "is_deleted," in model
    assert "versioned_load_dts('plan_id', 'change_lsn, change_order')" in model


def test_the_model_keeps_the_rules_of_style(zoo, recorded, changed):
    models = [str(path) for path in (zoo.base / "models" / "staging" / "shop").glob("*.sql")]
    assert len(models) == 4
    command = [str(Path(sys.executable).parent / "sqlfluff"), "lint", "--config", ".sqlfluff", *models]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


@pytest.fixture(scope="module")
def written(zoo: Zoo) -> str:
    """A feed whose sample has each of these forms, and what the command said."""
    rows = [[str(number), *(form[number] for form in WRITTEN.values())] for number in (0, 1)]
    text = "\n".join("|".join(row) for row in [["no", *WRITTEN], *rows])
    (zoo.base / "written.csv").write_text(text + "\n")
    zoo.put("shop/written/written.csv", text + "\n")
    odd = {"point_day": "31.02.2017", "german": "1.2", "comma": "1,2345678", "blanks": "1 24"}
    misfits = ["2", *(odd.get(name, form[0]) for name, form in WRITTEN.items())]
    zoo.put("shop/written/odd.csv", "\n".join("|".join(row) for row in [["no", *WRITTEN], misfits]))
    return " ".join(zoo.run("new-feed", "written.csv", "--source=shop", "--name=written", "--key=no").split())


def test_dates_and_numbers_are_taken_as_the_source_writes_them(zoo, written):
    feed = read_feeds(zoo.base / "models")["shop.written"]
    found = {column.name: (column.type, column.format) for column in feed.columns if column.name != "no"}
    assert found == {name: form[2:] for name, form in WRITTEN.items()}


def test_what_could_not_be_told_is_said(written):
    for said in (
        "like_the_one_before is written dd/MM/yyyy or MM/dd/yyyy; it is taken for dd/MM/yyyy, as in the other columns",
        "packed is taken for dates written yyyyMMdd",
        "short_year stays text: no one form fits all of its dates",
        "percent stays text: no one form fits all of its numbers (for example 00,0 % and 0 %)",
        "marked as personal data by their names: phone",
    ):
        assert said in written


@pytest.fixture(scope="module")
def ingested(zoo: Zoo, recorded: Zoo, changed: Zoo, written: str) -> Zoo:
    """The project when the files of all its feeds have been taken, one of them with more places than its sample."""
    (zoo.base / "prices.csv").write_text("item_id,price\n1,1.5\n2,2.0\n")
    zoo.run("new-feed", "prices.csv", "--source", "price", "--name", "item", "--key", "item_id")
    zoo.put("price/item/next.csv", "item_id,price\n3,1.25\n4,19.99\n5,0.04\n")
    zoo.run("ingest")
    return zoo


@pytest.mark.parametrize(
    ("file", "landed", "rescued"),
    [("shop/order/orders.csv", 2, 0), ("shop/written/written.csv", 2, 0), ("price/item/next.csv", 3, 0)],
)
def test_the_sample_is_taken_and_all_its_values_fit(ingested, file, landed, rescued):
    row = ingested.ledger(file)
    assert (row["landed_count"], row["rescued_count"], row["quarantined_count"]) == (landed, rescued, 0)


def test_a_code_with_zeros_in_front_keeps_them(ingested):
    assert [row["code"] for row in ingested.table("shop_order")] == ["007", "008"]


def test_a_value_that_is_not_in_the_sources_form_is_rescued(ingested):
    [row] = [row for row in ingested.table("shop_written") if row["file_name"] == "shop/written/odd.csv"]
    assert json.loads(row["rescued_data"]).keys() == {"point_day", "german", "comma", "blanks"}


def test_messages_and_changes_land_as_they_were_recorded(ingested):
    assert [row["record_number"] for row in ingested.table("shop_web_event")] == [0, 1, 2, 3]
    assert [(row["plan_id"], row["change_op"]) for row in ingested.table("shop_plan")] == [
        ("basic", "r"),
        ("plus", "r"),
        ("basic", "d"),
        (None, None),
        (None, "t"),
    ]


REFUSED = {
    # what is wrong: (file name, content, options, what is said)
    "the feed exists": ("more.csv", ORDERS, {"name": "order"}, "shop.order exists already"),
    "a key that is no column": ("more.csv", ORDERS, {"key": "id"}, "has no column id; it has order_id"),
    "a name that is no column": ("more.csv", "Order No,x\n1,2\n", {"key": "x"}, "'Order No' cannot be a column"),
    "a name twice": ("more.csv", "x,x\n1,2\n", {"key": "x"}, "the header has x more than once"),
    "another format": ("more.xlsx", "PK\3\4rest", {}, "it is a zip archive or an Excel workbook"),
    "a day or a month": (
        "more.csv",
        "x,d\n1,03/02/2017\n",
        {"key": "x"},
        "run this again with --day-first or --month-first",
    ),
    "thousands or decimals": ("more.csv", "x;n\n1;1,249\n", {"key": "x"}, "whether it is written 1234,5 or 1,234"),
    "a name that no model can have": ("more.csv", ORDERS, {"source": "web_shop"}, "only lower-case letters and digits"),
    "a time of change that is none": (
        "more.csv",
        ORDERS,
        {"changed-at": "note"},
        "note cannot say when a row became true",
    ),
    "half a file": ("more.csv", 'x\n"1', {"key": "x"}, "none of its 1 records is complete csv"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_sample_that_cannot_be_a_feed_is_refused_and_nothing_is_written(zoo, what):
    name, content, options, said = REFUSED[what]
    (zoo.base / name).write_text(content)
    before = sorted(zoo.base.rglob("models/**/*"))
    choices = {"source": "shop", "name": "refund", "key": "order_id"} | options
    answer = zoo.run("new-feed", name, *(f"--{option}={value}" for option, value in choices.items()), code=1)
    assert said in " ".join(answer.split())
    assert sorted(zoo.base.rglob("models/**/*")) == before


SAMPLES = {
    # what is odd: (file name, bytes, key, the note, options, columns)
    "bzip2": ("a.csv.bz2", bz2.compress(b"order_id,x\n1,a\n"), None, {}, ["order_id", "x"]),
    "UTF-16 with a mark": ("b.csv", "order_id,x\n1,ä\n".encode("utf-16"), None, {}, ["order_id", "x"]),
    "UTF-16 without a mark": ("c.csv", "order_id,x\n1,ä\n".encode("utf-16-le"), "utf-16-le fits", {"encoding": "utf-16-le"}, ["order_id", "x"]),
    "Windows-1252": ("d.CSV", "order_id;x\n1;5 €\n".encode("cp1252"), "cp1252 fits", {"encoding": "cp1252", "separator": ";"}, ["order_id", "x"]),
    "Latin-1 beyond Windows-1252": ("e.csv", b"order_id,x\n1,\x81\xe9\n", "iso-8859-1 fits", {"encoding": "iso-8859-1"}, ["order_id", "x"]),
    "a short record": ("f.csv", b"order_id,x\n1,a\n2\n", "1 of 2 records of the sample are malformed", {}, ["order_id", "x"]),
    "a broken line": ("g.jsonl", b'{"order_id": 1, "x": "a"}\n{broken\n', "1 of 2 records of the sample are malformed", {}, ["order_id", "x"]),
    "a byte-order mark": ("h.jsonl", b'\xef\xbb\xbf{"order_id": 1, "x": "b"}\n', None, {}, ["order_id", "x"]),
    "a repeated name": ("i.jsonl", b'{"order_id": 1, "x": "a", "x": "b"}\n', None, {}, ["order_id", "x"]),
    "a long line": ("j.csv", b"order_id,x\n1," + b"x" * 3_000_000 + b"\n", None, {}, ["order_id", "x"]),
    "words that YAML takes for something else": ("k.csv", b"order_id,no,null,y\n1,a,b,c\n", None, {}, ["order_id", "no", "null", "y"]),
    "no ending": ("l", b'{"order_id": 1}\n', None, {}, ["order_id"]),
    "a tab": ("m.csv", b"order_id\tx\n1\ta\n", None, {"separator": "\t"}, ["order_id", "x"]),
}  # fmt: skip


@pytest.mark.parametrize("what", SAMPLES)
def test_new_feed_accepts_what_the_ingestion_accepts(zoo, what):
    name, content, note, options, columns = SAMPLES[what]
    (zoo.base / name).write_bytes(content)
    feed = f"odd_{name[0]}"
    said = zoo.run("new-feed", name, "--source", "shop", "--name", feed, "--key", "order_id")
    assert (note or "Note:") in " ".join(said.split()) if note else "Note:" not in said
    written = read_feeds(zoo.base / "models")[f"shop.{feed}"]
    assert list(written.column_names) == columns
    assert written.options.model_dump(exclude_defaults=True) == options
    model = yaml.safe_load((zoo.base / "models" / "staging" / "shop" / f"stg_shop__{feed}.yml").read_text())
    assert all(isinstance(column["name"], str) for column in model["models"][0]["columns"])
