"""given a delivery of some feeds, when Gold is published, then every test that it could break is among those that run."""

import json
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

from lakevault.feeds import read_feeds
from lakevault.metadata.artifacts import Project
from lakevault.pipeline.build import reached_by

PROJECT = Path(__file__).parents[2]
FEEDS = sorted(read_feeds(PROJECT / "models"))


def could_break(project: Project, feeds: set[str]) -> set[str]:
    """Tests that read a table which comes from one of the feeds, or nothing but what the ingestion writes about itself."""
    found = set()
    for test in project.tests.values():
        ids = {project.by_name[name].id for name in test.tables}
        upstream = ids.union(*(project.upstream(table_id) for table_id in ids))
        sources = {project.tables[i].name for i in upstream if project.tables[i].kind == "source"}
        own = {name for name in sources if name.startswith("lakevault.")}
        if sources & feeds or (own and own == sources):
            found.add(test.name)
    return found


@pytest.mark.parametrize("feeds", [[feed] for feed in FEEDS] + [[]], ids=[*FEEDS, "none with rows"])
def test_every_test_that_a_delivery_could_break_runs_after_it(target, feeds):
    where = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT / "profiles"), "--target-path", str(target)]
    listed = ["--resource-type", "test", "--output", "json", "--output-keys", "name"]
    found = dbtRunner().invoke(["--quiet", "ls", "--select", *reached_by(feeds), *listed, *where])
    running = {json.loads(line)["name"] for line in found.result}
    needed = could_break(Project(target), set(feeds))
    assert "every_record_is_in_bronze_or_in_quarantine" in needed
    assert needed <= running
