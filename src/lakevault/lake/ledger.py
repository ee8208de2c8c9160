"""The ledger of files and the quarantine of records: their tables, and what they say, read without Spark."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from lakevault.lake import delta

LEDGER = "bronze.ledger"
QUARANTINE = "bronze.quarantine"
# Described for dbt in models/staging/_ledger__sources.yml.
TABLES = {
    LEDGER: {
        "file_id": "string",
        "load_id": "bigint",
        "load_dts": "timestamp",
        "feed": "string",
        "file_name": "string",
        "file_size": "bigint",
        "sha256": "string",
        "first_seen_at": "timestamp",
        "sent_at": "timestamp",
        "row_count": "bigint",
        "landed_count": "bigint",
        "rescued_count": "bigint",
        "quarantined_count": "bigint",
        "status": "string",
        "reason": "string",
    },
    QUARANTINE: {
        "quarantine_id": "string",
        "load_id": "bigint",
        "load_dts": "timestamp",
        "feed": "string",
        "file_name": "string",
        "position": "bigint",
        "reason": "string",
        "raw_text": "string",
    },
}


def read(lake: Path) -> list[dict[str, Any]]:
    """The ledger, oldest file first; empty when there is none yet. Times are text (UTC, 'YYYY-MM-DD HH:MM:SS')."""
    times = ", ".join(f"strftime({c}, '%Y-%m-%d %H:%M:%S') as {c}" for c in ("load_dts", "first_seen_at", "sent_at"))
    return delta.rows(lake, LEDGER, f"select * replace ({times}) from ledger order by file_id")


class History:
    """What the ledger says of earlier files, asked for the files at hand only, and what was decided since.

    Memory and time do not depend on how many files were ever taken, but for one pass over the ledger's columns of names
    and checksums for each delivery.
    """

    def __init__(self, lake: Path | None = None) -> None:
        """The history of a lake; an empty one without."""
        path = lake / delta.folder(LEDGER) if lake else None
        self._files = delta.data_files(path) if path else []
        self.load_id: int = 0
        self.load_dts: datetime | None = None
        # Accepted files: checksum by name, name by feed and checksum, newest sent_at by feed.
        self._checksums: dict[str, str] = {}
        self._contents: dict[tuple[str, str], str] = {}
        self._newest: dict[str, datetime] = {}
        # Names that were decided about since this was made.
        self._decided: set[str] = set()
        for row in self._ask("select max(load_id) as load_id, max(load_dts) as load_dts from ledger"):
            self.load_id, self.load_dts = row["load_id"] or 0, row["load_dts"]
        for row in self._ask("select feed, max(sent_at) as newest from ledger where status = 'loaded' group by feed"):
            self._newest[row["feed"]] = row["newest"]

    def add(self, feed: str, name: str, sha256: str, sent_at: datetime, accepted: bool) -> None:
        """Take in a file that was decided about."""
        self._decided.add(name)
        if accepted:
            self._checksums[name] = sha256
            self._contents.setdefault((feed, sha256), name)
            self._newest[feed] = max(self._newest.get(feed, sent_at), sent_at)

    def forget(self, name: str) -> None:
        """A file that was decided about and then could not be moved: it is judged anew."""
        self._checksums.pop(name, None)
        self._decided.discard(name)
        self._contents = {key: other for key, other in self._contents.items() if other != name}
        # newest stays: it comes from the file's own time, and only keeps older extracts out.

    def look_up(self, files: dict[str, str]) -> None:
        """Learn what the ledger says of files of these names, and of files with these checksums, given by name."""
        asked = pa.table({"file_name": pa.array(files, pa.string()), "sha256": pa.array(files.values(), pa.string())})
        found = self._ask(
            """
            select feed, file_name, sha256
            from ledger
            where status = 'loaded' and (file_name in (select file_name from asked) or sha256 in (select sha256 from asked))
            order by file_id
            """,
            asked,
        )
        for row in found:
            self._checksums.setdefault(row["file_name"], row["sha256"])
            self._contents.setdefault((row["feed"], row["sha256"]), row["file_name"])

    def decided(self, names: list[str]) -> set[str]:
        """Those of some names that were decided about."""
        asked = pa.table({"file_name": pa.array(names, pa.string())})
        found = self._ask("select file_name from ledger semi join asked using (file_name)", asked)
        return {row["file_name"] for row in found} | self._decided.intersection(names)

    def checksum(self, name: str) -> str | None:
        """Checksum of the accepted file of this name, once it was looked up."""
        return self._checksums.get(name)

    def same_content(self, feed: str, sha256: str) -> str | None:
        """Name of the first accepted file of a feed with this checksum, once it was looked up."""
        return self._contents.get((feed, sha256))

    def newest(self, feed: str) -> datetime | None:
        """When the newest accepted file of a feed was sent."""
        return self._newest.get(feed)

    def _ask(self, sql: str, asked: pa.Table | None = None) -> list[dict[str, Any]]:
        if not self._files:
            return []
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            if asked is not None:
                connection.register("asked", asked)
            connection.read_parquet(self._files).create_view("ledger")
            found = connection.execute(sql)
            columns = [column[0] for column in found.description]
            rows = [
                [_utc(value) if isinstance(value, datetime) else value for value in row] for row in found.fetchall()
            ]
            return [dict(zip(columns, row, strict=True)) for row in rows]


def _utc(moment: datetime) -> datetime:
    """DuckDB gives a timestamp with a zone as one, and one without as UTC."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
