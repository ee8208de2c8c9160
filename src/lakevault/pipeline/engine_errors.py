"""What dbt or the engine says about a model, as a sentence: which file and line, what is wrong, the nearest name.

All commands report through this place. Stacks of Java and values of records never come through it: the text of an error is
passed on only where it speaks about the SQL, not about rows. Plain dbt goes through it too (the plugin dbt_lakevault), and
profiles/log4j2.properties does the same for what the JVM writes.
"""

import difflib
import logging
import re
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import FAST_LANE

if TYPE_CHECKING:
    from pyspark.errors import PySparkException

# "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column ... SQLSTATE: 42703", somewhere in a text of dbt.
REPORTED = re.compile(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]\s*(.*?)\s*SQLSTATE:?\s*(\w{5})", re.DOTALL)
# Classes of SQL states that speak about the statement: its syntax and names, what the engine does not support.
ABOUT_SQL = ("42", "0A")
# What the engine tells in a text, where dbt keeps no parameters.
IN_TEXT = {
    "objectName": r"with name (\S+) cannot be resolved",
    "proposal": r"one of the following\? \[(.*?)\]",
    "routineName": r"routine (\S+) on",
    "relationName": r"table or view (\S+) cannot be found",
    "name": r"Reference (\S+) is ambiguous",
    "referenceNames": r"could be: \[(.*?)\]",
    "sourceType": r'of the type "(.*?)"',
    "targetType": r'cannot be cast to "(.*?)"',
}
# The vault's guard quotes two business keys (guarded_rows.sql); all the rest of its text is its own.
COLLISION = re.compile(
    r"(\w+): the hash key ([0-9A-Fa-f]+) stands for two business keys(?:, .*)?\. Nothing was loaded; "
    r"(they differ in blanks or case only, which the variables hashkey_trim: false and hashkey_casing: disabled tell apart; "
    r"rebuild\.|use a longer hash \(variable hash\) and rebuild\.)",
    re.DOTALL,
)
PRIVATE = re.compile(r"Node (\S+) attempted to reference node (\S+), which is not allowed")
UNKNOWN = re.compile(
    r"(?:Model|Snapshot|Test|Unit test) '([\w.]+)' \((.*?)\) depends on a (?:node|source) named '(.*?)'"
)
CONTRACT = re.compile(r"enforced contract")
# Where in a statement something failed, as the engine shows it; the statement has no values of records.
FRAGMENT = re.compile(r"^[ \t]*== SQL.*?==\n.*?\n\s*\^+$", re.DOTALL | re.MULTILINE)
# PySpark writes every error that has a place in the code to the terminal, with its text and Java's stack.
LOUD = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")
LEFT_OUT = "its text is left out, because it may quote a value"
LONGEST = 1500


def silence() -> None:
    """Keep PySpark from writing errors to the terminal by itself."""
    for name in LOUD:
        logging.getLogger(name).disabled = True


def without_values(error: BaseException) -> str:
    """The text of an error of the engine, in its own form, without what may be a value of a record."""
    text = str(error)
    reported = REPORTED.search(text)
    if not reported:
        return f"The engine stopped with {type(error).__name__}; {LEFT_OUT}."
    condition, said, state = reported.groups()
    if _is_about_sql(error, state):
        return text
    told = f"{LEFT_OUT.capitalize()}."
    types = [re.search(IN_TEXT[name], said) for name in ("sourceType", "targetType")]
    if condition == "CAST_INVALID_INPUT" and all(types):
        told = 'A value of the type "{}" cannot be cast to "{}".'.format(*(found[1] for found in types if found))
    if collision := _collision(said):
        told = collision
    place = FRAGMENT.search(text)
    return f"[{condition}] {told} SQLSTATE: {state}" + (f"\n{place[0]}" if place else "")


def raised() -> tuple[type[Exception], ...]:
    """What the engine raises: its own errors, and what Java says of a task that failed."""
    from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
    from pyspark.errors import PySparkException

    return PySparkException, Py4JJavaError


