"""On Databricks, Auto Loader finds the files that have landed, so that nobody lists folders of millions of files.

It only finds: admission decides, and the reader of formats/ reads, as everywhere. What was found and is not decided about
yet stands in found.json beside the landing zone. A lost checkpoint finds again what still lies in incoming/, no more.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lakevault.files import read_json, write_json

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SCHEMA = "path string, modificationTime timestamp, length bigint, content binary"
OPTIONS = {
    "cloudFiles.format": "binaryFile",
    # What landed before the stream was first started counts as well.
    "cloudFiles.includeExistingFiles": "true",
    # A file that was found half-written is found again; admission knows it by its name.
    "cloudFiles.allowOverwrites": "true",
    # Events of the storage instead of listings, where the external location has them.
    "cloudFiles.useManagedFileEvents": os.environ.get("LAKEVAULT_FILE_EVENTS", "false"),
    "recursiveFileLookup": "true",
}


def on_databricks() -> bool:
    """Whether this process runs in a Databricks runtime."""
    return "DATABRICKS_RUNTIME_VERSION" in os.environ


def finder(spark: Callable[[], "SparkSession"], landing: Path) -> Callable[[], list[str]]:
    """A function that gives the names of the files in incoming/, relative to it, that are not decided about yet."""
    incoming, found, checkpoint = landing / "incoming", landing / "found.json", landing / "auto_loader"

    def names() -> list[str]:
        known: set[str] = set(read_json(found) or ())
        root = incoming.resolve()
        # A path is a pattern for Spark.
        literal = re.sub(r"([\\{}\[\]*?])", r"\\\1", str(root))

        def remember(batch: "DataFrame", _: int) -> None:
            # Without scheme and authority. It is no URL: a name may hold # and ?.
            paths = (
                Path(re.sub(r"^[A-Za-z0-9+.-]+:(//[^/]*)?", "", row.path)) for row in batch.select("path").collect()
            )
            known.update(path.relative_to(root).as_posix() for path in paths)
            write_json(found, sorted(known))

        stream = spark().readStream.format("cloudFiles").options(**OPTIONS).schema(SCHEMA).load(literal)
        query = stream.select("path").writeStream.option("checkpointLocation", str(checkpoint.resolve()))
        query.trigger(availableNow=True).foreachBatch(remember).start().awaitTermination()
        left = sorted(name for name in known if (incoming / name).is_file())
        write_json(found, left)
        return left

    return names
