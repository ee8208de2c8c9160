"""Whether the lake is fresh and tested: four ages of each feed against its limit, and the last result of each test."""

import os
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lakevault.errors import LakevaultError
from lakevault.feeds import Feed, read_feeds
from lakevault.ingest import quarantine
from lakevault.lake import delta, ledger
from lakevault.metadata.artifacts import Project, Test
from lakevault.metadata.artifacts import Table as LakeTable
from lakevault.monitoring import history
from lakevault.paths import history_dir, lake_dir, now, project_dir, target_dir

HOURS = {"minute": 1 / 60, "hour": 1, "day": 24}
LAYERS = ("event", "landed", "vault", "gold")


class Trouble(StrEnum):
    """What `lakevault status --fail-on` can be asked to watch."""

    late = "late"
    failed = "failed"
    quarantined = "quarantined"


class Age(BaseModel):
    """How old the newest data of a feed is on one layer. `since`: when the limit was passed, if it was."""

    at: datetime | None = None
    hours: float | None = None
    limit_hours: float | None = None
    since: datetime | None = None

    @property
    def late(self) -> bool:
        """Whether the limit is passed, or nothing ever came."""
        return self.limit_hours is not None and (self.hours is None or self.hours > self.limit_hours)


class FeedStatus(BaseModel):
    """A feed: its ages on the layers event, landed, vault, gold."""

    feed: str
    owner: str
    email: str
    ages: dict[str, Age]
    late: list[str]


class TableStatus(BaseModel):
    """A table: its size, rows of the last deliveries, how its last build went, and its tests.

    `state`: built, failed, skipped, not built; landed for feeds. `deliveries`: rows by delivery, newest last, where they are
    known. `rows_added`: by the last delivery; none where nobody can tell.
    """

    table: str
    layer: str
    rows: int | None
    rows_added: int | None
    deliveries: dict[int, int]
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

    @property
    def is_before_its_data(self) -> bool:
        """Whether ages are measured against a moment before the newest landing, and so say nothing."""
        return any((feed.ages["landed"].hours or 0) < -24 for feed in self.feeds)

    def count(self, state: str) -> int:
        """Number of tests in a state."""
        return sum(test.state == state for test in self.tests)

    def troubles(self, watched: list[Trouble]) -> list[str]:
        """A sentence for each thing that is not as it should be."""
        found = []
        if Trouble.late in watched:
            for feed in self.feeds:
                for layer in feed.late:
                    age = feed.ages[layer]
                    since = f"since {age.since:%Y-%m-%d %H:%M}" if age.since else "never came"
                    found.append(f"late: {feed.feed}, {layer}: {since}; ask {feed.owner}, {feed.email}")
        if Trouble.failed in watched:
            for test in self.tests:
                if test.state == "failed":
                    found.append(
                        f"failed: {test.test}: since {test.since:%Y-%m-%d %H:%M}; ask {test.owner}, {test.email}"
                    )
            for table in self.tables:
                if table.state in {"failed", "skipped"} or (table.state == "not built" and table.layer == "Gold"):
                    found.append(
                        f"failed: {table.table} was not built in its last run"
                        if table.built_at
                        else f"failed: {table.table} was never built"
                    )
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
    table = Table("feed", *LAYERS, "agreed", title=f"Age of the newest data on each layer, {status.now}")
    table.title_justify = "left"
    for feed in status.feeds:
        ages = []
        for layer in LAYERS:
            age = feed.ages.get(layer, Age())
            text = "" if layer not in feed.ages else "never" if age.hours is None else f"{age.hours:,.0f} h"
            ages.append(Text(text, "red" if age.late else ""))
        limit = feed.ages["landed"].limit_hours
        table.add_row(feed.feed, *ages, f"{limit:g} h" if limit else "")
    console.print(table)
    console.print(", ".join(f"{status.count(state)} {state}" for state in ("passed", "warned", "failed", "not run")))
    if status.is_before_its_data:
        console.print(
            "ages are measured against a moment before the newest landing: set LAKEVAULT_NOW (empty: the clock)",
            style="yellow",
        )
    if status.quarantined_files or status.quarantined_records:
        console.print(f"quarantine: {status.quarantined_files} files, {status.quarantined_records} records")


def look(moment: datetime | None = None, project: Project | None = None) -> Status:
    """Look at the lake. What is seen against the project's own moment is kept in the history, and in its status.json.

    Args:
        moment: what ages are measured against, UTC; by default project.now(). Another one is a question, and is not kept.
        project: the project as dbt saw it; by default in its last command.
    """
    history.collect()
    project = project or Project(target_dir())
    against = moment or now()
    rows = delta.row_counts(lake_dir())
    runs = list(history.runs())
    files = ledger.read(lake_dir())
    load_id = max((row["load_id"] for row in files), default=0)
    before: dict[str, int] = next(
        (seen["rows"] for seen in reversed(list(history.looks())) if seen["load_id"] < load_id), {}
    )
    tests = [test_status(test, runs) for test in project.tests.values()]
    deliveries = rows_by_delivery(project, files)
    open_entries = [entry for entry in quarantine.entries() if not entry.settled]
    status = Status(
        generated_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        now=against,
        load_id=load_id,
        feeds=_feeds(project, files, runs, against),
        tables=[
            _table(table, rows, before, deliveries.get(table.name, {}), load_id, runs, tests)
            for table in project.tables.values()
        ],
        tests=tests,
        quarantined_files=sum(not entry.is_record for entry in open_entries),
        quarantined_records=sum(entry.is_record for entry in open_entries),
        quarantined_since=min((datetime.fromisoformat(entry.load_dts) for entry in open_entries), default=None),
    )
    if moment is None:
        history.keep_look(
            {
                "at": status.generated_at.isoformat(),
                "lake": history.lake_id(),
                "load_id": load_id,
                "ages": {feed.feed: {layer: age.hours for layer, age in feed.ages.items()} for feed in status.feeds},
                "rows": rows,
            }
        )
        temporary = history_dir() / f"status.{os.getpid()}"
        temporary.write_text(status.model_dump_json(indent=1))
        temporary.replace(history_dir() / "status.json")
    return status


