"""The page docs/conformance.md: what each scenario says, what AutomateDV gives for it, what ours gives.

`python -m tests.conformance.report --automate-dv DIR,DIR` runs the suite three times (ours in both ANSI modes, AutomateDV with
its dependency dbt_utils) and writes the page. A run whose results lie in target/conformance already is not repeated.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from tests.embedded import PROJECT

from .scenarios import FOLDER, Scenario, read_all

PAGE = PROJECT / "docs" / "conformance.md"
RUNS = {"ansi_off": [], "ansi_on": ["--ansi", "on"], "automate_dv": ["--expect", "automate_dv"]}
WORDS = {
    "same": "same", "then": "other rows", "error": "error", "arbitrary": "left to chance", "no answer": "does not apply",
    "not run": "not run",
}  # fmt: skip
Results = dict[str, str]


def main(automate_dv: str | None, results: Path) -> int:
    """Make the runs that are missing, and write the page."""
    results.mkdir(parents=True, exist_ok=True)
    shim = FOLDER / "automate_dv_shim"
    for name, options in RUNS.items():
        file = results / f"{name}.json"
        if file.exists() or (name == "automate_dv" and not automate_dv):
            continue
        packages = ["--packages", f"{automate_dv},{shim}"] if name == "automate_dv" else []
        command = [sys.executable, "-m", "pytest", str(FOLDER), "-q", "--conformance=all", f"--results={file}"]
        subprocess.run([*command, *options, *packages], check=False)
    found = {name: read_results(results / f"{name}.json") for name in RUNS}
    PAGE.write_text(page(read_all(), found))
    return int(any("failed" in outcomes.values() for outcomes in found.values()))


def read_results(file: Path) -> Results:
    """The outcome of each scenario by its title: passed, failed or skipped."""
    return json.loads(file.read_text()) if file.exists() else {}


def page(scenarios: list[Scenario], found: dict[str, Results]) -> str:
    """The markdown text: numbers first, then a table for each file of scenarios."""
    theirs = [_theirs(scenario, found["automate_dv"]).partition(":")[0] for scenario in scenarios]
    ours = [_ours(scenario, found) for scenario in scenarios]
    lines = [
        "# Conformance",
        "",
        f"Every one of the {len(scenarios)} scenarios of `tests/conformance`, what AutomateDV 0.11.5 gives for it on the same",
        "Spark, and whether `automate_dv_spark` gives what the scenario expects, with ANSI mode off and on. Written by",
        "`python -m tests.conformance.report`; how to read a scenario says `tests/conformance/README.md`.",
        "",
        "| | AutomateDV 0.11.5 | automate_dv_spark |",
        "|---|---|---|",
        *(f"| {word} | {theirs.count(word)} | |" for word in dict.fromkeys(theirs)),
        *(f"| {word} | | {ours.count(word)} |" for word in dict.fromkeys(ours)),
        "",
        "*Same*: AutomateDV gives the rows that the scenario expects. *Other rows*, *error*: it gives something else, always the",
        "same. *Left to chance*: nothing in its SQL decides. *Does not apply*: the scenario is about something that it lacks.",
    ]
    for file in dict.fromkeys(scenario.file for scenario in scenarios):
        lines += ["", f"## {file}", "", "| scenario | AutomateDV 0.11.5 | automate_dv_spark |", "|---|---|---|"]
        for scenario in scenarios:
            if scenario.file == file:
                cells = (scenario.name, _theirs(scenario, found["automate_dv"]), _ours(scenario, found))
                lines.append("".join(f"| {_cell(cell)} " for cell in cells) + "|")
    return "\n".join(lines) + "\n"


def _theirs(scenario: Scenario, results: Results) -> str:
    """What AutomateDV is known to give, unless the run said otherwise."""
    outcome = results.get(scenario.title, "not run")
    if outcome in ("failed", "not run"):
        return "not as noted" if outcome == "failed" else "not run"
    verdict = scenario.automate_dv
    return WORDS[verdict.kind] + (f": {verdict.why}" if verdict.why else "")


def _ours(scenario: Scenario, found: dict[str, Results]) -> str:
    outcomes = [found[mode].get(scenario.title, "not run") for mode in ("ansi_off", "ansi_on")]
    if outcomes == ["passed", "passed"]:
        return "as expected"
    return f"ANSI off: {outcomes[0]}, ANSI on: {outcomes[1]}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--automate-dv", metavar="DIR,DIR", help="folders of the packages automate_dv and dbt_utils")
    parser.add_argument("--results", metavar="DIR", type=Path, default=PROJECT / "target" / "conformance")
    arguments = parser.parse_args()
    sys.exit(main(arguments.automate_dv, arguments.results))
