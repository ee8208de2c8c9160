"""A server for published Gold: JDBC and ODBC (Spark's Thrift server) and Spark Connect in one process, on the loopback.

It has a catalog of its own, in memory, and finds tables by their paths. So it needs no lock, and builds may run meanwhile. Each
table is a view of the version that its release has: files that a build replaces stay readable.
"""

import os
import signal
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from deltalake import DeltaTable
from rich.console import Console

from lakevault.errors import LakevaultError
from lakevault.lake import delta, releases
from lakevault.lake.releases import Release
from lakevault.metadata.artifacts import Project, Table
from lakevault.paths import lake_dir, spark_settings, target_dir
from lakevault.pipeline.spark import started

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HOST = "127.0.0.1"
# Of so many releases, the last ones to be published, sessions may read one as a whole.
KEPT = 3
# Seconds between two looks at what is published.
PAUSE = 1.0
OF_THE_METASTORE = ("spark.hadoop.javax.jdo", "spark.sql.warehouse.dir")


class Server:
    """Spark with the tables of published Gold.

    Schemas: `gold`, the published release, table by table; `release_<number>`, one release as a whole; `about`, what the tables,
    columns, keys and releases are.
    """

    def __init__(self, spark: "SparkSession", lake: Path, project: Project, pinned: int | None = None) -> None:
        """`pinned` is a release that is shown whatever is published."""
        self._spark, self._lake, self._pinned = spark, lake.resolve(), pinned
        self._described = {table.relation: table for table in project.tables.values() if table.layer == "Gold"}
        self._current: Release | None = None
        self._shown: list[int] = []
        for schema in ("gold", "about"):
            spark.sql(f"create database {schema}")
        self._tell_about_tables()

    @property
    def shown(self) -> int | None:
        """Number of the release that the schema gold shows."""
        return self._current.number if self._current else None

    def refresh(self) -> bool:
        """Show what is published now; gives whether that is another release than before.

        Raises LakevaultError when nothing is published, or the release is not there.
        """
        number = self._pinned or releases.published(self._lake)
        # Every look asks this; which releases there are, only when there is something to do.
        if self._current and number == self._current.number and self._names() == self._current.versions.keys():
            return False
        release = releases.chosen(self._lake, number)
        # A release as a whole first: who reads one never sees a part of it.
        self._show_whole(release)
        for name in release.versions:
            self._show(f"gold.{name}", f"select * from release_{release.number}.{name}", self._comment(name))
        for name in self._names() - release.versions.keys():
            self._spark.sql(f"drop view if exists gold.{name}")
        self._current = release
        self._shown = [*(other for other in self._shown if other != release.number), release.number]
        self._tell_about_releases()
        for old in self._shown[:-KEPT]:
            self._spark.sql(f"drop database release_{old} cascade")
        self._shown = self._shown[-KEPT:]
        return True

    def _names(self) -> set[str]:
        """Views of the schema gold. Somebody may have dropped one: Spark refuses that to nobody."""
        return {row.viewName for row in self._spark.sql("show views in gold").collect() if not row.isTemporary}

    def _show_whole(self, release: Release) -> None:
        if release.number in self._shown:
            return
        # One that was begun and not finished is begun again.
        schema = f"release_{release.number}"
        self._spark.sql(f"drop database if exists {schema} cascade")
        self._spark.sql(f"create database {schema}")
        for name, version in release.versions.items():
            self._show_version(schema, name, version)

    def _show_version(self, schema: str, name: str, version: int) -> None:
        """Create a view of a version of a Gold table with the descriptions that the project has."""
        columns = [field.name for field in DeltaTable(str(self._path(name)), version=version).schema().fields]
        table = self._described.get(f"gold.{name}")
        described = [
            f"`{column}` comment {_literal(table.columns[column].description)}"
            if table and column in table.columns
            else f"`{column}`"
            for column in columns
        ]
        query = select_of(self._lake, name, version)
        self._spark.sql(f"create view {schema}.{name} ({', '.join(described)}) {self._comment(name)} as {query}")

    def _show(self, view: str, query: str, comment: str = "") -> None:
        """Let a view show the rows of a query; its columns have the descriptions that they have there."""
        # Not `create or replace`, which drops the view first: a query would find none.
        known = self._spark.catalog.tableExists(view)
        self._spark.sql(f"alter view {view} as {query}" if known else f"create view {view} {comment} as {query}")

    def _comment(self, name: str) -> str:
        table = self._described.get(f"gold.{name}")
        return f"comment {_literal(table.description)}" if table else ""

    def _path(self, name: str) -> Path:
        return self._lake / delta.folder(f"gold.{name}")

    def _tell_about_tables(self) -> None:
        tables = sorted(self._described.values(), key=lambda table: table.name)
        self._about(
            "tables",
            ("table_name", "description", "owner"),
            [(table.alias, table.description, table.owner.name) for table in tables],
        )
        self._about(
            "columns",
            ("table_name", "column_name", "data_type", "description"),
            [
                (table.alias, column.name, column.type, column.description)
                for table in tables
                for column in table.columns.values()
            ],
        )
        self._about(
            "keys",
            ("table_name", "kind", "column_names", "to_table", "to_column_names"),
            [(table.alias, *key) for table in tables for key in _keys(table)],
        )

    def _tell_about_releases(self) -> None:
        rows = [
            (
                str(each.number),
                f"{each.released_at:%Y-%m-%d %H:%M:%S}",
                str(each.number == self.shown).lower(),
                str(each.number in self._shown).lower(),
            )
            for each in releases.releases(self._lake)
        ]
        self._about("releases", ("release_id", "released_at", "is_published", "can_be_read"), rows)

    def _about(self, view: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
        values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
        query = (
            f"values {values} as t ({', '.join(columns)})"
            if rows
            else f"values ({', '.join(['string(null)'] * len(columns))}) as t ({', '.join(columns)}) where false"
        )
        self._show(f"about.{view}", f"select * from {query}")


def select_of(lake: Path, table: str, version: int) -> str:
    """A query of the rows that a Gold table has at a version."""
    return f"select * from delta.`{lake.resolve() / delta.folder(f'gold.{table}')}` version as of {version}"


def _keys(table: Table) -> Iterator[tuple[str, str, str, str]]:
    """Keys of a table: kind, columns, and of a foreign key the table and columns that it points to."""
    for key in table.keys:
        yield key.kind, ", ".join(key.columns), key.to, ", ".join(key.to_columns)


def _literal(text: str) -> str:
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def serve(console: Console, port: int, connect_port: int, release: int | None) -> None:
    """Serve published Gold until SIGTERM or Ctrl-C.

    Raises LakevaultError when a port is taken, nothing is published, or the release is not there.
    """
    for taken in (port, connect_port):
        check_free(taken, "--port and --connect-port")
    lake = lake_dir()
    releases.chosen(lake, release)
    project = Project(target_dir())
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with tempfile.TemporaryDirectory(prefix="lakevault-serve-") as folder:
        with console.status("starting Spark ..."):
            spark = _start(lake, Path(folder), port, connect_port)
        try:
            server = Server(spark, lake, project, release)
            server.refresh()
            console.print(
                f"release {server.shown} of Gold is served until Ctrl-C, to this machine only:\n"
                f"  JDBC, ODBC     jdbc:hive2://{HOST}:{port}/gold\n"
                f"  Spark Connect  sc://{HOST}:{connect_port}",
                soft_wrap=True,
            )
            while not ended.wait(PAUSE):
                # A lake that is being replaced, or a release half written: the next look finds it.
                with suppress(LakevaultError, FileNotFoundError):
                    if server.refresh():
                        console.print(f"release {server.shown} is served")
        finally:
            spark.stop()
    console.print("the server has stopped")


def session(lake: Path, folder: Path, more: dict[str, str] | None = None) -> "SparkSession":
    """Spark with a catalog in memory, so that it needs no lock; `folder` is for what it writes, `more` are further settings."""
    from pyspark.sql import SparkSession

    settings = {name: value for name, value in spark_settings().items() if not name.startswith(OF_THE_METASTORE)} | {
        "spark.driver.memory": os.environ.get("LAKEVAULT_MEMORY", "2g"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(folder),
    }
    builder = SparkSession.builder.appName("lakevault serve")
    for name, value in (settings | (more or {})).items():
        builder = builder.config(name, value)
    return started(builder, lake / "serve.log")


def _start(lake: Path, folder: Path, port: int, connect_port: int) -> "SparkSession":
    (folder / "local").mkdir()
    settings = {
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": HOST,
        "spark.connect.grpc.binding.port": str(connect_port),
        "spark.hadoop.hive.server2.thrift.bind.host": HOST,
        "spark.hadoop.hive.server2.thrift.port": str(port),
        "spark.hadoop.hive.server2.logging.operation.enabled": "false",
        "spark.hadoop.hive.exec.scratchdir": str(folder / "scratch"),
        "spark.hadoop.hive.exec.local.scratchdir": str(folder / "local"),
    }
    spark = session(lake, folder, settings)
    thrift = spark._jvm.org.apache.spark.sql.hive.thriftserver.HiveThriftServer2  # type: ignore[union-attr]
    thrift.startWithContext(spark._jsparkSession.sqlContext())
    until = time.monotonic() + 30
    while not is_open(port):
        if time.monotonic() > until:
            raise LakevaultError(f"the server does not answer on port {port}; the end of {lake}/serve.log says why.")
        time.sleep(0.1)
    return spark


def is_open(port: int) -> bool:
    """Whether something listens on a port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def check_free(port: int, options: str) -> None:
    """Raises LakevaultError when a port of the loopback is taken; `options` name what chooses another one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise LakevaultError(
                f"port {port} is not free ({error.strerror}): stop what uses it, or choose others with {options}."
            ) from None
