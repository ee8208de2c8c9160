"""The membership database of the web shop, and what its change feed says of it, message by message.

A small PostgreSQL in memory: a seeded program inserts, updates, deletes, changes keys, truncates and migrates, and each statement
is written down as Debezium writes it. What the tables hold at the end is the expected truth.
"""

import json
from typing import Any

import numpy as np
import pandas as pd
from faker import Faker

from lakevault.sample.schedule import Schedule
from lakevault.sample.simulate import generator

SOURCE = "membership"
# Table of the database: its key, and the feed that takes its changes.
TABLES = {
    "app_user": ("user_id", "user"),
    "plan": ("plan_id", "plan"),
    "subscription": ("subscription_id", "subscription"),
}
TOPICS = {feed: f"membership.public.{table}" for table, (_, feed) in TABLES.items()}
# PostgreSQL leaves a large value that was not changed out of its log.
UNAVAILABLE = "__debezium_unavailable_value"
LARGE = {"app_user": "biography"}
SIGNED_UP = 0.5
OPENED = pd.Timestamp("2017-01-01 06:00:00")
RELOADED = pd.Timestamp("2017-05-10 02:00:00")
# The connector's place in the log was lost for these days; then it began with a snapshot again.
LOST_AT, FOUND_AT = pd.Timestamp("2017-10-10 00:00:00"), pd.Timestamp("2017-10-20 04:00:00")
PLANS = {"basic": ("Basic", "4.99"), "plus": ("Plus", "9.99"), "family": ("Family", "14.99")}
Row = dict[str, Any]


class Database:
    """Tables with their rows by key, and the messages of their changes.

    Attributes:
        tables: rows by table and key.
        messages: one row each: feed, received_at (UTC), key, headers, value (none: a tombstone), as the broker has them.
        is_read: whether the connector reads the log. What happens while it does not is in no message.
    """

    def __init__(self) -> None:
        self.is_read = True
        self.tables: dict[str, dict[Any, Row]] = {name: {} for name in TABLES}
        self.messages: list[dict[str, Any]] = []
        self._lsn, self._transaction = 24_000_000, 700

    def snapshot(self, at: pd.Timestamp) -> None:
        """Every row of every table, as the connector reads them when it has no place in the log to go on from."""
        self._lsn += 56
        for table, rows in self.tables.items():
            for number, row in enumerate(rows.values(), start=1):
                mark = "last_in_data_collection" if number == len(rows) else "true"
                self._send(table, at, "r", None, row, snapshot=mark)

    def commit(self, at: pd.Timestamp, *statements: tuple[str, str, Row]) -> None:
        """Run statements in one transaction: (insert, update, delete or truncate; table; row, or key and new values)."""
        self._transaction += 1
        order = 0
        for statement, table, given in statements:
            key = TABLES[table][0]
            rows = self.tables[table]
            self._lsn += 56
            large = LARGE.get(table)
            unchanged = {large: UNAVAILABLE} if large and large not in given else {}
            steps: list[tuple[str, Row | None, Row | None]]
            if statement == "insert":
                rows[given[key]] = dict(given)
                steps = [("c", None, given)]
            elif statement == "truncate":
                rows.clear()
                steps = [("t", None, None)]
            elif statement == "delete":
                steps = [("d", rows.pop(given[key]), None)]
            elif given.get("new_key") is not None:
                # A changed key: the old row is deleted and the new one created, at one place in the log.
                before = rows.pop(given[key])
                rows[given["new_key"]] = after = before | {key: given["new_key"]}
                steps = [("d", before, None), ("c", None, after | unchanged)]
            else:
                before = rows[given[key]]
                rows[given[key]] = after = before | given
                steps = [("u", None, after | unchanged)]
            for op, old, new in steps:
                order += 1
                old_key = json.dumps({key: given[key]}) if op == "c" and len(steps) == 2 else None
                self._send(table, at, op, old, new, order, old_key=old_key)

    def send_again(self, number: int) -> None:
        """The connector was killed before it had written down how far it was: the last messages come once more."""
        self.messages += [dict(message) for message in self.messages[-number:]]

    def _send(
        self,
        table: str,
        at: pd.Timestamp,
        op: str,
        before: Row | None,
        after: Row | None,
        order: int | None = None,
        snapshot: str = "false",
        old_key: str | None = None,
    ) -> None:
        key, feed = TABLES[table]
        kept = after or before
        # Of a deleted row only the key is true; the rest is made up of defaults.
        made_up = before and {name: before[name] if name == key else "" for name in before}
        value = {
            "before": made_up,
            "after": after,
            "source": {
                "connector": "postgresql",
                "table": table,
                "lsn": self._lsn,
                "txId": self._transaction,
                "ts_us": at.value // 1000,
                "snapshot": snapshot,
            },
            "transaction": {"id": f"{self._transaction}:{self._lsn}", "total_order": order} if order else None,
            "op": op,
        }
        if not self.is_read:
            return
        message = {"feed": feed, "received_at": at, "key": json.dumps({key: kept[key]}) if kept else None}
        message["headers"] = [["__debezium.oldkey", old_key]] if old_key else []
        self.messages.append(message | {"value": json.dumps(value)})
        if op == "d":
            self.messages.append(message | {"value": None})


Statement = tuple[str, str, Row]
Commit = tuple[pd.Timestamp, list[Statement]]


