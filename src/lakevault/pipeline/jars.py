"""The Delta jars, put beside Spark's own: every Spark start is then offline and quick, whoever starts it."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lakevault.errors import LakevaultError

# By Spark version: the second is for the conformance suite on the older engine.
COORDINATES = {"4.2": "io.delta:delta-spark_4.2_2.13:4.4.0", "3.5": "io.delta:delta-spark_2.12:3.3.2"}
# What pyspark brings already, and the rest of what Delta's build file names but these tables never need.
EXCLUDED_GROUPS = [
    "com.fasterxml.jackson.core",
    "com.fasterxml.jackson.datatype",
    "com.github.luben",
    "com.google.code.findbugs",
    "commons-pool",
    "io.airlift",
    "javax.annotation",
    "org.apache.hadoop",
    "org.apache.logging.log4j",
    "org.apache.parquet",
    "org.locationtech.jts",
    "org.roaringbitmap",
    "org.slf4j",
    "org.xerial.snappy",
]


def fetch() -> str:
    """Resolve the jars with Spark's own resolver and copy them to pyspark's jars folder; says what was done.

    Raises LakevaultError when they cannot be fetched.
    """
    import pyspark

    target = Path(pyspark.__file__).parent / "jars"
    group, artifact, version = _coordinates().split(":")
    if (target / f"{group}_{artifact}-{version}.jar").is_file():
        return "Delta jars: already installed"
    with tempfile.TemporaryDirectory() as ivy:
        # A process of its own: the resolver writes pages of text that help nobody when all goes well.
        resolver = subprocess.run(
            [sys.executable, "-m", "lakevault.pipeline.jars", ivy], capture_output=True, text=True
        )
        if resolver.returncode:
            raise LakevaultError(
                f"the Delta jars ({_coordinates()}) could not be fetched from Maven Central: check the network, then run "
                f"`make build` again.\n{resolver.stderr[-1500:]}"
            )
        # delta-spark last: its presence says that all are there.
        jars = sorted(Path(ivy, "jars").glob("*.jar"), key=lambda jar: "delta-spark" in jar.name)
        for jar in jars:
            shutil.copy(jar, target)
    return f"Delta jars: {len(jars)} fetched"


def _coordinates() -> str:
    import pyspark

    return COORDINATES[pyspark.__version__.rpartition(".")[0]]


def _resolve(ivy: str) -> None:
    from pyspark.sql import SparkSession

    (
        SparkSession.builder.config("spark.jars.packages", _coordinates())
        .config("spark.jars.excludes", ",".join(f"{group}:*" for group in EXCLUDED_GROUPS))
        .config("spark.jars.ivy", ivy)
        .config("spark.ui.enabled", "false")
        .getOrCreate()
        .stop()
    )


if __name__ == "__main__":
    _resolve(sys.argv[1])
