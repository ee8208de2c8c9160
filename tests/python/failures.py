"""Fails in every way in which the engine quotes a record, through each way in which the project tells what failed.

Run as a program on an empty lake. It prints what a user would read, one line each: kind, way, text.
"""

import sys
from pathlib import Path

from dbt.adapters.spark.session import Cursor

from dbt_lakevault import LakevaultPlugin
from lakevault.cli import _ReadableErrors
from lakevault.pipeline import engine_errors
from lakevault.pipeline.spark import session

PEOPLE = "default.people"
KINDS = {
    "a cast": f"select cast(last_name as int) as a from {PEOPLE}",
    "a number in a form": f"select to_number(email, '999') as a from {PEOPLE}",
    "a date in a form": f"select to_date(last_name, 'yyyy-MM-dd') as a from {PEOPLE}",
    "an error of the SQL's own": f"select raise_error(concat(first_name, ' ', last_name)) as a from {PEOPLE}",
    "a condition": f"select assert_true(email is null, email) as a from {PEOPLE}",
    "JSON": f"select from_json(concat('{{', email), 'a int', map('mode', 'FAILFAST')) as a from {PEOPLE}",
    "CSV": f"select from_csv(concat(email, ',', phone), 'a int, b int', map('mode', 'FAILFAST')) as a from {PEOPLE}",
    "a key twice": f"select map(email, 1, email, 2) as a from {PEOPLE}",
    "a Python function": f"select fails(email) as a from {PEOPLE}",
    "a value that a constraint refuses": f"insert into default.constrained select email from {PEOPLE}",
    "a damaged file": "select * from parquet.`{damaged}`",
    "a name in the SQL": f"select emial from {PEOPLE}",
}


def fails(value: str) -> str:
    raise ValueError(f"cannot take {value}")


def main(damaged: Path) -> None:
    spark = session()
    LakevaultPlugin("lakevault")
    spark.udf.register("fails", fails)
    values = [f"'Xqname{name}'" for name in ("first", "last", "mail@example.com", "phone")]
    columns = "first_name string, last_name string, email string, phone string"
    unseen = "tblproperties ('delta.dataSkippingNumIndexedCols' = '0')"
    spark.sql(f"create table {PEOPLE} ({columns}) using delta {unseen}")
    spark.sql(f"insert into {PEOPLE} values ({', '.join(values)})")
    spark.sql("create table default.constrained (email string) using delta")
    spark.sql("alter table default.constrained add constraint short check (length(email) < 3)")
    for kind, sql in KINDS.items():
        statement = sql.format(damaged=damaged) if kind == "a damaged file" else sql
        try:
            cursor = Cursor(server_side_parameters={})
            cursor.execute(statement)
            cursor.fetchall()
        except Exception as error:
            print(kind, "dbt", " ".join(str(error).split()), repr(error.__cause__ or ""), sep="\t")
        for way in ("sentence", "command"):
            try:
                # As `explain` and `preview` read: not the SQL alone.
                rows = spark.sql(statement)
                rows.toDF(*(f"c{i}" for i in range(len(rows.columns)))).selectExpr("cast(c0 as string)").collect()
            except engine_errors.raised() as error:
                if way == "sentence":
                    print(kind, way, engine_errors.of_engine("a.sql", statement, error), sep="\t")
                    continue
                try:
                    with _ReadableErrors():
                        raise
                except Exception as exit:
                    print(kind, way, repr(exit), sep="\t")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
