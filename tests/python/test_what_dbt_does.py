"""What dbt itself does around a model, for the vault macros and their materialisations: unit tests, --empty, grants and more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession

from tests.embedded import INTERPRETED, PACKAGES, invoke, start_spark, write, write_project

STAGE = """select * from values
    ('h-1', 'a', 'Ann', timestamp'2024-01-01', 'crm', 1),
    ('h-1', 'b', 'Bea', timestamp'2024-01-02', 'crm', 2)
as t (customer_hk, hashdiff, name, load_dts, record_source, step)"""

ARGUMENTS = "src_pk='customer_hk', src_ldts='load_dts', src_source='record_source', source_model='stage'"
SAT = f"{{{{ automate_dv.sat({ARGUMENTS}, src_hashdiff='hashdiff', src_payload=['name']) }}}}"
PIT = """{{ automate_dv.pit(src_pk='customer_hk', as_of_dates_table='as_of', stage_tables_ldts={'stage': 'load_dts'},
    satellites={'sat': {'pk': {'PK': 'customer_hk'}, 'ldts': {'LDTS': 'load_dts'}}}, src_ldts='load_dts', source_model='hub') }}"""
BRIDGE = """{{ automate_dv.bridge(src_pk='customer_hk', as_of_dates_table='as_of', stage_tables_ldts={'stage': 'load_dts'},
    bridge_walk={'order': {'bridge_link_pk': 'order_link', 'link_table': 'link', 'link_pk': 'link_hk',
    'link_fk1': 'customer_hk', 'link_fk2': 'order_hk'}}, src_ldts='load_dts', source_model='hub') }}"""

MODELS = {
    "raw": "select 'h-1' as id, 'Ann' as name",
    "hashed": "{{ automate_dv.stage(source_model='raw', hashed_columns={'HK': 'id'}, derived_columns={'LOUD': 'upper(name)'}) }}",
    "stage": STAGE,
    "hub": f"{{{{ automate_dv.hub({ARGUMENTS}, src_nk='name') }}}}",
    "link_stage": "select 'l-1' as link_hk, 'h-1' as customer_hk, 'o-1' as order_hk, timestamp'2024-01-01' as load_dts, 'crm' as record_source",
    "link": "{{ automate_dv.link(src_pk='link_hk', src_fk=['customer_hk', 'order_hk'], src_ldts='load_dts', src_source='record_source', source_model='link_stage') }}",
    "sat": SAT,
    "ma_sat": f"{{{{ automate_dv.ma_sat({ARGUMENTS}, src_cdk=['name'], src_hashdiff='hashdiff', src_payload=['step']) }}}}",
    "eff_stage": "select 'l-1' as link_hk, 'o-1' as order_hk, 'c-1' as customer_hk, timestamp'2024-01-01' as start_at, "
    "timestamp'9999-12-31' as end_at, timestamp'2024-01-01' as eff, timestamp'2024-01-01' as load_dts, 'crm' as record_source",
    "eff_sat": "{{ automate_dv.eff_sat(src_pk='link_hk', src_dfk='order_hk', src_sfk='customer_hk', src_start_date='start_at', "
    "src_end_date='end_at', src_eff='eff', src_ldts='load_dts', src_source='record_source', source_model='eff_stage') }}",
    "as_of": "select timestamp'2024-01-02' as AS_OF_DATE",
    "pit": PIT,
    "bridge": BRIDGE,
    "by_period": SAT,
    "by_rank": SAT,
    "pit_kept": PIT,
    "bridge_kept": BRIDGE,
    "in_batches": SAT,
    "without_rule": SAT,
    # The shape of a place has no text; a variant is hashed like the value that it holds.
    "typed": """select stack(6, 'object', parse_json('{"a": 1}'), 'object', parse_json('{"a": 2}'),
        'text', parse_json('"a"'), 'text', parse_json('"b"'),
        'bytes', cast(x'80' as variant), 'bytes', cast(x'81' as variant)) as (kind, doc)""",
    "typed_stage": """{{ automate_dv.stage(source_model='typed', derived_columns={'docs': 'array(doc)'},
        hashed_columns={'hk': 'doc', 'both_hk': ['kind', 'doc'], 'docs_hk': 'docs'}) }}""",
    "place": "select st_geogfromwkb(x'0101000000000000000000F03F0000000000000040') as shape",
    "place_stage": "{{ automate_dv.stage(source_model='place', hashed_columns={'hk': 'shape'}) }}",
    "place_bytes_stage": """{{ automate_dv.stage(source_model='place', include_source_columns=false,
        derived_columns={'bytes': 'st_asbinary(shape)'}, hashed_columns={'hk': 'bytes'}) }}""",
}

OWN = {
    "by_period": {
        "materialized": "vault_insert_by_period",
        "timestamp_field": "load_dts",
        "date_source_models": "stage",
    },
    "by_rank": {"materialized": "vault_insert_by_rank", "rank_column": "step", "rank_source_models": "stage"},
    "pit_kept": {"materialized": "pit_incremental"},
    "bridge_kept": {"materialized": "bridge_incremental"},
}
VAULT = ["hub", "link", "sat", "ma_sat", "eff_sat"]
# Tables with an enforced contract; those of `incremental` as well.
CONTRACTS = {
    name: {"customer_hk": "string", "hashdiff": "string", "name": "string", "load_dts": "timestamp", "record_source": "string"}
    for name in ("sat", "by_period", "by_rank")
} | {
    "pit_kept": {"customer_hk": "string", "AS_OF_DATE": "timestamp", "sat_PK": "string", "sat_LDTS": "timestamp"},
    "bridge_kept": {"customer_hk": "string", "AS_OF_DATE": "timestamp", "order_link": "string"},
}  # fmt: skip
# Models that must fail.
REFUSED = ["in_batches", "without_rule", "place_stage", *(f"{name}_broken" for name in CONTRACTS)]

# What a grant would run is written down; Spark itself has nobody to grant to. So are hooks.
MACROS = """{% macro spark__apply_grants(relation, grant_config, should_revoke=True) -%}
    {%- if grant_config -%}
        {%- do run_query("insert into vault.log values ('" ~ relation.identifier ~ "', 'grants', '" ~ grant_config.select[0] ~ "')") -%}
    {%- endif -%}
{%- endmacro %}"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with all kinds of vault tables, one of them in each of our materialisations."""
    home = tmp_path_factory.mktemp("what_dbt_does")
    write_project(home, "what_dbt_does", PACKAGES, "vault")
    project = yaml.safe_load((home / "dbt_project.yml").read_text())
    project["dispatch"][1]["search_order"] = ["what_dbt_does", "dbt"]
    write(home / "dbt_project.yml", yaml.safe_dump(project))
    write(home / "macros" / "grants.sql", MACROS)
    properties = []
    for name, sql in MODELS.items():
        kind = (
            "view"
            if name in ("stage", "raw", "typed", "place") or name.endswith("_stage")
            else "incremental"
            if name in VAULT
            else "table"
        )
        config = dict(OWN.get(name, {"materialized": kind}))
        if name == "stage":
            config |= {"event_time": "load_dts"}
        if name in OWN:
            hook = "insert into vault.log values ('{{ this.identifier }}', '%s hook', '')"
            config |= {
                "grants": {"select": ["reader"]}, "persist_docs": {"relation": True, "columns": True}, "tags": ["own"],
                "tblproperties": {"delta.appendOnly": "false", "kept_by": "vault"}, "pre_hook": hook % "pre", "post_hook": hook % "post",
            }  # fmt: skip
        if name == "without_rule":
            config = OWN["by_period"] | {"contract": {"enforced": True}}
            properties.append(contract(name, CONTRACTS["by_period"]))
        if name in CONTRACTS:
            config |= {"contract": {"enforced": True}, "on_schema_change": "append_new_columns"}
            properties.append(contract(name, CONTRACTS[name]))
            write(home / "models" / f"{name}_broken.sql", model(config | {"tags": []}, sql))
            properties.append(contract(f"{name}_broken", CONTRACTS[name] | {"customer_hk": "bigint"}))
        if name == "in_batches":
            config = {
                "materialized": "incremental", "incremental_strategy": "microbatch", "event_time": "load_dts", "batch_size": "year",
                "begin": "2024-01-01", "partition_by": "load_dts",
            }  # fmt: skip
        write(home / "models" / f"{name}.sql", model(config, sql))
    write(
        home / "models" / "_models.yml",
        yaml.safe_dump({"version": 2, "models": properties, "unit_tests": unit_tests()}),
    )
    return home


