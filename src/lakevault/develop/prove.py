"""Proofs by fingerprint: the lake is the same however its build goes, and with the dbt Hub's packages.

However it goes: undisturbed, with one thread, with a build for each delivery, with the deliveries in another order, and through
ten kills, some of them while Gold is published. And the star as known at a delivery is the one that was built when it was the last.
"""

import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from lakevault.errors import LakevaultError
from lakevault.feeds import read_feeds
from lakevault.files import read_json
from lakevault.lake import delta
from lakevault.paths import lake_environment, project_dir
from lakevault.pipeline.as_known import moment_of, schema_end
from lakevault.sample import land_sample

KILLS = 10
# So many of them while Gold is published.
KILLS_OF_GOLD = 4
SEED = 2017
SLICE_HOUSEHOLDS = 60
REPLAYED = 3
TESTS = ("test", "unit_test")
WAYS = ("one-thread", "one-by-one", "another-order", "kills", "as-known")
# When and from whom something was learnt. With the deliveries in another order all else is the same, in the tables below.
LEARNT_COLUMNS = delta.RUN_AUDIT_COLUMNS | {"load_dts", "record_source", "known_at", "dbt_updated_at"}
# Numbers of a delivery's files, which follow the order in which its manifest names them.
NUMBERED_IN_TURN = {"file_id", "quarantine_id"}
# Its weeks have no year: the landing time gives it.
DATED_BY_LANDING = {"marketing.placement"}
OF_ANY_ORDER = re.compile(r"silver\.(hub|link|nh_link|bv)_|gold\.")


def prove(console: Console, full: bool, ways: Sequence[str] = WAYS) -> None:
    """Build the same landing zone in the ways that are named, and compare the fingerprints table by table with a plain build.

    Raises LakevaultError, naming the tables, when they differ, and when a way is not known.
    """
    if unknown := set(ways) - set(WAYS):
        raise LakevaultError(f"prove knows {', '.join(WAYS)}, not {', '.join(sorted(unknown))}.")
    if any(way != "as-known" for way in ways):
        _build_and_compare(console, full, ways)
    if "as-known" in ways:
        as_known(console)


def _build_and_compare(console: Console, full: bool, ways: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="lakevault-prove-") as folder:
        base = Path(folder)
        with console.status("landing ..."):
            land_sample(base / "landing", base / "truth", households=None if full else SLICE_HOUSEHOLDS)
        start = time.monotonic()
        _build(base, "undisturbed", threads=3)
        seconds = time.monotonic() - start
        golden = delta.fingerprint(base / "undisturbed" / "lake")
        console.print(f"undisturbed: {seconds:.0f} s, {len(golden)} tables")
        if "one-thread" in ways:
            # The slice is interpreted here and compiled elsewhere: that must make no difference either.
            _build(base, "one-thread", threads=1, small=not full)
            _compare(golden, delta.fingerprint(base / "one-thread" / "lake"), "with one thread")
            console.print("with one thread: equal")
        if "one-by-one" in ways:
            for _ in _build_one_by_one(base, "one-by-one", _deliveries(base), small=not full):
                pass
            lakes = (base / way / "lake" for way in ("undisturbed", "one-by-one"))
            at_once, in_turn = (delta.fingerprint(lake, delta.RUN_AUDIT_COLUMNS | NUMBERED_IN_TURN) for lake in lakes)
            _compare(at_once, in_turn, "with a build for each delivery")
            console.print("with a build for each delivery, and its files in another order: equal")
        if "another-order" in ways:
            _build_in_another_order(base, "another-order", small=not full)
            before, after = (_of_any_order(base / name) for name in ("undisturbed", "another-order"))
            _compare(before, after, "with the deliveries in another order")
            console.print("with the deliveries in another order: equal in keys, in what was true when, and in Gold")
        if "kills" in ways:
            kills = _build_through_kills(base, "killed", seconds, console)
            _compare(golden, delta.fingerprint(base / "killed" / "lake"), f"after {kills} kills")
            console.print(f"after {kills} kills and plain restarts: equal")
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
        for delivery in _deliveries(base):
            shutil.copytree(delivery, incoming / delivery.name)
            moment = moment_of(read_json(delivery / "manifest.json")["load_dts"])
            # The clock stands at the delivery, as it did then: calendar and as-of days follow it.
            clock = json.dumps({"now": str(moment)})
            _run(base, "deliveries", "lakevault.cli", "ingest")
            _run(base, "deliveries", "dbt.cli.main", "build", "--exclude-resource-type", *TESTS, "--vars", clock)
            stars[moment] = delta.fingerprint(base / "deliveries" / "lake")
        for moment, star in stars.items():
            _run(base, "deliveries", "lakevault.cli", "as-known-at", moment.isoformat())
            known = delta.fingerprint(base / "deliveries" / "lake", moment=schema_end(moment))
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
        land_sample(base / "landing", base / "truth", households=SLICE_HOUSEHOLDS)
        incoming = base / "replay" / "landing" / "incoming"
        start = time.monotonic()
        for delivery in _build_one_by_one(base, "replay", _deliveries(base)[:REPLAYED], small=True):
            console.print(f"{delivery.name}: built and tested, {time.monotonic() - start:.0f} s")
            start = time.monotonic()
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
        raise LakevaultError(f"the build '{name}' failed:\n{_end_of_log(base, name)}")


