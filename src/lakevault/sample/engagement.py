"""Mails of the marketing service to the users, and what became of them, as Braze Currents tells it (simulated).

A campaign whose name begins with P and four digits, such as P0018, carries the coupons of that campaign of the sample (`hub_promotion`).
The others, and the journeys (canvases), are about subscriptions. Some users begin a subscription after a click: they are those of
lakevault.sample.billing. Test events have an `external_user_id` that is no number; nothing in them is true.
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID
from zlib import crc32

import msgspec
import numpy as np
import pandas as pd

from lakevault.sample.billing.account import DAY, END
from lakevault.sample.billing.catalog import OPENED
from lakevault.sample.billing.events import Simulation
from lakevault.sample.billing.lives import users
from lakevault.sample.billing.records import Subscription, those
from lakevault.sample.schedule import Schedule
from lakevault.sample.simulate import generator
from lakevault.sample.topics import as_messages, at_least_once

FEED = "engage.event"
TOPIC = "engage.events"
PARTITIONS = 2
SENT_TWICE = 0.02
EVENT = "users.messages.email."
# A user who begins a subscription within so many days after a click does so because of it, if it was the last one.
ATTRIBUTED_DAYS = 7
CAME_BY_MAIL = 0.5
# Newsletters: the day, and the share of the users who get them.
NEWSLETTERS = {
    "Try a plan": ("2017-01-17", 0.4),
    "Plus is here": ("2017-03-07", 0.4),
    "Your summer with us": ("2017-06-20", 0.4),
}
WELCOME, WIN_BACK = "Try a subscription", "Come back"


class Mail(NamedTuple):
    """A mail to a user that is to be sent: of a campaign, or of a journey; `clicked_at` when it must be clicked then."""

    at: int
    user_id: int
    name: str
    is_canvas: bool = False
    clicked_at: int | None = None


class Act(NamedTuple):
    """An event once: its kind (Send, Delivery, Open, Click, Bounce, Unsubscribe), when, and of which mail. Times in seconds since 1970."""

    at: int
    kind: str
    mail: Mail
    is_machine: bool = False

    @property
    def id(self) -> str:
        return token("event", self.kind, self.at, *self.mail[:3])


def token(*path: object) -> str:
    """An id as Braze writes them, always the same for the same path."""
    return str(UUID(bytes=blake2b("/".join(map(str, path)).encode(), digest_size=16).digest(), version=4))


def engagement(tables: dict[str, pd.DataFrame], simulation: Simulation, seed: int) -> list[Act]:
    """Each event once, in the order of time. Who unsubscribes, or whose address does not exist, gets no more mails."""
    rng = generator(seed, "engagement")
    households = sorted(tables["transactions"].household_id.unique().tolist())
    known = users(households, seed)
    of = {household: int(row["user_id"]) for household, row in known.items()}
    mails = [*_coupons(tables, of, rng), *_newsletters([*of.values()], rng)]
    mails += _before_subscriptions(simulation, mails, rng)
    began = {user for _, user in starts(simulation)}
    for user in of.values():
        chance, day = rng.random(), int(rng.integers(DAY, 330 * DAY))
        if user not in began and chance < 0.5:
            mails.append(Mail(OPENED + day, user, WELCOME, True))
        elif user in began and chance < 0.3:
            mails.append(Mail(OPENED + day, user, WIN_BACK, True))
    # One mail of a name for each user: the one that must be clicked, if there is one.
    mails.sort(key=lambda mail: (mail.user_id, mail.name, mail.clicked_at is None, mail.at))
    once = {(mail.user_id, mail.name): mail for mail in reversed(mails)}
    acts: list[Act] = []
    gone: set[int] = set()
    for mail in sorted(once.values(), key=lambda mail: (mail.at, mail.user_id, mail.name)):
        if mail.user_id not in gone:
            fate = [act for act in _fate(mail, rng) if act.at < END]
            acts += fate
            if any(act.kind in ("Bounce", "Unsubscribe") for act in fate):
                gone.add(mail.user_id)
    return sorted(acts, key=lambda act: (act.at, act.id))


def starts(simulation: Simulation) -> list[tuple[int, int]]:
    """When subscriptions began since the account sends events, and the user of each."""
    return sorted(
        (at, subscription.user_id)
        for biller in simulation.billers
        for at, type, subscription in those(biller.happened, Subscription)
        if type == "customer.subscription.created" and at >= OPENED
    )


def funnel(acts: list[Act], simulation: Simulation) -> pd.DataFrame:
    """The users of each campaign or journey: sent to, delivered to, opened by (machines do not count), clicked by, and subscribed.

    A user counts once in each column, and in none because of another: who sees no pictures clicks without an open. Subscribed: a
    subscription of theirs began within ATTRIBUTED_DAYS after a click, and it was their last click of any mail before that.
    """
    rows = pd.DataFrame(
        [(act.mail.name, act.mail.is_canvas, act.mail.user_id, act.kind, act.at, act.is_machine) for act in acts],
        columns=["name", "is_canvas", "user_id", "kind", "at", "is_machine"],
    )
    reached = rows[~rows.is_machine].drop_duplicates(["name", "user_id", "kind"])
    counts = reached.groupby(["name", "is_canvas", "kind"]).size().unstack(fill_value=0)
    kinds = {"Send": "sent", "Delivery": "delivered", "Open": "opened", "Click": "clicked"}
    counts = counts.reindex(columns=list(kinds), fill_value=0).rename(columns=kinds)
    clicks = rows[rows.kind == "Click"].sort_values("at", kind="stable")
    began = pd.DataFrame(starts(simulation), columns=["began_at", "user_id"])
    last = pd.merge_asof(
        began, clicks[["at", "user_id", "name"]].rename(columns={"at": "began_at"}).assign(at=clicks["at"]),
        on="began_at", by="user_id",
    )  # fmt: skip
    last = last[last.began_at - last["at"] <= ATTRIBUTED_DAYS * DAY].drop_duplicates(["name", "user_id"])
    subscribed = last.groupby("name").size()
    counts = counts.reset_index()
    counts["subscribed"] = counts.name.map(subscribed).fillna(0).astype(int)
    counts["source_id"] = [token("source", name) for name in counts.name]
    counts["campaign_id"] = counts.name.str.extract(r"^P(\d{4}) ", expand=False).astype("float").astype("Int64")
    return counts[["source_id", "name", "is_canvas", "campaign_id", *kinds.values(), "subscribed"]]


def event(act: Act, emails: dict[int, str]) -> dict[str, Any]:
    """An event as Currents sends it to an HTTP endpoint. A machine's open says so; one by a human has no such field."""
    mail, source = act.mail, token("source", act.mail.name)
    if mail.is_canvas:
        about = {"canvas_id": source, "canvas_name": mail.name, "canvas_step_id": token("step", mail.name)}
    else:
        about = {"campaign_id": source, "campaign_name": mail.name}
    # A dispatch goes to many users: all that get the mail on a day.
    dispatch = blake2b(f"{mail.name}/{mail.at // DAY}".encode(), digest_size=12).hexdigest()
    properties: dict[str, Any] = {
        "app_group_id": token("app group"), **about, "dispatch_id": dispatch, "email_address": emails[mail.user_id],
        "message_variation_id": token("variation", mail.name),
    }  # fmt: skip
    if act.kind == "Open":
        agent = "GoogleImageProxy" if act.is_machine else "Mozilla/5.0"
        properties |= {"user_agent": agent} | ({"machine_open": "true"} if act.is_machine else {})
    elif act.kind == "Click":
        properties |= {
            "url": f"https://shop.example.com/{'plans' if mail.name[0] != 'P' else 'coupons'}",
            "user_agent": "Mozilla/5.0",
        }
    elif act.kind == "Bounce":
        properties |= {"bounce_reason": "550 no such user", "is_drop": False}
    braze_user = blake2b(str(mail.user_id).encode(), digest_size=12).hexdigest()
    user = {"user_id": braze_user, "external_user_id": str(mail.user_id), "timezone": "America/New_York"}
    return {"event_type": EVENT + act.kind, "id": act.id, "time": act.at, "user": user, "properties": properties}


