"""What could not be taken: files and records, looked at without Spark, and settled: landed again or dismissed."""

import codecs
import csv
import io
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lakevault.errors import LakevaultError
from lakevault.feeds import Feed, read_feeds
from lakevault.files import write
from lakevault.ingest.admission import REPLAYED
from lakevault.ingest.delivery import File
from lakevault.ingest.landing import LandingZone
from lakevault.lake import delta, ledger
from lakevault.paths import lake_dir, landing_dir, project_dir

DATA_ENDINGS = re.compile(r"(\.(csv|tsv|txt|json|jsonl|ndjson|parquet|gz|bz2))*$", re.IGNORECASE)
# Of a file in quarantine, `show` prints this much.
SHOWN_BYTES = 2000


# The two kinds of entries by their table: whole files, and records of files that were taken.
BOTH = {
    ledger.LEDGER: "select *, file_id as quarantine_id, null as position from ledger where status = 'quarantined'",
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
    # Name of the file by which it was landed again, once that was taken or waits to be; or why it was dismissed.
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
    """Land a file or a record again, as it is or fixed; the next ingest takes it. Gives its new name in incoming/.

    The original stays in quarantine. Raises LakevaultError when it is settled already.
    """
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
        content = _as_file(feed, file, text)
        suffix = ".jsonl" if feed.format == "json" else ".csv"
    else:
        content = (fixed or stored).read_bytes()
        # Only endings that say what it is: the name may have ended like that of a file that is still being written.
        endings = DATA_ENDINGS.search(fixed.name if fixed else found.file_name)
        suffix = endings[0] if endings else ""
    name = f"{REPLAYED}{found.quarantine_id.replace(':', '-record-')}{suffix}"
    target = landing_dir() / "incoming" / feed.source / feed.name / name
    target.parent.mkdir(parents=True, exist_ok=True)
    write(target, content)
    return target.relative_to(landing_dir() / "incoming").as_posix()


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
    line = {
        "id": quarantine_id + (":" if of_file else ""),
        "because": because,
        "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
    }
    _dismissed_path().parent.mkdir(parents=True, exist_ok=True)
    with _dismissed_path().open("a") as handle:
        handle.write(json.dumps(line) + "\n")
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
    return _replays() | _dismissals()


def _replays() -> dict[str, str]:
    """By id of an entry, the file by which it was landed again."""
    taken = delta.query(lake_dir(), f"select file_name from ledger where file_name like '%/{REPLAYED}%'", ledger.LEDGER)
    incoming = landing_dir() / "incoming"
    names = {row["file_name"] for row in taken}
    names |= {path.relative_to(incoming).as_posix() for path in incoming.glob(f"*/*/{REPLAYED}*")}
    ids = {name: Path(name).name.removeprefix(REPLAYED).split(".")[0].replace("-record-", ":") for name in names}
    return {quarantine_id: f"landed again as {name}" for name, quarantine_id in ids.items()}


def _dismissals() -> dict[str, str]:
    """By id of an entry, as in `_settled`, why it was dismissed."""
    if not _dismissed_path().is_file():
        return {}
    lines = map(json.loads, _dismissed_path().read_text().splitlines())
    return {line["id"]: f"dismissed on {line['at']}: {line['because']}" for line in lines}


def _dismissed_path() -> Path:
    return landing_dir() / "quarantine" / "dismissed.jsonl"


def _as_file(feed: Feed, file: File, text: str) -> bytes:
    """A record, or several lines of them, as a file of its feed; with a byte-order mark, which any feed takes for UTF-8."""
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
    return file, zone.path_of(file)