def model(config: dict, sql: str) -> str:
    """The text of a model. What the variable may_refresh says is its full_refresh."""
    return f"{{{{ config(full_refresh=var('may_refresh', none), **{config!r}) }}}}\n{sql}\n"


def contract(name: str, columns: dict[str, str]) -> dict:
    """A model's properties: its columns with their types, and a condition on the key."""
    comments = {"customer_hk": {"description": "The key."}}
    return {
        "name": name, "description": f"The table {name}.",
        "columns": [{"name": column, "data_type": kind} | comments.get(column, {}) for column, kind in columns.items()],
        "constraints": [{"type": "check", "name": "has_key", "expression": "customer_hk is not null"}],
    }  # fmt: skip


@pytest.fixture(scope="module")
def spark(home: Path) -> Iterator[SparkSession]:
    session = start_spark(home, "-XX:+UseSerialGC", INTERPRETED | {"spark.sql.shuffle.partitions": "1"})
    session.sql("create schema vault")
    session.sql("create table vault.log (table_name string, what string, whom string) using delta")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def built(home: Path, spark: SparkSession) -> SparkSession:
    """All models built twice: both loads of every materialisation."""
    for _ in range(2):
        succeed(invoke(["run", "--exclude", *REFUSED], home))
    return spark


def succeed(answer) -> None:
    """A dbt call that must not fail."""
    failed = (
        [
            f"{result.node.name}: {result.message}"
            for result in answer.result.results
            if result.status not in ("success", "pass")
        ]
        if answer.result
        else [str(answer.exception)]
    )
    assert not failed, "\n".join(failed)


