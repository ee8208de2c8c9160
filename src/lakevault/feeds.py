"""Feeds: what each source delivers. Read from the dbt source files, where every feed is defined once."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

AUDIT_COLUMNS = ("load_id", "load_dts", "file_name", "record_hash")


@dataclass(frozen=True)
class Feed:
    """One feed: its source, name, file format (csv or json) and raw columns in the order of the file."""

    source: str
    name: str
    table: str
    format: str
    columns: tuple[str, ...]

    @property
    def key(self) -> str:
        """Name in manifest, ledger and messages, for example pos.sale_line."""
        return f"{self.source}.{self.name}"

    @cached_property
    def ddl(self) -> str:
        """Columns of the Bronze table: raw columns as text, then where the row came from."""
        raw = "".join(f"{column} string, " for column in self.columns)
        return raw + "load_id bigint, load_dts timestamp, file_name string, record_hash string"


def read_feeds(models: Path) -> dict[str, Feed]:
    """All feeds by key, from models/bronze/<source>/_<source>__sources.yml."""
    feeds = {}
    for path in sorted(models.glob("bronze/*/_*__sources.yml")):
        for source in yaml.safe_load(path.read_text())["sources"]:
            for table in source["tables"]:
                columns = tuple(c["name"] for c in table["columns"] if c["name"] not in AUDIT_COLUMNS)
                feed = Feed(
                    source["name"],
                    table["name"],
                    f"{source['schema']}.{table['identifier']}",
                    source["config"]["meta"]["format"],
                    columns,
                )
                feeds[feed.key] = feed
    return feeds
