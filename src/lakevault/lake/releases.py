"""Releases of Gold, read without Spark: which versions of the tables each has, and which one is published (docs/releases.md)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
from deltalake import DeltaTable

from lakevault.errors import LakevaultError
from lakevault.lake import delta
from lakevault.paths import PUBLISHED

RELEASE = f"{PUBLISHED}.release"
PUBLICATION = f"{PUBLISHED}.publication"


@dataclass(frozen=True)
class Release:
    """One state of all Gold tables.

    Attributes:
        number: 1 for the first one.
        released_at: when its tests were green, UTC.
        load_id: the newest delivery by then.
        versions: Delta version by table, without schema.
    """

    number: int
    released_at: datetime
    load_id: int | None
    versions: dict[str, int]


def releases(lake: Path) -> list[Release]:
    """All releases, oldest first."""
    rows = delta.query(lake, "select * from release order by release_id, table_name", RELEASE)
    found: dict[int, Release] = {}
    for row in rows:
        number = row["release_id"]
        release = found.setdefault(number, Release(number, row["released_at"], row["load_id"], {}))
        release.versions[row["table_name"]] = row["table_version"]
    return list(found.values())


def published(lake: Path) -> int | None:
    """Number of the release that consumers see; none when nothing was published yet."""
    rows = delta.query(lake, "select release_id from publication order by published_at desc limit 1", PUBLICATION)
    return int(rows[0]["release_id"]) if rows else None


def chosen(lake: Path, number: int | None) -> Release:
    """The release of a number, by default the published one. Raises LakevaultError when it is not there."""
    found = {each.number: each for each in releases(lake)}
    if number is None:
        number = published(lake)
    if not found or number is None:
        raise LakevaultError(
            f"{lake}/ has no published Gold: a build whose tests are green publishes it (`lakevault build`)."
        )
    if number not in found:
        raise LakevaultError(
            f"there is no release {number}: they go from {min(found)} to {max(found)} (`lakevault releases`)."
        )
    return found[number]


@contextmanager
def opened(lake: Path, release: Release | None, tables: Iterable[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB with tables of Gold, by their names in the schema gold, as a release has them, or as they are; times are UTC."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("create schema gold")
        for table in tables:
            version = release.versions.get(table) if release else None
            files = DeltaTable(str(lake / delta.folder(f"gold.{table}")), version=version).to_pyarrow_dataset()
            connection.register(f"{table}_files", files)
            connection.execute(f"create view gold.{table} as from {table}_files")
        yield connection


def rows_of(lake: Path, table: str, version: int | None) -> int | None:
    """Rows of a Gold table at a version, from its log; none without a version, or when its files are gone."""
    if version is None:
        return None
    try:
        return DeltaTable(str(lake / delta.folder(f"gold.{table}")), version=version).count()
    except Exception:
        # deltalake raises many kinds for a version that its log no longer has.
        return None
