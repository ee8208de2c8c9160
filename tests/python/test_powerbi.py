"""given Gold and its metrics, when they are written for Power BI, then Microsoft's parser and schemas accept every file, and nothing is lost."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from pbi_parsers import dax
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7
from typer.testing import CliRunner

from lakevault.cli import app
from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import Project
from lakevault.serve.powerbi import model as semantic
from lakevault.serve.powerbi import tmdl
from lakevault.serve.powerbi.report import FABRIC
from lakevault.serve.powerbi.write import texts, write

PROJECT = Path(__file__).parents[2]
GOLDEN = PROJECT / "dashboards" / "powerbi"
DEFINITION = "lakevault.SemanticModel/definition"
PAGES = "lakevault.Report/definition/pages"
SCHEMAS = PROJECT / "tests" / "powerbi" / "schemas" / "fabric"
SERVER = tmdl.local_server("127.0.0.1:10000", "")
# What formulas may call: all that dax.py writes.
FUNCTIONS = {
    *("AVERAGE", "AVERAGEX", "BLANK", "CALCULATE", "COUNTA", "COUNTROWS", "DATESINPERIOD", "DATESMTD", "DATESQTD"),
    *("DATESYTD", "DISTINCTCOUNTNOBLANK", "DIVIDE", "FALSE", "FILTER", "IF", "ISBLANK", "KEEPFILTERS", "MAX", "MAXX"),
    *("MIN", "MINX", "NOT", "REMOVEFILTERS", "REPT", "SUM", "SUMX", "TRUE", "VALUES"),
}


@pytest.fixture(scope="module")
def project(target) -> Project:
    return Project(target, as_built=False)


@pytest.fixture(scope="module")
def manifest_text(target) -> str:
    """The manifest without what Power BI does not need, so that it is read quickly."""
    manifest = json.loads((target / "manifest.json").read_text())
    nodes = {name: node for name, node in manifest["nodes"].items() if node["resource_type"] != "test"}
    return json.dumps(manifest | {"nodes": nodes, "macros": {}, "docs": {}, "parent_map": {}, "child_map": {}})


@pytest.fixture
def changed(manifest_text, tmp_path) -> Callable[[Callable[[dict], None]], Project]:
    """The project after a change of its manifest."""

    def change(edit: Callable[[dict], None]) -> Project:
        manifest = json.loads(manifest_text)
        edit(manifest)
        (tmp_path / "manifest.json").write_text(json.dumps(manifest))
        return Project(tmp_path)

    return change


def parsed(*folders: Path) -> list[str]:
    """What Microsoft's parser of TMDL says of each folder; what it understood is beside the folder."""
    check = Path(sys.prefix) / "powerbi" / "check.exe"
    assert check.is_file(), "Microsoft's parser is not there: run `make .venv/.powerbi`"
    done = subprocess.run(["mono", str(check), *map(str, folders)], capture_output=True, text=True)
    assert len(done.stdout.splitlines()) == len(folders), done.stdout + done.stderr
    assert done.returncode == sum(line != "OK" for line in done.stdout.splitlines())
    return done.stdout.splitlines()


# Each leaves the rest as it is: file, old text, new text, and what the parser or the own check has to say.
PLANTED = {
    "an unknown property": ("tables/dim_date.tmdl", "\t\tisKey\n", "\t\tisKye\n", "isKye"),
    "a type that there is not": ("tables/dim_store.tmdl", "dataType: string", "dataType: strong", "strong"),
    "a line that is indented wrongly": ("tables/dim_store.tmdl", "\t\tisHidden\n", "\t\t\t\tisHidden\n", "dim_store"),
    "a column twice": ("tables/dim_store.tmdl", "column store_bk", "column store_hk", "store_hk"),
    "a relationship to a column that is gone": ("relationships.tmdl", "toColumn: dim_store.store_hk", "toColumn: dim_store.shop_hk", "ToColumn"),
    "a sorting by a column that is gone": ("tables/dim_customer.tmdl", "sortByColumn: age_band_order", "sortByColumn: age_order", "SortByColumn"),
}  # fmt: skip
WRONG_DAX = {
    "a column": ("'fct_sale_lines'[sales_amount]", "'fct_sale_lines'[sales_amnt]", "'fct_sale_lines'[sales_amnt]"),
    "a table": ("COUNTROWS ( 'fct_promotion_events' )", "COUNTROWS ( 'fct_promotions' )", "'fct_promotions'"),
    "a measure": ("[Gross sales], [Baskets]", "[Gross sale], [Baskets]", "[Gross sale]"),
    "a function": ("DIVIDE ( [Gross sales]", "DEVIDE ( [Gross sales]", "DEVIDE"),
}


