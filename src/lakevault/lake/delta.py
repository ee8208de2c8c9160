"""The lake as files, read without Spark: row counts, fingerprints, and what a killed build may leave behind."""

import json
import re
import shutil
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from lakevault.errors import LakevaultError
from lakevault.paths import AS_KNOWN, PUBLISHED

# Columns that say which run wrote a row; everything else belongs to the fingerprint.
RUN_AUDIT_COLUMNS = {"run_id", "first_seen_at"}
# Delta's types that DuckDB knows by the same name.
SIMPLE = re.compile(r"string|long|integer|short|float|double|boolean|date|timestamp|binary|decimal\(\d+,\d+\)")


def tables(lake: Path, moment: str = "") -> dict[str, Path]:
    """Delta tables of the layers by schema.table.

    Args:
        lake: the lake's folder.
        moment: the end of the schemas of a star as it was known then; its tables instead, by their published names.
    """
    found = {}
    for path in sorted(lake.glob("*.db/*")):
        schema, mark, end = path.parent.name.removesuffix(".db").partition(AS_KNOWN)
        if mark + end == moment and schema != PUBLISHED and (path / "_delta_log").is_dir():
            found[f"{schema}.{path.name}"] = path
    return found


def folder(table: str) -> str:
    """Path of a table, relative to the lake's folder."""
    return table.replace(".", ".db/")


def file_count(path: Path) -> int:
    """Number of files that hold the rows of a Delta table; 0 when there is no table."""
    return len(DeltaTable(str(path)).file_uris()) if DeltaTable.is_deltatable(str(path)) else 0


def row_counts(lake: Path, moment: str = "") -> dict[str, int]:
    """Rows by schema.table, from the transaction logs; `moment` as for tables()."""
    return {name: DeltaTable(str(path)).count() for name, path in tables(lake, moment).items()}


def query(lake: Path, sql: str, *tables: str, **given: Iterable[object]) -> list[dict[str, Any]]:
    """Rows of a DuckDB query over Delta tables; none when one of them is not there.

    In the query a table goes by its name without schema; values of `given` are a table of that name with one column, value,
    as text. Times come as UTC without a zone.
    """
    paths = [lake / folder(table) for table in tables]
    if not all(DeltaTable.is_deltatable(str(path)) for path in paths):
        return []
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for path in paths:
            _register(connection, path)
        for name, values in given.items():
            # Not as a parameter: with the first one DuckDB imports pandas, which takes longer than all else here.
            content = json.dumps([str(value) for value in values]).replace("'", "''")
            connection.execute(
                f"create temp table {name} as select unnest(from_json('{content}', '[\"varchar\"]')) as value"
            )
        found = connection.execute(sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, map(_without_zone, row), strict=True)) for row in found.fetchall()]


def has_column(lake: Path, table: str, name: str) -> bool:
    """Whether a Delta table is there and has the column."""
    path = str(lake / folder(table))
    return DeltaTable.is_deltatable(path) and name in {field.name for field in DeltaTable(path).schema().fields}


def append(lake: Path, table: str, row: dict[str, Any]) -> None:
    """Append one row to a Delta table, in one commit. Raises LakevaultError when there is no such table."""
    path = lake / folder(table)
    if not DeltaTable.is_deltatable(str(path)):
        raise LakevaultError(f"{lake}/ has no table {table}: `lakevault init` creates it.")
    schema = pa.schema(DeltaTable(str(path)).schema().to_arrow())
    write_deltalake(str(path), pa.Table.from_pylist([row], schema=schema), mode="append")


def _register(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make a Delta table known by its name.

    DuckDB reads the files itself where they hold the rows as they are, which takes a fraction of the time and memory.
    """
    table = DeltaTable(str(path))
    types = {field.name: getattr(field.type, "type", "") for field in table.schema().fields}
    is_plain = table.protocol().min_reader_version == 1 and not table.metadata().partition_columns
    if not is_plain or not all(SIMPLE.fullmatch(kind) for kind in types.values()):
        connection.register(path.name, table.to_pyarrow_dataset())
        return
    # Delta gives addresses, in which a space is %20; for DuckDB a name may be a pattern.
    files = [re.sub(r"([*?\[])", r"[\1]", unquote(uri)) for uri in table.file_uris()]
    content = connection.read_parquet(files, union_by_name=True) if files else connection.sql("select 1 where false")
    # A column that was added later is in no file yet.
    selected = [f'"{c}"' if c in content.columns else f'cast(null as {kind}) as "{c}"' for c, kind in types.items()]
    content.select(", ".join(selected)).create_view(path.name)


def _without_zone(value: Any) -> Any:
    """DuckDB gives what Spark writes as a time with or without a zone, as the file says."""
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value


def fingerprint(
    lake: Path, without: Collection[str] = RUN_AUDIT_COLUMNS, moment: str = ""
) -> dict[str, tuple[int, str]]:
    """Per table its rows and an order-free hash over all columns but those in `without`; hashed stages are left out.

    A hashed stage holds what was still to be loaded when it was built last, so it says how the run went, not what the
    lake knows.

    The hash is DuckDB's 64-bit row hash, combined by xor and by sum: equal for equal contents on any machine, whatever
    the order of rows, files or threads. `moment` as for tables().
    """
    prints = {}
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name, path in tables(lake, moment).items():
            if path.name.startswith("hstg_"):
                continue
            dataset = DeltaTable(str(path)).to_pyarrow_dataset()
            columns = [c for c in dataset.schema.names if c not in without]
            row = "hash(" + ", ".join(f'"{c}"' for c in columns) + ")"
            connection.register("dataset", dataset)
            rows, xor, total = connection.execute(
                f"select count(*), coalesce(bit_xor({row}), 0), coalesce(sum({row}), 0) % 18446744073709551616 from dataset"
            ).fetchall()[0]
            connection.unregister("dataset")
            prints[name] = (rows, f"{int(xor):016x}{int(total):016x}")
    return prints


def remove_unfinished_tables(lake: Path, catalog: set[str]) -> list[str]:
    """Remove folders of tables that a killed build had begun and the catalog never knew; the build makes them again.

    Only folders without a commit, or with the very first one, are touched: such a table never held a delivery that the
    load log or the ledger counts.
    """
    removed = []
    for path in sorted(lake.glob("*.db/*")):
        name = f"{path.parent.name.removesuffix('.db')}.{path.name}"
        log = path / "_delta_log"
        commits = len(list(log.glob("*.json"))) if log.is_dir() else 0
        if name not in catalog and commits <= 1:
            shutil.rmtree(path)
            removed.append(name)
    return removed
