"""given random histories, when their loads come in another order or other batches, then the vault tells the same history.

A case is the history of one key. Each way to deliver it is a key of its own in the same tables, so that all cases and ways
take the same few loads. The expected rows are computed here, in Python, from the history alone.
"""

import random
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from . import engine
from .lanes import Lane
from .scenarios import Load, Scenario, Verdict
from .tables import Row, Table

OPEN = "9999-12-31 23:59:59.999999"
LOADS = 5
SAFE = {"automate_dv_spark_rules": "safe"}

# A row that is delivered: its place in the history, and its value (see the structures below).
Told = tuple[int, Any]
# The loads of one key: for each load the rows that it stages.
Plan = list[list[Told]]


def at_once(told: list[Told], chance: random.Random) -> Plan:
    return [told]


def one_by_one(told: list[Told], chance: random.Random) -> Plan:
    return [[row] for row in told]


def in_two(told: list[Told], chance: random.Random) -> Plan:
    place = chance.randint(1, len(told) - 1)
    return [told[:place], told[place:]]


def repeated(told: list[Told], chance: random.Random) -> Plan:
    """Every load brings all that came before it once more."""
    return [told[: number + 1] for number in range(len(told))]


def late_with_later(told: list[Told], chance: random.Random) -> Plan:
    """Any order; a load brings once more what has come and is later than its own row."""
    arrival = chance.sample(told, len(told))
    return [[row for row in arrival[: number + 1] if row[0] >= arrival[number][0]] for number in range(len(arrival))]


def late_alone(told: list[Told], chance: random.Random) -> Plan:
    return [[row] for row in chance.sample(told, len(told))]


def with_later_effective(told: list[Told], chance: random.Random) -> Plan:
    """Events in their order; each brings once more what has come and is effective later than itself."""
    return [[row for row in told[: number + 1] if row[1][0] >= told[number][1][0]] for number in range(len(told))]


IN_ORDER = [at_once, one_by_one, in_two, repeated]
LATE_EVENTS = [at_once, repeated, with_later_effective]
Way = Callable[[list[Told], random.Random], Plan]


@dataclass
class Case:
    """One history of one key, delivered in one way."""

    key: str
    told: list[Told]
    plan: Plan


@dataclass
class Structure:
    """A table of the vault with its cases; `rows_of` writes what is told of a key as rows of the stage."""

    name: str
    macro: str
    metadata: dict[str, Any]
    columns: tuple[str, ...]
    rows_of: Callable[[str, Told], list[Row]]
    cases: list[Case]
    config: dict[str, Any] = field(default_factory=dict)
    stored: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def lane(self) -> Lane:
        loads = []
        for number in range(max(len(case.plan) for case in self.cases)):
            rows = [
                row
                for case in self.cases
                if number < len(case.plan)
                for told in case.plan[number]
                for row in self.rows_of(case.key, told)
            ]
            loads.append(Load({"stage": Table(self.columns, tuple(rows))}))
        types = {column: "timestamp" for column in self.columns if column.endswith(("DATE", "FROM"))}
        scenario = Scenario(
            "orders", self.name, "", self.macro, "", self.metadata | {"source_model": "stage"}, self.config, SAFE, types, {}, [],
            True, True, loads, Verdict(),
        )  # fmt: skip
        return Lane(self.name, [scenario])

    def of(self, *ways: Way) -> Iterator[tuple[Case, list[dict[str, Any]]]]:
        """The cases that were delivered in these ways, each with its stored rows in the order of their load times."""
        for case in self.cases:
            if case.key.split()[1] in [way.__name__ for way in ways]:
                yield case, self.stored[case.key]


def day(number: int) -> str:
    return f"2024-01-{number:02}"


def changes(values: Iterable[Told]) -> list[Told]:
    """The rows that differ from the row before them."""
    kept: list[Told] = []
    for place, value in sorted(values, key=lambda row: row[0]):
        if not kept or kept[-1][1] != value:
            kept.append((place, value))
    return kept


def kept_alone(plan: Plan) -> list[Told]:
    """What stays of rows that come alone, in any order: those that differ from the row before them, of what has come."""
    kept: list[Told] = []
    for [(place, value)] in plan:
        before = [row for row in kept if row[0] < place]
        if not before or max(before)[1] != value:
            kept.append((place, value))
    return sorted(kept)


def make(
    chance: random.Random, count: int, ways: list[Way], history: Callable[[random.Random], list[Told]]
) -> list[Case]:
    histories = [history(chance) for _ in range(count)]
    return [
        Case(f"{number:04} {way.__name__}", told, way(told, chance))
        for number, told in enumerate(histories)
        for way in ways
    ]


