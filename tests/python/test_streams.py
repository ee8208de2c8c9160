"""given a live PostgreSQL, Debezium and Kafka, when the database changes and each of them is killed, then the vault has what the database has."""

import os
import random
import shutil
import signal
import string
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from conftest import PROJECT, Lake
from members import MEMBERSHIP, difference
from rich.console import Console

from lakevault.develop import live
from lakevault.develop.prove import LEARNT_COLUMNS
from lakevault.errors import LakevaultError
from lakevault.lake.delta import fingerprint
from lakevault.sample import web_events
from lakevault.streams.receive import BROKERS

PORT = 21092 + 10 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
CONSOLE = Console(quiet=True)
USERS, SUBSCRIPTIONS = "membership.public.app_user", "membership.public.subscription"
MARKERS = "membership.transaction"
BRONZE = {
    web_events.TOPIC: "shop_web_event",
    "billing.events": "billing_event",
    "engage.events": "engage_event",
    USERS: "membership_user",
    SUBSCRIPTIONS: "membership_subscription",
    "membership.public.plan": "membership_plan",
}
VAULT = ["path:models/staging", "path:models/silver/hashed_stage", "source:membership.*+,path:models/silver/raw_vault"]
SEEDS = range(25)
# So many seconds the database changes while services and ingestion are killed.
PROGRAM = 12
# An ingestion that is killed before it has started, and one that is killed when it is done, are of no use.
INGESTION = (3, 14)


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


@pytest.fixture(scope="module")
def live_lake(streams: live.Streams, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake that receives from the services."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(BROKERS, streams.broker)
        lake = Lake(tmp_path_factory.mktemp("lake"))
        run(lake, "lakevault", "init")
        yield lake


def run(lake: Lake, *command: str) -> None:
    done = lake.run(*command)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-3000:]


