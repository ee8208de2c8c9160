"""Every macro of the vault packages is described, with all its arguments in their order."""

import re
from pathlib import Path

import pytest
import yaml

from lakevault.develop.new_mart import left_over
from lakevault.errors import LakevaultError
from lakevault.feeds import Feed, read_feeds
from lakevault.site.answers import asked

PACKAGES = Path(__file__).parents[2] / "packages"
SIGNATURE = re.compile(r"{%-?\s*(macro|test)\s+(\w+)\s*\((.*?)\)\s*-?%}", re.DOTALL)
MATERIALISATION = re.compile(r"{%-?\s*materialization\s+(\w+), adapter='(\w+)'\s*-?%}")
FILES = sorted(
    path
    for package in ("automate_dv", "automate_dv_spark")
    for folder in ("macros", "tests")
    for path in (PACKAGES / package / folder).rglob("*.sql")
)


def signatures(sql: str) -> dict[str, list[str]]:
    """The arguments of each macro in a file; dbt calls a generic test `test_<name>`, and a materialisation by its adapter."""
    found = {f"materialization_{name}_{adapter}": [] for name, adapter in MATERIALISATION.findall(sql)}
    for kind, name, arguments in SIGNATURE.findall(sql):
        # A default may hold commas: in quotes, or in brackets.
        bare = re.sub(r"'[^']*'|\[[^\]]*\]|{[^}]*}", "", arguments)
        names = [argument.split("=")[0].strip() for argument in bare.split(",") if argument.strip()]
        found[f"test_{name}" if kind == "test" else name] = names
    return found


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PACKAGES)) for path in FILES])
def test_every_macro_has_its_arguments_documented(path: Path):
    described = yaml.safe_load(path.with_suffix(".yml").read_text())["macros"]
    documented = {macro["name"]: [argument["name"] for argument in macro.get("arguments", [])] for macro in described}
    assert documented == signatures(path.read_text())
    assert len(documented) == 1, "a file holds one macro"
    name = re.sub("^(spark__|test_|materialization_)|_spark$", "", next(iter(documented)))
    assert path.stem == name, "a file is named after its macro"
    assert len(path.read_text().splitlines()) <= 80, "a macro does one thing"
    for macro in described:
        assert macro["description"].strip(), f"{macro['name']} has no description"
        for argument in macro.get("arguments", []):
            assert argument["type"] and argument["description"].strip(), f"{macro['name']}: {argument['name']}"


def test_no_folder_of_a_package_is_called_like_one_that_is_left_out():
    """Whoever copies or ignores dbt's working folders by name must not lose macros."""
    working = {"target", "logs", "dbt_packages", "lake"}
    assert not [str(path) for path in FILES if working & set(path.relative_to(PACKAGES).parts)]


PROJECT = PACKAGES.parent
PAGES = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md"), *sorted(PACKAGES.glob("automate_dv*/**/*.md"))]
PAGES = [page for page in PAGES if "dbt_packages" not in page.parts]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(PACKAGES.parent)) for page in PAGES])
def test_links_lead_somewhere(page: Path):
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    assert not [link for link in links if "://" not in link and not (page.parent / link).exists()]


def test_the_page_of_the_package_names_every_public_macro_and_test():
    page = (PACKAGES / "automate_dv_spark" / "README.md").read_text()
    public = {name for path in FILES if path.parts[-3] == "automate_dv" for name in signatures(path.read_text())}
    public |= {
        name.removeprefix("test_") for path in FILES for name in signatures(path.read_text()) if "is_sound" in name
    }
    beyond = [
        "rts",
        "presence_sat",
        "status_sat",
        "nh_sat",
        "computed_sat",
        "sal",
        "hal",
        "load_end_view",
        "as_of_spine",
    ]
    assert not [name for name in sorted(public) + beyond if f"`{name}`" not in page]


def test_the_page_of_the_package_names_every_variable():
    page = (PACKAGES / "automate_dv_spark" / "README.md").read_text()
    text = "".join(path.read_text() for path in FILES if "automate_dv_spark" in path.parts)
    variables = set(re.findall(r"\b(?:var|setting)\('(\w+)'", text)) - {"null_key_"}
    assert not [name for name in sorted(variables) if f"`{name}`" not in page]


def test_every_rule_of_the_ingestion_names_a_test_that_exists():
    page = (PROJECT / "docs" / "ingestion.md").read_text()
    code = "".join(path.read_text() for path in (PROJECT / "tests" / "python").glob("test_*.py"))
    rules = page.split("## Rules for what goes wrong")[1].split("\n## ")[0]
    rows = [row for row in rules.splitlines() if row.startswith("| ") and not row.startswith("| what")]
    named = [re.findall(r"`(test_\w+)`", row.rsplit(" | ", 1)[1]) for row in rows]
    assert all(named)
    assert not [name for names in named for name in names if f"def {name}(" not in code]