@pytest.fixture(scope="module")
def readings(project: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, Any]]:
    """What the parser says of the model in the repository and of copies with an error, and what it understood; one start of Mono."""
    base = tmp_path_factory.mktemp("models")
    edits = {"": None} | PLANTED | {name: ("tables/Metrics.tmdl", *edit[:2]) for name, edit in WRONG_DAX.items()}
    folders = []
    for i, edit in enumerate(edits.values()):
        folder = base / str(i)
        shutil.copytree(GOLDEN / DEFINITION, folder)
        folders.append(folder)
        if edit:
            file, old, new = edit[:3]
            text = (folder / file).read_text()
            assert old in text
            (folder / file).write_text(text.replace(old, new, 1))
    warehouse = base / "databricks"
    for path, text in tmdl.files(semantic.read(project), tmdl.databricks("host", "/path", "main", "")).items():
        (warehouse / path).parent.mkdir(parents=True, exist_ok=True)
        (warehouse / path).write_text(text)
    said = parsed(*folders, warehouse)
    models = [folder.with_name(f"{folder.name}.json") for folder in (*folders, warehouse)]
    understood = [json.loads(path.read_text())["model"] if path.is_file() else None for path in models]
    return dict(zip([*edits, "databricks"], zip(said, understood, strict=True), strict=True))


@pytest.fixture(scope="module")
def model(readings) -> dict[str, Any]:
    """The model in the repository as Microsoft's parser understood it."""
    said, understood = readings[""]
    assert said == "OK"
    return understood


def test_the_repository_holds_what_the_command_writes_now(project):
    now = texts(project, SERVER)
    paths = [path for path in GOLDEN.rglob("*") if path.is_file() and ".pbi" not in path.parts]
    kept = {str(path.relative_to(GOLDEN)): path.read_text() for path in paths}
    other = sorted(name for name in now.keys() | kept.keys() if now.get(name) != kept.get(name))
    assert other == [], f"run `make powerbi` and look at the difference in dashboards/powerbi: {', '.join(other)}"


@pytest.mark.parametrize("case", PLANTED)
def test_the_parser_finds_what_is_wrong_with_a_model(readings, case):
    said, understood = readings[case]
    assert (said == "OK", understood) == (False, None)
    assert PLANTED[case][3] in said


def table(model: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in model["tables"] if each["name"] == name)


def code(source: dict[str, Any]) -> str:
    """An expression, which the parser gives as lines if it has several."""
    found = source["expression"]
    return found if isinstance(found, str) else "\n".join(found)


def words(text: str) -> str:
    return " ".join(text.split())


def test_every_table_of_gold_and_every_metric_is_there_with_its_description(project, model):
    # Features and labels are for programs.
    gold = {
        each.alias: each
        for each in project.tables.values()
        if each.layer == "Gold" and not re.match("(ftr|lbl)_", each.alias)
    }
    assert {each["name"] for each in model["tables"]} == gold.keys() | {"Metrics"}
    for name, each in gold.items():
        found = table(model, name)
        assert found["description"].startswith(words(each.description))
        columns = {column["name"]: column["description"] for column in found["columns"]}
        assert columns == {column: words(each.columns[column].description) for column in columns}
        # What is left out are hashes that nothing joins.
        assert all(column.endswith("_hk") for column in each.columns.keys() - columns.keys())
    measures = {each["name"]: each for each in table(model, "Metrics")["measures"]}
    assert measures.keys() == {metric.label for metric in project.metrics}
    for metric in project.metrics:
        assert measures[metric.label]["description"].startswith(metric.description)
        assert measures[metric.label]["displayFolder"] in ("Promotions", "Subscriptions", "Web shop")
        assert measures[metric.label]["formatString"] in ("#,##0.00", "#,##0", "0.0%")


