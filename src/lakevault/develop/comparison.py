"""Two states of the project as dbt parses them: what differs, which contracts break, what must be rebuilt."""

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from lakevault.metadata.artifacts import first_sentence, model_name, reachable

# Materializations that every build makes from scratch; all others keep rows of earlier builds.
FROM_SCRATCH = {"view", "table", "ephemeral", "seed"}
# Configuration that does not change rows.
BESIDE_ROWS = {"access", "contract", "freshness", "grants", "group", "persist_docs"}
NAMED_MACROS = 3


@dataclass
class Change:
    """How a model differs: added, changed or removed; why; which of its columns; whether its rows may differ."""

    id: str
    name: str
    kind: str
    reasons: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    breaks: list[str] = field(default_factory=list)
    other_rows: bool = False


class Comparison:
    """The difference between two states of the project.

    Args:
        before, after: manifests as dbt writes them.
        changelogs: text of CHANGELOG.md before and after the change.
        settings: content of dbt_project.yml before and after.
    """

    def __init__(
        self,
        before: dict[str, Any],
        after: dict[str, Any],
        changelogs: tuple[str, str] = ("", ""),
        settings: tuple[dict[str, Any], dict[str, Any]] = ({}, {}),
    ) -> None:
        self._settings = settings
        self._before, self._after = _Side(before), _Side(after)
        old, new = ([" ".join(entry.split()) for entry in re.split(r"\n(?=- |#)", text)] for text in changelogs)
        self._entries = [entry for entry in new if entry not in old]

    @cached_property
    def changes(self) -> list[Change]:
        """Models, snapshots and seeds that differ, by name."""
        before, after = self._before.nodes, self._after.nodes
        found = [self._added(after[i]) for i in after.keys() - before.keys()]
        found += [self._removed(before[i]) for i in before.keys() - after.keys()]
        found += [change for i in before.keys() & after.keys() if (change := self._changed(before[i], after[i]))]
        return sorted(found, key=lambda change: change.name)

    @property
    def breaking(self) -> list[tuple[str, str]]:
        """What breaks a contract of Gold without a recorded decision: the model or metric, and what it breaks."""
        models = [
            (change.name, broken)
            for change in self.changes
            if change.breaks and not self.is_decided(change)
            for broken in change.breaks
        ]
        return models + [(name, "the metric is gone") for name in self.lost_metrics]

    @property
    def lost_metrics(self) -> list[str]:
        """Metrics that are gone without a recorded decision."""
        return [name for name, how in self.metrics if how == "removed" and not self._is_announced(name)]

    @cached_property
    def metrics(self) -> list[tuple[str, str]]:
        """Metrics that differ: name, and added, defined otherwise or removed."""
        before, after = self._before.metrics, self._after.metrics
        found = [(name, "added") for name in after.keys() - before.keys()]
        found += [(name, "removed") for name in before.keys() - after.keys()]
        found += [(name, "defined otherwise") for name in before.keys() & after.keys() if before[name] != after[name]]
        return sorted(found)

    @cached_property
    def exposures(self) -> list[tuple[str, str, list[str]]]:
        """Dashboards and notebooks that read something changed or removed: label, owner, the models."""
        touched = {change.name for change in self.changes if change.kind != "added"}
        hit: dict[str, tuple[str, str, set[str]]] = {}
        for side in (self._after, self._before):
            for exposure_id, exposure in side.manifest["exposures"].items():
                upstream = {side.name(i) for i in side.upstream(exposure_id)} & touched
                known = hit.setdefault(
                    exposure_id, (exposure["label"] or exposure["name"], exposure["owner"]["name"], set())
                )
                known[2].update(upstream)
        return sorted((label, owner, sorted(models)) for label, owner, models in hit.values() if models)

    @cached_property
    def rebuilt(self) -> list[str]:
        """Tables that keep rows of earlier builds, and are made from something whose rows may differ now."""
        found, children = set(), self._after.manifest["child_map"]

        def steps(at: str) -> list[str]:
            return [] if self._after.keeps(at) else children.get(at, [])

        for change in self.changes:
            if change.other_rows:
                found |= {i for i in {change.id} | reachable(change.id, steps) if self._after.keeps(i)}
        return sorted(self._after.name(i) for i in found)

    @property
    def variables(self) -> dict[str, tuple[Any, Any]]:
        """Variables of the project whose value differs, before and after; they change models without a trace in them."""
        old, new = (settings.get("vars") or {} for settings in self._settings)
        return {name: (old.get(name), new.get(name)) for name in old | new if old.get(name) != new.get(name)}

    @property
    def other_dispatch(self) -> bool:
        """Whether the order differs in which packages answer the calls of macros."""
        before, after = self._settings
        return (before.get("dispatch") or {}) != (after.get("dispatch") or {})

    def is_gold(self, change: Change) -> bool:
        """Whether the model is one of Gold, which others read."""
        node = self._after.nodes.get(change.id) or self._before.nodes[change.id]
        return str(node["original_file_path"]).startswith("models/gold/")

    def _added(self, node: dict[str, Any]) -> Change:
        return Change(
            node["unique_id"],
            model_name(node),
            "added",
            [first_sentence(node["description"])],
            [f"{name} {kind}".strip() for name, kind in _columns(node).items()],
        )

    def _removed(self, node: dict[str, Any]) -> Change:
        change = Change(node["unique_id"], model_name(node), "removed")
        if _is_promised(node):
            change.breaks.append("the table is gone")
        return change

    def _changed(self, before: dict[str, Any], after: dict[str, Any]) -> Change | None:
        change = Change(after["unique_id"], model_name(after), "changed")
        if before["checksum"] != after["checksum"] or before.get("raw_code") != after.get("raw_code"):
            change.reasons.append("SQL")
        old, new = self._before.macros_of(before), self._after.macros_of(after)
        # A macro that is new or gone counts where the model's own SQL is the same: another one answers its call now.
        both = old.keys() | new.keys() if not change.reasons else old.keys() & new.keys()
        macros = sorted({i.split(".")[-1] for i in both if old.get(i) != new.get(i)})
        if macros:
            change.reasons.append(f"macro {some(macros, NAMED_MACROS)}")
        settings = sorted((before["config"].keys() | after["config"].keys()) - {"meta", "tags", "docs", "description"})
        moved = [key for key in settings if before["config"].get(key) != after["config"].get(key)]
        change.other_rows = bool(change.reasons) or bool(set(moved) - BESIDE_ROWS)
        if moved:
            change.reasons.append(f"configuration: {', '.join(moved)}")
        if before["relation_name"] != after["relation_name"]:
            change.reasons.append(f"its relation is now {after['relation_name']}")
            self._promise(
                before, change, f"its relation was {before['relation_name']} and is now {after['relation_name']}"
            )
        was, now = _columns(before), _columns(after)
        for name in [*was, *(name for name in now if name not in was)]:
            if name not in now:
                change.columns.append(f"- {name}")
                self._promise(before, change, f"column {name} is gone")
            elif name not in was:
                change.columns.append(f"+ {name} {now[name]}")
            elif was[name] != now[name]:
                change.columns.append(f"{name}: {was[name]} -> {now[name]}")
                self._promise(before, change, f"column {name} was {was[name]} and is now {now[name]}")
        if _is_promised(before) and not _is_promised(after):
            change.breaks.append("its contract is no longer enforced")
        if not change.reasons and not change.columns:
            return None
        return change

    @staticmethod
    def _promise(node: dict[str, Any], change: Change, broken: str) -> None:
        if _is_promised(node):
            change.breaks.append(broken)

    def is_decided(self, change: Change) -> bool:
        """Whether the old table stays for a while as a version of the model, was one whose time is over, or a new line of
        the changelog names it.
        """
        old = self._before.nodes[change.id]
        if self._is_announced(old["name"]):
            return True
        if old.get("deprecation_date") and old["deprecation_date"][:10] <= date.today().isoformat():
            return True
        return any(
            (node["name"], node["relation_name"]) == (old["name"], old["relation_name"])
            and node.get("deprecation_date")
            and _columns(old).items() <= _columns(node).items()
            for node_id, node in self._after.nodes.items()
            if node_id != change.id
        )

    def _is_announced(self, name: str) -> bool:
        """Whether a new line of the changelog says that something of this name breaks."""
        named = rf"\b{name}\b"
        return any(re.search(r"\*+breaking\*+", each, re.I) and re.search(named, each) for each in self._entries)


