"""What CONTRIBUTING asks of a model and a machine can see. `make check` stops at it, and the review lists it."""

import re
from pathlib import Path
from typing import Any

from lakevault.develop import fact_joins
from lakevault.develop.new_mart import left_over
from lakevault.metadata.artifacts import FAST_LANE

DESCRIBED_FROM = (
    "models/silver/raw_vault/",
    "models/silver/business_vault/",
    "models/silver/query_assistance/",
    FAST_LANE,
)
GOLD = "models/gold/"
# What a table of Gold tells its readers (config: meta).
TOLD = ("questions", "includes", "excludes", "reconciles_with", "caveats")
MEASURED = ("fct_", "rpt_", "ftr_", "brg_")
WORDS = 5
# Tests that hold a number against another one, though they read one table only.
COMPARES = re.compile(r"_to_equal(_|$)|^features_know_only_")


def wrong(manifest: dict[str, Any], node: dict[str, Any], sql: str = "") -> list[str]:
    """What is wrong with a model, one sentence each, with its file.

    Args:
        manifest: of the project.
        node: the model in it.
        sql: its SQL as dbt compiled it, if it was; joins of facts are looked for there.
    """
    path = Path(node["original_file_path"])
    known = fact_joins.keys(manifest) if sql else {}
    found = [f"{_place(path, cte)}: {what}" for cte, what in (fact_joins.fact_joins(sql, known) if sql else [])]
    if str(path).startswith(FAST_LANE):
        found += [f"{path}: {what}" for what in _unagreed(node)]
    if not node["patch_path"]:
        scaffold = f"`make new-mart subject={path.parent.name} name={node['name']}`"
        told = "describe the model there" if str(path).startswith(FAST_LANE) else scaffold
        return [f"{path.with_suffix('.yml')} is missing: {told}", *found]
    described = Path(node["patch_path"].split("://")[1])
    tests = [manifest["nodes"][i] for i in manifest["child_map"].get(node["unique_id"], []) if i.startswith("test.")]
    found += [f"{described}: {what}" for what in _undescribed(node) + _unnamed(tests)]
    if str(path).startswith(GOLD):
        found += [f"{described}: {what}" for what in _unproven(manifest, node, tests)]
    found += [f"{test['original_file_path']}: {what}" for test in tests for what in _unexplained(test)]
    words = left_over(each for each in (path, described, *path.parent.glob("_*__exposures.yml")) if each.is_file())
    return [*found, *(f"{each} (words of the scaffold; write your own)" for each in words)]


def _unagreed(node: dict[str, Any]) -> list[str]:
    """Of a model of the fast lane: that it does not say who answers for it, why it is there, and until when."""
    if (node["config"].get("meta") or {}).get("fast_lane"):
        return []
    return ["it must begin with {{ fast_lane(owner='<a group>', reason='<why>', expires='<its last day>') }}"]


def _undescribed(node: dict[str, Any]) -> list[str]:
    found = []
    path = node["original_file_path"]
    if not path.startswith((GOLD, *DESCRIBED_FROM)):
        return []
    if not node["description"].strip().startswith("One row per "):
        found.append('the description must begin with what one row is: "One row per ..."')
    short = [name for name, column in node["columns"].items() if len(column["description"].split()) < WORDS]
    if short:
        found.append(f"describe in {WORDS} words or more: {', '.join(short)}")
    return found


def _unnamed(tests: list[dict[str, Any]]) -> list[str]:
    found = []
    for test in tests:
        kind = (test.get("test_metadata") or {}).get("name")
        space = (test.get("test_metadata") or {}).get("namespace")
        if kind and test["name"].startswith((f"{kind}_", f"{space}_{kind}_")):
            where = f" of {test['column_name']}" if test.get("column_name") else ""
            found.append(
                f"the test {kind}{where} has no name; name it with a sentence, for example `name: ..._is_never_null`"
            )
    return found


def _unproven(manifest: dict[str, Any], node: dict[str, Any], tests: list[dict[str, Any]]) -> list[str]:
    """Of Gold: what its readers are not told, and claims and measures without a test."""
    told = node["config"].get("meta") or {}
    found = [f"meta lacks {name}" for name in TOLD if not told.get(name)]
    claim = str(told.get("reconciles_with") or "").strip()
    if claim and not claim.lower().startswith("nothing") and not any(_compares(test, node) for test in tests):
        found.append(
            "reconciles_with names a number, and no test compares with it: add "
            "dbt_expectations.expect_table_aggregation_to_equal_other_table or a singular test, or say `Nothing: ` and why"
        )
    tested = any(unit["model"] == node["name"] for unit in manifest["unit_tests"].values())
    if node["name"].startswith(MEASURED) and not tested:
        found.append("no unit test: add one (given, when, then) for its rules and measures")
    return found


def _compares(test: dict[str, Any], node: dict[str, Any]) -> bool:
    """Whether a test holds the table against another one, or against a number."""
    kind = (test.get("test_metadata") or {}).get("name", "")
    others = set(test["depends_on"]["nodes"]) - {node["unique_id"]}
    return bool(COMPARES.search(kind)) or (not kind and bool(others))


def _unexplained(test: dict[str, Any]) -> list[str]:
    """Of a singular test: what tests/dbt/singular/_singular.yml does not say of it."""
    if test.get("test_metadata"):
        return []
    lacks = [
        what
        for what, there in (("description", test["description"]), ("run_book", test["config"]["meta"].get("run_book")))
        if not there
    ]
    return [f"_singular.yml has no {' and no '.join(lacks)} for it"] if lacks else []


def _place(path: Path, cte: str) -> str:
    """File and line where a CTE begins."""
    lines = path.read_text().splitlines() if path.is_file() else []
    found = [i for i, line in enumerate(lines, 1) if re.match(rf"\s*{cte}\s+as\s*\(", line)]
    return f"{path}:{found[0]}" if found else str(path)
