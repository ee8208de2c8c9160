"""How old the newest data of each feed is: at its events, when landed, in the vault and in Gold; against its limit."""

from datetime import datetime, timedelta

from pydantic import BaseModel

from lakevault.console import counted
from lakevault.errors import LakevaultError
from lakevault.feeds import Feed, read_feeds
from lakevault.lake import delta, ledger
from lakevault.metadata.artifacts import Project, Table
from lakevault.monitoring import history
from lakevault.monitoring.facts import Facts
from lakevault.paths import lake_dir, project_dir

# The ages of a feed with the words for them, in the order in which its rows move.
AGES = {"event": "newest event", "landed": "landed", "vault": "in the vault", "gold": "in Gold"}
# The layer whose content an age is about, where it is not Bronze.
LAYER_OF = {"vault": "Raw vault", "gold": "Gold"}
HOURS = {"minute": 1 / 60, "hour": 1, "day": 24}
# Why a feed is late, by the first of its ages that is: what stopped there. Without data, and with data of that age.
NEVER = {
    "landed": "nothing has landed yet",
    "vault": "the vault holds nothing of it yet",
    "gold": "Gold holds nothing of it yet",
    "event": "it has no events yet",
}
STOPPED = {
    "landed": "nothing has landed for {}",
    "vault": "newer data has landed, but the vault holds only what landed {} ago",
    "gold": "newer data is in the vault, but Gold holds only what landed {} ago",
    "event": "it lands in time, but its newest event happened {} ago",
}


class Age(BaseModel):
    """How old the newest data of a feed is, at one of AGES; data that came after the moment is 0 hours old.

    `since`: when the limit was passed, if it was.
    """

    at: datetime | None = None
    hours: float | None = None
    limit_hours: float | None = None
    since: datetime | None = None

    @property
    def late(self) -> bool:
        """Whether the limit is passed, or nothing ever came."""
        return self.limit_hours is not None and (self.hours is None or self.hours > self.limit_hours)

    @property
    def words(self) -> str:
        """The age as people say it."""
        return "never" if self.hours is None else duration(self.hours) if self.hours else "just now"


class FeedStatus(BaseModel):
    """A feed: its ages by AGES, those that it has, and which of them are late."""

    feed: str
    owner: str
    email: str
    ages: dict[str, Age]
    late: list[str]

    @property
    def has_limit(self) -> bool:
        """Whether it can be late: a limit was agreed for one of its ages."""
        return any(age.limit_hours is not None for age in self.ages.values())

    @property
    def first_late(self) -> str:
        """The age at which the data stopped, empty when the feed is in time: what is upstream of the others comes first."""
        return next((name for name in STOPPED if name in self.late), "")

    @property
    def why(self) -> str:
        """Why the feed is late; empty when it is in time."""
        if not self.late:
            return ""
        age = self.ages[self.first_late]
        stopped = NEVER[self.first_late] if age.hours is None else STOPPED[self.first_late].format(duration(age.hours))
        return f"{stopped}, and the limit is {duration(age.limit_hours or 0)}"

    @property
    def verdict(self) -> str:
        """Whether the feed is fresh, or why it is late."""
        if self.late:
            return f"late: {self.why}"
        return "fresh" if self.ages["landed"].limit_hours else "no limit agreed"


def duration(hours: float) -> str:
    """Hours in the unit in which people say them."""
    if hours >= 72:
        days = round(hours / 24, 1)
        return f"{days:g} days" if days < 10 else f"{days:,.0f} days"
    return counted(round(hours), "hour") if hours >= 1 else counted(round(hours * 60), "minute")


