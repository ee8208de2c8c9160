"""Compare what a scenario expects with what a run left, and show the difference as tables."""

from collections import Counter

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from .engine import Snapshot
from .scenarios import Scenario
from .tables import Row, Table, same_text, show


def problems(scenario: Scenario, snapshots: list[Snapshot], as_automate_dv: bool) -> list[str]:
    """Everything that differs from what is expected; of AutomateDV itself the scenario's `automate_dv` is expected."""
    verdict = scenario.automate_dv.kind if as_automate_dv else "same"
    if verdict == "error":
        return [] if any(snapshot.error for snapshot in snapshots) else ["an error was expected, and there was none"]
    found = []
    # There are fewer snapshots than loads when a load failed.
    for number, (load, snapshot) in enumerate(zip(scenario.loads, snapshots, strict=False), start=1):
        where = f"load {number} of {len(scenario.loads)}"
        expected = load.then
        if verdict == "then":
            expected = scenario.automate_dv.then if number == len(scenario.loads) else None
        # AutomateDV words its messages differently.
        texts = [] if as_automate_dv else load.expect_error
        found += error_problems(where, bool(load.expect_error), texts, snapshot.error)
        if expected and (snapshot.error is None or load.expect_error):
            found += table_problems(where, expected, snapshot)
    if not as_automate_dv:
        found += type_problems(scenario, snapshots[-1])
    return found


def error_problems(where: str, expected: bool, texts: list[str], error: str | None) -> list[str]:
    """An error that was not expected, one that is missing, or one with another text."""
    if error is None:
        return [f"{where}: an error was expected, and there was none"] if expected else []
    if not expected:
        return [f"{where} failed:\n{_head(error)}"]
    message = " ".join(error.lower().split())
    missing = [text for text in texts if " ".join(text.lower().split()) not in message]
    return [f"{where}: the error does not say {' and '.join(missing)}:\n{_head(error)}"] if missing else []


def _head(error: str) -> str:
    """The message of an error without the plan that Spark adds."""
    return "\n".join(error.splitlines()[:6])


def type_problems(scenario: Scenario, snapshot: Snapshot) -> list[str]:
    """Columns whose type is another than the scenario says."""
    return [
        f"the type of {column} is {snapshot.types.get(column)}, not {expected}"
        for column, expected in scenario.then_types.items()
        if snapshot.types.get(column) != expected
    ]


def table_problems(where: str, expected: Table, snapshot: Snapshot) -> list[str]:
    """Both tables side by side when they differ; the order of rows says nothing, that of columns does."""
    if snapshot.target is None:
        return [f"{where}: there is no target table"]
    target = snapshot.target
    types = dict(zip(target.columns, snapshot.types.values(), strict=True))
    rows = [
        tuple(same_text(cell, types.get(column, "string")) for cell, column in zip(row, expected.columns, strict=True))
        for row in expected.rows
    ]
    if expected.columns == target.columns and Counter(rows) == Counter(target.rows):
        return []
    return [f"{where}:\n{side_by_side(expected.columns, rows, target)}"]


def side_by_side(columns: tuple[str, ...], rows: list[Row], target: Table) -> str:
    """Expected rows on the left, actual ones on the right; rows without a partner are marked."""
    grid = Grid(title="expected | actual", title_justify="left", box=None, padding=(0, 1))
    for heading in ("", *columns, "|", *target.columns):
        grid.add_column(heading, no_wrap=True)
    both = Counter(rows) & Counter(target.rows) if columns == target.columns else Counter()
    missing = list((Counter(rows) - both).elements())
    surplus = list((Counter(target.rows) - both).elements())
    lines = (
        [(row, row) for row in both.elements()] + [(row, None) for row in missing] + [(None, row) for row in surplus]
    )
    for left, right in sorted(lines, key=lambda line: [cell or "" for cell in line[0] or line[1] or ()]):
        cells = [*_cells(left, len(columns)), "|", *_cells(right, len(target.columns))]
        grid.add_row("" if left == right else "-" if left else "+", *(Text(cell) for cell in cells))
    console = Console(width=1000, no_color=True, force_terminal=False)
    with console.capture() as capture:
        console.print(grid)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def _cells(row: Row | None, width: int) -> list[str]:
    return [""] * width if row is None else [show(cell) for cell in row]
