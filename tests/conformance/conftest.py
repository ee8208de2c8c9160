"""Options of the suite, and the one run that serves all its tests."""

import json
import tempfile
from pathlib import Path

import pytest

from . import engine
from .lanes import make_lanes
from .scenarios import Scenario, read_all

SKIPPED = ("arbitrary", "no answer", "not run")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "conformance suite of the vault macros")
    group.addoption("--conformance", choices=["quick", "all"], default="quick", help="some scenarios, or all of them")
    group.addoption(
        "--only", metavar="FILE[:NAME],...", help="the scenarios of a file, or those with these words in their name"
    )
    group.addoption("--packages", metavar="DIR,...", help="folders of the dbt packages under test")
    group.addoption("--expect", choices=["ours", "automate_dv"], default="ours", help="which results are right")
    group.addoption("--ansi", choices=["on", "off"], default="off", help="Spark's ANSI mode")
    group.addoption("--results", metavar="FILE", type=Path, help="write the outcome of each scenario as JSON")
    group.addoption("--cases", type=int, default=60, help="random histories for each structure in test_orders.py")
    group.addoption("--seed", type=int, default=20, help="chooses these histories")
    group.addoption(
        "--keep", metavar="DIR", type=Path, help="run in this folder and keep it: project, tables, compiled SQL"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "scenario" in metafunc.fixturenames:
        scenarios = chosen(metafunc.config)
        metafunc.parametrize("scenario", scenarios, ids=[scenario.title for scenario in scenarios])


def chosen(config: pytest.Config) -> list[Scenario]:
    """The scenarios that the options name; a named file is always run whole."""
    scenarios = read_all()
    if only := config.getoption("only"):
        wanted = [part.lower().partition(":") for part in only.split(",")]
        return [
            scenario
            for scenario in scenarios
            if any(scenario.file == file and words in scenario.name.lower() for file, _, words in wanted)
        ]
    return [scenario for scenario in scenarios if scenario.quick or config.getoption("conformance") == "all"]


@pytest.fixture(scope="session")
def as_automate_dv(pytestconfig: pytest.Config) -> bool:
    """Whether the package under test is AutomateDV itself."""
    return pytestconfig.getoption("expect") == "automate_dv"


@pytest.fixture(scope="session")
def snapshots(request: pytest.FixtureRequest, as_automate_dv: bool) -> dict[str, list[engine.Snapshot]]:
    """What every load of every scenario that is to be tested left: all of them are run together."""
    tests = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    scenarios = [parameters["scenario"] for parameters in tests if "scenario" in parameters]
    if as_automate_dv:
        scenarios = [scenario for scenario in scenarios if scenario.automate_dv.kind not in SKIPPED]
    lanes = make_lanes(scenarios, lambda scenario: not as_automate_dv or scenario.automate_dv.kind != "error")
    option = request.config.getoption("packages")
    packages = [Path(folder) for folder in option.split(",")] if option else engine.PACKAGES
    kept = request.config.getoption("keep")
    home = kept or Path(tempfile.mkdtemp(prefix="conformance-"))
    home.mkdir(parents=True, exist_ok=True)
    try:
        return engine.run(lanes, home.resolve(), packages, ansi=request.config.getoption("ansi") == "on")
    finally:
        if not kept:
            engine.clean(home)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the outcomes, when they are wanted."""
    path = session.config.getoption("results")
    results = session.config.stash.get(RESULTS, {})
    if path and results:
        path.write_text(json.dumps(results, indent=1))


RESULTS = pytest.StashKey[dict[str, str]]()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """Note the result of each scenario for --results."""
    outcome = yield
    scenario = getattr(item, "callspec", None) and item.callspec.params.get("scenario")
    if scenario and call.when == "call":
        item.config.stash.setdefault(RESULTS, {})[scenario.title] = outcome.get_result().outcome
