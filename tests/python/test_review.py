"""given two states of the project, as dbt parses them, when they are compared, then a reviewer reads what the change touches."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PROJECT

from lakevault.develop.comparison import Comparison
from lakevault.develop.review import parse
from lakevault.develop.review_comment import MARK, comment

FOLDERS = ("macros", "models", "packages", "profiles", "seeds", "snapshots", "tests/dbt")
FILES = ("dbt_project.yml", "packages.yml", "selectors.yml")


def copy(to: Path) -> Path:
    for folder in FOLDERS:
        shutil.copytree(PROJECT / folder, to / folder)
    for name in FILES:
        shutil.copy(PROJECT / name, to)
    (to / "profiles.yml").symlink_to("profiles/profiles.yml")
    (to / "dbt_packages").mkdir()
    for package in (to / "packages").iterdir():
        (to / "dbt_packages" / package.name).symlink_to(package)
    return to


def lintable_copy(to: Path) -> Path:
    """A copy of the project with what sqlfluff and dbt-bouncer read."""
    copy(to)
    for name in (".sqlfluff", "dbt-bouncer.yml"):
        shutil.copy(PROJECT / name, to)
    shutil.copytree(PROJECT / "tests" / "sqlfluff_libs", to / "tests" / "sqlfluff_libs")
    return to


def copy_of(manifest: dict) -> dict:
    return json.loads(json.dumps(manifest))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return parse(copy(tmp_path_factory.mktemp("base")))


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict]:
    """Parses a copy of the project in which a pattern of a file was replaced, and files were removed or copied."""

    def change(
        path: str,
        pattern: str = "",
        replacement: str = "",
        removed: tuple[str, ...] = (),
        copied: dict[str, str] | None = None,
    ) -> dict:
        project = copy(tmp_path_factory.mktemp("changed"))
        for name, to in (copied or {}).items():
            shutil.copy(project / name, project / to)
        for name in removed:
            (project / name).unlink()
        if pattern:
            text = (project / path).read_text()
            new = re.sub(pattern, replacement, text, count=1, flags=re.DOTALL)
            assert new != text
            (project / path).write_text(new)
        return parse(project)

    return change


SALES = "models/gold/promotions/fct_sale_lines"


STATUSES = [
    {"tables": [{"table": "fct_sale_lines", "rows": rows}], "tests": [{"test": "a_test", "state": state}]}
    for rows, state in ((1000, "passed"), (999, "failed"))
]


def test_nothing_changed_says_so(base):
    found = Comparison(base, base)
    assert found.changes == []
    # What it did to rows and tests is told all the same.
    told = comment(found, *STATUSES, "https://preview.example")
    assert "No model, snapshot or seed changed." in told
    assert "**Other tables whose number of rows changed**: `fct_sale_lines` 1,000 -> 999." in told
    assert "Failed: `a_test`" in told
    assert "https://preview.example" in told


def test_what_contributing_asks_for_and_a_model_lacks_stands_in_the_comment(base):
    told = comment(Comparison(base, base), wrong=["models/gold/rpt_a.yml: no unit test\n    for it"])
    assert "**Not as CONTRIBUTING asks**\n\n- models/gold/rpt_a.yml: no unit test     for it\n" in told


def test_a_column_whose_type_changed_breaks_the_contract(base, changed):
    after = changed(f"{SALES}.yml", r"(name: quantity\n        data_type: )bigint", r"\1int")
    found = Comparison(base, after)
    assert found.breaking == [("fct_sale_lines", "column quantity was bigint and is now int")]
    told = comment(found)
    assert told.startswith(MARK)
    assert "- `fct_sale_lines`: column quantity was bigint and is now int (**not decided**)" in told
    assert "- Weekly trading (Store operations) reads fct_sale_lines" in told
    assert "a `deprecation_date` and `config: {alias: <the old name>}`" in told


def test_a_new_column_breaks_nothing(base, changed):
    column = '    columns:\n      - {name: till_bk, data_type: string, description: "Till that sold the line."}\n'
    found = Comparison(base, changed(f"{SALES}.yml", "    columns:\n", column))
    assert found.breaking == []
    [change] = found.changes
    assert (change.name, change.columns) == ("fct_sale_lines", ["+ till_bk string"])


DROPPED = (
    "models/gold/promotions/rpt_promotion_performance.sql",
    "models/gold/promotions/rpt_promotion_performance.yml",
    # dbt refuses a metric of a table that is not there, and a report of it.
    "models/gold/promotions/_promotions__metrics.yml",
    "models/gold/core/_core__exposures.yml",
)
ITS_TESTS = (
    "tests/dbt/singular/traps/promotions_without_a_baseline_have_no_uplift_but_a_reason.sql",
    "tests/dbt/singular/sums_of_rpt_promotion_performance_equal_those_of_its_events.sql",
)


@pytest.fixture(scope="module")
def without_report(changed: Callable[..., dict]) -> dict:
    exposures = "models/gold/promotions/_promotions__exposures.yml"
    read = r"ref\('rpt_promotion_performance'\), "
    return changed(exposures, f"{read}(.*?){read}", r"\1", removed=(*DROPPED, *ITS_TESTS))


METRICS = "models/gold/promotions/_promotions__metrics.yml"


def test_a_metric_that_is_defined_otherwise_or_gone_is_told_and_breaks_unless_the_changelog_says_so(base, changed):
    renamed = changed(METRICS, r"name: redemptions\n", "name: redeemed_coupons\n")
    found = Comparison(base, renamed)
    assert found.metrics == [("redeemed_coupons", "added"), ("redemptions", "removed")]
    assert found.breaking == [("redemptions", "the metric is gone")]
    told = ("", "- *breaking*: the metric redemptions is now redeemed_coupons.")
    assert Comparison(base, renamed, told).breaking == []
    other = changed(
        METRICS, r"expr: retail_discount_amount \+ coupon_match_discount_amount\}", "expr: retail_discount_amount}"
    )
    # With it the metric that is derived from it.
    assert Comparison(base, other).metrics == [
        ("store_discount", "defined otherwise"),
        ("store_discount_rate", "defined otherwise"),
    ]
    text = comment(found)
    assert "- `redemptions`: **not decided**" in text and "- `redeemed_coupons`: added" in text


@pytest.fixture(scope="module")
def tables(base: dict) -> dict:
    """The project without its metrics, some of which go with the report."""
    return copy_of(base) | {"metrics": {}}


def test_a_dropped_model_names_the_dashboards_that_lose_it(tables, without_report):
    found = Comparison(tables, without_report)
    assert found.breaking == [("rpt_promotion_performance", "the table is gone")]
    assert ("Promotion review", "Promotion analysts", ["rpt_promotion_performance"]) in found.exposures


def test_a_table_that_moves_breaks_the_contract(base, changed):
    after = changed("models/gold/core/dim_store.yml", "    config:\n", "    config:\n      alias: dim_shop\n")
    assert Comparison(base, after).breaking == [
        ("dim_store", "its relation was gold.dim_store and is now gold.dim_shop")
    ]


@pytest.mark.parametrize(
    ("line", "decided"),
    [
        ("- *breaking*: `rpt_promotion_performance` is gone; use `fct_promotion_events`.", True),
        ("- **Breaking**: the table of performance,\n  `rpt_promotion_performance`, is gone.", True),
        ("- `rpt_promotion_performance` is gone.", False),
        ("- *breaking*: `another_table` is gone.", False),
        ("- *breaking*: `rpt_promotion_performance_daily` is gone.", False),
    ],
)
def test_a_broken_contract_is_decided_by_a_line_of_the_changelog(tables, without_report, line, decided):
    changelog = f"# Changelog\n\n## Unreleased\n\n### Removed\n\n{line}\n- Something else.\n\n## 0.1.0\n\n- Old.\n"
    assert (Comparison(tables, without_report, ("", changelog)).breaking == []) is decided
    # What was decided before this change decides nothing now, wherever it stands now.
    for later in (changelog, changelog.replace("- Something else.\n", "- New.\n- Something else.\n")):
        assert Comparison(tables, without_report, (changelog, later)).breaking != []


def test_a_new_version_of_a_model_lets_the_old_one_go_in_its_time(base, changed):
    versions = (
        "    latest_version: 2\n    versions:\n"
        "      - {v: 1, defined_in: dim_store_v1, deprecation_date: 2999-01-01, config: {alias: dim_store}}\n"
        "      - {v: 2, defined_in: dim_store, columns: [{include: all, exclude: [store_bk]}]}\n    columns:\n"
    )
    store = "models/gold/core/dim_store"
    after = changed(f"{store}.yml", "    columns:\n", versions, copied={f"{store}.sql": f"{store}_v1.sql"})
    found = Comparison(base, after)
    assert {change.name: change.kind for change in found.changes if change.name.startswith("dim_store")} == {
        "dim_store": "removed",
        "dim_store.v1": "added",
        "dim_store.v2": "added",
    }
    assert found.breaking == []
    # The old version has to be as it was, and where it was.
    poorer, elsewhere = copy_of(after), copy_of(after)
    del poorer["nodes"]["model.lakevault.dim_store.v1"]["columns"]["store_bk"]
    elsewhere["nodes"]["model.lakevault.dim_store.v1"]["relation_name"] = "gold.dim_store_v1"
    for state in (poorer, elsewhere):
        assert Comparison(base, state).breaking == [("dim_store", "the table is gone")]
    # It may go when its time is over, no sooner.
    gone = copy_of(after)
    del gone["nodes"]["model.lakevault.dim_store.v1"]
    assert Comparison(after, gone).breaking == [("dim_store.v1", "the table is gone")]
    late = copy_of(after)
    late["nodes"]["model.lakevault.dim_store.v1"]["deprecation_date"] = "2020-01-01T00:00:00"
    assert Comparison(late, gone).breaking == []


def test_a_macro_that_many_models_use_names_them_all_and_what_must_be_rebuilt(base, changed):
    found = Comparison(
        base,
        changed("packages/automate_dv_spark/macros/tables/hub.sql", "business_key=src_nk", "business_key=[src_nk]"),
    )
    hubs = {name for name in (change.name for change in found.changes) if name.startswith("hub_")}
    assert hubs == {path.stem for path in PROJECT.glob("models/silver/raw_vault/hubs/*.sql")}
    assert all("spark__hub" in change.reasons[0] for change in found.changes if change.name in hubs)
    assert "**Rebuild**: " in comment(found)
    assert "hub_customer" in comment(found).split("**Rebuild**")[1]


def test_tables_that_keep_the_rows_of_a_changed_view_must_be_rebuilt(base, changed):
    stage = "models/silver/hashed_stage/hstg_crm__customer.sql"
    found = Comparison(base, changed(stage, "last_name, ", ""))
    assert [change.name for change in found.changes] == ["hstg_crm__customer"]
    assert {"hub_customer", "sat_customer__crm_contact"} <= set(found.rebuilt)
    # What is made of those is made of what they keep.
    assert not [name for name in found.rebuilt if name.startswith(("dim_", "snp_", "bv_"))]


def test_a_macro_that_is_called_through_another_counts(base, changed):
    found = Comparison(base, changed("macros/versions/end_of_time.sql", r"9999-12-31", "9999-12-30"))
    names = {change.name for change in found.changes}
    assert {"bv_customer__versions", "bv_product__versions"} <= names


def test_a_variable_that_changed_is_named(base):
    settings = ({"vars": {"affinity_min_support": 0.001}}, {"vars": {"affinity_min_support": 0.01, "other": 1}})
    told = comment(Comparison(base, base, settings=settings))
    assert "- var `affinity_min_support`: 0.001 -> 0.01" in told
    assert "- var `other`: None -> 1" in told


def test_rows_and_tests_before_and_after_stand_in_the_comment(base, changed):
    after = changed(
        f"{SALES}.sql", "select\\n        sale_lines.sale_line_hk", "select distinct\\n        sale_lines.sale_line_hk"
    )
    told = comment(Comparison(base, after), *STATUSES)
    assert "| `fct_sale_lines` | changed: SQL |  | 1,000 | 999 |" in told
    assert "**Tests**: 0 passed, 0 warned, 1 failed (before: 1 passed, 0 warned, 0 failed)." in told
    assert "Failed: `a_test`" in told


@pytest.mark.skipif(
    subprocess.run(["git", "rev-parse", "HEAD"], cwd=PROJECT, capture_output=True).returncode != 0,
    reason="compares commits",
)
def test_the_changed_models_of_a_working_tree_are_found_by_the_command():
    command = [str(Path(sys.executable).parent / "lakevault"), "review", "--base", "HEAD"]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert result.stdout.startswith(MARK), result.stderr
