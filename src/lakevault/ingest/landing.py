"""The landing zone: folders, what has arrived in them, and where a file goes once it is decided about.

    landing/incoming/<delivery>/manifest.json   a delivery that names its files; or, without a manifest,
    landing/incoming/<source>/<feed>/<file>     files as they come: what is whole at a start is one delivery
    landing/accepted/<load id>/<source>.<feed>/ files that were admitted, and delivery.json: every decision with its reason
    landing/quarantine/<load id>/<source>.<feed>/

Files are renamed, never rewritten. delivery.json is written before the first file moves, so a killed admission is
finished at the next start.
"""

import os
import re
import shutil
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lakevault.errors import LakevaultError
from lakevault.feeds import Feed
from lakevault.files import read_json, sha256, write, write_json
from lakevault.ingest.delivery import Delivery, File, Manifest, ManifestEntry, Refused, Repeated

UNFINISHED = re.compile(r"^[._]|\.(tmp|part|partial|crdownload|filepart)$", re.IGNORECASE)
# Files that programs leave beside data and that never hold any.
MARKERS = re.compile(
    r"^(_SUCCESS|_(started|committed)_.*|\..*\.crc|\.DS_Store|Thumbs\.db|desktop\.ini)$", re.IGNORECASE
)
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Arrival:
    """A file that lies in incoming/ as a whole. `changed_ns`: when it was written last, as its file system says."""

    path: Path
    name: str
    feed: str
    sent_at: datetime
    changed_ns: int
    announced: ManifestEntry | None = None
    # Why somebody has given it up, though it waits.
    given_up: str = ""


@dataclass
class Group:
    """Files that become one delivery."""

    arrivals: list[Arrival] = field(default_factory=list)
    load_id: int = 0
    load_dts: datetime | None = None
    manifest: Path | None = None


@dataclass
class Scan:
    """One look at incoming/: what can be decided about, in order, and why the rest waits, by name."""

    groups: list[Group] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)


