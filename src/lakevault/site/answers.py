"""Answers on a page: the rows of a small report table, sorted by what a question asks.

A Gold model asks for them in its .yml, under meta:

    answers:
      group: {column: <how many people or baskets a row is about>, minimum: 10}
      currency: USD
      to:
        "<one of its questions>": {sort: [<column>, <column> asc, ...], columns: [<column>, ...]}

Rows are sorted from the largest value to the smallest, or with asc the other way. A row about a smaller group is left out and
counted. A column that is or may be personal data is never shown. Without `columns` all others are, but keys that only join tables.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lakevault.errors import LakevaultError
from lakevault.lake import delta
from lakevault.metadata.artifacts import Project, Table
from lakevault.metadata.lineage import Lineage, harmless
from lakevault.paths import lake_dir

# What a page has room for; a report of promotions fits.
ROWS = 30
# Columns by which tables join; they mean nothing to a reader.
KEY = re.compile(r"_(sk|hk|hd|key)$")


class Group(BaseModel):
    """The column that says how large the group behind a row is, and the size below which a row is not shown."""

    model_config = ConfigDict(extra="forbid")
    column: str
    # A smaller group would tell what single people do.
    minimum: int = Field(ge=5)


class Sorting(BaseModel):
    """Columns to sort by, and the columns to show; by default all but keys."""

    model_config = ConfigDict(extra="forbid")
    sort: list[str]
    columns: list[str] = []

    @property
    def order(self) -> list[tuple[str, bool]]:
        """The columns to sort by, and whether the smallest value comes first."""
        return [(name.removesuffix(" asc"), name.endswith(" asc")) for name in self.sort]


class Answers(BaseModel):
    """What a model says under meta: answers."""

    model_config = ConfigDict(extra="forbid")
    group: Group
    currency: str = ""
    to: dict[str, Sorting]


@dataclass(frozen=True)
class Answer:
    """Rows that answer a question, as text for the page.

    `columns`: name, heading and whether it is a number. `withheld`: columns that are or may be personal data.
    `small`: rows left out because their group is too small; `more`: rows for which there is no room.
    """

    question: str
    sorted_by: str
    columns: list[tuple[str, str, bool]]
    rows: list[list[str]]
    withheld: list[str]
    group: str
    minimum: int
    small: int
    more: int

    @property
    def anchor(self) -> str:
        """Where it is on the page of its table."""
        return re.sub(r"\W+", "-", self.question.lower()).strip("-")


def asked(name: str, meta: dict[str, Any], columns: Iterable[str]) -> Answers | None:
    """What the .yml of a table says about answers.

    Args:
        name: the table.
        meta: what its .yml says under meta.
        columns: its columns.

    Raises:
        LakevaultError: a page cannot show that.
    """
    if "answers" not in meta:
        return None
    at = f"{name}: in its .yml, under meta: answers,"
    try:
        found = Answers.model_validate(meta["answers"])
    except ValidationError as error:
        first = error.errors()[0]
        raise LakevaultError(f"{at} {'.'.join(map(str, first['loc']))}: {first['msg'].lower()}.") from error
    for question, sorting in found.to.items():
        if question not in meta.get("questions", []):
            raise LakevaultError(f"{at} '{question}' is not one of meta: questions.")
        for column in [found.group.column, *(name for name, _ in sorting.order), *sorting.columns]:
            if column not in columns:
                raise LakevaultError(f"{at} {column} is not a column of the table.")
            if _is_amount(column) and not found.currency:
                raise LakevaultError(f"{at} {column} is an amount, but no currency is said.")
    return found


def answers(table: Table, project: Project, lineage: Lineage) -> list[Answer]:
    """The answers on the page of a table, in the order of its .yml; none when it asks for none or is not built yet.

    Raises:
        LakevaultError: the .yml asks for what a page cannot show, or the table was built anew since the catalogue was read.
    """
    found = asked(table.name, table.meta, table.columns)
    if found is None:
        return []
    allowed = harmless(project, lineage, table.sql)
    try:
        shown = [_answer(table, question, sorting, found, allowed) for question, sorting in found.to.items()]
    except duckdb.BinderException as error:
        raise LakevaultError(
            f"{table.name} has other columns in the lake than in the catalogue: run `make docs`, without --fast."
        ) from error
    return [answer for answer in shown if answer]


def _answer(table: Table, question: str, sorting: Sorting, found: Answers, allowed: set[str]) -> Answer | None:
    wanted = sorting.columns or [name for name in table.columns if not KEY.search(name)]
    shown = [name for name in wanted if name in allowed]
    if not shown:
        raise LakevaultError(f"{table.name}: none of the columns that answer '{question}' may be shown.")
    source = f'from "{table.relation.split(".")[1]}"'
    large = f'"{found.group.column}" >= {found.group.minimum}'
    order = [f'"{name}" {"asc" if up else "desc"} nulls last' for name, up in sorting.order if name in allowed]
    # Rows that are equal in these keep one order.
    order += [str(i) for i in range(1, len(shown) + 1)]
    counts = delta.query(
        lake_dir(), f"select count(*) as rows, count(*) filter ({large}) as large {source}", table.relation
    )
    if not counts:
        return None
    names = ", ".join(f'"{name}"' for name in shown)
    rows = delta.query(
        lake_dir(), f"select {names} {source} where {large} order by {', '.join(order)} limit {ROWS}", table.relation
    )
    return Answer(
        question=question,
        sorted_by=", then by ".join(
            f"{heading(name, found.currency)}, the {'smallest' if up else 'largest'} first"
            for name, up in sorting.order
        ),
        columns=[(name, heading(name, found.currency), _is_number(row[name] for row in rows)) for name in shown],
        rows=[[readable(value, name) for name, value in row.items()] for row in rows],
        withheld=[name for name in wanted if name not in allowed],
        group=heading(found.group.column, ""),
        minimum=found.group.minimum,
        small=counts[0]["rows"] - counts[0]["large"],
        more=counts[0]["large"] - len(rows),
    )


def heading(column: str, currency: str) -> str:
    """The name of a column in words: targeted_customer_count is targeted customers, sales_amount is sales in a currency."""
    words = [word for word in column.split("_") if word not in {"bk", "is", "has", "amount"}]
    if words[-1:] == ["count"] and len(words) > 1:
        words = [*words[:-2], f"{words[-2]}s"]
    return " ".join(words) + (f", {currency}" if _is_amount(column) and currency else "")


def readable(value: Any, column: str) -> str:
    """A value as people write it."""
    parts = column.split("_")
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, int | float | Decimal):
        return str(value)
    if {"rate", "share"} & set(parts):
        text = f"{value:.1%}"
    elif _is_amount(column):
        text = f"{value:,.2f}"
    elif isinstance(value, float):
        text = f"{value:,.2f}" if abs(value) >= 1 else f"{value:.2g}"
    else:
        text = f"{value:,}"
    return text


def _is_amount(column: str) -> bool:
    return "amount" in column.split("_")


def _is_number(values: Iterable[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in known
    )
