"""What could not be taken: files and records, looked at without Spark, and settled: landed again, accepted or dismissed."""

import codecs
import csv
import hashlib
import io
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lakevault.errors import LakevaultError
from lakevault.feeds import Feed, read_feeds
from lakevault.files import write
from lakevault.ingest.delivery import File, Lost
from lakevault.ingest.formats import Span
from lakevault.ingest.formats.messages import header_line
from lakevault.ingest.landing import LandingZone
from lakevault.lake import delta, ledger
from lakevault.paths import lake_dir, landing_dir, project_dir

DATA_ENDINGS = re.compile(r"(\.(csv|tsv|txt|json|jsonl|ndjson|parquet|gz|bz2))*$", re.IGNORECASE)
# Of a file in quarantine, `show` prints this much.
SHOWN_BYTES = 2000


# The two kinds of entries by their table: whole files, and records of files that were taken.
BOTH = {
    ledger.LEDGER: "select *, file_id as quarantine_id, null as position from ledger where status in ('quarantined', 'lost')",
    ledger.QUARANTINE: "from quarantine",
}


@dataclass(frozen=True)
class Entry:
    """A file or a record in quarantine. `position`: number of the record in its file; none for a whole file."""

    quarantine_id: str
    feed: str
    file_name: str
    position: int | None
    reason: str
    load_dts: str
    # By which file it was landed again, once that was taken or waits to be; or why it was dismissed.
    settled: str | None

    @property
    def is_record(self) -> bool:
        """Whether it is a record of a file that was taken."""
        return ":" in self.quarantine_id


@dataclass(frozen=True)
class Open:
    """Numbers of whole files and of records that wait in quarantine for somebody, and when the oldest came, UTC."""

    files: int
    records: int
    since: datetime | None


def entries() -> list[Entry]:
    """All that is or was in quarantine, newest first."""
    at = "strftime(load_dts, '%Y-%m-%d %H:%M:%S') as load_dts"
    columns = f"feed, file_name, position, reason, {at}"
    found = [
        row
        for table, rows in BOTH.items()
        for row in delta.query(lake_dir(), f"select quarantine_id, {columns} from ({rows})", table)
    ]
    settled = _settled()

    def settled_as(quarantine_id: str) -> str | None:
        return settled.get(quarantine_id) or settled.get(quarantine_id.split(":")[0] + ":")

    listed = [Entry(**row, settled=settled_as(row["quarantine_id"])) for row in found]
    return sorted(listed, key=lambda entry: (entry.load_dts, entry.quarantine_id), reverse=True)


def still_open() -> Open:
    """How much is in quarantine and not settled; unlike `entries` in memory that does not grow with it."""
    settled = _settled()
    files, records = (
        delta.query(
            lake_dir(),
            f"""
            select count(*) as number, min(load_dts) as since
            from ({rows})
            where quarantine_id not in (from settled)
                and split_part(quarantine_id, ':', 1) || ':' not in (from settled)
            """,
            table,
            settled=settled,
        )
        or [{"number": 0, "since": None}]
        for table, rows in BOTH.items()
    )
    moments = [row["since"].replace(microsecond=0) for row in [*files, *records] if row["since"]]
    return Open(files[0]["number"], records[0]["number"], min(moments, default=None))


def entry(quarantine_id: str) -> Entry:
    """One entry; a LakevaultError when there is none of this id."""
    for each in entries():
        if each.quarantine_id == quarantine_id:
            return each
    raise LakevaultError(f"nothing in quarantine is called {quarantine_id}: see `lakevault quarantine list`.")


def text_of(found: Entry) -> str:
    """The record as it was received, or the beginning of the file; bytes that are not text are shown as codes."""
    if found.is_record:
        [row] = delta.query(
            lake_dir(),
            f"select raw_text from quarantine where quarantine_id = '{found.quarantine_id}'",
            ledger.QUARANTINE,
        )
        return str(row["raw_text"])
    with _stored(found)[1].open("rb") as handle:
        return handle.read(SHOWN_BYTES).decode(errors="backslashreplace")


def masked(text: str) -> str:
    """The shape of a text without its content: letters are x, digits 0, all else stays."""
    return re.sub(r"\d", "0", re.sub(r"[^\W\d_]", "x", text))