def sent(acts: list[Act], emails: dict[int, str], seed: int) -> pd.DataFrame:
    """The events as the service sends them: at least once, in the order of their arrival, some after days; with test events.

    Columns: partition, received_at, key (the external id of the user), value (JSON).
    """
    rng = generator(seed, "engagement messages")
    events = [event(act, emails) for act in acts] + _test_events()
    sent_at = pd.Series([act.at for act in acts] + [OPENED + (9 + n) * DAY for n in range(len(events) - len(acts))])
    kind = rng.random(len(events))
    longest = np.select([kind < 0.01, kind < 0.1], [3 * 86_400, 7_200], 300)
    delay = pd.Series((rng.random(len(events)) * longest * 1000).astype("int64") + 50)
    frame = pd.DataFrame(
        {
            "received_at": pd.to_datetime(sent_at, unit="s").astype("datetime64[ns]")
            + pd.to_timedelta(delay, unit="ms"),
            "key": [each["user"]["external_user_id"] for each in events],
            "value": [msgspec.json.encode(each).decode() for each in events],
        }
    )
    frame["partition"] = [crc32(key.encode()) % PARTITIONS for key in frame.key]
    both = at_least_once(frame, rng, SENT_TWICE, 7_200)
    return both.sort_values("received_at", kind="stable").reset_index(drop=True)


