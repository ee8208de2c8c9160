"""A feed in the vault: its hashed stage, hubs, links, satellites and events, each with its .yml, from a few answers."""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlglot
import yaml
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lakevault.develop import scaffold
from lakevault.develop.vault_models import RAW_VAULT, Link, hubs, links, with_source
from lakevault.errors import LakevaultError
from lakevault.feeds import Feed, parse_feeds, read_feeds
from lakevault.files import write

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

    def write(self, answers: Answers) -> tuple[list[Path], list[Path]]:
        """Write the models; gives the new files, and those that were changed.

        Raises LakevaultError, and writes nothing, when an answer does not hold or a file exists already.
        """
        self.check(answers)
        self.check_parent(answers)
        texts = _Texts(self, answers).texts
        for path, text in texts.items():
            if path.suffix == ".yml":
                yaml.safe_load(text)
        new = [path for path in texts if not path.exists()]
        for path in new:
            path.parent.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            write(path, text)
        return new, [path for path in texts if path not in new]

    def attributes(self, answers: Answers) -> list[str]:
        """Columns that are neither keys of hubs nor technical."""
        left_out = {*answers.hubs.values(), *TECHNICAL, CHANGE_TIME}
        return [name for name in self.columns if name not in left_out]

    def _concept_of(self, hash_key: str) -> str:
        return next((hub.concept for hub in self.existing_hubs.values() if hub.hash_key == hash_key), "")


@dataclass(frozen=True)
class _Parent:
    """What a satellite describes: a hub, a link or an event."""

    concept: str
    hash_key: str
    model: str


