"""Admission: which landed files are taken, which wait, which go to quarantine; decided and written down before Spark.

    landing/incoming/<delivery>/manifest.json   a delivery that names its files; or, without a manifest,
    landing/incoming/<source>/<feed>/<file>     files as they come: what is whole at a start is one delivery
    landing/accepted/<load id>/<source>.<feed>/ files that were admitted, and delivery.json: every decision with its reason
    landing/quarantine/<load id>/<source>.<feed>/

Files are renamed, never rewritten. delivery.json is written before the first file moves, so a killed admission is
finished at the next start. docs/ingestion.md has the rules.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from lakevault.feeds import Feed
from lakevault.ingest.formats import Content, UnreadableError, inspect

TIME = "%Y-%m-%d %H:%M:%S"
UNFINISHED = re.compile(r"^[._]|\.(tmp|part|partial|crdownload|filepart)$")
REPLAYED = "replay-"


Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$", max_length=60)]


def _below(path: str) -> str:
    """A path below the delivery's folder: neither absolute nor with a way out."""
    parts = Path(path).parts
    if not parts or Path(path).is_absolute() or ".." in parts or path == "manifest.json" or len(path.encode()) > 500:
        raise ValueError("has to lie below the delivery's folder")
    return path


class ManifestEntry(BaseModel):
    """A file as the sender announces it. Without `size` a file that is still being written is told by its age alone."""

    source: Word
    feed: Word
    path: Annotated[str, AfterValidator(_below)]
    sha256: str
    rows: int | None = None
    size: int | None = None

    @property
    def label(self) -> str:
        """Source and feed, for example pos.sale_line."""
        return f"{self.source}.{self.feed}"


class Manifest(BaseModel):
    """The list of a delivery's files; load id and landing time when the sender gives them (UTC)."""

    files: list[ManifestEntry]
    load_id: int | None = Field(default=None, ge=1, le=10**9)
    load_dts: datetime | None = None


class AdmittedFile(BaseModel):
    """What was decided about one file, and what admission learned of it."""

    model_config = ConfigDict(frozen=True)

    file_id: str
    feed: str
    # As delivered: relative to landing/incoming.
    name: str
    size: int
    sha256: str
    first_seen_at: str
    sent_at: str
    status: Literal["accepted", "quarantined", "repeated"]
    reason: str | None = None
    # A contract says that somebody has to act: the command ends with exit code 1.
    fails: bool = False
    content: Content | None = None

    @property
    def stored_name(self) -> str:
        """Name in accepted/ or quarantine/: unique, and without letters that mean something to a file reader."""
        return f"{self.file_id}-{re.sub(r'[^A-Za-z0-9.-]', '-', Path(self.name).name)[-120:]}"


class Delivery(BaseModel):
    """One delivery: a strictly increasing load id, the time of landing (UTC, 'YYYY-MM-DD HH:MM:SS'), its files."""

    model_config = ConfigDict(frozen=True)

    load_id: int
    load_dts: str
    files: tuple[AdmittedFile, ...]

    @property
    def folder(self) -> str:
        """Name of the delivery's folder in accepted/ and quarantine/."""
        return f"{self.load_id:06d}"

    @property
    def accepted(self) -> list[AdmittedFile]:
        """The files that go to Bronze."""
        return [file for file in self.files if file.status == "accepted"]


@dataclass
class History:
    """What the ledger, and deliveries not yet in it, say of earlier files."""

    load_id: int = 0
    load_dts: str = ""
    # Accepted files: checksum by name, name by feed and checksum, newest sent_at by feed.
    checksums: dict[str, str] = field(default_factory=dict)
    contents: dict[tuple[str, str], str] = field(default_factory=dict)
    newest: dict[str, str] = field(default_factory=dict)
    # Names of all files that were decided about.
    decided: set[str] = field(default_factory=set)

    def add(self, load_id: int, load_dts: str, files: Iterable[dict[str, Any]]) -> None:
        """Take in one delivery; `files` have name, feed, sha256, sent_at and status."""
        if load_id > self.load_id:
            self.load_id, self.load_dts = load_id, load_dts
        for file in files:
            self.decided.add(file["name"])
            if file["status"] in ("accepted", "loaded", "miscounted"):
                self.checksums[file["name"]] = file["sha256"]
                self.contents.setdefault((file["feed"], file["sha256"]), file["name"])
                self.newest[file["feed"]] = max(self.newest.get(file["feed"], ""), file["sent_at"])

    def forget(self, name: str) -> None:
        """A file that was decided about and then could not be moved: it is judged anew."""
        self.checksums.pop(name, None)
        self.decided.discard(name)
        self.contents = {key: other for key, other in self.contents.items() if other != name}


