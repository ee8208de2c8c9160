"""Upkeep of the tables that tell a start what is new: every delivery adds a small file to them, and every start reads them."""

from pathlib import Path
from typing import TYPE_CHECKING

from lakevault.lake import delta
from lakevault.lake.ledger import LEDGER, QUARANTINE, SETTLED

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

COMPACTED = (LEDGER, QUARANTINE, SETTLED, "silver.vault_load_log")
# Reading so many files takes a tenth of a second; rewriting them takes some seconds.
MOST_FILES = 50


def compact(spark: "SparkSession", lake: Path) -> None:
    """Rewrite tables of too many files into few, with the same rows.

    Files that were rewritten are deleted once they are older than Delta's retention, a week by default.
    """
    for table in COMPACTED:
        if delta.file_count(lake / delta.folder(table)) > MOST_FILES:
            spark.sql(f"optimize {table}")
            spark.sql(f"vacuum {table}")
