"""Which type a column of a sample has, and how its dates and numbers are written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lakevault.errors import LakevaultError
from lakevault.feeds import Column
from lakevault.ingest.quarantine import masked

# Prices of a sample seldom show all the decimal places that come later.
LEAST_SCALE = 6
# A column of which fewer values look like a date or a number is a text, and nobody needs to be told.
TYPED_SHARE = 0.8

DATE = re.compile(
    r"(?P<first>\d{4}|\d{1,2})(?P<separator>[-./])(?P<second>\d{1,2})(?P=separator)(?P<third>\d{4}|\d{1,2})"
    r"(?:(?P<between>[T ])(?P<hour>\d{1,2}):\d{2}(?P<seconds>:\d{2})?(?P<fraction>\.\d{1,6})?(?P<zone>Z)?)?",
    re.ASCII,
)
PARTS = ("first", "second", "third")
ORDERS = ("yMd", "dMy", "Mdy")
COMPACT_DATE = re.compile(r"(19|20)\d{6}", re.ASCII)
# (between groups of three digits, before the decimal places), likely ones first.
MARKS = (
    ("", "."), ("", ","), (".", ","), (",", "."), ("'", "."), ("\u2019", "."),
    *((blank, mark) for blank in " \u00a0\u202f" for mark in ",."),
)  # fmt: skip
# Digits that begin with 0 are a code.
WHOLE = r"[-+]?(?:0|[1-9]\d{{0,2}}(?:{group}\d{{3}})+|[1-9]\d{{0,17}})"
PLACES = r"(?:{mark}(\d{{1,18}}))?"
NEAR_NUMBER = re.compile(r"[-+]?(?!0\d)\d{1,3}([., ']?\d{3})*([.,]\d+)?\s?[^\w\s]?", re.ASCII)


@dataclass(frozen=True)
class Habits:
    """How a file writes what its values leave open: whether 03/02 is a day in February, and what 1,249 is."""

    first: Literal["day", "month"] | None = None
    decimal_mark: Literal[".", ","] | None = None

    @classmethod
    def of(cls, day_first: bool | None, decimal_mark: str | None) -> "Habits":
        """The habits as the command's options say them. Raises LakevaultError for another mark than a point or a comma."""
        if decimal_mark not in {None, ".", ","}:
            raise LakevaultError(f'--decimal-mark {decimal_mark}: it is "." or ",".')
        first: Literal["day", "month"] | None = None if day_first is None else "day" if day_first else "month"
        mark: Literal[".", ","] | None = None if decimal_mark is None else "." if decimal_mark == "." else ","
        return cls(first, mark)


def typed(samples: dict[str, list[str]], habits: Habits) -> tuple[dict[str, Column], list[str]]:
    """The types of columns, by the values of each, and what could not be told from them.

    A column that leaves open how it is to be read is read like the other columns of the file, else as `habits` say. Raises
    LakevaultError when neither tells.
    """
    possible = {name: list(_readings(name, values)) for name, values in samples.items()}
    sure = [readings[0] for readings in possible.values() if len(readings) == 1]
    columns, notes = {}, []
    for name, readings in possible.items():
        column = readings[0].column if readings else Column(name=name)
        if len(readings) > 1:
            column, note = _chosen(readings, sure, habits)
            notes += note
        elif readings and COMPACT_DATE.fullmatch(samples[name][0]):
            notes.append(f"{name} is taken for dates written yyyyMMdd")
        elif not readings:
            notes += _near(name, samples[name])
        columns[name] = column
    return columns, notes


@dataclass(frozen=True)
class _Reading:
    """One way to read all values of a column: its habit is what the values themselves leave open to another way."""

    column: Column
    first: str = ""
    decimal_mark: str = ""


def _readings(name: str, values: list[str]) -> Iterator[_Reading]:
    """All ways to read a column; none for a text."""
    if not values:
        return
    if all(COMPACT_DATE.fullmatch(value) and _is_moment(value, "%Y%m%d") for value in values):
        yield _Reading(Column(name=name, type="date", format="yyyyMMdd"))
        return
    yield from _dates(name, values)
    yield from _numbers(name, values)


