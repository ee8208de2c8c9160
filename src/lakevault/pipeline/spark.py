"""The one Spark session that ingestion and dbt share."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lakevault.errors import LakevaultError
from lakevault.paths import lake_dir, spark_settings
from lakevault.pipeline import engine_errors

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@cache
def session() -> "SparkSession":
    """Start Spark with the profile's settings; dbt-spark's session method then picks up the same session.

    What the JVM writes goes to spark.log in the lake's folder. Raises LakevaultError with the end of it when Spark does
    not start.
    """
    from pyspark.sql import SparkSession

    lake_dir().mkdir(parents=True, exist_ok=True)
    # The reader of files runs in processes that Spark starts: with this Python, not with the first one on the path.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    engine_errors.silence()
    builder = SparkSession.builder.appName("lakevault").enableHiveSupport()
    for key, value in spark_settings().items():
        builder = builder.config(key, value)
    return started(builder, lake_dir() / "spark.log")


def started(builder: "SparkSession.Builder", log: Path) -> "SparkSession":
    """Start Spark; what its JVM writes goes to the file. Raises LakevaultError with the end of it when Spark does not start."""
    try:
        with _stderr_into(log):
            return builder.getOrCreate()
    except Exception as error:
        raise LakevaultError(f"Spark did not start ({error}). The end of {log}:\n{log.read_text()[-2000:]}") from error


@contextmanager
def _stderr_into(log: Path) -> Iterator[None]:
    """Processes started inside, and only they, keep writing their stderr to the file."""
    terminal = os.dup(2)
    with log.open("ab") as handle:
        os.dup2(handle.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
