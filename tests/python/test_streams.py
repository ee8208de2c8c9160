"""given a live PostgreSQL, Debezium and Kafka, when the database changes and Debezium is killed, then the vault has what the database has."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT, Lake
from members import MEMBERSHIP, difference
from rich.console import Console

from lakevault.develop import live
from lakevault.errors import LakevaultError
from lakevault.streams.receive import BROKERS

PORT = 21092 + 10 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
CONSOLE = Console(quiet=True)
USERS, SUBSCRIPTIONS = "membership.public.app_user", "membership.public.subscription"


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.Streams]:
    """The services, with what the sample's programs have sent."""
    if shutil.which("psql") is None:
        pytest.skip("PostgreSQL is not installed")
    # Where PostgreSQL runs as a user of its own, it has to reach its folder.
    base = Path(tmp_path_factory.mktemp("streams"))
    for folder in (base, *list(base.parents)[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    kept = PROJECT / live.FOLDER / "jars"
    kept.parent.mkdir(parents=True, exist_ok=True)
    live.jars.fetch_to(kept, live.COORDINATES)
    (base / "jars").symlink_to(kept)
    streams = live.Streams(base, PORT)
    streams.start(CONSOLE)
    try:
        live.play(streams, CONSOLE)
        yield streams
    finally:
        streams.stop()


def test_the_vault_has_what_the_database_has_also_when_debezium_was_killed_and_lost_its_place(
    streams, tmp_path, monkeypatch
):
    first, second, third = streams.sql("select user_id from app_user order by user_id limit 3").split()
    # Killed, and what happens meanwhile: there and back in one transaction, a changed key beside a large value, a delete.
    streams.kill("connect", signal.SIGKILL)
    before = streams.offsets()
    streams.sql(
        f"""
        begin;
        update app_user set country = 'CA' where user_id = {first};
        update app_user set country = 'US' where user_id = {first};
        update app_user set country = 'MX' where user_id = {first};
        commit;
        update app_user set user_id = 77 where user_id = {second};
        update app_user set full_name = 'O''Hara, "Ann"', country = null where user_id = 77;
        """
    )
    streams.connect(CONSOLE)
    streams.wait_for({USERS: before[USERS] + 7})
    # Its place is lost, and with it a delete that nobody reads.
    streams.kill("connect", signal.SIGTERM)
    streams.sql("select pg_drop_replication_slot('lakevault')")
    streams.sql(f"delete from subscription where user_id = {third}; delete from app_user where user_id = {third};")
    (streams.folder / "data" / "connect.offsets").unlink()
    before = streams.offsets()
    rows = {topic: int(streams.sql(f"select count(*) from {topic.split('.')[-1]}")) for topic in (USERS, SUBSCRIPTIONS)}
    streams.connect(CONSOLE)
    streams.wait_for({topic: before[topic] + count for topic, count in rows.items()})

    monkeypatch.setenv(BROKERS, streams.broker)
    lake = Lake(tmp_path)
    vault = [
        "path:models/staging",
        "path:models/silver/hashed_stage",
        "source:membership.*+,path:models/silver/raw_vault",
    ]
    for command in (["init"], ["ingest"]):
        done = lake.run("lakevault", *command)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    done = lake.run("dbt", "run", "--select", *vault)
    assert done.returncode == 0, done.stdout[-4000:]
    for table, columns in MEMBERSHIP.items():
        days = columns.replace("started_on", "started_on - date '1970-01-01'")
        (tmp_path / f"{table}.csv").write_text(streams.sql(f"select {days} from {table}"))
        options = f"header = false, all_varchar = true, names = {columns.split(', ')}"
        expected = f"select * from read_csv('{tmp_path}/{table}.csv', {options})"
        assert len(lake.query(expected)) > 2
        assert difference(lake, table, expected) == []
    # and nothing that was sent is missing from Bronze
    sent = streams.offsets()
    landed = {
        topic: lake.query("select count(*) from t", t=f"bronze.{feed}")[0][0]
        for topic, feed in {
            "shop.web-events": "shop_web_event",
            USERS: "membership_user",
            SUBSCRIPTIONS: "membership_subscription",
            "membership.public.plan": "membership_plan",
        }.items()
    }
    assert landed == sent


def test_streams_that_run_are_not_started_twice_and_a_missing_database_is_named(streams, tmp_path, monkeypatch):
    with pytest.raises(LakevaultError, match="streams-stop"):
        streams.start(CONSOLE)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "java").write_text("")
    (tmp_path / "java").chmod(0o755)
    with pytest.raises(LakevaultError, match="apt-get install postgresql"):
        live.Streams(tmp_path / "other", PORT + 4).start(CONSOLE)
