"""What all runs on a lake say together: of each test and table how it is and since when; of Gold what it holds.

Facts are kept when the runs themselves are dropped, so that nobody forgets since when a test fails.
"""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from lakevault.metadata.artifacts import Project

# Results of a test by dbt's word; any other word says nothing about the test.
TEST_STATES = {"pass": "passed", "warn": "warned", "fail": "failed", "error": "failed", "runtime error": "failed"}
TABLE_STATES = {"success": "built", "skipped": "skipped"}


class NodeFacts(BaseModel):
    """A test or a table after its last run, times in UTC.

    `state`: of a test passed, warned or failed; of a table built, skipped or failed. `since`: the first of the runs in a
    row that gave this state. `failures`: rows that broke the test. `built_at`, `seconds`: of the last build that
    succeeded.
    """

    state: str
    at: datetime
    since: datetime
    failures: int = 0
    built_at: datetime | None = None
    seconds: float | None = None


class Facts(BaseModel):
    """What is known of one lake: `run` and all runs before it are part of the facts.

    `nodes`: by dbt's unique id. `in_gold`: by id of a Gold table and by feed, the newest delivery that it holds.
    `load_id`, `rows`: delivery and row counts by table of the last look; `rows_before`: those of the last look before that
    delivery came.
    """

    run: str = ""
    nodes: dict[str, NodeFacts] = {}
    in_gold: dict[str, dict[str, int]] = {}
    load_id: int = 0
    rows: dict[str, int] = {}
    rows_before: dict[str, int] = {}

    def add_run(self, run: dict[str, Any], project: Project) -> None:
        """Take in a run (history.runs)."""
        at = datetime.fromisoformat(run["at"])
        for node_id, (status, seconds, failures) in run["results"].items():
            is_test = node_id.startswith(("test.", "unit_test."))
            state = TEST_STATES.get(status) if is_test else TABLE_STATES.get(status, "failed")
            if state is None:
                continue
            before = self.nodes.get(node_id)
            node = NodeFacts(state=state, at=at, since=at, failures=failures)
            if before and before.state == state:
                node.since = before.since
            if state == "built":
                node.built_at, node.seconds = at, seconds
            elif before:
                node.built_at, node.seconds = before.built_at, before.seconds
            self.nodes[node_id] = node
        for table in project.tables.values():
            if table.layer == "Gold" and run["results"].get(table.id, [""])[0] == "success":
                self._add_to_gold(table.id, run["vault"], project)
        self.run = run["run"]

    def add_look(self, look: dict[str, Any]) -> None:
        """Take in a look (history.looks)."""
        if look["load_id"] < self.load_id:
            return
        if look["load_id"] > self.load_id:
            self.rows_before = self.rows
        self.load_id, self.rows = look["load_id"], look["rows"]

    def rows_until(self, load_id: int) -> dict[str, int]:
        """Row counts by table of the last look before this delivery; empty when there was none."""
        return self.rows if self.load_id < load_id else self.rows_before

    def _add_to_gold(self, table_id: str, vault: dict[str, int], project: Project) -> None:
        """A table of Gold that was built holds what the vault held then, unless something upstream of it had failed.

        Only feeds that reach the table through what failed are behind.
        """
        upstream = project.upstream(table_id)
        failed = [i for i in upstream if i in self.nodes and self.nodes[i].state != "built"]
        behind = {i for each in failed for i in project.upstream(each)}
        held = self.in_gold.setdefault(table_id, {})
        for source_id in upstream - behind:
            source = project.tables[source_id]
            if source.kind == "source":
                held[source.name] = vault.get(source.name, 0)
