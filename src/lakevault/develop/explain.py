"""A failed test in words: what it means, who fixes it, the rows that break it without personal data, what is upstream of it."""

import difflib
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.tree import Tree

from lakevault.console import shown
from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import Project, Test
from lakevault.metadata.lineage import harmless, trace
from lakevault.monitoring import history
from lakevault.monitoring.status import test_status
from lakevault.paths import lake_dir, target_dir
from lakevault.pipeline import dbt_runner, engine_errors
from lakevault.pipeline.lock import build_lock

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROWS = 5
MASKED = "(masked)"


def explain(name: str, console: Console) -> None:
    """Print all about one data test; runs its SQL.

    Raises:
        LakevaultError: there is no such test, or a build is running.
    """
    with build_lock(lake_dir()):
        _explain(name, console)


def _explain(name: str, console: Console) -> None:
    from lakevault.pipeline.spark import session

    history.collect()
    named = _find(Project(target_dir()), name)
    artifacts = target_dir() / "docs"
    with console.status("compiling the test and reading the catalog ..."):
        spark = session()
        dbt_runner.generate_docs(artifacts)
    project = Project(artifacts)
    test = project.tests.get(named.id) or _find(project, name)
    state = test_status(test, history.facts(project))
    console.print(test.sentence, style="bold")
    console.print(test.description)
    since = f" since {state.since:%Y-%m-%d %H:%M} UTC" if state.since else ""
    console.print(f"State: {state.state}{since}. Where: {test.path}")
    console.print(f"Who fixes it: {test.owner.name}, {test.owner.email}\n")
    for i, step in enumerate(test.run_book, 1):
        console.print(f"{i}. {step}")
    console.print()
    _show(spark, project, test, console)
    console.print()
    console.print(_upstream(project, test))


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


def _show(spark: "SparkSession", project: Project, test: Test, console: Console) -> None:
    """The failing rows, each in a column, as text; values of columns that are not known to be harmless are masked."""
    try:
        with console.status("running the test ..."):
            found = spark.sql(test.sql).limit(ROWS)
            names = found.columns
            numbered = found.toDF(*(f"c{i}" for i in range(len(names))))
            rows = numbered.selectExpr(*(f"cast(c{i} as string)" for i in range(len(names)))).collect()
    except engine_errors.raised() as error:
        console.print(shown(f"The test cannot run: {engine_errors.of_engine(test.path, test.sql, error)}."))
        return
    if not rows:
        console.print("No row breaks it any more.")
        return
    harmless_columns = harmless(project, trace(project), test.sql)
    table = Table("column", *(f"row {i}" for i in range(1, len(rows) + 1)))
    table.title, table.title_justify = f"Rows that break it, at most {ROWS}", "left"
    for i, name in enumerate(names):
        is_shown = name.lower() in harmless_columns
        table.add_row(shown(name), *(shown(str(row[i])) if is_shown else MASKED for row in rows))
    console.print(table)


def _upstream(project: Project, test: Test) -> Tree:
    """What the test reads, and what that is made of, back to the feeds."""
    tree = Tree("Upstream of it:")
    shown: set[str] = set()

    def grow(branch: Tree, table_id: str) -> None:
        table = project.tables[table_id]
        again = table_id in shown
        inner = branch.add(f"{table.name} ({table.layer}){', listed before' if again else ''}")
        if not again:
            shown.add(table_id)
            for parent in table.parents:
                if parent in project.tables:
                    grow(inner, parent)

    for table in test.tables:
        grow(tree, project.by_name[table].id)
    return tree
