"""Bronze: one append-only Delta table per feed, as received; the quarantine of records; the ledger of files."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lakevault.errors import LakevaultError
from lakevault.feeds import Feed
from lakevault.ingest import readers
from lakevault.ingest.admission import AdmittedFile, Delivery, LandingZone
from lakevault.lake.ledger import LEDGER, QUARANTINE, TABLES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SCHEMAS = ("bronze", "silver", "gold")
# Statistics of the other columns would put personal data into the transaction log, and cost a third of an append.
PROPERTIES = "'delta.appendOnly' = 'true', 'delta.dataSkippingStatsColumns' = 'load_id'"


# Gives the judged records of some files; the second argument asks for care.
Rows = Callable[[list[AdmittedFile], bool], "DataFrame"]


class Count(NamedTuple):
    """Records of one file: in Bronze, those of them with rescued data, and in quarantine."""

    landed: int
    rescued: int
    quarantined: int


NOTHING = Count(0, 0, 0)


@dataclass(frozen=True)
class Outcome:
    """What became of one file; counts of records. `fails`: its contract says that somebody has to act."""

    file: AdmittedFile
    landed: int = 0
    rescued: int = 0
    quarantined: int = 0
    fails: bool = False

    @property
    def status(self) -> str:
        """loaded, quarantined (the file) or repeated; miscounted when Spark and admission disagree about the records."""
        if self.file.status != "accepted":
            return self.file.status
        return "loaded" if self.landed + self.quarantined == self.file.content.rows else "miscounted"


def init(spark: "SparkSession", feeds: dict[str, Feed]) -> None:
    """Create the schemas, the empty Bronze tables, quarantine and ledger; add columns that a definition has gained."""
    for schema in SCHEMAS:
        spark.sql(f"create schema if not exists {schema}")
    existing = {row.tableName for row in spark.sql("show tables in bronze").collect()}
    tables = {feed.table: feed.schema for feed in feeds.values()} | TABLES
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda item: _create(spark, *item, item[0].split(".")[1] in existing), tables.items()))


def _create(spark: "SparkSession", table: str, schema: dict[str, str], exists: bool) -> None:
    if not exists:
        columns = ", ".join(f"`{name}` {kind}" for name, kind in schema.items())
        spark.sql(f"create table if not exists {table} ({columns}) using delta tblproperties ({PROPERTIES})")
        return
    present = {name.lower() for name in spark.table(table).columns}
    new = ", ".join(f"`{name}` {kind}" for name, kind in schema.items() if name.lower() not in present)
    if new:
        spark.sql(f"alter table {table} add columns ({new})")


def load(
    spark: "SparkSession",
    delivery: Delivery,
    feeds: dict[str, Feed],
    zone: LandingZone,
    checkpoints: Path,
    resumed: bool,
) -> list[Outcome]:
    """Take the accepted files of a delivery into Bronze and quarantine, then write its ledger in one commit.

    Safe to repeat at any point: of a `resumed` delivery, what a broken run has already written is not written again, and
    only when all is there does the ledger say so.
    """
    by_feed = {
        label: list(files)
        for label, files in groupby(sorted(delivery.accepted, key=lambda file: file.feed), key=lambda file: file.feed)
    }
    fresh = None if resumed else delivery.load_id

    def take(label: str) -> list[Outcome]:
        if label not in feeds:
            raise LakevaultError(
                f"delivery {delivery.load_id} was admitted with files of {label}, which is no feed any more: put its "
                "definition back, or move its files from landing/accepted/ and take them out of delivery.json."
            )
        return _Loader(spark, feeds[label], zone, checkpoints / label, fresh).load(delivery, by_feed[label])

    with ThreadPoolExecutor(2) as pool:
        outcomes = [outcome for outcomes in pool.map(take, by_feed) for outcome in outcomes]
    outcomes += [Outcome(file, fails=file.fails) for file in delivery.files if file.status != "accepted"]
    if not (resumed and spark.table(LEDGER).where(f"load_id = {delivery.load_id}").limit(1).count()):
        _write_ledger(spark, delivery, outcomes)
    return outcomes


def _write_ledger(spark: "SparkSession", delivery: Delivery, outcomes: list[Outcome]) -> None:
    rows = [
        (
            outcome.file.file_id, delivery.load_id, delivery.load_dts, outcome.file.feed, outcome.file.name,
            outcome.file.size, outcome.file.sha256, outcome.file.first_seen_at, outcome.file.sent_at,
            outcome.file.content.rows if outcome.file.content else None,
            outcome.landed, outcome.rescued, outcome.quarantined, outcome.status, outcome.file.reason,
        )
        for outcome in outcomes
    ]  # fmt: skip
    # Times come as text.
    given = ", ".join(f"{name} {kind.replace('timestamp', 'string')}" for name, kind in TABLES[LEDGER].items())
    typed = (f"cast({name} as {kind}) as {name}" for name, kind in TABLES[LEDGER].items())
    ledger = spark.createDataFrame(rows, given).coalesce(1).selectExpr(*typed)
    ledger.write.format("delta").mode("append").saveAsTable(LEDGER)


class _Loader:
    """Takes the files of one feed."""

    def __init__(
        self, spark: "SparkSession", feed: Feed, zone: LandingZone, checkpoint: Path, fresh: int | None
    ) -> None:
        self._spark, self._feed, self._zone, self._checkpoint = spark, feed, zone, checkpoint
        # Load id of a delivery of which nothing can be in the tables yet, so nobody needs to look.
        self._fresh = fresh
        self._counted: dict[str, Count] = {}
        self._error: BaseException | None = None

    def load(self, delivery: Delivery, files: list[AdmittedFile]) -> list[Outcome]:
        """Run the stream until it has taken all there is, and say what came of the files."""
        self._run_stream()
        self._fresh = None
        # A checkpoint may be ahead of the tables, when these are new or were lost: such files are taken without it.
        missing = [file for file in files if file.file_id not in self._counted]
        self._take(delivery, missing, self._read)
        must_act = self._feed.contract.changed == "fail"
        counts = [self._counted[file.file_id] for file in files]
        return [
            Outcome(file, *count, fails=must_act and count.quarantined > 0)
            for file, count in zip(files, counts, strict=True)
        ]

    def _run_stream(self) -> None:
        query = (
            readers.stream(self._spark, self._feed, self._zone.accepted, self._checkpoint)
            .writeStream.option("checkpointLocation", str(self._checkpoint.resolve()))
            .trigger(availableNow=True)
            .foreachBatch(self._batch)
            .start()
        )
        try:
            query.awaitTermination()
        except Exception as error:
            # What was raised in the batch, not how Spark words it.
            raise self._error or LakevaultError(f"{self._feed.label}: the stream stopped: {error}") from error

    def _batch(self, batch: "DataFrame", _: int) -> None:
        try:
            names, rows = readers.found(batch, self._feed)
            for load_id, stored in groupby(sorted(names), key=lambda name: int(name.split("-")[0])):
                delivery = self._zone.read(load_id)
                known = {file.stored_name: file for file in delivery.accepted}
                self._take(delivery, [known[name] for name in stored if name in known], rows or self._read)
        except BaseException as error:
            self._error = error
            raise

    def _take(self, delivery: Delivery, files: list[AdmittedFile], rows: Rows) -> None:
        """Append the files' records to Bronze and quarantine, as far as they are not there yet, and count them."""
        # The tables say what is there, so nothing comes twice, whatever a checkpoint has kept or lost.
        counts = dict.fromkeys((file.file_id for file in files), NOTHING)
        if delivery.load_id != self._fresh:
            counts = self._count(delivery, files)
        new = [file for file in files if file.content.rows and not counts[file.file_id].landed]
        for some in self._alike(new):
            counts |= self._land(delivery, some, rows)
        short = [f for f in files if f.content.rows > counts[f.file_id].landed and not counts[f.file_id].quarantined]
        for some in self._alike(short):
            self._refuse(delivery, some, rows)
        self._counted |= counts | self._count(delivery, short)

    def _land(self, delivery: Delivery, files: list[AdmittedFile], rows: Rows) -> dict[str, Count]:
        from pyspark.errors import PySparkException
        from pyspark.sql import Observation
        from pyspark.sql import functions as sf

        def land(careful: bool) -> dict[str, Count]:
            good = rows(files, careful).where("_reason is null")
            if len(files) > 1:
                self._append(self._feed.table, delivery, files, good)
                return self._count(delivery, files)
            # The rows of a single file are counted on their way.
            seen = Observation()
            landed, rescued = sf.count(sf.lit(1)).alias("landed"), sf.count("rescued_data").alias("rescued")
            self._append(self._feed.table, delivery, files, good.observe(seen, landed, rescued))
            return {files[0].file_id: Count(seen.get["landed"], seen.get["rescued"], 0)}

        content = files[0].content
        new_names = set(content.columns) - set(self._feed.column_names)
        careful = content.malformed > 0 or (self._feed.format == "json" and bool(new_names))
        try:
            return land(careful)
        except PySparkException:
            # Spark found a record that admission took for whole. Of a full extract nothing lands then.
            if self._feed.delivers == "full_extract" or not self._can_read(files, rows):
                return {}
            if careful:
                raise
            return land(careful=True)

    def _can_read(self, files: list[AdmittedFile], rows: Rows) -> bool:
        """Whether Spark can read the files at all; if not, they count as miscounted, and stop nothing."""
        from pyspark.errors import PySparkException

        try:
            rows(files, True).write.format("noop").mode("append").save()
        except PySparkException:
            return False
        return True

    def _refuse(self, delivery: Delivery, files: list[AdmittedFile], rows: Rows) -> None:
        """To quarantine: records with a reason; of a full extract with any such record, all."""
        from pyspark.errors import PySparkException

        try:
            self._append(QUARANTINE, delivery, files, self._refused(files, rows))
        except PySparkException:
            if self._can_read(files, rows):
                raise

    def _refused(self, files: list[AdmittedFile], rows: Rows) -> "DataFrame":
        from pyspark.sql import Window
        from pyspark.sql import functions as sf

        refused = rows(files, True)
        if "_ordinal" in refused.columns:
            order = Window.partitionBy("_stored_name").orderBy("_block", "_ordinal")
            refused = refused.withColumn("position", sf.row_number().over(order).cast("bigint"))
        else:
            refused = refused.withColumn("position", sf.lit(None).cast("bigint"))
        if self._feed.delivers == "full_extract":
            refused = refused.withColumn("_reason", sf.coalesce("_reason", sf.lit("extract_not_whole")))
        number = sf.coalesce(sf.col("position").cast("string"), sf.substring(sf.md5("_raw_text"), 1, 8))
        return refused.where("_reason is not null").withColumns(
            {
                "quarantine_id": sf.concat(sf.substring_index("_stored_name", "-", 2), sf.lit(":"), number),
                "feed": sf.lit(self._feed.label),
                "reason": sf.col("_reason"),
                "raw_text": sf.col("_raw_text"),
            }
        )

    def _append(self, table: str, delivery: Delivery, files: list[AdmittedFile], rows: "DataFrame") -> None:
        from pyspark.sql import functions as sf

        if len(files) == 1:
            rows = rows.withColumn("file_name", sf.lit(files[0].name))
        else:
            names = self._spark.createDataFrame(
                [(file.stored_name, file.name) for file in files], "_stored_name string, file_name string"
            )
            rows = rows.join(sf.broadcast(names), "_stored_name")
        audit = {
            "load_id": sf.lit(delivery.load_id).cast("bigint"),
            "load_dts": sf.lit(delivery.load_dts).cast("timestamp"),
        }
        if table == self._feed.table:
            raw = [sf.coalesce(name, sf.lit("\\N")) for name in (*self._feed.column_names, "rescued_data")]
            audit["record_hash"] = sf.xxhash64(*raw)
        schema = self._feed.schema if table == self._feed.table else TABLES[table]
        rows.withColumns(audit).select(*schema).write.format("delta").mode("append").saveAsTable(table)

    def _read(self, files: list[AdmittedFile], careful: bool) -> "DataFrame":
        paths = [self._zone.path_of(file) for file in files]
        return readers.read(self._spark, self._feed, paths, files[0].content, careful)

    def _count(self, delivery: Delivery, files: list[AdmittedFile]) -> dict[str, Count]:
        """Records of each file in Bronze and in quarantine, by file id."""
        if not files:
            return {}
        this_load = f"where load_id = {delivery.load_id}"
        landed = self._spark.sql(
            f"select file_name, count(*) as landed, count(rescued_data) as rescued, 0 as quarantined "
            f"from {self._feed.table} {this_load} group by file_name "
            f"union all select file_name, 0, 0, count(*) from {QUARANTINE} "
            f"{this_load} and feed = '{self._feed.label}' group by file_name"
        )
        found = dict.fromkeys((file.name for file in files), NOTHING)
        for row in landed.collect():
            if row.file_name in found:
                found[row.file_name] = Count(*map(sum, zip(found[row.file_name], row[1:], strict=True)))
        return {file.file_id: found[file.name] for file in files}

    def _alike(self, files: list[AdmittedFile]) -> list[list[AdmittedFile]]:
        """Files in groups that are read in one go: the same columns and encoding, and the same need of care."""

        def kind(file: AdmittedFile) -> tuple[Any, ...]:
            content = file.content
            # Parquet files have types, which may differ.
            alone = file.file_id if self._feed.format == "parquet" else ""
            return content.columns, content.encoding, content.multi_line, content.line_end, content.malformed > 0, alone

        return [list(group) for _, group in groupby(sorted(files, key=kind), key=kind)]