def satellite(chance: random.Random, count: int) -> Structure:
    """A value is a hashdiff."""
    return Structure(
        "sat",
        "automate_dv.sat",
        {
            "src_pk": "HK", "src_hashdiff": "HD", "src_payload": ["NAME"], "src_ldts": "LOAD_DATE", "src_source": "SOURCE",
        },
        ("HK", "HD", "NAME", "LOAD_DATE", "SOURCE"),
        lambda key, told: [(key, told[1], f"name {told[1]}", day(told[0]), "crm")],
        make(
            chance,
            count,
            [*IN_ORDER, late_with_later, late_alone],
            lambda chance: [(place, chance.choice("ab")) for place in range(1, LOADS + 1)],
        ),
    )  # fmt: skip


def multi_active(chance: random.Random, count: int) -> Structure:
    """A value is a set of child keys with their hashdiffs; none of them is told by a row without a child key."""

    def rows_of(key: str, told: Told) -> list[Row]:
        members = sorted(told[1]) or [(None, None)]
        return [(key, child, hashdiff, "kind", day(told[0]), "crm") for child, hashdiff in members]

    def history(chance: random.Random) -> list[Told]:
        pairs = [("x", "1"), ("x", "2"), ("y", "1")]
        sets = [frozenset(chance.sample(pairs, chance.choice([1, 1, 2, 3]))) for _ in range(2)] + [frozenset()]
        # A key whose first set is empty has none.
        return [(1, sets[0])] + [(place, chance.choice(sets)) for place in range(2, LOADS + 1)]

    return Structure(
        "ma_sat",
        "automate_dv.ma_sat",
        {
            "src_pk": "HK", "src_cdk": "CHILD", "src_hashdiff": "HD", "src_payload": ["KIND"], "src_ldts": "LOAD_DATE",
            "src_source": "SOURCE",
        },
        ("HK", "CHILD", "HD", "KIND", "LOAD_DATE", "SOURCE"),
        rows_of,
        make(chance, count, [*IN_ORDER, late_with_later], history),
    )  # fmt: skip


def tracking(chance: random.Random, count: int, name: str, macro: str, metadata: dict[str, Any]) -> Structure:
    """A value is a hashdiff; every row is kept."""
    return Structure(
        name,
        macro,
        {"src_pk": "HK", "src_ldts": "LOAD_DATE", "src_source": "SOURCE"} | metadata,
        ("HK", "HD", "SAT", "LOAD_DATE", "SOURCE"),
        lambda key, told: [(key, told[1], "sat", day(told[0]), "crm")],
        make(
            chance,
            count,
            [*IN_ORDER, late_alone],
            lambda chance: [(place, chance.choice("ab")) for place in range(1, LOADS + 1)],
        ),
    )


EFFECTIVITY = {
    "src_pk": "LINK", "src_dfk": "DRIVER", "src_sfk": "OTHER", "src_start_date": "START_DATE", "src_end_date": "END_DATE",
    "src_eff": "EFFECTIVE_FROM", "src_ldts": "LOAD_DATE", "src_source": "SOURCE",
}  # fmt: skip
EFFECTIVITY_COLUMNS = ("LINK", "DRIVER", "OTHER", "START_DATE", "END_DATE", "EFFECTIVE_FROM", "LOAD_DATE", "SOURCE")


def given_ends(chance: random.Random, count: int) -> Structure:
    """A value is none while the relationship is open, else its start and end."""

    def history(chance: random.Random) -> list[Told]:
        told: list[Told] = []
        start = 1
        for place in range(1, LOADS + 1):
            if chance.random() < 0.5:
                told.append((place, None))
                start = place if len(told) == 1 or told[-2][1] else start
            else:
                told.append((place, (day(start), day(chance.choice([place, start + 1])))))
        return told

    def rows_of(key: str, told: Told) -> list[Row]:
        place, period = told
        start, end = period or (day(place), OPEN)
        return [(key, key, "other", start, end, day(place), day(place), "crm")]

    return Structure(
        "given_ends",
        "automate_dv.eff_sat",
        EFFECTIVITY,
        EFFECTIVITY_COLUMNS,
        rows_of,
        make(chance, count, [*IN_ORDER, late_with_later], history),
        {"is_auto_end_dating": False},
    )


