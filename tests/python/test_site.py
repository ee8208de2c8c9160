"""given a built lake, when its site is written, then a stakeholder finds what they need in a browser, from a file system."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path

import markdown
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import PROJECT, Lake
from playwright.sync_api import Browser, Page, sync_playwright

from lakevault.site.answers import readable
from lakevault.site.renderer import plain

PAGES = [
    "index.html",
    "subjects/promotions.html",
    "subjects/core.html",
    "dashboards.html",
    "numbers/promotions.html",
    "numbers/web_shop.html",
    "tables/index.html",
    "tables/fct_sale_lines.html",
    "tables/rpt_promotion_performance.html",
    "tables/sat_customer__crm_contact.html",
    "tables/pos.sale_line.html",
    "quality.html",
    "lineage.html",
    "run-books.html",
    "data-traps.html",
    "glossary.html",
    "decisions/index.html",
]


@pytest.fixture(scope="module")
def site(lake: Lake) -> Path:
    result = lake.run("lakevault", "docs", "--to", str(lake.base / "site"))
    assert result.returncode == 0, result.stdout + result.stderr
    return lake.base / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Debian's, which `make test` installs; elsewhere Playwright's own.
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield found
        found.close()


@dataclass
class Visit:
    """A page in the browser, and what it asked for or complained about."""

    page: Page
    site: Path
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(f"file://{self.site}/{path}")
        return self.page


@pytest.fixture
def visit(browser: Browser, site: Path) -> Iterator[Callable[..., Visit]]:
    contexts = []

    def start(at: Path = site, **options: object) -> Visit:
        context = browser.new_context(**options)
        contexts.append(context)
        found = Visit(context.new_page(), at)
        found.page.on("request", lambda request: found.outside.append(request.url) if _leaves(request.url) else None)
        found.page.on("console", lambda said: found.errors.append(said.text) if said.type == "error" else None)
        found.page.on("pageerror", lambda error: found.errors.append(str(error)))
        return found

    yield start
    for context in contexts:
        context.close()


def _leaves(url: str) -> bool:
    return not url.startswith(("file:", "data:", "blob:", "about:"))


def faults(page: Page) -> list[str]:
    """Rules of WCAG 2.1 AA that the page breaks, each with the first place."""
    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    found = Axe().run(page, options=rules).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['target']} {each['nodes'][0]['failureSummary']}" for each in found]


@pytest.mark.parametrize(
    ("path", "colours"),
    [
        *((path, "light") for path in PAGES),
        *(
            (path, "dark")
            for path in (
                "index.html",
                "numbers/promotions.html",
                "quality.html",
                "tables/rpt_promotion_performance.html",
            )
        ),
    ],
)
def test_a_page_is_accessible_has_no_errors_and_loads_nothing_from_elsewhere(visit, path, colours):
    here = visit(color_scheme=colours, viewport={"width": 1280, "height": 900})
    page = here.open(path)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.wait_for_timeout(100)
    assert here.outside == []
    # Before axe, which asks for files of its own.
    assert here.errors == []
    assert faults(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone(visit, path):
    page = visit(viewport={"width": 360, "height": 740}).open(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_search_finds_a_column_from_a_file_system(visit):
    here = visit()
    page = here.open("index.html")
    page.get_by_placeholder("Search").click()
    page.get_by_placeholder("Search").press_sequentially("unit_quantity")
    page.locator(".md-search-result a[href*='fct_sale_lines.html'][href$='#unit_quantity']").first.click()
    page.wait_for_url("**/tables/fct_sale_lines.html*#unit_quantity")
    assert page.locator("#unit_quantity").is_visible()
    assert here.outside == []


def test_a_click_path_leads_from_a_dashboard_to_the_column_of_a_file(visit):
    page = visit(viewport={"width": 1280, "height": 900}).open("index.html")
    page.get_by_role("article").get_by_role("link", name="dashboards and notebooks").click()
    page.get_by_role("article").get_by_role("link", name="rpt_promotion_performance").first.click()
    page.locator("#attributed_sales_amount ~ details").first.locator("summary").click()
    page.get_by_role("article").get_by_role("link", name="pos.sale_line.sales_value").first.click()
    page.wait_for_url("**/tables/pos.sale_line.html#sales_value")
    assert "column sales_value of the landed file" in page.get_by_role("article").inner_text()


def cells(page: Page, region: str) -> list[list[str]]:
    """The rows of the table in a region, as text."""
    found = page.get_by_role("region", name=region)
    found.wait_for()
    rows = found.locator("tbody tr").all()
    return [[cell.strip() for cell in row.locator("td").all_inner_texts()] for row in rows]


@pytest.fixture(scope="module")
def asked(site: Path, lake: Lake) -> dict[str, tuple[str, dict, dict]]:
    """Each question that the site answers: its table, what the .yml says about all answers there, and about this one."""
    nodes = json.loads((lake.base / "target" / "docs" / "manifest.json").read_text())["nodes"].values()
    found = {
        question: (node["name"], node["meta"]["answers"], sorting)
        for node in nodes
        if "answers" in node.get("meta", {})
        for question, sorting in node["meta"]["answers"]["to"].items()
    }
    assert len(found) >= 5
    return found


def test_every_question_in_bold_leads_in_one_click_to_the_rows_of_its_table_sorted_as_it_asks(visit, lake, asked):
    here = visit(viewport={"width": 1280, "height": 900})
    bold = here.open("index.html").get_by_role("article").locator("td strong a").all_inner_texts()
    assert sorted(bold) == sorted(asked)
    for question, (table, answers, sorting) in asked.items():
        page = here.open("index.html")
        page.get_by_role("article").get_by_role("link", name=question, exact=True).click()
        page.wait_for_url(f"**/tables/{table}.html#*")
        assert page.get_by_role("heading", name=question).is_visible()
        # The rows, by another reader; those that are about few are left out and counted.
        group = f"{answers['group']['column']} >= {answers['group']['minimum']}"
        order = [
            f"{name} nulls last" if name.endswith(" asc") else f"{name} desc nulls last" for name in sorting["sort"]
        ]
        rows = lake.query(
            f"select {', '.join(sorting['columns'])} from t where {group} "
            f"order by {', '.join(order + sorting['columns'])} limit 30",
            t=f"gold.{table}",
        )
        shown = cells(page, question)
        assert rows
        assert shown == [
            [as_shown(readable(value, name)) for value, name in zip(row, sorting["columns"], strict=True)]
            for row in rows
        ]
        [(small,)] = lake.query(f"select count(*) from t where not {group}", t=f"gold.{table}")
        assert (
            f"{small:,} rows with fewer than {answers['group']['minimum']}" in page.get_by_role("article").inner_text()
        )


def as_shown(text: str) -> str:
    """Text as a browser shows it, which makes one blank of several."""
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("response_rate", 0.1234, "12.3%"),
        ("sales_amount", Decimal("-1234.5"), "-1,234.50"),
        ("uplift_amount_per_customer_week", Decimal("8.20"), "8.20"),
        ("targeted_customer_count", 1234, "1,234"),
        ("lift", 63.7049, "63.70"),
        ("p_value", 0.00312, "0.0031"),
        ("baseline_weeks", Decimal("7.6"), "7.6"),
        ("is_overlapping", True, "yes"),
        ("start_date", date(2017, 3, 1), "2017-03-01"),
        ("uplift_missing_reason", None, ""),
    ],
)
def test_a_value_is_written_as_people_write_it(column, value, said):
    assert readable(value, column) == said


def test_numbers_stand_on_the_right_amounts_say_their_currency_and_headings_lead_to_the_meaning(visit, asked):
    page = visit(viewport={"width": 1280, "height": 900}).open("tables/rpt_promotion_performance.html")
    for question in (question for question, (table, *_) in asked.items() if table == "rpt_promotion_performance"):
        region = page.get_by_role("region", name=question)
        links = region.locator("th a").all()
        columns = [link.get_attribute("href").removeprefix("#") for link in links]
        headings = [link.inner_text() for link in links]
        assert [h for h, c in zip(headings, columns, strict=True) if ("amount" in c) != h.endswith(", USD")] == []
        number = columns.index("targeted_customer_count")
        assert headings[number] == "targeted customers"
        cell = region.locator("tbody tr").first.locator("td").nth(number)
        assert cell.evaluate("cell => getComputedStyle(cell).textAlign") == "right"
        links[number].click()
        page.wait_for_url("**#targeted_customer_count")


def test_what_a_table_is_used_by_leads_to_answers_that_exist(visit, asked):
    question, (table, *_) = next(iter(asked.items()))
    page = visit(viewport={"width": 1280, "height": 900}).open(f"tables/{table}.html")
    page.locator("tr", has_text="Used by").get_by_role("link").first.click()
    page.wait_for_url("**/dashboards.html#*")
    # More than one dashboard may answer it.
    page.get_by_role("article").get_by_role("link", name=question).first.click()
    assert cells(page, question)


def test_sales_and_discounts_add_up_as_the_page_of_the_fact_says(visit, lake):
    said = visit().open("tables/fct_sale_lines.html").get_by_role("article").inner_text()
    assert "sales_amount + retail_discount_amount + coupon_match_discount_amount is its regular price" in said
    # given products that were sold with and without a coupon, at one regular price in all lines without
    [(lines, as_said, with_coupon, without_match)] = lake.query(
        """
        with lines as (
            select
                product_hk, quantity, coupon_discount_amount as coupon, coupon_match_discount_amount as matched,
                sales_amount + retail_discount_amount + coupon_match_discount_amount as regular
            from fct inner join dim using (product_sk)
            where quantity > 0
        ),
        prices as (
            select product_hk, min(regular / quantity) as price
            from lines
            where coupon = 0
            group by product_hk
            having max(regular / quantity) - min(regular / quantity) < 0.005
        ),
        compared as (
            select coupon, matched, regular - price * quantity as difference
            from lines inner join prices using (product_hk)
            where coupon > 0 and matched > 0
        )
        select
            count(*), avg((abs(difference) < 0.015)::int), avg((abs(difference + coupon) < 0.015)::int),
            avg((abs(difference - matched) < 0.015)::int)
        from compared
        """,
        fct="gold.fct_sale_lines",
        dim="gold.dim_product",
    )
    # then lines with a coupon have that price as well, and would not if the sums were others
    assert lines > 20
    assert as_said > 0.8
    assert max(with_coupon, without_match) < 0.2


def test_every_data_trap_leads_to_its_model_and_its_test(visit):
    page = visit().open("data-traps.html")
    rows = page.get_by_role("article").locator("tbody tr").all()
    assert len(rows) > 5
    for row in rows:
        assert row.locator("td").nth(1).get_by_role("link").count(), row.inner_text()
        assert row.locator("td").nth(2).get_by_role("link").count(), row.inner_text()


def test_a_chart_is_drawn_from_the_numbers_beside_it_which_are_those_of_the_files(visit, lake):
    page = visit(viewport={"width": 1280, "height": 900}).open("numbers/promotions.html")
    page.locator("#chart-1 svg").wait_for()
    assert page.locator("#chart-1 svg").get_by_text("Net sales").count() == 1
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    shown = {row[0]: row[1] for row in cells(page, "Net sales and discounts by month: the numbers")}
    expected = lake.query(
        """
        select calendar_year_month || '-01', sum(amount)
        from (
            select date_key, sales_amount as amount from lines
            union all
            select date_key, -refund_amount from events
        )
        join days using (date_key)
        where calendar_year_month < '2018'
        group by all
        """,
        lines="gold.fct_sale_lines",
        events="gold.fct_promotion_events",
        days="gold.dim_date",
    )
    assert shown == {month: f"{amount:,.2f}" for month, amount in expected}
    assert len(shown) == 12


def test_the_picture_of_a_table_shows_it_between_its_sources_and_its_dashboards_and_leads_to_both(visit):
    page = visit(viewport={"width": 1280, "height": 900}).open("tables/fct_sale_lines.html")
    picture = page.locator("svg.lineage")
    subject = picture.locator("rect.subject")
    assert subject.count() == 1
    # It is in view without scrolling aside.
    box, view = subject.bounding_box(), picture.locator("..").bounding_box()
    assert view["x"] <= box["x"] and box["x"] + box["width"] <= view["x"] + view["width"] + 1
    names = picture.locator("a text").all_text_contents()
    assert {
        "pos.sale_line",
        "nh_link_sale_line",
        "dim_product",
        "rpt_promotion_performance",
        "Promotion review",
    } <= set(names)
    assert not [name for name in names if name.startswith(("stg_", "hstg_", "lakevault."))]
    picture.locator("a", has_text="nh_link_sale_line").click()
    assert page.locator("h1").first.text_content().startswith("nh_link_sale_line")


def test_a_table_of_the_fast_lane_is_marked_as_provisional_on_its_page_and_in_the_search(visit, lake):
    nodes = json.loads((lake.base / "target" / "docs" / "manifest.json").read_text())["nodes"].values()
    found = {node["name"]: node["config"]["meta"]["fast_lane"] for node in nodes if node["schema"] == "fast_lane"}
    if not found:
        pytest.skip("the fast lane is empty")
    name, terms = next(iter(found.items()))
    page = visit().open(f"tables/{name}.html")
    told = page.locator(".admonition.warning").inner_text()
    assert f"Provisional until {terms['expires']}: {terms['reason']}. Owner: " in told
    assert faults(page) == []
    page.get_by_placeholder("Search").click()
    page.get_by_placeholder("Search").press_sequentially(name)
    page.locator(".md-search-result h1", has_text=f"{name} (provisional)").first.wait_for()


def test_origins_open_by_keyboard(visit):
    page = visit().open("tables/fct_sale_lines.html")
    details = page.locator("#unit_quantity ~ details").first
    details.locator("summary").focus()
    page.keyboard.press("Enter")
    assert details.get_by_role("link", name="erp.product.product_type").is_visible()


def test_numbers_on_the_quality_page_are_those_of_the_lake_and_of_dbt(visit, lake):
    page = visit().open("quality.html")
    rows = dict(
        (row.locator("td").nth(0).inner_text(), row.locator("td").nth(3).inner_text().replace(",", ""))
        for row in page.locator("[aria-label='State of each table'] tbody tr").all()
    )
    for name, table in (("fct_sale_lines", "gold.fct_sale_lines"), ("hub_product", "silver.hub_product")):
        assert [(int(rows[name]),)] == lake.query("select count(*) from t", t=table)
    [(bronze,)] = lake.query("select count(*) from t", t="bronze.pos_sale_line")
    assert rows["pos.sale_line"] == str(bronze)
    # A test's state is that of the last of dbt's runs that ran it, whichever that was.
    runs = [json.loads(line) for line in (lake.base / "history" / "runs.jsonl").read_text().splitlines()]
    last = {test: status for run in runs for test, (status, *_) in run["results"].items()}
    known = json.loads((lake.base / "target" / "manifest.json").read_text())["nodes"]
    passed = sum(status == "pass" and test.startswith("test.") and test in known for test, status in last.items())
    assert passed > 200
    assert f"{passed} passed, 0 warned, 0 failed" in page.get_by_role("article").inner_text()
    assert page.locator("#verdict").get_attribute("class") == "verdict ok"


def test_a_page_that_is_not_renewed_says_so(visit):
    here = visit()
    page = here.open("quality.html")
    assert page.locator("#stale").is_hidden()
    looked = page.locator("#looked").get_attribute("datetime")
    here.page.clock.install(time=looked)
    here.page.clock.fast_forward(27 * 3600 * 1000)
    assert here.open("quality.html").locator("#stale").is_visible()


# Of dbt's own page, which is not ours to fix: rules that it breaks.
CATALOGUE_FAULTS = {"color-contrast", "meta-viewport", "scrollable-region-focusable"}


def test_the_catalogue_opens_without_a_server_and_shows_the_sql_of_a_vault_model_as_it_ran(visit, lake):
    here = visit(viewport={"width": 1280, "height": 900})
    page = here.open("catalogue/index.html#!/model/model.lakevault.hub_product")
    page.get_by_text("Compiled", exact=True).first.click()
    assert "from silver.hstg_erp__product" in page.locator("code.language-sql:visible").inner_text()
    # Long names are split over two elements.
    tree = {re.sub(r"\s", "", text) for text in page.locator("a.menu-tree").all_text_contents()}
    assert "automate_dv_spark" in tree
    assert not tree & {"automate_dv", "dbt_expectations", "dbt_spark"}
    [(rows,)] = lake.query("select count(*) from t", t="silver.hub_product")
    assert f"{rows:,}" in page.locator(".details, dl, .panel").first.inner_text()
    assert here.outside == []
    assert {fault.split(":")[0] for fault in faults(page)} <= CATALOGUE_FAULTS


NASTY = {
    "a script": "<script>alert(1)</script>",
    "a picture": "<img src=x onerror=alert(1)>",
    "a link": "[here](javascript:alert(1))",
    "attributes": "word { onclick=alert(1) }",
    "very long": "x" * 10_000,
    "a heading": "# not a heading",
    "a list": "1. not a list",
    "another list": "- not a list",
    "a box": "!!! note",
    "backslashes": "C:\\new\\folder",
    "stars and underscores": "2 * 3 * 4, _a_ snake_case_name *b*",
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_a_description_is_shown_as_text_and_is_never_markup(text):
    html = markdown.markdown(plain(text), extensions=["admonition", "attr_list", "tables"])
    shown = unescape(re.sub(r"<[^>]+>", "", html)).replace("\u200b", "")
    assert shown == text
    assert not re.search(r"<(script|img|a|em|strong|h1|ol|ul|div)\b|<p [^>]*on", html)


def test_a_dead_link_fails_the_build_and_leaves_the_site_as_it_was(site, lake, tmp_path):
    for name in ("models", "docs"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    for name in ("dbt_project.yml", "mkdocs.yml"):
        shutil.copy(PROJECT / name, tmp_path)
    (tmp_path / "docs" / "glossary.md").open("a").write("\nSee [this](nowhere.md) and [that](quarantine.md#nothing).\n")
    before = (site / "glossary.html").read_bytes()
    result = Lake(lake.base, project=tmp_path).run("lakevault", "docs", "--fast", "--to", str(site))
    assert result.returncode == 1
    assert "nowhere.md" in result.stdout
    assert "#nothing" in result.stdout
    assert (site / "glossary.html").read_bytes() == before


def test_no_personal_data_reaches_gold_or_the_pages(site, lake):
    people = lake.query(
        "select distinct email, phone from t where email is not null", t="silver.sat_customer__crm_contact"
    )
    assert people
    files = [path for kind in ("html", "js", "json") for path in site.rglob(f"*.{kind}")]
    text = "".join(path.read_text() for path in files)
    assert not [person for person in people if person[0] in text or person[1] in text]
    personal = re.findall(
        r'href="tables/([\w.]+)\.html', (site / "lineage.html").read_text().split('id="personal-data"')[1]
    )
    assert {"crm.customer", "sat_customer__crm_contact"} <= set(personal)
    assert not [table for table in personal if table.startswith(("dim_", "fct_", "rpt_", "fast_"))]


def test_an_answer_never_shows_a_column_that_is_or_may_be_personal_data(visit, asked, lake, tmp_path):
    # given an answer that shows the type of a campaign, when that is marked as personal data at its source
    question, (table, *_) = next((q, found) for q, found in asked.items() if "campaign_type" in found[2]["columns"])
    with lake.borrowed():
        path = lake.base / "target" / "docs" / "manifest.json"
        manifest = json.loads(path.read_text())
        column = manifest["sources"]["source.lakevault.marketing.campaign"]["columns"]["campaign_type"]
        column["config"]["meta"] = {"personal_data": "indirect"}
        path.write_text(json.dumps(manifest))
        written = lake.run("lakevault", "docs", "--fast", "--to", str(tmp_path / "site"))
    assert written.returncode == 0, written.stdout
    # then the other columns are shown, and the page says which one is not
    page = visit(tmp_path / "site").open(f"tables/{table}.html")
    region = page.get_by_role("region", name=question)
    assert cells(page, question)
    assert "campaign type" not in region.inner_text()
    assert "Type A" not in region.inner_text()
    assert "because it is or may be personal data: campaign_type" in page.get_by_role("article").inner_text()


def test_every_column_of_gold_and_of_the_vault_is_described(site, lake):
    artifacts = lake.base / "target" / "docs"
    manifest, catalog = (json.loads((artifacts / f"{name}.json").read_text()) for name in ("manifest", "catalog"))
    poor = []
    for node in manifest["nodes"].values():
        path = node["original_file_path"]
        if (
            node["resource_type"] not in {"model", "snapshot"}
            or "/hashed_stage/" in path
            or path.startswith("models/staging")
        ):
            continue
        described = {name.lower(): column["description"] for name, column in node["columns"].items()}
        texts = {
            column.lower(): described.get(column.lower(), "")
            for column in catalog["nodes"][node["unique_id"]]["columns"]
        }
        texts[""] = node["description"]
        for column, text in texts.items():
            if len(text.split()) < 5 or text.strip(" .").lower().replace(" ", "_") == column:
                poor.append(f"{node['name']}.{column}")
    assert poor == []


def test_every_test_says_what_it_means_and_who_fixes_it(site, lake):
    from lakevault.metadata.artifacts import Project

    tests = Project(lake.base / "target" / "docs").tests.values()
    assert len(tests) > 200
    assert [test.name for test in tests if len(test.description.split()) < 3 or "@" not in test.owner.email] == []
    assert [
        test.name for test in tests if test.name.startswith(("dbt_expectations_", "relationships_", "source_"))
    ] == []
    alone = [test for test in tests if not test.kind or test.kind.endswith("is_sound")]
    assert [test.name for test in alone if not test.run_book] == []


def test_a_feed_that_stops_turns_the_page_red_within_one_run(site, visit, lake, tmp_path):
    # given a page on which all is well, and tills that have sent no sale for two days; all others may be silent for longer
    assert visit().open("quality.html").locator("#verdict").get_attribute("class") == "verdict ok"
    # when the page is renewed
    red = tmp_path / "site"
    written = lake.run("lakevault", "docs", "--fast", "--now", "2018-01-04 06:00:00", "--to", str(red))
    assert written.returncode == 0, written.stdout
    # then it is red, for that feed alone, and says since when
    page = visit(red).open("quality.html")
    assert page.locator("#verdict").get_attribute("class") == "verdict late"
    rows = {
        row.locator("td").first.inner_text(): row for row in page.locator("[aria-label^='Freshness'] tbody tr").all()
    }
    assert (
        "late: nothing has landed for 51 hours, and the limit is 48 hours"
        in rows["pos.sale_line"].locator("td").nth(1).inner_text()
    )
    assert [name for name, row in rows.items() if row.locator("td .late").count()] == ["pos.sale_line"]
    [told] = page.locator(".troubles li").all_inner_texts()
    assert told.startswith("late: pos.sale_line since 2018-01-04 03:00: nothing has landed for")
    # and what is made of that feed says so on its own page
    report = visit(red).open("tables/rpt_promotion_performance.html").get_by_role("article")
    assert "late: pos.sale_line: nothing has landed for" in report.inner_text()
    assert "Ages are measured against 2018-01-04 06:00, not against today" in page.get_by_role("article").inner_text()
    assert "](" not in page.get_by_role("article").inner_text()
    assert faults(page) == []
