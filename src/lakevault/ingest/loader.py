"""Bronze: one append-only Delta table per feed, as received; records in quarantine; the ledger of files."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from lakevault.errors import LakevaultError
from lakevault.feeds import Feed
from lakevault.ingest import on_executors
from lakevault.ingest.admission import look
from lakevault.ingest.delivery import Accepted, Delivery, File, Refused
from lakevault.ingest.formats import Content
from lakevault.ingest.landing import LandingZone
from lakevault.lake.ledger import LEDGER, QUARANTINE, TABLES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SCHEMAS = ("bronze", "silver", "gold")
# Statistics of the other columns would put personal data into the transaction log, and cost a third of an append.
PROPERTIES = "'delta.appendOnly' = 'true', 'delta.dataSkippingStatsColumns' = '{counted}'"
# Bounds what one commit plans and writes, whatever the backlog.
FILES_PER_COMMIT = 10_000
FILES_COUNTED_ON_THE_WAY = 20


class Count(NamedTuple):
    """Records of one file: in Bronze, those of them with rescued data, and in quarantine."""

    landed: int
    rescued: int
    quarantined: int


NOTHING = Count(0, 0, 0)


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file; counts of records. `fails`: its contract says that somebody has to act."""

    file: File
    landed: int = 0
    rescued: int = 0
    quarantined: int = 0
    fails: bool = False

    @property
    def status(self) -> str:
        """loaded, quarantined (the file), repeated or lost."""
        return "loaded" if isinstance(self.file.decision, Accepted) else self.file.decision.status

    @property
    def rows(self) -> int | None:
        """Records of the file, as admission counted them; None when it could not be read."""
        return self.file.decision.content.rows if self.file.decision.content else None


def init(spark: "SparkSession", feeds: dict[str, Feed]) -> None:
    """Create the schemas, the empty Bronze tables, quarantine and ledger; add columns that a definition has gained."""
    for schema in SCHEMAS:
        spark.sql(f"create schema if not exists {schema}")
    existing = {row.tableName for row in spark.sql("show tables in bronze").collect()}
    tables = {feed.table: feed.table_schema for feed in feeds.values()} | TABLES
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda table: _create(spark, table, tables[table], table.split(".")[1] in existing), tables))


def _create(spark: "SparkSession", table: str, schema: dict[str, str], exists: bool) -> None:
    if not exists:
        columns = ", ".join(f"`{name}` {kind}" for name, kind in schema.items())
        properties = PROPERTIES.format(counted="load_id" if "load_id" in schema else next(iter(schema)))
        spark.sql(f"create table if not exists {table} ({columns}) using delta tblproperties ({properties})")
        return
    present = {name.lower() for name in spark.table(table).columns}
    new = ", ".join(f"`{name}` {kind}" for name, kind in schema.items() if name.lower() not in present)
    if new:
        spark.sql(f"alter table {table} add columns ({new})")


def load(
    spark: "SparkSession", delivery: Delivery, feeds: dict[str, Feed], zone: LandingZone, resumed: bool
) -> list[FileOutcome]:
    """Take the accepted files of a delivery into Bronze and quarantine, then write its ledger in one commit.

    Safe to repeat at any point: of a `resumed` delivery, what a broken run has already written is not written again, and
    only when all is there does the ledger say so. A file that turns out to be unreadable goes to quarantine, and all
    others land.
    """
    by_feed = {
        label: list(files)
        for label, files in groupby(sorted(delivery.accepted, key=lambda file: file.feed), key=lambda file: file.feed)
    }

    def take(label: str) -> list[FileOutcome]:
        if label not in feeds:
            raise LakevaultError(
                f"delivery {delivery.load_id} was admitted with files of {label}, which is no longer a feed: put its "
                "definition back, or move its files from landing/accepted/ and take them out of delivery.json."
            )
        return _Loader(spark, feeds[label], zone, delivery, resumed).load(by_feed[label])

    with ThreadPoolExecutor(2) as pool:
        outcomes = [outcome for outcomes in pool.map(take, by_feed) for outcome in outcomes]
    for outcome in outcomes:
        if isinstance(outcome.file.decision, Refused):
            delivery = zone.refuse(delivery, outcome.file, outcome.file.decision)
    others = [file for file in delivery.files if file.file_id not in {outcome.file.file_id for outcome in outcomes}]
    outcomes += [FileOutcome(file, fails=file.fails) for file in others]
    if not (resumed and spark.table(LEDGER).where(f"load_id = {delivery.load_id}").limit(1).count()):
        _write_ledger(spark, delivery, outcomes)
    return outcomes


