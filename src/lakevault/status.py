"""Whether the lake is fresh and tested: four ages of each feed against its limit, and the last result of each test."""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from lakevault import bronze, history, lake, quarantine
from lakevault.artifacts import Project, Test
from lakevault.artifacts import Table as LakeTable
from lakevault.errors import LakevaultError
from lakevault.feeds import Feed, read_feeds
from lakevault.project import history_dir, lake_dir, now, project_dir, target_dir

HOURS = {"minute": 1 / 60, "hour": 1, "day": 24}
# Java's letters for a time, which feeds are defined with, and DuckDB's.
DUCKDB_LETTERS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S", "SSS": "%g"}
FLOORS = ("event", "landed", "vault", "gold")


class Trouble(StrEnum):
    """What `lakevault status --fail-on` can be asked to watch."""

    late = "late"
    failed = "failed"
    quarantined = "quarantined"


class Age(BaseModel):
    """How old the newest data of a feed is on one floor. `since`: when the limit was passed, if it was."""

    at: datetime | None = None
    hours: float | None = None
    limit_hours: float | None = None
    since: datetime | None = None

    @property
    def late(self) -> bool:
        """Whether the limit is passed, or nothing ever came."""
        return self.limit_hours is not None and (self.hours is None or self.hours > self.limit_hours)


class FeedStatus(BaseModel):
    """A feed: its ages on the floors event, landed, vault, gold."""

    feed: str
    owner: str
    email: str
    ages: dict[str, Age]
    late: list[str]


class TableStatus(BaseModel):
    """A table: its size, what the last delivery added, how its last build went, and its tests."""

    table: str
    floor: str
    rows: int | None
    rows_added: int | None
    state: str
    built_at: datetime | None
    seconds: float | None
    tests: dict[str, int]


class TestStatus(BaseModel):
    """A test: passed, warned, failed or not run; `since` when it has been like that; `failures`: rows that break it."""

    test: str
    table: str
    state: str
    at: datetime | None
    since: datetime | None
    failures: int
    owner: str
    email: str


class Status(BaseModel):
    """One look at the lake. Times are UTC. `now` is what ages are measured against, `generated_at` the wall clock."""

    generated_at: datetime
    now: datetime
    load_id: int
    feeds: list[FeedStatus]
    tables: list[TableStatus]
    tests: list[TestStatus]
    quarantined_files: int
    quarantined_records: int
    quarantined_since: datetime | None

    def count(self, state: str) -> int:
        """Number of tests in a state."""
        return sum(test.state == state for test in self.tests)

    def troubles(self, watched: list[Trouble]) -> list[str]:
        """A sentence for each thing that is not as it should be."""
        found = []
        if Trouble.late in watched:
            for feed in self.feeds:
                for floor in feed.late:
                    age = feed.ages[floor]
                    since = f"since {age.since:%Y-%m-%d %H:%M}" if age.since else "never came"
                    found.append(f"late: {feed.feed}, {floor}: {since}; ask {feed.owner}, {feed.email}")
        if Trouble.failed in watched:
            for test in self.tests:
                if test.state == "failed":
                    found.append(
                        f"failed: {test.test}: since {test.since:%Y-%m-%d %H:%M}; ask {test.owner}, {test.email}"
                    )
            found += [f"failed: {table.table} was not built" for table in self.tables if table.state == "failed"]
        if Trouble.quarantined in watched and (self.quarantined_files or self.quarantined_records):
            found.append(
                f"quarantined: {self.quarantined_files} files and {self.quarantined_records} records; "
                "see `lakevault quarantine list`"
            )
        return found


def watched(names: str) -> list[Trouble]:
    """The troubles named in a list separated by commas. Raises LakevaultError for a name that is none."""
    found = [name.strip() for name in names.split(",") if name.strip()]
    if unknown := set(found) - set(Trouble):
        raise LakevaultError(f"--fail-on knows {', '.join(Trouble)}, not {', '.join(sorted(unknown))}.")
    return [Trouble(name) for name in found]