def unit_tests() -> list[dict]:
    """A unit test for each kind of table; is_incremental decides which SQL is tested."""
    row = {
        "customer_hk": "h-1",
        "hashdiff": "a",
        "name": "Ann",
        "load_dts": "2024-01-01",
        "record_source": "crm",
        "step": 1,
    }
    stored = {name: row[name] for name in ("customer_hk", "hashdiff", "name", "load_dts", "record_source")}
    changed = row | {"hashdiff": "b", "name": "Bea", "load_dts": "2024-01-02"}
    event = {
        "link_hk": "l-1", "order_hk": "o-1", "customer_hk": "c-1", "start_at": "2024-01-01", "end_at": "9999-12-31",
        "eff": "2024-01-01", "load_dts": "2024-01-01", "record_source": "crm",
    }  # fmt: skip
    fact = {"link_hk": "l-1", "customer_hk": "h-1", "order_hk": "o-1", "load_dts": "2024-01-01", "record_source": "crm"}
    other = event | {"link_hk": "l-2", "customer_hk": "c-2"}
    again = {"macros": {"is_incremental": True}}

    def test(name, model, given, expect, overrides=None):
        given = [
            {"input": place if place == "this" else f"ref('{place}')", "rows": rows} for place, rows in given.items()
        ]
        answer = {"name": name, "model": model, "given": given, "expect": {"rows": expect}}
        return answer | ({"overrides": overrides} if overrides else {})

    return [
        test("stage_hashes", "hashed", {"raw": [{"id": "x", "name": "Bob"}]}, [{"id": "x", "LOUD": "BOB", "HK": "02129BB861061D1A052C592E2DC6B383"}]),
        test("hub_first", "hub", {"stage": [row]}, [{"customer_hk": "h-1"}]),
        test("hub_next", "hub", {"stage": [row, row | {"customer_hk": "h-2"}], "this": [{name: row[name] for name in ("customer_hk", "name", "load_dts", "record_source")}]}, [{"customer_hk": "h-2"}], again),
        test("link_next", "link", {"link_stage": [fact, fact | {"link_hk": "l-2"}], "this": [fact]}, [{"link_hk": "l-2"}], again),
        test("sat_first", "sat", {"stage": [row, changed]}, [{"hashdiff": "a"}, {"hashdiff": "b"}]),
        test("sat_next", "sat", {"stage": [row | {"load_dts": "2024-01-02"}], "this": [stored]}, [], again),
        test("sat_changes", "sat", {"stage": [changed], "this": [stored]}, [{"hashdiff": "b", "name": "Bea"}], again),
        test("sat_without_override", "sat", {"stage": [row]}, [{"hashdiff": "a"}], {"macros": {"is_incremental": False}}),
        test("ma_sat_next", "ma_sat", {"stage": [row], "this": [{"customer_hk": "h-1", "name": "Ann", "step": 1, "hashdiff": "a", "load_dts": "2024-01-01", "record_source": "crm"}]}, [], again),
        test("eff_sat_next", "eff_sat", {"eff_stage": [event, other], "this": [event]}, [{"link_hk": "l-2", "customer_hk": "c-2"}], again),
        test("pit_dates", "pit", {"hub": [{"customer_hk": "h-1"}], "sat": [stored], "as_of": [{"AS_OF_DATE": "2024-01-01"}, {"AS_OF_DATE": "2023-01-01"}], "stage": []},
             [{"AS_OF_DATE": "2024-01-01", "sat_PK": "h-1"}, {"AS_OF_DATE": "2023-01-01", "sat_PK": "0" * 32}]),
        test("bridge_dates", "bridge", {"hub": [{"customer_hk": "h-1"}], "link": [fact], "as_of": [{"AS_OF_DATE": "2024-01-01"}], "stage": []},
             [{"AS_OF_DATE": "2024-01-01", "order_link": "l-1"}]),
    ]  # fmt: skip


