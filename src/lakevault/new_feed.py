"""A feed from a sample file: its definition in the dbt source file, and a first stg_ model."""

import csv
import re
import zlib
from pathlib import Path

import duckdb
from jinja2 import Environment, StrictUndefined
from pydantic import ValidationError

from lakevault.errors import LakevaultError
from lakevault.feeds import AUDIT_COLUMNS, Column, Feed, Options, read_feeds
from lakevault.ingest.formats import UnreadableError, inspect, opened

FORMATS = {".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json", ".parquet": "parquet"}
SEPARATORS = ",;\t|"
SAMPLED_ROWS = 10_000
# Types that a column has when every value of the sample is written like that. Digits that begin with 0 are a code.
PATTERNS = (
    ("bigint", None, r"-?(0|[1-9]\d{0,17})"),
    ("decimal(18, {scale})", None, r"-?(0|[1-9]\d{0,12})\.(\d{1,6})"),
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
}

SOURCE_FILE = """\
# The reader definitions of the {{ feed.source }} feeds: the ingestion takes format and columns from here, Bronze is made from it.
version: 2
anchors:
{%- for name, kind in audit.items() %}
  - &{{ name }} {name: {{ name }}, data_type: {{ kind }}, description: "{{ descriptions[name] }}"}
{%- endfor %}
sources:
  - name: {{ feed.source }}
    description: "{{ feed.source }}: say in business words what this system is."
    schema: bronze
    config:
      meta: {format: {{ feed.format }}}
      loaded_at_field: load_dts
      freshness:
        warn_after: {count: 2, period: day}
        error_after: {count: 7, period: day}
    tables:
"""
TABLE = """\
      - name: {{ feed.name }}
        identifier: {{ feed.source }}_{{ feed.name }}
        description: "One row per record of {{ feed.label }} as received: say in business words what one is."
        config: {meta: {format: {{ feed.format }}{{ options }}, key: [{{ feed.key | join(", ") }}], delivers: {{ feed.delivers }}}}
        data_tests: [{bronze_equals_its_ledger: {name: bronze_{{ feed.source }}_{{ feed.name }}_equals_its_ledger}}]
        columns:
{%- for column in feed.columns %}
{%- set meta %}
{%- if column.type != "string" %}, config: {meta: {type: "{{ column.type }}"
{%- if column.format %}, format: "{{ column.format }}"{% endif %}}}
{%- endif %}
{%- endset %}
          - {name: {{ column.name }}, data_type: string, description: "Column {{ column.name }} of the file."{{ meta }}}
{%- endfor %}
{%- for name, kind in audit.items() %}
          - {{ "*" ~ name if anchors else "{name: " ~ name ~ ", data_type: " ~ kind ~ ', description: "' ~ descriptions[name] ~ '"}' }}
{%- endfor %}
"""
MODEL = """\
with

source as (

    select * from {% raw %}{{ source({% endraw %}'{{ feed.source }}', '{{ feed.name }}'{% raw %}) }}{% endraw %}

),

final as (

    select
{%- for column in feed.columns %}
        {{ typed(column) }},
{%- endfor %}
        load_id,
        load_dts,
        '{{ feed.record_source }}' as record_source
    from source

)

select * from final
"""
MODEL_YML = """\
version: 2
models:
  - name: {{ model }}
    description: One row per record of {{ feed.label }}, typed; say in business words what one is.
    columns:
{%- for column in feed.columns %}
      - name: {{ renamed(column) }}
        data_type: {{ column.type | replace(" ", "") }}
        description: "Column {{ column.name }} of the file, typed."
{%- if column.name in feed.key %}
        data_tests:
          - dbt_expectations.expect_column_values_to_not_be_null:
              name: {{ renamed(column) }}_of_{{ model }}_is_never_null
{%- endif %}
{%- endfor %}
      - name: load_id
        data_type: bigint
        description: "{{ '{{' }} doc('load_id') }}"
      - name: load_dts
        data_type: timestamp
        description: "{{ '{{' }} doc('load_dts') }}"
      - name: record_source
        data_type: string
        description: "{{ '{{' }} doc('record_source') }}"
"""


def new_feed(project: Path, sample: Path, source: str, name: str, key: list[str], delivers: str) -> list[Path]:
    """Write the definition of a feed and its first stg_ model; gives the files that were written or added to.

    Raises LakevaultError, and writes nothing, when the sample cannot be read, the feed exists, or a column's name
    cannot be a column of Bronze.
    """
    feeds = read_feeds(project / "models")
    if f"{source}.{name}" in feeds:
        raise LakevaultError(f"{source}.{name} is a feed already: its definition is in models/bronze/{source}/.")
    feed = _described(sample, source, name, key, delivers)
    folder = project / "models" / "bronze" / source
    definitions, model = folder / f"_{source}__sources.yml", folder / f"stg_{source}__{name}.sql"
    before = definitions.read_text() if definitions.is_file() else _render(SOURCE_FILE, feed)
    options = "" if feed.options.separator == "," else f', options: {{separator: "{feed.options.separator}"}}'
    options = options.replace("\t", "\\t")
    table = _render(TABLE, feed, options=options, anchors="&rescued_data" in before)
    folder.mkdir(parents=True, exist_ok=True)
    definitions.write_text(before.rstrip("\n") + "\n" + table)
    model.write_text(_render(MODEL, feed))
    model.with_suffix(".yml").write_text(_render(MODEL_YML, feed, model=model.stem))
    return [definitions, model, model.with_suffix(".yml")]


