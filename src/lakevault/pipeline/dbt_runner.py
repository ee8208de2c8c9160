"""dbt in this process: one Spark session and one parsed manifest for the whole loop."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import FAST_LANE
from lakevault.monitoring import history
from lakevault.paths import variables
from lakevault.pipeline import engine_errors

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
BUILT = {"model", "snapshot", "seed"}


@dataclass
class CommandOutcome:
    """What one dbt command did: results by kind, messages of failures, what has to run again by name, ids of models not built.

    `blocks`: whether some of what failed or was skipped is not of the fast lane, for which nothing waits.
    """

    passed: int = 0
    warned: int = 0
    failures: list[str] = field(default_factory=list)
    models: int = 0
    skipped: int = 0
    pending: list[str] = field(default_factory=list)
    not_built: set[str] = field(default_factory=set)
    blocks: bool = False


def parse(*options: str) -> Any:
    """Parse the project; later commands of this process work on what was parsed last.

    Args:
        options: of dbt, in front of its command; WHOLE when left out.

    Raises:
        LakevaultError: the project does not parse.
    """
    from dbt.cli.main import dbtRunner

    global _parsed
    _warnings.clear()

    def listen(event: Any) -> None:
        if event.info.name == "JinjaLogWarning":
            _warnings.append(event.data.msg)

    command = ["--log-level", "none", *(options or (WHOLE,)), "parse", *_given()]
    result = dbtRunner(callbacks=[listen]).invoke(command)
    if not result.success:
        raise LakevaultError(f"the dbt project does not parse:\n  {engine_errors.of_project(str(result.exception))}")
    _parsed = result.result
    return _parsed


_parsed: Any = None
_warnings: list[str] = []


def warnings() -> list[str]:
    """What macros of the project warned of when it was parsed last: models of the fast lane that have expired."""
    return list(_warnings)


def _given(more: dict[str, str] | None = None) -> list[str]:
    """The variables of this process, and more, as dbt's option."""
    given = variables() | (more or {})
    return ["--vars", json.dumps(given, default=str)] if given else []


def compiled(model: str) -> Any:
    """The node of a model with its SQL. Raises LakevaultError when it does not compile."""
    from dbt.cli.main import dbtRunner

    arguments = [
        "--no-write-json",
        "compile",
        "--no-populate-cache",
        "--select",
        model,
        "--indirect-selection",
        "empty",
    ]
    result = dbtRunner(manifest=_parsed or parse()).invoke([*QUIET, *arguments, *_given()])
    results = getattr(result.result, "results", None)
    entry = next((each for each in results or [] if each.node.resource_type == "model"), None)
    if entry is None:
        raise LakevaultError(engine_errors.of_project(str(result.exception or f"dbt has no model {model}.")))
    if str(entry.status) in BAD:
        raise LakevaultError(engine_errors.of_result(entry.node, entry.message or ""))
    return entry.node


def generate_docs(target: Path) -> None:
    """Compile everything and read the catalog; manifest.json and catalog.json go to `target`.

    Raises LakevaultError when a model does not compile.
    """
    from dbt.cli.main import dbtRunner

    target.mkdir(parents=True, exist_ok=True)
    result = dbtRunner().invoke([*QUIET, WHOLE, "docs", "generate", "--target-path", str(target), *_given()])
    if not result.success:
        said = str(result.exception).strip().splitlines()
        raise LakevaultError(
            f"dbt docs generate stopped; a lake must be built once before it can be documented (`make build`).\n"
            f"  {' '.join(said[:2])}\nDetails: logs/dbt.log."
        )


def operate(macro: str, **arguments: object) -> None:
    """Call a macro. The artifacts stay those of the last build. Raises LakevaultError with what it says when it fails."""
    from dbt.cli.main import dbtRunner

    # What goes wrong is in no result.
    said: list[str] = []

    def listen(event: Any) -> None:
        if event.info.name == "RunningOperationCaughtError":
            said.append(event.data.exc)

    command = ["--no-write-json", "run-operation", macro, "--args", json.dumps(arguments)]
    result = dbtRunner(manifest=_parsed or parse(), callbacks=[listen]).invoke([*QUIET, *command, *_given()])
    if not result.success:
        text = " ".join(said) or str(result.exception)
        raise LakevaultError(f"macro {macro}: {engine_errors.of_project(text)}")


def run(
    arguments: list[str],
    on_node: Callable[[str, int, int], None] | None = None,
    more_variables: dict[str, str] | None = None,
) -> CommandOutcome:
    """Run one dbt command.

    Args:
        arguments: the command and its options.
        on_node: is called as nodes finish: name, how many are done, of how many.
        more_variables: for this command alone; what the project reads while it is parsed does not see them.

    Raises LakevaultError when dbt itself could not run; failed models and tests are in the outcome.
    """
    from dbt.cli.main import dbtRunner

    def listen(event: Any) -> None:
        if on_node and event.info.name in COUNTED:
            on_node(event.data.node_info.node_name, event.data.index, getattr(event.data, COUNTED[event.info.name]))

    result = dbtRunner(manifest=_parsed or parse(), callbacks=[listen]).invoke(
        [*QUIET, *arguments, *_given(more_variables)]
    )
    results = getattr(result.result, "results", None)
    if result.exception or results is None:
        raise LakevaultError(f"dbt {' '.join(arguments)} stopped: {result.exception}\nDetails: logs/dbt.log.")
    history.collect()
    return outcome_of(results, _parsed.nodes)


def outcome_of(results: Iterable[Any], nodes: dict[str, Any]) -> CommandOutcome:
    """What the results of a command say.

    Args:
        results: of dbt, one for each node that it should have run.
        nodes: of the project, by id.
    """
    expiring = {i for i, node in nodes.items() if node.original_file_path.startswith(FAST_LANE)}
    outcome = CommandOutcome()
    for entry in results:
        kind, status = entry.node.resource_type, str(entry.status)
        if status in BAD or status == "skipped":
            outcome.pending.append(entry.node.name)
            outcome.blocks |= not expiring & {entry.node.unique_id, *entry.node.depends_on_nodes}
        if kind in BUILT and status in BAD | {"skipped"}:
            outcome.not_built.add(entry.node.unique_id)
        if status in BAD:
            said = engine_errors.of_result(entry.node, entry.message or status)
            outcome.failures.append(f"{kind} {entry.node.name}: {said}")
        elif kind in {"test", "unit_test"}:
            outcome.passed += status == "pass"
            outcome.warned += status == "warn"
        elif status == "skipped":
            outcome.skipped += 1
        elif status == "success":
            outcome.models += 1
    return outcome
