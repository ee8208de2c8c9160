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
from test_review import copy

from lakevault.develop.new_mart import similar
from lakevault.develop.review import parse

NAME = "rpt_basket_sizes"
ASKED = {"--grain": "One row per day and store", "--reads": "fct_sale_lines,dim_store", "--key": "date_key,store_hk"}


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
    project = copy(tmp_path_factory.mktemp("project"))
    for name in (".sqlfluff", "dbt-bouncer.yml"):
        shutil.copy(PROJECT / name, project)
    shutil.copytree(PROJECT / "tests" / "sqlfluff_libs", project / "tests" / "sqlfluff_libs")
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    for setting in ("user.name=Ann Analyst", "user.email=ann@lakevault.example"):
        subprocess.run(["git", "config", *setting.split("=")], cwd=project, check=True)
    return project


@pytest.fixture(scope="module")
def written(project: Path) -> str:
    result = new_mart(project)
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
    assert exposure["owner"] == {"name": "Ann Analyst", "email": "ann@lakevault.example"}
    assert manifest["groups"]["group.lakevault.baskets"]["owner"]["email"] == "ann@lakevault.example"


GRAINS = {
    "fct_sale_lines": "One row per till line; what a customer bought.",
    "dim_store": "One row per store, the unknown member included.",
    "dim_customer": "One row per version of a customer, by two times.",
}


@pytest.mark.parametrize(
    ("grain", "shown"),
    [
        ("One row per till line of a basket", ["fct_sale_lines"]),
        ("One row per day and store", ["dim_store"]),
        ("One row per customer and store", ["dim_customer", "dim_store"]),
        ("One row per pair of shoes", []),
    ],
)
def test_tables_whose_rows_are_about_the_same_things_are_shown(tmp_path, grain, shown):
    folder = tmp_path / "models" / "gold" / "core"
    folder.mkdir(parents=True)
    for name, description in GRAINS.items():
        (folder / f"{name}.sql").write_text("select 1")
        (folder / f"{name}.yml").write_text(yaml.safe_dump({"models": [{"name": name, "description": description}]}))
    assert [name for name, _ in similar(tmp_path, grain)] == shown


def test_a_new_mart_is_not_written_when_the_analyst_takes_a_table_that_exists(project):
    asked = ("--grain", "One row per till line", "--reads", "fct_sale_lines", "--key", "date_key")
    result = run(project, "lakevault", "new-mart", "baskets", "rpt_another", *asked, stdin="n\n")
    assert "fct_sale_lines: One row per till line" in result.stdout
    assert result.returncode == 1
    assert not list(project.rglob("rpt_another*"))


REFUSED = {
    "a name without a kind": ({"name": "sizes"}, "name=sizes: the name of a Gold table is dim, fct, brg, rpt or ftr"),
    "no subject": ({"subject": ""}, "subject=: a subject is a folder in models/gold"),
    "a name that is taken": ({"name": "dim_store"}, "dim_store exists already"),
    "a grain that does not say what a row is": ({"grain": "Sizes of baskets"}, 'begins with "One row per"'),
    "a table that does not exist": ({"reads": "fct_sales_lines"}, "do you mean fct_sale_lines"),
    "a column that does not exist": ({"key": "day"}, "fct_sale_lines has no column day; it has sale_line_hk"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_wrong_answers_are_refused_and_nothing_is_written(project, written, what):
    other, said = REFUSED[what]
    before = sorted(project.rglob("models/**/*"))
    result = new_mart(project, **({"name": "rpt_refused"} | other))
    assert result.returncode == 1
    assert said in " ".join(result.stdout.split())
    assert sorted(project.rglob("models/**/*")) == before


def test_a_mart_is_checked_on_the_small_lake_and_its_mistakes_are_named(project, written, lake):
    sql = project / "models" / "gold" / "baskets" / f"{NAME}.sql"
    text = sql.read_text()
    described = [sql.with_suffix(".yml"), sql.with_name("_baskets__exposures.yml")]
    with lake.borrowed():
        # The lake of these tests is as small as the one that `make check` would build.
        (lake.base / "state").mkdir()
        shutil.copy(lake.base / "target" / "manifest.json", lake.base / "state")
        (project / ".cache").mkdir()
        (project / ".cache" / "small").symlink_to(lake.base)
        untouched = run(project, "lakevault", "check", NAME)
        for path in described:
            path.write_text(re.sub(r'"(Which question|Say )[^"]*"', '"Baskets of a day."', path.read_text()))
        good = run(project, "lakevault", "check", NAME)
        told = json.loads((lake.base / "history" / "status.json").read_text())
        sql.write_text(text.replace("count(*) as record_count", "cast(count(*) as string) as record_count"))
        broken = run(project, "lakevault", "check", NAME)
        sql.write_text(text.replace("sale_lines.date_key,", "date_key,"))
        unclear = run(project, "lakevault", "check", NAME)
    assert untouched.returncode == 1
    assert re.search(rf"{NAME}\.yml:\d+: Which question does it answer\?", untouched.stdout)
    assert re.search(r"_baskets__exposures\.yml:\d+: Say who looks at it", untouched.stdout)
    assert good.returncode == 0, good.stdout
    # What `make review` will say of it.
    assert [table["rows"] > 0 for table in told["tables"] if table["table"] == NAME] == [True]
    assert {test["state"] for test in told["tests"] if test["test"].endswith(f"{NAME}_key_is_unique")} == {"passed"}
    for part in ("ok  build and tests", f"{NAME}, 10 rows", "Ready for a pull request"):
        assert part in good.stdout
    assert broken.returncode == 1
    assert "contract" in broken.stdout
    assert "record_count" in broken.stdout
    assert unclear.returncode == 1
    assert f"{NAME}.sql" in unclear.stdout
    assert "L: " in unclear.stdout


@pytest.mark.parametrize(
    ("name", "said"), [("rpt_nothing", "there is no models/**/rpt_nothing.sql"), ("", "make check m=rpt_something")]
)
def test_a_model_that_does_not_exist_is_named(project, name, said):
    result = run(project, "lakevault", "check", name)
    assert result.returncode == 1
    assert said in result.stdout