def end_dated(chance: random.Random, count: int, name: str, in_order: bool) -> Structure:
    """A value is the effective day and the relationship that opens then, or none that does. The place is the load."""

    def history(chance: random.Random) -> list[Told]:
        days = list(range(1, LOADS + 1))
        if not in_order:
            chance.shuffle(days)
        # A late event cannot know of an end without a relationship that was open: such an end leaves no row.
        others = ["A", "B", "C", None] if in_order else ["A", "B", "C"]
        return [(place, (days[place - 1], chance.choice(others))) for place in range(1, LOADS + 1)]

    def rows_of(key: str, told: Told) -> list[Row]:
        place, (effective, other) = told
        link = other and f"{key} {other}"
        return [(link, key, other, day(effective), OPEN, day(effective), day(place), "crm")]

    return Structure(
        name,
        "automate_dv.eff_sat",
        EFFECTIVITY,
        EFFECTIVITY_COLUMNS,
        rows_of,
        make(chance, count, IN_ORDER if in_order else LATE_EVENTS, history),
        {"is_auto_end_dating": True},
    )


def presence(chance: random.Random, count: int, way: Way) -> Structure:
    """A value is the set of keys of a full extract. All keys share the extracts, so that each way is a table."""
    keys = [f"key {number}" for number in range(count)]
    told = [(place, [key for key in keys if chance.random() < 0.6]) for place in range(1, LOADS + 1)]
    return Structure(
        f"presence_{way.__name__}",
        "automate_dv_spark.presence_sat",
        {"src_pk": "HK", "src_ldts": "LOAD_DATE", "src_source": "SOURCE"},
        ("HK", "LOAD_DATE", "SOURCE"),
        lambda _, told: [(key, day(told[0]), "crm") for key in told[1]],
        [Case(way.__name__, told, way(told, chance))],
    )


@pytest.fixture(scope="module")
def structures(pytestconfig: pytest.Config) -> dict[str, Structure]:
    """All structures, loaded; their rows are read without Spark."""
    seed, count = pytestconfig.getoption("seed"), pytestconfig.getoption("cases")
    chance = random.Random(seed)
    print(f"--seed {seed} --cases {count}")
    xts = {"src_satellite": {"one": {"sat_name": {"SAT": "SAT"}, "hashdiff": {"HD": "HD"}}}}
    every = [
        satellite(chance, count),
        multi_active(chance, count),
        tracking(chance, count, "xts", "automate_dv.xts", xts),
        tracking(chance, count, "rts", "automate_dv_spark.rts", {}),
        given_ends(chance, count),
        end_dated(chance, count, "end_dated", in_order=True),
        end_dated(chance, count, "end_dated_late", in_order=False),
        *(presence(chance, count, way) for way in (one_by_one, in_two, late_with_later)),
    ]
    home = Path(tempfile.mkdtemp(prefix="orders-")).resolve()
    spark = engine.start_spark(home, ansi=pytestconfig.getoption("ansi") == "on")
    try:
        snapshots = engine.run_on(spark, [structure.lane() for structure in every], home, engine.PACKAGES)
    finally:
        spark.stop()
        shutil.rmtree(home, ignore_errors=True)
    for structure in every:
        [*_, last] = snapshots[f"orders: {structure.name}"]
        assert last.error is None and last.target, f"{structure.name}: {last.error}"
        for row in sorted(last.target.rows, key=str):
            cells = dict(zip(last.target.columns, row, strict=True))
            structure.stored[cells.get("DRIVER") or cells["HK"]].append(cells)
    return {structure.name: structure for structure in every}


def number_of(text: str) -> int:
    return int(text[8:10])


def told_by(rows: list[dict[str, Any]], value: str) -> list[Told]:
    return sorted((number_of(row["LOAD_DATE"]), row[value]) for row in rows)


def sets_of(rows: list[dict[str, Any]]) -> list[Told]:
    """Per load time the set that is stored; a row without a child key says that it is empty."""
    sets: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        members = sets[number_of(row["LOAD_DATE"])]
        if row["CHILD"] is not None:
            members.add((row["CHILD"], row["HD"]))
    return [(place, frozenset(members)) for place, members in sorted(sets.items())]


def test_a_satellite_has_the_changes_and_no_more_in_whatever_batches_they_come(structures):
    for case, rows in structures["sat"].of(*IN_ORDER):
        assert told_by(rows, "HD") == changes(case.told), case


def test_a_satellite_tells_one_history_in_any_order_when_late_rows_come_with_what_is_later(structures):
    for case, rows in structures["sat"].of(late_with_later):
        assert changes(told_by(rows, "HD")) == changes(case.told), case
        assert set(told_by(rows, "HD")) <= set(case.told), case