def messages(acts: list[Act], tables: dict[str, pd.DataFrame], periods: Schedule, seed: int) -> pd.DataFrame:
    """What is sent as the broker has it, delivery by delivery; with load_id, feed, topic, offset and headers (none)."""
    known = users(tables["transactions"].household_id.unique().tolist(), seed).values()
    emails = {row["user_id"]: row.get("email", f"user{row['user_id']}@example.com") for row in known}
    return as_messages(sent(acts, emails, seed), periods, FEED, TOPIC)


def _coupons(tables: dict[str, pd.DataFrame], of: dict[int, int], rng: np.random.Generator) -> Iterator[Mail]:
    """The coupons of a campaign to each household that it is for, on its first day."""
    campaigns = tables["campaign_descriptions"].sort_values("campaign_id")
    targets = tables["campaigns"].sort_values(["campaign_id", "household_id"])
    for row in campaigns.itertuples():
        start = int(row.start_date.timestamp()) + 14 * 3_600
        for household in targets.household_id[targets.campaign_id == row.campaign_id]:
            if start >= OPENED:
                yield Mail(
                    start + int(rng.integers(0, 900)), of[household], f"P{row.campaign_id:04d} {row.campaign_type}"
                )


def _newsletters(all_users: list[int], rng: np.random.Generator) -> Iterator[Mail]:
    for name, (day, share) in NEWSLETTERS.items():
        at = int(pd.Timestamp(day).timestamp()) + 15 * 3_600
        for user in all_users:
            if rng.random() < share:
                yield Mail(at + int(rng.integers(0, 900)), user, name)


def _before_subscriptions(simulation: Simulation, mails: list[Mail], rng: np.random.Generator) -> Iterator[Mail]:
    """For a share of the subscriptions the mail that was clicked before: one that the user got anyway, or one of a journey."""
    received: dict[int, list[Mail]] = {}
    for mail in mails:
        received.setdefault(mail.user_id, []).append(mail)
    seen: set[int] = set()
    for began, user in starts(simulation):
        name = WIN_BACK if user in seen else WELCOME
        seen.add(user)
        if rng.random() < CAME_BY_MAIL:
            clicked = began - int(rng.integers(600, 5_400))
            at = clicked - int(rng.integers(3_600, 5 * DAY))
            recent = [mail for mail in received.get(user, []) if clicked - 21 * DAY < mail.at < clicked - 3_600]
            if recent and rng.random() < 0.5:
                yield recent[-1]._replace(clicked_at=clicked)
            elif at >= OPENED:
                yield Mail(at, user, name, True, clicked)


def _fate(mail: Mail, rng: np.random.Generator) -> Iterator[Act]:
    """What becomes of a mail."""
    chance, seconds = rng.random(6), rng.integers(1, 60, 3)
    yield Act(mail.at, "Send", mail)
    delivered = mail.at + int(seconds[0])
    if chance[0] < 0.01 and not mail.clicked_at:
        yield Act(delivered, "Bounce", mail)
        return
    yield Act(delivered, "Delivery", mail)
    if chance[1] < 0.3:
        yield Act(delivered + int(seconds[1]), "Open", mail, is_machine=True)
    opened = delivered + 60 + int(rng.exponential(8 * 3_600))
    if mail.clicked_at:
        yield Act(mail.clicked_at - int(seconds[2]), "Open", mail)
        yield Act(mail.clicked_at, "Click", mail)
    elif chance[2] < 0.35:
        yield Act(opened, "Open", mail)
        if chance[3] < 0.12:
            yield Act(opened + 10 + int(seconds[2]), "Click", mail)
        elif chance[3] < 0.22:
            # More than in life, so that a small sample has some.
            yield Act(opened + 10 + int(seconds[2]), "Unsubscribe", mail)
        if chance[4] < 0.1:
            yield Act(opened + 7_200, "Open", mail)
    elif chance[2] < 0.36:
        yield Act(opened, "Click", mail)


def _test_events() -> list[dict[str, Any]]:
    """What the service sends when somebody tries the connection."""
    user = {
        "user_id": "0123456789abcdef01234567",
        "external_user_id": "external_user_id",
        "timezone": "America/New_York",
    }
    properties = {
        "app_group_id": token("test"), "campaign_id": token("test"), "campaign_name": "CAMPAIGN_NAME",
        "dispatch_id": "0123456789abcdef01234567", "email_address": "example@example.com",
    }  # fmt: skip
    return [
        {
            "event_type": EVENT + kind,
            "id": token("test", kind),
            "time": 2_033_802_504,
            "user": user,
            "properties": properties,
        }
        for kind in ("Send", "Open", "Click")
    ]