@dataclass
class _Arrival:
    """A file that lies in incoming/ as a whole."""

    path: Path
    name: str
    feed: str
    announced: ManifestEntry | None = None
    sent_at: str = ""


@dataclass
class _Group:
    """Files that become one delivery."""

    arrivals: list[_Arrival]
    load_id: int = 0
    load_dts: str = ""
    manifest: Path | None = None


class LandingZone:
    """The landing zone of a lake, under the build lock."""

    def __init__(self, folder: Path, feeds: dict[str, Feed], settle_seconds: float | None = None) -> None:
        self.incoming = folder / "incoming"
        self.accepted = folder / "accepted"
        self.quarantine = folder / "quarantine"
        self._feeds = feeds
        self._sources = {feed.source for feed in feeds.values()}
        self._settle = (
            float(os.environ.get("LAKEVAULT_SETTLE_SECONDS", "10")) if settle_seconds is None else settle_seconds
        )
        self._seen_path = folder / "first_seen.json"
        # Why files in incoming/ were not taken yet, by name; set by next_delivery.
        self.waiting: dict[str, str] = {}

    def path_of(self, file: AdmittedFile) -> Path:
        """Where a file lies after admission."""
        root = self.quarantine if file.status == "quarantined" else self.accepted
        return root / file.file_id.split("-")[0] / file.feed / file.stored_name

    def read(self, load_id: int) -> Delivery:
        """A delivery as it was decided about."""
        return Delivery.model_validate_json((self.accepted / f"{load_id:06d}" / "delivery.json").read_text())

    def unfinished(self, loaded: set[int]) -> list[Delivery]:
        """Deliveries that were admitted and are not in the ledger, oldest first; moves that a kill cut short are done."""
        ids = sorted(int(path.parent.name) for path in self.accepted.glob("[0-9]*/delivery.json"))
        moved = [self._move(self.read(load_id)) for load_id in ids if load_id not in loaded]
        return [delivery for delivery in moved if delivery.files]

    def next_delivery(self, history: History, now: datetime | None = None) -> Delivery | None:
        """Decide about the next files of incoming/ and move them; none when all that is there waits.

        Deliveries with a manifest come first, in the order of their landing times.
        """
        now = now or datetime.now(UTC)
        first_seen = self._first_seen()
        self.waiting = {}
        groups = [group for group in self._groups(history, now) if group.arrivals]
        delivery = None
        while groups and delivery is None:
            delivery = self._admit(groups.pop(0), history, first_seen, now)
        later = [arrival.name for group in groups for arrival in group.arrivals]
        self._remember([*self.waiting, *later], first_seen, now)
        return delivery

    def _groups(self, history: History, now: datetime) -> list[_Group]:
        if not self.incoming.is_dir():
            return []
        groups, loose = [], []
        for entry in sorted(self.incoming.iterdir()):
            if entry.is_dir() and (entry / "manifest.json").is_file():
                if group := self._with_manifest(entry, history, now):
                    groups.append(group)
            elif entry.is_dir() and entry.name not in self._sources and not UNFINISHED.search(entry.name):
                if any(path.is_file() for path in entry.rglob("*")):
                    self.waiting[entry.name] = "neither a source nor a delivery with its manifest.json"
            else:
                paths = [entry] if entry.is_file() else sorted(path for path in entry.rglob("*") if path.is_file())
                for path in paths:
                    try:
                        path.name.encode()
                        loose += [arrival] if (arrival := self._loose(path, now)) else []
                    except (UnicodeEncodeError, OSError) as error:
                        name = path.relative_to(self.incoming).as_posix().encode(errors="backslashreplace").decode()
                        self.waiting[name] = f"its name or it cannot be read ({type(error).__name__})"
        groups.sort(key=lambda group: (group.load_dts or "9999", group.load_id, str(group.manifest)))
        return groups + self._loose_groups(loose)

    def _with_manifest(self, folder: Path, history: History, now: datetime) -> _Group | None:
        manifest_path = folder / "manifest.json"
        name = manifest_path.relative_to(self.incoming).as_posix()
        try:
            manifest = Manifest.model_validate_json(manifest_path.read_bytes())
        except (ValidationError, UnicodeDecodeError, OSError) as error:
            self.waiting[name] = f"no manifest that can be read ({type(error).__name__}); its delivery waits with it"
            return None
        load_dts = ""
        if manifest.load_dts:
            zone = manifest.load_dts.tzinfo or UTC
            moment = manifest.load_dts.replace(tzinfo=zone)
            if not datetime(1971, 1, 1, tzinfo=UTC) < moment < now + timedelta(days=1):
                self.waiting[name] = f"its landing time {manifest.load_dts} cannot be; its delivery waits with it"
                return None
            load_dts = moment.astimezone(UTC).strftime(TIME)
        group = _Group([], manifest.load_id or 0, load_dts, manifest_path)
        listed = {name} | {f"{folder.name}/{announced.path}" for announced in manifest.files}
        extracts: set[str] = set()
        for announced in manifest.files:
            path = folder / announced.path
            name = f"{folder.name}/{announced.path}"
            feed = self._feeds.get(announced.label)
            if announced.label in extracts and path.is_file():
                # A second full extract is another state: it stays for the next delivery.
                continue
            if not path.is_file():
                if name not in history.decided:
                    self.waiting[name] = "announced by its manifest, not there"
            elif announced.size is not None and path.stat().st_size < announced.size:
                self.waiting[name] = f"{path.stat().st_size:,} of {announced.size:,} bytes are there"
            elif announced.size is None and self._is_fresh(path, now):
                self.waiting[name] = f"changed less than {self._settle:.0f} s ago"
            else:
                group.arrivals.append(_Arrival(path, name, announced.label, announced, load_dts or _mtime(path, now)))
                if feed and feed.delivers == "full_extract":
                    extracts.add(announced.label)
        for path in folder.rglob("*"):
            if path.is_file() and (name := path.relative_to(self.incoming).as_posix()) not in listed:
                self.waiting[name] = "not listed in the manifest of its delivery"
        if not group.arrivals and not any(other.startswith(f"{folder.name}/") for other in self.waiting):
            with suppress(OSError):
                manifest_path.unlink()
                _remove_empty(folder, self.incoming)
            return None
        return group

    def _loose(self, path: Path, now: datetime) -> _Arrival | None:
        relative = path.relative_to(self.incoming)
        if len(relative.parts) < 3:
            self.waiting[relative.as_posix()] = "it does not lie below <source>/<feed>/"
        elif any(UNFINISHED.search(part) for part in relative.parts):
            self.waiting[relative.as_posix()] = "its name says that it is still being written"
        elif self._is_fresh(path, now):
            self.waiting[relative.as_posix()] = f"changed less than {self._settle:.0f} s ago"
        else:
            return _Arrival(path, relative.as_posix(), ".".join(relative.parts[:2])[:200], sent_at=_mtime(path, now))
        return None

    def _loose_groups(self, arrivals: list[_Arrival]) -> list[_Group]:
        """One delivery of all; but two full extracts of a feed are two states, so each has a delivery of its own."""
        groups: list[_Group] = []
        extracts: dict[str, int] = {}
        for arrival in sorted(arrivals, key=lambda arrival: (arrival.sent_at, arrival.name)):
            number = 0
            feed = self._feeds.get(arrival.feed)
            if feed and feed.delivers == "full_extract":
                number = extracts[arrival.feed] = extracts.get(arrival.feed, -1) + 1
            while len(groups) <= number:
                groups.append(_Group([]))
            groups[number].arrivals.append(arrival)
        return groups

    def _is_fresh(self, path: Path, now: datetime) -> bool:
        return 0 <= now.timestamp() - path.stat().st_mtime < self._settle

    def _admit(self, group: _Group, history: History, first_seen: dict[str, str], now: datetime) -> Delivery | None:
        load_id = max(group.load_id, history.load_id + 1)
        load_dts = group.load_dts or now.strftime(TIME)
        if load_dts <= history.load_dts:
            # When we got it, not when it should have come.
            load_dts = (datetime.strptime(history.load_dts, TIME) + timedelta(seconds=1)).strftime(TIME)
        files: list[AdmittedFile] = []
        for number, arrival in enumerate(group.arrivals, start=1):
            try:
                size, checksum = arrival.path.stat().st_size, _sha256(arrival.path)
            except OSError as error:
                self.waiting[arrival.name] = f"cannot be opened ({type(error).__name__})"
                continue
            if arrival.announced and checksum != arrival.announced.sha256 and self._is_fresh(arrival.path, now):
                self.waiting[arrival.name] = f"changed less than {self._settle:.0f} s ago"
                continue
            file = AdmittedFile(
                file_id=f"{load_id:06d}-{number:05d}",
                feed=arrival.feed,
                name=arrival.name,
                size=size,
                sha256=checksum,
                first_seen_at=first_seen.get(arrival.name, now.strftime(TIME)),
                sent_at=arrival.sent_at,
                status="accepted",
            )
            files.append(file.model_copy(update=self._judge(arrival, file, history)))
            history.add(load_id, load_dts, [files[-1].model_dump()])
        if not files:
            return None
        delivery = Delivery(load_id=load_id, load_dts=load_dts, files=tuple(files))
        if group.manifest:
            kept = self.accepted / delivery.folder / f"{group.manifest.parent.name[:200]}.manifest.json"
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(group.manifest, kept)
        self._write(delivery)
        moved = self._move(delivery)
        for file in set(delivery.files) - set(moved.files):
            history.forget(file.name)
            self.waiting[file.name] = "it was changed or could not be moved"
        return moved if moved.files else None

    def _judge(self, arrival: _Arrival, file: AdmittedFile, history: History) -> dict[str, Any]:
        """Status, reason and content of a file, as fields of AdmittedFile."""
        try:
            return {"content": self._checked(arrival, file, history)}
        except _RepeatedError:
            return {"status": "repeated", "reason": "repeated: taken before, with the same name and bytes"}
        except _RefusedError as error:
            return {"status": "quarantined", "reason": str(error), "fails": error.fails, "content": error.content}
        except UnreadableError as error:
            return {"status": "quarantined", "reason": str(error)}

    def _checked(self, arrival: _Arrival, file: AdmittedFile, history: History) -> Content:
        feed = self._feeds.get(file.feed)
        by_hand = Path(file.name).name.startswith(REPLAYED)
        announced = arrival.announced
        if feed is None:
            raise _RefusedError("no_feed", f"no feed {file.feed} is defined under models/bronze/")
        if announced and (announced.sha256 != file.sha256 or announced.size not in (None, file.size)):
            raise _RefusedError("checksum", "size or checksum is not the manifest's; damaged, or changed since")
        if file.name in history.checksums:
            if history.checksums[file.name] == file.sha256:
                raise _RepeatedError
            raise _RefusedError("changed_content", "a file of this name was taken before, with other content")
        content = inspect(arrival.path, feed)
        twin = history.contents.get((file.feed, file.sha256))
        if twin and content.rows and feed.delivers == "changes" and not by_hand:
            raise _RefusedError("same_content", f"the bytes of {twin}, which was taken before", content)
        if announced and announced.rows not in (None, content.rows):
            raise _RefusedError("row_count", f"{content.rows} rows, the manifest says {announced.rows}", content)
        if content.columns or content.rows > content.malformed:
            _check_columns(feed, content)
        if feed.delivers == "full_extract":
            if not content.rows and not by_hand:
                raise _RefusedError("empty_extract", "a full extract without rows would say that all are gone", content)
            if content.malformed:
                text = f"{content.malformed} of {content.rows} records; a full extract is taken whole or not at all"
                raise _RefusedError("malformed", text, content)
            if file.sent_at < history.newest.get(file.feed, "") and not by_hand:
                text = f"sent {file.sent_at}, a full extract of {history.newest[file.feed]} was taken before"
                raise _RefusedError("older_extract", text, content)
        return content

    def _write(self, delivery: Delivery) -> None:
        folder = self.accepted / delivery.folder
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / ".delivery.json"
        temporary.write_text(delivery.model_dump_json(indent=1))
        temporary.replace(folder / "delivery.json")

    def _move(self, delivery: Delivery) -> Delivery:
        """Rename the files of a delivery to where they belong; what has changed, or cannot be moved, is left out."""
        kept = []
        for file in delivery.files:
            source, target = self.incoming / file.name, self.path_of(file)
            with suppress(OSError):
                if target.exists() or (_sha256(source) == file.sha256 and self._move_file(file, source, target)):
                    kept.append(file)
            # Drop folders of feeds stay; those of a delivery go with their last file.
            if file.name.split("/")[0] not in self._sources:
                _remove_empty(source.parent, self.incoming)
        if len(kept) < len(delivery.files):
            delivery = delivery.model_copy(update={"files": tuple(kept)})
            self._write(delivery)
            if not kept:
                (self.accepted / delivery.folder / "delivery.json").unlink()
        return delivery

    def _move_file(self, file: AdmittedFile, source: Path, target: Path) -> bool:
        """Move one file. The bytes of a repeated one lie in accepted/ already."""
        if file.status == "repeated":
            source.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
        return True

    def _first_seen(self) -> dict[str, str]:
        try:
            return json.loads(self._seen_path.read_text())
        except (OSError, ValueError):
            return {}

    def _remember(self, names: list[str], first_seen: dict[str, str], now: datetime) -> None:
        waiting = {name: first_seen.get(name, now.strftime(TIME)) for name in names}
        if waiting != first_seen and self._seen_path.parent.is_dir():
            temporary = self._seen_path.with_suffix(".tmp")
            temporary.write_text(json.dumps(waiting))
            temporary.replace(self._seen_path)


