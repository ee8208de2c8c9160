"""The lake as files, read without Spark: row counts, fingerprints, and what a killed build may leave behind."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable

# Columns that say which run wrote a row; everything else belongs to the fingerprint.
RUN_AUDIT_COLUMNS = {"run_id", "first_seen_at"}


def tables(lake: Path) -> dict[str, Path]:
    """Delta tables of the lake by schema.table."""
    return {
        f"{path.parent.name.removesuffix('.db')}.{path.name}": path
        for path in sorted(lake.glob("*.db/*"))
        if (path / "_delta_log").is_dir()
    }


def folder(table: str) -> str:
    """Where a table lies below the lake's folder."""
    return table.replace(".", ".db/")


def data_files(path: Path) -> list[str]:
    """The files that hold the rows of a Delta table without deletion vectors; none when there is no table."""
    return DeltaTable(str(path)).file_uris() if DeltaTable.is_deltatable(str(path)) else []


def row_counts(lake: Path) -> dict[str, int]:
    """Rows by schema.table, from the transaction logs."""
    return {name: DeltaTable(str(path)).count() for name, path in tables(lake).items()}


def rows(lake: Path, table: str, sql: str) -> list[dict[str, Any]]:
    """Rows of a query over one Delta table, which goes by its name without schema in it; none when there is no table."""
    path = lake / folder(table)
    if not DeltaTable.is_deltatable(str(path)):
        return []
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register(path.name, DeltaTable(str(path)).to_pyarrow_dataset())
        found = connection.execute(sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def fingerprint(lake: Path) -> dict[str, tuple[int, str]]:
    """Per table its rows and an order-free hash over all columns but the run-audit ones; hashed stages are left out.

    A hashed stage holds what was still to be loaded when it was built last, so it says how the run went, not what the
    lake knows.

    The hash is DuckDB's 64-bit row hash, combined by xor and by sum: equal for equal contents on any machine, whatever
    the order of rows, files or threads.
    """
    prints = {}
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name, path in tables(lake).items():
            if path.name.startswith("hstg_"):
                continue
            dataset = DeltaTable(str(path)).to_pyarrow_dataset()
            columns = [c for c in dataset.schema.names if c not in RUN_AUDIT_COLUMNS]
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


class State:
    """How far the loop has come. Losing it costs time only: all is built again, and nothing is added."""

    def __init__(self, lake: Path) -> None:
        self._path = lake / "state.json"
        try:
            self._content = json.loads(self._path.read_text())
        except (OSError, ValueError):
            self._content = {}

    @property
    def silver(self) -> int:
        """Load id of the last delivery that Silver and the snapshots hold; 0 for none."""
        return int(self._content.get("silver", 0))

    @property
    def silver_code(self) -> str:
        """Fingerprint of the code that last built all of Silver."""
        return str(self._content.get("silver_code", ""))

    @property
    def published(self) -> str:
        """Fingerprint of the code that built the published Gold; empty when Gold is behind Silver."""
        return str(self._content.get("published", ""))

    def save(self, silver: int, silver_code: str, published: str = "") -> None:
        """Write the state in one step."""
        self._content = {"silver": silver, "silver_code": silver_code, "published": published}
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text(json.dumps(self._content))
        temporary.replace(self._path)