def feed_statuses(
    project: Project, facts: Facts, in_ledger: dict[str, ledger.FeedInLedger], moment: datetime
) -> list[FeedStatus]:
    """The ages of all feeds at a moment, UTC, by label. Raises LakevaultError for a feed that dbt has not seen yet."""
    feeds = read_feeds(project_dir() / "models")
    if unseen := sorted(feeds.keys() - project.by_name.keys()):
        raise LakevaultError(
            f"{unseen[0]} is defined, but dbt has not seen it yet: run `dbt parse` (or a build) first."
        )
    vault = history.in_vault(project)
    # By feed and age, the delivery whose landing time says how old the data is.
    deliveries: dict[tuple[str, str], int | None] = {}
    for label in feeds:
        known = in_ledger.get(label)
        deliveries[label, "landed"] = known.taken if known else None
        deliveries[label, "vault"] = _reached(known, vault.get(label))
        deliveries[label, "gold"] = _reached(known, _in_gold(project, project.by_name[label], facts))
    landed_at = ledger.landed_at(lake_dir(), {load_id for load_id in deliveries.values() if load_id})
    found = []
    for label, feed in sorted(feeds.items()):
        source = project.by_name[label]
        limit = source.freshness.get("warn_after") or {}
        limit_hours = limit["count"] * HOURS[limit["period"]] if limit.get("count") else None
        ages = {
            name: _age(landed_at.get(deliveries[label, name] or 0), limit_hours, moment)
            for name in ("landed", "vault", "gold")
        }
        if feed.event_time:
            days = feed.event_time.warn_after_days
            ages = {"event": _age(_newest_event(feed, moment), days * 24 if days else None, moment)} | ages
        reached = _layers(project, source)
        ages = {name: age for name, age in ages.items() if LAYER_OF.get(name, "Bronze") in reached}
        found.append(
            FeedStatus(
                feed=label,
                owner=source.owner.name,
                email=source.owner.email,
                ages=ages,
                late=[name for name, age in ages.items() if age.late],
            )
        )
    return found


def _layers(project: Project, source: Table) -> set[str]:
    """The layers that rows of a feed reach.

    Hubs pass on keys only: a feed that ends in a satellite, of a hub that Gold reads for other feeds, does not reach Gold.
    """
    vault = [project.tables[i] for i in project.downstream(source.id) if project.tables[i].layer == "Raw vault"]
    carriers = [table for table in vault if not table.name.startswith("hub_")] or vault
    gold = {project.tables[i].layer for table in carriers for i in project.downstream(table.id)} & {"Gold"}
    return {"Bronze"} | {table.layer for table in vault} | gold


def _reached(known: ledger.FeedInLedger | None, held: int | None) -> int | None:
    """The newest delivery of a feed that a layer holds; files without rows leave no trace downstream of Bronze."""
    if known is None:
        return None
    is_behind = known.with_rows is not None and known.with_rows > (held or 0)
    return held if is_behind else known.taken


def _age(at: datetime | None, limit_hours: float | None, moment: datetime) -> Age:
    if at is None:
        return Age(limit_hours=limit_hours)
    hours = max(round((moment - at) / timedelta(hours=1), 1), 0)
    age = Age(at=at, hours=hours, limit_hours=limit_hours)
    if age.late:
        age.since = at + timedelta(hours=limit_hours or 0)
    return age


def _newest_event(feed: Feed, moment: datetime) -> datetime | None:
    """The newest event of a feed until a moment, from its Bronze table, whose times are text in the feed's format.

    A time in the future is a mistake, or a test event, and says nothing of how late the others are.
    """
    if feed.event_time is None:
        return None
    column = next(column for column in feed.columns if column.name == feed.event_time.column)
    table = feed.table.split(".")[1]
    events = f'select {column.time} as happened_at from "{table}"'
    sql = f"select max(happened_at) as newest from ({events}) where happened_at <= timestamp '{moment}'"
    found = delta.query(lake_dir(), sql, feed.table)
    return found[0]["newest"] if found else None


def _in_gold(project: Project, source: Table, facts: Facts) -> int | None:
    """The newest delivery of the feed that every Gold table made of it holds; tables that were never built are left out."""
    gold = (facts.in_gold.get(i, {}) for i in project.downstream(source.id))
    return min((held[source.name] for held in gold if source.name in held), default=None) or None