def _dates(name: str, values: list[str]) -> Iterator[_Reading]:
    matches = [match for value in values if (match := DATE.fullmatch(value))]
    if len(matches) < len(values):
        return
    alike = {(m["separator"], m["between"], bool(m["seconds"]), len(m["fraction"] or ""), m["zone"]) for m in matches}
    if len(alike) > 1:
        return
    [(separator, between, seconds, fraction, zone)] = alike
    for order in ORDERS:
        lengths = {letter: {len(m[part]) for m in matches} for letter, part in zip(order, PARTS, strict=True)}
        if lengths["y"] != {4} or 4 in lengths["M"] | lengths["d"]:
            continue
        if not all(_is_moment(_to_the_second(m), _pattern(order, separator, between, seconds)) for m in matches):
            continue
        day = separator.join("yyyy" if letter == "y" else letter * min(lengths[letter]) for letter in order)
        clock = ""
        if between:
            hours = "H" if any(len(m["hour"]) == 1 for m in matches) else "HH"
            clock = ("'T'" if between == "T" else " ") + hours + ":mm" + (":ss" if seconds else "")
            clock += ("." + "S" * (fraction - 1) if fraction else "") + ("'Z'" if zone else "")
        column = Column(name=name, type="timestamp" if between else "date", format=day + clock)
        yield _Reading(column, first={"dMy": "day", "Mdy": "month"}.get(order, ""))
        if order == "dMy" and separator == ".":
            # Nobody writes 12.31.2017.
            return


def _to_the_second(match: re.Match[str]) -> str:
    return re.sub(r"(\.\d+)?Z?$", "", match[0]) if match["between"] else match[0]


def _pattern(order: str, separator: str, between: str | None, seconds: bool) -> str:
    day = separator.join({"y": "%Y", "M": "%m", "d": "%d"}[part] for part in order)
    return day + (f"{between}%H:%M" + (":%S" if seconds else "") if between else "")


def _is_moment(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True


def _numbers(name: str, values: list[str]) -> Iterator[_Reading]:
    found: list[Column] = []
    for group, mark in MARKS:
        shape = re.compile(
            WHOLE.format(group=re.escape(group) or "(?!)") + PLACES.format(mark=re.escape(mark)), re.ASCII
        )
        matches = [match for value in values if (match := shape.fullmatch(value))]
        if len(matches) < len(values):
            continue
        places = max(len(match[1] or "") for match in matches)
        grouped = bool(group) and any(group in value for value in values)
        if not places and not grouped:
            if (group, mark) == MARKS[0]:
                yield _Reading(Column(name=name, type="bigint"))
                return
            continue
        if bool(group) != grouped:
            # The same as without groups.
            continue
        written = f"1{group}234" + (f"{mark}5" if places else "")
        column = Column(
            name=name,
            type=f"decimal(38, {max(LEAST_SCALE, places)})" if places else "bigint",
            format=None if (group, mark) == MARKS[0] else written,
        )
        if column not in found:
            found.append(column)
            yield _Reading(column, decimal_mark=mark)


def _chosen(readings: list[_Reading], sure: list[_Reading], habits: Habits) -> tuple[Column, list[str]]:
    """The one of several readings that the rest of the file, else the habits, speak for."""
    name = readings[0].column.name
    forms = " or ".join(reading.column.format or "1234.5" for reading in readings)
    for what, said, option in (
        ("first", habits.first, "--day-first or --month-first"),
        ("decimal_mark", habits.decimal_mark, '--decimal-mark "," or --decimal-mark "."'),
    ):
        theirs = {getattr(reading, what) for reading in readings}
        if len(theirs) < 2:
            continue
        others = {getattr(reading, what) for reading in sure} & theirs
        wanted = said or (others.pop() if len(others) == 1 else None)
        for reading in readings:
            if getattr(reading, what) == wanted:
                like = "" if said else ", as in the other columns of the sample"
                return reading.column, [
                    f"{name} is written {forms}; it is taken for {reading.column.format or '1234.5'}{like}"
                ]
        if what == "decimal_mark" and not readings[0].column.format:
            return readings[0].column, [
                f'{name} is taken for a number with three decimal places; if 1.249 means 1249, say --decimal-mark ","'
            ]
        raise LakevaultError(
            f"no value of {name} tells whether it is written {forms}: ask the sender, and run this again with {option}."
        )
    return readings[0].column, []


def _near(name: str, values: list[str]) -> list[str]:
    """What is to be said of a text of which nearly all values look like dates or numbers."""
    if any(re.fullmatch(r"0\d+", value, re.ASCII) for value in values):
        return []
    for kind, shape in (("dates", DATE), ("numbers", NEAR_NUMBER)):
        like = [value for value in values if shape.fullmatch(value)]
        if like and len(like) >= TYPED_SHARE * len(values):
            other = next((value for value in values if value not in like), None)
            if other is None:
                why = f"no one form fits all of its {kind} (for example {masked(like[0])} and {masked(like[-1])})"
            else:
                why = f"{len(like):,} of {len(values):,} values look like {kind}, but {masked(other)} does not"
            return [f"{name} stays text: {why}"]
    return []
