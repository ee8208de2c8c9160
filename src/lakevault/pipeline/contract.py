"""The contract of a model beside what its SQL gives: names and types of columns."""

from typing import TYPE_CHECKING, Any

from lakevault.pipeline.spark import session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def types(rows: "DataFrame") -> dict[str, str]:
    """Types of a query's columns as a contract writes them, by name."""
    return {field.name: field.dataType.simpleString() for field in rows.schema.fields}


def difference(node: Any, given: dict[str, str] | None = None) -> str:
    """How the contract of a model differs from its SQL, all of it, with the lines to paste; empty when it does not.

    Args:
        node: dbt's node, compiled.
        given: types of its columns, if they are known.
    """
    given = types(session().sql(node.compiled_code)) if given is None else given
    agreed = {column.name.lower(): _plain(column.data_type or "") for column in node.columns.values()}
    actual = {name.lower(): kind for name, kind in given.items()}
    names = [*actual, *(name for name in agreed if name not in actual)]
    differ = [name for name in names if agreed.get(name) != actual.get(name)]
    if not differ:
        return ""
    width = max(map(len, differ))
    lines = [
        f"    {name:{width}}  .yml: {agreed.get(name, 'no such column')}; SQL: {actual.get(name, 'no such column')}"
        for name in differ
    ]
    paste = [f"      - name: {name}\n        data_type: {actual[name]}" for name in differ if name in actual]
    text = f"the contract differs from the SQL in {len(differ)} of {len(names)} columns:\n" + "\n".join(lines)
    if paste:
        text += (
            f"\n  Cast in the SQL, or let `lakevault preview {node.name} --fill` write these lines into the .yml:\n"
            + "\n".join(paste)
        )
    return text


def _plain(kind: str) -> str:
    """A type as the engine writes it; what it does not know stays as it is."""
    from pyspark.errors import PySparkException
    from pyspark.sql.types import _parse_datatype_string

    session()
    try:
        return str(_parse_datatype_string(kind).simpleString()) if kind else "no type"
    except PySparkException:
        return kind
