"""What a change touches: models, columns, contracts, dashboards, rebuilds; as one comment for a pull request."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import first_sentence, model_name, reachable, read_manifest

MARK = "<!-- lakevault review -->"
LISTED = 20
COMPARED = ("CHANGELOG.md", "dbt_project.yml")
# What is made anew by every build; all else keeps rows of earlier ones.
MADE_ANEW = {"view", "table", "ephemeral", "seed"}
# Configuration that changes no row.
BESIDE_ROWS = {"access", "contract", "freshness", "grants", "group", "persist_docs"}


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


class Review:
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
        """What breaks a contract of Gold and is decided nowhere: model, and what it breaks."""
        return [
            (change.name, broken)
            for change in self.changes
            if change.breaks and not self._decided(change)
            for broken in change.breaks
        ]

    @cached_property
    def exposures(self) -> list[tuple[str, str, list[str]]]:
        """Dashboards and notebooks that read something changed or removed: label, owner, the models."""
        touched = {change.name for change in self.changes if change.kind != "added"}
        hit: dict[str, tuple[str, str, set[str]]] = {}
        for side in (self._after, self._before):
            for exposure_id, exposure in side.manifest["exposures"].items():
                above = {side.name(i) for i in side.upstream(exposure_id)} & touched
                known = hit.setdefault(
                    exposure_id, (exposure["label"] or exposure["name"], exposure["owner"]["name"], set())
                )
                known[2].update(above)
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

    def _is_gold(self, change: Change) -> bool:
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
            change.reasons.append("its SQL")
        old, new = self._before.macros_of(before), self._after.macros_of(after)
        # A macro that is new or gone counts where the model's own SQL is the same: another one answers its call now.
        both = old.keys() | new.keys() if not change.reasons else old.keys() & new.keys()
        macros = sorted({i.split(".")[-1] for i in both if old.get(i) != new.get(i)})
        if macros:
            change.reasons.append(f"macro {_some(macros, 3)}")
        settings = sorted((before["config"].keys() | after["config"].keys()) - {"meta", "tags", "docs", "description"})
        moved = [key for key in settings if before["config"].get(key) != after["config"].get(key)]
        change.other_rows = bool(change.reasons) or bool(set(moved) - BESIDE_ROWS)
        if moved:
            change.reasons.append(f"configuration: {', '.join(moved)}")
        if before["relation_name"] != after["relation_name"]:
            change.reasons.append(f"it is called {after['relation_name']} now")
            self._promise(before, change, f"it was called {before['relation_name']} and is {after['relation_name']}")
        was, now = _columns(before), _columns(after)
        for name in [*was, *(name for name in now if name not in was)]:
            if name not in now:
                change.columns.append(f"- {name}")
                self._promise(before, change, f"column {name} is gone")
            elif name not in was:
                change.columns.append(f"+ {name} {now[name]}")
            elif was[name] != now[name]:
                change.columns.append(f"{name}: {was[name]} -> {now[name]}")
                self._promise(before, change, f"column {name} was {was[name]} and is {now[name]}")
        if _is_promised(before) and not _is_promised(after):
            change.breaks.append("its contract is no longer enforced")
        if not change.reasons and not change.columns:
            return None
        return change

    @staticmethod
    def _promise(node: dict[str, Any], change: Change, broken: str) -> None:
        if _is_promised(node):
            change.breaks.append(broken)

    def _decided(self, change: Change) -> bool:
        """Whether the old table stays for a while as a version of the model, was one whose time is over, or a new line of
        the changelog names it.
        """
        old = self._before.nodes[change.id]
        named = rf"\b{old['name']}\b"
        if any(re.search(r"\*+breaking\*+", each, re.I) and re.search(named, each) for each in self._entries):
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

    def comment(
        self, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None, preview: str = ""
    ) -> str:
        """The comment, as Markdown.

        Args:
            before, after: what `lakevault status` wrote for the two states, for rows and tests.
            preview: address of the site built from the change.
        """
        kinds = {kind: sum(change.kind == kind for change in self.changes) for kind in ("added", "changed", "removed")}
        lines = [
            MARK,
            "### What this change touches",
            "",
            "Models: " + ", ".join(f"{n} {kind}" for kind, n in kinds.items()) + "."
            if self.changes
            else "No model, snapshot or seed.",
        ]
        lines += self._told_breaks() + self._told_models(before, after) + self._told_other_rows(before, after)
        lines += self._told_exposures() + self._told_settings()
        if self.rebuilt:
            lines += [
                "",
                f"**Rebuild**: {_some(self.rebuilt)} keep what was loaded before; rebuild beside and swap, or say why not.",
            ]
        lines += _told_tests(before, after)
        if preview:
            lines += ["", f"[The site built from this change]({preview})"]
        return "\n".join(lines) + "\n"

    def _told_breaks(self) -> list[str]:
        broken = [change for change in self.changes if change.breaks]
        if not broken:
            return []
        lines = ["", "**Contracts broken**", ""]
        for change in broken:
            state = "decided" if self._decided(change) else "**not decided**"
            lines += [f"- `{change.name}`: {what} ({state})" for what in change.breaks]
        if self.breaking:
            lines += [
                "",
                "Readers of Gold need a way over: keep the old table as a model version with a `deprecation_date` and "
                "`config: {alias: <the old name>}`, or, if nobody reads it, add a line to CHANGELOG.md that is marked `*breaking*`, names the model and says what to do instead.",
            ]
        return lines

    def _told_models(self, before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[str]:
        if not self.changes:
            return []
        rows = [_rows(status) for status in (before, after)]
        lines = ["", "| model | change | columns | rows before | rows after |", "|---|---|---|--:|--:|"]
        # Gold, which others read, first; of it what is gone or broken.
        ordered = sorted(self.changes, key=lambda change: (not self._is_gold(change), not change.breaks, change.name))
        for change in ordered[:LISTED]:
            why = ": " + "; ".join(change.reasons) if change.reasons else ""
            columns = _some([f"`{column}`" for column in change.columns], 8)
            counts = [f"{each[change.name]:,}" if each.get(change.name) is not None else "" for each in rows]
            lines.append(
                f"| `{change.name}` | {change.kind}{why} | {columns} | {counts[0]} | {counts[1]} |".replace("\n", " ")
            )
        more = len(self.changes) - LISTED
        return [*lines, "", f"and {more} more"] if more > 0 else lines

    def _told_other_rows(self, before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[str]:
        """Tables that hold another number of rows although they are as they were: something below them was changed."""
        rows, known = [_rows(status) for status in (before, after)], {change.name for change in self.changes}
        both = sorted(name for name in rows[0].keys() - known if None not in (rows[0][name], rows[1].get(name)))
        told = [f"`{name}` {rows[0][name]:,} -> {rows[1][name]:,}" for name in both if rows[0][name] != rows[1][name]]
        return ["", f"**Other tables with another number of rows**: {_some(told, LISTED)}."] if told else []

    def _told_settings(self) -> list[str]:
        """Variables and the order in which packages answer, which change models without a trace in them."""
        before, after = self._settings
        old, new = (settings.get("vars") or {} for settings in self._settings)
        names = [name for name in old | new if old.get(name) != new.get(name)]
        told = [f"- var `{name}`: {old.get(name)} -> {new.get(name)}" for name in names]
        if (before.get("dispatch") or {}) != (after.get("dispatch") or {}):
            told.append("- `dispatch`: other packages may answer the calls of macros now")
        return ["", "**Settings**", "", *told] if told else []

    def _told_exposures(self) -> list[str]:
        if not self.exposures:
            return []
        lines = ["", "**Dashboards and notebooks above it**", ""]
        return lines + [f"- {label} ({owner}) reads {_some(models, 5)}" for label, owner, models in self.exposures]


class _Side:
    def __init__(self, manifest: dict[str, Any]) -> None:
        self.manifest = manifest
        own = manifest["metadata"]["project_name"]
        self.nodes = {
            i: node
            for i, node in manifest["nodes"].items()
            if node["resource_type"] in {"model", "snapshot", "seed"} and node["package_name"] == own
        }

    def name(self, node_id: str) -> str:
        node = self.nodes.get(node_id)
        return model_name(node) if node else node_id

    def keeps(self, node_id: str) -> bool:
        """Whether a table keeps rows of earlier builds."""
        node = self.nodes.get(node_id)
        return node is not None and node["config"].get("materialized") not in MADE_ANEW

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


def review(base: str, before: Path | None, after: Path | None, preview: str) -> tuple[str, list[tuple[str, str]]]:
    """Compare the working tree with a commit; the comment, and what breaks a contract undecided.

    Args:
        base: branch or commit to compare with.
        before, after: status.json of the two, if they were built.
        preview: address of the site built from the change.

    Raises:
        LakevaultError: git does not know the commit, or one of the two does not parse.
    """
    (old, *texts), new = _state_at(base), _parsed(Path.cwd())
    changelogs, settings = ((text, Path(name).read_text()) for text, name in zip(texts, COMPARED, strict=True))
    found = Review(old, new, changelogs, tuple(yaml.safe_load(text) for text in settings))
    return found.comment(_status(before), _status(after), preview), found.breaking


def _status(path: Path | None) -> dict[str, Any] | None:
    """What a status.json holds; a site without one may have answered with a page."""
    try:
        return json.loads(path.read_text()) if path and path.is_file() else None
    except json.JSONDecodeError:
        return None


def _state_at(base: str) -> tuple[dict[str, Any], str, str]:
    """Manifest, changelog and settings where this branch left the base: what came there since is not this change."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], capture_output=True, text=True)
        if done.returncode:
            raise LakevaultError(
                f"git {' '.join(words)}: {done.stderr.strip()}. In CI, check out with the whole history."
            )
        return done.stdout.strip()

    place = Path(tempfile.mkdtemp(prefix="lakevault-review-"))
    tree = place / "tree"
    try:
        git("worktree", "add", "--detach", str(tree), git("merge-base", "HEAD", base))
        packages = tree / "dbt_packages"
        packages.mkdir()
        for package in (tree / "packages").iterdir():
            (packages / package.name).symlink_to(package)
        changelog, settings = ((tree / name).read_text() for name in COMPARED)
        return _parsed(tree), changelog, settings
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(tree)], capture_output=True)
        shutil.rmtree(place, ignore_errors=True)


