"""dbt in this process: one Spark session and one parsed manifest for the whole loop."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lakevault.errors import LakevaultError
from lakevault.monitoring import history

# Events that say that a node has finished, and their field with the number of all nodes.
COUNTED = {
    "LogModelResult": "total",
    "LogSnapshotResult": "total",
    "LogSeedResult": "total",
    "LogTestResult": "num_models",
}
# A partial parse loses the properties of tests of their own when a source that they read has changed.
WHOLE = "--no-partial-parse"
QUIET = ["--log-level", "none", "--log-level-file", "info"]
BAD = {"error", "fail", "runtime error"}


@dataclass
class CommandOutcome:
    """What one dbt command did: results by kind, the messages of those that failed, and all that has to run again by name."""

    passed: int = 0
    warned: int = 0
    failures: list[str] = field(default_factory=list)
    models: int = 0
    skipped: int = 0
    pending: list[str] = field(default_factory=list)


@cache
def _manifest() -> Any:
    from dbt.cli.main import dbtRunner

    result = dbtRunner().invoke(["--log-level", "none", WHOLE, "parse"])
    if not result.success:
        raise LakevaultError(f"the dbt project does not parse:\n{result.exception or result.result}\nRun `dbt parse`.")
    return result.result


def generate_docs(target: Path) -> None:
    """Compile everything and read the catalog; manifest.json and catalog.json go to `target`.

    Raises LakevaultError when a model does not compile.
    """
    from dbt.cli.main import dbtRunner

    target.mkdir(parents=True, exist_ok=True)
    result = dbtRunner().invoke([*QUIET, WHOLE, "docs", "generate", "--target-path", str(target)])
    if not result.success:
        said = str(result.exception).strip().splitlines()
        raise LakevaultError(
            f"dbt docs generate stopped; a lake must be built once before it can be documented (`make build`).\n"
            f"  {' '.join(said[:2])}\nDetails: logs/dbt.log."
        )


def run(arguments: list[str], on_node: Callable[[str, int, int], None] | None = None) -> CommandOutcome:
    """Run one dbt command; `on_node(name, done, total)` is called as nodes finish.

    Raises LakevaultError when dbt itself could not run; failed models and tests are in the outcome.
    """
    from dbt.cli.main import dbtRunner

    def listen(event: Any) -> None:
        if on_node and event.info.name in COUNTED:
            on_node(event.data.node_info.node_name, event.data.index, getattr(event.data, COUNTED[event.info.name]))

    result = dbtRunner(manifest=_manifest(), callbacks=[listen]).invoke([*QUIET, *arguments])
    results = getattr(result.result, "results", None)
    if result.exception or results is None:
        raise LakevaultError(f"dbt {' '.join(arguments)} stopped: {result.exception}\nDetails: logs/dbt.log.")
    history.collect()
    outcome = CommandOutcome()
    for entry in results:
        kind, status = entry.node.resource_type, str(entry.status)
        if status in BAD or status == "skipped":
            outcome.pending.append(entry.node.name)
        if status in BAD:
            where = getattr(entry.node, "original_file_path", "")
            outcome.failures.append(f"{kind} {entry.node.name} ({where}): {(entry.message or status).strip()[:600]}")
        elif kind in {"test", "unit_test"}:
            outcome.passed += status == "pass"
            outcome.warned += status == "warn"
        elif status == "skipped":
            outcome.skipped += 1
        elif status == "success":
            outcome.models += 1
    return outcome
