"""A feed and the vault as it is: what the vault could make of the feed, and whether an answer about that holds."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import sqlglot
import yaml
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lakevault.develop.vault_models import hubs, links
from lakevault.errors import LakevaultError
from lakevault.feeds import Feed, read_feeds

# What every staged model has beside the columns of its feed.
TECHNICAL = ("load_id", "load_dts", "record_source")
CHANGE_TIME = "applied_dts"
CONCEPT = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class StagedColumn:
    """A column of the staged model; `raw`: the columns of the feed that it is made of."""

    name: str
    type: str
    description: str
    raw: frozenset[str]


@dataclass(frozen=True)
class Answers:
    """What the vault makes of a feed.

    is_event: a row is an event and never changes. happened_at: the time of an event. hubs: the business key of each concept.
    links: the concepts that each link connects. describes: the concepts that the other columns describe; several are a link.
    personal: columns that get a satellite of their own. name: names events and satellites.
    """

    is_event: bool
    happened_at: str
    hubs: dict[str, str]
    links: tuple[tuple[str, ...], ...]
    describes: tuple[str, ...]
    personal: tuple[str, ...]
    name: str


class FeedInVault:
    """A feed, its staged model, and the vault as it is now.

    Raises LakevaultError when there is no such feed, or its staged model is missing or cannot be read.
    """

    def __init__(self, project: Path, label: str) -> None:
        feeds = read_feeds(project / "models")
        if label not in feeds:
            raise LakevaultError(
                f"there is no feed {label}; there are {', '.join(feeds)}. `lakevault new-feed` adds one."
            )
        self.project, self.feed = project, feeds[label]
        self.stage = f"stg_{self.feed.source}__{self.feed.name}"
        self.hashed_stage = f"h{self.stage}"
        self.columns = _staged_columns(project, self.feed, self.stage)
        self.existing_hubs, self.existing_links = hubs(project), links(project)

    @property
    def definitions(self) -> Path:
        """The file that defines the feed."""
        return self.project / "models" / "staging" / self.feed.source / f"_{self.feed.source}__sources.yml"

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The staged columns of the feed's key."""
        return tuple(
            name
            for raw in self.feed.key
            for name, column in self.columns.items()
            if raw in column.raw and name != "load_dts"
        )

    @cached_property
    def times(self) -> list[str]:
        """Staged columns that hold a day or a time, those of the vault itself left out."""
        return [n for n, c in self.columns.items() if c.type in {"date", "timestamp"} and n not in TECHNICAL]

    @cached_property
    def marked_personal(self) -> tuple[str, ...]:
        """Staged columns that are made of what the definition marks as direct personal data."""
        marked = {column.name for column in self.feed.columns if column.personal_data == "direct"}
        return tuple(name for name, column in self.columns.items() if column.raw & marked and name not in TECHNICAL)

    @cached_property
    def may_tell_who(self) -> set[str]:
        """Staged columns that are made of what the definition marks as personal data, direct or not."""
        marked = {column.name for column in self.feed.columns if column.personal_data}
        return {name for name, column in self.columns.items() if column.raw & marked}

    def propose(self) -> Answers:
        """Answers by the names and keys of the feed, and by the vault as it is."""
        known = {hub.business_key: hub.concept for hub in self.existing_hubs.values()}
        concepts = {known[name]: name for name in self.columns if name in known}
        # A change has a time of its own; so has an event, but what it is about exists already.
        is_event = (
            self.feed.delivers == "changes" and CHANGE_TIME not in self.columns and bool(self.times) and bool(concepts)
        )
        return self.complete(is_event, self.own_hubs(is_event) | concepts)

    def own_hubs(self, is_event: bool) -> dict[str, str]:
        """New hubs, of the keys of the feed that no hub has: what a row is about."""
        known = {hub.business_key for hub in self.existing_hubs.values()}
        if is_event:
            return {}
        return {name.removesuffix("_bk"): name for name in self.key if name.endswith("_bk") and name not in known}

    def complete(self, is_event: bool, concepts: dict[str, str]) -> Answers:
        """The answers that follow from what a row is and which business keys it has."""
        if wrong := [column for column in concepts.values() if column not in self.columns]:
            raise LakevaultError(f"{self.stage} has no column {', '.join(wrong)}; it has {', '.join(self.columns)}.")
        connected = self.in_order(tuple(concepts))
        own = self.in_order(tuple(concept for concept in connected if concepts[concept] in self.key))
        pairs = (connected,) if len(own) < 2 or own == connected else (own, connected)
        event_time = self.feed.event_time.column if self.feed.event_time else ""
        happened = [name for name in self.times if event_time in self.columns[name].raw] or self.times
        return Answers(
            is_event=is_event,
            happened_at=happened[0] if is_event and happened else "",
            hubs=concepts,
            links=() if is_event or len(connected) < 2 else pairs,
            describes=() if is_event else own,
            personal=tuple(name for name in self.marked_personal if name not in concepts.values()),
            name=self.feed.name,
        )

    def in_order(self, connected: tuple[str, ...]) -> tuple[str, ...]:
        """Concepts in the order of the link that connects them already, else by name: the hash of a link depends on it."""
        for link in self.existing_links.values():
            theirs = tuple(self._concept_of(key) for key in link.foreign_keys)
            if set(theirs) == set(connected):
                return theirs
        return tuple(sorted(connected))

    def check(self, answers: Answers) -> None:
        """Raise LakevaultError for the first answer that does not hold."""
        if not answers.hubs:
            raise LakevaultError(
                f"{self.stage} has no business key: name one as hub=column; its columns are {', '.join(self.columns)}."
            )
        for concept, column in answers.hubs.items():
            hub = self.existing_hubs.get(concept)
            if not CONCEPT.fullmatch(concept):
                raise LakevaultError(f"{concept} cannot name a hub: lower-case letters, digits and _.")
            if hub and hub.business_key != column:
                raise LakevaultError(
                    f"the business key of {hub.path.stem} is {hub.business_key}: give column {column} of {self.stage} that name."
                )
            if self.columns[column].type != "string":
                raise LakevaultError(
                    f"{column} is {self.columns[column].type}; a business key is a string, or hashes would depend on how it is written."
                )
        for connected in answers.links:
            if len(connected) < 2 or set(connected) - set(answers.hubs):
                raise LakevaultError(
                    f"link {'+'.join(connected)}: a link connects two or more of {', '.join(answers.hubs)}."
                )
        attributes = self.attributes(answers)
        if unknown := [name for name in answers.personal if name not in attributes]:
            raise LakevaultError(
                f"{', '.join(unknown)}: no columns of {self.stage} beside its keys; these are {', '.join(attributes)}."
            )
        if unmarked := set(self.marked_personal) - {*answers.personal, *answers.hubs.values()}:
            raise LakevaultError(
                f"{self.definitions.relative_to(self.project)} marks {', '.join(sorted(unmarked))} as personal data: "
                "name it too, or take personal_data out of the definition first."
            )
        if answers.is_event:
            if answers.name in answers.hubs:
                raise LakevaultError(f"{answers.name} is a hub; choose another name for the event (--name).")
            if answers.happened_at not in self.times:
                raise LakevaultError(
                    f"an event has a time: one of {', '.join(self.times) or 'no column of ' + self.stage}."
                )
        elif answers.describes and answers.describes not in [*((c,) for c in answers.hubs), *answers.links]:
            raise LakevaultError(
                f"{'+'.join(answers.describes)} is neither a hub nor a link of this feed: hubs are {', '.join(answers.hubs)}, "
                f"links are {', '.join('+'.join(link) for link in answers.links) or 'none'}."
            )

    def check_parent(self, answers: Answers) -> None:
        """Raise LakevaultError when columns are left that describe nothing."""
        if not answers.is_event and not answers.describes and self.attributes(answers):
            raise LakevaultError(
                f"say what {', '.join(self.attributes(answers))} describe: one of {', '.join(answers.hubs)}, or a link a+b."
            )

    def attributes(self, answers: Answers) -> list[str]:
        """Columns that are neither keys of hubs nor technical."""
        left_out = {*answers.hubs.values(), *TECHNICAL, CHANGE_TIME}
        return [name for name in self.columns if name not in left_out]

    def _concept_of(self, hash_key: str) -> str:
        return next((hub.concept for hub in self.existing_hubs.values() if hub.hash_key == hash_key), "")


