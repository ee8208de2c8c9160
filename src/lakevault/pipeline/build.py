"""The way of what has landed: Bronze by delivery, Silver and Gold once for all of them, snapshots as if each had come alone."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import rich.status
from rich.console import Console

from lakevault.console import said
from lakevault.errors import LakevaultError
from lakevault.feeds import Feed, read_feeds
from lakevault.ingest import auto_loader, loader
from lakevault.ingest.admission import Admission
from lakevault.ingest.delivery import Delivery
from lakevault.ingest.landing import LandingZone
from lakevault.ingest.on_executors import look_at
from lakevault.lake import delta, releases
from lakevault.lake.ledger import KnownFiles, landed_at
from lakevault.monitoring.status import Status, look_and_keep
from lakevault.paths import (
    AS_KNOWN,
    FAST_LANE,
    PUBLISHED,
    code_fingerprint,
    lake_dir,
    landing_dir,
    project_dir,
    truth_dir,
    variables,
)
from lakevault.pipeline.lock import build_lock
from lakevault.pipeline.release import release
from lakevault.pipeline.state import State
from lakevault.pipeline.upkeep import compact
from lakevault.streams.receive import receive

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


VAULT = ("path:models/silver/hashed_stage", "path:models/silver/raw_vault")
SNAPSHOTS = ("path:snapshots", "+path:snapshots,path:models/silver/business_vault")


@dataclass
class Report:
    """What a build did: seconds by phase, Bronze rows by delivery, and the tests."""

    seconds: dict[str, float] = field(default_factory=dict)
    delivered: dict[int, list[loader.FileOutcome]] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    # What topics have that could not be received.
    not_received: list[str] = field(default_factory=list)
    tests_passed: int = 0
    tests_warned: int = 0
    failures: list[str] = field(default_factory=list)
    not_built: set[str] = field(default_factory=set)
    status: Status | None = None
    # The release that consumers see, and whether this build made it.
    published: int | None = None
    released: bool = False
    # Whether something failed for which Gold is not released.
    blocked: bool = False
    # Of the project: which models were left out because they have expired.
    warnings: list[str] = field(default_factory=list)
    nothing_new: bool = False

    @property
    def must_act(self) -> bool:
        """Whether a test failed, a topic could not be received, or a file broke a contract that says that somebody has to act."""
        outcomes = [outcome for outcomes in self.delivered.values() for outcome in outcomes]
        return bool(self.failures or self.not_received) or any(outcome.fails for outcome in outcomes)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time spent inside to the phase."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0) + time.monotonic() - start


def build(sample: tuple[str, str] | None, console: Console, without: str = "") -> Report:
    """Take every delivery through the layers, publish Gold.

    Args:
        sample: schedule and placements of the sample data, to land it in a landing zone that is empty; otherwise none.
        console: where progress is shown.
        without: a model that somebody is changing. It and all downstream of it are left out, and no test is run: Gold
            counts as not published.

    Raises LakevaultError for a broken model; what was loaded before stays as it is, and the same command goes on from
    there. Bad files stop nothing: they are in the report.
    """
    if "as_known_at" in variables():
        raise LakevaultError(
            "`lakevault build` publishes what is known now: use `lakevault as-known-at` for as_known_at."
        )
    report = Report()
    with build_lock(lake_dir()):
        with report.phase("landing"):
            if sample:
                _land(*sample, console)
            elif not landing_dir().is_dir() or not any(landing_dir().iterdir()):
                console.print(f"{landing_dir()}/ is empty; `lakevault build --sample` lands the sample data there")
        arrivals = _Arrivals(console)
        report.not_received = arrivals.not_received
        state = State(lake_dir())
        code = code_fingerprint()
        loaded = arrivals.loaded
        with report.phase("landing"):
            delivery = arrivals.next()
        if not delivery and state.silver == loaded and state.published == code and not state.pending:
            report.nothing_new, report.waiting = True, arrivals.waiting
            return report
        with report.phase("start"):
            spark = _start(arrivals.feeds, console)
        # What is complete and of this code changes only where the new deliveries' feeds reach it.
        silver = state.silver_code == code and state.silver == loaded
        gold = state.published == code and state.silver == loaded
        while delivery:
            with report.phase("Bronze"):
                outcomes = arrivals.load(spark, delivery)
            report.delivered[delivery.load_id] = outcomes
            rows = sum(outcome.landed for outcome in outcomes)
            _say(console, report, f"delivery {delivery.load_id}: Bronze, {rows:,} rows")
            loaded = delivery.load_id
            with report.phase("landing"):
                delivery = arrivals.next()
        feeds = sorted({each.file.feed for outcomes in report.delivered.values() for each in outcomes if each.landed})
        if feeds or not silver:
            _silver(report, console, range(state.silver + 1, loaded + 1), feeds if silver else None, without)
        if report.delivered or not silver:
            # Where a model was left out, Silver may lack it.
            state.save(loaded, "" if without else code)
        if report.delivered or not gold or state.pending:
            pending = _publish(report, console, feeds if gold else None, state.pending, without)
            # A test that fails costs itself: it and what it held back run again, not what it does not concern.
            if not without:
                if not report.blocked:
                    with report.phase("release"):
                        report.published, report.released = release(console)
                state.save(loaded, code, published=code, pending=pending)
        report.published = report.published or releases.published(lake_dir())
        report.waiting = arrivals.waiting
        report.status = look_and_keep()
    return report


def init(console: Console) -> None:
    """Create empty Bronze tables and the ledger, so that plain dbt commands work on an empty lake."""
    with build_lock(lake_dir()):
        _start(read_feeds(project_dir() / "models"), console)


def ingest(console: Console, stopped: Callable[[], bool] = lambda: False) -> Report:
    """Take all that has landed into Bronze and no further, or until `stopped`. `dbt build` does the rest."""
    report = Report()
    with build_lock(lake_dir()):
        arrivals = _Arrivals(console)
        report.not_received = arrivals.not_received
        delivery = arrivals.next()
        report.nothing_new = delivery is None
        if delivery:
            spark = _start(arrivals.feeds, console)
        while delivery:
            report.delivered[delivery.load_id] = arrivals.load(spark, delivery)
            delivery = None if stopped() else arrivals.next()
        report.waiting = arrivals.waiting
    return report


class _Arrivals:
    """The deliveries to load, one after the other: first those that a broken run had admitted, then what has landed."""

    def __init__(self, console: Console) -> None:
        self.feeds = read_feeds(project_dir() / "models")
        find = auto_loader.finder(self._session, landing_dir()) if auto_loader.on_databricks() else None
        self._zone = LandingZone(landing_dir(), self.feeds, list_files=find)
        self._console = console
        known = KnownFiles(lake_dir())
        self.loaded = known.load_id
        self._unfinished = self._zone.unfinished(self.loaded)
        for delivery in self._unfinished:
            known.load_id, known.load_dts = delivery.load_id, delivery.load_dts
            for file in delivery.files:
                known.add(file.feed, file.name, file.sha256, file.sent_at, file.accepted_rows, file.offsets)
        with console.status("receiving messages ..."):
            self.not_received = receive(self.feeds, landing_dir(), known.end, known.orders, known.message_time)
        self._admission = Admission(self._zone, self.feeds, known, look_at(self._session))
        self._deliveries = self._admission.deliveries()
        self._resumed = False

    @property
    def waiting(self) -> dict[str, str]:
        """Why files were not taken yet, by name."""
        return self._admission.waiting

    def next(self) -> Delivery | None:
        """The next delivery, admitted; none when all that is there is loaded or waits."""
        self._resumed = bool(self._unfinished)
        if self._resumed:
            return self._unfinished.pop(0)
        with self._console.status("looking at what has landed ..."):
            return next(self._deliveries, None)

    def load(self, spark: "SparkSession", delivery: Delivery) -> list[loader.FileOutcome]:
        """Take the delivery that came last into Bronze, quarantine and ledger."""
        return loader.load(spark, delivery, self.feeds, self._zone, self._resumed)

    def _session(self) -> "SparkSession":
        from lakevault.pipeline.spark import session

        return session()


def _land(deliveries: str, placements: str, console: Console) -> None:
    """Land the sample data once; a landing zone that somebody else fills is left alone."""
    options = landing_dir() / "landing.json"
    if options.is_file():
        landed = json.loads(options.read_text())
        if (landed["schedule"], landed["placements"]) != (deliveries, placements):
            raise LakevaultError(
                f"{landing_dir()}/ holds {landed['schedule']} deliveries with placements={landed['placements']}, not "
                f"{deliveries} with {placements}: build with the same options, or start again with `make clean`."
            )
        return
    if landing_dir().is_dir() and any(landing_dir().iterdir()) and not truth_dir().is_dir():
        return
    from lakevault.sample import land_sample

    with console.status("landing the sample data ..."):
        landed = land_sample(landing_dir(), truth_dir(), schedule=deliveries, placements=placements)
    console.print(f"landed {len(landed)} deliveries in {landing_dir()}/incoming/")


def _start(feeds: dict[str, Feed], console: Console) -> "SparkSession":
    from lakevault.pipeline.spark import session

    with console.status("starting Spark ..."):
        spark = session()
        schemas = [row.namespace for row in spark.sql("show schemas").collect()]
        registered = {
            f"{schema}.{row.tableName}"
            for schema in schemas
            if schema.partition(AS_KNOWN)[0] in (*loader.SCHEMAS, FAST_LANE, PUBLISHED)
            for row in spark.sql(f"show tables in {schema}").collect()
        }
        for name in delta.remove_unfinished_tables(lake_dir(), registered):
            console.print(f"removed what an interrupted build had left of {name}")
        loader.init(spark, feeds)
        compact(spark, lake_dir())
    return spark


def _silver(
    report: Report, console: Console, deliveries: range, feeds: list[str] | None = None, without: str = ""
) -> None:
    """The vault with all that Bronze has, and the snapshots as if each of the deliveries had come alone.

    Args:
        report: where seconds are added.
        console: where progress is shown.
        deliveries: what Silver has not had.
        feeds: whose models are built; all of them when none are given.
        without: a model that is left out, with all downstream of it.

    Raises LakevaultError for a broken model; the same command goes on from there.
    """
    from lakevault.pipeline import dbt_runner

    moments = sorted(map(str, set(landed_at(lake_dir(), deliveries).values())))
    # Views stay as they are where only rows are new.
    vault = VAULT if feeds is not None else ("path:models/staging", *VAULT)
    # Of one delivery, vault and snapshots are built together.
    runs: list[tuple[str, tuple[str, ...], str]] = [("Silver", (*vault, *SNAPSHOTS), "")]
    if len(moments) > 1:
        earlier = [(f"snapshots as known at {moment}", SNAPSHOTS, moment) for moment in moments[:-1]]
        runs = [("vault", vault, ""), *earlier, ("snapshots", SNAPSHOTS, "")]
    for what, paths, moment in runs:
        selection = [f"source:{feed}+,{path}" for feed in feeds for path in paths] if feeds is not None else [*paths]
        arguments = ["build", "--select", *selection, *(["--exclude", f"{without}+"] if without else [])]
        with report.phase("Silver"), console.status(f"{what} ...") as status:
            outcome = dbt_runner.run(
                [*arguments, "--resource-type", "model", "--resource-type", "snapshot"],
                partial(_show, status, what),
                {"snapshots_known_at": moment} if moment else {},
            )
        if outcome.failures:
            raise LakevaultError("the build stopped in Silver:\n  " + "\n  ".join(outcome.failures))
        _say(console, report, f"{what}: {outcome.models} models")


def _publish(
    report: Report, console: Console, feeds: list[str] | None, pending: list[str], without: str = ""
) -> list[str]:
    """Gold, the fast lane and all tests, or those that the feeds reach and what was pending; gives what is pending now.

    No tests when a model is left out.
    """
    from lakevault.pipeline import dbt_runner

    selection = ["--selector", "publish"]
    if without:
        silver = ("models/silver/business_vault", "models/silver/query_assistance")
        rest = (*silver, "seeds", "models/gold", "models/fast_lane")
        selection = ["--select", *(f"path:{part}" for part in rest), "--exclude", "+path:snapshots", f"{without}+"]
        selection += ["--resource-type", "model", "--resource-type", "seed"]
    elif feeds is not None:
        selection = ["--select", *reached_by(feeds), *pending, "--exclude", "resource_type:unit_test"]
    with report.phase("Gold and tests"), console.status("Gold ...") as status:
        outcome = dbt_runner.run(
            ["build", *selection],
            partial(_show, status, "Gold and tests"),
        )
    report.tests_passed, report.tests_warned, report.failures = outcome.passed, outcome.warned, outcome.failures
    report.not_built, report.blocked, report.warnings = outcome.not_built, outcome.blocks, dbt_runner.warnings()
    skipped = f", {outcome.skipped} skipped" if outcome.skipped else ""
    _say(
        console,
        report,
        f"Gold: {outcome.models} seeds and tables; {outcome.passed} tests passed, {len(outcome.failures)} failed{skipped}",
    )
    return outcome.pending


def reached_by(feeds: list[str]) -> list[str]:
    """What of Gold, of the rest of Silver and of the tests a delivery of the feeds can change or break, in dbt's words."""
    parts = (
        "resource_type:test",
        "path:models/silver/business_vault",
        "path:models/silver/query_assistance",
        "path:models/gold",
        "path:models/fast_lane",
    )
    # Every delivery changes the ledger, so whatever a test says about it alone is tested again.
    ledger = "source:lakevault.*+1,test_type:singular"
    return [*(f"source:{feed}+,{part}" for feed in feeds for part in parts), ledger]


def _show(status: rich.status.Status, what: str, name: str, done: int, total: int) -> None:
    status.update(f"{what}, {done} of {total} ({name})")


def _say(console: Console, report: Report, text: str) -> None:
    console.print(said(f"{sum(report.seconds.values()):6.0f} s", "dim", f"  {text}"))
