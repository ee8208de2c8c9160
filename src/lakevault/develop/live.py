"""The streams of the sample live, on this machine alone: a Kafka broker, PostgreSQL, and Debezium between them.

All of it stands in .cache/streams: jars, data, logs, process ids, and a lake of its own, on which what arrives is built.
"""

import base64
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pandas as pd
from rich.console import Console

from lakevault.develop import scaffold
from lakevault.errors import LakevaultError
from lakevault.files import sha256
from lakevault.paths import lake_environment
from lakevault.pipeline import jars
from lakevault.sample import engagement, membership, real, web_events
from lakevault.sample.billing import events as billing
from lakevault.sample.schedule import make_schedule
from lakevault.streams.receive import BROKERS

FOLDER = Path(".cache/streams")
COORDINATES = (
    "org.apache.kafka:kafka_2.13:4.3.1",
    "io.debezium:debezium-embedded:3.6.1.Final",
    "io.debezium:debezium-connector-postgres:3.6.1.Final",
    "org.slf4j:slf4j-simple:1.7.36",
)
# The names of all jars with the checksum of each, as one checksum.
JARS = "ae05ebb89d4088845fc27d5b297f016cd296f032943f0e4343cdbbe27829943c"
JAVA = ("java", "-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
SEED = 2017
HOUSEHOLDS = 40
DATABASE = "membership"
# Topics that no database fills, and their partitions.
SIMULATED = {topic.TOPIC: topic.PARTITIONS for topic in (web_events, billing, engagement)}
TABLES = {
    "app_user": "user_id int primary key, household_id int, full_name text, email text, country text, biography text",
    "plan": "plan_id text primary key, plan_name text, monthly_amount numeric(8, 2), currency text",
    "subscription": "subscription_id int primary key, user_id int, plan_id text, status text, started_on date",
}
# So long may a part take to start, or messages to arrive.
PATIENCE = 120.0


class Streams:
    """The three services, in a folder, on four ports of the loopback from `port` on."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder.resolve()
        self.broker = f"127.0.0.1:{port}"
        self._ports = {"port": port, "controller": port + 1, "connect": port + 2, "postgres": port + 3}

    def start(self, console: Console) -> None:
        """Start what does not run. Raises LakevaultError, and leaves nothing running, when a part does not start."""
        if self.is_running("broker") or self.is_running("connect"):
            raise LakevaultError("the streams run already: `make streams-stop` stops them.")
        self._programs()
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        (self.folder / "data" / "none").mkdir(parents=True, exist_ok=True)
        try:
            with console.status("fetching the jars of Kafka and Debezium ..."):
                jars.fetch_to(self.folder / "jars", COORDINATES)
                self._check_jars()
            with console.status("starting PostgreSQL ..."):
                self._start_postgres()
            with console.status("starting the broker ..."):
                self._format_broker()
                self.start_broker()
                self._create_topics()
        except BaseException:
            self.stop()
            raise
        console.print(f"PostgreSQL on port {self._ports['postgres']}, Kafka on port {self._ports['port']}")

    def start_broker(self) -> None:
        """Start the broker on what it has, also after a kill."""
        from confluent_kafka.admin import AdminClient

        self._java("broker", "kafka.Kafka", str(self.folder / "broker.properties"))
        admin = AdminClient({"bootstrap.servers": self.broker, "log_level": 0})
        self._wait("broker", lambda: bool(admin.list_topics(timeout=1).brokers))

    def connect(self, console: Console) -> None:
        """Start Debezium, and wait until it has read a snapshot of the database and reads its log."""
        with console.status("starting Debezium ..."):
            for name in ("worker", "connector"):
                self._write(f"{name}.properties")
            files = (str(self.folder / f"{name}.properties") for name in ("worker", "connector"))
            self._java("connect", "org.apache.kafka.connect.cli.ConnectStandalone", *files)
            self._wait("connect", lambda: self._connector_runs() and self._log_is_read())
        console.print(f"Debezium reads the database {DATABASE}; its state: port {self._ports['connect']}")

    def stop(self) -> None:
        """Stop all that runs, Debezium first."""
        for name in ("connect", "broker"):
            self.kill(name, signal.SIGTERM)
        if (self.folder / "data" / "postgres" / "postmaster.pid").is_file():
            self._postgres("pg_ctl", "-D", str(self.folder / "data" / "postgres"), "-m", "fast", "stop")

    def kill(self, name: str, how: signal.Signals) -> None:
        """Send a signal to broker or connect, and wait until it is gone; one that does not go in ten seconds is killed."""
        for sent in (how, signal.SIGKILL):
            if self.is_running(name):
                os.kill(int((self.folder / f"{name}.pid").read_text()), sent)
            until = time.monotonic() + 10
            while self.is_running(name) and time.monotonic() < until:
                time.sleep(0.1)
        (self.folder / f"{name}.pid").unlink(missing_ok=True)

    def is_running(self, name: str) -> bool:
        """Whether broker or connect runs."""
        pid = self.folder / f"{name}.pid"
        if not pid.is_file():
            return False
        # One that this process has started and that has ended is there until somebody asks for it.
        with suppress(ChildProcessError):
            os.waitpid(int(pid.read_text()), os.WNOHANG)
        # The number may belong to another process by now.
        shown = subprocess.run(["ps", "-ww", "-p", pid.read_text(), "-o", "command="], capture_output=True, text=True)
        return str(self.folder) in shown.stdout

    def sql(self, text: str, database: str = DATABASE) -> str:
        """Run SQL and give its rows, as CSV. Raises LakevaultError with what PostgreSQL says."""
        port = str(self._ports["postgres"])
        command = ["psql", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "-qAt", "--csv", "-v", "ON_ERROR_STOP=1"]
        done = subprocess.run([*command, database], input=text, capture_output=True, text=True)
        if done.returncode:
            raise LakevaultError(f"PostgreSQL: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def offsets(self) -> dict[str, int]:
        """The end of each topic of the sample, over its partitions; topics that are not there are left out."""
        from confluent_kafka import Consumer, TopicPartition

        consumer = Consumer({"bootstrap.servers": self.broker, "group.id": "lakevault", "log_level": 0})
        try:
            topics = consumer.list_topics(timeout=PATIENCE).topics
            return {
                name: sum(consumer.get_watermark_offsets(TopicPartition(name, n))[1] for n in topics[name].partitions)
                for name in (*SIMULATED, *membership.TOPICS.values())
                if name in topics
            }
        finally:
            consumer.close()

    def wait_for(self, expected: dict[str, int]) -> None:
        """Wait until topics have so many messages. Raises LakevaultError, with what is missing, when they do not come."""
        found: dict[str, int] = {}

        def missing() -> list[str]:
            return [
                f"{name} has {found.get(name, 0):,} of {count:,} messages"
                for name, count in expected.items()
                if found.get(name, 0) < count
            ]

        def have_come() -> bool:
            found.update(self.offsets())
            return not missing()

        try:
            self._wait("connect", have_come)
        except LakevaultError as error:
            raise LakevaultError("; ".join([*missing(), str(error)])) from error

    def _programs(self) -> None:
        if shutil.which("java") is None:
            raise LakevaultError("there is no `java`: install Java 17 or 21.")
        if shutil.which("psql") is None or self._home() is None:
            raise LakevaultError(
                "PostgreSQL is not installed: `apt-get install postgresql` (Debian, Ubuntu) or `brew install postgresql@15`."
            )

    def _home(self) -> Path | None:
        """The folder with PostgreSQL's server programs, which Debian keeps out of the path."""
        found = shutil.which("initdb")
        places = [Path(found)] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        return places[-1].parent if places else None

    def _postgres(self, program: str, *arguments: str) -> None:
        # It refuses to run as root.
        other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        home = self._home()
        command = [*other, str(home / program) if home else program, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/")
        if done.returncode:
            raise LakevaultError(f"PostgreSQL: {program} failed: {(done.stderr or done.stdout).strip()[-2000:]}")

    def _start_postgres(self) -> None:
        data = self.folder / "data" / "postgres"
        data.mkdir()
        if os.geteuid() == 0:
            shutil.chown(data, "postgres")
        self._postgres("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
        text = scaffold.render("streams/postgresql.conf", **self._ports)
        with (data / "postgresql.conf").open("a") as file:
            file.write(text)
        self._postgres("pg_ctl", "-D", str(data), "-l", str(data / "log"), "-w", "start")
        self.sql(f"create database {DATABASE}", "postgres")
        # A large text stands outside of its row, where a change of other columns does not touch it.
        large = "alter table app_user alter column biography set storage external;"
        self.sql("".join(f"create table {name} ({columns});" for name, columns in TABLES.items()) + large)

    def _format_broker(self) -> None:
        self._write("broker.properties")
        settings = str(self.folder / "broker.properties")
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # The id may begin with a hyphen.
        options = (f"--cluster-id={cluster}", f"--config={settings}")
        command = (*JAVA, "-cp", self._class_path(), "kafka.tools.StorageTool", "format", *options)
        # What goes wrong here stands in the broker's log, and it does not start.
        with (self.folder / "broker.log").open("w") as log:
            subprocess.run(command, stdout=log, stderr=log, check=False)

    def _create_topics(self) -> None:
        from confluent_kafka.admin import AdminClient
        from confluent_kafka.cimpl import NewTopic

        admin = AdminClient({"bootstrap.servers": self.broker, "log_level": 0})
        for made in admin.create_topics([NewTopic(name, count, 1) for name, count in SIMULATED.items()]).values():
            made.result()

    def _connector_runs(self) -> bool:
        address = f"http://127.0.0.1:{self._ports['connect']}/connectors/{DATABASE}/status"
        with urllib.request.urlopen(address, timeout=2) as answer:
            state = json.load(answer)
        return [task["state"] for task in state["tasks"]] == ["RUNNING"]

    def _log_is_read(self) -> bool:
        # A task is said to run before its snapshot is read. A table that is truncated meanwhile is empty in the snapshot:
        # in PostgreSQL transactions that began earlier do not keep its rows.
        return self.sql("select count(*) from pg_replication_slots where active").strip() == "1"

    def _wait(self, name: str, is_done: Callable[[], bool]) -> None:
        """Wait for something that a service must do. Raises LakevaultError when it has ended, or takes too long."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.is_running(name):
            # Not there yet: refused connections, answers that are not there, clients that time out.
            with suppress(Exception):
                if is_done():
                    return
            time.sleep(0.3)
        log = self.folder / f"{name}.log"
        what = f"did not do its part within {PATIENCE:.0f} s" if self.is_running(name) else "has ended"
        raise LakevaultError(f"{name} {what}; the end of {log}:\n{log.read_text()[-1500:]}")

    def _java(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("a") as log:
            process = subprocess.Popen(
                [*JAVA, "-cp", self._class_path(), *arguments],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        (self.folder / f"{name}.pid").write_text(str(process.pid))

    def _class_path(self) -> str:
        # Scala comes with Spark.
        return os.pathsep.join([f"{self.folder}/jars/*", *map(str, jars.spark_folder().glob("scala-library-*.jar"))])

    def _check_jars(self) -> None:
        found = sorted((self.folder / "jars").glob("*.jar"))
        names = "".join(f"{path.name} {sha256(path)}\n" for path in found)
        if (digest := hashlib.sha256(names.encode()).hexdigest()) != JARS:
            raise LakevaultError(
                f"the {len(found)} jars in {self.folder}/jars are not those that were pinned ({digest}): remove the folder and "
                "try again; if that does not help, what the registry gives has changed."
            )

    def _write(self, name: str) -> None:
        text = scaffold.render(f"streams/{name}", folder=self.folder, database=DATABASE, **self._ports)
        (self.folder / name).write_text(text)


def run(console: Console, port: int) -> None:
    """Start the services, run the programs that send events and the one of the membership database, and build what arrives.

    Raises LakevaultError when a part fails. The services run on until `make streams-stop`.
    """
    streams = Streams(FOLDER, port)
    shutil.rmtree(FOLDER / "own", ignore_errors=True)
    streams.start(console)
    console.print(f"{play(streams, console):,} messages in {len(streams.offsets())} topics")
    environment = os.environ | lake_environment(streams.folder / "own", small=True) | {BROKERS: streams.broker}
    for command in ("init", "build"):
        done = subprocess.run([sys.executable, "-m", "lakevault.cli", command], env=environment)
        if done.returncode:
            raise LakevaultError(f"`lakevault {command}` on the lake in {FOLDER}/own failed; see above.")
    console.print(
        f"The lake is in {FOLDER}/own. The services run on; with {BROKERS}={streams.broker} `lakevault ingest` receives "
        "what is sent next. `make streams-stop` stops them."
    )


def stop(console: Console, port: int) -> None:
    """Stop the services."""
    Streams(FOLDER, port).stop()
    console.print("the streams are stopped")


def play(streams: Streams, console: Console) -> int:
    """Send the sample's events, and run its program in the database; gives how many messages the topics have."""
    tables = real.with_households(real.read_all(), HOUSEHOLDS)
    households = sorted(tables["transactions"].household_id.unique().tolist())
    before, commits = membership.program(households, SEED)
    for _, statements in before:
        streams.sql(transaction(statements))
    streams.connect(console)
    streams.sql("".join(transaction(statements) for _, statements in commits))
    expected = send_events(streams, tables)
    recorded = membership.begun(before)
    for at, statements in commits:
        recorded.commit(at, *statements)
    for message in recorded.messages:
        topic = membership.TOPICS[message["feed"]]
        expected[topic] = expected.get(topic, 0) + 1
    with console.status("waiting for the messages ..."):
        streams.wait_for(expected)
    return sum(streams.offsets().values())


def send_events(streams: Streams, tables: dict[str, pd.DataFrame]) -> dict[str, int]:
    """Send the events of web shop, billing account and mails as they do: at least once, in the order of their arrival.

    Gives how many each topic got.
    """
    from confluent_kafka import Producer

    periods = make_schedule("quarterly")
    account = billing.simulate(sorted(tables["transactions"].household_id.unique().tolist()), SEED)
    sent = [
        web_events.messages(web_events.web_events(tables, SEED), periods, SEED),
        billing.messages(account, periods, SEED),
        engagement.messages(engagement.engagement(tables, account, SEED), tables, periods, SEED),
    ]
    producer = Producer({"bootstrap.servers": streams.broker, "log_level": 0})
    for messages in sent:
        for row in messages.itertuples():
            producer.produce(row.topic, row.value, row.key, row.partition)
            producer.poll(0)
    if left := producer.flush(PATIENCE):
        raise LakevaultError(f"the broker did not take {left:,} messages within {PATIENCE:.0f} s; see broker.log.")
    return {messages.topic.iloc[0]: len(messages) for messages in sent}


def transaction(statements: list[membership.Statement]) -> str:
    """The statements of the program as one transaction of PostgreSQL."""
    return "begin;\n" + "".join(f"{_sql(*statement)};\n" for statement in statements) + "commit;\n"


def _sql(statement: str, table: str, given: membership.Row) -> str:
    key = membership.TABLES[table][0]
    values = {name: _literal(name, value) for name, value in given.items() if name != "new_key"}
    if statement == "insert":
        return f"insert into {table} ({', '.join(values)}) values ({', '.join(values.values())})"
    if statement == "truncate":
        return f"truncate {table}"
    if statement == "delete":
        return f"delete from {table} where {key} = {values[key]}"
    if "new_key" in given:
        return f"update {table} set {key} = {_literal(key, given['new_key'])} where {key} = {values[key]}"
    changed = ", ".join(f"{name} = {value}" for name, value in values.items() if name != key)
    return f"update {table} set {changed} where {key} = {values[key]}"


def _literal(name: str, value: object) -> str:
    if name == "started_on":
        return f"date '1970-01-01' + {value}"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
