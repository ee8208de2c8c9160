"""Lanes: scenarios with the same model share one target table, so that a hundred scenarios are a few dozen models.

The values of key columns get a prefix for each scenario of the lane when they are written, and lose it when the target is
read: rows of two scenarios never meet.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .scenarios import Load, Scenario
from .tables import Row, Table

PREFIX = re.compile(r"^(\d\d)~")


@dataclass
class Lane:
    """A model, the scenarios that it serves, and what became of its loads (the message of an error, else None)."""

    name: str
    scenarios: list[Scenario]
    outcomes: list[str | None] = field(default_factory=list)
    parse_error: str | None = None

    @property
    def first(self) -> Scenario:
        """Any scenario of the lane: they are alike in everything but their rows."""
        return self.scenarios[0]

    @property
    def alone(self) -> bool:
        return self.first.alone

    @property
    def stopped(self) -> bool:
        """Whether a load failed that should not: what follows it would say nothing."""
        return any(error and not self.load(number).expect_error for number, error in enumerate(self.outcomes))

    def load(self, number: int) -> Load | None:
        """The settings of a load (not its rows); none when no scenario of the lane has so many."""
        return next((scenario.loads[number] for scenario in self.scenarios if number < len(scenario.loads)), None)

    def given(self, table: str, number: int) -> Table | None:
        """The rows of all scenarios for a load; none when the table stays as it is."""
        if self.alone:
            return self.first.loads[number].tables.get(table)
        rows: list[Row] = []
        for index, scenario in enumerate(self.scenarios):
            if number < len(scenario.loads):
                content = standing_table(scenario, table, number)
                keys = [position for position, column in enumerate(content.columns) if column in scenario.keys]
                rows += [add_prefix(row, keys, index) for row in content.rows]
        return Table(self.first.loads[0].tables[table].columns, tuple(rows))

    def model_sql(self) -> str:
        """The model under test as a user would write it."""
        scenario = self.first
        config = {"materialized": "incremental"} | self.renamed(scenario.config)
        arguments = ", ".join(f"{key}={value!r}" for key, value in self.renamed(scenario.metadata).items())
        sql = f"{{{{ {scenario.macro}({arguments}) }}}}"
        if scenario.sql:
            sql = scenario.sql
            for table in scenario.tables:
                sql = sql.replace(f"'{table}'", f"'{self.name}_{table}'")
        return f"{{{{ config(**{config!r}) }}}}\n{sql}\n"

    def renamed(self, value: Any) -> Any:
        """Metadata in which the given tables have the names that they have in the project."""
        if isinstance(value, dict):
            return {self.renamed(key): self.renamed(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.renamed(item) for item in value]
        return f"{self.name}_{value}" if value in self.first.tables else value

    def split(self, target: Table) -> list[Table]:
        """The target's rows by scenario; a row that carries no prefix is shown to all of them."""
        # A point-in-time table names its columns after its satellites, whose names carry that of the lane.
        columns = tuple(re.sub(f"^{self.name}_", "", column, flags=re.IGNORECASE) for column in target.columns)
        if self.alone:
            return [Table(columns, target.rows)]
        keys = [position for position, column in enumerate(columns) if column in self.first.keys]
        rows: list[list[Row]] = [[] for _ in self.scenarios]
        for row in target.rows:
            owners = {int(match[1]) for position in keys if (match := PREFIX.match(row[position] or ""))}
            for owner in owners or range(len(self.scenarios)):
                rows[owner].append(drop_prefix(row, keys))
        return [Table(columns, tuple(part)) for part in rows]


def standing_table(scenario: Scenario, table: str, number: int) -> Table:
    """The content of a given table at a load: what the load says, or else what the load before it left."""
    while table not in scenario.loads[number].tables:
        number -= 1
    return scenario.loads[number].tables[table]


def add_prefix(row: Row, keys: list[int], index: int) -> Row:
    return _change(row, keys, lambda text: f"{index:02}~{text}")


def drop_prefix(row: Row, keys: list[int]) -> Row:
    return _change(row, keys, lambda text: PREFIX.sub("", text))


def _change(row: Row, keys: list[int], change: Callable[[str], str]) -> Row:
    return tuple(change(cell) if position in keys and cell is not None else cell for position, cell in enumerate(row))


def make_lanes(scenarios: list[Scenario], shared: Callable[[Scenario], bool] = lambda scenario: True) -> list[Lane]:
    """Group scenarios that differ in their rows only; those that are alone, or not to be shared, get a lane each."""
    groups: dict[str, list[Scenario]] = {}
    for scenario in scenarios:
        scenario.alone = scenario.alone or not shared(scenario)
        _check(scenario)
        group = groups.setdefault(scenario.title if scenario.alone else _likeness(scenario), [])
        # Two digits of prefix.
        if len(group) == 99:
            groups[f"{_likeness(scenario)} {len(groups)}"] = group
            group = groups[_likeness(scenario)] = []
        group.append(scenario)
    numbers: dict[str, int] = {}
    lanes = []
    for group in groups.values():
        file = group[0].file
        numbers[file] = numbers.get(file, 0) + 1
        lanes.append(Lane(f"{file}{numbers[file]:02}", group))
    return lanes


def _likeness(scenario: Scenario) -> str:
    """What the scenarios of a lane have in common."""
    tables = {name: table.columns for name, table in scenario.loads[0].tables.items()}
    special = {
        number: [load.vars, load.full_refresh]
        for number, load in enumerate(scenario.loads)
        if load.vars or load.full_refresh
    }
    return json.dumps(
        [
            scenario.file, scenario.macro, scenario.sql, scenario.metadata, scenario.config, scenario.vars, scenario.types,
            scenario.keys, tables, special,
        ],
        sort_keys=True,
    )  # fmt: skip


def _check(scenario: Scenario) -> None:
    """What would make a run meaningless is refused before it."""
    columns = {column for load in scenario.loads for table in load.tables.values() for column in table.columns}
    if both := columns & set(scenario.tables):
        raise ValueError(f"{scenario.title}: {', '.join(both)} is a table and a column; they need different names")
    typed = [key for key in scenario.keys if scenario.types.get(key, "string") != "string"]
    if typed and not scenario.alone:
        raise ValueError(f"{scenario.title}: the key {', '.join(typed)} is no string and takes no prefix: alone: true")