def replay(found: Entry, fixed: Path | None) -> str:
    """Land a file or a record again, as it is or fixed; the next ingest judges it. Gives its new name in incoming/.

    The original stays in quarantine. Raises LakevaultError when it is settled already.
    """
    return _land_again(found, fixed, ledger.Decision.replayed)


def accept(name: str, because: str) -> str:
    """Take a file as it is, since somebody has checked it. Gives a sentence that says what happens next.

    A file in quarantine is landed again, and the guards against repeated, empty, shrunken and older files let it pass. Of
    a file that was taken with fewer or more records than were counted before, the difference is settled.

    Args:
        name: the file's name as delivered, or its id.
        because: the reason; it is recorded.

    Raises:
        LakevaultError: when there is nothing to accept.
    """
    refused = [each for each in entries() if name in (each.file_name, each.quarantine_id) and not each.is_record]
    for each in refused:
        if not each.settled:
            landed = _land_again(each, None, ledger.Decision.accepted, because)
            return f"landed again as {landed}; `lakevault ingest` or `make build` loads it"
    miscounted = delta.query(
        lake_dir(),
        """
        select file_id
        from ledger
        where status = 'loaded' and row_count <> landed_count + quarantined_count
            and (file_name in (from names) or file_id in (from names))
            and file_id not in (select entry_id from settled where decision = 'accepted')
        """,
        ledger.LEDGER,
        ledger.SETTLED,
        names=[name],
    )
    for row in miscounted:
        ledger.settle(lake_dir(), row["file_id"], ledger.Decision.accepted, because)
    if miscounted:
        return "the difference between its records and those that were loaded is accepted"
    if refused:
        _must_be_open(refused[0])
    raise LakevaultError(
        f"there is nothing to accept about a file called {name}: `lakevault quarantine list` has those that were refused, "
        "and the test every_record_is_in_bronze_or_in_quarantine names those of which records are missing."
    )


def _land_again(found: Entry, fixed: Path | None, decision: ledger.Decision, because: str = "") -> str:
    _must_be_open(found)
    feed = read_feeds(project_dir() / "models").get(found.feed)
    if feed is None:
        raise LakevaultError(f"{found.feed} is not a feed yet: define it first (`lakevault new-feed`), then replay.")
    file, stored = _stored(found)
    if found.is_record:
        try:
            text = fixed.read_text(encoding="utf-8-sig").rstrip("\r\n") if fixed else text_of(found)
        except UnicodeError as error:
            raise LakevaultError(f"{fixed} is not UTF-8 text: write the fixed record as UTF-8.") from error
        content = _as_file(feed, file, text, found.position or 0)
        suffix = ".jsonl" if feed.format == "json" else ".csv"
    else:
        content = (fixed or stored).read_bytes()
        # Only endings that say what it is: the name may have ended like that of a file that is still being written.
        endings = DATA_ENDINGS.search(fixed.name if fixed else found.file_name)
        suffix = endings[0] if endings else ""
    name = f"{feed.source}/{feed.name}/replay-{found.quarantine_id.replace(':', '-record-')}{suffix}"
    # Admission knows the file by its name and its bytes, so that nobody passes a guard by a name alone.
    checksum = hashlib.sha256(content).hexdigest()
    ledger.settle(lake_dir(), found.quarantine_id, decision, because, name, checksum)
    target = landing_dir() / "incoming" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    write(target, content)
    return name


def dismiss(quarantine_id: str, because: str) -> int:
    """Settle an entry without landing it: somebody looked at it. Gives the number of entries that are settled by this.

    The id of a taken file settles all of its records. Raises LakevaultError when nothing open has the id.
    """
    found = [each for each in entries() if quarantine_id in (each.quarantine_id, each.quarantine_id.split(":")[0])]
    if not found:
        entry(quarantine_id)
    unsettled = [each for each in found if not each.settled]
    if not unsettled:
        _must_be_open(found[0])
    of_file = ":" not in quarantine_id and unsettled[0].is_record
    settled_id = quarantine_id + (":" if of_file else "")
    ledger.settle(lake_dir(), settled_id, ledger.Decision.dismissed, because)
    return len(unsettled)