def test_every_foreign_key_is_a_relationship_and_one_of_several_is_active(project, model):
    found = {
        (each["fromTable"], each["fromColumn"], each["toTable"], each["toColumn"]) for each in model["relationships"]
    }
    keys = {
        (each.alias, key.columns[0], key.to, key.to_columns[0])
        for each in project.tables.values()
        if each.layer == "Gold"
        for key in each.keys
        if key.kind == "foreign"
    }
    # Metrics of promotions go by the day on which a promotion started, which is no foreign key.
    assert found - keys == {("rpt_promotion_performance", "start_date", "dim_date", "calendar_date")}
    assert keys - found == set()
    pairs = [(each["fromTable"], each["toTable"]) for each in model["relationships"] if each.get("isActive", True)]
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == {(each["fromTable"], each["toTable"]) for each in model["relationships"]}


def test_a_fact_joins_the_version_of_its_time_and_nothing_unknown_is_lost(model):
    joined = {(each["fromColumn"], each["toTable"]) for each in model["relationships"]}
    assert {("customer_sk", "dim_customer"), ("product_sk", "dim_product"), ("promotion_sk", "dim_promotion")} <= joined
    current = next(each for each in table(model, "dim_product")["columns"] if each["name"] == "is_current")
    assert not current.get("isHidden")
    sources = {each["name"]: code(each["partitions"][0]["source"]) for each in model["tables"]}
    assert [name for name, source in sources.items() if "SelectRows" in source] == ["dim_date"]


def test_the_calendar_is_marked_and_its_days_have_no_gap(model):
    marked = [each["name"] for each in model["tables"] if each.get("dataCategory") == "Time"]
    assert marked == ["dim_date"]
    assert [each["name"] for each in table(model, "dim_date")["columns"] if each.get("isKey")] == ["calendar_date"]
    assert "each [calendar_date] > #date(1900, 1, 1)" in str(table(model, "dim_date")["partitions"])


def test_keys_are_hidden_bands_are_sorted_and_no_column_is_summed(model):
    columns = {(each["name"], column["name"]): column for each in model["tables"] for column in each["columns"]}
    hidden = {name for _, name in (at for at, column in columns.items() if column.get("isHidden"))}
    assert {name for _, name in columns if name.endswith(("_sk", "_hk", "_key"))} < hidden
    assert {name for name in hidden if not name.endswith(("_sk", "_hk", "_key"))} == {
        "Nothing",
        "age_band_order",
        "income_band_order",
    }
    assert columns["dim_customer", "age_band"]["sortByColumn"] == "age_band_order"
    assert {column["summarizeBy"] for column in columns.values()} == {"none"}


@pytest.mark.parametrize("source", ["", "databricks"])
def test_power_query_reads_parameters_that_there_are_and_no_name_means_itself(readings, source):
    said, model = readings[source]
    assert said == "OK"
    names = {each["name"] for each in model["expressions"]}
    assert names == ({"Server", "Schema", "Gold"} if not source else {"Host", "HttpPath", "Catalog", "Schema", "Gold"})
    sources = [each["partitions"][0]["source"] for each in model["tables"] if each["name"] != "Metrics"]
    for text in map(code, (*sources, *(each for each in model["expressions"] if each["name"] == "Gold"))):
        steps = set(re.findall(r"^ +(\w+) = ", text, re.MULTILINE))
        # In M a step that has the name of a parameter would be read instead of it.
        assert steps.isdisjoint(names)
        # Texts, columns, functions and names of fields go, and what is left are steps and parameters.
        bare = re.sub(r'"[^"]*"|\[\w+\]|\w+\.\w+|\w+ = ', "", text.replace("\n    ", "\n"))
        assert set(re.findall(r"\b[A-Z]\w*", bare)) <= steps | names


