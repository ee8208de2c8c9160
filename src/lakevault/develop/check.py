"""One model, checked as CI checks it: format, lint, layer rules, build and tests on a small lake; and ten of its rows."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from deltalake import DeltaTable
from rich.console import Console

from lakevault.console import said
from lakevault.develop.new_mart import left_over
from lakevault.errors import LakevaultError
from lakevault.lake.delta import folder
from lakevault.metadata.artifacts import Project
from lakevault.paths import lake_environment

SMALL = Path(".cache/small")
HOUSEHOLDS = 40
PREVIEWED = 10
# As in the Makefile: warnings are errors, but the time of an old model version may run out without stopping everybody.
WARNINGS = '{"error": "all", "warn": ["UpcomingReferenceDeprecation", "DeprecatedReference", "DeprecatedModel"]}'
PARSE = ["dbt", "--quiet", "--warn-error-options", WARNINGS, "--no-partial-parse", "parse"]


def check(model: str, console: Console) -> None:
    """Check a model and print ten of its rows.

    The small lake is built once; then only the model is built, and what has changed since.

    Raises:
        LakevaultError: what is wrong, where, and what to do.
    """
    if not model:
        raise LakevaultError("name a model: `make check m=rpt_something`.")
    paths = list(Path("models").glob(f"**/{model}.sql"))
    if not paths:
        raise LakevaultError(f"there is no models/**/{model}.sql; `make new-mart` writes a new one.")
    if len(paths) > 1:
        raise LakevaultError(f"{model} is not one file: {', '.join(map(str, paths))}; a model's name must be unique.")
    path = paths[0]
    steps: dict[str, Callable[[], None]] = {
        # The next step names what this one cannot fix, with its line.
        "format": lambda: _run(["sqlfluff", "fix", "-q", str(path)], passes=(0, 1)),
        "lint": lambda: _run(["sqlfluff", "lint", "--disable-progress-bar", str(path)], "fix the lines named below"),
        "descriptions": lambda: _words(path),
        "parse": lambda: _run(PARSE, "fix the file named below"),
        "layer rules": lambda: _run(
            ["dbt-bouncer", "--config-file", "dbt-bouncer.yml"], "dbt-bouncer.yml has the rules"
        ),
        "small lake": lambda: _small_lake(console),
        "build and tests": lambda: _build(model),
    }
    for name, step in steps.items():
        start = time.monotonic()
        with console.status(f"{name} ..."):
            step()
        console.print(said("ok", "green", f"  {name} {time.monotonic() - start:.0f} s"))
    _preview(path, console)


def use_small_lake(console: Console) -> None:
    """Bring the small lake up to date with the project; from here on this process works on it."""
    _small_lake(console)
    _run(["lakevault", "build"], "the project must build before its site can be written", _environment())
    _keep_state()
    os.environ.update(_environment())


def _run(
    command: list[str], hint: str = "", environment: dict[str, str] | None = None, passes: tuple[int, ...] = (0,)
) -> None:
    program = str(Path(sys.executable).parent / command[0])
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, env=os.environ | (environment or {}))
    if done.returncode not in passes:
        said = (done.stdout + done.stderr).strip()
        raise LakevaultError(f"{' '.join(command)}: {hint}.\n{said[-4000:]}")


def _words(path: Path) -> None:
    """Refuse texts of the scaffold that are still in the model's description, or in the exposures beside it."""
    described = [path.with_suffix(".yml"), *path.parent.glob("_*__exposures.yml")]
    if left := left_over(each for each in described if each.is_file()):
        raise LakevaultError("these texts come from the scaffold; replace them with your own:\n  " + "\n  ".join(left))


def _environment() -> dict[str, str]:
    return lake_environment(SMALL.resolve(), small=True)


def _small_lake(console: Console) -> None:
    if (SMALL / "state" / "manifest.json").is_file():
        return
    from lakevault.sample import land_sample

    console.print("building the small lake; this happens once and takes some minutes")
    if not (SMALL / "landing" / "landing.json").is_file():
        land_sample(SMALL / "landing", SMALL / "truth", households=HOUSEHOLDS)
    _run(
        ["lakevault", "build"],
        "a model or a test fails: fix it and check again, the build continues from there",
        _environment(),
    )
    _keep_state()


def _build(model: str) -> None:
    """The model, and all that was changed since the small lake had it, with their readers."""
    selection = ["--select", f"{model}+", "state:modified+", "--state", str(SMALL / "state")]
    try:
        _run(
            ["dbt", "build", *selection],
            "fix what is named below; `lakevault explain <test>` says more about a test",
            _environment(),
        )
    finally:
        # `make review` reads rows and tests from it.
        _run(["lakevault", "status"], environment=_environment(), passes=(0, 1, 2))
    _keep_state()


def _keep_state() -> None:
    """The small lake is as the project is now."""
    (SMALL / "state").mkdir(exist_ok=True)
    shutil.copy(SMALL / "target" / "manifest.json", SMALL / "state")


def _preview(path: Path, console: Console) -> None:
    model = next(table for table in Project(SMALL / "target").tables.values() if table.path == str(path))
    table = SMALL / "lake" / folder(model.relation)
    if not table.is_dir():
        console.print("(a view; `dbt show` prints its rows)")
        return
    with duckdb.connect() as connection:
        connection.register("model", DeltaTable(str(table)).to_pyarrow_dataset())
        rows = connection.execute(f"select * from model limit {PREVIEWED}").df()
    console.print(f"{table.name}, {len(rows)} rows", style="italic")
    # Columns that do not fit side by side continue below, with the numbers of the rows.
    print(rows.to_string(line_width=console.width, max_colwidth=32))
