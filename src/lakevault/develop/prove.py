"""Proofs by fingerprint: the lake is the same undisturbed, with one thread and through ten kills, and with the dbt Hub's packages.

And the star as it was known at a delivery is the one that was built when that delivery was the last.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from lakevault.errors import LakevaultError
from lakevault.lake import delta
from lakevault.paths import lake_environment, project_dir
from lakevault.pipeline.as_known import moment_of, schema_end
from lakevault.sample import land_sample

KILLS = 10
SEED = 2017
SLICE_HOUSEHOLDS = 60
REPLAYED = 3
TESTS = ("test", "unit_test")


def prove(console: Console, full: bool) -> None:
    """Build the same landing zone three ways and compare the fingerprints table by table.

    Raises LakevaultError, naming the tables, when they differ.
    """
    with tempfile.TemporaryDirectory(prefix="lakevault-prove-") as folder:
        base = Path(folder)
        with console.status("landing ..."):
            land_sample(base / "landing", base / "truth", households=None if full else SLICE_HOUSEHOLDS)
        start = time.monotonic()
        _build(base, "undisturbed", threads=3)
        seconds = time.monotonic() - start
        golden = delta.fingerprint(base / "undisturbed" / "lake")
        console.print(f"undisturbed: {seconds:.0f} s, {len(golden)} tables")
        # The slice is interpreted here and compiled elsewhere: that must make no difference either.
        _build(base, "one-thread", threads=1, small=not full)
        _compare(golden, delta.fingerprint(base / "one-thread" / "lake"), "with one thread")
        console.print("with one thread: equal")
        kills = _build_through_kills(base, "killed", seconds, console)
        _compare(golden, delta.fingerprint(base / "killed" / "lake"), f"after {kills} kills")
        console.print(f"after {kills} kills and plain restarts: equal")
    as_known(console)
    _show(golden, console)


def as_known(console: Console, households: int = SLICE_HOUSEHOLDS) -> None:
    """Build deliveries one after the other, Gold after each, then ask the full lake what was known at each of them.

    Raises LakevaultError, naming the tables, when the star as known at a delivery is not the one of then.
    """
    with tempfile.TemporaryDirectory(prefix="lakevault-as-known-") as folder:
        base = Path(folder)
        land_sample(base / "landing", base / "truth", households=households)
        incoming = base / "deliveries" / "landing" / "incoming"
        stars = {}
        for delivery in sorted((base / "landing" / "incoming").iterdir()):
            shutil.copytree(delivery, incoming / delivery.name)
            moment = moment_of(json.loads((delivery / "manifest.json").read_text())["load_dts"])
            # The clock stands at the delivery, as it did then: calendar and as-of days follow it.
            clock = json.dumps({"now": str(moment)})
            _run(base, "deliveries", "lakevault.cli", "ingest")
            _run(base, "deliveries", "dbt.cli.main", "build", "--exclude-resource-type", *TESTS, "--vars", clock)
            stars[moment] = delta.fingerprint(base / "deliveries" / "lake")
        for moment, star in stars.items():
            _run(base, "deliveries", "lakevault.cli", "as-known-at", moment.isoformat())
            known = delta.fingerprint(base / "deliveries" / "lake", schema_end(moment))
            # Snapshots say when a version became known to the lake; the new ones were told all at once.
            compared = {name for name in known if ".snp_" not in name}
            compared |= {name for name in star if name.startswith("gold.")}
            then, now = ({name: each[name] for name in compared & each.keys()} for each in (star, known))
            _compare(then, now, f"as known at {moment}")
            console.print(f"as known at {moment}: {len(compared)} tables equal those of then")
        published = delta.fingerprint(base / "deliveries" / "lake")
        _compare(star, published, "after all stars were built")
    console.print("the published tables are as they were")


def replay(console: Console) -> None:
    """Deliveries 1, 2, 3 of a slice one after the other, each with its tests, then 3 again, which must add nothing.

    Raises LakevaultError when a build or a test fails, or the fourth start adds a row.
    """
    with tempfile.TemporaryDirectory(prefix="lakevault-replay-") as folder:
        base = Path(folder)
        land_sample(base / "landing", base / "all", households=SLICE_HOUSEHOLDS)
        incoming = base / "replay" / "landing" / "incoming"
        for delivery in sorted((base / "landing" / "incoming").iterdir())[:REPLAYED]:
            shutil.copytree(delivery, incoming / delivery.name)
            start = time.monotonic()
            _build(base, "replay", threads=3, small=True)
            console.print(f"{delivery.name}: built and tested, {time.monotonic() - start:.0f} s")
        before = delta.fingerprint(base / "replay" / "lake")
        shutil.copytree(delivery, incoming / delivery.name, dirs_exist_ok=True)
        _build(base, "replay", threads=3, small=True)
        # The ledger records that the same files came again; nothing else may change.
        after = delta.fingerprint(base / "replay" / "lake")
        for prints in (before, after):
            del prints["bronze.ledger"]
        _compare(before, after, "after the last delivery came again")
    console.print(f"{delivery.name} again: nothing added")


def compare_with_hub(console: Console, full: bool, packages: list[Path]) -> None:
    """Build the same landing zone with the packages in this repository and with those of the dbt Hub, given as folders.

    Raises LakevaultError, naming the tables, when they differ, and when a folder holds no dbt package.
    """
    with tempfile.TemporaryDirectory(prefix="lakevault-hub-") as folder:
        base = Path(folder)
        project = _project_with(packages, base / "project")
        with console.status("landing ..."):
            land_sample(base / "landing", base / "truth", households=None if full else SLICE_HOUSEHOLDS)
        _build(base, "own-packages", threads=3, small=not full)
        golden = delta.fingerprint(base / "own-packages" / "lake")
        console.print(f"with the packages of this repository: {len(golden)} tables")
        _build(base, "hub-packages", threads=3, small=not full, project=project)
        _compare(golden, delta.fingerprint(base / "hub-packages" / "lake"), "with the packages of the Hub")
        console.print("with the packages of the Hub: equal")
    _show(golden, console)


def _project_with(packages: list[Path], copy: Path) -> Path:
    """A copy of the project whose dbt_packages/ holds our vault package and the given ones."""
    installed = {"automate_dv_spark": project_dir() / "packages" / "automate_dv_spark"}
    for package in packages:
        described = package / "dbt_project.yml"
        if not described.is_file():
            raise LakevaultError(f"{package} holds no dbt package (no dbt_project.yml).")
        installed[yaml.safe_load(described.read_text())["name"]] = package.resolve()
    own = ("dbt_packages", "lake", "landing", "truth", "target", "logs", ".*")
    shutil.copytree(project_dir(), copy, symlinks=True, ignore=shutil.ignore_patterns(*own))
    (copy / "dbt_packages").mkdir()
    for name, source in installed.items():
        (copy / "dbt_packages" / name).symlink_to(source)
    return copy


def _show(prints: dict[str, tuple[int, str]], console: Console) -> None:
    table = Table("table", "rows", "fingerprint")
    for name, (rows, value) in prints.items():
        table.add_row(name, f"{rows:,}", value)
    console.print(table)
    console.print(f"lake: {_of_lake(prints)}")


def _of_lake(prints: dict[str, tuple[int, str]]) -> str:
    return hashlib.sha256(repr(sorted(prints.items())).encode()).hexdigest()[:32]


def _start(
    base: Path,
    name: str,
    threads: int,
    small: bool,
    project: Path | None = None,
    command: tuple[str, ...] = ("lakevault.cli", "build"),
) -> subprocess.Popen[bytes]:
    own = base / name
    if not (own / "landing").is_dir():
        shutil.copytree(base / "landing", own / "landing")
    # All of them are measured against one truth.
    shared = {"LAKEVAULT_TRUTH": str(base / "truth"), "LAKEVAULT_THREADS": str(threads)}
    environment = os.environ | lake_environment(own, small) | shared
    with (base / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            env=environment,
            cwd=project,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _build(base: Path, name: str, threads: int, small: bool = False, project: Path | None = None) -> None:
    if _start(base, name, threads, small, project).wait():
        raise LakevaultError(f"the build '{name}' failed:\n{(base / f'{name}.log').read_text()[-6000:]}")


def _run(base: Path, name: str, *command: str) -> None:
    """Run a command of a Python module on a small lake. Raises LakevaultError with the end of its output when it fails."""
    if _start(base, name, threads=3, small=True, command=command).wait():
        raise LakevaultError(f"{' '.join(command)} failed:\n{(base / f'{name}.log').read_text()[-6000:]}")


def _build_through_kills(base: Path, name: str, seconds: float, console: Console) -> int:
    """Kill a build and its restarts, then let it end; gives the number of kills that hit a running build.

    Raises LakevaultError when a restart fails by itself, or a build ended before half of the kills.
    """
    generator = random.Random(SEED)
    kills = 0
    while kills < KILLS:
        # Early and late in a build: each restart is killed after another fraction of an undisturbed build's time.
        delay = generator.uniform(0.05, 0.4) * seconds
        process = _start(base, name, threads=3, small=False)
        try:
            process.wait(timeout=delay)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
            console.print(f"kill {kills} of {KILLS}: after {delay:.0f} s")
        else:
            if process.returncode:
                log = (base / f"{name}.log").read_text()[-6000:]
                raise LakevaultError(f"the build failed by itself after {kills} kills:\n{log}")
            console.print(f"the build ended after {kills} kills")
            break
    if kills < KILLS / 2:
        raise LakevaultError(f"the build ended after {kills} kills, fewer than half of {KILLS}: nothing is proven.")
    _build(base, name, threads=3)
    return kills


def _compare(golden: dict[str, tuple[int, str]], other: dict[str, tuple[int, str]], how: str) -> None:
    different = [
        f"{name}: {golden.get(name)} expected, {other.get(name)} {how}"
        for name in sorted(golden.keys() | other.keys())
        if golden.get(name) != other.get(name)
    ]
    if different:
        raise LakevaultError(f"the lake differs {how}:\n  " + "\n  ".join(different))