def lost(model: dict[str, Any]) -> list[str]:
    """Columns, tables, measures and functions that formulas name and that there are not."""
    columns = {(each["name"], column["name"]) for each in model["tables"] for column in each["columns"]}
    tables = {name for name, _ in columns}
    measures = {each["name"] for each in table(model, "Metrics")["measures"]}
    found = []
    for each in table(model, "Metrics")["measures"]:
        text = re.sub(r'"(?:[^"]|"")*"', '""', each["expression"])
        found += [
            f"'{of}'[{name}]" for of, name in re.findall(r"'([^']+)'\[([^\]]+)\]", text) if (of, name) not in columns
        ]
        text = re.sub(r"'[^']+'\[[^\]]+\]", "", text)
        found += [f"'{name}'" for name in re.findall(r"'([^']+)'", text) if name not in tables]
        found += [f"[{name}]" for name in re.findall(r"\[([^\]]+)\]", text) if name not in measures]
        found += [
            name for name in re.findall(r"\b([A-Z]+) \(", re.sub(r"\[[^\]]+\]", "", text)) if name not in FUNCTIONS
        ]
    return found


def test_formulas_name_nothing_that_there_is_not(model):
    assert lost(model) == []


@pytest.mark.parametrize("case", WRONG_DAX)
def test_a_wrong_name_in_a_formula_is_found_though_the_parser_accepts_it(readings, case):
    said, model = readings[case]
    assert said == "OK"
    assert WRONG_DAX[case][2] in lost(model)


def readable(formula: str) -> bool:
    """Whether a parser of DAX, that of another project, reads a formula."""
    try:
        return dax.to_ast(formula) is not None
    # It has no error of its own.
    except (AssertionError, ValueError):
        return False


def test_another_parser_reads_every_formula(model):
    measures = {each["name"]: each["expression"] for each in table(model, "Metrics")["measures"]}
    assert [name for name, formula in measures.items() if not readable(formula)] == []
    assert not any(
        map(readable, ("SUM ( 'a'[b]", "[a] + ", "DIVIDE ( [a] [b] )", "CALCULATE ( [a], KEEPFILTERS ( 'a'[b] == ) )"))
    )


def schema(uri: str) -> Resource:
    """One of Microsoft's schemas, from the copy in this repository."""
    path = SCHEMAS / uri.split("#")[0].removeprefix(f"{FABRIC}/")
    return Resource.from_contents(json.loads(path.read_text()), default_specification=DRAFT7)


def breaks(content: dict[str, Any]) -> list[str]:
    """What is wrong with a file of the report, by the schema that it names."""
    validator = Draft7Validator(schema(content["$schema"]).contents, registry=Registry(retrieve=schema))
    return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(content)]


FILES = sorted(
    str(path.relative_to(GOLDEN))
    for path in GOLDEN.rglob("*")
    if path.suffix in (".json", ".pbir", ".pbism", ".pbip") or path.name == ".platform"
    if ".pbi" not in path.parts
)


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_what_its_schema_says(file):
    assert breaks(json.loads((GOLDEN / file).read_text())) == []


def test_files_with_a_schema_and_files_of_the_model_are_all_files():
    paths = [str(path.relative_to(GOLDEN)) for path in GOLDEN.rglob("*") if path.is_file() and ".pbi" not in path.parts]
    assert set(paths) - set(FILES) - {path for path in paths if path.endswith(".tmdl")} == {".gitignore"}
    assert len(FILES) > 20


