"""given a model of the fast lane, when its last day passes, then until then it is built and nothing reads it, and afterwards it is left out."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import PROJECT
from rich.console import Console

from lakevault.develop import check, gate
from lakevault.metadata.artifacts import Project, read_manifest
from lakevault.pipeline import build, dbt_runner, engine_errors
from lakevault.printing import show_build
from lakevault.site import catalogue
from lakevault.site.renderer import Renderer
from tests import embedded

MACROS = ("engine/fast_lane", "engine/generate_schema_name", "versions/as_known_at")
FILE = "models/fast_lane/fast_sales.sql"
SALES = "model.lakevault.fast_sales"
BEGINNING = "{{ fast_lane(owner='promotions', reason='sales are asked for tomorrow', expires='2018-06-30') }}"
OVER = (
    f"{FILE} expired on 2018-06-30 and is left out. Delete it and its .yml, or agree on a later day with its owner, promotions. "
    "It is there because sales are asked for tomorrow."
)
DESCRIBED = """
version: 2
models:
  - name: fast_sales
    description: One row per till line.
    columns:
      - {name: line_bk, description: The line as the till numbers it., data_tests: [unique: {name: fast_sales_key_is_unique}]}
"""
SOURCE = "version: 2\nsources: [{name: pos, schema: bronze, tables: [{name: sale_line}]}]\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes a small project with this one's groups and macro into the working directory: fast_sales, and other models by path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "parsed"))
    monkeypatch.setenv("LAKEVAULT_LAKE", str(tmp_path / "lake"))
    monkeypatch.setattr(dbt_runner, "_parsed", None)

    def write(beginning: str = BEGINNING, others: dict[str, str] | None = None) -> Path:
        embedded.write_project(tmp_path, "lakevault", [], "silver", variables={"now": "2018-01-02 06:00:00"})
        for name in MACROS:
            embedded.write(tmp_path / "macros" / f"{name}.sql", (PROJECT / "macros" / f"{name}.sql").read_text())
        embedded.write(tmp_path / "models" / "_groups.yml", (PROJECT / "models" / "_groups.yml").read_text())
        embedded.write(tmp_path / "models" / "staging" / "_sources.yml", SOURCE)
        embedded.write(tmp_path / FILE, f"{beginning}\nselect line_bk from {{{{ source('pos', 'sale_line') }}}}\n")
        embedded.write((tmp_path / FILE).with_suffix(".yml"), DESCRIBED)
        for path, text in (others or {}).items():
            embedded.write(tmp_path / path, text)
        return tmp_path

    return write


def at(now: str) -> tuple[str, ...]:
    """Options with which the check of a pull request parses the project, at a time."""
    return "--vars", f"{{now: '{now}'}}", "--warn-error-options", check.WARNINGS


def test_until_its_last_day_is_over_it_is_a_private_table_of_its_own_schema_and_the_check_is_content(project):
    node = embedded.parse(project(), *at("2018-06-30 23:59:59")).nodes[SALES]
    assert (node.schema, node.config.materialized, node.access, node.group) == (
        "fast_lane",
        "table",
        "private",
        "promotions",
    )


def test_from_the_day_after_the_check_fails_and_says_which_file_why_it_is_there_and_whom_to_ask(project):
    with pytest.raises(RuntimeError, match=re.escape(OVER)):
        embedded.parse(project(), *at("2018-07-01 00:00:00"))


def test_from_the_day_after_the_build_leaves_it_out_with_its_tests_and_says_so(project, monkeypatch, capsys):
    project()
    # given production, where the day is that of the clock
    monkeypatch.setenv("LAKEVAULT_VARS", "{now: ''}")
    dbt_runner.parse()
    known = Project(Path("parsed"))
    assert ([*known.by_name], known.tests) == (["pos.sale_line"], {})
    assert embedded.invoke(["ls", "--vars", "{now: ''}"], Path.cwd()).result == ["source:lakevault.pos.sale_line"]
    # when Gold is published
    monkeypatch.setattr(dbt_runner, "run", lambda *_: dbt_runner.CommandOutcome())
    report, console = build.Report(), Console(width=400)
    build._publish(report, console, None, [])
    show_build(report, console)
    assert f"warning: {OVER}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("beginning", "lacking"),
    [
        ("{{ fast_lane() }}", ["owner=", "reason=", "expires="]),
        ("{{ fast_lane(owner='vault', reason='sales', expires='June') }}", ["owner=", "expires="]),
    ],
)
def test_what_it_does_not_tell_is_an_error_that_names_the_file_and_what_to_write(project, beginning, lacking):
    with pytest.raises(RuntimeError) as stopped:
        embedded.parse(project(beginning))
    [said] = re.findall(rf"{FILE} begins with fast_lane\(\.\.\.\), which lacks (.*)\.\n", str(stopped.value))
    assert re.findall(r"(\w+=)'<.*?>'", said) == lacking


def test_dbt_refuses_that_a_model_of_another_group_reads_it(project):
    reader = "models/gold/core/dim_sales.sql"
    text = "{{ config(group='core') }}\nselect * from {{ ref('fast_sales') }}\n"
    with pytest.raises(RuntimeError) as stopped:
        embedded.parse(project(others={reader: text}))
    said = f"{reader}:2: fast_sales is in the fast lane, which expires, so nothing may read it"
    assert engine_errors.of_project(str(stopped.value)) == said


def test_the_layer_rules_refuse_that_a_model_of_its_owner_reads_it_and_one_that_has_no_last_day(project):
    reader, endless = "models/gold/promotions/rpt_sales.sql", "models/fast_lane/fast_orders.sql"
    home = project(
        others={
            reader: "{{ config(group='promotions') }}\nselect * from {{ ref('fast_sales') }}\n",
            endless: "select 1 as order_bk\n",
        }
    )
    (home / "dbt-bouncer.yml").symlink_to(PROJECT / "dbt-bouncer.yml")
    dbt_runner.parse()
    found = check._layer_rules()
    assert [said for file, said in found if file == reader and "fast_sales" in said]
    assert [said for file, said in found if file == endless and said.endswith("from the `meta` config: ['fast_lane']")]
    assert not [said for file, said in found if file == FILE and "`meta`" in said]
    # and `make check` and the review say what to write
    manifest = read_manifest(home / "parsed")
    assert gate.wrong(manifest, manifest["nodes"]["model.lakevault.fast_orders"]) == [
        "models/fast_lane/fast_orders.yml is missing: describe the model there",
        f"{endless}: it must begin with {{{{ fast_lane(owner='<a group>', reason='<why>', expires='<its last day>') }}}}",
    ]
    assert gate.wrong(manifest, manifest["nodes"][SALES]) == []


@pytest.mark.parametrize(("broken", "blocks"), [("fast_sales", False), ("fct_sale_lines", True)])
def test_gold_does_not_wait_for_a_model_of_the_fast_lane_that_fails(broken, blocks):
    def node(name: str, folder: str, kind: str = "model", *parents: str) -> SimpleNamespace:
        path = f"models/{folder}/{name}.sql"
        unique_id = f"{kind}.lakevault.{name}"
        return SimpleNamespace(
            unique_id=unique_id, name=name, resource_type=kind, original_file_path=path, depends_on_nodes=[*parents]
        )

    models = {each.name: each for each in (node("fast_sales", "fast_lane"), node("fct_sale_lines", "gold/promotions"))}
    model = models[broken]
    results = [
        SimpleNamespace(node=model, status="error", message="it broke"),
        SimpleNamespace(node=node("a_test", "gold", "test", model.unique_id), status="skipped", message=""),
    ]
    outcome = dbt_runner.outcome_of(results, {each.unique_id: each for each in models.values()})
    assert outcome.blocks is blocks
    # It is told all the same, and built again the next time.
    assert outcome.failures == [f"model {broken}: {model.original_file_path}: it broke"]
    assert outcome.pending == [broken, "a_test"]


def test_the_site_says_on_its_page_in_the_list_and_in_the_catalogue_until_when_why_and_who(project, tmp_path):
    project()
    dbt_runner.parse()
    known = Project(tmp_path / "parsed")
    known.catalog = {"nodes": {}, "sources": {}}
    table = known.by_name["fast_sales"]
    said = "Provisional until 2018-06-30: sales are asked for tomorrow. Owner: Promotion analysts, promotions@lakevault.example."
    content = SimpleNamespace(project=known, test_pages={}, status=None)
    renderer = Renderer(tmp_path / "pages", content)
    state = SimpleNamespace(rows=3, tests={}, deliveries={})
    renderer.render("table.md", "tables/fast_sales.md", table=table, state=state)
    renderer.render(
        "tables.md", "tables/index.md", layers={"Fast lane": [table]}, introductions={}, states={"fast_sales": state}
    )
    catalogue.write(content, tmp_path / "pages" / "catalogue")
    page, list_of_all = ((tmp_path / "pages" / "tables" / f"{name}.md").read_text() for name in ("fast_sales", "index"))
    assert "# fast_sales (provisional)" in page and said in page
    assert f"One row per till line. **{said}**" in list_of_all
    assert (
        f'"description":"{said} One row per till line."'
        in (tmp_path / "pages" / "catalogue" / "index.html").read_text()
    )
