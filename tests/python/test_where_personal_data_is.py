"""given people whose names, e-mails and phones occur nowhere else, when everything has run, then they are only where they belong.

Searched is every byte of every file, decompressed where a format compresses. Runs after the other tests of the lake, so what
they have left (site, artifacts, logs, history) is searched too.
"""

import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Lake
from deltalake import DeltaTable
from ingestion import Zoo, feed

from lakevault.metadata.artifacts import Project
from lakevault.metadata.lineage import personal, trace

# The names that conftest.py and the tests here give, and the form of the sample's e-mails and phones.
MARKER = re.compile(rb"Xqname\w*|customer\d+@example\.com|\+1-\d{3}-555-\d{4}")
# Tables whose data files hold directly personal data, each with why.
BELONGS = {
    "bronze.billing_event": "as received: customers and invoices",
    "bronze.crm_customer": "as received",
    "silver.hstg_billing__customer": "the newest events, until the vault has the next ones",
    "silver.hstg_crm__customer": "the newest extract, until the vault has the next one",
    "silver.sat_customer__crm_contact": "the one vault table for it",
    "silver.sat_user__billing_personal": "the one vault table for it",
}


def contents(path: Path) -> Iterator[bytes]:
    """What a file holds, as bytes that can be searched: as it is, and unpacked."""
    data = path.read_bytes()
    yield data
    if data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    elif data[:4] == b"PAR1" == data[-4:]:
        # One that is damaged has nothing to unpack.
        with suppress(pa.ArrowInvalid, OSError):
            file = pq.ParquetFile(io.BytesIO(data))
            yield repr(file.metadata.metadata).encode()
            columns = (column for batch in file.iter_batches() for column in batch.columns)
            yield from (bytes(buffer) for column in columns for buffer in column.buffers() if buffer)


def holding(*folders: Path) -> set[Path]:
    """Files and folders in some folders that hold a marker, in their content or their name."""
    paths = [path for folder in folders for path in folder.rglob("*")]
    named = {path for path in paths if MARKER.search(path.name.encode())}
    return named | {path for path in paths if path.is_file() and any(map(MARKER.search, contents(path)))}


def is_data_of(tables: dict[str, str], base: Path, path: Path) -> bool:
    """Whether a file is a data file of one of some tables, or of the landing zone: there personal data belongs."""
    parts = path.relative_to(base).parts
    if parts[0] == "landing":
        return parts[1] in {"incoming", "accepted", "quarantine"}
    table = ".".join((parts[1].removesuffix(".db"), parts[2])) if len(parts) > 3 else ""
    return table in tables and path.suffix == ".parquet" and "_delta_log" not in parts and "=" not in str(path.parent)


@pytest.fixture(scope="module")
def documented(lake: Lake) -> Lake:
    """The lake, with the artifacts of its site."""
    if not (lake.base / "site").is_dir():
        result = lake.run("lakevault", "docs", "--to", str(lake.base / "site"))
        assert result.returncode == 0, result.stdout + result.stderr
    return lake


def test_the_search_finds_a_marker_in_every_kind_of_file(tmp_path):
    text = b'{"email": "customer7@example.com"}'
    (tmp_path / "dbt.log").write_bytes(text)
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(text))
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", text)
    for codec in ("zstd", "snappy"):
        pq.write_table(
            pa.table({"a": [{"b": "Xqnamelast"}] * 9}), tmp_path / f"{codec}.checkpoint.parquet", compression=codec
        )
    (tmp_path / "last_name=Xqnamelast").mkdir()
    (tmp_path / "nothing.log").write_bytes(b"a customer with an e-mail")
    assert {path.name for path in holding(tmp_path)} == {path.name for path in tmp_path.iterdir()} - {"nothing.log"}


def test_personal_data_is_only_in_the_data_files_of_its_tables(documented):
    base = documented.base
    assert (base / "logs" / "dbt.log").is_file()
    found = holding(base)
    assert {path.relative_to(base) for path in found if not is_data_of(BELONGS, base, path)} == set()
    # and the search looked where it is
    assert {path.parents[0].name for path in found if path.suffix == ".parquet"} == {t.split(".")[1] for t in BELONGS}


