"""given SQL of the kinds that the project's macros write, when a column is followed, then it leads to the right places."""

from types import SimpleNamespace

import pytest

from lakevault.metadata.artifacts import TableColumn
from lakevault.metadata.lineage import LOST, SqlReader


def table(name: str, *columns: str) -> SimpleNamespace:
    described = {column: TableColumn(column, "string", "") for column in columns}
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
    "a row for each of a list, with its place": (
        "with o as (select posexplode(split(city, ' ')) as (place, word), id from silver.orders) select word from o",
        "word",
        {("orders", "city")},
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
    "a query for one value": (
        "select (select max(name) from silver.cities) as last_city from silver.orders",
        "last_city",
        {("cities", "name")},
    ),
    "a query for one value inside a function": (
        "select coalesce(id, (select max(c.name) from silver.cities as c)) as k from silver.orders",
        "k",
        {("cities", "name"), ("orders", "id")},
    ),
    "a count of rows": ("select count(*) as n from silver.orders", "n", set()),
    "a star in a function": ("select to_json(struct(*)) as all_of_it from silver.orders", "all_of_it", LOST),
    "a star in concat_ws": ("select concat_ws('|', *) as all_of_it from silver.orders", "all_of_it", LOST),
    "a table's star in a struct": ("select struct(o.*) as all_of_it from silver.orders as o", "all_of_it", LOST),
    "columns renamed by the table's alias": ("select c.b from silver.cities as c(a, b)", "b", LOST),
    "values stacked": ("select stack(2, 'a', id, 'b', city) as (k, v) from silver.orders", "v", LOST),
    "a joined query": (
        "select x.m from silver.orders as o join lateral (select max(c.name) as m from silver.cities as c) as x",
        "m",
        LOST,
    ),
    "columns unpivoted": ("select v from silver.orders unpivot (v for k in (id, city))", "v", LOST),
    "two columns of one name": ("select id, city as id from silver.orders", "id", LOST),
    "a table that nobody knows": ("select secret from silver.elsewhere", "secret", {(LOST, "secret")}),
}


@pytest.mark.parametrize(("sql", "column", "origins"), CASES.values(), ids=CASES)
def test_a_column_is_followed_to_its_origins(sql, column, origins):
    found = READER.origins(sql)
    if origins == LOST:
        # Nothing may be taken for known: the column is missing, or says that it was lost.
        assert column not in found or LOST in {table for table, _ in found[column]}
    else:
        assert found[column] == origins