def _staged_columns(project: Path, feed: Feed, stage: str) -> dict[str, StagedColumn]:
    """The columns of a staged model, by its SQL and its .yml."""
    sql = project / "models" / "staging" / feed.source / f"{stage}.sql"
    described = sql.with_suffix(".yml")
    if not sql.is_file() or not described.is_file():
        raise LakevaultError(
            f"{sql.relative_to(project)} or its .yml is missing: stage the feed first; `lakevault new-feed` does it."
        )
    [model] = yaml.safe_load(described.read_text())["models"]
    about = {column["name"]: column for column in model.get("columns", [])}
    made_of = _made_of(sql, feed)
    if missing := [name for name in [*made_of, *TECHNICAL] if name not in about or name not in made_of]:
        raise LakevaultError(
            f"{stage}: its SQL and its .yml must both have the columns {', '.join(missing)}; load_id, load_dts and record_source included."
        )
    return {
        name: StagedColumn(name, about[name].get("data_type", "string"), about[name].get("description", ""), raw)
        for name, raw in made_of.items()
    }


def _made_of(path: Path, feed: Feed) -> dict[str, frozenset[str]]:
    """The columns of a model's last select, and the raw columns that each is made of."""

    def plain(block: re.Match[str]) -> str:
        # A macro may use any of the columns that it names.
        names = [name for name in re.findall(r"\w+", block[0]) if name in feed.column_names]
        return "source_table" if "source(" in block[0] else f"macro({', '.join(names)})"

    text = re.sub(r"{{.*?}}", plain, path.read_text(), flags=re.DOTALL)
    try:
        tree = sqlglot.parse_one(text, dialect="databricks")
        last = next(cte.this for cte in tree.find_all(exp.CTE) if cte.alias == "final")
    except (SqlglotError, StopIteration) as error:
        raise LakevaultError(
            f"{path.name} cannot be read: its columns must be in a last CTE `final` as in the other staged models."
        ) from error
    return {
        column.alias_or_name: frozenset(each.name for each in column.find_all(exp.Column)) & {*feed.column_names}
        for column in last.selects
    }
