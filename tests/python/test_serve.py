"""given published releases of Gold, when clients read them from the server, then each sees one whole release and what its columns mean."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy
from conftest import PROJECT
from deltalake import DeltaTable, write_deltalake
from pyhive import hive

from lakevault.paths import lake_environment
from lakevault.pipeline.jars import spark_folder

PORT = 24000 + 10 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
ROWS = 500
DAY = datetime(2018, 1, 1, tzinfo=UTC)


@dataclass
class Gold:
    """A lake with two tables of Gold, whose rows say which release they belong to, and how to rebuild and publish them."""

    base: Path
    last: int = 0

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | lake_environment(self.base, small=True) | {"LAKEVAULT_MEMORY": "1g"}

    def path(self, table: str) -> str:
        return str(self.base / "lake" / table.replace(".", ".db/"))

    def rebuild(self) -> None:
        """Replace both tables by those of the next release."""
        self.last += 1
        for table, key in (("gold.dim_store", "store_bk"), ("gold.fct_sale_lines", "sale_line_hk")):
            rows = {key: [str(n) for n in range(ROWS)], "sales_amount": [self.last] * ROWS}
            write_deltalake(self.path(table), pa.table(rows), mode="overwrite", schema_mode="overwrite")

    def publish(self, number: int | None = None) -> None:
        """Release the tables as they are now, or publish an earlier release."""
        if number is None:
            number = self.last
            versions = [DeltaTable(self.path(f"gold.{name}")).version() for name in ("dim_store", "fct_sale_lines")]
            rows = {
                "release_id": [number] * 2,
                "table_name": ["dim_store", "fct_sale_lines"],
                "table_version": versions,
                "load_id": [number] * 2,
                "released_at": [DAY + timedelta(days=number)] * 2,
            }
            write_deltalake(self.path("gold_published.release"), pa.table(rows), mode="append")
        row = {"release_id": [number], "published_at": [datetime.now(UTC)]}
        write_deltalake(self.path("gold_published.publication"), pa.table(row), mode="append")

    def serve(self, *options: str, port: int = PORT) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "lakevault.cli", "serve", "--port", str(port), "--connect-port", str(port + 1)]
        return subprocess.Popen(
            [*command, *options], env=self.environment, cwd=PROJECT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )  # fmt: skip


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Gold:
    gold = Gold(tmp_path_factory.mktemp("serve"))
    gold.rebuild()
    gold.publish()
    subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), "--quiet", "parse"], cwd=PROJECT, env=gold.environment, check=True
    )
    return gold


@pytest.fixture(scope="module")
def server(gold: Gold) -> Iterator[subprocess.Popen[str]]:
    """The server, as a process of its own; at the end it stops on SIGTERM."""
    process = gold.serve()
    until = time.monotonic() + 180
    while process.poll() is None and time.monotonic() < until:
        try:
            if ask("show tables in gold"):
                break
        except Exception:
            time.sleep(0.5)
    assert process.poll() is None, process.communicate()[0]
    yield process
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, "the server has stopped" in said) == (0, True), said


def ask(sql: str) -> list[tuple]:
    """Rows of a query over JDBC's protocol, on a connection of its own."""
    connection = hive.connect("127.0.0.1", PORT)
    try:
        cursor = connection.cursor()
        cursor.execute(sql)
        return cursor.fetchall()
    finally:
        connection.close()


def wait_for(release: int) -> None:
    until = time.monotonic() + 30
    while ask("select max(sales_amount) from gold.fct_sale_lines") != [(release,)]:
        assert time.monotonic() < until
        time.sleep(0.3)


