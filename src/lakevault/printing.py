"""What commands print: the summary of a build (rows, tests, times and one business answer), the status of the lake."""

import csv
import sys
from collections.abc import Sequence

import duckdb
from deltalake import DeltaTable
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lakevault.console import counted, said, shown
from lakevault.ingest.quarantine import Entry
from lakevault.lake import delta, releases
from lakevault.metadata.artifacts import Metric
from lakevault.monitoring.freshness import AGES, duration
from lakevault.monitoring.status import Status, Trouble
from lakevault.paths import FAST_LANE, lake_dir
from lakevault.pipeline.as_known import Star
from lakevault.pipeline.build import Report
from lakevault.serve.metrics import Answer
from lakevault.serve.metrics import shown as shown_value

NEXT = """Look next:
  make docs && make serve-docs                        the site: which table answers what, lineage, quality
  lakevault status                                    how fresh and how well tested the lake is
  dbt show --inline "select * from {{ ref('rpt_promotion_performance') }}"
  README.md                                           how to add a source and a mart"""


def show_build(report: Report, console: Console) -> None:
    """Print the summary of a build."""
    if report.nothing_new:
        console.print("Nothing new: every landed delivery is loaded and Gold is up to date. No row was added.")
        show_files(report, console)
        return
    _rows(console)
    if report.delivered:
        _deliveries(report, console)
    _times(report, console)
    tests = f"{report.tests_passed} tests passed, {report.tests_warned} warned, {len(report.failures)} failed"
    console.print(tests, style="bold")
    for failure in report.failures:
        console.print(said(f"  {failure}", "red"))
    for warning in report.warnings:
        console.print(said("  warning:", "yellow", f" {warning}"))
    if report.failures:
        console.print("  `lakevault explain <test>` says what a test means and shows the rows that break it")
    _release(report, console)
    if report.status:
        late = sum(bool(feed.late) for feed in report.status.feeds)
        console.print(f"{sum(feed.has_limit for feed in report.status.feeds) - late} feeds in time, {late} late")
        for trouble in report.status.troubles([Trouble.late]):
            console.print(said(f"  {trouble}", "yellow"))
    show_files(report, console)
    _promotions(console)
    console.print(NEXT)


def _release(report: Report, console: Console) -> None:
    if report.released:
        console.print(f"Gold is published as release {report.published}")
    elif report.blocked:
        stays = f"release {report.published} stays published" if report.published else "nothing is published yet"
        console.print(said("Gold is not released, since not all tests are green:", "yellow", f" {stays}"))


def show_releases(most: int | None, console: Console) -> None:
    """Print the releases of Gold, the newest first, with the tables that changed and their rows before and after."""
    found = releases.releases(lake_dir())
    if not found:
        console.print("There is no release yet: a build whose tests are green makes one (`lakevault build`).")
        return
    published = releases.published(lake_dir())
    table = Table("release", "made at (UTC)", "up to delivery", "changed (rows before → after)")
    for earlier, each in list(zip([None, *found], found, strict=False))[::-1][:most]:
        table.add_row(
            f"{each.number}, published" if each.number == published else str(each.number),
            f"{each.released_at:%Y-%m-%d %H:%M}",
            str(each.load_id or ""),
            "all tables" if earlier is None else "\n".join(_changes(earlier, each)),
        )
    console.print(table)


def _changes(earlier: releases.Release, later: releases.Release) -> list[str]:
    """What a release changed, a line for each table."""
    lines = []
    for name in sorted(earlier.versions.keys() | later.versions.keys()):
        versions = (earlier.versions.get(name), later.versions.get(name))
        if versions[0] != versions[1]:
            rows = (
                "?" if count is None else f"{count:,}"
                for count in (releases.rows_of(lake_dir(), name, version) for version in versions)
            )
            lines.append(f"{name}: {' → '.join(rows)}")
    return lines


