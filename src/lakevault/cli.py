"""The lakevault command."""

import os
import time
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from signal import SIGINT, SIGTERM, signal
from threading import Event
from typing import Annotated, TypeVar

import click
import typer

from lakevault.console import console, said, shown
from lakevault.errors import LakevaultError
from lakevault.paths import lake_dir, target_dir

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)
quarantine_app = typer.Typer(
    no_args_is_help=True, help="Files and records that were not loaded: look at them, fix them, land them again."
)
app.add_typer(quarantine_app, name="quarantine")
metrics_app = typer.Typer(
    no_args_is_help=True, help="Measures of the business, defined once: what they mean, and their values."
)
app.add_typer(metrics_app, name="metrics")


class Schedule(StrEnum):
    """How often the sample sources deliver."""

    quarterly = "quarterly"
    monthly = "monthly"
    weekly = "weekly"
    daily = "daily"


class Placements(StrEnum):
    """One store's placements, or all 20.9 million rows."""

    slice = "slice"
    all = "all"


Variables = Annotated[
    str,
    typer.Option("--vars", envvar="LAKEVAULT_VARS", help="Variables on top of dbt_project.yml: {name: value, ...}"),
]


@app.command()
def build(
    sample: Annotated[
        bool, typer.Option("--sample", help="Land the sample data if the landing zone is empty.")
    ] = False,
    deliveries: Annotated[
        Schedule, typer.Option(help="With --sample: how often the sample sources deliver.")
    ] = Schedule.quarterly,
    placements: Annotated[
        Placements, typer.Option(help="With --sample: one store's placements or all.")
    ] = Placements.slice,
    variables: Variables = "",
) -> None:
    """Load all deliveries through Bronze and Silver to a tested star schema; continues where an earlier build stopped."""
    from lakevault import printing
    from lakevault.pipeline.build import build as run_build

    with _ReadableErrors():
        os.environ["LAKEVAULT_VARS"] = variables
        report = run_build((deliveries.value, placements.value) if sample else None, console)
        printing.show_build(report, console)
        if report.must_act:
            raise typer.Exit(1)


@app.command()
def as_known_at(
    moment: Annotated[str, typer.Argument(help="A date, which is its beginning, or a time, in UTC.")],
    drop: Annotated[bool, typer.Option("--drop", help="Remove the star of that moment.")] = False,
    variables: Variables = "",
) -> None:
    """Build the whole star as it was known at a moment, in schemas of its own; the published Gold stays as it is."""
    from lakevault import printing
    from lakevault.pipeline import as_known

    with _ReadableErrors():
        os.environ["LAKEVAULT_VARS"] = variables
        known_at = as_known.moment_of(moment)
        if drop:
            console.print(f"dropped {' and '.join(as_known.drop(known_at))}")
        else:
            printing.show_star(as_known.build(known_at, console), console)


@app.command("releases")
def list_releases(
    everything: Annotated[bool, typer.Option("--all", help="Not the newest twenty only.")] = False,
) -> None:
    """List the releases of Gold: when they were made, what changed with each, and which one consumers see."""
    from lakevault import printing

    with _ReadableErrors():
        printing.show_releases(None if everything else 20, console)


@app.command()
def publish(
    release: Annotated[int | None, typer.Argument(help="Its number; by default the newest one.")] = None,
) -> None:
    """Show consumers a release of Gold that was made before. Nothing is built or copied."""
    from lakevault.pipeline.release import publish as run_publish

    with _ReadableErrors():
        console.print(f"release {run_publish(release, console)} is published")


@app.command()
def rollback(
    release: Annotated[
        int | None, typer.Argument(help="Its number; by default the one before the published one.")
    ] = None,
) -> None:
    """Show consumers an earlier release of Gold, until the next build with something new whose tests are green."""
    from lakevault.pipeline import release as releasing

    with _ReadableErrors():
        number = releasing.before_published() if release is None else release
        console.print(f"release {releasing.publish(number, console)} is published")