def test_of_late_rows_that_come_alone_a_satellite_keeps_those_that_differ_from_the_row_before(structures):
    for case, rows in structures["sat"].of(late_alone):
        assert told_by(rows, "HD") == kept_alone(case.plan), case


def test_a_multi_active_satellite_has_the_changed_sets_and_no_more_in_whatever_batches_they_come(structures):
    for case, rows in structures["ma_sat"].of(*IN_ORDER):
        assert sets_of(rows) == changes(case.told), case


def test_a_multi_active_satellite_tells_one_history_in_any_order_when_late_sets_come_with_what_is_later(structures):
    for case, rows in structures["ma_sat"].of(late_with_later):
        assert changes([(0, frozenset()), *sets_of(rows)]) == changes([(0, frozenset()), *case.told]), case


@pytest.mark.parametrize("name", ["xts", "rts"])
def test_tracking_has_every_row_once_in_any_order(structures, name):
    for case, rows in structures[name].of(*IN_ORDER, late_alone):
        found = told_by(rows, "HASHDIFF") if name == "xts" else [number_of(row["LOAD_DATE"]) for row in rows]
        assert found == (case.told if name == "xts" else [place for place, _ in case.told]), case


def period_of(row: dict[str, Any]) -> Any:
    return None if row["END_DATE"] == OPEN else (row["START_DATE"], row["END_DATE"])


def test_with_given_ends_a_relationship_has_its_changes_and_no_more_in_whatever_batches_they_come(structures):
    for case, rows in structures["given_ends"].of(*IN_ORDER):
        found = sorted(((number_of(row["LOAD_DATE"]), period_of(row)) for row in rows), key=lambda told: told[0])
        assert found == changes(case.told), case


def test_with_given_ends_a_relationship_tells_one_history_in_any_order_when_late_rows_come_with_what_is_later(
    structures,
):
    for case, rows in structures["given_ends"].of(late_with_later):
        assert changes((number_of(row["LOAD_DATE"]), period_of(row)) for row in rows) == changes(case.told), case


def periods(told: list[Told]) -> list[tuple[str, str, str]]:
    """(relationship, start, end) of each period of a driving key: an event opens its relationship and closes the one before."""
    found: list[tuple[str, str, str]] = []
    for effective, other in sorted(event for _, event in told):
        is_open = bool(found) and found[-1][2] == OPEN
        if is_open and found[-1][0] == other:
            continue
        if is_open:
            found[-1] = (*found[-1][:2], day(effective))
        if other:
            found.append((other, day(effective), OPEN))
    return found


def periods_stored(rows: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """Of each start of a relationship the end that was loaded last; of one load time a closed row after an open one."""
    newest: dict[tuple[str, str], str] = {}
    for row in sorted(rows, key=lambda row: (row["LOAD_DATE"], row["END_DATE"] != OPEN, row["END_DATE"])):
        newest[row["OTHER"], row["START_DATE"]] = row["END_DATE"]
    return {(other, start, end) for (other, start), end in newest.items()}


def test_end_dated_relationships_have_their_periods_and_no_more_in_whatever_batches_they_come(structures):
    for case, rows in structures["end_dated"].of(*IN_ORDER):
        found = periods(case.told)
        expected = {(other, start, OPEN) for other, start, _ in found} | set(found)
        assert sorted((row["OTHER"], row["START_DATE"], row["END_DATE"]) for row in rows) == sorted(expected), case


def test_end_dated_relationships_have_one_set_of_periods_when_late_events_come_with_what_is_later(structures):
    for case, rows in structures["end_dated_late"].of(*LATE_EVENTS):
        # A relationship that turns out to have opened earlier keeps the row of its later start.
        assert set(periods(case.told)) <= periods_stored(rows), case
        opened = {(other, day(effective)) for _, (effective, other) in case.told}
        assert {(row["OTHER"], row["START_DATE"]) for row in rows} <= opened, case
        assert all(row["START_DATE"] < row["END_DATE"] for row in rows), case


@pytest.mark.parametrize("way", [one_by_one, in_two, late_with_later], ids=lambda way: way.__name__)
def test_presence_tells_one_history_in_whatever_order_and_batches_extracts_come(structures, way):
    structure = structures[f"presence_{way.__name__}"]
    [case] = structure.cases
    for key in {key for _, keys in case.told for key in keys}:
        present = [(place, str(key in keys).lower()) for place, keys in case.told]
        expected = [row for row in changes([(0, "false"), *present]) if row[0]]
        found = told_by(structure.stored[key], "is_active")
        if way is not late_with_later:
            assert found == expected, case.plan
        assert changes([(0, "false"), *found])[1:] == expected, (key, case.plan)
