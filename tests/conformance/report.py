"""The scenarios as a page of the documentation: what each one says, what AutomateDV gives, what ours gives."""

from pathlib import Path

from .scenarios import Scenario

WORDS = {"same": "same", "then": "other rows", "error": "error", "arbitrary": "by chance", "no answer": "none"}


def write_report(path: Path, scenarios: list[Scenario], results: dict[str, str]) -> None:
    """Write a markdown table for each file; results are `passed`, `failed` or `not run` by title."""
    lines = [
        "# Conformance",
        "",
        "Every scenario of the suite, what AutomateDV 0.11.5 gives for it, and whether automate_dv_spark gives what the",
        "scenario expects. Written by `python -m pytest tests/conformance --conformance=all --report=...`.",
    ]
    for file in dict.fromkeys(scenario.file for scenario in scenarios):
        lines += ["", f"## {file}", "", "| scenario | AutomateDV 0.11.5 | automate_dv_spark |", "|---|---|---|"]
        for scenario in scenarios:
            if scenario.file == file:
                verdict = scenario.automate_dv
                theirs = WORDS.get(verdict.kind, verdict.kind) + (f": {verdict.why}" if verdict.why else "")
                lines.append(f"| {_cell(scenario.name)} | {_cell(theirs)} | {results.get(scenario.title, 'not run')} |")
    path.write_text("\n".join(lines) + "\n")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
