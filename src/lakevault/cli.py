"""The lakevault command."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lakevault.console import console, counted, said, shown
from lakevault.errors import LakevaultError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)
quarantine_app = typer.Typer(no_args_is_help=True, help="Look at what could not be taken, fix it, land it again.")
app.add_typer(quarantine_app, name="quarantine")


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


@app.command()
def build(
    deliveries: Annotated[Schedule, typer.Option(help="How often the sample sources deliver.")] = Schedule.quarterly,
    placements: Annotated[Placements, typer.Option(help="One store's placements or all.")] = Placements.slice,
) -> None:
    """From landing files to a tested star schema; goes on where an earlier build stopped."""
    from lakevault.pipeline import summary
    from lakevault.pipeline.build import build as run_build

    with _ReadableErrors():
        report = run_build(deliveries.value, placements.value, console)
        summary.show(report, console)
        if report.must_act:
            raise typer.Exit(1)


@app.command()
def init() -> None:
    """Create the empty lake: Bronze tables and ledger; plain `dbt build` then works."""
    from lakevault.pipeline.build import init as run_init

    with _ReadableErrors():
        run_init(console)
        console.print("The lake is ready; `dbt build` works now, also without data.")


@app.command()
def ingest() -> None:
    """Take landed files into Bronze and no further; `dbt build` then does the rest."""
    from lakevault.pipeline import summary
    from lakevault.pipeline.build import ingest as run_ingest

    with _ReadableErrors():
        report = run_ingest(console)
        for load_id, outcomes in report.delivered.items():
            rows, files = sum(outcome.landed for outcome in outcomes), len(outcomes)
            console.print(f"delivery {load_id}: {counted(files, 'file')}, {counted(rows, 'row')} in Bronze")
        if report.nothing_new:
            console.print("Nothing new: all that has landed is in Bronze, or waits.")
        summary.show_files(report, console)
        if report.must_act:
            raise typer.Exit(1)


class Delivering(StrEnum):
    """What a file of a feed is."""

    changes = "changes"
    full_extract = "full_extract"


@app.command()
def new_feed(
    sample: Annotated[Path, typer.Argument(help="A file as the source sends it.", exists=True, dir_okay=False)],
    source: Annotated[str, typer.Option(help="The system that sends it, for example shop.")],
    name: Annotated[str, typer.Option(help="What one row is, for example order.")],
    key: Annotated[str, typer.Option(help="Columns that identify a row, separated by commas.")],
    delivers: Annotated[Delivering, typer.Option(help="Changes, or each time all there is.")] = Delivering.changes,
) -> None:
    """Write the definition of a feed and a first stg_ model from a sample file."""
    from lakevault.develop.new_feed import new_feed as write
    from lakevault.paths import landing_dir, project_dir

    with _ReadableErrors():
        keys = [column.strip() for column in key.split(",")]
        paths, notes = write(project_dir(), sample, source, name, keys, delivers.value)
        for path in paths:
            console.print(f"wrote {path.relative_to(project_dir())}")
        for note in notes:
            console.print(said("Mind:", "yellow", f" {note}."))
        console.print(
            f"Next: read what was written, mark personal data, say in words what a row is; land files in "
            f"{landing_dir()}/incoming/{source}/{name}/; then `lakevault ingest` and `dbt build --select stg_{source}__{name}`.",
        )


@app.command()
def new_mart(
    subject: Annotated[str, typer.Argument(help="Folder below models/gold, for example promotions.")],
    name: Annotated[
        str, typer.Argument(help="Name of the table: dim_, fct_, brg_, rpt_ or ftr_ and what it is about.")
    ],
    grain: Annotated[str, typer.Option(help="What one row is; asked for if not given, like the next two.")] = "",
    reads: Annotated[str, typer.Option(help="Tables that it reads, separated by commas.")] = "",
    key: Annotated[str, typer.Option(help="Columns of the first one that identify a row.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Go on although tables with a similar grain exist.")] = False,
) -> None:
    """Write a table of Gold to begin with: model, description, key test, contract, exposure."""
    from lakevault.develop.new_mart import check_name, similar
    from lakevault.develop.new_mart import new_mart as write
    from lakevault.paths import project_dir

    with _ReadableErrors():
        check_name(project_dir(), subject, name)
        grain = grain or typer.prompt("What is one row? (One row per ...)")
        found = similar(project_dir(), grain)
        if found:
            console.print("These read alike; does one of them do already?")
            for table, sentence in found:
                console.print(f"  {table}: {sentence}")
            if not yes:
                typer.confirm("Write a new one?", abort=True)
        reads = reads or typer.prompt("Which tables does it read? (names, separated by commas)")
        key = key or typer.prompt("Which columns of the first one identify a row? (separated by commas)")
        tables, columns = ([part.strip() for part in text.split(",") if part.strip()] for text in (reads, key))
        for path in write(project_dir(), subject, name, grain, tables, columns):
            console.print(f"wrote {path.relative_to(project_dir())}")
        console.print(f"Next: put your columns in, say what they mean, then `make check m={name}`.")


@app.command()
def check(model: Annotated[str, typer.Argument(help="Name of a model.")]) -> None:
    """Layout, lint, layer rules, build and tests on a small lake, and ten rows: all that a pull request needs of a model."""
    from lakevault.develop.check import check as run_check

    with _ReadableErrors():
        run_check(model, console)
        console.print("Ready for a pull request.", style="bold")


@app.command()
def review(
    base: Annotated[str, typer.Option(help="Branch or commit to compare with.")] = "main",
    out: Annotated[Path | None, typer.Option(help="Write the comment to this file instead of printing it.")] = None,
    before: Annotated[Path | None, typer.Option(help="status.json of the base, for rows and tests.")] = None,
    after: Annotated[Path | None, typer.Option(help="status.json of the change.")] = None,
    preview: Annotated[str, typer.Option(help="Address of the site built from the change.")] = "",
) -> None:
    """What the change touches, as a comment for its pull request; exit code 1 for a broken contract that nobody decided."""
    from lakevault.develop.review import review as run_review

    with _ReadableErrors():
        comment, breaking = run_review(base, before, after, preview)
        if out:
            out.write_text(comment)
        else:
            typer.echo(comment)
        for model, what in breaking:
            console.print(said("breaks a contract:", "red", f" {model}: {what}; see the comment for the ways over"))
        if breaking:
            raise typer.Exit(1)


@quarantine_app.command("list")
def quarantine_list(
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is settled: landed again, or dismissed.")
    ] = False,
) -> None:
    """Files and records in quarantine, with their reasons; docs/quarantine.md says what each means."""
    from rich.table import Table

    from lakevault.ingest.quarantine import entries

    with _ReadableErrors():
        table = Table("id", "since", "file", "record", "reason", *(["settled"] if everything else []))
        table.columns[0].no_wrap = True
        found = [entry for entry in entries() if everything or not entry.settled]
        for entry in found:
            cells = [entry.quarantine_id, entry.load_dts, entry.file_name, str(entry.position or ""), entry.reason]
            table.add_row(*map(shown, cells + ([entry.settled or ""] if everything else [])))
        console.print(table if found else "Nothing is in quarantine.")


@quarantine_app.command("show")
def quarantine_show(
    quarantine_id: Annotated[str, typer.Argument(help="From `lakevault quarantine list`.")],
    reveal: Annotated[bool, typer.Option(help="Print the text as it is; it may hold personal data.")] = False,
) -> None:
    """The record, or the beginning of the file: its shape, with letters as x and digits as 0."""
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
        typer.Option(help="A fixed file; for a record, a file with its line.", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Land it again, as it is (after its feed's definition was changed) or fixed; the next ingest takes it."""
    from lakevault.ingest import quarantine

    with _ReadableErrors():
        name = quarantine.replay(quarantine.entry(quarantine_id), fixed)
        console.print(f"landed again as {name}; `lakevault ingest` or `make build` takes it")