@app.command()
def serve(
    port: Annotated[int, typer.Option(envvar="SERVE_PORT", help="For JDBC and ODBC.")] = 10000,
    connect_port: Annotated[int, typer.Option(envvar="SERVE_CONNECT_PORT", help="For Spark Connect.")] = 15002,
    release: Annotated[int | None, typer.Option(help="Serve this one, whatever is published.")] = None,
) -> None:
    """Serve published Gold to BI tools and programs on this machine, by JDBC, ODBC and Spark Connect; builds may run meanwhile."""
    from lakevault.serve.server import serve as run_serve

    with _ReadableErrors():
        run_serve(console, port, connect_port, release)


class GoldAt(StrEnum):
    """Where Power BI reads Gold."""

    server = "server"
    databricks = "databricks"


@app.command()
def powerbi(
    to: Annotated[Path, typer.Option(help="A folder of its own.")] = Path("dashboards/powerbi"),
    source: Annotated[
        GoldAt, typer.Option(help="Where Power BI reads Gold: the server of `lakevault serve`, or a warehouse.")
    ] = GoldAt.server,
    server: Annotated[
        str, typer.Option(help="Of the server: its host and port for JDBC and ODBC.")
    ] = "127.0.0.1:10000",
    schema: Annotated[str, typer.Option(help="By default the published release; a server has release_7, too.")] = "",
    host: Annotated[str, typer.Option(envvar="DATABRICKS_HOST", help="Of the warehouse.")] = "",
    http_path: Annotated[str, typer.Option(envvar="DATABRICKS_HTTP_PATH", help="Of the warehouse.")] = "",
    catalog: Annotated[str, typer.Option(envvar="DATABRICKS_CATALOG", help="Of the warehouse.")] = "",
) -> None:
    """Write a Power BI project of Gold: semantic model and report as text, from contracts and metrics."""
    from lakevault.metadata.artifacts import Project
    from lakevault.serve.powerbi import tmdl
    from lakevault.serve.powerbi.write import write

    with _ReadableErrors():
        gold = (
            tmdl.local_server(server, schema)
            if source == GoldAt.server
            else tmdl.databricks(host, http_path, catalog, schema)
        )
        write(to, Project(target_dir(), as_built=False), gold)
        console.print(f"wrote {to}: open lakevault.pbip in it with Power BI Desktop")


@app.command()
def superset(
    port: Annotated[int, typer.Option(envvar="SUPERSET_PORT", help="For browsers.")] = 8088,
    server_port: Annotated[int, typer.Option(envvar="SERVE_PORT", help="Where `lakevault serve` listens.")] = 10000,
    home: Annotated[Path, typer.Option(help="Folder of what Superset keeps: its database, password and log.")] = Path(
        ".cache/superset"
    ),
) -> None:
    """Show dashboards of the metrics in Apache Superset on this machine, over `lakevault serve`."""
    from lakevault.superset.program import start

    with _ReadableErrors():
        start(console, port, server_port, home)


@app.command()
def train(
    release: Annotated[int | None, typer.Option(help="By default the published one.")] = None,
) -> None:
    """Train the example models on features of a release, and deliver their scores."""
    from lakevault.features.program import run

    with _ReadableErrors():
        run(console, release)


@app.command()
def init() -> None:
    """Create the empty lake, Bronze tables and ledger, so that plain `dbt build` works."""
    from lakevault.pipeline.build import init as run_init

    with _ReadableErrors():
        run_init(console)
        console.print("The lake is ready: `dbt build` works now, even without data.")


