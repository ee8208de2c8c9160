"""given an ingestion that is killed, or a machine with little memory, when it is started again, then Bronze is what it should be."""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import pytest
from ingestion import Zoo, feed

from lakevault.feeds import read_feeds
from lakevault.ingest.admission import Admission
from lakevault.ingest.landing import LandingZone
from lakevault.lake.delta import fingerprint
from lakevault.lake.ledger import KnownFiles

PROJECT = Path(__file__).parents[2]
SEEDS = range(25)
FIRST_SEEDS = 1


def bronze_of(base: Path) -> dict[str, tuple[int, str]]:
    """Content of the Bronze tables, quarantine and ledger, read without Spark."""
    return {name: value for name, value in fingerprint(base / "lake").items() if name.startswith("bronze.")}


FEEDS = [
    feed("order", {"order_id": {"type": "bigint"}, "note": {}}, format="csv", key=["order_id"]),
    feed("event", {"event_id": {"type": "bigint"}, "kind": {}}, format="json", key=["event_id"]),
    feed("customer", {"customer_id": {}, "name": {}}, format="csv", key=["customer_id"], delivers="full_extract"),
]


def land(base: Path) -> Zoo:
    """Three deliveries with whole and broken files, whole and broken records, new columns and values of other types."""
    zoo = Zoo.with_feeds(base, FEEDS)
    for day in (1, 2, 3):
        numbers = range(day * 1000, day * 1000 + 500)
        orders = "".join(f"{number},note {number}\n" for number in numbers) + f"{day},too,many\nword,{day}\n"
        events = "".join(json.dumps({"event_id": number, "kind": "x"}) + "\n" for number in numbers) + "{broken\n"
        more = json.dumps({"event_id": day, "kind": "y", "colour": "red"}) + "\n"
        customers = "".join(f"{number},Name {number}\n" for number in numbers) + ("1,too,many\n" if day == 2 else "")
        files = {
            "zoo/order.csv": f"order_id,note\n{orders}",
            "zoo/event.jsonl": events + more,
            "zoo/customer.csv": f"customer_id,name\n{customers}",
        }
        zoo.put_delivery(f"{day:06d}", f"2017-01-0{day}T03:00:00Z", files)
    return zoo


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    """A lake into which all deliveries were ingested at one go."""
    zoo = land(tmp_path_factory.mktemp("undisturbed"))
    start = time.monotonic()
    zoo.run("ingest")
    (zoo.base / "seconds").write_text(str(time.monotonic() - start))
    return zoo


