"""A new table of Gold: model, description, key test and contract, so that an analyst starts from something that runs."""

import difflib
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lakevault.develop import scaffold
from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import described_models, first_sentence

KINDS = "dim, fct, brg, rpt or ftr"
FACTS = ("fct_", "nh_link_")
# Words of a grain that name no thing.
FILLERS = {"a", "an", "another", "each", "every", "its", "one", "per", "row", "same", "the"}
# In SQL of the scaffold, where nobody has said yet how a key is made.
UNSAID = "'Say how "


def left_over(files: Iterable[Path]) -> list[str]:
    """Words of the scaffold that nobody has replaced, as file:line: words."""
    templates = ("mart.yml", "mart_column.yml", "mart_exposure.yml")
    words = re.findall(r'"((?:Which question|Say )[^"]*)"', "".join(map(scaffold.source, templates)))
    return [
        f"{path}:{number}: {word.strip(chr(39))}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for word in [*words, UNSAID]
        if word in line
    ]


def similar(project: Path, grain: str) -> list[tuple[str, str]]:
    """Tables of Gold whose rows are of the same things: name and grain."""
    asked = _things(grain)
    sentences = {name: first_sentence(model["description"]).split(",")[0] for name, model in _gold(project).items()}
    return [(name, sentence) for name, sentence in sorted(sentences.items()) if _things(sentence) == asked]


def _things(grain: str) -> list[str]:
    """What one row of a grain is of, without order: till line of a basket, customer and store -> customer, line, store."""
    # What follows describes the things: those that, the day from, the store with, a customer in.
    named = re.split(r"[:;.]| (?:that|which|who|from|with|in|including) ", grain.lower())[0]
    things = []
    for part in re.split(r" and |,| per |/", named.removeprefix("one row per ")):
        words = [
            word for word in re.findall(r"[a-z]+", re.sub(r"^(the )?versions? of ", "", part)) if word not in FILLERS
        ]
        # The last word before "of" names it: a till line of a basket is a line.
        words = words[: words.index("of")] if "of" in words[1:] else words
        if words:
            things.append(words[-1].rstrip("s"))
    return sorted(things)


@dataclass(frozen=True)
class Base:
    """A table whose rows are counted: the fact, or the first table; with the tables that give it columns.

    `columns`: by key of the new table the expression that gives it, none where nobody knows yet. `joins`: alias and shared
    key of the other tables.
    """

    name: str
    alias: str
    count: str
    columns: dict[str, str | None]
    joins: list[dict[str, str]] = field(default_factory=list)


def who(project: Path) -> dict[str, str]:
    """Name and email of the author, from git. Raises LakevaultError when git does not know them."""
    return {part: _git(project, f"user.{part}") for part in ("name", "email")}


def check_name(project: Path, subject: str, name: str) -> None:
    """Raise LakevaultError when a new table of Gold cannot be called so."""
    if not re.fullmatch(r"(dim|fct|brg|rpt|ftr)_[a-z0-9_]+", name):
        raise LakevaultError(f"name={name}: the name of a Gold table is {KINDS}, then _ and a name in lower case.")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", subject):
        raise LakevaultError(f"subject={subject}: a subject is a folder in models/gold, in lower case.")
    if name in described_models(project):
        raise LakevaultError(f"{name} exists already; see `git log -- '*{name}.yml'`.")


def as_grain(text: str) -> str:
    """A grain as a sentence that begins with "One row per". Raises LakevaultError when it says nothing."""
    said = re.sub(r"^(one row )?per\b\s*", "", text.strip().rstrip("."), flags=re.IGNORECASE)
    if not re.match(r"\w+", said):
        raise LakevaultError('say what one row is: "One row per department and month".')
    return f"One row per {said}."


def as_reads(project: Path, names: list[str]) -> list[str]:
    """Models that exist. Raises LakevaultError for one that does not, or for none."""
    models = described_models(project)
    if not names:
        raise LakevaultError("name at least one table that the new one reads.")
    if unknown := [each for each in names if each not in models]:
        close = [match for each in unknown for match in difflib.get_close_matches(each, models, n=2)]
        hint = f"; do you mean {' or '.join(close)}?" if close else "."
        raise LakevaultError(f"there is no model {', '.join(unknown)}{hint}")
    bases(models, names, [])
    return names


def as_key(names: list[str]) -> list[str]:
    """Names of columns; new ones are allowed. Raises LakevaultError for what is no name."""
    if not names:
        raise LakevaultError("name at least one column that identifies a row.")
    if wrong := [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]*", name)]:
        raise LakevaultError(f"a column has a name in lower case, with _ between words; not {', '.join(wrong)}.")
    return names


