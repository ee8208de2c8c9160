"""given a built lake, when Gold is built again, then consumers see the last release whose tests were green, or the one that was chosen."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT, Lake
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from lakevault.lake.releases import published, releases
from tests.embedded import INTERPRETED, PACKAGES, invoke, parse, start_spark, write, write_project

GUARDS_STORES = "store_hk_of_dim_store_is_unique"


def versions(lake: Lake) -> dict[str, int]:
    """The Delta version of every Gold table."""
    return {path.name: DeltaTable(str(path)).version() for path in (lake.base / "lake" / "gold.db").iterdir()}


def test_a_green_build_is_released_and_its_tables_stay_readable_for_sixty_days(lake):
    [first] = releases(lake.base / "lake")
    assert (first.number, published(lake.base / "lake")) == (1, 1)
    assert first.versions == versions(lake)
    assert "Gold is published as release 1" in (lake.base / "build.log").read_text()
    for name in first.versions:
        configuration = DeltaTable(str(lake.base / "lake" / "gold.db" / name)).metadata().configuration
        kept = {configuration.get(f"delta.{what}Duration") for what in ("deletedFileRetention", "logRetention")}
        assert kept == {"interval 60 days"}, name


def test_a_failed_test_leaves_the_last_green_release_published(lake):
    with lake.borrowed():
        stores = str(lake.base / "lake" / "gold.db" / "dim_store")
        write_deltalake(stores, DeltaTable(stores).to_pyarrow_table().slice(0, 1), mode="append")
        # As a build leaves it whose test failed: it runs again at the next one.
        state = lake.base / "lake" / "state.json"
        state.write_text(json.dumps(json.loads(state.read_text()) | {"pending": [GUARDS_STORES]}))
        red = lake.run("lakevault", "build")
        assert red.returncode == 1
        assert "Gold is not released, since not all tests are green: release 1 stays published" in red.stdout
        assert (len(releases(lake.base / "lake")), published(lake.base / "lake")) == (1, 1)

        DeltaTable(stores).restore(releases(lake.base / "lake")[0].versions["dim_store"])
        green = lake.run("lakevault", "build")
        assert "Gold is published as release 2" in green.stdout, green.stdout[-3000:]
        listed = lake.run("lakevault", "releases").stdout
        assert "2, published" in listed
        assert lake.run("lakevault", "rollback").stdout.strip().endswith("release 1 is published")
        assert published(lake.base / "lake") == 1
        for command, expected in {
            ("publish", "9"): "there is no release 9: they go from 1 to 2",
            ("rollback",): "there is no release before the published one",
        }.items():
            refused = lake.run("lakevault", *command)
            assert (refused.returncode, expected in refused.stdout + refused.stderr) == (1, True), refused


class Small:
    """A project of two Gold tables with the macros of this one, and its Spark session."""

    def __init__(self, home: Path, spark: SparkSession) -> None:
        self.home, self.spark = home, spark
        write_project(home, "small", PACKAGES, "silver")
        for name in (
            "releases/publish_gold",
            "releases/new_release",
            "releases/release_table",
            "versions/as_known_at",
            "engine/generate_schema_name",
        ):
            write(home / "macros" / f"{Path(name).name}.sql", (PROJECT / "macros" / f"{name}.sql").read_text())
        write(home / "models" / "sources.yml", "sources: [{name: lakevault, schema: bronze, tables: [{name: ledger}]}]")
        for schema in ("bronze", "silver", "gold"):
            spark.sql(f"create database {schema}")
        spark.sql("create table bronze.ledger using delta as select 7 as load_id")

    def build(self, **tables: int) -> None:
        """Build Gold tables with one value each; others are no longer in the project."""
        for path in (self.home / "models").glob("*.sql"):
            path.unlink()
        for name, value in tables.items():
            config = "{{ config(materialized='table', schema='gold') }}"
            write(self.home / "models" / f"{name}.sql", f"{config} select {value} as value")
        self.manifest = parse(self.home)
        assert invoke(["run"], self.home, self.manifest).success

    def publish(self, release: int | None = None) -> bool:
        arguments = ["--args", f"{{release: {release}}}"] if release else []
        return bool(invoke(["run-operation", "publish_gold", *arguments], self.home, self.manifest).success)

    def shown(self) -> dict[str, int]:
        """What consumers see, by table."""
        views = [
            row.viewName for row in self.spark.sql("show views in gold_published").collect() if not row.isTemporary
        ]
        return {view: self.spark.table(f"gold_published.{view}").first().value for view in views}

    def recorded(self) -> dict[int, dict[str, int]]:
        rows = self.spark.table("gold_published.release").collect()
        assert {row.load_id for row in rows} == {7}
        return {
            n: {row.table_name: row.table_version for row in rows if row.release_id == n}
            for n in {row.release_id for row in rows}
        }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    home = tmp_path_factory.mktemp("releases")
    spark = start_spark(home, "", INTERPRETED)
    try:
        yield Small(home, spark)
    finally:
        spark.stop()


def test_consumers_see_releases_and_never_what_was_built_since(small):
    small.build(dim_a=1, fct_b=1)
    # dbt-spark's temporary views stay in the session.
    small.spark.sql("create temporary view sat__dbt_tmp as select 1 as one")
    assert small.publish()
    small.build(dim_a=2, fct_b=2)
    assert small.shown() == {"dim_a": 1, "fct_b": 1}
    assert small.publish()
    assert small.shown() == {"dim_a": 2, "fct_b": 2}
    # Nothing has changed since: no new release.
    assert small.publish()
    assert small.recorded() == {1: {"dim_a": 0, "fct_b": 0}, 2: {"dim_a": 1, "fct_b": 1}}
    # Back and forth, and nothing that is not there.
    assert small.publish(1)
    assert small.shown() == {"dim_a": 1, "fct_b": 1}
    assert not small.publish(9)
    assert small.shown() == {"dim_a": 1, "fct_b": 1}
    # A table that is no longer built is in no later release.
    small.build(dim_a=3)
    assert small.publish()
    assert small.shown() == {"dim_a": 3}
    assert small.publish(2)
    assert small.shown() == {"dim_a": 2, "fct_b": 2}