def test_unit_tests_of_vault_tables_work_and_the_override_decides(home: Path, built: SparkSession):
    answer = invoke(["test", "--select", "test_type:unit"], home)
    succeed(answer)
    assert len(answer.result.results) == len(unit_tests())


@pytest.mark.parametrize("name", OWN)
def test_our_materialisations_do_what_dbt_does(name: str, built: SparkSession):
    log = [
        (row.what, row.whom)
        for row in built.sql(f"select what, whom from vault.log where table_name = '{name}'").collect()
    ]
    assert sorted(log) == sorted([("pre hook", ""), ("grants", "reader"), ("post hook", "")] * 2)
    detail = {row.col_name: row.data_type for row in built.sql(f"describe extended vault.{name}").collect()}
    assert detail["Comment"] == f"The table {name}."
    assert "kept_by=vault" in detail["Table Properties"]
    assert [row.comment for row in built.sql(f"describe vault.{name}").collect() if row.col_name == "customer_hk"] == [
        "The key."
    ]


def test_a_period_and_a_rank_run_load_what_a_plain_run_loads(built: SparkSession):
    for name in ("by_period", "by_rank"):
        assert sorted(row.hashdiff for row in built.table(f"vault.{name}").collect()) == ["a", "b"]


def test_empty_runs_make_empty_tables(home: Path, spark: SparkSession, built: SparkSession):
    succeed(invoke(["run", "--empty", "--full-refresh", "--exclude", *REFUSED], home))
    names = [*VAULT, *OWN, "hashed", "pit", "bridge"]
    assert {name: spark.table(f"vault.{name}").count() for name in names} == dict.fromkeys(names, 0)
    assert spark.table("vault.hashed").columns == ["id", "name", "LOUD", "HK"]
    succeed(invoke(["run", "--empty", "--exclude", *REFUSED], home))
    succeed(invoke(["run", "--full-refresh", "--exclude", *REFUSED], home))
    assert spark.table("vault.sat").count() == 2