def show_metrics(metrics: Sequence[Metric], console: Console) -> None:
    """Print metrics with their meaning."""
    table = Table("metric", "label", "meaning")
    for metric in metrics:
        table.add_row(metric.name, metric.label, metric.description)
    console.print(table)
    console.print(
        "Group and filter them: lakevault metrics dimensions <metric>; lakevault metrics query <metric> --by metric_time__month"
    )


def show_answer(answer: Answer, as_csv: bool, console: Console) -> None:
    """Print the rows of a query of metrics, rounded in a table, or with all digits as CSV."""
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([answer.columns, *answer.rows])
        return
    table = Table(*answer.columns)
    for row in answer.rows:
        table.add_row(*map(shown_value, row))
    console.print(table)


def show_star(star: Star, console: Console) -> None:
    """Print what was built of a star as known at a moment, and how to query and drop it."""
    known = f"{len(star.landed)} of {star.deliveries} deliveries"
    console.print(f"As known at {star.moment} UTC: {known} had landed, the last at {star.landed[-1]}")
    table = Table(star.schema, "rows")
    for name, rows in star.rows.items():
        table.add_row(name, f"{rows:,}")
    console.print(table)
    console.print(
        f'Query it: dbt show --inline "select * from {star.schema}.rpt_promotion_performance"\n'
        f"Drop it: lakevault as-known-at {star.moment.isoformat()} --drop",
        soft_wrap=True,
    )


def _rows(console: Console) -> None:
    table = Table("layer", "tables", "rows", title="Rows per layer", title_justify="left")
    counts = delta.row_counts(lake_dir())
    for schema in ("bronze", "silver", "gold", FAST_LANE):
        rows = [count for name, count in counts.items() if name.startswith(f"{schema}.")]
        if rows or schema != FAST_LANE:
            table.add_row(schema.capitalize().replace("_", " "), str(len(rows)), f"{sum(rows):,}")
    console.print(table)


def show_files(report: Report, console: Console) -> None:
    """Say which files wait and which, or parts of which, went to quarantine."""
    for problem in report.not_received:
        console.print(said("  not received:", "red", f" {problem}"))
    for name, why in report.waiting.items():
        console.print(said("  waits:", "yellow", f" {name}: {why}"))
    for outcomes in report.delivered.values():
        for outcome in outcomes:
            name = outcome.file.name
            if outcome.status != "loaded":
                console.print(said(f"  {outcome.status}:", "yellow", f" {name}: {outcome.file.reason}"))
            elif outcome.quarantined:
                text = f"{outcome.quarantined:,} of {counted(outcome.rows or 0, 'record')}"
                console.print(said("  in quarantine:", "yellow", f" {name}: {text}"))
            if outcome.rescued:
                text = f"{counted(outcome.rescued, 'record')} with values in rescued_data"
                console.print(said("  rescued:", "yellow", f" {name}: {text}"))


def show_ingest(report: Report, console: Console) -> None:
    """Print what an ingestion loaded, and which files it did not."""
    for load_id, outcomes in report.delivered.items():
        rows, files = sum(outcome.landed for outcome in outcomes), len(outcomes)
        console.print(f"delivery {load_id}: {counted(files, 'file')}, {counted(rows, 'row')} in Bronze")
    if report.nothing_new:
        console.print("Nothing new: every landed file is in Bronze, or waits.")
    show_files(report, console)


def show_quarantine(entries: list[Entry], everything: bool, console: Console) -> None:
    """Print the entries of the quarantine that are open, or all of them."""
    found = [entry for entry in entries if everything or not entry.settled]
    if not found:
        console.print("Nothing is in quarantine.")
        return
    table = Table("id", "since", "file", "record", "reason", *(["settled"] if everything else []))
    table.columns[0].no_wrap = True
    for entry in found:
        cells = [
            entry.quarantine_id,
            entry.load_dts,
            entry.file_name,
            "" if entry.position is None else str(entry.position),
            entry.reason,
        ]
        table.add_row(*map(shown, cells + ([entry.settled or ""] if everything else [])))
    console.print(table)


