"""One test for each scenario; how to read and write them is in README.md."""

import pytest

from .compare import problems
from .conftest import SKIPPED
from .engine import Snapshot
from .scenarios import Scenario


def test_scenario(scenario: Scenario, as_automate_dv: bool, snapshots: dict[str, list[Snapshot]]) -> None:
    if as_automate_dv and scenario.automate_dv.kind in SKIPPED:
        pytest.skip(f"AutomateDV, {scenario.automate_dv.kind}: {scenario.automate_dv.why}")
    found = problems(scenario, snapshots[scenario.title], as_automate_dv)
    if found:
        pytest.fail("\n\n".join([f"{scenario.title}\nRule: {scenario.rule}", *found]), pytrace=False)