Because = Annotated[str, typer.Option(help="Why; it is kept.", prompt="Why?")]


@quarantine_app.command("dismiss")
def quarantine_dismiss(
    quarantine_id: Annotated[
        str, typer.Argument(help="From `lakevault quarantine list`; a file's id is all its records.")
    ],
    because: Because,
) -> None:
    """Settle it without landing it: somebody has looked, and it is right that it is not in Bronze."""
    from lakevault.ingest import quarantine

    with _ReadableErrors():
        number = quarantine.dismiss(quarantine_id, because)
        console.print(
            f"settled: {counted(number, 'entry') if number == 1 else f'{number:,} entries'}; `list --all` shows it"
        )


@quarantine_app.command("put")
def quarantine_put(
    name: Annotated[str, typer.Argument(help="A file or folder in landing/incoming/ that waits.")],
    because: Because,
) -> None:
    """Give up on a file that waits: the next ingest moves it to quarantine, and it is named no more."""
    from lakevault.ingest import quarantine

    with _ReadableErrors():
        quarantine.put(name, because)
        console.print(f"{shown(name)}: the next `lakevault ingest` or `make build` moves it to quarantine")


Now = Annotated[datetime | None, typer.Option(help="Measure ages against this moment, UTC; else against var now.")]


@app.command()
def docs(
    to: Annotated[Path, typer.Option(help="Folder of the site.")] = Path("site"),
    fast: Annotated[bool, typer.Option(help="Catalogue and lineage as they were; quality as it is.")] = False,
    small: Annotated[bool, typer.Option(help="Of the small lake that `lakevault check` builds.")] = False,
    now: Now = None,
) -> None:
    """Write the documentation, lineage and quality site."""
    from lakevault.develop import check
    from lakevault.site.build import build as write

    with _ReadableErrors():
        if small:
            check.use_small_lake(console)
        with console.status("writing the site ..."):
            write(to, fast, now)
        console.print(f"wrote the site: {to / 'index.html'}")


