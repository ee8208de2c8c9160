"""What dbt wrote about the project (manifest.json, catalog.json), as the rest of the code needs it. Its only reader."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import yaml

from lakevault.errors import LakevaultError
from lakevault.files import read_json
from lakevault.paths import AS_KNOWN

# Shortcuts that expire; the macro fast_lane says what each must tell.
FAST_LANE = "models/fast_lane/"
# Path of a model to the layer it stands on, in the order in which rows move.
LAYERS = {
    "models/staging/": "Staged",
    "models/silver/hashed_stage/": "Hashed stage",
    "models/silver/raw_vault/": "Raw vault",
    "models/silver/business_vault/": "Business vault",
    "models/silver/query_assistance/": "Query assistance",
    "snapshots/": "Snapshots",
    "seeds/": "Code lists",
    "models/gold/": "Gold",
    FAST_LANE: "Fast lane",
}
ALL_LAYERS = ["Bronze", *LAYERS.values()]
# dbt's own generic tests have no description in the manifest.
BUILT_IN = {
    "unique": "No value occurs twice; nulls are left out.",
    "not_null": "No value is null.",
    "accepted_values": "Every value is one of a list. Null passes.",
    "relationships": "Every value is found in the other table's column; null passes. A row that fails joins nothing there.",
}
T = TypeVar("T")
# Who answers for what has no group of its own.
DEFAULT_GROUP = "vault"


@dataclass(frozen=True)
class Owner:
    """Who answers for a table, and how to reach them."""

    name: str
    email: str


@dataclass
class TableColumn:
    """A column: its type in the lake, its meaning, and whether a source marked it as personal data."""

    name: str
    type: str
    description: str
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Key:
    """A primary or foreign key: its columns, and of a foreign one the table and columns that it points to."""

    kind: str
    columns: list[str]
    to: str
    to_columns: list[str]


@dataclass
class Table:
    """A source table, model, snapshot or seed."""

    id: str
    kind: str
    name: str
    relation: str
    layer: str
    path: str
    description: str
    owner: Owner
    meta: dict[str, Any]
    columns: dict[str, TableColumn]
    parents: list[str]
    sql: str
    freshness: dict[str, Any]
    colour: str
    keys: list[Key]
    # Of a calendar, the column with the day; empty for other tables.
    day_column: str = ""

    @property
    def alias(self) -> str:
        """Its name in the lake, without schema."""
        return self.relation.rpartition(".")[2]

    @property
    def provisional(self) -> str:
        """Of a table of the fast lane, until when it is built, why it is there, and who answers for it; empty for other tables."""
        terms = self.meta.get("fast_lane")
        if not terms:
            return ""
        owner = f"{self.owner.name}, {self.owner.email}"
        return f"Provisional until {terms['expires']}: {terms['reason']}. Owner: {owner}."

    @property
    def subject(self) -> str:
        """Folder of a Gold model, for example promotions; empty for other tables."""
        return Path(self.path).parts[2] if self.layer == "Gold" else ""


@dataclass
class Test:
    """A data test: what it means, who fixes it, and what to do when it fails."""

    id: str
    name: str
    description: str
    owner: Owner
    run_book: list[str]
    run_book_of: str
    tables: list[str]
    table: str
    column: str | None
    path: str
    arguments: dict[str, Any]
    kind: str
    sql: str

    @property
    def sentence(self) -> str:
        """The name as a sentence: spaces for underscores, but not inside the names of tables."""
        words = self.name
        for table in sorted(self.tables, key=len, reverse=True):
            words = words.replace(table, table.replace("_", "\0"))
        return words.replace("_", " ").replace("\0", "_")


@dataclass
class Exposure:
    """Something made of the lake outside it: a dashboard, a notebook.

    Attributes:
        file: where this repository has it, if it does.
        numbers: the subject whose charts on the site are the same, if any.
    """

    name: str
    label: str
    type: str
    maturity: str
    url: str
    file: str
    description: str
    owner: Owner
    tables: list[str]
    numbers: str


@dataclass(frozen=True)
class Metric:
    """A measure of the business: its name in queries, its name for people, its meaning, and the group that answers for it.

    How it is calculated stands in `type`, `params` and `filters`, as MetricFlow has them.
    """

    name: str
    label: str
    description: str
    group: str
    type: str
    params: dict[str, Any] = field(repr=False)
    filters: list[str] = field(repr=False)
    meta: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Measure:
    """What metrics are made of: an aggregate over SQL, the time it goes by, and MetricFlow's further settings, by name.

    A balance is taken at the first or the last of the times of its rows, and not added up over them: `at` is min or max.
    """

    name: str
    aggregate: str
    sql: str
    time: str
    at: str
    more: dict[str, Any]


@dataclass(frozen=True)
class SemanticModel:
    """A table as metrics see it: the entities that its keys are, and the SQL of its dimensions, both by name."""

    name: str
    table: str
    primary_entity: str
    entities: dict[str, str]
    dimensions: dict[str, str]
    measures: list[Measure]


def _further(measure: dict[str, Any]) -> dict[str, Any]:
    """Settings of a measure that are not those of `Measure`."""
    balance = measure["non_additive_dimension"] or {}
    given = {"agg_params": measure["agg_params"], "window_groupings": balance.get("window_groupings")}
    return {name: value for name, value in given.items() if value}


def reachable(start: T, steps: Callable[[T], Iterable[T]]) -> set[T]:
    """All that can be reached by steps from a place, the place itself left out unless a step leads back to it."""
    found: set[T] = set()
    waiting = [start]
    while waiting:
        for place in steps(waiting.pop()):
            if place not in found:
                found.add(place)
                waiting.append(place)
    return found


def first_sentence(description: str) -> str:
    """What a description says first: of a table its grain."""
    return re.split(r"(?<=[.:;]) ", " ".join(description.split()))[0].rstrip(".:;")


def conditions(filters: dict[str, Any] | None) -> list[str]:
    """The conditions of a filter as MetricFlow has it, in SQL with a call for each dimension."""
    return [each["where_sql_template"] for each in (filters or {}).get("where_filters", [])]


def _referred(to: str) -> str:
    """The table that a foreign key points to, written as ref('name') or as a relation."""
    names = re.findall(r"\w+", to)
    return names[-1] if names else ""


def model_name(node: dict[str, Any]) -> str:
    """Name of a model as people know it, with its version if it has several."""
    return f"{node['name']}.v{node['version']}" if node.get("version") else node["name"]


def described_models(project: Path) -> dict[str, dict[str, Any]]:
    """What the .yml files say about models and snapshots, by name; no parse is needed."""
    found: dict[str, dict[str, Any]] = {}
    for path in [*project.glob("models/**/*.yml"), *project.glob("snapshots/*.yml")]:
        content = yaml.safe_load(path.read_text()) or {}
        found |= {model["name"]: model for kind in ("models", "snapshots") for model in content.get(kind) or []}
    return found


def read_manifest(target: Path) -> dict[str, Any]:
    """The manifest as dbt wrote it in its target folder.

    Raises LakevaultError when there is none, or one of a star as it was known at a moment.
    """
    manifest: dict[str, Any] | None = read_json(target / "manifest.json")
    if manifest is None:
        raise LakevaultError(f"there is no {target}/manifest.json: run `dbt parse`.")
    if any(AS_KNOWN in node["schema"] for node in manifest["nodes"].values()):
        raise LakevaultError(
            f"{target}/manifest.json was written by a dbt command with as_known_at, and does not speak of the published "
            "tables: run `dbt parse`."
        )
    return manifest


class Project:
    """The project as dbt sees it.

    Args:
        target: dbt's target folder with manifest.json, and catalog.json if `dbt docs generate` has run.
        as_built: whether names and types of columns are those of the catalog, if there is one; else those of the contracts.

    Raises:
        LakevaultError: there is no manifest.
    """

    def __init__(self, target: Path, as_built: bool = True) -> None:
        self.manifest = read_manifest(target)
        self.catalog: dict[str, Any] = (as_built and read_json(target / "catalog.json")) or {}
        self._own = self.manifest["metadata"]["project_name"]
        self._owners = {
            group["name"]: Owner(group["owner"]["name"], group["owner"]["email"])
            for group in self.manifest["groups"].values()
        }

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Tables of the project by dbt's unique id, sources first."""
        nodes = [*self.manifest["sources"].values(), *self.manifest["nodes"].values()]
        kinds = ("source", "model", "snapshot", "seed")
        return {
            node["unique_id"]: self._table(node)
            for node in nodes
            if node["resource_type"] in kinds and node["package_name"] == self._own
        }

    @cached_property
    def by_name(self) -> dict[str, Table]:
        """Tables by the name that people use: the model's, or the feed's, for example pos.sale_line."""
        return {table.name: table for table in self.tables.values()}

    @cached_property
    def tests(self) -> dict[str, Test]:
        """Data tests by dbt's unique id."""
        # A test of a model that has expired stays among the nodes.
        return {
            node["unique_id"]: self._test(node)
            for node in self.manifest["nodes"].values()
            if node["resource_type"] == "test" and node["config"]["enabled"]
        }

    @cached_property
    def unit_tests(self) -> list[dict[str, Any]]:
        """Unit tests: name, description, and the model they test."""
        return list(self.manifest["unit_tests"].values())

    @cached_property
    def exposures(self) -> list[Exposure]:
        """Dashboards and notebooks, by name."""
        return [
            Exposure(
                name=entry["name"],
                label=entry["label"] or entry["name"],
                type=entry["type"],
                maturity=entry["maturity"] or "",
                url=entry["url"] or "",
                file=entry["config"].get("meta", {}).get("file", ""),
                description=entry["description"].strip(),
                owner=Owner(entry["owner"]["name"], entry["owner"]["email"]),
                tables=[self.tables[parent].name for parent in entry["depends_on"]["nodes"]],
                numbers=entry["meta"].get("numbers", ""),
            )
            for _, entry in sorted(self.manifest["exposures"].items())
        ]

    @cached_property
    def metrics(self) -> list[Metric]:
        """Metrics by group and name."""
        found = [
            Metric(
                each["name"],
                each["label"],
                " ".join(each["description"].split()),
                each["group"] or DEFAULT_GROUP,
                each["type"],
                each["type_params"],
                conditions(each["filter"]),
                each["config"].get("meta", {}),
            )
            for each in self.manifest["metrics"].values()
        ]
        return sorted(found, key=lambda metric: (metric.group, metric.name))

    @cached_property
    def semantic_models(self) -> list[SemanticModel]:
        """Semantic models by name."""
        found = [self._semantic_model(each) for each in self.manifest["semantic_models"].values()]
        return sorted(found, key=lambda model: model.name)

    def downstream(self, table_id: str) -> set[str]:
        """Ids of all tables that read the table, directly or through others."""
        return reachable(table_id, lambda at: (child.id for child in self.children(at)))

    def upstream(self, table_id: str) -> set[str]:
        """Ids of all tables that the table reads, directly or through others."""
        return reachable(table_id, lambda at: (parent for parent in self.tables[at].parents if parent in self.tables))

    def children(self, table_id: str) -> list[Table]:
        """Tables that read the table directly."""
        return [self.tables[child] for child in self.manifest["child_map"].get(table_id, []) if child in self.tables]

    def _table(self, node: dict[str, Any]) -> Table:
        source = node["resource_type"] == "source"
        group = node.get("group") or DEFAULT_GROUP
        described = {column["name"].lower(): column for column in node["columns"].values()}
        known = self.catalog.get("sources" if source else "nodes", {}).get(node["unique_id"], {}).get("columns", {})
        types = {column["name"].lower(): column["type"] for column in known.values()}
        columns = {}
        for name in types or described:
            column = described.get(name, {})
            columns[name] = TableColumn(
                name=name,
                type=types.get(name) or column.get("data_type") or "",
                description=column.get("description", "").strip(),
                meta=column.get("config", {}).get("meta", {}),
            )
        path = node["original_file_path"]
        return Table(
            id=node["unique_id"],
            kind=node["resource_type"],
            name=f"{node['source_name']}.{node['name']}" if source else model_name(node),
            relation=(node["relation_name"] or "").replace("`", ""),
            layer="Bronze" if source else next(layer for start, layer in LAYERS.items() if path.startswith(start)),
            path=path,
            description=node["description"].strip(),
            owner=self._owners[group],
            meta=node["config"]["meta"] | node.get("meta", {}),
            columns=columns,
            parents=node.get("depends_on", {}).get("nodes", []),
            sql=node.get("compiled_code") or "",
            freshness=node.get("freshness") or {},
            colour=(node.get("docs") or {}).get("node_color") or "",
            keys=[
                Key(
                    each["type"].removesuffix("_key"),
                    each["columns"],
                    _referred(each.get("to") or ""),
                    each.get("to_columns") or [],
                )
                for each in node.get("constraints", [])
                if each["type"] in ("primary_key", "foreign_key")
            ],
            day_column=(node.get("time_spine") or {}).get("standard_granularity_column") or "",
        )

    def _semantic_model(self, node: dict[str, Any]) -> SemanticModel:
        [table] = node["depends_on"]["nodes"]
        own = [each["name"] for each in node["entities"] if each["type"] == "primary"]
        default = (node["defaults"] or {}).get("agg_time_dimension") or ""
        return SemanticModel(
            name=node["name"],
            table=self.tables[table].name,
            primary_entity=node["primary_entity"] or next(iter(own), ""),
            entities={each["name"]: each["expr"] or each["name"] for each in node["entities"]},
            dimensions={each["name"]: each["expr"] or each["name"] for each in node["dimensions"]},
            measures=[
                Measure(
                    name=each["name"],
                    aggregate=each["agg"],
                    sql=each["expr"] or each["name"],
                    time=each["agg_time_dimension"] or default,
                    at=(each["non_additive_dimension"] or {}).get("window_choice") or "",
                    more=_further(each),
                )
                for each in node["measures"]
            ],
        )

    def _test(self, node: dict[str, Any]) -> Test:
        metadata = node.get("test_metadata") or {}
        kind = metadata.get("name", "")
        package = metadata.get("namespace") or self._own
        macro = self.manifest["macros"].get(f"macro.{package}.test_{kind}", {})
        own_book, kind_book = node["meta"].get("run_book"), macro.get("meta", {}).get("run_book")
        group = node.get("group") or node["config"].get("group") or DEFAULT_GROUP
        tables = [self.tables[parent] for parent in node["depends_on"]["nodes"] if parent in self.tables]
        attached = self.tables.get(node.get("attached_node") or "")
        # A test of its own belongs to the topmost table that it reads.
        topmost = attached or max(tables, key=lambda table: ALL_LAYERS.index(table.layer), default=None)
        return Test(
            id=node["unique_id"],
            name=node["name"],
            description=(node["description"] or macro.get("description") or BUILT_IN.get(kind, "")).strip(),
            owner=self._owners[group],
            run_book=own_book or kind_book or [],
            run_book_of=node["name"] if own_book else kind if kind_book else "",
            tables=[table.name for table in tables],
            table=topmost.name if topmost else "",
            column=node.get("column_name"),
            path=node["original_file_path"],
            arguments=metadata.get("kwargs", {}),
            kind=kind,
            sql=node.get("compiled_code") or "",
        )
