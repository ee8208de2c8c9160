"""The list of all tables, a page for each table with the origins of its columns, and the page of column lineage."""

from dataclasses import dataclass
from typing import Any

from lakevault.lake import ledger
from lakevault.metadata.artifacts import ALL_LAYERS, Table, Test
from lakevault.metadata.lineage import Place
from lakevault.monitoring.freshness import AGES
from lakevault.paths import lake_dir
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
        personal=personal,
        files={place: content.origins_in_files(place) for place in [*gold, *personal]},
        notes=content.lineage.notes,
        total=sum(len(table.columns) for table in project.tables.values()),
        lost=sorted(content.lineage.lost),
    )
