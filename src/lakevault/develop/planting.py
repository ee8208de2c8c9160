"""Whether the tests can fail: wrong rows are planted in what each one guards, and it must notice.

Nothing is written: a test's SQL runs on a view over its table in which the rows are planted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table as Grid

from lakevault.errors import LakevaultError
from lakevault.files import write
from lakevault.metadata.artifacts import Project, Table, Test
from lakevault.paths import lake_dir, target_dir
from lakevault.pipeline import dbt_runner, engine_errors
from lakevault.pipeline.lock import build_lock

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

VIEW = "planted_rows"
# They compare what dbt reads of the catalog while it compiles, so no row can break them.
OF_THE_CATALOG = {"expect_column_values_to_be_of_type", "expect_table_columns_to_match_ordered_list"}
# Values that no column of the type should hold, by the beginning of the type's name.
WRONG_VALUES = {
    "string": ["'planted'"],
    "boolean": ["not {column}"],
    "date": ["date'1800-01-01'", "date'9998-01-01'"],
    "timestamp": ["timestamp'1800-01-01'", "timestamp'9998-01-01'"],
    "decimal": ["{column} + 1", "-{column} - 1"],
    "double": ["{column} + 1", "-{column} - 1", "1e9"],
    "bigint": ["{column} + 1", "-{column} - 1", "1000000000"],
    "int": ["{column} + 1", "-{column} - 1", "1000000000"],
}


@dataclass(frozen=True)
class Planted:
    """What was planted in a table: in words, and as SQL that gives the table's rows with it."""

    table: str
    what: str
    sql: str


@dataclass(frozen=True)
class Answer:
    """How a test answered: whether it passes on the rows as they are, and what it noticed first, if anything."""

    test: Test
    passes: bool
    noticed: Planted | None

    @property
    def can_fail(self) -> bool:
        """Whether it noticed something."""
        return self.noticed is not None


def plant(names: list[str], every: bool, out: Path | None, console: Console) -> None:
    """Plant wrong rows for some tests, and tell what each noticed.

    Args:
        names: names of tests; when empty, the singular tests and one generic test of each kind.
        every: all tests of rows instead.
        out: a Markdown file for the result; printed when none.
        console: where progress and the result are shown.

    Raises:
        LakevaultError: a test cannot fail, or does not pass on the rows as they are.
    """
    with build_lock(lake_dir()):
        from lakevault.pipeline.spark import session

        artifacts = target_dir() / "docs"
        with console.status("compiling the tests ..."):
            spark = session()
            dbt_runner.generate_docs(artifacts)
        project = Project(artifacts)
        chosen = _choose(project, names, every)
        answers = []
        for number, test in enumerate(chosen, start=1):
            with console.status(f"{number} of {len(chosen)}: {test.name}"):
                answers.append(_ask(spark, project, test))
            if number % 25 == 0:
                console.print(f"{number} of {len(chosen)} tests have been tried")
    if out:
        write(out, _page(answers))
    else:
        _show(answers, console)
    able = sum(answer.can_fail for answer in answers)
    console.print(f"{able} of {len(answers)} tests noticed what was planted")
    wrong = [f"{answer.test.name} does not pass as it is" for answer in answers if not answer.passes]
    wrong += [f"{answer.test.name} noticed nothing" for answer in answers if not answer.can_fail]
    if wrong:
        raise LakevaultError("these tests guard nothing, or fail already:\n  " + "\n  ".join(wrong))


def _choose(project: Project, names: list[str], every: bool) -> list[Test]:
    tests = sorted(project.tests.values(), key=lambda test: test.name)
    if unknown := set(names) - {test.name for test in tests}:
        raise LakevaultError(f"no test is called {', '.join(sorted(unknown))}.")
    if names:
        return [test for test in tests if test.name in names]
    first_of_kind = {test.kind: test.id for test in reversed(tests)}
    of_rows = [test for test in tests if test.kind not in OF_THE_CATALOG]
    return [test for test in of_rows if every or not test.kind or first_of_kind[test.kind] == test.id]