def _run(base: Path, name: str, *command: str) -> None:
    """Run a command of a Python module on a small lake. Raises LakevaultError with the end of its output when it fails."""
    if _start(base, name, threads=3, small=True, command=command).wait():
        raise LakevaultError(f"{' '.join(command)} failed:\n{_end_of_log(base, name)}")


def _end_of_log(base: Path, name: str) -> str:
    return (base / f"{name}.log").read_text()[-6000:]


def _deliveries(base: Path) -> list[Path]:
    return sorted((base / "landing" / "incoming").iterdir())


def _build_one_by_one(base: Path, name: str, deliveries: list[Path], small: bool) -> Iterator[Path]:
    """Land and build one delivery after the other, the files of each in another order; gives each when it is built."""
    incoming = base / name / "landing" / "incoming"
    for delivery in deliveries:
        shutil.copytree(delivery, incoming / delivery.name)
        manifest = read_json(delivery / "manifest.json")
        manifest["files"].reverse()
        (incoming / delivery.name / "manifest.json").write_text(json.dumps(manifest))
        _build(base, name, threads=3, small=small)
        yield delivery


def _build_in_another_order(base: Path, name: str, small: bool) -> None:
    """Build deliveries 1, 5, 4, 3, 2 ...: each keeps its time, and gets the files that another one has.

    What its landing gives a meaning stays where it is: full extracts, since who is missing from one was deleted after the one
    before; feeds that are dated by it; topics, whose ranges are loaded in the order of their offsets.
    """
    feeds = read_feeds(project_dir() / "models")
    deliveries = _deliveries(base)
    incoming = base / name / "landing" / "incoming"
    for delivery, other in zip(deliveries, [deliveries[0], *reversed(deliveries[1:])], strict=True):
        manifest = read_json(delivery / "manifest.json")
        files = []
        for source in dict.fromkeys((delivery, other)):
            for file in read_json(source / "manifest.json")["files"]:
                label = f"{file['source']}.{file['feed']}"
                feed = feeds[label]
                stays = feed.delivers == "full_extract" or feed.topic is not None or label in DATED_BY_LANDING
                if source == (delivery if stays else other):
                    files.append(file)
                    path = incoming / delivery.name / file["path"]
                    path.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(source / file["path"], path)
        (incoming / delivery.name / "manifest.json").write_text(json.dumps(manifest | {"files": files}))
    _build(base, name, threads=3, small=small)


def _of_any_order(own: Path) -> dict[str, tuple[int, str]]:
    """Fingerprints of the keys, of what was true when, and of Gold."""
    prints = delta.fingerprint(own / "lake", LEARNT_COLUMNS)
    return {name: value for name, value in prints.items() if OF_ANY_ORDER.match(name)}


def _build_through_kills(base: Path, name: str, seconds: float, console: Console) -> int:
    """Kill a build and its restarts, then let it end; gives the number of kills that hit a running build.

    Raises LakevaultError when a restart fails by itself, or a build ended before half of the kills, or of those of Gold.
    """
    generator = random.Random(SEED)
    kills, of_gold = 0, 0
    while kills < KILLS:
        # Early and late in a build: each restart is killed after another fraction of an undisturbed build's time. The last
        # ones begin to count when the first table of Gold is written.
        in_gold = kills >= KILLS - KILLS_OF_GOLD
        delay = generator.uniform(0, 0.1) if in_gold else generator.uniform(0.03, 0.2)
        started = time.time()
        process = _start(base, name, threads=3, small=False)
        while in_gold and process.poll() is None and not _writes_gold(base / name / "lake", started):
            time.sleep(0.2)
        try:
            process.wait(timeout=delay * seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
            of_gold += in_gold
            where = "of Gold" if in_gold else "of the build"
            console.print(f"kill {kills} of {KILLS}: {delay * seconds:.0f} s after the beginning {where}")
        else:
            if process.returncode:
                raise LakevaultError(f"the build failed by itself after {kills} kills:\n{_end_of_log(base, name)}")
            console.print(f"the build ended after {kills} kills")
            break
    if kills < KILLS / 2 or of_gold < KILLS_OF_GOLD / 2:
        raise LakevaultError(
            f"the build ended after {kills} kills, {of_gold} of them in Gold, fewer than half of {KILLS} and "
            f"{KILLS_OF_GOLD}: nothing is proven."
        )
    _build(base, name, threads=3)
    return kills


def _writes_gold(lake: Path, since: float) -> bool:
    return any(path.stat().st_mtime > since for path in lake.glob("gold.db/*/_delta_log/*.json"))


def _compare(golden: dict[str, tuple[int, str]], other: dict[str, tuple[int, str]], how: str) -> None:
    different = [
        f"{name}: {golden.get(name)} expected, {other.get(name)} {how}"
        for name in sorted(golden.keys() | other.keys())
        if golden.get(name) != other.get(name)
    ]
    if different:
        raise LakevaultError(f"the lake differs {how}:\n  " + "\n  ".join(different))
