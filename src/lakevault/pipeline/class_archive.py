"""Java's archive of loaded classes, written once for an environment: every JVM then starts in half of the time.

Spark and Delta load some twenty thousand classes, which costs a quarter of the CPU of a short command. The local target
names the archive (profiles/profiles.yml). Without one, or with one of other jars or another Java, Spark only starts slower.
"""

import os
import subprocess
import sys
import tempfile

from lakevault.paths import class_archive, spark_settings

JAVA_OPTIONS = "spark.driver.extraJavaOptions"
# What dbt and the ingestion do all the time: their classes are the archive.
STATEMENTS = [
    "create schema demo",
    "create table demo.stage using delta as select id, id % 7 as k, uuid() as name, now() as at from range(100)",
    "create table demo.target using delta partitioned by (k) as select * from demo.stage",
    "create view demo.typed as select id, try_cast(name as int) as number, md5(upper(trim(name))) as hk from demo.stage",
    "describe extended demo.target",
    "show table extended in demo like '*'",
    """
    insert into demo.target
    select id, k, name, at
    from (select *, row_number() over (partition by k order by at, name) as place from demo.stage) as ranked
    where place = 1 and not exists (select 1 from demo.target where target.id = ranked.id + 50)
    """,
    """
    merge into demo.target using (select id, min(name) as name from demo.stage group by id) as new on target.id = new.id
    when matched and new.name <> target.name then update set name = new.name
    when not matched then insert (id, name) values (new.id, new.name)
    """,
    """
    select count(*) as failures, count(*) != 0 as should_warn
    from (select k from demo.target left join demo.typed using (id) where number is null group by k having count(*) > 1)
    """,
    "select k, max_by(name, at), sum(cast(id as decimal(14, 2))) from demo.target group by rollup (k) order by k",
]


def write() -> str:
    """Write the archive if there is none; says what was done. The working directory is the project's.

    Java cannot write one where the environment puts a folder of settings on Spark's class path (SPARK_CONF_DIR). That is no
    reason to stop: all works without it.
    """
    archive = class_archive()
    if archive.is_file():
        return "Java classes: already archived"
    # A process of its own: Java writes the archive at its end.
    written = subprocess.run([sys.executable, "-m", "lakevault.pipeline.class_archive"], capture_output=True, text=True)
    if written.returncode or not archive.is_file():
        archive.unlink(missing_ok=True)
        why = written.stderr.strip().splitlines()[-1:] or ["Java gave no reason"]
        return f"Java classes: not archived, so Spark starts slower ({why[0]})"
    return "Java classes: archived"


def _load_classes() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LAKEVAULT_LAKE"] = folder
        from pyspark import SparkContext
        from pyspark.sql import SparkSession

        settings = spark_settings()
        settings[JAVA_OPTIONS] = settings[JAVA_OPTIONS].replace("-XX:SharedArchiveFile=", "-XX:ArchiveClassesAtExit=")
        builder = SparkSession.builder.enableHiveSupport()
        for key, value in settings.items():
            builder = builder.config(key, value)
        spark = builder.getOrCreate()
        for statement in STATEMENTS:
            spark.sql(statement).collect()
        java = SparkContext._gateway.proc  # type: ignore[union-attr]
        spark.stop()
        java.stdin.close()
        sys.exit(java.wait())


if __name__ == "__main__":
    _load_classes()