def _ask(spark: "SparkSession", project: Project, test: Test) -> Answer:
    guarded = [project.by_name[test.table]] if test.kind else []
    tables = guarded or [table for name in test.tables if (table := project.by_name.get(name))]
    noticed = (
        planted
        for table, planted in _plants(spark, tables, test.column)
        if _fails(spark, _on(planted, table, test.sql), planted)
    )
    try:
        return Answer(test, not _fails(spark, test.sql), next(noticed, None))
    except engine_errors.raised() as error:
        raise LakevaultError(f"the test cannot run: {engine_errors.of_engine(test.path, test.sql, error)}") from None


def _on(planted: Planted, table: Table, sql: str) -> str:
    """A test's SQL on the planted rows."""
    return re.sub(rf"(?<![\w.]){re.escape(table.relation)}\b(?!\.)", VIEW, sql)


def _fails(spark: "SparkSession", sql: str, planted: Planted | None = None) -> bool:
    if planted:
        spark.sql(f"create or replace temporary view {VIEW} as {planted.sql}")
    return bool(spark.sql(f"select 1 from (\n{sql}\n) limit 1").take(1))


def _plants(spark: "SparkSession", tables: list[Table], column: str | None) -> Iterator[tuple[Table, Planted]]:
    """Wrong rows for a test of some tables: in the column that it is about, then whole rows, then any value."""
    types = {
        table.name: {field.name: field.dataType.simpleString() for field in spark.table(table.relation).schema.fields}
        for table in tables
    }
    about = [(table, name) for table in tables for name in types[table.name] if name.lower() == (column or "").lower()]
    for table, name in about:
        yield from ((table, planted) for planted in _values(table, types[table.name], name))
        yield table, _retyped(table, types[table.name], name)
    for table in tables:
        yield from ((table, planted) for planted in _rows(table, types[table.name]))
    for table in tables:
        for name in types[table.name]:
            yield from ((table, planted) for planted in _values(table, types[table.name], name))


def _values(table: Table, types: dict[str, str], name: str) -> Iterator[Planted]:
    """One more row with a wrong value in a column."""
    kind = next((kind for kind in WRONG_VALUES if types[name].startswith(kind)), None)
    for value in ["null", *(WRONG_VALUES[kind] if kind else [])]:
        wrong = f"cast({value.format(column=f'`{name}`')} as {types[name]})"
        columns = ", ".join(f"{wrong} as `{other}`" if other == name else f"`{other}`" for other in types)
        yield Planted(
            table.name,
            f"{name} is {value.format(column=name)}",
            f"select * from {table.relation} union all (select {columns} from {table.relation} limit 1)",
        )


def _retyped(table: Table, types: dict[str, str], name: str) -> Planted:
    """All rows, with another type of a column."""
    other_type = "binary" if types[name] == "string" else "string"
    columns = ", ".join(f"cast(`{o}` as {other_type}) as `{o}`" if o == name else f"`{o}`" for o in types)
    return Planted(table.name, f"{name} is {other_type}", f"select {columns} from {table.relation}")


def _rows(table: Table, types: dict[str, str]) -> Iterator[Planted]:
    """Rows too many and too few."""
    rows = f"select * from {table.relation}"
    yield Planted(table.name, "a row twice", f"{rows} union all (select * from {table.relation} limit 1)")
    yield Planted(table.name, "all rows twice", f"{rows} union all {rows}")
    anything = ", ".join(f"try_cast('1' as {kind}) as `{name}`" for name, kind in types.items())
    yield Planted(table.name, "a row of ones, twice", f"{rows} union all (select {anything} from range(2))")
    yield Planted(table.name, "half of the rows gone", f"{rows} where pmod(xxhash64(*), 2) = 0")
    yield Planted(table.name, "no row", f"{rows} where false")


def _show(answers: list[Answer], console: Console) -> None:
    grid = Grid("test", "table", "noticed")
    for answer in answers:
        noticed = answer.noticed
        grid.add_row(answer.test.name, noticed.table if noticed else "-", noticed.what if noticed else "nothing")
    console.print(grid)


def _page(answers: list[Answer]) -> str:
    lines = [
        "# What each test noticed",
        "",
        "Written by `make test-the-tests`: wrong rows were planted in a view over the table, and the test had to fail.",
    ]
    lines += ["", "| test | planted in | what |", "|---|---|---|"]
    for answer in answers:
        noticed = answer.noticed
        lines.append(
            f"| `{answer.test.name}` | {noticed.table if noticed else '-'} | {noticed.what if noticed else '**nothing**'} |"
        )
    return "\n".join(lines) + "\n"