class LandingZone:
    """The landing zone of a lake, under the build lock.

    `list_files` gives the names of the files in incoming/; by default the folders are listed.
    """

    def __init__(
        self,
        folder: Path,
        feeds: dict[str, Feed],
        settle_seconds: float | None = None,
        list_files: Callable[[], Iterable[str]] | None = None,
    ) -> None:
        self.incoming = folder / "incoming"
        self._accepted = folder / "accepted"
        self._quarantine = folder / "quarantine"
        self._feeds = feeds
        self._sources = {feed.source for feed in feeds.values()}
        self._settle = (
            float(os.environ.get("LAKEVAULT_SETTLE_SECONDS", "10")) if settle_seconds is None else settle_seconds
        )
        self._seen_path = folder / "first_seen.json"
        self._given_up_path = folder / "given_up.json"
        self._ahead_path = folder / "ahead.json"
        self._last_path = folder / "last_load_id.json"
        self._list_files = list_files or self._listed

    # --- After admission ---

    def path_of(self, file: File) -> Path:
        """Where a file lies after admission."""
        root = self._quarantine if isinstance(file.decision, Refused) else self._accepted
        return root / file.file_id.split("-")[0] / file.feed / file.stored_name

    def read(self, load_id: int) -> Delivery:
        """A delivery as it was decided about."""
        return Delivery.model_validate_json((self._accepted / f"{load_id:06d}" / "delivery.json").read_text())

    def unfinished(self, last_loaded: int) -> list[Delivery]:
        """Deliveries that were admitted after the last one in the ledger, oldest first; moves that a kill cut short are done."""
        if not self._accepted.is_dir():
            return []
        ids = [int(entry.name) for entry in os.scandir(self._accepted) if entry.name.isdigit()]
        later = sorted(load_id for load_id in ids if load_id > last_loaded)
        written = [load_id for load_id in later if (self._accepted / f"{load_id:06d}" / "delivery.json").is_file()]
        moved = [self.move(self.read(load_id)) for load_id in written]
        return [delivery for delivery in moved if delivery.files]

    @property
    def last_load_id(self) -> int:
        """The highest number that a delivery ever had here, even if somebody has removed it by hand; 0 for none."""
        return int(_read_notes(self._last_path).get("load_id", 0))

    def write(self, delivery: Delivery, manifest: Path | None = None) -> None:
        """Write down what was decided, before a file moves."""
        folder = self._accepted / delivery.folder
        folder.mkdir(parents=True, exist_ok=True)
        if manifest:
            shutil.copyfile(manifest, folder / f"{manifest.parent.name[:200]}.manifest.json")
        write(folder / "delivery.json", delivery.model_dump_json(indent=1))
        # Afterwards: a kill in between must not cost the delivery its number.
        if delivery.load_id > self.last_load_id:
            write_json(self._last_path, {"load_id": delivery.load_id})

    def move(self, delivery: Delivery, arrivals: dict[str, Arrival] | None = None) -> Delivery:
        """Rename the files of a delivery to where they belong; what has changed, or cannot be moved, is left out.

        `arrivals`, by name, are the files as they were read; without them a checksum tells whether a file has changed.
        """
        kept = []
        for file in delivery.files:
            source, target = self.incoming / file.name, self.path_of(file)
            with suppress(OSError):
                # Neither here nor there: a repeated file that a killed start had removed, or one that somebody took away.
                if target.exists() or not source.exists():
                    kept.append(file)
                elif self._is_same(source, file, (arrivals or {}).get(file.name)):
                    _move(file, source, target)
                    kept.append(file)
            # Drop folders of feeds stay; those of a delivery go with their last file.
            if file.name.split("/")[0] not in self._sources:
                _remove_empty(source.parent, self.incoming)
        if len(kept) < len(delivery.files):
            delivery = delivery.model_copy(update={"files": tuple(kept)})
            self.write(delivery)
            if not kept:
                (self._accepted / delivery.folder / "delivery.json").unlink()
        self._forget_given_up()
        return delivery

    def refuse(self, delivery: Delivery, file: File, decision: Refused) -> Delivery:
        """Take back that a file was accepted: it goes from accepted/ to quarantine/."""
        refused = file.model_copy(update={"decision": decision})
        changed = delivery.with_file(refused)
        source, target = self.path_of(file), self.path_of(refused)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.exists():
            source.rename(target)
        self.write(changed)
        return changed

    def _forget_given_up(self) -> None:
        """What was given up and is in quarantine now is given up no more: the name may come again."""
        given_up = _read_notes(self._given_up_path)
        left = {name: because for name, because in given_up.items() if (self.incoming / name).exists()}
        if left != given_up:
            write_json(self._given_up_path, left)

    def _is_same(self, source: Path, file: File, arrival: Arrival | None) -> bool:
        if arrival:
            told = source.stat()
            return (told.st_size, told.st_mtime_ns) == (file.size, arrival.changed_ns)
        return sha256(source) == file.sha256

    # --- Before admission ---

    def scan(self, decided: Callable[[list[str]], set[str]], now: datetime) -> Scan:
        """Look at incoming/. `decided` gives those of some names that were decided about in an earlier delivery."""
        found = Scan()
        folders: dict[str, list[str]] = {}
        loose: list[Arrival] = []
        given_up = _read_notes(self._given_up_path)
        for name in sorted(self._list_files()):
            if because := given_up.get(name):
                loose.append(self._given_up(name, because, now))
            elif not MARKERS.search(name.rsplit("/", 1)[-1]):
                folders.setdefault(name.split("/")[0], []).append(name)
        for folder, names in folders.items():
            if f"{folder}/manifest.json" in names:
                if group := self._with_manifest(folder, names, decided, now, found.waiting):
                    found.groups.append(group)
            elif folder in self._sources or names == [folder] or UNFINISHED.search(folder):
                loose += [arrival for name in names if (arrival := self._loose(name, now, found.waiting))]
            else:
                found.waiting[folder] = "neither the folder of a source nor a delivery with a manifest.json"
        found.groups = [group for group in found.groups if group.arrivals]
        found.groups.sort(key=lambda group: (group.load_dts or LAST, group.load_id, str(group.manifest)))
        found.groups += self._loose_groups(loose)
        return found

    def give_up(self, name: str, because: str) -> list[str]:
        """Let a file that waits, or the files that a folder holds now, go to quarantine at the next look; gives their names.

        Left out are names that the ledger cannot hold and what is no file of its own, such as a link.
        """
        files = [
            other
            for other in self._list_files()
            if (other == name or other.startswith(f"{name}/")) and not _oddity(self.incoming / other)
        ]
        write_json(self._given_up_path, _read_notes(self._given_up_path) | dict.fromkeys(files, because))
        return files

    def _given_up(self, name: str, because: str, now: datetime) -> Arrival:
        path = self.incoming / name
        feed = re.sub(r"[^A-Za-z0-9_.]", "-", ".".join(name.split("/")[:2]))[:200]
        return Arrival(path, name, feed, now.replace(microsecond=0), path.stat().st_mtime_ns, given_up=because)

    def first_seen(self) -> dict[str, datetime]:
        """When files that wait were seen first, by name."""
        return {name: datetime.fromisoformat(at) for name, at in _read_notes(self._seen_path).items()}

    def remember(self, first_seen: dict[str, datetime]) -> None:
        """Keep what first_seen gives."""
        if first_seen != self.first_seen() and self._seen_path.parent.is_dir():
            write_json(self._seen_path, {name: at.isoformat() for name, at in first_seen.items()})

    def _listed(self) -> Iterable[str]:
        for folder, folders, names in os.walk(self.incoming):
            below = Path(folder).relative_to(self.incoming)
            links = [name for name in folders if (Path(folder) / name).is_symlink()]
            yield from ((below / name).as_posix() for name in [*names, *links])

    def _with_manifest(
        self,
        folder: str,
        names: list[str],
        decided: Callable[[list[str]], set[str]],
        now: datetime,
        waiting: dict[str, str],
    ) -> Group | None:
        path = self.incoming / folder / "manifest.json"
        try:
            manifest = Manifest.read(path)
        except (ValidationError, UnicodeDecodeError, OSError) as error:
            waiting[f"{folder}/manifest.json"] = (
                f"the manifest cannot be read ({type(error).__name__}); its delivery waits too"
            )
            return None
        if manifest.load_dts and not EARLIEST < manifest.load_dts < now + timedelta(days=1):
            waiting[f"{folder}/manifest.json"] = (
                f"the landing time {manifest.load_dts} cannot be right; its delivery waits too"
            )
            return None
        group = Group([], manifest.load_id or 0, manifest.load_dts, path)
        announced = {f"{folder}/{entry.path}": entry for entry in manifest.files}
        missing = [name for name in announced if not (self.incoming / name).is_file()]
        # What was taken earlier, when the delivery comes in parts, is not missing.
        late = set(missing) - decided(missing) if missing else set()
        waiting |= dict.fromkeys(sorted(late), "announced by its manifest, not there")
        extracts: set[str] = set()
        for name, entry in announced.items():
            feed = self._feeds.get(entry.label)
            # A second full extract is another state: it stays for a later delivery, also when the first one waits.
            if entry.label in extracts or (name in missing and name not in late):
                continue
            if feed and feed.delivers == "full_extract":
                extracts.add(entry.label)
            if name in late:
                continue
            arrival, why = self._arrived(name, entry.label, now, entry, manifest.load_dts)
            if arrival:
                group.arrivals.append(arrival)
            else:
                waiting[name] = why
        for name in names:
            if name not in announced and name != f"{folder}/manifest.json":
                waiting[name] = "not listed in the manifest of its delivery"
        if not group.arrivals and not any(name.startswith(f"{folder}/") for name in waiting):
            with suppress(OSError):
                path.unlink()
                _remove_empty(path.parent, self.incoming)
            return None
        return group

    def _arrived(
        self, name: str, feed: str, now: datetime, entry: ManifestEntry | None = None, sent_at: datetime | None = None
    ) -> tuple[Arrival | None, str]:
        """A file that is whole, or why it waits."""
        path = self.incoming / name
        if why := _oddity(path):
            return None, why
        told = path.stat()
        if entry and entry.size is not None and told.st_size < entry.size:
            return None, f"{told.st_size:,} of {entry.size:,} bytes are there"
        if (entry is None or entry.size is None) and self.is_fresh(name, told.st_size, told.st_mtime_ns, now):
            if told.st_mtime > now.timestamp():
                return None, f"its time is in the future; taken when it has not changed for {self._settle:.0f} s"
            return None, f"changed less than {self._settle:.0f} s ago"
        # Not later than now, whatever a clock said.
        written = datetime.fromtimestamp(min(told.st_mtime, now.timestamp()), UTC).replace(microsecond=0)
        return Arrival(path, name, feed, sent_at or written, told.st_mtime_ns, entry), ""

    def _loose(self, name: str, now: datetime, waiting: dict[str, str]) -> Arrival | None:
        parts = name.split("/")
        if why := _oddity(self.incoming / name):
            waiting[name] = why
        elif len(parts) < 3:
            waiting[name] = "it is not in a folder <source>/<feed>/"
        elif any(UNFINISHED.search(part) for part in parts):
            waiting[name] = "its name says that it is still being written"
        else:
            arrival, why = self._arrived(name, ".".join(parts[:2])[:200], now)
            if arrival is None:
                waiting[name] = why
            return arrival
        return None

    def is_fresh(self, name: str, size: int, changed_ns: int, now: datetime) -> bool:
        """Whether a file was written so short ago that it may still be written.

        A time in the future comes from a clock that runs ahead and says nothing: such a file is whole when two looks find it
        unchanged.
        """
        seconds = now.timestamp() - changed_ns / 1e9
        if not self._settle:
            return False
        if seconds >= 0:
            return seconds < self._settle
        ahead = _read_notes(self._ahead_path)
        seen = {"size": size, "changed_ns": changed_ns}
        before = ahead.get(name, {})
        if before | seen == before:
            return now.timestamp() - float(before["at"]) < self._settle
        there = {other: note for other, note in ahead.items() if (self.incoming / other).exists()}
        write_json(self._ahead_path, there | {name: seen | {"at": now.timestamp()}})
        return True

    def _loose_groups(self, arrivals: list[Arrival]) -> list[Group]:
        """One delivery of all; but two full extracts of a feed are two states, so each has a delivery of its own."""
        groups: list[Group] = []
        extracts: dict[str, int] = {}
        for arrival in sorted(arrivals, key=lambda arrival: (arrival.sent_at, arrival.name)):
            number = 0
            feed = self._feeds.get(arrival.feed)
            if feed and feed.delivers == "full_extract":
                number = extracts[arrival.feed] = extracts.get(arrival.feed, -1) + 1
            while len(groups) <= number:
                groups.append(Group())
            groups[number].arrivals.append(arrival)
        return groups


def _oddity(path: Path) -> str:
    """Why something in incoming/ can never be taken as it is; empty for a file."""
    try:
        str(path).encode()
        mode = path.lstat().st_mode
    except (UnicodeEncodeError, OSError) as error:
        return f"its name or the file itself cannot be read ({type(error).__name__}): rename it"
    if stat.S_ISLNK(mode):
        return "it is a link: land the file itself"
    return "" if stat.S_ISREG(mode) else "it is not a file: remove it"


def _read_notes(path: Path) -> dict[str, Any]:
    """What was noted about files, by name. Notes that cannot be read are made again."""
    try:
        return read_json(path) or {}
    except LakevaultError:
        return {}


def _move(file: File, source: Path, target: Path) -> None:
    """The bytes of a repeated file lie in accepted/ already."""
    if isinstance(file.decision, Repeated):
        source.unlink()
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)


def _remove_empty(folder: Path, root: Path) -> None:
    # A folder that is not empty, or not ours to remove, stays.
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent
