"""given an analyst with a question, when they follow CONTRIBUTING, then a table of Gold is written, checked and looked at."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT
from test_review import lintable_copy

from lakevault.develop.fact_joins import fact_joins
from lakevault.develop.gate import wrong
from lakevault.develop.new_mart import similar
from lakevault.develop.review import parse

NAME = "rpt_basket_sizes"
ASKED = {
    "--grain": "One row per day and store",
    "--question": "How large are baskets?",
    "--reads": "fct_sale_lines,dim_store",
    "--key": "date_key,store_hk",
}


def run(project: Path, *command: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).parent / command[0])
    settings = os.environ | {"COLUMNS": "200"} | environment
    return subprocess.run(
        [program, *command[1:]], cwd=project, env=settings, input=stdin, capture_output=True, text=True
    )


def new_mart(
    project: Path, subject: str = "baskets", name: str = NAME, **other: str
) -> subprocess.CompletedProcess[str]:
    asked = ASKED | {f"--{word}": text for word, text in other.items()}
    return run(
        project, "lakevault", "new-mart", subject, name, "--yes", *(part for pair in asked.items() for part in pair)
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = lintable_copy(tmp_path_factory.mktemp("project"))
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    for setting in ("user.name=Ann Analyst", "user.email=ann@lakevault.example"):
        subprocess.run(["git", "config", *setting.split("=")], cwd=project, check=True)
    return project


@pytest.fixture(scope="module")
def written(project: Path) -> str:
    result = new_mart(project, dashboard="https://bi.lakevault.example/sizes")
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_a_new_mart_parses_with_its_group_contract_test_and_exposure(project, written):
    manifest = parse(project)
    node = manifest["nodes"][f"model.lakevault.{NAME}"]
    assert (node["group"], node["config"]["contract"]["enforced"], node["access"]) == ("baskets", True, "public")
    assert node["description"].startswith("One row per day and store.")
    assert {name: column["data_type"] for name, column in node["columns"].items()} == {
        "date_key": "int",
        "store_hk": "string",
        "record_count": "bigint",
    }
    assert f"test.lakevault.{NAME}_key_is_unique" in {i.rsplit(".", 1)[0] for i in manifest["nodes"]}
    [exposure] = [e for e in manifest["exposures"].values() if e["depends_on"]["nodes"] == [node["unique_id"]]]
    assert exposure["url"] == "https://bi.lakevault.example/sizes"
    assert exposure["owner"] == {"name": "Ann Analyst", "email": "ann@lakevault.example"}
    assert manifest["groups"]["group.lakevault.baskets"]["owner"]["email"] == "ann@lakevault.example"


GRAINS = {
    "fct_sale_lines": "One row per till line; what a customer bought.",
    "dim_store": "One row per store, the unknown member included.",
    "dim_customer": "One row per version of a customer, by two times.",
    "rpt_stores": "One row per store and customer: how often they meet.",
}


@pytest.mark.parametrize(
    ("grain", "shown"),
    [
        ("One row per till line of a basket", ["fct_sale_lines"]),
        ("One row per customer", ["dim_customer"]),
        ("One row per customer and store", ["rpt_stores"]),
        # Another grain, though it names the same things.
        ("One row per day and store", []),
        ("One row per department and month", []),
    ],
)
def test_tables_with_the_same_grain_are_shown_and_no_others(tmp_path, grain, shown):
    folder = tmp_path / "models" / "gold" / "core"
    folder.mkdir(parents=True)
    for name, description in GRAINS.items():
        (folder / f"{name}.sql").write_text("select 1")
        (folder / f"{name}.yml").write_text(yaml.safe_dump({"models": [{"name": name, "description": description}]}))
    assert [name for name, _ in similar(tmp_path, grain)] == shown


def test_a_wrong_answer_is_asked_again_and_a_key_may_be_new(project):
    answers = "department and month\nHow do sales develop?\nfct_sales_lines\nfct_sale_lines,dim_product\nThe Month\ndepartment,month_start\n"
    # The folder's settings and its owner; the other tests need the project without them.
    before = {path: path.read_text() for path in (project / "dbt_project.yml", project / "models" / "_groups.yml")}
    result = run(project, "lakevault", "new-mart", "months", "rpt_asked", stdin=answers)
    for path, text in before.items():
        path.write_text(text)
    assert result.returncode == 0, result.stdout + result.stderr
    said = " ".join(result.stdout.split())
    assert "again: there is no model fct_sales_lines; do you mean fct_sale_lines" in said
    assert "again: a column has a name in lower case" in said
    folder = project / "models" / "gold" / "months"
    assert (
        "products.department,\n        'Say how month_start is made' as month_start"
        in (folder / "rpt_asked.sql").read_text()
    )
    [model] = yaml.safe_load((folder / "rpt_asked.yml").read_text())["models"]
    assert model["description"] == "One row per department and month.\n"
    assert model["config"]["meta"]["questions"] == ["How do sales develop?"]
    assert not list(folder.glob("*exposures*"))
    shutil.rmtree(folder)


def test_nothing_is_asked_before_git_knows_who_asks(project, tmp_path):
    nobody = {"HOME": str(tmp_path), "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    subprocess.run(["git", "config", "--unset", "user.email"], cwd=project, check=True)
    try:
        result = run(project, "lakevault", "new-mart", "months", "rpt_asked", **nobody)
    finally:
        subprocess.run(["git", "config", "user.email", "ann@lakevault.example"], cwd=project, check=True)
    assert result.returncode == 1
    assert result.stdout.startswith("lakevault: git does not know who you are: run `git config user.email ...` first.")


KEYS = {"fct_sale_lines": [{"sale_line_hk"}], "fct_promotion_events": [{"promotion_event_hk"}]}


def test_two_facts_are_added_up_before_they_meet_and_sql_that_is_there_stays(project):
    asked = {"name": "rpt_two", "reads": "fct_sale_lines,fct_promotion_events,dim_product", "key": "department"}
    result = new_mart(project, **asked)
    assert result.returncode == 0, result.stdout
    path = project / "models" / "gold" / "baskets" / "rpt_two.sql"
    sql = re.sub(r"{{ ref\('(\w+)'\) }}", r"gold.\1", path.read_text())
    assert sql.count("inner join products") == 2
    assert fact_joins(sql, KEYS) == []
    path.with_suffix(".yml").unlink()
    path.write_text("select 1 as department")
    again = new_mart(project, **asked)
    assert "rpt_two.sql" not in again.stdout
    assert path.read_text() == "select 1 as department"
    path.unlink()
    path.with_suffix(".yml").unlink()


FROM = "with lines as (select * from gold.fct_sale_lines), events as (select promotion_event_hk as id, sale_line_hk, store_hk, refund_amount from gold.fct_promotion_events where refund_amount > 0),"


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("final as (select 1 from lines inner join events on lines.store_hk = events.store_hk)", "on store_hk"),
        ("final as (select 1 from lines inner join events using (store_hk))", "on store_hk"),
        ("final as (select 1 from lines cross join events)", "without a key"),
        ("final as (select 1 from lines left join events on lines.x = events.id)", ""),
        ("final as (select 1 from events inner join lines on events.sale_line_hk = lines.sale_line_hk)", ""),
        ("final as (select 1 from lines left semi join events on lines.store_hk = events.store_hk)", ""),
        (
            "sums as (select store_hk, sum(refund_amount) as x from events group by all), "
            "final as (select 1 from lines inner join sums on lines.store_hk = sums.store_hk)",
            "",
        ),
    ],
)
def test_a_join_of_two_facts_on_the_key_of_neither_is_named(sql, named):
    found = fact_joins(f"{FROM} {sql} select * from final", KEYS)
    assert [cte for cte, _ in found] == (["final"] if named else [])
    assert all(named in what and "fct_promotion_events" in what for _, what in found)


def test_the_projects_own_models_are_as_contributing_asks():
    manifest = parse(PROJECT)
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert [what for node in models if node["package_name"] == "lakevault" for what in wrong(manifest, node)] == []


def test_a_new_mart_is_not_written_when_the_analyst_takes_a_table_that_exists(project):
    asked = ("--grain", "till line", "--question", "?", "--reads", "fct_sale_lines", "--key", "date_key")
    result = run(project, "lakevault", "new-mart", "baskets", "rpt_another", *asked, stdin="n\n")
    assert "fct_sale_lines: One row per till line" in result.stdout
    assert result.returncode == 1
    assert not list(project.rglob("rpt_another*"))


REFUSED = {
    "a name without a kind": ({"name": "sizes"}, "name=sizes: the name of a Gold table is dim, fct, brg, rpt or ftr"),
    "no subject": ({"subject": ""}, "subject=: a subject is a folder in models/gold"),
    "a name that is taken": ({"name": "dim_store"}, "dim_store exists already"),
    "a table that does not exist": ({"reads": "fct_sales_lines"}, "do you mean fct_sale_lines"),
    "a column without a name": ({"key": "The Day"}, "a column has a name in lower case"),
    "a grain that says nothing": ({"grain": "One row per"}, "say what one row is"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_wrong_answers_are_refused_and_nothing_is_written(project, written, what):
    other, said = REFUSED[what]
    before = sorted(project.rglob("models/**/*"))
    result = new_mart(project, **({"name": "rpt_refused"} | other))
    assert result.returncode == 1
    assert said in " ".join(result.stdout.split())
    assert sorted(project.rglob("models/**/*")) == before


UNIT_TEST = """
unit_tests:
  - name: lines_of_a_day_and_store_are_counted
    description: given two lines of a day, when they are counted, then there are two
    model: {model}
    given:
      - input: ref('fct_sale_lines')
        rows: [{{date_key: 20170101, store_hk: S}}, {{date_key: 20170101, store_hk: S}}]
      - input: ref('dim_store')
        rows: [{{store_hk: S}}]
    expect:
      rows: [{{date_key: 20170101, store_hk: S, record_count: 2}}]
