"""The example of automate_dv_spark, run as its README says: three deliveries, the second one twice."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

PACKAGES = Path(__file__).parents[2] / "packages"
# All in one process: Spark starts once. After each delivery the lake is kept under a number; the last one runs the tests.
BUILDS = """
import shutil, sys
from dbt.cli.main import dbtRunner
runner = dbtRunner()
assert runner.invoke(["--quiet", "deps"]).success
for number, (command, delivery) in enumerate([("run", 1), ("run", 2), ("run", 2), ("build", 3)]):
    if not runner.invoke(["--quiet", command, "--vars", f"{{delivery: {delivery}}}"]).success:
        sys.exit(f"{command} of delivery {delivery} failed")
    shutil.copytree("lake/vault.db", f"after/{number}")
"""
TABLES = [
    "hub_customer", "hub_branch", "link_customer_branch", "sat_customer", "ma_sat_customer_phone", "eff_sat_customer_branch",
    "pit_customer", "bridge_customer_branch",
]  # fmt: skip


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the lake as each build left it."""
    base = tmp_path_factory.mktemp("example")
    for package in ("automate_dv", "automate_dv_spark"):
        leave_out = shutil.ignore_patterns("dbt_packages", "lake", "target", "logs")
        shutil.copytree(PACKAGES / package, base / package, ignore=leave_out)
    home = base / "automate_dv_spark" / "example"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "EXAMPLE_"))}
    built = subprocess.run([sys.executable, "-c", BUILDS], cwd=home, env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout[-4000:] + built.stderr[-4000:]
    return home / "after"


def query(folder: Path, sql: str) -> list[tuple]:
    """Query the tables of a build with DuckDB; timestamps are UTC."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for table in TABLES:
            connection.register(table, DeltaTable(str(folder / table)).to_pyarrow_dataset())
        return connection.execute(sql).fetchall()


def test_a_repeated_delivery_adds_nothing(after: Path):
    for table in TABLES:
        rows = [sorted(query(after / build, f"from {table}"), key=repr) for build in "12"]
        assert rows[0] and rows[0] == rows[1], table


def test_a_delivery_adds_what_is_new(after: Path):
    counts = [
        query(after / build, f"select {', '.join(f'(select count(*) from {table})' for table in TABLES[:6])}")[0]
        for build in "013"
    ]
    # Hubs, link, attributes, phones (a set is inserted whole), branches (an end is a row, too).
    assert counts == [(2, 1, 2, 2, 3, 2), (3, 2, 4, 4, 6, 5), (3, 2, 4, 4, 6, 7)]


def test_keys_are_those_of_automate_dv(after: Path):
    sql = "select customer_hk, md5(upper(trim(customer_id))) from hub_customer order by customer_id"
    rows = query(after / "3", sql)
    assert [key for key, _ in rows] == [expected.upper() for _, expected in rows]
    sql = "select distinct customer_hd, upper(md5('LEEDS||ANN O''HARA')) from sat_customer where city = 'Leeds'"
    assert [found == expected for found, expected in query(after / "3", sql)] == [True]


def test_a_point_in_time_shows_what_was_known(after: Path):
    sql = """
        select hub.customer_id, strftime(pit.as_of_date, '%d') as day, sat.city, branch.branch_id
        from pit_customer as pit
        inner join hub_customer as hub using (customer_hk)
        left join sat_customer as sat
            on pit.sat_customer_hk = sat.customer_hk and pit.sat_customer_load_dts = sat.load_dts
        left join bridge_customer_branch as bridge
            on pit.customer_hk = bridge.customer_hk and pit.as_of_date = bridge.as_of_date
        left join link_customer_branch as link using (customer_branch_hk)
        left join hub_branch as branch using (branch_hk)
        order by 1, 2
    """
    assert query(after / "3", sql) == [
        ("C1", "01", "Leeds", "B1"),
        ("C1", "02", "Leeds", "B2"),
        ("C1", "03", "Leeds", "B1"),
        ("C2", "01", "York", "B1"),
        ("C2", "02", "Hull", "B1"),
        ("C2", "03", "Hull", "B1"),
        ("C3", "01", None, None),
        ("C3", "02", "York", "B2"),
        ("C3", "03", "York", "B2"),
    ]
