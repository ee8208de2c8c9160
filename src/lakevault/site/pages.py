"""The start page, a page for each subject of Gold, the dashboards, the run-books, and what docs/ holds."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from lakevault.lake import ledger
from lakevault.metadata.artifacts import Table
from lakevault.paths import lake_dir, project_dir
from lakevault.site import svg
from lakevault.site.charts import CHARTS
from lakevault.site.content import SiteContent
from lakevault.site.renderer import Renderer

# A column of a table, and the table that it points to.
Join = tuple[str, str, str]


@dataclass(frozen=True)
class Subject:
    """A folder of Gold: what its page is called, and its tables."""

    name: str
    title: str
    tables: list[Table]


def write(content: SiteContent, renderer: Renderer) -> dict[str, str]:
    """Write the pages.

    Returns:
        The page of each subject by its title, for the menu.
    """
    shutil.copytree(Path(__file__).parent / "templates" / "assets", renderer.to / "assets")
    _copy_docs(renderer)
    subjects = _subjects(content)
    renderer.render(
        "index.md",
        "index.md",
        subjects=subjects,
        flow=_flow(content),
        answers=content.answers,
        charts={chart.subject for chart in CHARTS},
    )
    for subject in subjects:
        _write_subject(subject, content, renderer)
    renderer.render(
        "dashboards.md",
        "dashboards.md",
        exposures=content.project.exposures,
        answers={
            exposure.name: [(name, answer) for name in exposure.tables for answer in content.answers.get(name, [])]
            for exposure in content.project.exposures
        },
        feeds={exposure.name: content.upstream_feeds(exposure.tables) for exposure in content.project.exposures},
    )
    _write_run_books(content, renderer)
    return {subject.title: f"subjects/{subject.name}.md" for subject in subjects}


def _copy_docs(renderer: Renderer) -> None:
    docs = project_dir() / "docs"
    for path in sorted(docs.rglob("*.md")):
        text = re.sub(r"\[([^]]+)\]\((\.\./[^)]+)\)", _only_inside(docs, path), path.read_text())
        renderer.write(path.relative_to(docs).as_posix(), text)
    decisions = [
        {"file": path.name, "title": path.read_text().split("\n", 1)[0].lstrip("# ")}
        for path in sorted((docs / "decisions").glob("*.md"))
    ]
    renderer.render("decisions.md", "decisions/index.md", decisions=decisions)


def _only_inside(docs: Path, page: Path) -> Callable[[re.Match[str]], str]:
    """A link to a file of the project that is no page becomes the file's path."""

    def localised(link: re.Match[str]) -> str:
        target = (page.parent / link[2].split("#")[0]).resolve()
        if docs.resolve() in target.parents:
            return link[0]
        return f"{link[1]} (`{target.relative_to(project_dir().resolve())}`)"

    return localised


def _subjects(content: SiteContent) -> list[Subject]:
    gold = sorted(
        (table for table in content.project.tables.values() if table.layer == "Gold"),
        # The subjects before what models are made of and what all share; reports before facts before dimensions.
        key=lambda table: (
            {"features": 1, "core": 2}.get(table.subject, 0),
            table.subject,
            -"dim_ brg_ fct_ ftr_ rpt_".find(table.name[:4]),
        ),
    )
    return [
        Subject(name, name.replace("_", " ").capitalize() if name != "core" else "Shared dimensions", list(tables))
        for name, tables in groupby(gold, key=lambda table: table.subject)
    ]


def _write_subject(subject: Subject, content: SiteContent, renderer: Renderer) -> None:
    names = {table.name for table in subject.tables}
    renderer.render(
        "subject.md",
        f"subjects/{subject.name}.md",
        subject=subject,
        owners=sorted({f"{table.owner.name} <{table.owner.email}>" for table in subject.tables}),
        exposures=[exposure for exposure in content.project.exposures if names & set(exposure.tables)],
        diagram=_diagram(subject, content),
        metrics=[metric for metric in content.project.metrics if metric.group == subject.name],
    )


def _diagram(subject: Subject, content: SiteContent) -> str:
    """The joins between a subject's tables and others of Gold, as their relationship tests state them."""
    names = {table.name for table in subject.tables}
    joins: set[Join] = set()
    for test in content.project.tests.values():
        others = [name for name in test.tables if name != test.table]
        if test.kind == "relationships" and test.table in names and others and test.column:
            joins.add((test.table, test.column, others[0]))
    drawn = sorted(join for join in joins if content.project.by_name[join[2]].layer == "Gold")
    lefts = [table.name for table in subject.tables if any(join[0] == table.name for join in drawn)]
    rights = sorted({join[2] for join in drawn} - set(lefts)) or sorted(names - set(lefts))
    return svg.star(
        [_box(name, [column for left, column, _ in drawn if left == name]) for name in lefts],
        [_box(name, _key(content.project.by_name[name], drawn)) for name in rights],
        [join for join in drawn if join[2] in rights],
        f"How the tables of {subject.title.lower()} join",
    )


def _box(name: str, columns: list[str]) -> svg.Box:
    return svg.Box(name, f"../tables/{name}.html", tuple(columns))


def _key(table: Table, joins: list[Join]) -> list[str]:
    """The column that others point to; for a table that nothing points to, its first one."""
    pointed = {column for _, column, to in joins if to == table.name}
    return sorted(column for column in table.columns if column in pointed) or list(table.columns)[:1]


def _flow(content: SiteContent) -> list[dict[str, Any]]:
    """The stages of a row from a landed file to a dashboard, with what each holds now."""
    texts = {
        "Bronze": "as received: text, with file and delivery",
        "Raw vault": "hubs, links, satellites; insert-only",
        "Business vault": "versions and the first rules",
        "Gold": "dimensions, facts, reports",
    }
    files = sum(feed.files for feed in ledger.by_feed(lake_dir()).values())
    stages: list[dict[str, Any]] = [
        {"title": "Landed files", "text": "as the sources send them", "count": f"{files:,} files"}
    ]
    for layer, text in texts.items():
        tables = [table for table in content.status.tables if table.layer == layer]
        rows = sum(table.rows or 0 for table in tables)
        stages.append(
            {
                "title": layer,
                "text": text,
                "count": f"{len(tables)} tables, {rows:,} rows",
                "colour": content.colour(layer),
            }
        )
    stages.append(
        {"title": "Dashboards", "text": "and notebooks", "count": f"{len(content.project.exposures)} of them"}
    )
    return stages


def _write_run_books(content: SiteContent, renderer: Renderer) -> None:
    tests = sorted(
        (test for test in content.project.tests.values() if test.run_book), key=lambda t: (t.run_book_of, t.name)
    )
    books = []
    for anchor, group in groupby(tests, key=lambda test: test.run_book_of):
        members = list(group)
        # A run-book of one test has its name; that of a kind of test has the kind's.
        alone = members[0].name == anchor
        books.append(
            {
                "anchor": anchor,
                "title": members[0].sentence if alone else anchor.replace("_", " "),
                "description": members[0].description,
                "owners": sorted({f"{test.owner.name} <{test.owner.email}>" for test in members}),
                "steps": members[0].run_book,
                "tests": [] if alone else [test for test in members if test.name in content.test_pages],
            }
        )
    renderer.render(
        "run-books.md",
        "run-books.md",
        books=sorted(books, key=lambda book: str(book["title"])),
        pages=content.test_pages,
    )
