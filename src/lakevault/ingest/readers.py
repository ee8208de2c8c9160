"""Admitted files as rows, and the stream that finds them: Spark's file source here, Auto Loader on Databricks.

Every row comes as its raw columns in text, `rescued_data` (JSON of what has no column, or is not of its column's type),
`_stored_name` of its file, and `_reason` with `_raw_text` when it is no record that Bronze can take.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lakevault.feeds import Feed
from lakevault.ingest.admission import AdmittedFile
from lakevault.ingest.formats import Content

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

Engine = Literal["spark", "databricks"]
# Bounds what one micro-batch plans and writes, whatever the backlog.
FILES_PER_BATCH = 1000
# Spark's source forgets files that are this much older than the newest it has seen, and never reads them: no age is too old.
MAX_FILE_AGE = "36500d"
CORRUPT = "_corrupt_record"


def engine() -> Engine:
    """Where we run."""
    return "databricks" if "DATABRICKS_RUNTIME_VERSION" in os.environ else "spark"


def stream_options(feed: Feed, where: Engine, checkpoint: Path) -> tuple[str, dict[str, str]]:
    """The format and the options of a feed's stream over its admitted files.

    On Spark the stream only finds new files; `read` then reads them the way admission has seen them. Auto Loader finds and
    reads: names, not positions, decide which column a value belongs to, and what has none goes to rescued_data.
    """
    if where == "spark":
        return "binaryFile", {"maxFilesPerTrigger": str(FILES_PER_BATCH), "maxFileAge": MAX_FILE_AGE}
    options = {
        "cloudFiles.format": feed.format,
        "cloudFiles.schemaLocation": str(checkpoint / "schema"),
        "cloudFiles.schemaEvolutionMode": "rescue",
        "cloudFiles.inferColumnTypes": "false",
        "cloudFiles.includeExistingFiles": "true",
        "cloudFiles.allowOverwrites": "false",
        "cloudFiles.maxFilesPerTrigger": str(FILES_PER_BATCH),
        "rescuedDataColumn": "rescued_data",
        "ignoreCorruptFiles": "false",
        "ignoreMissingFiles": "false",
    }
    if feed.format == "csv":
        options |= _csv_options(feed, feed.options.encoding, multi_line=True) | {"columnNameOfCorruptRecord": CORRUPT}
    if feed.format == "json":
        options |= JSON_OPTIONS | {"columnNameOfCorruptRecord": CORRUPT}
    return "cloudFiles", options


# As strict as other JSON readers.
JSON_OPTIONS = {"allowSingleQuotes": "false", "allowNonNumericNumbers": "false"}


def _csv_options(feed: Feed, encoding: str, multi_line: bool) -> dict[str, str]:
    return {
        "header": "true",
        "sep": feed.options.separator,
        "quote": '"',
        "escape": '"',
        "encoding": "UTF-8" if encoding == "utf-8-sig" else encoding,
        "multiLine": str(multi_line).lower(),
    }


def stream(spark: "SparkSession", feed: Feed, accepted: Path, checkpoint: Path) -> "DataFrame":
    """The stream of a feed: paths of new files on Spark, their rows on Databricks."""
    where = engine()
    source, options = stream_options(feed, where, checkpoint)
    schema = "path string, modificationTime timestamp, length bigint, content binary"
    if where == "databricks":
        schema = ", ".join(f"`{name}` string" for name in (*feed.column_names, CORRUPT))
    files = spark.readStream.format(source).options(**options).schema(schema).load(str(accepted / "*" / feed.label))
    return files.select("path") if where == "spark" else files.select("*", "_metadata.file_name")


def found(batch: "DataFrame", feed: Feed) -> tuple[list[str], Callable[[list[AdmittedFile], bool], "DataFrame"] | None]:
    """Stored names of the files in a micro-batch and, where the stream has read them already, a function for their rows."""
    if engine() == "spark":
        return [Path(row.path).name for row in batch.select("path").collect()], None
    names = [row.file_name for row in batch.select("file_name").distinct().collect()]
    judged = from_auto_loader(batch, feed)
    return names, lambda files, _: judged.where(judged["_stored_name"].isin([file.stored_name for file in files]))


def from_auto_loader(batch: "DataFrame", feed: Feed) -> "DataFrame":
    """Rows of a micro-batch of Auto Loader, judged."""
    from pyspark.sql import functions as sf

    strangers = sf.map_filter(sf.from_json("rescued_data", "map<string,string>"), lambda name, _: name != "_file_path")
    rows = batch.select(
        *feed.column_names,
        strangers.alias("_extras"),
        sf.col("file_name").alias("_stored_name"),
        sf.col(CORRUPT).alias("_corrupt"),
        sf.to_json(sf.struct(*feed.column_names)).alias("_raw"),
    )
    return _judged(rows, feed)


def read(spark: "SparkSession", feed: Feed, paths: list[Path], content: Content, careful: bool) -> "DataFrame":
    """Rows of files that have the same columns and encoding, judged.

    `careful`: a record that does not fit its format is a row with reason and raw text; otherwise the first one ends the
    job. Careful rows also have `_block` and `_ordinal`, which sort the records of a file.
    """
    from pyspark.sql import functions as sf

    readers = {"csv": _read_csv, "json": _read_json, "parquet": _read_parquet}
    rows = readers[feed.format](spark, feed, [str(path.resolve()) for path in paths], content, careful)
    rows = rows.withColumn("_stored_name", sf.col("_metadata.file_name"))
    if careful:
        rows = rows.withColumns(
            {"_block": sf.col("_metadata.file_block_start"), "_ordinal": sf.monotonically_increasing_id()}
        )
    if feed.format == "csv":
        rows = _named(rows, feed, content, careful)
    return _judged(rows, feed)


def _read_csv(spark: "SparkSession", feed: Feed, paths: list[str], content: Content, careful: bool) -> "DataFrame":
    """Values by position, since a header may hold any text, twice."""
    options = _csv_options(feed, content.encoding, content.multi_line or content.encoding.startswith("utf-16"))
    options["maxColumns"] = str(max(20480, len(content.columns) + 1))
    if options["multiLine"] == "true" and content.line_end != "\n":
        options["lineSep"] = content.line_end
    columns = [f"`_{number}` string" for number in range(len(content.columns))]
    if careful:
        # All columns are parsed, or Spark would not notice that a record has too few.
        options |= {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": "_corrupt", "columnPruning": "false"}
        columns.append("_corrupt string")
    else:
        options["mode"] = "FAILFAST"
    return spark.read.options(**options).schema(", ".join(columns)).csv(paths)


def _named(rows: "DataFrame", feed: Feed, content: Content, careful: bool) -> "DataFrame":
    """Values of a CSV file under the names of its header; `_extras` has those that the feed does not define."""
    from pyspark.sql import functions as sf

    position = {name: sf.col(f"_{number}") for number, name in enumerate(_unique(content.columns))}
    text = sf.lit(None).cast("string")
    strangers = [
        part for name, value in position.items() if name not in feed.column_names for part in (sf.lit(name), value)
    ]
    columns = [position.get(name, text).alias(name) for name in feed.column_names] + [sf.col("_stored_name")]
    if strangers:
        columns.append(sf.create_map(*strangers).alias("_extras"))
    if not careful:
        return rows.select(*columns, text.alias("_corrupt"), text.alias("_raw"))
    raw = sf.to_csv(sf.struct(*position.values()), {"sep": feed.options.separator, "escape": '"'})
    return rows.select(*columns, "_corrupt", raw.alias("_raw"), "_block", "_ordinal")


def _read_json(spark: "SparkSession", feed: Feed, paths: list[str], content: Content, careful: bool) -> "DataFrame":
    from pyspark.sql import functions as sf

    text = sf.lit(None).cast("string")
    if not careful:
        schema = ", ".join(f"`{name}` string" for name in feed.column_names)
        rows = spark.read.options(**JSON_OPTIONS, lineSep=content.line_end, mode="FAILFAST").schema(schema).json(paths)
        return rows.withColumns({"_corrupt": text, "_raw": text})
    # Names that nobody knows beforehand: a map. Slower than columns, so only for files that need it.
    lines = spark.read.text(paths, lineSep=content.line_end).where("trim(value) <> ''")
    lines = lines.withColumn("_map", sf.from_json("value", "map<string,string>", JSON_OPTIONS))
    expected = [sf.lit(name) for name in feed.column_names]
    return lines.withColumns(
        {name: sf.col("_map")[name] for name in feed.column_names}
        | {
            "_extras": sf.map_filter("_map", lambda name, _: ~name.isin(expected)),
            "_corrupt": sf.when(sf.col("_map").isNull(), sf.col("value")),
            "_raw": sf.col("value"),
        }
    )


def _read_parquet(spark: "SparkSession", feed: Feed, paths: list[str], content: Content, careful: bool) -> "DataFrame":
    from pyspark.sql import functions as sf

    rows = spark.read.parquet(*paths)
    nested = ("struct", "array", "map")

    def text(name: str) -> "Column":
        kind = rows.schema[name].dataType.typeName()
        column = sf.col(f"`{name}`")
        return (
            sf.to_json(column) if kind in nested else sf.base64(column) if kind == "binary" else column.cast("string")
        )

    missing = sf.lit(None).cast("string")
    extra = [part for name in rows.columns if name not in feed.column_names for part in (sf.lit(name), text(name))]
    return rows.withColumns(
        {name: text(name) if name in rows.columns else missing for name in feed.column_names}
        | {
            "_corrupt": missing,
            "_raw": sf.to_json(sf.struct(*rows.columns)) if careful else missing,
        }
        | ({"_extras": sf.create_map(*extra)} if extra else {})
    )


def _judged(rows: "DataFrame", feed: Feed) -> "DataFrame":
    """Add rescued_data, and `_reason` and `_raw_text` for what Bronze cannot take."""
    from pyspark.sql import functions as sf

    typed = [column for column in feed.columns if column.unfit]
    unfit = sf.expr(" or ".join(column.unfit for column in typed) or "false")
    odd = {column.name: sf.when(sf.expr(column.unfit), sf.col(column.name)) for column in typed}
    if "_extras" in rows.columns:
        values = [part for name, value in odd.items() for part in (sf.lit(name), value)]
        nothing = sf.map_from_arrays(sf.array().cast("array<string>"), sf.array().cast("array<string>"))
        both = sf.map_concat(sf.coalesce("_extras", nothing), sf.create_map(*values) if values else nothing)
        rescued = sf.to_json(sf.map_filter(both, lambda _, value: value.isNotNull()))
        is_rescued = unfit | sf.exists(sf.map_values("_extras"), lambda value: value.isNotNull())
    else:
        # The usual case, without functions for which Spark generates no code.
        rescued = sf.to_json(sf.struct(*[value.alias(name) for name, value in odd.items()])) if odd else sf.lit(None)
        is_rescued = unfit
    refused = unfit if feed.contract.changed != "rescue" else sf.lit(False)
    reason = sf.when(sf.col("_corrupt").isNotNull(), "malformed").when(refused, "changed_value")
    ordering = [name for name in ("_block", "_ordinal") if name in rows.columns]
    return rows.select(
        *feed.column_names,
        sf.when(is_rescued, rescued).cast("string").alias("rescued_data"),
        "_stored_name",
        reason.alias("_reason"),
        sf.coalesce("_corrupt", "_raw").alias("_raw_text"),
        *ordering,
    )


def _unique(names: tuple[str, ...]) -> list[str]:
    """Names of a header as keys: an empty one is called by its position, a repeated one gets it appended."""
    found: dict[str, None] = {}
    for position, name in enumerate(names, start=1):
        found[name if name and name not in found else f"{name}#{position}"] = None
    return list(found)