def _described(sample: Path, source: str, name: str, key: list[str], delivers: str) -> Feed:
    kind = next((FORMATS[suffix] for suffix in sample.suffixes if suffix in FORMATS), None)
    if kind is None:
        raise LakevaultError(f"{sample}: the name has to end in {', '.join(FORMATS)} (.gz and .bz2 may follow).")
    try:
        options = Options(separator=_separator(sample)) if kind == "csv" else Options()
        described = {"source": source, "name": name, "table": "", "format": kind, "options": options}
        content = inspect(sample, Feed(**described, columns=(Column(name="any"),), key=("any",)))
    except ValidationError as error:
        raise LakevaultError(f"{source}.{name}: source and name are made of letters, digits and _.") from error
    except (UnreadableError, OSError, EOFError, zlib.error) as error:
        raise LakevaultError(f"{sample} cannot be read whole ({error}): take another file as the sample.") from error
    named = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
    odd = [name for name in content.columns if not named.fullmatch(name) or name.lower() in AUDIT_COLUMNS]
    if odd or not content.columns:
        raise LakevaultError(
            f"{sample}: {', '.join(map(repr, odd[:5])) or 'no column'} cannot be a column of Bronze. A name is made of letters, "
            f"digits and _, and is none of {', '.join(AUDIT_COLUMNS)}; ask the sender for a header with such names."
        )
    if repeated := sorted({column for column in content.columns if content.columns.count(column) > 1}):
        raise LakevaultError(f"{sample}: the header has {', '.join(repeated)} twice; a column needs a name of its own.")
    if unknown := set(key) - set(content.columns):
        raise LakevaultError(
            f"{sample} has no column {', '.join(sorted(unknown))}; it has {', '.join(content.columns)}."
        )
    values = _values(sample, kind, options, content.columns)
    # A business key is text: hashes and joins must not depend on how a number is written.
    columns = tuple(_typed(column, [] if column in key else values[column]) for column in content.columns)
    try:
        return Feed(**described, columns=columns, key=tuple(key), delivers=delivers, record_source=f"{source}.{name}")
    except ValidationError as error:
        raise LakevaultError(f"{source}.{name}: {error.errors()[0]['msg']}.") from error


def _separator(sample: Path) -> str:
    with opened(sample) as handle:
        first_line = handle.readline().decode("utf-8-sig", errors="replace")
    try:
        return csv.Sniffer().sniff(first_line, SEPARATORS).delimiter
    except csv.Error:
        return ","


def _values(sample: Path, kind: str, options: Options, columns: tuple[str, ...]) -> dict[str, list[str]]:
    """Values of each column in the first rows of the sample, as text, without empty ones."""
    with duckdb.connect() as connection:
        if kind == "csv":
            rows = connection.read_csv(str(sample), header=True, sep=options.separator, all_varchar=True)
        elif kind == "json":
            rows = connection.read_json(
                str(sample), format="newline_delimited", columns=dict.fromkeys(columns, "VARCHAR")
            )
        else:
            rows = connection.read_parquet(str(sample))
        found = {}
        for column in columns:
            texts = rows.select(f'cast("{column}" as varchar)').limit(SAMPLED_ROWS).fetchall()
            found[column] = [text for (text,) in texts if text]
        return found


def _typed(name: str, values: list[str]) -> Column:
    for kind, time_format, pattern in PATTERNS:
        matches = [re.fullmatch(pattern, value) for value in values]
        if values and all(matches):
            scale = max(len(match.group(2)) for match in matches) if "scale" in kind else 0
            return Column(name=name, type=kind.format(scale=scale), format=time_format)
    return Column(name=name)


def _render(template: str, feed: Feed, **more: object) -> str:
    def renamed(column: Column) -> str:
        return re.sub(r"(_id)?$", "_bk", column.name, count=1) if column.name in feed.key else column.name

    def typed(column: Column) -> str:
        expression = f"cast({column.typed} as date)" if column.type == "date" else column.typed
        return expression if expression == renamed(column) else f"{expression} as {renamed(column)}"

    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    helpers = {"renamed": renamed, "typed": typed, "audit": AUDIT_COLUMNS, "descriptions": DESCRIPTIONS}
    return environment.from_string(template).render(feed=feed, **helpers, **more)
