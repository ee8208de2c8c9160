"""A project with feeds of its own, whose files are put down, ingested by the lakevault command, and read without Spark."""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml
from deltalake import DeltaTable

from lakevault.feeds import AUDIT_COLUMNS

PROJECT = Path(__file__).parents[2]


def feed(name: str, columns: dict[str, dict[str, str]], **meta: Any) -> dict[str, Any]:
    """A feed of the source zoo as dbt knows it; the keys of `meta` are those of a definition."""
    raw = [{"name": column, "data_type": "string", "config": {"meta": kind}} for column, kind in columns.items()]
    audit = [{"name": column, "data_type": kind} for column, kind in AUDIT_COLUMNS.items()]
    return {"name": name, "identifier": f"zoo_{name}", "config": {"meta": meta}, "columns": raw + audit}


@dataclass
class Zoo:
    """A project below `base`, its landing zone and its lake."""

    base: Path
    memory: str = "2g"
    environment: dict[str, str] = field(default_factory=dict)
    _read: dict[str, tuple[int, list[dict[str, Any]]]] = field(default_factory=dict)

    @classmethod
    def with_feeds(cls, base: Path, feeds: list[dict[str, Any]]) -> "Zoo":
        """A new project that has these feeds and nothing landed."""
        (base / "profiles").parent.mkdir(parents=True, exist_ok=True)
        (base / "profiles").symlink_to(PROJECT / "profiles")
        (base / "dbt_project.yml").write_text("name: zoo\n")
        zoo = cls(base)
        zoo.define(feeds)
        return zoo

    def define(self, feeds: list[dict[str, Any]]) -> None:
        """Write the definitions anew."""
        path = self.base / "models" / "staging" / "zoo" / "_zoo__sources.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump({"sources": [{"name": "zoo", "schema": "bronze", "tables": feeds}]}))

    @property
    def landing(self) -> Path:
        return self.base / "landing"

    def put(self, name: str, content: bytes | str, age_days: float = 0.01) -> Path:
        """Land a file: `name` is relative to incoming/."""
        path = self.landing / "incoming" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        moment = time.time() - age_days * 86400
        os.utime(path, (moment, moment))
        return path

    def put_delivery(self, folder: str, load_dts: str, files: dict[str, str], **lies: Any) -> None:
        """Land a delivery with a manifest, <source>/<feed>.<format> each; `lies` is what the manifest says otherwise."""
        entries = []
        for name, content in files.items():
            self.put(f"{folder}/{name}", content)
            source, label = Path(name).with_suffix("").parts
            checksum = hashlib.sha256(content.encode()).hexdigest()
            entry = {"path": name, "source": source, "feed": label, "size": len(content.encode()), "sha256": checksum}
            entries.append(entry | lies)
        self.put(f"{folder}/manifest.json", json.dumps({"load_dts": load_dts, "files": entries}))

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start the lakevault command on this project, in a process group of its own."""
        small = {"LAKEVAULT_MEMORY": self.memory, "LAKEVAULT_CODEGEN": "false", "COLUMNS": "200"}
        environment = os.environ | small | self.environment
        for name in ("LAKEVAULT_LAKE", "LAKEVAULT_LANDING", "LAKEVAULT_TRUTH", "LAKEVAULT_HISTORY", "DBT_TARGET_PATH"):
            environment.pop(name, None)
        return subprocess.Popen(
            [str(Path(sys.executable).parent / "lakevault"), *command],
            cwd=self.base, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip

    def run(self, *command: str, code: int = 0) -> str:
        """Run the lakevault command to its end; what it said."""
        process = self.start(*command)
        said, _ = process.communicate()
        assert process.returncode == code, said
        return said

    def table(self, name: str) -> list[dict[str, Any]]:
        """Rows of a Bronze table; they are read once for each version of it."""
        path = self.base / "lake" / "bronze.db" / name
        # The folder is there before the table is.
        if not DeltaTable.is_deltatable(str(path)):
            return []
        table = DeltaTable(str(path))
        if self._read.get(name, (None, []))[0] != table.version():
            self._read[name] = (table.version(), table.to_pyarrow_table().to_pylist())
        return self._read[name][1]

    def ledger(self, name: str) -> dict[str, Any]:
        """The newest ledger row of a file."""
        rows = [row for row in self.table("ledger") if row["file_name"] == name]
        return max(rows, key=lambda row: row["file_id"]) if rows else {}


# A field may be as long as its file.
csv.field_size_limit(sys.maxsize)


def records(content: bytes, kind: str, encoding: str = "utf-8", separator: str = ",") -> list[list[str]]:
    """The records of a file by Python's own readers, each as its values; blank lines are none, a broken line is one value."""
    if kind == "parquet":
        return [[text(value) for value in row.values()] for row in pq.read_table(io.BytesIO(content)).to_pylist()]
    lines = io.StringIO(content.decode(encoding), newline="")
    if kind == "csv":
        return [row for row in csv.reader(lines, delimiter=separator) if "".join(row).strip()][1:]
    found = []
    for line in lines.read().replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line.strip():
            try:
                record = json.loads(line, parse_float=str, parse_int=str)
                found.append([text(value) for value in record.values()])
            except (ValueError, AttributeError):
                found.append([line])
    return found


def text(value: Any) -> str:
    """A value as Bronze keeps it."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def kept(zoo: Zoo, table: str, name: str, columns: list[str]) -> list[Counter[str]]:
    """The values of each record of a file, wherever they are: raw columns, rescued data, quarantine."""
    found = []
    for row in zoo.table(table):
        if row["file_name"] == name:
            values = {column: row[column] for column in columns}
            values |= json.loads(row["rescued_data"] or "{}")
            found.append(Counter(value for value in values.values() if value))
    for row in zoo.table("quarantine"):
        if row["file_name"] == name:
            found.append(Counter({row["raw_text"]: 1}))
    return found
