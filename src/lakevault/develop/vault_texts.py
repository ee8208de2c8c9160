"""The models that bring a feed into the vault, and their .yml, as texts by path."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lakevault.develop import scaffold
from lakevault.develop.vault_feed import CHANGE_TIME, Answers, FeedInVault
from lakevault.develop.vault_models import RAW_VAULT, Link, with_source
from lakevault.errors import LakevaultError
from lakevault.feeds import parse_feeds


@dataclass(frozen=True)
class _Parent:
    """What a satellite describes: a hub, a link or an event."""

    concept: str
    hash_key: str
    model: str


class VaultTexts:
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
                {
                    "name": "valid_from",
                    "type": "timestamp",
                    "description": "When the relationship began, UTC, inclusive.",
                },
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


def _words(name: str) -> str:
    return name.replace("_", " ")


def _article(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _listed(words: list[str]) -> str:
    return ", ".join(words[:-1]) + f" and {words[-1]}" if len(words) > 1 else words[0]
