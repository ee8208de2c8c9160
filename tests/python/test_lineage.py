"""given SQL of the kinds that the project's macros write, when a column is followed, then it leads to the right places."""

from types import SimpleNamespace

import pytest

from lakevault.artifacts import Column
from lakevault.lineage import LOST, SqlReader


def table(name: str, *columns: str) -> SimpleNamespace:
    described = {column: Column(column, "string", "") for column in columns}
    return SimpleNamespace(name=name, relation=f"silver.{name}", columns=described)


TABLES = {each.name: each for each in (table("orders", "id", "amount", "city"), table("cities", "id", "name"))}
READER = SqlReader(SimpleNamespace(tables=TABLES))

CASES = {
    "a column renamed": ("select amount as paid from silver.orders", "paid", {("orders", "amount")}),
    "an expression of two": (
        "select concat(id, city) as k from silver.orders",
        "k",
        {("orders", "id"), ("orders", "city")},
    ),
    "a constant": ("select 'x' as source from silver.orders", "source", set()),
    "a star": ("with o as (select * from silver.orders) select * from o", "city", {("orders", "city")}),
    "a star less a column": ("select * except (city) from silver.orders", "amount", {("orders", "amount")}),
    "a join": (
        "select c.name from silver.orders as o join silver.cities as c on o.city = c.id",
        "name",
        {("cities", "name")},
    ),
    "a union, by position": (
        "select id as k from silver.orders union all select name from silver.cities",
        "k",
        {("orders", "id"), ("cities", "name")},
    ),
    "a window": (
        "select lag(amount) over (partition by city order by id) as before from silver.orders",
        "before",
        {("orders", "amount"), ("orders", "city"), ("orders", "id")},
    ),
    "a named window": (
        "select lag(amount) over w as before from silver.orders window w as (partition by city order by id)",
        "before",
        {("orders", "amount")},
    ),
    "a member of a struct": (
        "with s as (select struct(id, city) as both from silver.orders) select both.city from s",
        "city",
        {("orders", "city")},
    ),
    "all members of a struct": (
        "with s as (select struct(id, city) as both from silver.orders), t as (select both.* from s) select city from t",
        "city",
        {("orders", "city")},
    ),
    "a struct in one half of a union": (
        """
        with s as (
            select struct(id, city) as both from silver.orders
            union all
            select null as both from silver.cities
        ), t as (select both.* from s) select id from t
        """,
        "id",
        {("orders", "id")},
    ),
    "rows made of an array of structs": (
        "select k, day from (select id as k, inline(array(struct(date'2020-01-01' as day, city as c))) from silver.orders)",
        "day",
        set(),
    ),
    "a value in an array of structs": (
        "select c from (select id as k, inline(array(struct(date'2020-01-01' as day, city as c))) from silver.orders)",
        "c",
        {("orders", "city")},
    ),
    "rows made by explode": (
        "select problem from (select explode(array(if(id is null, city, null))) as problem from silver.orders)",
        "problem",
        {("orders", "city"), ("orders", "id")},
    ),
    "a semi join": (
        "select o.id from silver.orders as o left semi join silver.cities as c on o.city = c.id",
        "id",
        {("orders", "id")},
    ),
    "a table that nobody knows": ("select secret from silver.elsewhere", "secret", {(LOST, "secret")}),
}


@pytest.mark.parametrize(("sql", "column", "origins"), CASES.values(), ids=CASES)
def test_a_column_is_followed_to_its_origins(sql, column, origins):
    assert READER.origins(sql)[column] == origins
