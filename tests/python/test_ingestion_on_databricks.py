"""given files in the landing zone, when Auto Loader looks for them, then admission gets what is not decided about yet.

Auto Loader itself runs on Databricks only; Spark's own file source, which has the same interface, stands in for it here.
"""

from pathlib import Path

import pytest

from lakevault.ingest import auto_loader
from tests.embedded import start_spark


@pytest.fixture(scope="module")
def small_spark(tmp_path_factory: pytest.TempPathFactory):
    spark = start_spark(tmp_path_factory.mktemp("databricks"), "", {})
    yield spark
    spark.stop()


def put(landing: Path, name: str, content: str = "x") -> None:
    path = landing / "incoming" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def test_every_file_is_found_until_it_is_moved_away_and_a_lost_checkpoint_changes_nothing(small_spark, tmp_path):
    landing = tmp_path / "in [prod]"
    put(landing, "shop/order/1.csv")
    put(landing, "0001/manifest.json")
    names = auto_loader.finder(lambda: small_spark, landing, "binaryFile", {"recursiveFileLookup": "true"})
    assert names() == ["0001/manifest.json", "shop/order/1.csv"]
    put(landing, "shop/order/2 ü.csv")
    (landing / "incoming" / "shop/order/1.csv").unlink()
    # What waits is given again, though the stream has it behind it.
    assert names() == ["0001/manifest.json", "shop/order/2 ü.csv"]
    (landing / "auto_loader").rename(tmp_path / "lost")
    assert names() == ["0001/manifest.json", "shop/order/2 ü.csv"]


def test_auto_loader_gives_paths_of_whole_files_whenever_they_came():
    assert {name: auto_loader.OPTIONS[f"cloudFiles.{name}"] for name in ("format", "includeExistingFiles")} == {
        "format": "binaryFile",
        "includeExistingFiles": "true",
    }


@pytest.mark.parametrize(("runtime", "is_there"), [(None, False), ("17.3", True)])
def test_the_runtime_decides_where_we_are(monkeypatch, runtime, is_there):
    monkeypatch.delenv("DATABRICKS_RUNTIME_VERSION", raising=False)
    if runtime:
        monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", runtime)
    assert auto_loader.on_databricks() is is_there
