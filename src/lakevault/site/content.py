"""What the pages are written from: the project, one look at the lake, and where each column comes from."""

from dataclasses import dataclass
from functools import cached_property

from lakevault.feeds import Feed, read_feeds
from lakevault.metadata.artifacts import Project, Test
from lakevault.metadata.lineage import Lineage, Place, personal
from lakevault.monitoring.freshness import FeedStatus
from lakevault.monitoring.status import Status, TableStatus, TestStatus
from lakevault.paths import project_dir
from lakevault.site.answers import Answer, answers


@dataclass(frozen=True)
class SiteContent:
    """The facts that the pages share; each is looked up by the name that people use."""

    project: Project
    status: Status
    lineage: Lineage

    @cached_property
    def feeds(self) -> dict[str, Feed]:
        """Definitions of the feeds."""
        return read_feeds(project_dir() / "models")

    @cached_property
    def feed_status(self) -> dict[str, FeedStatus]:
        """Ages of each feed."""
        return {feed.feed: feed for feed in self.status.feeds}

    @cached_property
    def table_status(self) -> dict[str, TableStatus]:
        """Size, last build and tests of each table."""
        return {table.table: table for table in self.status.tables}

    @cached_property
    def test_status(self) -> dict[str, TestStatus]:
        """The last result of each test."""
        return {test.test: test for test in self.status.tests}

    @cached_property
    def tests(self) -> dict[str, Test]:
        """Each test."""
        return {test.name: test for test in self.project.tests.values()}

    @cached_property
    def test_pages(self) -> dict[str, str]:
        """Page and anchor of each test that belongs to a table, seen from the root of the site."""
        return {
            test.name: f"tables/{test.table}.md#"
            + (test.column if test.column in self.project.by_name[test.table].columns else "tests-of-the-table")
            for test in self.tests.values()
            if test.table
        }

    @cached_property
    def personal(self) -> set[Place]:
        """Columns with personal data."""
        return personal(self.project, self.lineage)

    @cached_property
    def answers(self) -> dict[str, list[Answer]]:
        """Answers on the page of each table of Gold."""
        gold = [table for table in self.project.tables.values() if table.layer == "Gold"]
        return {table.name: answers(table, self.project, self.lineage) for table in gold}

    def colour(self, layer: str) -> str:
        """Colour of a layer, the same as in dbt's catalogue."""
        # The catalogue has no colour for sources and code lists; theirs is that of the views on the sources.
        shown = "Staged" if layer in ("Bronze", "Code lists") else layer
        return next(table.colour for table in self.project.tables.values() if table.layer == shown)

    def origins_in_files(self, place: Place) -> list[Place]:
        """The columns of landed files and code lists that a column is made of."""
        return sorted(
            origin
            for origin in self.lineage.sources(place)
            if self.project.by_name[origin[0]].kind in {"source", "seed"}
        )

    def upstream_feeds(self, tables: list[str]) -> list[FeedStatus]:
        """The feeds that tables depend on."""
        ids = [self.project.by_name[name].id for name in tables]
        upstream = set(ids).union(*(self.project.upstream(table_id) for table_id in ids))
        return [feed for name, feed in self.feed_status.items() if self.project.by_name[name].id in upstream]