@app.command()
def status(
    fail_on: Annotated[str, typer.Option(help="End with exit code 1 on these: late, failed, quarantined.")] = "",
    now: Now = None,
) -> None:
    """How fresh and how well tested the lake is; also written to history/status.json."""
    from lakevault.monitoring.status import look, show, watched

    with _ReadableErrors():
        watch = watched(fail_on)
        seen = look(now)
        show(seen, console)
        if troubles := seen.troubles(watch):
            console.print("\n".join(troubles), style="red", soft_wrap=True)
            raise typer.Exit(1)


@app.command()
def explain(test: Annotated[str, typer.Argument(help="Name of a test, as dbt and the quality page print it.")]) -> None:
    """What a test means, who fixes it, the rows that break it without personal data, and what is above it."""
    from lakevault.develop.explain import explain as tell
    from lakevault.paths import lake_dir
    from lakevault.pipeline.lock import build_lock

    with _ReadableErrors(), build_lock(lake_dir()):
        tell(test, console)


@app.command()
def jars() -> None:
    """Fetch the Delta jars into the environment, once."""
    from lakevault.pipeline.jars import fetch

    with _ReadableErrors():
        console.print(fetch())


@app.command()
def prove(
    full: Annotated[bool, typer.Option(help="The whole data instead of a slice (hours).")] = False,
    hub: Annotated[
        list[Path] | None, typer.Option(help="Folder of a package of the dbt Hub: compare with these instead.")
    ] = None,
) -> None:
    """Build undisturbed, with another thread count, and through ten kills; the fingerprints must be equal."""
    from lakevault.develop import prove as proof

    with _ReadableErrors():
        if hub:
            proof.compare_with_hub(console, full, hub)
        else:
            proof.prove(console, full)


@app.command()
def replay() -> None:
    """Deliveries 1, 2, 3 of a slice, each with its tests, then 3 again: what CI runs for a pull request."""
    from lakevault.develop import prove as proof

    with _ReadableErrors():
        proof.replay(console)


class _ReadableErrors:
    """Print a LakevaultError as text and exit 1; anything else is a defect and keeps its traceback."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, LakevaultError):
            console.print(said("lakevault:", "red", f" {error}"))
            raise typer.Exit(1) from error


if __name__ == "__main__":
    app()
