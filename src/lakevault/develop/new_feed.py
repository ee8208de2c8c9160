"""A feed from a sample file: its definition in the dbt source file, and a first stg_ model."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from lakevault.develop import scaffold
from lakevault.develop.sample_types import DATE, Habits, typed
from lakevault.develop.vault_models import business_keys, described_once
from lakevault.errors import LakevaultError
from lakevault.feeds import (
    AUDIT_COLUMNS,
    Column,
    Delivers,
    Feed,
    Format,
    Options,
    parse_feeds,
    read_feeds,
)
from lakevault.ingest.formats import UnreadableError, encoding_of, inspect, opened, read, recorded_span

FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
}
SEPARATORS = ",;\t|"
SAMPLED_ROWS = 10_000
# Tried in this order when a sample is not UTF-8. The last one takes anything.
ENCODINGS = ("cp1252", "iso-8859-1")
# The first column of changes that is called like this and holds times says when they became true.
CHANGE_TIME = re.compile(r"chang|updat|modif|valid_from|effective|applied", re.IGNORECASE)
PERSONAL = re.compile(
    r"(^|_)(first|last|middle|given|family|full|sur|maiden|contact|customer|employee|manager|person)_?name$|e_?mail|phone|(^|_)(mobile|fax|street|iban|passport|ssn)"
    r"|address|birth|^(vor|nach)name|strasse|telefon|geburt",
    re.IGNORECASE,
)
DESCRIPTIONS = {
    "message_partition": "Partition of the topic.",
    "message_time": "The broker's time of the message.",
    "message_key": "Key of the message as received.",
    "message_headers": "Headers of the message, as JSON.",
    "message_value": "The message as received; null says that its key was deleted.",
    "change_op": "What happened to the row: c created, u updated, d deleted, r read by a snapshot; t: the table was truncated.",
    "change_lsn": "Place of the change in the database's log.",
    "change_transaction": "Transaction; of a snapshot, the one that read it.",
    "change_order": "Position of the change in its transaction; null for a snapshot.",
    "change_snapshot": "Of a row that a snapshot read, whether it is the last one of the table; else null.",
    "change_old_key": "Of a row whose key was changed, the key that it had, as JSON.",
    "change_at": "When the transaction was committed, UTC.",
    "rescued_data": "Values that have no column or do not fit its type, as JSON.",
    "load_id": "Number of the delivery.",
    "load_dts": "Landing time of the delivery.",
    "file_name": "File that the row came from, as delivered.",
    "record_hash": "Hash over the raw columns and the rescued data.",
    "record_number": "Number of the record in its file, from 1, without the header.",
}


@dataclass(frozen=True)
class Asked:
    """What a sample leaves open, as far as somebody has said it.

    personal: columns that hold personal data, none when the names are to decide; changed_at: the column that says when a row
    became true; habits: how dates and numbers are written.
    """

    personal: tuple[str, ...] | None = None
    changed_at: str | None = None
    habits: Habits = field(default_factory=Habits)


@dataclass(frozen=True)
class Staged:
    """A column of the staged model."""

    name: str
    expression: str
    type: str
    description: str
    never_null: bool


def new_feed(
    project: Path, sample: Path, source: str, name: str, key: list[str], delivers: Delivers, asked: Asked
) -> tuple[list[Path], list[str]]:
    """Write the definition of a feed and its first stg_ model.

    Gives the files that were written or added to, and what somebody should know of the sample. Raises LakevaultError, and
    writes nothing, when the sample cannot be read, the feed exists, a column's name cannot be a column of Bronze, or nothing
    tells how its dates or numbers are to be read.
    """
    feeds = read_feeds(project / "models")
    if f"{source}.{name}" in feeds:
        raise LakevaultError(f"{source}.{name} exists already: its definition is in models/staging/{source}/.")
    if not re.fullmatch(r"[a-z][a-z0-9]*", source) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise LakevaultError(
            f"{source}.{name}: the source may hold only lower-case letters and digits, the name also _."
        )
    known = business_keys(project)
    feed, empty, notes = _described(sample, source, name, key, delivers, asked, known)
    folder = project / "models" / "staging" / source
    definitions, model = folder / f"_{source}__sources.yml", folder / f"stg_{source}__{name}.sql"
    options = feed.options.model_dump(exclude_defaults=True)
    changed_at = _changed_at(feed, asked)
    names = _staged_names(feed, known, changed_at)
    notes += _notes_on(feed, names, empty, changed_at)
    # Business keys that are not the row's own: without one, a hub or a link leaves the row out.
    needed = {each for each in feed.key} | {
        raw for raw, name in names.items() if name.endswith("_bk") and not empty[raw]
    }
    described = described_once(project)
    columns = [
        Staged(
            names[column.name],
            _expression(column, names[column.name]),
            "timestamp" if column.name == changed_at else column.type.replace(" ", ""),
            _description(column.name, names[column.name], described),
            column.name in needed or column.name == changed_at,
        )
        for column in feed.columns
    ]
    own = [raw for raw in feed.key if raw != changed_at]
    order = None
    if feed.envelope == "debezium":
        order = "change_lsn, change_order"
    elif changed_at and own and delivers == "changes":
        order = _order(feed, changed_at)
    words = {
        "feed": feed,
        "options": yaml.safe_dump(options, default_flow_style=True, width=1000).strip() if options else "",
        "audit": AUDIT_COLUMNS,
        "descriptions": DESCRIPTIONS,
        "is_personal": any(column.personal_data == "direct" for column in feed.columns),
        "model": model.stem,
        "columns": columns,
        "versioned_by": (", ".join(own), order) if order else None,
        "unique": [*(names[raw] for raw in (own or feed.key)), "load_dts" if order else "load_id"],
    }
    before = definitions.read_text() if definitions.is_file() else scaffold.render("feed_source.yml", **words)
    table = scaffold.render("feed_table.yml", **words, anchors="&rescued_data" in before)
    texts = {
        definitions: before.rstrip("\n") + "\n" + table,
        model: scaffold.render("feed_model.sql", **words),
        model.with_suffix(".yml"): scaffold.render("feed_model.yml", **words),
    }
    if model.exists():
        raise LakevaultError(
            f"{model.relative_to(project)} exists already: give the feed another name, or move the model away."
        )
    try:
        written = parse_feeds(definitions, texts[definitions])[feed.label]
    except (LakevaultError, KeyError) as error:
        raise LakevaultError(
            f"the feed cannot be appended to {definitions}: the file must end with the tables of its last source."
        ) from error
    staged = [column.name for column in columns]
    if twice := sorted({name for name in staged if staged.count(name) > 1}):
        raise LakevaultError(
            f"{sample}: a key is named <name>_bk in the model, and so {', '.join(twice)} would occur twice."
        )
    if written.columns != feed.columns or written.options != feed.options or written.key != feed.key:
        raise LakevaultError(f"{sample}: its columns cannot be written down in {definitions}; define the feed by hand.")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text)
    return list(texts), notes


def _described(
    sample: Path, source: str, name: str, key: list[str], delivers: Delivers, asked: Asked, known: dict[str, str]
) -> tuple[Feed, dict[str, int], list[str]]:
    """The feed, how often each column is empty in the sample, and notes on the sample."""
    described: dict[str, Any] = {"source": source, "name": name, "table": ""}
    notes = []
    try:
        described["format"] = kind = _format(sample)
        described["options"] = options = _options(sample, kind)
        if recorded := recorded_span(sample):
            described |= {"from": "kafka", "topic": recorded.topic}
        bare = Feed(**described, columns=(Column(name="any"),), key=("any",))
        content = inspect(sample, bare)
        if recorded and content.rows:
            # A topic whose messages can all be read as changes of a table is a change feed.
            changes = bare.model_copy(update={"envelope": "debezium"})
            if (of_changes := inspect(sample, changes)).malformed == content.malformed and of_changes.columns:
                described["envelope"], bare, content = "debezium", changes, of_changes
    except ValidationError as error:
        raise LakevaultError(f"{source}.{name}: source and name may hold only letters, digits and _.") from error
    except UnreadableError as error:
        raise LakevaultError(
            f"{sample} cannot be read completely ({error.detail}): use another file as the sample."
        ) from error
    if options.encoding != "utf-8":
        notes.append(
            f"the sample is not UTF-8; {options.encoding} fits and is now in the definition. Check that all letters are right, "
            "and ask the sender if you cannot tell"
        )
    if content.malformed == content.rows > 0:
        raise LakevaultError(
            f"{sample}: none of its {content.rows:,} records is complete {kind}: use another file as the sample."
        )
    if content.malformed:
        notes.append(
            f"{content.malformed:,} of {content.rows:,} records of the sample are malformed; the ingestion would put them into quarantine"
        )
    named = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
    taken = {*AUDIT_COLUMNS, *bare.message_columns, "record_source"}
    odd = [name for name in content.columns if not named.fullmatch(name) or name.lower() in taken]
    repeated = sorted({name.split("#")[0] for name in odd if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*#\d+", name)})
    if repeated:
        raise LakevaultError(
            f"{sample}: the header has {', '.join(repeated)} more than once; each column needs its own name."
        )
    if odd or not content.columns:
        raise LakevaultError(
            f"{sample}: {', '.join(map(repr, odd[:5])) or 'no column'} cannot be a column of Bronze. A name holds only letters, "
            f"digits and _, and is none of {', '.join(sorted(taken))}; ask the sender for a header with such names."
        )
    personal = asked.personal if asked.personal is not None else _seem_personal(content.columns)
    if unknown := {*key, *personal, *([asked.changed_at] if asked.changed_at else [])} - set(content.columns):
        raise LakevaultError(
            f"{sample} has no column {', '.join(sorted(unknown))}; it has {', '.join(content.columns)}."
        )
    values, rows = _values(sample, bare, content.columns)
    # A business key is text: hashes and joins must not depend on how a number is written. A time may be part of a key.
    texts = {column for column in content.columns if column.lower() in known and column not in key}
    texts |= {column for column in key if not all(DATE.fullmatch(value) for value in values[column])}
    types, said = typed({column: [] if column in texts else values[column] for column in content.columns}, asked.habits)
    columns = tuple(
        types[column].model_copy(update={"personal_data": "direct"} if column in personal else {})
        for column in content.columns
    )
    if asked.personal is None and personal:
        notes.append(f"marked as personal data by their names: {', '.join(personal)}")
    try:
        feed = Feed(**described, columns=columns, key=tuple(key), delivers=delivers, record_source=f"{source}.{name}")
    except ValidationError as error:
        raise LakevaultError(f"{source}.{name}: {error.errors()[0]['msg']}.") from error
    return feed, {column: rows - len(values[column]) for column in content.columns}, notes + said


def _seem_personal(columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(column for column in columns if PERSONAL.search(column))


def _changed_at(feed: Feed, asked: Asked) -> str | None:
    """The column that says when a row became true: as asked, else the only time whose name says so."""
    times = [column.name for column in feed.columns if column.type in {"date", "timestamp"}]
    if asked.changed_at:
        if asked.changed_at not in times:
            raise LakevaultError(
                f"{asked.changed_at} cannot say when a row became true: it holds no times that could be read."
            )
        return asked.changed_at
    likely = [name for name in times if CHANGE_TIME.search(name)]
    return likely[0] if len(likely) == 1 else None


def _staged_names(feed: Feed, known: dict[str, str], changed_at: str | None) -> dict[str, str]:
    """The name of each column in the model: a business key ends with _bk and is called as in its hub."""
    names: dict[str, str] = {}
    for column in feed.columns:
        name = column.name
        if name == changed_at:
            name = "applied_dts"
        elif column.type == "string" and name.lower() in known and known[name.lower()] not in names.values():
            name = known[name.lower()]
        elif column.type == "string" and name in feed.key:
            name = re.sub(r"(_id|_no|_nr|_number|_code|_key|_bk)?$", "_bk", name, count=1)
        names[column.name] = name
    return names


def _notes_on(feed: Feed, names: dict[str, str], empty: dict[str, int], changed_at: str | None) -> list[str]:
    notes = [
        f"{raw} is taken for the business key {name}, which the project has already"
        for raw, name in names.items()
        if name.endswith("_bk") and raw not in feed.key
    ]
    notes += [
        f"{raw} is empty in {empty[raw]:,} rows of the sample; a link and an event are not stored without it"
        for raw, name in names.items()
        if name.endswith("_bk") and empty[raw]
    ]
    if changed_at:
        notes.append(f"{changed_at} is taken for the time at which a row became true (applied_dts)")
    return notes


def _order(feed: Feed, changed_at: str) -> str:
    """SQL by which versions of a key in one delivery are ordered. Times that begin with the year order as they are."""
    [column] = [column for column in feed.columns if column.name == changed_at]
    return column.name if (column.format or "yyyy").startswith("yyyy") else column.typed


def _description(raw: str, name: str, described: set[str]) -> str:
    if (name in described and name.endswith("_bk")) or name == "applied_dts":
        return f"{{{{ doc('{name}') }}}}"
    return f"{raw} as received, typed."


def _format(sample: Path) -> Format:
    """By the name of the sample, else by its content."""
    by_name = next((FORMATS[suffix.lower()] for suffix in sample.suffixes if suffix.lower() in FORMATS), None)
    if by_name:
        return by_name
    with sample.open("rb") as handle:
        if handle.read(4) == b"PAR1":
            return "parquet"
    with opened(sample, "csv") as stream:
        start = stream.read(1000).translate(None, b"\xef\xbb\xbf\xff\xfe\0 \r\n\t")
        return "json" if start.startswith(b"{") else "csv"


def _options(sample: Path, kind: Format) -> Options:
    """Encoding and separator of a sample."""
    if kind == "parquet":
        return Options()
    encoding = next(encoding for encoding in _encodings(sample, kind) if _is_text(sample, kind, encoding))
    if kind == "json":
        return Options(encoding=encoding)
    with opened(sample, kind) as stream:
        start = stream.read(1 << 20)
    text = start.decode(encoding_of(start, encoding), errors="replace")
    header = re.sub('"[^"]*"', "", next((line for line in text.splitlines() if line.strip()), ""))
    # The first of them wins where none is there.
    return Options(encoding=encoding, separator=max(SEPARATORS, key=header.count))


def _encodings(sample: Path, kind: Format) -> Iterator[str]:
    """What a sample may be encoded in, likely ones first."""
    with opened(sample, kind) as stream:
        start = stream.read(4000)
    if encoding_of(start, ""):
        # A byte-order mark says it in every file.
        yield "utf-8"
    # Latin letters in two bytes each: every other byte is zero.
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if zeros and zeros.count(0) > len(zeros) / 2:
            yield encoding
    yield from ("utf-8", *ENCODINGS)


def _is_text(sample: Path, kind: Format, encoding: str) -> bool:
    feed = Feed(
        source="any",
        name="any",
        table="",
        format=kind,
        columns=(Column(name="any"),),
        key=("any",),
        options=Options(encoding=encoding),
    )
    try:
        inspect(sample, feed)
    except UnreadableError as error:
        return error.reason != "encoding"
    return True


def _values(sample: Path, feed: Feed, columns: tuple[str, ...]) -> tuple[dict[str, list[str]], int]:
    """Values of each column in the first rows of the sample, as text, without empty ones; and how many rows these are."""
    found: dict[str, list[str]] = {column: [] for column in columns}
    rows = 0
    for records in read(sample, feed, wanted=columns):
        for column, values in records.columns.items():
            found[column] += [value for value in values.to_pylist() if value]
        rows += records.count
        if rows >= SAMPLED_ROWS:
            break
    return found, rows


def _expression(column: Column, name: str) -> str:
    """A column of the model's last select."""
    is_date = column.type == "date" and name != "applied_dts"
    expression = f"cast({column.typed} as date)" if is_date else column.staged
    if parts := re.fullmatch(r"try_cast\((translate\()(.*)(, \S+, '\.?'\))( as .*)\)", expression):
        # A number in a format of its own takes several lines.
        start, number, end, kind = parts.groups()
        expression = (
            f"try_cast(\n            {start}\n                {number}{end[:-1]}\n            ){kind}\n        )"
        )
    return expression if expression == name else f"{expression} as {name}"