"""
COMPARED = """    data_tests:
      - dbt_expectations.expect_table_aggregation_to_equal_other_table:
          name: lines_of_{model}_are_those_of_the_tills
          arguments: {{expression: sum(record_count), compare_expression: count(*), compare_model: ref('fct_sale_lines')}}
"""


def test_a_mart_is_looked_at_and_checked_on_the_small_lake_and_its_mistakes_are_named(project, written, lake):
    sql = project / "models" / "gold" / "baskets" / f"{NAME}.sql"
    described, exposures = sql.with_suffix(".yml"), sql.with_name("_baskets__exposures.yml")
    text, words = sql.read_text(), described.read_text()
    plain = sql.with_name("rpt_plain.sql")

    def tried(command: str, model: str = NAME, *options: str) -> str:
        result = run(project, "lakevault", command, model, *options)
        assert re.search(r"^\d+ s$", result.stdout, re.MULTILINE), result.stdout + result.stderr
        assert "\tat " not in result.stdout + result.stderr
        return f"exit {result.returncode}: {result.stdout}"

    with lake.borrowed():
        # The lake of these tests is as small as the one that `make check` would build, and knows nothing of the mart.
        (lake.base / "state").mkdir()
        shutil.copy(lake.base / "target" / "manifest.json", lake.base / "state")
        (project / ".cache").mkdir()
        (project / ".cache" / "small").symlink_to(lake.base)
        # Rows first: a model without a description, and one whose column is misspelt.
        plain.write_text(text)
        rows = tried("preview", "rpt_plain")
        plain.unlink()
        sql.write_text(text.replace("stores.store_hk\n", "stores.stor_hk\n"))
        misspelt = tried("check")
        sql.write_text(
            text.replace("count(*) as record_count", "sum(cast(sale_lines.basket_bk as tinyint)) as record_count")
        )
        quoting = tried("preview")
        # Types of the .yml differ from the SQL's: named, and filled in.
        sql.write_text(
            text.replace(
                "count(*) as record_count",
                "cast(count(*) as decimal(9, 1)) as record_count,\n        max(sale_lines.sold_at) as last_at",
            )
        )
        broken = tried("check")
        filled = tried("preview", NAME, "--fill")
        after = yaml.safe_load(described.read_text())["models"][0]["columns"]
        sql.write_text(text)
        # A test without a name.
        described.write_text(re.sub(rf":\n +name: date_key_of_{NAME}_is_never_null", "", words))
        untouched = tried("check")
        for path in (described, exposures):
            path.write_text(re.sub(r'"(Which question|Say )[^"]*"', '"Baskets of a day are these."', path.read_text()))
        described.write_text(
            words.replace("    data_tests:\n", COMPARED.format(model=NAME), 1) + UNIT_TEST.format(model=NAME)
        )
        described.write_text(re.sub(r'"Say [^"]*"', '"Baskets of a day are these."', described.read_text()))
        good = tried("check")
        told = json.loads((lake.base / "history" / "status.json").read_text())
        kept = json.loads((lake.base / "state" / "manifest.json").read_text())
    assert rows.startswith("exit 0"), rows
    assert re.search(r"date_key +store_hk +record_count\n +int +string +bigint\n1 ", rows)
    line = next(i for i, words_ in enumerate(text.splitlines(), 1) if "inner join" in words_)
    assert (
        f"models/gold/baskets/{NAME}.sql:{line}: there is no column stores.stor_hk; do you mean stores.store_hk?"
        in misspelt
    )
    assert "a value of type string cannot be cast to tinyint; try_cast gives null for it" in quoting
    assert not re.search(r"\d{6}", quoting)
    assert "the contract differs from the SQL in 2 of 4 columns" in broken
    assert re.search(r"record_count +\.yml: bigint; SQL: decimal\(9,1\)", broken)
    assert "      - name: last_at\n        data_type: timestamp" in broken
    assert "1 column added, 1 type corrected" in filled
    assert {column["name"]: column["data_type"] for column in after} == {
        "date_key": "int",
        "store_hk": "string",
        "record_count": "decimal(9,1)",
        "last_at": "timestamp",
    }
    assert untouched.startswith("exit 1"), untouched
    said = " ".join(untouched.split())
    for part in (
        f"{NAME}.yml: no unit test",
        "expect_column_values_to_not_be_null of date_key has no name",
        "no test compares with it",
    ):
        assert part in said
    assert re.search(rf"{NAME}\.yml:\d+: Say which rows are in it\.", said)
    assert re.search(r"_baskets__exposures\.yml:\d+: Say who looks at it", said)
    assert good.startswith("exit 0"), good
    # What `make review` will say of it.
    assert [table["rows"] > 0 for table in told["tables"] if table["table"] == NAME] == [True]
    assert {test["state"] for test in told["tests"] if test["test"].endswith(f"{NAME}_key_is_unique")} == {"passed"}
    assert f"model.lakevault.{NAME}" in kept["nodes"]
    for part in ("ok  build and tests", f"{NAME}, 10 rows", "Ready for a pull request"):
        assert part in good


@pytest.mark.parametrize(
    ("name", "said"), [("rpt_nothing", "there is no models/**/rpt_nothing.sql"), ("", "name a model: m=rpt_something")]
)
def test_a_model_that_does_not_exist_is_named(project, name, said):
    result = run(project, "lakevault", "check", name)
    assert result.returncode == 1
    assert said in result.stdout
