"""A failed test in words: what it means, who mends it, the rows that break it without personal data, what is above it."""

import difflib
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.tree import Tree

from lakevault import history
from lakevault.artifacts import Project, Test
from lakevault.errors import LakevaultError
from lakevault.lineage import LOST, SqlReader, personal, trace
from lakevault.project import target_dir
from lakevault.status import test_status

ROWS = 5
MASKED = "(masked)"


def explain(name: str, console: Console) -> None:
    """Print all about one data test; runs its SQL.

    Raises:
        LakevaultError: there is no such test.
    """
    from lakevault import dbt
    from lakevault.spark import session

    history.collect()
    test_id = _find(Project(target_dir()), name).id
    artifacts = target_dir() / "docs"
    with console.status("compiling the test and reading the catalog ..."):
        spark = session()
        dbt.generate_docs(artifacts)
    project = Project(artifacts)
    test = project.tests[test_id]
    state = test_status(test, list(history.runs()))
    console.print(f"[bold]{test.sentence}[/bold]", highlight=False)
    console.print(test.description, highlight=False, markup=False)
    since = f" since {state.since:%Y-%m-%d %H:%M} UTC" if state.since else ""
    console.print(f"State: {state.state}{since}. Where: {test.path}", highlight=False)
    console.print(f"Who mends it: {test.owner.name}, {test.owner.email}\n", highlight=False)
    for i, step in enumerate(test.run_book, 1):
        console.print(f"{i}. {step}", highlight=False, markup=False)
    sql = project.manifest["nodes"][test.id]["compiled_code"]
    with console.status("running the test ..."):
        rows = spark.sql(f"select * from (\n{sql}\n) limit {ROWS}").toPandas()
    console.print()
    if rows.empty:
        console.print("No row breaks it now.")
    else:
        _show(rows, _harmless(project, sql), console)
    console.print()
    console.print(_above(project, test))


def _find(project: Project, name: str) -> Test:
    by_name = {test.name: test for test in project.tests.values()}
    if name in by_name:
        return by_name[name]
    if any(test["name"] == name for test in project.unit_tests):
        raise LakevaultError(
            f"{name} is a unit test, on rows of its own: run `dbt test --select {name}` to see the difference."
        )
    close = difflib.get_close_matches(name, by_name, n=3, cutoff=0.4)
    hint = f"; do you mean {', '.join(close)}?" if close else ""
    raise LakevaultError(f"no test is called {name}{hint}")


def _harmless(project: Project, sql: str) -> set[str]:
    """Columns of the failing rows that are followed to their origins, none of which is personal; no others are shown."""
    marked = personal(project, trace(project))
    try:
        origins = SqlReader(project).origins(sql)
    except LakevaultError:
        return set()
    return {
        column
        for column, places in origins.items()
        if not places & marked and all(table != LOST for table, _ in places)
    }


def _show(rows: Any, harmless: set[str], console: Console) -> None:
    table = Table("column", *(f"row {i}" for i in range(1, len(rows) + 1)))
    table.title, table.title_justify = f"Rows that break it, {ROWS} at most", "left"
    for name in rows.columns:
        values = [str(value) for value in rows[name]] if name.lower() in harmless else [MASKED] * len(rows)
        table.add_row(name, *values)
    console.print(table)


def _above(project: Project, test: Test) -> Tree:
    """What the test reads, and what that is made of, down to the feeds."""
    tree = Tree("What is above it:")
    shown: set[str] = set()

    def grow(branch: Tree, table_id: str) -> None:
        table = project.tables[table_id]
        again = table_id in shown
        inner = branch.add(f"{table.name} ({table.floor}){', as above' if again else ''}", highlight=False)
        if not again:
            shown.add(table_id)
            for parent in table.parents:
                if parent in project.tables:
                    grow(inner, parent)

    for table in test.tables:
        grow(tree, project.by_name[table].id)
    return tree
