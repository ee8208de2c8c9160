"""A new table of Gold: model, description, key test, contract and exposure, so that an analyst starts from something that runs."""

import difflib
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from lakevault.develop import scaffold
from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import first_sentence

KINDS = "dim, fct, brg, rpt or ftr"
# Words of a grain that name no thing.
FILLERS = {
    "a", "an", "and", "another", "each", "from", "in", "is", "its", "of", "one", "per", "row", "same", "that", "the", "to",
    "version", "with",
}  # fmt: skip


def left_over(files: Iterable[Path]) -> list[str]:
    """Words of the scaffold that nobody has replaced, as file:line: words."""
    words = re.findall(
        r'"((?:Which question|Say )[^"]*)"', scaffold.source("mart.yml") + scaffold.source("mart_exposure.yml")
    )
    return [
        f"{path}:{number}: {word}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for word in words
        if word in line
    ]


def similar(project: Path, grain: str) -> list[tuple[str, str]]:
    """Tables of Gold whose rows are about the same things, closest first: name and grain."""

    def things(sentence: str) -> set[str]:
        return set(re.findall(r"[a-z]+", sentence.lower())) - FILLERS

    found = []
    for name, model in _gold(project).items():
        sentence = first_sentence(model["description"]).split(",")[0]
        theirs, asked = things(sentence), things(grain)
        shared = len(theirs & asked)
        if shared and shared >= 0.5 * min(len(theirs), len(asked)):
            found.append((-shared, name, sentence))
    return [(name, sentence) for _, name, sentence in sorted(found)]


def check_name(project: Path, subject: str, name: str) -> None:
    """Raise LakevaultError when a new table of Gold cannot be called so."""
    if not re.fullmatch(r"(dim|fct|brg|rpt|ftr)_[a-z0-9_]+", name):
        raise LakevaultError(f"name={name}: the name of a Gold table is {KINDS}, then _ and a name in lower case.")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", subject):
        raise LakevaultError(f"subject={subject}: a subject is a folder in models/gold, in lower case.")
    if name in _models(project):
        raise LakevaultError(f"{name} exists already; see `git log -- '*{name}.sql'`.")


def new_mart(project: Path, subject: str, name: str, grain: str, reads: list[str], key: list[str]) -> list[Path]:
    """Write the model, its .yml and a stub of its exposure; a subject that is new gets a folder and a group.

    Args:
        project: folder of dbt_project.yml.
        subject: folder in models/gold.
        name: name of the model; its prefix says what it is.
        grain: what one row is, a sentence that begins with "One row per".
        reads: models that it reads; its first columns come from the first one.
        key: columns of that one which identify a row.

    Returns:
        What was written.

    Raises:
        LakevaultError: the name, the grain or a column does not hold.
    """
    if not reads or not key:
        raise LakevaultError("name at least one table that the new one reads, and one column that identifies a row.")
    folder = project / "models" / "gold" / subject
    check_name(project, subject, name)
    models = _models(project)
    if not re.match(r"One row per \w+", grain):
        raise LakevaultError(f'the grain must be a sentence that begins with "One row per"; it is "{grain}".')
    if unknown := [each for each in reads if each not in models]:
        close = [match for each in unknown for match in difflib.get_close_matches(each, models, n=2)]
        hint = f"; do you mean {' or '.join(close)}?" if close else "."
        raise LakevaultError(f"there is no model {', '.join(unknown)}{hint}")
    columns = {column["name"]: column for column in models[reads[0]].get("columns", [])}
    if unknown := [column for column in key if column not in columns]:
        raise LakevaultError(f"{reads[0]} has no column {', '.join(unknown)}; it has {', '.join(columns)}.")
    author = {part: _git(project, f"user.{part}") for part in ("name", "email")}
    words: dict[str, Any] = {
        "name": name,
        "grain": grain.rstrip(".") + ".",
        "key": key,
        "reads": [
            {"name": each, "alias": _alias(each, reads), "shared": _shared(models, reads[0], each)} for each in reads
        ],
        "columns": columns,
        "author": author,
    }
    written = []
    if not folder.is_dir():
        written += _new_subject(project, subject, author)
        folder.mkdir()
    exposures = folder / f"_{subject}__exposures.yml"
    if not exposures.is_file():
        exposures.write_text("version: 2\nexposures:\n")
    exposures.write_text(exposures.read_text() + scaffold.render("mart_exposure.yml", **words))
    for suffix in ("sql", "yml"):
        path = folder / f"{name}.{suffix}"
        path.write_text(scaffold.render(f"mart.{suffix}", **words))
        written.append(path)
    return [*written, exposures]


def _alias(name: str, others: list[str]) -> str:
    """The model's name without its kind, in the plural, where that is clear."""
    short = [re.sub(r"^[a-z]+_", "", each) for each in others]
    alias = re.sub(r"^[a-z]+_", "", name)
    if short.count(alias) > 1:
        return name
    return alias if alias.endswith("s") else f"{alias}s"


def _shared(models: dict[str, Any], first: str, other: str) -> str:
    """The key by which two models join."""
    theirs, ours = ([column["name"] for column in models[each].get("columns", [])] for each in (other, first))
    shared = [name for name in theirs if name in ours and name.endswith(("_sk", "_hk", "_key"))]
    if not shared and other != first:
        raise LakevaultError(f"{first} and {other} share no key; put the table first that joins both.")
    return shared[0] if shared else ""


def _new_subject(project: Path, subject: str, author: dict[str, str]) -> list[Path]:
    """A group with its owner, and the folder's place in dbt_project.yml."""
    groups, settings = project / "models" / "_groups.yml", project / "dbt_project.yml"
    group = scaffold.render("mart_group.yml", subject=subject, author=author)
    groups.write_text(f"{groups.read_text().rstrip()}\n{group}")
    text = settings.read_text()
    place = text.index("      core:\n        +group: core\n")
    settings.write_text(f"{text[:place]}      {subject}:\n        +group: {subject}\n{text[place:]}")
    return [groups, settings]


def _models(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in [*project.glob("models/**/*.yml"), *project.glob("snapshots/*.yml")]:
        content = yaml.safe_load(path.read_text()) or {}
        found |= {model["name"]: model for kind in ("models", "snapshots") for model in content.get(kind, [])}
    return found


def _gold(project: Path) -> dict[str, Any]:
    gold = {path.stem for path in project.glob("models/gold/*/*.sql")}
    return {name: model for name, model in _models(project).items() if name in gold}


def _git(project: Path, setting: str) -> str:
    told = subprocess.run(["git", "config", setting], cwd=project, capture_output=True, text=True)
    if told.returncode or not told.stdout.strip():
        raise LakevaultError(f"git does not know who you are: run `git config {setting} ...` first.")
    return told.stdout.strip()
