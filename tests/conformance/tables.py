"""Pipe tables: how a scenario writes rows, and how values of a Delta table are written to be compared with them."""

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

Cell = str | None
Row = tuple[Cell, ...]

_FUNCTION = re.compile(r"(md5|sha1|sha256|repeat)\((.*)\)")
_ARGUMENT = re.compile(r"'((?:[^']|'')*)'|(\d+)")
_ESCAPE = re.compile(r"\\(t|n|u[0-9a-fA-F]{4})")


@dataclass(frozen=True)
class Table:
    """Column names and rows of text; None is null."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(text: str) -> Table:
    """Read a pipe table. The first line names the columns; a line of dashes below it is allowed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise ValueError("an empty table needs at least the line with its column names")
    columns = tuple(split_line(lines[0]))
    if len(set(columns)) < len(columns):
        raise ValueError(f"a column is named twice: {lines[0]}")
    rows = []
    for line in lines[1:]:
        if set(line) <= set("|-: "):
            continue
        cells = split_line(line)
        if len(cells) != len(columns):
            raise ValueError(f"{len(cells)} cells for {len(columns)} columns: {line}")
        rows.append(tuple(evaluate(cell) for cell in cells))
    return Table(columns, tuple(rows))


def split_line(line: str) -> list[str]:
    """The cells of a line. A pipe within quotes belongs to the cell."""
    if not (line.startswith("|") and line.endswith("|") and len(line) > 1):
        raise ValueError(f"a line of a table begins and ends with a pipe: {line}")
    cells, cell, quoted = [], "", False
    for character in line[1:]:
        if character == "|" and not quoted:
            cells.append(cell.strip())
            cell = ""
            continue
        quoted = quoted != (character == "'")
        cell += character
    if quoted:
        raise ValueError(f"a quote is not closed: {line}")
    return cells


def evaluate(cell: str) -> Cell:
    """The text that a cell stands for: null, 'quoted text', md5('text'), sha1, sha256, repeat('0', 32), or itself."""
    if cell == "":
        raise ValueError("an empty cell: write null or ''")
    if cell == "null":
        return None
    if cell.startswith("'") and cell.endswith("'") and len(cell) > 1:
        return _unquote(cell[1:-1])
    if match := _FUNCTION.fullmatch(cell):
        arguments = [
            _unquote(quoted) if number == "" else int(number) for quoted, number in _ARGUMENT.findall(match[2])
        ]
        if match[1] == "repeat":
            return arguments[0] * arguments[1]
        return hashlib.new(match[1], arguments[0].encode()).hexdigest().upper()
    return cell


def _unquote(text: str) -> str:
    """Doubled quotes become one; \\t, \\n and \\u00a0 become the character."""

    def character(match: re.Match[str]) -> str:
        return {"t": "\t", "n": "\n"}.get(match[1]) or chr(int(match[1][1:], 16))

    return _ESCAPE.sub(character, text.replace("''", "'"))


def to_value(cell: Cell, spark_type: str) -> object:
    """The Python value of a cell for a column of a Spark type (hexadecimal digits for binary)."""
    if cell is None:
        return None
    if spark_type == "string":
        return cell
    if spark_type == "timestamp":
        return dt.datetime.fromisoformat(cell).replace(tzinfo=dt.UTC)
    if spark_type == "timestamp_ntz":
        return dt.datetime.fromisoformat(cell)
    if spark_type == "date":
        return dt.date.fromisoformat(cell)
    if spark_type in ("tinyint", "smallint", "int", "bigint"):
        return int(cell)
    if spark_type in ("float", "double"):
        return float(cell)
    if spark_type.startswith("decimal"):
        return Decimal(cell)
    if spark_type == "boolean":
        return {"true": True, "false": False}[cell]
    if spark_type == "binary":
        return bytes.fromhex(cell)
    raise ValueError(f"the type {spark_type} is not known")


def to_text(value: object) -> Cell:
    """One text for each value: a moment at midnight is written as a date, binary as hexadecimal digits."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dt.datetime):
        text = value.replace(tzinfo=None).isoformat(" ").removesuffix(" 00:00:00")
        return text.rstrip("0") if "." in text else text
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, bytes):
        return value.hex().upper()
    return str(value)


def same_text(cell: Cell, spark_type: str) -> Cell:
    """An expected cell as to_text writes it; a cell that is no value of the type stays as it is and so never matches."""
    try:
        return to_text(to_value(cell, spark_type))
    except (ValueError, KeyError, InvalidOperation):
        return cell


def show(cell: Cell) -> str:
    """A cell for people: what would look like nothing or like null is quoted."""
    if cell is None:
        return "null"
    visible = cell.encode("unicode_escape").decode()
    return f"'{visible}'" if cell in ("", "null") or cell != cell.strip() else visible
