"""The one Spark session that ingestion and dbt share."""

from functools import cache
from typing import TYPE_CHECKING

from lakevault.project import lake_dir, spark_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@cache
def session() -> "SparkSession":
    """Start Spark with the profile's settings; dbt-spark's session method then picks up the same session."""
    from pyspark.sql import SparkSession

    lake_dir().mkdir(parents=True, exist_ok=True)
    builder = SparkSession.builder.appName("lakevault").enableHiveSupport()
    for key, value in spark_settings().items():
        builder = builder.config(key, value)
    return builder.getOrCreate()
