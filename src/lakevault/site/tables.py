"""The list of all tables, a page for each table with the origins of its columns, and the page of column lineage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lakevault.lake import ledger
from lakevault.metadata.artifacts import ALL_LAYERS, Table, Test
from lakevault.metadata.lineage import Place
from lakevault.monitoring.freshness import AGES
from lakevault.paths import lake_dir
from lakevault.site import svg
from lakevault.site.answers import KEY
from lakevault.site.content import SiteContent
from lakevault.site.renderer import Renderer

# What each layer is, in the order of the pages: from what people should use to what was delivered.
INTRODUCTIONS = {
    "Gold": "What people should use: dimensions, facts and reports with fixed columns and types.",
    "Snapshots": "Versions of what the dimensions show: when each was true, and when it was known.",
    "Query assistance": "Point-in-time and bridge tables over the vault, which make questions about a day fast.",
    "Business vault": "The first business rules: versions in applied time, and the promotion to which a till line is attributed.",
    "Raw vault": "Hubs, links and satellites: everything that was ever delivered, insert-only, without business rules.",
    "Hashed stage": "What the vault has not loaded yet, with hash keys. Empty when everything is loaded.",
    "Staged": "Bronze with types and business names.",
    "Bronze": "Feeds as received, and the ingestion's ledger and quarantine.",
    "Code lists": "Small lists that are kept in the project.",
    "Fast lane": "Shortcuts from Bronze with an expiry date; nothing may build on them.",
}


# Layers that pictures show: without the views and stages between Bronze and the vault.
PICTURED = {"Bronze", "Raw vault", "Business vault", "Query assistance", "Snapshots", "Gold"}


@dataclass(frozen=True)
class Origin:
    """A line of a column's tree of origins.

    `depth`: steps from the column, 0 for what it is made of directly. `note`: why it has no origin itself. `again`: whether
    the tree has shown its origins before, and does not repeat them.
    """

    depth: int
    table: str
    column: str
    note: str
    again: bool


def write(content: SiteContent, renderer: Renderer) -> None:
    """Write the pages."""
    project = content.project
    layers = {layer: [table for table in project.tables.values() if table.layer == layer] for layer in INTRODUCTIONS}
    renderer.render(
        "tables.md",
        "tables/index.md",
        layers={layer: tables for layer, tables in layers.items() if tables},
        introductions=INTRODUCTIONS,
        states=content.table_status,
    )
    shown = {load_id for state in content.table_status.values() for load_id in state.deliveries}
    landed = {load_id: f"{at:%Y-%m-%d %H:%M}" for load_id, at in ledger.landed_at(lake_dir(), shown).items()}
    for table in project.tables.values():
        _write_table(table, landed, content, renderer)
    _write_lineage(content, renderer)


def _write_table(table: Table, landed: dict[int, str], content: SiteContent, renderer: Renderer) -> None:
    project = content.project
    by_column: dict[str | None, list[Test]] = {}
    for test in content.project.tests.values():
        if test.table == table.name:
            by_column.setdefault(test.column if test.column in table.columns else None, []).append(test)
    renderer.render(
        "table.md",
        f"tables/{table.name}.md",
        table=table,
        state=content.table_status[table.name],
        feed=content.feeds.get(table.name),
        feeds=content.upstream_feeds([table.name]) if table.kind != "seed" else [],
        ages=AGES,
        answers=content.answers.get(table.name, []),
        parents=sorted(project.tables[i].name for i in table.parents if i in project.tables),
        children=sorted(child.name for child in project.children(table.id)),
        exposures=[exposure for exposure in project.exposures if table.name in exposure.tables],
        picture=_picture_of(table, content),
        landed=landed,
        untraced=content.lineage.untraced.get(table.name, ""),
        # Columns by which tables join come last: a reader looks for the others.
        columns=[
            _column(table, name, content) | {"tests": by_column.get(name, [])}
            for name in sorted(table.columns, key=lambda name: bool(KEY.search(name)))
        ],
        table_tests=by_column.get(None, []),
        results=content.test_status,
        unit_tests=[
            test
            for test in project.unit_tests
            if table.id in test["depends_on"]["nodes"] and test["model"] == table.name.split(".")[0]
        ],
    )


def _picture_of(table: Table, content: SiteContent) -> str:
    """What a table is made of, and all that is made of it, dashboards included."""
    project = content.project
    later = {table.id} | project.downstream(table.id)
    names = {project.tables[each].name for each in later}
    dashboards = [exposure for exposure in project.exposures if names & set(exposure.tables)]
    return _picture(
        later | project.upstream(table.id),
        content,
        f"What {table.name} is made of, and what is made of it",
        lambda name: f"{name}.html",
        [
            (svg.Node(each.label, f"../dashboards.html#{each.name}", "var(--quiet)"), names & set(each.tables))
            for each in dashboards
        ],
        table,
    )


def _picture_of_gold(content: SiteContent) -> str:
    """Gold and all that it is made of."""
    project = content.project
    gold = {each.id for each in project.tables.values() if each.layer == "Gold"}
    ids = gold.union(*(project.upstream(each) for each in gold))
    return _picture(ids, content, "Gold, and what it is made of", lambda name: f"tables/{name}.html")


def _picture(
    ids: set[str],
    content: SiteContent,
    title: str,
    page: Callable[[str], str],
    dashboards: Sequence[tuple[svg.Node, set[str]]] = (),
    subject: Table | None = None,
) -> str:
    """Tables and how they are made of each other; what stands between two layers is left out.

    Args:
        ids: the tables.
        content: what is known of them.
        title: what the picture shows.
        page: where the page of a table is, by its name.
        dashboards: what reads tables, and the names of these.
        subject: the table that the picture is about, which is drawn whatever its layer.
    """
    tables = content.project.tables
    # The ledger says what has to be loaded; rows come from it nowhere.
    drawn = {
        each
        for each in ids
        if (tables[each].layer in PICTURED and not tables[each].name.startswith("lakevault."))
        or tables[each] is subject
    }

    def read_by(table: Table) -> set[str]:
        """Tables in the picture that a table reads, directly or through others that are not in it."""
        found: set[str] = set()
        for parent in table.parents:
            if parent in drawn:
                found.add(tables[parent].name)
            elif parent in tables:
                found |= read_by(tables[parent])
        return found

    nodes = [
        svg.Node(table.name, page(table.name), content.colour(table.layer), table is subject)
        for table in (tables[each] for each in tables if each in drawn)
    ]
    edges = {(name, tables[each].name) for each in drawn for name in read_by(tables[each])}
    nodes += [node for node, _ in dashboards]
    names = {node.name for node in nodes}
    edges |= {(name, node.name) for node, read in dashboards for name in read & names}
    return svg.lineage(nodes, edges, title)


def _column(table: Table, name: str, content: SiteContent) -> dict[str, Any]:
    place = (table.name, name)
    return {
        "name": name,
        "is_key": bool(KEY.search(name)),
        "type": table.columns[name].type,
        "description": table.columns[name].description,
        "personal": place in content.personal,
        "origins": _origins(place, content),
        "files": content.origins_in_files(place),
        "note": content.lineage.notes.get(place, ""),
        "uses": content.lineage.uses(place),
    }


def _origins(place: Place, content: SiteContent) -> list[Origin]:
    """The tree of a column's origins down to the files, line by line; a part that occurs twice is shown once."""
    lineage = content.lineage
    lines: list[Origin] = []
    shown: set[Place] = set()

    def grow(at: Place, depth: int) -> None:
        for origin in lineage.origins.get(at, []):
            again = origin in shown and bool(lineage.origins.get(origin))
            lines.append(Origin(depth, *origin, note=lineage.notes.get(origin, ""), again=again))
            if not again:
                shown.add(origin)
                grow(origin, depth + 1)

    grow(place, 0)
    return lines


def _write_lineage(content: SiteContent, renderer: Renderer) -> None:
    project = content.project
    gold = [
        (table.name, column) for table in project.tables.values() if table.layer == "Gold" for column in table.columns
    ]
    personal = sorted(content.personal, key=lambda place: (ALL_LAYERS.index(project.by_name[place[0]].layer), place))
    renderer.render(
        "lineage.md",
        "lineage.md",
        gold=gold,
        picture=_picture_of_gold(content),
        colours={layer: content.colour(layer) for layer in ALL_LAYERS if layer in PICTURED},
        personal=personal,
        files={place: content.origins_in_files(place) for place in [*gold, *personal]},
        notes=content.lineage.notes,
        total=sum(len(table.columns) for table in project.tables.values()),
        lost=sorted(content.lineage.lost),
    )
