"""The keys and hashdiffs of our hash macro, compared bit by bit with two others.

One is written here in Python from the recipe. The other is AutomateDV itself: AUTOMATE_DV names a folder that holds
Datavault-UK/automate_dv 0.11.5. Without it that comparison is left out.
"""

import datetime as dt
import hashlib
import json
import os
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from tests.embedded import INTERPRETED, PACKAGES, PROJECT, invoke, parse, start_spark, write, write_project

ROWS = 10_000
ORIGINAL = os.environ.get("AUTOMATE_DV", "")

# Names in mixed case: a hashdiff sorts its columns whatever their case.
TYPES = {
    "Text": pa.string(), "other": pa.string(), "NUMBER": pa.int64(), "amount": pa.decimal128(18, 4), "rate": pa.float64(),
    "Day": pa.date32(), "at": pa.timestamp("us", "UTC"), "FLAG": pa.bool_(),
}  # fmt: skip
ALL = list(TYPES)
# A hash is (columns as the macro gets them, is_hashdiff).
HASHES = {
    **{f"one_{column}": (column, False) for column in ALL},
    "one_as_hashdiff": ("Text", True),
    "list_of_one": (["Text"], False),
    "list_of_one_as_hashdiff": (["Text"], True),
    "two": (["Text", "other"], False),
    "two_turned": (["other", "Text"], False),
    "two_with_constant": (["!crm", "Text"], False),
    "all_of_them": (ALL, False),
    "two_as_hashdiff": (["Text", "other"], True),
    "all_as_hashdiff": (ALL, True),
    "all_as_hashdiff_with_constant": ([*ALL, "!crm"], True),
}  # fmt: skip
SETTINGS = [
    {"hash": algorithm, "hash_content_casing": casing, "enable_native_hashes": native}
    for algorithm in ("MD5", "SHA1", "SHA")
    for casing, native in (("upper", False), ("disabled", False), ("upper", True))
] + [{"hash": "MD5", "concat_string": "~", "null_placeholder_string": "none"}]  # fmt: skip
IDS = ["-".join(str(value) for value in settings.values()) for settings in SETTINGS]

FRAGMENTS = [
    "", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u200b", "\x00", "\x7f", "||", "|", "^^", "^", "~", "none", "NULL", "'",
    "''", '"', "`", "\\", "\\\\", "\\n", "\\'", "{{", "}}", "%s", "--", "/*", "a", "A", "Straße", "ß", "ŉ", "ǰ", "ﬁ", "İ", "\u0131", "i",
    "ÿ", "µ", "ς", "é", "e\u0301", "Ł", "漢字", "ひらがな", "한글", "עברית", "عربي", "😀", "👩\u200d👩\u200d👧", "ა", "ᾳ", "Ω", "-1", "-2", "0", "007", "1.0",
    "1e3", "true", "2024-01-01", "long" * 500,
]  # fmt: skip


def awkward_rows(seed: int = 7) -> list[tuple[Any, ...]]:
    """Rows of everything that a hash may trip over; the first ones pair all fragments that could be mixed up."""
    chance = random.Random(seed)
    clashing = [None, "", " ", "|", "||", "^", "^^", "^^||^^", "a", "A", " a ", "a||", "||a", "\\", "'", "\t"]
    pairs = [(left, right) for left in clashing for right in clashing]
    rows = []
    for place in range(ROWS):
        texts = pairs[place] if place < len(pairs) else (text(chance), text(chance))
        rows.append((
            *texts,
            maybe(chance, lambda: chance.choice([0, 1, -1, 2**63 - 1, -(2**63), chance.randint(-(10**9), 10**9)])),
            maybe(chance, lambda: Decimal(chance.choice([0, 1, -1, 10**17, chance.randint(-(10**12), 10**12)])).scaleb(-4)),
            maybe(chance, lambda: chance.choice([0.0, 0.5, -1.25, chance.randint(1, 10**9) / 1024])),
            maybe(chance, lambda: dt.date(1600, 1, 1) + dt.timedelta(chance.randint(0, 3_000_000))),
            maybe(chance, lambda: moment(chance)),
            maybe(chance, lambda: chance.random() < 0.5),
        ))  # fmt: skip
    return rows


def maybe(chance: random.Random, make: Callable[[], Any]) -> Any:
    """A value, or none at times; some rows have none at all."""
    return None if chance.random() < 0.2 else make()


def text(chance: random.Random) -> str | None:
    return maybe(chance, lambda: "".join(chance.choice(FRAGMENTS) for _ in range(chance.randint(0, 4))))


def moment(chance: random.Random) -> dt.datetime:
    parts = chance.choice([0, 500_000, 1, 120, chance.randint(0, 999_999)])
    start = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
    return start + dt.timedelta(days=chance.randint(0, 80_000), seconds=chance.randint(0, 86_399), microseconds=parts)