def _deliveries(report: Report, console: Console) -> None:
    feeds = sorted({outcome.file.feed for outcomes in report.delivered.values() for outcome in outcomes})
    table = Table("feed", *(f"delivery {load_id}" for load_id in list(report.delivered)[:6]), "all new")
    table.title, table.title_justify = "Rows per delivery", "left"
    for feed in feeds:
        rows = [
            sum(outcome.landed for outcome in outcomes if outcome.file.feed == feed)
            for outcomes in report.delivered.values()
        ]
        table.add_row(feed, *(f"{count:,}" for count in rows[:6]), f"{sum(rows):,}")
    console.print(table)


def _times(report: Report, console: Console) -> None:
    table = Table(*report.seconds, "all", title="Seconds per phase", title_justify="left")
    seconds = list(report.seconds.values())
    table.add_row(*(f"{value:.0f}" for value in [*seconds, sum(seconds)]))
    console.print(table)


def _promotions(console: Console) -> None:
    path = delta.tables(lake_dir()).get("gold.rpt_promotion_performance")
    if path is None:
        return
    with duckdb.connect() as connection:
        connection.register("report", DeltaTable(str(path)).to_pyarrow_dataset())
        measured = connection.execute(
            """
            select promotion_bk, campaign_type, targeted_customer_count, response_rate, prior_response_rate,
                uplift_amount_per_customer_week, uplift_low_amount, uplift_high_amount, corrected_p_value
            from report
            where uplift_missing_reason is null
            order by p_value, promotion_bk
            """
        ).fetchall()
        missing = connection.execute(
            """
            select uplift_missing_reason, count(*) from report where uplift_missing_reason is not null
            group by uplift_missing_reason order by count(*) desc, uplift_missing_reason
            """
        ).fetchall()
    told = sum(p_value <= 0.05 for *_, p_value in measured)
    console.print(
        f"Did promotions change what customers spend? {counted(len(measured), 'promotion')} measured, "
        f"{told or 'none'} can be told from chance (5 % level, Holm's correction)"
    )
    if measured:
        table = Table("promotion", "type", "targeted", "response", "before", "uplift", "95 % interval", "p, corrected")
        table.title, table.title_justify = "The clearest of them; uplift in USD a customer and week", "left"
        for promotion, kind, targeted, response, prior, uplift, low, high, p_value in measured[:5]:
            before = "" if prior is None else f"{prior:.1%}"
            interval = f"{low:+.2f} to {high:+.2f}"
            table.add_row(
                str(promotion),
                kind,
                f"{targeted:,}",
                f"{response:.1%}",
                before,
                f"{uplift:+.2f}",
                interval,
                f"{p_value:.2f}",
            )
        console.print(table)
    for reason, count in missing:
        console.print(f"  not measured: {counted(count, 'promotion')}, {reason}")


def show_status(status: Status, console: Console) -> None:
    """Print a verdict, then the state of each feed with its ages, tests and quarantine."""
    style = {"ok": "green", "late": "red", "unsure": "yellow"}
    console.print(said(status.verdict, style[status.state]), soft_wrap=True)
    table = Table("feed", "state", *AGES.values(), "limit", title="Age of the newest data", title_justify="left")
    for feed in status.feeds:
        ages = []
        for name in AGES:
            age = feed.ages.get(name)
            ages.append(Text(age.words, "red" if age.late else "") if age else "")
        limit = feed.ages["landed"].limit_hours
        state = Text(feed.verdict, "red" if feed.late else "")
        table.add_row(feed.feed, state, *ages, duration(limit) if limit else "")
    console.print(table)
    tests = ", ".join(f"{status.count(state)} {state}" for state in ("passed", "warned", "failed", "not run"))
    console.print(f"tests: {tests}")
    if status.clock:
        console.print(status.clock, style="yellow" if status.is_before_its_data else "", soft_wrap=True)
    if status.quarantined_files or status.quarantined_records:
        console.print(f"quarantine: {status.quarantined_files} files, {status.quarantined_records} records")
