"""The ledger of files and the quarantine of records: their tables, and what they say, read without Spark."""

from pathlib import Path
from typing import Any

from lakevault.lake import delta

LEDGER = "bronze.ledger"
QUARANTINE = "bronze.quarantine"
# Described for dbt in models/bronze/_ledger__sources.yml.
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
