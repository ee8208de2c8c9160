"""Metrics in DAX: what MetricFlow writes as SQL, for Power BI.

DAX differs from SQL where something is missing: blank is 0 in a sum and equal to 0, "" and false. So what SQL would leave out
is left out here by its own words.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import sqlglot
from sqlglot import exp

from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import Measure, Metric, Project, SemanticModel, conditions

FORMATS = {"money": "#,##0.00", "whole": "#,##0", "rate": "0.0%"}
# Aggregates over a column, and over an expression by row.
AGGREGATES = {"sum": "SUM", "average": "AVERAGE", "min": "MIN", "max": "MAX"}
GRAINS = {"day": (1, "DAY"), "week": (7, "DAY"), "month": (1, "MONTH"), "quarter": (1, "QUARTER"), "year": (1, "YEAR")}
TO_DATE = {"month": "DATESMTD", "quarter": "DATESQTD", "year": "DATESYTD"}
OPERATORS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
COMPARISONS: dict[type[exp.Expr], str] = {
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
_CALL = re.compile(r"\{\{\s*(\w+)\(\s*'(\w+)'\s*\)\s*\}\}")
Named = Callable[[exp.Column], str]


def column(table: str, name: str) -> str:
    """A column as DAX writes it."""
    return f"'{table}'[{name}]"


def measure(label: str) -> str:
    """A measure as DAX writes it."""
    return f"[{label.replace(']', ']]')}]"


class Formulas:
    """Formulas of the metrics.

    Attributes:
        columns: tables and columns that the formulas made so far use.
    """

    def __init__(
        self,
        project: Project,
        tables: dict[str, str],
        active: set[tuple[str, str, str]],
        calendar: tuple[str, str],
    ) -> None:
        """What formulas are made of.

        Args:
            project: with the metrics.
            tables: names in Power BI by names in dbt.
            active: table, column and table of each active relationship.
            calendar: its table and its column with the day.
        """
        self.columns: set[tuple[str, str]] = set()
        self._metrics = {metric.name: metric for metric in project.metrics}
        self._models = project.semantic_models
        self._by_measure = {each.name: (model, each) for model in project.semantic_models for each in model.measures}
        self._tables, self._active, self._calendar = tables, active, calendar
        self._columns = {tables[name]: table.columns for name, table in project.by_name.items() if name in tables}

    def of(self, name: str) -> str:
        """The formula of a metric. Raises LakevaultError, with its name, when DAX cannot say it."""
        metric = self._metrics[name]
        if metric.type == "simple":
            return self._aggregate(metric, metric.filters)
        if metric.type == "cumulative":
            return self._cumulative(metric)
        if metric.type == "ratio":
            over, under = (self._input(metric, metric.params[each]) for each in ("numerator", "denominator"))
            return self._narrowed(metric, f"DIVIDE ( {over}, {under} )", metric.filters)
        if metric.type == "derived":
            return self._narrowed(metric, self._derived(metric), metric.filters)
        _refuse(metric, f"is of the type {metric.type}")

    def unit(self, name: str) -> str:
        """Whether a metric is money, a whole number or a rate; empty when its formula does not tell."""
        metric = self._metrics[name]
        if metric.type in ("simple", "cumulative"):
            model, measured = self._measure(metric)
            if measured.aggregate.startswith("count"):
                return "whole"
            columns = self._columns[self._tables[model.table]]
            types = {name: each.type for name, each in columns.items()}
            return _unit(_parsed(metric, measured.sql), lambda each: _unit_of(each.name, types.get(each.name, "")))
        if metric.type == "ratio":
            return _quotient(*(self.unit(metric.params[each]["name"]) for each in ("numerator", "denominator")))
        inputs = {each["alias"] or each["name"]: each["name"] for each in metric.params["metrics"]}
        return _unit(_parsed(metric, metric.params["expr"]), lambda each: self.unit(inputs[each.name]))

    def _measure(self, metric: Metric) -> tuple[SemanticModel, Measure]:
        wanted = (metric.params["measure"] or {}).get("name")
        if wanted not in self._by_measure:
            _refuse(metric, "is not made of a measure of a semantic model")
        return self._by_measure[wanted]

    def _aggregate(self, metric: Metric, filters: Iterable[str]) -> str:
        """The aggregate that a simple or cumulative metric is made of, with its filters."""
        model, measured = self._measure(metric)
        given = metric.params["measure"]
        if given["join_to_timespine"] or given["fill_nulls_with"] not in (None, 0):
            _refuse(metric, "fills days without rows")
        if measured.more:
            _refuse(metric, f"has {' and '.join(measured.more)}")
        time = self._time(metric, model, measured)
        table = self._tables[model.table]
        sql = _parsed(metric, measured.sql)
        found = self._aggregated(metric, table, measured.aggregate, sql)
        kept = [*conditions(given["filter"]), *filters]
        if measured.at:
            found = self._at(metric, model, measured.at, time, found, kept)
        return self._filtered(metric, found, kept)

    def _aggregated(self, metric: Metric, table: str, aggregate: str, sql: exp.Expr) -> str:
        one = isinstance(sql, exp.Literal) and sql.this == "1"
        if one and aggregate in ("sum", "count"):
            return f"COUNTROWS ( '{table}' )"
        row = _expression(metric, sql, self._column(metric, table))
        if isinstance(sql, exp.Column):
            if aggregate == "count":
                return f"COUNTA ( {row} )"
            if aggregate == "count_distinct":
                # Unlike DISTINCTCOUNT, and like SQL, it does not count what is missing.
                return f"DISTINCTCOUNTNOBLANK ( {row} )"
            if aggregate in AGGREGATES:
                return f"{AGGREGATES[aggregate]} ( {row} )"
        elif aggregate in AGGREGATES:
            # In SQL a sum of columns is missing where one of them is; in DAX the others would count.
            there = " && ".join(_there(each) for each in self._columns_of(metric, table, sql))
            return f"{AGGREGATES[aggregate]}X ( FILTER ( '{table}', {there} ), {row} )"
        _refuse(metric, f"is a {aggregate} of {sql.sql()}")

    def _at(self, metric: Metric, model: SemanticModel, at: str, time: str, found: str, filters: Iterable[str]) -> str:
        """A balance: the aggregate at the first or last time that any row has in the period that is shown.

        The time is that of all rows, whatever a visual groups by: who has no row then has no balance, and not an older one.
        """
        table, (calendar, _) = self._tables[model.table], self._calendar
        column_of_time = self._column(metric, table)(exp.column(time))
        rows = ", ".join(
            [f"REMOVEFILTERS ( '{table}' )", f"VALUES ( '{calendar}' )", *self._conditions(metric, model, filters)]
        )
        return (
            f"VAR Time = CALCULATE ( {at.upper()} ( {column_of_time} ), {rows} ) "
            f"RETURN CALCULATE ( {found}, KEEPFILTERS ( {column_of_time} == Time ) )"
        )

    def _time(self, metric: Metric, model: SemanticModel, measured: Measure) -> str:
        """The column with the time of a measure, which has to be what the relationship with the calendar follows."""
        table, (calendar, _) = self._tables[model.table], self._calendar
        time = model.dimensions.get(measured.time, "")
        names = {each.name for each in _parsed(metric, time or "null").find_all(exp.Column)}
        if not any((table, name, calendar) in self._active for name in names) or len(names) != 1:
            _refuse(
                metric, f"goes by {measured.time or 'no time'}, which no active relationship with {calendar} follows"
            )
        return names.pop()

    def _cumulative(self, metric: Metric) -> str:
        given = metric.params["cumulative_type_params"] or {}
        if given.get("period_agg") != "last":
            _refuse(metric, "shows the first day of a month or year; Power BI shows the last one (period_agg: last)")
        window, grain = given.get("window"), given.get("grain_to_date")
        if self._measure(metric)[1].at:
            _refuse(metric, "adds up a balance over time")
        total = self._aggregate(metric, metric.filters)
        day = column(*self._calendar)
        self.columns.add(self._calendar)
        if window:
            factor, unit = GRAINS[window["granularity"].rstrip("s")]
            days = f"DATESINPERIOD ( {day}, MAX ( {day} ), -{window['count'] * factor}, {unit} )"
            return f"CALCULATE ( {total}, {days} )"
        if grain:
            if grain not in TO_DATE:
                _refuse(metric, f"begins anew each {grain}")
            return f"CALCULATE ( {total}, {TO_DATE[grain]} ( {day} ) )"
        return f"VAR LastDay = MAX ( {day} ) RETURN CALCULATE ( {total}, {day} <= LastDay )"

    def _input(self, metric: Metric, given: dict[str, Any]) -> str:
        """A metric that another one is made of."""
        if given.get("offset_window") or given.get("offset_to_grain"):
            _refuse(metric, f"takes {given['name']} of an earlier time")
        other = self._metrics[given["name"]]
        return self._narrowed(other, measure(other.label), conditions(given["filter"]))

    def _derived(self, metric: Metric) -> str:
        inputs = {each["alias"] or each["name"]: each for each in metric.params["metrics"]}

        def named(each: exp.Column) -> str:
            if each.name not in inputs:
                _refuse(metric, f"uses {each.name}, which is not among its metrics")
            return self._input(metric, inputs[each.name])

        sql = _parsed(metric, metric.params["expr"])
        found = _expression(metric, sql, named)
        # In SQL a sum is missing where one part is; in DAX it would be the other part.
        parts = {
            each.name: each
            for sum_ in sql.find_all(exp.Add, exp.Sub)
            for each in sum_.find_all(exp.Column)
            if not self._is_filled(self._metrics[inputs[each.name]["name"]])
        }
        if not parts:
            return found
        missing = " || ".join(f"ISBLANK ( {named(each)} )" for each in parts.values())
        return f"IF ( {missing}, BLANK (), {found} )"

    def _is_filled(self, metric: Metric) -> bool:
        """Whether a metric is 0 where it has no rows: what blank is in a sum anyway."""
        return metric.type == "simple" and (metric.params["measure"] or {}).get("fill_nulls_with") == 0

    def _narrowed(self, metric: Metric, formula: str, filters: Iterable[str]) -> str:
        """Another metric, filtered from outside, which a balance does not see when it looks for its time."""
        given = list(filters)
        if given and any(measured.at for _, measured in self._measured(metric)):
            _refuse(metric, f"is a balance that another metric filters: {' and '.join(given)}")
        return self._filtered(metric, formula, given)

    def _filtered(self, metric: Metric, formula: str, filters: Iterable[str]) -> str:
        given = list(filters)
        if not given:
            return formula
        kept = {tuple(self._conditions(metric, model, given)) for model, _ in self._measured(metric)}
        if len(kept) != 1:
            _refuse(metric, f"has a filter that means another column in each of its tables: {' and '.join(given)}")
        return f"CALCULATE ( {', '.join([formula, *(f'KEEPFILTERS ( {each} )' for each in kept.pop())])} )"

    def _measured(self, metric: Metric) -> list[tuple[SemanticModel, Measure]]:
        """The measures that a metric is made of in the end."""
        if metric.type in ("simple", "cumulative"):
            return [self._measure(metric)]
        params = metric.params
        inputs = params["metrics"] if metric.type == "derived" else [params["numerator"], params["denominator"]]
        return [found for each in inputs for found in self._measured(self._metrics[each["name"]])]

    def _conditions(self, metric: Metric, model: SemanticModel, filters: Iterable[str]) -> list[str]:
        """Conditions of filters in DAX, each on one table."""
        found = []
        for text in filters:
            calls: list[exp.Expr] = []

            def placed(call: re.Match[str], calls: list[exp.Expr] = calls) -> str:
                calls.append(self._dimension(metric, model, call))
                return f"dimension_{len(calls) - 1}"

            parsed = _parsed(metric, _CALL.sub(placed, text))

            def dimension(node: exp.Expr, calls: list[exp.Expr] = calls) -> exp.Expr:
                if isinstance(node, exp.Column) and node.name.startswith("dimension_"):
                    return calls[int(node.name.removeprefix("dimension_"))]
                return node

            whole = parsed.transform(dimension)
            for part in whole.flatten() if isinstance(whole, exp.And) else [whole]:
                if len({each.table for each in part.find_all(exp.Column)}) != 1:
                    _refuse(metric, f"has a filter over several tables, or over no column: {text}")
                found.append(_condition(metric, part, self._column(metric)))
        return found

    def _dimension(self, metric: Metric, model: SemanticModel, call: re.Match[str]) -> exp.Expr:
        """The SQL of a dimension that a filter calls, with the table at each column."""
        entity, _, name = call[2].rpartition("__")
        own = entity == model.primary_entity
        others = [each for each in self._models if each.primary_entity == entity and entity in model.entities]
        of = model if own else next(iter(others), None)
        if call[1] != "Dimension" or of is None or name not in of.dimensions:
            _refuse(metric, f"has a filter with {call[0]}, which is no dimension of {model.name}")
        table, to = self._tables[model.table], self._tables[of.table]
        if not own and (table, model.entities[entity], to) not in self._active:
            _refuse(metric, f"has a filter on {to}, with which {table} has no active relationship")
        sql = _parsed(metric, of.dimensions[name])
        for each in list(sql.find_all(exp.Column)):
            each.set("table", exp.to_identifier(to))
        return exp.Paren(this=sql) if isinstance(sql, exp.Binary) else sql

    def _column(self, metric: Metric, table: str = "") -> Named:
        """Writes columns of a table, and refuses those that it lacks."""

        def named(each: exp.Column) -> str:
            of = table or each.table
            if each.name not in self._columns[of]:
                _refuse(metric, f"uses the column {each.name}, which {of} does not have")
            self.columns.add((of, each.name))
            return column(of, each.name)

        return named

    def _columns_of(self, metric: Metric, table: str, sql: exp.Expr) -> list[str]:
        named = self._column(metric, table)
        return list(dict.fromkeys(named(each) for each in sql.find_all(exp.Column, bfs=False)))


def _refuse(metric: Metric, what: str) -> NoReturn:
    raise LakevaultError(f"the metric {metric.name} {what}: it cannot be written as a measure of Power BI.")


def _parsed(metric: Metric, sql: str) -> exp.Expr:
    try:
        return sqlglot.parse_one(sql, "databricks")
    except sqlglot.errors.ParseError:
        _refuse(metric, f"has SQL that cannot be read: {sql}")


def _expression(metric: Metric, sql: exp.Expr, named: Named) -> str:
    """A value in DAX."""
    inner = [_expression(metric, each, named) for each in _parts(sql)]
    if isinstance(sql, exp.Column):
        return named(sql)
    if isinstance(sql, exp.Literal):
        return f'"{sql.this.replace(chr(34), chr(34) * 2)}"' if sql.is_string else str(sql.this)
    if isinstance(sql, exp.Boolean):
        return "TRUE ()" if sql.this else "FALSE ()"
    if isinstance(sql, exp.Paren):
        return f"( {inner[0]} )"
    if isinstance(sql, exp.Neg):
        return f"-{inner[0]}"
    if isinstance(sql, exp.Repeat):
        return f"REPT ( {inner[0]}, {inner[1]} )"
    if isinstance(sql, exp.Div):
        # DIVIDE gives blank for a division by 0, as nullif does.
        return f"DIVIDE ( {inner[0]}, {inner[1]} )"
    if isinstance(sql, exp.Nullif) and isinstance(sql.parent, exp.Div) and inner[1] == "0":
        return inner[0]
    if type(sql) in OPERATORS:
        return f"{inner[0]} {OPERATORS[type(sql)]} {inner[1]}"
    _refuse(metric, f"uses {sql.sql()}")


def _condition(metric: Metric, sql: exp.Expr, named: Named) -> str:
    """A condition in DAX that holds where SQL's does: never for what is missing, unless it is asked for."""
    if isinstance(sql, exp.Paren):
        return f"( {_condition(metric, sql.this, named)} )"
    if isinstance(sql, exp.And | exp.Or):
        word = "&&" if isinstance(sql, exp.And) else "||"
        return f"{_condition(metric, sql.this, named)} {word} {_condition(metric, sql.expression, named)}"
    if isinstance(sql, exp.Column):
        return f"{named(sql)} == TRUE ()"
    if isinstance(sql, exp.Not) and isinstance(sql.this, exp.Column):
        return f"{named(sql.this)} == FALSE ()"
    if isinstance(sql, exp.Is) and isinstance(sql.expression, exp.Null):
        return f"ISBLANK ( {_expression(metric, sql.this, named)} )"
    if isinstance(sql, exp.Not) and isinstance(sql.this, exp.Is) and isinstance(sql.this.expression, exp.Null):
        return _there(_expression(metric, sql.this.this, named))
    there = "".join(f"{_there(each)} && " for each in dict.fromkeys(map(named, sql.find_all(exp.Column))))
    if isinstance(sql, exp.EQ):
        left, right = (_expression(metric, each, named) for each in (sql.this, sql.expression))
        # == is strict: blank equals nothing but blank.
        return f"{left} == {right}" if isinstance(sql.expression, exp.Literal) else f"{there}{left} == {right}"
    if type(sql) in COMPARISONS:
        left, right = (_expression(metric, each, named) for each in (sql.this, sql.expression))
        return f"{there}{left} {COMPARISONS[type(sql)]} {right}"
    if isinstance(sql, exp.In) and sql.expressions:
        values = ", ".join(_expression(metric, each, named) for each in sql.expressions)
        return f"{there}{_expression(metric, sql.this, named)} IN {{ {values} }}"
    _refuse(metric, f"has the condition {sql.sql()}")


