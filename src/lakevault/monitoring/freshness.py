"""How old the newest data of each feed is: at its events, when landed, in the vault and in Gold; against its limit."""

from datetime import datetime, timedelta

from pydantic import BaseModel

from lakevault.errors import LakevaultError
from lakevault.feeds import Feed, read_feeds
from lakevault.lake import delta, ledger
from lakevault.metadata.artifacts import Project, Table
from lakevault.monitoring import history
from lakevault.monitoring.facts import Facts
from lakevault.paths import lake_dir, project_dir

# The ages of a feed, in the order in which its rows move.
AGES = ("event", "landed", "vault", "gold")
HOURS = {"minute": 1 / 60, "hour": 1, "day": 24}


class Age(BaseModel):
    """How old the newest data of a feed is, at one of AGES. `since`: when the limit was passed, if it was."""

    at: datetime | None = None
    hours: float | None = None
    limit_hours: float | None = None
    since: datetime | None = None

    @property
    def late(self) -> bool:
        """Whether the limit is passed, or nothing ever came."""
        return self.limit_hours is not None and (self.hours is None or self.hours > self.limit_hours)


class FeedStatus(BaseModel):
    """A feed: its ages by AGES, and which of them are late."""

    feed: str
    owner: str
    email: str
    ages: dict[str, Age]
    late: list[str]


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
            ages = {"event": _age(_newest_event(feed), days * 24 if days else None, moment)} | ages
        if all(project.tables[i].layer != "Gold" for i in project.downstream(source.id)):
            del ages["gold"]
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


def _reached(known: ledger.FeedInLedger | None, held: int | None) -> int | None:
    """The newest delivery of a feed that a layer holds; files without rows leave no trace downstream of Bronze."""
    if known is None:
        return None
    is_behind = known.with_rows is not None and known.with_rows > (held or 0)
    return held if is_behind else known.taken


def _age(at: datetime | None, limit_hours: float | None, moment: datetime) -> Age:
    if at is None:
        return Age(limit_hours=limit_hours)
    age = Age(at=at, hours=round((moment - at) / timedelta(hours=1), 1), limit_hours=limit_hours)
    if age.late:
        age.since = at + timedelta(hours=limit_hours or 0)
    return age


def _newest_event(feed: Feed) -> datetime | None:
    """The newest event of a feed, from its Bronze table, whose times are text in the feed's format."""
    if feed.event_time is None:
        return None
    column = next(column for column in feed.columns if column.name == feed.event_time.column)
    table = feed.table.split(".")[1]
    found = delta.query(lake_dir(), f'select max({column.time}) as newest from "{table}"', feed.table)
    return found[0]["newest"] if found else None


def _in_gold(project: Project, source: Table, facts: Facts) -> int | None:
    """The newest delivery of the feed that every Gold table made of it holds; tables that were never built are left out."""
    gold = (facts.in_gold.get(i, {}) for i in project.downstream(source.id))
    return min((held[source.name] for held in gold if source.name in held), default=None) or None