def show(status: Status, console: Console) -> None:
    """Print ages, tests and quarantine."""
    table = Table("feed", *FLOORS, "agreed", title=f"Age of the newest data on each floor, {status.now}")
    table.title_justify = "left"
    for feed in status.feeds:
        ages = []
        for floor in FLOORS:
            age = feed.ages.get(floor, Age())
            text = "" if floor not in feed.ages else "never" if age.hours is None else f"{age.hours:,.0f} h"
            ages.append(f"[red]{text}[/red]" if age.late else text)
        limit = feed.ages["landed"].limit_hours
        table.add_row(feed.feed, *ages, f"{limit:g} h" if limit else "")
    console.print(table)
    console.print(", ".join(f"{status.count(state)} {state}" for state in ("passed", "warned", "failed", "not run")))
    if status.quarantined_files or status.quarantined_records:
        console.print(f"quarantine: {status.quarantined_files} files, {status.quarantined_records} records")


def look(moment: datetime | None = None, project: Project | None = None) -> Status:
    """Look at the lake, keep what is seen in the history, and write status.json there.

    Args:
        moment: what ages are measured against, UTC; by default var now of the project.
        project: the project as dbt saw it; by default in its last command.
    """
    history.collect()
    project = project or Project(target_dir())
    moment = moment or now()
    rows = lake.row_counts(lake_dir())
    runs = list(history.runs())
    ledger = bronze.read_ledger(lake_dir())
    load_id = max((row["load_id"] for row in ledger), default=0)
    before = next((seen["rows"] for seen in reversed(list(history.looks())) if seen["load_id"] < load_id), {})
    tests = [test_status(test, runs) for test in project.tests.values()]
    open_entries = [entry for entry in quarantine.entries() if not entry.replayed_as]
    status = Status(
        generated_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        now=moment,
        load_id=load_id,
        feeds=_feeds(project, ledger, runs, moment),
        tables=[_table(table, rows, before, runs, tests) for table in project.tables.values()],
        tests=tests,
        quarantined_files=sum(entry.raw_text is None for entry in open_entries),
        quarantined_records=sum(entry.raw_text is not None for entry in open_entries),
        quarantined_since=min((datetime.fromisoformat(entry.load_dts) for entry in open_entries), default=None),
    )
    history.keep_look(
        {
            "at": status.generated_at.isoformat(),
            "now": moment.isoformat(),
            "load_id": load_id,
            "ages": {feed.feed: {floor: age.hours for floor, age in feed.ages.items()} for feed in status.feeds},
            "rows": rows,
        }
    )
    temporary = history_dir() / "status.tmp"
    temporary.write_text(status.model_dump_json(indent=1))
    temporary.replace(history_dir() / "status.json")
    return status


def _feeds(
    project: Project, ledger: list[dict[str, Any]], runs: list[dict[str, Any]], moment: datetime
) -> list[FeedStatus]:
    definitions = read_feeds(project_dir() / "models")
    vault = history.in_vault(project)
    found = []
    for label, feed in sorted(definitions.items()):
        source = project.by_name[label]
        loaded = {
            row["load_id"]: (datetime.fromisoformat(row["load_dts"]), row["landed_count"])
            for row in ledger
            if row["feed"] == label and row["status"] == "loaded"
        }
        landed_at = max((at for at, _ in loaded.values()), default=None)
        limit = source.freshness.get("warn_after") or {}
        limit_hours = limit["count"] * HOURS[limit["period"]] if limit.get("count") else None

        def reached(
            load_id: int | None, loaded: dict = loaded, landed_at: datetime | None = landed_at
        ) -> datetime | None:
            """Landing time of what a floor holds; files without rows leave no trace above Bronze."""
            missing = [i for i, (_, rows) in loaded.items() if rows and i > (load_id or 0)]
            return (loaded[load_id][0] if load_id else None) if missing else landed_at

        event_days = feed.event_time.warn_after_days if feed.event_time else None
        times = {
            "event": (_newest_event(feed), event_days * 24 if event_days else None),
            "landed": (landed_at, limit_hours),
            "vault": (reached(vault.get(label)), limit_hours),
            "gold": (reached(_in_gold(project, source, runs)), limit_hours),
        }
        ages = {floor: _age(at, hours, moment) for floor, (at, hours) in times.items()}
        if not feed.event_time:
            del ages["event"]
        found.append(
            FeedStatus(
                feed=label,
                owner=source.owner.name,
                email=source.owner.email,
                ages=ages,
                late=[floor for floor, age in ages.items() if age.late],
            )
        )
    return found