def kill_group(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def changes(streams: live.Streams, generator: random.Random) -> str:
    """A transaction of some changes of rows that the database has."""
    users = [int(user) for user in streams.sql("select user_id from app_user order by 1").split()]
    subscriptions = [
        int(number) for number in streams.sql("select subscription_id from subscription order by 1").split()
    ]
    households = streams.sql("select distinct household_id from app_user order by 1").split()
    text = "".join(generator.choices(string.ascii_letters, k=3000))

    def new_user() -> str:
        # A key that is free, and is so still when a million is added to it.
        user, household = max(user % 1_000_000 for user in users) + 1, generator.choice(households)
        users.append(user)
        return f"insert into app_user values ({user}, {household}, 'O''Hara {user}', null, 'US', '{text}')"

    def changed_user() -> str:
        what = (f"country = '{generator.choice(('CA', 'MX', 'US'))}'", f"biography = '{text}'", "email = null")
        return f"update app_user set {generator.choice(what)} where user_id = {generator.choice(users or [-1])}"

    def changed_key() -> str:
        # Of a key that is changed twice, a large value that is not is unknown: a test of the lake says so.
        user = generator.choice([user for user in users if user < 1_000_000] or [-1])
        if user in users:
            users[users.index(user)] = user + 1_000_000
        return f"update app_user set user_id = user_id + 1000000 where user_id = {user}"

    def new_subscription() -> str:
        number = max(subscriptions, default=0) + 1
        subscriptions.append(number)
        return f"insert into subscription values ({number}, {generator.choice(users or [-1])}, 'basic', 'active', '2018-01-01')"

    def changed_subscription() -> str:
        what = ("plan_id = 'family'", "plan_id = 'basic'", "status = 'paused'", "status = 'active'")
        return f"update subscription set {generator.choice(what)} where subscription_id = {generator.choice(subscriptions or [-1])}"

    def deleted() -> str:
        if generator.random() < 0.5 and len(users) > 5:
            return f"delete from app_user where user_id = {users.pop(generator.randrange(len(users)))}"
        return f"delete from subscription where subscription_id = {generator.choice(subscriptions or [-1])}"

    def truncated() -> str:
        subscriptions.clear()
        return f"truncate subscription; {new_subscription()}"

    kinds: dict[Callable[[], str], int] = {
        new_user: 3,
        changed_user: 8,
        changed_key: 2,
        new_subscription: 4,
        changed_subscription: 6,
        deleted: 2,
        truncated: 1,
    }
    statements = [one() for one in generator.choices(list(kinds), list(kinds.values()), k=generator.randint(1, 5))]
    return "begin;\n" + "".join(f"{statement};\n" for statement in statements) + "commit;\n"


def messages(streams: live.Streams) -> dict[str, list[tuple[int, int, str | None]]]:
    """By topic the partition, offset and key of each message, read as anybody reads them."""
    found: dict[str, list[tuple[int, int, str | None]]] = {topic: [] for topic in (*BRONZE, MARKERS)}
    consumer = Consumer(
        {
            "bootstrap.servers": streams.broker,
            "group.id": "second-reader",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
        }
    )
    topics = consumer.list_topics(timeout=30).topics
    places = [TopicPartition(topic, number, 0) for topic in found for number in topics[topic].partitions]
    consumer.assign(places)
    ended = 0
    while ended < len(places):
        for message in consumer.consume(1000, timeout=1):
            if message.error():
                ended += 1
            else:
                key = message.key()
                found[message.topic()].append((message.partition(), message.offset(), key.decode() if key else None))
    consumer.close()
    return {topic: sorted(of_it, key=repr) for topic, of_it in found.items()}


def bronze(lake: Lake) -> dict[str, list[tuple[int, int, str | None]]]:
    """The same as Bronze has it."""
    sql = "select message_partition, record_number, message_key from t"
    return {topic: sorted(lake.query(sql, t=f"bronze.{table}"), key=repr) for topic, table in BRONZE.items()}


def settled(streams: live.Streams, lake: Lake) -> None:
    """Wait until Debezium has sent all changes, and ingest them."""
    transaction = streams.sql(
        "begin; update plan set currency = currency; select pg_current_xact_id(); commit;"
    ).strip()
    until = time.monotonic() + live.PATIENCE
    while sum(f'"{transaction}:' in (key or "") for _, _, key in messages(streams)[MARKERS]) < 2:
        assert time.monotonic() < until, "Debezium has not sent the last transaction"
        time.sleep(0.5)
    run(lake, "lakevault", "ingest")
    sent = messages(streams)
    assert bronze(lake) == {topic: sent[topic] for topic in BRONZE}


def vault_has_what_the_database_has(streams: live.Streams, lake: Lake) -> None:
    run(lake, "dbt", "run", "--select", *VAULT)
    for table, columns in MEMBERSHIP.items():
        days = columns.replace("started_on", "started_on - date '1970-01-01'")
        (lake.base / f"{table}.csv").write_text(streams.sql(f"select {days} from {table}"))
        types = dict.fromkeys(columns.split(", "), "varchar")
        options = f"header = false, auto_detect = false, delim = ',', quote = '\"', columns = {types}"
        expected = f"select * from read_csv('{lake.base}/{table}.csv', {options})"
        # Of subscriptions there may be none: the table is truncated now and then.
        assert lake.query(expected) or table == "subscription"
        assert difference(lake, table, expected) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_of_services_and_an_ingestion_that_are_killed_nothing_is_lost_or_doubled(streams, live_lake, request, seed):
    chaos = request.config.getoption("--chaos")
    if seed and not chaos:
        pytest.skip("make chaos-streams")
    generator = random.Random(seed)
    producer = Producer({"bootstrap.servers": streams.broker, "log_level": 0})
    kills = {
        victim: generator.uniform(0, PROGRAM)
        for victim in generator.sample(("connect", "broker"), generator.choice((1, 2)))
    }
    kills["ingestion"] = generator.uniform(*INGESTION)
    ingestion, start = live_lake.start("lakevault", "ingest"), time.monotonic()

    while kills or time.monotonic() < start + PROGRAM:
        streams.sql(changes(streams, generator))
        for _ in range(generator.randrange(20)):
            visit = generator.randrange(10_000)
            producer.produce(
                web_events.TOPIC, f'{{"event_id": "c{seed}-{visit}"}}', f"s{visit}", visit % web_events.PARTITIONS
            )
        producer.poll(0)
        for victim in [victim for victim, at in kills.items() if time.monotonic() > start + at]:
            kill_group(ingestion) if victim == "ingestion" else streams.kill(victim, signal.SIGKILL)
            del kills[victim]
        time.sleep(0.2)
    if not streams.is_running("broker"):
        streams.start_broker()
    if not streams.is_running("connect"):
        streams.connect(CONSOLE)
    if chaos:
        # What the next start finds half done is killed as well, while the services take up again.
        ingestion = live_lake.start("lakevault", "ingest")
        time.sleep(generator.uniform(*INGESTION))
        kill_group(ingestion)
    assert producer.flush(live.PATIENCE) == 0
    settled(streams, live_lake)
    if chaos:
        vault_has_what_the_database_has(streams, live_lake)


def test_the_vault_has_what_the_database_has_also_when_debezium_was_killed_and_lost_its_place(streams, live_lake):
    first, second, third = streams.sql("select user_id from app_user order by user_id limit 3").split()
    # Killed, and what happens meanwhile: there and back in one transaction, a changed key beside a large value, a delete.
    streams.kill("connect", signal.SIGKILL)
    before = streams.offsets()
    streams.sql(
        f"""
        begin;
        update app_user set country = 'CA' where user_id = {first};
        update app_user set country = 'US' where user_id = {first};
        update app_user set country = 'BR' where user_id = {first};
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
    settled(streams, live_lake)
    vault_has_what_the_database_has(streams, live_lake)


def test_a_lake_that_takes_everything_at_once_has_the_same_rows(streams, live_lake, request, tmp_path):
    if not request.config.getoption("--chaos"):
        pytest.skip("make chaos-streams")
    at_once = Lake(tmp_path)
    run(at_once, "lakevault", "init")
    settled(streams, at_once)
    run(live_lake, "lakevault", "ingest")
    for each in (live_lake, at_once):
        run(each, "dbt", "run", "--select", *VAULT)
    in_turn, whole = (
        {
            name: value
            for name, value in fingerprint(each.base / "lake", LEARNT_COLUMNS | {"file_name"}).items()
            if name.removeprefix("bronze.") in BRONZE.values() or name.startswith("silver.")
        }
        for each in (live_lake, at_once)
    )
    assert whole == in_turn


def test_messages_that_expire_while_nobody_reads_are_told(streams, live_lake):
    producer = Producer({"bootstrap.servers": streams.broker, "log_level": 0})
    for number in range(5):
        producer.produce(web_events.TOPIC, f'{{"event_id": "late-{number}"}}', "s0", 0)
    assert producer.flush(30) == 0
    end = max(offset for partition, offset, _ in messages(streams)[web_events.TOPIC] if partition == 0)
    admin = AdminClient({"bootstrap.servers": streams.broker, "log_level": 0})
    for done in admin.delete_records([TopicPartition(web_events.TOPIC, 0, end - 1)]).values():
        done.result()
    said = live_lake.run("lakevault", "ingest")
    assert said.returncode == 1
    assert f"lost: 3 offsets of partition 0 of {web_events.TOPIC}" in " ".join(said.stdout.split()), said.stdout


def test_streams_that_run_are_not_started_twice_and_a_missing_database_is_named(streams, tmp_path, monkeypatch):
    with pytest.raises(LakevaultError, match="streams-stop"):
        streams.start(CONSOLE)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "java").write_text("")
    (tmp_path / "java").chmod(0o755)
    with pytest.raises(LakevaultError, match="apt-get install postgresql"):
        live.Streams(tmp_path / "other", PORT + 4).start(CONSOLE)
