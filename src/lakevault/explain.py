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

ROWS = 10
MASKED = "(personal)"


def explain(name: str, console: Console) -> None:
    """Print all about one data test; runs its SQL.

    Raises:
        LakevaultError: there is no such test.
    """
    from lakevault import dbt
    from lakevault.spark import session

    project = Project(target_dir())
    test = _find(project, name)
    state = test_status(test, list(history.runs()))
    console.print(f"[bold]{test.sentence}[/bold]", highlight=False)
    console.print(test.description, highlight=False, markup=False)
    since = f" since {state.since:%Y-%m-%d %H:%M} UTC" if state.since else ""
    console.print(f"State: {state.state}{since}. Where: {test.path}", highlight=False)
    console.print(f"Who mends it: {test.owner.name}, {test.owner.email}\n", highlight=False)
    for i, step in enumerate(test.run_book, 1):
        console.print(f"{i}. {step}", highlight=False, markup=False)
    spark = session()
    with console.status("compiling the test and reading the catalog ..."):
        artifacts = target_dir() / "docs"
        dbt.generate_docs(artifacts)
    compiled = Project(artifacts)
    sql = compiled.manifest["nodes"][test.id].get("compiled_code") or ""
    with console.status("running the test ..."):
        rows = spark.sql(f"select * from (\n{sql}\n) limit {ROWS}").toPandas()
    if rows.empty:
        console.print("\nNo row breaks it now.")
    else:
        _show(rows, _hidden(compiled, sql), console)
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


def _hidden(project: Project, sql: str) -> set[str] | None:
    """Columns of the failing rows that may hold personal data; none when the SQL cannot be followed: then all may."""
    marked = personal(project, trace(project))
    try:
        origins = SqlReader(project).origins(sql)
    except LakevaultError:
        return None
    return {
        column for column, places in origins.items() if places & marked or any(where == LOST for where, _ in places)
    }


def _show(rows: Any, hidden: set[str] | None, console: Console) -> None:
    names = list(rows.columns)
    table = Table(*names, title=f"Rows that break it, {ROWS} at most", title_justify="left")
    for row in rows.itertuples(index=False):
        table.add_row(
            *(
                MASKED if hidden is None or name.lower() in hidden else str(value)
                for name, value in zip(names, row, strict=True)
            )
        )
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