def of_engine(path: str, sql: str, error: Exception) -> str:
    """An error of the engine in a sentence.

    Args:
        path: file of the model or test; of a generic test the .yml.
        sql: the statement that the engine was given, as dbt compiled the file.
        error: what it raised.
    """
    from pyspark.errors import PySparkException

    text = str(error)
    if not isinstance(error, PySparkException):
        reported = REPORTED.search(text)
        condition, said = reported.group(1, 2) if reported else ("", "")
        return f"{path}: {_reason(condition, '', {}, said)}"
    found = next(iter(error.getQueryContext()), None)
    where = path
    if not path.endswith(".sql"):
        # A generic test: its SQL is a macro's.
        pass
    elif found is not None and str(found.contextType()).endswith("SQL"):
        if found.objectType():
            where = f"{path}, in {found.objectType().lower()} {_bare(found.objectName())}"
        elif found.fragment() and found.fragment() in sql:
            where = _place(path, sql, sql[: found.startIndex()].count("\n") + 1, found.fragment())
    elif written := re.search(r"line (\d+), pos", text):
        where = _place(path, sql, int(written[1]), "")
    state = error.getSqlState() or ""
    if not _is_about_sql(error, state):
        state = ""
    told = error.getMessageParameters() or {}
    return f"{where}: {_reason(error.getCondition() or '', state, told, text.split('SQLSTATE')[0])}"


def of_command(error: Exception) -> str:
    """What stopped a command that nobody foresaw: the class of the error and where it was raised, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = "".join(f"\n  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    reported = REPORTED.search(str(error))
    kind = f"{type(error).__name__} {reported[1]}" if reported else type(error).__name__
    return f"it stopped with {kind}, which nobody foresaw; {LEFT_OUT}. It was raised in{lines}"


def of_result(node: Any, message: str) -> str:
    """What dbt says about a model, snapshot or test that failed, in a sentence.

    Args:
        node: dbt's node.
        message: dbt's text.
    """
    path = str(node.original_file_path)
    if PRIVATE.search(message) or UNKNOWN.search(message):
        return of_project(message)
    reported = REPORTED.search(message)
    if node.resource_type in {"model", "snapshot"} and getattr(node, "compiled_code", None):
        if CONTRACT.search(message):
            from lakevault.pipeline.contract import difference

            return f"{path}: {difference(node) or _told(message)}"
        if reported:
            # The engine tells more about the bare query than dbt passes on of the statement around it.
            again = _again(node.compiled_code)
            if again is not None and again.getCondition() == reported[1]:
                return of_engine(path, node.compiled_code, again)
    if reported:
        condition, text, state = reported.groups()
        found = {name: match[1] for name, pattern in IN_TEXT.items() if (match := re.search(pattern, text))}
        fragment = re.search(r"== SQL.*?==\n(?:\.\.\.)?(.*?)(?:\.\.\.)?\n\s*\^", message, re.DOTALL)
        code = fragment[1].strip() if fragment else ""
        lines = [i for i, line in enumerate(_lines(path), 1) if code and code in line]
        where = f"{path}:{lines[0]}" if len(lines) == 1 else path
        return f"{where}: {_reason(condition, state, found, text)}"
    if "Py4JJavaError" in message or "\tat " in message:
        return f"{path}: the engine stopped with an error that names no reason; see spark.log in the lake's folder"
    return f"{path}: {_told(message)}"


def of_project(text: str) -> str:
    """What dbt has against the project, with what to read instead of what is private or does not exist."""
    names = {path.stem: path for folder in ("models", "snapshots", "seeds") for path in Path(folder).rglob("*.*")}
    private, unknown = PRIVATE.search(text), UNKNOWN.search(text)
    if private:
        reader, wanted = (node.split(".")[2] for node in private.groups())
        path = str(names.get(reader, reader))
    elif unknown:
        path, wanted = unknown.group(2, 3)
    else:
        return _told(text)
    place = _naming(path, wanted)
    if str(names.get(wanted, "")).startswith(FAST_LANE):
        return f"{place}: {wanted} is in the fast lane, which expires, so nothing may read it"
    if private:
        return f"{place}: {wanted} is private to the vault; read {_instead(wanted, set(names))} instead"
    close = difflib.get_close_matches(wanted, names, n=1)
    hint = f"; do you mean {close[0]}?" if close else ""
    return f"{place}: there is no model {wanted}{hint}"


def _instead(satellite: str, names: set[str]) -> str:
    """Models with what a satellite holds that Gold may read."""
    parent = re.sub(r"^[a-z_]*?(sat|rts)_", "", satellite).split("__")[0]
    found = [name for name in (f"dim_{parent}", f"pitv_{parent}") if name in names]
    found += sorted(name for name in names if name.startswith(f"bv_{parent}__"))
    return " or ".join(found) if found else "a dim_, pitv_, bv_ or bridge_ model"


def _reason(condition: str, state: str, told: dict[str, str], text: str) -> str:
    """What is wrong, by the engine's own classes of errors."""
    known = {name: _bare(value) for name, value in told.items()}
    kind = condition.split(".")[0]
    if kind in {"UNRESOLVED_COLUMN", "UNRESOLVED_FIELD"} and "objectName" in known:
        hint = _nearest(known["objectName"], known.get("proposal", "").split(", "))
        return f"there is no column {known['objectName']}{hint}"
    if kind == "UNRESOLVED_ROUTINE" and "routineName" in known:
        import pyspark.sql.functions

        return (
            f"there is no function {known['routineName']}{_nearest(known['routineName'], dir(pyspark.sql.functions))}"
        )
    if kind == "TABLE_OR_VIEW_NOT_FOUND" and "relationName" in known:
        return f"{known['relationName']} is not in this lake; build it first, or correct its name"
    if kind == "AMBIGUOUS_REFERENCE" and "name" in known:
        choices = known.get("referenceNames", "").strip("[]").replace(", ", " or ")
        return f"the column {known['name']} is in more than one table; write {choices}"
    if kind == "CAST_INVALID_INPUT" and "targetType" in known:
        kinds = (known[name].strip('"').lower() for name in ("sourceType", "targetType"))
        return "a value of type {} cannot be cast to {}; try_cast gives null for it".format(*kinds)
    if kind == "DIVIDE_BY_ZERO":
        return "division by zero; try_divide gives null for it"
    if collision := _collision(text):
        return collision.rstrip(".")
    # It is about a value of a row, whatever its state says.
    if state.startswith(ABOUT_SQL) and kind != "INVALID_FORMAT":
        return _bare(" ".join(re.sub(r"^\s*\[[A-Z0-9_.]+\]", "", text).split())).rstrip(".")
    return f"the engine reports {condition or 'an error'}; {LEFT_OUT}"