def as_text(value: Any) -> str | None:
    """A value as Spark's cast to text writes it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        whole, parts = value.strftime("%Y-%m-%d %H:%M:%S"), f"{value.microsecond:06}".rstrip("0")
        return f"{whole}.{parts}" if parts else whole
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def standardised(value: str | None, casing: str) -> str | None:
    """A text without spaces at its ends, in upper case; blank is null."""
    if value is None:
        return None
    value = value.strip(" ")
    return (value.upper() if casing == "upper" else value) or None


def recipe(row: dict[str, str | None], columns: str | list[str], is_hashdiff: bool, settings: dict[str, Any]) -> Any:
    """The hash of a row of standardised texts; several are joined, nulls by placeholder."""
    placeholder = settings.get("null_placeholder_string", "^^")
    separator = settings.get("concat_string", "||")
    if isinstance(columns, str):
        joined = row[columns]
    else:
        ordered = sorted(columns, key=str.lower) if is_hashdiff else columns
        parts = [row[column] for column in ordered]
        joined = separator.join(placeholder if value is None else value for value in parts)
        if not is_hashdiff and joined == separator.join([placeholder] * len(columns)):
            joined = None
    if joined is None:
        return None
    function = {"MD5": hashlib.md5, "SHA1": hashlib.sha1, "SHA": hashlib.sha256}[settings["hash"]]
    digest = function(joined.encode())
    return digest.digest() if settings.get("enable_native_hashes") else digest.hexdigest().upper()


@pytest.fixture(scope="module")
def rows() -> list[tuple[Any, ...]]:
    return awkward_rows()


@pytest.fixture(scope="module")
def spark(rows: list[tuple[Any, ...]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A small session that holds the rows as the view `awkward`."""
    home = tmp_path_factory.mktemp("hashes")
    columns = [pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), TYPES.values(), strict=True)]
    pq.write_table(pa.table([*columns, pa.array(range(ROWS))], [*ALL, "place"]), home / "awkward.parquet")
    session = start_spark(home, "-XX:+UseSerialGC", INTERPRETED)
    session.read.parquet(str(home / "awkward.parquet")).createOrReplaceTempView("awkward")
    yield session
    session.stop()


Render = Callable[[dict[str, Any]], dict[str, str]]


def renderer(home: Path, packages: list[Path]) -> Render:
    """Gives, for settings, the SQL of each hash as the packages' macro writes it."""
    write_project(home, "hashes", packages, "default")
    calls = [
        f"{{{{ automate_dv.hash(columns={columns!r}, alias={name!r}, is_hashdiff={str(is_hashdiff).lower()}) }}}}"
        for name, (columns, is_hashdiff) in HASHES.items()
    ]
    write(home / "models" / "hashes.sql", "\n;\n".join(calls))
    manifest = parse(home)

    def render(settings: dict[str, Any]) -> dict[str, str]:
        switches = ["--select", "hashes", "--vars", json.dumps(settings), "--no-populate-cache", "--no-introspect"]
        compiled = invoke(["compile", *switches], home, manifest)
        assert compiled.success, compiled.exception
        return dict(zip(HASHES, compiled.result.results[0].node.compiled_code.split("\n;\n"), strict=True))

    return render


@pytest.fixture(scope="module")
def ours(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Render:
    return renderer(tmp_path_factory.mktemp("ours"), PACKAGES)


@pytest.fixture(scope="module")
def theirs(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Render:
    if not ORIGINAL:
        pytest.skip("AUTOMATE_DV is not set: it names a folder with Datavault-UK/automate_dv 0.11.5")
    packages = [Path(ORIGINAL), PROJECT / "tests" / "conformance" / "automate_dv_shim"]
    return renderer(tmp_path_factory.mktemp("theirs"), packages)


def run(spark: SparkSession, expressions: list[str]) -> list[list[Any]]:
    """The columns of the expressions over all rows, in the order of the rows."""
    table = spark.sql(f"select {', '.join(expressions)}, place from awkward").toArrow().sort_by("place")
    # Two sides may give one name to a column.
    return [table.column(position).to_pylist() for position in range(table.num_columns - 1)]


def test_rows_are_awkward(rows: list[tuple[Any, ...]]):
    """All fragments and nulls occur, and hashes that must collide by the recipe do (a value that is the placeholder)."""
    texts = {row[0] for row in rows}
    assert len(rows) == ROWS and None in texts and "" in texts
    assert any(all(value is None for value in row[2:]) for row in rows)


@pytest.mark.parametrize("settings", SETTINGS, ids=IDS)
def test_hashes_equal_the_recipe(settings: dict[str, Any], spark: SparkSession, ours: Render, rows: list):
    columns = run(spark, list(ours(settings).values()))
    casing = settings.get("hash_content_casing", "upper")
    named = [
        {column: standardised(as_text(value), casing) for column, value in zip(ALL, row, strict=True)}
        | {"!crm": standardised("crm", casing)}
        for row in rows
    ]
    for (name, (inputs, is_hashdiff)), column in zip(HASHES.items(), columns, strict=True):
        differing = [
            (row, expected, bytes(actual) if isinstance(actual, bytearray) else actual)
            for row, actual in zip(named, column, strict=True)
            if (expected := recipe(row, inputs, is_hashdiff, settings)) != actual
        ]
        assert not differing, f"{name}: {len(differing)} rows differ, the first is {differing[0]}"


def test_hashes_do_not_depend_on_the_ansi_mode(spark: SparkSession, ours: Render):
    expressions = list(ours(SETTINGS[0]).values())
    results = []
    for mode in ("true", "false"):
        spark.conf.set("spark.sql.ansi.enabled", mode)
        results.append(run(spark, expressions))
    assert results[0] == results[1]


@pytest.mark.parametrize("settings", SETTINGS, ids=IDS)
def test_hashes_equal_those_of_automate_dv(settings: dict[str, Any], spark: SparkSession, ours: Render, theirs: Render):
    # Both sides as expressions of one statement; null equals null.
    mine, original = ours(settings), theirs(settings)
    comparisons = [
        f"count_if(not {mine[name].rsplit(' as ', 1)[0]} <=> {strip_alias(original[name])}) as {name}"
        for name in HASHES
    ]
    counts = spark.sql(f"select {', '.join(comparisons)} from awkward").first().asDict()
    assert counts == dict.fromkeys(HASHES, 0)


def strip_alias(expression: str) -> str:
    """The expression without the name of its result."""
    position = expression.lower().rindex(" as ")
    return expression[:position]