def test_no_statistics_are_kept_of_a_column_that_is_made_of_personal_data(documented):
    project = Project(documented.base / "target" / "docs")
    made_of = personal(project, trace(project), ("direct", "indirect"))
    checked = set()
    for table in project.tables.values():
        columns = {column for name, column in made_of if name == table.name}
        schema, name = table.relation.split(".")
        path = documented.base / "lake" / f"{schema}.db" / name
        if columns and (path / "_delta_log").is_dir():
            checked.add(table.name)
            properties = DeltaTable(str(path)).metadata().configuration
            of = properties.get("delta.dataSkippingStatsColumns", "").split(",")
            assert any(of) or properties.get("delta.dataSkippingNumIndexedCols") == "0", (
                f"{table.path}: {table.name} is made of personal data ({', '.join(sorted(columns))}); name the columns that "
                "may have statistics: tblproperties: {delta.dataSkippingStatsColumns: ...}"
            )
            assert not columns & set(of), (
                f"{table.path}: take {columns & set(of)} out of delta.dataSkippingStatsColumns"
            )
            kept = {name for action in actions(path) for name in statistics(action)}
            assert not columns & kept, f"{table.name}: the log keeps statistics of {columns & kept}"
    assert {"crm.customer", "sat_customer__crm_contact", "snp_customer", "dim_customer"} <= checked


def actions(table: Path) -> Iterator[dict]:
    """What the log of a Delta table says, in commits and checkpoints."""
    for path in (table / "_delta_log").rglob("*.json"):
        yield from map(json.loads, path.read_text().splitlines())
    for path in (table / "_delta_log").rglob("*.parquet"):
        yield from pq.read_table(path).to_pylist()


def statistics(action: dict) -> set[str]:
    """Columns of which an action keeps a least or greatest value or counts."""
    added = action.get("add") or {}
    stats = json.loads(added.get("stats") or "{}") | (added.get("stats_parsed") or {})
    return {name for kind in ("minValues", "maxValues", "nullCount") for name in stats.get(kind) or {}}


def test_a_stage_keeps_one_version(lake):
    stages = [path for path in (lake.base / "lake" / "silver.db").glob("hstg_*") if path.is_dir()]
    assert stages
    for path in stages:
        table = DeltaTable(str(path))
        # Of a union with an empty half Spark writes a file without rows, which the table does not list.
        files = {file.name for file in path.glob("*.parquet") if pq.read_metadata(file).num_rows}
        assert (table.version(), {Path(uri).name for uri in table.file_uris()} & files) == (0, files)


def test_the_raw_vault_stays_append_only_where_a_table_has_properties_of_its_own(lake):
    tables = [
        path for kind in ("hub", "*link", "*sat", "rts") for path in (lake.base / "lake/silver.db").glob(f"{kind}_*")
    ]
    assert tables
    assert not [p.name for p in tables if DeltaTable(str(p)).metadata().configuration.get("delta.appendOnly") != "true"]


PERSON = {"id": {}} | {
    name: {"personal_data": "direct"} for name in ("name", "email", "phone", "birth_date", "address")
}
PERSON["birth_date"]["type"] = "date"
VALUES = ("1", "Xqname", "Xqname@mail.example", "+1-123-555-0199", "1970-01-01 Xqnameborn", "Xqnamestreet 1")
TYPED = {**dict(zip(PERSON, VALUES, strict=True)), "birth_date": "1970-01-01"}
HEADER = ",".join(PERSON)


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Zoo, dict[str, str]]:
    """A lake that has taken a person in every format, well and broken in every way, and what each command said."""
    feeds = [feed(kind, PERSON, format=kind, key=["id"]) for kind in ("csv", "json", "parquet")]
    feeds.append(feed("strict", PERSON, format="csv", key=["id"], contract={"new": "fail", "changed": "quarantine"}))
    zoo = Zoo.with_feeds(tmp_path_factory.mktemp("people"), feeds)
    row, record = ",".join(VALUES), json.dumps(TYPED)
    zoo.put("zoo/csv/people.csv", f'{HEADER}\n{row}\n{row},Xqnameextra\n2,"Xqnamenever closed\n')
    zoo.put("zoo/csv/packed.csv", gzip.compress(f"{HEADER}\n{row}\n".encode()))
    zoo.put("zoo/csv/no-header.csv", f"{row}\n{row}\n")
    zoo.put("zoo/strict/people.csv", f"{HEADER}\n{row}\n")
    zoo.put("zoo/strict/more.csv", f"{HEADER},more\n{row},Xqnamemore\n")
    zoo.put(
        "zoo/json/people.jsonl",
        f'{record}\n{record[:-1]}, "more": ["Xqnamemore"]}}\n{{"name": "Xqnamebroken\n"Xqnametext"\n',
    )
    pq.write_table(pa.table({name: [value] for name, value in TYPED.items()}), zoo.base / "people.parquet")
    zoo.put("zoo/parquet/people.parquet", (zoo.base / "people.parquet").read_bytes())
    (zoo.base / "people.parquet").unlink()
    zoo.put("zoo/parquet/damaged.parquet", b"PAR1" + row.encode() + b"\0\0\0\7PAR1")
    (zoo.base / "new.csv").write_text(f"{HEADER}\n{row}\n{row}\n")
    said = {"ingest": zoo.run("ingest", code=1), "quarantine list": zoo.run("quarantine", "list")}
    entries = [row["quarantine_id"] for row in zoo.table("quarantine")]
    entries += [row["file_id"] for row in zoo.table("ledger") if row["status"] == "quarantined"]
    for entry in entries:
        said[f"quarantine show {entry}"] = zoo.run("quarantine", "show", entry)
    said["new-feed"] = zoo.run("new-feed", "new.csv", "--source", "people", "--name", "new", "--key", "id")
    (zoo.base / "new.csv").unlink()
    said["accept"] = zoo.run("accept", "zoo/strict/more.csv", "--because", "looked at")
    return zoo, said


