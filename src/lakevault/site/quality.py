"""The page of quality and freshness."""

from datetime import datetime
from typing import Any

from lakevault.monitoring import history
from lakevault.monitoring.freshness import AGES, FeedStatus
from lakevault.monitoring.status import Trouble
from lakevault.site import svg
from lakevault.site.content import SiteContent
from lakevault.site.renderer import Renderer
from lakevault.site.tables import INTRODUCTIONS

# How much of the history the page shows.
LOOKS = 40
RUNS = 15


def write(content: SiteContent, renderer: Renderer) -> None:
    """Write the page."""
    status = content.status
    looks = list(history.looks())[-LOOKS:]
    order = {layer: i for i, layer in enumerate(INTRODUCTIONS)}
    renderer.render(
        "quality.md",
        "quality.md",
        troubles=status.troubles([Trouble.late, Trouble.failed]),
        ages=AGES,
        emails={feed.feed: content.project.by_name[feed.feed].owner.email for feed in status.feeds},
        lines={feed.feed: _lines(feed, looks) for feed in status.feeds},
        failing=[test for test in status.tests if test.state in {"failed", "warned"}],
        tests=content.tests,
        pages=content.test_pages,
        counts={state: status.count(state) for state in ("passed", "warned", "failed", "not run")},
        tables=sorted(status.tables, key=lambda table: (order.get(table.layer, len(order)), table.table)),
        runs=[_run(run) for run in reversed(list(history.runs())[-RUNS:])],
    )


def _lines(feed: FeedStatus, looks: list[dict[str, Any]]) -> dict[str, str]:
    """By layer the age of a feed over the last looks, drawn."""
    return {
        layer: svg.line(
            [look["ages"].get(feed.feed, {}).get(layer) for look in looks],
            feed.ages[layer].limit_hours if layer in feed.ages else None,
            f"{feed.feed}, {layer}: age in hours at the last looks",
        )
        for layer in AGES
    }


def _run(run: dict[str, Any]) -> dict[str, Any]:
    """A run of dbt in numbers."""
    tests = [result[0] for node_id, result in run["results"].items() if node_id.startswith("test.")]
    states = [result[0] for result in run["results"].values()]
    return {
        "at": datetime.fromisoformat(run["at"]),
        "command": run["command"],
        "built": states.count("success"),
        "passed": tests.count("pass"),
        "failed": sum(state in {"fail", "error"} for state in states),
        "skipped": states.count("skipped"),
        "seconds": sum(result[1] for result in run["results"].values()),
    }
