"""The documentation, lineage and quality site: pages written from dbt's artifacts and the history, built by MkDocs."""

import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2

from lakevault.errors import LakevaultError
from lakevault.feeds import read_feeds
from lakevault.lake import ledger
from lakevault.metadata.artifacts import ALL_LAYERS, Exposure, Project, Table, Test, first_sentence
from lakevault.metadata.lineage import Lineage, Place, personal, trace
from lakevault.monitoring import history
from lakevault.monitoring.status import LAYERS as AGES
from lakevault.monitoring.status import FeedStatus, Status, Trouble, look
from lakevault.paths import lake_dir, project_dir, target_dir
from lakevault.site import svg

# Facts about a Gold table that its .yml gives under meta, in the order of the page.
FACTS = {
    "includes": "Includes",
    "excludes": "Leaves out",
    "reconciles_with": "Reconciles with",
    "caveats": "Mind",
}
# What each layer is, in the order of the pages.
INTRODUCTION = {
    "Gold": "What people should use: dimensions, facts and reports with fixed columns and types.",
    "Snapshots": "Versions of what Gold's dimensions show: when it was true, and when it was known.",
    "Query assistance": "Points in time and bridges over the vault, for fast questions about a day.",
    "Business vault": "The first rules: versions in applied time, and which promotion explains a till line.",
    "Raw vault": "Hubs, links and satellites: all that was ever delivered, insert-only, without a rule.",
    "Hashed stage": "What the vault has not loaded yet, with its hash keys. Empty when all is loaded.",
    "Staged": "Bronze with types and the names of the business.",
    "Bronze": "Feeds as they were delivered, and what the ingestion notes about its work.",
    "Code lists": "Small lists kept in the project.",
}
STATES = {"passed": "ok", "warned": "warned", "failed": "late", "not run": "unknown"}


def build(to: Path, generate: Callable[[Path], None] | None, moment: datetime | None = None) -> Status:
    """Write the site.

    Args:
        to: folder of the site; what was there before is replaced once the new site is whole.
        generate: makes dbt's artifacts in a folder; none to take those of the last time.
        moment: what ages are measured against; by default var now.

    Returns:
        The look at the lake that the pages show.

    Raises:
        LakevaultError: artifacts are missing, or a page has a dead link.
    """
    artifacts = target_dir() / "docs"
    if generate:
        generate(artifacts)
    elif not (artifacts / "catalog.json").is_file():
        raise LakevaultError("there is no catalogue yet: run `make docs` once before `lakevault docs --fast`.")
    project = Project(artifacts)
    status = look(moment, project)
    pages = target_dir() / "pages"
    shutil.rmtree(pages, ignore_errors=True)
    subjects = _Pages(project, status, trace(project), pages).write()
    _catalogue(project, status, pages / "catalogue")
    (pages / "status.json").write_text(status.model_dump_json(indent=1))
    _mkdocs(pages, to, subjects)
    return status


