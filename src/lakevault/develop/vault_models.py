"""What the project's vault has already: its hubs and links, and what sources call their business keys."""

import re
from dataclasses import dataclass
from pathlib import Path

from lakevault.errors import LakevaultError

RAW_VAULT = Path("models/silver/raw_vault")
# After the name of a thing, the rest of the name of its business key.
KEY_ENDINGS = ("", "_id", "_no", "_nr", "_number", "_code", "_key", "_bk")
# Every source calls something so; such a name says nothing of another source's column.
NO_NAMES = {ending.strip("_") for ending in KEY_ENDINGS} | {"name"}
STAGED_KEY = re.compile(r"^\s+(\w+) as (\w+_bk),?$", re.MULTILINE)
MOST_ON_A_LINE, LONGEST_LINE = 3, 90
DOCS_BLOCK = re.compile(r"{% docs (\w+) %}")


@dataclass(frozen=True)
class Hub:
    """A hub: what it is about, and its two columns."""

    concept: str
    hash_key: str
    business_key: str
    path: Path


@dataclass(frozen=True)
class Link:
    """A link: its hash key, and the hash keys that it connects, in the order of its hash."""

    name: str
    hash_key: str
    foreign_keys: tuple[str, ...]
    path: Path


def hubs(project: Path) -> dict[str, Hub]:
    """The hubs by concept; a hub that is not written like the others is left out."""
    found = {}
    for path in sorted((project / RAW_VAULT / "hubs").glob("hub_*.sql")):
        keys = {argument: _texts(path.read_text(), argument) for argument in ("src_pk", "src_nk")}
        if all(len(names) == 1 for names in keys.values()):
            concept = path.stem.removeprefix("hub_")
            found[concept] = Hub(concept, keys["src_pk"][0], keys["src_nk"][0], path)
    return found


def links(project: Path) -> dict[str, Link]:
    """The links by name, those of events left out."""
    found = {}
    for path in sorted((project / RAW_VAULT / "links").glob("link_*.sql")):
        keys, foreign = _texts(path.read_text(), "src_pk"), _texts(path.read_text(), "src_fk")
        if len(keys) == 1 and foreign:
            found[path.stem] = Link(path.stem, keys[0], tuple(foreign), path)
    return found


def business_keys(project: Path) -> dict[str, str]:
    """Business keys by what a source may call them, in lower case: by the names of the hubs, and by the staged models so far."""
    found: dict[str, set[str]] = {}
    for hub in hubs(project).values():
        for ending in KEY_ENDINGS:
            found.setdefault(f"{hub.concept}{ending}", set()).add(hub.business_key)
    for path in sorted((project / "models" / "staging").glob("*/stg_*.sql")):
        for raw, key in STAGED_KEY.findall(path.read_text()):
            found.setdefault(raw.lower(), set()).add(key)
    return {raw: keys.pop() for raw, keys in found.items() if len(keys) == 1 and raw not in NO_NAMES}


def described_once(project: Path) -> set[str]:
    """Names of the columns that models/columns.md describes."""
    path = project / "models" / "columns.md"
    return set(DOCS_BLOCK.findall(path.read_text())) if path.is_file() else set()


def _texts(sql: str, argument: str) -> list[str]:
    """The text or the texts that a macro's argument has."""
    match = re.search(rf'\b{argument}=(\[[^\]]*\]|"[^"]*")', sql)
    return re.findall(r'"([^"]*)"', match[1]) if match else []


def with_source(path: Path, sql: str, stage: str) -> str:
    """A model of the raw vault that also loads from another stage; its layout stays.

    Raises LakevaultError when its source_model is written in another way than in the models of this project.
    """
    before = _texts(sql, "source_model")
    if stage in before:
        return sql
    match = re.search(r'source_model=(\[[^\]]*\]|"[^"]*")', sql)
    if not match or not before:
        raise LakevaultError(
            f"{path.name}: add {stage} to its source_model by hand; it is not a text or a list of texts."
        )
    if "\n" in match[1]:
        [(indent, closing)] = re.findall(r'\n(\s*)"[^"]*",?(\s*)\]$', match[1])
        written = f'{match[1].rstrip("]").rstrip().rstrip(",")},\n{indent}"{stage}",{closing}]'
    else:
        written = argument([*before, stage])
    return sql[: match.start(1)] + written + sql[match.end(1) :]


def argument(value: str | list[str]) -> str:
    """A text or a list of texts as an argument of a macro: a list on one line as long as it is short."""
    if isinstance(value, str):
        return f'"{value}"'
    line = "[" + ", ".join(f'"{each}"' for each in value) + "]"
    if len(value) <= MOST_ON_A_LINE and len(line) <= LONGEST_LINE:
        return line
    return "[\n" + "".join(f'        "{each}",\n' for each in value) + "    ]"
