"""The ledger of files, the quarantine of records and what people decided about both: their tables, read without Spark."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from lakevault.feeds import Feed
from lakevault.lake import delta

LEDGER = "bronze.ledger"
QUARANTINE = "bronze.quarantine"
SETTLED = "bronze.settled"
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
        "message_partition": "int",
        "from_offset": "bigint",
        "until_offset": "bigint",
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
    SETTLED: {
        "entry_id": "string",
        "decision": "string",
        "file_name": "string",
        "sha256": "string",
        "because": "string",
        "decided_at": "timestamp",
    },
}


class Decision(StrEnum):
    """What somebody decided about a file or a record.

    replayed: landed again, and judged like any file; accepted: taken as it is, whatever the guards say; dismissed: looked
    at, and not loaded.
    """

    replayed = "replayed"
    accepted = "accepted"
    dismissed = "dismissed"


def settle(
    lake: Path, entry_id: str, decision: Decision, because: str = "", file_name: str = "", sha256: str = ""
) -> None:
    """Write down a decision.

    Args:
        lake: the lake's folder.
        entry_id: a file of the ledger, one of its records, or with a colon behind the file's id all of its records.
        decision: what was decided.
        because: the reason.
        file_name: the name in incoming/ by which it was landed again.
        sha256: the checksum of that file, by which admission knows it.
    """
    delta.append(
        lake,
        SETTLED,
        {
            "entry_id": entry_id,
            "decision": decision.value,
            "file_name": file_name or None,
            "sha256": sha256 or None,
            "because": because or None,
            "decided_at": datetime.now(UTC),
        },
    )


@dataclass(frozen=True)
class FeedInLedger:
    """What the ledger says of one feed. Load ids of its newest deliveries; none when there was no such delivery.

    newest: any file; taken: a file that was loaded, and was not lost whole to the quarantine of records; with_rows: a file
    with rows in Bronze. `files` is the number of files that were loaded.
    """

    newest: int
    taken: int | None
    with_rows: int | None
    files: int


def by_feed(lake: Path) -> dict[str, FeedInLedger]:
    """What the ledger says of each feed that ever came, by label."""
    found = delta.query(
        lake,
        """
        select
            feed,
            max(load_id) as newest,
            max(load_id) filter (
                where status = 'loaded' and (landed_count > 0 or coalesce(row_count, 0) = 0)
            ) as taken,
            max(load_id) filter (where status = 'loaded' and landed_count > 0) as with_rows,
            count(*) filter (where status = 'loaded') as files
        from ledger
        group by feed
        """,
        LEDGER,
    )
    return {row.pop("feed"): FeedInLedger(**row) for row in found}


def rows_by_delivery(lake: Path, most: int) -> dict[str, dict[int, int]]:
    """By feed, the rows in Bronze by load id: at most so many deliveries of each, the newest ones, oldest first."""
    rows = delta.query(
        lake,
        f"""
        select feed, load_id, sum(landed_count)::bigint as landed
        from ledger
        where landed_count > 0
        group by feed, load_id
        qualify row_number() over (partition by feed order by load_id desc) <= {most}
        order by load_id
        """,
        LEDGER,
    )
    found: dict[str, dict[int, int]] = {}
    for row in rows:
        found.setdefault(row["feed"], {})[row["load_id"]] = row["landed"]
    return found


def landed_at(lake: Path, load_ids: Iterable[int]) -> dict[int, datetime]:
    """Landing times of some deliveries, UTC and to the second, by load id; what the ledger does not know is left out."""
    found = delta.query(
        lake,
        """
        select load_id, date_trunc('second', max(load_dts)) as landed_at
        from ledger
        where load_id in (select value::bigint from asked)
        group by load_id
        """,
        LEDGER,
        asked=load_ids,
    )
    return {row["load_id"]: row["landed_at"] for row in found}


def landed_in(lake: Path, moments: Iterable[datetime]) -> dict[datetime, int]:
    """Load ids by landing time, UTC and to the second; what the ledger does not know is left out."""
    found = delta.query(
        lake,
        """
        select date_trunc('second', load_dts::timestamp) as landed_at, max(load_id) as load_id
        from ledger
        where landed_at in (select value::timestamp from asked)
        group by 1
        """,
        LEDGER,
        asked=moments,
    )
    return {row["landed_at"]: row["load_id"] for row in found}


class KnownFiles:
    """Files that are known already: those of the ledger, asked for the files at hand only, and those decided about since.

    Memory and time do not depend on how many files were ever taken, but for one pass over the ledger's columns of names
    and checksums for each delivery.
    """

    def __init__(self, lake: Path | None = None) -> None:
        """What the ledger of a lake says; nothing without a lake."""
        self._lake = lake
        self.load_id: int = 0
        self.load_dts: datetime | None = None
        # Accepted files: checksum by name, name by feed and checksum, newest sent_at by feed.
        self._checksums: dict[str, str] = {}
        self._contents: dict[tuple[str, str], str] = {}
        self._newest: dict[str, datetime] = {}
        # Rows of the last accepted file by feed.
        self._rows: dict[str, int] = {}
        # What somebody decided about files that were landed again, by name and checksum.
        self._settled: dict[tuple[str, str], Decision] = {}
        # Names that were decided about since this was made.
        self._decided: set[str] = set()
        # Of topics, ranges that were decided about since, by name: feed, partition, first offset, the one behind the last, loaded.
        self._ranges: dict[str, tuple[str, int, int, int, bool]] = {}
        newest = """
            select
                feed,
                max(load_id) as load_id,
                max(load_dts) as load_dts,
                max(sent_at) filter (where status = 'loaded') as sent_at,
                arg_max(row_count, file_id) filter (where status = 'loaded') as row_count
            from ledger
            group by feed
        """
        for row in self._query(newest):
            self.load_id = max(self.load_id, row["load_id"])
            self.load_dts = max(self.load_dts or row["load_dts"], row["load_dts"])
            if row["sent_at"]:
                self._newest[row["feed"]] = row["sent_at"]
            if row["row_count"] is not None:
                self._rows[row["feed"]] = row["row_count"]

    def add(
        self,
        feed: str,
        name: str,
        sha256: str,
        sent_at: datetime,
        accepted_rows: int | None,
        offsets: tuple[int, int, int] | None = None,
    ) -> None:
        """Take in a file that was decided about.

        Args:
            feed: its feed.
            name: its name as delivered.
            sha256: its checksum.
            sent_at: when its sender had it ready.
            accepted_rows: its records; none when it was not accepted.
            offsets: of a range of messages the partition, the first offset, and the one behind the last.
        """
        self._decided.add(name)
        if offsets:
            self._ranges[name] = (feed, *offsets, accepted_rows is not None)
        if accepted_rows is not None:
            self._rows[feed] = accepted_rows
            self._checksums[name] = sha256
            self._contents.setdefault((feed, sha256), name)
            self._newest[feed] = max(self._newest.get(feed, sent_at), sent_at)

    def forget(self, name: str) -> None:
        """A file that was decided about and then could not be moved: it is judged again."""
        self._checksums.pop(name, None)
        self._ranges.pop(name, None)
        self._decided.discard(name)
        self._contents = {key: other for key, other in self._contents.items() if other != name}
        # newest stays: it comes from the file's own time, and only keeps older extracts out.

    def look_up(self, files: dict[str, str]) -> None:
        """Learn what the ledger says of files of these names, and of files with these checksums, given by name."""
        found = self._query(
            """
            select feed, file_name, sha256
            from ledger
            where
                status = 'loaded'
                and (
                    file_name in (from names)
                    or sha256 in (from checksums)
                )
            order by file_id
            """,
            names=files,
            checksums=files.values(),
        )
        for row in found:
            self._checksums.setdefault(row["file_name"], row["sha256"])
            self._contents.setdefault((row["feed"], row["sha256"]), row["file_name"])
        landed_again = self._query(
            "select file_name, sha256, decision from settled where file_name in (from names) order by decided_at",
            SETTLED,
            names=files,
        )
        self._settled |= {(row["file_name"], row["sha256"]): Decision(row["decision"]) for row in landed_again}

    def settled(self, name: str, sha256: str) -> Decision | None:
        """What somebody decided about a file before it was landed again under this name, once it was looked up."""
        return self._settled.get((name, sha256))

    def rows(self, feed: str) -> int | None:
        """Records of the last accepted file of a feed."""
        return self._rows.get(feed)

    def decided(self, names: list[str]) -> set[str]:
        """Those of some names that were decided about."""
        found = self._query("select file_name from ledger where file_name in (from names)", names=names)
        return {row["file_name"] for row in found} | self._decided.intersection(names)

    def end(self, feed: str, partition: int) -> int | None:
        """The offset behind the last one of a partition that was decided about; none when there is no such."""
        ends = [self._ends.get((feed, partition))]
        ends += [end for label, number, _, end, _ in self._ranges.values() if (label, number) == (feed, partition)]
        return max((end for end in ends if end is not None), default=None)

    def orders(self, feed: Feed, transaction: int) -> set[int]:
        """The positions of a transaction's changes that Bronze has of a change feed."""
        name = feed.table.split(".")[1]
        sql = f"select distinct change_order from {name} where change_transaction = {transaction}"
        return {row["change_order"] for row in self._query(sql, feed.table)}

    def message_time(self, feed: Feed, partition: int, offset: int) -> datetime | None:
        """When the broker had a message that Bronze has; none when Bronze has no such message, or its time is not known."""
        name = feed.table.split(".")[1]
        sql = f"select message_time from {name} where message_partition = {partition} and record_number = {offset}"
        return next((row["message_time"] for row in self._query(sql, feed.table)), None)

    def overlaps(self, feed: str, partition: int, start: int, end: int) -> bool:
        """Whether a loaded file of a feed has offsets of a range, from `start` on and before `end`."""
        since = (
            first < end and last > start
            for label, number, first, last, is_loaded in self._ranges.values()
            if is_loaded and (label, number) == (feed, partition)
        )
        if any(since):
            return True
        if start >= self._ends.get((feed, partition), 0):
            return False
        loaded = f"status = 'loaded' and from_offset < {end} and until_offset > {start}"
        return bool(
            self._query(f"from ledger where feed = '{feed}' and message_partition = {partition} and {loaded} limit 1")
        )

    @cached_property
    def _ends(self) -> dict[tuple[str, int], int]:
        """By feed and partition, the offset behind the last one that the ledger has."""
        # A ledger of before the first topic has no such columns; the next start adds them.
        if not self._lake or not delta.has_column(self._lake, LEDGER, "until_offset"):
            return {}
        rows = self._query(
            """
            select feed, message_partition, max(until_offset) as until_offset
            from ledger
            where until_offset is not null
            group by feed, message_partition
            """
        )
        return {(row["feed"], row["message_partition"]): row["until_offset"] for row in rows}

    def checksum(self, name: str) -> str | None:
        """Checksum of the accepted file of this name, once it was looked up."""
        return self._checksums.get(name)

    def same_content(self, feed: str, sha256: str) -> str | None:
        """Name of the first accepted file of a feed with this checksum, once it was looked up."""
        return self._contents.get((feed, sha256))

    def newest(self, feed: str) -> datetime | None:
        """When the newest accepted file of a feed was sent."""
        return self._newest.get(feed)

    def _query(self, sql: str, table: str = LEDGER, **given: Iterable[object]) -> list[dict[str, Any]]:
        """Rows of a query over the ledger, or another table of it; times with their zone, as files have them."""
        rows = delta.query(self._lake, sql, table, **given) if self._lake else []
        return [
            {name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for name, value in row.items()}
            for row in rows
        ]
