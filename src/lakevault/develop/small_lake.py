"""The small lake: 40 households of the sample in .cache/small, built once, on which changes are tried.

It is built without the model that is being changed, so that a mistake in it costs nothing. What it holds is written down
beside it (state/manifest.json): what differs from that is built before it is read.
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console

from lakevault.console import said
from lakevault.develop.comparison import Comparison
from lakevault.errors import LakevaultError
from lakevault.files import read_json, write_json
from lakevault.metadata.artifacts import reachable, read_manifest
from lakevault.paths import CODE_FILES, CODE_FOLDERS, lake_environment

SMALL = Path(".cache/small")
HOUSEHOLDS = 40
STATE = SMALL / "state"
# What models outside of it do not read.
NOT_READ_FROM = (("models", "gold"), ("models", "fast_lane"))


def work_on_it() -> None:
    """From here on this process works on the small lake."""
    os.environ.update(lake_environment(SMALL.resolve(), small=True))


def is_current() -> bool:
    """Whether nothing but Gold, the fast lane and tests was touched since the small lake was brought up to date; then it stays."""
    state = STATE / "manifest.json"
    if not state.is_file():
        return False
    files = [Path(name) for name in CODE_FILES]
    for folder in (each for each in CODE_FOLDERS if each != "tests/dbt"):
        files += [path for path in Path(folder).rglob("*") if path.parts[:2] not in NOT_READ_FROM]
    return max(path.stat().st_mtime for path in files if path.is_file()) < state.stat().st_mtime


def make_ready(model: str, console: Console) -> None:
    """Build the small lake if it is not there or too old, and what the model reads and has changed since.

    The project has to be parsed, and this process has to work on the small lake.

    Args:
        model: name of the model that is tried; nothing of it is built here.
        console: where to say what takes time.

    Raises:
        LakevaultError: something that the model reads cannot be built.
    """
    from lakevault.pipeline import build, dbt_runner

    now = read_manifest(SMALL / "target")
    model_id = next((i for i in now["nodes"] if i.split(".")[0] == "model" and i.split(".")[-1] == model), "")
    own = {model_id} | reachable(model_id, lambda at: now["child_map"].get(at, []))
    kept = read_json(STATE / "manifest.json")
    if kept is not None and (why := _outdated(kept, now, own)):
        console.print(f"the small lake is built again, because tables in it keep rows of before a change: {why}")
        shutil.rmtree(SMALL, ignore_errors=True)
        dbt_runner.parse()
        kept = None
    if kept is None:
        _build(model, own, console)
        kept = read_json(STATE / "manifest.json")
    if now["sources"].keys() - kept["sources"].keys():
        # A new feed has no table yet.
        build.init(console)
    upstream = reachable(model_id, lambda at: now["parent_map"].get(at, [])) - own
    changed = [change.name for change in Comparison(kept, now).changes if change.id in upstream]
    if changed:
        console.print(f"building first what it reads and what was changed: {', '.join(changed)}")
        kinds = ("model", "snapshot", "seed")
        outcome = dbt_runner.run(
            ["build", "--select", *(f"{name}+,+{model}" for name in changed), "--exclude", model]
            + [part for kind in kinds for part in ("--resource-type", kind)]
        )
        if outcome.failures:
            raise LakevaultError("what the model reads cannot be built:\n  " + "\n  ".join(outcome.failures))
        built = {i for i in upstream if i in now["nodes"]}
        kept["nodes"] |= {i: now["nodes"][i] for i in built}
        write_json(STATE / "manifest.json", kept)


def keep_state(not_built: Iterable[str] = ()) -> None:
    """Write down that the small lake is as the project is now, but for some models."""
    manifest = read_manifest(SMALL / "target")
    for node_id in not_built:
        manifest["nodes"].pop(node_id, None)
    STATE.mkdir(exist_ok=True)
    write_json(STATE / "manifest.json", manifest)


def use(console: Console) -> None:
    """Bring the small lake up to date with the whole project, tests included; this process works on it from here on.

    Raises:
        LakevaultError: a model or a test fails.
    """
    from lakevault.pipeline import build

    work_on_it()
    _land()
    report = build.build(None, console)
    if report.failures:
        raise LakevaultError(
            "the project must build before its site can be written:\n  " + "\n  ".join(report.failures)
        )
    keep_state()


def _outdated(kept: dict[str, Any], now: dict[str, Any], own: set[str]) -> str:
    """What of the small lake cannot be brought up to date; the model itself is not looked at."""
    found = Comparison(kept, now)
    ours = {now["nodes"][i]["name"] for i in own if i in now["nodes"]}
    return ", ".join(name for name in found.rebuilt if name not in ours)


def _land() -> None:
    from lakevault.sample import land_sample

    if not (SMALL / "landing" / "landing.json").is_file():
        land_sample(SMALL / "landing", SMALL / "truth", households=HOUSEHOLDS)


def _build(model: str, own: set[str], console: Console) -> None:
    from lakevault.pipeline import build

    console.print(f"building the small lake without {model}; this happens once and takes some minutes")
    _land()
    report = build.build(None, console, without=model)
    for failure in report.failures:
        console.print(said("  not in the small lake:", "yellow", f" {failure}"))
    keep_state(own | report.not_built)
