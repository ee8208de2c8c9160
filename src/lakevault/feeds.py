"""Feeds: what each source delivers. Read from the dbt source files, where every feed is defined once."""

import codecs
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from lakevault.errors import LakevaultError

# Beside the raw columns in every Bronze table, in this order.
AUDIT_COLUMNS = {
    "rescued_data": "string",
    "load_id": "bigint",
    "load_dts": "timestamp",
    "file_name": "string",
    "record_hash": "bigint",
    "record_number": "bigint",
}

# Of a topic, in front of these: the message as the broker had it. record_number is its offset.
MESSAGE_COLUMNS = {
    "message_partition": "int",
    "message_time": "timestamp",
    "message_key": "string",
    "message_headers": "string",
    "message_value": "string",
}

# Behind these, of a change feed: what changed the row, where it stands in the database's log, and when it was committed.
CHANGE_COLUMNS = {
    "change_op": "string",
    "change_lsn": "bigint",
    "change_transaction": "bigint",
    "change_order": "bigint",
    "change_snapshot": "string",
    "change_old_key": "string",
    "change_at": "timestamp",
}


class Epoch(NamedTuple):
    """A number since 1970 that is a date or a timestamp: the type, Spark's SQL for it, and the microseconds of its unit."""

    type: str
    sql: str
    microseconds: int


# As Debezium writes dates, and times without a zone; seconds as Unix has them.
EPOCHS = {
    "epoch_day": Epoch("date", "date_add(date'1970-01-01', try_cast({} as int))", 86_400_000_000),
    "epoch_s": Epoch("timestamp", "timestamp_seconds(try_cast({} as bigint))", 1_000_000),
    "epoch_ms": Epoch("timestamp", "timestamp_millis(try_cast({} as bigint))", 1000),
    "epoch_us": Epoch("timestamp", "timestamp_micros(try_cast({} as bigint))", 1),
}

# Java's letters for a time, which formats are written with, and DuckDB's.
DUCKDB_LETTERS = {
    "yyyy": "%Y", "MM": "%m", "M": "%-m", "dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "mm": "%M", "ss": "%S", "SSS": "%g",
}  # fmt: skip
# The number 1234.5 as a source writes it, and 1234 where there are no decimal places: 1.234,5 or 1 234.
NUMBER_FORMAT = re.compile(r"1(?P<group>[.,' \u00a0\u202f\u2019])?234((?P<mark>[.,])5)?")
NUMBER = re.compile(r"(tinyint|smallint|int|integer|bigint|float|double|decimal|numeric)\b.*", re.IGNORECASE)
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Reaction = Literal["rescue", "quarantine", "fail"]


