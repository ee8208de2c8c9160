"""What earlier runs did, kept outside the lake in a space that does not grow with their number.

    runs.jsonl   the last runs of dbt with the result of each node, a line each
    looks.jsonl  the last looks at the lake with ages and row counts, a line each
    facts.json   by lake, what all runs and looks say together, also those that are no longer kept (facts.py)

LAKEVAULT_HISTORY is the folder; several lakes may share it.
"""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from fcntl import LOCK_EX, flock
from typing import Any

from deltalake import DeltaTable

from lakevault.errors import LakevaultError
from lakevault.files import read_json, write, write_json
from lakevault.lake import delta, ledger
from lakevault.metadata.artifacts import Project
from lakevault.monitoring.facts import Facts
from lakevault.paths import history_dir, lake_dir, target_dir

# Commands whose results say something about the lake; compile, docs and show do not.
COMMANDS = {"build", "run", "test", "snapshot", "seed"}
# Lines that stay in a file when it is cut; it is cut when it has twice as many.
KEPT = {"runs": 100, "looks": 200}
# Facts stay of so many lakes, those that were looked at last.
LAKES = 3


def collect() -> None:
    """Keep the results of dbt's last command, once, with the delivery that each feed had in the vault at that time.

    Messages are left out: they may quote a row.
    """
    results = None
    # A killed command leaves half a file.
    with suppress(LakevaultError):
        results = read_json(target_dir() / "run_results.json")
    if not results or results["args"].get("which") not in COMMANDS:
        return
    # A star as it was known at a moment says nothing about the published one.
    if "as_known_at" in (results["args"].get("vars") or {}):
        return
    run = results["metadata"]["invocation_id"]
    if _is_kept(run):
        return
    project = Project(target_dir())
    line = {
        "run": run,
        "lake": lake_id(),
        "at": results["metadata"]["generated_at"][:19],
        "command": results["args"]["which"],
        "vault": in_vault(project),
        "results": {
            result["unique_id"]: [result["status"], round(result["execution_time"], 2), result.get("failures") or 0]
            for result in results["results"]
        },
    }
    with _locked():
        # Another process may have been first.
        if not _is_kept(run):
            _append("runs", line)
            _write_facts(facts(project))
            _cut()


def runs() -> Iterator[dict[str, Any]]:
    """Kept runs on this lake, oldest first: run, at, command, vault (load id by feed), results (status, seconds, failures)."""
    return _of_this_lake(_lines("runs"))


def keep_look(look: dict[str, Any], project: Project) -> None:
    """Keep the ages and row counts of one look at the lake: when a row has come, else once an hour."""
    last = deque(looks(), maxlen=1)
    is_same = bool(last) and all(last[0][name] == look[name] for name in ("load_id", "rows"))
    if is_same and datetime.fromisoformat(look["at"]) - datetime.fromisoformat(last[0]["at"]) < timedelta(hours=1):
        return
    with _locked():
        _append("looks", look)
        _write_facts(facts(project))
        _cut()


def looks() -> Iterator[dict[str, Any]]:
    """Kept looks at this lake, oldest first: at, load_id, ages (hours by feed and layer), rows by table."""
    return _of_this_lake(_lines("looks"))


def facts(project: Project) -> Facts:
    """What all runs and looks at this lake say together."""
    known = Facts.model_validate((read_json(history_dir() / "facts.json") or {}).get(lake_id(), {}))
    lines = _lines("runs")
    # A run that is not kept any more lies before all that are.
    taken = next((number for number, line in enumerate(lines, 1) if known.run and known.run.encode() in line), 0)
    for run in _of_this_lake(lines[taken:]):
        known.add_run(run, project)
    for look in looks():
        known.add_look(look)
    return known


def lake_id() -> str:
    """Tells one lake from the next: the id that Delta gave its ledger; empty when there is none yet."""
    path = str(lake_dir() / delta.folder(ledger.LEDGER))
    return str(DeltaTable(path).metadata().id) if DeltaTable.is_deltatable(path) else ""


def in_vault(project: Project) -> dict[str, int]:
    """By feed the newest delivery that every vault table fed by it has loaded; feeds without one are left out.

    Of a feed that is taken apart into several stages, those count that have rows of the delivery: a delivery of billing events may have no coupon.
    """
    children = {
        f"{table.name} {child.name} {stage.name}"
        for table in project.tables.values()
        if table.kind == "source"
        for stage in (project.tables[i] for i in project.downstream(table.id))
        if stage.layer == "Hashed stage"
        for child in project.children(stage.id)
    }
    found = delta.query(
        lake_dir(),
        """
        with needed as (
            select
                split_part(value, ' ', 1) as feed,
                split_part(value, ' ', 2) as model,
                split_part(value, ' ', 3) as stage,
                row_number() over (order by value) as number,
                count(*) over (partition by feed, stage) as numbers
            from children
        ),
        by_stage as (
            select feed, load_id, count(distinct number) = numbers as is_loaded
            from vault_load_log inner join needed using (model, stage)
            group by feed, stage, load_id, numbers
        ),
        loaded as (
            select feed, load_id
            from by_stage
            group by feed, load_id
            having bool_and(is_loaded)
        )
        select feed, max(load_id) as load_id
        from ledger semi join loaded using (feed, load_id)
        where landed_count > 0
        group by feed
        """,
        ledger.LEDGER,
        "silver.vault_load_log",
        children=children,
    )
    return {row["feed"]: row["load_id"] for row in found}


@contextmanager
def _locked() -> Iterator[None]:
    """One writer at a time; readers see each file as it was before or after."""
    history_dir().mkdir(parents=True, exist_ok=True)
    with (history_dir() / ".lock").open("a") as handle:
        flock(handle, LOCK_EX)
        yield


def _is_kept(run: str) -> bool:
    # A line that a killed process has left half written is written again.
    return any(run.encode() in line and line.endswith(b"}\n") for line in _lines("runs"))


def _append(name: str, line: dict[str, Any]) -> None:
    with (history_dir() / f"{name}.jsonl").open("ab+") as file:
        # A killed process may have left half a line.
        file.seek(max(file.tell() - 1, 0))
        torn = file.read(1) not in (b"", b"\n")
        file.write(b"\n" * torn + json.dumps(line, separators=(",", ":")).encode() + b"\n")


def _cut() -> None:
    """Drop the oldest lines, once there are twice as many as are kept. What they say is in the facts by then."""
    for name, kept in KEPT.items():
        lines = _lines(name)
        if len(lines) >= 2 * kept:
            write(history_dir() / f"{name}.jsonl", b"".join(lines[-kept:]))


def _write_facts(known: Facts) -> None:
    path, here = history_dir() / "facts.json", lake_id()
    others = {lake: content for lake, content in (read_json(path) or {}).items() if lake != here}
    newest = dict(list(others.items())[1 - LAKES :])
    write_json(path, newest | {here: known.model_dump(mode="json")})


def _lines(name: str) -> list[bytes]:
    path = history_dir() / f"{name}.jsonl"
    return path.read_bytes().splitlines(keepends=True) if path.is_file() else []


def _of_this_lake(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    here = lake_id()
    for line in lines:
        # Half a line says nothing.
        with suppress(ValueError):
            entry = json.loads(line)
            if entry["lake"] == here:
                yield entry
