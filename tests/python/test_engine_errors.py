"""given a text of dbt or the engine about a model, when a command reports it, then it is a sentence with a place and no value."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import PROJECT

from lakevault.pipeline import engine_errors

SQL = "select\n    cast(a as int) as a\nfrom t\n"
STACK = "\n\tat org.apache.spark.sql.Cast.castToInt(Cast.scala:923)\n\tat java.lang.Thread.run"
CAST = (
    "Runtime Error in model rpt_a (models/rpt_a.sql)\n  [CAST_INVALID_INPUT] The value 'Ann Smith' of the type \"STRING\" cannot be "
    'cast to "INT" because it is malformed. SQLSTATE: 22018\n  == SQL (line 7, position 5) ==\n      cast(a as int) as a\n'
    "      ^^^^^^^^^^^^^^" + STACK
)
TEXTS = {
    "a value that cannot be cast": (
        CAST,
        "models/rpt_a.sql:2: a value of type string cannot be cast to int; try_cast gives null for it",
    ),
    "a value in a text of another kind": (
        "Runtime Error\n  [DELTA_VIOLATE_CONSTRAINT_WITH_VALUES] CHECK constraint violated: name : Ann Smith SQLSTATE: 23001"
        + STACK,
        "models/rpt_a.sql: the engine reports DELTA_VIOLATE_CONSTRAINT_WITH_VALUES; its text is left out, because it may quote a value",
    ),
    "two business keys with one hash": (
        "Runtime Error\n  [USER_RAISED_EXCEPTION] hub_a: the hash key 0CC1 stands for two business keys, Ann Smith. No, and ann. "
        "Nothing was loaded; they differ in blanks or case only, which the variables hashkey_trim: false and hashkey_casing: "
        "disabled tell apart; rebuild. SQLSTATE: P0001" + STACK,
        "models/rpt_a.sql: hub_a: the hash key 0CC1 stands for two business keys. Nothing was loaded; they differ in blanks or "
        "case only, which the variables hashkey_trim: false and hashkey_casing: disabled tell apart; rebuild",
    ),
    "another text that a model raises": (
        "Runtime Error\n  [USER_RAISED_EXCEPTION] the hash key of Ann Smith is wrong. SQLSTATE: P0001" + STACK,
        "models/rpt_a.sql: the engine reports USER_RAISED_EXCEPTION; its text is left out, because it may quote a value",
    ),
    "a name that is not there": (
        "Runtime Error\n  [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name `t`.`sale_amount` cannot "
        "be resolved. Did you mean one of the following? [`t`.`sold_at`, `t`.`sales_amount`]. SQLSTATE: 42703; line 9 pos 4;"
        + STACK,
        "models/rpt_a.sql: there is no column t.sale_amount; do you mean t.sales_amount?",
    ),
    "an error without a reason": (
        "Runtime Error\n  An error occurred: Ann Smith" + STACK,
        "models/rpt_a.sql: the engine stopped with an error that names no reason; see spark.log in the lake's folder",
    ),
    "Jinja": (
        "Compilation Error in model rpt_a (models/rpt_a.sql)\n  'valid_frm' is undefined\n  \n  > in macro x (macros/x.sql)",
        "models/rpt_a.sql: Compilation Error in model rpt_a (models/rpt_a.sql)\n    'valid_frm' is undefined",
    ),
}


@pytest.mark.parametrize("what", TEXTS)
def test_a_text_of_dbt_becomes_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str):
    text, said = TEXTS[what]
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "rpt_a.sql").write_text(SQL)
    monkeypatch.chdir(tmp_path)
    node = SimpleNamespace(original_file_path="models/rpt_a.sql", resource_type="model", compiled_code=None)
    assert engine_errors.of_result(node, text) == said


def test_what_plain_dbt_is_told_has_no_value_and_becomes_the_same_sentence(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "rpt_a.sql").write_text(SQL)
    monkeypatch.chdir(tmp_path)
    node = SimpleNamespace(original_file_path="models/rpt_a.sql", resource_type="model", compiled_code=None)
    for text, said in TEXTS.values():
        if "SQLSTATE" in text and "42703" not in text:
            masked = engine_errors.without_values(Exception(text))
            assert "Ann" not in masked
            assert engine_errors.of_result(node, masked) == said


def test_a_model_that_does_not_exist_is_named_with_the_line_and_the_nearest_one(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "rpt_a.sql").write_text("with\n\na as (select * from {{ ref('fct_sale_line') }})")
    (tmp_path / "models" / "fct_sale_lines.sql").write_text("select 1")
    monkeypatch.chdir(tmp_path)
    told = "Compilation Error\n  Model 'model.p.rpt_a' (models/rpt_a.sql) depends on a node named 'fct_sale_line' which was not found"
    said = "models/rpt_a.sql:3: there is no model fct_sale_line; do you mean fct_sale_lines?"
    assert engine_errors.of_project(told) == said


def test_a_satellite_is_refused_with_what_to_read_instead(monkeypatch):
    monkeypatch.chdir(PROJECT)
    told = (
        "Parsing Error\n  Node model.lakevault.dim_store attempted to reference node model.lakevault.sat_customer__crm_contact, which is "
        "not allowed because the referenced node is private to the 'vault' group."
    )
    said = engine_errors.of_project(told)
    assert said.startswith(
        "models/gold/core/dim_store.sql: sat_customer__crm_contact is private to the vault; read dim_customer or "
    )
    assert "bv_customer__versions" in said