class Strict(BaseModel):
    """A part of a definition: a word that is not known is an error, not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Contract(Strict):
    """What happens when a file differs from its definition.

    `new` columns, `missing` columns, and values `changed` so that they are not of the column's type. rescue: taken, and
    kept in rescued_data (a missing column is null); quarantine: the file, or for `changed` the row, goes to quarantine;
    fail: the same, and the command ends with exit code 1. A full extract that lost more than `max_shrink` of the rows of the
    one before goes to quarantine, and the command ends with exit code 1: somebody has to say whether so many are gone.
    """

    new: Reaction = "rescue"
    missing: Reaction = "quarantine"
    changed: Reaction = "rescue"
    # Of a full extract: the share of its rows by which it may shrink from one file to the next.
    max_shrink: float = Field(default=0.1, ge=0, le=1)


# They encode names of hosts, not text.
NAMES_OF_HOSTS = {"idna", "punycode"}


def _text_encoding(name: str) -> str:
    try:
        codec = codecs.lookup(name)
        is_text = codec._is_text_encoding and codec.name not in NAMES_OF_HOSTS and "\n".encode(name)
    except (LookupError, UnicodeError):
        is_text = False
    if not is_text:
        raise ValueError(f"{name} is not a text encoding of Python, such as utf-8, cp1252, iso-8859-15 or utf-16-le")
    return name


def _mark(character: str) -> str:
    if character in '"\r\n\ufeff':
        raise ValueError("a quote, a line end and a byte-order mark are not allowed")
    return character


Character = Annotated[str, Field(min_length=1, max_length=1), AfterValidator(_mark)]


class Options(Strict):
    """How the bytes are to be read. A byte-order mark in a file wins over `encoding`.

    `quoting` none: a quote is a character like any other. `escape`: the character behind it is part of the value, whatever
    it is. The last three are of CSV files.
    """

    encoding: Annotated[str, AfterValidator(_text_encoding)] = "utf-8"
    separator: Character = ","
    quoting: Literal["standard", "none"] = "standard"
    escape: Character | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "Options":
        if self.escape == self.separator:
            raise ValueError("escape and separator are the same character")
        return self


class EventTime(Strict):
    """The column that says when an event of the feed happened, and after how many days without a newer one it is late."""

    column: Identifier
    warn_after_days: float | None = Field(default=None, gt=0)


class Column(Strict):
    """A raw column. Bronze keeps it as text; `type` is what stg_ makes of it, `format` how a time or a number is written."""

    name: Identifier
    type: str = "string"
    format: str | None = None
    personal_data: Literal["direct", "indirect"] | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "Column":
        if self._epoch and self.type != self._epoch.type:
            raise ValueError(
                f"format {self.format} of {self.name} is of a date (epoch_day) or a timestamp (epoch_s, epoch_ms, epoch_us)"
            )
        if self.format and self._is_number:
            written = NUMBER_FORMAT.fullmatch(self.format)
            if not written or written["group"] == written["mark"] is not None:
                raise ValueError(
                    f"format {self.format} of {self.name} must be the number 1234.5 as the source writes it, such as 1.234,5"
                )
        return self

    @property
    def _epoch(self) -> Epoch | None:
        return EPOCHS.get(self.format or "")

    @property
    def _is_number(self) -> bool:
        return bool(NUMBER.fullmatch(self.type))

    @property
    def _number(self) -> str:
        """SQL that gives a number as plain text, 1234.5; null or empty when it is not written in the format."""
        written = NUMBER_FORMAT.fullmatch(self.format or "")
        if not written:
            return self.name
        group, mark = written["group"] or "", written["mark"] or ""
        point = {".": "[.]"}
        whole = f"([0-9]+|[0-9]{{1,3}}({point.get(group, group)}[0-9]{{3}})+)" if group else "[0-9]+"
        places = f"({point.get(mark, mark)}[0-9]+)?" if mark else ""
        quote = '"' if group == "'" else "'"
        shape, marks = (f"{quote}{text}{quote}" for text in (f"^[-+]?{whole}{places}$", mark + group))
        return f"translate(regexp_extract({self.name}, {shape}, 0), {marks}, '{'.' if mark else ''}')"

    @property
    def typed(self) -> str:
        """SQL that gives the value in its type, null when it is not of it."""
        if self._is_number:
            return f"try_cast({self._number} as {self.type})"
        if self._epoch:
            return self._epoch.sql.format(self.name)
        if self.format:
            quote = '"' if "'" in self.format else "'"
            return f"try_to_timestamp({self.name}, {quote}{self.format}{quote})"
        return self.name if self.type == "string" else f"try_cast({self.name} as {self.type})"

    @property
    def staged(self) -> str:
        """What a stg_ model says for `typed`: a decimal that does not fit exactly is null there, not rounded."""
        decimal = None if self.format else re.fullmatch(r"decimal\((\d+), ?(\d+)\)", self.type)
        return f"{{{{ exact_decimal('{self.name}', {decimal[1]}, {decimal[2]}) }}}}" if decimal else self.typed

    @property
    def time(self) -> str:
        """SQL of DuckDB that gives the value as a timestamp. Raises ValueError for a format that DuckDB cannot read."""
        if not self.format:
            return f'try_cast("{self.name}" as timestamp)'
        if self._epoch:
            return f'make_timestamp(try_cast("{self.name}" as bigint) * {self._epoch.microseconds})'
        pattern = re.sub(
            r"([A-Za-z])\1*", lambda part: DUCKDB_LETTERS.get(part[0], "?"), re.sub(r"'T'", "\0", self.format)
        )
        if "?" in pattern or "'" in pattern:
            raise ValueError(f"format {self.format} of {self.name} has letters beyond {', '.join(DUCKDB_LETTERS)}")
        return f"try_strptime(\"{self.name}\", '{pattern.replace(chr(0), 'T')}')"

    @property
    def unfit(self) -> str | None:
        """SQL that is true for a value that its type does not hold exactly; none when every text fits."""
        tests = [test for test in (None if self.typed == self.name else f"{self.typed} is null", self._inexact) if test]
        return f"({self.name} <> '' and ({' or '.join(tests)}))" if tests else None

    @property
    def _inexact(self) -> str | None:
        """SQL that is true for a value of which the type would keep less: digits, a time of day, letters.

        float and double are left out: they are approximate by nature.
        """
        if self._epoch:
            return None
        name, kind = self._number if self._is_number else self.name, self.type.replace(" ", "").lower()
        if match := re.fullmatch(r"(?:decimal|numeric)\((\d+),(\d+)\)", kind):
            precision, scale = map(int, match.groups())
            if self.format:
                return f"{name} rlike '[.][0-9]{{{scale}}}[0-9]*[1-9]'"
            # Digits that only zeros follow are none; what is written with an exponent is compared as a number.
            wide = f"try_cast({name} as decimal(38, {38 - precision + scale})) <> {self.typed}"
            near = f"try_cast({name} as double) <> cast({self.typed} as double)"
            digits = f"length({name}) - locate('.', {name}) > {scale} and {name} rlike '[.][0-9]{{{scale}}}[0-9]*[1-9]'"
            return (
                f"case when contains(lower({name}), 'e') then coalesce({wide} or {near}, false) "
                f"else locate('.', {name}) > 0 and {digits} end"
            )
        if kind == "date" and re.search("[HhKkms]", self.format or "H"):
            moment = self.typed if self.format else f"try_cast({name} as timestamp)"
            return f"coalesce({moment} <> date_trunc('day', {moment}), true)"
        if kind.startswith("timestamp") and (not self.format or "SSSSSSS" in self.format):
            return f"{name} rlike '[.][0-9]{{6}}[0-9]*[1-9]'"
        if match := re.fullmatch(r"(?:var)?char\((\d+)\)", kind):
            return f"length({name}) > {match[1]}"
        return None


Format = Literal["csv", "json", "parquet"]
Delivers = Literal["changes", "full_extract"]


class Feed(Strict):
    """One feed: where it comes from, how it is read, what it promises. Of a topic each message is a JSON object.

    `envelope` debezium: each message is a change of a row of a database table, and the columns are those of the table.
    """

    source: Identifier
    name: Identifier
    table: str
    columns: tuple[Column, ...]
    origin: Literal["files", "kafka"] = Field(default="files", alias="from")
    topic: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]{1,249}$")
    envelope: Literal["none", "debezium"] = "none"
    # The topic in which the connector says how many changes a transaction has.
    transactions: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]{1,249}$")
    format: Format
    options: Options = Options()
    key: tuple[Identifier, ...] = Field(min_length=1)
    # A full extract says by absence who is gone, so it is taken whole or not at all.
    delivers: Delivers = "changes"
    contract: Contract = Contract()
    record_source: str = ""
    event_time: EventTime | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_a_topic(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Messages are JSON, and not every message has every field."""
        if given.get("from") != "kafka":
            return given
        return {"format": "json"} | given | {"contract": {"missing": "rescue"} | given.get("contract", {})}

    @model_validator(mode="after")
    def _fits_together(self) -> "Feed":
        names = [column.name for column in self.columns]
        if (self.origin == "kafka") != bool(self.topic):
            raise ValueError("from: kafka and topic belong together")
        if self.envelope != "none" and not self.topic:
            raise ValueError("an envelope is of the messages of a topic: it needs from: kafka")
        if self.transactions and self.envelope != "debezium":
            raise ValueError("transactions are of a change feed: they need envelope: debezium")
        if self.topic and (self.format, self.delivers, self.options) != ("json", "changes", Options()):
            raise ValueError(
                "the messages of a topic are JSON in UTF-8, and changes: leave out format, options and delivers"
            )
        if len({name.lower() for name in names}) < len(names):
            raise ValueError("two columns have the same name but for case, which Spark does not tell apart")
        if unknown := set(self.key) - set(names):
            raise ValueError(f"key names {', '.join(sorted(unknown))}, which is not a column of the feed")
        if self.event_time:
            times = {column.name for column in self.columns if column.type in {"date", "timestamp"}}
            if self.event_time.column not in times:
                raise ValueError(
                    f"event_time names {self.event_time.column}, which is not a date or timestamp column of the feed"
                )
        if self.delivers == "full_extract" and self.contract.changed != "rescue":
            raise ValueError(
                "a full extract without some of its rows would look like deletes: contract changed must be rescue"
            )
        return self

    @property
    def label(self) -> str:
        """Name in manifest, ledger and messages, for example pos.sale_line."""
        return f"{self.source}.{self.name}"

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Raw columns in the order of the definition."""
        return tuple(column.name for column in self.columns)

    @property
    def message_columns(self) -> dict[str, str]:
        """Columns about the message itself, and their types; empty for a feed of files."""
        return _message_columns(self.origin, self.envelope)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """What a reader gives, all of it text: the raw columns, and those about the message."""
        return (*self.column_names, *self.message_columns)

    @property
    def table_schema(self) -> dict[str, str]:
        """Columns of the Bronze table and their types: raw columns as text, then what says where a row came from."""
        return dict.fromkeys(self.column_names, "string") | self.message_columns | AUDIT_COLUMNS


def _message_columns(origin: str | None, envelope: str | None) -> dict[str, str]:
    if origin != "kafka":
        return {}
    return MESSAGE_COLUMNS | (CHANGE_COLUMNS if envelope == "debezium" else {})


def read_feeds(models: Path) -> dict[str, Feed]:
    """All feeds by label, from models/staging/<source>/_<source>__sources.yml.

    Raises LakevaultError, naming file and feed, for a definition that does not hold.
    """
    feeds: dict[str, Feed] = {}
    for path in sorted(models.glob("staging/*/_*__sources.yml")):
        feeds |= parse_feeds(path, path.read_text())
    return feeds


def parse_feeds(path: Path, text: str) -> dict[str, Feed]:
    """The feeds of one source file, by label; `path` is for messages. Raises LakevaultError as read_feeds does."""
    try:
        sources = yaml.safe_load(text)["sources"]
        found = [_read(path, source, table) for source in sources for table in source["tables"] or []]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where else ""
        raise LakevaultError(
            f"{path}{line}: this source file cannot be read ({type(error).__name__}: {getattr(error, 'problem', None) or error}). "
            "See docs/ingestion.md for what a definition says."
        ) from error
    return {feed.label: feed for feed in found}


def _read(path: Path, source: dict[str, Any], table: dict[str, Any]) -> Feed:
    meta = source.get("config", {}).get("meta", {}) | table.get("config", {}).get("meta", {})
    described = {column["name"]: column.get("data_type") for column in table.get("columns", [])}
    other = _message_columns(meta.get("from"), meta.get("envelope")) | AUDIT_COLUMNS
    raw = [column for column in table.get("columns", []) if column["name"] not in other]
    where = f"{path}, feed {source['name']}.{table['name']}"
    try:
        feed = Feed(
            source=source["name"],
            name=table["name"],
            table=f"{source['schema']}.{source['name']}_{table['name']}",
            columns=tuple(Column(name=c["name"], **c.get("config", {}).get("meta", {})) for c in raw),
            **({"record_source": f"{source['name']}.{table['name']}"} | meta),
        )
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'definition'}: {problem['msg']}" for problem in error.errors()
        )
        raise LakevaultError(f"{where}: {problems}. See docs/ingestion.md for what a definition says.") from error
    if table.get("identifier") != feed.table.split(".")[1]:
        raise LakevaultError(
            f"{where}: the Bronze table of a feed is named after its source and its name: identifier: {feed.table.split('.')[1]}."
        )
    if described != feed.table_schema:
        wrong = [name for name in feed.table_schema | described if described.get(name) != feed.table_schema.get(name)]
        raise LakevaultError(
            f"{where}: Bronze must have the raw columns as string, then {', '.join(other)}; "
            f"fix the entry of {', '.join(wrong)}."
        )
    marks = {
        column["name"]: column.get("config", {}).get("meta", {}).get("personal_data") for column in table["columns"]
    }
    if feed.topic and "direct" in marks.values() and marks["message_value"] != "direct":
        raise LakevaultError(
            f"{where}: message_value holds all that the columns hold: mark it as personal_data: direct too."
        )
    return feed