def put(name: str, because: str) -> None:
    """Say of a file that waits in incoming/ that it shall go to quarantine; the next ingest does it.

    A folder stands for the files that it holds now. Raises LakevaultError when there is no file of the name.
    """
    if not LandingZone(landing_dir(), {}).give_up(Path(name).as_posix(), because):
        raise LakevaultError(
            f"nothing in {landing_dir()}/incoming/ that could be moved is called {name}: `lakevault ingest` lists what "
            "waits. A link, or a name that is not UTF-8, has to be removed or renamed by hand."
        )


def _must_be_open(found: Entry) -> None:
    if found.settled:
        raise LakevaultError(f"{found.quarantine_id} is settled already: {found.settled}.")


def _settled() -> dict[str, str]:
    """By id of an entry, or of a file and a colon for all of its records, how it was settled."""
    decisions = delta.query(
        lake_dir(),
        """
        select entry_id, decision, settled.file_name, because, decided_at, ledger.file_name is not null as is_taken
        from settled
        left join (select distinct file_name from ledger) as ledger using (file_name)
        order by decided_at
        """,
        ledger.SETTLED,
        ledger.LEDGER,
    )
    settled = {
        row["file_id"]: "received later"
        for row in delta.query(
            lake_dir(),
            """
            select lost.file_id
            from ledger as lost
            inner join ledger as loaded
                on loaded.feed = lost.feed and loaded.message_partition = lost.message_partition
                and loaded.status = 'loaded'
                and loaded.from_offset < lost.until_offset and loaded.until_offset > lost.from_offset
            where lost.status = 'lost'
            group by lost.file_id, lost.from_offset, lost.until_offset
            having
                sum(least(loaded.until_offset, lost.until_offset) - greatest(loaded.from_offset, lost.from_offset))
                >= lost.until_offset - lost.from_offset
            """,
            ledger.LEDGER,
        )
        if delta.has_column(lake_dir(), ledger.LEDGER, "until_offset")
    }
    for row in decisions:
        if row["decision"] == ledger.Decision.dismissed:
            settled[row["entry_id"]] = f"dismissed on {row['decided_at']:%Y-%m-%d %H:%M:%S}: {row['because']}"
        elif row["file_name"] and (row["is_taken"] or (landing_dir() / "incoming" / row["file_name"]).exists()):
            because = f" ({row['because']})" if row["because"] else ""
            settled[row["entry_id"]] = f"landed again as {row['file_name']}{because}"
    return settled


def _as_file(feed: Feed, file: File, text: str, position: int) -> bytes:
    """A record, or several lines of them, as a file of its feed; with a byte-order mark, which any feed takes for UTF-8."""
    if feed.topic and file.offsets:
        return header_line(Span(feed.topic, file.offsets[0], position, position + 1)) + text.encode() + b"\n"
    if feed.format == "parquet":
        raise LakevaultError(f"{feed.label} delivers parquet: write the fixed records as a file and land it.")
    if feed.format == "csv":
        names = file.decision.content.columns if file.decision.content else ()
        if feed.options.quoting == "none":
            header = feed.options.separator.join(names) + "\n"
        else:
            line = io.StringIO()
            csv.writer(line, delimiter=feed.options.separator, lineterminator="\n").writerow(names)
            header = line.getvalue()
        text = header + text
    return codecs.BOM_UTF8 + text.encode() + b"\n"


def _stored(found: Entry) -> tuple[File, Path]:
    """What admission decided about the entry's file, and where it lies. Raises LakevaultError when it is not there."""
    zone = LandingZone(landing_dir(), {})
    file_id = found.quarantine_id.split(":")[0]
    try:
        delivery = zone.read(int(file_id.split("-")[0]))
        file = next(file for file in delivery.files if file.file_id == file_id)
    except (OSError, StopIteration, ValueError) as error:
        raise LakevaultError(
            f"{found.file_name}: {landing_dir()}/accepted/ has no delivery.json that names {file_id}; is this the lake's landing zone?"
        ) from error
    if isinstance(file.decision, Lost):
        raise LakevaultError(
            f"{found.quarantine_id}: these messages were never received, so there is nothing to show or to land again. Land a "
            "recording of them (docs/ingestion.md), or dismiss the entry with a reason."
        )
    return file, zone.path_of(file)
