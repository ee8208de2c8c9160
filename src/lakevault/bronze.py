"""Bronze: one append-only Delta table per feed, as received, and the ledger of files."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from lakevault.errors import LakevaultError
from lakevault.feeds import Feed
from lakevault.landing import Delivery, LandedFile

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LEDGER = "bronze.ledger"
LEDGER_DDL = "load_id bigint, load_dts timestamp, feed string, file_name string, row_count bigint, sha256 string"
SCHEMAS = ("bronze", "silver", "gold")


def init(spark: "SparkSession", feeds: dict[str, Feed]) -> None:
    """Create the schemas, the empty Bronze tables and the ledger; what is there stays as it is."""
    for schema in SCHEMAS:
        spark.sql(f"create schema if not exists {schema}")
    existing = {row.tableName for row in spark.sql("show tables in bronze").collect()}
    tables = {feed.table: feed.ddl for feed in feeds.values()} | {LEDGER: LEDGER_DDL}
    missing = {table: ddl for table, ddl in tables.items() if table.split(".")[1] not in existing}
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda item: _create(spark, *item), missing.items()))


def _create(spark: "SparkSession", table: str, ddl: str) -> None:
    spark.sql(f"create table if not exists {table} ({ddl}) using delta tblproperties ('delta.appendOnly' = 'true')")


def loaded_feeds(lake: Path) -> dict[int, set[str]]:
    """The feeds in the ledger by load id, read without Spark; empty when there is no ledger yet."""
    from deltalake import DeltaTable

    path = lake / "bronze.db" / "ledger"
    loaded: dict[int, set[str]] = defaultdict(set)
    if DeltaTable.is_deltatable(str(path)):
        rows = DeltaTable(str(path)).to_pyarrow_table(columns=["load_id", "feed"]).to_pylist()
        for row in rows:
            loaded[row["load_id"]].add(row["feed"])
    return dict(loaded)


def load(spark: "SparkSession", delivery: Delivery, feeds: dict[str, Feed]) -> dict[str, int]:
    """Append the files of a delivery to Bronze and write the ledger; rows by feed.

    Safe to repeat: each append carries (feed, load id) as its Delta transaction, so rows that a broken run has already
    written are not written again, and only then does the ledger say so.
    """
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda file: _append(spark, delivery, file, feeds[file.feed]), delivery.files))
    done = {
        row.feed
        for row in spark.table(LEDGER).where(f"load_id = {delivery.load_id}").select("feed").distinct().collect()
    }
    entries = ", ".join(
        f"({delivery.load_id}, timestamp'{delivery.load_dts}', '{file.feed}', '{file.name}', {file.rows}, '{file.sha256}')"
        for file in delivery.files
        if file.feed not in done
    )
    if entries:
        spark.sql(f"insert into {LEDGER} values {entries}")
    return dict(zip((file.feed for file in delivery.files), counts, strict=True))


def _append(spark: "SparkSession", delivery: Delivery, file: LandedFile, feed: Feed) -> int:
    from pyspark.sql import functions as sf
    from pyspark.sql.types import StringType, StructField, StructType

    # All columns as text: typing is the business of stg_, and text loses nothing.
    reader = spark.read.schema(StructType([StructField(column, StringType()) for column in feed.columns]))
    path = file.path.resolve().as_uri()
    if feed.format == "csv":
        rows = reader.csv(path, header=True, enforceSchema=False, mode="FAILFAST", escape='"', multiLine=True)
    else:
        rows = reader.json(path, mode="FAILFAST")
    raw = [sf.coalesce(sf.col(column), sf.lit("\\N")) for column in feed.columns]
    rows = rows.select(
        *feed.columns,
        sf.lit(delivery.load_id).cast("bigint").alias("load_id"),
        sf.lit(delivery.load_dts).cast("timestamp").alias("load_dts"),
        sf.lit(file.name).alias("file_name"),
        sf.md5(sf.concat_ws("\x1f", *raw)).alias("record_hash"),
    )
    (
        rows.write.format("delta")
        .mode("append")
        .option("txnAppId", feed.table)
        .option("txnVersion", delivery.load_id)
        .saveAsTable(feed.table)
    )
    written = spark.table(feed.table).where(f"load_id = {delivery.load_id}").count()
    if written != file.rows:
        raise LakevaultError(
            f"{file.name}: the manifest says {file.rows} rows, {feed.table} holds {written} of delivery "
            f"{delivery.load_id}. The ledger does not list the file; compare the file with its manifest."
        )
    return written
