"""What could not be taken: files and records, looked at without Spark, mended, and landed again."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from lakevault.errors import LakevaultError
from lakevault.feeds import Feed, read_feeds
from lakevault.ingest.admission import REPLAYED
from lakevault.ingest.delivery import File
from lakevault.ingest.landing import LandingZone
from lakevault.lake import delta, ledger
from lakevault.project import lake_dir, landing_dir, project_dir

# Of a file in quarantine, `show` prints this much.
SHOWN_BYTES = 2000


@dataclass(frozen=True)
class Entry:
    """A file or a record in quarantine. `position`: number of the record in its file; none for a whole file."""

    quarantine_id: str
    feed: str
    file_name: str
    position: int | None
    reason: str
    load_dts: str
    # Name of the file by which it was landed again, once that was taken or waits to be.
    replayed_as: str | None
    raw_text: str | None = None


def entries() -> list[Entry]:
    """All that is or was in quarantine, newest first."""
    files = ledger.read(lake_dir())
    replayed = {row["file_name"] for row in files if Path(row["file_name"]).name.startswith(REPLAYED)}
    incoming = landing_dir() / "incoming"
    replayed |= {path.relative_to(incoming).as_posix() for path in incoming.rglob(f"{REPLAYED}*")}
    by_id = {Path(name).name.removeprefix(REPLAYED).split(".")[0]: name for name in replayed}
    found = [
        Entry(
            row["file_id"],
            row["feed"],
            row["file_name"],
            None,
            row["reason"],
            row["load_dts"],
            by_id.get(row["file_id"]),
        )
        for row in files
        if row["status"] == "quarantined"
    ]
    records = delta.rows(
        lake_dir(),
        ledger.QUARANTINE,
        "select quarantine_id, feed, file_name, position, reason, strftime(load_dts, '%Y-%m-%d %H:%M:%S') as load_dts, "
        "raw_text from quarantine",
    )
    for row in records:
        replay = by_id.get(_file_stem(row["quarantine_id"]))
        found.append(Entry(**row, replayed_as=replay))
    return sorted(found, key=lambda entry: (entry.load_dts, entry.quarantine_id), reverse=True)


def entry(quarantine_id: str) -> Entry:
    """One entry; a LakevaultError when there is none of this id."""
    for each in entries():
        if each.quarantine_id == quarantine_id:
            return each
    raise LakevaultError(f"nothing in quarantine is called {quarantine_id}: see `lakevault quarantine list`.")


def text_of(found: Entry) -> str:
    """The record as it was received, or the beginning of the file; bytes that are no text are shown as such."""
    if found.raw_text is not None:
        return found.raw_text
    with _stored(found)[1].open("rb") as handle:
        return handle.read(SHOWN_BYTES).decode(errors="backslashreplace")


def masked(text: str) -> str:
    """The shape of a text without its content: letters are x, digits 0, all else stays."""
    return re.sub(r"\d", "0", re.sub(r"[^\W\d_]", "x", text))


def replay(found: Entry, mended: Path | None) -> str:
    """Land a file or a record again, as it is or mended; the next ingest takes it. Gives its new name in incoming/.

    The original stays in quarantine. Raises LakevaultError when it was landed again already.
    """
    if found.replayed_as:
        raise LakevaultError(f"{found.quarantine_id} was landed again already, as {found.replayed_as}.")
    feed = read_feeds(project_dir() / "models").get(found.feed)
    if feed is None:
        raise LakevaultError(f"{found.feed} is no feed yet: define it first (`lakevault new-feed`), then replay.")
    file, stored = _stored(found)
    if found.raw_text is not None:
        try:
            content = _as_file(feed, file, mended.read_text(encoding="utf-8") if mended else found.raw_text)
        except UnicodeError as error:
            raise LakevaultError(
                f"{mended or found.quarantine_id}: a mended line is UTF-8 text that {feed.options.encoding} can hold."
            ) from error
        suffix = ".jsonl" if feed.format == "json" else ".csv"
    else:
        content = (mended or stored).read_bytes()
        suffix = "".join(Path(mended.name if mended else found.file_name).suffixes)
    target = (
        landing_dir() / "incoming" / feed.source / feed.name / f"{REPLAYED}{_file_stem(found.quarantine_id)}{suffix}"
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    # A name that says that it is still being written, until it is whole.
    temporary = target.with_name(f".{target.name}")
    temporary.write_bytes(content)
    temporary.replace(target)
    return target.relative_to(landing_dir() / "incoming").as_posix()


def _as_file(feed: Feed, file: File, text: str) -> bytes:
    """A record, or several lines of them, as a file of its feed."""
    if feed.format == "parquet":
        raise LakevaultError(f"{feed.label} delivers parquet: write the mended records as a file and land it.")
    line = text.rstrip("\r\n") + "\n"
    if feed.format == "json":
        return line.encode()
    header = io.StringIO()
    csv.writer(header, delimiter=feed.options.separator, lineterminator="\n").writerow(file.decision.content.columns)
    return (header.getvalue() + line).encode(feed.options.encoding)


def _file_stem(quarantine_id: str) -> str:
    return quarantine_id.replace(":", "-record-")


def _stored(found: Entry) -> tuple[File, Path]:
    """What admission decided about the entry's file, and where it lies."""
    zone = LandingZone(landing_dir(), {})
    file_id = found.quarantine_id.split(":")[0]
    file = next(file for file in zone.read(int(file_id.split("-")[0])).files if file.file_id == file_id)
    return file, zone.path_of(file)
