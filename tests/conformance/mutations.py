"""Does the suite notice a wrong macro? One change of the SQL at a time is run against the scenarios of its structure.

`python -m tests.conformance.mutations [FILE[:NUMBER] ...]`: all of mutants/*.yml, or those of some files. The quick scenarios
come first; the others of the same files only when those noticed nothing. Exit code 1 when a change is not noticed.
"""

import argparse
import copy
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml
from pyspark.sql import SparkSession

from tests.embedded import PACKAGES, PROJECT

from . import engine
from .compare import problems
from .lanes import make_lanes
from .scenarios import FOLDER, Scenario, read_all


@dataclass
class Mutant:
    """One change of one file of a package, and the scenario files of which one has to fail."""

    name: str
    file: Path
    find: str
    replace: str
    scenarios: list[str]


def read_mutants(folder: Path = FOLDER / "mutants") -> list[Mutant]:
    """The mutants of all files; a text that occurs in no macro of its place, or in several, is an error."""
    mutants = []
    for path in sorted(folder.glob("*.yml")):
        content = yaml.safe_load(path.read_text())
        for number, change in enumerate(content["mutants"], start=1):
            name = f"{path.stem}:{number}"
            places = change.get("in", content["in"])
            file = file_with(change["find"], [places] if isinstance(places, str) else places, name)
            scenarios = change.get("scenarios", content["scenarios"])
            mutants.append(Mutant(name, file, change["find"], change["replace"], scenarios))
    return mutants


def file_with(text: str, places: list[str], name: str) -> Path:
    """The one macro file with this text, relative to `packages/`; the places are files and folders of the macros."""
    macros = PROJECT / "packages" / "automate_dv_spark" / "macros"
    files = [file for place in places for file in [macros / place, *sorted((macros / place).rglob("*.sql"))]]
    found = [file for file in files if file.is_file() and text in file.read_text()]
    if len(found) != 1:
        raise ValueError(f"{name}: {len(found)} files of {', '.join(places)} contain: {text}")
    return found[0].relative_to(PROJECT / "packages")


def noticed_by(mutant: Mutant, scenarios: list[Scenario], spark: SparkSession, home: Path) -> str | None:
    """The title of a scenario that fails with the change; none when all pass."""
    if not scenarios:
        return None
    engine.forget(spark, home)
    changed_packages = home / "changed"
    shutil.rmtree(changed_packages, ignore_errors=True)
    packages = [Path(shutil.copytree(package, changed_packages / package.name)) for package in PACKAGES]
    changed = changed_packages / mutant.file
    changed.write_text(changed.read_text().replace(mutant.find, mutant.replace))
    # A run changes its scenarios: lanes decide which are alone.
    scenarios = copy.deepcopy(scenarios)
    try:
        snapshots = engine.run_on(spark, make_lanes(scenarios), home, packages)
    except RuntimeError as error:
        return f"dbt: {str(error).splitlines()[0]}"
    failing = (scenario.title for scenario in scenarios if problems(scenario, snapshots[scenario.title], False))
    return next(failing, None)


def chosen(mutants: list[Mutant], names: list[str]) -> list[Mutant]:
    """The mutants that are named, by file or by file and number; all when none is."""
    return [mutant for mutant in mutants if not names or mutant.name in names or mutant.name.split(":")[0] in names]


def main(names: list[str]) -> int:
    """Run the mutants that are named, and say of each whether it was noticed and by what."""
    scenarios = read_all()
    missed = []
    home = Path(tempfile.mkdtemp(prefix="mutants-")).resolve()
    spark = engine.start_spark(home, ansi=False)
    try:
        for mutant in chosen(read_mutants(), names):
            own = [scenario for scenario in scenarios if scenario.file in mutant.scenarios]
            quick = [scenario for scenario in own if scenario.quick]
            slow = [scenario for scenario in own if not scenario.quick]
            title = noticed_by(mutant, quick, spark, home) or noticed_by(mutant, slow, spark, home)
            change = " ".join(f"{mutant.find} -> {mutant.replace or 'nothing'}".split())
            print(
                f"{mutant.name}: {'noticed' if title else 'NOT NOTICED'}\n  {change}\n  {title or mutant.file}",
                flush=True,
            )
            missed += [] if title else [mutant.name]
    finally:
        spark.stop()
        shutil.rmtree(home, ignore_errors=True)
    print(f"not noticed: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="FILE[:NUMBER]", help="a file of mutants/, or one change in it")
    sys.exit(main(parser.parse_args().names))