def test_clients_of_every_kind_read_the_published_release(server, gold):
    query = "select count(*), max(sales_amount) from gold.fct_sale_lines"
    expected = (ROWS, gold.last)
    assert ask(query) == [expected]
    with sqlalchemy.create_engine(f"hive://127.0.0.1:{PORT}/gold").connect() as connection:
        assert tuple(connection.execute(sqlalchemy.text(query)).one()) == expected
        names = sqlalchemy.inspect(connection).get_columns("fct_sale_lines")
        assert [column["name"] for column in names] == ["sale_line_hk", "sales_amount"]
    # In a process of its own: a process that has used Spark Connect hands its choice on to those that it starts.
    program = (
        f"from pyspark.sql import SparkSession; spark = SparkSession.builder.remote('sc://127.0.0.1:{PORT + 1}').getOrCreate(); "
        f"print(*spark.sql({query!r}).first())"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [str(value) for value in expected]
    beeline = [
        "java",
        "-cp",
        f"{spark_folder()}/*",
        "org.apache.hive.beeline.BeeLine",
        "-u",
        f"jdbc:hive2://127.0.0.1:{PORT}/gold",
    ]
    shown = subprocess.run(
        [*beeline, "--outputformat=csv2", "--silent=true", "-e", query], capture_output=True, text=True, check=True
    )
    assert shown.stdout.split()[-1] == ",".join(map(str, expected))


def test_a_client_finds_names_types_descriptions_and_keys(server):
    described = {name: (kind, meaning) for name, kind, meaning in ask("describe gold.fct_sale_lines")}
    assert described["sales_amount"][0] == "bigint"
    assert described["sale_line_hk"][1].startswith("Till line: Hash key of the event")
    keys = ask("select * from about.keys where table_name = 'fct_sale_lines'")
    assert ("fct_sale_lines", "primary", "sale_line_hk", "", "") in keys
    assert ("fct_sale_lines", "foreign", "store_hk", "dim_store", "store_hk") in keys
    [(grain, owner)] = ask("select description, owner from about.tables where table_name = 'fct_sale_lines'")
    assert (grain.split(".")[0], bool(owner)) == ("One row per till line: a product in a basket", True)


def test_reads_while_gold_is_rebuilt_and_published_fail_never_and_mix_no_releases(server, gold, request):
    chaos = request.config.getoption("--chaos")
    rebuilds, reads = (50, 10_000) if chaos else (3, 100)
    done, faults = [0] * 4, []
    ended = threading.Event()

    def read(reader: int) -> None:
        connection = hive.connect("127.0.0.1", PORT)
        cursor = connection.cursor()
        try:
            while not ended.is_set():
                cursor.execute("select min(sales_amount), max(sales_amount), count(*) from gold.fct_sale_lines")
                [(least, most, rows)] = cursor.fetchall()
                if (least, rows) != (most, ROWS):
                    faults.append(f"a table of {rows} rows of the releases {least} to {most}")
                cursor.execute("select max(cast(release_id as int)) from about.releases where can_be_read = 'true'")
                [(release,)] = cursor.fetchall()
                star = f"release_{release}"
                cursor.execute(
                    f"select count(*), sum(fct.sales_amount - dim.sales_amount), max(dim.sales_amount) from {star}.fct_sale_lines as fct "
                    f"join {star}.dim_store as dim on fct.sale_line_hk = dim.store_bk"
                )
                [(rows, difference, of_star)] = cursor.fetchall()
                if (rows, difference, of_star) != (ROWS, 0, release):
                    faults.append(f"{rows} rows of a star of {of_star} instead of {release}, apart by {difference}")
                done[reader] += 3
        except Exception as error:
            faults.append(repr(error))
        finally:
            connection.close()

    readers = [threading.Thread(target=read, args=(number,)) for number in range(len(done))]
    for reader in readers:
        reader.start()
    for _ in range(rebuilds):
        gold.rebuild()
        # Between these two the new rows are there, and nobody sees them.
        time.sleep(0.5)
        gold.publish()
        time.sleep(1)
    wait_for(gold.last)
    while sum(done) < reads and not faults:
        time.sleep(0.5)
    ended.set()
    for reader in readers:
        reader.join()
    assert (faults[:5], sum(done) >= reads) == ([], True)


def test_a_rollback_reaches_the_clients(server, gold):
    gold.publish(gold.last - 1)
    wait_for(gold.last - 1)
    shown = ask("select release_id from about.releases where is_published = 'true'")
    assert shown == [(str(gold.last - 1),)]
    gold.publish(gold.last)
    wait_for(gold.last)


@pytest.mark.parametrize(
    "statement",
    ["insert into gold.dim_store values ('x', 1)", "delete from gold.dim_store", "drop view gold.dim_store"],
)
def test_what_a_client_writes_into_published_gold_is_refused_or_mended(server, gold, statement):
    if statement.startswith("drop"):
        ask_for_nothing(statement)
    else:
        with pytest.raises(hive.OperationalError):
            ask_for_nothing(statement)
    until = time.monotonic() + 20
    while ("dim_store",) not in {row[1:2] for row in ask("show tables in gold")}:
        assert time.monotonic() < until
    assert ask("select count(*), max(sales_amount) from gold.dim_store") == [(ROWS, gold.last)]


def ask_for_nothing(statement: str) -> None:
    connection = hive.connect("127.0.0.1", PORT)
    try:
        connection.cursor().execute(statement)
    finally:
        connection.close()


def test_what_cannot_be_served_is_said_in_a_sentence(server, gold, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", PORT + 4))
        taken.listen()
        cases = {
            "is not free": gold.serve(port=PORT + 4),
            "there is no release 99: they go from 1 to": gold.serve("--release", "99", port=PORT + 6),
            "has no published Gold": Gold(tmp_path).serve(port=PORT + 8),
        }
        for expected, process in cases.items():
            said, _ = process.communicate(timeout=120)
            assert (process.returncode, expected in " ".join(said.split())) == (1, True), said
            assert "Traceback" not in said
