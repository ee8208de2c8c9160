"""Seconds per dbt node where there is little data: a vault of 50 and one of 200 tables, with nothing and with little new.

    python -m benchmarks.nodes

Each source has a staged table, a hub, a link, a satellite and a view, with one test each of the hub and of the satellite; the
session has the settings of the local target, so this is what the inner loop of the project costs.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from pyspark.sql import SparkSession

from tests.embedded import PACKAGES, PROJECT, invoke, parse, write, write_project

SCHEMA = "nodes"
TABLES_PER_SOURCE = 5
# What is delivered: a number that names and times depend on, and rows.
LOADS = [(1, "first", 100), (2, "little new", 5), (2, "nothing new", 5)]

FEED = """
{{{{ config(materialized='view') }}}}
select
    concat('c', id) as customer_id,
    concat('o', id) as order_id,
    concat('name ', id % 7, '{{{{ var("delivery") }}}}') as name,
    cast('2020-01-01' as timestamp) + make_interval(0, 0, 0, {{{{ var("delivery") }}}}) as load_dts,
    'source {number}' as record_source
from range({{{{ var("rows") }}}})
"""
STAGE = """
{{{{ config(materialized='table') }}}}
{{{{ automate_dv.stage(
    source_model='feed_{number}',
    hashed_columns={{
        'customer_hk': 'customer_id',
        'order_customer_hk': ['order_id', 'customer_id'],
        'customer_hd': {{'is_hashdiff': true, 'columns': ['name']}}
    }}
) }}}}
"""
COMMON = "src_ldts='load_dts', src_source='record_source', source_model='stage_{number}'"
HUB = "{{{{ automate_dv.hub(src_pk='customer_hk', src_nk='customer_id', " + COMMON + ") }}}}"
LINK = "{{{{ automate_dv.link(src_pk='order_customer_hk', src_fk=['customer_id', 'order_id'], " + COMMON + ") }}}}"
SAT = (
    "{{{{ automate_dv.sat(src_pk='customer_hk', src_hashdiff='customer_hd', src_payload=['name'], " + COMMON + ") }}}}"
)
MODELS = {"feed": FEED, "stage": STAGE, "hub": HUB, "link": LINK, "sat": SAT}
TESTS = """
models:
  - name: hub_{number}
    columns:
      - name: customer_hk
        data_tests: [not_null]
  - name: sat_{number}
    columns:
      - name: customer_hk
        data_tests: [not_null]
"""


@dataclass
class Spent:
    """Wall clock, and CPU of this process and of the JVM, in seconds, for a number of nodes."""

    nodes: int = 0
    wall: float = 0
    python: float = 0
    jvm: float = 0

    def row(self, tables: int, what: str) -> str:
        """A row of the table, in seconds per node."""
        each = [value / self.nodes for value in (self.wall, self.jvm, self.python)]
        return f"| {tables} | {what} | {self.nodes} | " + " | ".join(f"{value:.2f}" for value in each) + " |"


def vault(home: Path, tables: int, threads: int) -> Path:
    """A dbt project with so many tables."""
    write_project(home, "nodes", PACKAGES, SCHEMA, threads=threads)
    for number in range(tables // TABLES_PER_SOURCE):
        for kind, text in MODELS.items():
            config = "" if kind in ("feed", "stage") else "{{ config(materialized='incremental') }}\n"
            write(home / "models" / f"{kind}_{number}.sql", config + text.format(number=number))
        write(home / "models" / f"tests_{number}.yml", TESTS.format(number=number))
    return home


@contextmanager
def spent(spark: SparkSession) -> Iterator[Spent]:
    """What is spent inside."""
    jvm = Path("/proc") / str(spark.sparkContext._jvm.java.lang.ProcessHandle.current().pid()) / "stat"

    def now() -> tuple[float, float, float]:
        user, system = jvm.read_text().rsplit(")", 1)[1].split()[11:13]
        return time.perf_counter(), time.process_time(), (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    result, before = Spent(), now()
    yield result
    result.wall, result.python, result.jvm = (after - start for after, start in zip(now(), before, strict=True))


def main(
    tables: Annotated[list[int] | None, typer.Option(help="tables of a vault; several times")] = None,
    threads: Annotated[int, typer.Option(help="of dbt")] = 3,
) -> None:
    print(
        "| tables | load | nodes | wall, s a node | JVM CPU, s a node | Python CPU, s a node |\n|--:|---|--:|--:|--:|--:|"
    )
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        os.chdir(PROJECT)
        os.environ["LAKEVAULT_LAKE"] = f"{folder}/lake"
        from lakevault.pipeline.spark import session

        spark = session()
        for size in tables or [50, 200]:
            home = vault(Path(folder) / str(size), size, threads)
            spark.sql(f"drop schema if exists {SCHEMA} cascade")
            for delivery, what, rows in LOADS:
                variables = f"{{delivery: {delivery}, rows: {rows}}}"
                manifest = parse(home, "--vars", variables)
                with spent(spark) as cost:
                    answer = invoke(["build", "--vars", variables], home, manifest)
                if not answer.success:
                    raise SystemExit(f"dbt build failed: {answer.exception or answer.result}")
                cost.nodes = len(answer.result.results)
                print(cost.row(size, what), flush=True)


if __name__ == "__main__":
    typer.run(main)