def new_mart(
    project: Path,
    subject: str,
    name: str,
    grain: str,
    reads: list[str],
    key: list[str],
    question: str = "",
    dashboard: str = "",
) -> list[Path]:
    """Write the model and its .yml, for a dashboard its exposure too; a subject that is new gets a folder and a group.

    SQL that is there already stays as it is.

    Args:
        project: folder of dbt_project.yml.
        subject: folder in models/gold.
        name: name of the model; its prefix says what it is.
        grain: what one row is, a sentence that begins with "One row per".
        reads: models that it reads; none when the SQL is there.
        key: columns that identify a row; those that no model has are new.
        question: a question that it answers.
        dashboard: address of what shows it; empty for none.

    Returns:
        What was written.

    Raises:
        LakevaultError: an answer does not hold; nothing is written.
    """
    folder = project / "models" / "gold" / subject
    check_name(project, subject, name)
    author, key = who(project), as_key(key)
    models = described_models(project)
    there = (folder / f"{name}.sql").is_file()
    known = [] if there else bases(models, as_reads(project, reads), key)
    found = [column for each in reads for column in models[each].get("columns", [])]
    words: dict[str, Any] = {
        "name": name,
        "grain": as_grain(grain),
        "question": question,
        "dashboard": dashboard,
        "key_columns": key,
        "reads": [{"name": each, "alias": _alias(each, reads)} for each in reads],
        "bases": known,
        "columns": {part: next((column for column in found if column["name"] == part), {}) for part in key},
        "author": author,
    }
    written = []
    if not folder.is_dir():
        written += _new_subject(project, subject, author)
        folder.mkdir()
    elif f"      {subject}:\n" not in (project / "dbt_project.yml").read_text():
        written += _new_subject(project, subject, author)
    for suffix in ("yml",) if there else ("sql", "yml"):
        path = folder / f"{name}.{suffix}"
        path.write_text(scaffold.render(f"mart.{suffix}", **words))
        written.append(path)
    if dashboard:
        exposures = folder / f"_{subject}__exposures.yml"
        if not exposures.is_file():
            exposures.write_text("version: 2\nexposures:\n")
        exposures.write_text(exposures.read_text() + scaffold.render("mart_exposure.yml", **words))
        written.append(exposures)
    return written


def bases(models: dict[str, Any], reads: list[str], key: list[str]) -> list[Base]:
    """The tables whose rows are counted, each with what gives it the key columns.

    Two facts are never joined: each is added up to the key first.

    Raises:
        LakevaultError: a table cannot be joined with a fact.
    """
    facts = [each for each in reads if each.startswith(FACTS)] or reads[:1]
    others = [each for each in reads if each not in facts]
    found = []
    for fact in facts:
        alias = _alias(fact, reads)
        columns: dict[str, str | None] = {}
        needed = []
        for column in key:
            table = next((each for each in [fact, *others] if column in _columns(models, each)), None)
            columns[column] = f"{_alias(table, reads)}.{column}" if table else None
            needed.append(table)
        joined = [each for each in others if len(facts) == 1 or each in needed]
        joins = [{"alias": _alias(each, reads), "shared": _shared(models, fact, each)} for each in joined]
        count = f"{alias}_count" if len(facts) > 1 else "record_count"
        found.append(Base(fact, alias, count, columns, joins))
    return found


def _columns(models: dict[str, Any], name: str) -> list[str]:
    return [column["name"] for column in models[name].get("columns", [])]


def _alias(name: str, others: list[str]) -> str:
    """The model's name without its kind, in the plural, where that is clear."""
    short = [re.sub(r"^[a-z]+_", "", each) for each in others]
    alias = re.sub(r"^[a-z]+_", "", name)
    if short.count(alias) > 1:
        return name
    return alias if alias.endswith("s") else f"{alias}s"


def _shared(models: dict[str, Any], first: str, other: str) -> str:
    """The key by which two models join."""
    ours = _columns(models, first)
    shared = [name for name in _columns(models, other) if name in ours and name.endswith(("_sk", "_hk", "_key"))]
    if not shared:
        raise LakevaultError(
            f"{first} and {other} share no key; leave one of them out, or put the table first that joins both."
        )
    return shared[0]


def _new_subject(project: Path, subject: str, author: dict[str, str]) -> list[Path]:
    """A group with its owner, and the folder's place in dbt_project.yml."""
    groups, settings = project / "models" / "_groups.yml", project / "dbt_project.yml"
    group = scaffold.render("mart_group.yml", subject=subject, author=author)
    groups.write_text(f"{groups.read_text().rstrip()}\n{group}")
    text = settings.read_text()
    place = text.index("      core:\n        +group: core\n")
    settings.write_text(f"{text[:place]}      {subject}:\n        +group: {subject}\n{text[place:]}")
    return [groups, settings]


def _gold(project: Path) -> dict[str, Any]:
    gold = {path.stem for path in project.glob("models/gold/*/*.sql")}
    return {name: model for name, model in described_models(project).items() if name in gold}


def _git(project: Path, setting: str) -> str:
    told = subprocess.run(["git", "config", setting], cwd=project, capture_output=True, text=True)
    if told.returncode or not told.stdout.strip():
        raise LakevaultError(f"git does not know who you are: run `git config {setting} ...` first.")
    return told.stdout.strip()
