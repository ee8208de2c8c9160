"""What earlier runs did, kept outside the lake: results of dbt by run, ages and row counts by look."""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from fcntl import LOCK_EX, flock
from typing import Any

from deltalake import DeltaTable

from lakevault.lake import delta, ledger
from lakevault.metadata.artifacts import Project
from lakevault.paths import history_dir, lake_dir, target_dir

# Commands whose results say something about the lake; compile, docs and show do not.
COMMANDS = {"build", "run", "test", "snapshot", "seed"}


def collect() -> None:
    """Keep the results of dbt's last command, once, with the delivery that each feed had in the vault at that time.

    Messages are left out: they may quote a row.
    """
    try:
        results = json.loads((target_dir() / "run_results.json").read_text())
    except (OSError, ValueError):
        return
    run = results["metadata"]["invocation_id"]
    if results["args"].get("which") not in COMMANDS or any(run == kept["run"] for kept in runs()):
        return
    _append(
        "runs",
        {
            "run": run,
            "lake": lake_id(),
            "at": results["metadata"]["generated_at"][:19],
            "command": results["args"]["which"],
            "vault": in_vault(Project(target_dir())),
            "results": {
                result["unique_id"]: [result["status"], round(result["execution_time"], 2), result.get("failures") or 0]
                for result in results["results"]
            },
        },
    )


def runs() -> Iterator[dict[str, Any]]:
    """Kept runs on this lake, oldest first: run, at, command, vault (load id by feed), results (status, seconds, failures)."""
    here = lake_id()
    return (run for run in _read("runs") if run["lake"] == here)


def keep_look(look: dict[str, Any]) -> None:
    """Keep the ages and row counts of one look at the lake: when a row has come, else once an hour."""
    last = deque(_read("looks"), maxlen=1)
    if last:
        same = all(last[0].get(name) == look[name] for name in ("lake", "load_id", "rows"))
        if same and datetime.fromisoformat(look["at"]) - datetime.fromisoformat(last[0]["at"]) < timedelta(hours=1):
            return
    _append("looks", look)


def looks() -> Iterator[dict[str, Any]]:
    """Kept looks at this lake, oldest first: at, now, load_id, ages (hours by feed and layer), rows by table."""
    here = lake_id()
    return (look for look in _read("looks") if look["lake"] == here)


def lake_id() -> str:
    """Tells one lake from the next: the id that Delta gave its ledger; empty when there is none yet."""
    path = str(lake_dir() / "bronze.db" / "ledger")
    return str(DeltaTable(path).metadata().id) if DeltaTable.is_deltatable(path) else ""


def in_vault(project: Project) -> dict[str, int]:
    """By feed the newest delivery that every vault table fed by it has loaded; feeds without one are left out."""
    logged: dict[int, set[tuple[str, str]]] = {}
    for row in delta.rows(
        lake_dir(), "silver.vault_load_log", "select distinct model, stage, load_id from vault_load_log"
    ):
        logged.setdefault(row["load_id"], set()).add((row["model"], row["stage"]))
    landed: dict[str, set[int]] = {}
    for row in ledger.read(lake_dir()):
        if row["landed_count"]:
            landed.setdefault(row["feed"], set()).add(row["load_id"])
    newest = {}
    for table in project.tables.values():
        if table.kind != "source":
            continue
        stages = [project.tables[i] for i in project.downstream(table.id) if project.tables[i].layer == "Hashed stage"]
        needed = {(child.name, stage.name) for stage in stages for child in project.children(stage.id)}
        loaded = [i for i in landed.get(table.name, ()) if needed and needed <= logged.get(i, set())]
        if loaded:
            newest[table.name] = max(loaded)
    return newest


def _append(name: str, line: dict[str, Any]) -> None:
    history_dir().mkdir(parents=True, exist_ok=True)
    with (history_dir() / f"{name}.jsonl").open("ab+") as file:
        flock(file, LOCK_EX)
        # A killed process may have left half a line.
        file.seek(max(file.tell() - 1, 0))
        torn = file.read(1) not in (b"", b"\n")
        file.write(b"\n" * torn + json.dumps(line, separators=(",", ":")).encode() + b"\n")


def _read(name: str) -> Iterator[dict[str, Any]]:
    path = history_dir() / f"{name}.jsonl"
    if not path.is_file():
        return
    with path.open() as file:
        for line in file:
            # Half a line says nothing.
            with suppress(ValueError):
                yield json.loads(line)