class _Side:
    def __init__(self, manifest: dict[str, Any]) -> None:
        self.manifest = manifest
        own = manifest["metadata"]["project_name"]
        self.nodes = {
            i: node
            for i, node in manifest["nodes"].items()
            if node["resource_type"] in {"model", "snapshot", "seed"} and node["package_name"] == own
        }

    @cached_property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """What decides the value of each metric: its parts, its filter, and the measures that it is made of."""
        measures = {
            measure["name"]: {"of": model["model"], "agg": measure["agg"], "expr": measure["expr"]}
            for model in self.manifest.get("semantic_models", {}).values()
            for measure in model["measures"]
        }
        return {
            each["name"]: {
                "type": each["type"],
                "parts": each["type_params"],
                "filter": each["filter"],
                "measures": [measures.get(used["name"]) for used in each["type_params"].get("input_measures") or []],
            }
            for each in self.manifest.get("metrics", {}).values()
        }

    def name(self, node_id: str) -> str:
        node = self.nodes.get(node_id)
        return model_name(node) if node else node_id

    def keeps(self, node_id: str) -> bool:
        """Whether a table keeps rows of earlier builds."""
        node = self.nodes.get(node_id)
        return node is not None and node["config"].get("materialized") not in FROM_SCRATCH

    def upstream(self, node_id: str) -> set[str]:
        return reachable(node_id, lambda at: self.manifest["parent_map"].get(at, []))

    def macros_of(self, node: dict[str, Any]) -> dict[str, str]:
        """SQL by id of all macros that a node calls, directly or through others, but dbt's own."""
        found: dict[str, str] = {}
        waiting = list(node["depends_on"].get("macros", []))
        while waiting:
            macro_id = waiting.pop()
            macro = self.manifest["macros"].get(macro_id)
            if macro and macro_id not in found and macro["package_name"] not in {"dbt", "dbt_spark"}:
                found[macro_id] = macro["macro_sql"]
                waiting += macro["depends_on"]["macros"]
                # What dispatch will find is not listed; it has the macro's name with the adapter's before it.
                waiting += self._by_name.get(f"spark__{macro['name']}", [])
        return found

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for macro_id, macro in self.manifest["macros"].items():
            found.setdefault(macro["name"], []).append(macro_id)
        return found


def _columns(node: dict[str, Any]) -> dict[str, str]:
    return {name: column.get("data_type") or "" for name, column in node["columns"].items()}


def _is_promised(node: dict[str, Any]) -> bool:
    """Whether others may rely on the table: public, with a contract."""
    return node["config"].get("access") == "public" and bool(node["config"].get("contract", {}).get("enforced"))


def some(names: list[str], most: int = 10) -> str:
    """A list in words, cut after so many."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