def _parsed(project: Path) -> dict[str, Any]:
    program = str(Path(sys.executable).parent / "dbt")
    target = project / "target" / "review"
    command = [program, "--quiet", "--no-version-check", "--no-partial-parse", "parse", "--target-path", str(target)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    if done.returncode:
        raise LakevaultError(f"the project in {project} does not parse:\n{(done.stdout + done.stderr)[-3000:]}")
    return read_manifest(target)


def _columns(node: dict[str, Any]) -> dict[str, str]:
    return {name: column.get("data_type") or "" for name, column in node["columns"].items()}


def _is_promised(node: dict[str, Any]) -> bool:
    """Whether others may rely on the table: public, with a contract."""
    return node["config"].get("access") == "public" and bool(node["config"].get("contract", {}).get("enforced"))


def _rows(status: dict[str, Any] | None) -> dict[str, int | None]:
    return {table["table"]: table["rows"] for table in status["tables"]} if status else {}


def _told_tests(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[str]:
    if after is None:
        return []

    def counted(status: dict[str, Any]) -> str:
        states = [test["state"] for test in status["tests"]]
        return ", ".join(f"{states.count(state)} {state}" for state in ("passed", "warned", "failed"))

    failed = [test["test"] for test in after["tests"] if test["state"] == "failed"]
    was = f" (before: {counted(before)})" if before else ""
    lines = ["", f"**Tests**: {counted(after)}{was}."]
    return [*lines, f"Failed: {_some([f'`{name}`' for name in failed])}"] if failed else lines


def _some(names: list[str], most: int = 10) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