def test_a_sample_is_what_the_stage_has_in_that_time(home: Path, spark: SparkSession, built: SparkSession):
    sampled = ["hub", "sat", "ma_sat", "by_period", "by_rank"]
    sample = "{'start': '2024-01-02', 'end': '2024-01-03'}"
    succeed(
        invoke(["run", "--full-refresh", "--sample", sample, "--select", *sampled, "pit_kept", "bridge_kept"], home)
    )
    assert {name: spark.table(f"vault.{name}").count() for name in sampled} == dict.fromkeys(sampled, 1)
    assert [row.name for row in spark.table("vault.by_period").collect()] == ["Bea"]


def test_a_tag_selects_and_full_refresh_false_keeps_the_tables(home: Path, spark: SparkSession, built: SparkSession):
    versions = {name: replaced(spark, name) for name in OWN}
    answer = invoke(["run", "--full-refresh", "--vars", "{may_refresh: false}", "--select", "tag:own"], home)
    succeed(answer)
    assert sorted(result.node.name for result in answer.result.results) == sorted(OWN)
    assert {name: replaced(spark, name) for name in OWN} == versions


def replaced(spark: SparkSession, name: str) -> int:
    """How often a table was made anew."""
    return spark.sql(f"describe history vault.{name}").where("operation like 'CREATE OR REPLACE%'").count()


def test_a_contract_that_does_not_hold_stops_the_model(home: Path, spark: SparkSession, built: SparkSession):
    broken = {f"{name}_broken" for name in CONTRACTS}
    answer = invoke(["run", "--select", *broken, "without_rule"], home)
    messages = {result.node.name: result.message for result in answer.result.results if result.status == "error"}
    assert "on_schema_change is ignore; with an enforced contract" in messages.pop("without_rule")
    assert set(messages) == broken
    for name, message in messages.items():
        assert "This model has an enforced contract that failed." in message and "customer_hk" in message
        assert not spark.catalog.tableExists(f"vault.{name}")
    for name in CONTRACTS:
        properties = {row.key: row.value for row in spark.sql(f"show tblproperties vault.{name}").collect()}
        assert properties["delta.constraints.has_key"] == "customer_hk is not null", name


def test_variants_have_a_hash_for_each_value_and_shapes_are_refused(
    home: Path, spark: SparkSession, built: SparkSession
):
    rows = spark.table("vault.typed_stage").select("hk", "both_hk", "docs_hk").collect()
    assert [len(set(column)) for column in zip(*rows, strict=True)] == [6] * 3
    assert spark.sql("select upper(md5('A')) as hk").collect()[0].hk in [row.hk for row in rows]
    assert len(spark.table("vault.place_bytes_stage").collect()[0].hk) == 32
    answer = invoke(["run", "--select", "place_stage"], home)
    assert "hash in model place_stage: the column shape is of type geography" in answer.result.results[0].message


def test_microbatch_is_refused_in_one_sentence(home: Path, built: SparkSession):
    said = []
    folders = ["--project-dir", str(home), "--profiles-dir", str(home), "--target-path", str(home / "target")]
    answer = dbtRunner(callbacks=[lambda event: said.append(event.info.msg)]).invoke(
        ["run", "--select", "in_batches", "--log-level-file", "none", *folders]
    )
    assert not answer.success
    assert "the strategy microbatch replaces whole batches" in " ".join(said)