class _Texts:
    """The files that a feed's part of the vault consists of, rendered."""

    def __init__(self, place: FeedInVault, answers: Answers) -> None:
        self._place, self._answers = place, answers
        self._feed = place.feed
        self._raw_vault = place.project / RAW_VAULT
        self._hash_keys: dict[str, list[str]] = {}
        self._hashdiffs: dict[str, list[str]] = {}
        self._derived: dict[str, str] = {}
        self.texts: dict[Path, str] = {}
        if answers.is_event:
            self._event()
        else:
            self._relationships_and_states()
        for concept, column in answers.hubs.items():
            self._hash_keys[self._hub_key(concept)] = [column]
            self._hub(concept, column)
        self._stage()
        self._marks()

    def _event(self) -> None:
        answers, name = self._answers, self._answers.name
        keys = [self._hub_key(concept) for concept in answers.hubs]
        hash_key = f"{name}_hk"
        self._hash_keys[hash_key] = list(self._place.key)
        columns = [c for c in self._place.attributes(answers) if c not in answers.personal and c != answers.happened_at]
        if CHANGE_TIME in self._place.columns and answers.happened_at != CHANGE_TIME:
            columns.append(CHANGE_TIME)
        self._model(
            f"nh_link_{name}",
            f"One row per {_words(name)}; an event never changes. Source: {self._feed.label}.",
            "automate_dv.nh_link",
            {"src_pk": hash_key, "src_fk": keys, "src_payload": columns, "src_eff": answers.happened_at},
            {"src_pk": hash_key, "src_fk": self._references(answers.hubs), "src_eff": answers.happened_at},
            [self._key_column(hash_key, _words(name), "event_hash_key"), *self._hub_columns(answers.hubs)],
            [*columns, answers.happened_at],
        )
        if answers.personal:
            self._satellite(_Parent(name, hash_key, f"nh_link_{name}"), list(answers.personal), "personal")

    def _relationships_and_states(self) -> None:
        answers = self._answers
        for connected in answers.links:
            self._link(connected)
        if not answers.describes:
            return
        parent = self._parent(answers.describes)
        attributes = self._place.attributes(answers)
        plain = [name for name in attributes if name not in answers.personal]
        if plain:
            self._satellite(parent, plain)
        if answers.personal:
            self._satellite(parent, list(answers.personal), "personal" if plain else "")
        if self._feed.delivers == "full_extract":
            self._record_tracking(parent)
        for connected in answers.links:
            if len(answers.describes) == 1 and answers.describes[0] in connected:
                self._effectivity(connected, answers.describes[0])

    def _link(self, connected: tuple[str, ...]) -> None:
        existing = self._existing_link(connected)
        hash_key = self._link_key(connected)
        columns = [self._answers.hubs[concept] for concept in connected]
        self._hash_keys[hash_key] = columns
        if existing:
            self._same_hash(existing, columns)
            self._use(existing.path)
            return
        self._model(
            f"link_{'_'.join(connected)}",
            f"One row per combination of {_listed([_words(concept) for concept in connected])} that occurs in any source.",
            "automate_dv.link",
            {"src_pk": hash_key, "src_fk": [self._hub_key(concept) for concept in connected]},
            {"src_pk": hash_key, "src_fk": self._references(connected)},
            [
                self._key_column(
                    hash_key, f"Relationship of {_listed([_words(c) for c in connected])}", "link_hash_key"
                ),
                *self._hub_columns(connected),
            ],
        )

    def _satellite(self, parent: _Parent, columns: list[str], suffix: str = "") -> None:
        name, changed = self._topic("sat", parent, suffix), CHANGE_TIME in self._place.columns
        topic = "" if self._answers.name == parent.concept else f"_{self._answers.name}"
        hashdiff = f"{parent.concept}{topic}{'_' + suffix if suffix else ''}_hd"
        time = [CHANGE_TIME] if changed else []
        self._hashdiffs[hashdiff] = columns + time
        about = "personal data" if suffix else "attributes"
        described = (
            f"One row per change of {_article(_words(parent.concept))}'s {about}, as {self._feed.label} sends them."
        )
        if self._answers.personal and set(columns) <= set(self._answers.personal):
            described += " Personal data of this feed is kept in no other vault table."
        self._model(
            name,
            described,
            "automate_dv.sat",
            {"src_pk": parent.hash_key, "src_hashdiff": hashdiff, "src_payload": columns}
            | ({"src_eff": CHANGE_TIME} if changed else {}),
            {"src_pk": f"{{{parent.hash_key}: ref('{parent.model}')}}", "src_hashdiff": hashdiff},
            [
                self._parent_column(parent),
                {"name": hashdiff, "type": "string", "description": "{{ doc('hashdiff') }}"},
            ],
            columns + time,
        )

    def _record_tracking(self, parent: _Parent) -> None:
        self._model(
            self._topic("rts", parent),
            f"One row per {_words(parent.concept)} and full extract of {self._feed.label} that contains it. "
            "What is missing from an extract was deleted at the source.",
            "automate_dv_spark.rts",
            {"src_pk": parent.hash_key},
            {"src_pk": f"{{{parent.hash_key}: ref('{parent.model}')}}"},
            [self._parent_column(parent)],
        )

    def _effectivity(self, connected: tuple[str, ...], driving: str) -> None:
        """Which relationship of the driving concept was in force when: an other one ends it."""
        link, others = self._parent(connected), [concept for concept in connected if concept != driving]
        changed = CHANGE_TIME if CHANGE_TIME in self._place.columns else "load_dts"
        self._derived = {"valid_from": changed, "valid_to": '"{{ end_of_time() }}"'}
        if changed == "load_dts":
            self._derived[CHANGE_TIME] = changed
        secondary = [self._hub_key(concept) for concept in others]
        keys: dict[str, Any] = {
            "src_dfk": self._hub_key(driving), "src_sfk": secondary[0] if len(secondary) == 1 else secondary,
            "src_start_date": "valid_from", "src_end_date": "valid_to",
        }  # fmt: skip
        self._model(
            self._topic("eff_sat", link),
            f"One row per change of the {_listed([_words(concept) for concept in others])} of {_article(_words(driving))}: "
            "a new one ends the one before.",
            "automate_dv.eff_sat",
            {"src_pk": link.hash_key, **keys, "src_eff": CHANGE_TIME},
            {"src_pk": f"{{{link.hash_key}: ref('{link.model}')}}", **keys},
            [
                self._parent_column(link),
                *self._hub_columns([driving, *others]),
                {"name": "valid_from", "type": "timestamp", "description": "When the relationship began."},
                {
                    "name": "valid_to",
                    "type": "timestamp",
                    "description": "End of the relationship; 9999-12-31 while it is open.",
                },
                {"name": CHANGE_TIME, "type": "timestamp", "description": "{{ doc('applied_dts') }}"},
            ],
            auto_end_dating=True,
        )

    def _hub(self, concept: str, column: str) -> None:
        hub, key = self._place.existing_hubs.get(concept), self._hub_key(concept)
        if hub:
            self._use(hub.path)
            return
        words = _words(concept)
        self._model(
            f"hub_{concept}",
            f"One row per {words} that occurs in any source.",
            "automate_dv.hub",
            {"src_pk": key, "src_nk": column},
            {"src_pk": key, "src_nk": column},
            [
                self._key_column(key, words, "hash_key") | {"test": "expect_column_value_lengths_to_equal"},
                self._column(column),
            ],
        )

    def _stage(self) -> None:
        hashed = self._hash_keys.keys() | self._hashdiffs.keys() | self._derived.keys()
        if twice := sorted(hashed & self._place.columns.keys()):
            raise LakevaultError(f"{self._place.stage} has {', '.join(twice)} already: rename the column there.")
        path = self._place.project / "models" / "silver" / "hashed_stage" / f"{self._place.hashed_stage}.sql"
        parts = dict.fromkeys(column for columns in self._hash_keys.values() for column in columns)
        # The key for what is missing is text.
        keys = [name for name in parts if (column := self._place.columns.get(name)) and column.type == "string"]
        self._add(
            path,
            scaffold.render(
                "vault_stage.sql", source_model=self._place.stage, derived=self._derived, hash_keys=self._hash_keys,
                hashdiffs=self._hashdiffs, keys=keys,
            ),
        )  # fmt: skip
        columns = [
            {"name": name, "type": "string", "description": f"Hash key: MD5 of {', '.join(of)}."}
            for name, of in self._hash_keys.items()
        ]
        columns += [
            {"name": name, "type": "string", "description": f"Hash over {', '.join(of)}."}
            for name, of in self._hashdiffs.items()
        ]
        columns += [
            {"name": name, "type": "timestamp", "description": f"{{{{ doc('{name}') }}}}"} for name in self._derived
        ]
        self._add(
            path.with_suffix(".yml"),
            scaffold.render(
                "vault_model.yml", name=path.stem, columns=columns, test="", auto_end_dating=False, statistics=[],
                description=f"One row per row of {self._place.stage} in the deliveries that a vault table has not loaded yet, with its hash "
                "keys. It is empty when everything is loaded, so it has no tests.",
            ),
        )  # fmt: skip

    def _marks(self) -> None:
        """What was called personal and is not marked yet is marked where the feed is defined."""
        missing = set(self._answers.personal) - set(self._place.marked_personal)
        raw = {raw for name in missing for raw in self._place.columns[name].raw}
        if not raw:
            return
        path = self._place.definitions
        text = path.read_text()
        start = text.index(f"identifier: {self._feed.table.split('.')[1]}\n")
        head, table = text[:start], text[start:]
        lines = table.splitlines(keepends=True)
        for name in raw:
            number = next(
                (n for n, line in enumerate(lines) if re.match(rf'\s+- {{name: "?{name}"?,.*}}$', line)), None
            )
            if number is not None:
                line = lines[number].rstrip()
                if "meta: {" in line:
                    line = line.replace("meta: {", "meta: {personal_data: direct, ", 1)
                else:
                    line = f"{line[:-1]}, config: {{meta: {{personal_data: direct}}}}}}"
                lines[number] = f"{line}\n"
        table = "".join(lines)
        marked = tuple(
            column.model_copy(update={"personal_data": "direct"}) if column.name in raw else column
            for column in self._feed.columns
        )
        if parse_feeds(path, head + table)[self._feed.label].columns != marked:
            raise LakevaultError(
                f"mark {', '.join(sorted(raw))} in {path.relative_to(self._place.project)} (config: {{meta: {{personal_data: direct}}}}), "
                "then run this again."
            )
        self.texts[path] = head + table

    def _model(
        self, name: str, description: str, macro: str, arguments: dict[str, Any], tested: dict[str, Any],
        first: list[dict[str, str]], columns: list[str] | None = None, auto_end_dating: bool = False,
    ) -> None:  # fmt: skip
        """A model of the raw vault and its .yml."""
        kind = macro.split(".")[1]
        folder = {"hub": "hubs", "link": "links", "nh_link": "links"}.get(kind, "sats")
        path = self._raw_vault / folder / f"{name}.sql"
        source = {"src_ldts": "load_dts", "src_source": "record_source"}
        tested |= source
        if auto_end_dating:
            tested["is_auto_end_dating"] = "true"
        stage = {"source_model": self._place.hashed_stage}
        self._add(path, scaffold.render("vault_model.sql", macro=macro, arguments=arguments | source | stage))
        landed = {"name": "load_dts", "type": "timestamp", "description": "{{ doc('load_dts') }}"}
        if kind != "hub":
            landed["test"] = "expect_column_values_to_be_of_type"
        described = [*first, *(self._column(column) for column in columns or []), landed, self._column("record_source")]
        self._add(
            path.with_suffix(".yml"),
            scaffold.render(
                "vault_model.yml", name=name, description=description, test=f"{kind}_is_sound", columns=described,
                tested={argument: f"[{', '.join(value)}]" if isinstance(value, list) else value for argument, value in tested.items()},
                auto_end_dating=auto_end_dating, statistics=self._statistics(described),
            ),
        )  # fmt: skip

    def _statistics(self, columns: list[dict[str, str]]) -> list[str]:
        """Of a table with personal data, the columns that may have statistics in Delta's log; none when it has no such data."""
        personal = self._place.may_tell_who | set(self._answers.personal)
        made_of = self._hash_keys | self._hashdiffs
        held = {column["name"] for column in columns if personal & {column["name"], *made_of.get(column["name"], ())}}
        counted = [column for column in columns if column["name"] not in held and column["type"] != "boolean"]
        return [column["name"] for column in counted] if held else []

    def _add(self, path: Path, text: str) -> None:
        if path.exists():
            raise LakevaultError(
                f"{path.relative_to(self._place.project)} exists already: choose another name for what this feed adds (--name), "
                "or move the file away. Nothing was written."
            )
        self.texts[path] = text

    def _use(self, path: Path) -> None:
        """Add the stage to the sources of a hub or a link that is there."""
        text = path.read_text()
        if beyond := re.search(r'src_extra_columns=\[?"([^\]]*)"\]?', text):
            wanted = re.findall(r"\w+", beyond[1])
            if missing := [name for name in wanted if name not in self._place.columns]:
                raise LakevaultError(
                    f"{path.stem} has the column {', '.join(missing)}, which {self._place.stage} lacks: add it there, null if the "
                    "source does not send it."
                )
        self.texts[path] = with_source(path, text, self._place.hashed_stage)

    def _same_hash(self, link: Link, columns: list[str]) -> None:
        """The hash key of a link must be made of the same columns in every stage."""
        for path in sorted((self._place.project / "models" / "silver" / "hashed_stage").glob("*.sql")):
            of = re.search(rf"^\s+{link.hash_key}: \[(.*)\]$", path.read_text(), re.MULTILINE)
            if of and of[1].split(", ") != columns:
                raise LakevaultError(
                    f"{link.hash_key} is made of {of[1]} in {path.name}, and this feed has only {', '.join(columns)}: leave the link out."
                )

    def _existing_link(self, connected: tuple[str, ...]) -> Link | None:
        keys = {self._hub_key(concept) for concept in connected}
        return next((link for link in self._place.existing_links.values() if set(link.foreign_keys) == keys), None)

    def _hub_key(self, concept: str) -> str:
        hub = self._place.existing_hubs.get(concept)
        return hub.hash_key if hub else f"{concept}_hk"

    def _link_key(self, connected: tuple[str, ...]) -> str:
        existing = self._existing_link(connected)
        return existing.hash_key if existing else f"{'_'.join(connected)}_hk"

    def _parent(self, concepts: tuple[str, ...]) -> _Parent:
        if len(concepts) == 1:
            return _Parent(concepts[0], self._hub_key(concepts[0]), f"hub_{concepts[0]}")
        existing = self._existing_link(concepts)
        model = existing.name if existing else f"link_{'_'.join(concepts)}"
        return _Parent(model.removeprefix("link_"), self._link_key(concepts), model)

    def _topic(self, kind: str, parent: _Parent, suffix: str = "") -> str:
        """The name of a satellite: what it describes, whose words these are, and about what."""
        topic = "" if self._answers.name in {parent.concept, *self._answers.describes} else self._answers.name
        return f"{kind}_{parent.concept}__" + "_".join(part for part in (self._feed.source, topic, suffix) if part)

    def _column(self, name: str) -> dict[str, str]:
        column = self._place.columns[name]
        return {"name": name, "type": column.type, "description": column.description}

    def _key_column(self, name: str, words: str, doc: str) -> dict[str, str]:
        return {
            "name": name,
            "type": "string",
            "description": f"{words[:1].upper()}{words[1:]}: {{{{ doc('{doc}') }}}}",
        }

    def _hub_columns(self, concepts: Any) -> list[dict[str, str]]:
        return [self._key_column(self._hub_key(concept), _words(concept), "hash_key") for concept in concepts]

    def _parent_column(self, parent: _Parent) -> dict[str, str]:
        doc = {"hub": "hash_key", "link": "link_hash_key", "nh": "event_hash_key"}[parent.model.split("_")[0]]
        return self._key_column(parent.hash_key, _words(parent.concept), doc)

    def _references(self, concepts: Any) -> str:
        return "{" + ", ".join(f"{self._hub_key(concept)}: ref('hub_{concept}')" for concept in concepts) + "}"


