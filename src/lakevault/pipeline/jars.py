"""Jars. Those of Delta are put beside Spark's own: every Spark start is then offline and quick, whoever starts it."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
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


def spark_folder() -> Path:
    """The folder of pyspark's jars."""
    import pyspark

    return Path(pyspark.__file__).parent / "jars"


def fetch() -> str:
    """Resolve the jars with Spark's own resolver and copy them to pyspark's jars folder; says what was done.

    Raises LakevaultError when they cannot be fetched.
    """
    target = spark_folder()
    group, artifact, version = _coordinates().split(":")
    if (target / f"{group}_{artifact}-{version}.jar").is_file():
        return "Delta jars: already installed"
    with tempfile.TemporaryDirectory() as ivy:
        # delta-spark last: its presence says that all are there.
        found = sorted(_resolved(ivy, [_coordinates()], EXCLUDED_GROUPS), key=lambda jar: "delta-spark" in jar.name)
        for jar in found:
            shutil.copy(jar, target)
    return f"Delta jars: {len(found)} fetched"


def fetch_to(folder: Path, coordinates: Sequence[str]) -> None:
    """Resolve jars, with all that they need but Scala and what Spark's resolver leaves out, into a folder of their own.

    What the folder has already stays. Raises LakevaultError when they cannot be fetched.
    """
    if folder.is_dir():
        return
    with tempfile.TemporaryDirectory(dir=folder.parent) as ivy:
        _resolved(ivy, coordinates, [])
        Path(ivy, "jars").rename(folder)


def _resolved(ivy: str, coordinates: Sequence[str], without: Sequence[str]) -> list[Path]:
    # A process of its own: the resolver writes pages of text that help nobody when all goes well.
    command = [sys.executable, "-m", "lakevault.pipeline.jars", ivy, ",".join(coordinates), ",".join(without)]
    resolver = subprocess.run(command, capture_output=True, text=True)
    if resolver.returncode:
        raise LakevaultError(
            f"the jars of {', '.join(coordinates)} could not be fetched from Maven Central: check the network, then run the "
            f"same command again.\n{resolver.stderr[-1500:]}"
        )
    return list(Path(ivy, "jars").glob("*.jar"))


def _coordinates() -> str:
    import pyspark

    return COORDINATES[pyspark.__version__.rpartition(".")[0]]


def _resolve(ivy: str, coordinates: str, without: str) -> None:
    from pyspark.sql import SparkSession

    (
        SparkSession.builder.config("spark.jars.packages", coordinates)
        .config("spark.jars.excludes", ",".join(f"{group}:*" for group in without.split(",") if group))
        .config("spark.jars.ivy", ivy)
        .config("spark.ui.enabled", "false")
        .getOrCreate()
        .stop()
    )


if __name__ == "__main__":
    _resolve(*sys.argv[1:])