def test_the_operators_page_explains_every_reason_of_the_code_and_no_other():
    page = (PROJECT / "docs" / "quarantine.md").read_text()
    code = "".join(path.read_text() for path in (PROJECT / "src" / "lakevault" / "ingest").rglob("*.py"))
    reasons = set(re.findall(r'(?:refused|UnreadableError)\(\s*"(\w+)"|reason="(\w+)"', code))
    reasons = {word for words in reasons for word in words if word} - {"changed"} | {
        "malformed",
        "changed_value",
        "lost",
    }
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == reasons


FEEDS = read_feeds(PROJECT / "models")


def staged(feed: Feed) -> str:
    """The SQL of a staged model with that of the macros of macros/staging that it calls, without blanks."""
    model = (PROJECT / "models" / "staging" / feed.source / f"stg_{feed.source}__{feed.name}.sql").read_text()
    macros = [path.read_text() for path in PROJECT.glob("macros/staging/*.sql") if f"{{{{ {path.stem}(" in model]
    return "".join("".join([model, *macros]).split())


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_a_staged_model_casts_and_names_its_source_as_its_feed_is_defined(feed):
    sql = staged(feed)
    assert f"'{feed.record_source}'asrecord_source" in sql
    assert [column.name for column in feed.columns if "".join(column.staged.split()) not in sql] == []


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_a_staged_model_says_the_types_that_its_feed_is_defined_with(feed):
    path = PROJECT / "models" / "staging" / feed.source / f"stg_{feed.source}__{feed.name}.sql"
    sql = "".join(path.read_text().split())
    [model] = yaml.safe_load(path.with_suffix(".yml").read_text())["models"]
    said = {column["name"]: column["data_type"] for column in model["columns"]}
    for column in feed.columns:
        typed = re.escape("".join(column.staged.split()))
        output = re.search(rf"[,t](?:cast\({typed}as(?P<cast>date)\)|{typed})(?:as(?P<name>\w+))?,", sql)
        if output:
            is_time = column.type == "date" and column.format != "epoch_day" and not output["cast"]
            kind = "timestamp" if is_time else column.type.replace(" ", "")
            assert said[output["name"] or column.name] == kind, column.name


MARTS = [
    model
    for path in PROJECT.glob("models/gold/*/*.yml")
    for model in yaml.safe_load(path.read_text()).get("models", [])
]
WITH_ANSWERS = [model for model in MARTS if "answers" in model["config"]["meta"]]


@pytest.mark.parametrize("model", WITH_ANSWERS, ids=[model["name"] for model in WITH_ANSWERS])
def test_the_answers_of_a_report_are_to_its_questions_and_from_its_columns(model):
    assert asked(model["name"], model["config"]["meta"], [column["name"] for column in model["columns"]])


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"to": {}}, "rpt_a: in its .yml, under meta: answers, group: field required"),
        (
            {"group": {"column": "b_count", "minimum": 1}, "to": {}},
            "group.minimum: input should be greater than or equal to 5",
        ),
        (
            {"group": {"column": "b_count", "minimum": 5}, "to": {"Who?": {"sort": ["b_count"]}}},
            "'Who?' is not one of meta: questions",
        ),
        (
            {"group": {"column": "c_count", "minimum": 5}, "to": {"What?": {"sort": ["b_count"]}}},
            "c_count is not a column",
        ),
        (
            {"group": {"column": "b_count", "minimum": 5}, "to": {"What?": {"sort": ["b_amount"]}}},
            "b_amount is an amount, but no currency",
        ),
    ],
)
def test_an_answer_that_no_page_can_show_is_refused_with_the_place(answers, said):
    with pytest.raises(LakevaultError, match=re.escape(said)):
        asked("rpt_a", {"questions": ["What?"], "answers": answers}, ["b_count", "b_amount"])


def test_no_dashboard_has_an_invented_address():
    files = [yaml.safe_load(path.read_text()) for path in PROJECT.glob("models/gold/*/_*__exposures.yml")]
    addresses = [exposure.get("url", "") for file in files for exposure in file["exposures"]]
    assert addresses
    assert [address for address in addresses if ".example" in address] == []


def test_no_words_of_the_scaffold_are_left_to_fill_in():
    assert left_over(PROJECT.glob("models/gold/**/*.yml")) == []
