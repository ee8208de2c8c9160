"""Types and ten rows of a model, from its SQL alone: no description, test or contract is needed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console

from lakevault.console import counted, said, shown
from lakevault.develop import small_lake
from lakevault.develop.described import fill_in
from lakevault.errors import LakevaultError
from lakevault.paths import lake_dir
from lakevault.pipeline import contract, dbt_runner, engine_errors
from lakevault.pipeline.lock import build_lock
from lakevault.pipeline.spark import session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SHOWN = 10


def preview(model: str, own: bool, fill: bool, console: Console) -> None:
    """Print types and ten rows of a model.

    Args:
        model: name of the model.
        own: on the lake that `lakevault build` made, instead of on the small one.
        fill: also write the names and types of its columns into its .yml.
        console: where to print.

    Raises:
        LakevaultError: what is wrong, where, and what to do.
    """
    path = file_of(model)
    if own and not (lake_dir() / "gold.db").is_dir():
        raise LakevaultError(f"{lake_dir()}/ holds no Gold: run `make build` first, or leave out --own.")
    if not own:
        small_lake.work_on_it()
    with build_lock(lake_dir()):
        spark = start_early(own or small_lake.is_current())
        with console.status("parsing the project ..."):
            dbt_runner.parse("--partial-parse")
        if not own:
            small_lake.make_ready(model, console)
        with console.status("starting Spark ..."):
            spark()
        with console.status("reading ten rows ..."):
            node = dbt_runner.compiled(model)
            types = show(node, console)
            difference = contract.difference(node, types) if node.patch_path else ""
    if fill:
        console.print(fill_in(path.with_suffix(".yml"), node, types))
    elif difference:
        console.print(said("Not yet in the .yml:", "yellow", f" {difference}"))


def file_of(model: str) -> Path:
    """The file of a model, by its name. Raises LakevaultError when there is none, or more than one."""
    if not model:
        raise LakevaultError("name a model: m=rpt_something.")
    paths = list(Path("models").glob(f"**/{model}.sql"))
    if not paths:
        raise LakevaultError(f"there is no models/**/{model}.sql; `make new-mart` writes a new one.")
    if len(paths) > 1:
        raise LakevaultError(f"{model} is not one file: {', '.join(map(str, paths))}; a model's name must be unique.")
    return paths[0]


def start_early(early: bool) -> Callable[[], "SparkSession"]:
    """Start Spark while something else is done; what is returned waits for it.

    Args:
        early: whether to start now; otherwise Spark starts when it is waited for.
    """
    return ThreadPoolExecutor(1).submit(session).result if early else session


def show(node: Any, console: Console) -> dict[str, str]:
    """Print types and ten rows of a compiled model; returns the types by column.

    Raises:
        LakevaultError: the engine refuses the SQL.
    """
    try:
        found = session().sql(node.compiled_code)
        names = found.columns
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise LakevaultError(f"{node.original_file_path}: two columns are called {', '.join(twice)}")
        numbered = found.limit(SHOWN).toDF(*(f"c{i}" for i in range(len(names))))
        rows = numbered.selectExpr(*(f"cast(c{i} as string)" for i in range(len(names)))).collect()
    except engine_errors.raised() as error:
        # Its own text may quote a value.
        raise LakevaultError(engine_errors.of_engine(node.original_file_path, node.compiled_code, error)) from None
    types = contract.types(found)
    title = f"{node.name}, {counted(len(rows), 'row')}"
    if node.config.materialized == "incremental":
        title += " that its next build would add"
    console.print(title, style="italic")
    cells = [["" if value is None else shown(value) for value in row] for row in rows]
    table = pd.DataFrame([list(types.values()), *cells], columns=[shown(name) for name in names])
    table.index = pd.Index(["", *(str(i) for i in range(1, len(cells) + 1))])
    # Columns that do not fit side by side continue below, with the numbers of the rows.
    console.print(table.to_string(line_width=console.width - 1, max_colwidth=32), soft_wrap=True)
    return types
