"""Deliveries: what a sender announces, and what admission decides about each file."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator

from lakevault.ingest.formats import Content, Span

Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$", max_length=60)]


def _below(path: str) -> str:
    """A path inside the delivery's folder, neither absolute nor with `..`; normalised, so that a file has one name."""
    parts = Path(path).parts
    plain = Path(path).as_posix()
    if not parts or Path(path).is_absolute() or ".." in parts or plain == "manifest.json" or len(path.encode()) > 500:
        raise ValueError("must be inside the delivery's folder")
    return plain


def _utc(moment: datetime) -> datetime:
    """A time without an offset is UTC."""
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is outside the calendar") from error


Moment = Annotated[datetime, AfterValidator(_utc)]


class ManifestEntry(BaseModel):
    """A file as the sender announces it. Without `size` a file that is still being written is told by its age alone."""

    source: Word
    feed: Word
    path: Annotated[str, AfterValidator(_below)]
    sha256: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True)]
    rows: int | None = None
    size: int | None = None

    @property
    def label(self) -> str:
        """Source and feed, for example pos.sale_line."""
        return f"{self.source}.{self.feed}"


class Manifest(BaseModel):
    """The list of a delivery's files; load id and landing time when the sender gives them."""

    files: list[ManifestEntry]
    load_id: int | None = Field(default=None, ge=1, le=10**9)
    load_dts: Moment | None = None

    @field_validator("files")
    @classmethod
    def _once(cls, files: list[ManifestEntry]) -> list[ManifestEntry]:
        if len({entry.path for entry in files}) < len(files):
            raise ValueError("a file is announced twice")
        return files

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """A manifest file, with or without a byte-order mark. Raises ValidationError, UnicodeDecodeError or OSError."""
        return cls.model_validate_json(path.read_bytes().decode("utf-8-sig"))


class Part(BaseModel):
    """A part of what was decided; it never changes."""

    model_config = ConfigDict(frozen=True)


class Accepted(Part):
    """The file's records go to Bronze, and those that Bronze cannot take to the quarantine of records."""

    status: Literal["accepted"] = "accepted"
    content: Content


class Refused(Part):
    """The file goes to quarantine as it is. `fails`: its contract says that somebody has to act."""

    status: Literal["quarantined"] = "quarantined"
    reason: str
    # Without data of the file.
    detail: str
    content: Content | None = None
    fails: bool = False


class Lost(Part):
    """Not a file: messages of a topic that never came, though later ones did. Somebody has to act."""

    status: Literal["lost"] = "lost"
    span: Span
    content: None = None


class Repeated(Part):
    """The same file was taken before: nothing lands, and the second copy is removed."""

    status: Literal["repeated"] = "repeated"
    content: None = None


Decision = Annotated[Accepted | Refused | Lost | Repeated, Field(discriminator="status")]


class File(Part):
    """A file of a delivery, and what was decided about it."""

    file_id: str
    feed: str
    # As delivered: relative to landing/incoming.
    name: str
    size: int
    sha256: str
    first_seen_at: Moment
    sent_at: Moment
    decision: Decision

    @property
    def reason(self) -> str | None:
        """Why it was not taken, for the ledger: a word that docs/quarantine.md explains, and a sentence."""
        match self.decision:
            case Refused(reason=reason, detail=detail):
                return f"{reason}: {detail}"
            case Repeated():
                return "repeated: taken before, with the same name and bytes"
            case Lost(span=span):
                return (
                    f"lost: {span.end - span.start:,} offsets of partition {span.partition} of {span.topic}, from {span.start} "
                    f"to before {span.end}, were never received"
                )
        return None

    @property
    def offsets(self) -> tuple[int, int, int] | None:
        """Of a range of messages: partition, first offset, and the one behind the last; none for a file of another kind."""
        content = self.decision.content
        span = self.decision.span if isinstance(self.decision, Lost) else content.span if content else None
        return (span.partition, span.start, span.end) if span else None

    @property
    def fails(self) -> bool:
        """Whether somebody has to act."""
        return isinstance(self.decision, Lost) or (isinstance(self.decision, Refused) and self.decision.fails)

    @property
    def accepted_rows(self) -> int | None:
        """Its records when it was accepted, otherwise none."""
        return self.decision.content.rows if isinstance(self.decision, Accepted) else None

    @property
    def stored_name(self) -> str:
        """Name in accepted/ or quarantine/: unique, and without letters that mean something to a file system."""
        return f"{self.file_id}-{re.sub(r'[^A-Za-z0-9.-]', '-', Path(self.name).name)[-120:]}"


class Delivery(Part):
    """One delivery: a strictly increasing load id, the time of landing, its files."""

    load_id: int
    load_dts: Moment
    files: tuple[File, ...]

    @property
    def folder(self) -> str:
        """Name of the delivery's folder in accepted/ and quarantine/."""
        return f"{self.load_id:06d}"

    @property
    def accepted(self) -> list[File]:
        """The files that go to Bronze."""
        return [file for file in self.files if isinstance(file.decision, Accepted)]

    def with_file(self, changed: File) -> "Delivery":
        """The same with another decision about one of its files."""
        files = tuple(changed if file.file_id == changed.file_id else file for file in self.files)
        return self.model_copy(update={"files": files})
