"""A feed from a sample file: its definition in the dbt source file, and a first stg_ model."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from lakevault.develop import scaffold
from lakevault.errors import LakevaultError
from lakevault.feeds import AUDIT_COLUMNS, Column, Delivers, Feed, Format, Options, parse_feeds, read_feeds
from lakevault.ingest.formats import UnreadableError, encoding_of, inspect, opened, read

FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
}
SEPARATORS = ",;\t|"
SAMPLED_ROWS = 10_000
# Prices of a sample seldom show all the decimal places that come later.
LEAST_SCALE = 6
# Tried in this order when a sample is not UTF-8. The last one takes anything.
ENCODINGS = ("cp1252", "iso-8859-1")
# Types that a column has when every value of the sample is written like that. Digits that begin with 0 are a code.
PATTERNS = (
    ("bigint", None, r"0|-?[1-9]\d{0,17}"),
    ("decimal(38, {scale})", None, r"-?(0|[1-9]\d{0,19})\.(\d{1,18})"),
    ("date", "yyyy-MM-dd", r"\d{4}-\d{2}-\d{2}"),
    ("timestamp", "yyyy-MM-dd HH:mm:ss", r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"),
    ("timestamp", "yyyy-MM-dd'T'HH:mm:ss'Z'", r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z"),
)
DESCRIPTIONS = {
    "rescued_data": "JSON of values without a column, or not of its type.",
    "load_id": "Number of the delivery.",
    "load_dts": "Landing time of the delivery.",
    "file_name": "File that the row came from, as it was delivered.",
    "record_hash": "Hash over the raw columns and the rescued data.",
    "record_number": "Number of the record in its file, from 1, without the header.",
}


def new_feed(
    project: Path, sample: Path, source: str, name: str, key: list[str], delivers: Delivers
) -> tuple[list[Path], list[str]]:
    """Write the definition of a feed and its first stg_ model.

    Gives the files that were written or added to, and what somebody should know of the sample. Raises LakevaultError, and
    writes nothing, when the sample cannot be read, the feed exists, or a column's name cannot be a column of Bronze.
    """
    feeds = read_feeds(project / "models")
    if f"{source}.{name}" in feeds:
        raise LakevaultError(f"{source}.{name} exists already: its definition is in models/staging/{source}/.")
    feed, notes = _described(sample, source, name, key, delivers)
    folder = project / "models" / "staging" / source
    definitions, model = folder / f"_{source}__sources.yml", folder / f"stg_{source}__{name}.sql"
    options = feed.options.model_dump(exclude_defaults=True)
    renamed = {column.name: _renamed(column, feed) for column in feed.columns}
    words = {
        "feed": feed,
        "options": yaml.safe_dump(options, default_flow_style=True, width=1000).strip() if options else "",
        "audit": AUDIT_COLUMNS,
        "descriptions": DESCRIPTIONS,
        "model": model.stem,
        "renamed": renamed,
        "expressions": [_expression(column, renamed[column.name]) for column in feed.columns],
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
        described = yaml.safe_load(texts[model.with_suffix(".yml")])["models"][0]["columns"]
        written = parse_feeds(definitions, texts[definitions])[feed.label]
    except (LakevaultError, KeyError) as error:
        raise LakevaultError(
            f"the feed cannot be appended to {definitions}: the file must end with the tables of its last source."
        ) from error
    names = [column["name"] for column in described]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise LakevaultError(
            f"{sample}: a key is named <name>_bk in the model, and so {', '.join(twice)} would occur twice."
        )
    if written.columns != feed.columns or written.options != feed.options or written.key != feed.key:
        raise LakevaultError(f"{sample}: its columns cannot be written down in {definitions}; define the feed by hand.")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text)
    return list(texts), notes


def _described(sample: Path, source: str, name: str, key: list[str], delivers: Delivers) -> tuple[Feed, list[str]]:
    described: dict[str, Any] = {"source": source, "name": name, "table": ""}
    notes = []
    try:
        described["format"] = kind = _format(sample)
        described["options"] = options = _options(sample, kind)
        bare = Feed(**described, columns=(Column(name="any"),), key=("any",))
        content = inspect(sample, bare)
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
    taken = {*AUDIT_COLUMNS, "record_source"}
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
    if unknown := set(key) - set(content.columns):
        raise LakevaultError(
            f"{sample} has no column {', '.join(sorted(unknown))}; it has {', '.join(content.columns)}."
        )
    values = _values(sample, bare, content.columns)
    # A business key is text: hashes and joins must not depend on how a number is written.
    columns = tuple(_typed(column, [] if column in key else values[column]) for column in content.columns)
    try:
        feed = Feed(**described, columns=columns, key=tuple(key), delivers=delivers, record_source=f"{source}.{name}")
    except ValidationError as error:
        raise LakevaultError(f"{source}.{name}: {error.errors()[0]['msg']}.") from error
    return feed, notes


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


def _values(sample: Path, feed: Feed, columns: tuple[str, ...]) -> dict[str, list[str]]:
    """Values of each column in the first rows of the sample, as text, without empty ones."""
    found: dict[str, list[str]] = {column: [] for column in columns}
    rows = 0
    for records in read(sample, feed, wanted=columns):
        for column, values in records.columns.items():
            found[column] += [value for value in values.to_pylist() if value]
        rows += records.count
        if rows >= SAMPLED_ROWS:
            break
    return found


def _typed(name: str, values: list[str]) -> Column:
    for kind, time_format, pattern in PATTERNS:
        matches = [match for value in values if (match := re.fullmatch(pattern, value, re.ASCII))]
        if values and len(matches) == len(values):
            scale = max(LEAST_SCALE, *(len(match.group(2)) for match in matches)) if "scale" in kind else 0
            return Column(name=name, type=kind.format(scale=scale), format=time_format)
    return Column(name=name)


def _renamed(column: Column, feed: Feed) -> str:
    """Name of a column in the model: a business key ends with _bk."""
    return re.sub(r"(_id)?$", "_bk", column.name, count=1) if column.name in feed.key else column.name


def _expression(column: Column, name: str) -> str:
    """A column of the model's last select."""
    expression = f"cast({column.typed} as date)" if column.type == "date" else column.staged
    return expression if expression == name else f"{expression} as {name}"