class _RepeatedError(Exception):
    """The file was taken before."""


class _RefusedError(Exception):
    """The file goes to quarantine: a reason of one word, and a text without data of the file."""

    def __init__(self, reason: str, detail: str, content: Content | None = None, fails: bool = False) -> None:
        super().__init__(f"{reason}: {detail}")
        self.content = content
        self.fails = fails


def _check_columns(feed: Feed, content: Content) -> None:
    missing = [name for name in feed.column_names if name not in content.columns]
    new = [name for name in content.columns if name not in feed.column_names]
    if len(missing) == len(feed.column_names):
        raise _RefusedError("no_header", "no column of the feed is there; the header may be missing", content)
    if missing and (feed.contract.missing != "rescue" or set(missing) & set(feed.key)):
        text = f"{', '.join(missing)}{' (new: ' + _some(new) + ')' if new else ''}"
        raise _RefusedError("missing_columns", text, content, feed.contract.missing == "fail")
    if new and feed.contract.new != "rescue":
        raise _RefusedError("new_columns", _some(new), content, feed.contract.new == "fail")


def _some(names: list[str]) -> str:
    return ", ".join(name[:60] for name in names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _mtime(path: Path, now: datetime) -> str:
    """When a file was written, and not later than now, whatever its clock said."""
    return datetime.fromtimestamp(min(path.stat().st_mtime, now.timestamp()), UTC).strftime(TIME)


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _remove_empty(folder: Path, root: Path) -> None:
    # A folder that is not empty, or not ours to remove, stays.
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent
