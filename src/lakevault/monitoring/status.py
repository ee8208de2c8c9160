"""One look at the lake: how fresh each feed is, how the last build of each table went, the last result of each test."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel

from lakevault.console import counted
from lakevault.errors import LakevaultError
from lakevault.files import write
from lakevault.ingest import quarantine
from lakevault.lake import delta, ledger
from lakevault.metadata.artifacts import Project, Table, Test
from lakevault.monitoring import history
from lakevault.monitoring.facts import Facts, NodeFacts
from lakevault.monitoring.freshness import FeedStatus, feed_statuses
from lakevault.paths import history_dir, lake_dir, now, target_dir

# Deliveries whose rows are told of each table: the last ones.
DELIVERIES = 20


class Trouble(StrEnum):
    """What `lakevault status --fail-on` can be asked to watch."""

    late = "late"
    failed = "failed"
    quarantined = "quarantined"


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
    def newest_landing(self) -> datetime | None:
        """When the newest data of any feed landed; none when nothing has."""
        return max((age.at for feed in self.feeds if (age := feed.ages["landed"]).at), default=None)

    @property
    def is_before_its_data(self) -> bool:
        """Whether ages are measured against a moment before the newest landing, so that nothing can be late."""
        return self.newest_landing is not None and self.newest_landing - self.now > timedelta(hours=24)

    @property
    def clock(self) -> str:
        """What ages are measured against, if that is not the time of the look."""
        if abs(self.generated_at - self.now) < timedelta(minutes=5):
            return ""
        said = (
            f"Ages are measured against {self.now:%Y-%m-%d %H:%M}, not against today: the clock of the sample (var now in "
            "dbt_project.yml) stands still where its data ends."
        )
        if self.is_before_its_data:
            said += (
                f" But data has landed since, the newest at {self.newest_landing:%Y-%m-%d %H:%M}, and all that landed later "
                "counts as fresh: where real feeds land, set LAKEVAULT_NOW to an empty value, which means the real time."
            )
        return said

    @property
    def state(self) -> str:
        """Whether the lake is in order: "ok", "late" (something has to be done) or "unsure" (something was not measured)."""
        if self.troubles([Trouble.late, Trouble.failed]):
            return "late"
        return "unsure" if self.count("not run") or self.is_before_its_data else "ok"

    @property
    def verdict(self) -> str:
        """The same in words, the verdict first."""
        late = [feed.feed for feed in self.feeds if feed.late]
        watched = counted(sum(feed.has_limit for feed in self.feeds), "feed")
        failed, not_run, passed = self.count("failed"), self.count("not run"), self.count("passed")
        not_built = len(self.troubles([Trouble.failed])) - failed
        wrong = [
            *([f"{len(late)} of {watched} late ({', '.join(late)})"] if late else []),
            *([f"{counted(failed, 'test')} failed"] if failed else []),
            *([f"{counted(not_built, 'table')} not built"] if not_built else []),
        ]
        unknown = [
            *([f"{counted(not_run, 'test')} without a result, because no build has run them yet"] if not_run else []),
            *(["ages cannot show what is late"] if self.is_before_its_data else []),
        ]
        right = [
            *([] if late or self.is_before_its_data else [f"all {watched} in time"]),
            f"{counted(passed, 'test')} passed",
        ]
        first = "Something is wrong" if wrong else "Not all is known" if unknown else "In order"
        return f"{first}: {', '.join(wrong + unknown + right)}."

    def count(self, state: str) -> int:
        """Number of tests in a state."""
        return sum(test.state == state for test in self.tests)

    def troubles(self, watched: list[Trouble]) -> list[str]:
        """A sentence for each thing that is not as it should be."""
        found = []
        if Trouble.late in watched:
            for feed in self.feeds:
                if feed.late:
                    since = feed.ages[feed.first_late].since
                    found.append(
                        f"late: {feed.feed}{f' since {since:%Y-%m-%d %H:%M}' if since else ''}: {feed.why}; "
                        f"ask {feed.owner}, {feed.email}"
                    )
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


def look(project: Project, moment: datetime) -> Status:
    """Look at the lake; nothing is kept of it.

    Args:
        project: the project as dbt saw it.
        moment: what ages are measured against, UTC.
    """
    facts = history.facts(project)
    rows = delta.row_counts(lake_dir())
    in_ledger = ledger.by_feed(lake_dir())
    load_id = max((feed.newest for feed in in_ledger.values()), default=0)
    before = facts.rows_until(load_id)
    tests = [test_status(test, facts) for test in project.tests.values()]
    deliveries = rows_by_delivery(project)
    still_open = quarantine.still_open()
    return Status(
        generated_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        now=moment,
        load_id=load_id,
        feeds=feed_statuses(project, facts, in_ledger, moment),
        tables=[
            _table_status(
                table, rows, before, deliveries.get(table.name, {}), load_id, facts.nodes.get(table.id), tests
            )
            for table in project.tables.values()
        ],
        tests=tests,
        quarantined_files=still_open.files,
        quarantined_records=still_open.records,
        quarantined_since=still_open.since,
    )


def look_and_keep(moment: datetime | None = None, project: Project | None = None) -> Status:
    """Look at the lake, and keep what was seen in the history and in its status.json.

    Args:
        moment: what ages are measured against, UTC; by default project.now(). Another one is a question, and is not kept.
        project: the project as dbt saw it; by default in its last command.
    """
    history.collect()
    project = project or Project(target_dir())
    status = look(project, moment or now())
    if moment is None:
        history.keep_look(
            {
                "at": status.generated_at.isoformat(),
                "lake": history.lake_id(),
                "load_id": status.load_id,
                "ages": {feed.feed: {name: age.hours for name, age in feed.ages.items()} for feed in status.feeds},
                "rows": {
                    project.by_name[table.table].relation: table.rows
                    for table in status.tables
                    if table.rows is not None
                },
            },
            project,
        )
        write(history_dir() / "status.json", status.model_dump_json(indent=1))
    return status


def rows_by_delivery(project: Project) -> dict[str, dict[int, int]]:
    """By table the rows that its last deliveries brought, by load id, oldest first.

    To Bronze by the ledger, to the raw vault by the rows' load time.
    """
    found = ledger.rows_by_delivery(lake_dir(), DELIVERIES)
    in_vault: dict[str, dict[datetime, int]] = {}
    for table in project.tables.values():
        if table.layer == "Raw vault" and "load_dts" in table.columns:
            # Within a delivery changes of one key are a microsecond apart.
            counted = delta.query(
                lake_dir(),
                f"""
                select date_trunc('second', load_dts::timestamp) as landed_at, count(*) as rows
                from {table.relation.split(".")[1]}
                group by landed_at
                order by landed_at desc
                limit {DELIVERIES}
                """,
                table.relation,
            )
            in_vault[table.name] = {row["landed_at"]: row["rows"] for row in reversed(counted)}
    load_ids = ledger.landed_in(lake_dir(), {at for by_time in in_vault.values() for at in by_time})
    for name, by_time in in_vault.items():
        found[name] = {load_ids[at]: rows for at, rows in by_time.items() if at in load_ids}
    return found


def test_status(test: Test, facts: Facts) -> TestStatus:
    """The last result of a test, and since when it has been like that."""
    known = facts.nodes.get(test.id)
    return TestStatus(
        test=test.name,
        table=test.table,
        state=known.state if known else "not run",
        at=known.at if known else None,
        since=known.since if known else None,
        failures=known.failures if known else 0,
        owner=test.owner.name,
        email=test.owner.email,
    )


def _table_status(
    table: Table,
    rows: dict[str, int],
    before: dict[str, int],
    deliveries: dict[int, int],
    load_id: int,
    known: NodeFacts | None,
    tests: list[TestStatus],
) -> TableStatus:
    size = rows.get(table.relation)
    added = deliveries.get(load_id, 0) if deliveries else None
    if added is None and size is not None and table.relation in before:
        added = size - before[table.relation]
    return TableStatus(
        table=table.name,
        layer=table.layer,
        rows=size,
        rows_added=added,
        deliveries=deliveries,
        state="landed" if table.kind == "source" else known.state if known else "not built",
        built_at=known.built_at if known else None,
        seconds=known.seconds if known else None,
        tests={
            state: sum(test.table == table.name and test.state == state for test in tests)
            for state in ("passed", "warned", "failed", "not run")
        },
    )