# The answers in the order in which they are asked for, each after those that it follows from.
QUESTIONS = {
    "event": "Is a row an event, which never changes? (yes or no)",
    "at": "Which column is the time of the event?",
    "hubs": "Which columns are business keys of which hubs? (hub=column, separated by commas)",
    "links": "Which hubs does a row connect? (hub+hub, separated by commas; none)",
    "describes": "What do the other columns describe? (a hub, or a link as hub+hub; none)",
    "personal": "Which columns hold personal data? (separated by commas; none)",
    "name": "What are the satellites or the event called after?",
}
ONLY_EVENTS, NO_EVENTS = {"at"}, {"links", "describes"}


def as_text(answers: Answers) -> dict[str, str]:
    """The answers as people write them."""
    texts = {
        "event": "yes" if answers.is_event else "no",
        "at": answers.happened_at,
        "hubs": ",".join(f"{concept}={column}" for concept, column in answers.hubs.items()),
        "links": ",".join("+".join(connected) for connected in answers.links),
        "describes": "+".join(answers.describes),
        "personal": ",".join(answers.personal),
        "name": answers.name,
    }
    return {word: text or "none" for word, text in texts.items() if word not in _other_kind(answers)}


def answered(place: FeedInVault, answers: Answers, word: str, text: str) -> Answers:
    """The answers after one more; what follows from it is proposed anew. Raises LakevaultError when it does not hold."""
    if word in _other_kind(answers):
        what = (
            "an event has no" if answers.is_event else "only an event has a time; this feed is said to have no events:"
        )
        raise LakevaultError(f"--{word} {text}: {what} {word}.")
    texts = [] if text.strip() == "none" else [part.strip() for part in text.split(",") if part.strip()]
    match word:
        case "event":
            if text not in {"yes", "no"}:
                raise LakevaultError(f"--event {text}: it is yes or no.")
            if answers.is_event != (text == "yes"):
                known = {c: column for c, column in answers.hubs.items() if c in place.existing_hubs}
                answers = place.complete(text == "yes", place.own_hubs(text == "yes") | known)
        case "hubs":
            if wrong := [part for part in texts if part.count("=") != 1]:
                raise LakevaultError(f"--hubs {', '.join(wrong)}: write hub=column, for example customer=customer_bk.")
            hubs_said = dict(part.split("=") for part in texts)
            if hubs_said != answers.hubs:
                answers = place.complete(answers.is_event, hubs_said)
        case "links":
            answers = replace(answers, links=tuple(place.in_order(tuple(part.split("+"))) for part in texts))
        case "describes":
            answers = replace(answers, describes=place.in_order(tuple("+".join(texts).split("+"))) if texts else ())
            place.check_parent(answers)
        case "personal":
            answers = replace(answers, personal=tuple(texts))
        case "at":
            answers = replace(answers, happened_at=text)
        case _:
            if not CONCEPT.fullmatch(text):
                raise LakevaultError(f"--name {text}: lower-case letters, digits and _.")
            answers = replace(answers, name=text)
    place.check(answers)
    return answers


def _other_kind(answers: Answers) -> set[str]:
    """Questions that do not arise."""
    return NO_EVENTS if answers.is_event else ONLY_EVENTS


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


def _words(name: str) -> str:
    return name.replace("_", " ")


def _article(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _listed(words: list[str]) -> str:
    return ", ".join(words[:-1]) + f" and {words[-1]}" if len(words) > 1 else words[0]
