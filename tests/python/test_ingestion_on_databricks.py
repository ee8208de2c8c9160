"""given files in the landing zone, when Auto Loader looks for them, then admission gets what is not decided about yet.

Auto Loader itself runs on Databricks only; Spark's own file source stands in for it here, with what the options mean to both.
"""

from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from lakevault.ingest import auto_loader
from tests.embedded import start_spark


@pytest.fixture(scope="module")
def small_spark(tmp_path_factory: pytest.TempPathFactory):
    spark = start_spark(tmp_path_factory.mktemp("databricks"), "", {})
    yield spark
    spark.stop()


class AutoLoader:
    """Reads as Auto Loader would: its options, translated for Spark's file source, which takes each file once."""

    def __init__(self, spark: SparkSession) -> None:
        self.readStream, self._spark = self, spark

    def format(self, source: str) -> "AutoLoader":
        assert source == "cloudFiles"
        return self

    def options(self, **options: str) -> "AutoLoader":
        self._own = {name.removeprefix("cloudFiles."): value for name, value in options.items()}
        return self

    def schema(self, columns: str) -> "AutoLoader":
        self._columns = columns
        return self

    def load(self, folder: str) -> DataFrame:
        reader = self._spark.readStream.format(self._own["format"]).schema(self._columns)
        nested = self._own.get("recursiveFileLookup", "false")
        found = reader.option("recursiveFileLookup", nested).load(folder)
        return found if self._own.get("includeExistingFiles", "true") == "true" else found.where("false")


def put(landing: Path, name: str, content: str = "x") -> None:
    path = landing / "incoming" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def test_every_file_is_found_until_it_is_moved_away_and_a_lost_checkpoint_changes_nothing(small_spark, tmp_path):
    landing = tmp_path / "in [prod]"
    put(landing, "shop/order/1.csv")
    put(landing, "0001/manifest.json")
    names = auto_loader.finder(lambda: AutoLoader(small_spark), landing)
    assert names() == ["0001/manifest.json", "shop/order/1.csv"]
    put(landing, "shop/order/2 ü.csv")
    (landing / "incoming" / "shop/order/1.csv").unlink()
    # What waits is given again, though the stream has it behind it.
    assert names() == ["0001/manifest.json", "shop/order/2 ü.csv"]
    (landing / "auto_loader").rename(tmp_path / "lost")
    assert names() == ["0001/manifest.json", "shop/order/2 ü.csv"]


@pytest.mark.parametrize(("runtime", "is_there"), [(None, False), ("17.3", True)])
def test_the_runtime_decides_where_we_are(monkeypatch, runtime, is_there):
    monkeypatch.delenv("DATABRICKS_RUNTIME_VERSION", raising=False)
    if runtime:
        monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", runtime)
    assert auto_loader.on_databricks() is is_there