def _write_ledger(spark: "SparkSession", delivery: Delivery, outcomes: list[FileOutcome]) -> None:
    rows = [
        (
            outcome.file.file_id, delivery.load_id, delivery.load_dts, outcome.file.feed, outcome.file.name,
            outcome.file.size, outcome.file.sha256, outcome.file.first_seen_at, outcome.file.sent_at,
            outcome.rows, outcome.landed, outcome.rescued, outcome.quarantined, outcome.status, outcome.file.reason,
            *(outcome.file.offsets or (None, None, None)),
        )
        for outcome in outcomes
    ]  # fmt: skip
    schema = ", ".join(f"{name} {kind}" for name, kind in TABLES[LEDGER].items())
    ledger = spark.createDataFrame(rows, schema).coalesce(1)
    ledger.write.format("delta").mode("append").saveAsTable(LEDGER)


class _Loader:
    """Takes the files that a delivery has of one feed."""

    def __init__(self, spark: "SparkSession", feed: Feed, zone: LandingZone, delivery: Delivery, resumed: bool) -> None:
        self._spark, self._feed, self._zone, self._delivery = spark, feed, zone, delivery
        # Of a fresh delivery nothing can be in the tables yet, so nobody needs to look.
        self._resumed = resumed
        self._counts: dict[str, Count] = {}
        self._refused: dict[str, Refused] = {}

    def load(self, files: list[File]) -> list[FileOutcome]:
        """Append the files' records to Bronze and quarantine, as far as they are not there yet, and count them."""
        counts = self._counts = dict.fromkeys((file.file_id for file in files), NOTHING)
        if self._resumed:
            counts |= self._count(files)
        new = [
            file for file in files if _content(file).rows > _content(file).malformed and not counts[file.file_id].landed
        ]
        for some in _chunks(new, FILES_PER_COMMIT):
            counts |= self._one_and_all(some, self._feed.table, self._land)
        short = [
            file
            for file in files
            if file.file_id not in self._refused
            and _content(file).rows > counts[file.file_id].landed
            and not counts[file.file_id].quarantined
        ]
        for some in _chunks(short, FILES_PER_COMMIT):
            counts |= self._one_and_all(some, QUARANTINE, self._refuse)
        return [self._outcome(file, counts[file.file_id]) for file in files]

    def _outcome(self, file: File, count: Count) -> FileOutcome:
        if refused := self._refused.get(file.file_id):
            return FileOutcome(file.model_copy(update={"decision": refused}), *count)
        return FileOutcome(file, *count, fails=self._feed.contract.changed == "fail" and count.quarantined > 0)

    def _one_and_all(
        self, files: list[File], table: str, take: Callable[[list[File]], dict[str, Count]]
    ) -> dict[str, Count]:
        """Take files in one commit; when that fails, halve them until those at fault are found and in quarantine."""
        try:
            return take(files)
        # What an engine throws has no common class: a failed task comes as a Java error.
        except Exception as error:
            if not on_executors.work(self._spark, self._feed):
                raise LakevaultError(
                    f"Spark has stopped working while {self._feed.label} was read ({type(error).__name__}): the end of spark.log, "
                    "in the lake's folder, says why; the same command continues from here."
                ) from error
            # The commit may have been made before something failed.
            counts = self._count(files)
            rest = [
                file
                for file in files
                if not (counts[file.file_id].quarantined if table == QUARANTINE else counts[file.file_id].landed)
            ]
            if len(rest) == len(files) == 1:
                self._refused[files[0].file_id] = self._fault(files[0], table, error)
            elif rest:
                middle = -(-len(rest) // 2)
                for some in (rest[:middle], rest[middle:]):
                    counts |= self._one_and_all(some, table, take) if some else {}
            return counts

    def _fault(self, file: File, table: str, error: Exception) -> Refused:
        """Why a file could not be taken. Raises LakevaultError when the file is well and the table cannot be written."""
        content = _content(file)
        seen = look(self._zone.path_of(file), self._feed)
        if seen is None or seen.sha256 != file.sha256:
            return Refused(
                reason="unreadable", detail="it was changed or removed after it was admitted", content=content
            )
        try:
            rows = on_executors.with_text(self._spark, self._feed, self._sources([file]), malformed_only=False)
            rows.write.format("noop").mode("append").save()
        except Exception as cause:
            return Refused(
                reason="unreadable",
                detail=f"the engine cannot read it ({type(cause).__name__}); see spark.log",
                content=content,
            )
        raise LakevaultError(
            f"{file.name} could be read, but not written to {table} ({type(error).__name__}): is the disk full? "
            "The end of spark.log, in the lake's folder, says more; the same command continues from here."
        ) from error

    def _land(self, files: list[File]) -> dict[str, Count]:
        from pyspark.sql import functions as sf

        rows = self._judged(on_executors.rows(self._spark, self._feed, self._sources(files)))
        if self._feed.contract.changed != "rescue":
            rows = rows.where("not _unfit")
        rows = rows.withColumns({name: sf.col(name).cast(kind) for name, kind in self._feed.message_columns.items()})
        raw = [sf.coalesce(name, sf.lit("\\N")) for name in (*self._feed.column_names, "rescued_data")]
        rows = rows.withColumn("record_hash", sf.xxhash64(*raw))
        return self._append(self._feed.table, self._feed.table_schema, files, rows)

    def _refuse(self, files: list[File]) -> dict[str, Count]:
        """To quarantine: the malformed records, and those with a changed value when the contract says so."""
        from pyspark.sql import functions as sf

        malformed_only = self._feed.contract.changed == "rescue"
        rows = on_executors.with_text(self._spark, self._feed, self._sources(files), malformed_only)
        reason = sf.when(sf.col("_malformed"), "malformed").when(sf.col("_unfit"), "changed_value")
        rows = self._judged(rows).withColumn("reason", reason).where("reason is not null")
        rows = rows.withColumn("feed", sf.lit(self._feed.label))
        return self._append(QUARANTINE, TABLES[QUARANTINE], files, rows)

    def _judged(self, rows: "DataFrame") -> "DataFrame":
        """Add `_unfit`, whether a value is not of its column's type, and rescued_data: such values, and the extras."""
        from pyspark.sql import functions as sf

        unfit = {column.name: column.unfit for column in self._feed.columns if column.unfit}
        if not unfit:
            return rows.withColumns({"_unfit": sf.lit(False), "rescued_data": sf.col("_extras")})
        odd = sf.to_json(sf.struct(*[sf.when(sf.expr(test), sf.col(name)).alias(name) for name, test in unfit.items()]))
        both = sf.concat(sf.expr("left(_extras, length(_extras) - 1)"), sf.lit(","), sf.substring(odd, 2, 2**31 - 1))
        is_unfit = sf.coalesce(sf.expr(" or ".join(unfit.values())), sf.lit(False))
        rescued = sf.when(is_unfit, sf.coalesce(both, odd)).otherwise(sf.col("_extras"))
        return rows.withColumns({"_unfit": is_unfit, "rescued_data": rescued})

    def _append(self, table: str, schema: dict[str, str], files: list[File], rows: "DataFrame") -> dict[str, Count]:
        """Append rows in one commit; gives the counts of each file."""
        from pyspark.sql import Observation
        from pyspark.sql import functions as sf

        # The rows of a few files are counted on their way.
        seen = Observation() if len(files) <= FILES_COUNTED_ON_THE_WAY else None
        if seen:
            rescued = sf.col("rescued_data").isNotNull()
            of_file = [sf.col("_file") == number for number in range(len(files))]
            counts = [sf.count_if(mine).alias(f"rows_{number}") for number, mine in enumerate(of_file)]
            counts += [sf.count_if(mine & rescued).alias(f"rescued_{number}") for number, mine in enumerate(of_file)]
            rows = rows.observe(seen, *counts)
        if len(files) == 1:
            rows = rows.withColumns({"file_id": sf.lit(files[0].file_id), "file_name": sf.lit(files[0].name)})
        else:
            named = [(number, file.file_id, file.name) for number, file in enumerate(files)]
            names = self._spark.createDataFrame(named, "_file int, file_id string, file_name string")
            rows = rows.join(sf.broadcast(names), "_file")
        audit = {
            "load_id": sf.lit(self._delivery.load_id).cast("bigint"),
            "load_dts": sf.lit(self._delivery.load_dts),
        }
        if table == QUARANTINE:
            audit["quarantine_id"] = sf.concat("file_id", sf.lit(":"), "position")
        rows.withColumns(audit).select(*schema).write.format("delta").mode("append").saveAsTable(table)
        if not seen:
            return self._count(files)
        found = seen.get
        appended = [Count(found[f"rows_{number}"], found[f"rescued_{number}"], 0) for number in range(len(files))]
        if table == QUARANTINE:
            appended = [
                self._counts[file.file_id]._replace(quarantined=count.landed)
                for file, count in zip(files, appended, strict=True)
            ]
        return dict(zip((file.file_id for file in files), appended, strict=True))

    def _sources(self, files: list[File]) -> list[on_executors.Source]:
        return [
            on_executors.Source(
                number,
                str(self._zone.path_of(file).resolve()),
                file.size,
                _content(file).rows,
                _content(file).malformed,
            )
            for number, file in enumerate(files)
        ]

    def _count(self, files: list[File]) -> dict[str, Count]:
        """Records of each file in Bronze and in quarantine, by file id."""
        this_load = f"where load_id = {self._delivery.load_id}"
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


def _content(file: File) -> Content:
    assert isinstance(file.decision, Accepted)
    return file.decision.content


def _chunks(files: list[File], size: int) -> list[list[File]]:
    return [files[start : start + size] for start in range(0, len(files), size)]
