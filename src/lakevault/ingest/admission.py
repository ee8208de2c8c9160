"""Admission: which landed files are taken, which are repeated, which go to quarantine, which wait; decided before they land.

docs/ingestion.md has the rules.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lakevault.feeds import Feed
from lakevault.files import sha256
from lakevault.ingest.delivery import Accepted, Decision, Delivery, File, Lost, Refused, Repeated
from lakevault.ingest.formats import Content, Span, UnreadableError, inspect
from lakevault.ingest.landing import Arrival, Group, LandingZone
from lakevault.lake import ledger
from lakevault.lake.ledger import KnownFiles


class Look(BaseModel):
    """What one reading of a file told: its checksum, and its content, or why it cannot be read.

    `content` is none and `reason` empty when the file belongs to no feed and only its checksum was taken.
    """

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str
    content: Content | None = None
    reason: str = ""
    detail: str = ""


Looks = Callable[[Sequence[tuple[Path, Feed | None]]], list[Look | None]]


def look(path: Path, feed: Feed | None) -> Look | None:
    """Read a file once, for its checksum and for its records. None when it cannot be opened."""
    digest = hashlib.sha256()
    try:
        size = path.stat().st_size
        if feed is None:
            return Look(size=size, sha256=sha256(path))
        content = inspect(path, feed, digest.update)
        return Look(size=size, sha256=digest.hexdigest(), content=content)
    except UnreadableError as error:
        return Look(size=size, sha256=digest.hexdigest(), reason=error.reason, detail=error.detail)
    except OSError:
        return None


def look_here(files: Sequence[tuple[Path, Feed | None]]) -> list[Look | None]:
    """`look` at some files, one after the other, in this process."""
    return [look(path, feed) for path, feed in files]


@dataclass
class Admission:
    """Decides about the files of a landing zone, under the build lock.

    `looks` reads files; Spark's executors can do it for many or large ones (on_executors.look_at).
    """

    zone: LandingZone
    feeds: dict[str, Feed]
    known: KnownFiles
    looks: Looks = look_here

    def __post_init__(self) -> None:
        # Why files in incoming/ were not taken yet, by name.
        self.waiting: dict[str, str] = {}

    def deliveries(self, now: datetime | None = None) -> Iterator[Delivery]:
        """Decide about all that has arrived and move it, delivery by delivery, until all that is there waits.

        Deliveries with a manifest come first, in the order of their landing times.
        """
        while True:
            moment = now or datetime.now(UTC)
            first_seen = self.zone.first_seen()
            scan = self.zone.scan(self.known.decided, moment)
            self.waiting = scan.waiting
            later = [arrival.name for group in scan.groups for arrival in group.arrivals]
            self.zone.remember({name: first_seen.get(name, moment) for name in [*self.waiting, *later]})
            taken = False
            for group in scan.groups:
                if delivery := self._admit(group, first_seen, moment):
                    taken = True
                    yield delivery
            if not taken:
                return

    def _admit(self, group: Group, first_seen: dict[str, datetime], now: datetime) -> Delivery | None:
        # A number is never given twice: Bronze may hold rows of a delivery that somebody has removed by hand.
        load_id = max(group.load_id, self.known.load_id + 1, self.zone.last_load_id + 1)
        # Whole seconds: the versions of a key within the delivery are told apart by microseconds.
        load_dts = (group.load_dts or now).replace(microsecond=0)
        if self.known.load_dts and load_dts <= self.known.load_dts:
            # When we got it, not when it should have come.
            load_dts = self.known.load_dts + timedelta(seconds=1)
        looks = self.looks(
            [(arrival.path, None if arrival.given_up else self.feeds.get(arrival.feed)) for arrival in group.arrivals]
        )
        seen = []
        for arrival, found in zip(group.arrivals, looks, strict=True):
            if found is None:
                self.waiting[arrival.name] = "cannot be opened"
            elif self._is_being_written(arrival, found, now):
                self.waiting[arrival.name] = "its checksum does not match the manifest yet, and it changed just now"
            else:
                seen.append((arrival, found))
        self.known.look_up({arrival.name: found.sha256 for arrival, found in seen})
        files: list[File] = []
        for arrival, found in sorted(seen, key=_in_order_of_offsets):
            decided: list[tuple[Decision, str, int, str]] = [
                (self._decide(arrival, found), arrival.name, found.size, found.sha256)
            ]
            if lost := self._lost_before(arrival, found):
                decided.insert(0, (lost, f"{arrival.name}: {lost.span.start} to {lost.span.end}", 0, ""))
            for decision, name, size, checksum in decided:
                file = File(
                    file_id=f"{load_id:06d}-{len(files) + 1:05d}",
                    feed=arrival.feed,
                    name=name,
                    size=size,
                    sha256=checksum,
                    first_seen_at=first_seen.get(arrival.name, now.replace(microsecond=0)),
                    sent_at=arrival.sent_at,
                    decision=decision,
                )
                files.append(file)
                self.known.add(file.feed, file.name, file.sha256, file.sent_at, file.accepted_rows, file.offsets)
        if not files:
            return None
        delivery = Delivery(load_id=load_id, load_dts=load_dts, files=tuple(files))
        self.zone.write(delivery, group.manifest)
        moved = self.zone.move(delivery, {arrival.name: arrival for arrival, _ in seen})
        for file in set(delivery.files) - set(moved.files):
            self.known.forget(file.name)
            self.waiting[file.name] = "it was changed or could not be moved"
        if moved.files:
            self.known.load_id, self.known.load_dts = load_id, load_dts
        return moved if moved.files else None

    def _is_being_written(self, arrival: Arrival, found: Look, now: datetime) -> bool:
        differs = arrival.announced is not None and arrival.announced.sha256 != found.sha256
        return differs and self.zone.is_fresh(arrival.name, found.size, arrival.changed_ns, now)

    def _decide(self, arrival: Arrival, found: Look) -> Decision:
        feed, announced = self.feeds.get(arrival.feed), arrival.announced
        if arrival.given_up:
            return Refused(reason="given_up", detail=arrival.given_up)
        if feed is None:
            return Refused(
                reason="no_feed",
                detail=f"no feed {arrival.feed} is defined under models/: define it (lakevault new-feed), then replay it",
            )
        if announced and (announced.sha256 != found.sha256 or announced.size not in (None, found.size)):
            return Refused(
                reason="checksum", detail="size or checksum does not match the manifest: damaged, or changed since"
            )
        before = self.known.checksum(arrival.name)
        if before == found.sha256:
            return Repeated()
        if before:
            return Refused(reason="changed_content", detail="a file of this name was taken before, with other content")
        if found.content is None:
            return Refused(reason=found.reason, detail=found.detail)
        return self._decide_about_content(arrival, found.sha256, feed, found.content)

    def _lost_before(self, arrival: Arrival, found: Look) -> Lost | None:
        """The offsets between the last range of a partition and this one, if there are any and nobody has settled them."""
        span = found.content.span if found.content else None
        feed = self.feeds.get(arrival.feed)
        if not span or not feed or span.topic != feed.topic or self.known.settled(arrival.name, found.sha256):
            return None
        end = self.known.end(feed.label, span.partition)
        return (
            Lost(span=Span(span.topic, span.partition, end, span.start))
            if end is not None and end < span.start
            else None
        )

    def _decide_about_content(self, arrival: Arrival, sha256: str, feed: Feed, content: Content) -> Decision:
        settled = self.known.settled(arrival.name, sha256)

        def refused(reason: str, detail: str) -> Refused:
            return Refused(reason=reason, detail=detail, content=content)

        twin = self.known.same_content(arrival.feed, sha256)
        if twin and content.rows and feed.delivers == "changes" and not settled:
            return refused("same_content", f"the bytes of {twin}, which was taken before")
        if arrival.announced and arrival.announced.rows not in (None, content.rows):
            return refused("row_count", f"{content.rows} rows, the manifest says {arrival.announced.rows}")
        if span := content.span:
            if span.topic != feed.topic:
                return Refused(
                    reason="other_topic", detail=f"messages of {span.topic}; the feed's topic is {feed.topic}"
                )
            if not settled and self.known.overlaps(feed.label, span.partition, span.start, span.end):
                return refused(
                    "offsets_taken",
                    f"offsets {span.start} to before {span.end} of partition {span.partition}: some were loaded before",
                )
        # Messages without a value have no fields.
        has_columns = content.columns or (not feed.topic and content.rows > content.malformed)
        if has_columns and (problem := _columns_problem(feed, content)):
            return problem
        if feed.delivers == "full_extract":
            if content.malformed:
                return refused(
                    "malformed",
                    f"{content.malformed} of {content.rows} records; a full extract is taken whole or not at all",
                )
            if settled is not ledger.Decision.accepted and (doubt := self._doubt_about_extract(arrival, feed, content)):
                return doubt
        return Accepted(content=content)

    def _doubt_about_extract(self, arrival: Arrival, feed: Feed, content: Content) -> Refused | None:
        """Why a full extract is not believed until somebody accepts it."""

        def refused(reason: str, detail: str, fails: bool = False) -> Refused:
            return Refused(reason=reason, detail=detail, content=content, fails=fails)

        if not content.rows:
            return refused("empty_extract", "a full extract without rows would mean that everything was deleted")
        newest = self.known.newest(arrival.feed)
        if newest and arrival.sent_at < newest:
            return refused(
                "older_extract",
                f"sent {arrival.sent_at:%Y-%m-%d %H:%M:%S}, a full extract of {newest:%Y-%m-%d %H:%M:%S} was taken before",
            )
        before, most = self.known.rows(arrival.feed), feed.contract.max_shrink
        if before and content.rows < (1 - most) * before:
            return refused(
                "shrunken_extract",
                f"{content.rows:,} rows, the extract before had {before:,}; more than {most:.0%} fewer would look like deletes",
                fails=True,
            )
        return None


def _in_order_of_offsets(seen: tuple[Arrival, Look]) -> tuple[int, int]:
    """Ranges of a partition one after the other; all other files stay in their order."""
    span = seen[1].content.span if seen[1].content else None
    return (span.partition, span.start) if span else (0, 0)


def _columns_problem(feed: Feed, content: Content) -> Refused | None:
    missing = [name for name in feed.column_names if name not in content.columns]
    new = [name for name in content.columns if name not in feed.column_names]
    if len(missing) == len(feed.column_names):
        by_letters = {name.strip().lower(): name for name in content.columns}
        alike = [f"{by_letters[name.lower()]!r} for {name}" for name in missing if name.lower() in by_letters]
        detail = "no column of the feed is in the file; the header may be missing, or the separator may differ"
        if alike:
            detail = f"the names are spelled differently: {_some(alike)}; case and blanks count, so define the columns as the file has them"
        return Refused(reason="no_header", detail=detail, content=content)
    if missing and (feed.contract.missing != "rescue" or set(missing) & set(feed.key)):
        text = f"{_some(missing)}{' (new: ' + _some(new) + ')' if new else ''}"
        return Refused(reason="missing_columns", detail=text, content=content, fails=feed.contract.missing == "fail")
    if new and feed.contract.new != "rescue":
        return Refused(reason="new_columns", detail=_some(new), content=content, fails=feed.contract.new == "fail")
    return None


def _some(names: list[str]) -> str:
    return ", ".join(name[:60] for name in names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
