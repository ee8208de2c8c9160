"""given a vault whose stages hold only what is still to be loaded, when tables are dropped, come late or load in steps, then each has all of its history."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PACKAGES = Path(__file__).parents[2] / "packages"
# Delivery 2 brings a note that is older than all of delivery 1, and delivery 3 nothing but a new note.
NOTES = """
select * from values
    ('a', 'first', timestamp'2017-01-03 10:00:00', 1L), ('b', 'first', timestamp'2017-01-04 10:00:00', 1L),
    ('c', 'late', timestamp'2017-01-01 10:00:00', 2L), ('d', 'second', timestamp'2017-01-05 10:00:00', 2L),
    ('e', 'third', timestamp'2017-01-06 10:00:00', 3L)
    as notes (note_bk, content, written_at, load_id)
where load_id <= {{ var('delivery') }}
"""
STAGE = """
{{ config(materialized='table', tags=['vault_stage']) }}
{{ automate_dv_spark.pending_loads(automate_dv.stage(
    source_model='raw_note',
    derived_columns={'record_source': '!notes', 'load_dts': 'written_at'},
    hashed_columns={'note_hk': 'note_bk', 'note_hd': {'is_hashdiff': true, 'columns': ['content']}},
)) }}
"""
SATELLITE = """
{{ automate_dv.sat(
    src_pk='note_hk', src_hashdiff='note_hd', src_payload=['content'], src_ldts='load_dts', src_source='record_source',
    source_model='stage_note'
) }}
"""
BY_DAY = (
    "{{ config(materialized='vault_insert_by_period', timestamp_field='load_dts', period='day', date_source_models='stage_note') }}"
    + SATELLITE
)
MODELS = {
    "raw_note": "{{ config(materialized='view') }}" + NOTES,
    "ledger": "{{ config(materialized='view') }} select explode(sequence(1L, {{ var('delivery') }}L)) as load_id",
    "stage_note": "-- depends_on: {{ ref('ledger') }}\n" + STAGE,
    "sat_note": SATELLITE,
    "sat_note_by_day": BY_DAY,
}
PROJECT = {
    "name": "notes",
    "profile": "vault_example",
    "dispatch": [{"macro_namespace": "automate_dv", "search_order": ["notes", "automate_dv_spark", "automate_dv"]}],
    "vars": {"delivery": 1, "vault_load_ledger": ["notes", "ledger"]},
    "on-run-end": ["{{ automate_dv_spark.write_load_log(results) }}"],
    "models": {"+file_format": "delta", "notes": {"+materialized": "incremental", "+incremental_strategy": "append"}},
}
SOURCE = {"sources": [{"name": "notes", "schema": "vault", "tables": [{"name": "ledger"}]}]}
# Each step, and what its name is in the results.
STEPS = """
import sys
from deltalake import DeltaTable
from dbt.cli.main import dbtRunner
runner = dbtRunner()
def run(*arguments):
    if not runner.invoke(["--quiet", *arguments]).success:
        sys.exit(" ".join(arguments))
def tell(step):
    for table in ("sat_note", "sat_note_by_day"):
        rows = DeltaTable(f"lake/vault.db/{table}").to_pyarrow_table().to_pydict()["content"]
        print(step, table, *sorted(rows), sep="|")
def drop(table):
    from pyspark.sql import SparkSession
    SparkSession.builder.getOrCreate().sql(f"drop table vault.{table}")
run("deps")
run("run"); tell("first")
run("run"); tell("again")
run("run", "--vars", "{delivery: 2}"); tell("late")
drop("sat_note")
run("run", "--select", "sat_note", "--vars", "{delivery: 2}"); tell("alone")
run("run", "--vars", "{delivery: 3}"); tell("after")
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], list[str]]:
    """Contents of both satellites after each step."""
    home = tmp_path_factory.mktemp("notes")
    (home / "models").mkdir()
    for name, sql in MODELS.items():
        (home / "models" / f"{name}.sql").write_text(sql)
    (home / "models" / "_sources.yml").write_text(yaml.safe_dump(SOURCE))
    (home / "dbt_project.yml").write_text(yaml.safe_dump(PROJECT))
    packages = [{"local": str(PACKAGES / name)} for name in ("automate_dv", "automate_dv_spark")]
    (home / "packages.yml").write_text(yaml.safe_dump({"packages": packages}))
    (home / "profiles.yml").symlink_to(PACKAGES / "automate_dv_spark" / "example" / "profiles.yml")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "EXAMPLE_"))}
    done = subprocess.run([sys.executable, "-c", STEPS], cwd=home, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    lines = [line.split("|") for line in done.stdout.splitlines() if line.count("|") > 1]
    return {(step, table): contents for step, table, *contents in lines}


RIGHT = {
    # (after which step, which table): its notes
    ("first", "sat_note"): ["first", "first"],
    ("again", "sat_note"): ["first", "first"],
    ("again", "sat_note_by_day"): ["first", "first"],
    ("late", "sat_note_by_day"): ["first", "first", "late", "second"],
    ("alone", "sat_note"): ["first", "first", "late", "second"],
    ("after", "sat_note"): ["first", "first", "late", "second", "third"],
    ("after", "sat_note_by_day"): ["first", "first", "late", "second", "third"],
}


@pytest.mark.parametrize(("step", "table"), RIGHT)
def test_a_vault_table_has_all_that_was_delivered(told, step, table):
    assert told[step, table] == RIGHT[step, table]
