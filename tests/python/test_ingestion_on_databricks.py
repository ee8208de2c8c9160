"""given a feed's definition, when the stream is made here or on Databricks, then its options are these; nothing else decides."""

from pathlib import Path

import pytest

from lakevault.feeds import Column, Contract, Feed
from lakevault.ingest.readers import engine, stream_options
from tests.embedded import start_spark


def feed(kind: str, **more: object) -> Feed:
    columns = (Column(name="order_id", type="bigint"), Column(name="note"))
    return Feed(
        source="shop", name="order", table="bronze.shop_order", columns=columns, format=kind, key=("order_id",), **more
    )


@pytest.fixture(scope="module")
def small_spark(tmp_path_factory: pytest.TempPathFactory):
    spark = start_spark(tmp_path_factory.mktemp("databricks"), "", {})
    yield spark
    spark.stop()


CHECKPOINT = Path("/checkpoints/shop.order")


def test_here_the_stream_finds_files_of_any_age_a_thousand_at_a_time():
    assert stream_options(feed("csv"), "spark", CHECKPOINT) == (
        "binaryFile",
        {"maxFilesPerTrigger": "1000", "maxFileAge": "36500d"},
    )


AUTO_LOADER = {
    "cloudFiles.schemaLocation": "/checkpoints/shop.order/schema",
    "cloudFiles.schemaEvolutionMode": "rescue",
    "cloudFiles.inferColumnTypes": "false",
    "cloudFiles.includeExistingFiles": "true",
    "cloudFiles.allowOverwrites": "false",
    "cloudFiles.maxFilesPerTrigger": "1000",
    "rescuedDataColumn": "rescued_data",
    "ignoreCorruptFiles": "false",
    "ignoreMissingFiles": "false",
}
FORMATS = {
    "csv": {
        "header": "true",
        "sep": ",",
        "quote": '"',
        "escape": '"',
        "encoding": "utf-8",
        "multiLine": "true",
        "columnNameOfCorruptRecord": "_corrupt_record",
    },
    "json": {
        "allowSingleQuotes": "false",
        "allowNonNumericNumbers": "false",
        "columnNameOfCorruptRecord": "_corrupt_record",
    },
    "parquet": {},
}


@pytest.mark.parametrize("kind", FORMATS)
def test_on_databricks_it_is_auto_loader_with_rescued_data(kind):
    expected = AUTO_LOADER | FORMATS[kind] | {"cloudFiles.format": kind}
    assert stream_options(feed(kind), "databricks", CHECKPOINT) == ("cloudFiles", expected)


def test_the_options_of_a_definition_reach_auto_loader():
    odd = feed("csv", options={"separator": ";", "encoding": "iso-8859-1"})
    options = stream_options(odd, "databricks", CHECKPOINT)[1]
    assert (options["sep"], options["encoding"]) == (";", "iso-8859-1")


@pytest.mark.parametrize(("runtime", "where"), [(None, "spark"), ("17.3", "databricks")])
def test_the_runtime_decides_which_it_is(monkeypatch, runtime, where):
    monkeypatch.delenv("DATABRICKS_RUNTIME_VERSION", raising=False)
    if runtime:
        monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", runtime)
    assert engine() == where


def test_rows_of_auto_loader_are_judged_like_our_own(small_spark):
    from lakevault.ingest.readers import from_auto_loader

    rows = [
        ("1", "fine", None, None, "f1"),
        ("one", "word", None, None, "f1"),
        ("2", "more", None, '{"colour": "red", "_file_path": "/f1"}', "f1"),
        (None, None, "3,too,many", None, "f1"),
    ]
    columns = "order_id string, note string, _corrupt_record string, rescued_data string, file_name string"
    judged = from_auto_loader(
        small_spark.createDataFrame(rows, columns), feed("csv", contract=Contract(changed="quarantine"))
    )
    found = [
        (row.order_id, row.rescued_data, row._reason, row._raw_text if row._reason else None)
        for row in judged.collect()
    ]
    assert found == [
        ("1", None, None, None),
        ("one", '{"order_id":"one"}', "changed_value", '{"order_id":"one","note":"word"}'),
        ("2", '{"colour":"red"}', None, None),
        (None, None, "malformed", "3,too,many"),
    ]


def test_corrupt_files_are_never_ignored(small_spark):
    assert small_spark.conf.get("spark.sql.files.ignoreCorruptFiles") == "false"
    assert small_spark.conf.get("spark.sql.files.ignoreMissingFiles") == "false"