@pytest.mark.parametrize("seed", SEEDS)
def test_an_ingestion_that_is_killed_ends_with_the_same_bronze(undisturbed, tmp_path, request, seed):
    chaos = request.config.getoption("--chaos")
    if seed >= FIRST_SEEDS and not chaos:
        pytest.skip("make chaos")
    zoo = land(tmp_path)
    generator = random.Random(seed)
    seconds = float((undisturbed.base / "seconds").read_text())
    # Chaos kills twice: what the second start repairs is killed as well. Before a third of the time Spark only starts.
    for _ in range(2 if chaos else 1):
        process = zoo.start("ingest")
        time.sleep(generator.uniform(0.35, 0.95) * seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    zoo.run("ingest")
    assert bronze_of(zoo.base) == bronze_of(undisturbed.base)


def test_a_crash_between_data_and_ledger_is_repaired_at_the_next_start(undisturbed):
    whole = bronze_of(undisturbed.base)
    log = undisturbed.base / "lake" / "bronze.db" / "ledger" / "_delta_log"
    newest = max(log.glob("*.json"))
    for path in log.glob(f"*{newest.stem}*"):
        path.unlink()
    assert bronze_of(undisturbed.base)["bronze.ledger"] != whole["bronze.ledger"], (
        "the last delivery's entries are gone"
    )
    assert "delivery 3: 3 files" in undisturbed.run("ingest")
    assert bronze_of(undisturbed.base) == whole


def test_an_admission_that_was_killed_among_its_moves_is_finished(landed):
    landing = landed("moves")
    feeds = read_feeds(PROJECT / "models")
    delivery = next(Admission(LandingZone(landing, feeds), feeds, KnownFiles()).deliveries())
    for file in delivery.accepted[::2]:
        back = landing / "incoming" / file.name
        back.parent.mkdir(parents=True, exist_ok=True)
        LandingZone(landing, feeds).path_of(file).rename(back)
    zone = LandingZone(landing, feeds)
    assert zone.unfinished(0) == [delivery]
    assert all(zone.path_of(file).is_file() for file in delivery.accepted)


def test_a_file_that_was_changed_before_a_killed_admission_had_moved_it_is_judged_anew(landed):
    landing = landed("changed")
    feeds = read_feeds(PROJECT / "models")
    delivery = next(Admission(LandingZone(landing, feeds), feeds, KnownFiles()).deliveries())
    changed = delivery.accepted[0]
    back = landing / "incoming" / changed.name
    back.parent.mkdir(parents=True, exist_ok=True)
    LandingZone(landing, feeds).path_of(changed).rename(back)
    back.write_text("other")
    [resumed] = LandingZone(landing, feeds).unfinished(0)
    assert changed.file_id not in [file.file_id for file in resumed.files]
    assert back.is_file()


def test_a_file_that_is_changed_after_it_was_admitted_goes_to_quarantine_and_its_neighbours_land(tmp_path):
    zoo = Zoo.with_feeds(tmp_path, FEEDS)
    for name in ("good", "changed", "gone"):
        zoo.put(f"zoo/order/{name}.csv", f"order_id,note\n1,{name}\n2,{name}\n")
    feeds = read_feeds(tmp_path / "models")
    zone = LandingZone(zoo.landing, feeds)
    [delivery] = Admission(zone, feeds, KnownFiles()).deliveries()
    paths = {Path(file.name).stem: zone.path_of(file) for file in delivery.accepted}
    paths["changed"].write_text("order_id,note\n1,other\n")
    paths["gone"].unlink()
    said = zoo.run("ingest")
    assert "quarantined: zoo/order/changed.csv: unreadable: it was changed or removed after it was admitted" in said
    assert {name: zoo.ledger(f"zoo/order/{name}.csv")["status"] for name in paths} == {
        "good": "loaded", "changed": "quarantined", "gone": "quarantined"
    }  # fmt: skip
    assert [row["note"] for row in zoo.table("zoo_order")] == ["good", "good"]
    assert "Nothing new" in zoo.run("ingest")


def test_executors_that_run_other_code_stop_the_command_and_no_file_is_blamed(tmp_path):
    zoo = Zoo.with_feeds(tmp_path, FEEDS)
    zoo.put("zoo/order/good.csv", "order_id,note\n1,good\n")
    # A Python whose reader is another one, as when the package is replaced while it runs.
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "sitecustomize.py").write_text(
        "import lakevault.ingest.formats as formats\ndef read(*_, **__): raise AttributeError('no such field')\nformats.read = read\n"
    )
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path}/other:$PYTHONPATH exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    zoo.environment["PYSPARK_PYTHON"] = str(python)
    assert "Spark has stopped working while zoo.order was read" in zoo.run("ingest", code=1)
    del zoo.environment["PYSPARK_PYTHON"]
    zoo.run("ingest")
    assert [row["note"] for row in zoo.table("zoo_order")] == ["good"]


def test_a_backlog_passes_with_a_driver_of_2_gb(tmp_path, request):
    files = 50
    rows = 40_000 * (10 if request.config.getoption("--chaos") else 1)
    zoo = Zoo.with_feeds(
        tmp_path, [feed("line", {"line_id": {"type": "bigint"}, "text": {}}, format="json", key=["line_id"])]
    )
    for number in range(files):
        lines = (json.dumps({"line_id": number * rows + row, "text": "x" * 40}) for row in range(rows))
        zoo.put(f"zoo/line/{number}.jsonl", "\n".join(lines))
    zoo.run("ingest")
    assert sum(row["landed_count"] for row in zoo.table("ledger")) == files * rows
