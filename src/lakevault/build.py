"""The delivery loop: Bronze, Silver and snapshots per delivery, then Gold and all tests once."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console

from lakevault import bronze, lake, landing
from lakevault.errors import LakevaultError
from lakevault.feeds import Feed, read_feeds
from lakevault.lock import build_lock
from lakevault.project import code_fingerprint, lake_dir, landing_dir, project_dir, truth_dir

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass
class Report:
    """What a build did: seconds by phase, Bronze rows by delivery, and the tests."""

    seconds: dict[str, float] = field(default_factory=dict)
    delivered: dict[int, dict[str, int]] = field(default_factory=dict)
    tests_passed: int = 0
    tests_warned: int = 0
    failures: list[str] = field(default_factory=list)
    feeds_in_time: int = 0
    late_feeds: list[str] = field(default_factory=list)
    nothing_new: bool = False

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time spent inside to the phase."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0) + time.monotonic() - start


def build(deliveries: str, placements: str, console: Console) -> Report:
    """Land the sample data, take every pending delivery through the floors, publish Gold.

    Raises LakevaultError for bad input or a broken model; what was loaded before stays as it is, and the same command
    goes on from there.
    """
    report = Report()
    root = project_dir()
    feeds = read_feeds(root / "models")
    with build_lock(lake_dir()):
        with report.phase("landing"):
            _land(deliveries, placements, console)
        pending = _pending()
        state = lake.State(lake_dir())
        code = code_fingerprint()
        loaded = max(bronze.loaded_feeds(lake_dir()), default=0)
        if not pending and state.silver == loaded and state.published == code:
            report.nothing_new = True
            return report
        # Bad input is told before Spark starts.
        for delivery in pending[:1]:
            landing.check_delivery(delivery, feeds)
        with report.phase("start"):
            spark = _start(feeds, console)
        # Gold of this code, with nothing since: only what the new deliveries' feeds reach can change, and fail a test.
        published = state.published == code and state.silver == loaded
        if state.silver < loaded or (not pending and state.published != code):
            _silver(report, console, f"delivery {loaded} (resumed)")
            state.save(loaded, code)
        for number, delivery in enumerate(pending, start=1):
            label = f"delivery {delivery.load_id} ({number} of {len(pending)})"
            with report.phase("Bronze"):
                report.delivered[delivery.load_id] = _bronze(spark, delivery, feeds)
            _say(console, report, f"{label}: Bronze, {sum(report.delivered[delivery.load_id].values()):,} rows")
            # Silver complete and of this code: only what the delivery's feeds reach can change.
            complete = state.silver_code == code
            _silver(report, console, label, [file.feed for file in delivery.files] if complete else None)
            state.save(delivery.load_id, code)
        delivered = sorted({file.feed for delivery in pending for file in delivery.files})
        _publish(report, console, delivered if published else None)
        if not report.failures:
            state.save(pending[-1].load_id if pending else loaded, code, published=code)
    return report


def init(console: Console) -> None:
    """Create empty Bronze tables and the ledger, so that plain dbt commands work on an empty lake."""
    with build_lock(lake_dir()):
        _start(read_feeds(project_dir() / "models"), console)


def ingest(console: Console) -> dict[int, dict[str, int]]:
    """Take every landed delivery into Bronze and no further; rows by delivery and feed. `dbt build` does the rest.

    Raises LakevaultError for bad input; the deliveries before it are loaded.
    """
    feeds = read_feeds(project_dir() / "models")
    with build_lock(lake_dir()):
        pending = _pending()
        if not pending:
            return {}
        landing.check_delivery(pending[0], feeds)
        spark = _start(feeds, console)
        return {delivery.load_id: _bronze(spark, delivery, feeds) for delivery in pending}


def _pending() -> list[landing.Delivery]:
    return landing.pending_deliveries(landing.read_deliveries(landing_dir()), bronze.loaded_feeds(lake_dir()))


def _bronze(spark: "SparkSession", delivery: landing.Delivery, feeds: dict[str, Feed]) -> dict[str, int]:
    landing.check_delivery(delivery, feeds)
    return bronze.load(spark, delivery, feeds)


def _land(deliveries: str, placements: str, console: Console) -> None:
    """Land the sample data once; a landing zone that somebody else fills is left alone."""
    options = landing_dir() / "landing.json"
    if options.is_file():
        landed = json.loads(options.read_text())
        if (landed["schedule"], landed["placements"]) != (deliveries, placements):
            raise LakevaultError(
                f"{landing_dir()}/ holds {landed['schedule']} deliveries with placements={landed['placements']}, not "
                f"{deliveries} with {placements}: build with the same options, or start anew with `make clean`."
            )
        return
    if landing.read_deliveries(landing_dir()) and not truth_dir().is_dir():
        return
    from lakevault.sample import land_sample

    with console.status("landing the sample data ..."):
        landed = land_sample(landing_dir(), truth_dir(), schedule=deliveries, placements=placements)
    console.print(f"landed {len(landed)} deliveries in {landing_dir()}/")


def _start(feeds: dict[str, Feed], console: Console) -> "SparkSession":
    from lakevault.spark import session

    with console.status("starting Spark ..."):
        spark = session()
        bronze_db = [row.namespace for row in spark.sql("show schemas").collect()]
        known = {
            f"{schema}.{row.tableName}"
            for schema in bronze.SCHEMAS
            if schema in bronze_db
            for row in spark.sql(f"show tables in {schema}").collect()
        }
        for name in lake.remove_unfinished_tables(lake_dir(), known):
            console.print(f"removed what an interrupted build had left of {name}")
        bronze.init(spark, feeds)
    return spark


def _silver(report: Report, console: Console, label: str, feeds: list[str] | None = None) -> None:
    """Silver and snapshots: all of them, or what the feeds reach."""
    from lakevault import dbt

    selection = ["--selector", "deliver"]
    if feeds is not None:
        parts = ("path:models/silver/stage", "path:models/silver/raw_vault", "+path:snapshots")
        selection = ["--select", *(f"source:{feed}+,{part}" for feed in feeds for part in parts)]
    with report.phase("Silver"), console.status(f"{label}: Silver ...") as status:
        outcome = dbt.run(
            ["build", *selection, "--resource-type", "model", "--resource-type", "snapshot"],
            lambda name, done, total: status.update(f"{label}: Silver, {done} of {total} models ({name})"),
        )
    if outcome.failures:
        raise LakevaultError(f"{label} stopped in Silver:\n  " + "\n  ".join(outcome.failures))
    _say(console, report, f"{label}: Silver, {outcome.models} models and snapshots")


def _publish(report: Report, console: Console, feeds: list[str] | None = None) -> None:
    """Gold and all tests, or those that the feeds reach."""
    from lakevault import dbt

    selection = ["--selector", "publish"]
    if feeds is not None:
        parts = (
            "resource_type:test",
            "path:models/silver/business_vault",
            "path:models/silver/query_assist",
            "path:models/gold",
        )
        selection = ["--select", *(f"source:{feed}+,{part}" for feed in feeds for part in parts)]
        selection += ["--exclude", "resource_type:unit_test"]
    with report.phase("Gold and tests"), console.status("Gold ...") as status:
        outcome = dbt.run(
            ["build", *selection],
            lambda name, done, total: status.update(f"Gold and tests, {done} of {total} ({name})"),
        )
        freshness = dbt.run(["source", "freshness"])
    report.tests_passed, report.tests_warned, report.failures = outcome.passed, outcome.warned, outcome.failures
    report.feeds_in_time, report.late_feeds = freshness.passed, freshness.late
    skipped = f", {outcome.skipped} skipped" if outcome.skipped else ""
    _say(
        console,
        report,
        f"Gold: {outcome.models} seeds and tables; {outcome.passed} tests passed, {len(outcome.failures)} failed{skipped}",
    )


def _say(console: Console, report: Report, text: str) -> None:
    console.print(f"[dim]{sum(report.seconds.values()):6.0f} s[/dim]  {text}")