def program(households: list[int], seed: int) -> tuple[list[Commit], list[Commit]]:
    """What is committed before the connector begins to read, and after, in the order of its times."""
    rng = generator(seed, "membership")
    fake = Faker("en_US")
    fake.seed_instance(seed + 10)
    commits: list[Commit] = []
    for number, household in enumerate(household for household in households if rng.random() < SIGNED_UP):
        commits += _life_of(number, household, fake, rng)
    # The plans are reloaded as a migration does it, with one more and a new price.
    plans = {**PLANS, "plus": ("Plus", "10.99"), "student": ("Student", "2.99")}
    commits.append((RELOADED, [("truncate", "plan", {}), *_plans(plans)]))
    before = [(OPENED - pd.Timedelta(days=1), _plans(PLANS))]
    return before, sorted(commits, key=lambda commit: commit[0])


def begun(before: list[Commit]) -> Database:
    """The database when the connector begins to read it: what was committed before comes as a snapshot."""
    database = Database()
    database.is_read = False
    for at, statements in before:
        database.commit(at, *statements)
    database.is_read = True
    database.snapshot(OPENED)
    return database


def run(households: list[int], seed: int) -> Database:
    """A year of the database: what members, plans and subscriptions went through."""
    rng = generator(seed, "membership messages")
    before, commits = program(households, seed)
    database = begun(before)
    # Nothing is committed at the moment at which the connector begins again, but that is a moment of its own.
    for at, statements in sorted([*commits, (FOUND_AT, [])], key=lambda commit: commit[0]):
        was_read, database.is_read = database.is_read, not LOST_AT <= at < FOUND_AT
        if database.is_read and not was_read:
            database.snapshot(FOUND_AT)
        database.commit(at, *statements)
        if database.is_read and rng.random() < 0.02:
            database.send_again(int(rng.integers(1, 4)))
    return database


def members(households: list[int], seed: int) -> dict[int, Row]:
    """The row with which the member of a household signed up, by household."""
    _, commits = program(households, seed)
    rows = [
        row for _, statements in commits for kind, table, row in statements if (kind, table) == ("insert", "app_user")
    ]
    return {row["household_id"]: row for row in rows}


def _plans(plans: dict[str, tuple[str, str]]) -> list[Statement]:
    rows = [{"plan_id": i, "plan_name": n, "monthly_amount": a, "currency": "USD"} for i, (n, a) in plans.items()]
    return [("insert", "plan", row) for row in rows]


def messages(database: Database, periods: Schedule) -> pd.DataFrame:
    """The messages as the broker has them: load_id, feed, topic, partition, offset, received_at, key, headers, value."""
    sent = pd.DataFrame(database.messages)
    sent["topic"] = sent.feed.map(TOPICS)
    sent["feed"] = f"{SOURCE}." + sent.feed
    sent["partition"] = 0
    sent["offset"] = sent.groupby("feed").cumcount()
    # A delivery has whole transactions, so the times of what was sent again do not count.
    sent["load_id"] = periods.load_ids(sent.received_at.cummax())
    return sent


def _life_of(number: int, household: int, fake: Faker, rng: np.random.Generator) -> list[Commit]:
    """What a member does, in the order of its times. Every twentieth member does the same."""
    user, subscription, kind = 1001 + number, 5001 + number, number % 20
    person = {
        "user_id": user,
        "household_id": household,
        "full_name": fake.name(),
        "email": f"member{user}@example.com",
        "country": "US",
        "biography": f"Member {user}, who likes to write long texts. " * 3,
    }
    plans = list(PLANS)
    plan, other = plans[number % 3], plans[(number + 1) % 3]
    at = OPENED + pd.Timedelta(minutes=int(rng.integers(1, 180 * 1440)))
    # A day without a zone comes as the number of days since 1970.
    started_on = (at.normalize() - pd.Timestamp("1970-01-01")).days
    bought = {
        "subscription_id": subscription,
        "user_id": user,
        "plan_id": plan,
        "status": "active",
        "started_on": started_on,
    }
    commits: list[Commit] = [(at, [("insert", "app_user", person), ("insert", "subscription", bought)])]

    def later(*statements: Statement) -> None:
        """A transaction some weeks after the last one."""
        after = commits[-1][0] + pd.Timedelta(minutes=int(rng.integers(7 * 1440, 50 * 1440)))
        commits.append((after, list(statements)))

    def change(table: str, key: int, **values: Any) -> Statement:
        return ("update", table, {TABLES[table][0]: key} | values)

    to, back = (change("subscription", subscription, plan_id=name) for name in (other, plan))
    if kind < 6:
        later(change("app_user", user, email=f"member{user}@example.org"))
    if kind < 10:
        later(to)
    if kind < 4:
        # There and back again in one transaction, and there once more.
        later(back, to, back, to)
    if kind in (10, 11):
        later(change("app_user", user, biography="Moved to another town.", country="CA"))
    if kind == 12:
        later(change("app_user", user, new_key=900_000 + user))
    if kind in (13, 14, 15):
        later(("delete", "subscription", {"subscription_id": subscription}))
    if kind == 14:
        later(("delete", "app_user", {"user_id": user}))
    if kind == 16:
        # While the connector has lost its place.
        commits.append((LOST_AT + pd.Timedelta(hours=number + 1), [("delete", "app_user", {"user_id": user})]))
        commits[-1][1].insert(0, ("delete", "subscription", {"subscription_id": subscription}))
    if kind in (17, 18):
        later(change("subscription", subscription, status="paused"))
    return commits