def rows_by_delivery(project: Project, files: list[dict[str, Any]]) -> dict[str, dict[int, int]]:
    """By table the rows that each delivery brought: to Bronze by the ledger, to the raw vault by the rows' load time."""
    found: dict[str, dict[int, int]] = {}
    for row in files:
        if row["landed_count"]:
            by_load = found.setdefault(row["feed"], {})
            by_load[row["load_id"]] = by_load.get(row["load_id"], 0) + row["landed_count"]
    landed = {row["load_dts"]: row["load_id"] for row in files}
    for table in project.tables.values():
        if table.layer == "Raw vault" and "load_dts" in table.columns:
            # Within a delivery changes of one key are a microsecond apart.
            counted = delta.rows(
                lake_dir(),
                table.relation,
                f"select strftime(load_dts, '%Y-%m-%d %H:%M:%S') as landed, count(*) as rows from {table.name} group by landed",
            )
            found[table.name] = {landed[row["landed"]]: row["rows"] for row in counted if row["landed"] in landed}
    return {name: dict(sorted(by_load.items())) for name, by_load in found.items()}


def _feeds(
    project: Project, files: list[dict[str, Any]], runs: list[dict[str, Any]], moment: datetime
) -> list[FeedStatus]:
    vault = history.in_vault(project)
    landed_at = {row["load_id"]: datetime.fromisoformat(row["load_dts"]) for row in files}
    found = []
    for label, feed in sorted(read_feeds(project_dir() / "models").items()):
        source = project.by_name.get(label)
        if source is None:
            raise LakevaultError(
                f"{label} is defined, but dbt has not seen it yet: run `dbt parse` (or a build) first."
            )
        rows: dict[int, int] = {}
        for row in files:
            # A file of which nothing could be taken is no arrival.
            taken = row["status"] == "loaded" and (row["landed_count"] or not row["row_count"])
            if row["feed"] == label and taken:
                rows[row["load_id"]] = rows.get(row["load_id"], 0) + row["landed_count"]
        newest = max(rows, default=None)

        def reached(held: int | None, rows: dict[int, int] = rows, newest: int | None = newest) -> datetime | None:
            """Landing time of what a layer holds; files without rows leave no trace above Bronze."""
            behind = [load_id for load_id, count in rows.items() if count and load_id > (held or 0)]
            at = held if behind else newest
            return landed_at[at] if at else None

        limit = source.freshness.get("warn_after") or {}
        limit_hours = limit["count"] * HOURS[limit["period"]] if limit.get("count") else None
        event_days = feed.event_time.warn_after_days if feed.event_time else None
        times = {
            "event": (_newest_event(feed), event_days * 24 if event_days else None),
            "landed": (landed_at[newest] if newest else None, limit_hours),
            "vault": (reached(vault.get(label)), limit_hours),
            "gold": (reached(_in_gold(project, source, runs)), limit_hours),
        }
        ages = {layer: _age(at, hours, moment) for layer, (at, hours) in times.items()}
        if not feed.event_time:
            del ages["event"]
        if all(project.tables[i].layer != "Gold" for i in project.downstream(source.id)):
            del ages["gold"]
        found.append(
            FeedStatus(
                feed=label,
                owner=source.owner.name,
                email=source.owner.email,
                ages=ages,
                late=[layer for layer, age in ages.items() if age.late],
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
    table = feed.table.split(".")[1]
    found = delta.rows(lake_dir(), feed.table, f'select max({column.time}) as newest from "{table}"')
    return found[0]["newest"] if found else None


def _in_gold(project: Project, source: LakeTable, runs: list[dict[str, Any]]) -> int | None:
    """The newest delivery of the feed that every Gold table made of it holds; tables that were never built are left out.

    A table holds what the vault held when it was built last, unless something above it had failed then.
    """
    reached = {i for i in project.downstream(source.id) if project.tables[i].kind != "source"}
    above = {i: project.upstream(i) & reached for i in reached if project.tables[i].layer == "Gold"}
    broken: set[str] = set()
    held: dict[str, int] = {}
    for run in runs:
        for table_id, (state, *_) in run["results"].items():
            (broken.discard if state == "success" else broken.add)(table_id)
        for table_id in above:
            if run["results"].get(table_id, [""])[0] == "success" and not above[table_id] & broken:
                held[table_id] = run["vault"].get(source.name, 0)
    return min(held.values(), default=None) or None


def _table(
    table: LakeTable,
    rows: dict[str, int],
    before: dict[str, int],
    deliveries: dict[int, int],
    load_id: int,
    runs: list[dict[str, Any]],
    tests: list[TestStatus],
) -> TableStatus:
    results = [(run["at"], *run["results"][table.id]) for run in runs if table.id in run["results"]]
    built = [result for result in results if result[1] == "success"]
    size = rows.get(table.relation)
    added = deliveries.get(load_id, 0) if deliveries else None
    if added is None and size is not None and table.relation in before:
        added = size - before[table.relation]
    state = {"success": "built", "skipped": "skipped"}.get(results[-1][1], "failed") if results else "not built"
    return TableStatus(
        table=table.name,
        layer=table.layer,
        rows=size,
        rows_added=added,
        deliveries=dict(list(deliveries.items())[-20:]),
        state="landed" if table.kind == "source" else state,
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