def test_an_ingestion_leaves_personal_data_only_in_bronze_in_quarantine_and_in_the_landing_zone(ingested):
    zoo, _ = ingested
    tables = {f"bronze.{name}": "as received" for name in ("zoo_csv", "zoo_json", "zoo_parquet", "quarantine")}
    found = holding(zoo.base)
    assert {path.relative_to(zoo.base) for path in found if not is_data_of(tables, zoo.base, path)} == set()
    assert {f"bronze.{path.parent.name}" for path in found if path.suffix == ".parquet"} >= set(tables)


def test_no_command_of_the_ingestion_says_a_value(ingested):
    zoo, said = ingested
    assert len(said) > 8
    assert {what: text for what, text in said.items() if MARKER.search(text.encode())} == {}
    # and the search would see one
    assert MARKER.search(
        zoo.run("quarantine", "show", "--reveal", zoo.table("quarantine")[0]["quarantine_id"]).encode()
    )


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, str], str], str]:
    """What failures.py says of each kind of failure, each way; the lake's folder, and all that came out."""
    base = tmp_path_factory.mktemp("failures")
    (base / "damaged.parquet").write_text("PAR1 Xqnamedamaged Xqnamefile")
    result = Lake(base).run("python", str(Path(__file__).with_name("failures.py")), str(base / "damaged.parquet"))
    assert result.returncode == 0, "it failed by itself; run it by hand"
    told = {}
    for line in result.stdout.splitlines():
        kind, _, rest = line.partition("\t")
        if rest:
            way, _, text = rest.partition("\t")
            told[kind, way] = text
    return base, told, result.stdout + result.stderr


def test_no_failure_of_the_engine_says_a_value_on_the_terminal_or_in_a_log(failed):
    base, told, output = failed
    kinds = {kind for kind, _ in told}
    assert len(kinds) == 12
    assert {(kind, way) for kind in kinds for way in ("dbt", "sentence", "command")} == set(told)
    assert not MARKER.findall(output.encode())
    data = {
        base / "damaged.parquet",
        *(base / "lake").glob("people/*.parquet"),
        *(base / "lake").glob("constrained/*.parquet"),
    }
    assert holding(base) - data == set()


def test_what_a_failure_says_is_still_of_use(failed):
    base, told, _ = failed
    assert "[CAST_INVALID_INPUT]" in told["a cast", "dbt"]
    assert "cast(last_name as int)" in told["a cast", "dbt"]
    assert "a value of type string cannot be cast to int; try_cast gives null for it" in told["a cast", "sentence"]
    assert "emial" in told["a name in the SQL", "dbt"] and "email" in told["a name in the SQL", "dbt"]
    log = (base / "lake" / "spark.log").read_text()
    assert "SparkNumberFormatException" in log
    assert "at org.apache.spark" in log


def test_plain_dbt_says_no_value_on_the_terminal_in_its_log_or_its_artifacts(lake):
    # It fails with ANSI mode off too, and quotes the value.
    column = "select raise_error(email) as a from silver.sat_customer__crm_contact"
    with lake.borrowed():
        result = lake.run("dbt", "--debug", "show", "--inline", column)
        assert result.returncode != 0
        assert "USER_RAISED_EXCEPTION" in result.stdout
        assert not MARKER.findall((result.stdout + result.stderr).encode())
        # Rows that somebody asks for are shown to them, and to nobody who reads the log later.
        shown = lake.run(
            "dbt", "show", "--inline", "select last_name from silver.sat_customer__crm_contact", "--limit", "1"
        )
        assert MARKER.search(shown.stdout.encode()), shown.stdout
        assert holding(lake.base / "logs", lake.base / "target") == set()