def _age(at: datetime | None, limit_hours: float | None, moment: datetime) -> Age:
    if at is None:
        return Age(limit_hours=limit_hours)
    age = Age(at=at, hours=round((moment - at) / timedelta(hours=1), 1), limit_hours=limit_hours)
    if age.late:
        age.since = at + timedelta(hours=limit_hours or 0)
    return age


def _newest_event(feed: Feed) -> datetime | None:
    """The newest event of a feed, from its Bronze table, whose times are text in the feed's format."""
    if feed.event_time is None:
        return None
    column = next(column for column in feed.columns if column.name == feed.event_time.column)
    java = column.format or ("yyyy-MM-dd" if column.type == "date" else "yyyy-MM-dd HH:mm:ss")
    pattern = re.sub(r"y+|M+|d+|H+|m+|s+|S+", lambda part: DUCKDB_LETTERS.get(part[0], part[0]), java).replace("'", "")
    table = feed.table.split(".")[1]
    [row] = lake.rows(
        lake_dir(), feed.table, f"select max(try_strptime({column.name}, '{pattern}')) as newest from {table}"
    ) or [{"newest": None}]
    return row["newest"]


def _in_gold(project: Project, source: LakeTable, runs: list[dict[str, Any]]) -> int | None:
    """The newest delivery of the feed that every Gold table made of it holds."""
    loads = []
    for table_id in project.downstream(source.id):
        if project.tables[table_id].floor == "Gold":
            built = [run for run in runs if run["results"].get(table_id, [""])[0] == "success"]
            loads.append(built[-1]["vault"].get(source.name) if built else None)
    return min((load for load in loads if load), default=None) if loads and all(loads) else None


def _table(
    table: LakeTable, rows: dict[str, int], before: dict[str, int], runs: list[dict[str, Any]], tests: list[TestStatus]
) -> TableStatus:
    results = [(run["at"], *run["results"][table.id]) for run in runs if table.id in run["results"]]
    tried = [result for result in results if result[1] != "skipped"]
    built = [result for result in tried if result[1] == "success"]
    size = rows.get(table.relation)
    return TableStatus(
        table=table.name,
        floor=table.floor,
        rows=size,
        rows_added=None if size is None else size - before.get(table.relation, 0),
        state="not built" if not tried else "built" if tried[-1][1] == "success" else "failed",
        built_at=datetime.fromisoformat(built[-1][0]) if built else None,
        seconds=built[-1][2] if built else None,
        tests={
            state: sum(test.table == table.name and test.state == state for test in tests)
            for state in ("passed", "warned", "failed", "not run")
        },
    )


def test_status(test: Test, runs: list[dict[str, Any]]) -> TestStatus:
    """The last result of a test in the kept runs (history.runs), and since when it has been like that."""
    states = {"pass": "passed", "warn": "warned", "fail": "failed", "error": "failed", "runtime error": "failed"}
    known = [(run["at"], *run["results"][test.id]) for run in runs if test.id in run["results"]]
    known = [(at, states[state], failures) for at, state, _, failures in known if state in states]
    state = known[-1][1] if known else "not run"
    since = None
    for at, then, _ in reversed(known):
        if then != state:
            break
        since = datetime.fromisoformat(at)
    return TestStatus(
        test=test.name,
        table=test.table,
        state=state,
        at=datetime.fromisoformat(known[-1][0]) if known else None,
        since=since,
        failures=known[-1][2] if known else 0,
        owner=test.owner.name,
        email=test.owner.email,
    )
