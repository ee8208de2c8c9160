"""Scenario files: one YAML file for each structure of the vault. The format is described in README.md."""

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .tables import Table, read_table

FOLDER = Path(__file__).parent
MERGED = ("metadata", "config", "vars", "types", "then_types")
SETTINGS = {
    *MERGED, "macro", "sql", "keys", "alone", "quick", "rule", "automate_dv", "note", "given", "loads", "then", "full_refresh",
    "expect_error",
}  # fmt: skip
LOAD_SETTINGS = {"again", "then", "full_refresh", "expect_error", "vars", "note"}
VERDICTS = ("same", "then", "error", "arbitrary", "no answer", "not run")


@dataclass
class Load:
    """One run of the model: the tables whose content changes before it, and what is expected after it."""

    tables: dict[str, Table]
    then: Table | None = None
    expect_error: list[str] = field(default_factory=list)
    full_refresh: bool = False
    vars: dict[str, Any] = field(default_factory=dict)


@dataclass
class Verdict:
    """What AutomateDV itself gives: the same, another table, an error, or nothing that can be compared."""

    kind: str = "same"
    why: str = ""
    then: Table | None = None


@dataclass
class Scenario:
    """A sentence about a macro, the loads that show it, and the expected content of the target."""

    file: str
    name: str
    rule: str
    macro: str
    sql: str
    metadata: dict[str, Any]
    config: dict[str, Any]
    vars: dict[str, Any]
    types: dict[str, str]
    then_types: dict[str, str]
    keys: list[str]
    alone: bool
    quick: bool
    loads: list[Load]
    automate_dv: Verdict

    @property
    def title(self) -> str:
        """The name of the scenario with that of its file."""
        return f"{self.file}: {self.name}"

    @property
    def tables(self) -> list[str]:
        """The names of the given tables."""
        return list(self.loads[0].tables)


def read_all(folder: Path = FOLDER) -> list[Scenario]:
    """The scenarios of all files of the folder."""
    return [scenario for path in sorted(folder.glob("*.yml")) for scenario in read_file(path)]


def read_file(path: Path) -> list[Scenario]:
    """The scenarios of one file; a mistake in it is reported with the file and the name of the scenario."""
    content = yaml.safe_load(path.read_text())
    setups = content.pop("setups", {})
    given = content.pop("scenarios")
    content.pop("about", None)
    scenarios = []
    for settings in given:
        name = settings.pop("name")
        try:
            setup = setups[settings.pop("setup")] if "setup" in settings else {}
            scenarios.append(_scenario(path.stem, name, _merge(content, setup, settings)))
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise ValueError(f"{path.name}, scenario {name!r}: {error!r}") from error
    names = [scenario.name for scenario in scenarios]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"{path.name}: two scenarios have one name: {', '.join(twice)}")
    return scenarios


def _merge(*layers: dict[str, Any]) -> dict[str, Any]:
    """Later layers win; metadata, config, vars and types are merged entry by entry."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in copy.deepcopy(layer).items():
            if key not in SETTINGS:
                raise ValueError(f"unknown setting {key}")
            merged[key] = merged.get(key, {}) | value if key in MERGED else value
    return merged


def _scenario(file: str, name: str, settings: dict[str, Any]) -> Scenario:
    # One load may be written without the list.
    loads = settings.get("loads") or [
        {key: settings[key] for key in ("full_refresh",) if key in settings} | settings["given"]
    ]
    loads = [_load(load) for load in loads]
    if "then" in settings:
        loads[-1].then = read_table(settings["then"])
    if "expect_error" in settings:
        loads[-1].expect_error = _texts(settings["expect_error"])
    if not any(load.then or load.expect_error for load in loads):
        raise ValueError("nothing is expected: give then or expect_error")
    if unknown := {table for load in loads for table in load.tables} - set(loads[0].tables):
        raise ValueError(f"the first load does not give {', '.join(unknown)}")
    if not settings.get("macro") and not settings.get("sql"):
        raise ValueError("neither macro nor sql is given")
    # Two loads of one key set must not meet those of another scenario when columns come and go, or a load fails.
    columns = [{(name, table.columns) for name, table in load.tables.items()} for load in loads]
    varied = len(set().union(*columns)) > len(loads[0].tables)
    fails = any(load.expect_error for load in loads)
    return Scenario(
        file=file,
        name=name,
        rule=settings["rule"],
        macro=settings.get("macro", ""),
        sql=settings.get("sql", ""),
        metadata=settings.get("metadata", {}),
        config=settings.get("config", {}),
        vars=settings.get("vars", {}),
        types=settings.get("types", {}),
        then_types=settings.get("then_types", {}),
        keys=settings.get("keys", []),
        alone=settings.get("alone", False) or varied or fails or not settings.get("keys"),
        quick=settings.get("quick", False),
        loads=loads,
        automate_dv=_verdict(settings.get("automate_dv", "same")),
    )


def _load(load: dict[str, Any]) -> Load:
    tables = {name: read_table(text) for name, text in load.items() if name not in LOAD_SETTINGS}
    if not tables and not load.get("again"):
        raise ValueError("a load gives no table; write again: true to run once more on the same tables")
    return Load(
        tables=tables,
        then=read_table(load["then"]) if "then" in load else None,
        expect_error=_texts(load.get("expect_error", [])),
        full_refresh=load.get("full_refresh", False),
        vars=load.get("vars", {}),
    )


def _texts(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given


def _verdict(given: str | dict[str, str]) -> Verdict:
    """`same`, {then: table, why: ...} or {error | arbitrary | no answer | not run: why}."""
    if isinstance(given, str):
        given = {given: ""}
    kind = next((kind for kind in VERDICTS if kind in given), None)
    if kind is None:
        raise ValueError(f"automate_dv is {given}; it can be {', '.join(VERDICTS)}")
    if kind == "then":
        return Verdict("then", given["why"], read_table(given["then"]))
    return Verdict(kind, given[kind] or "")