VISUAL = f"{PAGES}/promotions/visuals/uplift_against_discount_cost/visual.json"
WRONG_FILES = {
    "a property that there is not": (VISUAL, '"visualType"', '"visualTipe"', "visualTipe"),
    "an aggregation without its function": (VISUAL, '"Function": 0', '"Funktion": 0', "Funktion"),
    "a place without its width": (VISUAL, '"width"', '"breadth"', "breadth"),
    "a page that fits nothing": (f"{PAGES}/promotions/page.json", "FitToPage", "FitToScreen", "FitToScreen"),
    "a page that is no name": (f"{PAGES}/pages.json", '"web_shop"', "2", "2 is not of type 'string'"),
    "a report of no model": ("lakevault.Report/definition.pbir", '"byPath"', '"byName"', "byName"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_FILES)
def test_the_schemas_find_what_is_wrong_with_a_file(case):
    file, old, new, said = WRONG_FILES[case]
    text = (GOLDEN / file).read_text()
    assert old in text
    assert any(said in each for each in breaks(json.loads(text.replace(old, new, 1))))


def shown(content: Any) -> list[tuple[str, str]]:
    """Tables and names of the fields in a file of the report."""
    if isinstance(content, dict):
        if "Property" in content:
            return [(content["Expression"]["SourceRef"]["Entity"], content["Property"])]
        content = list(content.values())
    return [each for value in content for each in shown(value)] if isinstance(content, list) else []


VISUALS = [json.loads((GOLDEN / file).read_text()) for file in FILES if file.endswith("visual.json")]


@pytest.mark.parametrize("visual", VISUALS, ids=lambda visual: visual["name"])
def test_a_visual_shows_what_the_model_has_and_says_how_to_read_it(model, visual):
    names = {(each["name"], column["name"]) for each in model["tables"] for column in each["columns"]}
    names |= {("Metrics", each["name"]) for each in table(model, "Metrics")["measures"]}
    found = shown(visual)
    assert found and set(found) <= names
    about = visual["visual"].get("visualContainerObjects", {})
    assert visual["visual"]["visualType"] == "card" or about["general"][0]["properties"]["altText"]


@pytest.mark.parametrize("page", ["promotions", "web_shop"])
def test_the_visuals_of_a_page_are_inside_it_and_beside_each_other(page):
    folder = GOLDEN / PAGES / page
    size = json.loads((folder / "page.json").read_text())
    places = [json.loads(path.read_text())["position"] for path in folder.glob("visuals/*/visual.json")]
    assert len(places) > 5
    for i, one in enumerate(places):
        assert one["x"] >= 0 and one["x"] + one["width"] <= size["width"]
        assert one["y"] >= 0 and one["y"] + one["height"] <= size["height"]
        for other in places[i + 1 :]:
            apart = (
                one["x"] + one["width"] <= other["x"]
                or other["x"] + other["width"] <= one["x"]
                or one["y"] + one["height"] <= other["y"]
                or other["y"] + other["height"] <= one["y"]
            )
            assert apart


def test_the_exposure_of_the_report_names_the_tables_that_it_shows(project, model):
    measures = {each["name"]: each["expression"] for each in table(model, "Metrics")["measures"]}

    def of(name: str) -> set[str]:
        direct = set(re.findall(r"'([^']+)'\[", measures[name])) | set(
            re.findall(r"COUNTROWS \( '([^']+)'", measures[name])
        )
        others = re.findall(r"(?<!')\[([^\]]+)\]", measures[name])
        return direct.union(*(of(each) for each in others))

    tables: set[str] = set()
    for at, name in (field for visual in VISUALS for field in shown(visual)):
        tables |= of(name) if at == "Metrics" else {at}
    [exposure] = [each for each in project.exposures if each.name == "power_bi_report"]
    assert set(exposure.tables) == tables
    assert (PROJECT / exposure.file).is_file()


def add(**metric: Any) -> Callable[[dict], None]:
    """Adds a metric that is like gross_sales but for what is given."""

    def edit(manifest: dict) -> None:
        known = json.loads(json.dumps(manifest["metrics"]["metric.lakevault.gross_sales"]))
        params = known["type_params"] | metric.pop("type_params", {})
        more = {"name": "added", "label": "Added", "type_params": params} | metric
        manifest["metrics"]["metric.lakevault.added"] = known | more

    return edit


def measured(**measure: Any) -> Callable[[dict], None]:
    """Changes the measure that gross_sales sums."""

    def edit(manifest: dict) -> None:
        [found] = [
            each
            for model in manifest["semantic_models"].values()
            for each in model["measures"]
            if each["name"] == "sales"
        ]
        found |= measure

    return edit


def where(text: str) -> dict[str, Any]:
    return {"where_filters": [{"where_sql_template": text}]}


def by(name: str) -> str:
    return "{{ Dimension('" + name + "') }}"


def part(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "filter": None, "alias": None, "offset_window": None, "offset_to_grain": None} | more


def cumulative(**more: Any) -> dict[str, Any]:
    given = {"window": None, "grain_to_date": None, "period_agg": "last"} | more
    return {"type": "cumulative", "type_params": {"cumulative_type_params": given}}


balance = measured(non_additive_dimension={"name": "sold_on", "window_choice": "max", "window_groupings": []})
SALES = "SUM ( 'fct_sale_lines'[sales_amount] )"
DAY = "'dim_date'[calendar_date]"
BRAND = "'dim_product'[brand]"
FORMULAS = {
    "a condition on a dimension": (add(filter=where(f"{by('product__brand')} = 'Own \"x\"'")), f'CALCULATE ( {SALES}, KEEPFILTERS ( {BRAND} == "Own ""x""" ) )'),
    "some of several values": (add(filter=where(f"{by('product__brand')} in ('A', 'B')")), f'CALCULATE ( {SALES}, KEEPFILTERS ( NOT ( ISBLANK ( {BRAND} ) ) && {BRAND} IN {{ "A", "B" }} ) )'),
    "what is missing": (add(filter=where(f"{by('product__brand')} is null")), f"CALCULATE ( {SALES}, KEEPFILTERS ( ISBLANK ( {BRAND} ) ) )"),
    "what is not missing, or another": (
        add(filter=where(f"{by('product__brand')} is not null or {by('product__department')} <> 'A'")),
        f"CALCULATE ( {SALES}, KEEPFILTERS ( NOT ( ISBLANK ( {BRAND} ) ) || NOT ( ISBLANK ( 'dim_product'[department] ) ) && 'dim_product'[department] <> \"A\" ) )",
    ),
    "a flag": (add(filter=where(f"not {by('customer__has_demographics')}")), f"CALCULATE ( {SALES}, KEEPFILTERS ( 'dim_customer'[has_demographics] == FALSE () ) )"),
    "28 days": (add(**cumulative(window={"count": 4, "granularity": "week"})), f"CALCULATE ( {SALES}, DATESINPERIOD ( {DAY}, MAX ( {DAY} ), -28, DAY ) )"),
    "since the beginning of the year": (add(**cumulative(grain_to_date="year")), f"CALCULATE ( {SALES}, DATESYTD ( {DAY} ) )"),
    "since the beginning": (add(**cumulative()), f"VAR LastDay = MAX ( {DAY} ) RETURN CALCULATE ( {SALES}, {DAY} <= LastDay )"),
    "a share": (
        add(type="ratio", type_params={"numerator": part("gross_sales", filter=where(f"{by('product__brand')} = 'A'")), "denominator": part("gross_sales")}),
        f'DIVIDE ( CALCULATE ( [Gross sales], KEEPFILTERS ( {BRAND} == "A" ) ), [Gross sales] )',
    ),
    "a sum of which a part may be missing": (
        add(type="derived", type_params={"expr": "2 * (a + refunds)", "metrics": [part("customer_paid", alias="a"), part("refunds")]}),
        "IF ( ISBLANK ( [Paid by customers] ), BLANK (), 2 * ( [Paid by customers] + [Refunds] ) )",
    ),
    "a balance": (
        measured(non_additive_dimension={"name": "sold_on", "window_choice": "max", "window_groupings": []}),
        "VAR Time = CALCULATE ( MAX ( 'fct_sale_lines'[date_key] ), REMOVEFILTERS ( 'fct_sale_lines' ), VALUES ( 'dim_date' ) ) "
        f"RETURN CALCULATE ( {SALES}, KEEPFILTERS ( 'fct_sale_lines'[date_key] == Time ) )",
    ),
    "a count": (measured(agg="count", expr="1"), "COUNTROWS ( 'fct_sale_lines' )"),
    "a count of a column": (measured(agg="count", expr="basket_bk"), "COUNTA ( 'fct_sale_lines'[basket_bk] )"),
    "an average": (measured(agg="average"), "AVERAGE ( 'fct_sale_lines'[sales_amount] )"),
    "a maximum of an expression": (
        measured(agg="max", expr="-sales_amount / unit_quantity"),
        "MAXX ( FILTER ( 'fct_sale_lines', NOT ( ISBLANK ( 'fct_sale_lines'[sales_amount] ) ) && NOT ( ISBLANK ( 'fct_sale_lines'[unit_quantity] ) ) ), "
        "DIVIDE ( -'fct_sale_lines'[sales_amount], 'fct_sale_lines'[unit_quantity] ) )",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FORMULAS)
def test_a_metric_is_a_formula_that_means_the_same(changed, case):
    edit, expected = FORMULAS[case]
    measures = {each.metric: each for each in semantic.read(changed(edit)).measures}
    assert measures["added" if "added" in measures else "gross_sales"].dax == expected
    assert readable(expected)


REFUSED = {
    "a column that is not there": (measured(expr="sales_amnt"), "the metric gross_sales uses the column sales_amnt, which fct_sale_lines does not have"),
    "a type of metric": (add(type="conversion"), "the metric added is of the type conversion"),
    "an aggregate": (measured(agg="percentile"), "the metric gross_sales is a percentile of sales_amount"),
    "a function of SQL": (measured(expr="round(sales_amount)"), "uses ROUND(sales_amount)"),
    "SQL that cannot be read": (measured(expr="sales_amount +"), "has SQL that cannot be read"),
    "a balance for each customer": (measured(non_additive_dimension={"name": "sold_on", "window_choice": "max", "window_groupings": ["customer"]}), "has window_groupings"),
    "a balance that is added up": (lambda manifest: (balance(manifest), add(**cumulative())(manifest)), "adds up a balance over time"),
    "a balance that another metric filters": (
        lambda manifest: (balance(manifest), add(type="derived", type_params={"expr": "a", "metrics": [part("gross_sales", alias="a", filter=where(f"{by('product__brand')} = 'A'"))]})(manifest)),
        "the metric gross_sales is a balance that another metric filters",
    ),
    "days without rows": (add(type_params={"measure": {"name": "sales", "filter": None, "alias": None, "join_to_timespine": True, "fill_nulls_with": 0}}), "fills days without rows"),
    "no measure": (add(type_params={"measure": None}), "the metric added is not made of a measure"),
    "a filter on a time": (add(filter=where("{{ TimeDimension('sale_line__sold_on') }} > 1")), "has a filter with {{ TimeDimension("),
    "a filter over two tables": (add(filter=where(f"{by('product__brand')} = 'A' or {by('customer__age_band')} = 'B'")), "has a filter over several tables"),
    "a filter in words of SQL": (add(filter=where(f"{by('product__brand')} like 'A%'")), "has the condition"),
    "last month's": (add(type="derived", type_params={"expr": "a", "metrics": [part("refunds", alias="a", offset_window={"count": 1})]}), "takes refunds of an earlier time"),
    "the first day of a month": (add(**cumulative(period_agg="first")), "shows the first day of a month or year"),
    "a time that the calendar does not follow": (measured(agg_time_dimension="lost"), "goes by lost, which no active relationship with dim_date follows"),
    "two metrics of one name": (add(label="Net Sales"), "the metrics added and net_sales have the same label"),
    "a type of column": (lambda manifest: manifest["nodes"]["model.lakevault.dim_store"]["columns"]["store_bk"].update(data_type="map<string,string>"), "dim_store.store_bk has the type map<string,string>, which Power BI lacks"),
    "a key of two columns": (lambda manifest: manifest["nodes"]["model.lakevault.fct_web_events"]["constraints"][-1].update(columns=["date_key", "event_type"]), "fct_web_events: the foreign key date_key, event_type to dim_date cannot be a relationship"),
    "no calendar": (lambda manifest: manifest["nodes"]["model.lakevault.dim_date"].update(time_spine=None), "Power BI needs one calendar"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_power_bi_cannot_say_is_refused_by_name(changed, case):
    edit, said = REFUSED[case]
    with pytest.raises(LakevaultError, match=re.escape(said)):
        semantic.read(changed(edit))


def test_a_report_that_shows_a_metric_which_is_gone_is_refused(changed):
    with pytest.raises(
        LakevaultError, match="the page Web shop of the Power BI report shows cart_rate, which there is not"
    ):
        texts(changed(lambda manifest: manifest["metrics"].pop("metric.lakevault.cart_rate")), SERVER)


def test_columns_are_those_of_the_contracts_whatever_a_lake_has_built(project, target, tmp_path):
    shutil.copy(target / "manifest.json", tmp_path)
    store = {"columns": {"shop": {"name": "shop", "type": "string"}}}
    (tmp_path / "catalog.json").write_text(json.dumps({"nodes": {"model.lakevault.dim_store": store}, "sources": {}}))
    assert list(Project(tmp_path).by_name["dim_store"].columns) == ["shop"]
    assert semantic.read(Project(tmp_path, as_built=False)) == semantic.read(project)


def test_a_format_of_its_own_comes_before_the_one_that_is_guessed(changed):
    def edit(manifest: dict) -> None:
        manifest["metrics"]["metric.lakevault.net_sales"]["config"]["meta"] = {"format": "0.000"}
        columns = manifest["nodes"]["model.lakevault.dim_product"]["columns"]
        columns["list_price_amount"]["config"]["meta"] = {"format": "0.0"}

    found = semantic.read(changed(edit))
    formats = {each.metric: each.format for each in found.measures}
    formats |= {column.name: column.format for each in found.tables for column in each.columns}
    assert (formats["net_sales"], formats["list_price_amount"]) == ("0.000", "0.0")
    guessed = [formats[name] for name in ("refunds", "unit_count", "cart_rate", "calendar_year", "valid_from")]
    assert guessed == ["#,##0.00", "#,##0", "0.0%", "0", "yyyy-mm-dd hh:nn:ss"]


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_second_run_writes_the_same_bytes_drops_old_files_and_keeps_what_desktop_loaded(project, tmp_path):
    to = tmp_path / "dashboards" / "powerbi"
    write(to, project, SERVER)
    first = content(to)
    (to / DEFINITION / "tables" / "dim_gone.tmdl").write_text("table dim_gone\n")
    loaded = to / "lakevault.SemanticModel" / ".pbi" / "cache.abf"
    loaded.parent.mkdir()
    loaded.write_bytes(b"rows")
    write(to, project, SERVER)
    assert content(to) == first | {"lakevault.SemanticModel/.pbi/cache.abf": b"rows"}
    assert [path.name for path in to.parent.iterdir()] == ["powerbi"]


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["powerbi", *arguments])
    return done.exit_code, words(done.output)


def test_the_command_writes_a_project_for_the_server_or_for_a_warehouse(target, tmp_path, monkeypatch):
    monkeypatch.setenv("DBT_TARGET_PATH", str(target))
    assert run("--to", str(tmp_path / "local"), "--schema", "release_7")[0] == 0
    warehouse = [
        "--source",
        "databricks",
        "--host",
        "adb-1.2.azuredatabricks.net",
        "--http-path",
        "/sql/1.0/warehouses/a",
    ]
    assert run("--to", str(tmp_path / "cloud"), *warehouse, "--catalog", "lakevault_prod")[0] == 0
    local, cloud = ((tmp_path / name / DEFINITION / "expressions.tmdl").read_text() for name in ("local", "cloud"))
    assert 'expression Schema = "release_7"' in local and "Databricks" not in local
    assert 'expression Schema = "gold_published"' in cloud and "ApacheSpark" not in cloud
    assert 'expression Catalog = "lakevault_prod"' in cloud


@pytest.mark.parametrize(
    ("inside", "arguments", "said"),
    [
        ({"notes.txt": "mine"}, ["--to", "{}/to"], "to holds something else (notes.txt): name a folder"),
        ({"lakevault.pbip": "", "mine.Report": ""}, ["--to", "{}/to"], "to holds something else (mine.Report)"),
        ({"lakevault.Report": ""}, ["--to", "{}/to"], "to holds something else (lakevault.Report)"),
        ({"file": ""}, ["--to", "{}/to/file"], "to/file is a file: name a folder"),
        ({"file": ""}, ["--to", "{}/to/file/below"], "to/file/below cannot be written (Not a directory)"),
        ({}, ["--to", "{}/to", "--source", "databricks"], "name them with --host, --http-path and --catalog"),
    ],
)
def test_bad_input_is_told_in_one_sentence_and_nothing_is_written(
    target, tmp_path, monkeypatch, inside, arguments, said
):
    monkeypatch.setenv("DBT_TARGET_PATH", str(target))
    for name in ("DATABRICKS_HOST", "DATABRICKS_HTTP_PATH", "DATABRICKS_CATALOG"):
        monkeypatch.delenv(name, raising=False)
    to = tmp_path / "to"
    to.mkdir()
    for name, text in inside.items():
        (to / name).write_text(text)
    before = content(tmp_path)
    code, told = run(*(argument.format(tmp_path) for argument in arguments))
    assert (code, said in told) == (1, True), told
    assert content(tmp_path) == before


def test_without_a_manifest_the_command_says_what_to_run(tmp_path, monkeypatch):
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path))
    code, told = run("--to", str(tmp_path / "to"))
    assert (code, "run `dbt parse`" in told) == (1, True)