@app.command()
def ingest(
    follow: Annotated[bool, typer.Option("--follow", help="Keep doing so, until SIGTERM or Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(help="With --follow: seconds between two looks.", min=1)] = 30,
) -> None:
    """Load landed files and new messages of topics into Bronze, and stop there; `dbt build` does the rest."""
    from lakevault import printing
    from lakevault.pipeline.build import ingest as run_ingest

    with _ReadableErrors():
        if follow:
            stop = Event()
            for number in (SIGTERM, SIGINT):
                signal(number, lambda *_: stop.set())
            while not stop.is_set():
                report = run_ingest(console, stop.is_set)
                if not report.nothing_new or report.must_act:
                    printing.show_ingest(report, console)
                stop.wait(every)
            console.print("Stopped: every delivery that was begun is in Bronze.")
            return
        report = run_ingest(console)
        printing.show_ingest(report, console)
        if report.must_act:
            raise typer.Exit(1)


class Delivering(StrEnum):
    """What a file of a feed holds."""

    changes = "changes"
    full_extract = "full_extract"


@app.command()
def new_feed(
    sample: Annotated[Path, typer.Argument(help="A file as the source sends it.", exists=True, dir_okay=False)],
    source: Annotated[str, typer.Option(help="The system that sends it, for example shop.")],
    name: Annotated[str, typer.Option(help="What one row is, for example order.")],
    key: Annotated[str, typer.Option(help="Columns that identify a row, separated by commas.")],
    delivers: Annotated[
        Delivering, typer.Option(help="What each file holds: the changes, or all rows.")
    ] = Delivering.changes,
    changed_at: Annotated[
        str | None, typer.Option(help="The column that says when a row became true. By default its name tells.")
    ] = None,
    personal: Annotated[
        str, typer.Option(help="Columns of personal data, separated by commas; or none. By default their names tell.")
    ] = "",
    day_first: Annotated[
        bool | None, typer.Option("--day-first/--month-first", help="What 03/02/2017 means when no value tells.")
    ] = None,
    decimal_mark: Annotated[
        str | None, typer.Option(help="The mark before decimal places, . or , when no value tells.")
    ] = None,
) -> None:
    """Write the definition of a feed and its first staging model from a sample file."""
    from lakevault.develop.new_feed import Asked
    from lakevault.develop.new_feed import new_feed as write
    from lakevault.develop.sample_types import Habits
    from lakevault.paths import landing_dir, project_dir

    with _ReadableErrors():
        asked = Asked(
            personal=() if personal == "none" else tuple(_names(personal)) or None,
            changed_at=changed_at,
            habits=Habits.of(day_first, decimal_mark),
        )
        paths, notes = write(project_dir(), sample, source, name, _names(key), delivers.value, asked)
        for path in paths:
            console.print(f"wrote {path.relative_to(project_dir())}")
        for note in notes:
            console.print(said("Note:", "yellow", f" {note}."))
        console.print(
            f"Next: read what was written, check what is marked as personal data, and describe what one row is. Put files into {landing_dir()}/incoming/{source}/{name}/, "
            f"run `lakevault ingest` (a file is taken ten seconds after its last change), then `lakevault new-vault {source}.{name}`.",
        )


@app.command()
def new_vault(
    feed: Annotated[str, typer.Argument(help="A feed with a staged model, for example shop.order.")],
    event: Annotated[
        str,
        typer.Option(
            help="yes: a row is an event and never changes. If you leave it out, you are asked; likewise for the others."
        ),
    ] = "",
    at: Annotated[str, typer.Option(help="Of events: the column that says when.")] = "",
    hubs: Annotated[str, typer.Option(help="Business keys, as hub=column, separated by commas.")] = "",
    links: Annotated[str, typer.Option(help="Links, each as hub+hub, separated by commas; or none.")] = "",
    describes: Annotated[str, typer.Option(help="What the other columns describe: a hub, or a link as hub+hub.")] = "",
    personal: Annotated[str, typer.Option(help="Columns of personal data, separated by commas; or none.")] = "",
    name: Annotated[str, typer.Option(help="What satellites or the event are called after; by default the feed.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Take what is proposed for all that no option says.")] = False,
) -> None:
    """Bring a feed into the vault: write its hashed stage, hubs, links, satellites or event, with descriptions and tests."""
    from lakevault.develop.new_vault import QUESTIONS, answered, as_text, write_models
    from lakevault.develop.vault_feed import FeedInVault
    from lakevault.paths import project_dir

    with _ReadableErrors():
        place = FeedInVault(project_dir(), feed)
        answers = place.propose()
        given = dict(zip(QUESTIONS, (event, at, hubs, links, describes, personal, name), strict=True))
        for word, question in QUESTIONS.items():
            proposed = as_text(answers).get(word)
            if given[word] or (proposed and not yes):
                answers = _answer(given[word], question, partial(answered, place, answers, word), proposed)
        written, changed = write_models(place, answers)
        console.print(said("Answers:", "bold", "".join(f" --{word} {text}" for word, text in as_text(answers).items())))
        for what, paths in (("wrote", written), ("added to", changed)):
            for path in paths:
                console.print(f"{what} {path.relative_to(project_dir())}")
        console.print(
            "Next: read what was written, and put business words into the descriptions. These models and their tests alone:\n"
            f"  dbt build --select source:{feed}+3 --indirect-selection buildable"
        )


@app.command()
def new_mart(
    subject: Annotated[str, typer.Argument(help="Folder in models/gold, for example promotions.")],
    name: Annotated[
        str, typer.Argument(help="Name of the table: dim_, fct_, brg_, rpt_ or ftr_, then what it is about.")
    ],
    grain: Annotated[
        str, typer.Option(help="What one row is. What you leave out you are asked: also --question, --reads and --key.")
    ] = "",
    question: Annotated[str, typer.Option(help="A question that the table answers.")] = "",
    reads: Annotated[str, typer.Option(help="Tables that it reads, separated by commas.")] = "",
    key: Annotated[str, typer.Option(help="Columns that identify a row, separated by commas; they may be new.")] = "",
    dashboard: Annotated[str, typer.Option(help="Address of a dashboard that shows it; adds an exposure.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Write it even if tables with the same grain exist.")] = False,
) -> None:
    """Write the first version of a Gold table: model, description, key test, contract. SQL that is there stays as it is."""
    from lakevault.develop import new_mart as mart
    from lakevault.paths import project_dir

    with _ReadableErrors():
        project = project_dir()
        mart.who(project)
        mart.check_name(project, subject, name)
        there = (project / "models" / "gold" / subject / f"{name}.sql").is_file()
        grain = _answer(grain, "What is one row? (One row per ...)", mart.as_grain)
        found = mart.similar(project, grain)
        if found:
            console.print("These tables have the same grain. Does one of them already answer your question?")
            for table, sentence in found:
                console.print(f"  {table}: {sentence}")
            if not yes:
                typer.confirm("Write a new table?", abort=True)
        question = _answer(question, "Which question does it answer?", str.strip)
        tables = (
            []
            if there
            else _answer(
                reads,
                "Which tables does it read? (names, separated by commas)",
                lambda it: mart.as_reads(project, _names(it)),
            )
        )
        columns = _answer(
            key,
            "Which columns identify a row? (separated by commas; they may be new)",
            lambda it: mart.as_key(_names(it)),
        )
        for path in mart.new_mart(project, subject, name, grain, tables, columns, question, dashboard):
            console.print(f"wrote {path.relative_to(project_dir())}")
        console.print(
            f"Next: write the SQL and look at its rows: `make preview m={name}`. CONTRIBUTING.md has the steps."
        )


@app.command()
def new_feature(
    name: Annotated[str, typer.Argument(help="Name of the table: ftr_, then whose features and of what.")],
    events: Annotated[str, typer.Option(help="The vault's rows that they are made of, for example nh_link_web_event.")],
    per: Annotated[str, typer.Option(help="Whose features: a hub without hub_.")] = "customer",
) -> None:
    """Write the first version of a table of features: model, contract, the test that catches a leak, a unit test."""
    from lakevault.develop.new_feature import new_feature as write
    from lakevault.paths import project_dir

    with _ReadableErrors():
        for path in write(project_dir(), name, events, per):
            console.print(f"wrote {path.relative_to(project_dir())}")
        console.print(
            f"Next: look at its rows with `make preview m={name}`, change the features, and describe it. docs/features.md has the steps."
        )


@app.command()
def preview(
    model: Annotated[str, typer.Argument(help="Name of a model; it needs a .sql file and nothing else.")],
    own: Annotated[
        bool, typer.Option("--own", help="Read the lake that `lakevault build` made, instead of the small one.")
    ] = False,
    fill: Annotated[bool, typer.Option("--fill", help="Write names and types of its columns into its .yml.")] = False,
) -> None:
    """Print types and ten rows of a model, before anything is described or tested."""
    from lakevault.develop.preview import preview as show

    with _Timed(), _ReadableErrors():
        show(model, own, fill, console)


@app.command()
def check(model: Annotated[str, typer.Argument(help="Name of a model.")]) -> None:
    """Print ten rows of a model on the small lake, then check it as CI does: format, words, lint, layer rules, tests."""
    from lakevault.develop.check import check as run_check

    with _Timed(), _ReadableErrors():
        run_check(model, console)
        console.print("Ready for a pull request.", style="bold")


@app.command()
def review(
    base: Annotated[str, typer.Option(help="Branch or commit to compare with.")] = "main",
    out: Annotated[Path | None, typer.Option(help="Write the comment to this file instead of printing it.")] = None,
    before: Annotated[
        Path | None, typer.Option(help="status.json of the base, for numbers of rows and results of tests.")
    ] = None,
    after: Annotated[Path | None, typer.Option(help="status.json of the change, likewise.")] = None,
    preview: Annotated[str, typer.Option(help="Address of the site built from the change.")] = "",
) -> None:
    """Describe what a change touches, as a comment for its pull request; exit code 1 if it breaks a contract and no decision is recorded."""
    from lakevault.develop.review import review as run_review

    with _ReadableErrors():
        comment, breaking = run_review(base, before, after, preview)
        if out:
            out.write_text(comment)
        else:
            typer.echo(comment)
        for model, what in breaking:
            console.print(said("breaks a contract:", "red", f" {model}: {what}; the comment says what to do"))
        if breaking:
            raise typer.Exit(1)


@metrics_app.command("list")
def metrics_list() -> None:
    """List the metrics with their meaning; a name shows what a metric can be grouped by."""
    from lakevault import printing
    from lakevault.serve.metrics import Metrics

    with _ReadableErrors():
        printing.show_metrics(Metrics(target_dir()).all, console)


@metrics_app.command("dimensions")
def metrics_dimensions(metric: Annotated[str, typer.Argument(help="From `lakevault metrics list`.")]) -> None:
    """List what a metric can be grouped by."""
    from lakevault.serve.metrics import Metrics

    with _ReadableErrors():
        for name in Metrics(target_dir()).dimensions(metric):
            console.print(name)


@metrics_app.command("query")
def metrics_query(
    metrics: Annotated[list[str], typer.Argument(help="From `lakevault metrics list`.")],
    by: Annotated[list[str] | None, typer.Option(help="Group by: metric_time__month, product__department.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="A condition: product__department = 'GROCERY'.")] = None,
    order: Annotated[list[str] | None, typer.Option(help="Sort by; with a hyphen in front, from high to low.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows.")] = None,
    release: Annotated[int | None, typer.Option(help="Of this release of Gold, instead of the published one.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV with all digits.")] = False,
    as_sql: Annotated[bool, typer.Option("--sql", help="Print the SQL, and run nothing.")] = False,
) -> None:
    """Calculate metrics on the published Gold; builds may run meanwhile."""
    from lakevault import printing
    from lakevault.serve.metrics import Metrics, calculate

    with _ReadableErrors():
        # So that a column may be given several times, or several with commas.
        names = [[name for text in given or [] for name in text.split(",")] for given in (metrics, by, order)]
        sql = Metrics(target_dir()).sql(names[0], names[1], where or [], names[2], limit)
        if as_sql:
            typer.echo(sql)
            return
        with console.status("calculating ..."):
            answer = calculate(sql, lake_dir(), release)
        printing.show_answer(answer, as_csv, console)


@quarantine_app.command("list")
def quarantine_list(
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that are settled: landed again or dismissed.")
    ] = False,
) -> None:
    """List files and records in quarantine with their reasons; docs/quarantine.md explains each reason."""
    from lakevault import printing
    from lakevault.ingest.quarantine import entries

    with _ReadableErrors():
        printing.show_quarantine(entries(), everything, console)


@quarantine_app.command("show")
def quarantine_show(
    quarantine_id: Annotated[str, typer.Argument(help="From `lakevault quarantine list`.")],
    reveal: Annotated[bool, typer.Option(help="Print the text unmasked; it may hold personal data.")] = False,
) -> None:
    """Print a record, or the beginning of a file, masked: letters as x, digits as 0."""
    from lakevault.ingest import quarantine

    with _ReadableErrors():
        found = quarantine.entry(quarantine_id)
        console.print(shown(f"{found.file_name}: {found.reason}"))
        text = quarantine.text_of(found)
        typer.echo(text if reveal else quarantine.masked(text))


@quarantine_app.command("replay")
def quarantine_replay(
    quarantine_id: Annotated[str, typer.Argument(help="From `lakevault quarantine list`.")],
    fixed: Annotated[
        Path | None,
        typer.Option(help="The fixed file; for a record, a file with the fixed line.", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Land a file or record again, as it is (after a change of its feed's definition) or fixed; the next ingest loads it."""
    from lakevault.ingest import quarantine

    with _ReadableErrors():
        name = quarantine.replay(quarantine.entry(quarantine_id), fixed)
        console.print(f"landed again as {name}; `lakevault ingest` or `make build` loads it")


Because = Annotated[str, typer.Option(help="The reason; it is recorded.", prompt="Why?")]


@quarantine_app.command("dismiss")
def quarantine_dismiss(
    quarantine_id: Annotated[
        str, typer.Argument(help="From `lakevault quarantine list`; the id of a file stands for all its records.")
    ],
    because: Because,
) -> None:
    """Settle a file or record without landing it: somebody has checked that it does not belong in Bronze."""
    from lakevault.ingest import quarantine

    with _ReadableErrors():
        number = quarantine.dismiss(quarantine_id, because)
        console.print(
            f"settled: {number:,} {'entry' if number == 1 else 'entries'}; see `lakevault quarantine list --all`"
        )


@quarantine_app.command("put")
def quarantine_put(
    name: Annotated[str, typer.Argument(help="A waiting file or folder in landing/incoming/.")],
    because: Because,
) -> None:
    """Give up on a waiting file: the next ingest moves it to quarantine and no longer reports it."""
    from lakevault.ingest import quarantine

    with _ReadableErrors():
        quarantine.put(name, because)
        console.print(f"{shown(name)}: the next `lakevault ingest` or `make build` moves it to quarantine")


@app.command()
def accept(
    name: Annotated[str, typer.Argument(help="A file as delivered, for example crm/customer/2018-01.csv, or its id.")],
    because: Because,
) -> None:
    """Take a file that a guard refused, or whose records were miscounted, as it is: somebody has checked it."""
    from lakevault.ingest import quarantine

    with _ReadableErrors():
        console.print(shown(quarantine.accept(name, because)))


Now = Annotated[datetime | None, typer.Option(help="Measure ages against this moment, UTC, instead of var now.")]


@app.command()
def docs(
    to: Annotated[Path, typer.Option(help="Folder of the site.")] = Path("site"),
    fast: Annotated[
        bool, typer.Option(help="Measure quality again, but keep the catalogue and lineage of the last time.")
    ] = False,
    small: Annotated[bool, typer.Option(help="Describe the small lake that `lakevault check` builds.")] = False,
    now: Now = None,
) -> None:
    """Write the documentation, lineage and quality site."""
    from lakevault.develop import small_lake
    from lakevault.site.build import build as write

    with _ReadableErrors():
        if small:
            small_lake.use(console)
        with console.status("writing the site ..."):
            write(to, fast, now)
        console.print(f"wrote the site: {to / 'index.html'}")


@app.command()
def status(
    fail_on: Annotated[
        str,
        typer.Option(
            help="Exit code 1 if anything is late, failed or quarantined: name those to watch, separated by commas."
        ),
    ] = "",
    now: Now = None,
) -> None:
    """Print how fresh and how well tested the lake is; also written to history/status.json."""
    from lakevault.monitoring.status import look_and_keep, watched
    from lakevault.printing import show_status

    with _ReadableErrors():
        watch = watched(fail_on)
        seen = look_and_keep(now)
        show_status(seen, console)
        if troubles := seen.troubles(watch):
            console.print("\n".join(troubles), style="red", soft_wrap=True)
            raise typer.Exit(1)


@app.command()
def explain(test: Annotated[str, typer.Argument(help="Name of a test, as dbt and the quality page print it.")]) -> None:
    """Explain a test: what it means, who fixes it, the rows that break it without personal data, and what is upstream of it."""
    from lakevault.develop.explain import explain as tell

    with _ReadableErrors():
        tell(test, console)


@app.command()
def plant(
    tests: Annotated[list[str] | None, typer.Argument(help="Names of tests; without, one of each kind.")] = None,
    every: Annotated[bool, typer.Option("--every", help="All tests; this takes minutes.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the result to this Markdown file.")] = None,
) -> None:
    """Check that tests can fail: plant wrong rows in views over the tables that they guard; nothing is written to the lake."""
    from lakevault.develop import planting

    with _ReadableErrors():
        planting.plant(tests or [], every, out, console)


@app.command()
def jars() -> None:
    """Fetch the Delta jars into the environment and archive Java's classes, once."""
    from lakevault.pipeline import class_archive
    from lakevault.pipeline.jars import fetch

    with _ReadableErrors():
        console.print(fetch())
        console.print(class_archive.write())


@app.command()
def prove(
    ways: Annotated[
        list[str] | None,
        typer.Argument(
            help="one-thread, one-by-one, another-order, kills, as-known; by default all, which takes more than an hour."
        ),
    ] = None,
    full: Annotated[bool, typer.Option(help="Use the full data instead of a slice; this takes hours.")] = False,
    hub: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of a package of the dbt Hub: compare with a build on these packages instead."),
    ] = None,
) -> None:
    """Build the same data in other ways, which must all be equal: with one thread, delivery by delivery, in another order, through ten kills.

    Likewise the star as known at each delivery, and the one that was built when it was the last.
    """
    from lakevault.develop import prove as proof

    with _ReadableErrors():
        if hub:
            proof.compare_with_hub(console, full, hub)
        else:
            proof.prove(console, full, ways or proof.WAYS)


@app.command()
def streams(
    stop: Annotated[bool, typer.Option("--stop", help="Stop what runs.")] = False,
    port: Annotated[int, typer.Option(envvar="STREAMS_PORT", help="First of four ports of this machine.")] = 19092,
) -> None:
    """Run the sample's streams live on this machine: Kafka, PostgreSQL and Debezium; build what arrives on a lake of its own."""
    from lakevault.develop import live

    with _ReadableErrors():
        if stop:
            live.stop(console, port)
        else:
            live.run(console, port)


@app.command()
def replay() -> None:
    """Build deliveries 1, 2 and 3 of a slice, each with its tests, then 3 again: what CI runs for a pull request."""
    from lakevault.develop import prove as proof

    with _ReadableErrors():
        proof.replay(console)


T = TypeVar("T")


def _answer(given: str, question: str, hold: Callable[[str], T], proposed: str | None = None) -> T:
    """What an option says; without one the question is asked, again until the answer holds.

    Args:
        given: the option, empty when it was left out.
        question: what to ask.
        hold: makes a value of the text, or raises LakevaultError.
        proposed: the answer when nothing is typed.
    """
    if given:
        return hold(given)
    while True:
        try:
            return hold(typer.prompt(question, default=proposed))
        except LakevaultError as error:
            console.print(said("  again:", "yellow", f" {error}"))


def _names(text: str) -> list[str]:
    """Names that are separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


class _Timed:
    """Print how long it took, also when it ended with an error."""

    def __enter__(self) -> None:
        self._start = time.monotonic()

    def __exit__(self, *_: object) -> None:
        console.print(said(f"{time.monotonic() - self._start:.0f} s", "dim"))


class _ReadableErrors:
    """Print a LakevaultError as text and exit 1; anything else is a defect, and its text may quote a value of a record."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, LakevaultError):
            console.print(said("lakevault:", "red", f" {error}"), soft_wrap=True)
            raise typer.Exit(1) from error
        if isinstance(error, Exception) and not isinstance(error, typer.Exit | typer.Abort | click.ClickException):
            from lakevault.pipeline import engine_errors

            console.print(said("lakevault:", "red", f" {engine_errors.of_command(error)}"), soft_wrap=True)
            raise typer.Exit(1) from error


if __name__ == "__main__":
    app()