def _collision(text: str) -> str:
    """What the guard against two business keys with one hash says, without the keys; empty when it is another text."""
    found = COLLISION.search(text)
    if not found:
        return ""
    table, hash_key, advice = found.groups()
    return f"{table}: the hash key {hash_key} stands for two business keys. Nothing was loaded; {advice}"


def _is_about_sql(error: BaseException, state: str) -> bool:
    """Whether the engine speaks about a statement that it has read, and not about rows that it has met since."""
    from pyspark.errors import AnalysisException, ParseException

    return isinstance(error, AnalysisException | ParseException) and state.startswith(ABOUT_SQL)


def _nearest(name: str, others: list[str]) -> str:
    """The name that was meant, as the end of a sentence."""
    # Both with their table, then the columns alone: the table may be what is wrong.
    last = {other.split(".")[-1]: other for other in reversed(others) if other}
    close = difflib.get_close_matches(name, [other for other in others if other], n=1, cutoff=0.75)
    close = close or [last[match] for match in difflib.get_close_matches(name.split(".")[-1], last, n=1, cutoff=0.5)]
    if close:
        return f"; do you mean {close[0]}?"
    return f"; there are {', '.join(others[:5])}" if any(others) and len(others) < 20 else ""


def _bare(text: str) -> str:
    return text.replace("`", "")


def _again(sql: str) -> "PySparkException | None":
    """The error of a query when the engine analyses it; none when it does not fail, or there is no engine."""
    from pyspark.errors import PySparkException

    from lakevault.pipeline.spark import session

    try:
        session().sql(sql)
    except PySparkException as error:
        return error
    except LakevaultError:
        return None
    return None


def _place(path: str, compiled: str, line: int, fragment: str) -> str:
    """File and line of the source for a line of the compiled SQL."""
    source = _lines(path)
    matcher = difflib.SequenceMatcher(None, compiled.splitlines(), source, autojunk=False)
    for _, i1, i2, j1, j2 in matcher.get_opcodes():
        if i1 < line <= i2 and j1 < j2:
            if i2 - i1 == j2 - j1:
                return f"{path}:{j1 + line - i1}"
            # Jinja wrote these lines: the one with the words of the error, or with a macro.
            named = [i for i in range(j1, j2) if fragment and fragment in source[i]]
            called = [i for i in range(j1, j2) if "{{" in source[i]]
            return f"{path}:{[*named, *called, j1][0] + 1}"
    return path


def _naming(path: str, name: str) -> str:
    """File and line that name a model."""
    found = [i for i, line in enumerate(_lines(path), 1) if re.search(rf"['\"]{re.escape(name)}['\"]", line)]
    return f"{path}:{found[0]}" if found else path


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).is_file() else []


def _told(text: str) -> str:
    """A text of dbt without the names of its own macros."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for line in lines if line and not line.lstrip().startswith(("> in macro", "> called by"))]
    return "\n  ".join(kept)[:LONGEST]
