"""One model, checked as CI checks it, on the small lake: rows first, then words, lint, layer rules, tests."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from lakevault.console import said, shown
from lakevault.develop import gate, small_lake
from lakevault.develop.preview import file_of, show, start_early
from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import read_manifest
from lakevault.paths import lake_dir, target_dir
from lakevault.pipeline import contract, dbt_runner
from lakevault.pipeline.lock import build_lock

# As in the Makefile: warnings are errors, but the time of an old model version may run out without stopping everybody.
WARNINGS = '{"error": "all", "warn": ["UpcomingReferenceDeprecation", "DeprecatedReference", "DeprecatedModel"]}'


def check(model: str, console: Console) -> None:
    """Print ten rows of a model and check it; say all that is wrong before the tests run.

    Raises:
        LakevaultError: what is wrong, where, and what to do.
    """
    path = file_of(model)
    small_lake.work_on_it()
    steps = _Steps(console)
    with build_lock(lake_dir()):
        spark = start_early(small_lake.is_current())
        with steps.step("format"):
            lint = _format(path)
        with steps.step("parse"):
            # A partial parse loses what _singular.yml says of tests.
            dbt_runner.parse("--warn-error-options", WARNINGS, dbt_runner.WHOLE)
        rules = ThreadPoolExecutor(1).submit(_layer_rules)
        small_lake.make_ready(model, console)
        with steps.step("rows"):
            spark()
            node = dbt_runner.compiled(model)
            types = show(node, console)
        with steps.step("contract, descriptions, lint and layer rules"):
            manifest = read_manifest(target_dir())
            wrong = gate.wrong(manifest, manifest["nodes"][node.unique_id], node.compiled_code)
            if node.patch_path and (difference := contract.difference(node, types)):
                wrong.append(f"{node.patch_path.split('://')[1]}: {difference}")
            # What is not described breaks rules only for that; what others work on is theirs.
            wrong += lint + [text for file, text in rules.result() if file == str(path) and node.patch_path]
            if wrong:
                raise LakevaultError("not ready for a pull request:\n  " + "\n  ".join(wrong))
        with steps.step("build and tests"):
            _build(model)


class _Steps:
    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Say that a step went well, and how long it took."""
        start = time.monotonic()
        with self._console.status(f"{name} ..."):
            yield
        self._console.print(said("ok", "green", f"  {name} {time.monotonic() - start:.0f} s"))


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).parent / command[0])
    return subprocess.run([program, *command[1:]], capture_output=True, text=True)


def _format(path: Path) -> list[str]:
    """Format a model; returns what has to be changed by hand, with its line."""
    done = _run("sqlfluff", "fix", "-q", "--show-lint-violations", str(path))
    # "L:  12 | P:   5 | RF02 | Unqualified reference ...", continued on lines that begin with a bar; some come twice.
    text = re.sub(r"\n\s+\|\s*", " ", shown(done.stdout))
    found = dict.fromkeys(re.findall(r"^L:\s*(\d+) \|.*?\|\s*(\w+) \|\s*(.*?)(?: \[[\w.]+\])?$", text, re.MULTILINE))
    if not found and done.returncode not in (0, 1):
        return [f"sqlfluff fix {path}: {(done.stdout + done.stderr).strip()[-500:]}"]
    return [f"{path}:{line}: {what} ({rule})" for line, rule, what in found]


def _layer_rules() -> list[tuple[str, str]]:
    """What dbt-bouncer has against the project: the file, and a sentence."""
    # dbt-bouncer.yml names the folder.
    Path("target").mkdir(exist_ok=True)
    shutil.copy(target_dir() / "manifest.json", "target")
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        options = ("--config-file", "dbt-bouncer.yml", "--output-file", file.name, "--output-only-failures")
        done = _run("dbt-bouncer", *options)
        if done.returncode == 0:
            return []
        failed: list[dict[str, str]] = json.loads(Path(file.name).read_text() or "[]")
    if not failed:
        raise LakevaultError(f"dbt-bouncer stopped:\n{(done.stdout + done.stderr).strip()[-1000:]}")
    return [
        (entry["file_path"], f"{entry['file_path']}: {entry['failure_message'].split(' - ')[-1]}") for entry in failed
    ]


def _build(model: str) -> None:
    """The model, and all that was changed since the small lake had it, with their readers and tests."""
    from lakevault.monitoring.status import look_and_keep

    state = str(small_lake.STATE.resolve())
    outcome = dbt_runner.run(["build", "--select", f"{model}+", "state:modified+", "--state", state])
    # `make review` reads rows and tests from it.
    look_and_keep()
    if outcome.failures:
        raise LakevaultError(
            "\n  ".join(outcome.failures) + "\n`lakevault explain <test>` says more about a test on your own lake."
        )
    small_lake.keep_state()