def _there(value: str) -> str:
    return f"NOT ( ISBLANK ( {value} ) )"


def _parts(sql: exp.Expr) -> list[exp.Expr]:
    """Values that a value is made of."""
    if isinstance(sql, exp.Repeat):
        return [sql.this, sql.args["times"]]
    if isinstance(sql, exp.Binary | exp.Nullif):
        return [sql.this, sql.expression]
    return [sql.this] if isinstance(sql, exp.Paren | exp.Neg) else []


def _unit_of(name: str, kind: str) -> str:
    if re.search(r"(^|_)amount(_|$)", name):
        return "money"
    return "whole" if kind in ("int", "bigint") else ""


def _unit(sql: exp.Expr, of: Callable[[exp.Column], str]) -> str:
    if isinstance(sql, exp.Column):
        return of(sql)
    if isinstance(sql, exp.Literal):
        return "whole" if sql.is_int else ""
    if isinstance(sql, exp.Paren | exp.Nullif | exp.Neg):
        return _unit(sql.this, of)
    if isinstance(sql, exp.Div):
        return _quotient(_unit(sql.this, of), _unit(sql.expression, of))
    if isinstance(sql, exp.Add | exp.Sub):
        left, right = _unit(sql.this, of), _unit(sql.expression, of)
        return left if left == right else ""
    if isinstance(sql, exp.Mul):
        # Money at a rate of exchange is money.
        units = {_unit(sql.this, of), _unit(sql.expression, of)} - {""}
        return units.pop() if len(units) == 1 else ""
    return ""


def _quotient(over: str, under: str) -> str:
    if over == under:
        return "rate" if over else ""
    return over if under == "whole" else ""