class _Pages:
    def __init__(self, project: Project, status: Status, lineage: Lineage, pages: Path) -> None:
        self._project, self._status, self._lineage, self._to = project, status, lineage, pages
        self._feeds = read_feeds(project_dir() / "models")
        self._tables = {table.table: table for table in status.tables}
        self._freshness = {feed.feed: feed for feed in status.feeds}
        self._personal = personal(project, lineage)
        self._tests = {test.test: test for test in status.tests}
        self._names = re.compile(
            r"(?<![\[`])`(" + "|".join(re.escape(name) for name in [*project.by_name, *self._test_links]) + r")`(?!`)"
        )
        # In descriptions, names of tables stand bare.
        bare = re.compile(r"(?<![\w`.])(" + "|".join(map(re.escape, project.by_name)) + r")(?![\w`]|\.\w)")
        self._jinja = jinja2.Environment(
            loader=jinja2.PackageLoader("lakevault.site"),
            autoescape=False,
            undefined=jinja2.ChainableUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.filters |= {
            "text": lambda value: bare.sub(r"`\1`", _text(value)),
            "cell": lambda value: _text(value).replace("|", "\\|"),
            "first_sentence": first_sentence,
            "words": lambda name: name.replace("_", " "),
            "moment": lambda value: f'<span class="nowrap">{value:%Y-%m-%d %H:%M}</span>' if value else "",
            "count": lambda value: "" if value is None else f"{value:,}",
            "seconds": lambda value: "" if value is None else f"{value:.1f}",
            "state": lambda value: f'<span class="late">{value}</span>' if value == "failed" else value,
        }

    def write(self) -> dict[str, str]:
        """All pages: those kept in docs/, and those made from the artifacts; the subjects' titles and pages."""
        self._copy_docs()
        assets = Path(__file__).parent / "templates" / "assets"
        shutil.copytree(assets, self._to / "assets")
        subjects = self._subjects()
        verdict = self._verdict()
        self._render("index.md", "index.md", subjects=subjects, road=self._road(), verdict=verdict)
        for subject in subjects:
            self._subject(subject)
        self._render(
            "dashboards.md",
            "dashboards.md",
            verdict=verdict,
            exposures=self._project.exposures,
            freshness={exposure.name: self._fresh(exposure) for exposure in self._project.exposures},
        )
        layers = {layer: [t for t in self._project.tables.values() if t.layer == layer] for layer in INTRODUCTION}
        self._render(
            "tables.md",
            "tables/index.md",
            layers={layer: tables for layer, tables in layers.items() if tables},
            introduction=INTRODUCTION,
            rows={name: self._rows(name) for name in self._tables},
            tests={name: self._counted(name) for name in self._tables},
        )
        landed = {row["load_id"]: row["load_dts"][:16] for row in ledger.read(lake_dir())}
        for table in self._project.tables.values():
            added = self._tables[table.name].deliveries
            self._table(table, [{"load_id": i, "landed": landed[i], "rows": f"{n:,}"} for i, n in added.items()])
        self._quality(verdict)
        self._run_books()
        self._lineage_page()
        return {subject["title"]: f"subjects/{subject['name']}.md" for subject in subjects}

    def _render(self, template: str, to: str, **values: Any) -> None:
        path = self._to / to
        path.parent.mkdir(parents=True, exist_ok=True)
        text = self._jinja.get_template(f"{template}.jinja").render(facts=FACTS, status=self._status, **values)
        path.write_text(self._linked(text, to))

    def _copy_docs(self) -> None:
        docs = project_dir() / "docs"
        for path in sorted(docs.rglob("*.md")):
            relative = path.relative_to(docs)
            (self._to / relative).parent.mkdir(parents=True, exist_ok=True)
            text = re.sub(r"\[([^]]+)\]\((\.\./[^)]+)\)", self._only_inside(docs, path), path.read_text())
            (self._to / relative).write_text(self._linked(text, relative.as_posix()))
        decisions = [
            {"file": path.name, "title": path.read_text().split("\n", 1)[0].lstrip("# ")}
            for path in sorted((docs / "decisions").glob("*.md"))
        ]
        self._render("decisions.md", "decisions/index.md", decisions=decisions)

    @staticmethod
    def _only_inside(docs: Path, page: Path) -> Callable[[re.Match[str]], str]:
        """A link to a file of the project that is no page becomes its path."""

        def localised(link: re.Match[str]) -> str:
            target = (page.parent / link[2].split("#")[0]).resolve()
            if docs.resolve() in target.parents:
                return link[0]
            return f"{link[1]} (`{target.relative_to(project_dir().resolve())}`)"

        return localised

    @cached_property
    def _test_links(self) -> dict[str, str]:
        """Page and anchor of each test by name."""
        return {
            test.name: f"tables/{test.table}.md#"
            + (test.column if test.column in self._project.by_name[test.table].columns else "tests-of-the-table")
            for test in self._project.tests.values()
            if test.table
        }

    def _linked(self, text: str, page: str) -> str:
        """Names of tables and tests in code style become links, outside of code blocks."""
        up = "../" * page.count("/")
        tests = self._test_links
        own = Path(page).stem

        def link(match: re.Match[str]) -> str:
            name = match[1]
            if name == own:
                return match[0]
            return f"[`{name}`]({up}{tests.get(name, f'tables/{name}.md')})"

        fenced = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
        return "".join(
            part
            if i % 2
            else "\n".join(s if s.startswith(("    ", "#")) else self._names.sub(link, s) for s in part.split("\n"))
            for i, part in enumerate(fenced)
        )

    def _subjects(self) -> list[dict[str, Any]]:
        gold = sorted(
            (table for table in self._project.tables.values() if table.layer == "Gold"),
            # The subjects before what they share; reports before facts before dimensions.
            key=lambda table: (
                table.subject == "core",
                table.subject,
                -"dim_ brg_ fct_ ftr_ rpt_".find(table.name[:4]),
            ),
        )
        return [
            {
                "name": name,
                "title": name.capitalize() if name != "core" else "Shared dimensions",
                "tables": list(tables),
            }
            for name, tables in groupby(gold, key=lambda table: table.subject)
        ]

    def _subject(self, subject: dict[str, Any]) -> None:
        inside = {table.name for table in subject["tables"]}
        joins = []
        for test in self._project.tests.values():
            others = [name for name in test.tables if name != test.table]
            if test.kind == "relationships" and test.table in inside and others and test.column:
                joins.append((test.table, test.column, others[0]))
        joins = sorted({join for join in joins if self._project.by_name[join[2]].layer == "Gold"})
        lefts = [table.name for table in subject["tables"] if any(join[0] == table.name for join in joins)]
        rights = sorted({join[2] for join in joins} - set(lefts)) or sorted(inside - set(lefts))
        diagram = svg.star(
            [self._box(name, [column for left, column, _ in joins if left == name]) for name in lefts],
            [self._box(name, self._key(name, joins)) for name in rights],
            [join for join in joins if join[2] in rights],
            f"How the tables of {subject['title'].lower()} join",
        )
        self._render(
            "subject.md",
            f"subjects/{subject['name']}.md",
            subject=subject,
            owners=", ".join(sorted({f"{t.owner.name} <{t.owner.email}>" for t in subject["tables"]})),
            exposures=[e for e in self._project.exposures if inside & set(e.tables)],
            diagram=diagram,
        )

    def _box(self, name: str, columns: list[str]) -> svg.Box:
        return svg.Box(name, f"../tables/{name}.html", tuple(columns))

    def _key(self, name: str, joins: list[tuple[str, str, str]]) -> list[str]:
        """The column that others point to; for a table that nothing points to, its first one."""
        pointed = {column for _, column, to in joins if to == name}
        columns = self._project.by_name[name].columns
        return sorted(column for column in columns if column in pointed) or list(columns)[:1]

    def _road(self) -> list[dict[str, str]]:
        texts = {
            "Bronze": "as received, text, with file and delivery",
            "Raw vault": "hubs, links, satellites; insert-only",
            "Business vault": "versions and the first rules",
            "Gold": "dimensions, facts, reports",
        }
        files = sum(row["status"] == "loaded" for row in ledger.read(lake_dir()))
        stops = [{"title": "Landed files", "text": "as the sources send them", "count": f"{files:,} files"}]
        for layer, text in texts.items():
            tables = [table for table in self._status.tables if table.layer == layer]
            rows = sum(table.rows or 0 for table in tables)
            # The catalogue has no colour for sources; theirs is that of the views on them.
            shown = "Staged" if layer == "Bronze" else layer
            colour = next(table.colour for table in self._project.tables.values() if table.layer == shown)
            stops.append(
                {"title": layer, "text": text, "count": f"{len(tables)} tables, {rows:,} rows", "colour": colour}
            )
        stops.append(
            {"title": "Dashboards", "text": "and notebooks", "count": f"{len(self._project.exposures)} of them"}
        )
        return stops

    def _verdict(self) -> str:
        late = [feed.feed for feed in self._status.feeds if feed.late]
        failed, passed, unknown = (self._status.count(state) for state in ("failed", "passed", "not run"))
        broken = len(self._status.troubles([Trouble.failed])) - failed
        said = [
            f"{len(late)} of {len(self._status.feeds)} feeds late"
            if late
            else f"all {len(self._status.feeds)} feeds in time",
            f"{failed} tests failed" if failed else f"{passed} tests passed",
        ]
        if unknown:
            said.append(f"{unknown} not run yet")
        if broken:
            said.append(f"{broken} tables not built")
        text = "; ".join(said)
        css = "late" if late or failed or broken else "unsure" if unknown or self._status.is_before_its_data else "ok"
        looked = self._status.generated_at
        owner = next(iter(self._project.tables.values())).owner
        note = (
            " Ages are measured against a moment before the newest landing: LAKEVAULT_NOW is not set."
            if self._status.is_before_its_data
            else ""
        )
        return (
            '<div class="verdict late" id="stale" role="alert" hidden>This page is stale: nothing has been measured for more '
            f"than 26 hours. What it says may no longer hold; ask {owner.name}, {owner.email}.</div>\n"
            f'<div class="verdict {css}" id="verdict"><strong>{text[0].upper()}{text[1:]}.</strong> '
            f"Delivery {self._status.load_id}, looked at "
            f'<time id="looked" datetime="{looked.isoformat()}Z">{looked:%Y-%m-%d %H:%M}</time> UTC.{note}</div>'
        )

    def _rows(self, name: str) -> str:
        rows = self._tables[name].rows
        return "a view" if rows is None else f"{rows:,}"

    def _counted(self, name: str) -> str:
        counts = self._tables[name].tests
        said = [f'<span class="{STATES[state]}">{count} {state}</span>' for state, count in counts.items() if count]
        return ", ".join(said) or "none"

    def _age(self, feed: FeedStatus, layer: str) -> str:
        age = feed.ages.get(layer)
        if age is None:
            return ""
        if age.at is None or age.hours is None:
            return '<span class="late">never</span>' if age.late else "never"
        old = f"{age.hours:,.0f} h" if abs(age.hours) < 72 else f"{age.hours / 24:,.0f} days"
        if age.late:
            return f'<span class="late">{old}, late since {age.since:%Y-%m-%d %H:%M}</span>'
        return f'<span title="{age.at:%Y-%m-%d %H:%M}">{old}</span>'

    def _agreed(self, feed: FeedStatus) -> str:
        limit, event = feed.ages["landed"].limit_hours, feed.ages.get("event")
        said = f"{limit:g} h" if limit else "no limit"
        return f"{said}; event {event.limit_hours:g} h" if event and event.limit_hours else said

    def _fresh(self, exposure: Exposure) -> str:
        """Whether all feeds above a dashboard are in time."""
        above = {
            feed
            for feed in self._freshness
            if self._project.downstream(self._project.by_name[feed].id)
            & {self._project.by_name[name].id for name in exposure.tables}
        }
        late = sorted(feed for feed in above if self._freshness[feed].late)
        if late:
            return f'<span class="late">late: {", ".join(late)}</span>'
        return f'<span class="ok">all {len(above)} feeds above it are in time</span>'

    def _table(self, table: Table, added: list[dict[str, Any]]) -> None:
        tests = [test for test in self._project.tests.values() if test.table == table.name]
        by_column: dict[str | None, list[Test]] = {}
        for test in tests:
            by_column.setdefault(test.column if test.column in table.columns else None, []).append(test)
        feed = self._feeds.get(table.name)
        self._render(
            "table.md",
            f"tables/{table.name}.md",
            table=table,
            feed=feed,
            freshness=self._feed_freshness(table.name) if feed else "",
            rows=self._rows(table.name),
            tests=self._counted(table.name),
            parents=sorted(self._project.tables[i].name for i in table.parents if i in self._project.tables),
            children=sorted(child.name for child in self._project.children(table.id)),
            exposures=[exposure for exposure in self._project.exposures if table.name in exposure.tables],
            catalogue=f"../catalogue/index.html#!/{table.kind}/{table.id}",
            added=added,
            untraced=self._lineage.untraced.get(table.name, ""),
            columns=[self._column(table, name, by_column.get(name, [])) for name in table.columns],
            table_tests=[self._told(test) for test in by_column.get(None, [])],
            unit_tests=[
                test
                for test in self._project.unit_tests
                if table.id in test["depends_on"]["nodes"] and test["model"] == table.name.split(".")[0]
            ],
        )

    def _feed_freshness(self, name: str) -> str:
        feed = self._freshness[name]
        ages = [f"{layer} {self._age(feed, layer)}" for layer in AGES if layer in feed.ages]
        return f"{', '.join(ages)}; agreed {self._agreed(feed)}"

    def _column(self, table: Table, name: str, tests: list[Test]) -> dict[str, Any]:
        place = (table.name, name)
        column = table.columns[name]
        ends = self._ends(place)
        return {
            "name": name,
            "type": column.type,
            "description": column.description,
            "personal": place in self._personal,
            "tree": self._tree(place) if place in self._lineage.origins else "",
            "short": ", ".join(ends[:3]) + (f" and {len(ends) - 3} more" if len(ends) > 3 else ""),
            "note": self._lineage.notes.get(place, ""),
            "uses": self._lineage.uses(place),
            "tests": [self._told(test) for test in tests],
        }

    def _told(self, test: Test) -> str:
        state = self._tests[test.name]
        failures = f", {state.failures} rows" if state.failures else ""
        book = f" [What to do](../run-books.md#{test.run_book_of})." if test.run_book else ""
        return (
            f'<span class="{STATES[state.state]}">{state.state}{failures}</span> **{_text(test.sentence)}**: '
            f"{_text(test.description)}{book}"
        )

    def _ends(self, place: Place) -> list[str]:
        """Where a column's road ends: columns of files and code lists."""
        return sorted(
            f"{table}.{column}" for table, column in self._lineage.sources(place) if self._is_end((table, column))
        )

    def _is_end(self, place: Place) -> bool:
        return self._project.by_name[place[0]].kind in {"source", "seed"}

    def _tree(self, place: Place) -> str:
        """A nested list of origins down to the files; what was shown above is not shown again."""
        lines: list[str] = []
        shown: set[Place] = set()

        def grow(at: Place, depth: int) -> None:
            for origin in self._lineage.origins.get(at, []):
                table, column = origin
                note = f": {self._lineage.notes[origin]}" if origin in self._lineage.notes else ""
                again = origin in shown and self._lineage.origins.get(origin)
                lines.append(
                    f"{'    ' * depth}- [{table}.{column}]({table}.md#{column}){', as above' if again else ''}{note}"
                )
                if not again:
                    shown.add(origin)
                    grow(origin, depth + 1)

        grow(place, 0)
        return "\n".join(lines)

    def _quality(self, verdict: str) -> None:
        seen = list(history.looks())[-40:]
        feeds = []
        for feed in self._status.feeds:
            cells = {}
            for layer in AGES:
                values = [look["ages"].get(feed.feed, {}).get(layer) for look in seen]
                limit = feed.ages[layer].limit_hours if layer in feed.ages else None
                line = svg.line(values, limit, f"{feed.feed}, {layer}: age in hours at the last looks")
                cells[layer] = f"{self._age(feed, layer)}<br>{line}" if line else self._age(feed, layer)
            feeds.append({"feed": feed.feed, "owner": feed.owner, **cells, "agreed": self._agreed(feed)})
        links = self._test_links
        sentences = {test.name: test.sentence for test in self._project.tests.values()}
        failing = [
            {**test.model_dump(), "link": f"[{_text(sentences[test.test])}]({links.get(test.test, 'run-books.md')})"}
            for test in self._status.tests
            if test.state in {"failed", "warned"}
        ]
        status = self._status
        files, records = status.quarantined_files, status.quarantined_records
        since = f", the oldest since {status.quarantined_since:%Y-%m-%d %H:%M}" if status.quarantined_since else ""
        order = {layer: i for i, layer in enumerate(INTRODUCTION)}
        self._render(
            "quality.md",
            "quality.md",
            verdict=verdict,
            troubles=status.troubles([Trouble.late, Trouble.failed]),
            feeds=feeds,
            failing=failing,
            passed=status.count("passed"),
            warned=status.count("warned"),
            failed=status.count("failed"),
            not_run=status.count("not run"),
            quarantine=f"{files} files and {records} records{since}."
            if files or records
            else "Nothing is in quarantine.",
            tables=sorted(status.tables, key=lambda table: (order.get(table.layer, 99), table.table)),
            runs=[self._run(run) for run in reversed(list(history.runs())[-15:])],
        )

    def _run(self, run: dict[str, Any]) -> dict[str, Any]:
        tests = [result[0] for node_id, result in run["results"].items() if node_id.startswith("test.")]
        states = [result[0] for result in run["results"].values()]
        return {
            "at": run["at"][:16].replace("T", " "),
            "command": run["command"],
            "built": states.count("success"),
            "passed": tests.count("pass"),
            "failed": sum(state in {"fail", "error"} for state in states),
            "skipped": states.count("skipped"),
            "seconds": f"{sum(result[1] for result in run['results'].values()):.0f}",
        }

    def _run_books(self) -> None:
        tests = sorted((t for t in self._project.tests.values() if t.run_book), key=lambda t: (t.run_book_of, t.name))
        books = []
        links = self._test_links
        for anchor, group in groupby(tests, key=lambda test: test.run_book_of):
            members = list(group)
            alone = members[0].name == anchor
            books.append(
                {
                    "anchor": anchor,
                    "title": members[0].sentence if alone else anchor.replace("_", " "),
                    "description": members[0].description,
                    "owners": ", ".join(sorted({f"{t.owner.name} <{t.owner.email}>" for t in members})),
                    "steps": members[0].run_book,
                    "tests": [
                        {"sentence": test.sentence, "page": links[test.name]} for test in members if test.name in links
                    ],
                    "alone": alone,
                }
            )
        self._render("run-books.md", "run-books.md", books=sorted(books, key=lambda book: book["title"]))

    def _lineage_page(self) -> None:
        gold = [
            {"table": table.name, "column": column, "ends": self._ends_told((table.name, column))}
            for table in self._project.tables.values()
            if table.layer == "Gold"
            for column in table.columns
        ]
        personal_places = sorted(
            self._personal, key=lambda place: (ALL_LAYERS.index(self._project.by_name[place[0]].layer), place)
        )
        self._render(
            "lineage.md",
            "lineage.md",
            gold=gold,
            total=sum(len(table.columns) for table in self._project.tables.values()),
            lost=sorted(self._lineage.lost),
            personal=[
                {"table": table, "column": column, "ends": self._ends_told((table, column)) or "marked by its source"}
                for table, column in personal_places
            ],
        )

    def _ends_told(self, place: Place) -> str:
        ends = [end for end in self._lineage.sources(place) if self._is_end(end)]
        told = [f"[{table}.{column}](tables/{table}.md#{column})" for table, column in sorted(ends)]
        return ", ".join(told) or self._lineage.notes.get(place, "made here: a constant, or counted")


def _text(value: str) -> str:
    """Text of a description as Markdown that shows it and does nothing else; words in backticks stay code."""
    escaped = escape(" ".join(value.split()), quote=False)
    parts = escaped.split("`")
    for i in range(0, len(parts), 2):
        part = parts[i].replace("\\", "\\\\")
        part = re.sub(r"(?<!\w)([*_])|([*_])(?!\w)", r"\\\1\2", part).replace("[", "\\[").replace("{", "&#123;")
        parts[i] = part
    # What would begin a heading, a list, a box or a quotation.
    return re.sub(r"^([#+\-!?>]|\d+(?=\.))", r"&#8203;\1", "`".join(parts))


def _catalogue(project: Project, status: Status, to: Path) -> None:
    """dbt's own page with its data inside, so that it opens without a server; stand-in packages are hidden."""
    from dbt.task.docs import DOCS_INDEX_FILE_PATH

    for macro in project.manifest["macros"].values():
        if macro["package_name"] not in {project.manifest["metadata"]["project_name"], "automate_dv_spark"}:
            macro["docs"]["show"] = False
    # Spark's catalog knows no rows of a Delta table and says 0.
    rows = {table.table: table.rows for table in status.tables}
    for table in project.tables.values():
        stats = project.catalog["sources" if table.kind == "source" else "nodes"].get(table.id, {}).get("stats", {})
        if "rows" in stats:
            stats["rows"]["value"] = rows[table.name]
    page = Path(DOCS_INDEX_FILE_PATH).read_text()
    # The places that `dbt docs generate --static` fills.
    for place, data in (("MANIFEST", project.manifest), ("CATALOG", project.catalog)):
        marker = f'"{place}.JSON INLINE DATA"'
        if marker not in page:
            raise LakevaultError(f"dbt's documentation page has no {marker} any more: see _catalogue in site.py.")
        page = page.replace(marker, _inline(data))
    to.mkdir(parents=True)
    (to / "index.html").write_text(page)


def _inline(data: dict[str, Any]) -> str:
    """JSON that may stand in a script element."""
    return json.dumps(data, separators=(",", ":")).replace("</", "<\\/")


def _mkdocs(pages: Path, to: Path, subjects: dict[str, str]) -> None:
    import logging

    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.config import load_config
    from mkdocs.exceptions import MkDocsException

    problems: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            problems.append(record.getMessage())

    log = logging.getLogger("mkdocs")
    log.setLevel(logging.WARNING)
    log.propagate = False
    listener = Listener(level=logging.WARNING)
    log.addHandler(listener)
    fresh = to.with_name(f"{to.name}.new")
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    try:
        config = load_config(
            str(project_dir() / "mkdocs.yml"),
            docs_dir=str(pages.resolve()),
            site_dir=str(fresh.resolve()),
        )
        menu = next(entry["Subjects"] for entry in config.nav or [] if "Subjects" in entry)
        menu[:0] = [{title: page} for title, page in subjects.items()]
        mkdocs_build(config)
    except MkDocsException as error:
        problems.append(str(error))
    finally:
        log.removeHandler(listener)
    if problems:
        shutil.rmtree(fresh, ignore_errors=True)
        raise LakevaultError("the site was not built:\n  " + "\n  ".join(problems))
    shutil.rmtree(to, ignore_errors=True)
    fresh.rename(to)
